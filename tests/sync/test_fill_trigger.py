"""The fill trigger: a row never keeps NULL in a column that is about to become NOT NULL."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from safemigrate.schema import Name

Run = Callable[[str], list[tuple[object, ...]]]
Fill = Callable[[Name, str, str], None]

USERS = Name("users")


@pytest.fixture
def users(run: Run, fill: Fill) -> None:
    """User 1 was there before expand and has no slug."""
    run("CREATE TABLE users (id int PRIMARY KEY, name text, slug text)")
    run("INSERT INTO users (id, name) VALUES (1, 'Ada')")
    fill(USERS, "slug", "lower(users.name)")


@pytest.mark.usefixtures("users")
@pytest.mark.parametrize(
    ("write", "expected"),
    [
        ("INSERT INTO users (id, name) VALUES (2, 'Grace')", "grace"),
        ("INSERT INTO users (id, name, slug) VALUES (2, 'Grace', NULL)", "grace"),
        ("INSERT INTO users (id, name, slug) VALUES (2, 'Grace', 'hopper')", "hopper"),
        ("INSERT INTO users (id, name, slug) VALUES (2, 'Grace', '')", ""),
        ("INSERT INTO users (id) VALUES (2)", None),
    ],
    ids=["left out", "sent as NULL", "given", "given empty", "nothing to compute from"],
)
def test_an_insert_is_filled_where_it_would_be_null(run: Run, write: str, expected: object) -> None:
    run(write)
    assert run("SELECT slug FROM users WHERE id = 2") == [(expected,)]


@pytest.mark.usefixtures("users")
def test_an_update_to_null_is_filled_from_the_new_row(run: Run) -> None:
    run("INSERT INTO users (id, name, slug) VALUES (2, 'Grace', 'hopper')")
    run("UPDATE users SET name = 'Grace Hopper', slug = NULL WHERE id = 2")
    assert run("SELECT slug FROM users WHERE id = 2") == [("grace hopper",)]


@pytest.mark.usefixtures("users")
def test_an_update_of_another_column_heals_an_old_row_and_leaves_a_given_value(run: Run) -> None:
    run("INSERT INTO users (id, name, slug) VALUES (2, 'Grace', 'hopper')")
    run("UPDATE users SET name = upper(name)")
    assert run("SELECT id, slug FROM users ORDER BY id") == [(1, "ada"), (2, "hopper")]


@pytest.mark.usefixtures("users")
def test_upserts_and_copy_are_filled(connection: psycopg.Connection[object], run: Run) -> None:
    run("INSERT INTO users (id, name) VALUES (2, 'Grace') ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name")
    run("INSERT INTO users (id, name) VALUES (1, 'Ada King') ON CONFLICT (id) DO UPDATE SET slug = NULL")
    with connection.cursor().copy(b"COPY users (id, name) FROM STDIN") as copy:
        copy.write_row((3, "Alan"))
    assert run("SELECT id, slug FROM users ORDER BY id") == [(1, "ada"), (2, "grace"), (3, "alan")]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'x'", "x"),
        ("name", "Ada"),
        ("(users.name || '-') || \"users\".id", "Ada-1"),
        ("CASE WHEN id > 0 THEN name ELSE 'none' END", "Ada"),
        ("coalesce(slug, 'E\\n')", "E\\n"),
        ("$safemigrate$dollars$safemigrate$", "dollars"),
        ("'two  blanks' || E'\\n' || name", "two  blanks\nAda"),
    ],
)
def test_expressions_mean_what_they_would_in_an_update(run: Run, fill: Fill, expression: str, expected: str) -> None:
    run("CREATE TABLE users (id int PRIMARY KEY, name text, slug text)")
    run("INSERT INTO users (id, name) VALUES (1, 'Ada')")
    run(f"UPDATE users SET slug = {expression}")
    assert run("SELECT slug FROM users") == [(expected,)]
    run("DELETE FROM users")
    fill(USERS, "slug", expression)
    run("INSERT INTO users (id, name) VALUES (1, 'Ada')")
    assert run("SELECT slug FROM users") == [(expected,)]


def test_columns_called_like_variables_of_the_trigger_are_columns(run: Run, fill: Fill) -> None:
    run("CREATE TABLE users (new text, old text, tg_op text, tg_argv text, slug text)")
    fill(USERS, "slug", "new || old || tg_op || tg_argv")
    run("INSERT INTO users (new, old, tg_op, tg_argv) VALUES ('a', 'b', 'c', 'd')")
    assert run("SELECT slug FROM users") == [("abcd",)]


def test_awkward_names(run: Run, fill: Fill) -> None:
    run('CREATE SCHEMA "Sales"')
    run('CREATE TABLE "Sales"."Order" (id int, "Buyer\'s ""Name""" text, "user" text)')
    fill(Name("Order", "Sales"), "user", 'upper("Order"."Buyer\'s ""Name""")')
    run('INSERT INTO "Sales"."Order" (id, "Buyer\'s ""Name""") VALUES (1, \'ada\')')
    assert run('SELECT "user" FROM "Sales"."Order"') == [("ADA",)]
    run("CREATE TABLE loop (id int, strict text, by text)")
    fill(Name("loop"), "by", "upper(strict)")
    run("INSERT INTO loop (id, strict) VALUES (1, 'ada')")
    assert run("SELECT by FROM loop") == [("ADA",)]


