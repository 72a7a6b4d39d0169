"""What is said of the functions of PostgreSQL is what a server says of them."""

from __future__ import annotations

import psycopg
import pytest

from safemigrate.server import Server
from safemigrate.sql import volatility

ASKED = "SELECT proname, provolatile FROM pg_catalog.pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace"
OF_EXTENSIONS = frozenset("gen_random_bytes uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4".split())
# random_normal came with PostgreSQL 16, the other two with 18
OF_NEWER_SERVERS = frozenset("random_normal uuidv4 uuidv7".split())

Letters = dict[str, set[str]]


@pytest.fixture(scope="module")
def letters(server: Server) -> Letters:
    """Each function with its volatilities (i, s, v): several where it is overloaded."""
    found: Letters = {}
    with psycopg.connect(server.url) as connection:
        for name, letter in connection.execute(ASKED):
            found.setdefault(name, set()).add(letter)
    return found


def test_what_is_called_constant_is_immutable(letters: Letters) -> None:
    wrong = [name for name in volatility.CONSTANT & letters.keys() if letters[name] != {"i"}]

    assert not wrong


def test_what_is_called_stable_is_not_volatile(letters: Letters) -> None:
    wrong = [name for name in volatility.STABLE & letters.keys() if "v" in letters[name]]

    assert not wrong


def test_what_is_called_volatile_is_volatile(letters: Letters) -> None:
    wrong = [name for name in volatility.VOLATILE & letters.keys() if "v" not in letters[name]]

    assert not wrong


def test_the_functions_that_are_named_exist(letters: Letters) -> None:
    named = volatility.CONSTANT | volatility.STABLE | volatility.VOLATILE

    assert not named - letters.keys() - OF_EXTENSIONS - OF_NEWER_SERVERS
