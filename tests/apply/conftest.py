from __future__ import annotations

from pathlib import Path

import pytest
from histories import project, renaming, stamped

from safemigrate.apply import Project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The renaming history."""
    return renaming(tmp_path / "project")


@pytest.fixture
def live(folder: Path, database: str) -> Project:
    """The renaming history on a database at r1, with rows."""
    stamped(folder, database)
    return project(folder, database)
