"""We read what PostgreSQL's own parser reads: the same operations, with the same names and flags."""

from __future__ import annotations

import pytest
from differential import Verdict, compared
from fuzz import examples
from grammar import alterations, statements
from hypothesis import HealthCheck, given, settings
from pglast import keywords
from statement_cases import cases

STATEMENTS = [case.sql for case in cases("statements/*.sql")]
READ_ALIKE = (Verdict.AGREED, Verdict.REFUSED)
# made faster than Hypothesis likes to wait for
SETTINGS = settings(max_examples=examples(700), suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("sql", STATEMENTS, ids=lambda sql: " ".join(sql.split())[:80])
def test_a_statement_of_the_fixtures_is_read_as_postgresql_reads_it(sql: str) -> None:
    verdict, why = compared(sql)

    # what PostgreSQL would refuse, or takes and we do not, stands in the fixtures as such
    assert verdict not in (Verdict.DIFFERENT, Verdict.UNTRANSLATED), why


def _check(sql: str) -> None:
    verdict, why = compared(sql)
    assert verdict in (*READ_ALIKE, Verdict.READ_ANYWAY), f"{verdict.value}: {why}\n{sql}"


@given(statements())
@SETTINGS
def test_a_generated_statement_is_read_as_postgresql_reads_it(sql: str) -> None:
    _check(sql)


@given(alterations())
@SETTINGS
def test_a_generated_alter_table_is_read_as_postgresql_reads_it(sql: str) -> None:
    _check(sql)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT {0}.{0} FROM a, {0}",
        "SELECT a + {0} AS {0} FROM b AS {0} WHERE {0} > 1 GROUP BY {0} ORDER BY {0}",
        "SELECT count(*) FROM a JOIN {0} ON a.{0} = {0}.{0}",
        "INSERT INTO {0} ({0}) SELECT {0} FROM {0}",
        "UPDATE {0} SET {0} = {0} WHERE {0} IN (SELECT {0} FROM {0})",
    ],
)
def test_a_word_that_can_be_a_name_is_one_in_a_query(query: str) -> None:
    words = sorted(keywords.UNRESERVED_KEYWORDS)

    assert [word for word in words if compared(query.format(word))[0] is not Verdict.AGREED] == []


@pytest.mark.parametrize(
    ("sql", "verdict"),
    [
        ("ALTER TABLE t RENAME a TO b", Verdict.AGREED),
        ("SAVEPOINT a", Verdict.AGREED),
        ("CREATE TABLE a (a int, a int PRIMARY KEY)", Verdict.AGREED),
        ("DO $$ BEGIN EXECUTE format('DROP TABLE %I', 'x'); END $$", Verdict.AGREED),
        ("CREATE SCHEMA s CREATE TABLE t (id int)", Verdict.UNREADABLE),
        ("ALTER TABLE t ADD COLUMN", Verdict.REFUSED),
        ("", Verdict.REFUSED),
    ],
)
def test_what_became_of_a_statement_is_told(sql: str, verdict: Verdict) -> None:
    assert verdict is compared(sql)[0]
