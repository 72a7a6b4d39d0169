"""``safemigrate status``: where a database stands."""

from __future__ import annotations

import sys

import click

from safemigrate.cli.live import Target, database_options, project

EXAMPLES = """\b
Examples:
  safemigrate status
  safemigrate status --format json --database-url postgresql://reader@db/shop
"""


@click.command(epilog=EXAMPLES)
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@database_options
def command(
    style: str,
    target: Target,
) -> None:
    """Say what has run, what is half done and what is left; nothing is changed."""
    from safemigrate.apply import read_status
    from safemigrate.report.progress import dumped
    from safemigrate.report.status import status_json, status_lines
    from safemigrate.report.text import show

    found = project(target)
    status = read_status(found)
    if style == "json":
        click.echo(dumped(status_json(status)))
    else:
        show(status_lines(status), sys.stdout)
