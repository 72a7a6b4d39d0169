"""What split offers as an answer where one column follows from others."""

from __future__ import annotations

import pytest

from safemigrate.rulebook.suggested import looked_back, looks_up, suggested
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


def test_a_look_up_knows_the_table_and_the_column_that_it_reads() -> None:
    looked = looks_up(read_expression("(SELECT g.id FROM app.guests AS g WHERE g.key = stays.guest_key LIMIT 1)"))
    assert looked is not None
    assert (Name("guests", "app"), "id") == (looked.table, looked.column)
