"""``safemigrate lint``: what is dangerous in the revisions that are new here."""

from __future__ import annotations

import tokenize
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from safemigrate import git
from safemigrate.cli.findings_baseline import baseline_options, check_baseline_options, with_baseline
from safemigrate.cli.judging import lint_conditions, load_enabled_rules, read_sql
from safemigrate.cli.loading import load_history
from safemigrate.cli.measured import chosen_statistics, statistics_options
from safemigrate.cli.observed import observe_files, observe_option, observe_selected
from safemigrate.cli.options import (
    EXISTING_FILE,
    alembic_options,
    fail_on_option,
    given,
    postgres_option,
    rules_option,
)
from safemigrate.cli.outputs import chosen_outputs, output_options, write_outputs
from safemigrate.cli.progress import telling
from safemigrate.config import FailOn, Settings, load_settings
from safemigrate.errors import ConfigurationError
from safemigrate.paths import relative

if TYPE_CHECKING:
    from safemigrate.history import Dump, History, Revision
    from safemigrate.history.reader import Standby
    from safemigrate.lint import Conditions, LintResult, Selection
    from safemigrate.lint.findings_baseline import Reach
    from safemigrate.lint.verdict import Verdict
    from safemigrate.report.formats import Around
    from safemigrate.rulebook import Rule
    from safemigrate.schema.statistics import Statistics

EXAMPLES = """\b
Examples:
  safemigrate lint                        revisions new since the main branch
  safemigrate lint 0007 4d90b6ce:head     these, whatever git says
  safemigrate lint --all --fail-on never  the whole history, as a survey
  safemigrate lint --sql change.sql --schema schema.sql --postgres 15
  safemigrate lint --stats stats.json     louder on large and busy tables, softer on small ones
  safemigrate lint --all --write-baseline what an old project has, and will not correct now
  safemigrate lint --output text --output sarif:report.sarif --output markdown:comment.md
"""


@click.command(epilog=EXAMPLES)
@click.argument("targets", nargs=-1, metavar="[REVISION|RANGE|FILE]...")
@click.option("--all", "everything", is_flag=True, help="Judge every revision of the history.")
@click.option("--since", type=given, metavar="REF", help="Judge what changed since this branch, tag or commit.")
@click.option("--sql", "as_sql", is_flag=True, help="The files are SQL, and Alembic is not asked.")
@click.option("--schema", type=EXISTING_FILE, help="The database before them, from pg_dump --schema-only.")
@click.option("--autocommit", is_flag=True, help="With --sql: each statement commits itself, as in psql.")
@click.option(
    "--downgrade/--no-downgrade", "backwards", default=True, show_default=True, help="Judge downgrade(), too, apart."
)
@postgres_option
@statistics_options
@observe_option
@output_options
@baseline_options
@fail_on_option
@click.option("--strict", is_flag=True, help="Exit code 3 if something could not be read or is judged by no rule.")
@rules_option
@alembic_options
@click.pass_context
def command(
    ctx: click.Context,
    targets: tuple[str, ...],
    everything: bool,
    since: str | None,
    as_sql: bool,
    schema: Path | None,
    autocommit: bool,
    backwards: bool,
    postgres: int | None,
    database_url: str | None,
    stats: Path | None,
    observing: bool,
    style: str | None,
    outputs: tuple[str, ...],
    write_baseline: str | None,
    no_baseline: bool,
    fail_on: str | None,
    strict: bool,
    rule_folders: tuple[Path, ...],
    config: Path | None,
    name: str,
) -> None:
    """Find what breaks the running version, blocks or rewrites a table, or loses data.

    Without arguments it reads the revisions committed, staged or untracked since HEAD left the main branch, and
    all of them where there is no git. Files that are no revisions are passed over.
    """
    _check_options(targets, everything, since, as_sql, autocommit)
    reports = chosen_outputs(style, outputs)
    check_baseline_options(write_baseline, no_baseline)
    settings = load_settings(
        config,
        overrides={
            "postgres": postgres,
            "fail_on": fail_on,
            "schema": schema,
            "rules": rule_folders or None,
        },
    )
    statistics = chosen_statistics(settings, database_url=database_url, stats=stats)
    linted = (
        _lint_sql(targets, settings, statistics, autocommit)
        if as_sql
        else _lint_history(targets, everything, since, settings, statistics, config, name, backwards=backwards)
    )
    if not no_baseline:
        result = with_baseline(
            linted.result,
            linted.reach,
            folder=linted.folder,
            configured=settings.baseline,
            write=write_baseline,
        )
        linted = replace(linted, result=result)
    write_outputs(reports, linted.result, _around(linted, settings))
    asked = linted.observe() if observing else 0
    ctx.exit(exit_code(linted.result, settings.fail_on, strict) or asked)


