"""The schema behind a line of revisions is remembered, and whatever becomes of the file, findings stay the same."""

from __future__ import annotations

import datetime
import pickle
import threading
from hashlib import sha256
from pathlib import Path

import pytest

from safemigrate.history import load
from safemigrate.lint import Conditions, LintResult, lint, named
from safemigrate.lint.readings import Prepared, prepared
from safemigrate.lint.select import needed
from safemigrate.rulebook import load_rules

RULES = tuple(rule for rule in load_rules() if not rule.page.opt_in)
IMPORTS = "from alembic import op\nimport sqlalchemy as sa\n"
HEAD = "revision = {!r}\ndown_revision = {!r}\n" + IMPORTS + "\ndef upgrade():\n    {}\n"
BODIES = {
    "a": "op.create_table('users', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('nick', sa.Text()))",
    "b": "op.execute('CREATE TABLE notes (id bigint PRIMARY KEY, author int REFERENCES users)')",
    "c": "op.create_index('ix_nick', 'users', ['nick'])",
    "d": "op.drop_column('users', 'nick')",
}


class Harm:
    """What a hostile file would run."""

    def __reduce__(self) -> tuple[object, ...]:
        return exec, ("import pathlib, os; pathlib.Path(os.environ['HARM']).touch()",)


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    (tmp_path / "migrations" / "versions").mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    down = None
    for id, body in BODIES.items():
        (tmp_path / "migrations" / "versions" / f"{id}.py").write_text(HEAD.format(id, down, body))
        down = id
    return tmp_path / "alembic.ini"


def checked(ini: Path, *ids: str) -> tuple[LintResult, Prepared]:
    history = load(ini)
    selection = named(history, ids)
    ready = prepared(history, selection.ids, needed(history, selection.ids), ini.parent / "cache")
    return lint(history, RULES, selection, Conditions(datetime.date(2026, 1, 1)), ready=ready), ready


def unremembered(ini: Path, *ids: str) -> LintResult:
    history = load(ini)
    return lint(history, RULES, named(history, ids), Conditions(datetime.date(2026, 1, 1)))


def files(ini: Path) -> list[Path]:
    return sorted((ini.parent / "cache" / "starts").rglob("*.start"))


def test_what_comes_before_is_neither_read_nor_replayed_twice(ini: Path) -> None:
    checked(ini, "d")
    result, ready = checked(ini, "d")

    assert ready.start is not None
    assert ready.start.revisions == ("a", "b", "c")
    assert set(ready.readings) == {"d"}
    assert result == unremembered(ini, "d")


def test_an_edit_before_is_seen(ini: Path) -> None:
    checked(ini, "d")
    path = ini.parent / "migrations" / "versions" / "b.py"
    path.write_text(path.read_text().replace("author int REFERENCES users", "nick text"))

    result, ready = checked(ini, "d")

    assert ready.start is None
    assert result == unremembered(ini, "d")


def test_a_shorter_line_serves_the_next_revision(ini: Path) -> None:
    checked(ini, "c")
    _, ready = checked(ini, "d")

    assert ready.start is not None
    assert ready.start.revisions == ("a", "b")
    assert set(ready.readings) == {"c", "d"}


def test_a_history_that_did_not_begin_empty_is_remembered_so(ini: Path) -> None:
    path = ini.parent / "migrations" / "versions" / "a.py"
    path.write_text(path.read_text().replace("op.create_table", "op.drop_table('old'); op.create_table"))

    expected = unremembered(ini, "d")

    assert [checked(ini, "d")[0] for _ in range(2)] == [expected, expected]


@pytest.mark.parametrize("content", [b"", b"x" * 10, b"\0" * 5000, b"cut"], ids=["empty", "short", "zeros", "cut"])
def test_a_damaged_file_is_none(ini: Path, content: bytes) -> None:
    expected, _ = checked(ini, "d")
    (file,) = files(ini)
    file.write_bytes(file.read_bytes()[:200] if content == b"cut" else content)

    result, ready = checked(ini, "d")

    assert (result, ready.start) == (expected, None)
    assert checked(ini, "d")[1].start is not None


def test_a_hostile_file_runs_nothing(ini: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARM", str(tmp_path / "harm"))
    expected, _ = checked(ini, "d")
    (file,) = files(ini)
    payload = pickle.dumps(Harm())
    file.write_bytes(sha256(payload).digest() + payload)

    assert checked(ini, "d")[0] == expected
    assert not (tmp_path / "harm").exists()
    pickle.loads(payload)
    assert (tmp_path / "harm").exists()


def test_a_folder_that_cannot_be_written_is_no_error(ini: Path) -> None:
    (ini.parent / "cache").write_text("a file")

    assert checked(ini, "d")[0] == unremembered(ini, "d")


def test_several_at_once_agree(ini: Path) -> None:
    results: list[LintResult] = []
    threads = [threading.Thread(target=lambda: results.append(checked(ini, "d")[0])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == [unremembered(ini, "d")] * 4


def test_old_ones_are_dropped(ini: Path) -> None:
    path = ini.parent / "migrations" / "versions" / "c.py"
    for number in range(15):
        path.write_text(HEAD.format("c", "b", f"op.create_index('ix_{number}', 'users', ['nick'])"))
        checked(ini, "d")

    assert len(files(ini)) == 12
