"""The SQL of a backfill in batches: by primary key, each batch locking, filling and telling its last row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

#: where the text of a batch takes up the row it goes on behind
AFTER = "/* after */"
BATCH_ROWS = 1000

_BIND = re.compile(r"(?<![:\w\\]):(?=\w)")
_IDENTIFIER = re.compile(r'"((?:[^"]|"")+)"|([^".\s]+)')


def batch(table: str, assignments: Mapping[str, str], where: str, key: Sequence[str], rows: int) -> str:
    """The statement of one batch: *table* and *where* as in SQL, *assignments* expressions by column name.

    It returns the key of the batch's last row as key1, key2, …; AFTER stands where the next batch says from where.
    """
    from safemigrate.schema.name import quoted

    names, columns = _names(key), ", ".join(map(quoted, key))
    selected = ", ".join(f"{quoted(column)} AS {name}" for column, name in zip(key, names, strict=True))
    newest = ", ".join(f"{name} DESC" for name in names)
    condition = f"({where}) AND " if where != "true" else ""
    return f"""\
WITH batch AS (
    SELECT {selected} FROM {table} {AFTER}
    ORDER BY {columns} LIMIT {rows} FOR NO KEY UPDATE
), filled AS (
    UPDATE {table} SET {_assigned(assignments)}
    WHERE {condition}{_row(key)} IN (SELECT {", ".join(names)} FROM batch)
)
SELECT {", ".join(names)} FROM batch ORDER BY {newest} LIMIT 1"""


def after(key: Sequence[str]) -> str:
    """What stands in place of AFTER in all batches but the first; its parameters are key1, key2, …"""
    marks = ", ".join(f":{name}" for name in _names(key))
    return f"WHERE {_row(key)} > {f'({marks})' if len(key) > 1 else marks}"


def whole(table: str, assignments: Mapping[str, str], where: str) -> str:
    """The same in one statement."""
    return f"UPDATE {table} SET {_assigned(assignments)}" + (f" WHERE {where}" if where != "true" else "")


def unbound(sql: str) -> str:
    """*sql* for ``sa.text``, which takes :word for a parameter."""
    return _BIND.sub(r"\\:", sql)


def table_and_schema(name: str) -> tuple[str, str | None]:
    """A table's name as SQL writes it (``"Sales"."Order"``), as Alembic's table and schema."""
    parts = [match[1].replace('""', '"') if match[1] else match[2].lower() for match in _IDENTIFIER.finditer(name)]
    return parts[-1], parts[-2] if len(parts) > 1 else None


def _names(key: Sequence[str]) -> list[str]:
    return [f"key{number}" for number in range(1, len(key) + 1)]


def _row(key: Sequence[str]) -> str:
    from safemigrate.schema.name import quoted

    columns = ", ".join(map(quoted, key))
    return f"({columns})" if len(key) > 1 else columns


def _assigned(assignments: Mapping[str, str]) -> str:
    from safemigrate.schema.name import quoted

    return ", ".join(f"{quoted(column)} = {value}" for column, value in assignments.items())
