"""rename-routine: see rename_routine.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.net import begun
from safemigrate.rulebook.numbering import is_of_a_column
from safemigrate.rulebook.objects import comes_back, is_known
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import MoveObject, RenameObject


def check(site: Site) -> Iterator[Hit]:
    """The old version calls it by its name, unless another one has that name in the end."""
    op = _operation(site)
    if not is_known(site, op.kind, op.name, if_exists=op.if_exists) or comes_back(site, op.kind, op.name):
        return
    if isinstance(op, MoveObject) and _on_path(site, op):
        return
    yield Hit(frozenset({Hazard.BREAKS_OLD}))


def split(site: Site) -> Split | Refusal | None:
    """A function can have two names, a sequence cannot; but nobody calls that of a column by its name."""
    op = _operation(site)
    if not any(check(site)):
        return None
    if op.kind == "SEQUENCE" and isinstance(op, RenameObject) and is_of_a_column(op.name, begun(site)):
        return put_off(
            site,
            f"renames the sequence {op.name}",
            deploy=f"the version that names neither {op.name} nor {quoted(op.new_name)}",
            proof=f"No running version draws from {op.name} by its name.",
        )
    if op.kind not in ("FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE"):
        return Refusal(f"{op.name} cannot have two names at once.", "Keep the name that the old version uses.")
    return Refusal(
        f"The old version calls {op.name} by its old name until it is gone.",
        f"Make the {op.kind.lower()} anew under the new name, and drop {op.name} a release later.",
    )


def _on_path(site: Site, op: MoveObject) -> bool:
    """Whether a name without a schema finds it in both places."""
    path = begun(site).search_path
    return site.before.resolve(op.name).schema in path and op.new_schema in path and op.kind != "EXTENSION"


def _operation(site: Site) -> RenameObject | MoveObject:
    assert isinstance(site.operation, RenameObject | MoveObject)
    return site.operation
