"""What hangs on columns, made anew on those that take their place."""

from __future__ import annotations

import pytest

from safemigrate.rulebook.clones import Clones, clones
from safemigrate.rulebook.copied import Copied
from safemigrate.schema import Name, Schema, after
from safemigrate.sql import cut, read

COPIED = Copied(Name("t"), {"a": "z", "b": "y"})


def cloned(given: str) -> Clones:
    schema = Schema(complete=True)
    for piece in cut(f"CREATE TABLE other (x bigint, y bigint, PRIMARY KEY (x, y)); {given}"):
        for operation in read(piece.text):
            schema = after(operation, schema)
    return clones(schema, COPIED)


def test_indexes_are_built_beside_traffic_and_named_in_the_end() -> None:
    found = cloned("""
        CREATE TABLE t (a text, b text, c text); CREATE INDEX ix ON t USING gist (c, lower(a)) WHERE t.b > 'a';
        COMMENT ON INDEX ix IS 'quick'; CREATE INDEX other ON t (c)
    """)
    ((built,),) = found.built
    assert built.sql() == "CREATE INDEX CONCURRENTLY ix__z ON t USING gist (c, lower(z)) WHERE t.y > 'a'"
    assert [op.sql() for op in found.named] == [
        "DROP INDEX IF EXISTS ix",
        "ALTER INDEX ix__z RENAME TO ix",
        "COMMENT ON INDEX public.ix IS 'quick'",
    ]
    assert not found.stuck


@pytest.mark.parametrize(
    ("columns", "more", "proven"),
    [
        (
            "a bigint, b bigint, CONSTRAINT up FOREIGN KEY (b, a) REFERENCES other (x, y)",
            "",
            [
                "ALTER TABLE t ADD CONSTRAINT up__z FOREIGN KEY (y, z) REFERENCES other (x, y) NOT VALID",
                "ALTER TABLE t VALIDATE CONSTRAINT up__z",
            ],
        ),
        (
            'a text, b text, "A" text',
            'ALTER TABLE t ADD CONSTRAINT few CHECK ("A" <> a) NOT VALID',
            ['ALTER TABLE t ADD CONSTRAINT few__z CHECK ("A" <> z) NOT VALID'],
        ),
    ],
)
def test_constraints_are_proven_before_they_are_named(columns: str, more: str, proven: list[str]) -> None:
    found = cloned(f"CREATE TABLE t ({columns}); {more}")
    assert proven == [op.sql() for step in found.proven for op in step]
    name = proven[0].split("__z")[0].split()[-1]
    assert [op.sql() for op in found.named] == [
        f"ALTER TABLE t DROP CONSTRAINT IF EXISTS {name}",
        f"ALTER TABLE t RENAME CONSTRAINT {name}__z TO {name}",
    ]


@pytest.mark.parametrize(
    ("columns", "more", "named"),
    [
        ("a text PRIMARY KEY", "", "the constraint t_pkey"),
        ("a text CONSTRAINT one UNIQUE", "", "the constraint one"),
        ("a text, EXCLUDE USING btree (a WITH =)", "", "the constraint t_a_excl"),
        ("a text", "CREATE UNIQUE INDEX ix ON t (lower(a))", "the index ix"),
        ("a text", "CREATE INDEX ix ON t (a(b))", "the index ix"),
        ("a text", "CREATE VIEW v AS SELECT a FROM t", "the view public.v"),
        ("a text", "CREATE TRIGGER tr BEFORE UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION f()", "the trigger tr"),
        ("a bigint REFERENCES other ON DELETE SET NULL (a)", "", "the constraint t_a_fkey"),
        ("a serial", "", "the sequence that numbers it"),
        ("a bigint GENERATED ALWAYS AS IDENTITY", "", "the sequence that numbers it"),
        ("a int GENERATED ALWAYS AS (c * 2) STORED", "", "the expression that it is generated from"),
        ("a int, d int GENERATED ALWAYS AS (a * 2) STORED", "", "the generated column d"),
        ("a bigint DEFAULT nextval('numbers')", "", "the sequence of its default"),
        ("a bigint UNIQUE", "CREATE TABLE u (t bigint REFERENCES t (a))", "the foreign key u_t_fkey of public.u"),
    ],
)
def test_what_has_no_clone_is_named(columns: str, more: str, named: str) -> None:
    assert named in cloned(f"CREATE TABLE t ({columns}, b text, c int); {more}").stuck
