"""The hook under the real pre-commit: in an environment of its own, where the application is not installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic_project import ADD_EMAIL, DROP_NICKNAME, AlembicProject, Outcome, clean_environment

CHECKOUT = Path(__file__).parents[2]
IMPORTS_THE_APPLICATION = "from shop_not_installed.models import Base, Status"


@pytest.fixture(scope="module", autouse=True)
def _forked_processes() -> None:
    """These are about the process itself, which pre-commit starts."""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> AlembicProject:
    """This checkout as a repository that a hook can be fetched from: what git knows of it, as it is now."""
    published = AlembicProject(tmp_path_factory.mktemp("published"))
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (CHECKOUT / name).is_file() and not name.startswith("tests/"):
            target = published.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((CHECKOUT / name).read_bytes())
    published.git("init", "--quiet", "--initial-branch=main")
    published.commit()
    return published


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """pre-commit's own folder: the environment is built once."""
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def hooked(project: AlembicProject, published: AlembicProject) -> AlembicProject:
    """A project that uses the hook."""
    rev = published.git("rev-parse", "HEAD").strip()
    project.write(
        ".pre-commit-config.yaml",
        f"repos:\n- repo: {published.root}\n  rev: {rev}\n  hooks:\n  - id: safemigrate\n",
    )
    project.write("pyproject.toml", '[tool.safemigrate]\nlock_timeout = "managed"\n')
    project.commit("Use the hook")
    return project


def hook(project: AlembicProject, home: Path, *arguments: str) -> Outcome:
    found = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--color=never", *arguments],
        cwd=project.root,
        env={**clean_environment(), "PRE_COMMIT_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    return Outcome(found.returncode, found.stdout, found.stderr)


@pytest.mark.xdist_group("pre-commit")
def test_a_commit_is_judged_without_the_application(hooked: AlembicProject, home: Path) -> None:
    hooked.revision("0002", DROP_NICKNAME, down="0001", head=IMPORTS_THE_APPLICATION)
    hooked.git("add", "--all")
    refused = hook(hooked, home)
    assert refused.code == 1, refused.stdout + refused.stderr
    assert "migrations/versions/0002.py:10  drop-column  breaks-old, loses-data" in refused.stdout
    assert "ALTER TABLE users ALTER COLUMN nickname DROP NOT NULL;" in refused.stdout

    hooked.revision("0002", ADD_EMAIL, down="0001", head=IMPORTS_THE_APPLICATION)
    hooked.git("add", "--all")
    passed = hook(hooked, home, "--verbose")
    assert passed.code == 0, passed.stdout + passed.stderr
    assert "no findings in 1 revision (" in passed.stdout


@pytest.mark.xdist_group("pre-commit")
def test_files_that_are_no_revisions_pass(hooked: AlembicProject, home: Path) -> None:
    hooked.write("migrations/helpers.py", "x = 1\n")
    hooked.write("app.py", "x = 1\n")
    hooked.git("add", "--all")
    passed = hook(hooked, home, "--verbose")
    assert passed.code == 0, passed.stdout + passed.stderr
    assert "none is among the files named" in passed.stdout
