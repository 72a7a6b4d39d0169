"""set-not-null: see set_not_null.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from safemigrate.rulebook import Hazard, Hit, Placed, Question, Refusal, Site, Split, Step, moving
from safemigrate.rulebook.filling import binds_old, filling_update, filling_value, forbade_null
from safemigrate.rulebook.refilling import refilled
from safemigrate.rulebook.retyped import is_a_word
from safemigrate.rulebook.shapes import decided, example_value, prove_not_null, question
from safemigrate.schema import Check, Column, Expression, Name, NotNullConstraint, Work
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import (
    AddCheck,
    AddColumn,
    AddConstraint,
    AddNotNull,
    ChangeType,
    DropConstraint,
    DropDefault,
    RenameColumn,
    SetNotNull,
    Update,
    ValidateConstraint,
)
from safemigrate.schema.sync import CreateFillFunction, CreateSyncTrigger, taken_down
from safemigrate.sql import read_expression, renamed

BLOCKS = frozenset({Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES})
BREAKS = frozenset({Hazard.BREAKS_OLD})


def check(site: Site) -> Iterator[Hit]:
    """A valid check spares the scan; a check of an earlier revision, valid or not, binds the old version already."""
    op = site.operation
    assert isinstance(op, SetNotNull)
    if site.before.is_new(op.table):
        return
    scans = site.footprint().work is Work.SCAN
    breaks = binds_old(site.run, site.position)
    if scans and breaks:
        yield Hit(BLOCKS | BREAKS)
    elif scans:
        yield Hit(
            BLOCKS, message=f"SET NOT NULL reads every row of {op.table} under a lock that stops reads and writes."
        )
    elif breaks:
        yield Hit(BREAKS, message=f"The old version may still write NULL to {_column(op)}, or leave it out.")


def split(site: Site) -> Split | Refusal | None:
    """Prove the column free of NULL once nobody writes NULL; until then fill it, where the author says how."""
    op = site.operation
    assert isinstance(op, SetNotNull)
    if not any(check(site)):
        return None
    refusal = _refused(op, site)
    if refusal is not None:
        return refusal
    binds = binds_old(site.run, site.position)
    filled = _filled(op, site) if binds else _Filled()
    again = refilled(site.run, op.table, op.column, until=site.position) if binds and not filled.expand else ()
    proven, made_here = _proven(op, site)
    undefaulted = _undefaulted(op, site)
    column = _column(op)
    return Split(
        consumes=frozenset({site.position}) | filled.consumes | made_here | undefaulted.keys(),
        change=f"makes {column} NOT NULL",
        expand=filled.expand,
        migrate=filled.migrate,
        contract=(
            *((update,) for update in again or ()),
            *proven,
            *filled.contract,
            *((drop,) for drop in undefaulted.values()),
        ),
        proof=_proof(op, site, again),
        deploy=f"the version that always writes {column}",
        question=_question(op, site) if binds else None,
    )


def _proof(op: SetNotNull, site: Site, again: tuple[Update, ...] | None) -> str:
    """What must be true when contract comes; *again* are the UPDATEs that it runs first, None: there should be."""
    column, revision = quoted(op.column), site.run.revision.id
    if again is None:
        return (
            f"No row of {op.table} may hold NULL in {column}, and no running version may write one. What was left "
            f"NULL since {revision} ran is filled by nothing here: fill it first, as its UPDATE did."
        )
    if again:
        return (
            f"What was left NULL in {column} of {op.table} since {revision} ran is filled first, as its UPDATE does; "
            "until then the new version meets NULL in rows that the old one wrote. "
            "No row may hold NULL then, and no running version writes one."
        )
    return f"No row of {op.table} holds NULL in {column}, and no running version writes one."


def _question(op: SetNotNull, site: Site) -> Question | None:
    """What stands in for NULL, where the revision says nothing of the rows that hold it."""
    before = site.run.operations[: site.position]
    if any(isinstance(p.operation, Update) and p.before.same(p.operation.table, op.table) for p in before):
        return None
    return question(
        site,
        op.table,
        op.column,
        asks=f"what {_column(op)} is where it is NULL, as an SQL expression over the columns of {op.table}; without "
        "one, contract stops at a row that holds NULL",
        example=example_value(site.before.column(op.table, op.column).type),
    )


def _column(op: SetNotNull) -> str:
    return f"{op.table}.{quoted(op.column)}"


def _refused(op: SetNotNull, site: Site) -> Refusal | None:
    """Why no trigger can fill the column: another of the same revision has yet to write what it would read.

    Triggers fire in the order of their names, whatever the order of the revision was.
    """
    position = filling_update(site.run, op.table, op.column, until=site.position)
    if position is None or not binds_old(site.run, site.position):
        return None
    update = site.run.operations[position].operation
    assert isinstance(update, Update)
    needed = {op.column, *update.assignments[0][1].columns}
    taken = moving.moved(site.run, position)
    if taken is not None:
        return taken.refusal()
    for other, placed in enumerate(site.run.operations):
        match placed.operation:
            case RenameColumn(table=table, column=old, new_name=new) if not placed.before.is_new_column(table, old):
                moved = new in needed
            case SetNotNull(table=table, column=new) if other != site.position and binds_old(site.run, other):
                moved = new in needed and filling_update(site.run, table, new, until=other) is not None
            case _:
                continue
        if moved and placed.before.same(table, op.table):
            return Refusal(
                f"{_column(op)} is filled while {op.table}.{quoted(new)} is still being moved or filled itself.",
                _renamed_last(op, site, update, placed) or "Release the one before the other.",
            )
    return None


def _renamed_last(op: SetNotNull, site: Site, update: Update, placed: Placed) -> str:
    """The statements in the order that can be split, where the column itself is renamed first; empty elsewhere."""
    rename, (_, value) = placed.operation, update.assignments[0]
    if not isinstance(rename, RenameColumn) or op.column != rename.new_name:
        return ""
    under_old, begun = (
        renamed(value.text, rename.new_name, rename.column),
        site.run.operations[0].before.table(op.table),
    )
    known = begun is not None and all(each in begun.columns for each in (*value.columns, rename.column))
    if under_old is None or not known or update.source or update.text:
        return ""
    old = quoted(rename.column)
    filled = replace(
        update,
        assignments=((rename.column, read_expression(under_old)),),
        where=read_expression(f"{old} IS NULL"),
    )
    steps = (filled, SetNotNull(op.table, rename.column), rename)
    return f"Rename it last: {' '.join(f'{each.sql()};' for each in steps)}"


@dataclass(frozen=True, slots=True)
class _Filled:
    """What fills the column until contract, and the positions of what that replaces."""

    consumes: frozenset[int] = frozenset()
    expand: tuple[Step, ...] = ()
    migrate: tuple[Step, ...] = ()
    contract: tuple[Step, ...] = ()


def _filled(op: SetNotNull, site: Site) -> _Filled:
    """The author's UPDATE as a backfill, and a trigger that does the same to what the old version writes."""
    position = filling_update(site.run, op.table, op.column, until=site.position)
    if position is None:
        return _decided(op, site)
    update = site.run.operations[position]
    expression, made = filling_value(update), _made(op, site, until=position)
    assert expression is not None
    held = update.before.column(op.table, op.column).type
    if held is not None and any(i > position for i in made):
        # the UPDATE wrote into the type that the column had then, which may have rounded
        expression = read_expression(f"CAST({expression.text} AS {held.sql()})")
    return _filling(op, expression, made, frozenset({position}))


