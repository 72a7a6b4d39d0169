"""Changes of three databases beside a running version: a server decides what they do, and the rules say it."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from types import ModuleType

import clinic_cases
import clinic_operations
import depot_cases
import project_cases
import psycopg
import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from clinic_operations import is_python, written
from running import Connection, Seen, Workload, answered, does, seen
from verdict_cases import Case

from safemigrate.history.dump import pieces
from safemigrate.lint.baseline import baseline
from safemigrate.lint.script import Script
from safemigrate.rulebook import Finding, Severity, judge, load_rules, replay
from safemigrate.schema import Schema
from safemigrate.server import Server

DATABASES = {module.GIVEN: module for module in (project_cases, depot_cases, clinic_cases)}
SAFE = [*project_cases.SAFE, *depot_cases.SAFE, *clinic_cases.SAFE]
DANGEROUS = [*project_cases.DANGEROUS, *depot_cases.DANGEROUS, *clinic_cases.DANGEROUS]
RULES = [rule for rule in load_rules() if not rule.page.opt_in]

#: the running version is no superuser, or row security and privileges would not hold for it
_ROLE = (
    "GRANT ALL ON SCHEMA public, {schema} TO PUBLIC",
    "GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC",
    "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO PUBLIC",
    "GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO app",
    "GRANT ALL ON ALL SEQUENCES IN SCHEMA {schema} TO app",
)


@pytest.fixture(scope="module")
def templates(server: Server) -> Iterator[dict[str, tuple[str, Workload]]]:
    """The database that the cases of each module find, and how it answers the running version, by what is given."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE app")
    found = {}
    for given, module in DATABASES.items():
        url = server.create_database(module.__name__)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(given)
            privileges = (each.format(schema=module.SCHEMA) for each in _ROLE if module.SCHEMA)
            for sql in (*privileges, *module.ROWS):
                connection.execute(sql)
        # to answer moves sequences, so the template itself is not asked
        found[given] = (module.__name__, answered(server.create_database("asked", module.__name__), module.WORKLOAD))
        server.drop_database("asked")
    yield found
    for template, _ in found.values():
        server.drop_database(template)
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("DROP ROLE app")


See = Callable[[Case], Seen]


@pytest.fixture
def see(server: Server, templates: dict[str, tuple[str, Workload]], tmp_path: Path) -> Iterator[See]:
    made: list[str] = []

    def see(case: Case) -> Seen:
        template, workload = templates[case.given]
        url = server.create_database("running_version", template)
        made.append("running_version")
        change = partial(_upgrade, path=tmp_path / "revision.py") if is_python(case) else _run
        return seen(url, workload, partial(change, case=case))

    yield see
    for name in made:
        server.drop_database(name)


def _run(connection: Connection, *, case: Case) -> str | None:
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


def _upgrade(connection: Connection, *, case: Case, path: Path) -> str | None:
    """Runs the body of an upgrade() as Alembic does, from a file at *path*."""
    path.write_text(written(case.sql))
    revision = runpy.run_path(str(path))
    engine = sa.create_engine("postgresql+psycopg://", creator=lambda: connection, poolclass=sa.pool.StaticPool)
    connection.autocommit = False
    try:
        with engine.connect() as alembics:
            context = MigrationContext.configure(alembics)
            with Operations.context(context), context.begin_transaction():
                revision["upgrade"]()
    except sa.exc.DBAPIError as error:
        return getattr(error.orig, "sqlstate", None) or "connection"
    finally:
        connection.rollback()
        connection.autocommit = True
    return None


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
def test_the_running_version_runs_before_any_change(module: ModuleType, see: See) -> None:
    nothing = see(Case("SELECT 1", given=module.GIVEN))
    assert Seen(None, frozenset(), frozenset(), ()) == nothing


@pytest.mark.parametrize("case", [*SAFE, *clinic_operations.SAFE], ids=lambda case: case.title)
def test_server_runs_a_safe_change_beside_the_running_version(case: Case, see: See) -> None:
    what = see(case)
    assert (None, frozenset(), ()) == (what.refused, what.rewritten, what.broken)
    # CONCURRENTLY and VALIDATE go through a table under a lock that stops nobody
    assert not what.worked_on or case.autocommit or "VALIDATE" in case.sql or "concurrently" in case.sql


_MISSED = [*clinic_cases.MISSED, *clinic_operations.MISSED]


@pytest.mark.parametrize("case", [*DANGEROUS, *clinic_operations.DANGEROUS, *_MISSED], ids=lambda case: case.title)
def test_server_does_what_a_dangerous_change_is_told_for(case: Case, see: See) -> None:
    what = see(case)
    assert does(case.hazard, what), what


@pytest.mark.parametrize("case", DANGEROUS, ids=lambda case: case.title)
def test_dangerous_change_is_told_with_its_hazard(case: Case) -> None:
    assert case.hazard in {hazard.value for finding in _alarms(case) for hazard in finding.hazards}


def test_safe_change_raises_no_alarm() -> None:
    """All in one test, since one in fifty may."""
    flagged = {case.title: [alarm.rule for alarm in alarms] for case in SAFE if (alarms := _alarms(case))}
    assert len(flagged) * 50 <= len(SAFE), flagged


@pytest.mark.parametrize("case", clinic_cases.MISSED, ids=lambda case: case.title)
def test_what_is_told_by_now_does_not_stand_among_what_is_missed(case: Case) -> None:
    assert case.hazard not in {hazard.value for finding in _alarms(case) for hazard in finding.hazards}
