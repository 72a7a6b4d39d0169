"""The operations of ``--ops``, as Alembic knows operations: values that can be invoked, reversed and rendered.

Tables, columns and indexes are named as in Alembic, without quotes and with ``schema=`` beside them; only what
``op.backfill`` and ``op.guard_contract`` take is written as in SQL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Any

from alembic.operations import MigrateOperation, Operations
from alembic.operations.ops import ModifyTableOps

from safemigrate.alembic_plugin.batches import BATCH_ROWS


@dataclass(eq=False)
class SafeOperation(MigrateOperation):
    """An operation whose fields are its arguments, in order; *name* is what it is called on ``op``."""

    @property
    def name(self) -> str:
        raise NotImplementedError

    def arguments(self) -> dict[str, Any]:
        """The arguments that differ from their defaults."""
        given = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        return {name: value for name, (value, default) in given.items() if value != default}

    @classmethod
    def required(cls) -> int:
        """How many arguments have no default."""
        return sum(field.default is MISSING for field in fields(cls))

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return (self.name, *self.arguments().values())


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
        return UnsyncColumns(self.table_name, self.old, self.new, self.schema)


@dataclass(eq=False)
class UnsyncColumns(SafeOperation):
    """Takes down the trigger of ``op.sync_columns``, and its function."""

    table_name: str
    old: str
    new: str
    schema: str | None = None

    name = "unsync_columns"

    @classmethod
    def unsync_columns(cls, operations: Operations, table_name: str, old: str, new: str, schema: Any = None) -> None:
        """Let *old* and *new* go their own ways; does nothing where they are not kept equal."""
        operations.invoke(cls(table_name, old, new, schema))

    def reverse(self) -> MigrateOperation:
        return SyncColumns(self.table_name, self.old, self.new, self.schema)


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


@dataclass(eq=False)
class Backfill(SafeOperation):
    """Fills rows in batches by primary key, each committed by itself."""

    table: str
    set: Mapping[str, str]
    where: str = "true"
    key: Sequence[str] = ()
    needs: Sequence[str] = ()
    batch_rows: int = BATCH_ROWS

    name = "backfill"

    @classmethod
    def backfill(
        cls,
        operations: Operations,
        table: str,
        set: Any,
        where: str = "true",
        key: Any = (),
        needs: Any = (),
        batch_rows: int = BATCH_ROWS,
    ) -> None:
        """``UPDATE table SET … WHERE where`` in batches of *batch_rows* rows, each committed by itself.

        *table* and *where* are written as in SQL, *set* gives expressions by column name. *key* are the columns
        of the primary key, asked of the database where they are left out or have other names by now; without any, one
        statement fills all. Where the table lacks one of the columns *needs*, nothing is done. Run again, it goes on
        with what is left.
        """
        operations.invoke(cls(table, set, where, key, needs, batch_rows))

    def reverse(self) -> MigrateOperation:
        # the rows stay filled: what was there before allows both
        return ModifyTableOps(self.table, [])


@dataclass(eq=False)
class ValidateConstraint(SafeOperation):
    """Validates a constraint, outside of any transaction that holds other locks."""

    constraint_name: str
    table_name: str
    schema: str | None = None

    name = "validate_constraint"

    @classmethod
    def validate_constraint(
        cls, operations: Operations, constraint_name: str, table_name: str, schema: Any = None
    ) -> None:
        """Validate a constraint that was added NOT VALID. What ran before is committed first."""
        operations.invoke(cls(constraint_name, table_name, schema))

    def reverse(self) -> MigrateOperation:
        # a constraint that is valid binds writers no more than one that is not yet
        return ModifyTableOps(self.table_name, [])


@dataclass(eq=False)
class AddNotNull(SafeOperation):
    """Makes a column NOT NULL without a scan under an exclusive lock."""

    table_name: str
    column_name: str
    schema: str | None = None

    name = "add_not_null"

    @classmethod
    def add_not_null(cls, operations: Operations, table_name: str, column_name: str, schema: Any = None) -> None:
        """SET NOT NULL behind a check that proves it: added NOT VALID, validated, and dropped when it has served."""
        operations.invoke(cls(table_name, column_name, schema))

    def reverse(self) -> MigrateOperation:
        return DropNotNull(self.table_name, self.column_name, self.schema)


@dataclass(eq=False)
class DropNotNull(SafeOperation):
    """Lets a column carry NULL again."""

    table_name: str
    column_name: str
    schema: str | None = None

    name = "drop_not_null"

    @classmethod
    def drop_not_null(cls, operations: Operations, table_name: str, column_name: str, schema: Any = None) -> None:
        """DROP NOT NULL."""
        operations.invoke(cls(table_name, column_name, schema))

    def reverse(self) -> MigrateOperation:
        return AddNotNull(self.table_name, self.column_name, self.schema)


@dataclass(eq=False)
class CreateIndexConcurrently(SafeOperation):
    """Builds an index beside traffic; what an interrupted build left behind goes first."""

    index_name: str
    table_name: str
    columns: Sequence[Any]
    schema: str | None = None
    options: Mapping[str, Any] | None = None

    name = "create_index_concurrently"

    @classmethod
    def create_index_concurrently(
        cls,
        operations: Operations,
        index_name: str,
        table_name: str,
        columns: Any,
        schema: Any = None,
        **options: Any,
    ) -> None:
        """Build an index with CONCURRENTLY, in autocommit. An INVALID one of an interrupted build goes first.

        *options* are those of ``op.create_index``.
        """
        operations.invoke(cls(index_name, table_name, columns, schema, options or None))

    def reverse(self) -> MigrateOperation:
        return DropIndexConcurrently(self.index_name, self.table_name, self.columns, self.schema, self.options)


@dataclass(eq=False)
class DropIndexConcurrently(SafeOperation):
    """Drops an index beside traffic."""

    index_name: str
    table_name: str | None = None
    columns: Sequence[Any] = ()
    schema: str | None = None
    options: Mapping[str, Any] | None = None

    name = "drop_index_concurrently"

    @classmethod
    def drop_index_concurrently(
        cls,
        operations: Operations,
        index_name: str,
        table_name: Any = None,
        columns: Any = (),
        schema: Any = None,
        **options: Any,
    ) -> None:
        """Drop an index with CONCURRENTLY, in autocommit; does nothing where it is not there.

        The table, *columns* and *options* are for the way back alone: what ``op.create_index_concurrently`` takes.
        """
        operations.invoke(cls(index_name, table_name, columns, schema, options or None))

    def reverse(self) -> MigrateOperation:
        if not self.table_name or not self.columns:
            raise ValueError(
                f"drop_index_concurrently({self.index_name!r}) says neither table nor columns to build it from"
            )
        return CreateIndexConcurrently(self.index_name, self.table_name, self.columns, self.schema, self.options)


@dataclass(eq=False)
class GuardContract(SafeOperation):
    """Refuses to go on where tables hold rows and the session does not allow a contract."""

    revision: str
    tables: Sequence[str]

    name = "guard_contract"

    @classmethod
    def guard_contract(cls, operations: Operations, revision: str, tables: Any) -> None:
        """Refuse to go on where one of *tables*, written as in SQL, holds rows, unless
        ``safemigrate.contract`` is 'allow' in the session."""
        operations.invoke(cls(revision, tables))

    def reverse(self) -> MigrateOperation:
        return ModifyTableOps(self.revision, [])


OPERATIONS: tuple[type[SafeOperation], ...] = (
    SyncColumns,
    UnsyncColumns,
    EndRename,
    UndoRename,
    FillColumn,
    UnfillColumn,
    Backfill,
    ValidateConstraint,
    AddNotNull,
    DropNotNull,
    CreateIndexConcurrently,
    DropIndexConcurrently,
    GuardContract,
)
