"""What split offers as an answer where one column follows from others."""

from __future__ import annotations

import pytest

from safemigrate.rulebook.suggested import looked_back, looks_up, suggested, turned_round
from safemigrate.schema import Column, Name, Type
from safemigrate.sql import read_expression


def _column(name: str, type_: str) -> Column:
    return Column(name, Type(type_))


@pytest.mark.parametrize(
    ("column", "over", "expected"),
    [
        ("text", ["text"], "a"),
        ("text", ["text", "text"], "concat_ws(' ', a, b)"),
        ("integer", ["text"], "a::integer"),
        ("boolean", ["timestamp with time zone"], "a IS NOT NULL"),
        ("boolean", ["boolean"], "a"),
        # an enum is no number
        ("integer", ["mood"], "NULL"),
        ("text", ["mood"], "a::text"),
        ("jsonb", ["text", "integer"], "jsonb_build_object('a', a, 'b', b)"),
    ],
)
def test_an_example_fits_the_type_of_the_column(column: str, over: list[str], expected: str) -> None:
    names = [_column(name, type_) for name, type_ in zip("ab", over, strict=False)]
    assert expected == suggested(_column("old", column), names)


@pytest.mark.parametrize(
    ("up", "expected"),
    [
        (
            "(SELECT s.id FROM states s WHERE s.name = orders.state::text LIMIT 1)",
            "(SELECT s.name::mood FROM states s WHERE s.id = orders.state_id LIMIT 1)",
        ),
        (
            "(SELECT id FROM app.states WHERE orders.state = name)",
            "(SELECT name FROM app.states WHERE id = orders.state_id LIMIT 1)",
        ),
        # nobody can say which of the rows it was
        ("(SELECT id FROM states WHERE name = orders.state AND open)", None),
        ("(SELECT max(id) FROM states WHERE name = orders.state)", None),
        ("(SELECT id FROM states WHERE name = orders.other)", None),
    ],
)
def test_what_was_looked_up_is_found_again_by_what_was_found(up: str, expected: str | None) -> None:
    old, new = _column("state", "mood"), _column("state_id", "integer")
    assert expected == looked_back(read_expression(up), Name("orders"), old, new)


@pytest.mark.parametrize(
    ("up", "old", "new", "expected"),
    [
        (
            "CASE WHEN kind = 1 THEN 'group'::room_kind WHEN kind = 0 THEN 'direct'::room_kind END",
            "integer",
            "room_kind",
            "CASE room_kind WHEN 'group' THEN 1 WHEN 'direct' THEN 0 END",
        ),
        (
            "CASE WHEN (kind = 'it''s') THEN 1 ELSE 2 END",
            "mood",
            "integer",
            "CASE room_kind WHEN 1 THEN 'it''s'::mood END",
        ),
        (
            "CASE WHEN (kind = true) THEN 'old'::character varying(16) ELSE 'open'::character varying(16) END",
            "boolean",
            "character varying",
            "room_kind = 'old'",
        ),
        ("CASE WHEN kind THEN 'old' END", "boolean", "text", "room_kind = 'old'"),
        ("(kind * 100)::bigint", "numeric", "bigint", "room_kind / 100.0"),
        ("round(rooms.kind / 100)", "bigint", "numeric", "room_kind * 100"),
        # nothing says which of many it was
        ("CASE WHEN kind > 1 THEN 'many' END", "integer", "text", None),
        ("kind * other", "integer", "integer", None),
    ],
)
def test_the_opposite_of_what_was_computed_is_offered(up: str, old: str, new: str, expected: str | None) -> None:
    assert expected == turned_round(
        read_expression(up), Name("rooms"), _column("kind", old), _column("room_kind", new)
    )


def test_a_look_up_knows_the_table_and_the_column_that_it_reads() -> None:
    looked = looks_up(read_expression("(SELECT g.id FROM app.guests AS g WHERE g.key = stays.guest_key LIMIT 1)"))
    assert looked is not None
    assert (Name("guests", "app"), "id") == (looked.table, looked.column)
