"""The command line: one module a command, imported when it is run; main() is the entry point.

In: arguments. Out: text on stdout, errors on stderr, and the exit codes of errors.py. Everything else is done by
the folders above; a command reads the clock, the settings and git for them.
"""

from __future__ import annotations

import gc

from safemigrate.cli.group import SECTIONS, CommandLine

cli = CommandLine(
    "safemigrate",
    sections=SECTIONS,
    help="Schema changes without downtime for SQLAlchemy, Alembic and PostgreSQL.",
)


def main() -> None:
    """Run the command line and leave with its exit code."""
    # most of what a command makes stays until its end, and each look for circles walks through all of it
    gc.set_threshold(50_000)
    cli.main(prog_name="safemigrate")
