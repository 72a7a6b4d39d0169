"""Privileges, comments and what ALTER COLUMN sets: the schema keeps of them what PostgreSQL keeps."""

from __future__ import annotations

import psycopg
import pytest

from safemigrate.schema import Name, Schema, after
from safemigrate.sql import read

GIVEN = """
    CREATE TABLE t (a text, b integer, c text STORAGE external);
    CREATE TABLE p (a text, b integer) PARTITION BY LIST (b);
    CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
    CREATE INDEX ix ON t (a);
    ALTER TABLE t ADD CONSTRAINT ck CHECK (b > 0);
    ALTER TABLE p ALTER a SET STORAGE external;
"""
ON_COLUMNS = """
    SELECT r.relname, coalesce(a.attname, ''), coalesce(w.rolname, 'public'), g.privilege_type, g.is_grantable
    FROM pg_class AS r
    LEFT JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    CROSS JOIN aclexplode(a.attacl) AS g
    LEFT JOIN pg_roles AS w ON w.oid = g.grantee
    WHERE r.relnamespace = 'public'::regnamespace
"""
ON_TABLES = """
    SELECT r.relname, '', coalesce(w.rolname, 'public'), g.privilege_type, g.is_grantable
    FROM pg_class AS r
    CROSS JOIN aclexplode(r.relacl) AS g
    LEFT JOIN pg_roles AS w ON w.oid = g.grantee
    WHERE r.relnamespace = 'public'::regnamespace AND g.grantee <> r.relowner
"""
TUNED = """
    SELECT r.relname, a.attname, nullif(a.attstattarget, -1),
           CASE WHEN a.attstorage <> y.typstorage THEN a.attstorage::text END, nullif(a.attcompression::text, ''),
           array_to_string(a.attoptions, ', '), col_description(r.oid, a.attnum)
    FROM pg_class AS r
    JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type AS y ON y.oid = a.atttypid
    WHERE r.relnamespace = 'public'::regnamespace AND r.relkind IN ('r', 'p')
"""
STORAGES = {"PLAIN": "p", "EXTERNAL": "e", "EXTENDED": "x", "MAIN": "m"}
COMPRESSIONS = {"PGLZ": "p", "LZ4": "l"}


def replayed(*scripts: str) -> Schema:
    schema = Schema(complete=True)
    for script in scripts:
        for statement in filter(str.strip, script.split(";")):
            for operation in read(statement):
                schema = after(operation, schema)
    return schema


def asked(database: str, query: str, *scripts: str) -> set[tuple[object, ...]]:
    with psycopg.connect(database) as connection:
        for script in scripts:
            connection.execute(script.encode())
        found = set(connection.execute(query.encode()).fetchall())
        connection.rollback()
    return found


def granted(schema: Schema) -> set[tuple[object, ...]]:
    found: set[tuple[object, ...]] = set()
    for table in schema.tables.values():
        found |= {(table.name.name, "", g.role, g.privilege, g.grantable) for g in table.grants}
        for column in table.columns.values():
            found |= {(table.name.name, column.name, g.role, g.privilege, g.grantable) for g in column.grants}
    return found


@pytest.mark.parametrize(
    "statements",
    [
        "GRANT SELECT (a, b), UPDATE (a) ON t TO eve",
        "GRANT SELECT (a), INSERT ON t TO eve WITH GRANT OPTION; GRANT DELETE ON t TO PUBLIC",
        "GRANT SELECT (a) ON t TO eve WITH GRANT OPTION; GRANT SELECT (a) ON t TO eve",
        "GRANT ALL (a) ON t TO eve; REVOKE UPDATE (a) ON t FROM eve",
        "GRANT SELECT (a), UPDATE (a), SELECT ON t TO eve; REVOKE SELECT ON t FROM eve",
        "GRANT SELECT ON t TO eve; REVOKE SELECT (a) ON t FROM eve",
        "GRANT ALL ON t TO eve; GRANT ALL (b) ON t TO eve; REVOKE ALL ON t FROM eve",
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO eve; REVOKE DELETE ON t FROM eve",
        "GRANT SELECT (a) ON t TO eve WITH GRANT OPTION; REVOKE GRANT OPTION FOR SELECT (a) ON t FROM eve",
        "GRANT SELECT (a) ON p TO eve; ALTER TABLE p RENAME a TO z; ALTER TABLE t RENAME TO u",
        "GRANT SELECT (a) ON t TO eve; ALTER TABLE t DROP a; ALTER TABLE t ADD a text",
        "GRANT SELECT (a) ON p TO eve; CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2)",
    ],
)
def test_a_schema_knows_the_privileges_that_postgresql_knows(database: str, statements: str) -> None:
    query = f"{ON_COLUMNS} UNION ALL {ON_TABLES}"
    known = asked(database, query, "CREATE ROLE eve", GIVEN, statements)
    assert known == granted(replayed(GIVEN, statements))


