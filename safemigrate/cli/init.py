"""``safemigrate init``: sets a project up, and shows first what it will write."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

import safemigrate
from safemigrate import git
from safemigrate.cli import setup
from safemigrate.cli.options import alembic_options
from safemigrate.cli.outputs import write_file
from safemigrate.errors import ConfigurationError
from safemigrate.paths import relative

if TYPE_CHECKING:
    from safemigrate.history.configuration import Configuration
    from safemigrate.report.text import Line

EXAMPLES = """\b
Examples:
  safemigrate init
  safemigrate init --yes --without ci
  safemigrate init -c backend/alembic.ini

\b
It adds to files and takes nothing away; where all is there already, it changes nothing.
Exit codes: 0 done, 1 nothing was written since you said no.
"""

_PARTS = ("hook", "ci")
#: what Alembic's own search finds at the top of the repository
_FOUND = frozenset({"", "alembic.ini", "pyproject.toml"})
#: folders that hold other people's projects
_NOT_OURS = frozenset({".git", ".venv", "venv", "node_modules", "site-packages", "__pycache__", ".tox"})
_DEPTH = 3


@click.command(epilog=EXAMPLES)
@click.option("--yes", is_flag=True, help="Write without asking.")
@click.option("--without", "without", multiple=True, type=click.Choice(_PARTS), help="Leave this out.")
@alembic_options
@click.pass_context
def command(ctx: click.Context, yes: bool, without: tuple[str, ...], config: Path | None, name: str) -> None:
    """Set a project up: settings, a hook for pre-commit, a job for GitHub Actions or GitLab."""
    from safemigrate.report.text import show

    ground = _ground(config, name)
    edits = [edit for edit in _edits(ground, without) if edit is not None]
    if not edits:
        click.echo("Everything is set up; nothing was changed.")
        return
    show(_shown(edits, ground.root), sys.stdout)
    if not (yes or _agreed(edits)):
        click.echo("Nothing was written.")
        ctx.exit(1)
    for edit in edits:
        _write(edit)
        click.echo(f"{'changed' if edit.before is not None else 'new':<8} {relative(edit.path, Path.cwd())}")
    click.echo(_next(ground))


def _edits(ground: setup.Ground, without: Iterable[str]) -> Iterator[setup.Edit | None]:
    yield setup.settings_edit(ground)
    if not (ground.root / ".git").exists():
        return
    if "hook" not in without:
        yield setup.hook_edit(ground)
    if "ci" not in without:
        github = (ground.root / ".github").is_dir() or "github.com" in git.remote_url(ground.root)
        yield setup.ci_edit(ground, github=github)


# -- what is there -------------------------------------------------------------------------------------------


def _ground(config: Path | None, name: str) -> setup.Ground:
    found = _flask(config) or _alembic(config, name)
    root = git.repository(found.folder) or found.folder
    chosen = relative(config, root) if config else ""
    return setup.Ground(
        root=root,
        folder=found.folder,
        versions=found.versions,
        ini=found.ini,
        script_location=found.script_location,
        config="" if chosen in _FOUND else chosen,
        models=found.models,
        version=safemigrate.__version__,
    )


def _alembic(config: Path | None, name: str) -> setup.Ground:
    from safemigrate.history.configuration import find

    try:
        found = find(config, name)
    except ConfigurationError as error:
        if config is not None or not (elsewhere := _elsewhere()):
            raise
        place = f"Found {elsewhere[0]}: safemigrate init -c {elsewhere[0]}."
        raise ConfigurationError(error.found, where=error.where, remedy=place) from None
    return setup.Ground(
        root=found.root,
        folder=found.root,
        versions=found.version_locations,
        ini=_written(found),
        models=setup.models_of(found.script_location / "env.py"),
    )


def _written(found: Configuration) -> Path | None:
    return found.ini.absolute() if found.ini else None


def _flask(config: Path | None) -> setup.Ground | None:
    """A project of Flask-Migrate: its alembic.ini lies inside of migrations/ and names no script_location."""
    from safemigrate.history.flask_migrate import own_ini

    here = Path.cwd()
    scripts = here / "migrations"
    if config is not None or (here / "alembic.ini").is_file() or own_ini(scripts) is None:
        return None
    pyproject = here / "pyproject.toml"
    if pyproject.is_file() and "[tool.alembic]" in pyproject.read_text("utf-8", "replace"):
        return None
    return setup.Ground(here, here, (scripts / "versions",), None, script_location=scripts)


def _elsewhere() -> list[str]:
    """The alembic.ini files in the folders below, the nearest first."""
    here = Path.cwd()
    found = [
        path.relative_to(here)
        for depth in range(1, _DEPTH + 1)
        for path in here.glob(f"{'*/' * depth}alembic.ini")
        if not _NOT_OURS.intersection(path.relative_to(here).parts)
    ]
    return [path.as_posix() for path in found]


# -- what is written -----------------------------------------------------------------------------------------


def _shown(edits: Iterable[setup.Edit], root: Path) -> Iterator[Line]:
    from safemigrate.report.text import Style, clean, line

    for edit in edits:
        for text in edit.diff(root):
            style = Style.GOOD if text.startswith("+") else Style.DIM
            yield line((clean(text), style))
        yield line()


def _agreed(edits: list[setup.Edit]) -> bool:
    if not sys.stdin.isatty():
        raise click.UsageError("There is nobody to ask: look at the lines above, and write them with --yes.")
    return click.confirm(f"Write {len(edits)} file{'s' * (len(edits) != 1)}?", default=True)


def _write(edit: setup.Edit) -> None:
    now = edit.path.read_text("utf-8") if edit.path.is_file() else None
    if now != edit.before:
        raise ConfigurationError(
            "this file was changed meanwhile; it was left as it is.", where=str(edit.path), remedy="Run it again."
        )
    edit.path.parent.mkdir(parents=True, exist_ok=True)
    write_file(edit.path, edit.after)


def _next(ground: setup.Ground) -> str:
    option = f" -c {ground.config}" if ground.config else ""
    return (
        f"Next: safemigrate lint{option} --all --write-baseline lets what is old not count, "
        f"and safemigrate lint{option} tells what is new. Commit these files."
    )
