"""rename-enum-value: see rename_enum_value.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site
from safemigrate.rulebook.objects import is_known, running_enum
from safemigrate.rulebook.relabelled import BESIDE_THE_ENUM, in_place_of_a_rename
from safemigrate.schema.name import literal
from safemigrate.schema.operations import RenameEnumValue


def check(site: Site) -> Iterator[Hit]:
    """The old version writes the label of before and does not know the new one."""
    op = _operation(site)
    if not is_known(site, "TYPE", op.type):
        return
    enum = running_enum(site, op.type)
    if enum is None or op.value in enum.labels:
        yield Hit(frozenset({Hazard.BREAKS_OLD}))


def split(site: Site) -> Refusal | None:
    """A type keeps every label it had, so no safe form ends as the rename does."""
    op = _operation(site)
    if not any(check(site)):
        return None
    beside = in_place_of_a_rename(site, op.type, value=op.value, new_value=op.new_value)
    new = literal(op.new_value)
    later = (
        f"Two releases can do it in the column as it is: ADD VALUE {new} and a version that reads both now, then a "
        f"version that writes {new}, and a contract that updates the rows."
    )
    return Refusal(
        f"Both versions need their own label, and PostgreSQL cannot take {literal(op.value)} away again.",
        f"{BESIDE_THE_ENUM}: {beside} {later}" if beside else later,
    )


def _operation(site: Site) -> RenameEnumValue:
    assert isinstance(site.operation, RenameEnumValue)
    return site.operation
