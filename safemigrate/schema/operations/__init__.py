"""Operations: what one SQL action does to the schema, freed from its syntax.

A statement with several actions gives one operation an action. ``sql()`` is the one statement that does
just this operation; it is composed from quoted names and the author's own expressions.
"""

from __future__ import annotations

from safemigrate.schema.operations.base import Operation
from safemigrate.schema.operations.columns import (
    AddColumn,
    AddIdentity,
    ChangeIdentity,
    ChangeType,
    DropColumn,
    DropDefault,
    DropIdentity,
    DropNotNull,
    RenameColumn,
    SetDefault,
    SetNotNull,
)
from safemigrate.schema.operations.constraints import (
    AddCheck,
    AddConstraint,
    AddExclusion,
    AddForeignKey,
    AddNotNull,
    AddPrimaryKey,
    AddUnique,
    DropConstraint,
    RenameConstraint,
    ValidateConstraint,
)
from safemigrate.schema.operations.data import Delete, Insert, LockTable, Query, Truncate, Update
from safemigrate.schema.operations.indexes import CreateIndex, DropIndex, RenameIndex
from safemigrate.schema.operations.objects import (
    AddEnumValue,
    AlterObject,
    CreateEnum,
    CreateObject,
    DropObject,
    RenameEnumValue,
    RenameType,
)
from safemigrate.schema.operations.session import SetParameter, TransactionControl, Unreadable
from safemigrate.schema.operations.tables import CreateTable, DropTable, MoveTable, RenameTable

__all__ = [
    "AddCheck",
    "AddColumn",
    "AddConstraint",
    "AddEnumValue",
    "AddExclusion",
    "AddForeignKey",
    "AddIdentity",
    "AddNotNull",
    "AddPrimaryKey",
    "AddUnique",
    "AlterObject",
    "ChangeIdentity",
    "ChangeType",
    "CreateEnum",
    "CreateIndex",
    "CreateObject",
    "CreateTable",
    "Delete",
    "DropColumn",
    "DropConstraint",
    "DropDefault",
    "DropIdentity",
    "DropIndex",
    "DropNotNull",
    "DropObject",
    "DropTable",
    "Insert",
    "LockTable",
    "MoveTable",
    "Operation",
    "Query",
    "RenameColumn",
    "RenameConstraint",
    "RenameEnumValue",
    "RenameIndex",
    "RenameTable",
    "RenameType",
    "SetDefault",
    "SetNotNull",
    "SetParameter",
    "TransactionControl",
    "Truncate",
    "Unreadable",
    "Update",
    "ValidateConstraint",
    "operation_names",
]


def operation_names() -> dict[str, type[Operation]]:
    """Every operation of this module by its name, as a rule's page names it."""
    return {
        name: value for name, value in globals().items() if isinstance(value, type) and issubclass(value, Operation)
    }
