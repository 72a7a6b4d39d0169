"""What the page of several-heads cannot show: labels, and revisions that are not under review."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from safemigrate.history.statement import Reading, Revision
from safemigrate.rulebook import Project, Statement, builtin_folder, judge, load_rule, replay
from safemigrate.schema import Schema

RULE = load_rule(builtin_folder() / "several_heads.md")


def revision(id: str, *down: str, labels: Sequence[str] = ()) -> Revision:
    return Revision(id, down, Path(f"{id}.py"), labels=frozenset(labels))


def found(revisions: Sequence[Revision], reviewed: str) -> list[str]:
    """The revisions that the rule speaks of, *reviewed* being those under review."""
    readings = [Reading(r, (Statement("SELECT 1", r.id, r.path, 1),)) for r in revisions if r.id in reviewed.split()]
    runs = list(replay(readings, Schema()))
    return [finding.revision for finding in judge([RULE], runs, project=Project(tuple(revisions)))]


def test_the_new_revision_is_told() -> None:
    history = [revision("a"), revision("b", "a"), revision("c", "a")]
    assert found(history, "c") == ["c"]
    assert found(history, "b") == ["b"]
    assert found(history, "b c") == ["c"]


def test_a_revision_behind_the_fork_is_not_to_blame() -> None:
    history = [revision("a"), revision("b", "a"), revision("c", "a"), revision("d", "c")]
    assert found(history, "d") == []
    assert found(history, "c d") == ["c"]


def test_a_merge_joins_them() -> None:
    history = [revision("a"), revision("b", "a"), revision("c", "a"), revision("d", "b", "c")]
    assert found(history, "b c d") == []


def test_branches_with_labels_are_meant() -> None:
    history = [revision("a"), revision("b", "a", labels=["expand"]), revision("c", "a", labels=["contract"])]
    assert found(history, "b c") == []
    assert found([*history, revision("d", "c"), revision("e", "c")], "d e") == ["e"]


def test_two_beginnings_are_two_heads() -> None:
    assert found([revision("a"), revision("b")], "a b") == ["b"]
    assert found([revision("a", labels=["one"]), revision("b", labels=["two"])], "a b") == []
