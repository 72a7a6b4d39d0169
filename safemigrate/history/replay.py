"""The live schema as it would be: every statement read so far, folded into a schema value, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from safemigrate.history.statement import STAND_IN_MARK, Doubt

if TYPE_CHECKING:
    from safemigrate.history.recording import Recorded
    from safemigrate.history.transactions import Transactions
    from safemigrate.schema import Name, Operation, Schema


@dataclass(frozen=True, slots=True)
class Sent:
    """One statement as the replay needs it. *transaction* is anything that tells transactions apart.

    *certain* says that it runs, and on what its text names. A stand-in for a column's type leaves that certain.
    """

    sql: str
    transaction: object = None
    certain: bool = True

    @classmethod
    def of(cls, recorded: Recorded, transaction: object) -> Sent:
        named = STAND_IN_MARK in recorded.sql
        return cls(recorded.sql, transaction, not (named or recorded.doubts - {Doubt.STAND_IN}))


@dataclass(frozen=True, slots=True)
class Known:
    """A replayed schema, and what of it a real database may show otherwise.

    *anything* may be where part of the history could not be read, and *more* says that there were tables before
    the first revision. *tables*, *names* and *types* are what uncertain statements touched: these tables, which
    tables there are, and the enum types.
    """

    schema: Schema
    anything: bool = False
    more: bool = False
    tables: frozenset[Name] = frozenset()
    names: bool = False
    types: bool = False

    def tells(self, table: Name) -> bool:
        """Whether a database that runs this history answers as the schema does what is asked about *table*."""
        if self.anything or self.schema.resolve(table) in self.tables:
            return False
        known = self.schema.table(table)
        return known.known if known is not None else not self.more

    @property
    def tells_names(self) -> bool:
        """Whether it has these tables and no other."""
        return not (self.anything or self.more or self.names)

    @property
    def tells_types(self) -> bool:
        """Whether it has these enum types and no other."""
        return not (self.anything or self.more or self.types)

    def stepped(self, operation: Operation, following: Schema, *, certain: bool) -> Known:
        """What is known once *operation* has led to *following*; *certain* says that it runs."""
        known = replace(
            self,
            schema=following,
            anything=self.anything or is_unreadable(operation),
            more=self.more or names_the_unmade(operation, self.schema),
        )
        if certain:
            return known
        old, new = self.schema.tables, following.tables
        changed = frozenset(name for name in old.keys() | new.keys() if old.get(name) is not new.get(name))
        return replace(
            known,
            tables=self.tables | changed,
            names=self.names or old.keys() != new.keys(),
            types=self.types or self.schema.enums != following.enums,
        )


class Replay:
    """The schema before and after each revision, made only once somebody looks.

    *parents* gives what each revision builds on, in an order in which parents come first. *baseline* makes the
    schema that a dump holds, and *dumped* are the revisions that it holds already.
    """

    def __init__(
        self,
        parents: Mapping[str, Sequence[str]],
        *,
        baseline: Callable[[], Schema] | None = None,
        dumped: Container[str] = (),
    ) -> None:
        self._parents = parents
        self._baseline = baseline
        self._dumped = dumped
        self._sent: dict[str, tuple[Sent, ...]] = {}
        self._hindered: set[str] = set()
        self._after: dict[str, Known] = {}
        self._ancestors: dict[str, tuple[str, ...]] = {}
        self._heights: dict[str, int] = {}
        #: revisions that are told with all before them
        self._whole: set[str] = set()

    def sent(self, id: str, statements: Iterable[Sent], *, whole: bool) -> None:
        """What the upgrade of revision *id* sends, in order; *whole* says that nothing kept it from being read."""
        self._sent[id] = tuple(statements)
        self._after.pop(id, None)
        (self._hindered.discard if whole else self._hindered.add)(id)

    def open_before(self, id: str) -> tuple[str, ...]:
        """The ancestors of *id* whose statements nobody has told yet, parents first."""
        if all(map(self._told, self._parents[id])):
            return ()
        missing = tuple(ancestor for ancestor in self._counted(id) if ancestor not in self._sent)
        if not missing:
            self._whole.update(self._parents[id])
        return missing

    def ancestors(self, id: str) -> tuple[str, ...]:
        """All that runs before *id*, parents first."""
        if id not in self._ancestors:
            above: set[str] = set()
            ahead = list(self._parents[id])
            while ahead:
                parent = ahead.pop()
                if parent not in above:
                    above.add(parent)
                    ahead.extend(self._parents[parent])
            self._ancestors[id] = tuple(each for each in self._parents if each in above)
        return self._ancestors[id]

    def before(self, id: str) -> Known:
        """The schema that revision *id* finds. A history begins empty: what it never made is not there."""
        parents = self._parents[id]
        if len(parents) == 1 and parents[0] in self._after and (parents[0] in self._dumped) == (id in self._dumped):
            return self._after[parents[0]]
        ancestors = self._counted(id)
        known = next((index for index in reversed(range(len(ancestors))) if self._covers(ancestors, index)), -1)
        schema = self._after[ancestors[known]] if known >= 0 else self._start(id)
        for index, ancestor in enumerate(ancestors[known + 1 :], known + 1):
            schema = self._folded(schema, ancestor)
            if self._height(ancestor) == index:
                self._after[ancestor] = schema
        return schema

    def after(self, id: str) -> Known:
        """The schema that revision *id* leaves."""
        if id not in self._after:
            self._after[id] = self._folded(self.before(id), id)
        return self._after[id]

    def _start(self, id: str) -> Known:
        from safemigrate.schema import Schema

        if self._baseline is None or id in self._dumped:
            return Known(Schema(complete=True))
        return Known(self._baseline())

    def _counted(self, id: str) -> tuple[str, ...]:
        """The ancestors of *id* that are folded: not those that the baseline holds."""
        if self._baseline is None or id in self._dumped:
            return self.ancestors(id)
        return tuple(ancestor for ancestor in self.ancestors(id) if ancestor not in self._dumped)

    def _folded(self, known: Known, id: str) -> Known:
        known = fold(known, self._sent.get(id, ()))
        return replace(known, anything=True) if id in self._hindered else known

    def _covers(self, ancestors: Sequence[str], index: int) -> bool:
        """Whether the schema after ``ancestors[index]`` is known and holds all of those before it."""
        return ancestors[index] in self._after and self._height(ancestors[index]) == index

    def _height(self, id: str) -> int:
        """How many revisions are folded before *id*: its place among another's ancestors, if these are a line."""
        line: list[str] = []
        here = id
        while here not in self._heights and len(self._parents[here]) == 1 and here not in self._dumped:
            line.append(here)
            here = self._parents[here][0]
        if here not in self._heights:
            self._heights[here] = len(self._counted(here))
        for each in reversed(line):
            (parent,) = self._parents[each]
            # what a dump holds is not folded for those behind it
            self._heights[each] = 0 if self._holds(parent) else self._heights[parent] + 1
        return self._heights[id]

    def _holds(self, id: str) -> bool:
        return self._baseline is not None and id in self._dumped

    def _told(self, id: str) -> bool:
        """Whether *id* and all before it are told, as far as that is known without a look at each."""
        if id not in self._whole and id in self._sent and all(each in self._whole for each in self._parents[id]):
            self._whole.add(id)
        return id in self._whole


