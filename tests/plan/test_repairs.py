"""Rows that are mended before a constraint: contract says that what was written since then is not."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from projects import alembic, history, project, split, succeed

from safemigrate.history import Phase
from safemigrate.plan.style import Style

TABLES = """
op.execute("CREATE TABLE users (id bigint PRIMARY KEY, email text, age int)")
op.execute("CREATE TABLE posts (id bigint PRIMARY KEY, author bigint)")
"""
SINCE = "What was written since r2 ran is repaired by nothing here: repair it first, as the"
CHECK = 'op.create_check_constraint("adult", "users", "age >= 18")'


def told(folder: Path, style: Style = Style.PLAIN) -> str:
    """What the contract says before its revision id, on one line."""
    (contract,) = [file for file in split(folder, "r1", style) if file.phase is Phase.CONTRACT]
    return " ".join(contract.text.partition("Revision ID")[0].split())


@pytest.mark.parametrize(
    ("repair", "constraint", "named"),
    [
        ("DELETE FROM users WHERE age < 18", CHECK, "DELETE from users"),
        (
            "DELETE FROM posts WHERE author NOT IN (SELECT id FROM users)",
            'op.create_foreign_key("written_by", "posts", "users", ["author"], ["id"])',
            "DELETE from posts",
        ),
        (
            "DELETE FROM users AS u USING users AS o WHERE o.email = u.email AND o.id < u.id",
            'op.create_unique_constraint("one_email", "users", ["email"])',
            "DELETE from users",
        ),
    ],
    ids=["check", "foreign key", "unique"],
)
def test_contract_names_what_mended_the_rows(tmp_path: Path, repair: str, constraint: str, named: str) -> None:
    folder = project(tmp_path, TABLES, f'op.execute("{repair}")\n{constraint}')
    assert f"{SINCE} {named} did." in told(folder)


def test_an_update_of_another_column_mends_nothing(tmp_path: Path) -> None:
    folder = project(tmp_path, TABLES, f'op.execute("UPDATE users SET email = 1 WHERE id = 1")\n{CHECK}')
    assert SINCE not in told(folder)


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize(
    ("repair", "constraint", "written", "mended"),
    [
        (
            "UPDATE users SET age = 18 WHERE age < 18",
            CHECK,
            "INSERT INTO users VALUES (1, NULL, 7), (2, NULL, NULL), (3, NULL, 20)",
            "SELECT age FROM users ORDER BY id",
        ),
        (
            "UPDATE posts SET author = NULL WHERE author NOT IN (SELECT id FROM users)",
            'op.create_foreign_key("written_by", "posts", "users", ["author"], ["id"])',
            "INSERT INTO users VALUES (18); INSERT INTO posts VALUES (1, 18), (2, 5), (3, NULL)",
            "SELECT author FROM posts ORDER BY id",
        ),
    ],
    ids=["check", "foreign key"],
)
def test_contract_mends_what_was_written_since(
    tmp_path: Path, database: str, style: Style, repair: str, constraint: str, written: str, mended: str
) -> None:
    folder = project(tmp_path, TABLES, f'op.execute("{repair}")\n{constraint}')
    assert SINCE not in told(folder, style)
    succeed(alembic(folder, database, "upgrade", "r2"))
    before = history(folder).by_id["r2_contract"].down[0]
    succeed(alembic(folder, database, "upgrade", before))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(written.encode())
        succeed(alembic(folder, database, "upgrade", "head", allow=True))
        expected = [(18,), (None,), (20,)] if constraint is CHECK else [(18,), (None,), (None,)]
        assert connection.execute(mended.encode()).fetchall() == expected
    succeed(alembic(folder, database, "downgrade", before))
