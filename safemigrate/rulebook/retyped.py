"""Changes of columns' types: which of them can be split, and what the others need from a person."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from safemigrate.rulebook.hanging import Hanging, hanging
from safemigrate.rulebook.kept import as_if_kept, kept
from safemigrate.rulebook.reach import made_name, reference_waits
from safemigrate.rulebook.relabelled import BESIDE_THE_ENUM, in_place_of_a_change
from safemigrate.rulebook.retyping import Loss, loss, same_to_a_driver, unlike
from safemigrate.rulebook.shapes import decided, question
from safemigrate.rulebook.site import Placed, Refusal, Run, Site, Split
from safemigrate.rulebook.switched import Switch
from safemigrate.schema import Name, Schema, Type, Work, after
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import AddForeignKey, ChangeType


def retyped(site: Site) -> Split | Refusal | None:
    """The change of type at the site, with those of other columns of its table: their indexes may hold them all."""
    op = site.operation
    assert isinstance(op, ChangeType)
    if site.before.is_new(op.table) or site.before.is_new_column(op.table, op.column):
        return _of_the_revision(op)
    found = dict(_with_it(site, op.table))
    changes: dict[str, ChangeType] = {}
    said: dict[str, str] = {}
    for placed in found.values():
        change = placed.operation
        assert isinstance(change, ChangeType)
        refusal = _refused(site, placed, change)
        if refusal is not None:
            return refusal
        changes[change.column] = change
        answer = decided(site, change.table, change.column)
        said.update({change.column: answer} if answer is not None else {})
    before = _with_later_references(site.run, op.table, changes.keys(), as_if_kept(site.run, min(found)))
    switch = Switch(op.table, before, site.run.last, changes, said, frozenset(_waiting(site.run)))
    in_the_way = hanging(before, op.table, changes.keys())
    if in_the_way.keeps:
        return _in_the_way(op, in_the_way)
    consumes = {*found, *switch.hanging.brought_back(site.run), *_made_again(site, before, changes)}
    return switch.refused() or switch.split(consumes)


def _with_later_references(run: Run, table: Name, columns: Collection[str], before: Schema) -> Schema:
    """*before* with the foreign keys that the revision gives the columns in expand: contract finds them there."""
    for i, placed in enumerate(run.operations):
        op = placed.operation
        if (
            isinstance(op, AddForeignKey)
            and before.same(op.table, table)
            and not {*op.constraint.columns}.isdisjoint(columns)
            and not reference_waits(run, i)
            and not _has(before, table, made_name(placed, table))
        ):
            before = after(op, before)
    return before


def _has(schema: Schema, table: Name, constraint: str) -> bool:
    known = schema.table(table)
    return known is None or constraint in known.constraints


def _made_again(site: Site, before: Schema, changes: Mapping[str, ChangeType]) -> Iterator[int]:
    """The positions that take constraints of the columns away, and make them again. A foreign key whose own columns
    get another type, too, belongs to the change of these."""
    op = site.operation
    assert isinstance(op, ChangeType)
    table = op.table
    for each in kept(site.run):
        if each.stands_on(before, table, changes.keys()) or (
            each.refers_to(before, table, changes.keys())
            and not any(
                isinstance(change := placed.operation, ChangeType)
                and each.stands_on(placed.before, change.table, {change.column})
                and _cannot_stay(site, placed)
                for placed in site.run.operations
            )
        ):
            yield from (each.away, each.back)


def _waiting(run: Run) -> Iterator[tuple[Name, str]]:
    """The foreign keys that the revision adds, but not before contract."""
    for i, placed in enumerate(run.operations):
        op = placed.operation
        if isinstance(op, AddForeignKey) and reference_waits(run, i):
            yield placed.before.resolve(op.table), made_name(placed, op.table)


def is_a_word(site: Site, placed: Placed) -> bool:
    """Whether the change of type is a word in the catalogue only, which no version notices."""
    op, before = placed.operation, placed.before
    assert isinstance(op, ChangeType)
    if site.footprint(placed).work is not Work.INSTANT:
        return False
    if before.is_new_column(op.table, op.column):
        return True
    old = before.column(op.table, op.column).type
    if old is None or loss(old, op.type) is not Loss.NONE:
        return False
    types = below(before, old), below(before, op.type)
    return same_to_a_driver(*types) and not unlike(*types)


def below(schema: Schema, type_: Type) -> Type:
    """What a driver sees of a domain: the type that it is over."""
    domain = schema.domain(type_) if not type_.dimensions else None
    return below(schema, domain.type) if domain is not None and domain.type not in (None, type_) else type_


def _with_it(site: Site, table: Name) -> Iterator[tuple[int, Placed]]:
    for i, placed in enumerate(site.run.operations):
        op = placed.operation
        if not isinstance(op, ChangeType) or not placed.before.same(op.table, table):
            continue
        if i == site.position or (
            not placed.before.is_new_column(op.table, op.column) and _cannot_stay(site, placed)
        ):
            yield i, placed


def _cannot_stay(site: Site, placed: Placed) -> bool:
    """Whether the change is more than a word in the catalogue."""
    op = placed.operation
    assert isinstance(op, ChangeType)
    old = placed.before.column(op.table, op.column).type
    return site.footprint(placed).work in (Work.REWRITE, Work.INDEX_BUILD) or (
        old is not None and loss(old, op.type) is not Loss.NONE
    )


def _of_the_revision(op: ChangeType) -> Refusal:
    return Refusal(
        f"{op.table}.{quoted(op.column)} is made by the revision that changes its type, in rows that are there.",
        "Add it with the type that it is to have.",
    )


def _refused(site: Site, placed: Placed, op: ChangeType) -> Refusal | None:
    """Why the name cannot stand for both types, or what has to be said about values."""
    column, old = f"{op.table}.{quoted(op.column)}", placed.before.column(op.table, op.column).type
    if old is None or not old.certain or not op.type.certain:
        return Refusal(
            f"The history does not say what {column} is, or is to be.",
            "Give safemigrate a baseline (pg_dump --schema-only, named as schema in its configuration).",
        )
    before, behind = below(placed.before, old), below(placed.before, op.type)
    if not same_to_a_driver(before, behind):
        return _visible(op, old, in_place_of_a_change(site, op, placed.after))
    answered = op.using is not None or decided(site, op.table, op.column) is not None
    if loss(before, behind) is Loss.ROUNDED and not answered:
        return Refusal(
            f"Nobody said what becomes of values of {column} that {op.type.sql()} cannot hold.",
            "Say it with USING, or decide on an expression.",
            question(
                site,
                op.table,
                op.column,
                asks=f"what of {column} stays, as an SQL expression over {quoted(op.column)}",
                example=f"{quoted(op.column)}::{op.type.sql()}",
            ),
        )
    return None


def _in_the_way(op: ChangeType, hanging: Hanging) -> Refusal:
    """What PostgreSQL refuses as it is written; with what hangs on the column out of the way, the split takes that
    along."""
    away, back = ("; ".join(each.sql() for each in step) for step in (hanging.away, hanging.back))
    return Refusal(
        f"PostgreSQL changes no type of a column on which something hangs, as on {op.table}.{quoted(op.column)}.",
        f"Take that away and bring it back in the same transaction: {away}; {op.sql()}; {back}.",
    )


def _visible(op: ChangeType, old: Type, relabelled: str) -> Refusal:
    """A driver hands out another kind of value: to the one version under the one name, to the other under another.

    *relabelled* is the safe form where both are enums.
    """
    table, column, type_ = op.table.sql(), quoted(op.column), op.type.sql()
    new, value = quoted(f"{op.column}_new"), op.using.sql() if op.using else f"{column}::{type_}"
    reason = (
        f"{op.table}.{column} is {old.sql()} to the old version and {type_} to the new one, and a name stands for "
        "one type only."
    )
    if relabelled:
        return Refusal(reason, f"{BESIDE_THE_ENUM}: {relabelled}")
    return Refusal(
        reason,
        "Give the new column a name of its own, which split then keeps in step with the old one: "
        f"ALTER TABLE {table} ADD COLUMN {new} {type_}; UPDATE {table} SET {new} = {value}; "
        f"ALTER TABLE {table} DROP COLUMN {column};",
    )
