"""lint_sql: SQL without Alembic."""

from __future__ import annotations

from pathlib import Path

import pytest

from safemigrate import Hazard, Severity, lint_sql
from safemigrate.errors import ConfigurationError, SqlSyntaxError
from safemigrate.lint import Script
from safemigrate.rulebook import replay
from safemigrate.schema import Name, Schema

USERS = "CREATE TABLE users (id bigint PRIMARY KEY, nickname text NOT NULL);"


def rules(sql: str, schema_sql: str = USERS, *, autocommit: bool = False) -> list[str]:
    """Where columns that are in use are dropped in *sql*, and where it is refused or not read."""
    found = lint_sql(f"SET lock_timeout = '1s';\n{sql}", schema_sql=schema_sql, autocommit=autocommit)
    about = {"drop-column", "create-index", "unreadable"}
    return [finding.rule for finding in found if finding.rule in about]


def test_a_finding_says_what_where_and_why() -> None:
    (finding,) = lint_sql(
        "SET lock_timeout = '1s';\n\n-- nobody needs it\nALTER TABLE users\n  DROP COLUMN nickname;", schema_sql=USERS
    )
    assert (finding.rule, finding.severity, finding.line) == ("drop-column", Severity.ERROR, 4)
    assert frozenset({Hazard.BREAKS_OLD, Hazard.LOSES_DATA}) == finding.hazards
    assert finding.statement == "ALTER TABLE users\n  DROP COLUMN nickname"


def test_what_a_table_was_just_made_for_is_not_reported() -> None:
    assert rules("CREATE TABLE t (a int); ALTER TABLE t DROP COLUMN a;") == []


def test_the_schema_is_not_judged_itself() -> None:
    assert lint_sql("", schema_sql="CREATE TABLE t (a int); ALTER TABLE t DROP COLUMN a;") == []


def test_without_a_schema_every_table_may_be_in_use() -> None:
    assert rules("ALTER TABLE users DROP COLUMN nickname", schema_sql="") == ["drop-column"]


def test_a_column_that_if_not_exists_may_not_have_made_is_not_new() -> None:
    made = "CREATE TABLE IF NOT EXISTS users (id int, email text); ALTER TABLE users DROP COLUMN email"
    assert rules(made, schema_sql="") == ["drop-column"]


def test_a_table_of_the_temporary_schema_hides_another_but_is_not_it() -> None:
    made = "CREATE TABLE pg_temp.users (id int, nickname text);"
    assert rules(f"{made} ALTER TABLE users DROP COLUMN nickname") == []
    assert rules(f"{made} ALTER TABLE public.users DROP COLUMN nickname") == ["drop-column"]


def test_a_local_search_path_ends_with_its_transaction() -> None:
    schema = f"{USERS} CREATE SCHEMA crm;"
    made = "CREATE TABLE users (nickname text);"
    dropped = "ALTER TABLE users DROP COLUMN nickname;"
    assert rules(f"BEGIN; SET LOCAL search_path = crm; {made} COMMIT; {dropped}", schema) == ["drop-column"]
    assert rules(f"SET LOCAL search_path = crm; {made} {dropped}", schema) == []
    assert rules(f"BEGIN; SET search_path = crm; {made} COMMIT; {dropped}", schema) == []


def test_a_search_path_ends_with_its_script() -> None:
    first = Script(Path("1.sql"), "SET search_path = crm;")
    second = Script(Path("2.sql"), "CREATE TABLE t (a int);")
    third = Script(Path("3.sql"), "ALTER TABLE crm.t ADD COLUMN b int;")
    runs = tuple(replay([script.reading() for script in (first, second, third)], Schema()))
    assert Name("t", "public") in runs[-1].operations[-1].before.tables


def test_a_transaction_that_nothing_ends_is_told() -> None:
    def told(sql: str) -> list[int]:
        return [finding.line for finding in lint_sql(sql) if finding.rule == "transaction-control"]

    assert told("SELECT 1;\nBEGIN;\nSELECT 2;") == [2]
    assert told("BEGIN;\nCOMMIT;\nSTART TRANSACTION;\nSELECT 2;") == [3]
    assert told("BEGIN;\nSELECT 1;\nCOMMIT AND CHAIN;\nSELECT 2;") == [1]
    assert told("BEGIN;\nSELECT 1;\nCOMMIT;\nSELECT 2;") == []
    assert told("BEGIN;\nSELECT 1;\nROLLBACK;") == []


