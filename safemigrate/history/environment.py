"""The database that the project's own env.py migrates, and how it looks at it: found by running env.py.

env.py runs in a process of its own, up to the point where Alembic would run revisions. What it says travels back
through a pipe and is never printed, since it holds the password.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safemigrate.errors import EnvironmentFailed
from safemigrate.history.configuration import Configuration
from safemigrate.history.history import History
from safemigrate.redact import redact
from safemigrate.schema import Name

#: where Alembic keeps its version unless told otherwise
ALEMBIC_VERSION = Name("alembic_version")

#: importing an application and connecting once
_LIMIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Environment:
    """A database as env.py sees it.

    *url* is one that libpq reads; it may hold a password. *version_table* is where configure() says; without a
    schema it is looked for along *search_path*, which is the session's own, None for the server's default. *role*
    is who env.py becomes with SET ROLE, None for nobody else.
    """

    url: str = field(repr=False)
    version_table: Name = ALEMBIC_VERSION
    role: str | None = None
    search_path: str | None = None
    #: ``alembic -x`` arguments, for whoever runs env.py again
    arguments: tuple[str, ...] = ()


def read_environment(history: History, *, url: str = "", arguments: Sequence[str] = ()) -> Environment:
    """What env.py says. With *url* its engines connect to that database instead of their own.

    *arguments* are those of ``alembic -x``.

    Raises:
        EnvironmentFailed: env.py raised, could not connect, migrates several databases, or none.
    """
    answer = ask(history, {"purpose": "describe", "url": url, "arguments": list(arguments)}, timeout_s=_LIMIT_S)
    where = str(history.script_location / "env.py")
    if "error" in answer:
        raise EnvironmentFailed(f"env.py could not be run: {redact(str(answer['error']))}", where)
    found: list[Mapping[str, Any]] = answer["found"]
    if not found:
        raise EnvironmentFailed("env.py ran without asking Alembic to run migrations", where)
    if len(found) > 1:
        raise EnvironmentFailed(f"env.py migrates {len(found)} databases, and one is needed", where)
    (said,) = found
    if not said.get("url"):
        raise EnvironmentFailed(f"env.py migrates a database of the dialect {said['dialect']}", where)
    return Environment(
        url=said["url"],
        version_table=Name(said["version_table"], said["version_schema"]),
        role=said["role"],
        search_path=said["search_path"],
        arguments=tuple(arguments),
    )


def ask(
    history: History,
    request: Mapping[str, Any],
    *,
    timeout_s: float | None,
    module: str = "safemigrate.history.environment_child",
    environment: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """The answer of a process that runs env.py for *request*; ``{"error": …}`` where it gave none.

    *module* is what answers, *environment* what it finds in place of this process's variables. Whoever interrupts
    the caller ends the process, too.
    """
    configuration = history.configuration or Configuration(
        history.root, history.script_location, (history.script_location / "versions",), sys_path=(history.root,)
    )
    described = {
        **request,
        "ini": str(configuration.ini.absolute()) if configuration.ini else None,
        "toml": str(configuration.toml.absolute()) if configuration.toml else None,
        "section": configuration.section,
        "script_location": str(history.script_location),
        "sys_path": [str(path) for path in configuration.sys_path],
    }
    root = Path(__file__).parents[2]
    reading, writing = os.pipe()
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, str(writing)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(writing,),
            env={
                **(environment or os.environ),
                "PYTHONPATH": os.pathsep.join(path for path in (str(root), *sys.path) if path),
            },
        )
    finally:
        os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        try:
            _, complaints = process.communicate(json.dumps(described).encode(), timeout=timeout_s)
        except subprocess.TimeoutExpired:
            return {"error": f"it did not end within {timeout_s:g} s"}
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        said = pipe.read()
    if said:
        answer: Mapping[str, Any] = json.loads(said)
        return answer
    last = complaints.decode("utf-8", "replace").strip().splitlines()[-1:]
    return {"error": last[0] if last else f"its process ended with {process.returncode}"}
