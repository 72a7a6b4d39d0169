"""``safemigrate verify`` as somebody runs it: on the shop, on git refs, and where something is missing."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from two_versions import write_project

from safemigrate.cli import cli
from safemigrate.report.matrix_json import schema_path

SHOP = Path(__file__).parents[2] / "examples" / "shop"
RENAMED = Path(__file__).parent / "fixtures" / "renamed"

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs the command in a folder, and sees that nothing is left behind."""
    left = tmp_path / "left"
    left.mkdir()
    monkeypatch.setenv("TMPDIR", str(left))
    monkeypatch.setattr("tempfile.tempdir", None)

    def invoke(folder: Path, *arguments: str) -> Result:
        monkeypatch.chdir(folder)
        result = CliRunner().invoke(cli, ["verify", *arguments])
        assert "Traceback" not in result.output
        assert [path.name for path in left.iterdir() if not path.name.startswith("safemigrate-run")] == []
        return result

    return invoke


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RENAMED, tmp_path / "renamed", ignore=shutil.ignore_patterns("__pycache__")))


def git(folder: Path, *arguments: str) -> str:
    name = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    return subprocess.run(["git", *name, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


# -- the shop ------------------------------------------------------------------------------------------------


@pytest.mark.xdist_group("shop")
def test_the_shops_migrations_as_they_stand_break_version_1(run: Run) -> None:
    result = run(SHOP, "--old", "v1", "--new", "v2", "c58e0d7714fa:head")
    assert result.exit_code == 1
    assert "FAIL  old on S1, after 91a7f3c40e52/1 (migrations/versions/0004_rename_full_name.py:24)" in result.output
    assert "  Customer select  42703: column customers.full_name does not exist" in result.output
    assert "FAIL  old on S2, after e06d2b95fa37/1" in result.output
    assert '  Order insert unset  23502: null value in column "currency" of relation "orders"' in result.output
    assert "  Invoice select  42703: column invoices.legacy_number does not exist" in result.output
    assert "No revision of this release names a phase" in result.output


@pytest.mark.xdist_group("shop")
def test_the_shop_as_json_names_mapper_statement_and_sqlstate(run: Run) -> None:
    result = run(SHOP, "--old", "v1", "--new", "v2", "c58e0d7714fa:head", "--format", "json")
    document = json.loads(result.stdout)
    cells = {(each["state"], each["version"]): each for each in document["cells"]}
    assert document["verdict"] == "fail"
    assert cells["S0", "old"]["verdict"] == "pass"
    assert cells["S3", "new"]["verdict"] == "pass"
    first = cells["S1", "old"]["failures"][0]
    assert (first["entity"], first["kind"], first["sqlstate"]) == ("Customer", "select", "42703")
    assert first["sql"].startswith("SELECT customers.id, ")
    assert document["states"][1]["path"] == "examples/shop/migrations/versions/0004_rename_full_name.py"
    assert_promised(document)


def assert_promised(document: dict[str, Any]) -> None:
    """Every key that the schema requires is there, all the way down."""
    schema = json.loads(schema_path().read_text())

    def check(value: Any, part: dict[str, Any]) -> None:
        if "$ref" in part:
            check(value, schema["$defs"][part["$ref"].rpartition("/")[2]])
        if "enum" in part:
            assert value in part["enum"]
        for key in part.get("required", ()):
            assert key in value
        for key, inner in part.get("properties", {}).items():
            if key in value:
                check(value[key], inner)
        for item in value if part.get("type") == "array" else ():
            check(item, part["items"])

    check(document, schema)


@pytest.mark.xdist_group("shop")
def test_the_shop_once_it_is_split_passes_and_names_what_blocks_a_rollback(run: Run, tmp_path: Path) -> None:
    shop = Path(shutil.copytree(SHOP, tmp_path / "shop", ignore=shutil.ignore_patterns("__pycache__")))
    run(shop, "--help")
    split = CliRunner().invoke(cli, ["split", "c58e0d7714fa:4d90b6ce8a13", "--write"])
    assert split.exit_code == 0, split.output
    result = run(shop, "--old", "v1", "--new", "v2")
    assert result.exit_code == 0, result.output
    assert "required cells pass." in result.output
    assert "✗ fail" not in result.output
    assert "? not-verified" not in result.output
    assert "Rollback: the old version does not run once 91a7f3c40e52_contract/" in result.output
    assert "SURPRISE  old on" in result.output, "version 2 writes no legacy_number"


# -- versions ------------------------------------------------------------------------------------------------


def test_a_split_rename_passes_between_two_folders(run: Run, project: Path) -> None:
    result = run(project, "--old", "v1", "--new", "v2")
    assert result.exit_code == 0, result.output
    assert "S5     contract  0004/2" in result.output
    assert "■ blocked  ✓ pass" in result.output
    assert "Pass: all 8 required cells pass." in result.output
    assert "Rollback: the old version does not run once 0004/1 has run" in result.output


def test_two_git_refs_and_the_revisions_between_their_heads(run: Run, tmp_path: Path) -> None:
    top = tmp_path / "repository"
    project = top / "service"
    shutil.copytree(RENAMED / "v1", project)
    shutil.copytree(RENAMED / "migrations", project / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("alembic.ini", "pyproject.toml"):
        shutil.copy(RENAMED / name, project)
    versions = project / "migrations" / "versions"
    later = {path.name: path.read_text() for path in versions.glob("000[234]*.py")}
    for name in later:
        (versions / name).unlink()
    git(tmp_path, "init", "-q", "-b", "main", str(top))
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", "one")
    git(top, "tag", "v1")
    for name, text in later.items():
        (versions / name).write_text(text)
    shutil.copytree(RENAMED / "v2", project, dirs_exist_ok=True)

    result = run(project, "--old", "v1")
    assert result.exit_code == 0, result.output
    assert "old v1 (0001), new" in result.output
    assert git(top, "worktree", "list").count("\n") == 1
    assert "safemigrate" not in git(top, "status", "--porcelain")


def test_a_history_that_begins_with_a_dump(run: Run, tmp_path: Path) -> None:
    key = "mapped_column(primary_key=True, autoincrement=False)"
    models = f"class T(Base):\n    __tablename__ = 't'\n    id: Mapped[int] = {key}\n"
    project = write_project(
        tmp_path / "project", base="", steps=["ALTER TABLE t ADD COLUMN a text"], old=models, new=models
    )
    (project / "schema.sql").write_text(
        "\\restrict x\nCREATE TABLE public.t (id integer PRIMARY KEY);\n"
        'ALTER TABLE public.t OWNER TO "Shop";\nGRANT SELECT ON TABLE public.t TO reader;\n'
    )
    settings = 'schema = "schema.sql"\nschema_revision = "0001"\n'
    (project / "pyproject.toml").write_text(f'[tool.safemigrate]\nmodels = "app.models:Base"\n{settings}')
    result = run(project, "--old", "old", "--new", "new", "0001:head")
    assert result.exit_code == 0, result.output


# -- what may be missing -------------------------------------------------------------------------------------


def test_a_ref_that_git_does_not_know(run: Run, project: Path) -> None:
    git(project, "init", "-q")
    result = run(project, "--old", "v0.9")
    assert result.exit_code == 2
    assert '--old: "v0.9" is neither a folder here nor a branch, tag or commit that git knows.' in result.output


def test_a_revision_is_no_version(run: Run, project: Path) -> None:
    git(project, "init", "-q")
    result = run(project, "--old", "0001")
    assert result.exit_code == 2
    assert '--old: "0001" is a revision of Alembic' in result.output


def test_a_folder_that_is_not_there_and_no_git(run: Run, project: Path) -> None:
    result = run(project, "--old", "nowhere", "--new", "v2")
    assert result.exit_code == 2
    assert '"nowhere" is neither a folder here' in result.output


def test_models_that_cannot_be_imported(run: Run, project: Path) -> None:
    (project / "v1" / "people" / "models.py").write_text("import nothing_of_that_name\n")
    result = run(project, "--old", "v1", "--new", "v2")
    assert result.exit_code == 2
    assert (
        'error: --old v1: The old version\'s models "people.models:Base" cannot be loaded: ModuleNotFoundError'
        in result.output
    )
    assert "v1/people/models.py:1" in result.output


def test_models_that_end_the_process_or_are_no_models(run: Run, project: Path) -> None:
    (project / "v1" / "people" / "models.py").write_text("import os\nprint('hello')\nos._exit(3)\n")
    result = run(project, "--old", "v1", "--new", "v2")
    assert result.exit_code == 2
    assert "the process ended with 3" in result.output
    (project / "v1" / "people" / "models.py").write_text("Base = 42\n")
    assert "42 is no declarative base" in run(project, "--old", "v1", "--new", "v2").output


def test_models_that_come_from_another_place(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(project / "v2"))
    shutil.rmtree(project / "v1" / "people")
    result = run(project, "--old", "v1", "--new", "v2")
    assert result.exit_code == 2
    assert "which is not of this version" in result.output


def test_no_models_configured(run: Run, project: Path) -> None:
    (project / "pyproject.toml").unlink()
    result = run(project, "--old", "v1", "--new", "v2")
    assert result.exit_code == 2
    assert "Which models are to be verified is not configured." in result.output


def test_no_server_where_it_was_named(run: Run, project: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    result = run(project, "--old", "v1", "--new", "v2", "--postgres-bin", str(empty))
    assert result.exit_code == 2
    assert "no PostgreSQL server was found" in result.output


def test_an_extension_that_the_server_lacks_is_not_verified(run: Run, tmp_path: Path) -> None:
    project = write_project(
        tmp_path / "project",
        base="CREATE EXTENSION no_such_extension",
        steps=["CREATE TABLE things (id integer PRIMARY KEY)"],
        old="",
        new="",
    )
    result = run(project, "--old", "old", "--new", "new", "0001:head")
    assert result.exit_code == 3
    assert 'needs the extension "no_such_extension"' in result.output
    assert "0001.py:10" in result.output


def test_a_revision_that_fails_is_named_by_line_and_code(run: Run, tmp_path: Path) -> None:
    project = write_project(
        tmp_path / "project", base="CREATE TABLE t (id integer); SELECT 1 / 0", steps=["SELECT 1"], old="", new=""
    )
    result = run(project, "--old", "old", "--new", "new", "0001:head")
    assert result.exit_code == 2
    assert "0001.py:11: " in result.output
    assert "22012: division by zero" in result.output


def test_which_revisions_are_the_release_must_be_said_where_no_phase_tells(run: Run, tmp_path: Path) -> None:
    project = write_project(tmp_path / "project", base="SELECT 1", steps=["SELECT 1"], old="", new="")
    result = run(project, "--old", "old", "--new", "new")
    assert result.exit_code == 2
    assert "No revision at the head names a phase" in result.output


def test_models_that_map_nothing_are_no_pass(run: Run, tmp_path: Path) -> None:
    project = write_project(tmp_path / "project", base="SELECT 1", steps=["CREATE TABLE t ()"], old="", new="")
    result = run(project, "--old", "old", "--new", "new", "0001:head")
    assert result.exit_code == 3
    assert "the version's models map nothing" in result.output


def test_the_environments_databases_are_never_reached(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://production.invalid/shop")
    path = project / "v1" / "people" / "models.py"
    path.write_text(f"import os\nassert 'production' not in os.environ['DATABASE_URL']\n{path.read_text()}")
    assert run(project, "--old", "v1", "--new", "v2").exit_code == 0
