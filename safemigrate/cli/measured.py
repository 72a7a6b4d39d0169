"""The sizes and the activity of tables, where somebody gave a database or a file of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from safemigrate.cli.options import EXISTING_FILE, given

if TYPE_CHECKING:
    from safemigrate.config import Settings
    from safemigrate.schema.statistics import Limits, Statistics


def statistics_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--database-url`` and ``--stats``, as *database_url* and *stats*."""
    url = click.option(
        "--database-url",
        type=given,
        metavar="URL",
        help="Weigh findings by the size and activity of this database's tables; it is only read.",
    )
    stats = click.option("--stats", type=EXISTING_FILE, help="The same from a file that safemigrate stats wrote.")
    return url(stats(command))


def chosen_statistics(settings: Settings, *, database_url: str | None, stats: Path | None) -> Statistics | None:
    """What the options name, None where they name nothing; a configured URL alone is not asked.

    Raises:
        DatabaseError, ConfigurationError: the database does not answer, or the file is none of ours.
    """
    if database_url is not None and stats is not None:
        raise click.UsageError("--database-url and --stats both tell how large tables are. Give one.")
    if stats is not None:
        from safemigrate.cli.judging import read_sql
        from safemigrate.schema.statistics_json import read_statistics

        return read_statistics(read_sql(stats), where=str(stats), limits=limits(settings))
    if database_url is not None:
        from safemigrate.apply.measure import measure

        return measure(database_url, limits=limits(settings))
    return None


def limits(settings: Settings) -> Limits:
    """From where on a table is large or busy, and up to where it is small."""
    from safemigrate.schema.statistics import Limits

    return Limits(
        small_rows=settings.small_rows,
        small_bytes=settings.small_bytes,
        large_rows=settings.large_rows,
        large_bytes=settings.large_bytes,
        busy_per_second=settings.busy_per_second,
    )
