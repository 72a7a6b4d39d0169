"""Our own trigger functions and guards. Each template carries a header comment that says what it was made from:
recognise.py reads them back."""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import dataclass

from safemigrate.schema.name import Name, literal, quoted, shortened
from safemigrate.schema.operations import DropObject, Operation

CONTRACT_SETTING = "safemigrate.contract"
# what PL/pgSQL reserves beside SQL
_RESERVED = frozenset({"begin", "by", "declare", "execute", "foreach", "if", "loop", "strict", "while"})
# triggers of one kind fire in the order of their names, compared byte by byte: ours behind those of the application,
# which may write what is kept in step, and what fills a column before what takes its value on to another one
_FILL_PREFIX, _SYNC_PREFIX = "zzy_safemigrate_", "zzz_safemigrate_"


@dataclass(frozen=True, slots=True)
class CreateSyncFunction(Operation):
    """The trigger function that keeps *old* and *new* of a row equal, whichever version wrote.

    It assigns to NEW only, so it issues no statement and cannot recurse. It compares each column with its own
    earlier value by image: IS DISTINCT FROM takes citext 'Bob' and 'bob' for equal, and json has no equality.
    Where *by_value* says that equal values of the type are one image (casts.py), IS DISTINCT FROM asks the same for
    a tenth of the time.
    IS DISTINCT FROM NULL stands where IS NOT NULL would also ask the fields of a composite value. In an INSERT the
    earlier values are NULL. No search path is set, which would cost each row as much as the rest: what an operator
    or a function of somebody else could stand in for is written with its schema, or is one of PostgreSQL's own that
    takes just these types.
    """

    table: Name
    old: str
    new: str
    by_value: bool = False

    @property
    def function(self) -> Name:
        return sync_function(self.table, self.new)

    def sql(self) -> str:
        old, new = field_name(self.old), field_name(self.new)
        fields = {"table": self.table.sql(), "old": self.old, "new": self.new}
        header = json.dumps(fields | ({"by_value": True} if self.by_value else {}))
        body = f"""
-- safemigrate sync 1 {header}
BEGIN
  IF {differ(f"NEW.{new}", f"OLD.{new}", by_value=self.by_value)} THEN
    NEW.{old} := NEW.{new};
  ELSIF NEW.{new} IS NOT DISTINCT FROM NULL
      OR {differ(f"NEW.{old}", f"OLD.{old}", by_value=self.by_value)} THEN
    NEW.{new} := NEW.{old};
  END IF;
  RETURN NEW;
END """
        return (
            f"CREATE OR REPLACE FUNCTION {self.function.sql()}() RETURNS trigger LANGUAGE plpgsql AS {dollars(body)}"
        )


@dataclass(frozen=True, slots=True)
class CreateFillFunction(Operation):
    """The trigger function that gives *column* the value of *expression* where a row would carry NULL.

    *expression* may name columns of the row, as it could in an UPDATE of the table. Where a column is called like
    a variable of the trigger (``new``, ``tg_op``), the column is meant, as it would be in that UPDATE.
    """

    table: Name
    column: str
    expression: str

    @property
    def function(self) -> Name:
        return sync_function(self.table, self.column)

    def sql(self) -> str:
        column = field_name(self.column)
        fields = {"table": self.table.sql(), "column": self.column, "expression": self.expression}
        body = f"""
#variable_conflict use_column
-- safemigrate fill 1 {json.dumps(fields)}
BEGIN
  IF NEW.{column} IS NOT DISTINCT FROM NULL THEN
    NEW.{column} := (SELECT {self.expression} FROM (SELECT NEW.*) AS {quoted(self.table.name)});
  END IF;
  RETURN NEW;
END """
        return f"""\
CREATE OR REPLACE FUNCTION {self.function.sql()}() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS {dollars(body)}"""


@dataclass(frozen=True, slots=True)
class CreateSyncTrigger(Operation):
    """The trigger that runs a sync or fill function before an insert or update that leaves something to do.

    *old* is the column that *column* is kept equal to, empty where an expression fills it. The condition is asked
    without a call of the function, so a write that touches neither column costs next to nothing. There is no
    column list, since one would not fire where another trigger changed the column; each condition sees what the
    triggers before it wrote.
    """

    table: Name
    column: str
    old: str = ""
    by_value: bool = False

    @property
    def trigger(self) -> str:
        return sync_trigger(self.table, self.column) if self.old else fill_trigger(self.table, self.column)

    def sql(self) -> str:
        return (
            f"CREATE OR REPLACE TRIGGER {quoted(self.trigger)} BEFORE INSERT OR UPDATE ON {self.table.sql()} "
            f"FOR EACH ROW WHEN ({self.condition}) EXECUTE FUNCTION {sync_function(self.table, self.column).sql()}()"
        )

    @property
    def condition(self) -> str:
        """What is true of a row that is not as the function would leave it."""
        column = f"NEW.{quoted(self.column)}"
        if not self.old:
            return f"{column} IS NOT DISTINCT FROM NULL"
        return differ(column, f"NEW.{quoted(self.old)}", by_value=self.by_value)


