"""Constraints and indexes, split into revision files, end in the schema that their author wrote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from projects import alembic, chain, project, runs, split, succeed

from safemigrate.history import Phase
from safemigrate.plan.plan import read_plan
from safemigrate.schema.catalog import Catalog, differences, snapshot
from safemigrate.schema.operations import AddPrimaryKey, DropConstraint

TABLES = """
op.execute("CREATE TABLE teams (id bigint PRIMARY KEY)")
op.execute("CREATE TABLE users (id bigint PRIMARY KEY, email text, age integer, team_id bigint)")
op.execute("ALTER TABLE users ADD CONSTRAINT users_key UNIQUE (age)")
op.execute("CREATE TABLE tags (id bigint PRIMARY KEY, note text, shop integer NOT NULL)")
op.execute("CREATE UNIQUE INDEX tags_shop ON tags (shop, id)")
op.execute("COMMENT ON CONSTRAINT tags_pkey ON tags IS 'rows by number'")
op.execute("CREATE TABLE visits (id bigint, day date)")
op.execute("CREATE INDEX ix_users_age ON users (age)")
op.execute("ALTER TABLE users ADD CONSTRAINT users_own FOREIGN KEY (id) REFERENCES teams (id)")
op.execute("CREATE TABLE days (day date NOT NULL) PARTITION BY RANGE (day)")
op.execute("CREATE TABLE days_2024 (day date NOT NULL)")
op.execute("CREATE TABLE months (day date NOT NULL) PARTITION BY RANGE (day)")
op.execute("CREATE TABLE months_1 PARTITION OF months FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')")
op.execute("CREATE TABLE months_2 PARTITION OF months FOR VALUES FROM ('2024-02-01') TO ('2024-03-01')")
"""
R2, CONTRACT = "r2", "r2_contract"


@pytest.mark.parametrize(
    ("upgrade", "revisions"),
    [
        pytest.param(
            'op.create_check_constraint("adult", "users", "age >= 18")\n'
            'op.create_unique_constraint("u", "users", ["age"])',
            [R2, CONTRACT],
            id="check and unique",
        ),
        pytest.param('op.create_foreign_key("fk", "users", "teams", ["team_id"], ["id"])', [R2, CONTRACT], id="key"),
        pytest.param(
            'op.add_column("users", sa.Column("lead_id", sa.BigInteger()))\n'
            'op.create_foreign_key("fk", "users", "teams", ["lead_id"], ["id"], ondelete="CASCADE")',
            [R2],
            id="key over a new column",
        ),
        pytest.param(
            'op.drop_constraint("users_own", "users")\n'
            'op.create_foreign_key("users_own", "users", "teams", ["id"], ["id"], ondelete="SET NULL")',
            [R2],
            id="key with another action",
        ),
        pytest.param(
            'op.create_index("ix_users_email", "users", ["email"], unique=True)', [R2, CONTRACT], id="unique"
        ),
        pytest.param('op.create_primary_key("visits_pkey", "visits", ["id"])', [R2, CONTRACT], id="primary key"),
        pytest.param(
            'op.drop_constraint("users_key", "users")\n'
            'op.create_unique_constraint("users_key", "users", ["age", "email"])',
            [R2, CONTRACT],
            id="key for another of its name",
        ),
        pytest.param(
            'op.drop_constraint("tags_pkey", "tags")\n'
            'op.add_column("tags", sa.Column("team", sa.Integer(), server_default="1", nullable=False))\n'
            'op.create_primary_key("tags_pkey", "tags", ["team", "id"])',
            [R2, CONTRACT],
            id="primary key for another",
        ),
        pytest.param(
            'op.drop_index("ix_users_age", "users")\n'
            'op.add_column("users", sa.Column("shop", sa.Integer()))\n'
            'op.create_index("ix_users_age", "users", ["age", "shop"])',
            [R2, CONTRACT],
            id="index for another over a new column",
        ),
        pytest.param(
            'op.drop_index("ix_users_age", "users")\nop.create_index("ix_users_age", "users", ["age", "email"])',
            [R2, CONTRACT],
            id="index for another of its name",
        ),
        pytest.param('op.drop_index("ix_users_age", "users")', [R2, CONTRACT], id="dropped index"),
        pytest.param(
            'op.execute("ALTER TABLE users ADD CONSTRAINT adult CHECK (age > 17) NOT VALID")\n'
            'op.execute("ALTER TABLE users VALIDATE CONSTRAINT adult")',
            [R2, CONTRACT],
            id="validated in its transaction",
        ),
        pytest.param(
            'op.execute("ALTER TABLE days ATTACH PARTITION days_2024 "\n'
            "\"FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')\")",
            [R2, CONTRACT],
            id="attached partition",
        ),
        pytest.param(
            "op.execute(\"CREATE TABLE d25 PARTITION OF days FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')\")",
            [R2],
            id="new partition",
        ),
        pytest.param('op.execute("REINDEX TABLE users")', [R2], id="reindex"),
        pytest.param('op.create_index("ix_months_day", "months", ["day"])', [R2], id="index of a partitioned table"),
    ],
)
def test_what_was_split_ends_as_it_was_written(
    tmp_path: Path, make_database: Callable[..., str], upgrade: str, revisions: list[str]
) -> None:
    authored, parted = (project(tmp_path / name, TABLES, upgrade) for name in ("authored", "split"))
    split(parted, "r1")
    assert chain(parted) == ["r1", *revisions]
    found = []
    for folder in (authored, parted):
        database = make_database()
        succeed(alembic(folder, database, "upgrade", "head"))
        found.append(_snapshot(database))
    assert differences(*found) == ()


@pytest.mark.parametrize(
    "upgrade",
    [
        pytest.param(
            'op.drop_index("ix_users_age", "users")\nop.create_index("ix_users_age", "users", ["age", "email"])',
            id="index for another of its name",
        ),
        pytest.param(
            'op.drop_constraint("tags_pkey", "tags")\nop.create_primary_key("tags_pkey", "tags", ["note", "id"])',
            id="primary key for another of its name",
        ),
        pytest.param(
            'op.drop_constraint("tags_pkey", "tags")\nop.create_primary_key("tags_note", "tags", ["note"])',
            id="primary key for one of another name",
        ),
        pytest.param(
            'op.drop_constraint("tags_pkey", "tags")\n'
            'op.execute("ALTER TABLE tags ADD CONSTRAINT tags_both PRIMARY KEY USING INDEX tags_shop")',
            id="primary key for one on an index",
        ),
        pytest.param(
            'op.drop_constraint("users_key", "users")\n'
            'op.create_unique_constraint("users_key", "users", ["age", "email"])',
            id="unique for another of its name",
        ),
    ],
)
def test_a_downgrade_of_contract_leads_back_to_what_expand_left(tmp_path: Path, database: str, upgrade: str) -> None:
    folder = project(tmp_path / "split", TABLES, upgrade)
    split(folder, "r1")
    succeed(alembic(folder, database, "upgrade", R2))
    expanded = _snapshot(database)
    succeed(alembic(folder, database, "upgrade", "head"))
    assert expanded != _snapshot(database)
    succeed(alembic(folder, database, "downgrade", R2))
    assert differences(expanded, _snapshot(database)) == ()


def test_a_key_that_no_revision_made_is_exchanged_in_one_transaction(tmp_path: Path, database: str) -> None:
    made = "CREATE TABLE %I (key text, value float, CONSTRAINT metric_pk PRIMARY KEY (key))"
    folder = project(
        tmp_path / "split",
        f"op.execute(\"DO $$ BEGIN EXECUTE format('{made}', 'metrics'); END $$\")",
        'op.drop_constraint("metric_pk", "metrics")\nop.create_primary_key("metric_pk", "metrics", ["key", "value"])',
    )
    split(folder, "r1")
    last = read_plan(runs(folder)).phase(Phase.CONTRACT)[-1]
    assert [DropConstraint, AddPrimaryKey] == [type(op) for op in last.operations]
    succeed(alembic(folder, database, "upgrade", "head"))
    with psycopg.connect(database) as connection:
        keys = connection.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'metric_pk'")
        assert keys.fetchall() == [("PRIMARY KEY (key, value)",)]
    undone = alembic(folder, database, "downgrade", R2)
    assert "nobody can say what undoes this: ALTER TABLE metrics DROP CONSTRAINT metric_pk" in undone.stderr


def _snapshot(database: str) -> Catalog:
    with psycopg.connect(database) as connection:
        return snapshot(connection, ignoring=["alembic_version"])


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("", "ON DELETE CASCADE", "FOREIGN KEY (team_id) REFERENCES teams(id)"),
        # MATCH FULL refuses rows that the new key let through
        ("MATCH FULL", "ON DELETE CASCADE", "FOREIGN KEY (team_id) REFERENCES teams(id) MATCH FULL NOT VALID"),
    ],
)
def test_a_key_that_another_one_replaced_comes_back(
    tmp_path: Path, make_database: Callable[..., str], old: str, new: str, again: str
) -> None:
    upgrade = (
        'op.drop_constraint("own", "users")\n'
        f'op.execute("ALTER TABLE users ADD CONSTRAINT own FOREIGN KEY (team_id) REFERENCES teams (id) {new}")'
    )
    given = f'op.execute("ALTER TABLE users ADD CONSTRAINT own FOREIGN KEY (team_id) REFERENCES teams (id) {old}")\n'
    folder, database = project(tmp_path / "split", TABLES + given, upgrade), make_database()
    file, *_ = split(folder, "r1")
    # once to take it away, in upgrade and in downgrade
    assert file.text.count("drop_constraint") == 2
    for direction, target in (("upgrade", "head"), ("downgrade", "r1")):
        succeed(alembic(folder, database, direction, target))

    with psycopg.connect(database) as connection:
        found = connection.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'own'"
        ).fetchall()
    assert [(again,)] == found
