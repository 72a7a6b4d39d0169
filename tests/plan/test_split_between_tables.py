"""What a revision takes from one table to another: looked up for old writers too, or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from projects import alembic, chain, project, release, split, succeed

from safemigrate.errors import SplitRefused
from safemigrate.schema.catalog import differences, snapshot

TABLES = """
op.execute("CREATE TABLE teams (id bigint PRIMARY KEY, owner text NOT NULL)")
op.execute("CREATE TABLE users (id bigint PRIMARY KEY, team bigint NOT NULL REFERENCES teams, phone text)")
"""
ROWS = "INSERT INTO teams VALUES (1, 'ada'), (2, 'grace'); INSERT INTO users VALUES (1, 1, '555'), (2, 2, NULL)"
REQUIRED = 'op.alter_column("users", "owner", nullable=False)'
ADDED = 'op.add_column("users", sa.Column("owner", sa.Text()))\n'


@pytest.mark.parametrize(
    "fill",
    [
        pytest.param("UPDATE users SET owner = teams.owner FROM teams WHERE teams.id = users.team", id="from"),
        pytest.param("UPDATE users u SET owner = t.owner FROM teams t WHERE t.id = u.team", id="aliases"),
        pytest.param("UPDATE users SET owner = (SELECT owner FROM teams WHERE id = users.team)", id="subquery"),
        pytest.param(
            "UPDATE users SET owner = t.owner FROM teams t JOIN teams u ON u.id = t.id WHERE t.id = users.team",
            id="join",
        ),
    ],
)
def test_a_value_of_another_table_is_looked_up_for_old_writers(
    tmp_path: Path, make_database: Callable[..., str], fill: str
) -> None:
    upgrade = f'{ADDED}op.execute("{fill}")\n{REQUIRED}'
    authored, parted = (project(tmp_path / name, TABLES, upgrade) for name in ("authored", "split"))
    split(parted, "r1")
    assert chain(parted) == ["r1", "r2", "r2_migrate", "r2_contract"]
    database, other = make_database(), make_database()
    succeed(alembic(parted, database, "upgrade", "r1"))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(ROWS)
        succeed(alembic(parted, database, "upgrade", "r2"))
        connection.execute("INSERT INTO users (id, team) VALUES (3, 2)")
        assert connection.execute("SELECT owner FROM users ORDER BY id").fetchall() == [(None,), (None,), ("grace",)]
        succeed(alembic(parted, database, "upgrade", "r2_migrate"))
        owners = connection.execute("SELECT owner FROM users ORDER BY id").fetchall()
        assert owners == [("ada",), ("grace",), ("grace",)]
        succeed(alembic(parted, database, "upgrade", "head", allow=True))
        succeed(alembic(authored, other, "upgrade", "head"))
        with psycopg.connect(other) as plain:
            found = [snapshot(each, ignoring=["alembic_version"]) for each in (plain, connection)]
        assert differences(*found) == ()
        succeed(alembic(parted, database, "downgrade", "r1"))
        connection.execute("INSERT INTO users (id, team) VALUES (4, 2)")


def test_a_value_without_a_required_column_is_filled_once(tmp_path: Path) -> None:
    fill = "UPDATE users SET owner = teams.owner FROM teams WHERE teams.id = users.team"
    parted = project(tmp_path / "split", TABLES, f'{ADDED}op.execute("{fill}")')
    split(parted, "r1")
    assert chain(parted) == ["r1", "r2", "r2_migrate"]


@pytest.mark.parametrize(
    "upgrade",
    [
        pytest.param(
            'op.execute("CREATE TABLE phones (user_id bigint PRIMARY KEY, phone text)")\n'
            'op.execute("INSERT INTO phones SELECT id, phone FROM users")\n'
            'op.drop_column("users", "phone")',
            id="copied",
        ),
        pytest.param(
            'op.add_column("users", sa.Column("owner", sa.Text()))\n'
            'op.execute("UPDATE users SET owner = (SELECT owner FROM teams WHERE id = users.team)")\n'
            'op.drop_column("teams", "owner")',
            id="looked up",
        ),
        pytest.param(
            'op.add_column("users", sa.Column("owner", sa.Text()))\n'
            'op.execute("UPDATE users SET owner = teams.owner FROM teams WHERE teams.id = users.team")\n'
            'op.alter_column("users", "owner", nullable=False)\n'
            'op.drop_column("teams", "owner")',
            id="looked up and required",
        ),
        pytest.param(
            'op.execute("CREATE TABLE phones (user_id bigint, phone text)")\n'
            'for user, phone in op.get_bind().execute(sa.text("SELECT id, phone FROM users")):\n'
            '    op.execute(sa.text("INSERT INTO phones VALUES (:u, :p)").bindparams(u=user, p=phone))\n'
            'op.drop_column("users", "phone")',
            id="in Python",
        ),
    ],
)
def test_what_moves_to_another_table_needs_two_releases(tmp_path: Path, upgrade: str) -> None:
    with pytest.raises(SplitRefused, match=r"What the old version writes to \w+\.\w+ after this .* Release twice"):
        release(project(tmp_path, TABLES, upgrade), "r1")
