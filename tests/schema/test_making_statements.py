"""Which statements made a view, a policy, a trigger or a statistics object what it is."""

from __future__ import annotations

import pytest

from safemigrate.schema import Schema, after
from safemigrate.sql import cut, read

GIVEN = "CREATE TABLE t (id int PRIMARY KEY, a int); CREATE TABLE other (id int PRIMARY KEY)"


def made(statements: str) -> dict[str, tuple[str, ...]]:
    schema = Schema(complete=True)
    for piece in cut(f"{GIVEN}; {statements}"):
        for operation in read(piece.text):
            schema = after(operation, schema)
    return {f"{key.kind} {key.name.name}": texts for key, texts in schema.made.items()}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (
            """CREATE VIEW v AS SELECT a FROM t; ALTER VIEW v SET (security_barrier = true);
            COMMENT ON VIEW v IS 'x'; COMMENT ON COLUMN v.a IS 'y'; ALTER VIEW v ALTER COLUMN a SET DEFAULT 1""",
            {
                "VIEW v": (
                    "CREATE VIEW v AS SELECT a FROM t",
                    "ALTER VIEW v SET (security_barrier = true)",
                    "COMMENT ON VIEW v IS 'x'",
                    "COMMENT ON COLUMN v.a IS 'y'",
                    "ALTER TABLE v ALTER COLUMN a SET DEFAULT 1",
                )
            },
        ),
        (
            """CREATE VIEW v AS SELECT a FROM t; GRANT SELECT ON v TO bob;
            CREATE OR REPLACE VIEW v AS SELECT a, id FROM t""",
            {"VIEW v": ("CREATE OR REPLACE VIEW v AS SELECT a, id FROM t", "GRANT SELECT ON TABLE v TO bob")},
        ),
        # a privilege on several objects is remembered for each
        (
            "CREATE VIEW v AS SELECT a FROM t; GRANT ALL ON t, v TO ann, bob; REVOKE DELETE ON v FROM bob",
            {
                "VIEW v": (
                    "CREATE VIEW v AS SELECT a FROM t",
                    "GRANT ALL ON TABLE v TO ann",
                    "GRANT ALL ON TABLE v TO bob",
                    "REVOKE DELETE ON TABLE v FROM bob",
                )
            },
        ),
        (
            "CREATE VIEW v AS SELECT a FROM t; GRANT SELECT ON ALL TABLES IN SCHEMA public TO bob",
            {"VIEW v": ("CREATE VIEW v AS SELECT a FROM t", "GRANT SELECT ON TABLE public.v TO bob")},
        ),
        (
            """CREATE POLICY p ON t USING (a > 1); ALTER POLICY p ON t TO bob; COMMENT ON POLICY p ON t IS 'x';
            CREATE POLICY q ON other USING (true)""",
            {
                "POLICY p": (
                    "CREATE POLICY p ON t USING (a > 1)",
                    "ALTER POLICY p ON t TO bob",
                    "COMMENT ON POLICY p ON t IS 'x'",
                ),
                "POLICY q": ("CREATE POLICY q ON other USING (true)",),
            },
        ),
        (
            """CREATE TRIGGER g AFTER UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION f();
            ALTER TABLE t DISABLE TRIGGER g; ALTER TABLE t ENABLE TRIGGER ALL;
            ALTER TABLE other DISABLE TRIGGER ALL""",
            {
                "TRIGGER g": (
                    "CREATE TRIGGER g AFTER UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION f()",
                    "ALTER TABLE t DISABLE TRIGGER g",
                    "ALTER TABLE t ENABLE TRIGGER ALL",
                )
            },
        ),
        (
            """CREATE PUBLICATION p FOR TABLE t (id); ALTER PUBLICATION p ADD TABLE other; CREATE PUBLICATION q;
            DROP PUBLICATION q""",
            {"PUBLICATION p": ("CREATE PUBLICATION p FOR TABLE t (id)", "ALTER PUBLICATION p ADD TABLE other")},
        ),
        (
            """CREATE STATISTICS s ON id, a FROM t; COMMENT ON STATISTICS s IS 'x';
            CREATE STATISTICS u ON id, a FROM t; DROP STATISTICS u""",
            {"STATISTICS s": ("CREATE STATISTICS s ON id, a FROM t", "COMMENT ON STATISTICS s IS 'x'")},
        ),
    ],
)
def test_what_made_it_is_remembered_in_order(statements: str, expected: dict[str, tuple[str, ...]]) -> None:
    assert expected == made(statements)


