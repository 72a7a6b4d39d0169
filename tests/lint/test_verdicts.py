"""A verdict is remembered as it was given, and nothing that it depends on changes unseen."""

from __future__ import annotations

import dataclasses
import datetime
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from safemigrate.history import load, read_revisions
from safemigrate.history.statement import Direction, Doubt, Obstacle
from safemigrate.lint import Conditions, everything, named
from safemigrate.lint.reading_store import kept
from safemigrate.lint.readings import Gathered, prepared
from safemigrate.lint.revisions import judged
from safemigrate.lint.select import dump_for, needed
from safemigrate.lint.verdict import Verdict, concluded
from safemigrate.lint.verdicts import Asked, Verdicts
from safemigrate.rulebook import Policy, load_rules
from safemigrate.schema import Name
from safemigrate.schema.statistics import Statistics, TableStatistics

IMPORTS = "from alembic import op\nimport sqlalchemy as sa\n"
HEAD = "revision = {!r}\ndown_revision = {!r}\n" + IMPORTS + "\ndef upgrade():\n    {}\n"
BODIES = {
    "a": "op.create_table('users', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('nick', sa.Text()))",
    "b": "op.create_index('ix_nick', 'users', ['nick'])",
    "c": "op.rename_table('users', 'people')",
    "d": "op.execute('DO $$ BEGIN EXECUTE ' + chr(39) + 'x' + chr(39) + '; END $$')",
}
PAGE = """\
+++
on = "operation"
operation = "CreateIndex"
hazards = ["advice"]
+++
# house-index

{}
"""
CHECK = """\
from safemigrate import Hazard, Hit

def check(site):
    yield Hit(frozenset({Hazard.ADVICE}), message='%s')
"""
TODAY = datetime.date(2026, 1, 1)


