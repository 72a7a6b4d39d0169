"""Changes of two databases beside a running version: a server decides what they do, and the rules say it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType

import depot_cases
import project_cases
import psycopg
import pytest
from psycopg.errors import Diagnostic
from verdict_cases import Case

from safemigrate.history.dump import pieces
from safemigrate.lint.baseline import baseline
from safemigrate.lint.script import Script
from safemigrate.rulebook import Finding, Severity, judge, load_rules, replay
from safemigrate.schema import Schema
from safemigrate.server import Server

Connection = psycopg.Connection[tuple[object, ...]]

DATABASES = {module.GIVEN: module for module in (project_cases, depot_cases)}
SAFE = [*project_cases.SAFE, *depot_cases.SAFE]
DANGEROUS = [*project_cases.DANGEROUS, *depot_cases.DANGEROUS]
RULES = [rule for rule in load_rules() if not rule.page.opt_in]

#: the running version is no superuser, or row security and privileges would not hold for it
_ROLE = (
    "GRANT ALL ON SCHEMA public, {schema} TO PUBLIC",
    "GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC",
    "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO PUBLIC",
    "GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO app",
    "GRANT ALL ON ALL SEQUENCES IN SCHEMA {schema} TO app",
)
_FILES = (
    "SELECT oid::regclass::text, relfilenode FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace IN"
    " (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_|information_schema')"
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
def templates(server: Server) -> Iterator[dict[str, str]]:
    """The database that the cases of each module find, by what they are given."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE app")
    found = {}
    for given, module in DATABASES.items():
        url = server.create_database(module.__name__)
        found[given] = module.__name__
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(given)
            for sql in (*(each.format(schema=module.SCHEMA) for each in _ROLE), *module.ROWS):
                connection.execute(sql)
    yield found
    for template in found.values():
        server.drop_database(template)
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("DROP ROLE app")


@pytest.fixture
def see(server: Server, templates: dict[str, str]) -> Iterator[Callable[[Case], Seen]]:
    made: list[str] = []

    def seen(case: Case) -> Seen:
        url = server.create_database("running_version", templates[case.given])
        made.append("running_version")
        return _seen(url, case)

    yield seen
    for name in made:
        server.drop_database(name)


def _seen(url: str, case: Case) -> Seen:
    with psycopg.connect(url, autocommit=True) as connection:
        notices: list[str] = []

        def note(said: Diagnostic) -> None:
            notices.append(said.message_primary or "")

        connection.add_notice_handler(note)
        before = _files(connection)
        workload = DATABASES[case.given].WORKLOAD
        expected = _answers(connection, workload)
        connection.execute("SET client_min_messages = debug1")
        refused = _run(connection, case)
        connection.execute("SET client_min_messages = error")
        after = _files(connection)
        found = _answers(connection, workload) if refused is None else expected
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


def _answers(connection: Connection, workload: tuple[str, ...]) -> dict[str, object]:
    """How the server answers each statement of the running version: the rows it changed, the types it gave."""
    found: dict[str, object] = {}
    for sql in workload:
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


def _alarms(case: Case) -> list[Finding]:
    """What is said louder than advice of the change, on a database that a history made from nothing."""
    timeout = f"SET {'' if case.autocommit else 'LOCAL '}lock_timeout = '1s';\n"
    reading = Script(Path("case.sql"), f"{timeout}{case.sql};", case.autocommit).reading()
    found = judge(RULES, tuple(replay([reading], _whole(case.given))))
    return [finding for finding in found if finding.severity is not Severity.ADVICE]


@cache
def _whole(given: str) -> Schema:
    return replace(baseline(given), complete=True)


@pytest.mark.parametrize("module", DATABASES.values(), ids=lambda module: module.__name__)
def test_the_running_version_runs_before_any_change(module: ModuleType, see: Callable[[Case], Seen]) -> None:
    nothing = see(Case("SELECT 1", given=module.GIVEN))
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
