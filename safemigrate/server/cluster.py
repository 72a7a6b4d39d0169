"""Makes a fresh data directory: from the cached template of this build, else by `initdb`, which fills the cache.

A template is one ZIP archive without compression. It appears under its name only when complete, and the
checksum of each file tells a damaged one, which is then made anew.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from pathlib import Path

from safemigrate.errors import ServerDidNotStart
from safemigrate.server import binaries, cache
from safemigrate.server.account import Programs

# not "safemigrate": the schema of that name would head the search path of its namesake
SUPERUSER = "postgres"

INITDB = (
    f"--username={SUPERUSER}",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--wal-segsize=1",  # MB; the default of 16 is most of what a fresh cluster writes
    "--no-sync",
    "--no-instructions",
)
_OPTIONS_DIGEST = hashlib.sha256(" ".join(INITDB).encode()).hexdigest()[:8]


def create(programs: Programs, data: Path) -> None:
    """Makes *data*, which must not exist, a cluster that *programs* can run and its account owns."""
    archive = cache.user_cache() / f"cluster-{programs.build}-{_OPTIONS_DIGEST}.zip"
    if _unpack(archive, programs, data):
        return
    with cache.locked(archive.with_suffix(".lock")):
        # another process may have made it while we waited
        if _unpack(archive, programs, data):
            return
        _initdb(programs, data)
        _pack(data, archive)


def _initdb(programs: Programs, data: Path) -> None:
    answer = programs.run("initdb", "--pgdata", str(data), *INITDB)
    if answer.returncode != 0:
        program = str(programs.bin / "initdb")
        binaries.raise_for_library(program, answer.stderr)
        raise ServerDidNotStart(program, (answer.stdout + answer.stderr).strip())


def _pack(data: Path, archive: Path) -> None:
    unfinished = archive.with_suffix(".unfinished")
    try:
        with zipfile.ZipFile(unfinished, "w") as packed:
            for folder, _, files in os.walk(data):
                inside = Path(folder).relative_to(data)
                packed.write(folder, f"{inside}/")
                for name in files:
                    packed.writestr(str(inside / name), Path(folder, name).read_bytes())
        unfinished.replace(archive)
    except OSError:
        # a full disk: the next run is slow, this one is not wrong
        unfinished.unlink(missing_ok=True)


def _unpack(archive: Path, programs: Programs, data: Path) -> bool:
    """Whether *data* was made from *archive*; of a damaged archive, and what came of it, nothing remains."""
    if not archive.is_file():
        return False
    try:
        with zipfile.ZipFile(archive) as packed:
            for entry in packed.infolist():
                _write(packed, entry, data, programs)
    except Exception:
        # noise in an archive raises whatever it likes, and the remedy is always the same
        complete = False
    else:
        complete = (data / "PG_VERSION").is_file()
    if not complete:
        shutil.rmtree(data, ignore_errors=True)
        archive.unlink(missing_ok=True)
    return complete


def _write(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, data: Path, programs: Programs) -> None:
    # plain text: a Path costs more than the file it names
    path = os.path.normpath(f"{data}/{entry.filename}")
    if entry.is_dir():
        os.mkdir(path, 0o700)
    else:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb", buffering=0) as file:
            file.write(packed.read(entry))
    programs.give(path)
