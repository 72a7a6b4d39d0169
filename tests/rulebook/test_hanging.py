"""What hangs on columns: taken away in the reverse order, and brought back by what made it."""

from __future__ import annotations

import pytest

from safemigrate.rulebook.hanging import Hanging, hanging
from safemigrate.schema import Name, Schema, after
from safemigrate.sql import cut, read

GIVEN = "CREATE TABLE other (id int PRIMARY KEY, a int); CREATE TABLE t (id int PRIMARY KEY, a int, b text)"


def hung(statements: str) -> Hanging:
    """What hangs on the column a of t."""
    schema = Schema(complete=True)
    for piece in cut(f"{GIVEN}; {statements}"):
        for operation in read(piece.text):
            schema = after(operation, schema)
    return hanging(schema, Name("t"), ["a"])


def test_a_view_goes_behind_those_that_read_it_and_comes_before_them() -> None:
    found = hung("""
        CREATE VIEW w AS SELECT b FROM t; CREATE VIEW v AS SELECT a FROM t;
        CREATE OR REPLACE VIEW w AS SELECT a FROM v;
        CREATE TRIGGER g INSTEAD OF INSERT ON w FOR EACH ROW EXECUTE FUNCTION f();
        CREATE POLICY p ON other USING (a IN (SELECT a FROM w)); GRANT SELECT ON w TO bob
    """)
    assert [op.sql() for op in found.away] == [
        "DROP POLICY p ON public.other",
        "DROP VIEW public.w",
        "DROP VIEW public.v",
    ]
    assert [op.sql() for op in found.back] == [
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE OR REPLACE VIEW w AS SELECT a FROM v",
        "GRANT SELECT ON TABLE w TO bob",
        "CREATE TRIGGER g INSTEAD OF INSERT ON w FOR EACH ROW EXECUTE FUNCTION f()",
        "CREATE POLICY p ON other USING (a IN (SELECT a FROM w))",
    ]
    assert not found.stuck


def test_a_virtual_column_goes_with_what_reads_it() -> None:
    found = hung("""
        ALTER TABLE t ADD COLUMN twice int GENERATED ALWAYS AS (a * 2) VIRTUAL; COMMENT ON COLUMN t.twice IS 'x';
        CREATE VIEW v AS SELECT twice FROM t
    """)
    assert [op.sql() for op in found.away] == ["DROP VIEW public.v", "ALTER TABLE t DROP COLUMN twice"]
    assert [op.sql() for op in found.back] == [
        "ALTER TABLE t ADD COLUMN twice integer GENERATED ALWAYS AS (a * 2) VIRTUAL",
        "COMMENT ON COLUMN t.twice IS 'x'",
        "CREATE VIEW v AS SELECT twice FROM t",
    ]


def test_a_publication_sends_the_same_part_of_the_table_again() -> None:
    found = hung("""
        CREATE PUBLICATION p FOR TABLE other, t (id, b);
        ALTER PUBLICATION p SET TABLE ONLY t (id, a) WHERE (id > 1), other
    """)
    assert [op.sql() for op in found.away] == ["ALTER PUBLICATION p DROP TABLE t"]
    assert [op.sql() for op in found.back] == ["ALTER PUBLICATION p ADD TABLE t (id, a) WHERE (id > 1)"]


@pytest.mark.parametrize(
    "statements",
    [
        "CREATE VIEW v AS SELECT b FROM t",
        "CREATE POLICY p ON t USING (b > ''); CREATE POLICY p ON other USING (a > 1)",
        "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION a()",
        "CREATE PUBLICATION p FOR TABLE t (id, b), other (id, a); CREATE PUBLICATION q FOR ALL TABLES",
        "CREATE STATISTICS s ON id, b FROM t; CREATE STATISTICS u ON id, a FROM other",
    ],
)
def test_what_names_other_columns_stays(statements: str) -> None:
    found = hung(statements)
    assert (found.away, found.back, found.stuck) == ((), (), ())


@pytest.mark.parametrize(
    ("statements", "stuck"),
    [
        ("CREATE MATERIALIZED VIEW v AS SELECT a FROM t", ("the view public.v",)),
        ("CREATE VIEW v AS SELECT * FROM t", ("the view public.v",)),
        ("CREATE VIEW v AS SELECT b, a FROM t; ALTER TABLE t RENAME COLUMN b TO c", ("the view public.v",)),
        ("CREATE POLICY p ON t USING (a > 1); ALTER TABLE t RENAME COLUMN a TO a", ("the policy p",)),
        (
            "SET search_path TO x, public; CREATE TRIGGER g AFTER UPDATE OF a ON t EXECUTE FUNCTION f()",
            ("the trigger g",),
        ),
    ],
)
def test_what_cannot_be_made_again_by_the_same_words_is_named(statements: str, stuck: tuple[str, ...]) -> None:
    assert stuck == hung(statements).stuck
