"""A session that sends a version's statements as they are: ``$1`` and ``%`` pass untouched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

import psycopg
from psycopg import pq

from safemigrate.history.execute import SETTINGS as ALLOWED
from safemigrate.verify.outcome import Refusal
from safemigrate.verify.values import SETTINGS as READABLE

_GENERIC_PLAN_SINCE = 160000


class Refused(Exception):
    """A statement that PostgreSQL refused."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(str(refusal))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement returned: its columns, the object ids of their types, and the rows as texts."""

    columns: tuple[str, ...] = ()
    types: tuple[int, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    #: rows that an UPDATE or DELETE touched
    touched: int = 0

    def first(self) -> Mapping[str, str | None]:
        """The first row by column; empty where there is none."""
        return dict(zip(self.columns, self.rows[0], strict=True)) if self.rows else {}


class Session:
    """One connection of a version. Statements run as they would from its driver, values as texts."""

    def __init__(self, url: str, *, statement_timeout_ms: int = 10_000) -> None:
        settings = {**READABLE, **ALLOWED, "statement_timeout": f"{statement_timeout_ms}"}
        self._connection = psycopg.connect(url, autocommit=True)
        self._pg = self._connection.pgconn
        for name, value in settings.items():
            self.run("SELECT set_config($1, $2, false)", (name, value))
        self._attempts = count()
        self._type_names: dict[int, str] = {}
        self._generic_plan = self._connection.info.server_version >= _GENERIC_PLAN_SINCE

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def run(self, sql: str, values: Sequence[str | None] = (), types: Sequence[int] = ()) -> Answer:
        """Runs one statement.

        Raises:
            Refused: PostgreSQL's answer is an error.
        """
        parameters = [None if value is None else value.encode() for value in values]
        result = self._pg.exec_params(sql.encode(), parameters, list(types) or None)
        return _answer(result)

    def type_name(self, oid: int) -> str:
        """The type of a column of an answer: ``character varying``."""
        if oid not in self._type_names:
            found = self.run("SELECT format_type($1::oid, NULL) AS name", (str(oid),)).first()["name"]
            self._type_names[oid] = found or str(oid)
        return self._type_names[oid]

    def script(self, sql: str) -> None:
        """Runs a text of statements, without parameters.

        Raises:
            Refused: PostgreSQL's answer is an error.
        """
        _answer(self._pg.exec_(sql.encode()))

    def plan(self, sql: str, parameters: int) -> None:
        """Has the planner look at *sql* without values, as it does for a prepared statement.

        Raises:
            Refused: it cannot be planned.
        """
        if self._generic_plan:
            self.script(f"EXPLAIN (GENERIC_PLAN) {sql}")
            return
        nulls = f"({', '.join(['NULL'] * parameters)})" if parameters else ""
        self.script("SET plan_cache_mode = force_generic_plan")
        # PREPARE is not undone by a rollback
        self.script("DEALLOCATE ALL")
        self.script(f"PREPARE safemigrate_plan AS {sql}")
        self.script(f"EXPLAIN EXECUTE safemigrate_plan{nulls}")

    @contextmanager
    def rolled_back(self) -> Iterator[None]:
        """A transaction that leaves nothing."""
        self.script("BEGIN")
        try:
            yield
        finally:
            self.script("ROLLBACK")

    @contextmanager
    def committed(self) -> Iterator[None]:
        """A transaction; an error of any kind leaves nothing of it."""
        self.script("BEGIN")
        try:
            yield
        except BaseException:
            self.script("ROLLBACK")
            raise
        self.script("COMMIT")

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Inside a transaction, a savepoint: what was refused is undone, and the transaction goes on."""
        if self._pg.transaction_status == pq.TransactionStatus.IDLE:
            yield
            return
        # not released: the transaction ends soon, and a name of its own finds the right one
        name = f"attempt_{next(self._attempts)}"
        self.script(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            self.script(f"ROLLBACK TO SAVEPOINT {name}")
            raise


def _answer(result: pq.abc.PGresult) -> Answer:
    if result.status == pq.ExecStatus.TUPLES_OK:
        columns = range(result.nfields)
        return Answer(
            tuple((result.fname(at) or b"").decode() for at in columns),
            tuple(result.ftype(at) for at in columns),
            tuple(tuple(_text(result.get_value(row, at)) for at in columns) for row in range(result.ntuples)),
            touched=result.command_tuples or 0,
        )
    if result.status in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.EMPTY_QUERY):
        return Answer(touched=result.command_tuples or 0)
    code = result.error_field(pq.DiagnosticField.SQLSTATE) or b"08006"
    message = result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or result.error_message or b"no answer"
    raise Refused(Refusal(code.decode(), " ".join(message.decode("utf-8", "replace").split())))


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")
