"""The upgrade() of an authored revision once its changes are put off: what stays is as its author wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from safemigrate.errors import SplitRefused
from safemigrate.history import Phase
from safemigrate.plan import python
from safemigrate.plan.answers import check_refused
from safemigrate.plan.asked import Unit, spans
from safemigrate.plan.changes import Change, Part, SplitRevision
from safemigrate.plan.once import again, can_run_again
from safemigrate.plan.source import Block, Source, deeper, indented, with_keyword
from safemigrate.plan.style import Style
from safemigrate.rulebook import Placed, Step
from safemigrate.rulebook.twice import adds_twice, bears_twice, overwritten
from safemigrate.schema import Name, Operation, Schema
from safemigrate.schema import operations as o


@dataclass(frozen=True, slots=True)
class _Kept:
    """Lines as they stand in the file, inside of the with statements *around*. *leaves_open* says whether a
    transaction is open behind them that holds a lock, None where they change nothing about that."""

    lines: tuple[str, ...]
    around: tuple[Block, ...] = ()
    leaves_open: bool | None = None
    statement: bool = True
    #: the same so that it may run again, where a commit behind it makes that necessary
    again: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()
    #: whether one of them commits by itself
    commits: bool = False
    #: the line of a return that hangs on what a database may answer, 0 where there is none
    leaves: int = 0
    #: the line where it begins
    line: int = 0

    @property
    def repeats(self) -> bool:
        """Whether it may run again, as it stands or as *again* says it."""
        return bool(self.again) or all(map(bears_twice, self.operations))

    @property
    def repeated(self) -> _Kept:
        """The piece as *again* says it, where it does."""
        return replace(self, lines=self.again) if self.again else self


@dataclass(frozen=True, slots=True)
class _Changed:
    """The steps that stand in place of some statements, below the *comments* of these, which sent *operations*."""

    comments: tuple[str, ...]
    steps: tuple[Step, ...]
    operations: tuple[Operation, ...] = ()
    #: the change that they belong to, None where they belong to several
    change: Change | None = None
    #: whether it stands behind other steps in place of the same statements
    goes_on: bool = False

    @property
    def repeated(self) -> _Changed:
        """Each step may run again already."""
        return self

    @property
    def parts(self) -> tuple[_Changed, ...]:
        """Each of the steps by itself."""
        if len(self.steps) < 2:
            return (self,)
        return tuple(
            replace(self, comments=() if i else self.comments, steps=(step,), goes_on=i > 0)
            for i, step in enumerate(self.steps)
        )


def upgrade(parted: SplitRevision, text: Source, style: Style, before: Schema) -> list[str]:
    """The lines of the body: the author's statements as they stand, and the steps of a change where it began.

    *before* is the schema that they begin on. Raises SplitRefused for each change that cannot be taken out of the
    statement that it stands in.
    """
    body = _Body(parted, style)
    slots = _slots(tuple(body.pieces(text.upgrade, range(len(parted.run.operations)))))
    check_refused([*body.refused, *body.outside()])
    units = tuple(_units(slots, before))
    check_refused([*_left_early(slots, units, parted)])
    # a commit stands in front of it, and an interrupted revision is run from its start
    last = max((i for i, unit in enumerate(units) if unit.begins), default=0)
    asking = spans(units, before)
    unasked = [slot for place, slot in enumerate(slots[:last]) if not any(place in span for span in asking)]
    check_refused([*_adding_twice(unasked, parted)])
    lines: list[str] = []
    open_transaction = False
    for span, group in groupby(enumerate(slots), key=lambda each: next((s for s in asking if each[0] in s), None)):
        indent = python.INDENT * (span is not None)
        lines += indented(python.asking(span.condition), text.indent) if span else []
        inside = (piece.repeated if place < last else piece for place, slot in group for piece in slot)
        for changed, pieces in groupby(inside, key=lambda piece: isinstance(piece, _Changed)):
            if not changed:
                kept = [piece for piece in pieces if isinstance(piece, _Kept)]
                lines += deeper(list(_nested(kept)), indent) if indent else _nested(kept)
                states = [piece.leaves_open for piece in kept if piece.leaves_open is not None]
                open_transaction = states[-1] if states else open_transaction
                continue
            for piece in _joined(piece for piece in pieces if isinstance(piece, _Changed)):
                steps = again(piece.steps)
                commits = open_transaction and steps and not python.autocommit(steps[0])
                comments = [line for line in piece.comments if _place(piece, line, parted) is None]
                if not steps and not any(map(str.strip, comments)):
                    # the blank line above a statement goes where that goes
                    continue
                written = [*(python.COMMIT if commits else ()), *comments, *style.body(steps, ())]
                lines += indented(written, text.indent + indent)
                open_transaction = not python.autocommit(steps[-1]) if steps else open_transaction
    while lines and not lines[0].strip():
        del lines[0]
    while lines and not lines[-1].strip():
        del lines[-1]
    if not any(line.strip() and not line.lstrip().startswith("#") for line in lines):
        lines.append(f"{text.indent}pass")
    return lines


def _left_early(
    slots: Sequence[tuple[_Kept | _Changed, ...]], units: Sequence[Unit], parted: SplitRevision
) -> Iterator[SplitRefused]:
    """An interrupted revision is run from its start: a question of the author's would find what it did itself."""
    last = max((i for i, unit in enumerate(units) if unit.begins and isinstance(slots[i][0], _Changed)), default=-1)
    for piece in (piece for slot in slots[: last + 1] for piece in slot):
        if isinstance(piece, _Kept) and piece.leaves:
            yield SplitRefused(
                "upgrade() returns here by what it finds, and behind it split commits: run again after an "
                "interruption, it would find its own work and leave the rest undone.",
                where=f"{parted.run.revision.path}:{piece.leaves}",
                remedy="Take the question out: each step does nothing where its outcome is there.",
            )


