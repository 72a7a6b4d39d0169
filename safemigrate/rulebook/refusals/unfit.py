"""What is there and does not fit: the index is no key, the table is a partition, the column computes itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safemigrate.rulebook.refusals.named import columns
from safemigrate.rulebook.refusals.relations import MATERIALIZED_VIEW, TABLE, VIEW, an, relation
from safemigrate.rulebook.retyping import STRINGS, is_taken
from safemigrate.rulebook.site import Placed
from safemigrate.schema import Answer, Generation, Index, Name, Operation, PrimaryKey, Schema, Type, Unique
from safemigrate.schema import operations as o
from safemigrate.schema.name import quoted
from safemigrate.schema.objects import Made
from safemigrate.sql import parameters

_COMPUTED = (Generation.STORED, Generation.VIRTUAL)
_IDENTITIES = (Generation.IDENTITY_ALWAYS, Generation.IDENTITY_BY_DEFAULT)
_NUMBERS = frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision"})
# these have no order and no equality
_WITHOUT_ORDER = frozenset({"json", "xml", "point", "line", "lseg", "polygon", "path"})
_KEY = re.compile(r"(?:RANGE|LIST|HASH)\s*\((.*)\)", re.IGNORECASE | re.DOTALL)
_PLAIN = re.compile(r'[a-z_][a-z0-9_$]*|"(?:[^"]|"")+"')
# ALTER TABLE does these to all its columns before it adds the new ones
_FIRST = (o.DropColumn, o.DropDefault, o.ChangeType, o.DropNotNull, o.DropExpression)


def unfit(op: Operation, before: Schema, beside: tuple[Placed, ...]) -> Iterator[str]:
    """The reasons why what the operation names is not such that it could be done to it."""
    yield from _no_table(op, before)
    yield from _out_of_order(op, beside)
    yield from _dropped_beside(op, before, beside)
    match op:
        case o.AddUnique() | o.AddPrimaryKey():
            yield from _using_index(op, before)
            yield from _second_primary_key(op, before)
            yield from _key_of_partitions(op.constraint.columns, op.constraint.index, before, op.table)
            yield from _without_order(op.constraint.columns, before, op.table)
        case o.CreateIndex():
            if op.index.unique and not op.only:
                yield from _key_of_partitions(op.index.columns, None, before, op.table)
            if op.index.method == "btree":
                yield from _without_order(op.index.columns, before, op.table)
        case o.CreateTable():
            yield from _new_table(op, before)
        case o.AddForeignKey():
            yield from _unreferable(op, before)
        case o.AddColumn() | o.DropColumn() | o.RenameColumn() | o.ChangeType():
            yield from _inherited(op, before)
            yield from _partition_key(op, before)
            yield from _label_as_number(op, before)
            yield from _default_stays(op, before, beside)
        case o.CreateTrigger():
            yield from _no_such_row(op)
        case o.CreateFunction(or_replace=True):
            yield from _other_parameters(op, before)
        case o.DropNotNull():
            table = before.table(op.table)
            if table is not None and op.column in table.primary_key:
                yield f"{quoted(op.column)} belongs to the primary key of {op.table}."
        case o.SetDefault() | o.DropDefault() | o.DropIdentity() | o.DropExpression():
            yield from _generation(op, before)
        case o.AttachPartition() | o.DetachPartition():
            yield from _partition(op, before)
        case o.Insert():
            yield from _written(op.columns, op, before)
        case o.Update():
            yield from _written(tuple(column for column, _ in op.assignments), op, before)
        case _:
            return


# -- tables that are none ------------------------------------------------------------------------------------------


def _no_table(op: Operation, before: Schema) -> Iterator[str]:
    allowed = _allowed(op)
    table = getattr(op, "table", None)
    found = relation(before, table) if allowed and isinstance(table, Name) else None
    if found in (TABLE, VIEW, MATERIALIZED_VIEW) and found not in allowed:
        yield f"{table} is {an(found)}, to which this cannot be done."


def _allowed(op: Operation) -> tuple[str, ...]:
    """The relations that the operation is for, none where it is for any."""
    match op:
        case o.AddColumn() | o.DropColumn() | o.AddConstraint() | o.ChangeType() | o.SetNotNull():
            return (TABLE,)
        case o.CreateTrigger(each_row=True, timing="BEFORE" | "AFTER"):
            return (TABLE,)
        case o.CreateTrigger(timing="INSTEAD OF"):
            return (VIEW,)
        case o.CreateIndex():
            return (TABLE, MATERIALIZED_VIEW)
        case o.Insert() | o.Update() | o.Delete():
            return (TABLE, VIEW)
        case _:
            return ()


def _out_of_order(op: Operation, beside: tuple[Placed, ...]) -> Iterator[str]:
    if not isinstance(op, _FIRST):
        return
    if isinstance(op, o.ChangeType) and any(
        isinstance(p.operation, o.ChangeType) and p.operation.column == op.column for p in beside
    ):
        yield f"One ALTER TABLE cannot change the type of {quoted(op.column)} twice."
    added = (p.operation for p in beside if isinstance(p.operation, o.AddColumn))
    if any(add.column.name == op.column and not add.if_not_exists for add in added):
        yield (
            f"One ALTER TABLE does this before it adds columns, and finds no {quoted(op.column)}: "
            "say it in a statement of its own."
        )


def _dropped_beside(op: Operation, before: Schema, beside: tuple[Placed, ...]) -> Iterator[str]:
    """ALTER TABLE drops columns before it does anything else, wherever that stands."""
    if not isinstance(op, o.SetNotNull | o.SetDefault | o.ChangeType | o.AddConstraint | o.AddIdentity):
        return
    actions = [p.operation for p in beside]
    added = {a.column.name for a in actions if isinstance(a, o.AddColumn)}
    dropped = {a.column for a in actions if isinstance(a, o.DropColumn)} - added
    for table, named in columns(op, before) if dropped else ():
        for column in named:
            if column in dropped and before.same(table, op.table):
                yield f"The same ALTER TABLE drops {quoted(column)} before it does this."


def _new_table(op: o.CreateTable, before: Schema) -> Iterator[str]:
    keys = [c for c in op.constraints if isinstance(c, PrimaryKey)]
    if len(keys) > 1:
        yield f"{op.table} can have one primary key, and not {len(keys)}."
    if op.partition_of is not None:
        parent = before.table(op.partition_of)
        if parent is not None and parent.known and not parent.partitioned:
            yield f"{op.partition_of} is not partitioned."
    key = _columns_of(op.partition_key)
    for unique in op.constraints if key else ():
        if isinstance(unique, Unique | PrimaryKey) and (missing := key - set(unique.columns)):
            yield _lacks(missing, op.table)


# -- keys and indexes ----------------------------------------------------------------------------------------------


def _using_index(op: o.AddUnique | o.AddPrimaryKey, before: Schema) -> Iterator[str]:
    name, table = op.constraint.index, before.table(op.table)
    if name is None or table is None or not table.known:
        return
    index = table.indexes.get(name)
    if index is None:
        yield f"{op.table} has no index {quoted(name)}."
    elif name in table.constraints:
        yield f"{quoted(name)} serves a constraint already."
    elif reason := _no_key(index):
        yield f"{quoted(name)} {reason}, so no key can stand on it."


def _no_key(index: Index) -> str:
    if not index.unique:
        return "is not unique"
    if not index.valid:
        return "is not valid"
    if index.where is not None:
        return "holds some of the rows only"
    if len(index.columns) < len(index.elements):
        return "is over an expression"
    if index.method != "btree":
        return f"is a {index.method} index"
    plain = {text for column in index.columns for text in (column, quoted(column), f"{quoted(column)} ASC")}
    return "" if plain.issuperset(index.elements) else "does not sort as a key does"


def _second_primary_key(op: o.AddUnique | o.AddPrimaryKey, before: Schema) -> Iterator[str]:
    table = before.table(op.table)
    if isinstance(op, o.AddPrimaryKey) and table is not None and table.primary_key:
        yield f"{op.table} has a primary key already."


def _key_of_partitions(columns: tuple[str, ...], index: str | None, before: Schema, name: Name) -> Iterator[str]:
    table = before.table(name)
    if table is None or not table.partitioned or index is not None:
        return
    below = (before.tables[partition].partition_key for partition in before.partitions(name))
    for key in dict.fromkeys((table.partition_key, *below)):
        if missing := _columns_of(key) - set(columns):
            yield _lacks(missing, name)
            return


def _lacks(missing: set[str], table: Name) -> str:
    names = " and ".join(quoted(column) for column in sorted(missing))
    return f"A unique key of {table} must hold {names}, by which it is partitioned."


def _columns_of(key: str) -> set[str]:
    """The columns of a partition key, empty where it holds more than plain columns."""
    match = _KEY.match(key)
    parts = [part.strip() for part in match[1].split(",")] if match else []
    if not all(_PLAIN.fullmatch(part) for part in parts):
        return set()
    return {part[1:-1].replace('""', '"') if part.startswith('"') else part for part in parts}


def _without_order(columns: tuple[str, ...], before: Schema, table: Name) -> Iterator[str]:
    for column in columns:
        type_ = before.column(table, column).type
        if type_ is not None and type_.name in _WITHOUT_ORDER and not type_.dimensions and type_.certain:
            yield f"{quoted(column)} is {type_.sql()}, which no B-tree sorts."


def _unreferable(op: o.AddForeignKey, before: Schema) -> Iterator[str]:
    """A foreign key needs one key over exactly the columns that it refers to."""
    key, target = op.constraint, before.table(op.constraint.referenced)
    if target is None or not target.known:
        return
    columns = key.referenced_columns or target.primary_key
    if not columns:
        yield f"{key.referenced} has no primary key to refer to."
    elif all(before.has_column(key.referenced, c) is Answer.YES for c in columns) and not any(
        _serves(index, columns) for index in target.indexes.values()
    ):
        yield f"No unique key of {key.referenced} is over ({', '.join(map(quoted, columns))})."


def _serves(index: Index, columns: tuple[str, ...]) -> bool:
    return index.unique and index.where is None and set(index.columns) == set(columns)


# -- columns -------------------------------------------------------------------------------------------------------

_OnColumn = o.AddColumn | o.DropColumn | o.RenameColumn | o.ChangeType


def _inherited(op: _OnColumn, before: Schema) -> Iterator[str]:
    table = before.table(op.table)
    if table is None:
        return
    below = (*before.partitions(op.table), *before.children(op.table))
    if op.only and below and isinstance(op, o.AddColumn | o.RenameColumn | o.ChangeType):
        yield f"{below[0]} inherits the columns of {op.table}, so ONLY cannot leave it out."
    if isinstance(op, o.AddColumn):
        if table.partition_of is not None and not (op.if_not_exists and op.column.name in table.columns):
            yield f"{op.table} is a partition of {table.partition_of}, and has its columns: add it there."
        return
    parents = tuple(p for p in (table.partition_of, *table.parents) if p is not None)
    for parent in parents:
        if before.has_column(parent, op.column) is Answer.YES:
            yield f"{quoted(op.column)} comes from {parent}: change it there."


def _partition_key(op: _OnColumn, before: Schema) -> Iterator[str]:
    if not isinstance(op, o.DropColumn | o.ChangeType):
        return
    table = before.table(op.table)
    if table is not None and op.column in _columns_of(table.partition_key):
        yield f"{op.table} is partitioned by {quoted(op.column)}."


def _label_as_number(op: _OnColumn, before: Schema) -> Iterator[str]:
    """PostgreSQL casts enums to strings, and to nothing else that somebody did not make a cast for."""
    if not isinstance(op, o.ChangeType) or op.type.name in STRINGS or op.type.schema or op.using is None:
        return
    old = before.column(op.table, op.column).type
    casts = re.fullmatch(r'"?([^\W"]+)"?\s*::\s*([\w ]+)', op.using.text.strip())
    if old is None or casts is None or casts[1] != op.column:
        return
    if before.resolve(old.called) in before.enums and op.type.name in _NUMBERS:
        yield f"There is no cast from {old.sql()} to {op.type.sql()}."


_OnGeneration = o.SetDefault | o.DropDefault | o.DropIdentity | o.DropExpression


def _generation(op: _OnGeneration, before: Schema) -> Iterator[str]:
    table = before.table(op.table)
    column = table.columns.get(op.column) if table is not None else None
    if column is None or not column.known:
        return
    name = quoted(op.column)
    match op:
        case o.SetDefault() | o.DropDefault() if column.generation in _IDENTITIES:
            yield f"{name} is an identity column, which has no default."
        case o.SetDefault() if column.generation in _COMPUTED:
            yield f"{name} is a generated column, which has no default."
        case o.DropIdentity(if_exists=False) if column.generation not in _IDENTITIES:
            yield f"{name} is no identity column."
        case o.DropExpression(if_exists=False) if column.generation not in _COMPUTED:
            yield f"{name} is no generated column."
        case _:
            return


def _written(columns: tuple[str, ...], op: o.Insert | o.Update, before: Schema) -> Iterator[str]:
    for name in columns:
        generation = before.column(op.table, name).generation
        if generation in _COMPUTED and not _writes_default(op, name):
            yield f"{quoted(name)} is a generated column, which nobody can write to."
        elif generation is Generation.IDENTITY_ALWAYS and not _writes_default(op, name):
            yield f"{quoted(name)} numbers itself always: OVERRIDING SYSTEM VALUE lets a statement do it."


def _writes_default(op: o.Insert | o.Update, column: str) -> bool:
    """Whether the statement leaves the value to PostgreSQL, or may do so."""
    if isinstance(op, o.Update):
        return any(name == column and value.text.upper() == "DEFAULT" for name, value in op.assignments)
    words = op.text.upper()
    return "OVERRIDING" in words or "DEFAULT" in words


def _default_stays(op: _OnColumn, before: Schema, beside: tuple[Placed, ...]) -> Iterator[str]:
    """USING says what becomes of the rows; the default is cast as an assignment is."""
    if not isinstance(op, o.ChangeType) or op.using is None:
        return
    column = before.column(op.table, op.column)
    dropped = any(isinstance(p.operation, o.DropDefault) and p.operation.column == op.column for p in beside)
    if column.type is None or column.default is None or column.default.is_null_constant or dropped:
        return
    if _assigned(column.type, op.type, before) is Answer.NO:
        yield (
            f"The default of {quoted(op.column)} is not cast from {column.type.sql()} to {op.type.sql()}: "
            "drop it before, in the same ALTER TABLE, and set the new one."
        )


def _assigned(old: Type, new: Type, before: Schema) -> Answer:
    """Whether values of the old type can be assigned to the new one: nothing is to an enum but its own labels."""
    if before.resolve(new.called) in before.enums and not new.dimensions:
        return Answer.of(before.same(old.called, new.called))
    return is_taken(old, new)


# -- code ----------------------------------------------------------------------------------------------------------


def _no_such_row(op: o.CreateTrigger) -> Iterator[str]:
    for event, row in (("INSERT", "OLD"), ("DELETE", "NEW")):
        if op.events == (event,) and re.search(rf"\b{row}\s*\.", op.condition, re.IGNORECASE):
            yield f"There is no {row} row in a trigger on {event}."


def _other_parameters(op: o.CreateFunction, before: Schema) -> Iterator[str]:
    """OR REPLACE keeps the names of the parameters, and the defaults that callers rely on."""
    found = before.overloads(op.name, op.arguments)
    texts = before.made.get(Made(op.kind, found[0].name), ()) if len(found) == 1 else ()
    old, new = parameters(texts[0]) if texts else None, parameters(op.text)
    if not old or new is None or len(old) != len(new):
        return
    for (name, optional), (new_name, new_optional) in zip(old, new, strict=True):
        if name and name != new_name:
            yield f"OR REPLACE cannot call the parameter {quoted(name)} otherwise: drop {op.name} before."
        if optional and not new_optional:
            yield f"OR REPLACE cannot take the default of {quoted(name or 'a parameter')} away: drop it before."


# -- partitions ----------------------------------------------------------------------------------------------------


def _partition(op: o.AttachPartition | o.DetachPartition, before: Schema) -> Iterator[str]:
    parent, child = before.table(op.table), before.table(op.partition)
    if parent is None or not parent.known:
        return
    if not parent.partitioned:
        yield f"{op.table} is not partitioned."
    elif (
        child is not None and child.known and isinstance(op, o.DetachPartition) and child.partition_of != parent.name
    ):
        yield f"{op.partition} is no partition of {op.table}."
    elif child is not None and isinstance(op, o.AttachPartition) and child.partition_of is not None:
        yield f"{op.partition} is a partition of {child.partition_of} already."
