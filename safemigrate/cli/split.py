"""``safemigrate split``: the safe form of a release, as revision files."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from safemigrate import git
from safemigrate.cli.deciding import answer_option, composed, open_lines, read_answers
from safemigrate.cli.loading import load_history
from safemigrate.cli.options import alembic_options, ops_option, postgres_option, rules_option
from safemigrate.config import Settings, load_settings
from safemigrate.errors import SplitRefused

if TYPE_CHECKING:
    from safemigrate.history import History
    from safemigrate.plan.files import RevisionFile
    from safemigrate.plan.release import Release
    from safemigrate.plan.style import Style

EXAMPLES = """\b
Examples:
  safemigrate split                     show what the revisions new since the main branch become
  safemigrate split 4f1c9a2b --write    write it for one
  safemigrate split a1:b2 --write       for all after a1, up to b2
  safemigrate split --ops --write       with op.sync_columns and the like, which need safemigrate installed
  safemigrate split --answer "orders.currency='EUR'" --write
                                        say what only a person can; on a terminal it asks

\b
An authored revision keeps its id and its place and becomes its expand part. What must come later is appended
at the head: first all migrates, then all contracts. A revision that is safe as written is left alone.
"""


@click.command(epilog=EXAMPLES)
@click.argument("targets", nargs=-1, metavar="[REVISION|RANGE|FILE]...")
@click.option("--write", is_flag=True, help="Write the files; without it they are shown.")
@click.option(
    "--never-ran", is_flag=True, help="Rewrite released revisions too: none has run on a database that matters."
)
@answer_option
@ops_option
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@postgres_option
@rules_option
@alembic_options
def command(
    targets: tuple[str, ...],
    write: bool,
    never_ran: bool,
    answers: tuple[str, ...],
    ops: bool,
    style: str,
    postgres: int | None,
    rule_folders: tuple[Path, ...],
    config: Path | None,
    name: str,
) -> None:
    """Split revisions into expand, migrate and contract.

    Without arguments it takes the revisions committed, staged or untracked since HEAD left the main branch.
    """
    from safemigrate.plan.files import phase_heads
    from safemigrate.plan.style import Style

    settings = load_settings(config, overrides={"postgres": postgres, "rules": rule_folders or None})
    given = read_answers(answers)
    history = load_history(config, name, settings)
    phase_heads(history)
    root = git.repository(history.script_location)
    top = root or history.root
    try:
        made = _made(history, targets, settings, given, Style.OPS if ops else Style.PLAIN)
        if made.files and write and not never_ran:
            from safemigrate.cli import release as releases

            refuse_released(releases.released(history, made.release.split, settings, root))
    except SplitRefused as refused:
        if style == "json":
            from safemigrate.report.split_json import refusal_json

            click.echo(refusal_json(refused, given=given, root=top), nl=False)
        raise
    if made.files and write:
        _write(made.files)
    if style == "json":
        from safemigrate.report.split_json import split_json

        click.echo(split_json(made.files, made.release.asked, written=write and bool(made.files), root=top), nl=False)
    elif not made.files:
        click.echo(f"{made.chosen}: safe as written, or split before. Nothing to do.")
    else:
        _report(made.files, write=write, given=given, opened=open_lines(made.release))


@dataclass(frozen=True, slots=True)
class _Made:
    """What a release became. *chosen* says which revisions it is."""

    chosen: str
    release: Release
    files: tuple[RevisionFile, ...]


def _made(history: History, targets: Sequence[str], settings: Settings, given: dict[str, str], style: Style) -> _Made:
    from safemigrate.cli import release as releases
    from safemigrate.cli.judging import load_enabled_rules
    from safemigrate.plan.files import write_release

    root = git.repository(history.script_location)
    chosen = releases.named_range(history, targets) if targets else releases.unreleased(history, settings, root)
    runs = releases.judged_runs(history, chosen, settings)
    rules = load_enabled_rules(settings)
    allowed = releases.allowed(runs, rules)
    release = composed(rules, runs, settings, given, only=chosen.ids, allowed=allowed)
    return _Made(f"{_count(len(chosen.ids))} ({chosen.why})", release, write_release(release, history, style))


def refuse_released(found: dict[str, str]) -> None:
    """Raises SplitRefused for a revision that may have run: *found* says where each stands."""
    from safemigrate.plan.answers import check_refused

    check_refused(
        [
            SplitRefused(
                f"{id} is {where}, so it may have run somewhere, and its file is not rewritten.",
                remedy="Do this before you merge. If it has run nowhere that matters, say so: --never-ran.",
            )
            for id, where in found.items()
        ]
    )


def write_files(files: Sequence[RevisionFile]) -> None:
    """Write *files*, and say so."""
    _write(files)
    _report(files, write=True)


def show_files(files: Sequence[RevisionFile]) -> None:
    """Show what would be written."""
    _report(files, write=False)


def _write(files: Sequence[RevisionFile]) -> None:
    """All files, or none: each is written beside its place first. New ones appear before old ones change."""
    waiting = [(file, file.path.with_name(f".{file.path.name}.{os.getpid()}.new")) for file in files]
    try:
        for file, beside in waiting:
            beside.write_text(file.text, "utf-8")
        for file, beside in sorted(waiting, key=lambda item: item[0].replaces):
            beside.replace(file.path)
    finally:
        for _, beside in waiting:
            beside.unlink(missing_ok=True)


def _report(
    files: Sequence[RevisionFile], *, write: bool, given: Mapping[str, str] = {}, opened: Sequence[str] = ()
) -> None:
    if not write:
        for file in files:
            click.echo("".join(_difference(file)))
    width = max(len(file.revision) for file in files)
    for file in files:
        verb = "rewritten" if file.replaces else "new"
        click.echo(f"{file.phase:<8}  {file.revision:<{width}}  {verb:<9}  {_shown(file.path)}")
    for line in opened:
        click.echo(line)
    from safemigrate.plan.answers import same_answers

    if write:
        click.echo("Next: safemigrate plan, safemigrate verify, and commit these files together.")
    else:
        click.echo(f"Nothing is written. --write{same_answers(given)} writes these files.")


def _difference(file: RevisionFile) -> Iterator[str]:
    before = file.path.read_text("utf-8").splitlines(keepends=True) if file.replaces else []
    name = _shown(file.path)
    return difflib.unified_diff(before, file.text.splitlines(keepends=True), name if before else "/dev/null", name)


def _shown(path: Path) -> str:
    return os.path.relpath(path)


def _count(number: int) -> str:
    return f"{number} revision{'' if number == 1 else 's'}"
