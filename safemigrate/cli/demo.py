"""``safemigrate demo``: one release rolled out twice over real traffic."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from safemigrate.errors import ServerError

if TYPE_CHECKING:
    from types import FrameType

    from rich.console import RenderableType
    from rich.live import Live

    from safemigrate.demo.result import Run, Show
    from safemigrate.demo.stage import Narrator, Step, Tally
    from safemigrate.report.text import Line

PREFIX = "safemigrate-demo-"
# a terminal that closes, and whoever stops us in order, mean the same as Ctrl-C
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

EXAMPLES = """\b
Examples:
  safemigrate demo                        about a minute, on a throw-away PostgreSQL
  safemigrate demo --keep                 and the split project and all logs to read
  safemigrate demo --format json          the figures alone
"""


@click.command(epilog=EXAMPLES)
@click.option(
    "--processes", type=click.IntRange(2, 16), default=4, show_default=True, help="How many processes serve traffic."
)
@click.option(
    "--customers",
    type=click.IntRange(100, 1_000_000),
    default=20_000,
    show_default=True,
    help="How many customers the shop has, each with three orders.",
)
@click.option(
    "--seconds-per-wave",
    type=click.FloatRange(0.5, 600),
    default=2.0,
    show_default=True,
    help="How long each wave of the rollout lasts.",
)
@click.option("--keep", is_flag=True, help="Keep the project and the logs, and say where.")
@click.option(
    "--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to report."
)
@click.pass_context
def command(
    ctx: click.Context, processes: int, customers: int, seconds_per_wave: float, keep: bool, style: str
) -> None:
    """See a migration fail under traffic, and its safe form pass.

    Starts a PostgreSQL of its own and a small shop in several processes, and brings the shop from version 1 to
    version 2 twice: with alembic alone, and with safemigrate. Nothing of yours is touched.

    The exit code is 0 only if with safemigrate no statement failed, no row is lost or wrong, and nobody waited for
    a lock of the migration longer than apply's deadline.
    """
    from safemigrate.demo.show import Size, perform

    with _stoppable():
        folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
        keep_it = keep
        try:
            with _narrator(sys.stdout if style == "text" else sys.stderr) as narrator:
                show = perform(Size(processes, customers, seconds_per_wave), narrator, folder)
            keep_it = keep or bool(show.complaints)
            _print(show, style, folder if keep_it else None)
        except ServerError:
            # before anything was logged
            raise
        except Exception:
            keep_it = True
            click.echo(f"The logs are kept in {folder}.", err=True)
            raise
        finally:
            if not keep_it:
                shutil.rmtree(folder, ignore_errors=True)
    ctx.exit(1 if show.complaints else 0)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Makes the first signal to stop a KeyboardInterrupt; cleaning up is not interrupted by another."""

    def stop(number: int, frame: FrameType | None) -> None:
        for each in STOPS:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    # nohup has had the terminal's end ignored
    heard = [each for each in STOPS if (each, signal.getsignal(each)) != (signal.SIGHUP, signal.SIG_IGN)]
    before = {each: signal.signal(each, stop) for each in heard}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _print(show: Show, style: str, kept: Path | None) -> None:
    from safemigrate.demo.table import closing_lines, show_json
    from safemigrate.report.text import show as show_lines

    if style == "json":
        sys.stdout.write(show_json(show, kept) + "\n")
    else:
        show_lines(((), *closing_lines(show, kept)), sys.stdout)


# -- progress -----------------------------------------------------------------------------------------------------


@contextmanager
def _narrator(stream: TextIO) -> Iterator[Narrator]:
    """Who tells the show on *stream*: with a line that moves where it is a terminal."""
    from safemigrate.report.text import colours

    if not colours(stream):
        yield PlainNarrator(stream)
        return
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(file=stream, highlight=False), transient=True, refresh_per_second=12) as live:
        yield LiveNarrator(stream, live)


class PlainNarrator:
    """A line for each step that has ended."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def release(self, titles: Sequence[str]) -> None:
        from safemigrate.demo.table import release_lines

        self._show(*release_lines(titles))

    def chapter(self, title: str) -> None:
        from safemigrate.demo.table import HEADINGS
        from safemigrate.report.text import Style, line

        self._show((), line((title, Style.BOLD)), line((HEADINGS, Style.DIM)))

    def begin(self, what: str) -> None:
        self._stream.flush()

    def figures(self, tally: Tally) -> None:
        """Says nothing: what moves is for terminals."""

    def end(self, step: Step) -> None:
        from safemigrate.demo.table import note_lines, step_line

        self._show(step_line(step), *note_lines(step))

    def result(self, run: Run) -> None:
        from safemigrate.demo.table import kind_lines

        self._show(*kind_lines(run))

    def _show(self, *lines: Line) -> None:
        from safemigrate.report.text import show

        show(lines, self._stream)
        self._stream.flush()


class LiveNarrator(PlainNarrator):
    """The same, and below it the step that is on its way."""

    def __init__(self, stream: TextIO, live: Live) -> None:
        from rich.spinner import Spinner

        super().__init__(stream)
        self._live = live
        self._spinner = Spinner("dots")
        self._what = ""
        self._tally: Tally | None = None
        self._began = 0.0

    def __rich__(self) -> RenderableType:
        """The step as it stands; the terminal asks for it many times a second."""
        from rich.text import Text

        from safemigrate.demo.table import running_line

        if not self._what:
            return ""
        now = running_line(self._what, self._tally, time.monotonic() - self._began)
        self._spinner.update(text=Text.assemble(*((text, style.value) for text, style in now)))
        return self._spinner

    def begin(self, what: str) -> None:
        self._what, self._tally, self._began = what, None, time.monotonic()
        self._live.update(self)

    def figures(self, tally: Tally) -> None:
        self._tally = tally

    def end(self, step: Step) -> None:
        self._what = ""
        super().end(step)

    def _show(self, *lines: Line) -> None:
        from rich.text import Text

        for each in lines:
            self._live.console.print(
                Text.assemble(*((text, style.value) for text, style in each)), soft_wrap=True, highlight=False
            )
