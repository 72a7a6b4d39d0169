"""``safemigrate verify``: both versions really run on every schema that a rollout passes through."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from safemigrate import git
from safemigrate.cli.loading import load_history
from safemigrate.cli.options import EXISTING_FOLDER, alembic_options, given
from safemigrate.config import Settings, load_settings
from safemigrate.errors import AmbiguousRevision, ConfigurationError

if TYPE_CHECKING:
    from safemigrate.history import History
    from safemigrate.server import Server
    from safemigrate.verify.matrix import Matrix
    from safemigrate.verify.release import Baseline, Release
    from safemigrate.verify.state import State
    from safemigrate.verify.version import Version
    from safemigrate.verify.workload import Workload

EXAMPLES = """\b
Examples:
  safemigrate verify --old main                 the working tree against the main branch
  safemigrate verify --old v1.4 --new v1.5      two tags
  safemigrate verify --old old/ --new . a1:b2   two folders, and the revisions between them
\b
Which revision a version was built for decides where the release begins. It is, in this order:
the A of A:B or --old-revision; the head of the version's own revision files (a git ref, or a folder
with its own alembic.ini); else the revision before the last ones that name their phase.
\b
Exit codes: 0 every required cell passes, 1 one fails, 3 one could not be verified.
"""

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(epilog=EXAMPLES)
@click.argument("revisions", required=False, metavar="[A:B]")
@click.option("--old", type=given, required=True, metavar="REF|DIR", help="The version that runs now.")
@click.option(
    "--new", type=given, default=".", show_default="this project", metavar="REF|DIR", help="The version to come."
)
@click.option("--old-revision", type=given, metavar="REV", help="The revision that the old version was built for.")
@click.option("--old-python", type=_FILE, help="An interpreter with what the old version imports.")
@click.option("--new-python", type=_FILE, help="An interpreter with what the new version imports.")
@click.option("--old-sql", type=_FILE, help="More statements of the old version, $1 for parameters.")
@click.option("--new-sql", type=_FILE, help="More statements of the new version.")
@click.option("--models", type=given, metavar="MODULE:NAME", help="What holds the models, if not as configured.")
@click.option("--postgres-bin", type=EXISTING_FOLDER, help="A folder with postgres and initdb.")
@click.option(
    "--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to report."
)
@alembic_options
@click.pass_context
def command(
    ctx: click.Context,
    revisions: str | None,
    old: str,
    new: str,
    old_revision: str | None,
    old_python: Path | None,
    new_python: Path | None,
    old_sql: Path | None,
    new_sql: Path | None,
    models: str | None,
    postgres_bin: Path | None,
    style: str,
    config: Path | None,
    name: str,
) -> None:
    """Run the old and the new version on every schema of the rollout.

    A throw-away PostgreSQL is brought to the old version's revision and then, one step at a time, to the new
    one's. On each schema between, the statements that the ORM sends for the models of either version are planned
    and run, and what one version wrote is read by the other. Nothing outside is touched.
    """
    from safemigrate.server import find_bin, start
    from safemigrate.verify.recorded import recorded
    from safemigrate.verify.version import loaded, opened

    settings = load_settings(config, overrides={"models": models})
    if not settings.models:
        raise ConfigurationError(
            "Which models are to be verified is not configured.",
            remedy='Write models = "package.models:Base" in [tool.safemigrate], or use --models.',
        )
    history = load_history(config, name, settings)
    new = str(history.root) if new == "." else new
    with ExitStack() as stack, _progress() as tell:
        versions = [
            stack.enter_context(opened(label, text, history, name=name, python=python))
            for label, text, python in (("old", old, old_python), ("new", new, new_python))
        ]
        more = [recorded(path) if path else () for path in (old_sql, new_sql)]
        tell("starting PostgreSQL")
        server = stack.enter_context(start(find_bin(postgres_bin, settings.postgres)))
        tell("reading the revisions and the models")
        # each waits for a process of its own
        pool = stack.enter_context(ThreadPoolExecutor())
        reading = pool.submit(_release, history, versions[0], revisions, old_revision, _baseline(settings))
        loading = [
            pool.submit(loaded, version, settings.models, server.url, sql)
            for version, sql in zip(versions, more, strict=True)
        ]
        release = reading.result()
        workloads = [each.result() for each in loading]
        matrix = _verified(release, versions, workloads, server, tell)
    _print(matrix, style, history)
    ctx.exit(exit_code(matrix))


def exit_code(matrix: Matrix) -> int:
    """0 where every required cell passes, 1 where one fails, 3 where one could not be verified."""
    return {"pass": 0, "fail": 1, "not-verified": 3}[matrix.verdict.value]


def _baseline(settings: Settings) -> Baseline | None:
    from safemigrate.verify.release import Baseline

    if settings.schema is None:
        return None
    try:
        return Baseline(settings.schema.read_text("utf-8"), settings.schema_revision)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The baseline cannot be read: {error}.", where=str(settings.schema)) from None


def _release(
    history: History,
    old: Version,
    revisions: str | None,
    old_revision: str | None,
    baseline: Baseline | None,
) -> Release:
    from safemigrate.plan.extent import last_release
    from safemigrate.verify.release import release

    after, separator, upto = (revisions or "").partition(":")
    if revisions and not separator:
        raise click.UsageError(
            f'"{revisions}" is no range; write A:B, where A is what the old version was built for.'
        )
    if after and old_revision:
        raise click.UsageError("A:B and --old-revision both say where the release begins; use one of them.")
    if not upto and len(history.heads) > 1:
        raise AmbiguousRevision("head", history.heads)
    begin = after or old_revision
    if begin is None or begin == "":
        begin = old.revision if old.revision is not None else last_release(history)
    return release(history, begin, upto, baseline=baseline)


def _verified(
    release: Release, versions: Sequence[Version], workloads: Sequence[Workload], server: Server, tell: Tell
) -> Matrix:
    from safemigrate.verify.matrix import Versions
    from safemigrate.verify.states import states_of
    from safemigrate.verify.verification import verify

    old, new = workloads
    states = states_of(release)

    def progress(state: State) -> None:
        tell(f"{state.name} of {states[-1].name}" + (f", after {state.step}" if state.step else ""))

    names = Versions(versions[0].text, versions[1].text, release.before, release.built_for)
    return verify(release, old=old, new=new, versions=names, server=server, progress=progress)


# -- output --------------------------------------------------------------------------------------------------


class Tell:
    """Says on a terminal what is being done, in one line that the next one replaces."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def __call__(self, what: str) -> None:
        if self._shown:
            sys.stderr.write(f"\r\x1b[K{what} …" if what else "\r\x1b[K")
            sys.stderr.flush()


@contextmanager
def _progress() -> Iterator[Tell]:
    tell = Tell()
    try:
        yield tell
    finally:
        tell("")


def _print(matrix: Matrix, style: str, history: History) -> None:
    root = git.repository(history.script_location) or history.root
    if style == "json":
        from safemigrate.report.matrix_json import matrix_json

        sys.stdout.write(matrix_json(matrix, root=root))
        return
    from safemigrate.report.matrix import matrix_text
    from safemigrate.report.text import show

    show(matrix_text(matrix, root=Path.cwd()), sys.stdout)
