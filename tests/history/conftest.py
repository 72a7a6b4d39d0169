from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic_projects import Project

from safemigrate.history import Reading


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


@pytest.fixture
def upgrade(project: Project) -> Callable[[str], Reading]:
    """The reading of a single revision with this body; the body begins on line 5."""

    def read(body: str) -> Reading:
        project.add("a1", body)
        return project.read("a1")

    return read
