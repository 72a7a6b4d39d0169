from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import pytest
from histories import project, renaming, stamped

from safemigrate.apply import Project
from safemigrate.history import History, Reading
from safemigrate.lint import revisions

_READ: dict[object, Mapping[str, Reading]] = {}


@pytest.fixture(autouse=True)
def _read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One history is read by one process, however many phases are applied: that process is tested elsewhere."""
    read = revisions.read_revisions

    def once(
        history: History, ids: Collection[str], *, downgrades: Collection[str], **_: object
    ) -> Mapping[str, Reading]:
        key = (tuple((r.path, r.digest) for r in history.revisions), frozenset(ids))
        if key not in _READ:
            _READ[key] = read(history, ids, downgrades=downgrades)
        return _READ[key]

    monkeypatch.setattr(revisions, "read_revisions", once)


@pytest.fixture(scope="session")
def renamed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The renaming history, for tests that change nothing of it."""
    return renaming(tmp_path_factory.mktemp("renaming") / "project")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The renaming history, for tests that add to it."""
    return renaming(tmp_path / "project")


@pytest.fixture
def live(renamed: Path, database: str) -> Project:
    """The renaming history on a database at r1, with rows."""
    stamped(renamed, database)
    return project(renamed, database)
