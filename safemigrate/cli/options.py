"""Options that several commands share, and the settings they lead to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from safemigrate.config import SUPPORTED_POSTGRES, FailOn

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FIRST, _LAST = SUPPORTED_POSTGRES.start, SUPPORTED_POSTGRES.stop - 1


def given(text: str) -> str:
    """A text that is not empty: what a shell makes of a variable that is not set must not mean another default."""
    if not text.strip():
        raise click.BadParameter("it is empty. Is the variable set that it came from?")
    return text


def alembic_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``-c`` and ``-n``, as Alembic has them: *config* and *name*."""
    config = click.option(
        "-c",
        "--config",
        type=click.Path(path_type=Path),
        help="Alembic's configuration; ALEMBIC_CONFIG, alembic.ini or pyproject.toml if left out.",
    )
    name = click.option(
        "-n", "--name", default="alembic", show_default=True, help="The section of alembic.ini to read."
    )
    return config(name(command))


def ops_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--ops``: whether revisions call safemigrate's own operations."""
    return click.option(
        "--ops",
        is_flag=True,
        help="Write op.sync_columns, op.backfill and the like; they need safemigrate wherever revisions run.",
    )(command)


def postgres_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--postgres``: the target's major version, None for any."""
    return click.option(
        "--postgres",
        type=click.IntRange(_FIRST, _LAST),
        help=f"The database's major version; the worst of {_FIRST} to {_LAST} counts if left out.",
    )(command)


def rules_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--rules``: folders of the user's own rules, as a tuple."""
    return click.option(
        "--rules",
        "rule_folders",
        multiple=True,
        type=EXISTING_FOLDER,
        metavar="DIR",
        help="A folder of your own rules; may be given several times. A rule's code is run.",
    )(command)


def fail_on_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--fail-on``: a FailOn, None where it is not given."""
    return click.option(
        "--fail-on",
        type=click.Choice([each.value for each in FailOn]),
        help="The least severity that makes the exit code 1.  [default: error]",
    )(command)
