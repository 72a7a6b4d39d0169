"""Columns kept in step with others of another type or another cut: the trigger function, and its two triggers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from safemigrate.schema.name import Name, quoted, shortened
from safemigrate.schema.operations import Operation
from safemigrate.schema.sync import differ, dollars, field_name, sync_function, sync_trigger

#: each column with the expression that gives its value
Expressions = tuple[tuple[str, str], ...]

#: where the value of a column stands
Place = Callable[[str], str]

#: what the names of the variables begin with that hold what the other side would give
MADE = "made_"
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

    The rest makes it cheap. *types* are the types of all columns that an expression may name, and where there are two
    ways those of both sides: they become variables of those names, and the expressions need no query. *total* are
    the columns whose expression takes every value, so that nothing has to be caught. *by_value* is that of
    CreateSyncFunction, for all columns that are compared.
    """

    table: Name
    up: Expressions
    down: Expressions = ()
    types: tuple[tuple[str, str], ...] = ()
    total: tuple[str, ...] = ()
    by_value: bool = False

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
        known = {"types": dict(self.types), "total": list(self.total), "by_value": self.by_value}
        header = json.dumps(fields | {name: value for name, value in known.items() if value})
        body = f"""
#variable_conflict use_column
-- safemigrate convert 1 {header}
{self._declared}BEGIN
{self._both_ways() if self.down else self._converted(self.up, _new, "  ")}
  RETURN NEW;
END """
        # what only copies finds no function that somebody else could stand in for, and a path costs each row
        copies = all(map(is_copy, (*self.up, *self.down)))
        path = " " if copies else "\nSET search_path FROM CURRENT "
        return (
            f"CREATE OR REPLACE FUNCTION {self.function.sql()}() RETURNS trigger LANGUAGE plpgsql{path}"
            f"AS {dollars(body)}"
        )

    @property
    def _declared(self) -> str:
        """The row as it came, under the names that an expression may call it by, and what would be made of it."""
        if not self.types:
            return "DECLARE\n  made record := NEW;\n" if self.down else ""
        types = dict(self.types)
        lines = [f"  {field_name(column)} {type_} := {_new(column)};" for column, type_ in self.types]
        made = (*self.new, *self.old) if self.down else ()
        lines += [f"  {self._made(column)} {types[column]};" for column in made]
        return "\n".join((f"<<{field_name(self.table.name)}>>", "DECLARE", *lines, ""))

    def _made(self, column: str) -> str:
        """Where the value of *column* stands that the other side would give it."""
        return quoted(MADE + column) if self.types else f"made.{field_name(column)}"

    def _both_ways(self) -> str:
        return f"""\
  IF {_differ(self.new, _new, _old, by_value=self.by_value)} THEN
{self._converted(self.up, self._made, "    ")}
    IF (TG_OP = 'INSERT' AND {_empty(self.old)})
        OR {_differ(self.new, _new, self._made, by_value=self.by_value)} THEN
{self._converted(self.down, _new, "      ")}
    END IF;
  ELSE
{self._converted(self.down, self._made, "    ")}
    IF ({_empty(self.new)})
        OR {_differ(self.old, _new, self._made, by_value=self.by_value)} THEN
{self._converted(self.up, _new, "      ")}
    END IF;
  END IF;"""

    def _converted(self, side: Expressions, place: Place, indent: str) -> str:
        """The lines that give the columns of *side* their values in *place*, NULL where one of them cannot be had."""
        if all(map(is_copy, side)):
            values = [f"{place(column)} := NEW.{text};" for column, text in side]
        elif self.types:
            values = [f"{place(column)} := {text};" for column, text in side]
        else:
            selected = ", ".join(expression for _, expression in side)
            targets = ", ".join(place(column) for column, _ in side)
            values = [f"SELECT {selected} INTO {targets} FROM (SELECT NEW.*) AS {quoted(self.table.name)};"]
        if {column for column, _ in side} <= set(self.total):
            return "\n".join(indent + line for line in values)
        lines = (
            "BEGIN",
            *(f"  {line}" for line in values),
            f"EXCEPTION WHEN {_UNFIT} THEN",
            *(f"  {place(column)} := NULL;" for column, _ in side),
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
    by_value: bool = False

    @property
    def event(self) -> str:
        return "UPDATE" if self.new else "INSERT"

    def sql(self) -> str:
        when = f" WHEN ({self.condition})" if self.condition else ""
        return (
            f"CREATE OR REPLACE TRIGGER {quoted(self.trigger)} BEFORE {self.event} ON {self.table.sql()} "
            f"FOR EACH ROW{when} EXECUTE FUNCTION {self.function.sql()}()"
        )

    @property
    def condition(self) -> str:
        """What is true of a row for which an UPDATE calls the function, empty for an INSERT."""
        if not self.new:
            return ""
        return (
            f"{_differ((*self.old, *self.new), _new, _old, by_value=self.by_value)} "
            f"OR ({_empty(self.new)} AND NOT ({_empty(self.old)}))"
        )


def conversion_triggers(
    function: CreateConversionFunction, old: tuple[str, ...] = ()
) -> tuple[CreateConversionTrigger, CreateConversionTrigger]:
    """The triggers that run *function*, the one for INSERT first; *old* are the columns that one of one way reads."""
    table, new, runs = function.table, function.new, function.function
    insert, update = trigger_names(table, new[0])
    return (
        CreateConversionTrigger(table, insert, runs),
        CreateConversionTrigger(table, update, runs, old or function.old, new, function.by_value),
    )


def trigger_names(table: Name, column: str) -> tuple[str, str]:
    """The names of the two triggers, the one for INSERT first; *column* is the first of the new ones."""
    return shortened(f"{INSERT_PREFIX}{table.name}_{column}"), sync_trigger(table, column)


def is_copy(part: tuple[str, str]) -> bool:
    """Whether the expression is a column, quoted or not, and nothing else."""
    text = part[1]
    name = text[1:-1].replace('""', '"') if text[:1] == '"' == text[-1:] else text
    return text == quoted(name)


def _differ(columns: Sequence[str], place: Place, other: Place, *, by_value: bool) -> str:
    """Whether *columns* differ between two places: equality would take citext 'Bob' and 'bob' for one."""
    if by_value:
        return " OR ".join(differ(place(column), other(column), by_value=True) for column in columns)
    return f"NOT pg_catalog.record_image_eq({_row(columns, place)}, {_row(columns, other)})"


def _row(columns: Iterable[str], place: Place) -> str:
    return f"ROW({', '.join(map(place, columns))})"


def _empty(columns: Iterable[str]) -> str:
    return " AND ".join(f"{_new(column)} IS NOT DISTINCT FROM NULL" for column in columns)


def _new(column: str) -> str:
    return f"NEW.{field_name(column)}"


def _old(column: str) -> str:
    return f"OLD.{field_name(column)}"
