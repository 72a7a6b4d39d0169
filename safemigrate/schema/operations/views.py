"""Operations on views."""

from __future__ import annotations

from dataclasses import dataclass

from safemigrate.schema.name import Name
from safemigrate.schema.operations.base import Operation
from safemigrate.schema.operations.objects import CreateObject


@dataclass(frozen=True, slots=True)
class CreateView(CreateObject):
    """CREATE VIEW; *kind* is VIEW or MATERIALIZED VIEW.

    *columns* are its columns in order, empty where ``*`` or an expression without a name hides them. *tables* are
    those it reads, *reads* the columns it names, each with its table where that is sure, else with None.
    *simple* tells a view of one table's plain columns without a condition, which PostgreSQL lets one write to.
    """

    columns: tuple[str, ...] = ()
    tables: tuple[Name, ...] = ()
    reads: tuple[tuple[Name | None, str], ...] = ()
    simple: bool = False
    with_data: bool = True
    #: SELECT * stands in its query
    star: bool = False


@dataclass(frozen=True, slots=True)
class RefreshView(Operation):
    """REFRESH MATERIALIZED VIEW."""

    view: Name
    concurrently: bool = False
    with_data: bool = True

    @property
    def runs_in_transaction(self) -> bool:
        """Even where it is concurrent, unlike every other CONCURRENTLY."""
        return True

    def sql(self) -> str:
        words = "CONCURRENTLY " * self.concurrently
        return f"REFRESH MATERIALIZED VIEW {words}{self.view.sql()}{'' if self.with_data else ' WITH NO DATA'}"
