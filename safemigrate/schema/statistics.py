"""How large and how busy tables are, and what that makes of work under a lock. Values only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from safemigrate.schema.locks import Work
from safemigrate.schema.name import Name

#: bytes a second, from two cores and a disk in a laptop; good for the order of magnitude (benchmarks/work_speed.py)
_SPEEDS = {
    Work.ROWS: 20_000_000,
    Work.SCAN: 300_000_000,
    Work.INDEX_BUILD: 80_000_000,
    Work.REWRITE: 20_000_000,
}
#: no statement is faster than that
_LEAST_S = 0.001


@dataclass(frozen=True, slots=True)
class TableStatistics:
    """One table, with its partitions. *rows* is PostgreSQL's estimate, None where nobody has counted yet.

    *bytes* are those of rows, TOAST and indexes. *reads* and *writes* are scans begun and rows written, a second;
    None where the time over which they were counted is not known.
    """

    rows: int | None
    bytes: int
    reads: float | None = None
    writes: float | None = None

    @property
    def per_second(self) -> float | None:
        """Reads and writes a second."""
        return None if self.reads is None or self.writes is None else self.reads + self.writes

    def seconds(self, work: Work) -> float:
        """About how long *work* on the whole table takes."""
        speed = _SPEEDS.get(work)
        return _LEAST_S if speed is None else max(_LEAST_S, self.bytes / speed)


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a table is no longer small, and from where on it is large or busy.

    A small table has fewer than *small_rows* rows and *small_bytes* bytes; a large one at least one of the others;
    a busy one is read and written at least *busy_per_second* times a second.
    """

    small_rows: int = 1_000
    small_bytes: int = 1_000_000
    large_rows: int = 1_000_000
    large_bytes: int = 1_000_000_000
    busy_per_second: int = 50


@dataclass(frozen=True, slots=True)
class Statistics:
    """What was measured of a database; a table that is not among *tables* was not seen."""

    tables: Mapping[Name, TableStatistics] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    def of(self, table: Name) -> TableStatistics | None:
        """What is known of *table*, whose name must be resolved."""
        return self.tables.get(table)

    def all_small(self, tables: Iterable[Name]) -> bool:
        """Whether every one of *tables*, and there is one, is known to be small and not busy."""
        found = [self.of(table) for table in tables]
        return bool(found) and all(each is not None and self._is_small(each) for each in found)

    def any_heavy(self, tables: Iterable[Name]) -> bool:
        """Whether one of *tables* is known to be large or busy."""
        return any(each is not None and self._is_heavy(each) for each in map(self.of, tables))

    def any_busy(self, tables: Iterable[Name]) -> bool:
        """Whether one of *tables* is known to be busy."""
        return any(each is not None and self._is_busy(each) for each in map(self.of, tables))

    def heaviest(self, tables: Iterable[Name]) -> tuple[Name, TableStatistics] | None:
        """The largest of *tables* that is known."""
        found = [(name, each) for name in tables if (each := self.of(name)) is not None]
        return max(found, key=lambda item: item[1].bytes, default=None)

    def _is_small(self, table: TableStatistics) -> bool:
        few = table.rows is not None and table.rows < self.limits.small_rows
        return few and table.bytes < self.limits.small_bytes and not self._is_busy(table)

    def _is_heavy(self, table: TableStatistics) -> bool:
        many = table.rows is not None and table.rows >= self.limits.large_rows
        return many or table.bytes >= self.limits.large_bytes or self._is_busy(table)

    def _is_busy(self, table: TableStatistics) -> bool:
        return table.per_second is not None and table.per_second >= self.limits.busy_per_second


# -- words -----------------------------------------------------------------------------------------------------


def told(name: Name, table: TableStatistics, work: Work) -> str:
    """``public.orders has 48 million rows (12 GB) and is used 250 times a second: this takes about 40 s.``"""
    rows = "rows that nobody counted" if table.rows is None else f"{number_words(table.rows)} rows"
    used = table.per_second
    busy = f" and is used {used:,.0f} times a second" if used is not None and used >= 1 else ""
    takes = f": this takes about {time_words(table.seconds(work))}" if work in _SPEEDS else ""
    return f"{name.sql()} has {rows} ({size_words(table.bytes)}){busy}{takes}."


def number_words(number: int) -> str:
    """``312``, ``48,000``, ``1.2 million``."""
    for unit, word in ((1_000_000_000, "billion"), (1_000_000, "million")):
        if number >= unit:
            return f"{number / unit:.3g} {word}"
    return f"{number:,}"


def size_words(size: int) -> str:
    """``48 kB``, ``12 GB``."""
    for unit, word in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            return f"{size / unit:.3g} {word}"
    return f"{size} bytes"


def time_words(seconds: float) -> str:
    """``2 ms``, ``40 s``, ``12 min``, ``3 h``, to one digit or two, since it is a guess."""
    if seconds < 1:
        return f"{max(1, round(seconds * 1000)):.0f} ms"
    for unit, word in ((3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {word}"
    return f"{seconds:.0f} s"
