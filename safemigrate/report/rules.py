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
