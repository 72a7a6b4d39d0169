"""What the page of lock-timeout cannot show: several revisions in one range."""

from __future__ import annotations

from pathlib import Path

from safemigrate.history.statement import Reading, Revision
from safemigrate.rulebook import Finding, Policy, Statement, builtin_folder, judge, load_rule, replay
from safemigrate.schema import Schema

RULE = load_rule(builtin_folder() / "lock_timeout.md")
ADD = "ALTER TABLE users ADD COLUMN note text"


def found(*revisions: tuple[str, ...], policy: Policy | None = None) -> tuple[Finding, ...]:
    readings = []
    for number, statements in enumerate(revisions):
        revision = Revision(f"r{number}", (), Path(f"r{number}.py"))
        sent = (Statement(s, revision.id, revision.path, line) for line, s in enumerate(statements, 1))
        readings.append(Reading(revision, tuple(sent)))
    return judge([RULE], list(replay(readings, Schema())), policy=policy)


def test_each_revision_may_be_deployed_by_itself() -> None:
    (finding,) = found(("SET lock_timeout = '1s'", ADD), (ADD,))
    assert finding.revision == "r1"


def test_one_finding_counts_the_other_statements() -> None:
    (finding,) = found((ADD, ADD), (ADD,))
    assert (finding.revision, finding.line) == ("r0", 1)
    assert "So do 2 more statements." in finding.message


def test_several_actions_are_one_statement() -> None:
    (finding,) = found((f"{ADD}, ADD COLUMN town text",))
    assert "more statement" not in finding.message


def test_it_is_a_warning() -> None:
    (finding,) = found((ADD,))
    assert finding.severity == "warning"


def test_apply_manages_the_timeout() -> None:
    assert found((ADD,), policy=Policy(lock_timeout="managed")) == ()


def test_set_local_ends_with_a_commit_that_the_revision_sends_itself() -> None:
    assert len(found(("SET LOCAL lock_timeout = '1s'", "COMMIT", ADD))) == 1
    assert len(found(("SET LOCAL lock_timeout = '1s'", "SAVEPOINT s", ADD))) == 0


def test_reset_takes_the_timeout_back() -> None:
    assert len(found(("SET lock_timeout = '1s'", "RESET lock_timeout", ADD))) == 1
    assert len(found(("SET lock_timeout = '1s'", "RESET ALL", ADD))) == 1
    assert len(found(("SET lock_timeout = '1s'", "SET statement_timeout = 0", ADD))) == 0
