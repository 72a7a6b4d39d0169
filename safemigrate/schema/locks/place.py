"""The schema around an operation, and what in it goes along when a table is locked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import singledispatch

from safemigrate.schema import operations as o
from safemigrate.schema.chosen import NUMBERED, sequence_of
from safemigrate.schema.locks.footprint import Footprint, Lock, LockMode, Work
from safemigrate.schema.model import (
    Answer,
    Expression,
    ForeignKey,
    PrimaryKey,
    Table,
    Type,
    Unique,
    Volatility,
)
from safemigrate.schema.name import Name
from safemigrate.schema.objects import Domain
from safemigrate.schema.schema import Schema


@dataclass(frozen=True, slots=True)
class Place:
    """Where an operation runs: on *schema*, at the major version *postgres*."""

    schema: Schema
    postgres: int
    #: names that were completed already
    _complete: dict[Name, Name] = field(default_factory=dict, compare=False, repr=False)

    def at(self, postgres: int) -> Place:
        """The same place at another version."""
        return Place(self.schema, postgres, self._complete)

    # -- tables -------------------------------------------------------------------------------------------------

    def table(self, name: Name) -> Table | None:
        return self.schema.table(self.resolve(name))

    def resolve(self, name: Name) -> Name:
        """The name with its schema; each operation asks for the same few again and again."""
        if name.schema is not None:
            return name
        if name not in self._complete:
            self._complete[name] = self.schema.resolve(name)
        return self._complete[name]

    def known(self, name: Name) -> bool:
        """Whether the history made the table, so that what it does not hold is not there."""
        table = self.table(name)
        return table is not None and table.known

    def family(self, name: Name) -> tuple[Name, ...]:
        """The table, its partitions or children, and theirs."""
        return (name, *self.below(name))

    def below(self, name: Name) -> tuple[Name, ...]:
        """The partitions or children of a table, and theirs."""
        target = self.resolve(name)
        return tuple(dict.fromkeys((*self.schema.partitions(target), *self.schema.children(target))))

    def partitions(self, name: Name) -> tuple[Name, ...]:
        """The table and its partitions, without tables that merely inherit from it."""
        table = self.table(name)
        return self.family(name) if table is not None and table.partitioned else (name,)

    def partitions_below(self, name: Name) -> tuple[Name, ...]:
        return self.partitions(name)[1:]

    def is_partitioned(self, name: Name) -> bool:
        table = self.table(name)
        return table is not None and table.partitioned

    def default_partition(self, name: Name) -> Name | None:
        """The partition that takes the rows that no other takes."""
        return self.schema.default_partition(self.resolve(name))

    # -- foreign keys -------------------------------------------------------------------------------------------

    def keys(self, name: Name) -> tuple[ForeignKey, ...]:
        """The foreign keys of a table."""
        table = self.table(name)
        constraints = table.constraints.values() if table else ()
        return tuple(c for c in constraints if isinstance(c, ForeignKey))

    def own_keys(self, name: Name) -> tuple[ForeignKey, ...]:
        """The foreign keys of a table without those that a partition has from its parent."""
        table = self.table(name)
        above = self.keys(table.partition_of) if table is not None and table.partition_of else ()
        inherited = {(key.columns, self.resolve(key.referenced)) for key in above}
        return tuple(k for k in self.keys(name) if (k.columns, self.resolve(k.referenced)) not in inherited)

    def referenced(self, keys: Iterable[ForeignKey]) -> tuple[Name, ...]:
        """The tables that foreign keys point at, each with its partitions."""
        return tuple(dict.fromkeys(n for key in keys for n in self.partitions(key.referenced)))

    def referencing(self, name: Name) -> tuple[Name, ...]:
        """The tables whose foreign keys point at a table, each with its partitions."""
        return tuple(
            dict.fromkeys(
                n for other, _ in self.schema.referencing(self.resolve(name)) for n in self.partitions(other)
            )
        )

    def referencing_column(self, name: Name, column: str) -> tuple[Name, ...]:
        """The tables whose foreign keys point at a column of a table, each with its partitions."""
        table = self.table(name)
        primary = table.primary_key if table else ()
        found = (
            other
            for other, c in self.schema.referencing(self.resolve(name))
            if column in (c.referenced_columns or primary)
        )
        return tuple(dict.fromkeys(n for other in found for n in self.partitions(other)))

    # -- views, sequences, domains, functions -------------------------------------------------------------------

    def index_home(self, index: Name) -> Name | None:
        """The table or materialized view that an index stands on, None where the index is not known."""
        table = self.schema.index_table(index)
        if table is not None:
            return table.name
        views = (v for v in self.schema.views.values() if index.name in v.indexes)
        return next((v.name for v in views if index.schema in (None, v.name.schema)), None)

    def indexes_of(self, name: Name) -> tuple[str, ...]:
        """The names of the indexes of a table or materialized view, those of its keys among them."""
        table, view = self.table(name), self.schema.view(self.resolve(name))
        if table is None:
            return tuple(view.indexes) if view is not None else ()
        keys = (key for key, c in table.constraints.items() if isinstance(c, PrimaryKey | Unique))
        return tuple(dict.fromkeys((*table.indexes, *keys)))

    def is_view(self, name: Name) -> bool:
        return self.schema.view(self.resolve(name)) is not None

    def views_on(self, name: Name, column: str | None = None) -> tuple[Name, ...]:
        """The views that read a table or view, or one column of it, and the views over those."""
        return self.schema.views_over(self.resolve(name), column)

    def read_by_view(self, name: Name) -> tuple[Name, ...]:
        """The tables and views that a view reads, and those that these read."""
        view = self.schema.view(self.resolve(name))
        tables = view.tables if view else ()
        return tuple(dict.fromkeys(n for table in tables for n in (table, *self.read_by_view(table))))

    def sequences_of(self, name: Name, column: str | None = None) -> tuple[Name, ...]:
        """The sequences that belong to a table, or to one column of it."""
        table = self.table(name)
        columns = table.columns.values() if table else ()
        return tuple(
            sequence_of(table.name, each)
            for each in columns
            if table is not None and each.generation in NUMBERED and column in (None, each.name)
        )

    def domain(self, type: Type | None) -> Domain | None:
        """The domain that a type is; an array of a domain is none."""
        return self.schema.domain(type) if type is not None and not type.dimensions else None

    def base(self, type: Type | None) -> Type | None:
        """What stands below a domain, and below that; a type that is none is its own."""
        for _ in range(20):
            domain = self.domain(type)
            if type is None or domain is None or domain.type is None:
                return type
            type = domain.type
        return type

    def is_constrained(self, type: Type | None) -> bool:
        """Whether the type is a domain that checks its values, itself or below."""
        domain = self.domain(type)
        return domain is not None and (domain.constrained or self.is_constrained(domain.type))

    def domain_default(self, type: Type | None) -> Expression | None:
        domain = self.domain(type)
        if domain is None:
            return None
        return domain.default or self.domain_default(domain.type)

    def with_domain(self, name: Name) -> tuple[Name, ...]:
        """The tables with a column of a domain, or of one over it. Partitioned ones hold no rows to look at."""
        target = self.resolve(name)
        return tuple(
            table.name
            for table in self.schema.tables.values()
            if not table.partitioned and any(self._is_over(c.type, target) for c in table.columns.values())
        )

    def with_type(self, name: Name) -> tuple[Name, ...]:
        """The tables with a column of a type, an array of it or a domain over it."""
        target = self.resolve(name)
        return tuple(
            table.name
            for table in self.schema.tables.values()
            if any(self._is_over(c.type, target) for c in table.columns.values())
        )

    def _is_over(self, type: Type | None, target: Name) -> bool:
        if type is None:
            return False
        if self.resolve(type.called) == target:
            return True
        domain = self.domain(type)
        return domain is not None and self._is_over(domain.type, target)

    def volatility(self, expression: Expression) -> Volatility:
        return self.schema.volatility(expression)


# -- building footprints ---------------------------------------------------------------------------------------


@singledispatch
def locks_of(op: o.Operation, at: Place) -> Footprint:
    """The footprint of one operation at one major version; names may still want their schema."""
    return Footprint()


def lock(mode: LockMode, *tables: Name, work: Work = Work.INSTANT, sequences: Iterable[Name] = ()) -> Footprint:
    """One mode on each of *tables*, and ACCESS EXCLUSIVE on *sequences*."""
    return Footprint(
        tuple(Lock(table, mode) for table in dict.fromkeys(tables)),
        work,
        tuple(Lock(sequence, LockMode.ACCESS_EXCLUSIVE) for sequence in sequences),
    )


def exclusive(*tables: Name, work: Work = Work.INSTANT, sequences: Iterable[Name] = ()) -> Footprint:
    """ACCESS EXCLUSIVE on each of *tables* and *sequences*."""
    return lock(LockMode.ACCESS_EXCLUSIVE, *tables, work=work, sequences=sequences)


def unique(names: Iterable[Name]) -> Iterator[Name]:
    yield from dict.fromkeys(names)


def missing(at: Place, name: Name, *, if_exists: bool) -> bool:
    """Whether IF EXISTS finds nothing, so that nothing is locked."""
    return if_exists and at.schema.exists(name) is Answer.NO
