"""Where reports go: ``--output FORMAT[:FILE]``, several at once, and files that are whole or not there."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from safemigrate.errors import ConfigurationError

if TYPE_CHECKING:
    from safemigrate.lint import LintResult
    from safemigrate.report.formats import Around

#: as in report.formats, which --help need not import
FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit", "markdown")
_DOCUMENTS = frozenset({"json", "sarif", "gitlab", "junit"})


@dataclass(frozen=True, slots=True)
class Output:
    """A report that somebody asked for. *file* None is standard output."""

    format: str
    file: Path | None = None


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--output`` and ``--format``: *outputs* as texts, and *style*."""
    output = click.option(
        "--output",
        "outputs",
        multiple=True,
        metavar="FORMAT[:FILE]",
        help="A report, on standard output or in a file; may be given several times.",
    )
    style = click.option(
        "--format",
        "style",
        type=click.Choice(FORMATS),
        help="How to report on standard output.  [default: text, where no --output says otherwise]",
    )
    return output(style(command))


def chosen_outputs(style: str | None, written: Sequence[str]) -> tuple[Output, ...]:
    """The reports that the options ask for.

    Raises:
        click.UsageError: an unknown format, a file twice, or two reports on one stream that cannot stand together.
    """
    asked = [*([style] if style else []), *written] or ["text"]
    found = tuple(map(_output, asked))
    printed = [each.format for each in found if each.file is None]
    if len(printed) > 1 and (alone := [name for name in printed if name in _DOCUMENTS]):
        raise click.UsageError(
            f"{' and '.join(printed)} would be mixed on standard output. Give a file: --output {alone[0]}:FILE."
        )
    twice = [path for path, times in Counter(each.file for each in found if each.file).items() if times > 1]
    if twice:
        raise click.UsageError(f"{twice[0]} is named by two outputs. Give each a file of its own.")
    return found


def _output(written: str) -> Output:
    name, colon, file = written.partition(":")
    if name not in FORMATS:
        raise click.UsageError(f'"{name}" is no format: --output takes {", ".join(FORMATS)}, and :FILE behind it.')
    if colon and not file:
        raise click.UsageError(f"--output {written} names no file behind the colon.")
    return Output(name, Path(file) if file else None)


def write_outputs(outputs: Sequence[Output], result: LintResult, around: Around) -> None:
    """Print and write the reports; where none is printed, one line on stderr sums up.

    Raises:
        ConfigurationError: a file that cannot be written, by its path. OSError: standard output is closed or full.
    """
    from dataclasses import replace

    from safemigrate.report.formats import render
    from safemigrate.report.text import colours, in_log

    # files first: what is printed may be cut short by whoever reads it
    for output in sorted(outputs, key=lambda each: each.file is None):
        if output.file is not None:
            write_file(output.file, render(output.format, result, around))
            continue
        shown = replace(around, terminal=output.format == "text" and colours(sys.stdout))
        text = render(output.format, result, shown)
        # a command to the runner is what the format github is for
        sys.stdout.write(text if output.format == "github" else in_log(text))
    if any(output.format == "github" for output in outputs):
        _write_job_summary(result, around)
    if all(output.file for output in outputs):
        from safemigrate.report.findings import summary
        from safemigrate.report.text import plain

        files = ", ".join(str(output.file) for output in outputs)
        click.echo(in_log(f"{files}: {plain([summary(result)])}").rstrip(), err=True)


def _write_job_summary(result: LintResult, around: Around) -> None:
    """The summary of the job, where GitHub Actions says in which file: other steps' lines in it stay."""
    from safemigrate.report.formats.github import job_summary

    if not (path := os.environ.get("GITHUB_STEP_SUMMARY")):
        return
    try:
        with Path(path).open("ab") as file:
            file.write(_encoded(job_summary(result, around)))
    except OSError as error:
        raise _unwritable(Path(path), error) from None


def write_file(path: Path, text: str) -> None:
    """Write *text* to *path*: all of it or nothing, whoever looks at it meanwhile. A link stays a link.

    Raises:
        ConfigurationError: it cannot be written, and why.
    """
    target = Path(os.path.realpath(path))
    try:
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            # a device or a pipe, or a folder, which says so itself
            target.write_bytes(_encoded(text))
            return
        _replace(target, _encoded(text))
    except OSError as error:
        raise _unwritable(path, error) from None


def _replace(target: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:32]}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        # as a new file would have it, not as a secret
        os.chmod(name, stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask())
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _umask() -> int:
    # it can only be read by setting it
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _encoded(text: str) -> bytes:
    # the name of a file may hold bytes that are no text
    return text.encode("utf-8", "backslashreplace")


def _unwritable(path: Path, error: OSError) -> ConfigurationError:
    reason = (error.strerror or str(error)).lower()
    return ConfigurationError(
        f"this file cannot be written: {reason}.", where=str(path), remedy="Name another, or make room for it."
    )
