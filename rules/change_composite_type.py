"""change-composite-type: see change_composite_type.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.objects import is_known
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import ChangeComposite

BREAKS = frozenset({Hazard.BREAKS_OLD})


def check(site: Site) -> Iterator[Hit]:
    """The old version writes and reads whole values of the type, with the attributes that it knows."""
    op = _operation(site)
    if not is_known(site, "TYPE", op.name) or _comes_and_goes(site):
        return
    if op.action == "ADD":
        # who only names attributes does not notice
        yield Hit(
            BREAKS,
            certain=False,
            message=f"A value of {op.name} that the old version writes lacks {quoted(op.attribute)}, "
            "and PostgreSQL refuses it.",
        )
    else:
        yield Hit(BREAKS)


def _comes_and_goes(site: Site) -> bool:
    """Whether the transaction adds the attribute and drops it again."""
    op = _operation(site)
    actions = [
        other.action
        for placed in site.in_transaction
        if isinstance(other := placed.operation, ChangeComposite)
        and placed.before.same(other.name, op.name)
        and other.attribute == op.attribute
    ]
    return actions == ["ADD", "DROP"]


def split(site: Site) -> Split | Refusal | None:
    """An attribute goes when nobody names it any more; the rest needs another type."""
    op = _operation(site)
    if not any(check(site)):
        return None
    if op.action == "DROP":
        return put_off(
            site,
            f"drops the attribute {quoted(op.attribute)} of {op.name}",
            deploy=f"the version that no longer uses {quoted(op.attribute)} of {op.name}",
            proof=f"No running version writes or reads {quoted(op.attribute)} of {op.name}.",
        )
    return Refusal(
        f"A type has one form at a time, and both versions need their own of {op.name}.",
        "Make a second type with the attributes of the new version, and a column of it.",
    )


def _operation(site: Site) -> ChangeComposite:
    assert isinstance(site.operation, ChangeComposite)
    return site.operation
