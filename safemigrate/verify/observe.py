"""What PostgreSQL itself says of a statement: the locks it takes and the work it does under them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import psycopg
from psycopg import sql as composed
from psycopg.errors import Diagnostic

from safemigrate.schema import Footprint, LockMode, Name, Work, combined, most
from safemigrate.verify.relations import Connection, Relation, held, relations

__all__ = ["Connection", "Observed", "combined", "disagreements", "most", "observe"]

# messages of level DEBUG1 where lc_messages is C; that of a foreign key names no table
_NOTICES = (
    (re.compile(r'^rewriting table "(.+)"$'), Work.REWRITE),
    (re.compile(r'^building index ".+" on table "(.+)" (?:serially|with)'), Work.INDEX_BUILD),
    (re.compile(r'^verifying table "(.+)"$'), Work.SCAN),
    (re.compile(r"^validating foreign key constraint"), Work.SCAN),
)

# what takes new files, and builds indexes of nothing
_EMPTIES = re.compile(r"^\s*TRUNCATE\b|\bWITH\s+NO\s+DATA\s*;?\s*$", re.IGNORECASE)

#: how long a probe waits for a lock before it counts as blocked; nothing else runs on the server
PROBE_MS = 20


@dataclass(frozen=True, slots=True)
class Observed:
    """What a statement did to the relations that were there before it: the strongest lock on each, and the work.

    *locks* are those on tables and views, *sequences* those on sequences, *indexes* those on an index where they
    are stronger than that on its table. *existing* are the tables and views that were there. *works* says what was
    done to which table, rows that it reads or writes (UPDATE) aside. Where it did not hold its locks to an end at
    which somebody could look (*held*), neither scans nor locks on indexes are seen. *blocked_reads* and
    *blocked_writes* are those on which a second session had to wait among those it *read* and has *written* to.
    """

    locks: Mapping[Name, LockMode]
    works: Mapping[Name, Work] = field(default_factory=dict)
    existing: frozenset[Name] = frozenset()
    sequences: Mapping[Name, LockMode] = field(default_factory=dict)
    indexes: Mapping[Name, LockMode] = field(default_factory=dict)
    blocked_reads: frozenset[Name] = frozenset()
    blocked_writes: frozenset[Name] = frozenset()
    read: frozenset[Name] = frozenset()
    written: frozenset[Name] = frozenset()
    held: bool = True
    #: the locks, on tables and on sequences, that earlier statements of its transaction hold all the while
    kept: Mapping[Name, LockMode] = field(default_factory=dict)
    kept_sequences: Mapping[Name, LockMode] = field(default_factory=dict)

    @property
    def work(self) -> Work:
        """The most that was done to any table."""
        return most(self.works.values())


def observe(connection: Connection, sql: str, *, prober: Connection | None = None) -> Observed:
    """Runs *sql* in a transaction of its own, commits it, and says what the server said of it.

    *connection* is in autocommit, and so is *prober*, which tries to read from and write to every table
    meanwhile. Raises psycopg.Error where PostgreSQL refuses the statement.
    """
    with connection.transaction():
        return observe_within(connection, sql, begun=relations(connection), prober=prober)


def observe_within(
    connection: Connection, sql: str, *, begun: Mapping[int, Relation], prober: Connection | None = None
) -> Observed:
    """Runs *sql* in the transaction that *connection* has open, and says what the server said of it.

    *begun* are the relations that were there when the transaction began: nobody else sees any other. Locks that
    earlier statements hold are told apart from those that this one takes.
    """
    before, earlier = relations(connection), held(connection)
    connection.execute("SET LOCAL client_min_messages = debug1")
    with _notices(connection) as notices:
        connection.execute(sql)
    connection.execute("SET LOCAL client_min_messages = error")
    locks = held(connection)
    shared = {oid: relation.name for oid, relation in before.items() if oid in begun}
    blocked = (
        _blocked(prober, [(begun[oid], name) for oid, name in shared.items()])
        if prober
        else (frozenset[Name](), frozenset[Name]())
    )
    seen = observed(
        before,
        relations(connection),
        {oid: mode for oid, mode in locks.items() if mode > earlier.get(oid, 0)},
        notices=notices,
        truncated=_EMPTIES.search(sql) is not None,
        blocked=blocked,
        probed=bool(prober),
    )
    kept = [(relation, earlier[oid]) for oid, relation in before.items() if oid in earlier and not relation.is_index]
    return replace(
        seen,
        read=seen.read.intersection(shared.values()),
        written=seen.written.intersection(shared.values()),
        kept={relation.name: mode for relation, mode in kept if not relation.is_sequence},
        kept_sequences={relation.name: mode for relation, mode in kept if relation.is_sequence},
    )


def observed(
    before: Mapping[int, Relation],
    now: Mapping[int, Relation],
    locks: Mapping[int, LockMode],
    *,
    notices: Iterable[str] = (),
    truncated: bool = False,
    blocked: tuple[frozenset[Name], frozenset[Name]] = (frozenset(), frozenset()),
    probed: bool = False,
) -> Observed:
    """What a statement did, from the relations before and after it and the strongest lock on each of them.

    *truncated* says that new files hold no rows: it builds indexes of nothing.
    """
    kept = {oid: relation for oid, relation in before.items() if not relation.is_index}
    tables = {oid: relation for oid, relation in kept.items() if not relation.is_sequence}
    indexes = {
        relation.name: locks[oid]
        for oid, relation in before.items()
        if relation.is_index and locks.get(oid, 0) > max(locks.get(relation.table, 0), LockMode.ROW_EXCLUSIVE)
    }
    # what was made since may have taken the name of what is gone
    readable = {r for r in tables.values() if probed and r.kind in "rpm"}
    return Observed(
        locks={relation.name: locks[oid] for oid, relation in tables.items() if oid in locks},
        works={} if truncated else _works(before, now, locks, notices),
        existing=frozenset(relation.name for relation in tables.values()),
        sequences={r.name: locks[oid] for oid, r in kept.items() if r.is_sequence and oid in locks},
        indexes=indexes,
        blocked_reads=blocked[0],
        blocked_writes=blocked[1],
        read=frozenset(r.name for r in readable),
        written=frozenset(r.name for r in readable if r.kind != "m"),
    )


def disagreements(model: Footprint, observed: Observed, *, unseen: frozenset[Name] = frozenset()) -> tuple[str, ...]:
    """Where the model of a statement and the server differ on tables and work, a sentence each.

    Of the tables *unseen* the history knows nothing, so the model may say more than the server does, never less.
    A model that says of the work that it is unknown claims nothing.
    """
    if model.work is Work.UNKNOWN:
        return ()
    sentences = []
    for table in sorted(observed.existing):
        said, taken = model.strongest(table), observed.locks.get(table)
        if (said is None or model.work is Work.ROWS) and max(said or 0, taken or 0) <= LockMode.ROW_EXCLUSIVE:
            # what a statement looks at, through its subqueries and foreign keys, too, it locks as any query does
            continue
        if said != taken and not (table in unseen and (said or 0) > (taken or 0)):
            sentences.append(f"the model says {said or 'no lock'} on {table}, PostgreSQL takes {taken or 'none'}")
    work, done = model.work, observed.work
    if work is Work.ROWS or (work is Work.SCAN and not observed.held):
        # rows that are read or written may be found by reading all of them
        work, done = Work.INSTANT, Work.INSTANT if done is Work.SCAN else done
    excused = unseen & observed.locks.keys() and most((work, done)) is work
    if work is not done and not excused:
        sentences.append(f"the model says {work.value}, PostgreSQL does {done.value}")
    return tuple(sentences)


def finer_disagreements(
    model: Footprint, observed: Observed, *, unseen: frozenset[Name] = frozenset()
) -> tuple[str, ...]:
    """Where they differ on sequences, indexes and who had to wait, a sentence each; *unseen* as for disagreements."""
    if model.work is Work.UNKNOWN:
        return ()
    sentences = []
    told = {lock.table: lock.mode for lock in model.sequences}
    for sequence in sorted(observed.sequences.keys() | told.keys()):
        said, taken = told.get(sequence), observed.sequences.get(sequence)
        excused = bool(unseen) and (said or 0) > (taken or 0)
        if said != taken and max(said or 0, taken or 0) > LockMode.ROW_EXCLUSIVE and not excused:
            sentences.append(
                f"the model says {said or 'no lock'} on the sequence {sequence}, PostgreSQL takes {taken or 'none'}"
            )
    named = {(lock.table.beside(lock.index), lock.mode) for lock in model.locks if lock.index and observed.held}
    for name, mode in sorted(named ^ set(observed.indexes.items())):
        who = "the model says" if (name, mode) in named else "PostgreSQL takes"
        sentences.append(f"only {who} {mode} on the index {name}")
    sentences += _waits_otherwise(
        "reads of", model.blocked_reads, observed.blocked_reads | (unseen & model.blocked_reads), observed.read
    )
    # whether a row looks at what is locked depends on the row
    waited = observed.blocked_writes | model.waiting | (unseen & model.blocked_writes)
    sentences += _waits_otherwise("writes to", model.blocked_writes, waited, observed.written)
    return tuple(sentences)


def _waits_otherwise(what: str, said: frozenset[Name], waited: frozenset[Name], tried: frozenset[Name]) -> list[str]:
    missed = (f"{what} {table} wait, and the model is silent" for table in sorted((waited - said) & tried))
    invented = (
        f"the model says that {what} {table} wait, and they do not" for table in sorted((said - waited) & tried)
    )
    return [*missed, *invented]


# -- what was done to tables ---------------------------------------------------------------------------------------


def _works(
    before: Mapping[int, Relation],
    now: Mapping[int, Relation],
    locks: Mapping[int, LockMode],
    notices: Iterable[str],
) -> dict[Name, Work]:
    """The most that was done to each table that was there before. One that is only read is read as by any query."""
    done = [(name, work) for name, work in _told(before, now, notices)]
    # an index that is made anew over the same rows may keep its file
    files = {relation.file for relation in before.values()}
    for oid, new in now.items():
        table, old = before.get(new.table), before.get(oid)
        if table is None or not new.file:
            continue
        fresh = new.file not in files
        if new.is_index and fresh:
            done.append((table.name, Work.INDEX_BUILD))
        elif new.kind in "rm" and fresh:
            done.append((table.name, Work.REWRITE))
        elif old is not None and new.scans > old.scans and locks.get(oid, 0) > LockMode.ROW_EXCLUSIVE:
            done.append((table.name, Work.SCAN))
    return {name: most(work for other, work in done if other == name) for name, _ in done}


def _told(
    before: Mapping[int, Relation], now: Mapping[int, Relation], notices: Iterable[str]
) -> Iterator[tuple[Name, Work]]:
    """What messages tell. They name a table without its schema; that of a table just made speaks of nothing."""
    new = {relation.name.name for oid, relation in now.items() if oid not in before}
    names = {relation.name.name: relation.name for relation in before.values() if relation.name.name not in new}
    for notice in notices:
        work, table = _read(notice)
        if work is not None and table in names:
            yield names[table], work


def _read(notice: str) -> tuple[Work | None, str]:
    """The work that a message tells of, and the table where it names one."""
    for pattern, work in _NOTICES:
        if match := pattern.match(notice):
            return work, match[1] if match.groups() else ""
    return None, ""


@contextmanager
def _notices(connection: Connection) -> Iterator[list[str]]:
    """The messages that arrive meanwhile."""
    heard: list[str] = []

    def hear(diagnostic: Diagnostic) -> None:
        heard.append(diagnostic.message_primary or "")

    connection.add_notice_handler(hear)
    try:
        yield heard
    finally:
        connection.remove_notice_handler(hear)


# -- who has to wait -----------------------------------------------------------------------------------------------


def _blocked(prober: Connection, before: Iterable[tuple[Relation, Name]]) -> tuple[frozenset[Name], frozenset[Name]]:
    """The tables that *prober* cannot read from, and those that it cannot write to, while somebody holds locks.

    Each relation, as all others know it, stands with the name that it has for whoever holds them.
    """
    tables = [(relation, name) for relation, name in before if relation.kind in "rpm"]
    reads = frozenset(name for r, name in tables if _waits(prober, "SELECT FROM ONLY {}", r.name))
    writes = frozenset(
        name for r, name in tables if r.kind != "m" and _waits(prober, "INSERT INTO {} DEFAULT VALUES", r.name)
    )
    return reads, writes


def _waits(prober: Connection, statement: str, table: Name) -> bool:
    named = composed.SQL(statement).format(composed.Identifier(*filter(None, (table.schema, table.name))))
    try:
        with prober.transaction(force_rollback=True):
            prober.execute(f"SET LOCAL lock_timeout = {PROBE_MS}")
            prober.execute(named)
    except psycopg.errors.LockNotAvailable:
        return True
    except psycopg.Error:
        # refused for another reason, so it was its turn
        return False
    return False
