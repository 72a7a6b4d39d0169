"""What is judged while it is being read is judged as it is afterwards."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from safemigrate.history import History, load
from safemigrate.lint import Conditions, Selection, everything, named
from safemigrate.lint.hearing import Ahead, Hearing
from safemigrate.lint.readings import Gathered
from safemigrate.lint.revisions import judged
from safemigrate.lint.select import needed
from safemigrate.rulebook import load_rules

RULES = tuple(load_rules())
CONDITIONS = Conditions(datetime.date(2026, 1, 1))
HEAD = "from alembic import op\nimport sqlalchemy as sa\nrevision = {!r}\ndown_revision = {!r}\n"
BODY = "def upgrade():\n    {}\ndef downgrade():\n    {}\n"
BEGUN = {
    "a": ("op.create_table('users', sa.Column('id', sa.Integer(), primary_key=True))", "op.drop_table('users')"),
    "b": ("op.add_column('users', sa.Column('nick', sa.Text()))", "op.drop_column('users', 'nick')"),
    "c": ("op.create_index('ix', 'users', ['nick'])", "op.drop_index('ix', 'users')"),
    "d": ("op.alter_column('users', 'nick', nullable=False)", "op.execute('LOCK TABLE users')"),
}
#: a table that was there before the history
OLDER = BEGUN | {"b": ("op.add_column('orders', sa.Column('nick', sa.Text()))", "pass")}
AT_ONCE = {"a": ("op.drop_column('users', 'x')", "pass")} | {id: BEGUN[id] for id in "bcd"}
#: only what is under review speaks of another table
WRONG = BEGUN | {"d": ("op.alter_column('user', 'nick', nullable=False)", "pass")}
NOTHING = {"a": ("pass", "pass")}

Write = Callable[[Mapping[str, tuple[str, str]]], History]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(bodies: Mapping[str, tuple[str, str]]) -> History:
        (tmp_path / "migrations" / "versions").mkdir(parents=True)
        (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
        down = None
        for id, (up, back) in bodies.items():
            text = HEAD.format(id, down) + BODY.format(up, back)
            (tmp_path / "migrations" / "versions" / f"{id}.py").write_text(text)
            down = id
        return load(tmp_path / "alembic.ini")

    return write


def heard(history: History, selection: Selection, cache: Path) -> tuple[Gathered, Ahead]:
    gathered = Gathered(history, selection.ids, needed(history, selection.ids), cache)
    assert gathered.is_empty
    ahead = Ahead(Hearing(history, RULES, selection, CONDITIONS), selection.ids)
    gathered.read(arrived=ahead.hear)
    return gathered, ahead


@pytest.mark.parametrize(
    ("bodies", "ids", "empty"),
    [
        pytest.param(BEGUN, "abcd", True, id="all"),
        pytest.param(BEGUN, "d", True, id="the last"),
        pytest.param(BEGUN, "bc", True, id="some, with one behind them"),
        pytest.param(OLDER, "d", False, id="an older table before"),
        pytest.param(OLDER, "abcd", False, id="an older table among all"),
        pytest.param(AT_ONCE, "d", False, id="an older table first"),
        pytest.param(WRONG, "d", True, id="only the one under review is wrong"),
        pytest.param(WRONG, "abcd", False, id="one of all is wrong"),
        pytest.param(NOTHING, "a", False, id="nothing tells"),
    ],
)
def test_ahead_and_behind_say_the_same(
    write: Write, tmp_path: Path, bodies: Mapping[str, tuple[str, str]], ids: str, empty: bool
) -> None:
    history = write(bodies)
    selection = named(history, list(ids))
    gathered, ahead = heard(history, selection, tmp_path / "cache")
    ready = gathered.prepared()

    assert (ahead.verdict() is not None) == empty
    found = judged(history, RULES, selection, CONDITIONS, ready=ready, ahead=ahead)
    assert found == judged(history, RULES, selection, CONDITIONS)
    assert found.judged


def test_a_start_is_kept(write: Write, tmp_path: Path) -> None:
    history = write(BEGUN)
    selection = named(history, ["d"])
    gathered, ahead = heard(history, selection, tmp_path / "cache")
    judged(history, RULES, selection, CONDITIONS, ready=gathered.prepared(), ahead=ahead)

    again = Gathered(history, selection.ids, needed(history, selection.ids), tmp_path / "cache").prepared()
    assert again.start is not None
    assert again.start.revisions == ("a", "b", "c")


def test_all_of_it_finds_something_both_ways(write: Write, tmp_path: Path) -> None:
    history = write(BEGUN)
    _, ahead = heard(history, everything(history), tmp_path / "cache")
    verdict = ahead.verdict()
    assert verdict is not None
    assert {finding.direction for finding in verdict.findings} == {"upgrade", "downgrade"}
