"""What is said of a downgrade, and what is not."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest

from safemigrate.history import Direction, load
from safemigrate.lint import Conditions, everything, lint, named
from safemigrate.lint.readings import Gathered, prepared
from safemigrate.rulebook import Finding, Hazard, Severity, load_rules

TODAY = datetime.date(2026, 1, 1)
RULES = tuple(rule for rule in load_rules() if not rule.page.opt_in)

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a history: a table in use, then a revision with these two bodies."""
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    head = "revision = {!r}\ndown_revision = {!r}\nfrom alembic import op\nimport sqlalchemy as sa\n"
    table = "op.create_table('users', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('nick', sa.Text()))"

    def write(upgrade: str, downgrade: str) -> Path:
        (versions / "a.py").write_text(head.format("a", None) + f"def upgrade():\n    {table}\n")
        bodies = f"def upgrade():\n    {upgrade}\ndef downgrade():\n    {downgrade}\n"
        (versions / "b.py").write_text(head.format("b", "a") + bodies)
        return tmp_path / "alembic.ini"

    return write


def backwards(ini: Path, conditions: Conditions | None = None) -> list[Finding]:
    """The findings in the downgrade of the last revision."""
    history = load(ini)
    result = lint(history, RULES, named(history, ["b"]), conditions or Conditions(TODAY))
    return [finding for finding in result.findings if finding.direction is Direction.DOWNGRADE]


ADD = "op.add_column('users', sa.Column('age', sa.Integer()))"


@pytest.mark.parametrize(
    ("downgrade", "hazard"),
    [
        ("op.create_index('ix_nick', 'users', ['nick'])", Hazard.BLOCKS_WRITES),
        ("op.alter_column('users', 'id', type_=sa.BigInteger())", Hazard.REWRITES_TABLE),
        ("op.create_foreign_key('fk', 'users', 'users', ['id'], ['id'])", Hazard.BLOCKS_WRITES),
    ],
)
def test_what_blocks_or_rewrites_is_a_warning(write: Write, downgrade: str, hazard: Hazard) -> None:
    findings = backwards(write(ADD, downgrade))

    assert hazard in {each for finding in findings for each in finding.hazards}
    assert {finding.severity for finding in findings} == {Severity.WARNING}
    assert {finding.line for finding in findings} == {8}
    assert all(finding.message.startswith("In downgrade(): ") and not finding.fix for finding in findings)


@pytest.mark.parametrize(
    "downgrade",
    [
        "op.drop_column('users', 'age')",
        "op.drop_table('users')",
        "op.alter_column('users', 'nick', new_column_name='name')",
        "raise NotImplementedError('no way back')",
        "pass",
    ],
)
def test_what_a_downgrade_is_for_is_not_told(write: Write, downgrade: str) -> None:
    assert backwards(write(ADD, downgrade)) == []


def test_a_table_that_the_upgrade_made_is_in_use_when_it_is_taken_back(write: Write) -> None:
    made = "op.create_table('pets', sa.Column('id', sa.Integer(), primary_key=True))"

    assert backwards(write(made, "op.alter_column('pets', 'id', type_=sa.BigInteger())"))
    assert backwards(write(made, "op.drop_table('pets')")) == []


def test_what_could_not_be_read_is_advice(write: Write) -> None:
    (finding,) = backwards(write(ADD, "raise KeyError('x')"))

    assert (finding.rule, finding.severity, finding.line) == ("unreadable", Severity.ADVICE, 8)


def test_it_can_be_left_out(write: Write) -> None:
    ini = write(ADD, "op.create_index('ix_nick', 'users', ['nick'])")

    assert backwards(ini, Conditions(TODAY, directions=frozenset({Direction.UPGRADE}))) == []


def test_it_is_not_run_where_it_is_left_out(write: Write, tmp_path: Path) -> None:
    history = load(write(ADD, "op.create_index('ix_nick', 'users', ['nick'])"))
    ids = frozenset(history.by_id)

    def read(*directions: Direction) -> set[Direction]:
        gathered = Gathered(history, ids, ids, tmp_path / "cache", directions=directions)
        return {s.direction for reading in gathered.readings().values() for s in reading.statements}

    assert read(Direction.UPGRADE) == {Direction.UPGRADE}
    # what was remembered without it is no answer where it is asked for
    assert read(*Direction) == set(Direction)


def test_it_does_not_hang_on_what_is_remembered(write: Write, tmp_path: Path) -> None:
    ini = write(ADD, "op.create_index('ix_nick', 'users', ['nick'])")
    history = load(ini)
    selection = named(history, ["b"])
    fresh = lint(history, RULES, selection, Conditions(TODAY)).findings

    for _ in range(3):
        ready = prepared(history, selection.ids, set(history.by_id), tmp_path / "cache")
        assert lint(history, RULES, selection, Conditions(TODAY), ready=ready).findings == fresh
    assert ready.start is not None
    assert ready.start.revisions == ("a",)


def test_an_upgrade_is_judged_as_before(write: Write) -> None:
    ini = write("op.create_index('ix_nick', 'users', ['nick'])", "op.drop_index('ix_nick', 'users')")
    history = load(ini)

    findings = lint(history, RULES, everything(history), Conditions(TODAY)).findings

    upwards = [f for f in findings if f.direction is Direction.UPGRADE and Hazard.BLOCKS_WRITES in f.hazards]
    assert Severity.ERROR in {finding.severity for finding in upwards}