def fold(known: Known, statements: Sequence[Sent], transactions: Transactions | None = None) -> Known:
    """What is known once *statements* have run, in a session of their own unless *transactions* are open."""
    from safemigrate.history.transactions import Transactions

    open_ones = transactions or Transactions(known.schema, known.schema.search_path)
    for each in statements:
        known = replace(known, schema=open_ones.entered(each.transaction, known.schema))
        for operation in _read(each.sql):
            known = known.stepped(operation, open_ones.after(operation, known.schema), certain=each.certain)
    return known


def is_unreadable(operation: Operation) -> bool:
    from safemigrate.schema.operations import Unreadable

    return isinstance(operation, Unreadable)


def names_the_unmade(operation: Operation, before: Schema) -> bool:
    """Whether *operation* speaks of a table that nothing before it made."""
    from safemigrate.schema import Answer
    from safemigrate.schema.operations import CreateTable

    if isinstance(operation, CreateTable) or getattr(operation, "if_exists", False):
        return False
    return any(before.exists(table) is not Answer.YES for table in tables_of(operation))


def tables_of(operation: Operation) -> tuple[Name, ...]:
    """The tables that an operation works on. A query may read catalogues and views, so it tells nothing."""
    from safemigrate.schema import Name
    from safemigrate.schema.operations import CreateObject

    if isinstance(operation, CreateObject):
        return ()
    table = getattr(operation, "table", None)
    several = getattr(operation, "tables", ()) if hasattr(operation, "cascade") else ()
    return (table,) if isinstance(table, Name) else tuple(several)


@lru_cache(maxsize=8192)
def _read(sql: str) -> tuple[Operation, ...]:
    # the reader of SQL is a large import, and few revisions look at the live schema
    from safemigrate.sql import read

    return read(sql)
