"""change-constraint: see change_constraint.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.schema import Constraint, ForeignKey
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import ChangeConstraint

_NOT_ENFORCED = re.compile(r"\bNOT\s+ENFORCED\b", re.IGNORECASE)
_ENFORCED = re.compile(r"\bENFORCED\b", re.IGNORECASE)
_NOT_DEFERRABLE = re.compile(r"\bNOT\s+DEFERRABLE\b", re.IGNORECASE)
_IMMEDIATE = re.compile(r"\bINITIALLY\s+IMMEDIATE\b", re.IGNORECASE)
_DEFERRED = re.compile(r"\bINITIALLY\s+DEFERRED\b", re.IGNORECASE)


def check(site: Site) -> Iterator[Hit]:
    """The old version relies on when a key is checked, and on whether it is."""
    op = site.operation
    assert isinstance(op, ChangeConstraint)
    table = site.before.table(op.table)
    constraint = table.constraints.get(op.name) if table else None
    if site.is_new(op.table):
        return
    name = f"{quoted(op.name)} of {op.table}"
    if _NOT_ENFORCED.search(op.options):
        yield Hit(
            frozenset({Hazard.SURPRISES_OLD}),
            message=f"From now on {name} refuses nothing, and the old version may read rows that it never allowed.",
        )
    elif _ENFORCED.search(op.options):
        yield from _enforced(name, constraint)
    else:
        yield from _moment(op, name, constraint)


def _enforced(name: str, constraint: Constraint | None) -> Iterator[Hit]:
    if isinstance(constraint, ForeignKey) and constraint.enforced:
        return
    yield Hit(
        frozenset({Hazard.BREAKS_OLD, Hazard.BLOCKS_WRITES}),
        message=f"Every row is looked at while writes wait, and what the old version writes against {name} is "
        "refused from now on.",
    )


def _moment(op: ChangeConstraint, name: str, constraint: Constraint | None) -> Iterator[Hit]:
    """Without DEFERRABLE in the options, a key that is not deferrable stays so."""
    actions = constraint.actions.upper() if isinstance(constraint, ForeignKey) else None
    deferrable = actions is None or bool(re.search(r"(?<!NOT )\bDEFERRABLE\b|INITIALLY DEFERRED", actions))
    deferred = actions is None or "INITIALLY DEFERRED" in actions
    sure = actions is not None
    if _NOT_DEFERRABLE.search(op.options) and deferrable:
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            certain=sure,
            message=f"{name} is checked at each statement from now on, and SET CONSTRAINTS of the old version is "
            "refused.",
        )
    elif _IMMEDIATE.search(op.options) and deferred:
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            certain=sure,
            message=f"{name} is checked at each statement from now on: the old version may write the child first.",
        )
    elif _DEFERRED.search(op.options) and not (sure and deferred):
        yield Hit(
            frozenset({Hazard.SURPRISES_OLD}),
            message=f"What {name} refuses is refused at COMMIT from now on, where the old version may expect no "
            "error.",
        )
