"""The rest of oracle.py: rows, maintenance, the session and its transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from oracle import Expected, cascade, relation, strings
from oracle_objects import made_from, read_by
from pglast import ast

from safemigrate.schema import Name

Node = Any


def runs_what_it_explains(statement: Node) -> bool:
    return "analyze" in _switched_on(statement.options)


def _switched_on(options: Iterable[Node] | None) -> frozenset[str]:
    """The options that are on: without a value, or with one that says so."""
    return frozenset(option.defname for option in options or () if _is_on(option.arg))


def _is_on(value: Node) -> bool:
    if value is None:
        return True
    written = getattr(value, "sval", None) or getattr(value, "boolval", None) or getattr(value, "ival", None)
    return str(written).lower() in ("true", "on", "1")


# -- rows --------------------------------------------------------------------------------------------------------


def _with(translate: Callable[[Node], Expected]) -> Callable[[Node], Iterable[Expected]]:
    """What a statement writes, behind what its WITH writes."""

    def all_writes(statement: Node) -> Iterable[Expected]:
        return [*_written_before(statement), translate(statement)]

    return all_writes


def _written_before(statement: Node) -> list[Expected]:
    found: list[Expected] = []
    for common in statement.withClause.ctes if statement.withClause else ():
        translate = STATEMENTS.get(type(common.ctequery).__name__)
        if translate is not None and not isinstance(common.ctequery, ast.SelectStmt):
            found += translate(common.ctequery)
    return found


def _insert(statement: Node) -> Expected:
    query = statement.selectStmt
    plain = query is None or bool(query.valuesLists)
    said = {
        "table": relation(statement.relation),
        "columns": tuple(target.name for target in statement.cols or ()),
        "selects": not plain,
    }
    return Expected("Insert", said)


def _update(statement: Node) -> Expected:
    said = {
        "table": relation(statement.relation),
        "columns assigned": tuple(target.name for target in statement.targetList),
        "where given": statement.whereClause is not None,
    }
    return Expected("Update", said)


def _delete(statement: Node) -> Expected:
    return Expected(
        "Delete", {"table": relation(statement.relation), "where given": statement.whereClause is not None}
    )


def _merge(statement: Node) -> Expected:
    clauses = statement.mergeWhenClauses
    written = [target.name for clause in clauses for target in clause.targetList or ()]
    said = {
        "table": relation(statement.relation),
        "deletes": any(clause.commandType.name == "CMD_DELETE" for clause in clauses),
        "columns": tuple(dict.fromkeys(written)),
    }
    return Expected("Merge", said)


def _select(statement: Node) -> Iterable[Expected]:
    writes = _written_before(statement)
    first = statement
    while first.larg is not None:
        first = first.larg
    if first.intoClause is not None:
        made = made_from(first.intoClause, statement, False)
        into = relation(first.intoClause.rel)
        read = frozenset(name for name in read_by(statement) if name != into)
        return [*writes, Expected("CreateTable", made.said | {"reads at least": read})]
    return writes or [Expected("Query or SetParameter", {"tables at least": read_by(statement)})]


def _copy(statement: Node) -> Iterable[Expected]:
    said = {
        "table": relation(statement.relation) if statement.relation else None,
        "columns": strings(statement.attlist),
        "writes": statement.is_from,
    }
    written = type(statement.query).__name__ in ("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt")
    before = STATEMENTS[type(statement.query).__name__](statement.query) if written else ()
    return [*before, Expected("Copy", said)]


def _truncate(statement: Node) -> Iterable[Expected]:
    said = {
        "tables": tuple(map(relation, statement.relations)),
        "cascade": cascade(statement),
        "restart_identity": statement.restart_seqs,
    }
    return [Expected("Truncate", said)]


_MODES = (
    "ACCESS SHARE",
    "ROW SHARE",
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
)


def _lock(statement: Node) -> Iterable[Expected]:
    said = {
        "tables": tuple(map(relation, statement.relations)),
        "mode": _MODES[statement.mode - 1],
        "nowait": statement.nowait,
    }
    return [Expected("LockTable", said)]


# -- maintenance -------------------------------------------------------------------------------------------------


def _vacuum(statement: Node) -> Iterable[Expected]:
    tables = tuple(relation(each.relation) for each in statement.rels or ())
    if not statement.is_vacuumcmd:
        return [Expected("Analyze", {"tables": tables})]
    return [Expected("Vacuum", {"tables": tables, "full": "full" in _switched_on(statement.options)})]


def _cluster(statement: Node) -> Iterable[Expected]:
    table = relation(statement.relation) if statement.relation else None
    return [Expected("Cluster", {"table": table, "index": statement.indexname})]


def _reindex(statement: Node) -> Iterable[Expected]:
    name = relation(statement.relation) if statement.relation else Name(statement.name or "")
    said = {
        "kind": statement.kind.name.removeprefix("REINDEX_OBJECT_"),
        "name": name,
        "concurrently": "concurrently" in _switched_on(statement.params),
    }
    return [Expected("Reindex", said)]


def _refresh(statement: Node) -> Iterable[Expected]:
    said = {
        "view": relation(statement.relation),
        "concurrently": statement.concurrent,
        "with_data": not statement.skipData,
    }
    return [Expected("RefreshView", said)]


# -- the session -------------------------------------------------------------------------------------------------

_TRANSACTIONS = {
    "TRANS_STMT_BEGIN": ("BEGIN",),
    "TRANS_STMT_START": ("START",),
    "TRANS_STMT_COMMIT": ("COMMIT", "END"),
    "TRANS_STMT_ROLLBACK": ("ROLLBACK", "ABORT"),
    "TRANS_STMT_SAVEPOINT": ("SAVEPOINT",),
    "TRANS_STMT_RELEASE": ("RELEASE",),
    "TRANS_STMT_ROLLBACK_TO": ("ROLLBACK TO", "ABORT TO"),
    "TRANS_STMT_PREPARE": ("PREPARE TRANSACTION",),
    "TRANS_STMT_COMMIT_PREPARED": ("COMMIT PREPARED",),
    "TRANS_STMT_ROLLBACK_PREPARED": ("ROLLBACK PREPARED",),
}


def _transaction(statement: Node) -> Iterable[Expected]:
    return [Expected("TransactionControl", {"kind is one of": _TRANSACTIONS[statement.kind.name]})]


_COMMANDS = {
    "TRANSACTION": "SET TRANSACTION",
    "SESSION CHARACTERISTICS": "SET SESSION CHARACTERISTICS",
    "TRANSACTION SNAPSHOT": "SET TRANSACTION",
}


def _set(statement: Node) -> Iterable[Expected]:
    if statement.name in _COMMANDS:
        return [Expected("SessionCommand", {"kind": _COMMANDS[statement.name]})]
    if statement.name == "session_authorization":
        return [Expected("SessionCommand or SetParameter", {})]
    name = "all" if statement.kind.name == "VAR_RESET_ALL" else statement.name.lower()
    said = {"name without quotes": name, "local": statement.is_local}
    if statement.kind.name in ("VAR_RESET", "VAR_RESET_ALL", "VAR_SET_DEFAULT"):
        said["value"] = None
    return [Expected("SetParameter", said)]


def _command(*kinds: str) -> Callable[[Node], Iterable[Expected]]:
    return lambda statement: [Expected("SessionCommand", {"kind is one of": kinds})]


def _unreadable(statement: Node) -> Iterable[Expected]:
    """What runs code that no statement shows."""
    return [Expected("Unreadable", {})]


STATEMENTS: dict[str, Callable[[Node], Iterable[Expected]]] = {
    "InsertStmt": _with(_insert),
    "UpdateStmt": _with(_update),
    "DeleteStmt": _with(_delete),
    "MergeStmt": _with(_merge),
    "SelectStmt": _select,
    "CopyStmt": _copy,
    "TruncateStmt": _truncate,
    "LockStmt": _lock,
    "VacuumStmt": _vacuum,
    "ClusterStmt": _cluster,
    "ReindexStmt": _reindex,
    "RefreshMatViewStmt": _refresh,
    "TransactionStmt": _transaction,
    "VariableSetStmt": _set,
    "VariableShowStmt": lambda s: [Expected("Query", {})],
    "FetchStmt": lambda s: [Expected("Query", {})],
    "ConstraintsSetStmt": _command("SET CONSTRAINTS"),
    "NotifyStmt": _command("NOTIFY"),
    "ListenStmt": _command("LISTEN"),
    "UnlistenStmt": _command("UNLISTEN"),
    "DiscardStmt": lambda s: [Expected("ServerCommand" if s.target == 0 else "SessionCommand", {"kind": "DISCARD"})],
    "CheckPointStmt": _command("CHECKPOINT"),
    "LoadStmt": _command("LOAD"),
    "PrepareStmt": _command("PREPARE"),
    "DeallocateStmt": _command("DEALLOCATE"),
    "DeclareCursorStmt": _command("DECLARE"),
    "ClosePortalStmt": _command("CLOSE"),
    "CallStmt": _unreadable,
    "DoStmt": lambda s: [Expected("code", {})],
    "ExecuteStmt": _unreadable,
}
