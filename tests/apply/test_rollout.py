"""A rollout from expand to contract, and what it does when it is run again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from histories import ROWS, TABLE, alembic, apply, ask, catalog, made, project, revision, stamped, version

from safemigrate.apply import Did, Project, State, read_status
from safemigrate.errors import PhasePending, SeveralHeads, StepFailed, UnknownPosition
from safemigrate.history import Phase
from safemigrate.schema.catalog import differences


def test_the_phases_end_where_alembic_upgrade_head_ends(
    live: Project, renamed: Path, make_database: Callable[[], str]
) -> None:
    expected = make_database()
    stamped(renamed, expected)
    alembic(renamed, expected, "upgrade", "head", allow=True)
    expand, migrate, contract = apply(live, *Phase)
    url = live.environment.url
    assert differences(catalog(expected), catalog(url)) == ()
    assert version(url) == "r2_contract"
    assert expand.position == ("r2",)
    assert [step.did for outcome in (expand, migrate, contract) for step in outcome.steps] == [Did.RAN] * 7
    assert migrate.rows == ROWS
    assert ask(url, "SELECT count(*) FROM users WHERE name IS NOT NULL") == ROWS


def test_applied_phases_are_no_work_a_second_time(live: Project) -> None:
    apply(live, *Phase)
    before = catalog(live.environment.url)
    runs = ask(live.environment.url, "SELECT count(*) FROM safemigrate.run")
    assert [outcome.run for outcome in apply(live, *Phase)] == [None, None, None]
    assert differences(before, catalog(live.environment.url)) == ()
    assert ask(live.environment.url, "SELECT count(*) FROM safemigrate.run") == runs


def test_a_phase_waits_for_those_before_it(live: Project) -> None:
    with pytest.raises(PhasePending, match="apply --phase expand"):
        apply(live, Phase.MIGRATE)
    apply(live, Phase.EXPAND)
    with pytest.raises(PhasePending, match="apply --phase migrate"):
        apply(live, Phase.CONTRACT)
    assert version(live.environment.url) == "r2"


def test_no_contract_is_due_before_an_expand(folder: Path, live: Project) -> None:
    (nothing,) = apply(live, Phase.CONTRACT)
    assert (nothing.run, nothing.pending[0]) == (None, ("r2", Phase.EXPAND))
    apply(live, Phase.EXPAND, Phase.MIGRATE)
    revision(folder, "r3", "r2_contract", 'op.execute("ALTER TABLE audit ADD COLUMN who text")', phase="expand")
    # each release begins with the contract of the one before it
    later = apply(project(folder, live.environment.url), Phase.CONTRACT, Phase.EXPAND, Phase.MIGRATE)
    assert [len(outcome.steps) > 0 for outcome in later] == [True, True, False]
    assert version(live.environment.url) == "r3"


def test_the_next_expand_waits_for_the_contract_before_it(folder: Path, live: Project) -> None:
    apply(live, Phase.EXPAND, Phase.MIGRATE)
    revision(folder, "r3", "r2_contract", 'op.execute("ALTER TABLE audit ADD COLUMN who text")', phase="expand")
    later = project(folder, live.environment.url)
    with pytest.raises(PhasePending, match="apply --phase contract"):
        apply(later, Phase.EXPAND)
    apply(later, Phase.CONTRACT, Phase.EXPAND)
    assert version(live.environment.url) == "r3"


def test_what_somebody_did_by_hand_is_found_done(live: Project) -> None:
    apply(live, *Phase)
    before = catalog(live.environment.url)
    with psycopg.connect(live.environment.url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'r2'")
        connection.execute("DROP SCHEMA safemigrate CASCADE")
    migrate, contract = apply(live, Phase.MIGRATE, Phase.CONTRACT)
    assert {step.did for step in (*migrate.steps, *contract.steps)} == {Did.FOUND_DONE}
    assert version(live.environment.url) == "r2_contract"
    assert differences(before, catalog(live.environment.url)) == ()


def test_statements_whose_outcome_is_there_are_left_out_of_a_step(live: Project) -> None:
    with psycopg.connect(live.environment.url) as connection:
        connection.execute("ALTER TABLE users ADD COLUMN name text")
    (outcome,) = apply(live, Phase.EXPAND)
    assert outcome.steps[0].did is Did.RAN
    assert ask(live.environment.url, "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'zzz%'") == 1


def test_a_step_that_is_refused_leaves_nothing_and_says_where(tmp_path: Path, database: str) -> None:
    folder = made(tmp_path / "project")
    revision(folder, "r1", None, TABLE)
    body = (
        'op.execute("ALTER TABLE audit ADD COLUMN who text")\nop.execute("ALTER TABLE audit ADD CHECK (id / 0 > 1)")'
    )
    path = revision(folder, "r2", "r1", body, phase="expand")
    stamped(folder, database)
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO audit VALUES (1, 'secret of a customer')")
    with pytest.raises(StepFailed, match="division by zero") as caught:
        apply(project(folder, database), Phase.EXPAND)
    assert str(path) in str(caught.value)
    assert "secret of a customer" not in str(caught.value)
    assert ask(database, "SELECT count(*) FROM pg_attribute WHERE attname = 'who'") == 0
    assert ask(database, "SELECT state FROM safemigrate.run") == "stopped"


def test_several_steps_of_one_revision_go_on_behind_the_last_that_ran(tmp_path: Path, database: str) -> None:
    folder = made(tmp_path / "project")
    revision(folder, "r1", None, TABLE)
    body = """