def exit_code(result: LintResult, fail_on: FailOn, strict: bool) -> int:
    """1 for a finding at or above *fail_on*, 3 with *strict* for what was not read or judged, else 0."""
    from safemigrate.rulebook.hazard import Severity

    if fail_on is not FailOn.NEVER and result.reaches(Severity(fail_on.value)):
        return 1
    return 3 if strict and (result.unreadable or result.unjudged) else 0


def _check_options(
    targets: Sequence[str], everything: bool, since: str | None, as_sql: bool, autocommit: bool
) -> None:
    chosen = [bool(targets), everything, since is not None]
    if as_sql and not targets:
        raise click.UsageError("--sql needs files.")
    if targets and not as_sql and all(target.endswith(".sql") for target in targets):
        raise click.UsageError(f"{targets[0]} is SQL, no revision: add --sql.")
    if as_sql and (everything or since is not None):
        raise click.UsageError("--sql takes files; --all and --since choose revisions.")
    if sum(chosen) > 1:
        raise click.UsageError("Choose revisions by name, by --all or by --since, not by two of them.")
    if autocommit and not as_sql:
        raise click.UsageError("--autocommit belongs to --sql; a revision says itself how it commits.")


# -- revisions -----------------------------------------------------------------------------------------------


def _lint_history(
    targets: Sequence[str],
    everything: bool,
    since: str | None,
    settings: Settings,
    statistics: Statistics | None,
    config: Path | None,
    name: str,
    *,
    backwards: bool,
) -> _Linted:
    from safemigrate.history.reader import Standby
    from safemigrate.lint.declarations import Declarations
    from safemigrate.lint.surroundings import cache_folder

    with Standby() as standby:
        declared = Declarations(cache_folder(), (Path.cwd(), config, name), news=standby.begin)
        history = load_history(config, name, settings, declared=declared, asked=declared.computed)
        declared.keep()
        return _lint_selected(history, targets, everything, since, settings, statistics, standby, backwards=backwards)


def _lint_selected(
    history: History,
    targets: Sequence[str],
    everything: bool,
    since: str | None,
    settings: Settings,
    statistics: Statistics | None,
    standby: Standby,
    *,
    backwards: bool,
) -> _Linted:
    from safemigrate.history import Direction
    from safemigrate.lint.findings_baseline import Reach
    from safemigrate.lint.select import dump_for
    from safemigrate.lint.verdict import Verdict, concluded

    root = git.repository(history.script_location)
    selection = _select(history, targets, everything, since, settings, root)
    if len(history.heads) > 1:
        heads = ", ".join(history.heads)
        click.echo(f"note: the history has {len(history.heads)} heads ({heads}); alembic merge joins them.", err=True)
    dump = dump_for(history, read_sql(settings.schema) if settings.schema else "", settings.schema_revision)
    rules = load_enabled_rules(settings)
    conditions = lint_conditions(settings, statistics)
    if not backwards:
        conditions = replace(conditions, directions=frozenset({Direction.UPGRADE}))
    verdict = _judged(history, rules, selection, conditions, dump, standby) if selection.ids else Verdict((), ())
    names = frozenset(rule.name for rule in rules)
    total = len(history.revisions)
    result = concluded(verdict, names, today=conditions.today, total=total, scope=selection.scope)
    judged = tuple(revision for revision in history.revisions if revision.id in selection.ids)
    reach = Reach(root or history.root, selection.ids, frozenset(history.by_id), names)
    observe = partial(observe_selected, history, selection.ids, settings, conditions)
    return _Linted(result, rules, root or history.root, history.root, reach, observe, judged)


