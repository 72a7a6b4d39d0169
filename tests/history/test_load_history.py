"""Finding the configuration and the revisions, and the graph they form."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic_projects import INI, Project

from safemigrate.errors import (
    AmbiguousRevision,
    BadDeclaration,
    ConfigurationError,
    DuplicateRevision,
    MissingRevision,
    NoRevisionId,
    RevisionCycle,
    RevisionSyntax,
    UnknownRevision,
)
from safemigrate.history import Phase, load, read_revisions

NOTHING = "def upgrade(): pass\n"


def chain(project: Project, *ids: str) -> None:
    for down, id in zip((None, *ids), ids, strict=False):
        project.add(id, NOTHING, down=down)


def test_revisions_come_after_what_they_build_on(project: Project) -> None:
    project.add("a", NOTHING, down="z")
    project.add("z", NOTHING)
    project.add("b", NOTHING, down="a")

    history = project.load()

    assert [revision.id for revision in history.revisions] == ["z", "a", "b"]
    assert history.heads == ("b",)
    assert [revision.id for revision in history.ancestors("b")] == ["z", "a"]
    assert history.root == project.root


def test_two_heads_are_no_error(project: Project) -> None:
    chain(project, "a", "b")
    project.add("c", NOTHING, down="a")

    history = project.load()

    assert set(history.heads) == {"b", "c"}
    with pytest.raises(AmbiguousRevision, match='"head" may be any of'):
        history.resolve("head")


def test_a_file_declares_its_phase_title_and_backfill(project: Project) -> None:
    project.raw(
        "a",
        '''\
        """Fill the names

        Revision ID: a
        """
        revision: str = "a"
        down_revision = None
        safemigrate_phase = "migrate"
        safemigrate_backfill = {"table": "users"}
        ''',
    )

    (revision,) = project.load().revisions

    assert revision.phase is Phase.MIGRATE
    assert revision.title == "Fill the names"
    assert revision.backfills == ({"table": "users"},)


def test_branches_labelled_as_phases_are_phases(project: Project) -> None:
    project.add("root", NOTHING)
    project.add("e1", 'branch_labels = ("expand",)\n' + NOTHING, down="root")
    project.add("e2", NOTHING, down="e1")
    project.add("c1", 'branch_labels = ("contract",)\ndepends_on = "e2"\n' + NOTHING, down="root")

    history = project.load()

    assert {r.id: r.phase for r in history.revisions} == {
        "root": None,
        "e1": Phase.EXPAND,
        "e2": Phase.EXPAND,
        "c1": Phase.CONTRACT,
    }
    assert [revision.id for revision in history.ancestors("c1")] == ["root", "e1", "e2"]
    assert history.resolve("expand@head") == "e2"
    assert history.resolve("contract") == "c1"


def test_sub_folders_are_read_when_the_configuration_says_so(project: Project) -> None:
    project.add("a", NOTHING)
    project.file("migrations/versions/2024/b.py", "revision = 'b'\ndown_revision = 'a'\n")
    assert [revision.id for revision in project.load().revisions] == ["a"]

    (project.root / "alembic.ini").write_text(INI + "recursive_version_locations = true\n")

    assert [revision.id for revision in project.load().revisions] == ["a", "b"]


def test_several_version_locations_are_one_history(project: Project) -> None:
    project.add("a", NOTHING)
    project.file("more/b.py", "revision = 'b'\ndown_revision = 'a'\n")
    (project.root / "alembic.ini").write_text(
        INI + "version_locations = %(here)s/migrations/versions:%(here)s/more\n"
    )

    assert [revision.id for revision in project.load().revisions] == ["a", "b"]


def test_pyproject_is_a_configuration(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    chain(project, "a")
    (project.root / "alembic.ini").unlink()
    project.file("pyproject.toml", '[tool.alembic]\nscript_location = "%(here)s/migrations"\n')
    monkeypatch.chdir(project.root)

    history = load()

    assert history.heads == ("a",)
    assert read_revisions(history)["a"].obstacles == ()


def test_the_environment_and_the_section_choose_the_configuration(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chain(project, "a")
    other = project.file("other.ini", "[DEFAULT]\n[users]\nscript_location = %(here)s/migrations\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALEMBIC_CONFIG", str(other))

    assert load(name="users").heads == ("a",)


def test_a_package_is_found_without_importing_it(project: Project) -> None:
    chain(project, "a")
    project.file("app/__init__.py", "raise RuntimeError('imported')\n")
    (project.root / "migrations").rename(project.root / "app" / "migrations")
    (project.root / "alembic.ini").write_text("[alembic]\nscript_location = app:migrations\n")

    assert project.load().script_location == project.root / "app" / "migrations"


def test_a_missing_configuration_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ConfigurationError, match=r"Neither alembic\.ini nor \[tool\.alembic\]"):
        load()
    with pytest.raises(ConfigurationError, match="no such file"):
        load(tmp_path / "nowhere.ini")


def test_a_syntax_error_has_its_line(project: Project) -> None:
    path = project.add("a", "def upgrade()\n    pass\n")

    with pytest.raises(RevisionSyntax) as caught:
        project.load()

    assert str(caught.value).startswith(f"{path}:5: This is not Python")


def test_a_revision_that_builds_on_nothing_known_is_named(project: Project) -> None:
    path = project.add("b", NOTHING, down="a")

    with pytest.raises(MissingRevision) as caught:
        project.load()

    assert str(caught.value) == (
        f'{path}:2: Revision "b" builds on "a", which no file declares. Restore the file, or correct the id.'
    )


def test_an_id_given_twice_is_named(project: Project) -> None:
    project.add("a", NOTHING)
    project.add("a", NOTHING, name="again")

    with pytest.raises(DuplicateRevision, match=r"again\.py:1: Revision \"a\" is declared twice"):
        project.load()


def test_a_circle_is_shown(project: Project) -> None:
    project.add("a", NOTHING, down="c")
    project.add("b", NOTHING, down="a")
    project.add("c", NOTHING, down="b")

    with pytest.raises(RevisionCycle, match="a → c → b → a"):
        project.load()


def test_a_file_without_an_id_and_a_wrong_phase_are_named(project: Project) -> None:
    project.raw("helper_functions", "x = 1\n")
    with pytest.raises(NoRevisionId, match=r"helper_functions\.py:1"):
        project.load()
    (project.versions / "helper_functions.py").unlink()

    project.raw("a", "revision = 'a'\ndown_revision = None\nsafemigrate_phase = 'later'\n")
    with pytest.raises(BadDeclaration, match="safemigrate_phase is 'later'"):
        project.load()


@pytest.mark.parametrize(
    "said",
    [
        "revision, down_revision = 'b', 'a'",
        "(revision, down_revision), depends_on = ['b', 'a'], None",
        "revision, *rest = 'b', 1, 2\ndown_revision = 'a'",
    ],
)
def test_several_attributes_in_one_assignment_are_read(project: Project, said: str) -> None:
    project.add("a", NOTHING)
    project.raw("b", f"{said}\ndef upgrade(): pass\n")

    assert project.load().heads == ("b",)


def test_computed_ids_are_asked_of_the_reading_process(project: Project) -> None:
    project.raw("a", "revision = 'a' + str(1)\ndown_revision = None\ndef upgrade(): pass\n")

    assert project.load().heads == ("a1",)


def test_names_of_revisions(project: Project) -> None:
    chain(project, "aa11", "ab22", "cc33")
    history = project.load()

    assert history.resolve("cc33") == "cc33"
    assert history.resolve("cc") == "cc33"
    assert history.resolve("head") == "cc33"
    assert history.resolve("-1") == "ab22"
    assert history.resolve("head-2") == "aa11"
    assert history.resolve("aa11+1") == "ab22"
    assert history.resolve(str(project.versions / "ab22.py")) == "ab22"
    assert history.resolve("ab22.py") == "ab22"
    assert history.resolve("base") == ""
    with pytest.raises(AmbiguousRevision, match='"a" may be any of aa11, ab22'):
        history.resolve("a")
    with pytest.raises(UnknownRevision, match='"zz" is no revision'):
        history.resolve("zz")


def test_ranges_are_those_of_alembic(project: Project) -> None:
    chain(project, "a", "b", "c", "d")
    history = project.load()

    def ids(after: str, upto: str) -> list[str]:
        return [revision.id for revision in history.range(after, upto)]

    assert ids("a", "c") == ["b", "c"]
    assert ids("base", "b") == ["a", "b"]
    assert ids("b", "head") == ["c", "d"]
    with pytest.raises(UnknownRevision, match='"d" does not come before "b"'):
        history.range("d", "b")
