"""The tables of a schema as a value that costs little to change, and can be asked who mentions a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import isqrt
from typing import Any, TypeVar

from safemigrate.schema.model import ForeignKey, Table
from safemigrate.schema.name import Name

Key = TypeVar("Key")
Value = TypeVar("Value")

#: how a table mentions a name: its foreign key points there, it stands below it, its index or constraint has it,
#: it is in that schema
REFERS, BELOW, HOLDS, INSIDE = "refers", "below", "holds", "inside"
Mention = tuple[str, str]

_GONE: Any = object()


class Layers(Mapping[Key, Value]):
    """A mapping that is never changed: a large layer that many share, under a small one of one's own.

    Changing one key of n costs about the square root of n, in time and in memory, where a dict would be copied.
    """

    __slots__ = ("_base", "_over")

    def __init__(self, base: Mapping[Key, Value] | None = None, over: dict[Key, Value] | None = None) -> None:
        self._base: Mapping[Key, Value] = {} if base is None else base
        self._over: dict[Key, Value] = {} if over is None else over

    def __getitem__(self, key: Key) -> Value:
        found = self._over[key] if key in self._over else self._base[key]
        if found is _GONE:
            raise KeyError(key)
        return found

    def get(self, key: Key, default: Any = None) -> Any:
        """The value of *key*, or *default*."""
        found = self._over[key] if key in self._over else self._base.get(key, _GONE)
        return default if found is _GONE else found

    def __contains__(self, key: object) -> bool:
        over: Mapping[Any, Value] = self._over
        return over[key] is not _GONE if key in over else key in self._base

    def __iter__(self) -> Iterator[Key]:
        return iter(self.flat())

    def __len__(self) -> int:
        return len(self.flat())

    def items(self) -> Any:
        return self.flat().items()

    def values(self) -> Any:
        return self.flat().values()

    def keys(self) -> Any:
        return self.flat().keys()

    def __repr__(self) -> str:
        return repr(self.flat())

    def flat(self) -> Mapping[Key, Value]:
        """The same as one dict, which must not be changed."""
        if not self._over:
            return self._base
        merged = {**self._base, **self._over}
        return {key: value for key, value in merged.items() if value is not _GONE}

    def updated(self, changes: Iterable[tuple[Key, Value]]) -> Layers[Key, Value]:
        """The mapping with *changes*."""
        over = dict(self._over)
        over.update(changes)
        made = Layers(self._base, over)
        return made if len(over) <= max(16, isqrt(len(self._base))) else Layers(made.flat())


class Tables(Mapping[Name, Table]):
    """Tables by name. Whoever mentions a name is found without a look at the others."""

    __slots__ = ("_by_name", "_mentions")

    def __init__(self, by_name: Layers[Name, Table], mentions: Layers[Mention, tuple[Name, ...]]) -> None:
        self._by_name = by_name
        self._mentions = mentions

    @classmethod
    def of(cls, tables: Mapping[Name, Table]) -> Tables:
        """The same tables, able to answer."""
        if isinstance(tables, Tables):
            return tables
        mentions: dict[Mention, tuple[Name, ...]] = {}
        for name, table in tables.items():
            for mention in _mentions(table):
                mentions[mention] = (*mentions.get(mention, ()), name)
        return cls(Layers(dict(tables)), Layers(mentions))

    def __getitem__(self, name: Name) -> Table:
        return self._by_name[name]

    def get(self, name: Name, default: Any = None) -> Any:
        """The table of that name, or *default*."""
        # asked far more often than anything else: no call is made that need not be
        layers = self._by_name
        found = layers._over[name] if name in layers._over else layers._base.get(name, default)
        return default if found is _GONE else found

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[Name]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def items(self) -> Any:
        return self._by_name.items()

    def values(self) -> Any:
        return self._by_name.values()

    def keys(self) -> Any:
        return self._by_name.keys()

    def __repr__(self) -> str:
        return repr(self._by_name)

    def __reduce__(self) -> tuple[Any, ...]:
        return Tables.of, (dict(self._by_name.flat()),)

    def mentioning(self, how: str, word: str) -> tuple[Table, ...]:
        """The tables that mention a name without its schema: those of REFERS, BELOW or HOLDS;
        INSIDE takes a schema and knows that of temporary tables only."""
        return tuple(self._by_name[name] for name in self._mentions.get((how, word), ()))

    def with_table(self, name: Name, table: Table) -> Tables:
        """These with *table* as *name*."""
        old = self._by_name.get(name)
        by_name = self._by_name.updated([(name, table)])
        if old is not None and _mentions_alike(old, table):
            return Tables(by_name, self._mentions)
        return Tables(by_name, self._mentioned(name, old, table))

    def without_table(self, name: Name) -> Tables:
        """These but for *name*."""
        old = self._by_name.get(name)
        if old is None:
            return self
        return Tables(self._by_name.updated([(name, _GONE)]), self._mentioned(name, old, None))

    def _mentioned(self, name: Name, old: Table | None, new: Table | None) -> Layers[Mention, tuple[Name, ...]]:
        before, after = _mentions(old), _mentions(new)
        known = self._mentions
        gone = [(m, tuple(n for n in known.get(m, ()) if n != name)) for m in before if m not in after]
        come = [(m, (*known.get(m, ()), name)) for m in after if m not in before]
        return known.updated([(m, names or _GONE) for m, names in (*gone, *come)])


def _mentions_alike(old: Table, new: Table) -> bool:
    return (
        old.constraints is new.constraints
        and old.indexes is new.indexes
        and old.partition_of == new.partition_of
        and _parents(old) == _parents(new)
    )


def _mentions(table: Table | None) -> dict[Mention, None]:
    """What a table mentions, each once, in order."""
    if table is None:
        return {}
    found = [(REFERS, c.referenced.name) for c in table.constraints.values() if isinstance(c, ForeignKey)]
    found += [(HOLDS, name) for name in (*table.indexes, *table.constraints)]
    found += [(BELOW, parent.name) for parent in _parents(table)]
    # everyone is in some schema: only the one that ends with a session is asked for
    found += [(INSIDE, "pg_temp")] if table.name.schema == "pg_temp" else []
    return dict.fromkeys(found)


def _parents(table: Table) -> tuple[Name, ...]:
    return (*((table.partition_of,) if table.partition_of else ()), *table.parents)
