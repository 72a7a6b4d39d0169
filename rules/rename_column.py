"""rename-column: see rename_column.md."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split, Step
from safemigrate.rulebook.copied import Copied
from safemigrate.rulebook.interim import Interim, interim, unique_indexes
from safemigrate.rulebook.publishing import publication_of
from safemigrate.rulebook.shapes import decided, question
from safemigrate.schema import Answer, Column, Index, Name
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import AddColumn, DropObject, RenameColumn, Update
from safemigrate.schema.renaming import EndRename
from safemigrate.schema.sync import CreateSyncFunction, CreateSyncTrigger, is_sync_trigger
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
    keys = unique_indexes(site.before, copied)
    upserts = decided(site, op.table, op.column)
    if keys and _UPSERTS.get((upserts or "").lower()) is None:
        return _undecided(op, site, keys)
    needed = interim(site.before, copied, upserts=_UPSERTS.get((upserts or "").lower(), False))
    if needed.stuck:
        return _stuck(op, needed.stuck)
    old = site.before.column(op.table, op.column)
    function = CreateSyncFunction(op.table, op.column, op.new_name)
    trigger = CreateSyncTrigger(op.table, op.new_name, op.column)
    old_name, new_name = f"{op.table}.{quoted(op.column)}", f"{op.table}.{quoted(op.new_name)}"
    # no default: the trigger would take it for a value of the new version and lose the old version's
    added = Column(op.new_name, old.type, collation=old.collation)
    return Split(
        consumes=frozenset({site.position}),
        change=f"renames {old_name} to {quoted(op.new_name)}",
        expand=((AddColumn(op.table, added), function, trigger, *needed.granted),),
        migrate=((_backfill(op),), *needed.built),
        contract=(_ended(op, function, trigger, needed),),
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


def _ended(op: RenameColumn, function: CreateSyncFunction, trigger: CreateSyncTrigger, needed: Interim) -> Step:
    """The trigger before its columns: in any other order writes would fail."""
    return (
        DropObject("TRIGGER", Name(trigger.trigger), table=op.table),
        DropObject("FUNCTION", function.function, signature="()"),
        *needed.dropped,
        EndRename(op.table, op.column, op.new_name),
    )


def _proof(site: Site, op: RenameColumn) -> Iterator[str]:
    """What must be true before contract, and what only a person can look after."""
    old, new = f"{op.table}.{quoted(op.column)}", f"{op.table}.{quoted(op.new_name)}"
    yield f"{new} holds in every row what {old} holds, and neither a running version nor a function names {old}."
    table = site.before.table(op.table)
    triggers = table.triggers.values() if table else ()
    early = [quoted(t.name) for t in triggers if t.timing == "BEFORE" and not is_sync_trigger(t.name)]
    if early:
        yield f"Until then {', '.join(early)} see in {quoted(op.column)} only what the old version writes."
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


def _renamed_again(op: RenameColumn, site: Site) -> bool:
    others = (p for i, p in enumerate(site.run.operations) if i != site.position)
    return any(
        isinstance(p.operation, RenameColumn)
        and p.before.same(p.operation.table, op.table)
        and {p.operation.column, p.operation.new_name} & {op.column, op.new_name}
        for p in others
    )
