"""The relations of a database and who locks them, as its catalogue tells."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import psycopg

from safemigrate.schema import LockMode, Name

Connection = psycopg.Connection[tuple[object, ...]]

_RELATIONS = """
SELECT c.oid, CASE c.relpersistence WHEN 't' THEN 'pg_temp' ELSE n.nspname END, c.relname, c.relkind::text,
       c.relfilenode, coalesce(i.indrelid, c.oid), coalesce(pg_stat_get_xact_numscans(c.oid), 0)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_index AS i ON i.indexrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f', 'S', 'i', 'I')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
"""


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of the user. *kind* is pg_class's letter, *file* its rows on disk (0: none of its own).

    *table* is the oid of an index's table, else its own. *scans* counts how often this session read all of it.
    """

    oid: int
    name: Name
    kind: str
    file: int
    table: int
    scans: int

    @property
    def is_index(self) -> bool:
        return self.kind in "iI"

    @property
    def is_sequence(self) -> bool:
        return self.kind == "S"


def relations(connection: Connection) -> dict[int, Relation]:
    """The user's relations by their oid; temporary ones as the model names them, in the schema pg_temp."""
    rows = connection.execute(_RELATIONS).fetchall()
    return {
        int(str(oid)): Relation(
            int(str(oid)), Name(str(name), str(schema)), str(kind), int(str(file)), int(str(table)), int(str(scans))
        )
        for oid, schema, name, kind, file, table, scans in rows
    }


def held(connection: Connection, pid: int | None = None) -> dict[int, LockMode]:
    """The strongest lock on each relation that a session holds or waits for: this one, or that of *pid*."""
    rows = connection.execute(
        "SELECT relation, mode FROM pg_locks WHERE locktype = 'relation' AND pid = coalesce(%s, pg_backend_pid())"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        (pid,),
    ).fetchall()
    return strongest((int(str(relation)), lock_mode(str(mode))) for relation, mode in rows)


def strongest(locks: Iterable[tuple[int, LockMode]]) -> dict[int, LockMode]:
    """The strongest mode for each relation among pairs of oid and mode."""
    found: dict[int, LockMode] = {}
    for oid, mode in locks:
        found[oid] = max(found.get(oid, mode), mode)
    return found


def lock_mode(name: str) -> LockMode:
    """``ShareUpdateExclusiveLock``, as pg_locks spells it."""
    words = re.findall(r"[A-Z][a-z]+", name.removesuffix("Lock"))
    return LockMode["_".join(words).upper()]
