"""The mapping of tables that costs little to change says what a dict says, and who mentions a name."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from safemigrate.schema import ForeignKey, Name, Schema, Table
from safemigrate.schema.model import Index
from safemigrate.schema.tables import BELOW, HOLDS, INSIDE, REFERS, Tables

NAMES = [Name(f"t{number}", schema) for number in range(30) for schema in ("public", "pg_temp")]
_name = st.sampled_from(NAMES)


@st.composite
def _tables(draw: st.DrawFn) -> Table:
    referred, indexed, parent = draw(st.tuples(st.none() | _name, st.none() | _name, st.none() | _name))
    return Table(
        draw(_name),
        constraints={"fk": ForeignKey("fk", ("a",), referred)} if referred else {},
        indexes={indexed.name: Index(indexed.name, ("a",))} if indexed else {},
        partition_of=parent,
    )


@given(st.lists(st.tuples(st.booleans(), _tables()), max_size=120))
def test_it_is_a_dict_that_is_never_changed(steps: list[tuple[bool, Table]]) -> None:
    expected: dict[Name, Table] = {}
    tables = Tables.of({})
    kept: list[tuple[Tables, dict[Name, Table]]] = []
    for adds, table in steps:
        kept.append((tables, dict(expected)))
        if adds:
            expected[table.name] = table
            tables = tables.with_table(table.name, table)
        else:
            expected.pop(table.name, None)
            tables = tables.without_table(table.name)
    for each, then in [*kept, (tables, expected)]:
        assert dict(each.items()) == then
        assert [(name in each, each.get(name)) for name in NAMES] == [(n in then, then.get(n)) for n in NAMES]
    for name in NAMES:
        assert _found(tables, REFERS, name.name) == {
            n for n, t in expected.items() for c in t.constraints.values() if c.referenced.name == name.name
        }
        assert _found(tables, BELOW, name.name) == {
            n for n, t in expected.items() if t.partition_of and t.partition_of.name == name.name
        }
        assert _found(tables, HOLDS, name.name) == {n for n, t in expected.items() if name.name in t.indexes}
    assert _found(tables, INSIDE, "pg_temp") == {name for name in expected if name.schema == "pg_temp"}
    again = pickle.loads(pickle.dumps(Schema(tables)))
    assert again == Schema(expected)
    assert _found(again.tables, INSIDE, "pg_temp") == _found(tables, INSIDE, "pg_temp")


def _found(tables: Tables, how: str, word: str) -> set[Name]:
    found = [name for name, table in tables.items() if any(table is other for other in tables.mentioning(how, word))]
    assert len(found) == len(tables.mentioning(how, word))
    return set(found)
