"""Unique keys and indexes that pass from columns to those that take their place.

Their indexes are built beside traffic, and become what the old ones were in the transaction in which the old columns
go. On a partitioned table they are built on the partitions that hold rows, whose keys the table then takes in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from safemigrate.rulebook.copied import Copied
from safemigrate.rulebook.partitioned import partitions, placed
from safemigrate.schema import Index, Name, Operation, PrimaryKey, Schema, Table, Unique
from safemigrate.schema.constraints import part_of_index, part_of_key
from safemigrate.schema.name import quoted, shortened
from safemigrate.schema.operations import AddPrimaryKey, AddUnique, CreateIndex, RenameIndex

Key = Unique | PrimaryKey | Index


@dataclass(frozen=True)
class Handed:
    """The keys over the old columns of *copied*, on the schema *before*."""

    before: Schema
    copied: Copied

    @cached_property
    def keys(self) -> tuple[Unique | PrimaryKey, ...]:
        return tuple(
            key
            for key in self._table.constraints.values()
            if isinstance(key, Unique | PrimaryKey) and self._is_over(key)
        )

    @cached_property
    def unique(self) -> tuple[Index, ...]:
        """The unique indexes that serve no constraint."""
        return tuple(
            index
            for index in self._table.indexes.values()
            if index.unique
            and index.name not in self._table.constraints
            and self._is_over(index)
            and index.elements == index.columns
            and index.where is None
        )

    def built(self) -> Iterator[CreateIndex]:
        """The indexes beside traffic: of the table, or of the partitions that hold rows."""
        for original in (*self.keys, *self.unique):
            for table, part in self._parts(original):
                if not self._is_hollow(table):
                    index = replace(self._over_the_new(part), name=self._beside(part))
                    yield CreateIndex(table, index, concurrently=True)

    def taken(self) -> Iterator[Operation]:
        """The keys on those indexes, once the new columns have the old names."""
        for original in (*self.keys, *self.unique):
            for table, part in self._parts(original):
                yield self._taken(table, part)

    @property
    def _table(self) -> Table:
        table = self.before.table(self.copied.table)
        assert table is not None
        return table

    def _is_over(self, key: Key) -> bool:
        return not self.copied.columns.keys().isdisjoint((*key.columns, *key.include))

    def _is_hollow(self, table: Name) -> bool:
        known = self.before.table(table)
        return known is not None and known.partitioned

    def _parts(self, original: Key) -> Iterator[tuple[Name, Key]]:
        """Each table that has a part of the key, with that part: partitions before what they are partitions of."""
        for partition in reversed(partitions(self.before, self.copied.table)):
            found: Key | None = (
                part_of_index(partition, original)
                if isinstance(original, Index)
                else part_of_key(partition, original)
            )
            named = shortened(f"{partition.name.name}_{original.name}")
            yield placed(partition.name, self.copied.table), found or replace(original, name=named)
        yield self.copied.table, original

    def _over_the_new(self, key: Key) -> Index:
        columns, include = self.copied.swapped(key.columns), self.copied.swapped(key.include)
        elements = tuple(map(quoted, columns))
        if isinstance(key, Index):
            return replace(key, elements=elements, columns=columns, include=include)
        distinct = key.nulls_distinct if isinstance(key, Unique) else True
        return Index("", elements, columns, unique=True, include=include, nulls_distinct=distinct)

    def _beside(self, key: Key) -> str:
        return self.copied.beside(key.name, *key.columns, *key.include)

    def _taken(self, table: Name, part: Key) -> Operation:
        on = None if self._is_hollow(table) else self._beside(part)
        match part:
            case Index():
                return CreateIndex(table, part) if on is None else RenameIndex(table.beside(on), part.name)
            case PrimaryKey():
                return AddPrimaryKey(table, replace(part, index=on, storage=""))
            case Unique():
                return AddUnique(table, replace(part, index=on, storage=""))
