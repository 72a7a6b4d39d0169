"""``safemigrate stats``: how large and busy tables are, as a file for lint."""

from __future__ import annotations

import datetime
import json

import click

from safemigrate.cli.options import given
from safemigrate.config import load_settings
from safemigrate.errors import ConfigurationError

EXAMPLES = """\b
Examples:
  safemigrate stats --database-url postgresql://reader@replica/shop > stats.json
  safemigrate lint --stats stats.json
"""


@click.command(epilog=EXAMPLES)
@click.option("--database-url", type=given, metavar="URL", help="The database; SAFEMIGRATE_DATABASE_URL if left out.")
def command(database_url: str | None) -> None:
    """Write the rows, bytes and activity of every table as JSON, for lint --stats.

    It reads the catalogue and the counters in one transaction of a few seconds at most, and no row of a table.
    The activity of a replica is that of the replica.
    """
    from safemigrate.apply.measure import measure
    from safemigrate.schema.statistics_json import statistics_json

    url = load_settings(overrides={"database_url": database_url}).database_url
    if not url:
        raise ConfigurationError(
            "No database is named.", remedy="Give --database-url, or set SAFEMIGRATE_DATABASE_URL."
        )
    document = statistics_json(measure(url), taken_at=datetime.datetime.now(datetime.UTC))
    click.echo(json.dumps(document, indent=2))
