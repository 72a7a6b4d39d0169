"""``safemigrate plan``: the steps of a release laid over the waves of a rollout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from safemigrate import git
from safemigrate.cli.loading import load_history
from safemigrate.cli.options import alembic_options, postgres_option, rules_option
from safemigrate.config import Settings, load_settings

if TYPE_CHECKING:
    from safemigrate.cli.release import Chosen
    from safemigrate.history import History

EXAMPLES = """\b
Examples:
  safemigrate plan --strategy rolling --waves 25,50,75,100
  safemigrate plan a1:b2 --strategy canary --format json

\b
Exit code 1 if a step is dangerous in its phase; the timeline says which, and safemigrate split writes the safe form.
"""


@click.command(epilog=EXAMPLES)
@click.argument("targets", nargs=-1, metavar="[REVISION|RANGE|FILE]...")
@click.option(
    "--strategy",
    type=click.Choice(["rolling", "canary", "blue-green"]),
    default="rolling",
    show_default=True,
    help="How the deployment replaces the old version.",
)
@click.option(
    "--waves", metavar="25,50,100", help="Shares of the fleet on the new version; each strategy has its own."
)
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@postgres_option
@rules_option
@alembic_options
@click.pass_context
def command(
    ctx: click.Context,
    targets: tuple[str, ...],
    strategy: str,
    waves: str | None,
    style: str,
    postgres: int | None,
    rule_folders: tuple[Path, ...],
    config: Path | None,
    name: str,
) -> None:
    """Show what runs when, what it locks, what must be true before it, and how to go back.

    Without arguments it takes the last revisions that name their phase, or those new since the main branch.
    """
    from safemigrate.cli import release as releases
    from safemigrate.cli.judging import load_enabled_rules
    from safemigrate.plan.files import phase_heads
    from safemigrate.plan.plan import read_plan
    from safemigrate.plan.strategy import Strategy, timeline
    from safemigrate.plan.strategy import waves as read_waves
    from safemigrate.report.plan import dangers_text, timeline_json, timeline_text
    from safemigrate.rulebook import Policy, Severity, judge

    settings = load_settings(config, overrides={"postgres": postgres, "rules": rule_folders or None})
    shares = read_waves(Strategy(strategy), waves)
    history = load_history(config, name, settings)
    phase_heads(history)
    chosen = _chosen(history, targets, settings)
    phased = frozenset(revision.id for revision in history.revisions if revision.phase)
    known = releases.judged_runs(history, releases.Chosen(chosen.ids | phased, chosen.why), settings)
    runs = [run for run in known if run.revision.id in chosen.ids]
    # what they keep in step is nowhere else once the plan drops it
    others = (run for run in known if run.revision.id in phased - chosen.ids)
    plan = read_plan(runs, earlier=[placed.operation for run in others for placed in run.operations])
    laid = timeline(plan, Strategy(strategy), shares, before=", ".join(runs[0].revision.down))
    found = judge(
        load_enabled_rules(settings),
        runs,
        policy=Policy(lock_timeout="managed"),
        postgres=settings.postgres,
        answers=settings.answers,
    )
    dangers = [finding for finding in found if finding.severity is Severity.ERROR]
    if style == "json":
        click.echo(json.dumps(timeline_json(laid, dangers, postgres=settings.postgres), indent=2))
    else:
        click.echo(timeline_text(laid, postgres=settings.postgres), nl=False)
        click.echo(dangers_text(dangers), nl=False)
    ctx.exit(1 if dangers else 0)


def _chosen(history: History, targets: tuple[str, ...], settings: Settings) -> Chosen:
    from safemigrate.cli import release as releases

    if targets:
        return releases.named_range(history, targets)
    # with two branches nothing at the end of the history tells which of them belong together
    last = releases.phased(history) if len(history.heads) == 1 else None
    return last or releases.unreleased(history, settings, git.repository(history.script_location))
