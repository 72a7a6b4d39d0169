"""Revisions run for real on a throw-away database, by Alembic and without the project's env.py."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safemigrate.errors import ExtensionMissing, NotProven, RevisionFailed, SafemigrateError
from safemigrate.history.configuration import Configuration
from safemigrate.history.history import History
from safemigrate.schema.sync import CONTRACT_SETTING

#: what every session on a throw-away database says, so that a contract's guard lets it pass
SETTINGS: Mapping[str, str] = {CONTRACT_SETTING: "allow"}

# PostgreSQL 16 and later name it so, those before name the control file
_NO_EXTENSION = re.compile(r'extension "([^"]+)" is not available|extension/([\w-]+)\.control')
_DATABASE_URL = re.compile(r"(postgres|postgresql|psycopg|asyncpg)(\+\w+)?://")


def upgrade(history: History, url: str, upto: str = "heads", *, timeout_s: float = 300.0) -> tuple[str, ...]:
    """Runs the revisions up to *upto* on the database at *url*, and returns the ids of those that ran.

    Alembic's own machinery runs them, each in a transaction of its own, and keeps ``alembic_version``. The
    database must be one that may be thrown away: contracts are allowed to run.

    Raises:
        RevisionFailed: a revision was refused; those before it have run.
        ExtensionMissing: the server lacks an extension that a revision creates.
        NotProven: they did not end within *timeout_s*.
    """
    if upto in ("", "base"):
        return ()
    answer = _asked(_request(history, url, upto), timeout_s)
    if error := answer.get("error"):
        place = f"{error['path']}:{error['line']}" if error["path"] else str(history.script_location)
        kind = "" if error["sqlstate"] else f"{error['kind']}: "
        raise refused(place, f"{kind}{error['message'].rstrip('.')}", error["sqlstate"])
    return tuple(answer["ran"])


def refused(place: str, reason: str, sqlstate: str | None) -> SafemigrateError:
    """The error for a revision that was refused at *place*: it is not the revision's fault if an extension lacks."""
    missing = _NO_EXTENSION.search(reason)
    return ExtensionMissing(place, missing[1] or missing[2]) if missing else RevisionFailed(place, reason, sqlstate)


def scratch_environment(url: str) -> dict[str, str]:
    """This process's environment, with every database in it replaced by the one at *url*.

    Code of a project looks for its database there, and must not find the real one.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    replaced = {name: url for name, value in kept.items() if _DATABASE_URL.match(value)}
    return {**kept, **replaced, "PYTHONDONTWRITEBYTECODE": "1"}


def _request(history: History, url: str, upto: str) -> Mapping[str, Any]:
    configuration = history.configuration or Configuration(
        history.root, history.script_location, (history.script_location / "versions",), sys_path=(history.root,)
    )
    paths = {str(revision.path) for revision in history.revisions}
    return {
        "ini": str(configuration.ini.absolute()) if configuration.ini else None,
        "toml": str(configuration.toml.absolute()) if configuration.toml else None,
        "section": configuration.section,
        "script_location": str(history.script_location),
        "sys_path": [str(path) for path in configuration.sys_path],
        "convention": dict(configuration.naming.convention),
        "files": sorted(paths | {os.path.realpath(path) for path in paths}),
        "url": url,
        "upto": upto,
        "settings": dict(SETTINGS),
    }


def _asked(request: Mapping[str, Any], timeout_s: float) -> Mapping[str, Any]:
    root = Path(__file__).parents[2]
    environment = scratch_environment(request["url"])
    environment["PYTHONPATH"] = os.pathsep.join(path for path in (str(root), *sys.path) if path)
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "safemigrate.history.execute_child"],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=timeout_s,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotProven(
            f"The revisions up to {request['upto']} did not end within {timeout_s:g} s.",
            where=request["script_location"],
        ) from None
    if done.returncode or not done.stdout:
        said = done.stderr.strip().splitlines()
        raise RevisionFailed(
            request["script_location"],
            f"the process that runs revisions ended with {done.returncode}" + (f", {said[-1]}" if said else ""),
            None,
        )
    answer: Mapping[str, Any] = json.loads(done.stdout)
    return answer
