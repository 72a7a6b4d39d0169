"""The other operations of ``--ops``, and all of them as they are registered.

Tables, columns and indexes are named as in Alembic, without quotes and with ``schema=`` beside them; only what
``op.backfill`` and ``op.guard_contract`` take is written as in SQL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alembic.operations import MigrateOperation, Operations
from alembic.operations.ops import DropConstraintOp, ModifyTableOps

from safemigrate.alembic_plugin import columns
from safemigrate.alembic_plugin.base import SafeOperation
from safemigrate.alembic_plugin.batches import BATCH_ROWS


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
class AddKeyUsingIndex(SafeOperation):
    """Puts a UNIQUE constraint, or the primary key, on an index that was built for it."""

    constraint_name: str
    table_name: str
    index_name: str
    schema: str | None = None
    primary: bool = False
    deferrable: str = ""

    name = "add_key_using_index"

    @classmethod
    def add_key_using_index(
        cls,
        operations: Operations,
        constraint_name: str,
        table_name: str,
        index_name: str,
        schema: Any = None,
        primary: Any = False,
        deferrable: str = "",
    ) -> None:
        """Make a UNIQUE constraint of a valid unique index, the primary key where it is *primary*.

        The index takes the name of the constraint. *deferrable* are the words behind it, as in SQL.
        Does nothing where the table has a constraint of that name.
        """
        operations.invoke(cls(constraint_name, table_name, index_name, schema, primary, deferrable))

    def reverse(self) -> MigrateOperation:
        # the index goes with its constraint
        return DropConstraintOp(self.constraint_name, self.table_name, schema=self.schema)


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
    columns.SyncColumns,
    columns.UnsyncColumns,
    columns.ConvertColumns,
    columns.UnconvertColumns,
    columns.EndRename,
    columns.UndoRename,
    columns.FillColumn,
    columns.UnfillColumn,
    Backfill,
    ValidateConstraint,
    AddNotNull,
    DropNotNull,
    CreateIndexConcurrently,
    DropIndexConcurrently,
    AddKeyUsingIndex,
    GuardContract,
)
