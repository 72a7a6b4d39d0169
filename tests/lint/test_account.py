"""What a revision does, statement by statement; the conflicts of locks are those of a real server."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import psycopg

from safemigrate.history import Phase, Reading, Revision, Statement
from safemigrate.lint.account import CONFLICTS, Account, accounts
from safemigrate.rulebook import Hazard, judge, load_rules, replay
from safemigrate.schema import LockMode, Schema, Work, after
from safemigrate.sql import read

PATH = Path("0007.py")
RULES = [rule for rule in load_rules() if not rule.page.opt_in]
GIVEN = "CREATE TABLE users (id bigint PRIMARY KEY, nickname text, email text)"


def account(*statements: str, phase: Phase | None = None, transaction: int | None = 0) -> Account:
    schema = Schema(complete=True)
    for operation in read(GIVEN):
        schema = after(operation, schema)
    revision = Revision("0007", (), PATH, phase)
    written = [Statement(sql, "0007", PATH, n, transaction=transaction) for n, sql in enumerate(statements, start=1)]
    runs = tuple(replay([Reading(revision, tuple(written))], schema))
    (found,) = accounts(runs, judge(RULES, runs))
    return found


def test_the_conflicts_are_those_of_a_real_server(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as first, psycopg.connect(database, autocommit=True) as second:
        first.execute("CREATE TABLE t ()")
        wrong = []
        for held, asked in product(LockMode, LockMode):
            with first.transaction():
                first.execute(f"LOCK TABLE t IN {held} MODE".encode())
                if conflicts(second, asked) != (asked in CONFLICTS[held]):
                    wrong.append((held, asked))
    assert wrong == []


def conflicts(connection: psycopg.Connection, mode: LockMode) -> bool:
    try:
        with connection.transaction():
            connection.execute(f"LOCK TABLE t IN {mode} MODE NOWAIT".encode())
    except psycopg.errors.LockNotAvailable:
        return True
    return False


def test_a_statement_tells_its_locks_work_hazards_and_phase() -> None:
    (step,) = account("ALTER TABLE users DROP COLUMN nickname").steps
    (held,) = step.locks
    assert (held.lock.mode, held.blocks_reads, held.blocks_writes) == (LockMode.ACCESS_EXCLUSIVE, True, True)
    assert (step.work, step.suggested_phase) == (Work.INSTANT, Phase.CONTRACT)
    assert {Hazard.BREAKS_OLD, Hazard.LOSES_DATA} <= step.hazards


def test_a_finding_stands_at_its_own_statement() -> None:
    same_line = "ALTER TABLE users DROP COLUMN nickname"
    steps = account("SET LOCAL lock_timeout = '1s'", same_line, "SELECT 1").steps
    assert [sorted({f.rule for f in step.findings}) for step in steps] == [[], ["drop-column"], []]


def test_locks_are_held_to_the_end_of_the_transaction() -> None:
    two = ("ALTER TABLE users ADD COLUMN phone text", "UPDATE users SET phone = ''")
    assert [step.behind for step in account(*two).steps] == [1, 0]
    assert [step.behind for step in account(*two, transaction=None).steps] == [0, 0]


def test_nobody_waits_for_a_table_that_the_revision_makes() -> None:
    _, step = account("CREATE TABLE teams (id bigint)", "CREATE INDEX ON teams (id)").steps
    assert [(held.new, held.blocks_writes) for held in step.locks] == [(True, False)]


def test_what_cannot_be_read_is_not_called_harmless() -> None:
    (step,) = account("DO $$ BEGIN EXECUTE current_user; END $$").steps
    assert (step.readable, step.work, Hazard.UNREADABLE in step.hazards) == (False, Work.UNKNOWN, True)


def test_in_contract_a_drop_belongs_there() -> None:
    found = account("ALTER TABLE users DROP COLUMN nickname", phase=Phase.CONTRACT)
    assert (found.phase, found.steps[0].suggested_phase) == (Phase.CONTRACT, None)
