"""Packages that import what they give when somebody asks, and nothing before."""

from __future__ import annotations

import subprocess
import sys

import pytest


def answer(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("package", "name", "module"),
    [
        ("safemigrate.schema", "after", "safemigrate.schema.after"),
        ("safemigrate.schema.locks", "footprint", "safemigrate.schema.locks.footprint"),
        ("safemigrate.rulebook", "judge", "safemigrate.rulebook.judge"),
        ("safemigrate.rulebook", "replay", "safemigrate.rulebook.replay"),
    ],
)
def test_a_function_is_given_although_its_module_is_called_the_same(package: str, name: str, module: str) -> None:
    for first in (package, module):
        code = f"import {first}; import {module}; from {package} import {name}; print(callable({name}))"

        assert answer(code) == "True"


def test_loading_the_rules_imports_neither_the_operations_nor_the_reader_of_sql() -> None:
    code = (
        "import sys; from safemigrate.rulebook import load_rules; load_rules(); "
        "print([m for m in ('safemigrate.schema.operations', 'safemigrate.sql', 'sqlglot') if m in sys.modules])"
    )

    assert answer(code) == "[]"


def test_an_unknown_name_is_an_attribute_error_and_the_known_ones_are_listed() -> None:
    from safemigrate import schema

    with pytest.raises(AttributeError, match=r"safemigrate\.schema.*no attribute 'colour'"):
        _ = schema.colour  # type: ignore[attr-defined]
    assert {"Schema", "footprint", "after"} <= set(dir(schema))
