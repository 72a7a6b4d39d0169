"""What a reading depends on beside the revision's own text, and how each of these is now."""

from __future__ import annotations

import datetime
import enum
import hashlib
import os
import stat
from typing import NamedTuple

_MODULE = (".py", ".pyc", ".so", ".pyd", ".dist-info", ".egg-info")


class Kind(enum.StrEnum):
    """What of a path counts: the file's bytes, which names a folder holds, those that can be imported, whether it
    is there at all. HISTORY is what the revisions before it made, and DAY is today: both name no path."""

    FILE = "file"
    FOLDER = "folder"
    MODULES = "modules"
    STATUS = "status"
    HISTORY = "history"
    DAY = "day"


class Dependency(NamedTuple):
    """What a reading depends on; *state* is what it was then, as state() tells it."""

    kind: Kind
    path: str = ""
    state: str = ""


def state(kind: Kind, path: str) -> str:
    """What identifies what a dependency gives now; nothing for what is not there, or cannot be read."""
    if kind is Kind.DAY:
        return today().isoformat()
    try:
        if kind is Kind.FILE:
            return _digest(path)
        if kind is Kind.STATUS:
            return _status(os.stat(path))
        names = os.listdir(path)
    except (OSError, ValueError):
        return ""
    chosen = names if kind is Kind.FOLDER else [name for name in names if name.endswith(_MODULE) or "." not in name]
    listed = "\0".join(sorted(set(chosen) - {"__pycache__"}))
    return hashlib.sha256(listed.encode("utf-8", "surrogatepass")).hexdigest()


def today() -> datetime.date:
    """The day, here."""
    return datetime.date.today()


def _digest(path: str) -> str:
    # a pipe or a device may have no end
    if not stat.S_ISREG(os.stat(path).st_mode):
        return ""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _status(found: os.stat_result) -> str:
    # a folder's own time changes with every file beside those that were looked for
    return "folder" if stat.S_ISDIR(found.st_mode) else f"{found.st_mode} {found.st_size} {found.st_mtime_ns}"
