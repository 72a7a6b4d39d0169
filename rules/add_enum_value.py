"""add-enum-value: see add_enum_value.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Placed, Refusal, Site, Split
from safemigrate.rulebook.labels import Writing, writes
from safemigrate.rulebook.objects import is_known, is_new, of_type
from safemigrate.schema import Answer, Name, Operation
from safemigrate.schema.name import literal
from safemigrate.schema.operations import AddEnumValue, AlterObject, CreateObject, RenameEnumValue

#: the first version that lets a transaction use the label of a type that it made itself
SINCE_OWN_TYPE = 17


def check(site: Site) -> Iterator[Hit]:
    """The old version does not know the label; nor may the transaction that adds it use it."""
    op = _operation(site)
    enum = site.before.enums.get(site.before.resolve(op.type))
    if op.if_not_exists and enum is not None and op.value in enum.labels:
        return
    surprises = {Hazard.SURPRISES_OLD} if is_known(site, "TYPE", op.type) else set()
    use = _use(op, site)
    if use is not None:
        yield Hit(
            frozenset({Hazard.FAILS, *surprises}),
            certain=_names(use, op),
            message=f"PostgreSQL refuses to use {literal(op.value)} before the transaction that adds it has ended, "
            f"and line {use.statement.line} uses it.",
        )
    elif surprises and (written := next(_written(op, site), None)) is not None:
        writer, certain = written
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            certain=certain,
            message=f"The old version does not know {literal(op.value)}, and line {writer.statement.line} "
            f"{'writes' if certain else 'may write'} it to rows that it reads.",
        )
    elif surprises:
        yield Hit(frozenset(surprises))


def split(site: Site) -> Split | Refusal | None:
    """Adding the label is safe in expand; what writes it waits until no version is left that does not know it."""
    op = _operation(site)
    if not any(hit.hazards & {Hazard.FAILS, Hazard.BREAKS_OLD} for hit in check(site)):
        return None
    uses = _uses(op, site)
    if all(isinstance(use, Writing) for use in uses.values()):
        return Split(
            consumes=frozenset({site.position, *uses}),
            change=f"adds {literal(op.value)} to {op.type} and writes it",
            expand=((op,),),
            contract=tuple((use,) for use in uses.values()),
            deploy=f"the version that reads {literal(op.value)}, and does not write it yet",
            proof=f"Every running version reads {literal(op.value)}.",
        )
    return Refusal(
        f"{literal(op.value)} is used in the transaction that adds it.",
        "Put the ADD VALUE into a revision of its own, or into a with op.get_context().autocommit_block().",
    )


def _uses(op: AddEnumValue, site: Site) -> dict[int, Operation]:
    """What cannot stand behind the label in expand, by its place in the revision."""
    return {
        position: placed.operation
        for position, placed in enumerate(site.run.operations)
        if position > site.position and _reaches(placed, op.type) and _waits(placed, op, site)
    }


def _waits(placed: Placed, op: AddEnumValue, site: Site) -> bool:
    """Whether it uses the label, or may, in the transaction that adds it, or writes it later."""
    if site.transaction is not None and placed.statement.transaction == site.transaction:
        return _names(placed, op) or placed.statement.parameters
    return _names(placed, op) and isinstance(placed.operation, Writing)


def _written(op: AddEnumValue, site: Site) -> Iterator[tuple[Placed, bool]]:
    """The statements later in the revision that write the label to rows that were there, the certain ones first."""
    later = site.run.operations[site.position + 1 :]
    found = [(placed, writes(placed, op.type, op.value, since=site.before.revision)) for placed in later]
    yield from ((placed, True) for placed, answer in found if answer.certain)
    yield from ((placed, False) for placed, answer in found if answer is Answer.UNKNOWN)


def _use(op: AddEnumValue, site: Site) -> Placed | None:
    """The first statement later in the transaction that uses the label, or may: its values travel beside its text."""
    own = is_new(site.before, "TYPE", op.type)
    if own and site.postgres is not None and site.postgres >= SINCE_OWN_TYPE:
        return None
    if site.transaction is None:
        return None
    here = site.in_transaction.index(site.operations[0])
    later = [p for p in site.in_transaction[here + 1 :] if _reaches(p, op.type)]
    named = [p for p in later if _names(p, op)]
    return next(iter([*named, *(p for p in later if p.statement.parameters)]), None)


def _names(placed: Placed, op: AddEnumValue) -> bool:
    return literal(op.value) in placed.statement.sql


def _reaches(placed: Placed, type_: Name) -> bool:
    """Whether the statement says a value of the type, by name or through a column that is of it."""
    op, before = placed.operation, placed.before
    # ALTER TYPE only moves labels; the body of a function is read when it is called
    if isinstance(op, AddEnumValue | RenameEnumValue | AlterObject | CreateObject):
        return False
    if type_.name in placed.statement.sql:
        return True
    written = getattr(op, "table", None)
    tables = [written] if isinstance(written, Name) else [*getattr(op, "tables", ())]
    known = [before.table(table) for table in tables]
    return any(
        table is None or any(of_type(before, column.type, type_) for column in table.columns.values())
        for table in known
    )


def _operation(site: Site) -> AddEnumValue:
    assert isinstance(site.operation, AddEnumValue)
    return site.operation
