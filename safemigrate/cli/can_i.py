"""``safemigrate can-i``: whether a phase may start, with the evidence."""

from __future__ import annotations

import sys

import click

from safemigrate.cli.live import Target, database_options, gate_options, gates, project

EXAMPLES = """\b
Examples:
  safemigrate can-i contract
  safemigrate can-i contract --ignore-application 'pgAdmin*' --format json

\b
Exit codes: 0 yes, 1 no, 3 it cannot be proven.
"""


@click.command(epilog=EXAMPLES)
@click.argument("phase", type=click.Choice(["contract"]))
@click.option(
    "--accept",
    "accepted",
    multiple=True,
    type=click.Choice(["loses-data"]),
    help="Answer as if this had been accepted.",
)
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@gate_options
@database_options
@click.pass_context
def command(
    ctx: click.Context,
    phase: str,
    accepted: tuple[str, ...],
    style: str,
    ignored: tuple[str, ...],
    samples: int,
    span: float,
    target: Target,
) -> None:
    """Ask whether the contract phase may start: whether the old version is gone and the data complete."""
    from safemigrate.apply import Verdict, can_contract
    from safemigrate.report.progress import dumped
    from safemigrate.report.status import answer_json, answer_lines, answer_of
    from safemigrate.report.text import show

    found = project(target)
    evidence = can_contract(found, gates=gates(ignored, samples, span, accepted))
    if style == "json":
        click.echo(dumped(answer_json(evidence)))
    else:
        show(answer_lines(evidence), sys.stdout)
    ctx.exit({Verdict.YES: 0, Verdict.NO: 1, Verdict.UNPROVEN: 3}[answer_of(evidence)])
