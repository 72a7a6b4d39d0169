"""What PostgreSQL's own parser says of a statement, in the words of our operations.

The tree is libpg_query's, by way of pglast. It is translated here by tables that know nothing of our reader: each
node gives the name of an operation and what that has to say, as paths to fields (``column.name``) and their values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from pglast import ast, enums

from safemigrate.schema import Name

Node = Any


class Expected(NamedTuple):
    """The name of an operation, and what its fields must hold."""

    operation: str
    said: dict[str, object]


# -- parts of the tree -------------------------------------------------------------------------------------------


def relation(node: Node) -> Name:
    """The name of a RangeVar."""
    return Name(node.relname, node.schemaname)


def strings(nodes: Iterable[Node] | None) -> tuple[str, ...]:
    """The values of String nodes."""
    return tuple(node.sval for node in nodes or ())


def name_of(nodes: Iterable[Node]) -> Name:
    """The name that String nodes spell, with or without its schema."""
    parts = strings(nodes)
    return Name(parts[-1], parts[-2] if len(parts) > 1 else None)


def last(nodes: Iterable[Node]) -> str:
    return strings(nodes)[-1]


def cascade(node: Node) -> bool:
    return node.behavior == enums.DropBehavior.DROP_CASCADE


_TYPES = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "varchar": "character varying",
    "bpchar": "character",
    "varbit": "bit varying",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "timetz": "time with time zone",
    "time": "time without time zone",
}
_SERIALS = {
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
    "serial2": "smallint",
}


def spelled(name: str) -> str:
    """A type's name in the spelling of ``format_type()``, without quotes."""
    name = name.strip('"')
    return _TYPES.get(name, name)


def type_name(node: Node) -> tuple[str, str | None, int]:
    """The name in PostgreSQL's spelling, the schema, and how many dimensions an array has."""
    name = name_of(node.names)
    dimensions = len(node.arrayBounds or ())
    if name.schema is None and name.name in _SERIALS and not dimensions:
        return _SERIALS[name.name], None, 0
    return spelled(name.name), None if name.schema == "pg_catalog" else name.schema, dimensions


def column_says(node: Node, prefix: str = "column.") -> dict[str, object]:
    """What a ColumnDef says; of an interval's fields and a type's arguments, nothing."""
    kinds = {constraint.contype for constraint in node.constraints or ()}
    contype = enums.ConstrType
    said: dict[str, object] = {f"{prefix}name": node.colname}
    name, schema, dimensions = type_name(node.typeName)
    if name != "interval":
        said |= {
            f"{prefix}type.spelled": name,
            f"{prefix}type.schema": schema,
            f"{prefix}type.dimensions": dimensions,
        }
    required = {contype.CONSTR_NOTNULL, contype.CONSTR_PRIMARY, contype.CONSTR_IDENTITY} & kinds
    serial = last(node.typeName.names) in _SERIALS and len(node.typeName.names) == 1 and not dimensions
    said[f"{prefix}nullable.value"] = "no" if required or serial else "yes"
    said[f"{prefix}default given"] = contype.CONSTR_DEFAULT in kinds
    said[f"{prefix}generated"] = bool({contype.CONSTR_IDENTITY, contype.CONSTR_GENERATED} & kinds) or serial
    said[f"{prefix}collation given"] = node.collClause is not None
    return said


# -- constraints -------------------------------------------------------------------------------------------------

