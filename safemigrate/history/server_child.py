"""The process that runs revisions on a server and records them: a request on standard input, one JSON line each.

Alembic's own machinery runs each revision, with a psycopg connection whose cursors tell what they send.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, NoReturn

import sqlalchemy as sa
from alembic import util
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from safemigrate.history import imports
from safemigrate.history.calls import calls
from safemigrate.history.hindrance import hindrance, out_of_time
from safemigrate.history.order import keep_order
from safemigrate.history.plugins import load_plugins
from safemigrate.history.source import source_of
from safemigrate.history.stand_ins import StandIns
from safemigrate.history.target_metadata import target_metadata


def main() -> None:
    """Answer one request."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # what a revision prints is for people
    os.dup2(2, 1)
    request = json.load(sys.stdin)
    warnings.simplefilter("ignore")
    sys.path[:0] = [path for path in request["sys_path"] if path not in sys.path]
    signal.signal(signal.SIGALRM, out_of_time)
    tape = _Tape(tuple(request["folders"]))
    engine = _engine(request, tape)
    imports.install(tape.stand_ins)
    keep_order()
    load_plugins(Path(request["script_location"]))
    _load_gently({os.path.realpath(each["path"]): each for each in request["revisions"]})
    server = _Server(request, engine, tape)
    for each in request["revisions"]:
        answers.write(json.dumps(server.run(each)) + "\n")
        answers.flush()


def _load_gently(declared: Mapping[str, Mapping[str, Any]]) -> None:
    """Let a revision that cannot be imported have its place in the history, and raise only when it is run."""
    genuine = util.load_python_file

    def load(dir_: str | os.PathLike[str], filename: str | os.PathLike[str]) -> ModuleType:
        path = os.path.realpath(os.path.join(dir_, filename))
        try:
            return genuine(dir_, filename)
        except Exception as error:
            if path not in declared:
                raise
            return _unimported(declared[path], error)

    util.load_python_file = load


def _unimported(declared: Mapping[str, Any], error: Exception) -> ModuleType:
    module = ModuleType(declared["id"])

    def upgrade() -> NoReturn:
        raise error

    links = {name: tuple(declared[name]) or None for name in ("down_revision", "branch_labels", "depends_on")}
    vars(module).update(links, revision=declared["id"], upgrade=upgrade, downgrade=upgrade)
    return module


#: who asks for SQLAlchemy's inspector, and for what Alembic adds to it
_INSPECTOR = ("PGDialect.", "PostgresqlImpl.autogen_column_reflect")


