"""set-without-local: see set_without_local.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.timeouts import milliseconds
from safemigrate.schema.operations import SetParameter


def check(site: Site) -> Iterable[Hit]:
    """Each parameter that outlives the revision, where it is set last."""
    last: dict[str, int] = {}
    for at, placed in enumerate(site.operations):
        match placed.operation:
            case SetParameter(name="all"):
                last.clear()
            case SetParameter(name=name, value=None):
                last.pop(name, None)
            case SetParameter(name=name, value=value, local=False) if not _protects(name, value):
                last[name] = at
            case _:
                pass
    for name, at in last.items():
        # SET LOCAL would do nothing in autocommit
        remedy = (
            "Use SET LOCAL" if site.operations[at].statement.transaction is not None else f"RESET {name} behind it"
        )
        yield Hit(
            frozenset({Hazard.ADVICE}),
            at=at,
            message=f"{name} stays as it is set here for every later revision of the run. {remedy}.",
        )


def _protects(name: str, value: str | None) -> bool:
    """Whether later revisions are only safer for it."""
    return name == "lock_timeout" and milliseconds(value) is not None
