"""A PostgreSQL dialect over a driver that does nothing: SQLAlchemy is genuine, only the database is missing.

What reaches the driver goes to a tape, which answers in the database's place. Parameters stand as ``$1``, as
PostgreSQL itself writes them, so a percent sign in a text is just that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGDDLCompiler, PGDialect
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql.compiler import DDLCompiler

AUTOCOMMIT = "AUTOCOMMIT"
SERVER_VERSION = (15, 0)

Row = tuple[object, ...]


class Transaction:
    """One transaction of one connection; only its identity counts."""


@dataclass(frozen=True, slots=True)
class Executed:
    """What one call of the driver carries. *context* is SQLAlchemy's own account of it, None for a raw cursor.

    *parameters* tells whether values travel beside the text, *values* what they are where it runs once.
    """

    sql: str
    parameters: bool
    transaction: Transaction | None
    context: Any = None
    values: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the driver gives back; *columns* is empty where a statement returns no rows."""

    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    row_count: int = 0


class Tape(Protocol):
    """Where statements go, and where reflection is answered."""

    def execute(self, executed: Executed) -> Answer: ...

    def reflection(self) -> Reflection: ...


class Reflection(Protocol):
    """The answers of the catalogue, in the form that SQLAlchemy's inspector gives them."""

    def has_table(self, table: str, schema: str | None) -> bool: ...

    def table_names(self, schema: str | None) -> list[str]: ...

    def view_names(self, schema: str | None) -> list[str]: ...

    def schema_names(self) -> list[str]: ...

    def sequence_names(self, schema: str | None) -> list[str]: ...

    def enums(self, schema: str | None) -> list[dict[str, Any]]: ...

    def columns(self, table: str, schema: str | None) -> list[dict[str, Any]]: ...

    def primary_key(self, table: str, schema: str | None) -> dict[str, Any]: ...

    def foreign_keys(self, table: str, schema: str | None) -> list[dict[str, Any]]: ...

    def indexes(self, table: str, schema: str | None) -> list[dict[str, Any]]: ...

    def unique_constraints(self, table: str, schema: str | None) -> list[dict[str, Any]]: ...

    def check_constraints(self, table: str, schema: str | None) -> list[dict[str, Any]]: ...

    def comment(self, table: str, schema: str | None) -> dict[str, Any]: ...


class DriverError(Exception):
    """The DBAPI's base error; this driver never raises it."""


class NothingConnection:
    """A DBAPI connection that keeps track of its transaction and nothing else."""

    def __init__(self, dialect: NothingDialect) -> None:
        self._dialect = dialect
        self._transaction: Transaction | None = None
        self.autocommit = False
        self.notices: list[str] = []

    @property
    def tape(self) -> Tape:
        return self._dialect.tape

    @property
    def transaction(self) -> Transaction | None:
        """The open transaction, opened here if need be; None in autocommit."""
        if self.autocommit:
            return None
        if self._transaction is None:
            self._transaction = Transaction()
        return self._transaction

    def cursor(self, *_: object, **__: object) -> NothingCursor:
        return NothingCursor(self)

    def commit(self) -> None:
        self._transaction = None

    def rollback(self) -> None:
        self._transaction = None

    def close(self) -> None:
        self._transaction = None


