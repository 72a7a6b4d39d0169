"""drop-cascade: see drop_cascade.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.keys import dropped, needed_by
from safemigrate.rulebook.objects import called_by, drawing_from, is_known, is_table_known, of_type
from safemigrate.schema import Name, PrimaryKey, Unique
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import DropConstraint, DropIndex, DropObject, DropTable

LOSES = frozenset({Hazard.LOSES_DATA})
_Cascading = DropTable | DropConstraint | DropIndex | DropObject
#: of these PostgreSQL knows dependents that no history tells: whatever a function's text or an extension brings
OPAQUE = ("FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE", "EXTENSION")


def check(site: Site) -> Iterator[Hit]:
    """What depends on it is dropped, and the statement does not say what that is."""
    op = site.operation
    assert isinstance(op, _Cascading)
    if not op.cascade or _is_ours(site):
        return
    taken = tuple(_taken(site))
    name = _name(op)
    if taken:
        yield Hit(LOSES, message=f"CASCADE drops {' and '.join(taken)} together with {name}.")
    elif isinstance(op, DropObject) and op.kind in OPAQUE:
        yield Hit(LOSES)
    elif not _is_known_in_full(site):
        yield Hit(LOSES, certain=False, message=f"CASCADE drops whatever depends on {name}, and nobody knows what.")


def _is_ours(site: Site) -> bool:
    """Whether the revision itself made what it drops, or nothing is dropped for certain."""
    op = site.operation
    match op:
        case DropTable():
            return not is_table_known(site, op.table, if_exists=op.if_exists)
        case DropConstraint():
            return site.is_new(op.table)
        case DropIndex():
            table = site.before.index_table(op.index)
            return table is not None and site.is_new(table.name)
        case DropObject():
            return not is_known(site, op.kind, op.name, if_exists=op.if_exists)
        case _:
            return False


def _is_known_in_full(site: Site) -> bool:
    """Whether the history knows everything that could depend on it: then nothing does."""
    op = site.operation
    if isinstance(op, DropConstraint):
        constraint = dropped(site)
        return constraint is not None and (site.before.complete or not isinstance(constraint, Unique | PrimaryKey))
    return site.before.complete


def _taken(site: Site) -> Iterator[str]:
    """What is known to depend on it, a phrase each."""
    op, before = site.operation, site.before
    if isinstance(op, DropTable):
        going = _dropped_together(site)
        for child, key in before.referencing(op.table):
            if child not in going:
                yield f"the foreign key {quoted(key.name)} of {child}"
    if isinstance(op, DropConstraint):
        constraint, table = dropped(site), before.table(op.table)
        for child, key in before.referencing(op.table):
            columns = key.referenced_columns or (table.primary_key if table else ())
            if isinstance(constraint, Unique | PrimaryKey) and set(columns) == set(constraint.columns):
                yield f"the foreign key {quoted(key.name)} of {child}"
    if isinstance(op, DropIndex) and (table := before.index_table(op.index)) is not None:
        for child, key in needed_by(before, table.name, table.indexes[op.index.name]):
            yield f"the foreign key {quoted(key.name)} of {child}"
    if isinstance(op, DropObject) and op.kind == "SEQUENCE":
        yield from (f"the default of {column}" for column in drawing_from(before, op.name))
    if isinstance(op, DropTable | DropObject):
        name = op.table if isinstance(op, DropTable) else op.name
        yield from (f"the view {view.name}" for view in before.views_on(name))
    if isinstance(op, DropObject) and op.kind in ("FUNCTION", "ROUTINE"):
        yield from called_by(before, op.name)
    if isinstance(op, DropObject) and op.kind in ("TYPE", "DOMAIN"):
        for table in before.tables.values():
            for column in table.columns.values():
                if of_type(before, column.type, op.name):
                    yield f"the column {table.name}.{quoted(column.name)} with all it holds"


def _dropped_together(site: Site) -> frozenset[Name]:
    here = site.operations[0]
    return frozenset(
        p.before.resolve(p.operation.table)
        for p in site.run.operations
        if p.statement is here.statement and isinstance(p.operation, DropTable)
    )


def _name(op: _Cascading) -> str:
    match op:
        case DropTable():
            return str(op.table)
        case DropConstraint():
            return quoted(op.name)
        case DropIndex():
            return str(op.index)
        case DropObject():
            return str(op.name)
