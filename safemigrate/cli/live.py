"""What commands on a live database share: how they find it, and how they ask who is connected."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from safemigrate.cli.loading import load_history
from safemigrate.cli.options import alembic_options, given
from safemigrate.config import load_settings
from safemigrate.errors import ConfigurationError, EnvironmentFailed

if TYPE_CHECKING:
    from safemigrate.apply import Project


@dataclass(frozen=True, slots=True)
class Target:
    """What the command line says of the database, and of where Alembic and the journal keep their tables."""

    config: Path | None
    name: str
    database_url: str | None
    version_table: str | None
    journal_schema: str
    arguments: tuple[str, ...]


def database_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that say which database: *target*, a Target."""

    @wraps(command)
    def collected(*arguments: Any, **options: Any) -> Any:
        target = Target(**{field.name: options.pop(field.name) for field in fields(Target)})
        return command(*arguments, target=target, **options)

    return _with_database_options(collected)


def _with_database_options(command: Callable[..., Any]) -> Callable[..., Any]:
    decorators = [
        click.option(
            "--database-url",
            type=given,
            metavar="URL",
            help="The database; SAFEMIGRATE_DATABASE_URL, or what env.py connects to, if left out.",
        ),
        click.option("--version-table", metavar="[SCHEMA.]NAME", help="Alembic's, where env.py does not say."),
        click.option(
            "--journal-schema", default="safemigrate", show_default=True, help="Where apply keeps its journal."
        ),
        click.option("-x", "arguments", multiple=True, metavar="NAME=VALUE", help="As alembic -x, for env.py."),
    ]
    for decorator in reversed(decorators):
        command = decorator(command)
    return alembic_options(command)


def gate_options(*, accept: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Options that say how the gates of a contract are asked: *gates*, a GateOptions. *accept* is help."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def collected(*arguments: Any, **options: Any) -> Any:
            from safemigrate.apply import GateOptions

            said = {field.name: options.pop(field.name) for field in fields(GateOptions)}
            said["accept_data_loss"] = bool(said["accept_data_loss"])
            return command(*arguments, gates=GateOptions(**said), **options)

        return _with_gate_options(collected, accept)

    return decorate


def _with_gate_options(command: Callable[..., Any], accept: str) -> Callable[..., Any]:
    decorators = [
        click.option("--accept", "accept_data_loss", multiple=True, type=click.Choice(["loses-data"]), help=accept),
        click.option(
            "--ignore-application",
            "ignored",
            multiple=True,
            metavar="PATTERN",
            help="Sessions of this application_name (* and ?) are no version of the application.",
        ),
        click.option("--samples", type=click.IntRange(1), default=3, show_default=True, help="How often to look."),
        click.option(
            "--span",
            "span_s",
            type=click.FloatRange(0),
            default=2.0,
            show_default=True,
            help="Over how many seconds.",
        ),
    ]
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


def project(target: Target) -> Project:
    """The history, and the database that the options, the environment or env.py name."""
    from safemigrate.apply import Project
    from safemigrate.apply.session import connect
    from safemigrate.cli.release import conditions
    from safemigrate.history.environment import Environment, read_environment

    settings = load_settings(target.config, overrides={"database_url": target.database_url})
    history = load_history(target.config, target.name, settings)
    version_table = target.version_table
    try:
        environment = read_environment(history, url=settings.database_url, arguments=target.arguments)
    except EnvironmentFailed as error:
        if not settings.database_url:
            raise
        environment = Environment(settings.database_url, arguments=target.arguments)
        # where the URL itself is wrong, that is all there is to say
        connect(environment, application_name="safemigrate:look").close()
        if version_table is None:
            click.echo(f"note: {error.reason}; the version table is taken to be alembic_version.", err=True)
    if version_table is not None:
        environment = replace(environment, version_table=_name(version_table))
    return Project(history, environment, target.journal_schema, conditions(settings))


def _name(written: str) -> Any:
    from safemigrate.schema import Name

    match = re.fullmatch(r"(?:([^.\"]+)\.)?([^.\"]+)", written)
    if match is None:
        raise ConfigurationError(
            f'"{written}" is no name of a table.', where="--version-table", remedy="Write schema.name."
        )
    return Name(match[2], match[1])