def test_what_is_rolled_back_never_was() -> None:
    again = "DROP TABLE users; CREATE TABLE users (id int, nickname text);"
    dropped = "ALTER TABLE users DROP COLUMN nickname;"
    assert rules(f"BEGIN; {again} ROLLBACK; {dropped}") == ["drop-column"]
    assert rules(f"{again} ABORT; {dropped}") == ["drop-column"]
    assert rules(f"BEGIN; {again} COMMIT; BEGIN; SELECT 1; ROLLBACK; {dropped}") == []


def test_an_index_built_concurrently_fails_in_the_one_transaction() -> None:
    build = "CREATE INDEX CONCURRENTLY users_nickname ON users (nickname);"
    assert rules(build, autocommit=True) == []
    found = lint_sql(build, schema_sql=USERS)
    assert Hazard.FAILS in {hazard for finding in found for hazard in finding.hazards}


def test_explicit_transactions_leave_the_rest_in_autocommit() -> None:
    build = "CREATE INDEX CONCURRENTLY users_nickname ON users (nickname);"
    assert rules(f"BEGIN; SELECT 1; COMMIT; {build}") == []
    assert rules(f"BEGIN; {build} COMMIT;") != []
    assert rules(f"START TRANSACTION; SELECT 1; COMMIT AND CHAIN; {build} COMMIT;") != []
    assert rules(f"BEGIN; SAVEPOINT s; ROLLBACK TO SAVEPOINT s; {build} COMMIT;") != []
    assert rules(f"/* first */ BEGIN; -- and\nCOMMIT; {build}", autocommit=True) == []


def test_what_is_taken_back_leaves_nothing_but_the_work_it_was() -> None:
    given = "CREATE TABLE users (id bigint PRIMARY KEY, bio text);"
    drop, scan = "ALTER TABLE users DROP COLUMN bio;", "ALTER TABLE users ALTER COLUMN bio SET NOT NULL;"

    def hazards(sql: str) -> set[str]:
        found = lint_sql(f"BEGIN; SET LOCAL lock_timeout = '1s'; {sql}", schema_sql=given)
        return {hazard.value for finding in found for hazard in finding.hazards}

    assert hazards(f"SAVEPOINT a; {drop} ROLLBACK TO a; COMMIT;") == set()
    assert hazards(f"{drop} ROLLBACK;") == set()
    assert hazards(f"SAVEPOINT a; SAVEPOINT b; {drop} ROLLBACK TO a; COMMIT;") == set()
    assert hazards(f"SAVEPOINT a; {scan} ROLLBACK TO a; COMMIT;") == {"blocks-reads", "blocks-writes"}
    assert hazards(f"SAVEPOINT a; {drop} SAVEPOINT b; SELECT 1; ROLLBACK TO b; COMMIT;") == {
        "breaks-old",
        "loses-data",
    }
    assert hazards(f"SAVEPOINT a; {drop} RELEASE a; COMMIT;") == {"breaks-old", "loses-data"}
    assert hazards(f"{drop} COMMIT; BEGIN; ROLLBACK;") == {"breaks-old", "loses-data"}


def test_allowed_findings_are_left_out() -> None:
    assert rules("-- safemigrate: allow drop-column -- unused\nALTER TABLE users DROP COLUMN nickname") == []
    with pytest.raises(ConfigurationError, match="<sql>:2"):
        rules("-- safemigrate: allow drop-column\nALTER TABLE users DROP COLUMN nickname")


def test_text_that_is_no_sql_says_where() -> None:
    with pytest.raises(SqlSyntaxError, match="<sql>"):
        lint_sql("SELECT 'oh")
    with pytest.raises(SqlSyntaxError, match="the schema"):
        lint_sql("", schema_sql="SELECT 'oh")


def test_nothing_is_found_in_nothing() -> None:
    assert [] == lint_sql("") == lint_sql("-- only a comment\n;")
