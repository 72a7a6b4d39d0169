"""``safemigrate explain``: the page of a rule, or what a revision does."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from safemigrate import git
from safemigrate.cli.loading import load_history
from safemigrate.cli.options import alembic_options, postgres_option, rules_option
from safemigrate.config import Settings, load_settings
from safemigrate.errors import ConfigurationError, SafemigrateError, UnknownRevision

if TYPE_CHECKING:
    from safemigrate.history import History
    from safemigrate.lint.account import Account
    from safemigrate.rulebook import Rule

EXAMPLES = """\b
Examples:
  safemigrate explain drop-column           the page of a rule
  safemigrate explain 4d90b6ce              what a revision locks, blocks and breaks
  safemigrate explain 4d90b6ce:head --format json
  safemigrate explain migrations/versions/0006_drop_legacy_number.py
  safemigrate explain change.sql

\b
A file is taken for a file, then a rule for a rule, and all else for a revision.
"""


@click.command(epilog=EXAMPLES)
@click.argument("subject", metavar="RULE|REVISION|RANGE|FILE")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@postgres_option
@rules_option
@alembic_options
def command(
    subject: str, style: str, postgres: int | None, rule_folders: tuple[Path, ...], config: Path | None, name: str
) -> None:
    """Print the page of a rule, or what each statement of a revision does.

    Of a rule: why it is unsafe, what to do instead, and examples that PostgreSQL has checked. Of a revision, per
    statement: the locks and whom they stop, a rewrite, scan or index build, the hazards, the phase, the safe form.
    """
    from safemigrate.rulebook import load_rules

    settings = load_settings(config, overrides={"postgres": postgres, "rules": rule_folders or None})
    if subject.endswith(".sql"):
        _show_accounts(_script(subject, settings), style, Path.cwd())
        return
    rules = {rule.name: rule for rule in load_rules(settings.rules)}
    wanted = subject.strip().replace("_", "-")
    if wanted in rules and not Path(subject).exists():
        _note_revision(subject, config, name)
        _show_page(rules[wanted], style)
        return
    history = _history(subject, config, name, settings, list(rules))
    root = git.repository(history.script_location) or history.root
    _show_accounts(_revisions(subject, history, settings, list(rules)), style, root)


# -- a rule --------------------------------------------------------------------------------------------------


def _show_page(rule: Rule, style: str) -> None:
    from safemigrate.report.rules import page_json
    from safemigrate.report.text import colours

    markdown = rule.page.body.strip()
    if style == "json":
        sys.stdout.write(page_json(rule.page))
        return
    if not colours(sys.stdout):
        sys.stdout.write(markdown + "\n")
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console(file=sys.stdout).print(Markdown(markdown))


def _note_revision(subject: str, config: Path | None, name: str) -> None:
    """Say how to ask for the revision that is called as the rule is."""
    from safemigrate.history import load

    try:
        revision = load(config, name=name).by_id.get(subject)
    except SafemigrateError:
        return
    if revision is not None:
        click.echo(
            f'note: "{subject}" is a revision, too: safemigrate explain {revision.path} explains it.', err=True
        )


# -- a revision ----------------------------------------------------------------------------------------------


def _history(subject: str, config: Path | None, name: str, settings: Settings, rules: Sequence[str]) -> History:
    try:
        return load_history(config, name, settings)
    except ConfigurationError as error:
        # without a project only a rule can be meant
        raise error if config else _unknown(subject, rules, "and no Alembic project is here") from None


def _revisions(subject: str, history: History, settings: Settings, rules: Sequence[str]) -> tuple[Account, ...]:
    from safemigrate import lint
    from safemigrate.cli.judging import lint_conditions, load_enabled_rules
    from safemigrate.cli.progress import telling
    from safemigrate.lint.account import accounts
    from safemigrate.lint.readings import Prepared, remembered_readings
    from safemigrate.lint.revisions import revision_runs
    from safemigrate.lint.select import Selection, dump_for, needed
    from safemigrate.lint.surroundings import cache_folder

    try:
        ids = lint.named(history, [subject]).ids
    except UnknownRevision as error:
        if ":" in subject or Path(subject).exists():
            raise
        raise _unknown(subject, [*rules, *history.by_id], f"and {error.found}") from None
    if not ids:
        raise ConfigurationError(f'"{subject}" holds no revision of {history.script_location}.')
    conditions = lint_conditions(settings)
    dump = dump_for(history, conditions.schema_sql, conditions.schema_revision)
    wanted = needed(history, ids, dump.revisions if dump else frozenset())
    with telling(f"reading {len(wanted)} revisions"):
        readings = remembered_readings(history, wanted, cache_folder(), dump=dump)
        runs = revision_runs(history, ids, conditions, readings=readings)
        rules_here = load_enabled_rules(settings)
        found = lint.lint(history, rules_here, Selection(ids), conditions, ready=Prepared(readings))
    return accounts(runs, found.findings, postgres=settings.postgres)


def _unknown(subject: str, names: Sequence[str], rest: str) -> ConfigurationError:
    near = get_close_matches(subject.strip().replace("_", "-"), names, n=3)
    remedy = (
        f"Did you mean {' or '.join(near)}?"
        if near
        else "safemigrate rules lists the rules, alembic history revisions."
    )
    return ConfigurationError(f'There is no rule "{subject}", {rest.rstrip(".")}.', remedy=remedy)


def _script(subject: str, settings: Settings) -> tuple[Account, ...]:
    from safemigrate.cli.judging import lint_conditions, load_enabled_rules, read_sql
    from safemigrate.lint.account import accounts
    from safemigrate.lint.script import Script, lint_scripts, script_runs

    script = Script(Path(subject), read_sql(Path(subject)))
    conditions = lint_conditions(settings)
    found = lint_scripts([script], load_enabled_rules(settings), conditions)
    return accounts(script_runs([script], conditions), found.findings, postgres=settings.postgres)


def _show_accounts(found: Sequence[Account], style: str, root: Path) -> None:
    from safemigrate.report.explained import explained_json, explained_text
    from safemigrate.report.text import show

    if style == "json":
        sys.stdout.write(explained_json(found, root=root))
    else:
        show(explained_text(found, root=Path.cwd()), sys.stdout)
