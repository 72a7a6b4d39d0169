"""Where a database stands in a history: Alembic's version table, read and moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from safemigrate.apply.session import Connection
from safemigrate.errors import NoVersionTable, ServerUnfit, SeveralHeads, UnknownPosition
from safemigrate.history import History, Phase, Revision
from safemigrate.schema import Name


@dataclass(frozen=True, slots=True)
class Position:
    """The rows of the version table, and the revisions that the database has not run, in order."""

    rows: tuple[str, ...]
    pending: tuple[Revision, ...]

    def first_pending(self) -> Revision | None:
        return self.pending[0] if self.pending else None


def phase_of(revision: Revision) -> Phase:
    """A revision that names no phase is run as expand."""
    return revision.phase or Phase.EXPAND


def find_version_table(connection: Connection, expected: Name, history: History) -> Name:
    """The version table with its schema, found as Alembic would find it.

    Raises:
        NoVersionTable: it is not there. Nothing is made in its place: on the wrong database that would run a
            history from its beginning.
    """
    row = connection.execute(
        """
        SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.oid = to_regclass(%s)
        """,
        (expected.sql(),),
    ).fetchone()
    if row is not None:
        return Name(row[1], row[0])
    similar = connection.execute(
        """
        SELECT n.nspname, c.relname FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'version_num' AND NOT a.attisdropped
        WHERE c.relkind = 'r' AND c.relnatts = 1
        """
    ).fetchall()
    (tables,) = connection.execute(
        """
        SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        """
    ).fetchone() or (0,)
    raise NoVersionTable(
        expected.sql(),
        empty=tables == 0,
        first=_before_release(history),
        seen=[Name(name, schema).sql() for schema, name in similar],
    )


def _before_release(history: History) -> str:
    """The last revision before the first that names a phase: what an empty database can be brought to at once."""
    plain = ""
    for revision in history.revisions:
        if revision.phase is not None:
            break
        plain = revision.id
    return plain or "head"


def read_position(connection: Connection, version_table: Name, history: History) -> Position:
    """Where the database stands. Of branches labelled so, the one that contracts comes behind the one that expands.

    Raises:
        SeveralHeads: the history does not say what comes next.
        UnknownPosition: the database is at a revision that the history does not hold.
    """
    branches = {history.by_id[head].branch for head in history.heads}
    if len(history.heads) != 1 and (len(history.heads) != 2 or branches != {Phase.EXPAND, Phase.CONTRACT}):
        raise SeveralHeads(history.heads, str(history.script_location))
    rows = read_rows(connection, version_table)
    for row in rows:
        if row not in history.by_id:
            raise UnknownPosition(row, str(history.script_location))
    had = {revision.id for row in rows for revision in (*history.ancestors(row), history.by_id[row])}
    pending = [revision for revision in history.revisions if revision.id not in had]
    if len(history.heads) == 2:
        pending.sort(key=lambda revision: revision.branch is Phase.CONTRACT)
    return Position(rows, tuple(pending))


def read_rows(connection: Connection, version_table: Name) -> tuple[str, ...]:
    """The rows of the version table, sorted."""
    found = connection.execute(f"SELECT version_num FROM {version_table.sql()} ORDER BY 1".encode()).fetchall()
    return tuple(str(row[0]) for row in found)


def rows_after(history: History, rows: Iterable[str], id: str) -> tuple[str, ...]:
    """The rows once revision *id* has run: those on which no other row builds.

    Source: alembic 1.18, runtime/migration.py (HeadMaintainer, RevisionStep.merge_branch_idents).
    """
    heads = {*rows, id}
    below = {ancestor.id for head in heads for ancestor in history.ancestors(head)}
    return tuple(sorted(heads - below))


def move(connection: Connection, version_table: Name, expected: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    """Changes the rows from *expected* to *wanted*, in the transaction that is open.

    Raises:
        ServerUnfit: somebody else moved them in the meantime.
    """
    table = version_table.sql()
    found = connection.execute(f"SELECT version_num FROM {table} ORDER BY 1 FOR UPDATE".encode()).fetchall()
    rows = tuple(str(row[0]) for row in found)
    if rows != expected:
        raise ServerUnfit(
            f"the version table said {', '.join(expected) or 'nothing'}, and now {', '.join(rows) or 'nothing'}.",
            remedy="Something else migrates this database; let it end, and run the same command again.",
        )
    gone = [row for row in expected if row not in wanted]
    new = [row for row in wanted if row not in expected]
    if len(gone) == len(new) == 1:
        query = f"UPDATE {table} SET version_num = %s WHERE version_num = %s"
        connection.execute(query.encode(), (new[0], gone[0]))
        return
    for row in gone:
        connection.execute(f"DELETE FROM {table} WHERE version_num = %s".encode(), (row,))
    for row in new:
        connection.execute(f"INSERT INTO {table} (version_num) VALUES (%s)".encode(), (row,))
