"""How autogenerate writes the plugin's operations, and what undoes them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import render_python_code
from alembic.operations import ops

from safemigrate.alembic_plugin import columns as c
from safemigrate.alembic_plugin import operations as o
from safemigrate.alembic_plugin.base import SafeOperation

CASES = [
    (
        c.SyncColumns("users", "full_name", "name"),
        'op.sync_columns("users", "full_name", "name")',
        'op.unsync_columns("users", "full_name", "name")',
    ),
    (
        c.UnsyncColumns("users", "full_name", "name", "Sales"),
        'op.unsync_columns("users", "full_name", "name", schema="Sales")',
        'op.sync_columns("users", "full_name", "name", schema="Sales")',
    ),
    (
        c.ConvertColumns("users", {"size": "weight::bigint"}, watched=["weight"], total=["size"]),
        'op.convert_columns("users", {"size": "weight::bigint"}, watched=["weight"], total=["size"])',
        'op.unconvert_columns("users", ["size"], up={"size": "weight::bigint"}, watched=["weight"], total=["size"])',
    ),
    (
        c.UnconvertColumns("users", ["size"], "Sales", {"up": {"size": "a"}, "down": {"a": "size"}}),
        'op.unconvert_columns("users", ["size"], schema="Sales", up={"size": "a"}, down={"a": "size"})',
        'op.convert_columns("users", {"size": "a"}, down={"a": "size"}, schema="Sales")',
    ),
    (
        c.EndRename("users", "full_name", "name"),
        'op.end_rename("users", "full_name", "name")',
        'op.undo_rename("users", "full_name", "name")',
    ),
    (
        c.UndoRename("users", "full_name", "name", "Sales"),
        'op.undo_rename("users", "full_name", "name", schema="Sales")',
        'op.end_rename("users", "full_name", "name", schema="Sales")',
    ),
    (
        c.FillColumn("users", "slug", "lower(name)"),
        'op.fill_column("users", "slug", "lower(name)")',
        'op.unfill_column("users", "slug", "lower(name)")',
    ),
    (
        c.UnfillColumn("users", "slug", "E'\\n'"),
        'op.unfill_column("users", "slug", "E\'\\\\n\'")',
        'op.fill_column("users", "slug", "E\'\\\\n\'")',
    ),
    (
        o.Backfill("users", {"slug": "name"}, "slug IS NULL", ("id",)),
        'op.backfill("users", {"slug": "name"}, where="slug IS NULL", key=["id"])',
        "",
    ),
    (o.ValidateConstraint("adult", "users"), 'op.validate_constraint("adult", "users")', ""),
    (o.AddNotNull("users", "name"), 'op.add_not_null("users", "name")', 'op.drop_not_null("users", "name")'),
    (o.DropNotNull("users", "name"), 'op.drop_not_null("users", "name")', 'op.add_not_null("users", "name")'),
    (
        o.CreateIndexConcurrently("by_name", "users", ["name"], options={"unique": True}),
        'op.create_index_concurrently("by_name", "users", ["name"], unique=True)',
        'op.drop_index_concurrently("by_name", table_name="users", columns=["name"], unique=True)',
    ),
    (
        o.DropIndexConcurrently("by_name", "users", ["name"]),
        'op.drop_index_concurrently("by_name", table_name="users", columns=["name"])',
        'op.create_index_concurrently("by_name", "users", ["name"])',
    ),
    (
        o.AddKeyUsingIndex("users_pkey", "users", "users_pkey__new", primary=True),
        'op.add_key_using_index("users_pkey", "users", "users_pkey__new", primary=True)',
        "op.drop_constraint('users_pkey', 'users')",
    ),
    (o.GuardContract("r4", ["users"]), 'op.guard_contract("r4", ["users"])', ""),
]


def written(operation: ops.MigrateOperation) -> str:
    code = render_python_code(ops.UpgradeOps([operation]))
    lines = [line.strip() for line in code.splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith("#") and line != "pass")


@pytest.mark.parametrize(("operation", "text", "undone"), CASES, ids=[case[0].name for case in CASES])
def test_an_operation_is_rendered_with_its_reverse(operation: SafeOperation, text: str, undone: str) -> None:
    assert written(operation) == text
    assert written(operation.reverse()) == undone


def test_columns_whose_expressions_are_not_said_cannot_be_kept_in_step_again() -> None:
    with pytest.raises(ValueError, match="does not say how the columns are computed"):
        c.UnconvertColumns("users", ["size"]).reverse()


def test_an_index_without_columns_cannot_be_built_again() -> None:
    with pytest.raises(ValueError, match="says neither table nor columns"):
        o.DropIndexConcurrently("by_name").reverse()


def test_a_difference_is_told_as_alembic_tells_its_own() -> None:
    assert c.SyncColumns("users", "a", "b").to_diff_tuple() == ("sync_columns", "users", "a", "b")


def test_an_expression_is_written_as_text() -> None:
    index = o.CreateIndexConcurrently("i", "users", [sa.text("lower(name)")])
    assert written(index) == 'op.create_index_concurrently("i", "users", [sa.text("lower(name)")])'
