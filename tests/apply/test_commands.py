"""The commands apply, status and can-i, as a deployment runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from histories import OLD, ask, revision, stamped, version
from jsonschema import validate

from safemigrate import report
from safemigrate.apply.session import connect, hold_lock, lock_key
from safemigrate.cli import cli
from safemigrate.history.environment import Environment
from safemigrate.schema import Name

Run = Callable[..., Result]
ONCE = ("--samples", "1")


@pytest.fixture
def run(renamed: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command in the project's folder, whose env.py connects to the test's database."""
    stamped(renamed, database)
    monkeypatch.chdir(renamed)
    monkeypatch.setenv("TEST_DATABASE_URL", database)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("SAFEMIGRATE_DATABASE_URL", raising=False)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(cli, list(arguments))

    return invoke


def promised(name: str, result: Result) -> Any:
    """The JSON of *result*, which is as its published schema says."""
    document = json.loads(result.stdout)
    schema = Path(report.__file__).parent / "schemas" / f"{name}.json"
    validate(document, json.loads(schema.read_text()))
    return document


def test_a_deployment_from_end_to_end(run: Run, database: str) -> None:
    before = run("status")
    assert before.exit_code == 0
    assert "at r1" in before.stdout
    assert "next: safemigrate apply --phase expand" in before.stdout
    expand = run("apply", "--phase", "expand")
    assert expand.exit_code == 0, expand.output
    assert "expand is done: 2 steps" in expand.stdout
    assert "next: r2_migrate (migrate): safemigrate apply --phase migrate" in expand.stdout
    assert run("can-i", "contract").exit_code == 1
    migrate = run("apply", "--phase", "migrate")
    assert "5000 rows in" in migrate.stdout
    answer = run("can-i", "contract", *ONCE)
    assert answer.exit_code == 0, answer.output
    assert answer.stdout.startswith("yes: every gate is open")
    assert run("apply", "--phase", "contract", *ONCE).exit_code == 0
    assert version(database) == "r2_contract"
    assert "nothing is pending" in run("status").stdout
    assert "contract: nothing to do" in run("apply", "--phase", "contract").stdout


def test_a_later_release_is_said_to_wait_behind_a_contract(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    revision(folder, "r3", "r2_contract", 'op.execute("ALTER TABLE audit ADD COLUMN who text")', phase="expand")
    assert "contract: nothing to do; the database is at r1" in run("apply", "--phase", "contract", *ONCE).stdout
    for phase in ("expand", "migrate"):
        done = run("apply", "--phase", phase)
        assert done.exit_code == 0, done.output
        assert "not yet: r3 (expand) waits behind r2_contract (contract)" in done.stdout
    assert "not yet" not in run("apply", "--phase", "contract", *ONCE).stdout


def test_machines_read_what_was_promised(run: Run, database: str) -> None:
    status = promised("status", run("status", "--format", "json"))
    assert status["next"] == "safemigrate apply --phase expand"
    outcome = promised("apply", run("apply", "--phase", "expand", "--format", "json"))
    assert [step["did"] for step in outcome["steps"]] == ["ran", "ran"]
    assert outcome["position"] == ["r2"]
    early = run("apply", "--phase", "contract", "--format", "json")
    assert early.exit_code == 4
    assert promised("apply", early)["error"]["exit_code"] == 4
    promised("apply", run("apply", "--phase", "migrate", "--format", "json"))
    with psycopg.connect(database, application_name=OLD):
        answer = run("can-i", "contract", "--format", "json", *ONCE)
        assert answer.exit_code == 1
        assert promised("can-i", answer)["answer"] == "no"
        closed = run("apply", "--phase", "contract", "--format", "json", *ONCE)
        assert promised("apply", closed)["gates"][0]["verdict"] == "no"
    assert promised("status", run("status", "--format", "json"))["last_run"]["phase"] == "migrate"


def test_who_cannot_be_told_is_neither_yes_nor_no(run: Run, database: str) -> None:
    assert run("apply", "--phase", "expand").exit_code == 0
    assert run("apply", "--phase", "migrate").exit_code == 0
    with psycopg.connect(database, application_name="psql"):
        answer = run("can-i", "contract", *ONCE)
        assert answer.exit_code == 3
        assert answer.stdout.startswith(
            'unproven: it cannot be told which version is connected: "psql" in a session (pid '
        )
        assert run("can-i", "contract", *ONCE, "--ignore-application", "psql").exit_code == 0


def test_a_second_apply_ends_with_75(run: Run, database: str) -> None:
    with connect(Environment(database), application_name="safemigrate:expand:3") as holder:
        hold_lock(holder, lock_key(Name("alembic_version", "public")), wait_s=0, observe=lambda event: None)
        result = run("apply", "--phase", "expand", "--wait", "0")
    assert result.exit_code == 75
    assert "waiting for another apply: pid" in result.stdout
    assert "safemigrate:expand:3" in result.stderr


def test_the_url_may_be_given_where_env_py_cannot_run(
    run: Run, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_DATABASE_URL")
    assert run("status").exit_code == 2
    result = run("status", "--database-url", database)
    assert result.exit_code == 0
    assert "note: env.py could not be run: KeyError" in result.stderr
    monkeypatch.setenv("SAFEMIGRATE_DATABASE_URL", database)
    assert run("status").exit_code == 0


def test_a_password_is_never_printed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("postgresql://me:hunter2@127.0.0.1:1/x", "postgresql://me:hunter2%@127.0.0.1:1/x"):
        for arguments in (("--database-url", url), ()):
            monkeypatch.setenv("TEST_DATABASE_URL", url)
            result = run("status", *arguments)
            assert result.exit_code == 2
            assert "hunter2" not in result.output


def test_another_version_table_and_journal_are_named(run: Run, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE SCHEMA ops")
        connection.execute("ALTER TABLE alembic_version SET SCHEMA ops")
    assert run("apply", "--phase", "expand").exit_code == 2
    named = ("--version-table", "ops.alembic_version", "--journal-schema", "ops")
    assert run("apply", "--phase", "expand", *named).exit_code == 0
    assert ask(database, "SELECT count(*) FROM ops.step") == 2


def test_what_a_revision_says_cannot_steer_a_terminal(
    folder: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision(
        folder, "r1a", "r2_contract", "op.execute(\"SELECT 1; COMMENT ON TABLE users IS '\x1b[2J'\")", phase="expand"
    )
    stamped(folder, database)
    ask(database, "UPDATE alembic_version SET version_num = 'r2_contract' RETURNING 1")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TEST_DATABASE_URL", database)
    result = CliRunner().invoke(cli, ["apply", "--phase", "expand"])
    assert result.exit_code == 0, result.output
    assert "\x1b" not in result.output
