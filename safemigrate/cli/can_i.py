"""``safemigrate can-i``: whether a phase may start, with the evidence."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from safemigrate.cli.live import Target, database_options, gate_options, project

if TYPE_CHECKING:
    from safemigrate.apply import GateOptions

EXAMPLES = """\b
Examples:
  safemigrate can-i contract
  safemigrate can-i contract --ignore-application 'pgAdmin*' --format json

\b
Exit codes: 0 yes, 1 no, 3 it cannot be proven.
"""


@click.command(epilog=EXAMPLES)
@click.argument("phase", type=click.Choice(["contract"]))
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@gate_options(accept="Answer as if this had been accepted.")
@database_options
@click.pass_context
def command(
    ctx: click.Context,
    phase: str,
    style: str,
    gates: GateOptions,
    target: Target,
) -> None:
    """Ask whether the contract phase may start: whether the old version is gone and the data complete."""
    from safemigrate.apply import Verdict, can_contract
    from safemigrate.report.progress import dumped
    from safemigrate.report.status import answer_json, answer_lines, answer_of
    from safemigrate.report.text import show

    found = project(target)
    evidence = can_contract(found, gates=gates)
    if style == "json":
        click.echo(dumped(answer_json(evidence)))
    else:
        show(answer_lines(evidence), sys.stdout)
    ctx.exit({Verdict.YES: 0, Verdict.NO: 1, Verdict.UNPROVEN: 3}[answer_of(evidence)])
