"""Readings that are remembered between runs, and those that must not be."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from safemigrate.history import Dump, History, Reading, Statement, load, read_revisions
from safemigrate.history.statement import Direction, Doubt
from safemigrate.lint import readings as remembering
from safemigrate.lint.readings import remembered_readings

HEAD = "from alembic import op\nimport sqlalchemy as sa\nrevision = {id!r}\ndown_revision = {down!r}\n"
ADD = '    op.add_column("users", sa.Column("{id}", sa.Text()))\n'


class Project:
    """A history whose reads are counted."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.cache = root / "cache"
        self.read: list[list[str]] = []
        (root / "migrations" / "versions").mkdir(parents=True)
        (root / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
        monkeypatch.setattr(remembering, "read_revisions", self._read)

    def _read(
        self, history: History, ids: Collection[str], *, downgrades: Collection[str], dump: Dump | None
    ) -> Mapping[str, Reading]:
        self.read.append(sorted(ids))
        return read_revisions(history, ids, downgrades=downgrades, dump=dump)

    def add(self, id: str, down: str | None, body: str = ADD, imports: str = "") -> None:
        text = f"{imports}\n{HEAD.format(id=id, down=down)}def upgrade():\n{body.format(id=id)}"
        (self.root / "migrations" / "versions" / f"{id}.py").write_text(text)

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


def test_an_edited_revision_is_read_anew_with_those_behind_it(project: Project) -> None:
    project.add("c", "b")
    project.readings()
    project.add("b", "a", '    op.drop_column("users", "b")\n')
    assert project.readings()["b"].statements[0].sql == "ALTER TABLE users DROP COLUMN b"
    assert project.read[1:] == [["b", "c"]]


@pytest.mark.parametrize(
    ("imports", "body"),
    [
        ("import os", ADD),
        ("import sys, os.path as p", ADD),
        ("from pathlib import Path", ADD),
        ("from helpers import text", ADD),
        ("from . import helpers", ADD),
        ("import subprocess", ADD),
        ("", "    op.execute(open('x.sql').read())\n"),
        ("", "    op.execute(__import__('os').environ['X'])\n"),
    ],
)
def test_what_depends_on_the_machine_or_the_project_is_always_read(project: Project, imports: str, body: str) -> None:
    (project.root / "helpers.py").write_text("text = 'x'\n")
    project.add("b", "a", body, imports)
    project.readings()
    project.readings()
    assert project.read[1:] == [["b"]]


def test_a_library_that_is_missing_or_installed_stays_as_it_is(project: Project) -> None:
    project.add("b", "a", ADD, "import no_such_library, sqlglot.expressions")
    project.readings()
    project.readings()
    assert project.read[1:] == []


def test_one_that_looks_at_what_such_a_revision_left_is_read_too(project: Project) -> None:
    project.add("b", "a", ADD, "import os")
    project.add("c", "b", '    sa.inspect(op.get_bind()).has_table("users")\n')
    project.add("d", "c")
    project.readings()
    project.readings()
    assert project.read[1:] == [["b", "c"]]


def test_what_could_not_be_read_is_tried_again(project: Project) -> None:
    project.add("b", "a", "    raise RuntimeError('not now')\n")
    project.readings()
    assert project.readings()["b"].obstacles
    assert project.read[1:] == [["b"]]


def test_another_configuration_asks_anew(project: Project) -> None:
    project.readings()
    with (project.root / "alembic.ini").open("a") as ini:
        ini.write("schema = other\n")
    project.readings()
    assert len(project.read) == 2


@pytest.mark.parametrize("text", ["", "{", "[]", '{"x": 1}'])
def test_a_damaged_store_is_no_error(project: Project, text: str) -> None:
    project.readings()
    (store,) = (project.cache / "readings").glob("*.json")
    store.write_text(text)
    assert project.readings()["a"].statements
    assert json.loads(store.read_text())


def test_a_folder_that_cannot_be_used_is_no_error(project: Project) -> None:
    project.cache.write_text("a file")
    assert project.readings()["a"].statements


def test_the_store_does_not_grow_for_ever(project: Project) -> None:
    for number in range(20):
        project.add("b", "a", f'    op.drop_column("users", "c{number}")\n')
        project.readings()
    (store,) = (project.cache / "readings").glob("*.json")
    assert len(json.loads(store.read_text())) == 16


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
        "certain": False,
        "doubts": frozenset(Doubt),
        "stand_ins": ("shop.types.Money",),
    }
    assert set(unlike_the_defaults) == {field.name for field in dataclasses.fields(Statement)}
    reading = Reading(revision, (Statement(**unlike_the_defaults),))  # type: ignore[arg-type]
    stored = json.loads(json.dumps(remembering._records(reading, Direction.UPGRADE)))
    assert remembering._reading(revision, {Direction.UPGRADE: stored}) == reading
