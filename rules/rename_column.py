"""rename-column: see rename_column.md."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split, Step
from safemigrate.rulebook.clones import Clones, clones
from safemigrate.rulebook.copied import Copied
from safemigrate.rulebook.shapes import prove_not_null
from safemigrate.schema import Answer, Column, Name, Operation
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import AddColumn, DropColumn, DropObject, RenameColumn, SetDefault, Update
from safemigrate.schema.sync import CreateSyncFunction, CreateSyncTrigger
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
    refusal = _refused(op, site)
    if refusal is not None:
        return refusal
    cloned = clones(site.before, Copied(op.table, {op.column: op.new_name}))
    if cloned.stuck:
        return _stuck(op, cloned.stuck)
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
        migrate=((_backfill(op),), *cloned.built),
        contract=(
            *(prove_not_null(op.table, op.new_name) if old.nullable is Answer.NO else ()),
            *cloned.proven,
            _switched(op, old, function, trigger, cloned),
        ),
        proof=f"{new_name} holds in every row what {old_name} holds, no running version names {old_name}, and the "
        f"{', '.join(('grants, policies, publications, comments and triggers', *policies))} that name {old_name} "
        f"have been given {new_name}.",
        deploy=f"the version that uses {new_name} instead of {quoted(op.column)}",
    )


def _backfill(op: RenameColumn) -> Update:
    old, new = quoted(op.column), quoted(op.new_name)
    return Update(
        op.table,
        ((op.new_name, read_expression(old)),),
        where=read_expression(f"{new} IS NULL AND {old} IS NOT NULL"),
    )


def _switched(
    op: RenameColumn, old: Column, function: CreateSyncFunction, trigger: CreateSyncTrigger, cloned: Clones
) -> Step:
    """The trigger before its columns, and the default with it: in any other order writes would fail."""
    steps: list[Operation] = [
        DropObject("TRIGGER", Name(trigger.trigger), table=op.table),
        DropObject("FUNCTION", function.function, signature="()"),
    ]
    if old.default is not None and not old.default.is_null_constant:
        steps.append(SetDefault(op.table, op.new_name, old.default))
    return (*steps, DropColumn(op.table, op.column), *cloned.named)


def _refused(op: RenameColumn, site: Site) -> Refusal | None:
    """Why the new column would not end as the renamed one would have."""
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


def _stuck(op: RenameColumn, holders: Sequence[str]) -> Refusal:
    return Refusal(
        f"{op.table}.{quoted(op.column)} cannot be copied to a new column that ends like it, "
        f"because of {', '.join(holders)}.",
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
