"""rename-enum-value: see rename_enum_value.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site
from safemigrate.rulebook.objects import is_known, running_enum
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
    return Refusal(
        f"Both versions need their own label, and PostgreSQL cannot take {literal(op.value)} away again.",
        f"Add {literal(op.new_value)} with ADD VALUE, let the new version read both, and update the rows "
        f"when no version writes {literal(op.value)} any more.",
    )


def _operation(site: Site) -> RenameEnumValue:
    assert isinstance(site.operation, RenameEnumValue)
    return site.operation
