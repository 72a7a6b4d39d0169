"""The process that runs revisions: a request on its standard input, one JSON line a revision on its output.

What a revision prints goes nowhere, what it may do is limited by the guard, and the parent may end the process
at any time: each line is complete in itself.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import warnings
from collections.abc import Mapping
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from alembic.config import Config

from safemigrate.history.capture import Capture, Captured
from safemigrate.history.declaration import ATTRIBUTES
from safemigrate.history.guard import Guard
from safemigrate.history.source import Source
from safemigrate.history.statement import Direction


def main() -> None:
    """Answer one request."""
    output = _own_output()
    request = json.load(sys.stdin)
    _leave_standard_streams()
    warnings.simplefilter("ignore")
    sys.path[:0] = [path for path in request["sys_path"] if path not in sys.path]
    reading = _Reading(request, output)
    Guard(Path(request["folder"]), reading.capture.refused).arm()
    reading.capture.stand_ins.install()
    for each in request["revisions"]:
        reading.tell({"begin": each["id"]})
        reading.tell(reading.revision(each))


def _own_output() -> TextIOWrapper:
    """The parent's pipe under another number, so that nothing else writes to it."""
    return TextIOWrapper(os.fdopen(os.dup(1), "wb"), encoding="utf-8", write_through=True)


def _leave_standard_streams() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)


class _Reading:
    """One request in the course of being answered."""

    def __init__(self, request: Mapping[str, Any], output: TextIOWrapper) -> None:
        self._request = request
        self._output = output
        config = Config(request["ini"], toml_file=request["toml"], ini_section=request["section"])
        if request["ini"] is None:
            # without an ini, Alembic has an empty section under the name that was asked for
            assert config.file_config.has_section(request["section"])
        self.capture = Capture(
            config,
            Path(request["script_location"]),
            catalogue=_no_catalogue,
            folders=tuple(request["folders"]),
            limit_s=request["limit_s"],
        )

    def tell(self, record: Mapping[str, Any]) -> None:
        self._output.write(json.dumps(record) + "\n")

    def revision(self, each: Mapping[str, Any]) -> Mapping[str, Any]:
        """What reading one revision gave, ready to be told."""
        source = Source(Path(each["path"]))
        module = self.capture.module(source)
        if isinstance(module, Captured):
            return {"id": each["id"], "declared": None, "upgrade": _told(module)}
        record: dict[str, Any] = {"id": each["id"]}
        if self._request["purpose"] == "declare":
            return record | {"declared": _declared(module)}
        for direction in Direction:
            if direction is Direction.UPGRADE or self._request["downgrades"]:
                record[direction.value] = _told(self.capture.direction(source, module, direction))
        return record


def _no_catalogue(recording: Any) -> Any:
    raise NotImplementedError("reflection")


def _declared(module: Any) -> Mapping[str, Any]:
    found = {name: getattr(module, name) for name in ATTRIBUTES if hasattr(module, name)}
    return {name: sorted(value) if isinstance(value, set | frozenset) else value for name, value in found.items()}


def _told(captured: Captured) -> Mapping[str, Any]:
    return {
        "statements": [
            [
                recorded.sql,
                recorded.line,
                recorded.column,
                number,
                recorded.parameters,
                recorded.certain,
                list(recorded.stand_ins),
            ]
            for recorded, number in captured.statements
        ],
        "hindrances": [dataclasses.astuple(each) for each in captured.hindrances],
    }


if __name__ == "__main__":
    main()
