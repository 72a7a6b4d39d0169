from __future__ import annotations

import os
from pathlib import Path

import pytest
from alembic_project import USERS, AlembicProject, Outcome, Run
from click.testing import CliRunner

from safemigrate.cli import cli


@pytest.fixture
def project(tmp_path: Path) -> AlembicProject:
    """A project with the table users on its main branch, and HEAD on a branch of its own."""
    project = AlembicProject.made(tmp_path / "project")
    project.revision("0001", USERS)
    project.git("init", "--quiet", "--initial-branch=main")
    project.commit("Begin")
    project.git("switch", "--quiet", "--create", "work")
    return project


@pytest.fixture
def run(project: AlembicProject, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line run in the project's folder, in this process."""
    for name in os.environ:
        if name.startswith(("GIT_", "SAFEMIGRATE_", "ALEMBIC_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(project.root.parent / "cache"))
    monkeypatch.chdir(project.root)

    def invoke(*arguments: str) -> Outcome:
        result = CliRunner().invoke(cli, list(arguments))
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return invoke