class Project:
    """A history that is judged, with what a run of lint remembers."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cache = root / "cache"
        self.conditions = Conditions(TODAY)
        self.folders: tuple[Path, ...] = ()
        self.targets: tuple[str, ...] = ()
        (root / "migrations" / "versions").mkdir(parents=True)
        (root / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
        self.env("context.configure(transaction_per_migration=True)\n")
        down = None
        for id, body in BODIES.items():
            self.write(id, down, body)
            down = id

    def write(self, id: str, down: str | None, body: str) -> Path:
        path = self.root / "migrations" / "versions" / f"{id}.py"
        path.write_text(HEAD.format(id, down, body))
        return path

    def env(self, text: str) -> None:
        (self.root / "migrations" / "env.py").write_text(f"from alembic import context\n{text}")

    def rule(self, sentence: str, code: str = "") -> None:
        folder = self.root / "rules"
        folder.mkdir(exist_ok=True)
        (folder / "house_index.md").write_text(PAGE.format(sentence))
        if code:
            (folder / "house_index.py").write_text(code)
        self.folders = (folder,)

    def asked(self) -> Asked:
        """What is asked, and it is read what that takes."""
        history = load(self.root / "alembic.ini")
        ids = named(history, self.targets).ids if self.targets else everything(history).ids
        rules = tuple(rule for rule in load_rules(self.folders) if not rule.page.opt_in)
        dump = dump_for(history, self.conditions.schema_sql, self.conditions.schema_revision)
        wanted = needed(history, ids, dump.revisions if dump else frozenset())
        gathered = Gathered(history, ids, wanted, self.cache, dump=dump)
        gathered.read()
        return Asked(history, rules, self.conditions, gathered.contents, ids, wanted)

    def judged(self, asked: Asked) -> Verdict:
        """The verdict, made anew of what was read."""
        dump = dump_for(asked.history, self.conditions.schema_sql, self.conditions.schema_revision)
        ready = prepared(asked.history, asked.judged, asked.needed, self.cache, dump=dump)
        selection = named(asked.history, sorted(asked.judged))
        return judged(asked.history, asked.rules, selection, self.conditions, ready=ready)

    def run(self) -> tuple[Verdict, bool]:
        """What a run gives, and whether it was remembered."""
        asked = self.asked()
        verdicts = Verdicts(self.cache, asked)
        known = verdicts.load()
        fresh = self.judged(asked)
        if known is None:
            verdicts.keep(fresh)
        else:
            assert known == fresh
        return fresh, known is not None

    def files(self) -> list[Path]:
        return sorted((self.cache / "verdicts").rglob("*.json"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_the_second_run_gives_the_same(project: Project) -> None:
    first, remembered = project.run()
    assert not remembered
    assert {finding.rule for finding in first.findings} >= {"create-index", "rename-table"}
    assert first.unreadable
    assert any(finding.fix and finding.locks for finding in first.findings)
    assert project.run() == (first, True)


def _edit_before(project: Project) -> None:
    project.write("a", None, BODIES["a"].replace("'users'", "'persons'"))


def _fewer(project: Project) -> None:
    project.targets = ("b",)


def _conditions(**changes: object) -> Callable[[Project], None]:
    def change(project: Project) -> None:
        project.conditions = dataclasses.replace(project.conditions, **changes)  # type: ignore[arg-type]

    return change


CHANGES: dict[str, Callable[[Project], None]] = {
    "an edited revision": lambda project: _none(project.write("d", "c", "op.drop_column('people', 'nick')")),
    "an edited ancestor": _edit_before,
    "a comment in a revision": lambda project: _none(project.write("d", "c", BODIES["d"] + "  # said")),
    "a new revision": lambda project: _none(project.write("e", "d", "op.drop_table('people')")),
    "other revisions": _fewer,
    "env.py": lambda project: project.env("context.configure()\n"),
    "Alembic's configuration": lambda project: _none(
        (project.root / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\nx = 1\n")
    ),
    "a rule of the project": lambda project: project.rule("One sentence."),
    "the target": _conditions(postgres=15),
    "the policy": _conditions(policy=Policy(lock_timeout="managed")),
    "an answer": _conditions(answers={"users.nick": "x"}),
    "the baseline": _conditions(schema_sql="CREATE TABLE old (id int);"),
    "the directions": _conditions(directions=frozenset({Direction.UPGRADE})),
    "sizes": _conditions(
        statistics=Statistics({Name("users", "public"): TableStatistics(rows=90_000_000, bytes=10**11)})
    ),
}


def _none(_: object) -> None:
    """What was written is of no interest."""


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_no_change_is_hidden(project: Project, change: Callable[[Project], None]) -> None:
    project.run()
    change(project)
    assert not project.run()[1]
    assert project.run()[1]


def test_the_day_decides_only_what_is_allowed(project: Project) -> None:
    allow = "  # safemigrate: allow rename-table -- agreed until=2026-03-01"
    project.write("c", "b", BODIES["c"] + allow)
    project.run()
    project.conditions = dataclasses.replace(project.conditions, today=datetime.date(2026, 4, 1))
    verdict, remembered = project.run()
    assert remembered
    names = {rule.name for rule in load_rules()}
    before, behind = (concluded(verdict, names, today=day, total=4) for day in (TODAY, project.conditions.today))
    assert "rename-table" not in {finding.rule for finding in before.open}
    assert {"rename-table", "suppression"} <= {finding.rule for finding in behind.open}


@pytest.mark.parametrize("code", ["", CHECK % "first"], ids=["page", "code"])
def test_a_rule_of_the_project_is_told_by_its_content(project: Project, code: str) -> None:
    project.rule("first", code)
    page = project.root / "rules" / "house_index.md"
    first, _ = project.run()
    assert project.run() == (first, True)
    status = page.stat()
    changed = project.root / "rules" / ("house_index.py" if code else "house_index.md")
    # as long, and no younger
    changed.write_text(changed.read_text().replace("first", "other"))
    os.utime(changed, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert Verdicts(project.cache, project.asked()).load() is None


@pytest.mark.parametrize(
    "beside",
    ["import helper\n", "from . import helper\n", "import random\n", "words = open('words').read()\n"],
)
def test_a_rule_that_looks_elsewhere_is_asked_every_time(project: Project, beside: str) -> None:
    project.rule("first", CHECK % "first")
    (project.root / "helper.py").write_text("")
    asked = project.asked()
    assert asked.key()
    (project.root / "rules" / "house_index.py").write_text(beside + CHECK % "first")
    assert asked.key() is None


@pytest.mark.parametrize(
    "imports",
    [
        "import shop; op.execute(shop.SQL)",
        "pass; import shop; op.execute(shop.SQL)",
        "if True: from shop import SQL; op.execute(SQL)",
        "from shop \\\n        import SQL; op.execute(SQL)",
        "import json, \\\n        shop; op.execute(shop.SQL)",
        "op.execute(__import__('shop').SQL)",
        "import importlib; op.execute(importlib.import_module('sh' + 'op').SQL)",
    ],
)
def test_what_the_application_gives_tells_a_verdict(project: Project, imports: str) -> None:
    shop = project.root / "shop.py"
    shop.write_text("SQL = 'DROP TABLE users'\n")
    project.write("c", "b", imports)
    first, remembered = project.run()
    assert not remembered
    assert project.run() == (first, True)
    shop.write_text("SQL = 'DROP TABLE users'\nOTHER = 1\n")
    assert project.run() == (first, True)
    shop.write_text("SQL = 'TRUNCATE users'\n")
    verdict, remembered = project.run()
    assert not remembered
    assert "TRUNCATE users" in {finding.statement for finding in verdict.findings}


def test_what_was_saved_meanwhile_is_not_kept_as_what_was_before(project: Project) -> None:
    for change in (_edit_before, CHANGES["env.py"]):
        asked = project.asked()
        verdicts = Verdicts(project.cache, asked)
        verdict = project.judged(asked)
        change(project)
        verdicts.keep(verdict)
        assert not project.files()


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-9],
        lambda content: content.replace(b"rename-table", b"rename-tabla"),
        lambda content: b"\0" * len(content),
    ],
    ids=["empty", "cut", "changed", "noise"],
)
def test_a_damaged_file_is_none(project: Project, damage: Callable[[bytes], bytes]) -> None:
    first, _ = project.run()
    (file,) = project.files()
    file.write_bytes(damage(file.read_bytes()))
    assert project.run() == (first, False)
    assert project.run() == (first, True)


def test_a_folder_that_cannot_be_written_is_no_error(project: Project) -> None:
    # also for root, who may write anywhere
    project.cache.write_text("a file")
    first, _ = project.run()
    assert project.run() == (first, False)


def test_runs_at_once_leave_a_whole_file(project: Project) -> None:
    asked = project.asked()
    verdict = project.judged(asked)
    found: list[Verdict | None] = []

    def work() -> None:
        for _ in range(20):
            verdicts = Verdicts(project.cache, asked)
            verdicts.keep(verdict)
            found.append(verdicts.load())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [verdict] * 80
    assert len(project.files()) == 1


def test_old_ones_make_room(project: Project) -> None:
    asked = project.asked()
    verdict = project.judged(asked)
    for version in range(30):
        changed = dataclasses.replace(asked, conditions=Conditions(TODAY, answers={"a": str(version)}))
        Verdicts(project.cache, changed).keep(verdict)
    assert len(project.files()) == 24


def test_each_part_of_a_reading_tells_a_verdict(project: Project) -> None:
    reading = read_revisions(load(project.root / "alembic.ini"))["b"]
    statement = reading.statements[0]
    changes = {
        "sql": "SELECT 1",
        "line": 99,
        "column": 99,
        "transaction": None,
        "parameters": True,
        "doubts": frozenset(Doubt),
        "stand_ins": ("x",),
        "sent": "SELECT 2",
    }
    # the revision and its direction are told by the place
    assert changes.keys() | {"revision", "path", "direction"} == {
        field.name for field in dataclasses.fields(statement)
    }
    keys = [kept(reading, direction).content for direction in Direction]
    elsewhere = dataclasses.replace(reading.revision, path=Path("x"))
    keys.append(kept(dataclasses.replace(reading, revision=elsewhere), Direction.UPGRADE).content)
    for name, value in changes.items():
        other = dataclasses.replace(statement, **{name: value})  # type: ignore[arg-type]
        keys.append(kept(dataclasses.replace(reading, statements=(other,)), Direction.UPGRADE).content)
    for obstacle in (Obstacle(1, "x"), Obstacle(2, "x"), Obstacle(1, "y")):
        keys.append(kept(dataclasses.replace(reading, obstacles=(obstacle,)), Direction.UPGRADE).content)
    assert len(set(keys)) == len(keys)
