"""A rename that was split: both versions run on every state they share, and what breaks the split is found."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from safemigrate.history import load
from safemigrate.plan.extent import last_release
from safemigrate.server import Server
from safemigrate.verify.matrix import NEW, OLD, Cell, Matrix, Role, Verdict, Versions
from safemigrate.verify.release import release
from safemigrate.verify.verification import verify
from safemigrate.verify.version import loaded, opened

FIXTURE = Path(__file__).parent / "fixtures" / "renamed"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FIXTURE, tmp_path / "renamed", ignore=shutil.ignore_patterns("__pycache__")))


def matrix_of(project: Path, server: Server) -> Matrix:
    history = load(project / "alembic.ini")
    with (
        opened("old", str(project / "v1"), history, name="alembic") as old,
        opened("new", str(project / "v2"), history, name="alembic") as new,
    ):
        workloads = [loaded(version, "people.models:Base", server.url) for version in (old, new)]
    begin = last_release(history)
    return verify(
        release(history, begin, "head"),
        old=workloads[0],
        new=workloads[1],
        versions=Versions("v1", "v2", begin, "0003"),
        server=server,
    )


def change(project: Path, file: str, old: str, new: str) -> None:
    path = next((project / "migrations" / "versions").glob(f"{file}*.py"))
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def cell(matrix: Matrix, state: str, version: str) -> Cell:
    return next(each for each in matrix.cells if each.state.name == state and each.version == version)


def test_all_required_cells_pass_and_contract_blocks_a_rollback(project: Path, server: Server) -> None:
    matrix = matrix_of(project, server)
    assert [state.name for state in matrix.states] == ["S0", "S1", "S2", "S2.5", "S3", "S4", "S5"]
    assert Verdict.PASS is matrix.verdict
    assert len(matrix.required) == 8
    blocked = cell(matrix, "S5", OLD)
    assert (blocked.role, blocked.verdict) == (Role.ROLLBACK, Verdict.FAIL)
    assert blocked.failures[0].sqlstate == "42703"


def test_once_the_trigger_is_gone_the_old_version_misses_what_the_new_one_writes(
    project: Path, server: Server
) -> None:
    blocked = matrix_of(project, server).blocked
    assert blocked is not None
    assert blocked.state.step == "0004/1"
    assert "people.full_name is read as NULL" in blocked.failures[0].message


def test_without_the_trigger_writes_of_one_version_are_lost_to_the_other(project: Path, server: Server) -> None:
    change(project, "0002", "    op.execute(TRIGGER)\n", "")
    change(project, "0004", 'op.execute("DROP TRIGGER', 'op.execute("DROP TRIGGER IF EXISTS')
    matrix = matrix_of(project, server)
    messages = {version: [str(f) for f in cell(matrix, "S3", version).failures] for version in (OLD, NEW)}
    assert Verdict.FAIL is matrix.verdict
    assert any("people.name is read as NULL" in each for each in messages[NEW])
    assert any("people.full_name is read as NULL" in each for each in messages[OLD])


def test_a_trigger_that_always_copies_one_way_loses_the_other_versions_writes(project: Path, server: Server) -> None:
    change(project, "0002", "    NEW.full_name := NEW.name;", "    NEW.name := NEW.full_name;")
    matrix = matrix_of(project, server)
    found = cell(matrix, "S3", NEW).failures
    assert any("was written as" in each.message and each.subject.kind == "update" for each in found)


def test_a_backfill_that_forgets_rows_is_found(project: Path, server: Server) -> None:
    change(project, "0003", '"where": "name IS NULL AND', '"where": "id > 2 AND name IS NULL AND')
    matrix = matrix_of(project, server)
    found = [str(each) for each in cell(matrix, "S3", NEW).failures]
    assert any("rows of people differ in full_name and name after backfill" in each for each in found)
    assert Verdict.FAIL is matrix.verdict


def test_null_in_what_the_new_version_requires_fails_it_after_backfill_and_not_before(
    project: Path, server: Server
) -> None:
    models = project / "v2" / "people" / "models.py"
    models.write_text(models.read_text().replace("name: Mapped[str | None]", "name: Mapped[str]"))
    matrix = matrix_of(project, server)
    assert any("is NULL in" in note.message for note in cell(matrix, "S2", NEW).surprises)
    assert any("is NULL in" in each.message for each in cell(matrix, "S3", NEW).failures)


def test_a_step_that_is_refused_on_the_rows_of_the_versions_is_named(project: Path, server: Server) -> None:
    change(
        project,
        "0004",
        '        op.drop_column("people", "full_name")',
        '        op.alter_column("people", "name", nullable=False)',
    )
    matrix = matrix_of(project, server)
    assert matrix.stop is not None
    assert (matrix.stop.state.step, matrix.stop.refusal.sqlstate) == ("0004/2", "23502")
    assert Verdict.FAIL is matrix.verdict
    assert Verdict.NOT_VERIFIED is cell(matrix, "S5", NEW).verdict
