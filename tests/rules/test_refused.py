"""What PostgreSQL refuses is told before, and what it takes is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from depot_cases import DANGEROUS as DEPOT_DANGEROUS
from depot_cases import SAFE as DEPOT_SAFE
from project_cases import DANGEROUS, ROWS, SAFE
from refused_cases import GIVEN, REFUSED, TAKEN
from verdict_cases import Case

from safemigrate.lint.baseline import baseline
from safemigrate.lint.script import Script
from safemigrate.rulebook import Finding, Hazard, Severity, judge, load_rules, replay
from safemigrate.schema import Schema
from safemigrate.server import Server

Connection = psycopg.Connection[tuple[object, ...]]

RULES = [rule for rule in load_rules() if not rule.page.opt_in]
REFUSALS = [rule for rule in RULES if rule.name == "refused"]


@pytest.fixture(scope="module")
def connection(server: Server) -> Iterator[Connection]:
    url = server.create_database("refused_cases")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(GIVEN)
        for sql in ROWS:
            connection.execute(sql)
        yield connection
    server.drop_database("refused_cases")


def _whole(given: str) -> Schema:
    """The schema of a database that a history made from nothing, so that what it never made is not there."""
    return replace(baseline(given), complete=True)


def _found(case: Case, schema: Schema, *, refusals_only: bool = False) -> tuple[Finding, ...]:
    reading = Script(Path("case.sql"), case.sql, case.autocommit).reading()
    return judge(REFUSALS if refusals_only else RULES, tuple(replay([reading], schema)))


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.title)
def test_server_refuses_it_whatever_its_rows_are(case: Case, connection: Connection) -> None:
    with pytest.raises(psycopg.Error) as caught, connection.transaction(force_rollback=True):
        connection.execute(case.sql)
    of_rows = "23"
    assert not (caught.value.sqlstate or "").startswith(of_rows)


@pytest.mark.parametrize("case", TAKEN, ids=lambda case: case.title)
def test_server_takes_what_looks_like_it(case: Case, connection: Connection) -> None:
    with connection.transaction(force_rollback=True):
        connection.execute(case.sql)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.title)
def test_what_a_server_refuses_is_told(case: Case) -> None:
    hazards = {hazard for finding in _found(case, _whole(case.given)) for hazard in finding.hazards}
    assert Hazard.FAILS in hazards


@pytest.mark.parametrize("whole", [True, False], ids=["known whole", "known in part"])
def test_what_a_server_takes_is_not_said_to_be_refused(whole: bool) -> None:
    """The cases of other modules run on a server in their own test."""
    others = [*SAFE, *DANGEROUS, *DEPOT_SAFE, *DEPOT_DANGEROUS]
    taken = [*TAKEN, *(case for case in others if case.hazard not in ("fails", "unreadable"))]
    said = {
        case.title: finding.message
        for case in taken
        for finding in _found(case, replace(baseline(case.given), complete=whole), refusals_only=True)
    }
    assert said == {}


@pytest.mark.parametrize("sql", ["ALTER TABLE nowhere ADD COLUMN a text", "DROP TABLE nowhere", "DROP TYPE nothing"])
def test_what_the_history_never_made_may_be_there_all_the_same(sql: str) -> None:
    case = Case(sql, "fails")
    (finding,) = _found(case, _whole(""), refusals_only=True)
    assert (finding.severity, finding.certain) == (Severity.WARNING, False)
    assert _found(case, Schema(), refusals_only=True) == ()