def test_a_value_of_another_type_is_assigned_as_an_update_would(run: Run, fill: Fill) -> None:
    run("CREATE TABLE users (id int, born date, rank smallint, slug varchar(3))")
    fill(USERS, "rank", "id * 1.6")
    fill(USERS, "born", "'2026-05-01'")
    run("INSERT INTO users (id) VALUES (1)")
    assert run("SELECT rank, born::text FROM users") == [(2, "2026-05-01")]


def test_functions_of_the_author_are_found_whatever_path_the_application_uses(run: Run, fill: Fill) -> None:
    run("CREATE SCHEMA tools")
    run("CREATE FUNCTION tools.slugify(text) RETURNS text LANGUAGE sql RETURN lower($1)")
    run("CREATE TABLE users (id int, name text, slug text)")
    run("SET search_path = public, tools")
    fill(USERS, "slug", "slugify(name)")
    run("SET search_path = ''")
    run("INSERT INTO public.users (id, name) VALUES (1, 'Ada')")
    assert run("SELECT slug FROM public.users") == [("ada",)]


def test_another_table_is_read_as_the_role_that_writes(run: Run, fill: Fill) -> None:
    # so split makes no such trigger where the history keeps that table from somebody who writes
    run("CREATE TABLE teams (id int, owner text)")
    run("INSERT INTO teams VALUES (1, 'ada')")
    run("CREATE TABLE users (id int, team int, owner text)")
    run("GRANT INSERT ON users TO pg_monitor")
    fill(USERS, "owner", "(SELECT t.owner FROM teams t WHERE t.id = users.team)")
    run("SET ROLE pg_monitor")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for table teams"):
        run("INSERT INTO users (id, team) VALUES (1, 1)")
    run("RESET ROLE")
    run("GRANT SELECT ON teams TO pg_monitor")
    run("SET ROLE pg_monitor")
    run("INSERT INTO users (id, team) VALUES (1, 1)")
    run("RESET ROLE")
    assert run("SELECT owner FROM users") == [("ada",)]


def test_each_row_gets_a_value_of_its_own(run: Run, fill: Fill) -> None:
    run("CREATE TABLE users (id int, key uuid)")
    fill(USERS, "key", "gen_random_uuid()")
    run("INSERT INTO users (id) SELECT generate_series(1, 50)")
    assert run("SELECT count(DISTINCT key) FROM users") == [(50,)]


def test_partitions_are_filled_also_those_attached_later(run: Run, fill: Fill) -> None:
    run("CREATE TABLE users (id int, name text, slug text) PARTITION BY RANGE (id)")
    fill(USERS, "slug", "users.name || id")
    run("CREATE TABLE users_1 (slug text, extra int, name text, id int)")
    run("ALTER TABLE users_1 DROP COLUMN extra")
    run("ALTER TABLE users ATTACH PARTITION users_1 FOR VALUES FROM (0) TO (10)")
    run("INSERT INTO users (id, name) VALUES (1, 'Ada')")
    run("INSERT INTO users_1 (id, name) VALUES (2, 'Grace')")
    assert run("SELECT slug FROM users ORDER BY id") == [("Ada1",), ("Grace2",)]
