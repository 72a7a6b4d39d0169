"""deploy-order is told which files changed together: by git, or by a hook that names them."""

from __future__ import annotations

import json

import pytest
from alembic_project import ADD_EMAIL, DROP_NICKNAME, AlembicProject, Run

from safemigrate.schema import Name
from safemigrate.schema.sync import Guard

CONTRACT = 'safemigrate_phase = "contract"'


@pytest.fixture(autouse=True)
def enabled(project: AlembicProject) -> None:
    project.git("switch", "--quiet", "main")
    project.write("pyproject.toml", '[tool.safemigrate]\nlock_timeout = "managed"\nenable = ["deploy-order"]\n')
    project.write("shop/models.py", "nickname = 1\n")
    project.commit("Ask for the rule")
    project.git("switch", "--quiet", "work")
    project.git("reset", "--quiet", "--hard", "main")


def messages(run: Run, *arguments: str) -> list[str]:
    """What the rule says."""
    told = json.loads(run("lint", "--format", "json", "--fail-on", "never", *arguments).stdout)
    return [each["message"] for each in told["findings"] if each["rule"] == "deploy-order"]


def test_code_that_git_tells_of_stands_beside_a_revision(project: AlembicProject, run: Run) -> None:
    project.revision("0002", DROP_NICKNAME, down="0001")
    assert messages(run) == []

    project.write("shop/models.py", "")
    project.write("shop/users.py", "")
    project.write("tests/test_users.py", "")
    (told,) = messages(run)
    assert told.startswith("2 files of the application change together with this revision (models.py, users.py)")
    assert "ALTER TABLE users DROP COLUMN nickname" in told

    # a remembered verdict does not outlive the change that it was about
    project.git("checkout", "--quiet", "shop/models.py")
    (project.root / "shop/users.py").unlink()
    assert messages(run) == []


def test_a_hook_names_the_files_of_a_commit(project: AlembicProject, run: Run) -> None:
    revision = str(project.revision("0002", DROP_NICKNAME, down="0001").relative_to(project.root))

    assert messages(run, revision) == []
    assert len(messages(run, revision, "shop/models.py")) == 1
    assert messages(run, revision, "migrations/env.py") == []


def test_what_only_adds_may_come_with_its_code(project: AlembicProject, run: Run) -> None:
    project.revision("0002", ADD_EMAIL, down="0001")
    project.write("shop/models.py", "")

    assert messages(run) == []


def test_a_contract_waits_only_if_it_guards_itself(project: AlembicProject, run: Run) -> None:
    guard = f"    op.execute({Guard('0002', (Name('users'),)).sql()!r})\n"
    project.write("shop/models.py", "")

    project.revision("0002", DROP_NICKNAME, down="0001", head=CONTRACT)
    assert len(messages(run)) == 1
    project.revision("0002", guard + DROP_NICKNAME, down="0001", head=CONTRACT)
    assert messages(run) == []
