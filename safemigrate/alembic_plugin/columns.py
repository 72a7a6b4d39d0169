"""The operations that keep columns of a table in step with each other, and those that end a rename."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alembic.operations import MigrateOperation, Operations

from safemigrate.alembic_plugin.base import SafeOperation


@dataclass(eq=False)
class SyncColumns(SafeOperation):
    """Keeps two columns of a table equal by a trigger, whichever of them is written."""

    table_name: str
    old: str
    new: str
    schema: str | None = None
    by_value: bool = False

    name = "sync_columns"

    @classmethod
    def sync_columns(
        cls,
        operations: Operations,
        table_name: str,
        old: str,
        new: str,
        schema: Any = None,
        by_value: Any = False,
    ) -> None:
        """Keep the columns *old* and *new* equal by a trigger, whichever of them is written; *new* wins.

        Add *new* before, in the same transaction, and without a default. *by_value* is for types whose equal values
        look alike (text and integers do, citext and numeric do not): comparing costs less then.
        """
        operations.invoke(cls(table_name, old, new, schema, by_value))

    def reverse(self) -> MigrateOperation:
        return UnsyncColumns(self.table_name, self.old, self.new, self.schema, self.by_value)


@dataclass(eq=False)
class UnsyncColumns(SafeOperation):
    """Takes down the trigger of ``op.sync_columns``, and its function."""

    table_name: str
    old: str
    new: str
    schema: str | None = None
    by_value: bool = False

    name = "unsync_columns"

    @classmethod
    def unsync_columns(
        cls,
        operations: Operations,
        table_name: str,
        old: str,
        new: str,
        schema: Any = None,
        by_value: Any = False,
    ) -> None:
        """Let *old* and *new* go their own ways; does nothing where they are not kept equal.

        *by_value* is for the way back alone.
        """
        operations.invoke(cls(table_name, old, new, schema, by_value))

    def reverse(self) -> MigrateOperation:
        return SyncColumns(self.table_name, self.old, self.new, self.schema, self.by_value)


@dataclass(eq=False)
class ConvertColumns(SafeOperation):
    """Keeps two groups of columns of a table in step by expressions and triggers, both ways or one way."""

    table_name: str
    up: Mapping[str, str]
    down: Mapping[str, str] | None = None
    schema: str | None = None
    watched: Sequence[str] = ()
    types: Mapping[str, str] | None = None
    total: Sequence[str] = ()
    by_value: bool = False

    name = "convert_columns"

    @classmethod
    def convert_columns(
        cls,
        operations: Operations,
        table_name: str,
        up: Any,
        down: Any = None,
        schema: Any = None,
        watched: Any = (),
        types: Any = None,
        total: Any = (),
        by_value: Any = False,
    ) -> None:
        """Give new columns their values by *up* whenever a row is written, and old ones theirs by *down*.

        Both give SQL expressions over the row by column name. The new side wins. A value without a counterpart
        leaves NULL on the other side and fails no write. Without *down* nobody but the trigger writes the new
        columns, and *watched* are the columns whose change gives them new values.
        Add the new columns before, in the same transaction, and without defaults.

        The rest makes it cheaper. *types* are the types of all columns that an expression names, and with *down*
        those of both sides. *total* are columns whose expression takes every value. *by_value* is that of
        ``op.sync_columns``, for all these columns.
        """
        operations.invoke(cls(table_name, up, down, schema, watched, types, total, by_value))

    def reverse(self) -> MigrateOperation:
        options = self.arguments()
        return UnconvertColumns(options.pop("table_name"), [*self.up], options.pop("schema", None), options)


@dataclass(eq=False)
class UnconvertColumns(SafeOperation):
    """Takes down the triggers of ``op.convert_columns``, and their function."""

    table_name: str
    new: Sequence[str]
    schema: str | None = None
    options: Mapping[str, Any] | None = None

    name = "unconvert_columns"

    @classmethod
    def unconvert_columns(
        cls, operations: Operations, table_name: str, new: Any, schema: Any = None, **options: Any
    ) -> None:
        """Let the columns *new* and those that they are computed from go their own ways; does nothing where they do.

        A single column may stand for a list of one. *options* are for the way back alone: what
        ``op.convert_columns`` takes.
        """
        # the letters of a name would be other columns, of which nothing is in step
        columns = [new] if isinstance(new, str) else new
        operations.invoke(cls(table_name, columns, schema, options or None))

    def reverse(self) -> MigrateOperation:
        if not self.options or "up" not in self.options:
            raise ValueError(f"unconvert_columns({self.table_name!r}) does not say how the columns are computed")
        return ConvertColumns(self.table_name, schema=self.schema, **self.options)


@dataclass(eq=False)
class EndRename(SafeOperation):
    """Drops the new one of two columns that were kept equal, and gives its name to the old one."""

    table_name: str
    old: str
    new: str
    schema: str | None = None

    name = "end_rename"

    @classmethod
    def end_rename(cls, operations: Operations, table_name: str, old: str, new: str, schema: Any = None) -> None:
        """Give *old* the name of *new*, which goes: call ``op.unsync_columns`` before, in the same transaction.

        Does nothing where *old* is gone.
        """
        operations.invoke(cls(table_name, old, new, schema))

    def reverse(self) -> MigrateOperation:
        return UndoRename(self.table_name, self.old, self.new, self.schema)


@dataclass(eq=False)
class UndoRename(SafeOperation):
    """Gives a column its old name back; the one beside it has to be added anew."""

    table_name: str
    old: str
    new: str
    schema: str | None = None

    name = "undo_rename"

    @classmethod
    def undo_rename(cls, operations: Operations, table_name: str, old: str, new: str, schema: Any = None) -> None:
        """Call the column *new* by its name *old* again; does nothing where it is called so."""
        operations.invoke(cls(table_name, old, new, schema))

    def reverse(self) -> MigrateOperation:
        return EndRename(self.table_name, self.old, self.new, self.schema)


@dataclass(eq=False)
class FillColumn(SafeOperation):
    """Gives a column the value of an expression wherever a row would carry NULL in it."""

    table_name: str
    column_name: str
    expression: str
    schema: str | None = None

    name = "fill_column"

    @classmethod
    def fill_column(
        cls, operations: Operations, table_name: str, column_name: str, expression: str, schema: Any = None
    ) -> None:
        """Give the column the value of an SQL expression over its row wherever a row would carry NULL."""
        operations.invoke(cls(table_name, column_name, expression, schema))

    def reverse(self) -> MigrateOperation:
        return UnfillColumn(self.table_name, self.column_name, self.expression, self.schema)


@dataclass(eq=False)
class UnfillColumn(SafeOperation):
    """Takes down the trigger of ``op.fill_column``, and its function."""

    table_name: str
    column_name: str
    expression: str
    schema: str | None = None

    name = "unfill_column"

    @classmethod
    def unfill_column(
        cls, operations: Operations, table_name: str, column_name: str, expression: str, schema: Any = None
    ) -> None:
        """Let the column carry NULL again; does nothing where it is not filled."""
        operations.invoke(cls(table_name, column_name, expression, schema))

    def reverse(self) -> MigrateOperation:
        return FillColumn(self.table_name, self.column_name, self.expression, self.schema)
