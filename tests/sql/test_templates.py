"""Our own templates are recognised when they are read back, and nothing that resembles them is."""

from __future__ import annotations

import pytest

from safemigrate.schema import Name, Operation
from safemigrate.schema.operations import CreateFunction, CreateTrigger, Unreadable
from safemigrate.schema.sync import CreateFillFunction, CreateSyncFunction, CreateSyncTrigger, Guard
from safemigrate.sql import cut, read

TABLE = Name("Order", "shop")
TEMPLATES = [
    CreateSyncFunction(TABLE, "full_name", "Display Name"),
    CreateFillFunction(TABLE, "currency", "'EUR' || lower(country)"),
    CreateSyncTrigger(TABLE, "Display Name", "full_name"),
    CreateSyncTrigger(Name("t" * 40), "c" * 40),
    Guard("0007", (TABLE, Name("plain"))),
]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: type(template).__name__)
def test_a_template_is_recognised(template: Operation) -> None:
    assert (template,) == read(template.sql())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: type(template).__name__)
def test_a_template_is_recognised_in_a_script(template: Operation) -> None:
    first, second = cut(f"-- why\n{template.sql()};\nSELECT 1;")

    assert (template,) == read(first.text)
    assert second.text == "SELECT 1"


@pytest.mark.parametrize("template", TEMPLATES[:2], ids=lambda template: type(template).__name__)
def test_an_edited_function_is_only_a_function(template: Operation) -> None:
    edited = template.sql().replace("RETURN NEW;", "NEW.id := 1; RETURN NEW;")

    assert [CreateFunction] == [type(operation) for operation in read(edited)]


def test_an_edited_trigger_is_only_a_trigger() -> None:
    edited = TEMPLATES[2].sql().replace("BEFORE INSERT OR UPDATE", "BEFORE INSERT")

    assert [CreateTrigger] == [type(operation) for operation in read(edited)]


def test_an_edited_guard_is_unreadable() -> None:
    edited = TEMPLATES[4].sql().replace("RAISE EXCEPTION", "RAISE NOTICE")

    assert {Unreadable} == {type(operation) for operation in read(edited)}