_CONSTRAINTS = {
    enums.ConstrType.CONSTR_CHECK: "AddCheck",
    enums.ConstrType.CONSTR_UNIQUE: "AddUnique",
    enums.ConstrType.CONSTR_PRIMARY: "AddPrimaryKey",
    enums.ConstrType.CONSTR_FOREIGN: "AddForeignKey",
    enums.ConstrType.CONSTR_EXCLUSION: "AddExclusion",
    enums.ConstrType.CONSTR_NOTNULL: "AddNotNull",
}
_ACTIONS = {"r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


def constraint_says(node: Node, *, columns: tuple[str, ...] = ()) -> dict[str, object]:
    """What a Constraint says; *columns* are those of one that stands beside a column."""
    kind = _CONSTRAINTS[node.contype]
    said: dict[str, object] = {"name": node.conname or ""}
    if kind == "AddCheck":
        said |= {"valid": not node.skip_validation, "no_inherit": node.is_no_inherit, "enforced": node.is_enforced}
    elif kind == "AddNotNull":
        said |= {"column": last(node.keys), "valid": not node.skip_validation, "no_inherit": node.is_no_inherit}
    elif kind in ("AddUnique", "AddPrimaryKey"):
        said |= {
            "columns": strings(node.keys) or columns,
            "include": strings(node.including),
            "index": node.indexname,
            "without_overlaps": node.without_overlaps,
            "deferrable at all": node.deferrable,
        }
        if kind == "AddUnique":
            said["nulls_distinct"] = not node.nulls_not_distinct
    elif kind == "AddForeignKey":
        said |= {
            "columns": strings(node.fk_attrs) or columns,
            "referenced": relation(node.pktable),
            "referenced_columns": strings(node.pk_attrs),
            "valid": not node.skip_validation,
            "enforced": node.is_enforced,
            "period": node.fk_with_period,
            "on delete": _ACTIONS.get(node.fk_del_action, ""),
            "on update": _ACTIONS.get(node.fk_upd_action, ""),
            "match full": node.fk_matchtype == "f",
            "deferrable at all": node.deferrable,
        }
    return said


def beside_column(node: Node) -> dict[str, object]:
    """The constraints beside a column, in order."""
    kept: list[dict[str, object]] = []
    for constraint in node.constraints or ():
        if constraint.contype in _ATTRIBUTES_BEHIND:
            # it belongs to the constraint before it
            kept[-1] |= {path: v for path, v in _ATTRIBUTES_BEHIND[constraint.contype].items() if path in kept[-1]}
        elif constraint.contype in _CONSTRAINTS and constraint.contype != enums.ConstrType.CONSTR_NOTNULL:
            kept.append(constraint_says(constraint, columns=(node.colname,)))
    said: dict[str, object] = {"how many constraints": len(kept)}
    for place, of_this in enumerate(kept):
        said |= {f"constraints.{place}.{path}": value for path, value in of_this.items()}
    return said


_ATTRIBUTES_BEHIND: dict[Any, dict[str, object]] = {
    enums.ConstrType.CONSTR_ATTR_DEFERRABLE: {"deferrable at all": True},
    enums.ConstrType.CONSTR_ATTR_NOT_DEFERRABLE: {"deferrable at all": False},
    enums.ConstrType.CONSTR_ATTR_DEFERRED: {"deferrable at all": True},
    enums.ConstrType.CONSTR_ATTR_IMMEDIATE: {},
    enums.ConstrType.CONSTR_ATTR_ENFORCED: {},
    enums.ConstrType.CONSTR_ATTR_NOT_ENFORCED: {"enforced": False, "valid": False},
}


# -- ALTER TABLE -------------------------------------------------------------------------------------------------

AT = enums.AlterTableType


def _add_constraint(command: Node) -> Expected:
    constraint = command.def_
    said = {f"constraint.{path}": value for path, value in constraint_says(constraint).items()}
    return Expected(_CONSTRAINTS[constraint.contype], said)


def _add_column(command: Node) -> Expected:
    column = command.def_
    said = {"if_not_exists": command.missing_ok} | column_says(column) | beside_column(column)
    return Expected("AddColumn", said)


def _default(command: Node) -> Expected:
    return Expected("SetDefault" if command.def_ else "DropDefault", {"column": command.name})


def _change_type(command: Node) -> Expected:
    name, schema, dimensions = type_name(command.def_.typeName)
    said: dict[str, object] = {"column": command.name, "using given": command.def_.raw_default is not None}
    if name != "interval":
        said |= {"type.spelled": name, "type.schema": schema, "type.dimensions": dimensions}
    return Expected("ChangeType", said)


def _replica_identity(command: Node) -> Expected:
    identities = {"d": "DEFAULT", "f": "FULL", "n": "NOTHING", "i": "INDEX"}
    said = {"identity": identities[command.def_.identity_type], "index": command.def_.name}
    return Expected("SetReplicaIdentity", said)


def _of_column(operation: str, **fields: str) -> Callable[[Node], Expected]:
    def translate(command: Node) -> Expected:
        said = {field: getattr(command, attribute) for field, attribute in fields.items()}
        return Expected(operation, {"column": command.name, **said})

    return translate


def _plain(operation: str, **said: object) -> Callable[[Node], Expected]:
    return lambda command: Expected(operation, dict(said))


def _altered(kind: str) -> Callable[[Node], Expected]:
    return lambda command: Expected("AlterObject", {"kind": kind})


def _tuned(kind: str) -> Callable[[Node], Expected]:
    # the column of an index on an expression has a number
    return lambda command: Expected("TuneColumn", {"kind": kind, "column": command.name or ""})


def _drop(operation: str, field: str) -> Callable[[Node], Expected]:
    return lambda command: Expected(
        operation, {field: command.name, "if_exists": command.missing_ok, "cascade": cascade(command)}
    )


def _toggle(state: str, kind: str = "TRIGGER", every: str = "") -> Callable[[Node], Expected]:
    return lambda command: Expected(
        "ToggleTrigger", {"state": state, "kind": kind, "all_of": every, "name": command.name}
    )


def _partition(operation: str, **said: object) -> Callable[[Node], Expected]:
    def translate(command: Node) -> Expected:
        more = {"is_default": command.def_.bound.is_default} if operation == "AttachPartition" else {}
        return Expected(operation, {"partition": relation(command.def_.name), **said, **more})

    return translate


_COMMANDS: dict[Any, Callable[[Node], Expected]] = {
    AT.AT_AddColumn: _add_column,
    AT.AT_AddConstraint: _add_constraint,
    AT.AT_DropColumn: _drop("DropColumn", "column"),
    AT.AT_DropConstraint: _drop("DropConstraint", "name"),
    AT.AT_ColumnDefault: _default,
    AT.AT_AlterColumnType: _change_type,
    AT.AT_SetNotNull: _of_column("SetNotNull"),
    AT.AT_DropNotNull: _of_column("DropNotNull"),
    AT.AT_SetExpression: _of_column("SetExpression"),
    AT.AT_DropExpression: _of_column("DropExpression", if_exists="missing_ok"),
    AT.AT_AddIdentity: _of_column("AddIdentity"),
    AT.AT_SetIdentity: _of_column("ChangeIdentity"),
    AT.AT_DropIdentity: _of_column("DropIdentity", if_exists="missing_ok"),
    AT.AT_SetStatistics: _tuned("SET STATISTICS"),
    AT.AT_SetStorage: _tuned("SET STORAGE"),
    AT.AT_SetCompression: _tuned("SET COMPRESSION"),
    AT.AT_SetOptions: _tuned("SET STORAGE PARAMETERS"),
    AT.AT_ResetOptions: _tuned("SET STORAGE PARAMETERS"),
    AT.AT_SetRelOptions: _altered("SET STORAGE PARAMETERS"),
    AT.AT_ResetRelOptions: _altered("SET STORAGE PARAMETERS"),
    AT.AT_GenericOptions: _altered("OPTIONS"),
    AT.AT_AlterColumnGenericOptions: _altered("OPTIONS"),
    AT.AT_ChangeOwner: _altered("OWNER TO"),
    AT.AT_ClusterOn: _altered("CLUSTER ON"),
    AT.AT_DropCluster: _altered("SET WITHOUT CLUSTER"),
    AT.AT_DropOids: _altered("SET WITHOUT OIDS"),
    AT.AT_AddOf: _altered("OF"),
    AT.AT_DropOf: _altered("NOT OF"),
    AT.AT_AlterConstraint: lambda command: Expected("ChangeConstraint", {"name": command.def_.conname}),
    AT.AT_ValidateConstraint: lambda command: Expected("ValidateConstraint", {"name": command.name}),
    AT.AT_SetLogged: _plain("SetLogged", logged=True),
    AT.AT_SetUnLogged: _plain("SetLogged", logged=False),
    AT.AT_SetAccessMethod: lambda command: Expected("SetAccessMethod", {"method": command.name}),
    AT.AT_SetTableSpace: lambda command: Expected("SetTablespace", {"tablespace": command.name}),
    AT.AT_AddInherit: lambda command: Expected(
        "SetInheritance", {"parent": relation(command.def_), "inherits": True}
    ),
    AT.AT_DropInherit: lambda command: Expected(
        "SetInheritance", {"parent": relation(command.def_), "inherits": False}
    ),
    AT.AT_EnableRowSecurity: _plain("SetRowSecurity", action="ENABLE"),
    AT.AT_DisableRowSecurity: _plain("SetRowSecurity", action="DISABLE"),
    AT.AT_ForceRowSecurity: _plain("SetRowSecurity", action="FORCE"),
    AT.AT_NoForceRowSecurity: _plain("SetRowSecurity", action="NO FORCE"),
    AT.AT_ReplicaIdentity: _replica_identity,
    AT.AT_AttachPartition: _partition("AttachPartition"),
    AT.AT_DetachPartitionFinalize: _partition("DetachPartition", finalize=True),
    AT.AT_DetachPartition: lambda command: Expected(
        "DetachPartition",
        {"partition": relation(command.def_.name), "concurrently": command.def_.concurrent, "finalize": False},
    ),
    AT.AT_EnableTrig: _toggle("ENABLE"),
    AT.AT_EnableAlwaysTrig: _toggle("ENABLE ALWAYS"),
    AT.AT_EnableReplicaTrig: _toggle("ENABLE REPLICA"),
    AT.AT_DisableTrig: _toggle("DISABLE"),
    AT.AT_EnableTrigAll: _toggle("ENABLE", every="ALL"),
    AT.AT_DisableTrigAll: _toggle("DISABLE", every="ALL"),
    AT.AT_EnableTrigUser: _toggle("ENABLE", every="USER"),
    AT.AT_DisableTrigUser: _toggle("DISABLE", every="USER"),
    AT.AT_EnableRule: _toggle("ENABLE", "RULE"),
    AT.AT_EnableAlwaysRule: _toggle("ENABLE ALWAYS", "RULE"),
    AT.AT_EnableReplicaRule: _toggle("ENABLE REPLICA", "RULE"),
    AT.AT_DisableRule: _toggle("DISABLE", "RULE"),
}
_ATTRIBUTES = {AT.AT_AddColumn: "ADD", AT.AT_DropColumn: "DROP", AT.AT_AlterColumnType: "ALTER"}
# what says the name of its object in a field of its own
_NAMED = {"AlterObject": "name", "TuneColumn": "name", "SetTablespace": "name"}


def _alter_table(statement: Node) -> Iterable[Expected]:
    name = relation(statement.relation)
    if statement.objtype == enums.ObjectType.OBJECT_TYPE:
        return [_attribute(name, command) for command in statement.cmds]
    if statement.objtype == enums.ObjectType.OBJECT_INDEX:
        return [_of_index(name, command) for command in statement.cmds]
    if statement.objtype == enums.ObjectType.OBJECT_SEQUENCE:
        return [Expected("AlterObject", {"name": name}) for _ in statement.cmds]
    words = {"only": not statement.relation.inh, "if_table_exists": statement.missing_ok}
    found = []
    for command in statement.cmds:
        operation, said = _COMMANDS[command.subtype](command)
        own = {_NAMED[operation]: name} if operation in _NAMED else {"table": name, **words}
        found.append(Expected(operation, {**said, **own}))
    return found


def _attribute(name: Name, command: Node) -> Expected:
    attribute = command.name or command.def_.colname
    said = {"name": name, "action": _ATTRIBUTES[command.subtype], "attribute": attribute, "cascade": cascade(command)}
    return Expected("ChangeComposite", said)


def _of_index(name: Name, command: Node) -> Expected:
    if command.subtype == AT.AT_AttachPartition:
        return Expected("AttachIndex", {"index": name, "partition": relation(command.def_.name)})
    operation, said = _COMMANDS[command.subtype](command)
    if operation == "TuneColumn":
        # the statistics of an index are of an expression, and no column is tuned
        return Expected("AlterObject", {"kind": said["kind"], "name": name})
    return Expected(operation, {**said, "name": name})


# -- CREATE TABLE, CREATE INDEX ----------------------------------------------------------------------------------


def _create_table(statement: Node) -> Iterable[Expected]:
    table = statement.relation
    of_type = statement.ofTypename is not None
    partition = statement.partbound is not None
    said: dict[str, object] = {
        "table": relation(table),
        "if_not_exists": statement.if_not_exists,
        "temporary": table.relpersistence == "t",
        "unlogged": table.relpersistence == "u",
        "partitioned": statement.partspec is not None,
        "partition_of": relation(statement.inhRelations[0]) if partition else None,
        "parents": () if partition else tuple(map(relation, statement.inhRelations or ())),
        "is bounded": partition,
    }
    items = statement.tableElts or ()
    said["like"] = tuple(relation(item.relation) for item in items if isinstance(item, ast.TableLikeClause))
    if not (of_type or partition):
        columns = [item for item in items if isinstance(item, ast.ColumnDef)]
        keyed = {key for item in items if isinstance(item, ast.Constraint) for key in _primary(item)}
        # by name, as the key of a table is: the grammar takes a name twice
        keyed |= {column.colname for column in columns if any(map(_is_primary, column.constraints or ()))}
        said["how many columns"] = len(columns)
        for place, column in enumerate(columns):
            said |= column_says(column, f"columns.{place}.")
            if column.colname in keyed:
                said[f"columns.{place}.nullable.value"] = "no"
    return [Expected("CreateTable", said)]


def _primary(constraint: Node) -> tuple[str, ...]:
    return strings(constraint.keys) if _is_primary(constraint) else ()


def _is_primary(constraint: Node) -> bool:
    return bool(constraint.contype == enums.ConstrType.CONSTR_PRIMARY)


def _create_index(statement: Node) -> Iterable[Expected]:
    said = {
        "table": relation(statement.relation),
        "only": not statement.relation.inh,
        "concurrently": statement.concurrent,
        "if_not_exists": statement.if_not_exists,
        "index.name": statement.idxname or "",
        "index.unique": statement.unique,
        "index.method": statement.accessMethod,
        "index.columns": tuple(element.name for element in statement.indexParams if element.name),
        "index.include": tuple(element.name for element in statement.indexIncludingParams or ()),
        "index.nulls_distinct": not statement.nulls_not_distinct,
        "index.where given": statement.whereClause is not None,
    }
    return [Expected("CreateIndex", said)]


STATEMENTS: dict[str, Callable[[Node], Iterable[Expected]]] = {
    "AlterTableStmt": _alter_table,
    "CreateStmt": _create_table,
    "IndexStmt": _create_index,
}
