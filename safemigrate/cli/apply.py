"""``safemigrate apply``: one phase on a live database."""

from __future__ import annotations

import signal
import sys
import time
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click

from safemigrate.cli.live import Target, database_options, gate_options, project
from safemigrate.errors import SafemigrateError

if TYPE_CHECKING:
    from safemigrate.apply import Event, GateOptions, Limits, Outcome, Project
    from safemigrate.history import Phase

#: how often a backfill is told of, on a terminal and elsewhere
_TERMINAL_S, _LOG_S = 0.2, 5.0

EXAMPLES = """\b
Examples:
  safemigrate apply --phase expand
  safemigrate apply --phase migrate --database-url postgresql://deploy@db/shop
  safemigrate apply --phase contract --accept loses-data

\b
It may be stopped or killed at any point: the same command again finishes the work.
Exit codes: 0 done, 2 wrong use or configuration, or PostgreSQL refused a step, 3 a step ran and is not proven,
4 a gate is closed or a lock was not to be had, 75 another apply is at work, 130 interrupted.
"""


@click.command(epilog=EXAMPLES)
@click.option("--phase", required=True, type=click.Choice(["expand", "migrate", "contract"]), help="What to run.")
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(0),
    default=3.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for another apply.",
)
@click.option(
    "--lock-timeout",
    "lock_timeout_ms",
    type=click.IntRange(1),
    default=250,
    show_default=True,
    metavar="MS",
    help="How long one try may queue for a lock, and the application behind it.",
)
@click.option(
    "--step-deadline",
    "step_deadline_ms",
    type=click.IntRange(1),
    metavar="MS",
    help="How long one try may keep others waiting.  [default: 0.8 of the server's deadlock_timeout]",
)
@click.option(
    "--lock-budget",
    "lock_budget_s",
    type=click.FloatRange(0),
    default=900.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to go on trying for the locks of one step.",
)
@click.option(
    "--statement-budget",
    "statement_budget_s",
    type=click.FloatRange(0.001),
    default=3600.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a statement may run that blocks nobody: CONCURRENTLY, VALIDATE.",
)
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@gate_options(accept="What contract drops may go; can-i contract says what that is.")
@database_options
@click.pass_context
def command(
    ctx: click.Context,
    phase: str,
    wait_s: float,
    lock_timeout_ms: int,
    step_deadline_ms: int | None,
    lock_budget_s: float,
    statement_budget_s: float,
    style: str,
    gates: GateOptions,
    target: Target,
) -> None:
    """Run the pending revisions of one phase, with short locks, retries and resumable batches.

    A contract runs only if no process of the old version is connected and the data is complete.
    """
    from safemigrate.apply import Limits
    from safemigrate.history import Phase

    signal.signal(signal.SIGTERM, _interrupt)
    limits = Limits(
        lock_timeout_ms=lock_timeout_ms,
        step_deadline_ms=step_deadline_ms,
        lock_budget_s=lock_budget_s,
        statement_budget_s=statement_budget_s,
        wait_s=wait_s,
    )
    found = project(target)
    if style == "json":
        ctx.exit(_as_json(found, Phase(phase), limits, gates))
    _as_text(found, Phase(phase), limits, gates)


def _as_json(project: Project, phase: Phase, limits: Limits, options: GateOptions) -> int:
    from safemigrate.apply import apply_phase
    from safemigrate.report.progress import dumped, failure_json, outcome_json

    events: list[Event] = []
    try:
        outcome = apply_phase(project, phase, limits=limits, gates=options, observe=events.append)
    except SafemigrateError as error:
        click.echo(dumped(failure_json(phase, events, str(error), error.exit_code)))
        return error.exit_code
    click.echo(dumped(outcome_json(outcome)))
    return 0


def _as_text(project: Project, phase: Phase, limits: Limits, options: GateOptions) -> Outcome:
    from safemigrate.apply import apply_phase
    from safemigrate.report.progress import outcome_lines
    from safemigrate.report.text import show

    began = time.monotonic()
    outcome = apply_phase(project, phase, limits=limits, gates=options, observe=_Teller())
    show(outcome_lines(outcome, time.monotonic() - began), sys.stdout)
    return outcome


class _Teller:
    """Prints events as they come; of a backfill's batches one every now and then, on a terminal over each other."""

    def __init__(self) -> None:
        self._terminal = sys.stdout.isatty()
        self._told = 0.0
        self._open_line = False

    def __call__(self, event: Event) -> None:
        from safemigrate.apply.events import BackfillMoved
        from safemigrate.report.progress import backfill_text, event_lines
        from safemigrate.report.text import show

        if isinstance(event, BackfillMoved):
            if time.monotonic() - self._told < (_TERMINAL_S if self._terminal else _LOG_S):
                return
            self._told = time.monotonic()
            if self._terminal:
                sys.stdout.write(f"\r\x1b[K  {backfill_text(event)}")
                sys.stdout.flush()
                self._open_line = True
                return
        if self._open_line:
            sys.stdout.write("\r\x1b[K")
            self._open_line = False
        show(event_lines(event), sys.stdout)
        sys.stdout.flush()


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    # what stops a container: end as Ctrl-C does, behind the last batch
    raise KeyboardInterrupt
