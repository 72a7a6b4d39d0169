"""A scenario whose split is written in both forms: they read alike, and lead to the same schema and rows."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psycopg
from scenario import Scenario
from sqlalchemy.exc import DataError, IntegrityError
from stage import BEFORE, MakeDatabase, begun, catalog, check_none, composed, filled, project, run_alembic

from safemigrate.history import History, Phase, load, read_revisions
from safemigrate.plan.files import write_release
from safemigrate.plan.plan import read_plan
from safemigrate.plan.style import Style
from safemigrate.rulebook import Policy, Run, judge, load_rules
from safemigrate.rulebook.replay import Replaying, replay_downgrade
from safemigrate.schema import Schema
from safemigrate.schema.catalog import Catalog, differences

RULES = load_rules()
_TABLES = (
    b"SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p', 'm') "
    b"AND relnamespace::regnamespace::text !~ '^(pg_|information_schema)' ORDER BY 1"
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Form:
    """A project whose split is written in one of the forms, and the database that it is played on."""

    folder: Path
    history: History
    database: str = ""

    def on(self, database: str) -> Form:
        return Form(self.folder, self.history, database)

    def run(self, direction: str, target: str) -> str:
        """Why Alembic did not get there, empty where it did."""
        try:
            run_alembic(self.folder, self.database, direction, target, allow=True)
        except (NotImplementedError, IntegrityError, DataError) as refused:
            return str(refused).splitlines()[0]
        return ""

    @cached_property
    def runs(self) -> Sequence[Run]:
        """What its revisions do there and back, the upgrades first."""
        readings = read_revisions(self.history)
        replaying, there, back = Replaying(Schema(complete=True)), [], []
        for revision in self.history.revisions:
            there.append(replaying.run(readings[revision.id]))
            back.append(replay_downgrade(readings[revision.id], replaying.schema))
        return (*there, *back)


def play_both_forms(scenario: Scenario, folder: Path, make: MakeDatabase) -> None:
    """Raises AssertionError where the two forms differ in anything but their text."""
    plain, ops = _forms(scenario, folder)
    if not any(revision.phase for revision in plain.history.revisions):
        return
    assert list(_steps(plain)) == list(_steps(ops))
    assert list(_findings(plain)) == list(_findings(ops))
    database = begun(scenario, plain.folder, make)
    filled(scenario, database)
    there, back = _check_the_same([plain.on(database), ops.on(make(database))], "head")
    if there and back:
        check_none(differences(there, _upgraded(ops.on(make()))))
        return
    # what rows were in the way of, and what a contract without a way back hides
    unused = [plain.on(make()), ops.on(make())]
    assert _check_the_same(unused, _before_contract(plain.history))[1]
    assert _check_the_same(unused, "head")[0]


def _forms(scenario: Scenario, folder: Path) -> Iterator[Form]:
    """The split in each form, read and composed once."""
    authored = project(folder / "authored", scenario)
    release, history = composed(authored, scenario)
    for style in Style:
        written = shutil.copytree(authored, folder / style.value)
        for file in write_release(release, history, style):
            (written / file.path.relative_to(authored)).write_text(file.text)
        yield Form(written, load(written / "alembic.ini"))


def _before_contract(history: History) -> str:
    line = [revision for revision in history.revisions if revision.phase is not Phase.CONTRACT]
    return line[-1].id


def _steps(form: Form) -> Iterator[object]:
    """What a plan shows of the form, and of its way back."""
    for run in form.runs:
        for step in read_plan([run]).steps:
            # how far the text of a loop is indented is no part of it
            shown = [(type(op).__name__, *op.sql().split()) for op in step.operations]
            yield run.direction, step.name, step.phase, step.kind, shown, step.backfill


def _findings(form: Form) -> Iterator[object]:
    """What lint says of the form."""
    runs = form.runs[: len(form.history.revisions)]
    for found in judge(RULES, runs, policy=Policy(lock_timeout="managed")):
        yield found.revision, found.rule, found.severity, found.hazards, found.message


def _check_the_same(forms: Sequence[Form], target: str) -> tuple[Catalog | None, Catalog | None]:
    """The catalogue there, and the one behind the way back, None where it could not be reached."""
    reached: list[Catalog | None] = []
    for direction, end in (("upgrade", target), ("downgrade", BEFORE)):
        plain, ops = ((form.run(direction, end), *_held(form.database)) for form in forms)
        assert plain[:2] == ops[:2], (plain[:2], ops[:2])
        check_none(differences(plain[2], ops[2]))
        reached.append(None if plain[0] else plain[2])
    return reached[0], reached[1]


def _upgraded(form: Form) -> Catalog:
    run_alembic(form.folder, form.database, "upgrade", "head")
    return _held(form.database)[1]


def _held(database: str) -> tuple[object, Catalog]:
    """The rows of all tables, and the catalogue."""
    with psycopg.connect(database, autocommit=True) as connection:
        tables = [name for (name,) in connection.execute(_TABLES).fetchall()]
        asked = {name: f"SELECT t::text FROM {name} AS t".encode() for name in tables}
        # nobody knows a random UUID before
        rows = {
            name: sorted(_UUID.sub("a UUID", row) for (row,) in connection.execute(query))
            for name, query in asked.items()
        }
    # a function stands in a plain revision as far indented as its statement
    found = {name: re.sub(r"\n +", "\n", text) for name, text in catalog(database).objects.items()}
    return rows, Catalog(found)
