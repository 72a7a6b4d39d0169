"""What the old version reaches: whether a new constraint may refuse what it writes.

The old version leaves out a column that it does not know, so that column gets its default or stays NULL. What an
earlier revision enforced already refuses nothing new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from safemigrate.rulebook.clones import holds_any, index_clone
from safemigrate.rulebook.copied import Copied
from safemigrate.rulebook.site import Placed, Run
from safemigrate.schema import (
    Answer,
    Check,
    ForeignKey,
    Index,
    Name,
    NotNullConstraint,
    PrimaryKey,
    Schema,
    Table,
    Unique,
    after,
)
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import (
    AddConstraint,
    MoveTable,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameTable,
)
from safemigrate.sql import choice, outcomes

_NULL = frozenset({None})
_RENAMES = (MoveTable, RenameColumn, RenameConstraint, RenameIndex, RenameTable)


def begun(run: Run, position: int) -> Schema:
    """What earlier revisions left, under the names that the revision has given it before *position*."""
    renames = [placed.operation for placed in run.operations[:position] if isinstance(placed.operation, _RENAMES)]
    known = run.renamed or [run.operations[0].before]
    for operation in renames[len(known) - 1 :]:
        known.append(after(operation, known[-1]))
    run.renamed[:] = known
    return known[len(renames)]


def check_refuses(run: Run, position: int) -> Answer:
    """Whether the CHECK or NOT NULL constraint added at *position* may refuse a row of the old version."""
    op, before = _added(run, position)
    constraint = op.constraint
    assert isinstance(constraint, Check | NotNullConstraint)
    text, columns = _condition(constraint)
    if (
        not getattr(constraint, "enforced", True)
        or _harmless(run, position)
        or enforced(begun(run, position), op.table, text)
    ):
        return Answer.NO
    null = left_null(before, op.table)
    found = outcomes(text, null)
    if False not in found:
        return Answer.NO
    new = {c for c in columns if before.is_new_column(op.table, c)}
    if columns - new or found == {False}:
        return Answer.YES
    # what the old version leaves to a default is as the author chose it
    return Answer.NO if columns and not columns & null else Answer.UNKNOWN


def reference_refuses(run: Run, position: int) -> bool:
    """Whether the foreign key added at *position* may refuse a write of the old version: an orphan, a lost parent."""
    op, before = _added(run, position)
    key = op.constraint
    assert isinstance(key, ForeignKey)
    if not key.enforced or _harmless(run, position) or _null_reference(key, left_null(before, op.table)):
        return False
    if all(before.is_new_column(op.table, c) for c in key.columns):
        return False
    return earlier_reference(run, position) is None


def reference_waits(run: Run, position: int) -> bool:
    """Whether the foreign key added at *position* has to wait for contract: it may refuse a write of the old version,
    or takes the place of one that deletes or empties rows."""
    return reference_refuses(run, position) or _stops_cascading(run, position)


def _stops_cascading(run: Run, position: int) -> bool:
    op, _ = _added(run, position)
    earlier = earlier_reference(run, position)
    assert isinstance(op.constraint, ForeignKey)
    return earlier is not None and earlier.cascades and not op.constraint.cascades


def earlier_reference(run: Run, position: int) -> ForeignKey | None:
    """The foreign key of an earlier revision like the one added at *position*, but for what it does on deletes."""
    op, _ = _added(run, position)
    key, begin = op.constraint, begun(run, position)
    assert isinstance(key, ForeignKey)
    known = begin.table(op.table)
    return next(
        (
            c
            for c in (known.constraints.values() if known else ())
            if isinstance(c, ForeignKey)
            and c.enforced
            and c.columns == key.columns
            and begin.same(c.referenced, key.referenced)
            and _targets(begin, c) == _targets(begin, key)
        ),
        None,
    )


def unique_refuses(run: Run, position: int, table: Name, index: Index) -> bool:
    """Whether the unique *index*, which the operation at *position* makes, may refuse a row of the old version."""
    before = run.operations[position].before
    if _harmless_on(run, position, table) or _unique_already(begun(run, position).table(table), index):
        return False
    null = left_null(before, table)
    if index.where is not None and True not in outcomes(index.where.text, null):
        return False
    if index.nulls_distinct and any(_stays_null(element, index, null) for element in index.elements):
        return False
    # each row gets a value of its own in a new column that numbers itself
    return not any(before.is_new_column(table, c) and _differs(before, table, c) for c in index.columns)


def index_of(key: Unique | PrimaryKey) -> Index:
    """The index that a key makes, as far as it says which rows collide."""
    nulls_distinct = key.nulls_distinct if isinstance(key, Unique) else True
    return Index(key.name, tuple(map(quoted, key.columns)), key.columns, unique=True, nulls_distinct=nulls_distinct)


def left_null(schema: Schema, table: Name) -> frozenset[str]:
    """The columns of an existing table that the revision made without a default: the old version leaves them NULL."""
    known = schema.table(table)
    if known is None or schema.is_new(table):
        return frozenset()
    return frozenset(
        name
        for name, column in known.columns.items()
        if column.born == schema.revision and column.has_default is Answer.NO
    )


def _added(run: Run, position: int) -> tuple[AddConstraint, Schema]:
    placed = run.operations[position]
    assert isinstance(placed.operation, AddConstraint)
    return placed.operation, placed.before


def made_name(placed: Placed, table: Name) -> str:
    """The name of the constraint or index that an operation makes, which may be PostgreSQL's choice."""
    before, after = placed.before.table(table), placed.after.table(table)
    known = {*before.constraints, *before.indexes} if before else set()
    made = [name for name in (*after.constraints, *after.indexes) if name not in known] if after else []
    return made[0] if made else ""


