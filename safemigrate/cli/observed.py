"""``lint --observe``: the statements under review, run on a throw-away server."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from safemigrate.cli.progress import telling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safemigrate.config import Settings
    from safemigrate.history import History
    from safemigrate.lint.revisions import Conditions
    from safemigrate.lint.script import Script
    from safemigrate.server import Server
    from safemigrate.verify.observation import Observation


def observe_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--observe``, as *observing*."""
    return click.option(
        "--observe",
        "observing",
        is_flag=True,
        help="Run the statements on a throw-away PostgreSQL, too, and say what each locked and did.",
    )(command)


def observe_selected(history: History, ids: frozenset[str], settings: Settings, conditions: Conditions) -> int:
    """Observes the revisions *ids*, tells it on the error stream, and returns the exit code that it asks for."""
    from safemigrate.lint.revisions import one_transaction, revision_runs
    from safemigrate.verify.observation import observe_revisions
    from safemigrate.verify.release import Baseline

    runs = revision_runs(history, ids, conditions)
    baseline = Baseline(conditions.schema_sql, conditions.schema_revision) if conditions.schema_sql else None
    with _server(settings) as server, telling(f"observing {len(runs)} revisions"):
        found = observe_revisions(history, runs, server, baseline=baseline, shared=one_transaction(history))
    return _tell(found, server.major)


def observe_files(scripts: Sequence[Script], settings: Settings, conditions: Conditions) -> int:
    """The same for files of SQL."""
    from safemigrate.lint.script import script_runs
    from safemigrate.verify.observation import observe_scripts

    with _server(settings) as server, telling(f"observing {len(scripts)} files"):
        found = observe_scripts(script_runs(scripts, conditions), server, schema_sql=conditions.schema_sql)
    return _tell(found, server.major)


@contextmanager
def _server(settings: Settings) -> Iterator[Server]:
    from safemigrate.server import find_bin, start

    with start(find_bin(major=settings.postgres)) as server:
        if settings.postgres not in (None, server.major):
            click.echo(
                f"note: there is no PostgreSQL {settings.postgres} here; {server.major} is observed instead.",
                err=True,
            )
        yield server


def _tell(observations: Sequence[Observation], major: int) -> int:
    """On the error stream, since the other one may be a report for a machine."""
    from safemigrate.report.observed import observations_text
    from safemigrate.report.text import show

    show(observations_text(observations, major=major, root=Path.cwd()), sys.stderr)
    return 1 if any(each.refused for each in observations) else 0