@pytest.mark.parametrize(
    "more",
    [
        "ALTER TABLE t RENAME COLUMN a TO b",
        "ALTER TABLE t RENAME TO u",
        "ALTER TABLE t SET SCHEMA archive",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO bob",
        "GRANT SELECT (a) ON v TO bob",
    ],
)
def test_it_is_forgotten_where_the_words_may_mean_something_else(more: str) -> None:
    assert made(f"CREATE VIEW v AS SELECT a FROM t; {more}") == {"VIEW v": ()}


@pytest.mark.parametrize(
    "view",
    [
        "CREATE VIEW v AS SELECT * FROM t",
        "SET search_path TO archive, public; CREATE VIEW v AS SELECT a FROM t",
    ],
)
def test_what_the_same_words_would_not_make_again_is_not_remembered(view: str) -> None:
    assert list(made(view).values()) == [()]


def test_a_view_under_another_name_is_not_known_by_its_old_one() -> None:
    assert made("CREATE VIEW v AS SELECT a FROM t; ALTER VIEW v RENAME TO w") == {"VIEW w": ()}


@pytest.mark.parametrize(
    "drop", ["DROP VIEW v CASCADE", "DROP TABLE t CASCADE", "ALTER TABLE t DROP COLUMN a CASCADE"]
)
def test_nothing_is_remembered_of_what_is_gone(drop: str) -> None:
    views = "CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT a FROM v"
    assert made(f"{views}; CREATE TRIGGER g INSTEAD OF INSERT ON w EXECUTE FUNCTION f(); {drop}") == {}


FUNCTION = "CREATE FUNCTION f(int) RETURNS bigint LANGUAGE sql AS 'SELECT max(a) FROM t'"


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (
            f"{FUNCTION}; COMMENT ON FUNCTION f(int) IS 'x'; GRANT EXECUTE ON ROUTINE f TO bob",
            {"FUNCTION f": (FUNCTION, "COMMENT ON FUNCTION f(int) IS 'x'", "GRANT EXECUTE ON ROUTINE f TO bob")},
        ),
        ("CREATE SEQUENCE s; GRANT ALL ON s TO ann", {"SEQUENCE s": ("CREATE SEQUENCE s", "GRANT ALL ON s TO ann")}),
        (
            "CREATE SCHEMA s; COMMENT ON SCHEMA s IS 'x'",
            {"SCHEMA s": ("CREATE SCHEMA s", "COMMENT ON SCHEMA s IS 'x'")},
        ),
        ("CREATE DOMAIN d AS int; ALTER DOMAIN d ADD CHECK (VALUE > 0)", {"DOMAIN d": ()}),
        (
            "CREATE SEQUENCE s; CREATE SEQUENCE u; GRANT ALL ON SEQUENCE s, u TO ann",
            {"SEQUENCE s": (), "SEQUENCE u": ()},
        ),
        ("CREATE SEQUENCE s; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ann", {"SEQUENCE s": ()}),
        ("CREATE SEQUENCE s; GRANT ALL ON ALL TABLES IN SCHEMA app TO ann", {"SEQUENCE s": ("CREATE SEQUENCE s",)}),
        (f"{FUNCTION}; ALTER FUNCTION f(int) STABLE", {"FUNCTION f": ()}),
        (f"{FUNCTION}; ALTER TABLE t DROP COLUMN a", {"FUNCTION f": ()}),
        (f"{FUNCTION}; CREATE FUNCTION f(text) RETURNS int LANGUAGE sql AS 'SELECT 1'", {"FUNCTION f": ()}),
        (f"{FUNCTION}; DROP FUNCTION f(int)", {}),
    ],
)
def test_objects_whose_texts_postgres_does_not_follow(statements: str, expected: dict[str, tuple[str, ...]]) -> None:
    assert made(statements) == expected