def _judged(
    history: History,
    rules: Sequence[Rule],
    selection: Selection,
    conditions: Conditions,
    dump: Dump | None,
    standby: Standby,
) -> Verdict:
    """What the rules say, remembered where that can be."""
    from safemigrate.lint.readings import Gathered
    from safemigrate.lint.select import needed
    from safemigrate.lint.surroundings import cache_folder
    from safemigrate.lint.verdicts import Asked, Verdicts

    wanted = needed(history, selection.ids, dump.revisions if dump else frozenset())
    gathered = Gathered(history, selection.ids, wanted, cache_folder(), dump=dump, directions=conditions.directions)
    ahead = None
    if gathered.missing:
        # reading is another process's work, and what came is judged meanwhile
        standby.begin()
        with telling(f"reading {len(gathered.missing)} revisions"):
            # a large import, and the first revision takes its time
            from safemigrate.lint.hearing import Ahead, Hearing, read_ahead

            if gathered.is_empty and dump is None:
                ahead = Ahead(Hearing(history, rules, selection, conditions), selection.ids)
            gathered.read(standby=standby, arrived=ahead.hear if ahead else read_ahead)
    asked = Asked(history, rules, conditions, gathered.contents, selection.ids, wanted, selection.beside)
    known = Verdicts(cache_folder(), asked)
    if (verdict := known.load()) is not None:
        return verdict
    from safemigrate.lint.revisions import judged

    with telling(f"judging {len(selection.ids)} revisions"):
        verdict = judged(history, rules, selection, conditions, ready=gathered.prepared(), ahead=ahead)
    known.keep(verdict)
    return verdict


def _select(
    history: History,
    targets: Sequence[str],
    everything: bool,
    since: str | None,
    settings: Settings,
    root: Path | None,
) -> Selection:
    from safemigrate import lint

    if targets:
        return lint.named(history, targets)
    if everything:
        return lint.everything(history)
    if root is None:
        if since is None:
            return lint.everything(history)
        raise ConfigurationError("--since asks git, and there is no repository here.", remedy="Use --all instead.")
    if since is None and not git.has_commits(root):
        return lint.everything(history)
    ref = since or git.main_branch(root, settings.main_branch)
    return lint.changed(history, git.changed_files(root, git.merge_base(root, ref)), ref)


# -- SQL -----------------------------------------------------------------------------------------------------


def _lint_sql(targets: Sequence[str], settings: Settings, statistics: Statistics | None, autocommit: bool) -> _Linted:
    from safemigrate.lint.findings_baseline import Reach
    from safemigrate.lint.script import Script, lint_scripts

    scripts = [Script(path, read_sql(path), autocommit) for path in map(Path, targets)]
    rules = load_enabled_rules(settings)
    here = Path.cwd()
    files = frozenset(relative(script.path, here) for script in scripts)
    reach = Reach(here, files, frozenset(), frozenset(rule.name for rule in rules))
    conditions = lint_conditions(settings, statistics)
    observe = partial(observe_files, scripts, settings, conditions)
    return _Linted(lint_scripts(scripts, rules, conditions), rules, here, here, reach, observe)


# -- output --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Linted:
    """What a run found.

    *root* is the top of the repository, *folder* that of Alembic's configuration. *judged* are the revisions that
    were checked; *reach* names them, or the files of SQL. *observe* runs them on a throw-away server and returns
    the exit code that this asks for.
    """

    result: LintResult
    rules: tuple[Rule, ...]
    root: Path
    folder: Path
    reach: Reach
    observe: Callable[[], int]
    judged: tuple[Revision, ...] = ()


def _around(linted: _Linted, settings: Settings) -> Around:
    from safemigrate.report.formats import Around
    from safemigrate.rulebook.hazard import Severity

    fail_on = settings.fail_on
    return Around(
        root=linted.root,
        here=Path.cwd(),
        judged=linted.judged,
        pages={rule.name: rule.page for rule in linted.rules},
        sources={path: _lines(path) for path in {finding.path for finding in linted.result.open}},
        fail_on=None if fail_on is FailOn.NEVER else Severity(fail_on.value),
    )


def _lines(path: Path) -> tuple[str, ...]:
    """The lines of a file; none where it cannot be read as text."""
    try:
        with tokenize.open(path) as file:
            return tuple(file.read().splitlines())
    except (OSError, SyntaxError, UnicodeDecodeError):
        return ()
