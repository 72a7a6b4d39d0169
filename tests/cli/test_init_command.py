"""``safemigrate init`` on projects that Alembic and Flask-Migrate made themselves: it adds, and once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from alembic_project import AlembicProject, clean_environment
from published_schemas import published_schema

from safemigrate.cli.setup import Edit, Ground, github_workflow, gitlab_job, hook_edit, models_of

BIN = Path(sys.executable).parent

FLASK = """
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
Migrate(app, SQLAlchemy(app))
"""
DROP = "    op.drop_column('users', 'nickname')"


@pytest.fixture(scope="module", autouse=True)
def _forked_processes() -> None:
    """These are about the process itself, which has a terminal."""


def tool(project: AlembicProject, *command: str) -> None:
    subprocess.run([BIN / command[0], *command[1:]], cwd=project.root, env=clean_environment(), check=True)


def made(root: Path, *, template: str) -> AlembicProject:
    """A new project as its own tool makes it, in a git repository whose origin is GitHub."""
    root.mkdir()
    project = AlembicProject(root)
    if template == "flask":
        project.write("app.py", FLASK)
        tool(project, "flask", "db", "init")
    else:
        tool(project, "alembic", "init", "-t", template, "migrations")
    project.git("init", "--quiet", "--initial-branch=main")
    project.git("remote", "add", "origin", "git@github.com:ada/shop.git")
    return project


def contents(project: AlembicProject) -> dict[str, str]:
    return {
        str(path.relative_to(project.root)): path.read_text("utf-8")
        for path in project.root.rglob("*")
        if path.is_file() and ".git" not in path.parts and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("template", ["generic", "async", "pyproject", "flask"])
def test_a_project_is_set_up_and_then_linted(tmp_path: Path, template: str) -> None:
    project = made(tmp_path / "shop", template=template)
    before = contents(project)
    first = project.run("init", "--yes")
    assert (first.code, first.stderr) == (0, "")
    after = contents(project)
    # nothing is gone, and nothing is another's
    assert all(set(text.splitlines()) <= set(after[name].splitlines()) for name, text in before.items())
    assert {".pre-commit-config.yaml", ".github/workflows/safemigrate.yml"} <= after.keys() - before.keys()

    again = project.run("init", "--yes")
    assert (again.code, again.stdout) == (0, "Everything is set up; nothing was changed.\n")
    assert contents(project) == after

    project.commit("Set up")
    project.git("switch", "--quiet", "--create", "work")
    project.revision("0001", DROP)
    linted = project.run("lint")
    assert (linted.code, "migrations/versions/0001.py:10  drop-column" in linted.stdout) == (1, True), linted
    shown = [line.split() for line in project.run("config").stdout.splitlines()]
    assert ["script_location", "migrations"] in [words[:2] for words in shown]


@pytest.mark.parametrize("template", ["generic", "flask"])
def test_alembic_still_reads_its_own_configuration(tmp_path: Path, template: str) -> None:
    project = made(tmp_path / "shop", template=template)
    project.run("init", "--yes")
    if template == "flask":
        tool(project, "flask", "db", "revision", "-m", "first")
    tool(project, "alembic", "history")
    tool(project, "alembic", "heads")


def test_what_will_be_written_is_shown_as_a_diff_and_needs_a_yes(tmp_path: Path) -> None:
    project = made(tmp_path / "shop", template="pyproject")
    before = contents(project)
    unasked = project.run("init")
    assert (unasked.code, contents(project)) == (2, before)
    assert "+++ b/pyproject.toml" in unasked.stdout
    assert "+[tool.safemigrate]" in unasked.stdout
    assert "--- /dev/null\n+++ b/.pre-commit-config.yaml" in unasked.stdout
    assert "--yes" in unasked.stderr


@pytest.mark.parametrize(("answer", "code", "written"), [("n", 1, False), ("y", 0, True)])
def test_on_a_terminal_it_asks(tmp_path: Path, answer: str, code: int, written: bool) -> None:
    project = made(tmp_path / "shop", template="generic")
    asked = subprocess.run(
        ["script", "-qec", f"{sys.executable} -m safemigrate init", "/dev/null"],
        cwd=project.root,
        env=clean_environment(),
        input=f"{answer}\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Write 3 files?" in asked.stdout
    assert (asked.returncode, (project.root / ".pre-commit-config.yaml").exists()) == (code, written)


def test_a_part_may_be_left_out(tmp_path: Path) -> None:
    project = made(tmp_path / "shop", template="generic")
    project.run("init", "--yes", "--without", "hook", "--without", "ci")
    assert not (project.root / ".pre-commit-config.yaml").exists()
    assert not (project.root / ".github").exists()
    assert "[safemigrate]" in (project.root / "alembic.ini").read_text()


# -- pre-commit ----------------------------------------------------------------------------------------------

HOOKS = [
    "repos:\n- repo: https://example.org/a\n  rev: v1\n  hooks:\n  - id: a\n",
    "# ours\nrepos:\n    - repo: https://example.org/a\n      rev: v1\n      hooks: [{id: a}]\n\nfail_fast: true\n",
    "fail_fast: true\nrepos:  # all\n  - repo: https://example.org/a\n    rev: v1\n    hooks:\n      - id: a\n\n\n",
    "",
]


@pytest.mark.parametrize("text", HOOKS)
def test_the_hook_joins_those_that_are_there(tmp_path: Path, text: str) -> None:
    project = made(tmp_path / "shop", template="generic")
    project.write(".pre-commit-config.yaml", text)
    old: Any = yaml.safe_load(text) or {"repos": []}
    assert project.run("init", "--yes").code == 0
    new = yaml.safe_load((project.root / ".pre-commit-config.yaml").read_text())
    assert new["repos"][:-1] == old["repos"]
    assert new["repos"][-1]["hooks"] == [{"id": "safemigrate"}]
    assert {key: value for key, value in new.items() if key != "repos"} == {
        key: value for key, value in old.items() if key != "repos"
    }
    tool(project, "pre-commit", "validate-config")
    assert project.run("init", "--yes").stdout == "Everything is set up; nothing was changed.\n"


def test_a_list_that_cannot_be_added_to_is_told(tmp_path: Path) -> None:
    project = made(tmp_path / "shop", template="generic")
    project.write(".pre-commit-config.yaml", "repos: []\n")
    before = contents(project)
    refused = project.run("init", "--yes")
    assert (refused.code, "--without hook" in refused.stderr, contents(project)) == (2, True, before)


def test_a_project_below_the_top_is_named_to_hook_and_ci(tmp_path: Path) -> None:
    top = AlembicProject(tmp_path)
    top.git("init", "--quiet", "--initial-branch=main")
    made_below = AlembicProject(tmp_path / "backend")
    made_below.root.mkdir()
    tool(made_below, "alembic", "init", "schema_changes")
    top.write(".github/CODEOWNERS", "")
    hinted = top.run("init")
    assert (hinted.code, "safemigrate init -c backend/alembic.ini" in hinted.stderr) == (2, True)
    assert top.run("init", "-c", "backend/alembic.ini", "--yes").code == 0
    (repo,) = yaml.safe_load((top.root / ".pre-commit-config.yaml").read_text())["repos"]
    assert repo["hooks"] == [{"id": "safemigrate", "args": ["-c", "backend/alembic.ini"]}]
    workflow = yaml.safe_load((top.root / ".github/workflows/safemigrate.yml").read_text())
    assert workflow["jobs"]["lint"]["steps"][-1]["with"] == {"config": "backend/alembic.ini"}
    assert "[safemigrate]" in (made_below.root / "alembic.ini").read_text()


def test_the_hook_is_told_of_folders_that_it_would_pass_over(tmp_path: Path) -> None:
    edit = hook_edit(Ground(tmp_path, tmp_path, (tmp_path / "db.d" / "changes",), None, version="0.1.0"))
    assert edit is not None
    (repo,) = yaml.safe_load(edit.after)["repos"]
    assert repo["hooks"] == [{"id": "safemigrate", "files": r"^(db\.d/changes)/"}]


def test_outside_of_a_project_it_says_so(tmp_path: Path) -> None:
    answer = AlembicProject(tmp_path).run("init", "--yes")
    assert (answer.code, "-c alembic.ini" in answer.stderr, list(tmp_path.iterdir())) == (2, True, [])


# -- CI ------------------------------------------------------------------------------------------------------


def test_a_pipeline_of_gitlab_gets_a_job(tmp_path: Path) -> None:
    project = made(tmp_path / "shop", template="generic")
    project.write(".gitlab-ci.yml", "test:\n  script: [make]\n")
    project.run("init", "--yes")
    pipeline = yaml.safe_load((project.root / ".gitlab-ci.yml").read_text())
    assert set(pipeline) == {"test", "safemigrate"}
    assert not (project.root / ".github").exists()


def ground(root: Path, config: str) -> Ground:
    return Ground(root, root, (), None, config=config, version="0.1.0")


@pytest.mark.parametrize("config", ["", "backend/alembic.ini"])
@pytest.mark.parametrize(
    ("text", "url"),
    [
        (github_workflow, "https://json.schemastore.org/github-workflow.json"),
        (
            gitlab_job,
            "https://gitlab.com/gitlab-org/gitlab/-/raw/master/app/assets/javascripts/editor/schema/ci.json",
        ),
    ],
)
def test_what_ci_is_told_holds_to_its_published_schema(
    tmp_path: Path, text: Callable[[Ground], str], url: str, config: str
) -> None:
    # "on" is a truth value to YAML 1.1, and a key to GitHub
    document = yaml.load(text(ground(tmp_path, config)), yaml.BaseLoader)
    jsonschema.Draft7Validator(published_schema(url)).validate(document)


# -- pieces --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("env", "models"),
    [
        ("from shop.models import Base\ntarget_metadata = Base.metadata\n", "shop.models:Base"),
        ("from shop.models import Base as B\ntarget_metadata = B.metadata\n", "shop.models:Base"),
        ("from . import Base\ntarget_metadata = Base.metadata\n", ""),
        ("target_metadata = None\n", ""),
        ("target_metadata = [a.metadata]\n", ""),
        ("def (", ""),
    ],
)
def test_models_are_what_env_py_imports(tmp_path: Path, env: str, models: str) -> None:
    (tmp_path / "env.py").write_text(env)
    assert models_of(tmp_path / "env.py") == models


def test_an_edit_never_takes_a_line_away() -> None:
    with pytest.raises(ValueError, match="would lose a line"):
        Edit(Path("a"), "one\ntwo\n", "one\nthree\n")
