"""What stands in the way of a release of which each revision can be split: what depends on what is put off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from safemigrate.errors import SplitRefused
from safemigrate.history.statement import Phase
from safemigrate.plan.changes import Change, SplitRevision
from safemigrate.plan.commute import ANYTHING, WHOLE, Part, conflict, in_common, parts
from safemigrate.plan.names import brought_back, names
from safemigrate.plan.outcome import differences, outcome
from safemigrate.plan.refused import refused
from safemigrate.rulebook import Run
from safemigrate.rulebook.clones import holds_any
from safemigrate.rulebook.copied import Copied
from safemigrate.schema import Answer, Operation, Schema
from safemigrate.schema import operations as o
from safemigrate.schema.name import quoted
from safemigrate.schema.renaming import EndRename

if TYPE_CHECKING:
    from safemigrate.plan.release import Release


_ON_ROWS = (o.Update, o.Insert, o.Delete, o.Truncate, o.Unreadable, o.Query)


def obstacles(release: Release) -> Iterator[SplitRefused]:
    """Each change of *release* that depends on another so that one cannot wait while the other goes ahead.

    A place is told once with one remedy. Where the end of all is not as it was written, that is told only where
    nothing else is in the way.
    """
    told: set[tuple[str, str]] = set()
    for refusal in _dependences(release):
        if (refusal.where, refusal.remedy) not in told:
            told.add((refusal.where, refusal.remedy))
            yield refusal
    if release.split and not told:
        yield from list(_other_outcome(release)) or _refused(release)


def _dependences(release: Release) -> Iterator[SplitRefused]:
    for parted in release.split.values():
        yield from _about_rows(parted)
        yield from _about_names(parted)
        yield from _about_indexes(release, parted)
        yield from _about_constraints(release, parted)
    yield from _about_moves(release)
    yield from _about_order(release)


def _about_order(release: Release) -> Iterator[SplitRefused]:
    """What is put off must not touch what a later revision does before it."""
    for i, earlier in enumerate(release.runs):
        if earlier.revision.id not in release.split:
            continue
        for later in (run for run in release.runs[i + 1 :] if run.operations):
            for deferred, ahead in _overtaken():
                waiting, running = release.operations(earlier, deferred), release.operations(later, ahead)
                common = _both_need(waiting, running, later.last)
                if common is not None:
                    yield _dependent(earlier, later, deferred, ahead, common)


def _both_need(
    waiting: Sequence[Operation], running: Sequence[Operation], schema: Schema
) -> tuple[object, str] | None:
    """What both are about, or a name that both need."""
    common = conflict(waiting, running, schema)
    if common is not None:
        return common
    both = sorted(names(waiting, schema) & names(running, schema), key=str)
    return (both[0][1], WHOLE) if both else None


def _about_rows(parted: SplitRevision) -> Iterator[SplitRefused]:
    """What a revision does to rows must not need what one of its changes puts off."""
    run = parted.run
    for change in parted.changes:
        # which values an identity takes changes none that is there
        deferred = [op for op in _deferred(change) if not isinstance(op, o.ChangeIdentity)]
        for part in parted.parts:
            for position in part.positions if part.change is None else ():
                placed = run.operations[position]
                if position < min(change.split.consumes) or not isinstance(placed.operation, _ON_ROWS):
                    continue
                common = conflict(deferred, [placed.operation], placed.before)
                if common is not None:
                    yield SplitRefused(
                        f"this works on {_said(common)}, which the revision {change.split.change} only later.",
                        where=f"{placed.statement.path}:{placed.statement.line}",
                        remedy="Put it into a revision of its own, and release that one after this one.",
                    )


def _about_names(parted: SplitRevision) -> Iterator[SplitRefused]:
    """What a revision goes on to make must not need a name, or the absence of a column, that a change puts off."""
    run = parted.run
    for change in parted.changes:
        begins = min(change.split.consumes)
        deferred = _deferred(change)
        for part in parted.parts:
            last = run.operations[part.positions[-1]]
            if part.change is change or part.positions[-1] < begins:
                continue
            ahead = [op for step in part.steps for op in step] if part.change else [last.operation]
            needed = names(deferred, last.before) - brought_back(deferred, last.before)
            common = needed & names(ahead, last.before)
            if common or _takes_all_columns(ahead, deferred, last.before):
                what = f"needs the name {min(common, key=str)[1]}" if common else "takes all columns of a table"
                yield SplitRefused(
                    f"this {what}, while the revision {change.split.change} only later.",
                    where=f"{last.statement.path}:{last.statement.line}",
                    remedy="Put it into a revision of its own, and release that one after this one.",
                )


def _takes_all_columns(ahead: Iterable[Operation], deferred: Iterable[Operation], schema: Schema) -> bool:
    """Whether a view of *ahead* selects the star of a table that has yet to lose a column."""
    losing = {schema.resolve(op.table) for op in deferred if isinstance(op, o.DropColumn | EndRename)}
    return any(
        isinstance(op, o.CreateView) and op.star and bool(losing & {schema.resolve(table) for table in op.tables})
        for op in ahead
    )


def _about_indexes(release: Release, parted: SplitRevision) -> Iterator[SplitRefused]:
    """An index that is built beside traffic cannot ask whether its columns are there.

    A database that ran the authored revisions lacks those that the release renames or drops.
    """
    run, last = parted.run, release.end
    for change in parted.changes:
        placed = run.operations[change.split.begins]
        for op in _deferred(change):
            if not isinstance(op, o.CreateIndex) or op.runs_in_transaction:
                continue
            # one that the authored revisions leave is there by its name, and not built again
            table = placed.before.table(op.table)
            if table is None or last.index_table(op.table.beside(op.index.name)) is not None:
                continue
            gone = [
                column
                for column in table.columns
                if last.has_column(op.table, column) is Answer.NO
                and holds_any(op.index, Copied(op.table, {column: column}))
            ]
            if gone:
                yield SplitRefused(
                    f"this {change.split.change}, for which an index is built over {op.table}.{quoted(gone[0])}, "
                    "too, and the release renames or drops that.",
                    where=f"{placed.statement.path}:{placed.statement.line}",
                    remedy="Release the one before the other, or drop the index in a release before.",
                )


def _about_constraints(release: Release, parted: SplitRevision) -> Iterator[SplitRefused]:
    """A constraint that goes with its column is made again where the other columns that it names are there.

    A database that ran the authored revisions lacks those that the release renames, and would lose the constraint.
    """
    renamed = _renamed(release) & release.leaving(parted.run)
    for change in parted.changes:
        placed, deferred = parted.run.operations[change.split.begins], _deferred(change)
        originals = {(op.table, op.name): op.new_name for op in deferred if isinstance(op, o.RenameConstraint)}
        for op in deferred:
            if not isinstance(op, o.AddConstraint) or (op.table, op.constraint.name) not in originals:
                continue
            gone = sorted(parts([op], placed.before) & renamed, key=str)
            if gone:
                name = quoted(originals[op.table, op.constraint.name])
                yield SplitRefused(
                    f"this {change.split.change}, for which the constraint {name} is made again over "
                    f"{gone[0][0]}.{quoted(gone[0][1])}, too, and the release renames that.",
                    where=f"{placed.statement.path}:{placed.statement.line}",
                    remedy="Release the one before the other.",
                )


def _renamed(release: Release) -> frozenset[Part]:
    """The columns that the authored revisions rename."""
    return frozenset(
        (placed.before.resolve(op.table), op.column)
        for run in release.runs
        for placed in run.operations
        if isinstance(op := placed.operation, o.RenameColumn)
    )


def _about_moves(release: Release) -> Iterator[SplitRefused]:
    """A column cannot be renamed, given another type or dropped by one change while another holds it in step.

    Nor can a table be dropped for which another change has more to do: a database that ran the authored revisions
    lacks it. And between NOT NULL and the drop of a column the new version, which does not know it, could not insert.
    """
    split = [release.split[run.revision.id] for run in release.runs if run.revision.id in release.split]
    changes = [(parted.run, change) for parted in split for change in parted.changes]
    for i, (run, later) in enumerate(changes):
        placed = run.operations[min(later.split.consumes)]
        dropped = parts((op for op in _deferred(later) if isinstance(op, o.DropTable)), placed.before)
        going = [run.operations[i].operation for i in later.split.consumes]
        unknown = parts((op for op in going if isinstance(op, o.DropColumn)), placed.before)
        for other, earlier in changes[:i]:
            common = (
                in_common(_moved(earlier, placed.before), _moved(later, placed.before))
                or in_common(_standing(earlier, placed.before), dropped)
                or in_common(_required(earlier, placed.before), unknown)
            )
            if common is not None:
                who = "the revision" if other is run else other.revision.id
                yield SplitRefused(
                    f"this {later.split.change}, and {who} {earlier.split.change} before.",
                    where=f"{placed.statement.path}:{placed.statement.line}",
                    remedy=f"Both are about {_said(common)}: release the one before the other, or leave one out.",
                )


def _moved(change: Change, schema: Schema) -> frozenset[Part]:
    """The columns that *change* gives another name, or drops, behind expand."""
    moves = (op for op in _deferred(change) if isinstance(op, EndRename | o.RenameColumn | o.DropColumn))
    return parts(moves, schema)


def _standing(change: Change, schema: Schema) -> frozenset[Part]:
    """What *change* needs behind expand; DROP … IF EXISTS of an index, a view or a trigger needs nothing."""
    return parts((op for op in _deferred(change) if not isinstance(op, o.DropIndex | o.DropObject)), schema) - {
        ANYTHING
    }


def _required(change: Change, schema: Schema) -> frozenset[Part]:
    """The columns that get NOT NULL behind expand."""
    return parts((op for op in _deferred(change) if isinstance(op, o.SetNotNull)), schema)


def _deferred(change: Change) -> list[Operation]:
    """What *change* does behind expand."""
    return [op for phase in (Phase.MIGRATE, Phase.CONTRACT) for step in change.split.steps(phase) for op in step]


def _said(common: tuple[object, str]) -> str:
    table, column = common
    if common == ANYTHING:
        return "what nobody can read"
    return f"{table}" if column == "*" else f"{table}.{column}"


def _overtaken() -> tuple[tuple[Phase, Phase], ...]:
    """The phases of an earlier revision, each with a phase of a later one that now runs before it."""
    return (
        (Phase.MIGRATE, Phase.EXPAND),
        (Phase.CONTRACT, Phase.EXPAND),
        (Phase.CONTRACT, Phase.MIGRATE),
    )


def _dependent(earlier: Run, later: Run, deferred: Phase, ahead: Phase, common: tuple[object, str]) -> SplitRefused:
    reason = f"both change {_said(common)}"
    if common == ANYTHING:
        reason = "one of them does what cannot be read, and may change what the other does"
    return SplitRefused(
        f"{later.revision.id} depends on {earlier.revision.id}: {reason}, and the {ahead} of the second "
        f"would run before the {deferred} of the first.",
        where=str(later.revision.path),
        remedy=f"Release {earlier.revision.id} first, contract included, and {later.revision.id} after it.",
    )


def _other_outcome(release: Release) -> Iterator[SplitRefused]:
    """The reordered operations must end in the schema that the authored ones end in."""
    first = release.before
    authored = outcome((placed.operation for run in release.runs for placed in run.operations), first)
    split = outcome((op for phase in Phase for run in release.runs for op in release.operations(run, phase)), first)
    changed = differences(authored, split)
    if changed:
        yield SplitRefused(
            f"split, they would not end in the authored schema: {', '.join(changed)} would differ.",
            where=str(release.runs[0].revision.path),
            remedy="Release these changes one after the other.",
        )


def _refused(release: Release) -> Iterator[SplitRefused]:
    """PostgreSQL must not refuse in the new order what it takes in the authored one. One a revision is told, as what
    comes behind it may hang on it."""
    planned = [(run, phase, op) for phase in Phase for run in release.runs for op in release.operations(run, phase)]
    told: set[str] = set()
    for (run, phase, op), reason in refused(planned, release.before):
        if run.revision.id not in told:
            told.add(run.revision.id)
            yield SplitRefused(
                f"split, its {phase} would do {op.sql()}, which PostgreSQL refuses then: {reason}",
                where=str(run.revision.path),
                remedy="Release these changes one after the other.",
            )
