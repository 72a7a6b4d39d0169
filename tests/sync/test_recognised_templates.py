"""Our templates are told from other people's functions, whatever stands in the names and expressions."""

from __future__ import annotations

import pytest

from safemigrate.schema import Name, Operation
from safemigrate.schema.operations import CreateObject, Unreadable
from safemigrate.schema.sync import CreateFillFunction, CreateSyncFunction, CreateSyncTrigger, Guard
from safemigrate.sql import read

TEMPLATES = [
    CreateSyncFunction(Name("customers"), "full_name", "name"),
    CreateSyncFunction(Name("Order", "Sales"), "user", 'Buyer\'s "Name"'),
    CreateSyncFunction(Name("t" * 63), "a" * 63, "b" * 63),
    CreateSyncFunction(Name("größe"), "päß", "$safemigrate$"),
    CreateFillFunction(Name("users"), "slug", "lower(users.name)"),
    CreateFillFunction(Name("users"), "slug", "'it''s; -- no comment\n  /* nor this */'"),
    CreateFillFunction(Name("users"), "slug", "$safemigrate$dollars$safemigrate$ || E'\\n' || \"it}s\""),
    CreateSyncTrigger(Name("customers"), "name"),
    CreateSyncTrigger(Name("customers"), "name", "full_name"),
    CreateSyncTrigger(Name("a_b", "c_d"), "e_f"),
    CreateSyncTrigger(Name("Order", "Sales"), 'Buyer\'s "Name"'),
    CreateSyncTrigger(Name("Order", "Sales"), 'Buyer\'s "Name"', "back\\slash's (column)"),
    CreateSyncTrigger(Name("t" * 63), "c" * 63),
    CreateSyncTrigger(Name("t" * 63), "back\\slash's (column)"),
    Guard("a1b2c3", (Name("customers"), Name("Order", "Sales"))),
]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: type(t).__name__)
def test_a_template_is_read_back_as_what_it_was_made_from(template: Operation) -> None:
    assert read(template.sql()) == (template,)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: type(t).__name__)
def test_a_template_is_read_back_from_inside_a_revision(template: Operation) -> None:
    indented = "\n".join(f"        {line}" for line in template.sql().splitlines())
    if "\n  /*" not in template.sql():
        assert read(f"\n{indented};\n    ") == (template,)


@pytest.mark.parametrize(
    ("template", "found", "put"),
    [
        (TEMPLATES[0], "NEW.full_name := NEW.name;", "NEW.full_name := NEW.name || '';"),
        (TEMPLATES[0], '"old": "full_name"', '"old": "fullname"'),
        (TEMPLATES[0], "IS NOT DISTINCT FROM NULL\n      OR", "IS NOT DISTINCT FROM NULL\n      AND"),
        (TEMPLATES[0], "safemigrate_sync_customers__name", "mine"),
        (TEMPLATES[4], "(SELECT lower(users.name)", "(SELECT upper(users.name)"),
        (TEMPLATES[5], "\n  /*", "\n /*"),
        (TEMPLATES[-1], "'allow' AND", "'allow' AND false AND"),
        (TEMPLATES[-1], '"tables": [', '"tables": 7, "x": ['),
    ],
)
def test_an_edited_template_is_not_ours(template: Operation, found: str, put: str) -> None:
    text = template.sql()
    assert found in text
    (operation,) = read(text.replace(found, put, 1))
    assert isinstance(operation, CreateObject | Unreadable)


@pytest.mark.parametrize(
    ("found", "put"),
    [
        ("BEFORE", "AFTER"),
        ("INSERT OR ", ""),
        ("zzz_safemigrate_customers_name", "other"),
        ("__name()", "other()"),
        ("ROW(NEW.full_name)", "ROW(OLD.full_name)"),
        ("NOT pg_catalog", "pg_catalog"),
        ("pg_catalog.record_image_eq", "record_eq"),
        ("WHEN (NOT pg_catalog.record_image_eq(ROW(NEW.name), ROW(NEW.full_name))) ", ""),
    ],
)
def test_an_edited_trigger_is_not_ours(found: str, put: str) -> None:
    text = CreateSyncTrigger(Name("customers"), "name", "full_name").sql()
    assert found in text
    (operation,) = read(text.replace(found, put, 1))
    assert not isinstance(operation, CreateSyncTrigger)