class NothingCursor:
    """A DBAPI cursor whose rows come from the tape."""

    arraysize = 1
    lastrowid = 0

    def __init__(self, connection: NothingConnection) -> None:
        self.connection = connection
        self.context: Any = None
        self.description: list[tuple[object, ...]] | None = None
        self.rowcount = -1
        self._rows: list[Row] = []

    def execute(self, sql: str, parameters: Any = None) -> NothingCursor:
        return self._send(sql, bool(parameters), tuple(parameters) if isinstance(parameters, tuple | list) else ())

    def executemany(self, sql: str, parameters: Iterable[Any]) -> NothingCursor:
        return self._send(sql, bool(list(parameters)), ())

    def _send(self, sql: str, parameters: bool, values: tuple[object, ...]) -> NothingCursor:
        answer = self.connection.tape.execute(
            Executed(sql, parameters, self.connection.transaction, self.context, values)
        )
        self._rows = list(answer.rows)
        self.rowcount = answer.row_count
        no_details = (None,) * 6
        self.description = [(name, *no_details) for name in answer.columns] or None
        if sql.strip().rstrip(";").upper() in ("COMMIT", "ROLLBACK", "END", "ABORT"):
            # what follows is in another transaction, whoever ended the last one
            self.connection.commit()
        return self

    def fetchone(self) -> Row | None:
        return self._rows.pop(0) if self._rows else None

    def fetchall(self) -> list[Row]:
        rows, self._rows = self._rows, []
        return rows

    def fetchmany(self, size: int | None = None) -> list[Row]:
        rows, self._rows = self._rows[: size or 1], self._rows[size or 1 :]
        return rows

    def __iter__(self) -> Iterable[Row]:
        return iter(self.fetchall())

    def __enter__(self) -> NothingCursor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._rows = []


def _many(method: str) -> Callable[..., Any]:
    """DefaultDialect's own answer for several tables, which asks for one after the other."""
    return getattr(DefaultDialect, method, None)  # type: ignore[return-value]


class _Ddl(PGDDLCompiler):
    def visit_computed_column(self, generated: Any, **options: Any) -> Any:
        """VIRTUAL where it is asked for, as PostgreSQL 18 has it; STORED, which is dearer, where nothing is."""
        if generated.persisted is False:
            return DDLCompiler.visit_computed_column(self, generated, **options)  # type: ignore[no-untyped-call]
        return super().visit_computed_column(generated, **options)  # type: ignore[no-untyped-call]


