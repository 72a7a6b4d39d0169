"""Which steps of a revision ask first whether they have run: those that find an interruption behind a later commit,
and that PostgreSQL refuses, or would do twice.

The question is one for all up to there: what came before has run, too, where the trace of the last of them is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import accumulate

from safemigrate.plan.commute import conflict
from safemigrate.plan.once import can_run_again
from safemigrate.schema import Operation, Schema, after
from safemigrate.schema.traces import still_to_do


@dataclass(frozen=True, slots=True)
class Unit:
    """What stands together in a revision. *begins* says that everything in front of it is committed by then,
    *commits* that it commits by itself, *repeats* that it may run again as it is written."""

    operations: tuple[Operation, ...]
    begins: bool
    commits: bool
    repeats: bool


@dataclass(frozen=True, slots=True)
class Span:
    """The units *first* to *last*, which have still to run where *condition* holds."""

    first: int
    last: int
    condition: str

    def __contains__(self, place: object) -> bool:
        return isinstance(place, int) and self.first <= place <= self.last


def spans(units: Sequence[Unit], before: Schema) -> tuple[Span, ...]:
    """The units that must ask, in order; *before* is the schema that the first of them finds.

    One whose work leaves no trace that the schema knows of asks nothing.
    """
    states = list(accumulate(units, _after, initial=before))
    last_begin = max((i for i, unit in enumerate(units) if unit.begins), default=0)
    found: list[Span] = []
    for i, unit in enumerate(units):
        if unit.repeats or (i >= last_begin and not unit.commits) or (found and i <= found[-1].last):
            continue
        if found and not any(each.begins for each in units[found[-1].last + 1 : i + 1]):
            # of one transaction, one trace tells for all
            found[-1] = replace(found[-1], last=i)
            continue
        span = _span(units, states, i, floor=found[-1].last + 1 if found else 0)
        found += [span] if span is not None else []
    return tuple(found)


def _span(units: Sequence[Unit], states: Sequence[Schema], at: int, *, floor: int) -> Span | None:
    # what cannot run again tells best that it has; of its transaction, anything else tells, too
    for place, tells in ((at, _runs_once), (at, _is_any), *((each, _is_any) for each in _together(units, at, floor))):
        first, last = min(at, place), max(at, place)
        inside = [op for unit in units[first : last + 1] for op in unit.operations]
        in_the_way = (i for i in range(floor, first) if conflict(units[i].operations, inside, states[i], states[-1]))
        first = next(in_the_way, first)
        condition = _condition(units[place], states[first : place + 1], states[place + 1 :], tells)
        if condition is not None:
            return Span(first, last, condition)
    return None


def _condition(
    unit: Unit, earlier: Sequence[Schema], later: Sequence[Schema], tells: Callable[[Operation], bool]
) -> str | None:
    """What tells whether *unit* has still to run, by the first of its operations that *tells* and leaves a trace."""
    during = list(accumulate(unit.operations, lambda schema, op: after(op, schema), initial=earlier[-1]))
    found = (
        still_to_do((*earlier[:-1], *during[:i]), (*during[i:], *later[1:]))
        for i, op in enumerate(unit.operations, start=1)
        # of statements that commit by themselves, the last tells of all; what is concurrent may be done by half
        if tells(op) and op.runs_in_transaction and (not unit.commits or i == len(unit.operations))
    )
    return next((condition for condition in found if condition is not None), None)


def _runs_once(op: Operation) -> bool:
    return not can_run_again(op)


def _is_any(op: Operation) -> bool:
    return True


def _together(units: Sequence[Unit], at: int, floor: int) -> Iterable[int]:
    """The places of what is committed together with the unit *at*."""
    first = next((i for i in range(at, floor, -1) if units[i].begins), floor)
    behind = (i for i in range(at + 1, len(units)) if units[i].begins)
    return range(first, next(behind, len(units)))


def _after(schema: Schema, unit: Unit) -> Schema:
    return reduce(lambda known, op: after(op, known), unit.operations, schema)
