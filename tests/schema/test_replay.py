"""The replayed schema holds what a server holds after the same statements."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest
from sql_cases import Connection, replayed

from safemigrate.schema import Answer, Generation, Schema
from safemigrate.schema.model import Column
from safemigrate.schema.name import Name, quoted
from safemigrate.schema.schema import TEMPORARY
from safemigrate.sql import cut

_PARTS = re.split(r"^-- # (.+)$", (Path(__file__).parent / "replay.sql").read_text("utf-8"), flags=re.MULTILINE)
CASES = [
    pytest.param(tuple(piece.text for piece in cut(text)), id=title)
    for title, text in zip(_PARTS[1::2], _PARTS[2::2], strict=True)
]
SPACES = "nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND nspname !~ '^pg_toast'"

Rows = set[tuple[object, ...]]


def full(name: Name | None) -> str | None:
    return None if name is None else f"{name.schema}.{name.name}"


def asked(connection: Connection, question: str) -> Rows:
    """The rows of *question*, with the name of the session's schema as we have it."""
    rows = connection.execute(question.replace("SPACES", SPACES)).fetchall()
    return {
        tuple(re.sub(r"^pg_temp_\d+\.", f"{TEMPORARY}.", v) if isinstance(v, str) else v for v in row) for row in rows
    }


COLUMNS = """
SELECT nspname || '.' || relname, attname, attnotnull, attidentity::text || attgenerated::text,
       d.adbin IS NOT NULL AND attgenerated = ''
FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid JOIN pg_namespace AS n ON n.oid = relnamespace
LEFT JOIN pg_attrdef AS d ON d.adrelid = attrelid AND d.adnum = attnum
WHERE SPACES AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped"""
LETTERS = {
    Generation.IDENTITY_ALWAYS: "a",
    Generation.IDENTITY_BY_DEFAULT: "d",
    Generation.STORED: "s",
    Generation.VIRTUAL: "v",
}


def columns(schema: Schema) -> Rows:
    return {
        (
            full(table.name),
            column.name,
            column.nullable is Answer.NO,
            LETTERS.get(column.generation, ""),
            _default(column),
        )
        for table in schema.tables.values()
        for column in table.columns.values()
    }


def _default(column: Column) -> bool:
    return column.default is not None or column.generation is Generation.SERIAL


TYPES = """
SELECT nspname || '.' || relname, attname, format_type(atttypid, atttypmod)
FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid JOIN pg_namespace AS n ON n.oid = relnamespace
WHERE SPACES AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped"""


def types(schema: Schema) -> Rows:
    return {
        (full(table.name), column.name, column.type.sql() if column.type else None)
        for table in schema.tables.values()
        for column in table.columns.values()
    }


CONSTRAINTS = """
SELECT nspname || '.' || relname, conname, convalidated
FROM pg_constraint JOIN pg_class AS c ON c.oid = conrelid JOIN pg_namespace AS n ON n.oid = relnamespace
WHERE SPACES AND contype NOT IN ('n', 't')"""


def constraints(schema: Schema) -> Rows:
    return {
        (full(table.name), name, getattr(constraint, "valid", True))
        for table in schema.tables.values()
        for name, constraint in table.constraints.items()
    }


INDEXES = """
SELECT nspname || '.' || t.relname, i.relname, indisunique
FROM pg_index JOIN pg_class AS t ON t.oid = indrelid JOIN pg_class AS i ON i.oid = indexrelid
JOIN pg_namespace AS n ON n.oid = t.relnamespace WHERE SPACES"""


def indexes(schema: Schema) -> Rows:
    return {
        (full(table.name), name, index.unique)
        for table in schema.tables.values()
        for name, index in table.indexes.items()
    }


TABLES = """
SELECT nspname || '.' || relname, relrowsecurity, relforcerowsecurity, relreplident::text,
       (SELECT p.relname FROM pg_inherits JOIN pg_class AS p ON p.oid = inhparent
        WHERE inhrelid = c.oid AND c.relispartition)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace WHERE SPACES AND relkind IN ('r', 'p')"""


