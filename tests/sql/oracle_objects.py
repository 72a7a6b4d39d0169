"""The rest of oracle.py: objects that are no tables, rows, sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from oracle import Expected, cascade, last, name_of, relation, strings, type_name
from pglast import ast, enums

from safemigrate.schema import Name

Node = Any
T = enums.ObjectType

# PostgreSQL's word for each kind of object
_WORDS = {
    T.OBJECT_ACCESS_METHOD: "ACCESS METHOD",
    T.OBJECT_AGGREGATE: "AGGREGATE",
    T.OBJECT_CAST: "CAST",
    T.OBJECT_COLLATION: "COLLATION",
    T.OBJECT_CONVERSION: "CONVERSION",
    T.OBJECT_DOMAIN: "DOMAIN",
    T.OBJECT_EVENT_TRIGGER: "EVENT TRIGGER",
    T.OBJECT_EXTENSION: "EXTENSION",
    T.OBJECT_FDW: "FOREIGN DATA WRAPPER",
    T.OBJECT_FOREIGN_SERVER: "SERVER",
    T.OBJECT_FOREIGN_TABLE: "FOREIGN TABLE",
    T.OBJECT_FUNCTION: "FUNCTION",
    T.OBJECT_LANGUAGE: "LANGUAGE",
    T.OBJECT_MATVIEW: "MATERIALIZED VIEW",
    T.OBJECT_OPCLASS: "OPERATOR CLASS",
    T.OBJECT_OPERATOR: "OPERATOR",
    T.OBJECT_OPFAMILY: "OPERATOR FAMILY",
    T.OBJECT_POLICY: "POLICY",
    T.OBJECT_PROCEDURE: "PROCEDURE",
    T.OBJECT_PUBLICATION: "PUBLICATION",
    T.OBJECT_ROLE: "ROLE",
    T.OBJECT_ROUTINE: "ROUTINE",
    T.OBJECT_RULE: "RULE",
    T.OBJECT_SCHEMA: "SCHEMA",
    T.OBJECT_SEQUENCE: "SEQUENCE",
    T.OBJECT_STATISTIC_EXT: "STATISTICS",
    T.OBJECT_SUBSCRIPTION: "SUBSCRIPTION",
    T.OBJECT_TABLE: "TABLE",
    T.OBJECT_TABLESPACE: "TABLESPACE",
    T.OBJECT_TRANSFORM: "TRANSFORM",
    T.OBJECT_TRIGGER: "TRIGGER",
    T.OBJECT_TSCONFIGURATION: "TEXT SEARCH CONFIGURATION",
    T.OBJECT_TSDICTIONARY: "TEXT SEARCH DICTIONARY",
    T.OBJECT_TSPARSER: "TEXT SEARCH PARSER",
    T.OBJECT_TSTEMPLATE: "TEXT SEARCH TEMPLATE",
    T.OBJECT_TYPE: "TYPE",
    T.OBJECT_VIEW: "VIEW",
    T.OBJECT_DATABASE: "DATABASE",
}
_ON_TABLES = (T.OBJECT_TRIGGER, T.OBJECT_POLICY, T.OBJECT_RULE)
# what has no name of its own
_NAMELESS = (T.OBJECT_CAST, T.OBJECT_TRANSFORM, T.OBJECT_OPERATOR)


def _object_name(node: Node) -> Name:
    """The name of an object, however the tree spells it."""
    if isinstance(node, ast.String):
        return Name(node.sval)
    if isinstance(node, ast.TypeName):
        return name_of(node.names)
    if isinstance(node, ast.ObjectWithArgs):
        return name_of(node.objname)
    if isinstance(node, ast.RangeVar):
        return relation(node)
    return name_of(node)


def _using(node: Node) -> Name:
    """The name of an operator class or family, behind its access method."""
    return name_of(node[1:])


# -- DROP, RENAME, SET SCHEMA ------------------------------------------------------------------------------------


def _drop(statement: Node) -> Iterable[Expected]:
    return [_dropped(statement, node) for node in statement.objects]


def _dropped(statement: Node, node: Node) -> Expected:
    kind = statement.removeType
    said: dict[str, object] = {"if_exists": statement.missing_ok, "cascade": cascade(statement)}
    if kind == T.OBJECT_TABLE:
        return Expected("DropTable", {"table": name_of(node), **said})
    if kind == T.OBJECT_INDEX:
        return Expected("DropIndex", {"index": name_of(node), "concurrently": statement.concurrent, **said})
    said["kind"] = _WORDS[kind]
    if kind in _ON_TABLES:
        said |= {"name": Name(last(node)), "table": name_of(node[:-1])}
    elif kind in (T.OBJECT_OPCLASS, T.OBJECT_OPFAMILY):
        said["name"] = _using(node)
    elif kind not in _NAMELESS:
        said["name"] = _object_name(node)
    return Expected("DropObject", said)


def _rename(statement: Node) -> Iterable[Expected]:
    kind, new = statement.renameType, statement.newname
    table = relation(statement.relation) if statement.relation else None
    if kind == T.OBJECT_COLUMN:
        return [Expected("RenameColumn", {"table": table, "column": statement.subname, "new_name": new})]
    if kind == T.OBJECT_ATTRIBUTE:
        said = {"name": table, "action": "RENAME", "attribute": statement.subname, "cascade": cascade(statement)}
        return [Expected("ChangeComposite", said)]
    if kind == T.OBJECT_TABCONSTRAINT:
        return [Expected("RenameConstraint", {"table": table, "name": statement.subname, "new_name": new})]
    if kind == T.OBJECT_DOMCONSTRAINT:
        return [Expected("AlterObject", {"kind": "RENAME CONSTRAINT", "name": name_of(statement.object)})]
    if kind == T.OBJECT_TABLE:
        return [Expected("RenameTable", {"table": table, "new_name": new, "if_exists": statement.missing_ok})]
    if kind == T.OBJECT_INDEX:
        return [Expected("RenameIndex", {"index": table, "new_name": new, "if_exists": statement.missing_ok})]
    if kind == T.OBJECT_TYPE:
        return [Expected("RenameType", {"type": name_of(statement.object), "new_name": new})]
    said = {"kind": _WORDS[kind], "new_name": new, "if_exists": statement.missing_ok}
    return [Expected("RenameObject", said | _renamed(statement, kind, table))]


def _renamed(statement: Node, kind: T, table: Name | None) -> dict[str, object]:
    if kind in _ON_TABLES:
        return {"table": table, "name": Name(statement.subname)}
    if kind in (T.OBJECT_OPCLASS, T.OBJECT_OPFAMILY):
        return {"name": _using(statement.object)}
    if table is not None:
        return {"name": table}
    return {"name": Name(statement.subname) if statement.subname else _object_name(statement.object)}


def _move(statement: Node) -> Iterable[Expected]:
    kind, new = statement.objectType, statement.newschema
    if kind == T.OBJECT_TABLE:
        said = {"table": relation(statement.relation), "new_schema": new, "if_exists": statement.missing_ok}
        return [Expected("MoveTable", said)]
    if kind in _NAMELESS:
        return [Expected("AlterObject", {"kind": "SET SCHEMA"})]
    name = relation(statement.relation) if statement.relation else None
    if kind in (T.OBJECT_OPCLASS, T.OBJECT_OPFAMILY):
        name = _using(statement.object)
    said = {"kind": _WORDS[kind], "name": name or _object_name(statement.object), "new_schema": new}
    return [Expected("MoveObject", said | {"if_exists": statement.missing_ok})]


# -- types and domains -------------------------------------------------------------------------------------------


def _create_enum(statement: Node) -> Iterable[Expected]:
    said = {"type.name": name_of(statement.typeName), "type.labels": strings(statement.vals)}
    return [Expected("CreateEnum", said)]


def _alter_enum(statement: Node) -> Iterable[Expected]:
    name = name_of(statement.typeName)
    if statement.oldVal:
        return [Expected("RenameEnumValue", {"type": name, "value": statement.oldVal, "new_value": statement.newVal})]
    said = {
        "type": name,
        "value": statement.newVal,
        "if_not_exists": statement.skipIfNewValExists,
        "neighbour": statement.newValNeighbor,
        "before": statement.newValNeighbor is not None and not statement.newValIsAfter,
    }
    return [Expected("AddEnumValue", said)]


def _create_domain(statement: Node) -> Iterable[Expected]:
    kinds = [constraint.contype for constraint in statement.constraints or ()]
    checks = [c for c in statement.constraints or () if c.contype == enums.ConstrType.CONSTR_CHECK]
    said = {
        "kind": "DOMAIN",
        "name": name_of(statement.domainname),
        "type.spelled at its beginning": type_name(statement.typeName)[0],
        "not_null": enums.ConstrType.CONSTR_NOTNULL in kinds,
        "default given": enums.ConstrType.CONSTR_DEFAULT in kinds,
        "check names": tuple(check.conname or "" for check in checks),
    }
    return [Expected("CreateDomain", said)]


def _alter_domain(statement: Node) -> Iterable[Expected]:
    domain = name_of(statement.typeName)
    said: dict[str, object] = {"domain": domain}
    match statement.subtype:
        case "T":
            return [Expected("ChangeDomainDefault", {"name": domain, "default given": statement.def_ is not None})]
        case "N":
            return [Expected("SetDomainNotNull", {**said, "required": False})]
        case "O":
            return [Expected("SetDomainNotNull", {**said, "required": True})]
        case "V":
            return [Expected("ValidateDomainConstraint", {**said, "name": statement.name})]
        case "X":
            said |= {"name": statement.name, "if_exists": statement.missing_ok, "cascade": cascade(statement)}
            return [Expected("DropDomainConstraint", said)]
    constraint = statement.def_
    said |= {"constraint.name": constraint.conname or "", "constraint.valid": not constraint.skip_validation}
    return [Expected("AddDomainConstraint", said)]


# -- what is known by kind and name ------------------------------------------------------------------------------


def _created(kind: str, name: Callable[[Node], Name], **fields: str) -> Callable[[Node], Iterable[Expected]]:
    def translate(statement: Node) -> Iterable[Expected]:
        said = {field: getattr(statement, attribute) for field, attribute in fields.items()}
        return [Expected("CreateObject", {"kind": kind, "name": name(statement), **said})]

    return translate


def _define(statement: Node) -> Iterable[Expected]:
    kind = _WORDS[statement.kind]
    name = name_of(statement.defnames)
    if kind == "AGGREGATE":
        return [Expected("CreateFunction", {"kind": kind, "name": name, "or_replace": statement.replace})]
    said = {"kind": kind} if kind == "OPERATOR" else {"kind": kind, "name": name}
    return [Expected("CreateObject", {**said, "if_not_exists": statement.if_not_exists})]


def _create_schema(statement: Node) -> Iterable[Expected]:
    name = statement.schemaname or role(statement.authrole)
    return [
        Expected("CreateObject", {"kind": "SCHEMA", "name": Name(name), "if_not_exists": statement.if_not_exists})
    ]


def _altered(kind: str, name: Callable[[Node], Name]) -> Callable[[Node], Iterable[Expected]]:
    return lambda statement: [Expected("AlterObject", {"kind": kind, "name": name(statement)})]


def _owner(statement: Node) -> Iterable[Expected]:
    kind = statement.objectType
    if kind in _NAMELESS or kind == T.OBJECT_LARGEOBJECT:
        return [Expected("AlterObject", {"kind": "OWNER TO"})]
    if kind in (T.OBJECT_OPCLASS, T.OBJECT_OPFAMILY):
        return [Expected("AlterObject", {"kind": "OWNER TO", "name": _using(statement.object)})]
    name = relation(statement.relation) if statement.relation else _object_name(statement.object)
    return [Expected("AlterObject", {"kind": "OWNER TO", "name": name})]


def _said(verb: str) -> Callable[[Node], Iterable[Expected]]:
    def translate(statement: Node) -> Iterable[Expected]:
        said: dict[str, object] = {"kind": verb}
        match statement.objtype:
            case T.OBJECT_COLUMN:
                said |= {"name": Name(last(statement.object)), "table": name_of(statement.object[:-1])}
            case T.OBJECT_TABLE:
                said |= {"name": name_of(statement.object), "table": name_of(statement.object)}
            case T.OBJECT_TABCONSTRAINT | T.OBJECT_TRIGGER | T.OBJECT_POLICY | T.OBJECT_RULE:
                said |= {"name": Name(last(statement.object)), "table": name_of(statement.object[:-1])}
        return [Expected("Comment" if verb == "COMMENT" else "AlterObject", said)]

    return translate


# -- triggers, policies, rules, functions ------------------------------------------------------------------------

_EVENTS = ((4, "INSERT"), (8, "DELETE"), (16, "UPDATE"), (32, "TRUNCATE"))


def _create_trigger(statement: Node) -> Iterable[Expected]:
    said = {
        "name": Name(statement.trigname),
        "table": relation(statement.relation),
        "or_replace": statement.replace,
        "constraint": statement.isconstraint,
        "each_row": statement.row,
        "timing": {2: "BEFORE", 64: "INSTEAD OF"}.get(statement.timing, "AFTER"),
        "events in any order": {word for bit, word in _EVENTS if statement.events & bit},
        "columns": strings(statement.columns),
        "function": name_of(statement.funcname),
    }
    return [Expected("CreateTrigger", said)]


def _create_policy(statement: Node) -> Iterable[Expected]:
    said = {
        "name": Name(statement.policy_name),
        "table": relation(statement.table),
        "permissive": statement.permissive,
        "command": statement.cmd_name.upper(),
        "roles": tuple(map(role, statement.roles)),
    }
    return [Expected("CreatePolicy", said)]


def _change_policy(statement: Node) -> Iterable[Expected]:
    said = {"kind": "POLICY", "name": Name(statement.policy_name), "table": relation(statement.table)}
    return [Expected("ChangePolicy", said)]


def role(node: Node) -> str:
    return (
        node.rolename or {2: "current_user", 1: "current_role", 3: "session_user", 4: "public"}[node.roletype.value]
    )


def _create_rule(statement: Node) -> Iterable[Expected]:
    events = {1: "SELECT", 2: "UPDATE", 3: "INSERT", 4: "DELETE"}
    said = {
        "name": Name(statement.rulename),
        "table": relation(statement.relation),
        "or_replace": statement.replace,
        "event": events[statement.event.value],
        "instead": statement.instead,
    }
    return [Expected("CreateRule", said)]


_IN = ("FUNC_PARAM_IN", "FUNC_PARAM_INOUT", "FUNC_PARAM_VARIADIC", "FUNC_PARAM_DEFAULT")
_VOLATILITIES = {"immutable": "constant", "stable": "stable", "volatile": "volatile"}


def _create_function(statement: Node) -> Iterable[Expected]:
    options = {option.defname: option.arg for option in statement.options or ()}
    given = [p for p in statement.parameters or () if p.mode.name in _IN]
    said: dict[str, object] = {
        "kind": "PROCEDURE" if statement.is_procedure else "FUNCTION",
        "name": name_of(statement.funcname),
        "or_replace": statement.replace,
        "how many arguments": len(given),
        "required": sum(p.defexpr is None for p in given),
        "volatility.value": _VOLATILITIES[options["volatility"].sval] if "volatility" in options else "volatile",
        "security_definer": bool(options["security"].boolval) if "security" in options else False,
        "settings": tuple(
            "timezone" if o.arg.name == "timezone" else o.arg.name
            for o in statement.options or ()
            if o.defname == "set" and o.arg.kind.name != "VAR_RESET"
        ),
    }
    if "language" in options:
        said["language in any case"] = options["language"].sval.lower()
    return [Expected("CreateFunction", said)]


def _alter_function(statement: Node) -> Iterable[Expected]:
    kind = {T.OBJECT_PROCEDURE: "PROCEDURE", T.OBJECT_ROUTINE: "ROUTINE"}.get(statement.objtype, "FUNCTION")
    return [Expected("AlterObject", {"kind": kind, "name": name_of(statement.func.objname)})]


# -- views -------------------------------------------------------------------------------------------------------


def _create_view(statement: Node) -> Iterable[Expected]:
    said: dict[str, object] = {
        "kind": "VIEW",
        "name": relation(statement.view),
        "or_replace": statement.replace,
        "temporary": statement.view.relpersistence == "t",
    }
    return [Expected("CreateView", said | _listed(statement.aliases) | {"reads at least": read_by(statement.query)})]


def _listed(aliases: Node) -> dict[str, object]:
    return {"columns begin": strings(aliases)} if aliases else {}


def _create_as(statement: Node) -> Iterable[Expected]:
    into = statement.into
    if statement.objtype == T.OBJECT_MATVIEW:
        said: dict[str, object] = {
            "kind": "MATERIALIZED VIEW",
            "name": relation(into.rel),
            "if_not_exists": statement.if_not_exists,
            "with_data": not into.skipData,
            "reads at least": read_by(statement.query),
        }
        return [Expected("CreateView", said | _listed(into.colNames))]
    return [made_from(into, statement.query, statement.if_not_exists)]


def made_from(into: Node, query: Node, if_not_exists: bool) -> Expected:
    said = {
        "table": relation(into.rel),
        "temporary": into.rel.relpersistence == "t",
        "unlogged": into.rel.relpersistence == "u",
        "if_not_exists": if_not_exists,
        "selects": True,
        "reads at least": read_by(query),
    }
    return Expected("CreateTable", said)


def read_by(query: Node) -> frozenset[Name]:
    """The tables that a query names, without those that its WITH makes."""
    found: set[Name] = set()
    made: set[str] = set()

    def visit(node: Node) -> None:
        if isinstance(node, tuple):
            for each in node:
                visit(each)
        elif isinstance(node, ast.Node):
            if isinstance(node, ast.CommonTableExpr):
                made.add(node.ctename)
            elif isinstance(node, ast.RangeVar):
                found.add(relation(node))
            for attribute in node:
                visit(getattr(node, attribute))

    visit(query)
    return frozenset(name for name in found if name.schema is not None or name.name not in made)


# -- privileges, publications ------------------------------------------------------------------------------------

_TARGETS = {"OBJECT_FOREIGN_SERVER": "FOREIGN SERVER", "OBJECT_PARAMETER_ACL": "PARAMETER"}


def _grant(statement: Node) -> Iterable[Expected]:
    word = _TARGETS.get(statement.objtype.name, _WORDS.get(statement.objtype, "LARGE OBJECT"))
    if statement.targtype == enums.GrantTargetType.ACL_TARGET_ALL_IN_SCHEMA:
        word = f"ALL {word}S IN SCHEMA"
    granted = tuple(
        (p.priv_name.upper() if p.priv_name else "ALL", column)
        for p in statement.privileges or ()
        for column in strings(p.cols) or ("",)
    )
    said: dict[str, object] = {
        "on": word,
        "granted": granted or (("ALL", ""),),
        "roles": tuple(map(role, statement.grantees)),
        "grantable": statement.grant_option,
    }
    if word not in ("LARGE OBJECT", "PARAMETER"):
        said["names"] = tuple(map(_object_name, statement.objects))
    if not statement.is_grant:
        said["cascade"] = cascade(statement)
    return [Expected("Grant" if statement.is_grant else "Revoke", said)]


def _grant_role(statement: Node) -> Iterable[Expected]:
    said = {
        "on": "",
        "granted": tuple((p.priv_name, "") for p in statement.granted_roles),
        "roles": tuple(map(role, statement.grantee_roles)),
    }
    return [Expected("Grant" if statement.is_grant else "Revoke", said)]


def _default_privileges(statement: Node) -> Iterable[Expected]:
    action = statement.action
    said = {"kind": "DEFAULT PRIVILEGES", "roles": tuple(map(role, action.grantees))}
    return [Expected("Grant" if action.is_grant else "Revoke", said)]


def _published(objects: Iterable[Node] | None) -> dict[str, object]:
    tables = tuple(relation(o.pubtable.relation) for o in objects or () if o.pubtable is not None)
    schemas = tuple(o.name or "current_schema" for o in objects or () if o.pubtable is None)
    return {"tables": tables, "schemas": schemas}


def _create_publication(statement: Node) -> Iterable[Expected]:
    said = {"name": Name(statement.pubname), "everything": statement.for_all_tables}
    return [Expected("CreatePublication", said | _published(statement.pubobjects))]


def _alter_publication(statement: Node) -> Iterable[Expected]:
    actions = {"AP_AddObjects": "ADD", "AP_DropObjects": "DROP", "AP_SetObjects": "SET"}
    action = "SET PARAMETERS" if statement.options else actions[statement.action.name]
    said = {"name": Name(statement.pubname), "action": action}
    return [Expected("ChangePublication", said | _published(statement.pubobjects))]


def _moved_all(statement: Node) -> Iterable[Expected]:
    said = {"name": Name(statement.orig_tablespacename), "tablespace": statement.new_tablespacename}
    return [Expected("SetTablespace", {"kind": _WORDS.get(statement.objtype, "INDEX"), **said})]


def _server(kind: str, name: str = "") -> Callable[[Node], Iterable[Expected]]:
    def translate(statement: Node) -> Iterable[Expected]:
        said = {"name": getattr(statement, name)} if name else {}
        return [Expected("ServerCommand", {"kind": kind, **said})]

    return translate


def _named(attribute: str) -> Callable[[Node], Name]:
    return lambda statement: Name(getattr(statement, attribute))


def _of_relation(attribute: str) -> Callable[[Node], Name]:
    return lambda statement: relation(getattr(statement, attribute))


def _of_names(attribute: str) -> Callable[[Node], Name]:
    return lambda statement: name_of(getattr(statement, attribute))


STATEMENTS: dict[str, Callable[[Node], Iterable[Expected]]] = {
    "DropStmt": _drop,
    "RenameStmt": _rename,
    "AlterObjectSchemaStmt": _move,
    "AlterOwnerStmt": _owner,
    "CreateEnumStmt": _create_enum,
    "AlterEnumStmt": _alter_enum,
    "CreateDomainStmt": _create_domain,
    "AlterDomainStmt": _alter_domain,
    "CompositeTypeStmt": _created("TYPE", _of_relation("typevar")),
    "CreateRangeStmt": _created("TYPE", _of_names("typeName")),
    "DefineStmt": _define,
    "CreateSchemaStmt": _create_schema,
    "CreateExtensionStmt": _created("EXTENSION", _named("extname"), if_not_exists="if_not_exists"),
    "AlterExtensionStmt": _altered("EXTENSION", _named("extname")),
    "AlterExtensionContentsStmt": _altered("EXTENSION", _named("extname")),
    "CreateSeqStmt": _created("SEQUENCE", _of_relation("sequence"), if_not_exists="if_not_exists"),
    "AlterSeqStmt": _altered("SEQUENCE", _of_relation("sequence")),
    "CreateTrigStmt": _create_trigger,
    "CreatePolicyStmt": _create_policy,
    "AlterPolicyStmt": _change_policy,
    "RuleStmt": _create_rule,
    "CreateEventTrigStmt": _created("EVENT TRIGGER", _named("trigname")),
    "AlterEventTrigStmt": _altered("EVENT TRIGGER", _named("trigname")),
    "CreateFunctionStmt": _create_function,
    "AlterFunctionStmt": _alter_function,
    "ViewStmt": _create_view,
    "CreateTableAsStmt": _create_as,
    "GrantStmt": _grant,
    "GrantRoleStmt": _grant_role,
    "AlterDefaultPrivilegesStmt": _default_privileges,
    "CreatePublicationStmt": _create_publication,
    "AlterPublicationStmt": _alter_publication,
    "CommentStmt": _said("COMMENT"),
    "SecLabelStmt": _said("SECURITY LABEL"),
    "AlterTableMoveAllStmt": _moved_all,
    "CreateRoleStmt": _created("ROLE", _named("role")),
    "CreateForeignTableStmt": lambda s: [
        Expected("CreateObject", {"kind": "FOREIGN TABLE", "name": relation(s.base.relation)})
    ],
    "CreateFdwStmt": _created("FOREIGN DATA WRAPPER", _named("fdwname")),
    "AlterFdwStmt": _altered("FOREIGN DATA WRAPPER", _named("fdwname")),
    "CreateForeignServerStmt": _created("SERVER", _named("servername"), if_not_exists="if_not_exists"),
    "AlterForeignServerStmt": _altered("SERVER", _named("servername")),
    "CreatePLangStmt": _created("LANGUAGE", _named("plname")),
    "CreateAmStmt": _created("ACCESS METHOD", _named("amname")),
    "CreateConversionStmt": _created("CONVERSION", _of_names("conversion_name")),
    "CreateOpClassStmt": _created("OPERATOR CLASS", _of_names("opclassname")),
    "CreateOpFamilyStmt": _created("OPERATOR FAMILY", _of_names("opfamilyname")),
    "AlterOpFamilyStmt": _altered("OPERATOR FAMILY", _of_names("opfamilyname")),
    "AlterTSConfigurationStmt": _altered("TEXT SEARCH CONFIGURATION", _of_names("cfgname")),
    "AlterTSDictionaryStmt": _altered("TEXT SEARCH DICTIONARY", _of_names("dictname")),
    "AlterStatsStmt": _altered("STATISTICS", _of_names("defnames")),
    "AlterCollationStmt": _altered("COLLATION", _of_names("collname")),
    "AlterTypeStmt": _altered("TYPE", _of_names("typeName")),
    "AlterDatabaseSetStmt": _altered("DATABASE", _named("dbname")),
    "AlterDatabaseRefreshCollStmt": _altered("DATABASE", _named("dbname")),
    "AlterRoleStmt": lambda s: [Expected("AlterObject", {"kind": "ROLE", "name": Name(role(s.role))})],
    "AlterRoleSetStmt": lambda s: [Expected("AlterObject", {"kind": "ROLE"})],
    "CreateStatsStmt": lambda s: [Expected("CreateObject", {"kind": "STATISTICS", "if_not_exists": s.if_not_exists})],
    "CreateCastStmt": lambda s: [Expected("CreateObject", {"kind": "CAST"})],
    "CreateTransformStmt": lambda s: [Expected("CreateObject", {"kind": "TRANSFORM", "or_replace": s.replace})],
    "CreateUserMappingStmt": lambda s: [Expected("CreateObject", {"kind": "USER MAPPING"})],
    "AlterUserMappingStmt": lambda s: [Expected("AlterObject", {"kind": "USER MAPPING"})],
    "DropUserMappingStmt": lambda s: [Expected("DropObject", {"kind": "USER MAPPING", "if_exists": s.missing_ok})],
    "AlterOperatorStmt": lambda s: [Expected("AlterObject", {"kind": "OPERATOR"})],
    "AlterObjectDependsStmt": lambda s: [Expected("AlterObject", {"kind": "DEPENDS ON EXTENSION"})],
    "DropRoleStmt": lambda s: [
        Expected("DropObject", {"kind": "ROLE", "name": Name(role(r)), "if_exists": s.missing_ok}) for r in s.roles
    ],
    "DropOwnedStmt": lambda s: [
        Expected("DropObject", {"kind": "OWNED BY", "name": Name(role(r)), "cascade": cascade(s)}) for r in s.roles
    ],
    "ReassignOwnedStmt": lambda s: [
        Expected("AlterObject", {"kind": "REASSIGN OWNED", "name": Name(role(s.roles[0]))})
    ],
    "ImportForeignSchemaStmt": lambda s: [
        Expected("CreateObject", {"kind": "FOREIGN SCHEMA", "name": Name(s.local_schema)})
    ],
    "CreateSubscriptionStmt": lambda s: [Expected("ServerCommand or CreateObject", {})],
    "AlterSubscriptionStmt": lambda s: [Expected("ServerCommand or AlterObject", {})],
    "DropSubscriptionStmt": _server("DROP SUBSCRIPTION", "subname"),
    "CreatedbStmt": _server("CREATE DATABASE", "dbname"),
    "DropdbStmt": _server("DROP DATABASE", "dbname"),
    "AlterDatabaseStmt": lambda s: [Expected("ServerCommand or AlterObject", {})],
    "CreateTableSpaceStmt": _server("CREATE TABLESPACE", "tablespacename"),
    "DropTableSpaceStmt": _server("DROP TABLESPACE", "tablespacename"),
    "AlterTableSpaceOptionsStmt": _altered("TABLESPACE", _named("tablespacename")),
    "AlterSystemStmt": _server("ALTER SYSTEM"),
}
