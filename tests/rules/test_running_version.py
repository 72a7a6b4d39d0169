"""Three hundred changes of one database: a server decides what they do, and the rules say it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest
from project_cases import DANGEROUS, GIVEN, ROWS, SAFE, WORKLOAD
from psycopg.errors import Diagnostic
from verdict_cases import Case

import safemigrate
from safemigrate.history.dump import pieces
from safemigrate.rulebook.hazard import Severity
from safemigrate.server import Server

Connection = psycopg.Connection[tuple[object, ...]]

#: the running version is no superuser, or row security and privileges would not hold for it
_ROLE = (
    "CREATE ROLE app",
    "GRANT ALL ON SCHEMA public, audit TO PUBLIC",
    "GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC",
    "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO PUBLIC",
    "GRANT ALL ON ALL TABLES IN SCHEMA audit TO app",
    "GRANT ALL ON ALL SEQUENCES IN SCHEMA audit TO app",
)
_FILES = (
    "SELECT oid::regclass::text, relfilenode FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace IN"
    " (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'audit'))"
)
_WORK = re.compile(r'(?:rewriting|verifying) table "(?P<table>\w+)"|building index .* table "(?P<indexed>\w+)"')
# a driver makes one type of text and varchar
_TEXTS = (_TEXT, _) = (25, 1043)
# a constraint that its own rows break: the statement would be refused here, and the running version elsewhere
_OF_ROWS = "23"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a server did with a change: how it refused it, the files it wrote anew, the tables that it went through,
    and the statements of the running version that were answered otherwise behind it."""

    refused: str | None
    rewritten: frozenset[str]
    worked_on: frozenset[str]
    broken: tuple[str, ...]


@pytest.fixture(scope="module")
def template(server: Server) -> Iterator[str]:
    url = server.create_database("project_cases")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(GIVEN)
        for sql in (*_ROLE, *ROWS):
            connection.execute(sql)
    yield "project_cases"
    server.drop_database("project_cases")
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("DROP ROLE app")


@pytest.fixture
def see(server: Server, template: str) -> Iterator[Callable[[Case], Seen]]:
    url = server.create_database("project_case", template)
    yield lambda case: _seen(url, case)
    server.drop_database("project_case")


def _seen(url: str, case: Case) -> Seen:
    with psycopg.connect(url, autocommit=True) as connection:
        notices: list[str] = []

        def note(said: Diagnostic) -> None:
            notices.append(said.message_primary or "")

        connection.add_notice_handler(note)
        before = _files(connection)
        expected = _answers(connection)
        connection.execute("SET client_min_messages = debug1")
        refused = _run(connection, case)
        connection.execute("SET client_min_messages = error")
        after = _files(connection)
        found = _answers(connection) if refused is None else expected
    named = {table.rpartition(".")[2] for table in before}
    matches = [match for notice in notices if (match := _WORK.match(notice))]
    return Seen(
        refused,
        frozenset(table for table, file in before.items() if after.get(table, file) != file),
        frozenset(match["table"] or match["indexed"] for match in matches) & named,
        tuple(sql for sql, answer in expected.items() if found[sql] != answer),
    )


def _run(connection: Connection, case: Case) -> str | None:
    statements = [piece.text for piece in pieces(case.sql, "case")]
    try:
        if case.autocommit:
            for statement in statements:
                connection.execute(statement)
        else:
            with connection.transaction():
                for statement in statements:
                    if statement.upper() not in ("BEGIN", "COMMIT"):
                        connection.execute(statement)
                connection.execute("SET LOCAL search_path TO DEFAULT")
    except psycopg.Error as error:
        return error.sqlstate or "connection"
    return None


def _files(connection: Connection) -> dict[str, int]:
    return dict(connection.execute(_FILES).fetchall())  # type: ignore[arg-type]


def _answers(connection: Connection) -> dict[str, object]:
    """How the server answers each statement of the running version: the rows it changed, the types it gave."""
    found: dict[str, object] = {}
    for sql in WORKLOAD:
        with connection.transaction(force_rollback=True):
            try:
                connection.execute("SET LOCAL ROLE app")
                cursor = connection.execute(sql)
                connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
                columns = cursor.description or ()
                changed = None if columns else cursor.rowcount
                found[sql] = (changed, [_TEXT if c.type_code in _TEXTS else c.type_code for c in columns])
            except psycopg.Error as error:
                found[sql] = error.sqlstate
    return found


def _alarms(case: Case) -> list[safemigrate.Finding]:
    timeout = f"SET {'' if case.autocommit else 'LOCAL '}lock_timeout = '1s';\n"
    found = safemigrate.lint_sql(f"{timeout}{case.sql};", schema_sql=GIVEN, autocommit=case.autocommit)
    return [finding for finding in found if finding.severity is not Severity.ADVICE]


def test_the_running_version_runs_before_any_change(see: Callable[[Case], Seen]) -> None:
    nothing = see(Case("SELECT 1", given=GIVEN))
    assert Seen(None, frozenset(), frozenset(), ()) == nothing


@pytest.mark.parametrize("case", SAFE, ids=lambda case: case.title)
def test_server_runs_a_safe_change_beside_the_running_version(case: Case, see: Callable[[Case], Seen]) -> None:
    seen = see(case)
    assert (None, frozenset(), ()) == (seen.refused, seen.rewritten, seen.broken)
    # CONCURRENTLY and VALIDATE go through a table under a lock that stops nobody
    assert not seen.worked_on or case.autocommit or "VALIDATE" in case.sql


@pytest.mark.parametrize("case", DANGEROUS, ids=lambda case: case.title)
def test_server_does_what_a_dangerous_change_is_told_for(case: Case, see: Callable[[Case], Seen]) -> None:
    seen = see(case)
    by_rows = seen.refused is not None and seen.refused.startswith(_OF_ROWS)
    match case.hazard:
        case "fails":
            assert seen.refused is not None
        case "rewrites-table":
            assert seen.refused is None
            assert seen.rewritten
        case "breaks-old":
            assert by_rows or (seen.refused is None and seen.broken)
        case _:
            assert by_rows or seen.refused is None or case.hazard == "unreadable"


@pytest.mark.parametrize("case", DANGEROUS, ids=lambda case: case.title)
def test_dangerous_change_is_told_with_its_hazard(case: Case) -> None:
    assert case.hazard in {hazard.value for finding in _alarms(case) for hazard in finding.hazards}


def test_safe_change_raises_no_alarm() -> None:
    """All in one test, since one in fifty may."""
    flagged = {case.title: [alarm.rule for alarm in alarms] for case in SAFE if (alarms := _alarms(case))}
    assert len(flagged) * 50 <= len(SAFE), flagged