op.execute("INSERT INTO audit VALUES (1, 'once')")
with op.get_context().autocommit_block():
    op.execute("CREATE UNIQUE INDEX CONCURRENTLY users_full_name ON users (full_name)")
"""
    revision(folder, "r2", "r1", body, phase="expand")
    stamped(folder, database, rows=10)
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO users (full_name) VALUES ('user 1')")
    live = project(folder, database)
    with pytest.raises(StepFailed, match="could not create unique index"):
        apply(live, Phase.EXPAND)
    assert version(database) == "r1"
    assert ask(database, "SELECT to_regclass('users_full_name')") is None
    assert read_status(live).pending[0].steps[0].state is State.DONE
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM users WHERE id = 11")
    (outcome,) = apply(live, Phase.EXPAND)
    assert [step.did for step in outcome.steps] == [Did.FOUND_DONE, Did.RAN]
    assert ask(database, "SELECT count(*) FROM audit") == 1


def test_an_insert_runs_again_once_its_revision_was_taken_back(tmp_path: Path, database: str) -> None:
    folder = made(tmp_path / "project")
    revision(folder, "r1", None, TABLE)
    revision(folder, "r2", "r1", "op.execute(\"INSERT INTO audit VALUES (1, '100% sure')\")", phase="expand")
    stamped(folder, database)
    live = project(folder, database)
    apply(live, Phase.EXPAND)
    assert ask(database, "SELECT note FROM audit") == "100% sure"
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM audit")
        connection.execute("UPDATE alembic_version SET version_num = 'r1'")
    apply(live, Phase.EXPAND)
    assert ask(database, "SELECT count(*) FROM audit") == 1


def test_a_revision_of_another_branch_is_named(live: Project) -> None:
    with psycopg.connect(live.environment.url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'feature'")
    with pytest.raises(UnknownPosition, match='at revision "feature"'):
        apply(live, Phase.EXPAND)


def test_two_heads_are_refused(live: Project, folder: Path) -> None:
    revision(folder, "r9", "r1", "pass")
    with pytest.raises(SeveralHeads, match="alembic merge heads"):
        apply(project(folder, live.environment.url), Phase.EXPAND)


def test_a_revision_that_reads_data_is_run_by_alembic(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made(tmp_path / "project")
    revision(folder, "r1", None, TABLE)
    body = """
connection = op.get_bind()
for id, name in connection.execute(sa.text("SELECT id, full_name FROM users WHERE id <= 3")).all():
    connection.execute(sa.text("INSERT INTO audit VALUES (:id, :note)"), {"id": id, "note": name.upper()})
"""
    revision(folder, "r2", "r1", body, phase="expand")
    revision(folder, "r3", "r2", 'op.execute("ALTER TABLE audit ADD COLUMN who text")', phase="expand")
    stamped(folder, database)
    monkeypatch.setenv("TEST_DATABASE_URL", "postgresql://nowhere.invalid/x")
    (outcome,) = apply(project(folder, database), Phase.EXPAND)
    assert [step.kind for step in outcome.steps] == ["alembic", "transaction"]
    assert ask(database, "SELECT string_agg(note, ', ' ORDER BY id) FROM audit") == "USER 1, USER 2, USER 3"
    assert version(database) == "r3"


def test_status_tells_what_is_half_done_without_changing_anything(live: Project) -> None:
    status = read_status(live)
    assert status.next_command == "safemigrate apply --phase expand"
    assert [step.state for step in status.pending[0].steps] == [State.OPEN, State.OPEN]
    assert ask(live.environment.url, "SELECT to_regnamespace('safemigrate')") is None
    apply(live, Phase.EXPAND)
    status = read_status(live)
    assert status.rows == ("r2",)
    assert status.last_run is not None
    assert status.last_run.state == "done"
    assert [r.id for r in status.pending] == ["r2_migrate", "r2_contract"]
