"""The long transaction that stands in a migration's way: somebody reads, and then thinks."""

from __future__ import annotations

from types import TracebackType

import psycopg

REPORT = """
    SELECT count(*), sum(total)
    FROM customers
    JOIN orders ON orders.customer_id = customers.id
    JOIN billing.invoices ON invoices.order_id = orders.id
"""


class Reader:
    """A report whose transaction stays open until it is closed: it blocks nobody but who wants the tables alone."""

    def __init__(self, database_url: str, *, name: str) -> None:
        self._connection = psycopg.connect(database_url, application_name=name)
        self._connection.execute(REPORT)

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def open(self) -> bool:
        return not self._connection.closed

    def close(self) -> None:
        """Ends the transaction; a second call does nothing."""
        self._connection.close()
