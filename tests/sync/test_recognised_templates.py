"""Our templates are told from other people's functions, whatever stands in the names and expressions."""

from __future__ import annotations

import pytest

from safemigrate.schema import Name, Operation
from safemigrate.schema.conversion import CreateConversionFunction, CreateConversionTrigger, conversion_triggers
from safemigrate.schema.leftovers import DropInvalidIndex, FinishDetach
from safemigrate.schema.operations import CreateObject, DropColumn, RenameColumn, Unreadable
from safemigrate.schema.renaming import EndRename, UndoRename
from safemigrate.schema.sync import CreateFillFunction, CreateSyncFunction, CreateSyncTrigger, Guard
from safemigrate.sql import read

SPLIT = CreateConversionFunction(
    Name("people"),
    (("first", "split_part(full_name, ' ', 1)"), ("last", "nullif(split_part(full_name, ' ', 2), '')")),
    (("full_name", "concat_ws(' ', first, last)"),),
)
MERGED = CreateConversionFunction(
    Name("Order", "Sales"),
    (("one", "a || '\n  /* x */'"), ('two "2"', "$safemigrate$q$safemigrate$")),
    (("a", "one"), ('Buyer\'s "Name"', "one"), ("new.b, c", "one"), ("(d)", "one")),
)
ONE_WAY = CreateConversionFunction(Name("t" * 63), (("d" * 63, "lower('c')"),))
TYPED = CreateConversionFunction(
    Name("hooks"),
    (("body", "payload::jsonb"),),
    (("payload", "body::text"),),
    types=(("payload", "character varying(9)"), ("body", "jsonb")),
    total=("payload",),
)
COPIED = CreateConversionFunction(Name("t"), (("d", "c"),), total=("d",), by_value=True)
SYNC = CreateSyncFunction(Name("customers"), "full_name", "name")
FILL = CreateFillFunction(Name("users"), "slug", "lower(users.name)")
FILL_OF_LINES = CreateFillFunction(Name("users"), "slug", "'it''s; -- no comment\n  /* nor this */'")
GUARD = Guard("a1b2c3", (Name("customers"), Name("Order", "Sales")))
TEMPLATES = [
    SYNC,
    FILL,
    FILL_OF_LINES,
    GUARD,
    *(
        each
        for function in (SPLIT, MERGED, ONE_WAY, TYPED, COPIED)
        for each in (function, *conversion_triggers(function, ("c" * 63,)))
    ),
    EndRename(Name("customers"), "full_name", "name"),
    EndRename(Name("Order", "Sales"), "user's", 'Buyer\'s "Name"'),
    UndoRename(Name("customers"), "full_name", "name"),
    DropInvalidIndex(Name("customers"), "customers_email"),
    DropInvalidIndex(Name("Order's", "Sales"), 'Buyer\'s "Index"'),
    FinishDetach(Name("days"), Name("days_1")),
    FinishDetach(Name("Order's", "Sales"), Name('Part "1"', "Old's")),
    UndoRename(Name("Order's", "Sales"), "back\\slash", "$safemigrate$"),
    CreateSyncFunction(Name("Order", "Sales"), "user", 'Buyer\'s "Name"'),
    CreateSyncFunction(Name("t" * 63), "a" * 63, "b" * 63),
    CreateSyncFunction(Name("customers"), "full_name", "name", by_value=True),
    CreateSyncTrigger(Name("Order", "Sales"), 'Buyer\'s "Name"', "back\\slash's (column)", by_value=True),
    CreateSyncFunction(Name("größe"), "päß", "$safemigrate$"),
    CreateFillFunction(Name("users"), "slug", "$safemigrate$dollars$safemigrate$ || E'\\n' || \"it}s\""),
    CreateSyncTrigger(Name("customers"), "name"),
    CreateSyncTrigger(Name("customers"), "name", "full_name"),
    CreateSyncTrigger(Name("a_b", "c_d"), "e_f"),
    CreateSyncTrigger(Name("Order", "Sales"), 'Buyer\'s "Name"'),
    CreateSyncTrigger(Name("Order", "Sales"), 'Buyer\'s "Name"', "back\\slash's (column)"),
    CreateSyncTrigger(Name("t" * 63), "c" * 63),
    CreateSyncTrigger(Name("t" * 63), "back\\slash's (column)"),
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
        (SYNC, "NEW.full_name := NEW.name;", "NEW.full_name := NEW.name || '';"),
        (SYNC, '"old": "full_name"', '"old": "fullname"'),
        (SYNC, "IS NOT DISTINCT FROM NULL\n      OR", "IS NOT DISTINCT FROM NULL\n      AND"),
        (SYNC, "safemigrate_sync_customers__name", "mine"),
        (FILL, "(SELECT lower(users.name)", "(SELECT upper(users.name)"),
        (FILL_OF_LINES, "\n  /*", "\n /*"),
        (SPLIT, "concat_ws(' ', first, last) INTO", "concat_ws('', first, last) INTO"),
        (SPLIT, '"down": {"full_name"', '"down": {"fullname"'),
        (SPLIT, "NEW.full_name := NULL;", "NEW.full_name := '';"),
        (SPLIT, '"up": {"first"', '"up": {"first_name"'),
        (ONE_WAY, "NEW." + "d" * 63 + " := NULL;", ""),
        (TYPED, "payload character varying(9) :=", "payload character varying(8) :="),
        (TYPED, '"total": ["payload"]', '"total": "payload"'),
        (TYPED, "made_body := payload::jsonb", "made_body := payload::json"),
        (COPIED, "NEW.d := NEW.c;", "NEW.d := OLD.c;"),
        (GUARD, "'allow' THEN", "'allow' OR true THEN"),
        (GUARD, '"tables": [', '"tables": 7, "x": ['),
    ],
)
def test_an_edited_template_is_not_ours(template: Operation, found: str, put: str) -> None:
    text = template.sql()
    assert found in text
    assert all(isinstance(operation, CreateObject | Unreadable) for operation in read(text.replace(found, put, 1)))


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


@pytest.mark.parametrize(
    ("found", "put"),
    [
        ("BEFORE UPDATE", "AFTER UPDATE"),
        ("BEFORE UPDATE", "BEFORE INSERT"),
        ("zzz_safemigrate_people_first", "other"),
        ("zzz_safemigrate_people_first", "zzz_safemigrate_insert__people_first"),
        ("safemigrate_sync_people__first", "other"),
        ("ROW(OLD.full_name, ", "ROW(OLD.last, "),
        ("AND NOT (", "AND ("),
        ("NEW.last IS NOT DISTINCT FROM NULL", "NEW.full_name IS NOT DISTINCT FROM NULL"),
    ],
)
def test_an_edited_trigger_of_a_conversion_is_not_ours(found: str, put: str) -> None:
    text = conversion_triggers(SPLIT)[1].sql()
    assert found in text
    (operation,) = read(text.replace(found, put, 1))
    assert not isinstance(operation, CreateConversionTrigger)


def test_an_edited_end_of_a_rename_is_what_its_statements_do() -> None:
    edited = EndRename(Name("customers"), "a", "b").sql().replace("attname = 'a'", "attname = 'c'")
    assert [DropColumn, RenameColumn] == [type(operation) for operation in read(edited)]
