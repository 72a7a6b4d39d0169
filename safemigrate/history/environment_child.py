"""The process that runs the project's env.py: a request on standard input, one JSON answer into a pipe.

``describe`` stops where Alembic would run revisions and says what env.py connected to. ``upgrade`` lets Alembic run
up to one revision, with the session settings of the request on every connection that env.py's engines make.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.exc import DBAPIError

from safemigrate.history.flask_migrate import application_context, own_ini

#: what waits for others without blocking them, for which a lock timeout is no help
_PATIENT = re.compile(r"\b(CONCURRENTLY|VALIDATE\s+CONSTRAINT)\b", re.IGNORECASE)


def main() -> None:
    """Answer one request."""
    answer_one({"describe": _described, "upgrade": _upgraded})


def answer_one(purposes: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]]) -> None:
    """Read a request, do what it is for, and write the answer, or the error, into the pipe."""
    request = json.load(sys.stdin)
    sys.path[:0] = [path for path in request["sys_path"] if path not in sys.path]
    try:
        answer = purposes[request["purpose"]](request)
    except (Exception, SystemExit) as error:
        answer = told(error)
    with os.fdopen(int(sys.argv[1]), "w", encoding="utf-8") as pipe:
        json.dump(answer, pipe)


def _described(request: Mapping[str, Any]) -> Mapping[str, Any]:
    found: list[Mapping[str, Any]] = []

    def look(heads: object, context: MigrationContext) -> Sequence[Any]:
        seen = _seen(context)
        # the URL of an engine that was diverted is not the one it is connected to
        found.append({**seen, "url": request["url"]} if request["url"] and "url" in seen else seen)
        return ()

    # dont_mutate keeps Alembic from making the version table
    _run(request, look, dont_mutate=True)
    return {"found": found}


def _upgraded(request: Mapping[str, Any]) -> Mapping[str, Any]:
    ran: list[str] = []
    upto = request["upto"]
    config = config_of(request)
    script = ScriptDirectory.from_config(config)

    def revisions(heads: Any, context: MigrationContext) -> Sequence[Any]:
        steps = list(script._upgrade_revs(upto, heads))
        ran.extend(str(step.revision.revision) for step in steps)
        return steps

    _settle(request["settings"])
    _run(request, revisions, destination_rev=upto)
    return {"ran": ran}


def config_of(request: Mapping[str, Any]) -> Config:
    """Alembic's configuration, as a person's ``alembic -c … -x …`` or ``flask db`` would find it."""
    config = Config(
        own_ini(Path(request["script_location"])) or request["ini"],
        toml_file=request["toml"],
        ini_section=request["section"],
        cmd_opts=argparse.Namespace(x=request["arguments"] or None),
    )
    if not config.get_alembic_option("script_location"):
        config.set_main_option("script_location", request["script_location"].replace("%", "%%"))
    return config


def _run(request: Mapping[str, Any], revisions: Callable[..., Sequence[Any]], **options: Any) -> None:
    if request["url"]:
        divert(request["url"])
    config = config_of(request)
    script = ScriptDirectory.from_config(config)
    with application(request), EnvironmentContext(config, script, fn=revisions, **options):
        script.run_env()


def application(request: Mapping[str, Any]) -> AbstractContextManager[None]:
    """What env.py of the request is run within."""
    return application_context(Path(request["script_location"]))


def divert(url: str) -> None:
    """Every engine connects to *url*, with the driver it was made for."""

    @event.listens_for(Engine, "do_connect")
    def connect(dialect: Any, record: Any, arguments: list[Any], parameters: dict[str, Any]) -> None:
        wanted = make_url(re.sub(r"^postgres(ql)?(\+\w+)?://", f"postgresql+{dialect.driver}://", url))
        given, named = dialect.create_connect_args(wanted)
        arguments[:] = given
        parameters.clear()
        parameters.update(named)


def _settle(settings: Mapping[str, str]) -> None:
    """Every connection has *settings*; CONCURRENTLY and VALIDATE run without a lock timeout."""

    @event.listens_for(Engine, "connect")
    def settle(connection: Any, record: Any) -> None:
        cursor = connection.cursor()
        for name, value in settings.items():
            cursor.execute(f"SET {name} = '{value}'")
        cursor.close()
        connection.commit()

    @event.listens_for(Engine, "before_cursor_execute")
    def be_patient(
        connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
    ) -> None:
        timeout = "0" if _PATIENT.search(statement) else settings["lock_timeout"]
        cursor.execute(f"SET lock_timeout = '{timeout}'")


def _seen(context: MigrationContext) -> Mapping[str, Any]:
    """What a configured context is connected to, as far as its driver tells."""
    connection = context.connection
    if connection is None or context.dialect.name != "postgresql":
        return {"dialect": f"{context.dialect.name}" + (" in offline mode" if connection is None else "")}
    role, user, path = connection.exec_driver_sql(
        "SELECT current_user, session_user, current_setting('search_path')"
    ).one()
    default = connection.exec_driver_sql("SELECT reset_val FROM pg_settings WHERE name = 'search_path'").scalar_one()
    return {
        "dialect": context.dialect.name,
        "url": _url(connection),
        "version_table": context.version_table,
        "version_schema": context.version_table_schema,
        "role": role if role != user else None,
        "search_path": path if path != default else None,
    }


def _url(connection: Connection) -> str:
    """What libpq needs to make this connection again: from the driver, since a token is in no URL of an engine."""
    raw = connection.connection.dbapi_connection
    info = getattr(raw, "info", None)
    try:
        parameters = dict(info.get_parameters() if hasattr(info, "get_parameters") else info.dsn_parameters)  # type: ignore[union-attr]
        password = info.password  # type: ignore[union-attr]
    except AttributeError:
        return _without_driver(connection.engine.url.render_as_string(hide_password=False))
    if password:
        parameters["password"] = password
    for name in ("application_name", "fallback_application_name", "client_encoding"):
        parameters.pop(name, None)
    return "postgresql://?" + urlencode({k: v for k, v in parameters.items() if v}, quote_via=quote)


def _without_driver(url: str) -> str:
    parsed = make_url(url).set(drivername="postgresql")
    # asyncpg writes ssl where libpq writes sslmode
    query = {"sslmode" if key == "ssl" else key: value for key, value in parsed.query.items()}
    kept = {key: value for key, value in query.items() if key in ("sslmode", "host", "port", "sslrootcert")}
    return parsed.set(query=kept).render_as_string(hide_password=False)


def told(error: BaseException) -> Mapping[str, Any]:
    """An error for people, without the statement and its parameters."""
    original = error.orig if isinstance(error, DBAPIError) else None
    message = getattr(getattr(original, "diag", None), "message_primary", None)
    text = message or str(original or error).partition("\n")[0]
    if isinstance(error, SystemExit) and not isinstance(error.code, str):
        text = f"it ends the process with exit code {error.code or 0}"
    kind = "" if isinstance(error, SystemExit) else f"{type(original or error).__name__}: "
    return {
        "error": f"{kind}{text}",
        "sqlstate": getattr(original, "sqlstate", None) or getattr(original, "pgcode", None),
    }


if __name__ == "__main__":
    main()
