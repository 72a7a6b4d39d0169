"""The command line itself: help, errors and exit codes, whatever the command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from alembic_project import AlembicProject
from click.testing import CliRunner

from safemigrate.cli import cli
from safemigrate.cli.group import SECTIONS, CommandLine
from safemigrate.errors import Busy, GateClosed, NotProven, SafemigrateError

HEAVY = {"sqlalchemy", "sqlglot", "psycopg", "rich", "alembic"}


@pytest.fixture(scope="module", autouse=True)
def _forked_processes() -> None:
    """These are about the process itself, and what it imports."""


def modules_after(code: str) -> set[str]:
    found = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in found.stdout.splitlines()[-1].split()}


def test_help_imports_no_heavy_library() -> None:
    code = """
import sys
from safemigrate.cli import cli
try:
    cli.main(["--help"], prog_name="safemigrate")
except SystemExit:
    pass
"""
    assert set() == HEAVY & modules_after(code)


def test_the_package_imports_nothing_until_it_is_asked() -> None:
    assert set() == (HEAVY | {"click"}) & modules_after("import safemigrate")


def test_public_names_are_those_promised() -> None:
    import safemigrate

    promised = {"Finding", "Hazard", "Hit", "Phase", "Refusal", "SafemigrateError", "Severity", "Site", "Split"}
    assert promised | {"lint_sql", "__version__"} <= set(safemigrate.__all__)
    for name in safemigrate.__all__:
        assert getattr(safemigrate, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = safemigrate.no_such_name


def test_help_lists_the_commands_by_section() -> None:
    shown = CliRunner().invoke(cli, ["--help"]).stdout
    assert shown.index("Every day:") < shown.index("  lint ") < shown.index("Rarely:") < shown.index("  rules ")


def test_every_command_that_exists_has_help_with_an_example() -> None:
    context = click.Context(cli)
    names = cli.list_commands(context)
    assert {"lint", "explain", "rules"} <= set(names)
    for name in names:
        shown = CliRunner().invoke(cli, [name, "--help"])
        assert (shown.exit_code, f"safemigrate {name} " in shown.stdout) == (0, True), name


def test_a_command_whose_module_is_missing_is_not_offered() -> None:
    group = CommandLine("x", sections={"Every day": {**SECTIONS["Every day"], "fly": "Fly."}}, help="")
    shown = CliRunner().invoke(group, ["--help"])
    assert (shown.exit_code, "fly" in shown.stdout) == (0, False)


def test_an_unknown_command_is_answered_with_a_near_one() -> None:
    answer = CliRunner().invoke(cli, ["lnt"])
    assert (answer.exit_code, 'There is no command "lnt". Did you mean "lint"?' in answer.stderr) == (2, True)


def failing(error: BaseException) -> CommandLine:
    """A command line whose only command raises."""

    class Failing(CommandLine):
        def list_commands(self, ctx: click.Context) -> list[str]:
            return ["fail"]

        def get_command(self, ctx: click.Context, name: str) -> click.Command:
            @click.command()
            def fail() -> None:
                raise error

            return fail

    return Failing("safemigrate", sections={}, help="")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SafemigrateError("No."), 2),
        (NotProven("No."), 3),
        (GateClosed("No."), 4),
        (Busy("No."), 75),
        (KeyboardInterrupt(), 130),
        (RuntimeError("No."), 2),
    ],
)
def test_what_goes_wrong_has_its_exit_code_and_no_traceback(error: BaseException, code: int) -> None:
    answer = CliRunner().invoke(failing(error), ["fail"])
    assert (code, "", False) == (answer.exit_code, answer.stdout, "Traceback" in answer.stderr)


def test_a_bug_says_so_and_how_to_see_more(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = CliRunner().invoke(failing(RuntimeError("oh")), ["fail"])
    assert "this is a bug in safemigrate: RuntimeError: oh" in answer.stderr
    assert "SAFEMIGRATE_DEBUG=1" in answer.stderr
    monkeypatch.setenv("SAFEMIGRATE_DEBUG", "1")
    assert "Traceback" in CliRunner().invoke(failing(RuntimeError("oh")), ["fail"]).stderr


@pytest.mark.parametrize("error", [SafemigrateError, RuntimeError, click.UsageError])
def test_no_error_shows_a_password(error: type[Exception]) -> None:
    text = "cannot reach postgresql://ada:s3cret@db/shop?sslpassword=s3cret with password='s3cret'"
    answer = CliRunner().invoke(failing(error(text)), ["fail"])
    assert "s3cret" not in answer.stderr
    assert "db/shop" in answer.stderr


def test_the_script_that_pip_installs_runs(tmp_path: Path) -> None:
    project = AlembicProject(tmp_path)
    assert (
        project.run("--version").code,
        project.run("--version").stdout.strip(),
    ) == (0, "safemigrate, version 0.1.0")


def test_an_interrupt_while_the_command_line_is_imported_has_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-m", "safemigrate", "lint"], env=environment, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (130, "interrupted: the same command again goes on.\n")