@pytest.mark.parametrize(
    "statements",
    [
        "ALTER TABLE t ALTER a SET STATISTICS 400, ALTER b SET STATISTICS 5; ALTER TABLE t ALTER b SET STATISTICS -1",
        "ALTER TABLE t ALTER a SET STATISTICS 400; ALTER TABLE t ALTER a TYPE varchar(9)",
        "ALTER TABLE t ALTER a SET STORAGE main, ALTER a SET COMPRESSION pglz",
        "ALTER TABLE t ALTER a SET STORAGE main, ALTER c SET STORAGE DEFAULT",
        "ALTER TABLE t ALTER a SET COMPRESSION pglz; ALTER TABLE t ALTER a TYPE varchar(9), ALTER c TYPE varchar(9)",
        "ALTER TABLE t ALTER a SET (n_distinct = 5, n_distinct_inherited = -1), ALTER a RESET (n_distinct)",
        "ALTER TABLE p ALTER a SET STATISTICS 9, ALTER a SET (n_distinct = 5), ALTER a SET COMPRESSION pglz",
        "ALTER TABLE p ALTER a SET STATISTICS 9; CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2)",
        "COMMENT ON COLUMN t.a IS 'it''s'; COMMENT ON COLUMN p.a IS 'x'; COMMENT ON COLUMN t.b IS ''",
        "COMMENT ON COLUMN t.a IS 'x'; COMMENT ON COLUMN t.a IS NULL; COMMENT ON COLUMN t.c IS E'y'",
        "COMMENT ON COLUMN t.a IS 'x'; CREATE TABLE u (LIKE t INCLUDING STORAGE)",
        "COMMENT ON COLUMN t.a IS 'x'; CREATE TABLE u (LIKE t INCLUDING COMMENTS)",
    ],
)
def test_a_schema_knows_how_postgresql_stores_and_describes_columns(database: str, statements: str) -> None:
    schema = replayed(GIVEN, statements)
    found = set()
    for table in schema.tables.values():
        for column in table.columns.values():
            tuning = dict(column.tuning)
            target, storage = tuning.pop("STATISTICS", None), tuning.pop("STORAGE", "")
            compression = COMPRESSIONS.get(tuning.pop("COMPRESSION", ""))
            options = ", ".join(f"{name}={value}" for name, value in tuning.items()) or None
            where = (table.name.name, column.name)
            found.add((*where, target and int(target), STORAGES.get(storage), compression, options, column.comment))
    assert asked(database, TUNED, GIVEN, statements) == found


def test_a_comment_stands_with_what_it_is_about() -> None:
    said = """
        COMMENT ON TABLE t IS 'all'; COMMENT ON INDEX ix IS 'quick'; COMMENT ON CONSTRAINT ck ON t IS 'strict';
        COMMENT ON INDEX ix IS NULL
    """
    table = replayed(GIVEN, said).table(Name("t"))
    assert table is not None
    assert (table.comment, table.comments) == ("all", {("CONSTRAINT", "ck"): "strict"})


def test_a_comment_goes_and_moves_with_what_it_is_about() -> None:
    said = "COMMENT ON INDEX ix IS 'quick'; COMMENT ON CONSTRAINT ck ON t IS 'strict';"
    renames = "ALTER INDEX ix RENAME TO by_a; ALTER TABLE t RENAME CONSTRAINT ck TO positive;"
    moved, gone = (
        replayed(GIVEN, said, each) for each in (renames, "DROP INDEX ix; ALTER TABLE t DROP CONSTRAINT ck")
    )
    found = [table.comments for table in (moved.table(Name("t")), gone.table(Name("t"))) if table is not None]
    assert found == [{("INDEX", "by_a"): "quick", ("CONSTRAINT", "positive"): "strict"}, {}]