def _adding_twice(slots: Iterable[tuple[_Kept | _Changed, ...]], parted: SplitRevision) -> Iterator[SplitRefused]:
    """What nobody can ask for whether it has run, and what would do its work once more, must not stand there."""
    for piece in (piece for slot in slots for piece in slot):
        if isinstance(piece, _Kept) and any(map(adds_twice, piece.operations)):
            yield SplitRefused(
                "behind this split commits: run again after an interruption, it would do its work a second time.",
                where=f"{parted.run.revision.path}:{piece.line}",
                remedy="Write it so that it adds nothing then (ON CONFLICT DO NOTHING, WHERE NOT EXISTS), or put it "
                "into a revision of its own.",
            )


def _slots(pieces: Iterable[_Kept | _Changed]) -> tuple[tuple[_Kept | _Changed, ...], ...]:
    """The pieces that only go together: those of one with statement. Each step of a change is a piece of its own."""
    slots: list[tuple[_Kept | _Changed, ...]] = []
    for around, group in groupby(pieces, key=lambda piece: piece.around[:1] if isinstance(piece, _Kept) else None):
        inside = tuple(group)
        if around:
            slots.append(inside)
            continue
        for piece in inside:
            parts = piece.parts if isinstance(piece, _Changed) else (piece,)
            slots += [(part,) for part in parts]
    return tuple(slots)


def _units(slots: Sequence[tuple[_Kept | _Changed, ...]], before: Schema) -> Iterator[Unit]:
    """What the slots do, and where they commit."""
    stays = [op for slot in slots for piece in slot if isinstance(piece, _Kept) for op in piece.operations]
    changed = {id(stays[place]) for place, _ in overwritten(stays, before)}
    committed, open_transaction = False, False
    for slot in slots:
        first = slot[0]
        if isinstance(first, _Kept):
            kept = [piece for piece in slot if isinstance(piece, _Kept)]
            states = [piece.leaves_open for piece in kept if piece.leaves_open is not None]
            commits = any(piece.commits for piece in kept)
            operations = tuple(op for piece in kept for op in piece.operations)
            repeats = all(piece.repeats for piece in kept) and changed.isdisjoint(map(id, operations))
            yield Unit(operations, commits or committed, commits, repeats)
            open_transaction = states[-1] if states else open_transaction
            committed = commits or (committed and not operations)
            continue
        steps = again(first.steps)
        commits = any(map(python.autocommit, steps))
        operations = tuple(op for step in steps for op in step)
        begins = bool(steps) and (commits or committed or open_transaction)
        yield Unit(operations, begins, commits, all(map(can_run_again, operations)))
        open_transaction = not commits if steps else open_transaction
        committed = commits or (committed and not steps)


def _joined(pieces: Iterable[_Changed]) -> Iterator[_Changed]:
    """The pieces, the steps of one statement together again."""
    whole: _Changed | None = None
    for piece in pieces:
        if whole is not None and piece.goes_on:
            whole = replace(whole, steps=(*whole.steps, *piece.steps))
            continue
        if whole is not None:
            yield whole
        whole = piece
    if whole is not None:
        yield whole


def put_off(parted: SplitRevision, text: Source, style: Style) -> Mapping[tuple[Phase, int], tuple[str, ...]]:
    """The comments of statements that expand does without, by phase and number of the step that does their work."""
    pieces = _Body(parted, style).pieces(text.upgrade, range(len(parted.run.operations)))
    found: dict[tuple[Phase, int], tuple[str, ...]] = {}
    for piece in (each for each in pieces if isinstance(each, _Changed)):
        for line in piece.comments:
            place = _place(piece, line, parted)
            if place is not None:
                found[place] = (*found.get(place, ()), line)
    return found


