"""Changes of type and replaced columns, split into revision files: what they end in, and every way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg
import pytest
from projects import alembic, chain, project, split, succeed

from safemigrate.schema.catalog import differences, snapshot

TABLES = """
op.execute("CREATE TABLE teams (id serial PRIMARY KEY, name varchar(40) NOT NULL DEFAULT 'x' UNIQUE)")
op.execute("CREATE TABLE users (id integer PRIMARY KEY, team_id integer NOT NULL REFERENCES teams ON DELETE CASCADE,"
           " boss_id integer REFERENCES users, code text, score integer DEFAULT 7 CHECK (score > 0),"
           " price numeric(10, 4), town text, mood text, UNIQUE (team_id, code))")
op.execute("COMMENT ON COLUMN users.score IS 'it''s points'")
op.execute("CREATE INDEX ix_users_team ON users (team_id, score)")
op.execute("CREATE INDEX ix_users_boss ON users (boss_id) WHERE score > 5")
op.execute("CREATE UNIQUE INDEX ix_users_town ON users (town, score)")
op.execute("CREATE INDEX ix_users_mood ON users (mood)")
op.execute("CREATE SEQUENCE numbers")
op.execute("CREATE TABLE visits (id integer DEFAULT nextval('numbers') NOT NULL, user_id integer)")
op.execute("ALTER SEQUENCE numbers OWNED BY visits.id")
"""
ROWS = """
INSERT INTO teams (name) VALUES ('red'), ('blue');
INSERT INTO users (id, team_id, boss_id, code, score, price, town, mood)
VALUES (1, 1, NULL, 'a', 8, 1.2345, 'Ulm', 'glad'), (2, 2, 1, 'b', 9, NULL, 'Bonn', 'sad'),
    (3, 1, 1, NULL, NULL, 2, NULL, NULL);
