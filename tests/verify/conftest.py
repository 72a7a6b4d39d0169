"""Fixtures over small projects with two versions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from two_versions import Step, Verify, verify_folder, write_project

from safemigrate.history import load
from safemigrate.server import Server
from safemigrate.verify.matrix import Matrix
from safemigrate.verify.version import loaded, opened
from safemigrate.verify.workload import Workload


@pytest.fixture
def verified(tmp_path: Path, server: Server) -> Verify:
    """Verifies a project that is written for the occasion; see write_project()."""

    def run(*, base: str, steps: Sequence[Step], old: str, new: str, **sql: str) -> Matrix:
        folder = write_project(tmp_path / "project", base=base, steps=steps, old=old, new=new)
        return verify_folder(folder, server, before="0001", **sql)

    return run


@pytest.fixture
def workload(tmp_path: Path, server: Server) -> Callable[[str], Workload]:
    """The workload of models that are written for the occasion."""

    def run(models: str) -> Workload:
        folder = write_project(tmp_path / "project", base="", steps=[], old=models, new="")
        history = load(folder / "alembic.ini")
        with opened("old", str(folder / "old"), history, name="alembic") as version:
            return loaded(version, "app.models:Base", server.url)

    return run
