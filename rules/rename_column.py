"""rename-column: see rename_column.md."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from safemigrate.rulebook import Hazard, Hit, Placed, Refusal, Site, Split, Step
from safemigrate.rulebook.clones import Clones, clones
from safemigrate.rulebook.copied import Copied
from safemigrate.rulebook.interim import interim, unique_indexes
from safemigrate.rulebook.proving import waits
from safemigrate.rulebook.publishing import publication_of
from safemigrate.rulebook.retyping import Loss, loss, same_to_a_driver
from safemigrate.rulebook.shapes import decided, prove_not_null, question
from safemigrate.schema import Answer, Column, Index, Schema, Work
from safemigrate.schema.casts import equal_is_alike
from safemigrate.schema.name import quoted, says
from safemigrate.schema.operations import (
    AddCheck,
    AddColumn,
    AddConstraint,
    AddForeignKey,
    ChangeType,
    Comment,
    CreateIndex,
    CreateObject,
    CreateTable,
    DropColumn,
    DropNotNull,
    Grant,
    RenameColumn,
    SetDefault,
    TuneColumn,
    Update,
)
from safemigrate.schema.remarks import endowed
from safemigrate.schema.renaming import EndRename
from safemigrate.schema.sync import CreateSyncFunction, CreateSyncTrigger, is_sync_trigger, sync_trigger, taken_down
from safemigrate.sql import read_expression


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
    copied = Copied(op.table, {op.column: op.new_name})
    refusal = _refused(op, site)
    if refusal is not None:
        return refusal
    if _given_more(op, site):
        cloned = clones(site.before, copied)
        stuck = (*cloned.stuck, *_unclonable(op, site.before))
        return _stuck(op, stuck) if stuck else _replaced(op, site, cloned)
    keys = unique_indexes(site.before, copied)
    upserts = decided(site, op.table, op.column)
    if keys and _UPSERTS.get((upserts or "").lower()) is None:
        return _undecided(op, site, keys)
    dropped = [p.operation for p in (*site.run.operations, *site.ahead) if isinstance(p.operation, DropColumn)]
    needed = interim(
        site.before,
        copied,
        upserts=_UPSERTS.get((upserts or "").lower(), False),
        going={each.column for each in dropped if site.before.same(each.table, op.table)},
    )
    if needed.stuck:
        return _stuck(op, needed.stuck)
    return _split(
        op,
        site,
        expand=needed.granted,
        built=needed.built,
        contract=((*_unsynced(op), *needed.dropped, EndRename(op.table, op.column, op.new_name)),),
    )


def _replaced(op: RenameColumn, site: Site, cloned: Clones) -> Split:
    """The new column stays and the old one goes, since the revision goes on to give the new one more."""
    old = site.before.column(op.table, op.column)
    given = [each.default for each in _carried(op, site).values() if isinstance(each, SetDefault)]
    default = next((each for each in (*reversed(given), old.default) if each is not None), None)
    default = default if default is not None and not default.is_null_constant else None
    return _split(
        op,
        site,
        expand=endowed(op.table, replace(old, name=op.new_name)),
        built=cloned.built,
        contract=(
            *(prove_not_null(op.table, op.new_name) if old.nullable is Answer.NO else ()),
            *cloned.proven,
            (
                *_unsynced(op),
                *((SetDefault(op.table, op.new_name, default),) if default is not None else ()),
                DropColumn(op.table, op.column),
                *cloned.named,
            ),
        ),
    )


def _split(
    op: RenameColumn, site: Site, *, expand: Step, built: tuple[Step, ...], contract: tuple[Step, ...]
) -> Split:
    old_name, new_name = f"{op.table}.{quoted(op.column)}", f"{op.table}.{quoted(op.new_name)}"
    old = site.before.column(op.table, op.column)
    carried, widened = _carried(op, site), dict(_widened(op, site))
    for change in widened.values():
        old = replace(old, type=change.type, collation=change.collation or old.collation)
    # no default: the trigger would take it for a value of the new version and lose the old version's
    added = AddColumn(op.table, Column(op.new_name, old.type, collation=old.collation))
    by_value = old.type is not None and equal_is_alike(old.type, old.collation)
    kept = (replace(_function(op), by_value=by_value), CreateSyncTrigger(op.table, op.new_name, op.column, by_value))
    return Split(
        consumes=frozenset({site.position, *carried, *widened}),
        change=f"renames {old_name} to {quoted(op.new_name)}",
        # the old column before the trigger takes a value of the wider one there
        expand=((*widened.values(), added, *kept, *carried.values(), *expand),),
        migrate=((_backfill(op),), *built),
        contract=contract,
        proof=" ".join(_proof(site, op)),
        deploy=f"the version that uses {new_name} instead of {quoted(op.column)}",
    )


_UPSERTS = {"false": False, "true": True}


def _backfill(op: RenameColumn) -> Update:
    old, new = quoted(op.column), quoted(op.new_name)
    return Update(
        op.table,
        ((op.new_name, read_expression(old)),),
        where=read_expression(f"{new} IS NULL AND {old} IS NOT NULL"),
    )


def _function(op: RenameColumn) -> CreateSyncFunction:
    return CreateSyncFunction(op.table, op.column, op.new_name)


def _unsynced(op: RenameColumn) -> Step:
    """The trigger before its columns: in any other order writes would fail."""
    return taken_down(op.table, _function(op).function, sync_trigger(op.table, op.new_name))


def _given_more(op: RenameColumn, site: Site) -> bool:
    """Whether the revision or its release goes on to make what stands on the new column before contract and could not
    outlive it."""
    later = [
        placed.operation
        for position, placed in enumerate(site.run.operations)
        if position > site.position and not (_constrains(placed) and waits(site.run, position))
    ]
    ahead = [placed.operation for placed in site.ahead if not _constrains(placed)]
    return any(
        isinstance(each, _STANDING) and says(each.sql(), op.new_name) and says(each.sql(), op.table.name)
        for each in (*later, *ahead)
    )


def _constrains(placed: Placed) -> bool:
    """Whether it waits for contract wherever the old version can reach the column."""
    return isinstance(placed.operation, AddForeignKey | AddCheck)


_STANDING = (
    AddColumn,
    AddConstraint,
    Comment,
    CreateIndex,
    CreateObject,
    CreateTable,
    Grant,
    TuneColumn,
)


def _unclonable(op: RenameColumn, before: Schema) -> Iterator[str]:
    """What may name the column, and of which only the name is known."""
    table = before.table(op.table)
    yield from (f"the policy {quoted(name)}" for name in (table.policies if table else ()))
    yield from (f"the statistics {name}" for kind, name in before.objects if kind == "STATISTICS")
    publication = publication_of(before, op.table)
    if publication is not None:
        yield f"the publication {quoted(publication.name.name)}"


def _proof(site: Site, op: RenameColumn) -> Iterator[str]:
    """What must be true before contract, and what only a person can look after."""
    old, new = f"{op.table}.{quoted(op.column)}", f"{op.table}.{quoted(op.new_name)}"
    yield f"{new} holds in every row what {old} holds, and neither a running version nor a function names {old}."
    table = site.before.table(op.table)
    triggers = table.triggers.values() if table else ()
    early = [quoted(t.name) for t in triggers if t.timing == "BEFORE" and not is_sync_trigger(t.name)]
    if early:
        see = "sees" if len(early) == 1 else "see"
        yield f"Until then {', '.join(early)} {see} in {quoted(op.column)} only what the old version writes."
    publication = publication_of(site.before, op.table)
    if publication is not None:
        yield f"The subscribers of {quoted(publication.name.name)} call it {quoted(op.new_name)} from then on, too."


def _refused(op: RenameColumn, site: Site) -> Refusal | None:
    """Why nothing can be said of the column, or nothing be added beside it."""
    column = f"{op.table}.{quoted(op.column)}"
    known = site.before.column(op.table, op.column)
    if site.before.table(op.table) is None or not known.known or known.type is None or not known.type.certain:
        return Refusal(
            f"The history does not say what {column} is.",
            "Give safemigrate a baseline (pg_dump --schema-only, named as schema in its configuration).",
        )
    if site.before.has_column(op.table, op.new_name) is Answer.YES:
        return Refusal(f"{op.table} has a column {quoted(op.new_name)} already.", "Choose another name.")
    if _renamed_again(op, site):
        return Refusal(f"The revision renames {column} more than once.", "Rename it once.")
    return None


def _undecided(op: RenameColumn, site: Site, keys: Sequence[Index]) -> Refusal:
    column = f"{op.table}.{quoted(op.column)}"
    return Refusal(
        f"{column} is unique by {', '.join(quoted(key.name) for key in keys)}, and nobody said whether a version "
        f"upserts on it (INSERT … ON CONFLICT). Two unique indexes, one for each version, stand beside each other "
        f"then, and an upsert fails where another session inserts the same value at the same moment.",
        _keep_the_name(op),
        question(
            site,
            op.table,
            op.column,
            asks=f"whether a version upserts on {column}, true only if it tries again after a unique_violation",
            example="false",
        ),
    )


def _stuck(op: RenameColumn, holders: Sequence[str]) -> Refusal:
    return Refusal(
        f"{op.table}.{quoted(op.column)} cannot stand beside a column that is kept equal to it, "
        f"because of {', '.join(holders)}.",
        f"{_keep_the_name(op)} Or drop what hangs on it in a release before, and make it anew in a release after.",
    )


def _keep_the_name(op: RenameColumn) -> str:
    return (
        "Keep the name in the database and rename only the attribute "
        f"({op.new_name} = mapped_column({json.dumps(op.column)}) in SQLAlchemy)."
    )


def _carried(op: RenameColumn, site: Site) -> dict[int, DropNotNull | SetDefault]:
    """What the revision goes on to do to the column under its new name, by position, done to the old one.

    The trigger would take a NULL of the new version to the old column, and a default of the new one for a value.
    """
    return {
        i: replace(each, column=op.column)
        for i, placed in enumerate(site.run.operations[site.position + 1 :], start=site.position + 1)
        if isinstance(each := placed.operation, DropNotNull | SetDefault)
        and each.column == op.new_name
        and placed.before.same(each.table, op.table)
        and not (isinstance(each, SetDefault) and each.default.is_null_constant)
    }


def _widened(op: RenameColumn, site: Site) -> Iterator[tuple[int, ChangeType]]:
    """The changes of type that the revision goes on to make to the column under its new name, under its old one.

    Those only that write no row anew and take every value: an older process does not feel them.
    """
    for i, placed in enumerate(site.run.operations[site.position + 1 :], start=site.position + 1):
        each, before = placed.operation, placed.before
        if not isinstance(each, ChangeType) or each.column != op.new_name or not before.same(each.table, op.table):
            continue
        was = before.column(each.table, each.column).type
        takes_all = was is not None and loss(was, each.type) is Loss.NONE and same_to_a_driver(was, each.type)
        if takes_all and each.using is None and site.footprint(placed).work is Work.INSTANT:
            yield i, replace(each, table=op.table, column=op.column)


def _renamed_again(op: RenameColumn, site: Site) -> bool:
    others = (p for i, p in enumerate(site.run.operations) if i != site.position)
    return any(
        isinstance(p.operation, RenameColumn)
        and p.before.same(p.operation.table, op.table)
        and {p.operation.column, p.operation.new_name} & {op.column, op.new_name}
        for p in others
    )
