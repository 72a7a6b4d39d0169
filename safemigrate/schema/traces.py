"""What a step leaves in the catalogue, and the question by which a revision finds out whether it has run.

A transaction leaves all of its traces or none, and the steps of a revision run in their order. So one trace that
lasts until the revision ends tells whether everything up to there has run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from safemigrate.schema.asking import PARTS, has_part, is_child
from safemigrate.schema.model import Generation, Table
from safemigrate.schema.name import Name, literal
from safemigrate.schema.schema import Schema

#: how the history knows a question of ours: while it reads, the answer is yes
MARK = "/* safemigrate asks */"
_RELATIONS = ("SEQUENCE", "VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE")
_TYPES = ("TYPE", "DOMAIN")
_IDENTITIES = (Generation.IDENTITY_ALWAYS, Generation.IDENTITY_BY_DEFAULT)


@dataclass(frozen=True, slots=True)
class Trace:
    """Something that is there or is not: a relation or type, *part* of the relation *name*, or that this is *of*
    another as a partition or an heir."""

    kind: str
    name: Name
    part: str = ""
    of: Name | None = None

    def is_there(self, schema: Schema) -> str:
        """The condition that it is there, with names as they may be written on *schema*."""
        if self.kind in _NAMED:
            return f"{self._looked_up(schema)} IS NOT NULL"
        name = schema.shortest(self.name)
        return has_part(self.kind, name, self.part) if self.of is None else is_child(name, schema.shortest(self.of))

    def is_gone(self, schema: Schema) -> str:
        """The condition that it is not there."""
        return f"{self._looked_up(schema)} IS NULL" if self.kind in _NAMED else f"NOT {self.is_there(schema)}"

    def _looked_up(self, schema: Schema) -> str:
        return f"{_NAMED[self.kind]}({literal(schema.shortest(self.name).sql())})"


#: what PostgreSQL looks up by name, and by which function
_NAMED = {"relation": "to_regclass", "type": "to_regtype"}


def still_to_do(earlier: Sequence[Schema], later: Sequence[Schema]) -> str | None:
    """The condition that holds on each of *earlier* and on none of *later*: before a step, and once it has run.

    None where the schema knows of no such trace.
    """
    before, after = earlier[-1], later[0]
    if before is after:
        return None
    changed = frozenset(_changed(before, after, later[-1]))
    had, has = _traces(before, changed), _traces(after, changed)
    # what comes may be there already where the release ran as it was written, so what goes tells more
    gone = _lasting(had - has, earlier[:-1], later[1:], changed)
    if gone:
        return min(gone, key=_plainness).is_there(before)
    come = _lasting(has - had, later[1:], earlier[:-1], changed)
    return min(come, key=_plainness).is_gone(after) if come else None


def _lasting(
    traces: frozenset[Trace], on: Sequence[Schema], off: Sequence[Schema], changed: Collection[Name]
) -> frozenset[Trace]:
    """Those of *traces* that are there on each schema of *on*, and on none of *off*."""
    # to list the traces of a schema costs as much as it has tables
    for schema in on if traces else ():
        traces &= _traces(schema, changed)
    for schema in off if traces else ():
        traces -= _traces(schema, changed)
    return traces


def _plainness(trace: Trace) -> tuple[int, str]:
    """What orders traces: a person looks for the relation first, and for its columns then."""
    return [*_NAMED, *PARTS, "child"].index(trace.kind), str(trace)


def question(condition: str) -> str:
    """The query of *condition* that the history knows for one of ours."""
    return f"SELECT {condition} {MARK}"


def is_question(sql: str) -> bool:
    """Whether a query asks what a revision of ours has still to do."""
    return MARK in sql


def _changed(before: Schema, after: Schema, end: Schema) -> Iterator[Name]:
    """The tables that are another value behind the step; what takes the name of one may have columns like its."""
    for name, table in before.tables.items():
        later = after.tables.get(name)
        # most tables are the same object on both sides
        if later is not None and later is not table and table.known and name in end.tables:
            yield name


def _traces(schema: Schema, changed: Collection[Name]) -> frozenset[Trace]:
    """The relations and types of *schema*, and the parts of the tables *changed*."""
    parts = (trace for name in changed if name in schema.tables for trace in _parts(schema.tables[name]))
    return frozenset((*_relations(schema), *_types(schema), *parts))


def _relations(schema: Schema) -> Iterator[Trace]:
    for name in (*schema.tables, *schema.views, *(name for kind, name in schema.objects if kind in _RELATIONS)):
        yield Trace("relation", schema.resolve(name))
    indexed = ((table.name, table.indexes) for table in schema.tables.values())
    for name, indexes in (*indexed, *((view.name, view.indexes) for view in schema.views.values())):
        for index in indexes:
            yield Trace("relation", name.beside(index))


def _types(schema: Schema) -> Iterator[Trace]:
    for name in (*schema.enums, *schema.domains, *(name for kind, name in schema.objects if kind in _TYPES)):
        yield Trace("type", schema.resolve(name))


def _parts(table: Table) -> Iterator[Trace]:
    for column in table.columns.values():
        yield Trace("column", table.name, column.name)
        if column.generation in _IDENTITIES:
            yield Trace("identity", table.name, column.name)
    for kind, names in (
        ("constraint", table.constraints),
        ("trigger", table.triggers),
        ("policy", table.policies),
    ):
        for each in names:
            yield Trace(kind, table.name, each)
    for parent in (*table.parents, *([table.partition_of] if table.partition_of else ())):
        yield Trace("child", table.name, of=parent)
