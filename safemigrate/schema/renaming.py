"""The end of a rename: the column that was there all along takes the name of the one that was kept equal to it.

Whatever hangs on the column (keys, sequences, views, privileges) stays where it is and follows the name, as it would
have followed a plain rename. Both templates ask which columns are there, so that they do nothing on a database that
ran the plain rename, and may run again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from safemigrate.schema.name import Name, literal
from safemigrate.schema.operations import DropColumn, Operation, RenameColumn
from safemigrate.schema.sync import dollars


@dataclass(frozen=True, slots=True)
class EndRename(Operation):
    """The column *new* goes, and *old*, which holds the same, is called so from then on.

    Whatever keeps the two equal must have gone before.
    """

    table: Name
    old: str
    new: str

    @property
    def parts(self) -> tuple[Operation, ...]:
        """What it does where the old column is still there."""
        return (DropColumn(self.table, self.new, if_exists=True), RenameColumn(self.table, self.old, self.new))

    def sql(self) -> str:
        return _where_old_is("", "rename", self, self.parts)


@dataclass(frozen=True, slots=True)
class UndoRename(Operation):
    """The column *new* is called *old* again, unless it is already."""

    table: Name
    old: str
    new: str

    @property
    def parts(self) -> tuple[Operation, ...]:
        """What it does where the old column is not there."""
        return (RenameColumn(self.table, self.new, self.old),)

    def sql(self) -> str:
        return _where_old_is("NOT ", "unrename", self, self.parts)


def _where_old_is(negation: str, kind: str, op: EndRename | UndoRename, parts: tuple[Operation, ...]) -> str:
    header = json.dumps({"table": op.table.sql(), "old": op.old, "new": op.new})
    statements = "\n".join(f"    {part.sql()};" for part in parts)
    body = f"""
-- safemigrate {kind} 1 {header}
BEGIN
  IF {negation}EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = {literal(op.table.sql())}::regclass
      AND attname = {literal(op.old)} AND NOT attisdropped) THEN
{statements}
  END IF;
END """
    return f"DO {dollars(body)}"
