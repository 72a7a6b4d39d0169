"""What rules on drops, renames and defaults say where the history before, or the rest of the transaction, decides.

Each page shows its rule to a real server; these cases are the finer conditions, asked of the rule alone.
"""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import pytest
from net_change_cases import CASES, GIVEN, Case

from safemigrate.lint import Conditions, Script, lint_scripts
from safemigrate.rulebook import Rule, judge, load_rules, replay
from safemigrate.schema import Schema

RULES = {rule.name: rule for rule in load_rules()}


def said(case: Case, rule: Rule) -> str:
    """The hazards that *rule* finds in the change, in order; one that is not certain ends in a question mark."""
    today = datetime.date(2026, 6, 1)
    conditions = Conditions(today, schema_sql=case.given if case.complete else "", postgres=case.postgres)
    change = Script(Path("change.sql"), case.sql, case.autocommit)
    scripts = [change] if case.complete else [Script(Path("given.sql"), case.given), change]
    found = [f for f in lint_scripts(scripts, [rule], conditions).findings if f.path == change.path]
    words = {f"{hazard.value}{'' if f.certain else '?'}" for f in found for hazard in f.hazards}
    return " ".join(sorted(words))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_rule_judges_the_net_change(case: Case) -> None:
    assert case.expected == said(case, RULES[case.rule])


def test_cases_have_names_of_their_own() -> None:
    keys = [replace(case, expected="") for case in CASES]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("rule", "sql"),
    [
        ("move-table", "ALTER TABLE app.users SET SCHEMA public"),
        ("rename-type", "ALTER TYPE app.mood SET SCHEMA public"),
        ("rename-routine", "ALTER FUNCTION app.tax() SET SCHEMA public"),
    ],
)
@pytest.mark.parametrize(
    ("path", "found"), [(("app", "public"), False), (("public",), True), (("app",), True), (("other",), True)]
)
def test_what_stays_on_the_search_path_is_found(rule: str, sql: str, path: tuple[str, ...], found: bool) -> None:
    given = """
        CREATE SCHEMA app; CREATE TABLE app.users (id bigint); CREATE TYPE app.mood AS ENUM ('sad');
        CREATE FUNCTION app.tax() RETURNS int LANGUAGE sql AS 'SELECT 1'
    """
    readings = [Script(Path(name), text).reading() for name, text in (("given.sql", given), ("change.sql", sql))]
    runs = list(replay(readings, Schema(complete=True, search_path=path)))
    assert found == bool(judge([RULES[rule]], runs[1:]))


@pytest.mark.parametrize(("postgres", "written"), [(None, None), (14, None), (15, "WITH (security_invoker = true) ")])
def test_view_of_the_old_name_keeps_to_row_policies_where_it_can(postgres: int | None, written: str | None) -> None:
    conditions = Conditions(datetime.date(2026, 6, 1), schema_sql=GIVEN, postgres=postgres)
    script = Script(Path("change.sql"), "ALTER TABLE lists RENAME TO items")
    (finding,) = lint_scripts([script], [RULES["rename-table"]], conditions).findings
    sql = " ".join(text for fix in finding.fix for text in fix.sql)
    assert (f"CREATE VIEW lists {written}AS" in sql) if written else (not sql and "row security" in finding.refusal)
