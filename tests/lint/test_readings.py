"""Readings that are remembered between runs, and those that must not be."""

from __future__ import annotations

import dataclasses
import datetime
import json
import threading
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import pytest

from safemigrate.history import Dump, History, Obstacle, Reading, Statement, dependencies, load, read_revisions
from safemigrate.history.statement import Direction, Doubt
from safemigrate.lint import readings as remembering
from safemigrate.lint.reading_store import kept, reading_of
from safemigrate.lint.readings import Gathered, remembered_readings
from safemigrate.lint.store import unsealed, write_sealed

HEAD = "from alembic import op\nimport sqlalchemy as sa\nrevision = {id!r}\ndown_revision = {down!r}\n"
ADD = '    op.add_column("users", sa.Column("{id}", sa.Text()))\n'


class Project:
    """A history whose reads are counted."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root / "project"
        self.cache = root / "cache"
        self.read: list[list[str]] = []
        (self.root / "migrations" / "versions").mkdir(parents=True)
        (self.root / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
        monkeypatch.setattr(remembering, "read_revisions", self._read)

    def _read(
        self,
        history: History,
        ids: Collection[str],
        *,
        downgrades: Collection[str],
        dump: Dump | None,
        arrived: Callable[[Reading], None],
        **_: object,
    ) -> Mapping[str, Reading]:
        self.read.append(sorted(ids))
        return read_revisions(history, ids, downgrades=downgrades, dump=dump, arrived=arrived)

    def add(self, id: str, down: str | None, body: str = ADD, imports: str = "") -> None:
        text = f"{imports}\n{HEAD.format(id=id, down=down)}def upgrade():\n{body.format(id=id)}"
        (self.root / "migrations" / "versions" / f"{id}.py").write_text(text)

    def stores(self) -> list[Path]:
        return sorted((self.cache / "readings").iterdir())

    def readings(self) -> Mapping[str, Reading]:
        history = load(self.root / "alembic.ini")
        return remembered_readings(history, history.by_id, self.cache)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    project = Project(tmp_path, monkeypatch)
    project.add("a", None)
    project.add("b", "a")
    return project


def test_the_second_run_reads_nothing_and_knows_the_same(project: Project) -> None:
    first = project.readings()
    second = project.readings()
    assert project.read == [["a", "b"]]
    assert first == second
    assert [s.sql for s in second["b"].statements] == ["ALTER TABLE users ADD COLUMN b TEXT"]


def test_a_new_revision_is_read_alone(project: Project) -> None:
    project.readings()
    project.add("c", "b")
    project.readings()
    assert project.read[1:] == [["c"]]


def test_an_edited_revision_is_read_alone(project: Project) -> None:
    project.add("c", "b")
    project.readings()
    project.add("b", "a", '    op.drop_column("users", "b")\n')
    assert project.readings()["b"].statements[0].sql == "ALTER TABLE users DROP COLUMN b"
    assert project.read[1:] == [["b"]]


def test_one_that_looks_at_the_schema_is_read_anew_behind_an_edited_one(project: Project) -> None:
    project.add("c", "b", '    sa.inspect(op.get_bind()).has_table("users")\n')
    project.add("d", "c")
    project.readings()
    project.add("b", "a", '    op.drop_column("users", "b")\n')
    project.readings()
    assert project.read[1:] == [["b", "c"]]


def _touch(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.touch()


#: how a revision uses what lies beside it, and what changes there: None for what it does not see
_USES: dict[str, tuple[str, str, Callable[[Path], object] | None]] = {
    "a module": ("from helpers import text", ADD, lambda root: (root / "helpers.py").write_text("text = 'y'")),
    "a module of a package": ("import package.inner", ADD, lambda root: _touch(root / "package" / "inner.py")),
    "a module of a module": (
        "import outer",
        ADD,
        lambda root: (root / "helpers.py").write_text("text = 'yy'"),
    ),
    "a module named late": (
        "import importlib",
        "    importlib.import_module('hel' + 'pers')\n",
        lambda root: (root / "helpers.py").write_text("text = 'y'"),
    ),
    "a missing module": ("import missing", ADD, lambda root: (root / "missing.py").write_text("")),
    "a module that hides a library": (
        "import tabnanny",
        ADD,
        lambda root: (root / "tabnanny.py").write_text(""),
    ),
    "a file": ("", "    op.execute(open('x.sql').read())\n", lambda root: (root / "x.sql").write_text("SELECT 2")),
    "a path": (
        "from pathlib import Path",
        "    op.execute(Path('x.sql').read_text())\n",
        lambda root: (root / "x.sql").write_text("SELECT 2"),
    ),
    "whether a file is there": (
        "import os",
        "    if os.path.exists('flag'): op.execute('SELECT 2')\n",
        lambda root: _touch(root / "flag"),
    ),
    "whether a path is a folder": (
        "from pathlib import Path",
        "    if Path('flags').is_dir(): op.execute('SELECT 2')\n",
        lambda root: (root / "flags").mkdir(),
    ),
    "the names in a folder": (
        "from pathlib import Path",
        "    for path in sorted(Path('package').glob('*.sql')): op.execute('SELECT 2')\n",
        lambda root: _touch(root / "package" / "y.sql"),
    ),
    "another revision": (
        "from migrations.versions import a",
        ADD,
        lambda root: (root / "migrations" / "versions" / "a.py").open("a").write("# more"),
    ),
    "nothing of it": ("import sys, os.path as p", ADD, None),
    "the file beside": ("import helpers", ADD, None),
    "a program": ("import subprocess", ADD, None),
    "a name that is computed": ("", "    op.execute(__import__('os').environ.get('X', 'SELECT 1'))\n", None),
}


@pytest.mark.parametrize(("imports", "body", "change"), _USES.values(), ids=_USES.keys())
def test_a_revision_is_read_again_once_what_it_uses_has_changed(
    project: Project, imports: str, body: str, change: Callable[[Path], object] | None
) -> None:
    (project.root / "helpers.py").write_text("text = 'x'\n")
    (project.root / "outer.py").write_text("from helpers import text\n")
    (project.root / "x.sql").write_text("SELECT 1")
    (project.root / "package").mkdir()
    (project.root / "package" / "x.sql").touch()
    project.add("b", "a", body, imports)
    first = project.readings()
    # what is no module, and what nobody asked for
    (project.root / "report.txt").touch()
    assert project.readings() == first
    assert project.read[1:] == []
    if change is None:
        (project.root / "x.sql").write_text("SELECT 3")
        _touch(project.root / "package" / "z.sql")
    else:
        change(project.root)
    second = project.readings()
    assert [ids for ids in project.read[1:] if "b" in ids] == ([["b"]] if change else []) or "a" in project.read[1]
    assert second == read_revisions(load(project.root / "alembic.ini"), downgrades=())


@pytest.mark.parametrize(
    ("imports", "body"),
    [
        ("import datetime", "    op.execute('SELECT ' + str(datetime.date.today()))\n"),
        ("from clock import year", "    op.execute('SELECT ' + str(year()))\n"),
    ],
)
def test_what_asks_the_clock_is_remembered_for_the_day(
    project: Project, monkeypatch: pytest.MonkeyPatch, imports: str, body: str
) -> None:
    (project.root / "clock.py").write_text("import datetime\ndef year(): return datetime.date.today().year\n")
    project.add("b", "a", body, imports)
    project.readings()
    project.readings()
    assert project.read[1:] == []
    tomorrow = datetime.date.today() + datetime.timedelta(days=1)
    monkeypatch.setattr(dependencies, "today", lambda: tomorrow)
    project.readings()
    assert project.read[1:] == [["b"]]


def test_a_library_that_is_missing_or_installed_stays_as_it_is(project: Project) -> None:
    project.add("b", "a", ADD, "import no_such_library, sqlglot.expressions")
    project.readings()
    project.readings()
    assert project.read[1:] == []


def test_what_raised_is_remembered_with_its_reason(project: Project) -> None:
    project.add("b", "a", "    raise RuntimeError('not now')\n")
    first = project.readings()
    assert first["b"].obstacles
    assert project.readings() == first
    assert project.read[1:] == []


@pytest.mark.parametrize("reason", ["did not end in time", "raised MemoryError", "raised OSError: no space"])
def test_what_may_pass_is_tried_again(project: Project, monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    def hindered(*asked: object, arrived: Callable[[Reading], None], **how: object) -> Mapping[str, Reading]:
        def hinder(reading: Reading) -> None:
            is_b = reading.revision.id == "b"
            arrived(dataclasses.replace(reading, obstacles=obstacles) if is_b else reading)

        obstacles = (Obstacle(5, f"upgrade() {reason}"),)
        return read_revisions(*asked, arrived=hinder, **how)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(remembering, "read_revisions", hindered)
        assert project.readings()["b"].obstacles
    assert not project.readings()["b"].obstacles
    assert project.read == [["b"]]


def test_what_was_saved_meanwhile_is_not_taken_for_what_was_before(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = load(project.root / "alembic.ini")
    project.add("b", "a", "    op.drop_table('users')\n")
    assert remembered_readings(history, history.by_id, project.cache)["b"].statements[0].sql == "DROP TABLE users"
    project.add("b", "a")
    assert project.readings()["b"].statements[0].sql == "ALTER TABLE users ADD COLUMN b TEXT"


def test_another_configuration_asks_anew(project: Project) -> None:
    project.readings()
    with (project.root / "alembic.ini").open("a") as ini:
        ini.write("schema = other\n")
    project.readings()
    assert len(project.read) == 2


def test_another_naming_convention_asks_anew(project: Project) -> None:
    project.add("a", None, '    op.create_unique_constraint(None, "users", ["name"])\n')
    (project.root / "migrations" / "versions" / "b.py").unlink()
    env = project.root / "migrations" / "env.py"
    for pattern, name in (("uq_%(table_name)s", "uq_users"), ("%(table_name)s_uq", "users_uq")):
        env.write_text(f"target_metadata = MetaData(naming_convention={{'uq': {pattern!r}}})\n")
        (statement,) = project.readings()["a"].statements
        assert statement.sql == f"ALTER TABLE users ADD CONSTRAINT {name} UNIQUE (name)"
    assert project.read == [["a"], ["a"]]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"x": 1}', '{"depends": [], "entries": {"x": [0, "", 0, 9]}}'])
@pytest.mark.parametrize("sealed", [False, True])
def test_a_damaged_store_is_no_error(project: Project, text: str, sealed: bool) -> None:
    project.readings()
    (store,) = project.stores()
    if sealed:
        write_sealed(store, text.encode())
    else:
        store.write_text(text)
    assert project.readings()["a"].statements
    project.readings()
    assert len(project.read) == 2


def test_a_folder_that_cannot_be_used_is_no_error(project: Project) -> None:
    project.cache.write_text("a file")
    assert project.readings()["a"].statements


def test_the_store_does_not_grow_for_ever(project: Project) -> None:
    for number in range(20):
        project.add("b", "a", f'    op.drop_column("users", "c{number}")\n')
        project.readings()
    (store,) = project.stores()
    payload = unsealed(store)
    assert payload is not None
    assert len(json.loads(payload.partition(b"\n")[0])["entries"]) == 16


def test_several_at_once_agree(project: Project) -> None:
    found: list[Mapping[str, Reading]] = []
    threads = [threading.Thread(target=lambda: found.append(project.readings())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [read_revisions(load(project.root / "alembic.ini"), downgrades=())] * 4


def test_every_field_of_a_statement_is_remembered(project: Project) -> None:
    revision = load(project.root / "alembic.ini").by_id["a"]
    unlike_the_defaults = {
        "sql": "SELECT 1",
        "revision": "a",
        "path": revision.path,
        "line": 7,
        "column": 3,
        "direction": Direction.UPGRADE,
        "transaction": None,
        "parameters": True,
        "doubts": frozenset(Doubt),
        "stand_ins": ("shop.types.Money",),
        "sent": "SELECT $1",
    }
    assert set(unlike_the_defaults) == {field.name for field in dataclasses.fields(Statement)}
    statement = Statement(**unlike_the_defaults)  # type: ignore[arg-type]
    obstacles = (Obstacle(3, "x"), Obstacle(4, "y", Direction.DOWNGRADE))
    reading = Reading(revision, (statement,), obstacles)
    assert reading_of(revision, {direction: kept(reading, direction) for direction in Direction}) == reading


def test_what_was_read_before_somebody_stopped_it_is_kept(project: Project) -> None:
    history = load(project.root / "alembic.ini")

    def stop_at_b(reading: Reading) -> None:
        if reading.revision.id == "b":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Gathered(history, frozenset(), history.by_id, project.cache).read(arrived=stop_at_b)
    assert not Gathered(history, frozenset(), history.by_id, project.cache).missing
    project.add("c", "b")
    history = load(project.root / "alembic.ini")
    assert Gathered(history, frozenset(), history.by_id, project.cache).missing == {"c"}
