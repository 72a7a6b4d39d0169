"""rename-type: see rename_type.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site
from safemigrate.rulebook.net import begun
from safemigrate.rulebook.objects import is_known, lost_labels, type_given_again
from safemigrate.schema import Name
from safemigrate.schema.name import literal
from safemigrate.schema.operations import MoveObject, RenameObject, RenameType

BREAKS = frozenset({Hazard.BREAKS_OLD})
_Renaming = RenameType | RenameObject | MoveObject


def check(site: Site) -> Iterator[Hit]:
    """Casts and binds of the old version name the type, unless another one has that name in the end."""
    name, kind = _named(site.operation)
    if not is_known(site, kind, name, if_exists=getattr(site.operation, "if_exists", False)):
        return
    if isinstance(site.operation, MoveObject) and _on_path(site, name, site.operation.new_schema):
        return
    lost = lost_labels(site, name)
    if lost:
        labels = " and ".join(map(literal, lost))
        yield Hit(
            BREAKS, message=f"The type that is called {name} from now on lacks {labels}, which the old one had."
        )
    elif lost is None and not type_given_again(site, name):
        yield Hit(BREAKS)


def split(site: Site) -> Refusal | None:
    """A type has one name, and nothing stands in for a type under another."""
    name, _ = _named(site.operation)
    hit = next(iter(check(site)), None)
    if hit is None:
        return None
    if lost_labels(site, name):
        return Refusal(
            hit.message,
            f"Leave {name} its name; let the new type have one of its own, with columns that have names of their "
            "own, too.",
        )
    return Refusal(
        f"Both versions cast what they send to {name}, each to the name that it knows.",
        f"Leave {name} its name in the database; the application may call it as it likes.",
    )


def _on_path(site: Site, name: Name, new_schema: str) -> bool:
    """Whether a name without a schema finds the type in both places."""
    path = begun(site).search_path
    return site.before.resolve(name).schema in path and new_schema in path


def _named(op: object) -> tuple[Name, str]:
    if isinstance(op, RenameType):
        return op.type, "TYPE"
    assert isinstance(op, RenameObject | MoveObject)
    return op.name, op.kind
