"""Which locks an operation takes, on which tables, and what work it does under them.

In: an operation, the schema before it, a major version. Out: its footprint. Proved against servers of every major
by tests/schema/test_lock_model.py and benchmarks/lock_matrix.py.

    footprint    the values: lock modes, work, footprints and how they add up
    place        the schema around an operation: families, foreign keys, views, domains
    proof        whether a CHECK proves the bound of a partition
    tables, columns, retype, constraints, indexes, partitions, storage, objects, rows
                 what the operations of each theme lock
    model        puts them together, for one major version or the worst of all
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safemigrate.on_demand import give_on_demand

if TYPE_CHECKING:
    from safemigrate.schema.locks.footprint import Footprint, Lock, LockMode, Work, combined, most
    from safemigrate.schema.locks.model import footprint

__all__ = [
    "Footprint",
    "Lock",
    "LockMode",
    "Work",
    "combined",
    "footprint",
    "most",
]

give_on_demand(
    __name__,
    {
        ".footprint": ("Footprint", "Lock", "LockMode", "Work", "combined", "most"),
        ".model": ("footprint",),
    },
)
