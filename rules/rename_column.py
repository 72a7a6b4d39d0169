"""rename-column: see rename_column.md."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split, Step
from safemigrate.rulebook.shapes import prove_not_null
from safemigrate.schema import (
    Answer,
    Check,
    Column,
    Exclusion,
    ForeignKey,
    Generation,
    Index,
    Name,
    Operation,
    Schema,
    Table,
)
from safemigrate.schema.name import quoted, shortened
from safemigrate.schema.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    CreateIndex,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropObject,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    SetDefault,
    Update,
    ValidateConstraint,
)
from safemigrate.schema.sync import CreateSyncFunction, CreateSyncTrigger
from safemigrate.sql import read_expression, renamed


def check(site: Site) -> Iterator[Hit]:
    """A rename is a drop to every process that still uses the old name."""
    op = site.operation
    assert isinstance(op, RenameColumn)
    if not site.before.is_new_column(op.table, op.column):
        yield Hit(frozenset({Hazard.BREAKS_OLD}))


def split(site: Site) -> Split | Refusal | None:
    """Both names side by side, kept equal by a trigger, until the old version is gone."""
    op = site.operation
    assert isinstance(op, RenameColumn)
    if site.before.is_new_column(op.table, op.column):
        return None
    refusal = _refused(op, site)
    if refusal is not None:
        return refusal
    clones = _clones(op, site.before)
    if isinstance(clones, Refusal):
        return clones
    old = site.before.column(op.table, op.column)
    function = CreateSyncFunction(op.table, op.column, op.new_name)
    trigger = CreateSyncTrigger(op.table, op.new_name, op.column)
    old_name, new_name = f"{op.table}.{quoted(op.column)}", f"{op.table}.{quoted(op.new_name)}"
    # no default: the trigger would take it for a value of the new version and lose the old version's
    added = Column(op.new_name, old.type, collation=old.collation)
    table = site.before.table(op.table)
    policies = [f"the policy {quoted(name)}" for name in table.policies] if table else []
    return Split(
        consumes=frozenset({site.position}),
        change=f"renames {old_name} to {quoted(op.new_name)}",
        expand=((AddColumn(op.table, added), function, trigger),),
        migrate=((_backfill(op),), *(step for clone in clones for step in clone.migrate)),
        contract=(
            *(prove_not_null(op.table, op.new_name) if old.nullable is Answer.NO else ()),
            *(step for clone in clones for step in clone.contract),
            _switched(op, old, function, trigger, clones),
        ),
        proof=f"{new_name} holds in every row what {old_name} holds, no running version names {old_name}, and the "
        f"{', '.join(('grants, policies, publications, comments and triggers', *policies))} that name {old_name} "
        f"have been given {new_name}.",
        deploy=f"the version that uses {new_name} instead of {quoted(op.column)}",
    )


@dataclass(frozen=True, slots=True)
class _Clone:
    """What hangs on the old column, made anew on the new one under a name of its own: *migrate* and *contract* make
    it, *named* gives it the old name in the step in which the old column goes."""

    migrate: tuple[Step, ...] = ()
    contract: tuple[Step, ...] = ()
    named: Step = ()


def _clones(op: RenameColumn, before: Schema) -> tuple[_Clone, ...] | Refusal:
    """The indexes, checks and foreign keys of the column, cloned; or what of them cannot be."""
    table = before.table(op.table)
    assert table is not None
    clones: list[_Clone] = []
    stuck: list[str] = []
    for index in table.indexes.values():
        if index.name not in table.constraints and _holds(index, op.column):
            clone = None if table.partitioned or index.unique else _index_clone(op, index)
            clones += [clone] if clone else []
            stuck += [] if clone else [f"the index {quoted(index.name)}"]
    for constraint in table.constraints.values():
        if not isinstance(constraint, Check | ForeignKey) or not _binds(constraint, op.column):
            continue
        unfit = not constraint.enforced or (table.partitioned and isinstance(constraint, ForeignKey))
        clone = None if unfit else _constraint_clone(op, constraint)
        clones += [clone] if clone else []
        stuck += [] if clone else [f"the constraint {quoted(constraint.name)}"]
    return _stuck(op, stuck) if stuck else tuple(clones)


def _index_clone(op: RenameColumn, index: Index) -> _Clone | None:
    """Built beside traffic once the rows are filled, so that the new version finds it."""
    elements = tuple(renamed(element, op.column, op.new_name) for element in index.elements)
    where = renamed(index.where.sql(), op.column, op.new_name) if index.where else ""
    if None in elements or where is None or not index.valid:
        return None
    name = _temporary(index.name, op.new_name)
    built = replace(
        index,
        name=name,
        elements=tuple(element or "" for element in elements),
        columns=_swapped(index.columns, op),
        include=_swapped(index.include, op),
        where=read_expression(where) if where else None,
    )
    original, clone = op.table.beside(index.name), op.table.beside(name)
    return _Clone(
        migrate=((CreateIndex(op.table, built, concurrently=True),),),
        # the old one goes with its column; a database that ran the plain rename still has it
        named=(DropIndex(original, if_exists=True), RenameIndex(clone, index.name)),
    )


def _constraint_clone(op: RenameColumn, constraint: Check | ForeignKey) -> _Clone | None:
    """Added when the old version is gone; until then the old one holds for both, as the two columns are equal."""
    name = _temporary(constraint.name, op.new_name)
    add: AddCheck | AddForeignKey
    if isinstance(constraint, Check):
        text = renamed(constraint.expression.sql(), op.column, op.new_name)
        if text is None:
            return None
        add = AddCheck(op.table, replace(constraint, name=name, expression=read_expression(text), valid=False))
    elif _word(op.column).search(constraint.actions):
        # ON DELETE SET NULL (column)
        return None
    else:
        columns = _swapped(constraint.columns, op)
        own = _swapped(constraint.referenced_columns, op) if constraint.referenced == op.table else None
        add = AddForeignKey(
            op.table,
            replace(
                constraint,
                name=name,
                columns=columns,
                referenced_columns=own if own is not None else constraint.referenced_columns,
                valid=False,
            ),
        )
    validate: tuple[Step, ...] = ((ValidateConstraint(op.table, name),),) if constraint.valid else ()
    named = (
        DropConstraint(op.table, constraint.name, if_exists=True),
        RenameConstraint(op.table, name, constraint.name),
    )
    return _Clone(contract=((add,), *validate), named=named)


def _swapped(columns: tuple[str, ...], op: RenameColumn) -> tuple[str, ...]:
    return tuple(op.new_name if column == op.column else column for column in columns)


def _temporary(name: str, new: str) -> str:
    return shortened(f"{name}__{new}")


def _backfill(op: RenameColumn) -> Update:
    old, new = quoted(op.column), quoted(op.new_name)
    return Update(
        op.table,
        ((op.new_name, read_expression(old)),),
        where=read_expression(f"{new} IS NULL AND {old} IS NOT NULL"),
    )


def _switched(
    op: RenameColumn,
    old: Column,
    function: CreateSyncFunction,
    trigger: CreateSyncTrigger,
    clones: Sequence[_Clone],
) -> Step:
    """The trigger before its columns, and the default with it: in any other order writes would fail."""
    steps: list[Operation] = [
        DropObject("TRIGGER", Name(trigger.trigger), table=op.table),
        DropObject("FUNCTION", function.function, signature="()"),
    ]
    if old.default is not None and not old.default.is_null_constant:
        steps.append(SetDefault(op.table, op.new_name, old.default))
    return (*steps, DropColumn(op.table, op.column), *(each for clone in clones for each in clone.named))


def _refused(op: RenameColumn, site: Site) -> Refusal | None:
    """Why the new column would not end as the renamed one would have."""
    column = f"{op.table}.{quoted(op.column)}"
    table = site.before.table(op.table)
    known = site.before.column(op.table, op.column)
    if table is None or not known.known or known.type is None or not known.type.certain:
        return Refusal(
            f"The history does not say what {column} is.",
            "Give safemigrate a baseline (pg_dump --schema-only, named as schema in its configuration).",
        )
    if site.before.has_column(op.table, op.new_name) is Answer.YES:
        return Refusal(f"{op.table} has a column {quoted(op.new_name)} already.", "Choose another name.")
    again = _renamed_again(op, site)
    if again:
        return Refusal(f"The revision renames {column} more than once.", "Rename it once.")
    holders = [
        *_generation(known),
        *_keys(op, site.before),
        *_dependents(op, table),
        *(f"the view {view.name}" for view in site.before.views_on(op.table, op.column)),
        *(f"the trigger {quoted(t.name)}" for t in table.triggers.values() if op.column in t.columns),
    ]
    return _stuck(op, holders) if holders else None


def _stuck(op: RenameColumn, holders: Sequence[str]) -> Refusal:
    return Refusal(
        f"{op.table}.{quoted(op.column)} cannot be copied to a new column that ends like it, "
        f"because of {', '.join(dict.fromkeys(holders))}.",
        "Keep the name in the database and rename only the attribute "
        f"({op.new_name} = mapped_column({json.dumps(op.column)}) in SQLAlchemy), or drop what hangs on it "
        "in a release before and make it anew on the new column in a release after.",
    )


def _renamed_again(op: RenameColumn, site: Site) -> bool:
    others = (p for i, p in enumerate(site.run.operations) if i != site.position)
    return any(
        isinstance(p.operation, RenameColumn)
        and p.before.same(p.operation.table, op.table)
        and {p.operation.column, p.operation.new_name} & {op.column, op.new_name}
        for p in others
    )


def _generation(column: Column) -> tuple[str, ...]:
    if column.generation is not None:
        computed = column.generation in (Generation.STORED, Generation.VIRTUAL)
        return ("the expression that it is generated from" if computed else "the sequence that numbers it",)
    if column.default is not None and "nextval(" in column.default.text:
        return ("the sequence of its default",)
    return ()


def _keys(op: RenameColumn, before: Schema) -> Iterator[str]:
    """The keys over the column, its own and those of tables that refer to it.

    Two unique indexes over equal columns would let an upsert of either version fail: its ON CONFLICT names one of
    them, and a row that another session inserts at the same time may be met in the other.
    """
    for key in before.keys_on(op.table, op.column):
        if not isinstance(key, ForeignKey):
            yield f"the constraint {quoted(key.name)}"
    for other, foreign in before.referencing(op.table):
        if op.column in foreign.referenced_columns and not before.same(other, op.table):
            yield f"the foreign key {quoted(foreign.name)} of {other}"


def _dependents(op: RenameColumn, table: Table) -> Iterator[str]:
    """What has no clone and may name the column. Text that holds its name counts."""
    word = _word(op.column)
    for constraint in table.constraints.values():
        if isinstance(constraint, Exclusion) and word.search(constraint.text):
            yield f"the constraint {quoted(constraint.name)}"
    for column in table.columns.values():
        if column.name != op.column and column.generation is not None and word.search(column.generation_text):
            yield f"the generated column {quoted(column.name)}"
    if word.search(table.partition_key):
        yield "the partition key"


def _holds(index: Index, column: str) -> bool:
    texts = (*index.elements, index.where.text if index.where else "")
    return column in (*index.columns, *index.include) or any(map(_word(column).search, texts))


def _binds(constraint: Check | ForeignKey, column: str) -> bool:
    if isinstance(constraint, ForeignKey):
        return column in constraint.columns
    return column in constraint.expression.columns or bool(_word(column).search(constraint.expression.text))


def _word(column: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(column)}(?!\w)", re.IGNORECASE)
