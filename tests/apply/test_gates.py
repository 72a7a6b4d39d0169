"""The gates of a contract: who is connected, what is filled, what would be lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from histories import NEW, OLD, TABLE, apply, ask, catalog, made, project, revision, stamped, version

from safemigrate.apply import Evidence, GateOptions, Project, Verdict, can_contract
from safemigrate.apply.activity import connected
from safemigrate.apply.gates import expand_of
from safemigrate.apply.session import connect
from safemigrate.errors import GateClosed, GatesClosed
from safemigrate.history import Phase
from safemigrate.history.environment import Environment
from safemigrate.schema import Name
from safemigrate.schema.catalog import differences
from safemigrate.schema.sync import CreateFillFunction, CreateSyncTrigger, fill_trigger

ONCE = GateOptions(samples=1)


@pytest.fixture
def migrated(live: Project) -> Project:
    apply(live, Phase.EXPAND, Phase.MIGRATE)
    return live


@contextmanager
def process(live: Project, name: str) -> Iterator[None]:
    with psycopg.connect(live.environment.url, application_name=name, autocommit=True):
        yield


def gate(evidence: tuple[Evidence, ...], name: str) -> Evidence:
    return next(each for each in evidence if each.gate == name)


def test_a_contract_is_refused_while_the_old_version_is_connected(migrated: Project) -> None:
    before = catalog(migrated.environment.url)
    with process(migrated, OLD), process(migrated, NEW):
        versions = gate(can_contract(migrated, gates=ONCE), "versions")
        with pytest.raises(GatesClosed, match="the old version is connected") as caught:
            apply(migrated, Phase.CONTRACT)
    assert versions.verdict is Verdict.NO
    assert OLD in versions.sentence
    assert NEW not in versions.sentence
    assert caught.value.exit_code == 4
    assert version(migrated.environment.url) == "r2_migrate"
    assert differences(before, catalog(migrated.environment.url)) == ()
    with process(migrated, NEW):
        apply(migrated, Phase.CONTRACT)
    assert version(migrated.environment.url) == "r2_contract"


@pytest.mark.parametrize("name", ["", "psql", "users@3/gone"])
def test_who_cannot_be_told_closes_the_gate(migrated: Project, name: str) -> None:
    with process(migrated, name):
        found = gate(can_contract(migrated, gates=ONCE), "versions")
        with pytest.raises(GatesClosed, match="cannot be told"):
            apply(migrated, Phase.CONTRACT)
    assert found.verdict is Verdict.UNPROVEN
    assert "pid" in found.sentence


def test_sessions_that_are_no_version_may_be_ignored_by_name(migrated: Project) -> None:
    with process(migrated, "pgAdmin 4 - DB:shop"):
        options = GateOptions(samples=1, ignored=("pgAdmin*",))
        assert gate(can_contract(migrated, gates=options), "versions").verdict is Verdict.YES


def test_an_old_version_that_comes_and_goes_is_seen_in_one_of_several_samples(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = psycopg.connect(database, application_name=OLD)

    def gone(pid: int) -> bool:
        return ask(database, f"SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}") == 0

    def pause(seconds: float) -> None:
        pid = visitor.info.backend_pid
        visitor.close()
        while not gone(pid):
            pass

    monkeypatch.setattr("safemigrate.apply.activity.time.sleep", pause)
    with connect(Environment(database), application_name="safemigrate:test") as connection:
        seen = connected(connection, GateOptions(samples=2))
        assert [session.application_name for session in seen if session.revision] == [OLD]
        assert [session for session in connected(connection) if session.revision] == []


def test_rows_out_of_step_close_the_gate(migrated: Project) -> None:
    with psycopg.connect(migrated.environment.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE users SET full_name = 'behind the trigger' WHERE id < 4")
    found = [each for each in can_contract(migrated, gates=ONCE) if each.verdict is Verdict.NO]
    assert [each.gate for each in found] == ["data"]
    assert "3 rows of users" in found[0].sentence
    with pytest.raises(GatesClosed, match="3 rows of users"):
        apply(migrated, Phase.CONTRACT)


@pytest.mark.parametrize(("statement", "word"), [("DISABLE", "disabled"), ("DROP", "missing")])
def test_a_trigger_that_no_longer_watches_closes_the_gate(migrated: Project, statement: str, word: str) -> None:
    trigger = "zzz_safemigrate_users_name"
    written = (
        f"DROP TRIGGER {trigger} ON users" if statement == "DROP" else f"ALTER TABLE users DISABLE TRIGGER {trigger}"
    )
    with psycopg.connect(migrated.environment.url) as connection:
        connection.execute(written.encode())
    found = [each for each in can_contract(migrated, gates=ONCE) if each.verdict is Verdict.NO]
    assert any(word in each.sentence for each in found)


@pytest.mark.parametrize(("statement", "verdict"), [("SET", Verdict.YES), ("DROP", Verdict.NO)])
def test_a_column_that_refuses_null_needs_no_trigger_that_fills_it(
    tmp_path: Path, database: str, statement: str, verdict: Verdict
) -> None:
    """A database that ran the authored revision has the NOT NULL, and never had the trigger."""
    folder, audit = made(tmp_path / "project"), Name("audit")
    trigger = fill_trigger(audit, "note")
    revision(folder, "r1", None, TABLE)
    filled = CreateFillFunction(audit, "note", "'none'").sql().replace(":", r"\:")
    expand = [filled, CreateSyncTrigger(audit, "note").sql()]
    contract = ["ALTER TABLE users ADD COLUMN age int", f"DROP TRIGGER IF EXISTS {trigger} ON audit"]
    revision(folder, "r2", "r1", "\n".join(f"op.execute({each!r})" for each in expand), phase="expand")
    body = "\n".join(f"op.execute({each!r})" for each in contract)
    revision(folder, "r2_contract", "r2", body, phase="contract")
    stamped(folder, database, rows=3)
    live = project(folder, database)
    apply(live, Phase.EXPAND)
    with psycopg.connect(database) as connection:
        connection.execute(f"DROP TRIGGER {trigger} ON audit".encode())
        connection.execute(f"ALTER TABLE audit ALTER COLUMN note {statement} NOT NULL".encode())
    assert gate(can_contract(live, gates=ONCE), "data").verdict is verdict


def test_a_contract_that_was_stopped_in_the_middle_goes_on(migrated: Project) -> None:
    """Its trigger is gone already, which is no reason to close the gate."""
    url = migrated.environment.url
    apply(migrated, Phase.CONTRACT)
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'r2_migrate'")
        connection.execute("ALTER TABLE users ADD COLUMN full_name text")
        connection.execute("UPDATE safemigrate.step SET closed = false WHERE revision = 'r2_contract' AND number < 4")
    apply(migrated, Phase.CONTRACT)
    assert ask(url, "SELECT count(*) FROM pg_attribute WHERE attname = 'full_name'") == 0


def test_what_would_be_lost_is_asked_for(tmp_path: Path, database: str) -> None:
    folder = made(tmp_path / "project")
    revision(folder, "r1", None, TABLE)
    revision(folder, "r2", "r1", 'op.execute("ALTER TABLE audit DROP COLUMN note")', phase="contract")
    stamped(folder, database)
    live = project(folder, database)
    assert gate(can_contract(live, gates=ONCE), "data loss").verdict is Verdict.YES
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO audit VALUES (1, 'kept'), (2, NULL)")
    assert gate(can_contract(live, gates=ONCE), "data loss").verdict is Verdict.ASKS
    with pytest.raises(GatesClosed, match=r'audit\.note in 1 rows \("r2"\) would be lost; --accept loses-data'):
        apply(live, Phase.CONTRACT)
    apply(live, Phase.CONTRACT, gates=GateOptions(samples=1, accept_data_loss=True))
    assert "would be lost, which was accepted" in ask(database, "SELECT evidence::text FROM safemigrate.run")


@pytest.mark.parametrize("phase", [None, "expand", "migrate"])
@pytest.mark.parametrize(
    ("statement", "lost"),
    [
        ("ALTER TABLE users DROP COLUMN full_name", r"users\.full_name in 3 rows"),
        ("DROP TABLE users", "3 rows of users"),
        ("ALTER TABLE users ADD COLUMN x int; DELETE FROM users WHERE x IS NULL", "3 rows of users"),
    ],
)
def test_a_loss_is_asked_about_whatever_the_phase(
    tmp_path: Path, database: str, phase: str | None, statement: str, lost: str
) -> None:
    folder = made(tmp_path / "project")
    revision(folder, "r1", None, TABLE)
    revision(folder, "r2", "r1", f'op.execute("{statement}")', phase=phase)
    stamped(folder, database, rows=3)
    live = project(folder, database)
    asked = Phase(phase or "expand")
    with pytest.raises(GateClosed, match=rf'{lost} \("r2"\) would be lost; --accept loses-data') as closed:
        apply(live, asked)
    assert closed.value.exit_code == 4
    assert version(database) == "r1"
    apply(live, asked, gates=GateOptions(samples=1, accept_data_loss=True))
    assert version(database) == "r2"


def test_a_sync_that_ended_long_ago_excuses_no_loss(folder: Path, database: str) -> None:
    """The column of the old name may come back, and then nothing copies it."""
    stamped(folder, database, rows=5)
    apply(project(folder, database), *Phase)
    revision(folder, "r3", "r2_contract", 'op.execute("ALTER TABLE users ADD COLUMN full_name text")')
    revision(folder, "r4", "r3", 'op.execute("ALTER TABLE users DROP COLUMN full_name")', phase="contract")
    again = project(folder, database)
    apply(again, Phase.EXPAND)
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE users SET full_name = 'mine' WHERE id < 3")
    with pytest.raises(GatesClosed, match=r"users\.full_name in 2 rows"):
        apply(again, Phase.CONTRACT)


def test_a_renamed_column_loses_nothing(migrated: Project) -> None:
    assert all(each.gate != "data loss" for each in can_contract(migrated, gates=ONCE))


def test_a_contract_belongs_to_the_revision_it_is_named_after(tmp_path: Path) -> None:
    folder = made(tmp_path / "project")
    long = "a_revision_with_a_very_long_name"
    for id, down, phase in [
        ("r1", None, None),
        ("r2", "r1", "expand"),
        ("r3", "r2", "expand"),
        ("r2_contract", "r3", "contract"),
        ("by_hand", "r2_contract", "contract"),
        (long, "by_hand", "expand"),
    ]:
        revision(folder, id, down, "pass", phase=phase)
    from safemigrate.schema.name import shortened

    contract = shortened(f"{long}_contract", limit_bytes=32)
    revision(folder, contract, long, "pass", phase="contract")
    history = project(folder, "postgresql://").history
    assert expand_of(history, "r2_contract") == "r2"
    assert expand_of(history, "by_hand") == "r3"
    assert expand_of(history, contract) == long


def test_nothing_to_contract_is_a_yes_and_an_early_question_a_no(live: Project) -> None:
    (early,) = can_contract(live, gates=ONCE)
    assert early.verdict is Verdict.NO
    assert "comes first" in early.sentence
    apply(live, *Phase)
    (late,) = can_contract(live, gates=ONCE)
    assert late.verdict is Verdict.YES
