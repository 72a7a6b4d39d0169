"""``safemigrate revision``: the revision for what changed in the models, and its safe form at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from safemigrate.cli.deciding import answer_option, composed, read_answers
from safemigrate.cli.loading import load_history
from safemigrate.cli.options import alembic_options, ops_option, postgres_option, rules_option
from safemigrate.cli.split import write_files
from safemigrate.config import Settings, load_settings
from safemigrate.errors import ConfigurationError, SplitRefused

if TYPE_CHECKING:
    from safemigrate.history import History
    from safemigrate.plan.autogenerate import Doubt, Generated, Rename
    from safemigrate.plan.files import RevisionFile

EXAMPLES = """\b
Examples:
  safemigrate revision --autogenerate -m "rename full_name to name"
  safemigrate revision --autogenerate -m "…" --rename users.full_name=name
  safemigrate revision --autogenerate -m "…" --no-rename users.fax

\b
The models of env.py are compared with a throw-away database at head, so a contract that still waits is in
nobody's way. A column that goes while another of its type comes may be a rename: that is asked, never assumed.
"""


@click.command(epilog=EXAMPLES)
@click.option("-m", "--message", required=True, help="What the revision does, in a few words.")
@click.option("--autogenerate", is_flag=True, help="Compare the models with head; needed, as there is no other way.")
@click.option("--rename", "renames", multiple=True, metavar="TABLE.OLD=NEW", help="A column, or a table, renamed.")
@click.option(
    "--no-rename", "settled", multiple=True, metavar="TABLE.COLUMN", help="A column, or a table, that really goes."
)
@click.option("--rev-id", help="The revision's id; a random one if left out.")
@click.option("-x", "arguments", multiple=True, metavar="KEY=VALUE", help="An argument for env.py, as alembic -x.")
@answer_option
@ops_option
@postgres_option
@rules_option
@alembic_options
def command(
    message: str,
    autogenerate: bool,
    renames: tuple[str, ...],
    settled: tuple[str, ...],
    rev_id: str | None,
    arguments: tuple[str, ...],
    answers: tuple[str, ...],
    ops: bool,
    postgres: int | None,
    rule_folders: tuple[Path, ...],
    config: Path | None,
    name: str,
) -> None:
    """Write the revision for what changed in the models: expand, migrate and contract at once."""
    from safemigrate.plan.autogenerate import Rename
    from safemigrate.plan.files import single_head

    if not autogenerate:
        raise ConfigurationError(
            "Only --autogenerate writes a revision here.",
            remedy="For an empty one, use alembic revision, and safemigrate split when it is written.",
        )
    settings = load_settings(config, overrides={"postgres": postgres, "rules": rule_folders or None})
    given = read_answers(answers)
    history = load_history(config, name, settings)
    if history.revisions:
        single_head(history)
    made = _generated(
        history, settings, message, rev_id, [Rename.read(text) for text in renames], list(settled), arguments
    )
    if made.path is None:
        click.echo("The models and head agree: there is nothing to write.")
        return
    _split(load_history(config, name, settings), settings, made, given, ops=ops)


def _generated(
    history: History,
    settings: Settings,
    message: str,
    rev_id: str | None,
    renames: list[Rename],
    settled: list[str],
    arguments: Sequence[str],
) -> Generated:
    """The authored revision, once a person has settled what may be renamed."""
    from safemigrate.cli.progress import telling
    from safemigrate.plan.autogenerate import generate, unanswered
    from safemigrate.server import start
    from safemigrate.verify.states import at_head

    with telling("starting a throw-away server"), start() as server:
        first = server.create_database("head")
        dump = settings.schema.read_text("utf-8") if settings.schema else ""
        at_head(history, first, dump, settings.schema_revision)
        for number in range(1, 100):
            # renames are done in the database that is compared, so each try has its own
            url = server.clone("head", f"try_{number}")
            made = generate(
                history,
                url,
                message=message,
                rev_id=rev_id,
                renames=renames,
                settled=settled,
                arguments=arguments,
            )
            if not made.doubts:
                return made
            if not (sys.stdin.isatty() and sys.stdout.isatty()):
                raise unanswered(made.doubts)
            _ask(made.doubts[0], renames, settled)
    raise ConfigurationError("There are more renames than anybody would answer.")


def _ask(doubt: Doubt, renames: list[Rename], settled: list[str]) -> None:
    """Adds a person's answer to *renames* or to *settled*."""
    click.echo(f"{doubt.old} goes. What is it from now on?")
    for number, rename in enumerate(doubt.renames, start=1):
        click.echo(f"  {number}  {rename.new}")
    click.echo("  0  nothing: it is dropped, and its values are lost")
    answer = click.prompt("Number", type=click.IntRange(0, len(doubt.renames)))
    if answer:
        renames.append(doubt.renames[answer - 1])
    else:
        settled.append(doubt.old)


def _split(history: History, settings: Settings, made: Generated, given: dict[str, str], *, ops: bool) -> None:
    """Writes the safe form of the new revision beside it, where there is something to split."""
    assert made.path is not None
    try:
        files = _files(history, settings, made.revision, given, ops=ops)
    except SplitRefused as refused:
        raise SplitRefused(
            f"{os.path.relpath(made.path)} is written, and not split.\n{refused}\n"
            f"Then run safemigrate split {made.revision} --write."
        ) from refused
    if files:
        write_files(files)
    else:
        click.echo(f"expand    {made.revision}  new        {os.path.relpath(made.path)}")
        click.echo("It is safe as written. Next: read it, and commit it with the models.")


def _files(
    history: History, settings: Settings, revision: str, given: dict[str, str], *, ops: bool
) -> tuple[RevisionFile, ...]:
    from safemigrate.cli import release as releases
    from safemigrate.cli.judging import load_enabled_rules
    from safemigrate.plan.files import write_release
    from safemigrate.plan.style import Style

    chosen = releases.Chosen(frozenset({revision}), "the new one")
    runs = releases.judged_runs(history, chosen, settings)
    release = composed(load_enabled_rules(settings), runs, settings, given, only=chosen.ids)
    return write_release(release, history, Style.OPS if ops else Style.PLAIN)