class _Tape:
    """What the cursors of one revision sent. It is the stand-ins' witness as well, and has nothing to say of them."""

    def __init__(self, folders: tuple[str, ...]) -> None:
        self.stand_ins = StandIns(folders, self)
        self.begin("")

    def begin(self, path: str) -> None:
        self._files = {path, os.path.realpath(path)}
        self.statements: list[tuple[str, int, int | None, bool]] = []
        self.line = 1
        self._transactions = 0

    def send(self, sql: str, parameters: Any, connection: Any) -> str:
        """Record *sql* if the revision sent it, and give it as the server is to get it."""
        text, _ = self.stand_ins.named(sql)
        line = self._line()
        if line is None:
            return text
        # the driver writes one percent sign for two wherever values may travel beside the text
        as_got = text.replace("%%", "%") if parameters is not None else text
        self.line = line
        number: int | None = None
        if not connection.autocommit:
            # 0 is IDLE: nothing has begun
            self._transactions += connection.info.transaction_status == 0
            number = max(self._transactions - 1, 0)
        self.statements.append((as_got, line, number, bool(parameters)))
        return text

    def _line(self) -> int | None:
        """The line of the revision that sends, None where nobody or SQLAlchemy's inspector does."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename not in self._files:
            if frame.f_code.co_qualname.startswith(_INSPECTOR):
                return None
            frame = frame.f_back
        return frame.f_lineno if frame is not None else None

    def shaped(self, name: str) -> None: ...

    def decided(self, name: str) -> None: ...

    def called(self, name: str, arguments: tuple[object, ...]) -> None: ...


def _engine(request: Mapping[str, Any], tape: _Tape) -> sa.Engine:
    url = sa.make_url(request["url"]).set(drivername="postgresql+psycopg")
    options = " ".join(f"-c {name}={value}" for name, value in request["settings"].items())
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"options": options})

    @sa.event.listens_for(engine, "connect")
    def record(connection: Any, _: object) -> None:
        connection.cursor_factory = _taped(connection.cursor_factory, tape)

    return engine


def _taped(factory: Any, tape: _Tape) -> Any:
    class TapedCursor(factory):  # type: ignore[misc]
        def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
            return super().execute(_sent(self, query, params), params, **options)

        def executemany(self, query: Any, params_seq: Any, **options: Any) -> Any:
            return super().executemany(_sent(self, query, params_seq), params_seq, **options)

    def _sent(cursor: Any, query: Any, params: Any) -> Any:
        return tape.send(query, params, cursor.connection) if isinstance(query, str) else query

    return TapedCursor


class _Server:
    """The database, with Alembic's scripts."""

    def __init__(self, request: Mapping[str, Any], engine: sa.Engine, tape: _Tape) -> None:
        self._engine = engine
        self._tape = tape
        self._limit_s = request["limit_s"]
        self._config = Config(request["ini"], toml_file=request["toml"], ini_section=request["section"])
        if not self._config.get_alembic_option("script_location"):
            self._config.set_main_option("script_location", request["script_location"].replace("%", "%%"))
        self._script = ScriptDirectory.from_config(self._config)
        self._metadata = target_metadata(request["convention"])

    def run(self, revision: Mapping[str, Any]) -> Mapping[str, Any]:
        """What one revision sent."""
        if revision["stamped"]:
            self._with_alembic(lambda heads, _: self._script._stamp_revs(revision["id"], heads), revision["id"], {})
            return {"id": revision["id"], "statements": [], "refused": None}
        source = source_of(revision["path"])
        self._tape.begin(revision["path"])
        signal.setitimer(signal.ITIMER_REAL, self._limit_s, 0.5)
        try:
            self._upgrade(revision["id"])
            refused = None
        except BaseException as error:
            # a revision may raise anything, SystemExit included
            found = hindrance(error, "upgrade()", source, self._tape.line)
            refused = [found.line, found.reason]
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        statements = self._tape.statements
        if refused:
            self._tape.begin("")
            self._substitute(revision["id"], revision["substitutes"])
        return {"id": revision["id"], "statements": statements, "refused": refused}

    def _upgrade(self, id: str) -> None:
        before = self._versions()
        module = self._script.get_revision(id).module
        for arguments in calls(module.upgrade, module, self._config):
            self._set_versions(before)
            self._with_alembic(lambda heads, _: self._script._upgrade_revs(id, heads), id, arguments)

    def _with_alembic(self, steps: Any, id: str, arguments: Mapping[str, object]) -> None:
        environment = EnvironmentContext(self._config, self._script, fn=steps, destination_rev=id)
        with environment, self._engine.connect() as connection:
            environment.configure(
                connection=connection, transaction_per_migration=True, target_metadata=self._metadata
            )
            with environment.begin_transaction():
                environment.run_migrations(**arguments)

    def _substitute(self, id: str, statements: Sequence[str]) -> None:
        """The effect that the revision would have had, as far as the server takes it, and its version."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for sql in statements:
                try:
                    connection.exec_driver_sql(sql)
                except sa.exc.SQLAlchemyError:
                    # the next ones may go
                    continue
        self._with_alembic(lambda heads, _: self._script._stamp_revs(id, heads), id, {})

    def _versions(self) -> list[str]:
        with self._engine.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return []
            return list(connection.scalars(sa.text("SELECT version_num FROM alembic_version")))

    def _set_versions(self, versions: Sequence[str]) -> None:
        if self._versions() == versions:
            return
        with self._engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM alembic_version"))
            for version in versions:
                connection.execute(sa.text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})


if __name__ == "__main__":
    main()
