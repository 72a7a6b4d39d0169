"""Suppressions: ``# safemigrate: allow drop-column -- unused since 4.2 until=2027-01-31`` beside a statement."""

from __future__ import annotations

import ast
import datetime
import io
import re
import tokenize
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from safemigrate.errors import ConfigurationError
from safemigrate.history.statement import Phase
from safemigrate.rulebook.finding import Finding, Suppression
from safemigrate.rulebook.hazard import Hazard, Severity

RULE = "suppression"

_COMMENT = re.compile(r"(?:#|--)\s*safemigrate:\s*(?P<text>.*)")
_ALLOW = re.compile(r"allow\s+(?P<rules>[\w-]+(?:\s*,\s*[\w-]+)*)(?P<rest>.*)")
_REASON = re.compile(r"\s*(?:--|:|—|–)\s*(?P<reason>.*)")
_UNTIL = re.compile(r"\buntil=(?P<date>\S+)")
_LINE_COMMENT = re.compile(r"--.*")
_USAGE = "Write: safemigrate: allow drop-column -- the reason until=2027-01-31 (until may be left out)."


@dataclass(frozen=True, slots=True)
class Allowance:
    """One rule that a comment allows. *lines* are those of *path* on which its statement may begin."""

    rule: str
    path: Path
    line: int
    lines: frozenset[int]
    suppression: Suppression

    def holds(self, today: datetime.date) -> bool:
        """Whether it has not expired. The day it names is the last."""
        return self.suppression.until is None or today <= self.suppression.until

    def covers(self, finding: Finding) -> bool:
        return finding.rule == self.rule and finding.path == self.path and finding.line in self.lines


def python_allowances(path: Path, text: str, rules: Collection[str]) -> tuple[Allowance, ...]:
    """The allowances of a revision's file: in its comments, and in the SQL comments of its strings.

    Raises:
        ConfigurationError: one without a reason, with an unknown rule or an unreadable date.
    """
    comments = tuple(_python_comments(text))
    if not comments:
        return ()
    spans = _statement_spans(text)
    return tuple(
        allowance
        for comment in comments
        for allowance in _allowances(
            path, comment.line, comment.text, comment.sql or _reach(text, comment.line, comment.alone, spans), rules
        )
    )


def sql_allowances(
    path: Path, text: str, spans: Sequence[tuple[int, int]], rules: Collection[str]
) -> tuple[Allowance, ...]:
    """The allowances of a script, whose statements lie on the lines *spans* (first and last, 1-based)."""
    return tuple(
        allowance
        for line, content in enumerate(text.splitlines(), start=1)
        if (match := _COMMENT.search(content)) and match[0].startswith("--")
        for allowance in _allowances(
            path, line, match["text"], _reach(text, line, not content[: match.start()].strip(), spans), rules
        )
    )


def apply(
    findings: Iterable[Finding], allowances: Sequence[Allowance], *, today: datetime.date
) -> tuple[Finding, ...]:
    """*findings* with the allowed ones marked, and a finding for each allowance that expired or allows nothing."""
    marked: list[Finding] = []
    used: set[int] = set()
    for finding in findings:
        covering = [i for i, allowance in enumerate(allowances) if allowance.covers(finding)]
        used.update(covering)
        valid = [allowances[i] for i in covering if allowances[i].holds(today)]
        marked.append(replace(finding, suppressed=valid[0].suppression) if valid else finding)
    for i, allowance in enumerate(allowances):
        if i not in used:
            marked.append(_remark(allowance, f'Nothing here is found by "{allowance.rule}": remove the comment.'))
        elif not allowance.holds(today):
            expired = f'"{allowance.rule}" was allowed until {allowance.suppression.until}: do it, or set a new date.'
            marked.append(_remark(allowance, expired))
    return tuple(marked)


def _remark(allowance: Allowance, message: str) -> Finding:
    return Finding(
        rule=RULE,
        hazards=frozenset({Hazard.ADVICE}),
        severity=Severity.WARNING,
        message=message,
        statement="",
        path=allowance.path,
        line=allowance.line,
        phase=Phase.EXPAND,
    )


