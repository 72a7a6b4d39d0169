"""Which functions are one to PostgreSQL: the reader says the same of two signatures as a server does."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from safemigrate.schema import Answer, Name, Schema, after
from safemigrate.schema.objects import same_arguments
from safemigrate.schema.operations import CreateFunction, DropObject
from safemigrate.server import Server
from safemigrate.sql import read

Connection = psycopg.Connection[tuple[object, ...]]

_SETUP = "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE people (id bigint, age integer)"
#: the arguments of one function, and those by which another is made and dropped
PAIRS = (
    ("numeric(10,2)", "numeric"),
    ("varchar(5)", "character varying"),
    ("varchar", "text"),
    ("char(3)", "character"),
    ("char", "varchar"),
    ("a int", "b int4"),
    ("a int", "a bigint"),
    ("int[]", "integer[3][3]"),
    ("int[]", "int"),
    ("timestamp(3)", "timestamp"),
    ("timestamp(3)", "timestamp with time zone"),
    ("timestamptz(0)", "timestamptz"),
    ("time(2) with time zone", "timetz"),
    ("interval day to second", "interval"),
    ("bit(3)", "bit"),
    ("bit varying(3)", "varbit"),
    ("mood", "public.mood"),
    ("mood[]", "public.mood[]"),
    ("pg_catalog.int4", "integer"),
    ('"char"', "char"),
    ("int, text", "text, int"),
    ("int", "int, OUT a text"),
    ("int, OUT a text, OUT b text", "int"),
    ("int, OUT a text", "int, text"),
    ("INOUT a int", "int"),
    ("IN a int, OUT int", "a int"),
    ("VARIADIC int[]", "int[]"),
    ("int, b text DEFAULT 'x'", "int"),
    ("int, b text DEFAULT 'x'", "int, text"),
    ("", "OUT a int"),
    ("double precision", "float8"),
    ("float(5)", "real"),
    ("people", "public.people"),
)


@pytest.fixture
def connection(server: Server) -> Iterator[Connection]:
    url = server.create_database("function_identity")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_SETUP)
        yield connection
    server.drop_database("function_identity")


def _create(arguments: str) -> str:
    returns = "" if "OUT" in arguments else "RETURNS text "
    body = "BEGIN END" if returns == "" else "BEGIN RETURN ''; END"
    return f"CREATE FUNCTION f({arguments}) {returns}LANGUAGE plpgsql AS $$ {body} $$"


def _created(arguments: str) -> CreateFunction:
    (operation,) = read(_create(arguments))
    assert isinstance(operation, CreateFunction)
    return operation


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_signatures_are_one_function_where_a_server_says_so(one: str, other: str, connection: Connection) -> None:
    with connection.transaction(force_rollback=True):
        connection.execute(_create(one))
        try:
            connection.execute(_create(other))
            taken = False
        except errors.DuplicateFunction:
            taken = True
    assert Answer.of(taken) is same_arguments(_created(one).arguments, _created(other).arguments)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_a_drop_finds_the_function_that_a_server_finds(one: str, other: str, connection: Connection) -> None:
    # a default may stand where a function is made, and nowhere else
    drop = f"DROP FUNCTION f({other.partition(' DEFAULT')[0]})"
    with connection.transaction(force_rollback=True):
        connection.execute(_create(one))
        try:
            connection.execute(drop)
            found = True
        except errors.UndefinedFunction:
            found = False
    (dropped,) = read(drop)
    assert isinstance(dropped, DropObject)
    schema = after(_created(one), Schema(complete=True))
    assert found is bool(schema.overloads(Name("f"), dropped.arguments))
    assert found is not bool(after(dropped, schema).functions_named(Name("f")))
