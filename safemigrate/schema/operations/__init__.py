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
    DropExpression,
    DropIdentity,
    DropNotNull,
    RenameColumn,
    SetDefault,
    SetExpression,
    SetNotNull,
    TuneColumn,
)
from safemigrate.schema.operations.constraints import (
    AddCheck,
    AddConstraint,
    AddExclusion,
    AddForeignKey,
    AddNotNull,
    AddPrimaryKey,
    AddUnique,
    ChangeConstraint,
    DropConstraint,
    RenameConstraint,
    ValidateConstraint,
)
from safemigrate.schema.operations.data import Copy, Delete, Insert, LockTable, Merge, Query, Truncate, Update
from safemigrate.schema.operations.domains import (
    AddDomainConstraint,
    ChangeComposite,
    ChangeDomainDefault,
    CreateDomain,
    DropDomainConstraint,
    SetDomainNotNull,
    ValidateDomainConstraint,
)
from safemigrate.schema.operations.functions import CreateFunction
from safemigrate.schema.operations.indexes import CreateIndex, DropIndex, RenameIndex
from safemigrate.schema.operations.objects import (
    AddEnumValue,
    AlterObject,
    Comment,
    CreateEnum,
    CreateObject,
    DropObject,
    MoveObject,
    RenameEnumValue,
    RenameObject,
    RenameType,
)
from safemigrate.schema.operations.partitions import AttachIndex, AttachPartition, DetachPartition
from safemigrate.schema.operations.replication import ChangePublication, CreatePublication, SetReplicaIdentity
from safemigrate.schema.operations.security import ChangePolicy, CreatePolicy, Grant, Revoke, SetRowSecurity
from safemigrate.schema.operations.session import (
    ServerCommand,
    SessionCommand,
    SetParameter,
    TransactionControl,
    Unreadable,
)
from safemigrate.schema.operations.storage import (
    Analyze,
    Cluster,
    Reindex,
    SetAccessMethod,
    SetLogged,
    SetTablespace,
    Vacuum,
)
from safemigrate.schema.operations.tables import CreateTable, DropTable, MoveTable, RenameTable, SetInheritance
from safemigrate.schema.operations.triggers import CreateRule, CreateTrigger, ToggleTrigger
from safemigrate.schema.operations.views import CreateView, RefreshView

__all__ = [
    "AddCheck",
    "AddColumn",
    "AddConstraint",
    "AddDomainConstraint",
    "AddEnumValue",
    "AddExclusion",
    "AddForeignKey",
    "AddIdentity",
    "AddNotNull",
    "AddPrimaryKey",
    "AddUnique",
    "AlterObject",
    "Analyze",
    "AttachIndex",
    "AttachPartition",
    "ChangeComposite",
    "ChangeConstraint",
    "ChangeDomainDefault",
    "ChangeIdentity",
    "ChangePolicy",
    "ChangePublication",
    "ChangeType",
    "Cluster",
    "Comment",
    "Copy",
    "CreateDomain",
    "CreateEnum",
    "CreateFunction",
    "CreateIndex",
    "CreateObject",
    "CreatePolicy",
    "CreatePublication",
    "CreateRule",
    "CreateTable",
    "CreateTrigger",
    "CreateView",
    "Delete",
    "DetachPartition",
    "DropColumn",
    "DropConstraint",
    "DropDefault",
    "DropDomainConstraint",
    "DropExpression",
    "DropIdentity",
    "DropIndex",
    "DropNotNull",
    "DropObject",
    "DropTable",
    "Grant",
    "Insert",
    "LockTable",
    "Merge",
    "MoveObject",
    "MoveTable",
    "Operation",
    "Query",
    "RefreshView",
    "Reindex",
    "RenameColumn",
    "RenameConstraint",
    "RenameEnumValue",
    "RenameIndex",
    "RenameObject",
    "RenameTable",
    "RenameType",
    "Revoke",
    "ServerCommand",
    "SessionCommand",
    "SetAccessMethod",
    "SetDefault",
    "SetDomainNotNull",
    "SetExpression",
    "SetInheritance",
    "SetLogged",
    "SetNotNull",
    "SetParameter",
    "SetReplicaIdentity",
    "SetRowSecurity",
    "SetTablespace",
    "ToggleTrigger",
    "TransactionControl",
    "Truncate",
    "TuneColumn",
    "Unreadable",
    "Update",
    "Vacuum",
    "ValidateConstraint",
    "ValidateDomainConstraint",
    "operation_names",
]


def operation_names() -> dict[str, type[Operation]]:
    """Every operation of this module by its name, as a rule's page names it."""
    return {
        name: value for name, value in globals().items() if isinstance(value, type) and issubclass(value, Operation)
    }