def _allowances(
    path: Path, line: int, comment: str, lines: frozenset[int], rules: Collection[str]
) -> Iterator[Allowance]:
    where = f"{path}:{line}"
    match = _ALLOW.match(comment)
    if match is None:
        raise ConfigurationError("This comment says nothing that safemigrate knows.", where=where, remedy=_USAGE)
    until = _UNTIL.search(match["rest"])
    reason = _REASON.match(_UNTIL.sub("", match["rest"]))
    if reason is None or not reason["reason"].strip():
        raise ConfigurationError("The suppression has no reason.", where=where, remedy=_USAGE)
    suppression = Suppression(" ".join(reason["reason"].split()), _date(until["date"], where) if until else None)
    for rule in re.split(r"\s*,\s*", match["rules"]):
        if rule not in rules:
            near = get_close_matches(rule, rules, n=1)
            remedy = f'Did you mean "{near[0]}"?' if near else "safemigrate rules lists them."
            raise ConfigurationError(f'There is no rule "{rule}".', where=where, remedy=remedy)
        yield Allowance(rule, path, line, lines, suppression)


def _date(text: str, where: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(
            f'"until={text}" is not a date.', where=where, remedy="Write it as until=2027-01-31."
        ) from None


# -- where an allowance reaches ------------------------------------------------------------------------------


def _reach(text: str, line: int, alone: bool, spans: Sequence[tuple[int, int]]) -> frozenset[int]:
    """The lines of the statement that the comment at *line* stands in or, alone on its line, directly above."""
    if alone and not any(first < line <= last for first, last in spans):
        line = _next_code(text, line)
    return frozenset(number for first, last in spans if first <= line <= last for number in range(first, last + 1))


def _next_code(text: str, line: int) -> int:
    """The first line below *line* that is no comment; comments may stand between it and its statement."""
    lines = text.splitlines()
    while line < len(lines) and lines[line].lstrip().startswith(("#", "--")):
        line += 1
    return line + 1


@dataclass(frozen=True, slots=True)
class _Comment:
    """A comment to safemigrate. *sql* are the lines of its SQL statement, where a string holds several."""

    line: int
    alone: bool
    text: str
    sql: frozenset[int] = frozenset()


# f-strings are tokens of their own from Python 3.12 on
_STRINGS = frozenset({tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)})


def _python_comments(text: str) -> Iterator[_Comment]:
    if "safemigrate:" not in text:
        return
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if "safemigrate:" not in token.string:
            continue
        line, column = token.start
        if token.type == tokenize.COMMENT and (match := _COMMENT.match(token.string)):
            yield _Comment(line, not lines[line - 1][:column].strip(), match["text"])
        elif token.type in _STRINGS:
            yield from _comments_in_string(token.string, line)


def _comments_in_string(string: str, start: int) -> Iterator[_Comment]:
    """The SQL comments of a string that begins on line *start*."""
    lines = string.splitlines()
    several = ";" in string.strip().rstrip("\"'; \n")
    for offset, content in enumerate(lines):
        match = _COMMENT.search(content)
        if match is None or not match[0].startswith("--"):
            continue
        alone = not content[: match.start()].strip() and offset > 0
        sql = frozenset(start + i for i in _sql_statement(lines, offset)) if several else frozenset()
        yield _Comment(start + offset, alone, match["text"].rstrip("\"')").rstrip(), sql)


def _sql_statement(lines: Sequence[str], offset: int) -> range:
    """The lines around *offset* up to a semicolon before and one behind."""
    code = [_LINE_COMMENT.sub("", line).rstrip() for line in lines]
    first = offset
    while first > 0 and not code[first - 1].endswith(";"):
        first -= 1
    last = offset
    while last < len(lines) - 1 and not code[last].endswith(";"):
        last += 1
    return range(first, last + 1)


def _statement_spans(text: str) -> tuple[tuple[int, int], ...]:
    """The first and last lines of every simple statement, and of the heads of compound ones."""
    spans = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.stmt):
            compound = isinstance(getattr(node, "body", None), list)
            spans.append((node.lineno, _head_end(node) if compound else node.end_lineno or node.lineno))
    return tuple(spans)


def _head_end(node: ast.stmt) -> int:
    """The last line of what stands before the body of a compound statement."""
    parts = [part for part in ast.iter_child_nodes(node) if not isinstance(part, ast.stmt | ast.ExceptHandler)]
    inner = [piece for part in parts for piece in (part, *ast.iter_child_nodes(part)) if isinstance(piece, ast.expr)]
    return max((piece.end_lineno or 0 for piece in inner), default=node.lineno)
