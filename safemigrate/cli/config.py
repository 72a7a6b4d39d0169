"""``safemigrate config``: each setting and where it comes from."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import click

from safemigrate.cli.options import alembic_options
from safemigrate.config import Settled, settled

if TYPE_CHECKING:
    from safemigrate.report.configuration import Setting, Value

EXAMPLES = """\b
Examples:
  safemigrate config
  safemigrate config -c services/shop/alembic.ini --format json

\b
The command line comes before SAFEMIGRATE_* in the environment, that before [tool.safemigrate] in pyproject.toml,
and that before [safemigrate] in alembic.ini.
"""


@click.command(epilog=EXAMPLES)
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@alembic_options
def command(style: str, config: Path | None, name: str) -> None:
    """Show each setting, its value, and the file and line or the variable that it comes from."""
    from safemigrate.report.configuration import configuration_json, configuration_text
    from safemigrate.report.text import show

    settings = [*_settings(settled(config)), _scripts(config, name)]
    if style == "json":
        sys.stdout.write(configuration_json(settings, root=Path.cwd()))
    else:
        show(configuration_text(settings, root=Path.cwd()), sys.stdout)


def _settings(found: Settled) -> Iterator[Setting]:
    from safemigrate.report.configuration import Setting

    for field in fields(found.settings):
        value = _plain(getattr(found.settings, field.name))
        yield Setting(field.name, value, found.origins.get(field.name, ""))


def _plain(value: object) -> Value:
    match value:
        case None | int():
            return value
        case Path():
            return _shown(value)
        case Mapping():
            return {str(key): str(item) for key, item in value.items()}
        case tuple():
            return [_shown(item) if isinstance(item, Path) else str(item) for item in value]
        case _:
            return str(value)


def _shown(path: Path) -> str:
    from safemigrate.paths import relative

    return relative(path, Path.cwd())


def _scripts(config: Path | None, name: str) -> Setting:
    """Where Alembic's revisions lie; empty where there is no Alembic project."""
    from safemigrate.errors import ConfigurationError
    from safemigrate.history.configuration import find
    from safemigrate.report.configuration import Setting

    try:
        found = find(config, name)
    except ConfigurationError:
        if config is not None:
            raise
        return Setting("script_location", "")
    source = found.ini or found.toml
    return Setting("script_location", _shown(found.script_location), str(source) if source else "")
