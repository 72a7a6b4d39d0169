"""Enums that lose or rename a label: the revision that the refusal says to write instead is taken by split."""

from __future__ import annotations

import re

import psycopg
import pytest
from authored import revision

from safemigrate.errors import SplitRefused
from safemigrate.plan.answers import Answers
from safemigrate.plan.changes import find_changes
from safemigrate.rulebook import load_rules

RULES = load_rules()
TYPE = "CREATE TYPE mood AS ENUM ('happy', 'sad', 'calm');"
USERS = "CREATE TABLE users (id int PRIMARY KEY, feeling mood);"
ROWS = "INSERT INTO users VALUES (1, 'happy'), (2, 'sad'), (3, NULL);"
BACK = "CASE feeling_new::text WHEN 'blue' THEN 'sad' ELSE feeling_new::text END::mood"

RENAME = "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'"
NEW_NAME_LATER = """
CREATE TYPE mood_new AS ENUM ('happy', 'sad');
ALTER TABLE users ALTER COLUMN feeling TYPE mood_new USING feeling::text::mood_new;
DROP TYPE mood;
ALTER TYPE mood_new RENAME TO mood;
"""
OLD_NAME_FIRST = """
ALTER TYPE mood RENAME TO mood_old;
CREATE TYPE mood AS ENUM ('happy', 'sad');
ALTER TABLE users ALTER COLUMN feeling TYPE mood USING feeling::text::mood;
DROP TYPE mood_old;
"""
MAPPED = """
ALTER TYPE mood RENAME TO mood_old;
CREATE TYPE mood AS ENUM ('happy', 'blue');
ALTER TABLE users ALTER COLUMN feeling TYPE mood
  USING CASE feeling WHEN 'sad' THEN 'blue' ELSE feeling::text END::mood;
DROP TYPE mood_old;
"""


def refusal(given: str, migration: str) -> SplitRefused:
    with pytest.raises(SplitRefused) as refused:
        find_changes(RULES, revision(given, migration))
    return refused.value


def remedy(given: str, migration: str) -> str:
    """The statements of the remedy."""
    told = [re.search(r"(?:CREATE TYPE|ALTER TABLE).*;", each.remedy) for each in refusal(given, migration).each]
    return next(said[0] for said in told if said is not None)


@pytest.mark.parametrize(
    ("migration", "labels", "rows"),
    [
        (RENAME, ["happy", "blue", "calm"], ["happy", "blue", None]),
        (NEW_NAME_LATER, ["happy", "sad"], ["happy", "sad", None]),
        (OLD_NAME_FIRST, ["happy", "sad"], ["happy", "sad", None]),
        (MAPPED, ["happy", "blue"], ["happy", "blue", None]),
    ],
)
def test_remedy_is_split_and_leaves_what_the_author_meant(
    database: str, migration: str, labels: list[str], rows: list[str | None]
) -> None:
    statements = remedy(TYPE + USERS, migration)
    split = find_changes(RULES, revision(TYPE + USERS, statements), answers=Answers(given={"users.feeling": BACK}))
    assert split is not None
    assert [change.rule for change in split.changes] == ["replace-column", "drop-type"]
    with psycopg.connect(database) as connection:
        connection.execute(f"{TYPE}{USERS}{ROWS}{statements}".encode())
        found = connection.execute("SELECT feeling_new::text FROM users ORDER BY id").fetchall()
        assert rows == [row for (row,) in found]
        known = connection.execute("SELECT enumlabel FROM pg_enum ORDER BY enumtypid, enumsortorder").fetchall()
        assert labels == [label for (label,) in known]


def test_remedy_of_a_rename_names_every_column_of_the_type(database: str) -> None:
    given = f"{TYPE}{USERS} CREATE SCHEMA shop; CREATE TABLE shop.dogs (id int PRIMARY KEY, mood mood, other mood);"
    statements = remedy(given, RENAME)
    with psycopg.connect(database) as connection:
        connection.execute(f"{given}{statements}".encode())
        left = "SELECT attname FROM pg_attribute WHERE atttypid = 'mood_new'::regtype AND NOT attisdropped ORDER BY 1"
        found = connection.execute(left.encode()).fetchall()
    assert [name for (name,) in found] == ["feeling_new", "mood_new", "other_new"]


def test_remedy_takes_a_name_that_is_free(database: str) -> None:
    given = f"{TYPE}{USERS} CREATE TYPE mood_new AS ENUM ('x');"
    with psycopg.connect(database) as connection:
        connection.execute(f"{given}{remedy(given, RENAME)}".encode())
        found = connection.execute("SELECT atttypid::regtype::text FROM pg_attribute WHERE attname = 'feeling_new'")
        assert found.fetchall() == [("mood_new_new",)]


def test_type_that_other_columns_are_of_stays() -> None:
    given = f"{TYPE}{USERS} CREATE TABLE dogs (mood mood);"
    other = (
        "CREATE TYPE tone AS ENUM ('happy', 'sad');"
        "ALTER TABLE users ALTER COLUMN feeling TYPE tone USING feeling::text::tone"
    )
    assert "DROP TYPE" not in remedy(given, other)


def test_enum_that_was_there_is_not_made_again() -> None:
    given = f"{TYPE}{USERS} CREATE TYPE tone AS ENUM ('happy', 'sad');"
    statements = remedy(given, "ALTER TABLE users ALTER COLUMN feeling TYPE tone USING feeling::text::tone")
    assert statements.startswith("ALTER TABLE users ADD COLUMN feeling_new tone;")


@pytest.mark.parametrize("given", [f"{TYPE} CREATE TABLE users (feelings mood[])", TYPE, "CREATE TABLE t (id int)"])
def test_rename_takes_two_releases_where_no_column_can_take_the_place(given: str) -> None:
    said = refusal(given, RENAME).remedy
    assert said.startswith("Two releases can do it")
    assert "CREATE TYPE" not in said


@pytest.mark.parametrize(
    ("migration", "said"),
    [
        ("ALTER TYPE mood RENAME TO feeling", "Leave mood its name in the database"),
        (
            "ALTER TYPE mood RENAME TO old; CREATE TYPE mood AS ENUM ('happy'); DROP TYPE old",
            "Leave mood its name; let the new type have one of its own",
        ),
        (
            "CREATE TYPE new AS ENUM ('happy'); DROP TYPE mood; ALTER TYPE new RENAME TO mood",
            "Let the new type keep a name of its own",
        ),
    ],
)
def test_type_under_another_name_is_refused_with_what_to_do(migration: str, said: str) -> None:
    assert refusal(TYPE, migration).remedy.startswith(said)
