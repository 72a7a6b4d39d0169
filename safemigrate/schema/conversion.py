"""Columns kept in step with others of another type or another cut: the trigger function, and its two triggers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from safemigrate.schema.name import Name, quoted, shortened
from safemigrate.schema.operations import Operation
from safemigrate.schema.sync import dollars, sync_function, sync_trigger

#: each column with the expression that gives its value
Expressions = tuple[tuple[str, str], ...]

INSERT_PREFIX = "zzz_safemigrate_insert__"
# what a conversion may raise: a cast (class 22), a domain's constraint (23), a function of the author's
_UNFIT = "data_exception OR integrity_constraint_violation OR raise_exception"


@dataclass(frozen=True, slots=True)
class CreateConversionFunction(Operation):
    """The trigger function that keeps two groups of columns in step by expressions.

    *up* gives the new columns over the old ones, *down* the old ones over the new; without *down* nobody but the
    function writes the new ones. Expressions may name the columns of the row as they could in an UPDATE of the
    table; all of a side are computed from the row as it came.

    A side counts as written if its image changed, in an INSERT if it is not all NULL, and the new side wins. What
    is in step already, one way or the other, is left alone: neither a backfill nor a value that comes back from the
    other side may wear down what a conversion loses. A value that has no counterpart leaves NULL on the other side,
    since no write of an application may fail here.
    """

    table: Name
    up: Expressions
    down: Expressions = ()

    @property
    def new(self) -> tuple[str, ...]:
        return tuple(column for column, _ in self.up)

    @property
    def old(self) -> tuple[str, ...]:
        """The old columns that the function itself writes."""
        return tuple(column for column, _ in self.down)

    @property
    def function(self) -> Name:
        return sync_function(self.table, self.new[0])

    def sql(self) -> str:
        fields = {"table": self.table.sql(), "up": dict(self.up), "down": dict(self.down)}
        declared = "DECLARE\n  made record := NEW;\n" if self.down else ""
        body = f"""
#variable_conflict use_column
-- safemigrate convert 1 {json.dumps(fields)}
{declared}BEGIN
{self._both_ways() if self.down else self._converted(self.up, "NEW", "  ")}
  RETURN NEW;
END """
        # what only copies finds no function that somebody else could stand in for, and a path costs each row
        copies = all(text == _column(text) for _, text in (*self.up, *self.down))
        path = " " if copies else "\nSET search_path FROM CURRENT "
        return (
            f"CREATE OR REPLACE FUNCTION {self.function.sql()}() RETURNS trigger LANGUAGE plpgsql{path}"
            f"AS {dollars(body)}"
        )

    def _both_ways(self) -> str:
        return f"""\
  IF NOT {_same("NEW", self.new, "OLD")} THEN
{self._converted(self.up, "made", "    ")}
    IF (TG_OP = 'INSERT' AND {_empty("NEW", self.old)})
        OR NOT {_same("NEW", self.new, "made")} THEN
{self._converted(self.down, "NEW", "      ")}
    END IF;
  ELSE
{self._converted(self.down, "made", "    ")}
    IF ({_empty("NEW", self.new)})
        OR NOT {_same("NEW", self.old, "made")} THEN
{self._converted(self.up, "NEW", "      ")}
    END IF;
  END IF;"""

    def _converted(self, side: Expressions, row: str, indent: str) -> str:
        """The lines that give the columns of *side* in *row* their values, NULL where one of them cannot be had."""
        if all(text == _column(text) for _, text in side):
            values = [f"  {row}.{quoted(column)} := NEW.{text};" for column, text in side]
        else:
            selected = ", ".join(expression for _, expression in side)
            targets = ", ".join(f"{row}.{quoted(column)}" for column, _ in side)
            values = [f"  SELECT {selected} INTO {targets} FROM (SELECT NEW.*) AS {quoted(self.table.name)};"]
        lines = (
            "BEGIN",
            *values,
            f"EXCEPTION WHEN {_UNFIT} THEN",
            *(f"  {row}.{quoted(column)} := NULL;" for column, _ in side),
            "END;",
        )
        return "\n".join(indent + line for line in lines)


@dataclass(frozen=True, slots=True)
class CreateConversionTrigger(Operation):
    """One of the two triggers that run a conversion's function: for each INSERT, and for an UPDATE that changes one
    of the columns *old* and *new*, or finds the new side still empty.

    The trigger for INSERT names no columns. They are two since a condition that looks at the earlier values cannot
    stand on an INSERT, and without it an UPDATE of other columns would pay for the function.
    """

    table: Name
    trigger: str
    function: Name
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()

    @property
    def event(self) -> str:
        return "UPDATE" if self.new else "INSERT"

    def sql(self) -> str:
        condition = f" WHEN ({self._changed})" if self.new else ""
        return (
            f"CREATE OR REPLACE TRIGGER {quoted(self.trigger)} BEFORE {self.event} ON {self.table.sql()} "
            f"FOR EACH ROW{condition} EXECUTE FUNCTION {self.function.sql()}()"
        )

    @property
    def _changed(self) -> str:
        return (
            f"NOT {_same('NEW', (*self.old, *self.new), 'OLD')} "
            f"OR ({_empty('NEW', self.new)} AND NOT ({_empty('NEW', self.old)}))"
        )


def conversion_triggers(
    function: CreateConversionFunction, old: tuple[str, ...] = ()
) -> tuple[CreateConversionTrigger, CreateConversionTrigger]:
    """The triggers that run *function*, the one for INSERT first; *old* are the columns that one of one way reads."""
    table, new = function.table, function.new
    return (
        CreateConversionTrigger(table, shortened(f"{INSERT_PREFIX}{table.name}_{new[0]}"), function.function),
        CreateConversionTrigger(table, sync_trigger(table, new[0]), function.function, old or function.old, new),
    )


def _column(text: str) -> str:
    """The expression that is a column called as *text* says, quoted or not: itself, if it is nothing but that."""
    name = text[1:-1].replace('""', '"') if text[:1] == '"' == text[-1:] else text
    return quoted(name)


def _same(row: str, columns: Sequence[str], other: str) -> str:
    """Whether *columns* have one image in two rows: equality would take citext 'Bob' and 'bob' for one."""
    return f"pg_catalog.record_image_eq({_row(row, columns)}, {_row(other, columns)})"


def _row(row: str, columns: Iterable[str]) -> str:
    return f"ROW({', '.join(f'{row}.{quoted(column)}' for column in columns)})"


def _empty(row: str, columns: Iterable[str]) -> str:
    return " AND ".join(f"{row}.{quoted(column)} IS NOT DISTINCT FROM NULL" for column in columns)