def _decided(op: SetNotNull, site: Site) -> _Filled:
    """The value that a person decided on, filled in like an UPDATE of the author's."""
    text = decided(site, op.table, op.column) if _question(op, site) else None
    if text is None:
        return _Filled()
    return _filling(op, read_expression(text), _made(op, site, until=site.position), frozenset())


def _filling(
    op: SetNotNull, expression: Expression, made: Mapping[int, AddColumn | ChangeType], consumes: frozenset[int]
) -> _Filled:
    function = CreateFillFunction(op.table, op.column, expression.text)
    trigger = CreateSyncTrigger(op.table, op.column)
    empty = read_expression(f"{quoted(op.column)} IS NULL")
    return _Filled(
        consumes | made.keys(),
        expand=((*made.values(), function, trigger),),
        migrate=((Update(op.table, ((op.column, expression),), where=empty),),),
        contract=(taken_down(op.table, function.function, trigger.trigger),),
    )


def _made(op: SetNotNull, site: Site, *, until: int) -> dict[int, AddColumn | ChangeType]:
    """What the revision does at once to make the column what it is: its ADD COLUMN, where that brings nothing else,
    and the changes of its type, which PostgreSQL refuses once a trigger asks for the column."""
    found: dict[int, AddColumn | ChangeType] = {}
    for i, placed in enumerate(site.run.operations):
        match placed.operation:
            case AddColumn(column=Column(name=op.column), constraints=()) as made:
                stands = i < until and site.footprint(placed).work is Work.INSTANT
            case ChangeType(column=op.column) as made:
                stands = is_a_word(site, placed)
            case _:
                continue
        if stands and placed.before.same(made.table, op.table):
            found[i] = made
    return found


