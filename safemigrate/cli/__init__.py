"""The command line: one module a command, imported when it is run; main() is the entry point.

In: arguments. Out: text on stdout, errors on stderr, and the exit codes of errors.py. Everything else is done by
the folders above; a command reads the clock, the settings and git for them.
"""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from safemigrate.on_demand import give_on_demand

if TYPE_CHECKING:
    from safemigrate.cli.group import cli

__all__ = ["cli", "main"]

give_on_demand(__name__, {".group": ("cli",)})


def main() -> None:
    """Run the command line and leave with its exit code."""
    # most of what a command makes stays until its end, and each look for circles walks through all of it
    gc.set_threshold(50_000)
    try:
        from safemigrate.cli.group import cli
    except KeyboardInterrupt:
        # nothing has begun, and what would say so in full is not there yet
        sys.stderr.write("interrupted: the same command again goes on.\n")
        sys.exit(130)
    cli.main(prog_name="safemigrate")
