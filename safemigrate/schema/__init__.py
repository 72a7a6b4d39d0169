"""What a database holds, and what an operation does to it.

In: operations. Out: the schema after them, its answers (yes, no, unknown), the locks an operation takes and the
work it does under them. Pure values and functions; nothing here reads SQL text, files or a database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safemigrate.on_demand import give_on_demand

if TYPE_CHECKING:
    from safemigrate.schema.after import after
    from safemigrate.schema.locks.footprint import Footprint, Lock, LockMode, Work, combined, most
    from safemigrate.schema.locks.model import footprint
    from safemigrate.schema.model import (
        Answer,
        Check,
        Column,
        Constraint,
        EnumType,
        Exclusion,
        Expression,
        ForeignKey,
        Generation,
        Index,
        NotNullConstraint,
        PrimaryKey,
        Table,
        Type,
        Unique,
        Volatility,
    )
    from safemigrate.schema.name import Name
    from safemigrate.schema.operations import Operation
    from safemigrate.schema.schema import Schema

__all__ = [
    "Answer",
    "Check",
    "Column",
    "Constraint",
    "EnumType",
    "Exclusion",
    "Expression",
    "Footprint",
    "ForeignKey",
    "Generation",
    "Index",
    "Lock",
    "LockMode",
    "Name",
    "NotNullConstraint",
    "Operation",
    "PrimaryKey",
    "Schema",
    "Table",
    "Type",
    "Unique",
    "Volatility",
    "Work",
    "after",
    "combined",
    "footprint",
    "most",
]

give_on_demand(
    __name__,
    {
        ".after": ("after",),
        ".locks.footprint": ("Footprint", "Lock", "LockMode", "Work", "combined", "most"),
        ".locks.model": ("footprint",),
        ".model": (
            "Answer",
            "Check",
            "Column",
            "Constraint",
            "EnumType",
            "Exclusion",
            "Expression",
            "ForeignKey",
            "Generation",
            "Index",
            "NotNullConstraint",
            "PrimaryKey",
            "Table",
            "Type",
            "Unique",
            "Volatility",
        ),
        ".name": ("Name",),
        ".operations": ("Operation",),
        ".schema": ("Schema",),
    },
)
