"""Declarations made into a history: each revision after those it builds on, or an error that says what is wrong."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from safemigrate.errors import DuplicateRevision, MissingRevision, RevisionCycle
from safemigrate.history.configuration import Configuration
from safemigrate.history.declaration import Declaration
from safemigrate.history.history import History
from safemigrate.history.statement import Phase, Revision


def history_of(declarations: Sequence[Declaration], configuration: Configuration) -> History:
    """The history that the files declare.

    Raises:
        DuplicateRevision: two files carry one id.
        MissingRevision: a revision builds on one that no file declares.
        RevisionCycle: revisions build on one another in a circle.
    """
    declared: dict[str, Declaration] = {}
    revisions: dict[str, Revision] = {}
    for each in declarations:
        revision = each.revision()
        if revision.id in revisions:
            raise DuplicateRevision(revision.id, declared[revision.id].where("revision"), each.where("revision"))
        declared[revision.id], revisions[revision.id] = each, revision
    _check_references(declared, revisions)
    unsorted = _history(tuple(revisions.values()), revisions, configuration)
    parents = {id: unsorted.parents(id) for id in revisions}
    ordered = _parents_first(parents, declared)
    phases = _phases_of_branches(ordered, revisions)
    final = {
        id: dataclasses.replace(revisions[id], phase=revisions[id].phase or phases.get(id), branch=phases.get(id))
        for id in ordered
    }
    return _history(tuple(final.values()), final, configuration)


def _history(revisions: tuple[Revision, ...], by_id: Mapping[str, Revision], configuration: Configuration) -> History:
    built_on = {down for revision in revisions for down in revision.down}
    return History(
        revisions=revisions,
        heads=tuple(revision.id for revision in revisions if revision.id not in built_on),
        script_location=configuration.script_location,
        root=configuration.root,
        by_id=by_id,
        configuration=configuration,
    )


def _check_references(declared: Mapping[str, Declaration], revisions: Mapping[str, Revision]) -> None:
    labels = {label for revision in revisions.values() for label in revision.labels}
    for revision in revisions.values():
        for down in revision.down:
            if down not in revisions:
                raise MissingRevision(down, revision.id, declared[revision.id].where("down_revision"))
        for wanted in revision.depends_on:
            known = wanted.partition("@")[0] in labels or any(id.startswith(wanted) for id in revisions)
            if not known:
                raise MissingRevision(wanted, revision.id, declared[revision.id].where("depends_on"))


def _parents_first(parents: Mapping[str, Sequence[str]], declared: Mapping[str, Declaration]) -> tuple[str, ...]:
    """All ids, each after its parents; a branch stays together, and files' order decides the rest."""
    done: dict[str, None] = {}
    for start in _tips_first(parents):
        path: list[str] = [start]
        on_path = {start}
        while path:
            here = path[-1]
            open_parent = next((parent for parent in parents[here] if parent not in done), None)
            if here in done or open_parent is None:
                on_path.discard(here)
                done[path.pop()] = None
            elif open_parent in on_path:
                circle = path[path.index(open_parent) :]
                raise RevisionCycle(circle, declared[circle[0]].where("down_revision"))
            else:
                on_path.add(open_parent)
                path.append(open_parent)
    return tuple(done)


def _tips_first(parents: Mapping[str, Sequence[str]]) -> Iterable[str]:
    built_on = {parent for each in parents.values() for parent in each}
    yield from (id for id in parents if id not in built_on)
    # what is left once the tips are done runs in a circle
    yield from parents


def _phases_of_branches(ordered: Sequence[str], revisions: Mapping[str, Revision]) -> Mapping[str, Phase]:
    """The phases of revisions in branches that are labelled expand or contract; a merge of both has none."""
    inherited: dict[str, frozenset[str]] = {}
    for id in ordered:
        above = [inherited[down] for down in revisions[id].down]
        inherited[id] = revisions[id].labels | frozenset().union(*above)
    phases = {id: [phase for phase in Phase if phase in labels] for id, labels in inherited.items()}
    return {id: found[0] for id, found in phases.items() if len(found) == 1}


def revision_files(configuration: Configuration) -> tuple[Path, ...]:
    """The files that Alembic would take for revisions, in its order, each once.

    Source: alembic 1.18, script/base.py (Script._list_py_dir, _only_source_rev_file).
    """
    found: dict[Path, None] = {}
    for folder in configuration.version_locations:
        pattern = "**/*.py" if configuration.recursive else "*.py"
        real: dict[Path, Path] = {}
        for path in sorted(folder.absolute().glob(pattern)):
            hidden = path.name.startswith((".#", "__init__")) or path.parent.name.endswith("__pycache__")
            if not hidden:
                found[_resolved(path, real)] = None
    return tuple(found)


def _resolved(path: Path, real: dict[Path, Path]) -> Path:
    """*path* without links; *real* keeps those of the folders, which most of a history shares."""
    if path.is_symlink():
        return path.resolve()
    if path.parent not in real:
        real[path.parent] = path.parent.resolve()
    return real[path.parent] / path.name