class NothingDialect(PGDialect):
    """PostgreSQL's dialect, with the driver above and with reflection answered by the tape."""

    driver = "nothing"
    supports_statement_cache = False
    ddl_compiler = _Ddl
    default_paramstyle = "numeric_dollar"
    # one statement for each row set keeps a made-up RETURNING as long as it must be
    use_insertmanyvalues = False
    tape: Tape

    dbapi_module: ClassVar[Any] = SimpleNamespace(
        paramstyle="numeric_dollar", apilevel="2.0", threadsafety=1, Error=DriverError
    )

    @classmethod
    def import_dbapi(cls) -> Any:
        return cls.dbapi_module

    def connect(self, *_: object, **__: object) -> Any:
        return NothingConnection(self)

    def create_connect_args(self, url: sa.URL) -> Any:
        return ([], {})

    def initialize(self, connection: Any) -> None:
        self.server_version_info = SERVER_VERSION
        self.default_schema_name = "public"
        self.default_isolation_level = "READ COMMITTED"
        self._backslash_escapes = False
        self.supports_virtual_generated_columns = False

    def do_ping(self, dbapi_connection: Any) -> bool:
        return True

    def get_isolation_level_values(self, dbapi_conn: Any) -> Any:
        return (AUTOCOMMIT, "READ COMMITTED", "READ UNCOMMITTED", "REPEATABLE READ", "SERIALIZABLE")

    def set_isolation_level(self, dbapi_connection: Any, level: Any) -> None:
        dbapi_connection.commit()
        dbapi_connection.autocommit = level == AUTOCOMMIT

    def get_isolation_level(self, dbapi_connection: Any) -> Any:
        return AUTOCOMMIT if dbapi_connection.autocommit else "READ COMMITTED"

    def get_default_isolation_level(self, dbapi_conn: Any) -> Any:
        return "READ COMMITTED"

    def detect_autocommit_setting(self, dbapi_conn: Any) -> bool:
        return bool(dbapi_conn.autocommit)

    def do_execute(self, cursor: Any, statement: Any, parameters: Any, context: Any = None) -> None:
        cursor.context = context
        cursor.execute(statement, parameters)

    def do_executemany(self, cursor: Any, statement: Any, parameters: Any, context: Any = None) -> None:
        cursor.context = context
        cursor.executemany(statement, parameters)

    def do_execute_no_params(self, cursor: Any, statement: Any, context: Any = None) -> None:
        cursor.context = context
        cursor.execute(statement)

    def has_table(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> bool:
        return self.tape.reflection().has_table(table_name, schema)

    def has_schema(  # type: ignore[override]
        self, connection: Any, schema_name: str, **_: Any
    ) -> bool:
        return schema_name in self.tape.reflection().schema_names()

    def has_sequence(self, connection: Any, sequence_name: str, schema: str | None = None, **_: Any) -> bool:
        return sequence_name in self.tape.reflection().sequence_names(schema)

    def has_type(self, connection: Any, type_name: str, schema: str | None = None, **_: Any) -> bool:
        return any(enum["name"] == type_name for enum in self.tape.reflection().enums(schema))

    def has_index(self, connection: Any, table_name: str, index_name: str, schema: Any = None, **_: Any) -> bool:
        reflection = self.tape.reflection()
        known = reflection.has_table(table_name, schema) and reflection.indexes(table_name, schema)
        return any(index["name"] == index_name for index in known or ())

    def get_schema_names(self, connection: Any, **_: Any) -> Any:
        return self.tape.reflection().schema_names()

    def get_table_names(self, connection: Any, schema: str | None = None, **_: Any) -> Any:
        return self.tape.reflection().table_names(schema)

    def get_temp_table_names(self, connection: Any, schema: str | None = None, **_: Any) -> Any:
        return []

    def get_view_names(self, connection: Any, schema: str | None = None, **_: Any) -> Any:
        return self.tape.reflection().view_names(schema)

    def get_materialized_view_names(self, connection: Any, schema: str | None = None, **_: Any) -> Any:
        return []

    def get_sequence_names(self, connection: Any, schema: str | None = None, **_: Any) -> Any:
        return self.tape.reflection().sequence_names(schema)

    def _load_enums(self, connection: Any, schema: str | None = None, **_: Any) -> Any:
        return self.tape.reflection().enums(schema)

    def _load_domains(self, connection: Any, schema: str | None = None, **_: Any) -> Any:
        return []

    def _get_foreign_table_names(self, connection: Any, schema: str | None = None, **_: Any) -> Any:
        return []

    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> Any:
        return self.tape.reflection().columns(table_name, schema)

    def get_pk_constraint(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> Any:
        return self.tape.reflection().primary_key(table_name, schema)

    def get_foreign_keys(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> Any:
        return self.tape.reflection().foreign_keys(table_name, schema)

    def get_indexes(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> Any:
        return self.tape.reflection().indexes(table_name, schema)

    def get_unique_constraints(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> Any:
        return self.tape.reflection().unique_constraints(table_name, schema)

    def get_check_constraints(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> Any:
        return self.tape.reflection().check_constraints(table_name, schema)

    def get_table_comment(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> Any:
        return self.tape.reflection().comment(table_name, schema)

    def get_table_options(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> Any:
        return {}

    # SQLAlchemy 2.0 has none
    has_multi_table = _many("has_multi_table")
    get_multi_columns = _many("get_multi_columns")
    get_multi_pk_constraint = _many("get_multi_pk_constraint")
    get_multi_foreign_keys = _many("get_multi_foreign_keys")
    get_multi_indexes = _many("get_multi_indexes")
    get_multi_unique_constraints = _many("get_multi_unique_constraints")
    get_multi_check_constraints = _many("get_multi_check_constraints")
    get_multi_table_comment = _many("get_multi_table_comment")
    get_multi_table_options = _many("get_multi_table_options")


registry.register("postgresql.nothing", __name__, "NothingDialect")


def nothing_engine() -> sa.Engine:
    """An engine whose connections reach no database; its dialect wants a tape before anything is executed."""
    return sa.create_engine("postgresql+nothing://safemigrate@localhost/safemigrate", poolclass=sa.pool.NullPool)


def result_types(context: Any) -> Sequence[tuple[str, Any]]:
    """The names and types of the columns that a compiled statement returns, empty where SQLAlchemy knows none."""
    compiled = getattr(context, "compiled", None)
    return [(column.keyname, column.type) for column in getattr(compiled, "_result_columns", None) or ()]


def options_of(context: Any) -> Mapping[str, Any]:
    """The execution options of a statement."""
    return getattr(context, "execution_options", None) or {}
