"""The gates of a contract: that no old version is connected, that the data is complete, that losses are accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import psycopg

from safemigrate.apply import probe
from safemigrate.apply.activity import Age, Connected, age, connected
from safemigrate.apply.events import Evidence, Verdict
from safemigrate.apply.limits import GateOptions
from safemigrate.apply.pending import Pending
from safemigrate.apply.session import Connection
from safemigrate.apply.synced import out_of_step
from safemigrate.history import History, Phase
from safemigrate.plan.losses import Synced, synced
from safemigrate.schema import Name, Operation
from safemigrate.schema import operations as o
from safemigrate.schema.name import quoted, shortened

#: alembic_version.version_num is a varchar of this length, and ids of contracts are shortened to it
_ID_BYTES = 32


def ask_gates(
    connection: Connection,
    history: History,
    contracts: Sequence[Pending],
    options: GateOptions,
    *,
    begun: frozenset[str] = frozenset(),
) -> Iterator[Evidence]:
    """What each gate of *contracts* says, asked one after the other.

    *begun* are the contracts of which a step has run already: their triggers may be gone.
    """
    yield versions_gate(history, contracts, connected(connection, options))
    yield from _data_gates(connection, contracts, begun)
    if loss := loss_gate(connection, contracts, accepted=options.accept_data_loss):
        yield loss
    for each in contracts:
        if each.whole:
            yield Evidence(
                "readable",
                Verdict.YES if options.accept_data_loss else Verdict.ASKS,
                f'what "{each.revision.id}" drops cannot be read ({each.whole}); --accept loses-data lets it run',
            )


# -- versions ------------------------------------------------------------------------------------------------


def versions_gate(history: History, contracts: Sequence[Pending], sessions: Iterable[Connected]) -> Evidence:
    """Whether every connected process was built for the expand of each contract, or later."""
    required = tuple(dict.fromkeys(expand_of(history, each.revision.id) for each in contracts))
    old: dict[str, list[Connected]] = {}
    unknown: dict[str, list[Connected]] = {}
    new = 0
    for session in sessions:
        ages = {revision: age(session, history, revision) for revision in required}
        before = [revision for revision, found in ages.items() if found is Age.OLD]
        if before:
            old.setdefault(f'which was built before "{before[0]}"', []).append(session)
        elif Age.UNKNOWN in ages.values():
            unknown.setdefault(_unknown(session), []).append(session)
        else:
            new += 1
    details = tuple(f"{session}, {why}" for why, found in (*old.items(), *unknown.items()) for session in found)
    if old:
        return Evidence("versions", Verdict.NO, f"the old version is connected: {_grouped(old)}", details)
    if unknown:
        sentence = f"it cannot be told which version is connected: {_grouped(unknown)}"
        return Evidence("versions", Verdict.UNPROVEN, sentence, details)
    if not new:
        return Evidence("versions", Verdict.YES, "no process of any version is connected")
    wanted = " and ".join(f'"{revision}"' for revision in required)
    return Evidence("versions", Verdict.YES, f"all {new} sessions are of versions built for {wanted}, or later")


def expand_of(history: History, contract: str) -> str:
    """The revision that a process must have been built for, at least, when *contract* runs.

    A contract that split wrote is named after it; for another one it is the last revision before it that is no
    migrate and no contract.
    """
    ancestors = history.ancestors(contract)
    for revision in ancestors:
        if shortened(f"{revision.id}_{Phase.CONTRACT}", limit_bytes=_ID_BYTES) == contract:
            return revision.id
    expands = [r.id for r in ancestors if r.phase in (None, Phase.EXPAND)]
    return expands[-1] if expands else contract


def _unknown(session: Connected) -> str:
    if session.revision:
        return "whose revision this history does not hold"
    return "which is no service@version/revision (safemigrate.tag sets it)"


def _grouped(sessions: Mapping[str, Sequence[Connected]]) -> str:
    """The sessions of one name together: ``"shop@1/a1" in 4 sessions (pid 7, 8, 9 …), which …``."""
    sentences = []
    for why, found in sessions.items():
        for name in dict.fromkeys(session.application_name for session in found):
            pids = [str(session.pid) for session in found if session.application_name == name]
            shown = ", ".join(pids[:3]) + (" …" if len(pids) > 3 else "")
            number = "a session" if len(pids) == 1 else f"{len(pids)} sessions"
            called = f'"{name}"' if name else "without an application_name"
            sentences.append(f"{called} in {number} (pid {shown}), {why}")
    return _some(sentences)


def _some(sentences: Sequence[str], limit: int = 3) -> str:
    more = f" and {len(sentences) - limit} more" if len(sentences) > limit else ""
    return "; ".join(sentences[:limit]) + more


# -- data ----------------------------------------------------------------------------------------------------


def _data_gates(connection: Connection, contracts: Sequence[Pending], begun: frozenset[str]) -> Iterator[Evidence]:
    for each in contracts:
        in_step = synced(each.placed, each.earlier)
        for columns in in_step:
            yield _in_step(connection, columns, begun=each.revision.id in begun)
        for table, column in _tightened(each, in_step):
            yield _without_nulls(connection, table, column, _filled_first(each, table, column))


def _in_step(connection: Connection, each: Synced, *, begun: bool) -> Evidence:
    """Whether every row holds what the triggers would give it, and they still watch."""
    what = f"{each.table}.{', '.join(map(quoted, each.new))}"
    rows = connection.execute(
        "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgname = ANY(%s)",
        (each.table.sql(), list(each.triggers)),
    )
    enabled = {str(name): enabled for name, enabled in rows}
    missing = [name for name in each.triggers if name not in enabled]
    if missing:
        if begun or not all(_exists(connection, each.table, column) for column in each.columns):
            return Evidence("data", Verdict.YES, f"{what} is no longer kept in step: this contract has begun")
        if not each.old and all(_refuses_null(connection, each.table, column) for column in each.new):
            # a database that ran the authored revision: what the trigger would see to, the column does
            return _filled(connection, each, what, kept_by="its NOT NULL")
        return Evidence("data", Verdict.NO, f"the trigger {missing[0]}, which keeps {what} in step, is missing")
    disabled = [name for name in each.triggers if enabled[name] == "D"]
    if disabled:
        return Evidence("data", Verdict.NO, f"the trigger {disabled[0]}, which keeps {what} in step, is disabled")
    return _filled(connection, each, what, kept_by=each.triggers[-1])


def _filled(connection: Connection, each: Synced, what: str, *, kept_by: str) -> Evidence:
    """Whether every row holds by now what it must hold, as *kept_by* sees to it for each that is written."""
    condition, count = out_of_step(connection, each)
    if count:
        return Evidence("data", Verdict.NO, f"{count} rows of {each.table} are not filled: {condition}")
    relation = "follows" if each.up else "equals"
    source = f"{relation} {', '.join(map(quoted, each.old))}" if each.old else "is filled"
    return Evidence("data", Verdict.YES, f"{what} {source} in every row, and {kept_by} keeps it so")


def _tightened(contract: Pending, in_step: Sequence[Synced]) -> tuple[tuple[Name, str], ...]:
    """The columns that become NOT NULL, and of which nothing has been said yet."""
    filled = {(each.table, column) for each in in_step if not each.old for column in each.new}
    found = {
        (operation.table, operation.column): None
        for step in contract.steps
        for operation in step.operations
        if isinstance(operation, o.SetNotNull)
    }
    return tuple(each for each in found if each not in filled)


def _filled_first(contract: Pending, table: Name, column: str) -> tuple[str, ...]:
    """The conditions of the rows of *table* that the contract itself fills in *column*, which it does first."""
    return tuple(
        step.backfill.where
        for step in contract.steps
        if step.backfill is not None
        and step.before.same(step.backfill.table, table)
        and any(name == column for name, _ in step.backfill.assignments)
    )


def _without_nulls(connection: Connection, table: Name, column: str, filled: Sequence[str]) -> Evidence:
    """Whether the column can become NOT NULL; *filled* are the conditions of the rows that are filled before that."""
    what = f"{table}.{quoted(column)}"
    if not _exists(connection, table, column):
        return Evidence("data", Verdict.NO, f"{what}, which becomes NOT NULL, does not exist")
    empty = f"{quoted(column)} IS NULL"
    left = " AND ".join([empty, *(f"({where}) IS NOT TRUE" for where in filled)])
    count = _count(connection, table, left)
    if count:
        unreached = " that this contract does not fill either" if filled else ""
        return Evidence("data", Verdict.NO, f"{what} becomes NOT NULL, and is NULL in {count} rows{unreached}")
    if filled and (waiting := _count(connection, table, empty)):
        sentence = f"{what}, which becomes NOT NULL, is NULL in {waiting} rows, and this contract fills them first"
        return Evidence("data", Verdict.YES, sentence)
    return Evidence("data", Verdict.YES, f"{what}, which becomes NOT NULL, is NULL in no row")


# -- losses --------------------------------------------------------------------------------------------------


def loss_gate(connection: Connection, pending: Sequence[Pending], *, accepted: bool) -> Evidence | None:
    """Whether what *pending*, of any phase, takes away may go; None where they take nothing away."""
    losses = [
        (rows, f'{sentence} ("{each.revision.id}")')
        for each in pending
        for step in each.steps
        for placed in step.losses
        for op in [probe.qualified(placed.operation, placed.before) or placed.operation]
        for rows, sentence in [_loss(connection, op)]
    ]
    if not losses:
        return None
    real = [sentence for rows, sentence in losses if rows]
    if not real:
        return Evidence("data loss", Verdict.YES, "what is dropped holds nothing", tuple(s for _, s in losses))
    said = f"{_some(real)} would be lost"
    if accepted:
        return Evidence("data loss", Verdict.YES, f"{said}, which was accepted", tuple(real))
    return Evidence("data loss", Verdict.ASKS, f"{said}; --accept loses-data says that it may", tuple(real))


def _loss(connection: Connection, op: Operation) -> tuple[int, str]:
    """How many rows hold something that *op* takes away, and the sentence about it."""
    match op:
        case o.DropColumn(table=table, column=column):
            if not _exists(connection, table, column):
                return 0, f"{table}.{quoted(column)} is gone already"
            rows = _count(connection, table, f"{quoted(column)} IS NOT NULL")
            return rows, f"{table}.{quoted(column)} in {rows} rows"
        case o.DropTable(table=table):
            return _loss_of_rows(connection, (table,), "true")
        case o.Truncate(tables=tables):
            return _loss_of_rows(connection, tables, "true")
        case o.Delete(table=table, where=where):
            return _loss_of_rows(connection, (table,), where.sql() if where else "true")
        case _:
            raise TypeError(op)


def _loss_of_rows(connection: Connection, tables: Sequence[Name], where: str) -> tuple[int, str]:
    there = [table for table in tables if _table_exists(connection, table)]
    try:
        rows = sum(_count(connection, table, where) for table in there)
    except psycopg.ProgrammingError:
        # the condition names what an earlier step has still to make: any row may be meant
        rows = sum(_count(connection, table, "true") for table in there)
    return rows, f"{rows} rows of {', '.join(map(str, tables))}"


# -- questions -----------------------------------------------------------------------------------------------


def _exists(connection: Connection, table: Name, column: str) -> bool:
    return _is_column(connection, table, column, "attnum > 0")


def _refuses_null(connection: Connection, table: Name, column: str) -> bool:
    return _is_column(connection, table, column, "attnotnull")


def _is_column(connection: Connection, table: Name, column: str, condition: str) -> bool:
    """Whether the table has a column of that name, of which *condition* is true in the catalogue."""
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = %s "
        f"AND NOT attisdropped AND {condition})".encode(),
        (table.sql(), column),
    ).fetchone()
    return row is not None and bool(row[0])


def _table_exists(connection: Connection, table: Name) -> bool:
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (table.sql(),)).fetchone()
    return row is not None and bool(row[0])


def _count(connection: Connection, table: Name, condition: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table.sql()} WHERE {condition}".encode()).fetchone()
    assert row is not None
    return int(row[0])