def _undefaulted(op: SetNotNull, site: Site) -> dict[int, DropDefault]:
    """Each DROP DEFAULT of the revision on a column it made: what the old version leaves out needs the default."""
    if not site.before.is_new_column(op.table, op.column):
        return {}
    return {
        i: placed.operation
        for i, placed in enumerate(site.run.operations)
        if isinstance(placed.operation, DropDefault)
        and placed.operation.column == op.column
        and placed.before.same(placed.operation.table, op.table)
    }


def _proven(op: SetNotNull, site: Site) -> tuple[tuple[Step, ...], frozenset[int]]:
    """The steps to NOT NULL without a blocking scan, and the positions of those that the revision has itself."""
    proof = site.before.not_null_check(op.table, op.column)
    if proof is not None and not forbade_null(site.run, op.table, op.column):
        return _proven_here(op, site, proof)
    if isinstance(proof, NotNullConstraint):
        return ((ValidateConstraint(op.table, proof.name),), (op,)), frozenset()
    # a check of the author's that is not validated would not end as it was: SET NOT NULL leaves it so
    return prove_not_null(op.table, op.column), frozenset()


def _proven_here(
    op: SetNotNull, site: Site, proof: Check | NotNullConstraint
) -> tuple[tuple[Step, ...], frozenset[int]]:
    """The check is the revision's own, which old writers feel as they feel NOT NULL: it waits for contract, too."""
    mine = {i: p for i, p in enumerate(site.run.operations) if _is_about(p, op.table, proof.name)}
    if not any(isinstance(p.operation, AddConstraint) for p in mine.values()):
        # it came with its column, and stays with it
        return ((op,),) if proof.valid else ((ValidateConstraint(op.table, proof.name),), (op,)), frozenset()
    unproven = replace(proof, valid=False)
    add = AddCheck(op.table, unproven) if isinstance(unproven, Check) else AddNotNull(op.table, unproven)
    dropped = tuple(p.operation for p in mine.values() if isinstance(p.operation, DropConstraint))
    return ((add,), (ValidateConstraint(op.table, proof.name),), (op, *dropped)), frozenset(mine)


def _is_about(placed: Placed, table: Name, constraint: str) -> bool:
    """Whether the operation makes, validates or drops the constraint."""
    op = placed.operation
    if not isinstance(op, AddConstraint | ValidateConstraint | DropConstraint) or not placed.before.same(
        op.table, table
    ):
        return False
    if not isinstance(op, AddConstraint):
        return op.name == constraint
    before, after = placed.before.table(table), placed.after.table(table)
    made = set(after.constraints if after else ()) - set(before.constraints if before else ())
    return constraint in made