def _harmless(run: Run, position: int) -> bool:
    """Whether the table is new, or the constraint gone again by the end of its transaction."""
    placed = run.operations[position]
    assert isinstance(placed.operation, AddConstraint)
    return _harmless_on(run, position, placed.operation.table)


def _harmless_on(run: Run, position: int, table: Name) -> bool:
    placed = run.operations[position]
    if placed.before.is_new(table):
        return True
    number = placed.statement.transaction
    if number is None:
        return False
    name = made_name(placed, table)
    end = next(p for p in reversed(run.operations) if p.statement.transaction == number).after.table(table)
    return bool(name) and end is not None and name not in end.constraints and name not in end.indexes


def _condition(constraint: Check | NotNullConstraint) -> tuple[str, frozenset[str]]:
    if isinstance(constraint, NotNullConstraint):
        return f"{quoted(constraint.column)} IS NOT NULL", frozenset({constraint.column})
    return constraint.expression.text, constraint.expression.columns


def enforced(begin: Schema, table: Name, text: str) -> bool:
    """Whether what an earlier revision left refuses all that the condition refuses."""
    known = begin.table(table)
    if known is None:
        return False
    words = _words(text)
    allowed = choice(text)
    forbidden = (_words(f"{quoted(c.name)} IS NOT NULL") for c in known.columns.values() if c.nullable is Answer.NO)
    return words in forbidden or any(
        _words(earlier) == words or _narrower(choice(earlier), allowed)
        for earlier, _ in map(_condition, _conditions(known))
    )


def _conditions(table: Table) -> Iterable[Check | NotNullConstraint]:
    return (
        c
        for c in table.constraints.values()
        if isinstance(c, Check | NotNullConstraint) and getattr(c, "enforced", True)
    )


def _narrower(one: tuple[str, frozenset[str]] | None, other: tuple[str, frozenset[str]] | None) -> bool:
    return one is not None and other is not None and one[0] == other[0] and one[1] <= other[1]


def _words(text: str) -> list[str]:
    text = text.strip()
    while text.startswith("(") and text.endswith(")") and "(" not in text[1:] and ")" not in text[:-1]:
        text = text[1:-1].strip()
    return text.split()


def _null_reference(key: ForeignKey, null: frozenset[str]) -> bool:
    """Whether what the old version writes is not looked up at all."""
    full = "MATCH FULL" in key.actions.upper()
    return null.issuperset(key.columns) if full else not null.isdisjoint(key.columns)


def _targets(schema: Schema, key: ForeignKey) -> tuple[str, ...]:
    known = schema.table(key.referenced)
    return key.referenced_columns or (known.primary_key if known else ())


def _unique_already(table: Table | None, index: Index) -> bool:
    """Whether a unique index of an earlier revision refuses all that this one refuses."""
    return table is not None and any(
        old.unique
        and old.valid
        and _keys(old) <= _keys(index)
        and (old.where is None or (index.where is not None and old.where.text == index.where.text))
        and (index.nulls_distinct or not old.nulls_distinct)
        for old in (*table.indexes.values(), *_on_equal_columns(table))
    )


def _on_equal_columns(table: Table) -> Iterator[Index]:
    """The indexes as they would read on columns that a trigger keeps equal to theirs."""
    for trigger in table.triggers.values():
        if trigger.equal is not None and trigger.enabled:
            old, new = trigger.equal
            copied = Copied(table.name, {old: new})
            clones = (index_clone(copied, index) for index in table.indexes.values() if holds_any(index, copied))
            yield from (clone.index for clone in clones if clone is not None)


def _stays_null(element: str, index: Index, null: frozenset[str]) -> bool:
    plain = _plain(element, index)
    return plain in null if plain is not None else outcomes(element, null) == _NULL


def _keys(index: Index) -> set[str]:
    """What a unique index compares: columns by their names, expressions as written."""
    return {_plain(element, index) or f"({element})" for element in index.elements}


def _plain(element: str, index: Index) -> str | None:
    """The column that an element is; its name may stand there with or without quotes."""
    return next((c for c in index.columns if element.split()[:1] in ([quoted(c)], [c])), None)


def _differs(schema: Schema, table: Name, column: str) -> bool:
    known = schema.column(table, column)
    volatile = known.default is not None and known.default.volatility.rewrites
    return volatile or known.generation is not None
