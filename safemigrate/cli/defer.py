"""``safemigrate defer``: a release led past a contract whose gate stays closed."""

from __future__ import annotations

from pathlib import Path

import click

from safemigrate import git
from safemigrate.cli.loading import load_history
from safemigrate.cli.options import alembic_options, postgres_option
from safemigrate.cli.split import refuse_released, show_files, write_files
from safemigrate.config import load_settings

EXAMPLES = """\b
Examples:
  safemigrate defer                     show how the revisions new since the main branch pass the contract
  safemigrate defer 4f1c9a2b: --write   write it for all after 4f1c9a2b

\b
The new revisions branch off before the contract, and a merge revision joins the two. Nothing that ran is moved.
Where the contract and the new revisions touch something in common, it refuses and says what.
"""


@click.command(epilog=EXAMPLES)
@click.argument("targets", nargs=-1, metavar="[REVISION|RANGE|FILE]...")
@click.option("--write", is_flag=True, help="Write the files; without it they are shown.")
@click.option(
    "--never-ran", is_flag=True, help="Move released revisions too: none has run on a database that matters."
)
@postgres_option
@alembic_options
def command(
    targets: tuple[str, ...], write: bool, never_ran: bool, postgres: int | None, config: Path | None, name: str
) -> None:
    """Lead a new release past a contract that still waits."""
    from safemigrate.cli import release as releases
    from safemigrate.plan.defer import defer, find_waiting
    from safemigrate.plan.files import single_head

    settings = load_settings(config, overrides={"postgres": postgres})
    history = load_history(config, name, settings)
    single_head(history)
    root = git.repository(history.script_location)
    chosen = releases.named_range(history, targets) if targets else releases.unreleased(history, settings, root)
    passed = find_waiting(history, chosen.ids)
    stretch = releases.Chosen(chosen.ids | {each.id for each in passed.waiting}, chosen.why)
    files = defer(history, passed, releases.judged_runs(history, stretch, settings))
    if not write:
        show_files(files)
        return
    if not never_ran:
        moved = [file.revision for file in files if file.replaces]
        refuse_released(releases.released(history, moved, settings, root))
    write_files(files)
