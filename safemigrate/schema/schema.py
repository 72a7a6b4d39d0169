"""The schema: a value that answers what is there, and what is not, or that nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from safemigrate.schema.model import (
    Answer,
    Check,
    Column,
    EnumType,
    ForeignKey,
    Index,
    NotNullConstraint,
    PrimaryKey,
    Table,
    Type,
    Unique,
    unknown_column,
)
from safemigrate.schema.name import Name

#: where the temporary tables of a session are, whose names hide all others
TEMPORARY = "pg_temp"


@dataclass(frozen=True, slots=True)
class Schema:
    """Everything the replayed history made, after some statement of it.

    *complete* says that the history began with an empty database: what it never made is not there. Otherwise
    what it never made is unknown, which rules take for existing, large and in use. *revision* counts the
    revisions begun so far; what carries the same number in ``born`` was made by the current one.
    """

    tables: Mapping[Name, Table] = field(default_factory=dict)
    enums: Mapping[Name, EnumType] = field(default_factory=dict)
    #: sequences, views, functions, extensions …: what the schema knows by kind and name only
    objects: Mapping[tuple[str, Name], int] = field(default_factory=dict)
    #: whether a domain has a constraint of its own
    domains: Mapping[Name, bool] = field(default_factory=dict)
    complete: bool = False
    search_path: tuple[str, ...] = ("public",)
    revision: int = field(default=0, compare=False)

    # -- names --------------------------------------------------------------------------------------------------

    def resolve(self, name: Name) -> Name:
        """*name* with its schema: the first of the search path that holds it, else the one it would be made in."""
        if name.schema is not None:
            return name
        for schema in self._looked_through:
            candidate = Name(name.name, schema)
            if candidate in self.tables or candidate in self.enums or candidate in self.domains:
                return candidate
        return Name(name.name, self.search_path[0] if self.search_path else None)

    @property
    def _looked_through(self) -> tuple[str, ...]:
        return self.search_path if TEMPORARY in self.search_path else (TEMPORARY, *self.search_path)

    def same(self, one: Name, other: Name) -> bool:
        """Whether two written names mean one object."""
        return self.resolve(one) == self.resolve(other)

    # -- tables -------------------------------------------------------------------------------------------------

    def table(self, name: Name) -> Table | None:
        """The table, None where the history made none of that name."""
        return self.tables.get(self.resolve(name))

    def exists(self, name: Name) -> Answer:
        """Whether there is such a table."""
        if self.table(name) is not None:
            return Answer.YES
        return Answer.NO if self.complete else Answer.UNKNOWN

    def is_new(self, name: Name) -> bool:
        """Whether the current revision made the table: no running version knows it, and it holds few rows.

        A table that is not known is not new.
        """
        table = self.table(name)
        return table is not None and table.born == self.revision

    # -- columns ------------------------------------------------------------------------------------------------

    def column(self, table: Name, column: str) -> Column:
        """The column; one about which every answer is unknown where the history made none."""
        known = self.table(table)
        return (known.columns.get(column) if known else None) or unknown_column(column)

    def has_column(self, table: Name, column: str) -> Answer:
        known = self.table(table)
        if known is None:
            return self.exists(table)
        if column in known.columns:
            return Answer.YES
        return Answer.NO if known.known else Answer.UNKNOWN

    def is_new_column(self, table: Name, column: str) -> bool:
        """Whether the current revision made the column, alone or with its table."""
        return self.is_new(table) or self.column(table, column).born == self.revision

    def is_constrained(self, type: Type | None) -> bool:
        """Whether *type* is a domain with a constraint. One that the history never made is not known."""
        if type is None or type.dimensions:
            return False
        return self.domains.get(self.resolve(Name(type.name, type.schema)), False)

    # -- constraints and indexes --------------------------------------------------------------------------------

    def not_null_check(self, table: Name, column: str) -> Check | NotNullConstraint | None:
        """A constraint that forbids NULL in *column*, a validated one first."""
        known = self.table(table)
        found = [
            c
            for c in (known.constraints.values() if known else ())
            if (isinstance(c, Check) and column in c.expression.not_null)
            or (isinstance(c, NotNullConstraint) and c.column == column)
        ]
        return max(found, key=lambda c: c.valid, default=None)

    def indexes_on(self, table: Name, column: str) -> tuple[Index, ...]:
        """The indexes that mention *column* as a plain column."""
        known = self.table(table)
        return tuple(i for i in (known.indexes.values() if known else ()) if column in i.columns)

    def keys_on(self, table: Name, column: str) -> tuple[Unique | PrimaryKey | ForeignKey, ...]:
        """The unique, primary and foreign keys of the table that hold *column*."""
        known = self.table(table)
        return tuple(
            c
            for c in (known.constraints.values() if known else ())
            if isinstance(c, Unique | PrimaryKey | ForeignKey) and column in c.columns
        )

    def referencing(self, table: Name) -> tuple[tuple[Name, ForeignKey], ...]:
        """The foreign keys that point at *table*, with the table each stands on."""
        target = self.resolve(table)
        return tuple(
            (other.name, constraint)
            for other in self.tables.values()
            for constraint in other.constraints.values()
            if isinstance(constraint, ForeignKey) and self.resolve(constraint.referenced) == target
        )

    def partitions(self, table: Name) -> tuple[Name, ...]:
        """The partitions of *table* that are known, and theirs."""
        target = self.resolve(table)
        children = [other.name for other in self.tables.values() if other.partition_of == target]
        return tuple(name for child in children for name in (child, *self.partitions(child)))

    def index_table(self, index: Name) -> Table | None:
        """The table that an index stands on, None where the index is not known."""
        for table in self.tables.values():
            if index.name in table.indexes and index.schema in (None, table.name.schema):
                return table
        return None

    # -- moving forward -----------------------------------------------------------------------------------------

    def next_revision(self) -> Schema:
        """The same schema as the next revision finds it: nothing is new any more."""
        return replace(self, revision=self.revision + 1)

    def with_table(self, table: Table) -> Schema:
        return replace(self, tables={**self.tables, table.name: table})

    def without_table(self, name: Name) -> Schema:
        resolved = self.resolve(name)
        return replace(self, tables={key: table for key, table in self.tables.items() if key != resolved})
