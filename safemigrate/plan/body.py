"""The body of a function that runs steps: its backfills in loops, and a question above what may have run before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from safemigrate.plan import python
from safemigrate.plan.asked import Unit, spans
from safemigrate.plan.backfill_code import Filling
from safemigrate.plan.once import can_run_again
from safemigrate.plan.python import Comments
from safemigrate.plan.source import indented
from safemigrate.plan.style import Style
from safemigrate.rulebook import Step
from safemigrate.schema import Operation, Schema, sync
from safemigrate.schema.operations import Update


@dataclass(frozen=True, slots=True)
class _Piece:
    """A step below its comments, or a part of one. *begins* says that what is in front of it is committed."""

    step: Step
    said: Comments
    begins: bool

    @property
    def is_backfill(self) -> bool:
        return isinstance(self.step[0], Update)

    @property
    def commits(self) -> bool:
        return self.is_backfill or python.autocommit(self.step)

    @property
    def unit(self) -> Unit:
        repeats = self.is_backfill or all(map(can_run_again, self.step))
        return Unit(self.step, self.begins, self.commits, repeats)


def body(
    steps: Sequence[Step],
    before: Schema,
    style: Style,
    *,
    fillings: Iterator[Filling] | None = None,
    said: Sequence[Comments] | None = None,
    known: Sequence[Operation] = (),
) -> list[str]:
    """The lines that run *steps* on *before*, each of which may run again from its start.

    *fillings* are the backfills among them, *said* is what stands above each, *known* what the expand part does.
    """
    pieces = list(_pieces(steps, said or [()] * len(steps)))
    asking = spans([piece.unit for piece in pieces], before)
    spanned = [(next((s for s in asking if i in s), None), piece) for i, piece in enumerate(pieces)]
    lines: list[str] = []
    last: _Piece | None = None
    for span, group in groupby(spanned, key=lambda each: each[0]):
        inside = [piece for _, piece in group]
        if last is not None and inside[0].begins and not last.commits and not inside[0].commits:
            lines += python.COMMIT
        written = list(_written(inside, style, fillings or iter(()), known))
        lines += [*python.asking(span.condition), *indented(written, python.INDENT)] if span else written
        last = inside[-1]
    return lines


def _pieces(steps: Sequence[Step], said: Sequence[Comments]) -> Iterator[_Piece]:
    for step, above in zip(steps, said, strict=True):
        guard, work = (step[:1], step[1:]) if isinstance(step[0], sync.Guard) else ((), step)
        if guard:
            # it asks for itself, whatever has run
            yield _Piece(guard, (), begins=True)
        if work:
            yield _Piece(work, above, begins=not guard)


def _written(
    pieces: Sequence[_Piece], style: Style, fillings: Iterator[Filling], known: Sequence[Operation]
) -> Iterator[str]:
    for is_backfill, group in groupby(pieces, key=lambda piece: piece.is_backfill):
        inside = list(group)
        if not is_backfill:
            whole = _whole(inside)
            yield from style.body([piece.step for piece in whole], known, [piece.said for piece in whole])
            continue
        for piece in inside:
            yield from piece.said
            for _ in piece.step:
                yield from style.backfill(next(fillings))


def _whole(pieces: Sequence[_Piece]) -> list[_Piece]:
    """The pieces, each guard with the work of its transaction where both are there."""
    found: list[_Piece] = []
    for piece in pieces:
        if found and not piece.begins:
            found[-1] = _Piece((*found[-1].step, *piece.step), piece.said, begins=True)
        else:
            found.append(piece)
    return found
