"""action.yml and the snippets of docs/ci.md: they hold to their schemas, name real options, and run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
import yaml
from published_schemas import published_schema

from safemigrate.cli.lint import command as lint
from safemigrate.cli.setup import Ground, github_workflow, gitlab_job

ROOT = Path(__file__).parents[2]
ACTION: Any = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
#: inputs that are about the action, and no options of lint
ABOUT_THE_ACTION = {"upload", "package"}
GROUND = Ground(ROOT, ROOT, (), None, version="0.1.0")


def test_it_holds_to_githubs_schema() -> None:
    schema = published_schema("https://json.schemastore.org/github-action.json")
    steps = schema["definitions"]["runs-composite"]["properties"]["steps"]["items"]
    # newer than the schema. Source: GitHub documentation, "Metadata syntax", runs.steps[*].continue-on-error
    steps["properties"]["continue-on-error"] = {"type": "boolean"}
    jsonschema.Draft7Validator(schema).validate(ACTION)


def test_its_inputs_are_options_of_lint_and_stand_in_the_page() -> None:
    options = {name.lstrip("-") for each in lint.params if isinstance(each, click.Option) for name in each.opts}
    assert set(ACTION["inputs"]) - ABOUT_THE_ACTION <= options
    assert set(re.findall(r"^\| `([a-z-]+)` \|", PAGE.partition("## GitLab")[0], re.MULTILINE)) == set(
        ACTION["inputs"]
    )


def test_nothing_of_an_input_is_run() -> None:
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    assert len(scripts) == 2
    assert not [script for script in scripts if "${{" in script]


def test_the_page_shows_what_init_writes() -> None:
    shown = dict(re.findall(r"^```yaml (github|gitlab)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
    assert shown == {"github": github_workflow(GROUND), "gitlab": gitlab_job(GROUND)}


# -- run it --------------------------------------------------------------------------------------------------


class Runner:
    """A runner of GitHub Actions, as far as the action's own steps need one."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.output = folder / "output"
        self.summary = folder / "summary"

    def step(self, position: int, **inputs: str) -> subprocess.CompletedProcess[str]:
        step = ACTION["runs"]["steps"][position]
        given = {name: each["default"] for name, each in ACTION["inputs"].items()} | inputs
        values = {
            key: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: given[match[1]], text)
            for key, text in step["env"].items()
        }
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "GITHUB_", "PYTHONPATH"))}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.checkout,
            env={
                **kept,
                **values,
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTION_PATH": str(ROOT),
                "GITHUB_BASE_REF": "main",
                "GITHUB_OUTPUT": str(self.output),
                "GITHUB_STEP_SUMMARY": str(self.summary),
                "RUNNER_TEMP": str(self.temporary),
                "XDG_CACHE_HOME": str(self.temporary / "cache"),
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *arguments], cwd=folder, check=True
    )


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner with a pull request checked out that drops a column."""
    runner, origin = Runner(tmp_path), tmp_path / "origin"
    versions = origin / "migrations" / "versions"
    versions.mkdir(parents=True)
    (origin / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    (origin / "migrations" / "env.py").write_text("")
    git(origin, "init", "--quiet", "--initial-branch=main")
    git(origin, "add", ".")
    git(origin, "commit", "--quiet", "--message", "Begin")
    git(origin, "switch", "--quiet", "--create", "work")
    (versions / "0001.py").write_text(
        "from alembic import op\n\nrevision = '0001'\ndown_revision = None\n\n\n"
        "def upgrade():\n    op.drop_column('users', 'nickname')\n"
    )
    git(origin, "add", ".")
    git(origin, "commit", "--quiet", "--message", "Drop")
    subprocess.run(["git", "clone", "--quiet", str(origin), str(runner.checkout)], check=True)
    return runner


@pytest.mark.xdist_group("pre-commit")
def test_a_pull_request_is_annotated_summed_up_and_reported(runner: Runner) -> None:
    installed = runner.step(0)
    assert installed.returncode == 0, installed.stdout + installed.stderr

    linted = runner.step(1)
    assert linted.returncode == 1, linted.stdout + linted.stderr
    assert linted.stdout.startswith("::error file=migrations/versions/0001.py,line=8,")
    outputs = dict(line.split("=", 1) for line in runner.output.read_text().splitlines())
    (run,) = json.loads(Path(outputs["sarif"]).read_text())["runs"]
    assert "drop-column" in [each["ruleId"] for each in run["results"]]
    assert "drop-column" in Path(outputs["md"]).read_text()
    assert runner.summary.read_text().startswith("### safemigrate\n")

    wrong = runner.step(1, config="nowhere.ini")
    assert (wrong.returncode, "nowhere.ini" in wrong.stderr) == (2, True)

    options = {"since": "HEAD", "postgres": "17", "strict": "true", "fail-on": "never", "config": "alembic.ini"}
    nothing = runner.step(1, **options)
    assert (nothing.returncode, "0 of 1 revision checked" in nothing.stdout) == (0, True), nothing.stderr
    everything = runner.step(1, all="true", **{"fail-on": "never"})
    assert (everything.returncode, "1 revision" in everything.stdout) == (0, True), everything.stderr
