"""Our own trigger functions and guards: templates that are written, and recognised when read back.

Each template carries a header comment that says what it was made from. A text is ours only if making it
anew from that header gives the same text, so an edited one is no longer recognised.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from safemigrate.schema.name import Name, literal, quoted, shortened
from safemigrate.schema.operations import Operation

CONTRACT_SETTING = "safemigrate.contract"

NameParser = Callable[[str], Name]


@dataclass(frozen=True, slots=True)
class CreateSyncFunction(Operation):
    """The trigger function that keeps *old* and *new* of a row equal, whichever version wrote.

    It assigns to NEW only, so it issues no statement and cannot recurse. It compares each column with its own
    earlier value by image: IS DISTINCT FROM takes citext 'Bob' and 'bob' for equal, and json has no equality.
    """

    table: Name
    old: str
    new: str

    @property
    def function(self) -> Name:
        return sync_function(self.table, self.new)

    def sql(self) -> str:
        old, new = quoted(self.old), quoted(self.new)
        header = json.dumps({"table": self.table.sql(), "old": self.old, "new": self.new})
        return f"""\
CREATE OR REPLACE FUNCTION {self.function.sql()}() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $safemigrate$
-- safemigrate sync 1 {header}
DECLARE
  old_changed boolean;
  new_changed boolean;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.{new} IS NOT NULL THEN NEW.{old} := NEW.{new}; ELSE NEW.{new} := NEW.{old}; END IF;
    RETURN NEW;
  END IF;
  new_changed := NOT record_image_eq(ROW(NEW.{new}), ROW(OLD.{new}));
  old_changed := NOT record_image_eq(ROW(NEW.{old}), ROW(OLD.{old}));
  IF new_changed THEN
    NEW.{old} := NEW.{new};
  ELSIF old_changed OR NEW.{new} IS NULL THEN
    NEW.{new} := NEW.{old};
  END IF;
  RETURN NEW;
END $safemigrate$"""


@dataclass(frozen=True, slots=True)
class CreateFillFunction(Operation):
    """The trigger function that gives *column* the value of *expression* where a row would carry NULL.

    *expression* may name columns of the row, as it could in an UPDATE of the table.
    """

    table: Name
    column: str
    expression: str

    @property
    def function(self) -> Name:
        return sync_function(self.table, self.column)

    def sql(self) -> str:
        column = quoted(self.column)
        fields = {"table": self.table.sql(), "column": self.column, "expression": self.expression}
        return f"""\
CREATE OR REPLACE FUNCTION {self.function.sql()}() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $safemigrate$
-- safemigrate fill 1 {json.dumps(fields)}
BEGIN
  IF NEW.{column} IS NULL THEN
    NEW.{column} := (SELECT {self.expression} FROM (SELECT NEW.*) AS {quoted(self.table.name)});
  END IF;
  RETURN NEW;
END $safemigrate$"""


@dataclass(frozen=True, slots=True)
class CreateSyncTrigger(Operation):
    """The trigger that runs a sync or fill function before every insert and update.

    It has no column list, since one would not fire where another trigger changed the column, and its name
    sorts last, since triggers of one kind fire in the order of their names.
    """

    table: Name
    column: str

    @property
    def trigger(self) -> str:
        return sync_trigger(self.table, self.column)

    def sql(self) -> str:
        return (
            f"CREATE OR REPLACE TRIGGER {quoted(self.trigger)} BEFORE INSERT OR UPDATE ON {self.table.sql()} "
            f"FOR EACH ROW EXECUTE FUNCTION {sync_function(self.table, self.column).sql()}()"
        )


@dataclass(frozen=True, slots=True)
class Guard(Operation):
    """The first statement of a contract: it refuses to run on tables that hold rows unless the session allows it."""

    revision: str
    tables: tuple[Name, ...]

    def sql(self) -> str:
        header = json.dumps({"revision": self.revision, "tables": [t.sql() for t in self.tables]})
        rows = " OR ".join(f"EXISTS (SELECT FROM {t.sql()})" for t in self.tables)
        message = literal(f"{self.revision} is a contract: it breaks every process of the old version")
        hint = literal(
            "When no such process is left, run it with safemigrate apply --phase contract, "
            f"or with PGOPTIONS='-c {CONTRACT_SETTING}=allow' alembic upgrade {self.revision}."
        )
        return f"""\
DO $safemigrate$
-- safemigrate guard 1 {header}
BEGIN
  IF current_setting('{CONTRACT_SETTING}', true) IS DISTINCT FROM 'allow' AND ({rows}) THEN
    RAISE EXCEPTION USING MESSAGE = {message}, HINT = {hint};
  END IF;
END $safemigrate$"""


def sync_function(table: Name, column: str) -> Name:
    """The name of the function that keeps *column* of *table* in step; it stands beside the table."""
    return table.beside(shortened(f"safemigrate_sync_{table.name}_{column}"))


def sync_trigger(table: Name, column: str) -> str:
    """The name of the trigger that keeps *column* of *table* in step."""
    return shortened(f"zzz_safemigrate_{table.name}_{column}")


_HEADER = re.compile(r"^\s*-- safemigrate (sync|fill|guard) 1 (\{.*\})\s*$", re.MULTILINE)


def recognise(text: str, parse_name: NameParser) -> Operation | None:
    """The template operation that *text* was made from, or None if it is not exactly ours.

    *parse_name* reads a written name (``public."T"``) into a Name.
    """
    match = _HEADER.search(text)
    if match is None:
        return None
    try:
        fields = json.loads(match[2])
        made = _made(match[1], fields, parse_name)
    except (ValueError, KeyError, TypeError):
        return None
    return made if _squeezed(made.sql()) == _squeezed(text) else None


def _made(kind: str, fields: dict[str, object], parse_name: NameParser) -> Operation:
    if kind == "guard":
        tables = fields["tables"]
        assert isinstance(tables, list)
        return Guard(str(fields["revision"]), tuple(parse_name(str(table)) for table in tables))
    table = parse_name(str(fields["table"]))
    if kind == "sync":
        return CreateSyncFunction(table, str(fields["old"]), str(fields["new"]))
    return CreateFillFunction(table, str(fields["column"]), str(fields["expression"]))


def _squeezed(text: str) -> str:
    return " ".join(text.split()).rstrip("; ")