def tables(schema: Schema) -> Rows:
    return {
        (
            full(table.name),
            table.row_security,
            table.forced,
            table.replica_identity[0].lower(),
            table.partition_of.name if table.partition_of else None,
        )
        for table in schema.tables.values()
    }


VIEWS = """
SELECT nspname || '.' || relname,
       (SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace WHERE SPACES AND relkind IN ('v', 'm')"""


def views(schema: Schema) -> Rows:
    return {(full(view.name), ",".join(view.columns)) for view in schema.views.values()}


READS = """
SELECT DISTINCT vn.nspname || '.' || v.relname, tn.nspname || '.' || t.relname, attname
FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
JOIN pg_class AS v ON v.oid = ev_class JOIN pg_namespace AS vn ON vn.oid = v.relnamespace
JOIN pg_class AS t ON t.oid = d.refobjid AND t.oid <> v.oid JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid AND d.refobjsubid > 0
WHERE vn.nspname NOT IN ('pg_catalog', 'information_schema')"""


def reads(schema: Schema) -> Rows:
    return {(full(view.name), full(table), column) for view in schema.views.values() for table, column in view.reads}


TRIGGERS = """
SELECT nspname || '.' || relname, tgname, tgenabled = 'O', proname
FROM pg_trigger JOIN pg_class AS c ON c.oid = tgrelid JOIN pg_namespace AS n ON n.oid = relnamespace
JOIN pg_proc AS p ON p.oid = tgfoid WHERE SPACES AND NOT tgisinternal"""


def triggers(schema: Schema) -> Rows:
    return {
        (full(table.name), name, trigger.enabled, trigger.function.name if trigger.function else None)
        for table in schema.tables.values()
        for name, trigger in table.triggers.items()
    }


POLICIES = """
SELECT nspname || '.' || relname, polname, polpermissive
FROM pg_policy JOIN pg_class AS c ON c.oid = polrelid JOIN pg_namespace AS n ON n.oid = relnamespace WHERE SPACES"""


def policies(schema: Schema) -> Rows:
    return {
        (full(table.name), name, policy.permissive)
        for table in schema.tables.values()
        for name, policy in table.policies.items()
    }


FUNCTIONS = """
SELECT nspname || '.' || proname, oidvectortypes(proargtypes), provolatile::text
FROM pg_proc JOIN pg_namespace AS n ON n.oid = pronamespace WHERE SPACES"""


def functions(schema: Schema) -> Rows:
    letters = {"constant": "i", "stable": "s", "volatile": "v"}
    return {
        (full(function.name), ", ".join(function.arguments), letters[function.volatility.value])
        for overloads in schema.functions.values()
        for function in overloads
    }


DOMAINS = """
SELECT nspname || '.' || typname, typnotnull,
       (SELECT string_agg(conname || convalidated, ',' ORDER BY conname) FROM pg_constraint
        WHERE contypid = t.oid AND contype = 'c')
FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = typnamespace WHERE SPACES AND typtype = 'd'"""


def domains(schema: Schema) -> Rows:
    return {
        (
            full(domain.name),
            domain.not_null,
            ",".join(sorted(f"{c.name}{str(c.valid).lower()}" for c in domain.constraints)) or None,
        )
        for domain in schema.domains.values()
    }


ENUMS = """
SELECT nspname || '.' || typname FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = typnamespace
WHERE SPACES AND typtype = 'e'"""


def enums(schema: Schema) -> Rows:
    return {(full(name),) for name in schema.enums}


QUESTIONS = (
    (COLUMNS, columns),
    (TYPES, types),
    (CONSTRAINTS, constraints),
    (INDEXES, indexes),
    (TABLES, tables),
    (VIEWS, views),
    (READS, reads),
    (TRIGGERS, triggers),
    (POLICIES, policies),
    (FUNCTIONS, functions),
    (DOMAINS, domains),
    (ENUMS, enums),
)


@pytest.mark.parametrize("statements", CASES)
def test_replay_ends_where_a_server_ends(statements: tuple[str, ...], database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
        found = replayed(statements)
        for question, answer in QUESTIONS:
            assert sorted(asked(connection, question), key=repr) == sorted(answer(found), key=repr)
    # names that need quotes would be spelled otherwise by the server
    assert all(quoted(name.name) == name.name for name in found.tables)
