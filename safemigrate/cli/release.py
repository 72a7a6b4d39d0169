"""Which revisions a command is about: those a person named, or those not yet released."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from safemigrate import git
from safemigrate.cli.judging import read_sql
from safemigrate.cli.progress import telling
from safemigrate.config import Settings
from safemigrate.errors import ConfigurationError, GitError

if TYPE_CHECKING:
    from safemigrate.history import History
    from safemigrate.lint.revisions import Conditions
    from safemigrate.rulebook import Rule, Run


@dataclass(frozen=True, slots=True)
class Chosen:
    """The revisions *ids*, all up to the head from the first of them, and why these."""

    ids: frozenset[str]
    why: str


def named_range(history: History, targets: Sequence[str]) -> Chosen:
    """The revisions that a person named."""
    from safemigrate import lint

    ids = lint.named(history, targets).ids
    if not ids:
        raise ConfigurationError(f"{' '.join(targets)} names no revision.", remedy="Name ids, files or a range A:B.")
    return Chosen(ids, " ".join(targets))


def unreleased(history: History, settings: Settings, root: Path | None) -> Chosen:
    """The revisions that are new since the main branch. Raises ConfigurationError where git cannot say."""
    from safemigrate import lint

    if root is None or not git.has_commits(root):
        raise ConfigurationError(
            "there is no git history here to tell which revisions are new.",
            where=str(history.script_location),
            remedy="Name them: a range A:B, ids or files.",
        )
    ref = git.main_branch(root, settings.main_branch)
    selection = lint.changed(history, git.changed_files(root, git.merge_base(root, ref)), ref)
    if not selection.ids:
        raise ConfigurationError(
            f"0 of {len(history.revisions)} revisions are new: none changed since {ref}.",
            remedy="Name others: a range A:B, ids or files.",
        )
    return Chosen(selection.ids, selection.scope)


def phased(history: History) -> Chosen | None:
    """The last release among the revisions that name their phase; None where the head names none."""
    from safemigrate.plan.extent import last_release

    if not history.revisions or history.revisions[-1].phase is None:
        return None
    ids = [revision.id for revision in history.revisions]
    before = last_release(history)
    start = ids.index(before) + 1 if before else 0
    return Chosen(frozenset(ids[start:]), "the last that name their phase")


def released(history: History, ids: Collection[str], settings: Settings, root: Path | None) -> dict[str, str]:
    """Those of *ids* that may have run somewhere, each with where it stands: on the main branch, or in a tag."""
    if root is None or not git.has_commits(root):
        return {}
    try:
        main = git.main_branch(root, settings.main_branch)
        base = git.merge_base(root, main)
    except GitError:
        main = base = ""
    found = {}
    for id in ids:
        path = history.by_id[id].path
        if base and git.holds(root, base, path):
            found[id] = f"on {main}"
        elif tag := git.first_tag(root, path):
            found[id] = f"in the tag {tag}"
    return found


def judged_runs(history: History, chosen: Chosen, settings: Settings) -> tuple[Run, ...]:
    """The upgrades from the first chosen revision to the head, on the schema that all before them left."""
    from safemigrate.lint.revisions import revision_runs

    first = next(i for i, revision in enumerate(history.revisions) if revision.id in chosen.ids)
    ids = [revision.id for revision in history.revisions[first:]]
    with telling(f"reading {len(history.revisions)} revisions"):
        return revision_runs(history, ids, conditions(settings))


def allowed(runs: Sequence[Run], rules: Sequence[Rule]) -> frozenset[tuple[str, Path, int]]:
    """Rule, path and line of what comments in the revisions allow today."""
    import tokenize

    from safemigrate.lint.suppressions import python_allowances

    names, today = {rule.name for rule in rules}, datetime.date.today()
    found = set()
    for path in {run.revision.path for run in runs}:
        with tokenize.open(path) as file:
            allowances = python_allowances(path, file.read(), names)
        found |= {(each.rule, path, line) for each in allowances if each.holds(today) for line in each.lines}
    return frozenset(found)


def conditions(settings: Settings) -> Conditions:
    """What findings depend on, for a command whose revisions apply is going to run."""
    from safemigrate.lint.revisions import Conditions
    from safemigrate.rulebook import Policy

    return Conditions(
        today=datetime.date.today(),
        policy=Policy(lock_timeout="managed"),
        postgres=settings.postgres,
        answers=settings.answers,
        schema_sql=read_sql(settings.schema) if settings.schema else "",
        schema_revision=settings.schema_revision,
    )
