"""Scripts are cut where PostgreSQL would cut them."""

from __future__ import annotations

import pytest

from safemigrate.errors import SqlSyntaxError
from safemigrate.sql import Piece, cut


def texts(script: str) -> list[str]:
    return [piece.text for piece in cut(script)]


def test_a_piece_says_where_its_first_token_stands() -> None:
    script = "-- why; because\n\n  CREATE TABLE a (); /* x */ DROP TABLE b\n;\n;;SELECT 1 -- the end\n"

    expected = (Piece("CREATE TABLE a ()", 3, 3), Piece("DROP TABLE b", 3, 30), Piece("SELECT 1", 5, 3))
    assert expected == cut(script)


def test_an_empty_script_has_no_pieces() -> None:
    assert cut(" ;; -- nothing\n /* at all */ ") == ()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 'a; b', \"c; d\", E'e\\'; f', $$ g; h $$, $tag$ i; $$ j; $tag$, U&'k; l'",
        "SELECT /* a; /* b; */ c; */ 1 -- d;\n + 1",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END",
        "create or replace procedure p() begin atomic insert into t values (1); end",
        "CREATE RULE r AS ON UPDATE TO v DO INSTEAD (DELETE FROM a; DELETE FROM b)",
        "DO $$ BEGIN DELETE FROM a; END $$",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN RETURN NEW; END; $body$",
    ],
)
def test_semicolons_inside_of_a_statement_do_not_cut_it(statement: str) -> None:
    assert [statement, "SELECT 2"] == texts(f"{statement};\nSELECT 2;")


def test_begin_alone_is_a_statement() -> None:
    assert texts("BEGIN; SELECT 1; END; COMMIT;") == ["BEGIN", "SELECT 1", "END", "COMMIT"]


@pytest.mark.parametrize(
    ("script", "line", "found"),
    [
        ("SELECT 1;\nSELECT 'a", 2, "a string"),
        ("SELECT 1;\n\nSELECT E'a\\'", 3, "a string"),
        ('SELECT "a', 1, "a quoted name"),
        ("SELECT $body$ $$", 1, "a string quoted with $body$"),
        ("\n/* /* */", 2, "a comment"),
    ],
)
def test_what_is_never_closed_is_named_with_its_line(script: str, line: int, found: str) -> None:
    with pytest.raises(SqlSyntaxError) as caught:
        cut(script)

    assert f"line {line}" == caught.value.where
    assert caught.value.found.startswith(found)
    assert caught.value.remedy


def test_a_command_of_psql_is_refused_by_name() -> None:
    with pytest.raises(SqlSyntaxError, match=r"line 2: .*connect other.* command of psql"):
        cut("SELECT 1;\n\\connect other\nSELECT 2;")


def test_rows_for_copy_are_refused() -> None:
    with pytest.raises(SqlSyntaxError, match="without its data"):
        cut("COPY t (a) FROM stdin;\n1\n2\n\\.\n")


def test_the_fences_of_a_dump_are_passed_over() -> None:
    script = "--\n-- PostgreSQL database dump\n--\n\n\\restrict b9Xk\n\nSET a = 1;\n\n\\unrestrict b9Xk\n"

    assert cut(script) == (Piece("SET a = 1", 7, 1),)


def test_carriage_returns_are_white_space() -> None:
    assert [Piece("SELECT 1", 1, 1), Piece("SELECT 2", 2, 1)] == list(cut("SELECT 1;\r\nSELECT 2;\r\n"))
