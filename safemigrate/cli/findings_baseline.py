"""The baseline of findings at the command line: where it lies, when it is read, and how it is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from safemigrate.cli.outputs import write_file
from safemigrate.paths import relative

if TYPE_CHECKING:
    from safemigrate.lint import LintResult
    from safemigrate.lint.findings_baseline import Reach

#: what --write-baseline means without a file
_DEFAULT = "-"


def baseline_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--write-baseline`` and ``--no-baseline``: *write_baseline*, None where it is not given, and *no_baseline*."""
    write = click.option(
        "--write-baseline",
        is_flag=False,
        flag_value=_DEFAULT,
        metavar="[FILE]",
        help="Write what is found to the baseline: from then on it does not count.  "
        "[default: safemigrate-baseline.json beside Alembic's configuration]",
    )
    ignore = click.option("--no-baseline", is_flag=True, help="Let what is in the baseline count.")
    return write(ignore(command))


def check_baseline_options(write_baseline: str | None, no_baseline: bool) -> None:
    """Raises click.UsageError for a file that looks like a revision, or for both options at once."""
    if write_baseline not in (None, _DEFAULT) and not str(write_baseline).endswith(".json"):
        raise click.UsageError(
            f'--write-baseline took "{write_baseline}" for its file, which must end in .json. '
            "Name revisions before the option."
        )
    if write_baseline is not None and no_baseline:
        raise click.UsageError("--write-baseline and --no-baseline contradict each other.")


def with_baseline(
    result: LintResult, reach: Reach, *, folder: Path, configured: Path | None, write: str | None
) -> LintResult:
    """*result* as the baseline leaves it, once that has been written where *write* asks for it.

    The file is *write*'s, else the *configured* one, else the usual name in *folder*, if it is there.

    Raises:
        ConfigurationError: the file cannot be read or written.
    """
    # most projects have none, and a hook waits for every import
    path = configured or folder / "safemigrate-baseline.json"
    if write is None and configured is None and not path.is_file():
        return result
    from safemigrate.lint import findings_baseline as known

    if write is None:
        return known.without_known(result, known.read_findings_baseline(path), reach)
    path = path if write == _DEFAULT else Path(write)
    earlier = known.read_findings_baseline(path) if path.is_file() else known.FindingsBaseline(path)
    baseline = known.renewed(result, earlier, reach)
    write_file(path, known.findings_baseline_text(baseline))
    number = len(baseline.entries)
    click.echo(
        f"{relative(path, Path.cwd())}: {number} finding{'s' * (number != 1)} in the baseline; commit it.", err=True
    )
    return known.without_known(result, baseline, reach)
