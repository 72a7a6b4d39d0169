"""What the size and the activity of tables make of a finding: louder or softer, never silent."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.history.statement import Phase
from safemigrate.rulebook.hazard import Hazard, Severity, severity
from safemigrate.rulebook.site import Placed, Site
from safemigrate.schema import LockMode, Name, Work, most
from safemigrate.schema.statistics import Statistics, told

#: the hazards that grow with the table
GROWING = frozenset({Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES, Hazard.REWRITES_TABLE})


def weighed(
    hazards: Iterable[Hazard], phase: Phase, site: Site, placed: Placed, *, certain: bool
) -> tuple[Severity, str]:
    """The severity of a finding at *placed*, and a sentence about its largest table (empty where none is known).

    All operations of its transaction count, since what one of them locks another may keep locked. Where every
    table that they work on is known to be small and quiet, what blocks or rewrites it is a warning. Where one of
    them is large or busy, it is an error even if it is not certain. A lock without work does not grow with its
    table, so only activity counts there.
    """
    hazards = frozenset(hazards)
    usual = severity(hazards, phase, certain=certain)
    if site.statistics is None or not hazards & GROWING:
        return usual, ""
    together = [each for each in site.operations if each.statement.transaction == placed.statement.transaction]
    group = together if placed.statement.transaction is not None else [placed]
    tables = tuple(dict.fromkeys(t for each in group for t in _worked_on(each, site)))
    work = most(site.footprint(each).work for each in group)
    heaviest = site.statistics.heaviest(tables)
    if heaviest is None:
        return usual, ""
    return _changed(usual, hazards, phase, tables, work, site.statistics, certain=certain), told(*heaviest, work)


def _changed(
    usual: Severity,
    hazards: frozenset[Hazard],
    phase: Phase,
    tables: tuple[Name, ...],
    work: Work,
    statistics: Statistics,
    *,
    certain: bool,
) -> Severity:
    if work is Work.INSTANT:
        # it takes no longer on a large table, but a busy one has more who wait
        return Severity.ERROR if statistics.any_busy(tables) else usual
    if statistics.any_heavy(tables):
        return Severity.ERROR
    if work is Work.UNKNOWN or not statistics.all_small(tables):
        return usual
    others = severity(hazards - GROWING, phase, certain=certain)
    return min(usual, max(Severity.WARNING, others, key=_rank), key=_rank)


def _rank(severity: Severity) -> int:
    return severity.rank


def _worked_on(placed: Placed, site: Site) -> tuple[Name, ...]:
    """The tables that an operation locks against writers or writes to, those that its revision made aside."""
    locks = site.footprint(placed).locks
    return tuple(
        lock.table
        for lock in locks
        if lock.mode is not LockMode.SHARE_UPDATE_EXCLUSIVE
        and lock.mode >= LockMode.ROW_EXCLUSIVE
        and not placed.before.is_new(lock.table)
    )
