"""unreadable: see unreadable.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.schema.operations import Unreadable


def check(site: Site) -> Iterable[Hit]:
    """What could not be read is never silence: the finding says what and why."""
    op = site.operation
    assert isinstance(op, Unreadable)
    what = f"{_head(op.text)}: " if op.text.strip() else ""
    reason = op.reason if op.reason.endswith((".", "!", "?")) else f"{op.reason}."
    yield Hit(
        frozenset({Hazard.UNREADABLE}), message=f"This could not be read, so nothing is known of it: {what}{reason}"
    )


def _head(text: str, *, longest: int = 60) -> str:
    """The beginning of a statement, to know it by."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
