"""Folders that outlive a run, and the locks that keep two runs from filling one at once."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from safemigrate.errors import ServerError


def user_cache() -> Path:
    """The folder that keeps what only we read: below `XDG_CACHE_HOME` or `~/.cache`, else in a temporary folder."""
    return _first_usable((*_homes(), _temporary()))


def program_cache() -> Path:
    """The folder that keeps programs. For root it is one that other accounts can read, since they run them."""
    if os.geteuid() != 0:
        return user_cache()
    open_homes = (home for home in _homes() if open_to_others(home.parent))
    return _first_usable((*open_homes, Path("/var/cache/safemigrate"), _temporary()))


def open_to_others(folder: Path) -> bool:
    """Whether any account may walk into *folder*; a folder that does not exist yet is judged by its parents."""
    return all(part.stat().st_mode & stat.S_IXOTH for part in (folder, *folder.parents) if part.exists())


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the lock file *path*; waits while another process does."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _homes() -> Iterator[Path]:
    configured = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if configured.is_absolute():
        yield configured / "safemigrate"
    home = Path(os.path.expanduser("~"))
    # under sudo, HOME may be another user's: a folder of ours in it would lock its owner out
    if home.is_dir() and home.stat().st_uid == os.geteuid():
        yield home / ".cache" / "safemigrate"


def _temporary() -> Path:
    return Path(tempfile.gettempdir()) / f"safemigrate-{os.geteuid()}"


def _first_usable(folders: Iterable[Path]) -> Path:
    tried = []
    for folder in folders:
        if _usable(folder):
            return folder
        tried.append(str(folder))
    raise ServerError(
        f"no folder can be written for the cache; tried {', '.join(tried)}.",
        remedy="Set XDG_CACHE_HOME to a folder of yours.",
    )


def _usable(folder: Path) -> bool:
    """Whether *folder* is ours alone to write. Anyone may have made a folder of that name in /tmp."""
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return False
    ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
    return ours and not status.st_mode & 0o022 and os.access(folder, os.W_OK | os.X_OK)
