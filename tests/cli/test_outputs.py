"""``--output``: several reports at once, files that are whole or not there, streams that end early."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from alembic_project import DROP_NICKNAME, AlembicProject, Run, clean_environment

COMMAND = f"{sys.executable} -m safemigrate"


@pytest.fixture(scope="module", autouse=True)
def _forked_processes() -> None:
    """These are about the process itself, and its streams."""


@pytest.fixture
def dangerous(project: AlembicProject) -> AlembicProject:
    project.write("pyproject.toml", '[tool.safemigrate]\nlock_timeout = "managed"\n')
    project.revision("0002", DROP_NICKNAME, down="0001")
    return project


def shell(project: AlembicProject, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {script}"],
        cwd=project.root,
        env={**clean_environment(), "XDG_CACHE_HOME": str(project.root.parent / "cache"), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_several_reports_come_from_one_run(dangerous: AlembicProject, run: Run) -> None:
    files = {"sarif": "a.sarif", "gitlab": "b.json", "junit": "c.xml", "markdown": "d.md", "json": "e.json"}
    wanted = [part for name, file in files.items() for part in ("--output", f"{name}:{file}")]
    answer = run("lint", *wanted, "--output", "text")
    assert (answer.code, answer.stdout) == (1, run("lint").stdout)
    for file in ("a.sarif", "b.json", "e.json"):
        assert "drop-column" in json.dumps(json.loads((dangerous.root / file).read_text()))
    assert ElementTree.parse(dangerous.root / "c.xml").find(".//failure") is not None
    assert "❌ **drop-column**" in (dangerous.root / "d.md").read_text()


def test_where_nothing_is_printed_one_line_says_what_was_found(dangerous: AlembicProject, run: Run) -> None:
    answer = run("lint", "--output", "sarif:report.sarif")
    assert (answer.code, answer.stdout) == (1, "")
    assert answer.stderr == "report.sarif: 1 error in 1 of 1 revision (1 statement, changed since main)\n"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--output", "xml"], '"xml" is no format: --output takes text, json, sarif'),
        (["--output", "sarif:"], "names no file"),
        (
            ["--output", "sarif", "--output", "text"],
            "would be mixed on standard output. Give a file: --output sarif:",
        ),
        (["--output", "json:a", "--output", "sarif:a"], "a is named by two outputs"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_read(run: Run, options: list[str], complaint: str) -> None:
    answer = run("lint", *options)
    assert (answer.code, answer.stdout) == (2, "")
    assert complaint in answer.stderr


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("nowhere/report.sarif", "no such file or directory"),
        ("migrations", "is a directory"),
        ("/dev/full", "no space"),
    ],
)
def test_a_file_that_cannot_be_written_is_one_line(dangerous: AlembicProject, file: str, reason: str) -> None:
    found = shell(dangerous, f"{COMMAND} lint --output sarif:{file}")
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.splitlines() == [found.stderr.strip()]
    assert found.stderr.startswith(f"error: {file}: this file cannot be written: {reason}")


def test_a_file_is_replaced_whole_and_leaves_nothing_else(dangerous: AlembicProject, run: Run) -> None:
    target = dangerous.root / "reports" / "real.sarif"
    target.parent.mkdir()
    target.write_text("old")
    target.chmod(0o640)
    before = target.stat().st_ino
    link = dangerous.root / "link.sarif"
    link.symlink_to(target)
    run("lint", "--output", "sarif:link.sarif")
    assert link.is_symlink()
    assert json.loads(target.read_text())["version"] == "2.1.0"
    assert (target.stat().st_mode & 0o777, target.stat().st_ino != before) == (0o640, True)
    assert [path.name for path in target.parent.iterdir()] == ["real.sarif"]


def test_a_new_file_has_the_permissions_of_new_files(dangerous: AlembicProject) -> None:
    shell(dangerous, f"umask 027; {COMMAND} lint --output sarif:new.sarif")
    assert (dangerous.root / "new.sarif").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("redirection", "said"),
    [
        (">/dev/full", "error: standard output: no space left on device. Check that it is open and has room."),
        (">&-", "error: standard output: bad file descriptor. Check that it is open and has room."),
    ],
)
@pytest.mark.parametrize("command", ["lint", "lint --format json", "rules", "explain drop-column"])
def test_a_full_or_closed_output_is_one_line(
    dangerous: AlembicProject, command: str, redirection: str, said: str
) -> None:
    found = shell(dangerous, f"{COMMAND} {command} {redirection}")
    assert (found.returncode, found.stderr) == (2, f"{said}\n")


def test_a_closed_output_is_nothing_to_who_writes_files(dangerous: AlembicProject) -> None:
    found = shell(dangerous, f"{COMMAND} lint --output sarif:report.sarif >&-")
    assert (found.returncode, (dangerous.root / "report.sarif").is_file()) == (1, True)


def test_a_reader_that_has_gone_ends_it_quietly(dangerous: AlembicProject) -> None:
    dangerous.write("change.sql", "".join(f"ALTER TABLE users DROP COLUMN c{n};\n" for n in range(50)))
    process = subprocess.Popen(
        [*COMMAND.split(), "lint", "--sql", "change.sql"],
        cwd=dangerous.root,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    # what a shell calls an end by SIGPIPE
    assert (process.wait(60), process.stderr.read()) == (141, b"")
    process.stderr.close()


def test_a_name_that_is_no_text_is_printed_all_the_same(dangerous: AlembicProject) -> None:
    text = dangerous.root.joinpath("migrations/versions/0002.py").read_bytes()
    dangerous.root.joinpath("migrations/versions/0002.py").unlink()
    with open(os.path.join(os.fsencode(dangerous.root), b"migrations/versions/0002_\xff.py"), "wb") as file:
        file.write(text)
    reports = "--output markdown:c.md --output sarif:r.sarif --output junit:j.xml"
    found = shell(dangerous, f"{COMMAND} lint --output text {reports}")
    assert (found.returncode, found.stderr) == (1, "")
    assert found.stdout.startswith("migrations/versions/0002_\\udcff.py:10  drop-column")


def test_github_gets_annotations_and_a_summary(dangerous: AlembicProject) -> None:
    summary = dangerous.root / "summary.md"
    summary.write_text("earlier step\n")
    found = shell(
        dangerous,
        f"{COMMAND} lint --output github",
        GITHUB_ACTIONS="true",
        GITHUB_STEP_SUMMARY=str(summary),
    )
    assert found.stdout.startswith("::error file=migrations/versions/0002.py,line=10,")
    assert summary.read_text().startswith("earlier step\n### safemigrate\n")
    assert "drop-column" in summary.read_text()


def test_a_terminal_sees_colours_links_and_the_lines_around(dangerous: AlembicProject) -> None:
    terminal = shell(dangerous, f"script -qec '{COMMAND} lint' /dev/null", TERM="xterm-256color")
    assert "\x1b]8;" in terminal.stdout
    assert "▸ 10 │ " in terminal.stdout
    forced = shell(dangerous, f"{COMMAND} lint", FORCE_COLOR="1", TERM="xterm-256color")
    assert "\x1b[" in forced.stdout
    plain = shell(dangerous, f"{COMMAND} lint", FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b[" not in plain.stdout
