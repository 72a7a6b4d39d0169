"""Rows that are mended before a constraint: contract says that what was written since then is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import project, split

from safemigrate.history import Phase

TABLES = """
op.execute("CREATE TABLE users (id bigint PRIMARY KEY, email text, age int)")
op.execute("CREATE TABLE posts (id bigint PRIMARY KEY, author bigint)")
"""
SINCE = "What was written since r2 ran is repaired by nothing here: repair it first, as the"
CHECK = 'op.create_check_constraint("adult", "users", "age >= 18")'


def told(folder: Path) -> str:
    """What the contract says before its revision id, on one line."""
    (contract,) = [file for file in split(folder, "r1") if file.phase is Phase.CONTRACT]
    return " ".join(contract.text.partition("Revision ID")[0].split())


@pytest.mark.parametrize(
    ("repair", "constraint", "named"),
    [
        ("UPDATE users SET age = 18 WHERE age < 18", CHECK, "UPDATE of users"),
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
