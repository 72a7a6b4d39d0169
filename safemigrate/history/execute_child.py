"""The process that runs revisions for real: a request on its standard input, one JSON answer on its output.

It is an env.py of our own: a genuine engine, Alembic's own script directory, version table and transactions.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Mapping
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine, make_url
from sqlalchemy.exc import DBAPIError

from safemigrate.history.target_metadata import target_metadata


def main() -> None:
    """Answer one request."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # what a revision prints is for people
    os.dup2(2, 1)
    request = json.load(sys.stdin)
    sys.path[:0] = [path for path in request["sys_path"] if path not in sys.path]
    answers.write(json.dumps(_answer(request)))
    answers.close()


def _answer(request: Mapping[str, Any]) -> Mapping[str, Any]:
    files = set(request["files"])
    try:
        return {"ran": _upgraded(request)}
    except Exception as error:
        return {"error": _told(error, files)}


def _upgraded(request: Mapping[str, Any]) -> list[str]:
    config = Config(request["ini"], toml_file=request["toml"], ini_section=request["section"])
    if not config.get_alembic_option("script_location"):
        config.set_main_option("script_location", request["script_location"].replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    ran: list[str] = []

    def revisions(heads: Any, context: MigrationContext) -> list[Any]:
        steps = script._upgrade_revs(request["upto"], heads)
        ran.extend(str(step.revision.revision) for step in steps)
        return list(steps)

    url = make_url(request["url"]).set(drivername="postgresql+psycopg")
    options = " ".join(f"-c {name}={value}" for name, value in request["settings"].items())
    engine = create_engine(url, poolclass=NullPool, connect_args={"options": options})
    environment = EnvironmentContext(config, script, fn=revisions, destination_rev=request["upto"])
    with environment, engine.connect() as connection:
        environment.configure(
            connection=connection,
            transaction_per_migration=True,
            target_metadata=target_metadata(request["convention"]),
        )
        with environment.begin_transaction():
            environment.run_migrations()
    return ran


def _told(error: Exception, files: set[str]) -> Mapping[str, Any]:
    inside = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename in files or os.path.realpath(frame.filename) in files
    ]
    # an error at import has its place in the chain of causes
    cause = error
    while not inside and isinstance(cause.__cause__, Exception):
        cause = cause.__cause__
        inside = [frame for frame in traceback.extract_tb(cause.__traceback__) if frame.filename in files]
    original = error.orig if isinstance(error, DBAPIError) else None
    diagnostic = getattr(original, "diag", None)
    message = getattr(diagnostic, "message_primary", None) or " ".join(str(error).split())
    return {
        "path": inside[-1].filename if inside else None,
        "line": inside[-1].lineno if inside else None,
        "kind": type(error).__name__,
        "sqlstate": getattr(original, "sqlstate", None),
        "message": message,
        "sql": getattr(error, "statement", None) if isinstance(error, DBAPIError) else None,
    }


if __name__ == "__main__":
    main()
