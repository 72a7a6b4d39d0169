"""What PostgreSQL itself says of a statement: the locks it takes and the work it does under them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg.errors import Diagnostic

from safemigrate.schema import Footprint, Lock, LockMode, Name, Work

Connection = psycopg.Connection[tuple[object, ...]]

# messages of level DEBUG1 where lc_messages is C; that of a foreign key names no table
_NOTICES = (
    (re.compile(r'^rewriting table "(.+)"$'), Work.REWRITE),
    (re.compile(r'^building index ".+" on table "(.+)" (?:serially|with)'), Work.INDEX_BUILD),
    (re.compile(r'^verifying table "(.+)"$'), Work.SCAN),
    (re.compile(r"^validating foreign key constraint"), Work.SCAN),
)

# from the least to the most: a statement is known by the most it does
_ORDER = (Work.INSTANT, Work.ROWS, Work.SCAN, Work.INDEX_BUILD, Work.REWRITE, Work.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Observed:
    """What a statement did to the tables that were there before it: the strongest lock on each, and the work.

    *existing* are those tables. The work that a statement does on rows (UPDATE) is not seen, only what PostgreSQL
    does to whole tables.
    """

    locks: Mapping[Name, LockMode]
    work: Work
    existing: frozenset[Name]


@dataclass(frozen=True, slots=True)
class _Relation:
    name: Name
    file: int


def observe(connection: Connection, sql: str) -> Observed:
    """Runs *sql* in a transaction of its own, commits it, and says what the server said of it.

    *connection* is in autocommit. Raises psycopg.Error where PostgreSQL refuses the statement.
    """
    with connection.transaction():
        tables = _relations(connection)
        connection.execute("SET LOCAL client_min_messages = debug1")
        with _notices(connection) as notices:
            connection.execute(sql)
        connection.execute("SET LOCAL client_min_messages = error")
        held = _held(connection)
        now = _relations(connection)
    locks = {tables[oid].name: mode for oid, mode in held.items() if oid in tables}
    # a message names a table without its schema; that of a table just made speaks of an index on nothing
    names = {relation.name.name for relation in tables.values()}
    names -= {relation.name.name for oid, relation in now.items() if oid not in tables}
    works = [work for work, table in map(_read, notices) if work and (table is None or table in names)]
    works += [Work.REWRITE for oid, old in tables.items() if oid in now and now[oid].file != old.file]
    if sql.lstrip().upper().startswith("TRUNCATE"):
        # it takes new files, and builds indexes of nothing
        works = []
    return Observed(locks, most(works), frozenset(relation.name for relation in tables.values()))


def combined(footprints: Iterable[Footprint]) -> Footprint:
    """The footprint of a statement that does several operations: the strongest lock on each table, the most work."""
    locks: dict[Name, LockMode] = {}
    works = []
    for footprint in footprints:
        works.append(footprint.work)
        for lock in footprint.locks:
            locks[lock.table] = max(locks.get(lock.table, lock.mode), lock.mode)
    return Footprint(tuple(Lock(table, mode) for table, mode in locks.items()), most(works))


def disagreements(model: Footprint, observed: Observed, *, unseen: frozenset[Name] = frozenset()) -> tuple[str, ...]:
    """Where the model of a statement and the server differ, a sentence each.

    Of the tables *unseen* the history knows nothing, so the model may say more than the server does, never less.
    """
    sentences = []
    for table in sorted(observed.existing):
        said, taken = model.strongest(table), observed.locks.get(table)
        if (said is None or model.work is Work.ROWS) and max(said or 0, taken or 0) <= LockMode.ROW_EXCLUSIVE:
            # what a statement looks at, through its subqueries and foreign keys, too, it locks as any query does
            continue
        if said != taken and not (table in unseen and (said or 0) > (taken or 0)):
            sentences.append(f"the model says {said or 'no lock'} on {table}, PostgreSQL takes {taken or 'none'}")
    work = Work.INSTANT if model.work is Work.ROWS else model.work
    excused = unseen & observed.locks.keys() and most((work, observed.work)) is work
    if work is not observed.work and not excused:
        sentences.append(f"the model says {work.value}, PostgreSQL does {observed.work.value}")
    return tuple(sentences)


def most(works: Iterable[Work]) -> Work:
    """The heaviest of *works*, instant where there are none."""
    return max(works, key=_ORDER.index, default=Work.INSTANT)


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


def _read(notice: str) -> tuple[Work | None, str | None]:
    """The work that a message tells of, and the table where it names one."""
    for pattern, work in _NOTICES:
        if match := pattern.match(notice):
            return work, match[1] if match.groups() else None
    return None, None


def _relations(connection: Connection) -> dict[int, _Relation]:
    """The user's tables by their oid; temporary ones as the model names them, in the schema public."""
    rows = connection.execute(
        "SELECT c.oid, CASE c.relpersistence WHEN 't' THEN 'public' ELSE n.nspname END, c.relname, c.relfilenode"
        " FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')"
        " AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
    )
    return {int(str(oid)): _Relation(Name(str(name), str(schema)), int(str(f))) for oid, schema, name, f in rows}


def _held(connection: Connection) -> dict[int, LockMode]:
    """The strongest lock of this session on each relation."""
    rows = connection.execute(
        "SELECT relation, mode FROM pg_locks WHERE locktype = 'relation' AND granted AND pid = pg_backend_pid()"
    )
    held: dict[int, LockMode] = {}
    for relation, mode in rows:
        oid, found = int(str(relation)), _mode(str(mode))
        held[oid] = max(held.get(oid, found), found)
    return held


def _mode(name: str) -> LockMode:
    """``ShareUpdateExclusiveLock``, as pg_locks spells it."""
    words = re.findall(r"[A-Z][a-z]+", name.removesuffix("Lock"))
    return LockMode["_".join(words).upper()]
