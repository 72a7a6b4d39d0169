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
    CreateSyncTrigger(Name("a_b", "c_d"), "e_f"),
    CreateSyncTrigger(Name("Order", "Sales"), 'Buyer\'s "Name"'),
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
        (TEMPLATES[0], "NEW.full_name := NEW.name; ELSE", "NEW.full_name := NEW.name || ''; ELSE"),
        (TEMPLATES[0], '"old": "full_name"', '"old": "fullname"'),
        (TEMPLATES[0], "ELSIF old_changed OR", "ELSIF old_changed AND"),
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


@pytest.mark.parametrize("found", ["BEFORE", "INSERT OR ", "zzz_safemigrate_customers_name", "__name()"])
def test_an_edited_trigger_is_not_ours(found: str) -> None:
    text = CreateSyncTrigger(Name("customers"), "name").sql()
    put = {"BEFORE": "AFTER", "INSERT OR ": ""}.get(found, "other()" if found.endswith("()") else "other")
    (operation,) = read(text.replace(found, put, 1))
    assert not isinstance(operation, CreateSyncTrigger)
