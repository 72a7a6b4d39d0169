"""One order for what SQLAlchemy keeps in sets: a revision sends the same statements whenever it is run."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic.operations import batch


def keep_order() -> None:
    """Let every table of this process make its indexes, and a batch its constraints, in the order of their names."""
    sa.event.listen(sa.Table, "before_create", _in_order)

    class OrderedBatchImpl(batch.ApplyBatchImpl):
        def _grab_table_elements(self) -> None:
            _in_order(self.table)
            super()._grab_table_elements()

    batch.ApplyBatchImpl = OrderedBatchImpl  # type: ignore[misc]


def _in_order(table: sa.Table, *_: object, **__: object) -> None:
    table.indexes = sa.util.OrderedSet(sorted(table.indexes, key=_key))
    table.constraints = sa.util.OrderedSet(sorted(table.constraints, key=_key))


def _key(made: Any) -> tuple[str, str]:
    # those without a name are told apart by their kind and columns
    columns = ",".join(map(str, getattr(made, "columns", ()) or ()))
    return str(made.name or ""), f"{type(made).__name__} {columns}"
