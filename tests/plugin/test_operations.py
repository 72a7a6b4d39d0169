"""The plugin's operations under plain Alembic: up and down on a real server, and as a script."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from plugged_project import Project

from safemigrate.schema.catalog import Catalog, differences, snapshot
from safemigrate.sql import cut

TABLES = """
op.execute('CREATE SCHEMA "Sales"')
op.create_table("users", sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("full_name", sa.Text),
    sa.Column("mail", sa.Text))
op.create_table("Order", sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("user", sa.Text), schema="Sales")
op.execute("INSERT INTO users SELECT i, 'user:' || i, NULL FROM generate_series(1, 2500) i")
op.execute('INSERT INTO "Sales"."Order" VALUES (1, NULL)')
"""
NO_TABLES = """
op.drop_table("Order", schema="Sales")
op.drop_table("users")
op.execute('DROP SCHEMA "Sales"')
"""
EXPAND = """
op.add_column("users", sa.Column("name", sa.Text))
op.sync_columns("users", "full_name", "name")
op.fill_column("Order", "user", "'no:body'", schema="Sales")
op.create_index_concurrently("by_name", "users", ["name"], postgresql_where=sa.text("name IS NOT NULL"))
"""
NO_EXPAND = """
op.drop_index_concurrently("by_name")
op.unfill_column("Order", "user", "'no:body'", schema="Sales")
op.unsync_columns("users", "full_name", "name")
op.drop_column("users", "name")
"""
MIGRATE = """
op.backfill("users", {"name": "full_name"}, where="name IS NULL AND full_name IS NOT NULL", needs=["name"])
op.backfill('"Sales"."Order"', {"user": "'no:body'"}, where='"user" IS NULL', key=["id"], batch_rows=1)
op.backfill("users", {"gone": "1"}, needs=["gone"])
op.backfill("users", {"mail": "full_name"}, where="mail IS NULL", key=["number"])
"""
CONTRACT = """
op.guard_contract("r4", ["users"])
op.add_not_null("users", "name")
op.add_not_null("Order", "user", schema="Sales")
op.execute("ALTER TABLE users ADD CONSTRAINT short CHECK (length(name) < 80) NOT VALID")
op.validate_constraint("short", "users")
op.unfill_column("Order", "user", "'no:body'", schema="Sales")
op.unsync_columns("users", "full_name", "name")
"""
NO_CONTRACT = """
op.sync_columns("users", "full_name", "name")
op.fill_column("Order", "user", "'no:body'", schema="Sales")
op.drop_constraint("short", "users")
op.drop_not_null("Order", "user", schema="Sales")
op.drop_not_null("users", "name")
"""
REVISIONS = {
    "r1": (TABLES, NO_TABLES),
    "r2": (EXPAND, NO_EXPAND),
    "r3": (MIGRATE, "pass"),
    "r4": (CONTRACT, NO_CONTRACT),
}


@pytest.fixture
def project(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = Project.made(tmp_path / "project", database)
    for id, (upgrade, downgrade) in REVISIONS.items():
        made.revision(id, f"r{int(id[1]) - 1}" if id != "r1" else None, upgrade, downgrade)
    monkeypatch.setenv("PGOPTIONS", "-c safemigrate.contract=allow")
    return made


def rows(database: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(query.encode()).fetchall()


def catalog(database: str) -> Catalog:
    with psycopg.connect(database) as connection:
        return snapshot(connection, ignoring=["alembic_version"])


def test_each_operation_does_what_it_says(project: Project) -> None:
    project.alembic("upgrade", "r2")
    with psycopg.connect(project.database) as connection:
        connection.execute("INSERT INTO users (id, name) VALUES (0, 'Ada')")
        connection.execute('INSERT INTO "Sales"."Order" (id) VALUES (2)')
    assert rows(project.database, "SELECT full_name FROM users WHERE id = 0") == [("Ada",)]
    assert rows(project.database, "SELECT count(*) FROM users WHERE name IS NULL") == [(2500,)]
    assert rows(project.database, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'by_name'::regclass") == [
        (True,)
    ]
    project.alembic("upgrade", "r3")
    assert rows(project.database, "SELECT count(*) FROM users WHERE name IS DISTINCT FROM full_name") == [(0,)]
    assert rows(project.database, 'SELECT "user" FROM "Sales"."Order" ORDER BY id') == [("no:body",), ("no:body",)]
    # of a key that has another name by now
    assert rows(project.database, "SELECT count(*) FROM users WHERE mail IS DISTINCT FROM full_name") == [(0,)]
    project.alembic("upgrade", "r4")
    required = "SELECT attname FROM pg_attribute WHERE attnotnull AND attname IN ('name', 'user') ORDER BY 1"
    assert rows(project.database, required) == [("name",), ("user",)]
    assert rows(project.database, "SELECT convalidated FROM pg_constraint WHERE conname = 'short'") == [(True,)]
    assert rows(project.database, "SELECT count(*) FROM pg_proc WHERE proname LIKE 'safemigrate%'") == [(0,)]


@pytest.mark.parametrize("revision", ["r2", "r4"])
def test_the_way_back_is_the_way_there(project: Project, revision: str) -> None:
    project.alembic("upgrade", revision)
    there = catalog(project.database)
    project.alembic("downgrade", "r1")
    assert rows(project.database, "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal") == [(0,)]
    project.alembic("upgrade", revision)
    assert differences(there, catalog(project.database)) == ()
    project.alembic("downgrade", "base")
    assert rows(project.database, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == [
        # alembic_version and its index
        (2,)
    ]


def test_a_script_without_a_database_ends_in_the_same_schema(
    project: Project, make_database: Callable[..., str]
) -> None:
    # what is asked of the database cannot be asked in a script
    text = (project.root / "migrations" / "versions" / "r3.py").read_text()
    gone = 'op.backfill("users", {"gone": "1"}, needs=["gone"])'
    (project.root / "migrations" / "versions" / "r3.py").write_text(text.replace(gone, "pass"))
    project.alembic("upgrade", "head")
    other = make_database()
    with psycopg.connect(other, autocommit=True) as connection:
        for statement in cut(project.alembic("upgrade", "head", "--sql")):
            connection.execute(statement.text.encode())
    assert differences(catalog(project.database), catalog(other)) == ()
    assert rows(other, "SELECT count(*) FROM users WHERE name IS DISTINCT FROM full_name") == [(0,)]


def test_a_contract_refuses_to_run_on_rows(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.alembic("upgrade", "r3")
    monkeypatch.delenv("PGOPTIONS")
    with pytest.raises(AssertionError, match="r4 is a contract: it breaks every process of the old version"):
        project.alembic("upgrade", "r4")
    assert rows(project.database, "SELECT version_num FROM alembic_version") == [("r3",)]


def test_an_index_that_an_interrupted_build_left_is_built_anew(project: Project) -> None:
    project.alembic("upgrade", "r1")
    with psycopg.connect(project.database, autocommit=True) as connection:
        connection.execute("UPDATE users SET mail = 'twice'")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("CREATE UNIQUE INDEX CONCURRENTLY by_name ON users (mail)")
    project.alembic("upgrade", "r2")
    found = rows(project.database, "SELECT indexdef FROM pg_indexes WHERE indexname = 'by_name'")
    assert "(name)" in str(found)


def test_the_journals_schema_shows_in_no_comparison(project: Project) -> None:
    project.alembic("upgrade", "r1")
    (project.root / "models.py").write_text("""
import sqlalchemy as sa
metadata = sa.MetaData()
sa.Table("users", metadata, sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("full_name", sa.Text),
    sa.Column("mail", sa.Text))
sa.Table("Order", metadata, sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("user", sa.Text),
    schema="Sales")
""")
    (project.root / "migrations" / "versions" / "r2.py").unlink()
    (project.root / "migrations" / "versions" / "r3.py").unlink()
    (project.root / "migrations" / "versions" / "r4.py").unlink()
    with psycopg.connect(project.database) as connection:
        for schema in ("safemigrate", "keeper"):
            connection.execute(f"CREATE SCHEMA {schema}".encode())
            for table in ("run", "step", "backfill"):
                connection.execute(f"CREATE TABLE {schema}.{table} (id bigint)".encode())
    assert "No new upgrade operations detected" in project.alembic("check")
    with psycopg.connect(project.database) as connection:
        connection.execute("CREATE TABLE keeper.mine (id bigint)")
    with pytest.raises(AssertionError, match="New upgrade operations detected"):
        project.alembic("check")
