"""Markdown for the comment on a pull request, as GitHub and GitLab read it.

What comes from a migration stands in code, or is escaped: it makes no links, tables, HTML or mentions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from safemigrate.lint.result import LintResult
from safemigrate.report.findings import shortened_lines, summary
from safemigrate.report.formats import Around
from safemigrate.report.formats.words import hazards_of, safe_form
from safemigrate.report.text import clean, counted, plain, relative
from safemigrate.rulebook.finding import Finding, Origin
from safemigrate.rulebook.hazard import Severity

#: characters of a comment on GitHub; as bytes are no fewer, they are what is counted
COMMENT_LIMIT = 65_536
#: reasons of allowed findings that are shown, and characters of each
REASONS_LIMIT, REASON_LIMIT = 50, 200

_SIGNS = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.ADVICE: "💡"}
# what makes emphasis, code, links, HTML, tables, headings and addresses
_ACTIVE = re.compile(r"([\\`*_\[\]<>|~&#$:=]|(?<=www)\.)", re.IGNORECASE)
# what makes a list at the beginning
_LIST = re.compile(r"^(\d*)([-+.)])")
# @name, #12, !34 and their like notify people or link elsewhere, even escaped
_REFERENCE = re.compile(r"(@|(?<!\w)[#!~%$&])(?=\w)")
_CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_BACKTICKS = re.compile(r"`+")


def render(result: LintResult, around: Around) -> str:
    """The open findings, loudest first, within what a comment may hold; what was left out is counted."""
    return shortened(result, around, limit=COMMENT_LIMIT)


def shortened(result: LintResult, around: Around, *, limit: int) -> str:
    """The report in at most *limit* bytes of UTF-8."""
    head = f"### safemigrate\n\n{escaped(plain([summary(result)]).strip())}\n"
    ranked = sorted(result.open, key=lambda finding: -finding.severity.rank)
    tail = "".join(f"\n{each}\n" for each in _closing(result))
    left = limit - _size(head) - _size(tail) - _size(_omitted(len(ranked)))
    shown: list[str] = []
    for finding in ranked:
        told = next((text for text in _blocks(finding, around) if _size(text) <= left), "")
        left -= _size(told)
        if told:
            shown.append(told)
    missing = len(ranked) - len(shown)
    return f"{head}{''.join(shown)}{_omitted(missing) if missing else ''}{tail}"


def escaped(text: str) -> str:
    """*text* as prose that Markdown shows as it is, on one line; what stands between backticks is code."""
    pieces = _CODE.split(" ".join(clean(text).split()))
    return "".join(code(piece) if i % 2 else _prose(piece) for i, piece in enumerate(pieces))


def _prose(text: str) -> str:
    return _LIST.sub(r"\1\\\2", _ACTIVE.sub(r"\\\1", _REFERENCE.sub("\\1\u200b", text)))


def code(text: str) -> str:
    """*text* on one line as code; a bar is kept from cutting a table."""
    one_line = " ".join(clean(text).split()) or " "
    fence = "`" * (_longest(one_line) + 1)
    return f"{fence} {one_line} {fence}" if "`" in one_line else f"{fence}{one_line}{fence}"


def block(sql: str) -> str:
    """*sql* as a block of code that none of its own lines can end."""
    fence = "`" * max(3, _longest(sql) + 1)
    return f"{fence}sql\n{clean(sql).strip(chr(10))}\n{fence}"


def _blocks(finding: Finding, around: Around) -> Iterator[str]:
    """The finding, and without its safe form where that is too long."""
    *parts, last = _parts(finding, around)
    if last:
        yield "\n" + "\n\n".join((*parts, last)) + "\n"
    yield "\n" + "\n\n".join(parts) + "\n"


def _parts(finding: Finding, around: Around) -> Iterator[str]:
    hazards = f" · {hazards_of(finding)}" if hazards_of(finding) else ""
    place = code(f"{relative(finding.path, around.root)}:{finding.line}")
    yield f"{_SIGNS[finding.severity]} **{escaped(finding.rule)}**{hazards} · {place}"
    if finding.statement.strip():
        yield block("\n".join(shortened_lines(finding.statement)))
    refusal = f" It is not split for you: {escaped(finding.refusal)}" if finding.refusal else ""
    yield f"{escaped(finding.message)}{refusal}"
    yield _folded("Instead", _instead(finding)) if finding.fix else ""


def _instead(finding: Finding) -> Iterator[str]:
    for label, text in safe_form(finding):
        yield f"**{label}**" if label != "deploy" else f"**deploy** {escaped(text)}"
        if label != "deploy":
            yield block(text)


def _folded(title: str, paragraphs: Iterable[str]) -> str:
    # a blank line is where Markdown begins again inside of HTML
    inside = "\n\n".join(paragraphs)
    return f"<details><summary>{title}</summary>\n\n{inside}\n\n</details>"


def _closing(result: LintResult) -> Iterator[str]:
    if result.unjudged:
        words = ", ".join(map(code, sorted(set(result.unjudged))))
        yield f"No rule judges these yet: {words}; read them yourself."
    reasons: Sequence[str] = [
        f"- {code(finding.rule)}: {escaped(finding.suppressed.reason[:REASON_LIMIT])}"
        + (f" (until {finding.suppressed.until})" if finding.suppressed.until else "")
        for finding in result.findings
        if finding.suppressed and finding.suppressed.origin is Origin.COMMENT
    ]
    if reasons:
        yield _folded(counted(len(reasons), "finding") + " allowed", ["\n".join(reasons[:REASONS_LIMIT])])


def _omitted(number: int) -> str:
    return f"\n{counted(number, 'more finding')} did not fit here; the report of the run has them.\n"


def _longest(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
