"""Our own trigger functions and guards: templates that are written, and recognised when read back.

Each template carries a header comment that says what it was made from. A text is ours only if making it
anew from that header gives the same text, so an edited one is no longer recognised.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from safemigrate.schema.name import Name, literal, quoted, shortened
from safemigrate.schema.operations import Operation

CONTRACT_SETTING = "safemigrate.contract"
_TRIGGER_PREFIX = "zzz_safemigrate_"

NameParser = Callable[[str], Name]


@dataclass(frozen=True, slots=True)
class CreateSyncFunction(Operation):
    """The trigger function that keeps *old* and *new* of a row equal, whichever version wrote.

    It assigns to NEW only, so it issues no statement and cannot recurse. It compares each column with its own
    earlier value by image: IS DISTINCT FROM takes citext 'Bob' and 'bob' for equal, and json has no equality.
    IS DISTINCT FROM NULL stands where IS NOT NULL would also ask the fields of a composite value.
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
        body = f"""
-- safemigrate sync 1 {header}
DECLARE
  old_changed boolean;
  new_changed boolean;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.{new} IS DISTINCT FROM NULL THEN NEW.{old} := NEW.{new}; ELSE NEW.{new} := NEW.{old}; END IF;
    RETURN NEW;
  END IF;
  new_changed := NOT record_image_eq(ROW(NEW.{new}), ROW(OLD.{new}));
  old_changed := NOT record_image_eq(ROW(NEW.{old}), ROW(OLD.{old}));
  IF new_changed THEN
    NEW.{old} := NEW.{new};
  ELSIF old_changed OR NEW.{new} IS NOT DISTINCT FROM NULL THEN
    NEW.{new} := NEW.{old};
  END IF;
  RETURN NEW;
END """
        return f"""\
CREATE OR REPLACE FUNCTION {self.function.sql()}() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS {_dollars(body)}"""


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
        column = quoted(self.column)
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
SET search_path FROM CURRENT AS {_dollars(body)}"""


@dataclass(frozen=True, slots=True)
class CreateSyncTrigger(Operation):
    """The trigger that runs a sync or fill function before every insert and update.

    It has no column list, since one would not fire where another trigger changed the column, and its name
    sorts last, since triggers of one kind fire in the order of their names. Where the name had to be shortened,
    an argument says which column it is for.
    """

    table: Name
    column: str

    @property
    def trigger(self) -> str:
        return sync_trigger(self.table, self.column)

    def sql(self) -> str:
        return (
            f"CREATE OR REPLACE TRIGGER {quoted(self.trigger)} BEFORE INSERT OR UPDATE ON {self.table.sql()} "
            f"FOR EACH ROW EXECUTE FUNCTION {sync_function(self.table, self.column).sql()}({self._argument})"
        )

    @property
    def _argument(self) -> str:
        return "" if self.trigger == _TRIGGER_PREFIX + f"{self.table.name}_{self.column}" else literal(self.column)


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
        body = f"""
-- safemigrate guard 1 {header}
BEGIN
  IF current_setting('{CONTRACT_SETTING}', true) IS DISTINCT FROM 'allow' AND ({rows}) THEN
    RAISE EXCEPTION USING
      MESSAGE = {message},
      HINT = {hint};
  END IF;
END """
        return f"DO {_dollars(body)}"


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
    return shortened(f"{_TRIGGER_PREFIX}{table.name}_{column}")


def _digest(*names: str) -> str:
    # no name holds a zero byte
    return hashlib.sha256("\0".join(names).encode()).hexdigest()[:8]


def _dollars(body: str) -> str:
    """*body* as a string constant between dollar quotes that it does not hold itself."""
    tags = (f"$safemigrate{number or ''}$" for number in itertools.count())
    tag = next(tag for tag in tags if tag not in body)
    return f"{tag}{body}{tag}"


_HEADER = re.compile(r"^\s*-- safemigrate (sync|fill|guard) 1 (\{.*\})\s*$", re.MULTILINE)


def recognise(text: str, parse_name: NameParser) -> Operation | None:
    """The template operation that *text* was made from, or None if it is not exactly ours.

    *text* may be indented otherwise and end in a semicolon. *parse_name* reads a written name (``public."T"``)
    into a Name.
    """
    match = _HEADER.search(text)
    if match is None:
        return _recognised_trigger(text, parse_name)
    try:
        made = _made(match[1], json.loads(match[2]), parse_name)
    except (ValueError, KeyError, TypeError):
        return None
    if isinstance(made, CreateFillFunction) and made.expression not in text:
        return None
    return made if _lines(made.sql()) == _lines(text) else None


_TRIGGER = re.compile(
    r"""\s*CREATE\s+OR\s+REPLACE\s+TRIGGER\s+(?P<trigger>"(?:[^"]|"")+"|\S+)
        \s+BEFORE\s+INSERT\s+OR\s+UPDATE\s+ON\s+(?P<table>.+?)
        \s+FOR\s+EACH\s+ROW\s+EXECUTE\s+FUNCTION\s+.+\((?P<column>E?'(?:[^']|'')*')?\)\s*;?\s*""",
    re.VERBOSE | re.DOTALL,
)


def _recognised_trigger(text: str, parse_name: NameParser) -> CreateSyncTrigger | None:
    match = _TRIGGER.fullmatch(text)
    if match is None:
        return None
    try:
        table = parse_name(match["table"])
        trigger = parse_name(match["trigger"]).name
    except ValueError:
        return None
    written = match["column"]
    if written:
        column = written[written.index("'") + 1 : -1].replace("''", "'")
        column = column.replace("\\\\", "\\") if written.startswith("E") else column
    else:
        column = trigger.removeprefix(f"{_TRIGGER_PREFIX}{table.name}_")
    made = CreateSyncTrigger(table, column)
    # a revision may break the statement into lines
    return made if made.sql().split() == text.rstrip("; \n").split() else None


def _made(kind: str, fields: dict[str, object], parse_name: NameParser) -> Operation:
    if kind == "guard":
        tables = fields["tables"]
        if not isinstance(tables, list):
            raise TypeError(tables)
        return Guard(str(fields["revision"]), tuple(parse_name(str(table)) for table in tables))
    table = parse_name(str(fields["table"]))
    if kind == "sync":
        return CreateSyncFunction(table, str(fields["old"]), str(fields["new"]))
    return CreateFillFunction(table, str(fields["column"]), str(fields["expression"]))


def _lines(text: str) -> tuple[str, ...]:
    lines = (line.strip() for line in text.rstrip().removesuffix(";").splitlines())
    return tuple(line for line in lines if line)
