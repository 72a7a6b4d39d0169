"""The list of rules, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from safemigrate.report.text import Line, Style, counted, line
from safemigrate.rulebook.page import Page

VERSION = 1


def rules_text(pages: Sequence[Page]) -> Iterator[Line]:
    """Each rule with its hazards, and its sentence below."""
    for page in pages:
        opt_in = "  (opt-in)" if page.opt_in else ""
        yield line((page.name, Style.BOLD), f"  {', '.join(sorted(page.hazards))}", (opt_in, Style.DIM))
        yield line(f"  {page.sentence}")
    yield line()
    yield line(f"{counted(len(pages), 'rule')}. safemigrate explain RULE prints the page of one.")


def rules_json(pages: Sequence[Page]) -> str:
    """The rules as one JSON document."""
    return json.dumps({"version": VERSION, "rules": [_rule(page) for page in pages]}, indent=2) + "\n"


def rules_markdown(pages: Sequence[Page]) -> str:
    """The index of a folder of rules: a table of those that always speak, and one of those that a project enables."""
    on, off = ([page for page in pages if bool(page.opt_in) is opt_in] for opt_in in (False, True))
    return "\n".join(
        [
            "# The rules",
            "",
            f"{counted(len(on), 'rule')} that every run asks, and {len(off)} that a project enables by name, or by "
            'the name of its group (`enable = ["style"]`).',
            "Made by `safemigrate rules --format markdown`; each page says why, what to do instead, and shows "
            "examples that are its tests.",
            "",
            *_table(on),
            "",
            "## Opt-in",
            "",
            *_table(off),
            "",
        ]
    )


def _table(pages: Sequence[Page]) -> Iterator[str]:
    yield "| rule | hazards | |"
    yield "|---|---|---|"
    for page in pages:
        sentence = page.sentence.replace("|", "\\|")
        yield f"| [{page.name}]({page.path.name}) | {', '.join(sorted(page.hazards))} | {sentence} |"


def page_json(page: Page) -> str:
    """One rule with its whole page, in Markdown."""
    return json.dumps({"version": VERSION, **_rule(page), "page": page.body.strip()}, indent=2) + "\n"


def _rule(page: Page) -> dict[str, object]:
    return {
        "rule": page.name,
        "hazards": sorted(page.hazards),
        "opt_in": page.opt_in,
        "since": page.since,
        "sentence": page.sentence,
    }
