"""The plan: the ordered steps of one or more releases, read from revision files."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from safemigrate.history.statement import Phase, Revision, Statement
from safemigrate.plan.losses import losses
from safemigrate.rulebook import Placed, Run
from safemigrate.schema import Answer, Footprint, Name, Operation, Schema, Work, footprint
from safemigrate.schema import operations as o
from safemigrate.schema.leftovers import DropInvalidIndex, FinishDetach
from safemigrate.sql import parse_name


class StepKind(enum.StrEnum):
    """How apply runs a step."""

    TRANSACTION = "transaction"
    AUTOCOMMIT = "autocommit"
    BACKFILL = "backfill"


@dataclass(frozen=True, slots=True)
class Backfill:
    """Rows to fill in batches: ``UPDATE table SET assignments WHERE where``, by primary key *key*.

    *key* is empty where the history does not know it; apply then asks the catalogue.
    """

    table: Name
    assignments: tuple[tuple[str, str], ...]
    where: str
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """What apply runs at once: the statements of one transaction, one autocommit statement, or one backfill.

    *number* counts the steps of the revision from 1. *before* and *after* are the schema around it. *losses* are
    those of its operations that take away what may be nowhere else; whether there is any, apply sees in the rows.
    """

    revision: Revision
    phase: Phase
    number: int
    kind: StepKind
    placed: tuple[Placed, ...]
    before: Schema
    after: Schema
    backfill: Backfill | None = None
    losses: tuple[Placed, ...] = ()

    @property
    def name(self) -> str:
        """``0007_contract/2``: how a person and the journal refer to the step."""
        return f"{self.revision.id}/{self.number}"

    @property
    def operations(self) -> tuple[Operation, ...]:
        return tuple(p.operation for p in self.placed)

    @property
    def statements(self) -> tuple[Statement, ...]:
        """The statements in order; one with several actions stands once."""
        return tuple(statement for statement, _ in groupby(p.statement for p in self.placed))

    def footprint(self, *, postgres: int | None = None) -> Footprint:
        """The locks of all operations and the heaviest work among them."""
        parts = [footprint(p.operation, p.before, postgres=postgres) for p in self.placed]
        work = max((p.work for p in parts), key=list(Work).index, default=Work.INSTANT)
        return Footprint(tuple(dict.fromkeys(lock for p in parts for lock in p.locks)), work)


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps in the order they run, and the schema before the first."""

    steps: tuple[Step, ...]
    before: Schema

    def phase(self, phase: Phase) -> tuple[Step, ...]:
        """The steps of one phase."""
        return tuple(step for step in self.steps if step.phase is phase)

    @property
    def revisions(self) -> tuple[Revision, ...]:
        """The revisions of the plan, in order."""
        return tuple({step.revision.id: step.revision for step in self.steps}.values())


def read_plan(runs: Sequence[Run], *, earlier: Iterable[Operation] = ()) -> Plan:
    """The plan that the revisions of *runs* are. A revision that names no phase counts as expand.

    *earlier* are the operations of the revisions before them that name a phase.
    """
    steps: list[Step] = []
    known = list(earlier)
    for run in runs:
        steps += _with_losses(tuple(_steps(run)), known)
        known += [placed.operation for placed in run.operations]
    first = next((p.before for run in runs for p in run.operations), Schema())
    return Plan(tuple(steps), first)


def _with_losses(steps: Sequence[Step], earlier: Sequence[Operation]) -> Iterator[Step]:
    found = losses([placed for step in steps for placed in step.placed], earlier)
    for step in steps:
        yield replace(step, losses=tuple(p for p in step.placed if any(p is each for each in found)))


def _steps(run: Run) -> Iterator[Step]:
    number = 0
    groups = list(_groups(run))
    made = {
        _constraint(p): i
        for i, (_, group) in enumerate(groups)
        for p in group
        if isinstance(p.operation, o.AddConstraint)
    }
    for i, (kind, placed) in enumerate(groups):
        # what a later step makes is there on a database that ran the authored revision, and may be in the way of this
        effective = tuple(
            p for p in placed if not does_nothing(p.operation, p.before) or made.get(_constraint(p), i) > i
        )
        if not effective:
            continue
        number += 1
        backfill = _backfill(run, effective[0]) if kind is StepKind.BACKFILL else None
        yield Step(
            run.revision,
            run.phase,
            number,
            kind,
            effective,
            effective[0].before,
            effective[-1].after,
            backfill,
        )


