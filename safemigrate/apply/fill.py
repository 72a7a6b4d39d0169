"""The SQL of a backfill: its key, its batches, and what is left to fill."""

from __future__ import annotations

from dataclasses import dataclass

from safemigrate.apply.session import Connection
from safemigrate.plan.plan import Step
from safemigrate.schema import operations as o
from safemigrate.schema.name import quoted

#: up to this size a table is counted; above, the statistics tell
_COUNTED_BYTES = 64 * 1024 * 1024
#: stands for a parameter in what is composed here; no SQL holds it
_PARAMETER = "\0"

_KEY = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod)
    FROM (SELECT i.indkey, i.indnkeyatts FROM pg_index AS i
          WHERE i.indrelid = to_regclass(%s) AND i.indisvalid AND i.indisunique AND i.indpred IS NULL
            AND i.indexprs IS NULL
            AND NOT EXISTS (SELECT FROM pg_attribute AS n WHERE n.attrelid = i.indrelid
                            AND n.attnum = ANY (i.indkey[0:i.indnkeyatts - 1]) AND NOT n.attnotnull)
          ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1) AS key,
         unnest(key.indkey[0:key.indnkeyatts - 1]) WITH ORDINALITY AS part (attnum, position)
    JOIN pg_attribute AS a ON a.attrelid = to_regclass(%s) AND a.attnum = part.attnum
    ORDER BY part.position
"""


@dataclass(frozen=True, slots=True)
class Fill:
    """The SQL of a backfill. *key* are the columns of the key with their types, *types* those of what is set."""

    table: str
    key: tuple[tuple[str, str], ...]
    assignments: tuple[tuple[str, str], ...]
    types: tuple[str, ...]
    where: str

    @classmethod
    def of(cls, connection: Connection, step: Step) -> Fill:
        assert step.backfill is not None
        table = step.backfill.table.sql()
        key = connection.execute(_KEY.encode(), (table, table)).fetchall()
        types: dict[str, str] = dict(
            connection.execute(
                "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
                "WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
                (table,),
            ).fetchall()
        )
        return cls(
            table,
            tuple((str(name), str(type_)) for name, type_ in key),
            step.backfill.assignments,
            tuple(types[column] for column, _ in step.backfill.assignments),
            step.backfill.where,
        )

    @property
    def columns(self) -> str:
        return ", ".join(quoted(name) for name, _ in self.key)

    def _row(self) -> str:
        return f"({self.columns})" if len(self.key) > 1 else self.columns

    def _value(self) -> str:
        values = ", ".join(f"{_PARAMETER}::text::{type_}" for _, type_ in self.key)
        return f"({values})" if len(self.key) > 1 else values

    def _set(self) -> str:
        return ", ".join(f"{quoted(column)} = {value}" for column, value in self.assignments)

    def _of(self, alias: str, suffix: str) -> str:
        # behind an alias, since a bare name after ORDER BY would mean the text that is selected
        return ", ".join(f"{alias}.{quoted(name)}{suffix}" for name, _ in self.key)

    def newest(self) -> str:
        """The greatest key, as texts."""
        return (
            f"SELECT {self._of('newest', '::text')} FROM {self.table} AS newest "
            f"ORDER BY {self._of('newest', ' DESC')} LIMIT 1"
        )

    def batch_end(self, after: tuple[str, ...] | None) -> str:
        """The last key of the next batch and how many rows it has; parameters: after, upper, rows."""
        lower = f"{self._row()} > {self._value()} AND " if after is not None else ""
        return _sent(
            f"SELECT {self._of('batch', '::text')}, count(*) OVER () FROM (SELECT {self.columns} FROM {self.table} "
            f"WHERE {lower}{self._row()} <= {self._value()} ORDER BY {self.columns} LIMIT {_PARAMETER}) AS batch "
            f"ORDER BY {self._of('batch', ' DESC')} LIMIT 1"
        )

    def batch(self, after: tuple[str, ...] | None) -> str:
        """Locks the rows to fill in the order of the key, and fills what no writer has; parameters: after, end.

        PostgreSQL looks at a row anew where a writer committed in the meantime (READ COMMITTED).
        """
        names = [f"safemigrate_key{number}" for number in range(1, len(self.key) + 1)]
        selected = ", ".join(f"{quoted(c)} AS {name}" for (c, _), name in zip(self.key, names, strict=True))
        lower = f"{self._row()} > {self._value()} AND " if after is not None else ""
        return _sent(
            f"WITH batch AS MATERIALIZED (SELECT {selected} FROM {self.table} "
            f"WHERE {lower}{self._row()} <= {self._value()} AND ({self.where}) "
            f"ORDER BY {self.columns} FOR NO KEY UPDATE) "
            f"UPDATE {self.table} SET {self._set()} "
            f"WHERE ({self.where}) AND {self._row()} IN (SELECT {', '.join(names)} FROM batch)"
        )

    def at_once(self) -> str:
        """The whole backfill in one statement."""
        return _sent(f"UPDATE {self.table} SET {self._set()} WHERE {self.where}")

    def left(self, connection: Connection) -> int:
        """How many rows match and would change. Without a condition nobody can tell."""
        if self.where == "true":
            return 0
        now = ", ".join(quoted(column) for column, _ in self.assignments)
        wanted = ", ".join(f"({v})::{t}" for (_, v), t in zip(self.assignments, self.types, strict=True))
        differs = f"NOT record_image_eq(ROW({now}), ROW({wanted}))"
        query = f"SELECT count(*) FROM {self.table} WHERE ({self.where}) AND {differs}"
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return int(row[0])


def unfilled(connection: Connection, step: Step) -> bool:
    """Whether a row matches the condition of *step*; no where there is nothing left to fill, or to fill from."""
    assert step.backfill is not None
    if not has_columns(connection, step):
        return False
    query = f"SELECT EXISTS (SELECT FROM {step.backfill.table.sql()} WHERE {step.backfill.where})"
    row = connection.execute(query.encode()).fetchone()
    return row is not None and bool(row[0])


def has_columns(connection: Connection, step: Step) -> bool:
    """Whether what is set, and what it is made of, is there."""
    assert step.backfill is not None
    needed = {column for column, _ in step.backfill.assignments}
    for operation in step.operations:
        if isinstance(operation, o.Update):
            needed |= operation.needed(step.before.table(operation.table))
    found = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
        (step.backfill.table.sql(),),
    ).fetchall()
    return needed <= {row[0] for row in found}


def about_rows(connection: Connection, table: str) -> int:
    """About how many rows there are."""
    row = connection.execute(
        "SELECT pg_table_size(to_regclass(%s)), reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)",
        (table, table),
    ).fetchone()
    size, estimate = row or (0, 0)
    if size > _COUNTED_BYTES and estimate > 0:
        return int(estimate)
    counted = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    return int(counted[0]) if counted else 0


def _sent(text: str) -> str:
    """*text* as psycopg takes it beside parameters, where a percent sign of a name would begin a placeholder."""
    return text.replace("%", "%%").replace(_PARAMETER, "%s")
