"""required-columns: see required_columns.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.parts import columns_of, last_name
from safemigrate.schema import Answer, Column, Name
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import CreateTable, DropColumn
from safemigrate.sql import read


def check(site: Site) -> Iterable[Hit]:
    """A table that lacks a column of the project's, or loses it."""
    op = site.operation
    assert isinstance(op, CreateTable | DropColumn)
    required = site.policy.required_columns
    if isinstance(op, DropColumn):
        if op.column in required:
            yield Hit(frozenset({Hazard.ADVICE}), message=f"{op.table} loses {op.column}, which every table has.")
        return
    name = last_name(site.run, site.position, op.table)
    if op.temporary or op.partition_of is not None or op.text or name is None:
        return
    wrong = [f"{column} {type_}" for column, type_ in required.items() if not _has(site, name, column, type_)]
    if wrong:
        yield Hit(frozenset({Hazard.ADVICE}), message=f"{op.table} lacks {' and '.join(wrong)}.")


def _has(site: Site, table: Name, column: str, type_: str) -> bool:
    """Whether the table has the column, of that type, when the revision is done."""
    found = site.run.last.column(table, column)
    wanted = _column(f"{quoted(column)} {type_}")
    if not found.known or wanted is None:
        return wanted is None
    return found.type == wanted.type and (wanted.nullable is Answer.YES or found.nullable is Answer.NO)


def _column(text: str) -> Column | None:
    """A column as it is written, None where that cannot be read."""
    operations = read(f"CREATE TABLE t ({text})")
    return next((column for op in operations for column in columns_of(op)), None)
