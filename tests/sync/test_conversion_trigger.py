"""The trigger of a conversion: two versions that cut or type the same facts otherwise read what either wrote."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import psycopg
import pytest

from safemigrate.rulebook.converting import conversion
from safemigrate.schema import Name, Schema, after
from safemigrate.schema.conversion import CreateConversionFunction, conversion_triggers
from safemigrate.schema.name import quoted
from safemigrate.sql import read

Run = Callable[[str], list[tuple[object, ...]]]
Convert = Callable[..., None]

PEOPLE, ITEMS = Name("people"), Name("items")
SPLIT = (
    ("first", "split_part(full_name, ' ', 1)"),
    ("last", "nullif(substr(full_name, length(split_part(full_name, ' ', 1)) + 2), '')"),
)
JOINED = (("full_name", "concat_ws(' ', first, last)"),)
BACKFILL = f"UPDATE people SET first = {SPLIT[0][1]}, last = {SPLIT[1][1]} WHERE first IS NULL AND last IS NULL"


@pytest.fixture(params=["nothing known", "types known"])
def convert(request: pytest.FixtureRequest, connection: psycopg.Connection[tuple[object, ...]]) -> Convert:
    """Puts up the function of a conversion and its triggers; the columns are there.

    It does the same, and costs less, where the types are known.
    """

    def convert(function: CreateConversionFunction, old: tuple[str, ...] = ()) -> None:
        if request.param == "types known":
            table, up, down = function.table, function.up, function.down
            function = conversion(known(connection, table), table, (), up=up, down=down, watched=old)
        with connection.transaction():
            for operation in (function, *conversion_triggers(function, old)):
                connection.execute(operation.sql().encode())

    return convert


def known(connection: psycopg.Connection[tuple[object, ...]], table: Name) -> Schema:
    """A schema with the columns of *table*, and the enums that there are."""
    columns = connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = to_regclass(%s) AND attnum > 0",
        (table.sql(),),
    )
    enums = connection.execute("SELECT typname FROM pg_type WHERE typtype = 'e'")
    texts = [f"CREATE TYPE {quoted(str(enum))} AS ENUM ('a')" for (enum,) in enums]
    texts += [f"CREATE TABLE {table.sql()} ({', '.join(f'{quoted(str(c))} {t}' for c, t in columns)})"]
    return schema_of(*texts)


def schema_of(*texts: str) -> Schema:
    schema = Schema()
    for operation in (operation for text in texts for operation in read(text)):
        schema = after(operation, schema)
    return schema


@pytest.fixture
def people(run: Run, convert: Convert) -> None:
    """Ada and Grace were there before expand; nothing has been copied yet."""
    run("CREATE TABLE people (id int PRIMARY KEY, full_name text NOT NULL DEFAULT 'No One', visits int)")
    run("INSERT INTO people (id, full_name) VALUES (1, 'Ada Lovelace'), (2, 'Grace  Hopper')")
    run("ALTER TABLE people ADD first text, ADD last text")
    convert(CreateConversionFunction(PEOPLE, SPLIT, JOINED))


@pytest.fixture
def items(run: Run, convert: Convert) -> None:
    """A price in whole units becomes one with cents: the old version reads it rounded."""
    run("CREATE TABLE items (id int PRIMARY KEY, price int NOT NULL, cost numeric, visits int)")
    convert(CreateConversionFunction(ITEMS, (("cost", "price"),), (("price", "round(cost)::int"),)))


def name(run: Run, id_: int) -> tuple[object, ...]:
    (row,) = run(f"SELECT full_name, first, last FROM people WHERE id = {id_}")
    return row


# -- one column and two ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("columns", "values", "expected"),
    [
        ("id, full_name", "3, 'Alan Turing'", ("Alan Turing", "Alan", "Turing")),
        ("id, first, last", "3, 'Alan', 'Turing'", ("Alan Turing", "Alan", "Turing")),
        ("id, last", "3, 'Turing'", ("Turing", None, "Turing")),
        ("id", "3", ("No One", "No", "One")),
        ("id, full_name, first", "3, 'lost', 'Alan'", ("Alan", "Alan", None)),
        ("id, full_name, first, last", "3, 'Alan Turing', 'Alan', 'Turing'", ("Alan Turing", "Alan", "Turing")),
        ("id, full_name, first, last", "3, 'Alan  T', 'Alan', ' T'", ("Alan  T", "Alan", " T")),
        ("id, full_name", "3, ''", ("", "", None)),
    ],
    ids=["old", "new", "half of new", "neither", "both: new wins", "both alike", "both alike, though lossy", "empty"],
)
def test_an_insert_fills_the_other_side(run: Run, columns: str, values: str, expected: tuple[object, ...]) -> None:
    run(f"INSERT INTO people ({columns}) VALUES ({values})")
    assert name(run, 3) == expected


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("copied", [True, False], ids=["after the backfill", "before the backfill"])
@pytest.mark.parametrize(
    ("assignments", "expected"),
    [
        ("full_name = 'Ada King'", ("Ada King", "Ada", "King")),
        ("first = 'Ada', last = 'King'", ("Ada King", "Ada", "King")),
        ("full_name = 'lost', first = 'Ada', last = 'King'", ("Ada King", "Ada", "King")),
        ("visits = 1", ("Ada Lovelace", "Ada", "Lovelace")),
        ("full_name = full_name", ("Ada Lovelace", "Ada", "Lovelace")),
    ],
    ids=["by old", "by new", "by both: new wins", "of neither heals", "old to itself heals"],
)
def test_an_update_reaches_the_other_side(
    run: Run, assignments: str, expected: tuple[object, ...], copied: bool
) -> None:
    if copied:
        run(BACKFILL)
    run(f"UPDATE people SET {assignments} WHERE id = 1")
    assert name(run, 1) == expected


@pytest.mark.usefixtures("people")
def test_one_of_two_new_columns_is_a_change_of_the_group(run: Run) -> None:
    run(BACKFILL)
    run("UPDATE people SET last = 'King' WHERE id = 1")
    assert name(run, 1) == ("Ada King", "Ada", "King")
    run("UPDATE people SET last = NULL WHERE id = 1")
    assert name(run, 1) == ("Ada", "Ada", None)


@pytest.mark.usefixtures("people")
def test_a_backfill_does_not_wear_down_what_the_way_back_would_lose(run: Run) -> None:
    # concat_ws(' ', 'Grace', ' Hopper') gives the two blanks back, and nothing gives that of Plato back
    run("INSERT INTO people (id, full_name) VALUES (3, 'Plato ')")
    run("ALTER TABLE people DISABLE TRIGGER USER")
    run("UPDATE people SET first = NULL, last = NULL, full_name = 'Plato ' WHERE id = 3")
    run("ALTER TABLE people ENABLE TRIGGER USER")
    run(BACKFILL)
    assert name(run, 2) == ("Grace  Hopper", "Grace", " Hopper")
    assert name(run, 3) == ("Plato ", "Plato", None)
    before = run("SELECT * FROM people ORDER BY id")
    run(BACKFILL)
    assert run("SELECT * FROM people ORDER BY id") == before


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("id_", [1, 3], ids=["that updates", "that inserts"])
@pytest.mark.parametrize(
    ("columns", "values"), [("full_name", "'Alan Turing'"), ("first, last", "'Alan', 'Turing'")], ids=["old", "new"]
)
def test_an_upsert_reaches_the_other_side(run: Run, columns: str, values: str, id_: int) -> None:
    excluded = ", ".join(f"{column} = EXCLUDED.{column}" for column in columns.split(", "))
    run(
        f"INSERT INTO people (id, {columns}) VALUES ({id_}, {values}) ON CONFLICT (id) DO UPDATE SET {excluded} "
        "RETURNING full_name"
    )
    assert name(run, id_) == ("Alan Turing", "Alan", "Turing")


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("columns", ["full_name", "first, last"], ids=["by old", "by new"])
def test_copy_reaches_the_other_side(connection: psycopg.Connection[object], run: Run, columns: str) -> None:
    row = ("Alan Turing",) if columns == "full_name" else ("Alan", "Turing")
    with connection.cursor().copy(f"COPY people (id, {columns}) FROM STDIN".encode()) as copy:
        copy.write_row((3, *row))
    assert name(run, 3) == ("Alan Turing", "Alan", "Turing")


def test_two_columns_that_become_one(run: Run, convert: Convert) -> None:
    run("CREATE TABLE people (id int PRIMARY KEY, first text, last text, full_name text)")
    convert(CreateConversionFunction(PEOPLE, JOINED, SPLIT))
    run("INSERT INTO people (id, first, last) VALUES (1, 'Ada', 'Lovelace')")
    run("INSERT INTO people (id, full_name) VALUES (2, 'Alan Turing')")
    run("UPDATE people SET last = 'King' WHERE id = 1")
    run("UPDATE people SET full_name = 'Alan M Turing' WHERE id = 2")
    assert [name(run, 1), name(run, 2)] == [("Ada King", "Ada", "King"), ("Alan M Turing", "Alan", "M Turing")]


# -- what a conversion loses, or cannot do -----------------------------------------------------------------------


@pytest.mark.usefixtures("items")
def test_a_lossy_value_survives_an_update_that_is_about_something_else(run: Run) -> None:
    run("INSERT INTO items (id, cost) VALUES (1, 10.55)")
    run("UPDATE items SET visits = 1")
    run("UPDATE items SET price = price")
    assert run("SELECT price, cost FROM items") == [(11, Decimal("10.55"))]
    run("UPDATE items SET price = 12")
    assert run("SELECT price, cost FROM items") == [(12, Decimal("12"))]


@pytest.mark.usefixtures("items")
def test_the_old_side_is_put_back_without_loss(run: Run) -> None:
    """As the downgrade of a contract does it: the old column anew, and filled from the new."""
    run("INSERT INTO items (id, cost) VALUES (1, 10.55)")
    run("ALTER TABLE items ALTER price DROP NOT NULL")
    run("ALTER TABLE items DISABLE TRIGGER USER")
    run("UPDATE items SET price = NULL")
    run("ALTER TABLE items ENABLE TRIGGER USER")
    run("UPDATE items SET price = round(cost)::int WHERE price IS NULL")
    assert run("SELECT price, cost FROM items") == [(11, Decimal("10.55"))]


@pytest.mark.parametrize(
    ("up", "down", "types", "value"),
    [
        ("code::int", "code_id::text", ("text", "int"), "'x'"),
        ("code::jsonb", "code_id::text", ("text", "jsonb"), "'{'"),
        ("code::date", "code_id::text", ("text", "date"), "'2024-02-30'"),
        ("code::small", "code_id::text", ("text", "small"), "'300'"),
        ("strict(code)", "code_id::text", ("text", "int"), "'x'"),
        ("1 / code", "1 / code_id", ("int", "int"), "0"),
    ],
)
def test_a_value_of_the_old_version_without_counterpart_is_null_and_no_error(
    run: Run, convert: Convert, up: str, down: str, types: tuple[str, str], value: str
) -> None:
    run("CREATE DOMAIN small AS int CHECK (VALUE < 200)")
    run("CREATE FUNCTION strict(t text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '%', t; END $$")
    run(f"CREATE TABLE items (id int PRIMARY KEY, code {types[0]}, code_id {types[1]})")
    convert(CreateConversionFunction(ITEMS, (("code_id", up),), (("code", down),)))
    run(f"INSERT INTO items (id, code) VALUES (1, {value})")
    run(f"UPDATE items SET code = {value}")
    assert run(f"SELECT code = {value}, code_id FROM items") == [(True, None)]


def test_a_number_beyond_the_old_type_is_null_and_no_error(run: Run, convert: Convert) -> None:
    run("CREATE TABLE items (id int PRIMARY KEY, code int, code_id bigint)")
    convert(CreateConversionFunction(ITEMS, (("code_id", "code"),), (("code", "code_id"),)))
    run("INSERT INTO items (id, code_id) VALUES (1, 3000000000), (2, 7)")
    assert run("SELECT code, code_id FROM items ORDER BY id") == [(None, 3000000000), (7, 7)]
    run("UPDATE items SET code_id = code_id * 1000000000")
    assert run("SELECT code, code_id FROM items ORDER BY id") == [(None, 3000000000000000000), (None, 7000000000)]


def test_a_type_without_equality_and_one_that_ignores_case_are_kept_in_step(run: Run, convert: Convert) -> None:
    run("CREATE EXTENSION citext")
    run("CREATE TABLE items (id int PRIMARY KEY, a json, b jsonb, c citext, d text)")
    convert(CreateConversionFunction(ITEMS, (("b", "a"), ("d", "c")), (("a", "b"), ("c", "d"))))
    run("""INSERT INTO items (id, a, c) VALUES (1, '{"x":  1}', 'Bob')""")
    assert run("SELECT a::text, b::text, c::text, d FROM items") == [('{"x":  1}', '{"x": 1}', "Bob", "Bob")]
    run("UPDATE items SET c = 'bob'")
    assert run("SELECT c::text, d FROM items") == [("bob", "bob")]
    run("UPDATE items SET d = 'BOB'")
    assert run("SELECT a::text, c::text, d FROM items") == [('{"x": 1}', "BOB", "BOB")]


def test_null_of_the_new_version_reaches_the_old_one(run: Run, convert: Convert) -> None:
    run("CREATE TABLE items (id int PRIMARY KEY, code int, code_id bigint, visits int)")
    convert(CreateConversionFunction(ITEMS, (("code_id", "code"),), (("code", "code_id"),)))
    run("INSERT INTO items (id, code) VALUES (1, 7)")
    run("UPDATE items SET code_id = NULL")
    run("UPDATE items SET visits = 1")
    assert run("SELECT code, code_id FROM items") == [(None, None)]


# -- one way -----------------------------------------------------------------------------------------------------


def test_one_way_the_new_column_follows_whoever_writes(run: Run, convert: Convert) -> None:
    run("CREATE TABLE items (id int PRIMARY KEY, visits int)")
    run("INSERT INTO items VALUES (1)")
    run("ALTER TABLE items ADD id_big bigint")
    convert(CreateConversionFunction(ITEMS, (("id_big", "id"),)), ("id",))
    run("INSERT INTO items VALUES (2)")
    run("UPDATE items SET visits = 1")
    run("INSERT INTO items (id, id_big) VALUES (3, 99)")
    run("UPDATE items SET id_big = 99 WHERE id = 2")
    run("UPDATE items SET id = 4 WHERE id = 1")
    assert run("SELECT id, id_big FROM items ORDER BY id") == [(2, 2), (3, 3), (4, 4)]


def test_one_way_back_after_a_switch_what_does_not_fit_is_null(run: Run, convert: Convert) -> None:
    run("CREATE TABLE items (id bigint PRIMARY KEY, id_old int)")
    convert(CreateConversionFunction(ITEMS, (("id_old", "id"),)), ("id",))
    run("INSERT INTO items VALUES (1), (3000000000)")
    assert run("SELECT id, id_old FROM items ORDER BY id") == [(1, 1), (3000000000, None)]


def test_a_prepared_statement_fails_once_when_a_column_of_another_type_takes_the_place(run: Run) -> None:
    # the page of change-column-type says so
    run("CREATE TABLE items (id int PRIMARY KEY, id_new bigint)")
    run("PREPARE reading AS SELECT id FROM items")
    run("EXECUTE reading")
    run("ALTER TABLE items DROP COLUMN id")
    run("ALTER TABLE items RENAME COLUMN id_new TO id")
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="cached plan must not change result type"):
        run("EXECUTE reading")
    run("DEALLOCATE reading")
    run("PREPARE reading AS SELECT id FROM items")
    assert run("EXECUTE reading") == []


# -- other triggers, names, partitions ---------------------------------------------------------------------------


@pytest.mark.usefixtures("people")
def test_what_another_trigger_writes_is_converted_too(run: Run) -> None:
    run("""
        CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.full_name := NEW.full_name || '.'; RETURN NEW; END $$
    """)
    run("CREATE TRIGGER tidy BEFORE INSERT OR UPDATE ON people FOR EACH ROW EXECUTE FUNCTION tidy()")
    run("UPDATE people SET visits = 1 WHERE id = 1")
    run("INSERT INTO people (id, full_name) VALUES (3, 'Alan Turing')")
    assert [name(run, 1), name(run, 3)] == [
        ("Ada Lovelace.", "Ada", "Lovelace."),
        ("Alan Turing.", "Alan", "Turing."),
    ]


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        (Name("Order", "Sales"), "user", 'Buyer\'s "Name"'),
        (Name("table"), "new", "old"),
        (Name("loop"), "a", "b"),
        (Name("t"), "by", "strict"),
        (Name("t"), "tg_op", "made"),
        (Name("made"), "record", "NEW"),
        (Name("Ünïcode tàble"), "päß", "größe $safemigrate$"),
        (Name('qu"ote'), "a.b", "per%cent :bind {brace}"),
        (Name("t" * 63), "c" * 63, "d" * 63),
    ],
)
def test_awkward_names(run: Run, convert: Convert, table: Name, old: str, new: str) -> None:
    run('CREATE SCHEMA "Sales"')
    before, behind = ('"' + column.replace('"', '""') + '"' for column in (old, new))
    run(f"CREATE TABLE {table.sql()} (id int PRIMARY KEY, {before} text, {behind} text)")
    convert(CreateConversionFunction(table, ((new, f"upper({before})"),), ((old, f"lower({behind})"),)))
    run(f"INSERT INTO {table.sql()} (id, {before}) VALUES (1, 'a')")
    run(f"INSERT INTO {table.sql()} (id, {behind}) VALUES (2, 'B')")
    run(f"UPDATE {table.sql()} SET {before} = 'c' WHERE id = 2")
    assert run(f"SELECT {before}, {behind} FROM {table.sql()} ORDER BY id") == [("a", "A"), ("c", "C")]


def test_partitions_convert_also_those_attached_later(run: Run, convert: Convert) -> None:
    run("CREATE TABLE events (day int, code text, code_id int) PARTITION BY RANGE (day)")
    run("CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10)")
    convert(CreateConversionFunction(Name("events"), (("code_id", "code::int"),), (("code", "code_id"),)))
    run("CREATE TABLE events_2 (code_id int, day int, code text)")
    run("ALTER TABLE events ATTACH PARTITION events_2 FOR VALUES FROM (10) TO (20)")
    run("INSERT INTO events (day, code) VALUES (1, '1'), (11, '2')")
    run("INSERT INTO events_2 (day, code_id) VALUES (12, 3)")
    run("UPDATE events SET day = 15, code = '4' WHERE day = 1")
    assert run("SELECT day, code, code_id FROM events ORDER BY day") == [(11, "2", 2), (12, "3", 3), (15, "4", 4)]


# -- what the types of columns spare -----------------------------------------------------------------------------


def spared(table: str, up: str, down: str = "") -> tuple[bool, tuple[str, ...], bool]:
    """Whether variables stand for the columns a (the old one) and b, which conversions catch nothing, and whether
    values are compared as such."""
    schema = schema_of("CREATE TYPE mood AS ENUM ('calm')", "CREATE DOMAIN small AS int NOT NULL", table)
    way_back = (("a", down),) if down else ()
    made = conversion(schema, Name("t"), (), up=(("b", up),), down=way_back, watched=("a",))
    return bool(made.types), made.total, made.by_value


@pytest.mark.parametrize(
    ("table", "up", "down", "expected"),
    [
        ("CREATE TABLE t (a int, b bigint)", "a", "", (False, ("b",), True)),
        ("CREATE TABLE t (a int, b bigint)", "a", "b", (True, ("b",), True)),
        ("CREATE TABLE t (a int, b text)", "a::text", "b::int", (True, ("b",), True)),
        ("CREATE TABLE t (a text, b jsonb)", "a::jsonb", "b::text", (True, ("a",), False)),
        ("CREATE TABLE t (a mood, b text)", "t.a::text", "b::mood", (True, ("b",), False)),
        ("CREATE TABLE t (a varchar(9), b varchar(8))", "a", "", (False, (), True)),
        ('CREATE TABLE t (a text, b text COLLATE "C")', "a", "", (False, ("b",), False)),
        ("CREATE TABLE t (a text, b text, c int)", "a || c", "", (True, (), True)),
        # a variable of a domain may refuse NULL, and none stands for a row or for what a query reads
        ("CREATE TABLE t (a int, b small)", "a + 1", "", (True, (), False)),
        ("CREATE TABLE t (a small, b int)", "a + 1", "", (False, (), False)),
        ("CREATE TABLE t (a text, b text)", "t::text || a", "", (False, (), True)),
        ("CREATE TABLE t (a text, b text)", "(SELECT a)", "", (False, (), True)),
        ("CREATE TABLE t (a text, b text)", "upper(a) -- loud", "", (False, (), True)),
        ('CREATE TABLE t (a text, b text, "new" text)', 'a || "new"', "", (False, (), True)),
    ],
)
def test_what_is_known_of_the_columns_spares(
    table: str, up: str, down: str, expected: tuple[bool, tuple[str, ...], bool]
) -> None:
    assert expected == spared(table, up, down)
