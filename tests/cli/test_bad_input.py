"""What people get wrong, run as they would run it: one line that says what, where and what to do, in bounded time."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from alembic_project import ADD_EMAIL, DROP_NICKNAME, AlembicProject, Outcome, clean_environment

from safemigrate.cli.judging import SQL_LIMIT


@pytest.fixture(scope="module", autouse=True)
def _forked_processes() -> None:
    """These are about the process itself, which may not read everything."""


def refused(answer: Outcome) -> str:
    """The one line of a run that is refused."""
    assert (answer.code, answer.stdout) == (2, "")
    (line,) = answer.stderr.splitlines()
    assert line.startswith("error: ")
    assert "Traceback" not in line
    assert "this is a bug" not in line
    return line


# -- Alembic's configuration ---------------------------------------------------------------------------------


def test_a_section_that_is_not_there(project: AlembicProject) -> None:
    said = refused(project.run("lint", "-n", "reports"))
    assert "alembic.ini: There is no section [reports]. It has [alembic]; -n names another" in said


def test_a_variable_that_names_a_missing_file(project: AlembicProject) -> None:
    said = refused(project.run("lint", environment={"ALEMBIC_CONFIG": "/nowhere/alembic.ini"}))
    assert "/nowhere/alembic.ini: There is no such file, and ALEMBIC_CONFIG names it." in said


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("script_location = x\n", 1, "its first section has no [header]"),
        ("[alembic]\nscript_location = x\nnonsense\n", 3, "a line is neither a section"),
        ("[alembic]\na = 1\n[alembic]\n", 3, "a section stands there twice"),
        ("[alembic]\na = 1\na = 2\n", 3, "a key stands there twice"),
    ],
)
def test_an_ini_that_is_none_is_told_by_its_path_and_line(
    project: AlembicProject, text: str, line: int, reason: str
) -> None:
    project.write("alembic.ini", text)
    for command in ("lint", "config"):
        said = refused(project.run(command))
        assert f"alembic.ini:{line}: This is not an ini file: {reason}" in said
        assert "<string>" not in said


# -- folders of revisions ------------------------------------------------------------------------------------


def test_a_folder_that_may_not_be_read_is_not_an_empty_one(project: AlembicProject) -> None:
    folder = project.root / "migrations" / "versions"
    folder.chmod(0o000)
    try:
        answer = without_override(project, "lint", "--all")
    finally:
        folder.chmod(0o755)
    assert "versions: The folder of revisions cannot be read: permission denied." in refused(answer)


def without_override(project: AlembicProject, *arguments: str) -> Outcome:
    """The command line as somebody whom permissions stop, even where the tests are run by root."""
    found = subprocess.run(
        ["setpriv", "--bounding-set=-dac_override,-dac_read_search", sys.executable, "-m", "safemigrate", *arguments],
        cwd=project.root,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return Outcome(found.returncode, found.stdout, found.stderr)


def test_a_location_that_is_not_there_is_not_an_empty_one(project: AlembicProject) -> None:
    text = "[alembic]\nscript_location = %(here)s/migrations\nversion_locations = %(here)s/migrations/version\n"
    project.write("alembic.ini", text)
    said = refused(project.run("lint", "--all"))
    assert "migrations/version: There is no such folder of revisions. Correct version_locations" in said


def test_a_project_without_a_revision_yet_is_none_of_these(project: AlembicProject) -> None:
    (project.root / "migrations/versions/0001.py").unlink()
    (project.root / "migrations/versions").rmdir()
    linted = project.run("lint", "--all")
    assert (linted.code, linted.stdout) == (0, "0 of 0 revisions checked: the history holds none\n")


# -- git -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("lint", "--since", ""),
        ("lint", "--database-url", ""),
        ("stats", "--database-url", " "),
        ("verify", "--old", ""),
        ("verify", "--old", "main", "--new", ""),
        ("status", "--database-url", ""),
        ("apply", "--phase", "expand", "--database-url", ""),
    ],
    ids=" ".join,
)
def test_an_option_whose_variable_is_not_set_means_no_default(
    project: AlembicProject, arguments: tuple[str, ...]
) -> None:
    answer = project.run(*arguments)
    assert (answer.code, answer.stdout) == (2, "")
    assert f"'{arguments[-2]}': it is empty. Is the variable set that it came from?" in answer.stderr


def test_a_shallow_clone_says_what_to_fetch(project: AlembicProject, tmp_path: Path) -> None:
    project.revision("0002", ADD_EMAIL, down="0001")
    project.commit()
    clone = AlembicProject(tmp_path / "clone")
    clone.root.mkdir()
    clone.git("clone", "--quiet", "--depth=1", "--branch=work", f"file://{project.root}", ".")
    said = refused(clone.run("lint", "--since", "origin/main"))
    assert 'This clone is shallow, and there is no "origin/main" in it. Run git fetch --unshallow' in said
    clone.git("fetch", "--quiet", "--unshallow", "origin", "+refs/heads/*:refs/remotes/origin/*")
    assert clone.run("lint", "--since", "origin/main").code == 0


# -- SQL -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"SELECT 1;\n\n  SELECT 'oh", "change.sql:3:10: a string is opened and never closed."),
        (b"SELECT 1;\nSELECT $$ oh", "change.sql:2:8: a string quoted with $$ is opened and never closed."),
        (b"SELECT 1;\nSELECT '\xe9';", "change.sql:2: This is not UTF-8: byte 18 is e9."),
        (b"SELECT 1;\n\nSELECT '\x00';", "change.sql:3: There is a NUL byte"),
        (b"\xff\xfeS\x00", "change.sql:1: This is not UTF-8: byte 0 is ff."),
        (b"\\connect shop\nSELECT 1", "change.sql:1:1: '\\\\connect shop' is a command of psql."),
    ],
)
def test_sql_that_cannot_be_read_is_told_by_its_place(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "change.sql").write_bytes(content)
    assert complaint in refused(AlembicProject(tmp_path).run("lint", "--sql", "change.sql"))


def test_a_byte_order_mark_is_no_sql(tmp_path: Path) -> None:
    (tmp_path / "change.sql").write_bytes(b"\xef\xbb\xbfALTER TABLE users DROP COLUMN nickname;")
    answer = AlembicProject(tmp_path).run("lint", "--sql", "change.sql")
    assert (answer.code, answer.stdout.startswith("change.sql:1  drop-column")) == (1, True)


def test_fifty_megabytes_are_refused_at_once(tmp_path: Path) -> None:
    statement = b"INSERT INTO users (id, nickname) VALUES (1, 'ada');\n"
    (tmp_path / "big.sql").write_bytes(statement * (50_000_000 // len(statement)))
    project = AlembicProject(tmp_path)
    began = time.monotonic()
    for arguments in (("big.sql",), ("small.sql", "--schema", "big.sql")):
        project.write("small.sql", "SELECT 1;")
        said = refused(project.run("lint", "--sql", *arguments))
        assert f"big.sql: This file has 50 MB, and up to {SQL_LIMIT // 1_000_000} MB are read." in said
    assert time.monotonic() - began < 30


# -- revisions and databases ---------------------------------------------------------------------------------


def test_an_import_that_is_missing_and_unused_is_nothing(project: AlembicProject) -> None:
    project.write("pyproject.toml", '[tool.safemigrate]\nlock_timeout = "managed"\n')
    head = "import shop_not_installed\nfrom shop_not_installed.models import Base"
    project.revision("0002", ADD_EMAIL, down="0001", head=head)
    answer = project.run("lint", "--strict")
    assert (answer.code, answer.stderr) == (0, "")
    assert answer.stdout.startswith("no findings in 1 revision (")
    project.revision("0002", DROP_NICKNAME, down="0001", head=head)
    assert project.run("lint").stdout.startswith("migrations/versions/0002.py:11  drop-column")


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("postgresql://ada:s3cret@localhost:1/shop", "localhost:1/shop: no connection"),
        ("postgresql://ada:s3cret@[::1/shop", "The database URL cannot be read."),
        ("mysql://ada:s3cret@localhost/shop", "This is not PostgreSQL but a URL of mysql."),
        ("nonsense", "The database URL cannot be read."),
    ],
)
@pytest.mark.parametrize("command", [("status",), ("can-i", "contract"), ("apply", "--phase", "expand")])
def test_a_wrong_database_is_one_line(
    project: AlembicProject, command: tuple[str, ...], url: str, complaint: str
) -> None:
    said = refused(project.run(*command, "--database-url", url))
    assert complaint in said
    assert "s3cret" not in said
    assert "Is the server running" not in said