def _place(piece: _Changed, comment: str, parted: SplitRevision) -> tuple[Phase, int] | None:
    """The phase and the number of the step that a comment belongs above; None where it stays in expand."""
    # a blank line says nothing, and Alembic's own marks belong around what is left
    if piece.steps or piece.change is None or not comment or comment.startswith("# ###"):
        return None
    later = [
        (phase, number, step)
        for phase in (Phase.MIGRATE, Phase.CONTRACT)
        for number, step in enumerate(parted.steps(phase))
        if any(step is each for each in piece.change.split.steps(phase))
    ]
    kinds = tuple(map(type, piece.operations))
    alike = [each for each in later if any(isinstance(op, kinds) for op in each[2])]
    return next(((phase, number) for phase, number, _ in (*alike, *later)), None)


def _nested(pieces: Sequence[_Kept], depth: int = 0) -> Iterator[str]:
    """The lines of neighbours; what stands in one with statement stands in one again."""
    for around, group in groupby(pieces, key=lambda piece: piece.around[depth : depth + 1]):
        inside = list(group)
        if around and any(piece.statement for piece in inside):
            yield from around[0].header
            yield from _nested(inside, depth + 1)
        else:
            yield from (line for piece in inside for line in piece.lines)


#: the call of Alembic's that makes it, and takes if_not_exists
_IF_NOT_EXISTS: Mapping[type[Operation], str] = {
    o.AddColumn: "op.add_column",
    o.CreateIndex: "op.create_index",
    o.CreateTable: "op.create_table",
}


_BATCH = re.compile(r"batch_alter_table\b.*\bas\s+(\w+)\s*:", re.DOTALL)


def _called(kind: type[Operation], around: tuple[Block, ...]) -> str:
    """What makes it in an upgrade(), or in the with statements *around*."""
    batches = [match[1] for block in around if (match := _BATCH.search("\n".join(block.header)))]
    # the batch of a table adds its columns; indexes and tables have no such word there
    return f"{batches[-1]}.add_column" if batches and kind is o.AddColumn else _IF_NOT_EXISTS[kind]


def _is_batch(block: Block) -> bool:
    return any("batch_alter_table" in line for line in block.header)


