"""Names are folded as PostgreSQL folds them."""

from __future__ import annotations

import pytest

from safemigrate.schema import Name
from safemigrate.sql import parse_name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("t", Name("t")),
        ("T", Name("t")),
        ('public."T"', Name("T", "public")),
        (' "a""b" . C ', Name("c", 'a"b')),
        ("Größe", Name("größe")),
        ("ÄRGER", Name("Ärger")),
        ('"select"', Name("select")),
        ("a$1", Name("a$1")),
        # a database before the schema can only be the one at hand
        ('shop.public."T"', Name("T", "public")),
        ("é" * 40, Name("é" * 31)),
    ],
)
def test_name_is_folded(written: str, name: Name) -> None:
    assert name == parse_name(written)


@pytest.mark.parametrize("name", [Name("t"), Name("T", "s"), Name('"'), Name("user", "Öl"), Name("a b", "1")])
def test_what_a_name_writes_is_the_name(name: Name) -> None:
    assert name == parse_name(name.sql())


@pytest.mark.parametrize("written", ["", "a b", "a.b.c.d", "1", "'a'", "a.", "select", '""', '"a', "a;"])
def test_what_is_no_name_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is not a name"):
        parse_name(written)
