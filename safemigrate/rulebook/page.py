"""A rule's page: its front matter, its sentences and its examples."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

from safemigrate.errors import RuleError
from safemigrate.rulebook.hazard import Hazard
from safemigrate.rulebook.site import Policy

_FENCE = re.compile(r"^```sql ([a-z-]+)\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
_OPENING = re.compile(r"^```sql ", re.MULTILINE)
_HEADING = re.compile(r"^### (.+)$", re.MULTILINE)
_KINDS = frozenset({"given", "migration", "expand", "migrate", "contract", "old-app", "new-app"})
SCOPES = ("operation", "transaction", "revision", "history")
_KEYS = frozenset({"on", "operation", "kind", "hazards", "since", "opt-in", "where", "policy"})


@dataclass(frozen=True, slots=True)
class Example:
    """One named case of a page: the text of each fence by its kind. *line* is that of its heading, 1-based."""

    title: str
    fences: dict[str, str]
    prose: str
    line: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page as written. *operations* are names of operations, empty where the rule looks at more than one.

    *kinds* are the only ones it looks at of an operation that has a kind (``DROP VIEW``), all where there are none.
    """

    name: str
    path: Path
    on: str
    operations: tuple[str, ...]
    kinds: tuple[str, ...]
    hazards: frozenset[Hazard]
    since: str
    opt_in: bool
    #: the group that enables it with others of its kind, empty for none
    group: str
    where: dict[str, str]
    policy: dict[str, object]
    sentence: str
    body: str
    #: the lines above the body
    offset: int

    @property
    def examples(self) -> tuple[Example, ...]:
        """Its named cases, in order. Raises RuleError for one that is not as it must be."""
        return _examples(self.path, self.body, self.offset)


def read_page(path: Path, *, examples: bool = True) -> Page:
    """The page at *path*. Raises RuleError, with the line, where it is not as a page must be.

    *examples* False leaves those alone until somebody asks for them: judging never does.
    """
    text = path.read_text("utf-8")
    parts = text.split("+++\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise RuleError(
            "the page has no front matter.", where=f"{path}:1", remedy="Begin it with a TOML table between +++ lines."
        )
    try:
        head = tomllib.loads(parts[1])
    except tomllib.TOMLDecodeError as error:
        told = re.search(r"line (\d+)", str(error))
        line = int(told[1]) + 1 if told else 2
        raise RuleError(f"the front matter is not TOML: {error}.", where=f"{path}:{line}") from None
    body = parts[2]
    offset = parts[1].count("\n") + 2
    _check_head(path, head, parts[1].splitlines())
    title, sentence = _opening(path, body, offset)
    name, opt_in = path.stem.replace("_", "-"), head.get("opt-in", False)
    if title != name:
        raise RuleError(f'the heading is "{title}", the file is called "{name}".', where=f"{path}:{offset + 1}")
    page = Page(
        name=name,
        path=path,
        on=head["on"],
        operations=_several(head.get("operation", ())),
        kinds=_several(head.get("kind", ())),
        hazards=frozenset(map(Hazard, head["hazards"])),
        since=str(head.get("since", "")),
        opt_in=bool(opt_in),
        group=opt_in if isinstance(opt_in, str) else "",
        where=dict(head.get("where", {})),
        policy={key: tuple(v) if isinstance(v, list) else v for key, v in head.get("policy", {}).items()},
        sentence=sentence,
        body=body,
        offset=offset,
    )
    if examples:
        _examples(path, body, offset)
    return page


def _several(value: str | Iterable[str]) -> tuple[str, ...]:
    """One text stands for a list of one."""
    return (value,) if isinstance(value, str) else tuple(value)


def _check_head(path: Path, head: dict[str, object], lines: list[str]) -> None:
    def place(key: str) -> str:
        """Where *key* stands; the first line of the front matter where it is missing."""
        return f"{path}:{next((n for n, text in enumerate(lines, 2) if text.startswith(key)), 2)}"

    for key in sorted(head.keys() - _KEYS):
        known_keys = ", ".join(sorted(_KEYS))
        raise RuleError(
            f'the front matter has an unknown key "{key}".', where=place(key), remedy=f"Known: {known_keys}."
        )
    if head.get("on") not in SCOPES:
        raise RuleError(f'"on" must be one of {", ".join(SCOPES)}.', where=place("on"))
    if (head["on"] == "operation") != bool(head.get("operation")):
        raise RuleError(
            '"operation" names what a rule on an operation looks at, and no other.', where=place("operat")
        )
    hazards = head.get("hazards")
    known = {h.value for h in Hazard}
    if not isinstance(hazards, list) or not hazards or not known.issuperset(map(str, hazards)):
        raise RuleError(f'"hazards" must list some of {", ".join(sorted(known))}.', where=place("hazards"))
    if not isinstance(head.get("opt-in", False), bool | str):
        raise RuleError('"opt-in" must be true, or the name of a group.', where=place("opt-in"))
    where, policy = head.get("where", {}), head.get("policy", {})
    if not _is_table_of_texts(where):
        raise RuleError('"where" must be a table of texts.', where=place("where"))
    if not isinstance(policy, dict) or not all(map(_is_setting, policy.values())):
        raise RuleError('"policy" must be a table of texts, of lists and tables of texts.', where=place("policy"))
    names = {f.name for f in fields(Policy)}
    if not names.issuperset(policy):
        raise RuleError(f'"policy" knows only {", ".join(sorted(names))}.', where=place("policy"))


def _is_setting(value: object) -> bool:
    listed = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, str) or listed or _is_table_of_texts(value)


def _is_table_of_texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _opening(path: Path, body: str, offset: int) -> tuple[str, str]:
    match = re.match(r"\s*# (\S+)\s*\n\s*\n?(.+?)\n\s*(\n|\Z)", body, re.DOTALL)
    if match is None:
        raise RuleError(
            "the page must open with its name as a heading and one sentence.", where=f"{path}:{offset + 1}"
        )
    return match[1], " ".join(match[2].split())


@lru_cache(maxsize=512)
def _examples(path: Path, body: str, offset: int) -> tuple[Example, ...]:
    marks = list(_HEADING.finditer(body))
    found = []
    for mark, following in zip(marks, [*marks[1:], None], strict=False):
        section = body[mark.end() : following.start() if following else len(body)]
        line = offset + body.count("\n", 0, mark.start()) + 1
        written = _FENCE.findall(section)
        fences = dict(written)
        if len(fences) < len(written) or len(written) < len(_OPENING.findall(section)):
            raise RuleError(
                "a fence stands twice, or is not closed.",
                where=f"{path}:{line}",
                remedy="One of each kind an example.",
            )
        for kind in fences.keys() - _KINDS:
            raise RuleError(
                f'a fence is marked "sql {kind}".', where=f"{path}:{line}", remedy=f"Known: {sorted(_KINDS)}."
            )
        prose = " ".join(_FENCE.sub("", section).split())
        if fences:
            found.append(Example(mark[1].strip(), fences, prose, line))
    return tuple(found)
