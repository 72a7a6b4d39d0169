"""Revisions run one by one on a throw-away server, and recorded from the connection: what PostgreSQL really got.

The do-nothing driver's answers are checked against this. Applications need not be installed: what cannot be
imported is replaced by stand-ins, as everywhere where revisions are read.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safemigrate.errors import ReaderStopped
from safemigrate.history.configuration import Configuration
from safemigrate.history.execute import SETTINGS, scratch_environment
from safemigrate.history.history import History
from safemigrate.history.statement import Direction, Obstacle, Reading, Revision, Statement

#: one revision; a statement of it is ended by the server a little earlier
REVISION_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What the server got from one revision's upgrade. *refused* is why it did not come to its end, else None."""

    reading: Reading
    refused: Obstacle | None = None


def read_from_server(
    history: History, url: str, substitutes: Mapping[str, Sequence[str]], *, stamped: Container[str] = ()
) -> Mapping[str, Witnessed]:
    """The upgrades of all revisions, run in order on the database at *url*, which may be thrown away.

    Of those in *stamped* it holds the effect already, and they are not run. Where one is refused, *substitutes*
    (statements by revision) run in its place as far as the server takes them, so that those behind it find a
    schema. Queries of the inspector and Alembic's own version table are left out.

    Raises:
        ReaderStopped: the process could not start at all.
    """
    request = _request(history, url, substitutes, stamped)
    found: dict[str, Witnessed] = {}
    for record in _records(request):
        revision = history.by_id[record["id"]]
        found[revision.id] = Witnessed(_reading(revision, record), _obstacle(record))
    return found


def _request(
    history: History, url: str, substitutes: Mapping[str, Sequence[str]], stamped: Container[str]
) -> Mapping[str, Any]:
    configuration = history.configuration or Configuration(
        history.root, history.script_location, (history.script_location / "versions",), sys_path=(history.root,)
    )
    folders = {configuration.script_location, *configuration.version_locations}
    folders |= {folder.resolve() for folder in folders}
    return {
        "ini": str(configuration.ini.absolute()) if configuration.ini else None,
        "toml": str(configuration.toml.absolute()) if configuration.toml else None,
        "section": configuration.section,
        "script_location": str(configuration.script_location),
        "folders": sorted(f"{folder}{os.sep}" for folder in folders),
        "sys_path": [str(path) for path in configuration.sys_path],
        "convention": dict(configuration.naming.convention),
        "url": url,
        "settings": {**SETTINGS, "statement_timeout": f"{REVISION_LIMIT_S * 800:.0f}ms"},
        "limit_s": REVISION_LIMIT_S,
        "revisions": [
            {
                "id": each.id,
                "path": str(each.path),
                "down_revision": list(each.down),
                "branch_labels": sorted(each.labels),
                "depends_on": list(each.depends_on),
                "stamped": each.id in stamped,
                "substitutes": list(substitutes.get(each.id, ())),
            }
            for each in history.revisions
        ],
    }


def _records(request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    root = Path(__file__).parents[2]
    environment = scratch_environment(request["url"])
    environment["PYTHONPATH"] = os.pathsep.join(path for path in (str(root), *sys.path) if path)
    environment["PYTHONHASHSEED"] = "0"
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "safemigrate.history.server_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=environment,
        )
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(request).encode())
            process.stdin.close()
            yield from map(json.loads, process.stdout)
            if process.wait():
                complaints.seek(0)
                said = complaints.read().decode("utf-8", "replace").strip().splitlines()
                raise ReaderStopped(said[-1] if said else f"it ended with {process.returncode}")
        finally:
            process.kill()
            process.wait()


def _reading(revision: Revision, record: Mapping[str, Any]) -> Reading:
    statements = tuple(
        Statement(
            sql,
            revision.id,
            revision.path,
            line,
            direction=Direction.UPGRADE,
            transaction=transaction,
            parameters=parameters,
        )
        for sql, line, transaction, parameters in record["statements"]
    )
    return Reading(revision, statements)


def _obstacle(record: Mapping[str, Any]) -> Obstacle | None:
    return Obstacle(*record["refused"]) if record.get("refused") else None