def _groups(run: Run) -> Iterator[tuple[StepKind, tuple[Placed, ...]]]:
    """The operations of one transaction together; in autocommit, those of one statement.

    The statements of a declared backfill's loop, of which the reader sees two rounds, are one step.
    """
    filled: set[object] = set()

    def key(placed: Placed) -> tuple[int | None, int]:
        transaction = placed.statement.transaction
        return transaction, id(placed.statement) if transaction is None else 0

    for (transaction, _), members in groupby(run.operations, key):
        placed = tuple(members)
        updates = tuple(p for p in placed if _declared(run, p) is not None)
        if updates:
            if (loop := tuple(_filled(run, p) for p in updates)) not in filled:
                filled.add(loop)
                yield StepKind.BACKFILL, updates
        elif all(isinstance(p.operation, o.Query) and only_asks(p.operation) for p in placed):
            # a question changes nothing: it is asked by code that apply replaces
            continue
        else:
            yield (StepKind.AUTOCOMMIT if transaction is None else StepKind.TRANSACTION), placed


_CALL = re.compile(r"([\w.]+)\s*\(")
_QUESTION = re.compile(r"[\s(]*(SELECT|VALUES|TABLE|WITH|SHOW|EXPLAIN)\b", re.IGNORECASE)
_ASKING = frozenset(
    "and any array_agg as avg coalesce count current_setting exists from in json_agg length lower max min not now "
    "nullif or over row_number select string_agg sum to_regclass trim upper using values version where".split()
)


def only_asks(query: o.Query) -> bool:
    """Whether it certainly changes nothing: no block of code, and no call but of functions that are known to read."""
    if not _QUESTION.match(query.text):
        return False
    return {name.lower() for name in _CALL.findall(query.text)} <= _ASKING


def _filled(run: Run, placed: Placed) -> tuple[Name, tuple[str, ...], str, int]:
    """The table, the columns and the rows that an UPDATE fills, and by which declaration: the same in every round of
    its loop. Two UPDATEs of the same rows with other values are two loops."""
    op, declared = placed.operation, _declared(run, placed)
    assert isinstance(op, o.Update)
    return op.table, tuple(column for column, _ in op.assignments), op.where.sql() if op.where else "", id(declared)


def _declared(run: Run, placed: Placed) -> Mapping[str, object] | None:
    """What the revision declares of the backfill that an operation is a round of; None where it is none.

    Of several that fill the same columns, the one that says the values and the rows of the UPDATE.
    """
    op = placed.operation
    if not isinstance(op, o.Update):
        return None
    meant = [each for each in run.revision.backfills if _fits(each, op, placed.before)]
    where = op.where.sql() if op.where else ""
    values = {column: expression.sql().split() for column, expression in op.assignments}

    def says(declared: Mapping[str, object]) -> tuple[bool, bool]:
        written = declared.get("set")
        same = isinstance(written, dict) and {c: str(e).split() for c, e in written.items()} == values
        return same, str(declared.get("where", "")) in where

    return max(meant, key=says, default=None)


def _fits(declared: Mapping[str, object], update: o.Update, before: Schema) -> bool:
    table, written = declared.get("table"), declared.get("set")
    try:
        if table is not None and not before.same(parse_name(str(table)), update.table):
            return False
    except ValueError:
        return False
    return not isinstance(written, dict) or set(written) == {column for column, _ in update.assignments}


def _backfill(run: Run, placed: Placed) -> Backfill:
    declared, update = _declared(run, placed) or {}, placed.operation
    assert isinstance(update, o.Update)
    written = declared.get("set")
    assignments = (
        tuple((str(c), str(e)) for c, e in written.items())
        if isinstance(written, dict)
        else tuple((c, e.sql()) for c, e in update.assignments)
    )
    where = declared.get("where")
    table = placed.before.table(update.table)
    return Backfill(
        update.table,
        assignments,
        str(where) if where else (update.where.sql() if update.where else "true"),
        table.primary_key if table else (),
    )


def does_nothing(op: Operation, before: Schema) -> bool:
    """Whether *op* certainly changes nothing on *before*: a drop of what is not there, written IF EXISTS.

    That is how a revision says a step so that it can run again; the plan only holds what it does. What an interrupted
    build has left apply itself looks for, and drops it while rows are written.
    """
    match op:
        case o.DropConstraint(if_exists=True):
            table = before.table(op.table)
            return table is not None and table.known and op.name not in table.constraints
        case o.DropColumn(if_exists=True):
            return before.has_column(op.table, op.column) is Answer.NO
        case o.DropTable(if_exists=True):
            return before.exists(op.table) is Answer.NO
        case DropInvalidIndex() | FinishDetach():
            return True
        case _:
            return False


def _constraint(placed: Placed) -> tuple[Name, str] | None:
    """The constraint that an operation makes or drops."""
    match placed.operation:
        case o.AddConstraint(table=table, constraint=constraint):
            return placed.before.resolve(table), constraint.name
        case o.DropConstraint(table=table, name=name):
            return placed.before.resolve(table), name
        case _:
            return None
