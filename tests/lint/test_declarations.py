"""What files declare is remembered by their bytes, and nothing else of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from safemigrate.errors import RevisionSyntax
from safemigrate.history import History, load, reader
from safemigrate.history import declaration as declaring
from safemigrate.history.configuration import Configuration
from safemigrate.history.declaration import Declaration
from safemigrate.lint.declarations import Declarations
from safemigrate.lint.store import write_sealed

FILES = {
    "a": '"""First."""\nrevision = "a"\ndown_revision = None\nsafemigrate_phase = "expand"\n',
    "b": 'revision = "b"\ndown_revision = ("a",)\nbranch_labels = {"x"}\nsafemigrate_backfill = {"t": (1, b"x")}\n',
}


class Project:
    """A history, and what is remembered of its files."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.parsed: list[str] = []
        #: what the last load had to parse
        self.last: list[str] = []
        (root / "migrations" / "versions").mkdir(parents=True)
        (root / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
        for name, text in FILES.items():
            self.path(name).write_text(text)
        real = declaring.declaration_in

        def counted(path: Path, source: bytes) -> Declaration:
            self.parsed.append(path.stem)
            return real(path, source)

        monkeypatch.setattr("safemigrate.lint.declarations.declaration_in", counted)

    def path(self, name: str) -> Path:
        return self.root / "migrations" / "versions" / f"{name}.py"

    def load(self) -> History:
        declared = Declarations(self.root / "cache", "shop")
        history = load(self.root / "alembic.ini", declared=declared)
        declared.keep()
        self.parsed, parsed = [], self.parsed
        assert history == load(self.root / "alembic.ini")
        assert [r.digest for r in history.revisions] == [r.digest for r in load(self.root / "alembic.ini").revisions]
        self.last = parsed
        return history


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(tmp_path, monkeypatch)


def test_a_file_is_parsed_once(project: Project) -> None:
    first = project.load()
    assert project.last == ["a", "b"]
    assert project.load() == first
    assert project.last == []


def test_an_edited_added_removed_or_renamed_file_is_seen(project: Project) -> None:
    project.load()
    project.path("b").write_text('revision = "b"\ndown_revision = "a"\n')
    assert project.load().by_id["b"].labels == frozenset()
    project.path("c").write_text('revision = "c"\ndown_revision = "b"\n')
    assert project.load().heads == ("c",)
    assert project.last == ["c"]
    project.path("b").rename(project.path("z"))
    assert project.load().by_id["b"].path.name == "z.py"
    assert project.last == []
    project.path("c").unlink()
    assert project.load().heads == ("b",)


def test_what_is_no_python_is_told_each_time(project: Project) -> None:
    project.load()
    project.path("b").write_text("revision = (")
    for _ in range(2):
        with pytest.raises(RevisionSyntax):
            project.load()


@pytest.mark.parametrize("content", [b"", b"x", b"\0" * 90])
@pytest.mark.parametrize("sealed", [False, True])
def test_a_damaged_file_is_none(project: Project, content: bytes, sealed: bool) -> None:
    project.load()
    (file,) = (project.root / "cache" / "declarations").iterdir()
    write_sealed(file, content) if sealed else file.write_bytes(content)
    project.load()
    assert project.last == ["a", "b"]


def test_a_folder_that_cannot_be_written_is_no_error(project: Project) -> None:
    (project.root / "cache").write_text("a file")
    project.load()
    project.load()
    assert project.last == ["a", "b"]


def test_what_a_file_computes_is_remembered_with_what_it_looked_at(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    real = reader.declared_values

    def counted(configuration: Configuration, paths: Sequence[Path]) -> Mapping[Path, reader.Declared]:
        asked.append([path.stem for path in paths])
        return real(configuration, paths)

    monkeypatch.setattr("safemigrate.lint.declarations.declared_values", counted)
    names = project.root / "names.txt"
    names.write_text("x")
    project.path("b").write_text(
        f'revision = "b"\ndown_revision = "a"\nbranch_labels = (open({str(names)!r}).read(),)\n'
    )

    def labels() -> frozenset[str]:
        declared = Declarations(project.root / "cache", "shop")
        history = load(project.root / "alembic.ini", declared=declared, asked=declared.computed)
        return history.by_id["b"].labels

    assert [labels(), labels()] == [frozenset("x"), frozenset("x")]
    assert asked == [["b"]]

    names.write_text("y")
    assert [labels(), labels()] == [frozenset("y"), frozenset("y")]
    assert asked == [["b"], ["b"]]
