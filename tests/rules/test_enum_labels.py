"""Labels used in the transaction that adds them: which versions of PostgreSQL take it where the type is new, too."""

from __future__ import annotations

import datetime
from pathlib import Path

import psycopg
import pytest

from safemigrate.lint import Conditions, Script, lint_scripts
from safemigrate.rulebook import Hazard, load_rules
from safemigrate.server import Server

OWN_TYPE = "CREATE TYPE mood AS ENUM ('sad'); ALTER TYPE mood ADD VALUE 'calm'; SELECT 'calm'::mood"


def refused_by_rule(postgres: int | None) -> bool:
    rules = [rule for rule in load_rules() if rule.name == "add-enum-value"]
    conditions = Conditions(datetime.date(2026, 6, 1), postgres=postgres)
    found = lint_scripts([Script(Path("a.sql"), OWN_TYPE)], rules, conditions).findings
    return any(Hazard.FAILS in finding.hazards for finding in found)


def test_rule_knows_what_this_server_says_of_a_type_made_beside_its_label(server: Server, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        try:
            with connection.transaction():
                connection.execute(OWN_TYPE)
            refused = False
        except psycopg.errors.UnsafeNewEnumValueUsage:
            refused = True
    assert refused == refused_by_rule(server.major)


@pytest.mark.parametrize(("postgres", "expected"), [(None, True), (14, True), (16, True), (17, False), (18, False)])
def test_type_made_beside_its_label_is_allowed_from_17_on(postgres: int | None, expected: bool) -> None:
    assert expected == refused_by_rule(postgres)
