"""What no rule looks at is told."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from safemigrate.cli.lint import exit_code
from safemigrate.config import FailOn
from safemigrate.lint import Conditions, LintResult, Script, lint_scripts
from safemigrate.rulebook import load_rules

GIVEN = """
CREATE TABLE users (id bigint PRIMARY KEY, nickname text, team bigint);
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TYPE mood AS ENUM ('ok');
CREATE VIEW names AS SELECT nickname FROM users;
CREATE INDEX users_team ON users (team);
"""


def told(sql: str) -> tuple[str, ...]:
    # a rule to come must not make these tests fail
    rules = [rule for rule in load_rules() if rule.name in ("drop-column", "unreadable", "lock-timeout")]
    conditions = Conditions(datetime.date(2026, 6, 1), schema_sql=GIVEN)
    return lint_scripts([Script(Path("a.sql"), sql)], rules, conditions).unjudged


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("DROP TABLE users", "DROP TABLE"),
        ("ALTER TABLE users RENAME TO people", "RENAME TABLE"),
        ("ALTER TABLE users SET SCHEMA crm", "SET SCHEMA"),
        ("TRUNCATE users, teams", "TRUNCATE"),
        ("DELETE FROM users", "DELETE"),
        ("ALTER TABLE users ALTER COLUMN id TYPE text", "ALTER TYPE"),
        ("ALTER TABLE users ADD FOREIGN KEY (team) REFERENCES teams", "ADD FOREIGN KEY"),
        ("ALTER TABLE users ADD CHECK (id > 0)", "ADD CHECK"),
        ("ALTER TABLE users ADD UNIQUE (nickname)", "ADD UNIQUE"),
        ("ALTER TABLE users DROP CONSTRAINT users_pkey", "DROP CONSTRAINT"),
        ("ALTER TABLE users ALTER COLUMN id DROP DEFAULT", "DROP DEFAULT"),
        ("DROP INDEX users_team", "DROP INDEX"),
        ("DROP VIEW names", "DROP VIEW"),
        ("DROP TYPE mood", "DROP TYPE"),
        ("DROP SCHEMA crm", "DROP SCHEMA"),
        ("ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'", "RENAME VALUE"),
        ("REVOKE ALL ON users FROM web", "REVOKE"),
        ("LOCK TABLE users IN SHARE MODE", "LOCK TABLE"),
        ("CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f()", "CREATE TRIGGER"),
        ("CREATE OR REPLACE VIEW names AS SELECT 1 AS one", "CREATE OR REPLACE VIEW"),
    ],
)
def test_what_may_do_harm_is_told(sql: str, words: str) -> None:
    assert told(sql) == (words,)


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE users DROP COLUMN nickname",
        "DO $$ BEGIN EXECUTE current_user; END $$",
        "CREATE SCHEMA crm; CREATE SEQUENCE s; CREATE VIEW v AS SELECT 1",
        "INSERT INTO teams VALUES (1); SELECT 1; SET lock_timeout = '1s'; BEGIN; COMMIT",
        "COMMENT ON TABLE users IS 'people'; GRANT SELECT ON users TO web",
        "ALTER TABLE users ALTER COLUMN team SET DEFAULT 1",
    ],
)
def test_what_a_rule_judges_or_only_adds_is_not_told(sql: str) -> None:
    assert told(sql) == ()


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t (a int); CREATE INDEX i ON t (a); DROP INDEX i; TRUNCATE t; DROP TABLE t",
        "CREATE TABLE t (a int); REVOKE ALL ON t FROM web",
        "CREATE TYPE size AS ENUM ('s'); ALTER TYPE size ADD VALUE 'm'; DROP TYPE size",
        "CREATE VIEW v AS SELECT 1; DROP VIEW v",
    ],
)
def test_what_the_script_made_itself_is_not_told(sql: str) -> None:
    assert [words for words in told(sql) if words != "CREATE INDEX"] == []


def test_strict_does_not_pass_what_no_rule_judges() -> None:
    result = LintResult(unjudged=("DROP TABLE",))
    assert exit_code(result, FailOn.ERROR, strict=True) == 3
    assert exit_code(result, FailOn.ERROR, strict=False) == 0