@dataclass(frozen=True, slots=True)
class Guard(Operation):
    """The first statement of a contract: it refuses to run on tables that hold rows unless the session allows it."""

    revision: str
    tables: tuple[Name, ...]

    def sql(self) -> str:
        header = json.dumps({"revision": self.revision, "tables": [t.sql() for t in self.tables]})
        message = literal(f"{self.revision} is a contract: it breaks every process of the old version")
        hint = literal(
            "When no such process is left, run it with safemigrate apply --phase contract, "
            f"or with PGOPTIONS='-c {CONTRACT_SETTING}=allow' alembic upgrade {self.revision}."
        )
        body = f"""
-- safemigrate guard 1 {header}
DECLARE
  relation text;
  used boolean := false;
BEGIN
  IF current_setting('{CONTRACT_SETTING}', true) IS NOT DISTINCT FROM 'allow' THEN
    RETURN;
  END IF;
{self._looks}
  IF used THEN
    RAISE EXCEPTION USING
      MESSAGE = {message},
      HINT = {hint};
  END IF;
END """
        return f"DO {dollars(body)}"

    @property
    def _looks(self) -> str:
        """What finds out whether there are rows; a table that is gone already holds none."""
        if not self.tables:
            # it is about no table that is known, and any that holds rows tells a database in use
            return f"  used := {_ANY_ROWS};"
        names = ", ".join(literal(table.sql()) for table in self.tables)
        return f"""\
  FOREACH relation IN ARRAY ARRAY[{names}] LOOP
    IF NOT used AND to_regclass(relation) IS NOT NULL THEN
      EXECUTE 'SELECT EXISTS (SELECT FROM ' || relation || ')' INTO used;
    END IF;
  END LOOP;"""


_ANY_ROWS = (
    "EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.relkind = 'r' AND pg_catalog.pg_relation_size(c.oid) > 0 "
    # but for Alembic's own, whatever it is called, and those of extensions
    "AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = c.oid AND attname = 'version_num') "
    "AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend WHERE objid = c.oid AND deptype = 'e') "
    "AND c.relnamespace::pg_catalog.regnamespace::text !~ '^(pg_|information_schema$|safemigrate$)')"
)


def field_name(column: str) -> str:
    """A column as it must stand behind ``NEW.`` in PL/pgSQL, which reserves more words than SQL."""
    return f'"{column}"' if column in _RESERVED else quoted(column)


def differ(value: str, other: str, *, by_value: bool) -> str:
    """The condition that two values of one type are not the same: not the same image, if not *by_value*."""
    if by_value:
        return f"{value} IS DISTINCT FROM {other}"
    return f"NOT pg_catalog.record_image_eq(ROW({value}), ROW({other}))"


def sync_function(table: Name, column: str) -> Name:
    """The name of the function that keeps *column* of *table* in step; it stands beside the table.

    No two columns of a schema share it: OR REPLACE would give the rows of one table to the function of another,
    and with one underscore ``a.b_c`` and ``a_b.c`` would meet.
    """
    joined = f"{table.name}__{column}"
    if joined.count("__") > 1 or table.name.endswith("_") or column.startswith("_"):
        joined = f"{_digest(table.name, column)}_{joined}"
    return table.beside(shortened(f"safemigrate_sync_{joined}"))


def sync_trigger(table: Name, column: str) -> str:
    """The name of the trigger that keeps *column* of *table* in step."""
    return shortened(f"{_SYNC_PREFIX}{table.name}_{column}")


def fill_trigger(table: Name, column: str) -> str:
    """The name of the trigger that fills *column* of *table*."""
    return shortened(f"{_FILL_PREFIX}{table.name}_{column}")


def taken_down(table: Name, function: Name, *triggers: str) -> tuple[DropObject, ...]:
    """What takes down *triggers* of *table* and the *function* that they run, what was made last first."""
    drops = (DropObject("TRIGGER", Name(trigger), table=table) for trigger in reversed(triggers))
    return (*drops, DropObject("FUNCTION", function, signature="()"))


def is_sync_trigger(name: str) -> bool:
    """Whether a trigger of that name is one that fills columns or keeps them in step."""
    return name.startswith((_FILL_PREFIX, _SYNC_PREFIX))


def _digest(*names: str) -> str:
    # no name holds a zero byte
    return hashlib.sha256("\0".join(names).encode()).hexdigest()[:8]


def dollars(body: str) -> str:
    """*body* as a string constant between dollar quotes that it does not hold itself."""
    tags = (f"$safemigrate{number or ''}$" for number in itertools.count())
    tag = next(tag for tag in tags if tag not in body)
    return f"{tag}{body}{tag}"