class _Body:
    """An upgrade() that is cut into what stays and what changes. *refused* grows by what cannot be cut."""

    def __init__(self, parted: SplitRevision, style: Style) -> None:
        self._style = style
        self._operations = parted.run.operations
        self._path = parted.run.revision.path
        self._at = {position: part for part in parted.parts for position in part.positions}
        self._done: set[int] = set()
        self.refused: list[SplitRefused] = []

    def pieces(
        self, blocks: Sequence[Block], positions: Sequence[int], around: tuple[Block, ...] = ()
    ) -> Iterator[_Kept | _Changed]:
        """The statements *blocks* in order; *positions* are those of the operations that they may send."""
        for block in blocks:
            inside = [i for i in positions if block.first <= self._line(i) <= block.last]
            self._done |= set(inside)
            if not any(self._at[i].change for i in inside):
                kept = _Kept((*block.above, *block.text), around, self._leaves_open(inside))
                yield replace(
                    kept,
                    again=tuple(self._again(block, inside, around)),
                    operations=tuple(self._operations[i].operation for i in inside),
                    commits=any(self._operations[i].statement.transaction is None for i in inside),
                    leaves=block.leaves,
                    line=block.first,
                )
            elif block.parts and all(self._is_in_parts(block, i) for i in inside):
                yield _Kept(block.above, around, statement=False)
                yield from self._cut(block, inside, around)
            else:
                comments = (*(line.strip() for line in block.above), *block.within)
                operations = tuple(self._operations[i].operation for i in inside)
                changes = {id(self._at[i].change): self._at[i].change for i in inside}
                change = changes.popitem()[1] if len(changes) == 1 else None
                yield _Changed(comments, tuple(self._steps(block, inside)), operations, change)

    def outside(self) -> Iterator[SplitRefused]:
        """The changes that none of the statements sent."""
        for i, placed in enumerate(self._operations):
            if i not in self._done and self._at[i].change is not None:
                yield SplitRefused(
                    "this is done outside upgrade(), where it cannot be taken out.",
                    where=f"{self._path}:{placed.statement.line}",
                    remedy="Write it into upgrade() itself.",
                )

    def _line(self, position: int) -> int:
        return self._operations[position].statement.line

    def _is_in_parts(self, block: Block, position: int) -> bool:
        return any(part.first <= self._line(position) <= part.last for part in block.parts)

    def _leaves_open(self, inside: Sequence[int]) -> bool | None:
        placed = [self._operations[i] for i in inside]
        if placed and placed[-1].statement.transaction is None:
            return False
        return None if all(map(_holds_nobody_up, placed)) else True

    def _cut(self, block: Block, inside: Sequence[int], around: tuple[Block, ...]) -> Iterator[_Kept | _Changed]:
        if not block.rounds:
            yield from self.pieces(block.parts, inside, (*around, block))
            return
        for lines, positions in zip(block.rounds, self._rounds(block, inside), strict=True):
            pieces = list(self.pieces(block.parts, positions, around))
            if any(isinstance(piece, _Kept) and piece.statement for piece in pieces):
                depth = block.text[0][: len(block.text[0]) - len(block.text[0].lstrip())]
                yield _Kept(tuple(indented(lines, depth)), around)
            yield from pieces

    def _rounds(self, block: Block, inside: Sequence[int]) -> list[Sequence[int]]:
        """The operations of each round of a loop, of which all must send the same lines."""
        length, rest = divmod(len(inside), len(block.rounds))
        rounds = [inside[start : start + length] for start in range(0, len(inside), length)] if length else []
        if rest or len({tuple(map(self._line, each)) for each in rounds}) != 1:
            self.refused.append(self._decides(block))
            return [()] * len(block.rounds)
        return rounds

    def _steps(self, block: Block, inside: Sequence[int]) -> Iterator[Step]:
        """The steps in place of one statement: of its changes, and its other operations written out."""
        if not block.plain:
            self.refused.append(self._decides(block))
            return
        parts = list({id(self._at[i]): self._at[i] for i in inside}.values())
        for changed, group in groupby(parts, key=lambda part: part.change is not None):
            if changed:
                yield from (step for part in group if part.positions[0] in inside for step in part.steps)
            else:
                yield from self._written_out(block, list(group))

    def _again(self, block: Block, inside: Sequence[int], around: tuple[Block, ...]) -> Iterator[str]:
        """A kept statement so that it may run again; nothing where nobody can say how, or it may as it stands."""
        placed = [self._operations[i] for i in inside]
        operations = tuple(each.operation for each in placed)
        made = [op for op in operations if not bears_twice(op)]
        if not made or not block.plain:
            return
        if len(made) == 1 and type(made[0]) in _IF_NOT_EXISTS:
            called = with_keyword(block.text, _called(type(made[0]), around), "if_not_exists=True")
            if called:
                yield from (*block.above, *called)
                return
        if all(map(_can_be_written, placed)) and all(map(can_run_again, made)) and not any(map(_is_batch, around)):
            depth = block.text[0][: len(block.text[0]) - len(block.text[0].lstrip())]
            steps = again([operations])
            # within an autocommit_block there is no other
            lines = (
                [line for op in steps[0] for line in python.statement(op)] if around else self._style.body(steps, ())
            )
            yield from block.above
            yield from indented((*block.within, *lines), depth)

    def _written_out(self, block: Block, parts: Sequence[Part]) -> Iterator[Step]:
        """The operations of *parts*, which no change touches, as statements of their own."""
        placed = [self._operations[i] for part in parts for i in part.positions]
        unknown = next((each for each in placed if not _can_be_written(each)), None)
        if unknown is not None:
            self.refused.append(
                SplitRefused(
                    "one statement of Python does what is safe and what is not.",
                    where=f"{self._path}:{block.first}",
                    remedy="Write the operations one after the other, each in a statement of its own.",
                )
            )
            return
        for transaction, group in groupby(placed, key=lambda each: each.statement.transaction):
            operations = tuple(each.operation for each in group)
            yield from [operations] if transaction is not None else [(operation,) for operation in operations]

    def _decides(self, block: Block) -> SplitRefused:
        return SplitRefused(
            "the change stands in a statement that decides whether or how often it runs.",
            where=f"{self._path}:{block.first}",
            remedy="Write its operations flat into upgrade(), each as a statement of its own.",
        )


def _holds_nobody_up(placed: Placed) -> bool:
    """Whether an operation locks nothing but tables that the revision makes, which nobody else knows."""
    op, after = placed.operation, placed.after
    made = isinstance(op, o.CreateEnum) or after.is_new(getattr(op, "table", None) or Name(""))
    return made and all(after.is_new(lock.table) for lock in placed.touched(None).locks)


def _can_be_written(placed: Placed) -> bool:
    """Whether the operation's own SQL is all that was sent: no values beside it, nothing that nobody knows."""
    statement, sql = placed.statement, placed.operation.sql()
    if statement.parameters or not statement.certain or not sql:
        return False
    # indenting must not change a text within the SQL
    return not ("\n" in sql and {"'", '"', "$"} & set(sql))
