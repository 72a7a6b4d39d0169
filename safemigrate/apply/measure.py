"""How large and busy the tables of a live database are, asked without touching a row of them."""

from __future__ import annotations

import psycopg

from safemigrate.apply.journal import TABLE_NAMES
from safemigrate.apply.session import Connection, connect
from safemigrate.errors import DatabaseError
from safemigrate.history.environment import Environment
from safemigrate.schema import Name
from safemigrate.schema.statistics import Limits, Statistics, TableStatistics

#: a server that does not answer within that is in no state to be asked
STATEMENT_TIMEOUT_MS = 5_000
LOCK_TIMEOUT_MS = 500


def measure(url: str, *, limits: Limits | None = None) -> Statistics:
    """The sizes and the activity of every table, in one transaction that only reads.

    Rows are PostgreSQL's estimates; activity is an average since its counters were last reset, or since the server
    started, so a table that was busy in the night looks calmer than it was. Counters younger than a minute count as
    if they had run for one: what was loaded in a second is no traffic. Partitions count with their parent, too.

    Raises:
        UrlUnreadable, NotPostgres, DatabaseUnreachable: and none of them repeats a password.
        DatabaseError: the server did not answer in time, or refuses.
    """
    with connect(Environment(url), application_name="safemigrate:stats") as connection:
        try:
            rows = _rows(connection)
        except psycopg.Error as error:
            said = error.diag.message_primary or "the connection was lost"
            raise DatabaseError(
                f"the sizes of the tables could not be read: {said}.",
                remedy="Try again, or give --stats a file that was written when it could.",
            ) from None
    return Statistics(rows, limits or Limits())


def _rows(connection: Connection) -> dict[Name, TableStatistics]:
    with connection.transaction():
        connection.execute("SET TRANSACTION READ ONLY")
        connection.execute(f"SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_MS}")
        connection.execute(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
        try:
            with connection.transaction():
                found = connection.execute(_QUERY.replace("SIZE", _EXACT), _JOURNAL).fetchall()
        except psycopg.errors.LockNotAvailable:
            # somebody holds a table: its size as it was when it was last vacuumed or analyzed
            found = connection.execute(_QUERY.replace("SIZE", _REMEMBERED), _JOURNAL).fetchall()
    return {
        Name(name, schema): TableStatistics(
            None if rows is None else int(rows),
            int(size),
            None if reads is None else float(reads),
            None if writes is None else float(writes),
        )
        for schema, name, rows, size, reads, writes in found
    }


_JOURNAL = {"journal": list(TABLE_NAMES)}
_EXACT = "pg_total_relation_size(c.oid)"
_REMEMBERED = """(
    SELECT sum(r.relpages)::bigint * current_setting('block_size')::bigint FROM pg_class AS r
    WHERE r.oid IN (c.oid, c.reltoastrelid) OR r.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = c.oid)
)"""

# a table that nobody analyzed yet has -1 rows, and the counters know what was written since the last reset
_QUERY = """
WITH counted AS (
    SELECT greatest(extract(epoch FROM now() - coalesce(d.stats_reset, pg_postmaster_start_time())), 60) AS seconds
    FROM pg_stat_database AS d WHERE d.datname = current_database()
), journals AS (
    -- what apply keeps, in whatever schema it was given
    SELECT c.relnamespace AS oid FROM pg_class AS c
    WHERE c.relname = ANY (%(journal)s) AND c.relkind = 'r'
    GROUP BY c.relnamespace HAVING count(*) = cardinality(%(journal)s)
), leaves AS (
    SELECT c.oid, n.nspname, c.relname, SIZE AS bytes,
           CASE WHEN c.reltuples >= 0 THEN greatest(c.reltuples, s.n_live_tup)
                WHEN s.n_live_tup > 0 THEN s.n_live_tup
           END AS rows,
           (coalesce(s.seq_scan, 0) + coalesce(s.idx_scan, 0)) / counted.seconds AS reads,
           (s.n_tup_ins + s.n_tup_upd + s.n_tup_del) / counted.seconds AS writes
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_stat_user_tables AS s ON s.relid = c.oid
    CROSS JOIN counted
    WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
      AND n.oid NOT IN (SELECT oid FROM journals)
)
SELECT nspname, relname, rows, bytes, reads, writes FROM leaves
UNION ALL
SELECT n.nspname, c.relname, CASE WHEN count(*) = count(leaves.rows) THEN sum(leaves.rows) END,
       coalesce(sum(leaves.bytes), 0), sum(leaves.reads), sum(leaves.writes)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL pg_partition_tree(c.oid) AS part
JOIN leaves ON leaves.oid = part.relid
WHERE c.relkind = 'p'
GROUP BY n.nspname, c.relname
ORDER BY 1, 2
"""