INSERT INTO visits (user_id) VALUES (1), (NULL);
"""
WHOLE = ["r1", "r2", "r2_migrate", "r2_contract"]


def retype(table: str, column: str, type_: str, using: str = "") -> str:
    said = f' postgresql_using="{using}",' if using else ""
    return f'op.alter_column("{table}", "{column}", type_=sa.{type_},{said})'


CHANGES = {
    "a key, and those that refer to it": [
        retype("teams", "id", "BigInteger()"),
        retype("users", "team_id", "BigInteger()"),
    ],
    "a key that its own table refers to": [retype("users", "id", "BigInteger()")],
    "those that refer to a key, and it": [
        retype("users", "boss_id", "BigInteger()"),
        retype("users", "id", "BigInteger()"),
        retype("users", "team_id", "BigInteger()"),
        retype("teams", "id", "BigInteger()"),
    ],
    "a default, a check, a comment and indexes": [retype("users", "score", "BigInteger()")],
    "a sequence by hand": [retype("visits", "id", "BigInteger()"), retype("visits", "user_id", "BigInteger()")],
    "fewer letters": [retype("teams", "name", "String(10)")],
    "fewer digits": [retype("users", "price", "Numeric(8, 2)", "round(price, 2)")],
    "another collation": [retype("users", "town", 'Text(collation=\\"C\\")'.replace("\\", ""))],
    "a flag for a text": [
        'op.add_column("users", sa.Column("coded", sa.Boolean(), nullable=False, server_default="false"))',
        "op.execute(\"UPDATE users SET coded = true WHERE mood = 'glad'\")",
        'op.create_index("ix_users_coded", "users", ["coded"])',
        'op.drop_index("ix_users_mood", "users")',
        'op.drop_column("users", "mood")',
    ],
    "a number for a text": [
        'op.add_column("users", sa.Column("cents", sa.Numeric(10, 4)))',
        'op.execute("UPDATE users SET cents = price")',
        'op.create_check_constraint("positive", "users", "cents > 0")',
        'op.create_unique_constraint("one_price", "users", ["cents", "id"])',
        'op.drop_column("users", "price")',
    ],
}
ANSWERS = {"a flag for a text": {"users.mood": "CASE WHEN coded THEN 'glad' END"}}


#: one of each shape, for what takes many runs of Alembic
SHAPES = (
    "those that refer to a key, and it",
    "a default, a check, a comment and indexes",
    "fewer digits",
    "a flag for a text",
)


def projects(folder: Path, change: str) -> tuple[Path, Path]:
    """The change as it was written, and split."""
    answers = ANSWERS.get(change)
    written = "\n".join(CHANGES[change])
    authored, parted = (project(folder / name, TABLES, written) for name in ("authored", "split"))
    if answers:
        for each in (authored, parted):
            path = each / "migrations" / "versions" / "r2.py"
            path.write_text(
                path.read_text().replace(
                    "\n\n\ndef upgrade", f"\nsafemigrate_answers = {answers!r}\n\n\ndef upgrade", 1
                )
            )
    split(parted, "r1")
    return authored, parted


def catalogue(database: str) -> object:
    with psycopg.connect(database) as connection:
        return snapshot(connection, ignoring=["alembic_version"])


def rows(database: str) -> list[Sequence[object]]:
    with psycopg.connect(database) as connection:
        found: list[Sequence[object]] = []
        for table in ("teams", "users", "visits"):
            found += connection.execute(f"SELECT to_jsonb({table}) FROM {table} ORDER BY id".encode()).fetchall()
        return found


def upgraded(folder: Path, database: str, *, to: str = "head") -> None:
    succeed(alembic(folder, database, "upgrade", to, allow=True))


def filled(make_database: Callable[..., str], folder: Path) -> str:
    """A database with rows from before the change."""
    database = make_database()
    upgraded(folder, database, to="r1")
    with psycopg.connect(database) as connection:
        connection.execute(ROWS.encode())
    return database


@pytest.mark.parametrize("change", CHANGES)
def test_the_split_ends_as_it_was_written(tmp_path: Path, make_database: Callable[..., str], change: str) -> None:
    authored, parted = projects(tmp_path, change)
    assert chain(parted) == WHOLE
    one, other, empty = filled(make_database, authored), filled(make_database, parted), make_database()
    upgraded(authored, one)
    upgraded(parted, other)
    upgraded(parted, empty)
    assert differences(catalogue(one), catalogue(other)) == ()
    assert differences(catalogue(one), catalogue(empty)) == ()
    assert rows(one) == rows(other)


@pytest.mark.parametrize("change", SHAPES)
def test_what_ran_as_it_was_written_goes_on_to_the_same(
    tmp_path: Path, make_database: Callable[..., str], change: str
) -> None:
    authored, parted = projects(tmp_path, change)
    database = filled(make_database, authored)
    upgraded(authored, database)
    before = catalogue(database), rows(database)
    done = alembic(parted, database, "upgrade", "head", allow=True)
    if change == "fewer digits":
        # what the expression gave once it must not be given to it again
        assert done.returncode != 0
    else:
        succeed(done)
    assert differences(before[0], catalogue(database)) == ()
    assert rows(database) == before[1]


@pytest.mark.parametrize("change", SHAPES)
def test_every_point_has_a_way_back(tmp_path: Path, make_database: Callable[..., str], change: str) -> None:
    parted = projects(tmp_path, change)[1]
    database = filled(make_database, parted)
    before = catalogue(database), rows(database)
    for reached in ("r2", "r2_migrate"):
        upgraded(parted, database, to=reached)
        succeed(alembic(parted, database, "downgrade", "r1"))
        assert differences(before[0], catalogue(database)) == ()
        assert rows(database) == before[1]
    # from behind contract, too, though what it dropped is only what can be computed
    upgraded(parted, database)
    succeed(alembic(parted, database, "downgrade", "r1", allow=True))
    upgraded(parted, database)
