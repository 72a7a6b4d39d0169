"""What is said of the functions of PostgreSQL is what a server says of them."""

from __future__ import annotations

import psycopg
import pytest

from safemigrate.server import Server
from safemigrate.sql import volatility

ASKED = "SELECT proname, provolatile FROM pg_catalog.pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace"


@pytest.fixture(scope="module")
def letters(server: Server) -> dict[str, set[str]]:
    """Each function with its volatilities (i, s, v): several where it is overloaded."""
    found: dict[str, set[str]] = {}
    with psycopg.connect(server.url) as connection:
        for name, letter in connection.execute(ASKED):
            found.setdefault(name, set()).add(letter)
    return found


def test_what_is_called_constant_is_immutable(letters: dict[str, set[str]]) -> None:
    assert {} == {name: letters[name] for name in volatility.CONSTANT & letters.keys() if letters[name] != {"i"}}


def test_what_is_called_stable_is_not_volatile(letters: dict[str, set[str]]) -> None:
    assert {} == {name: letters[name] for name in volatility.STABLE & letters.keys() if "v" in letters[name]}


def test_what_is_called_volatile_is_volatile(letters: dict[str, set[str]]) -> None:
    assert {} == {name: letters[name] for name in volatility.VOLATILE & letters.keys() if "v" not in letters[name]}


def test_the_functions_that_are_named_exist(letters: dict[str, set[str]]) -> None:
    extensions = {
        "uuid_generate_v1",
        "uuid_generate_v1mc",
        "uuid_generate_v4",
        "gen_random_bytes",
        "uuidv4",
        "uuidv7",
    }
    newer = {"random_normal", "array_reverse"}
    named = volatility.CONSTANT | volatility.STABLE | volatility.VOLATILE

    assert set() == named - letters.keys() - extensions - newer
