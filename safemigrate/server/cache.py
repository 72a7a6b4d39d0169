"""Folders that outlive a run, and the locks that keep two runs from filling one at once."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
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
    folders = (*_homes(), Path("/var/cache/safemigrate"), _temporary())
    return _first_usable(folder for folder in folders if open_to_others(folder.parent))


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


def kept(folder: Path, fill: Callable[[Path], None]) -> Path:
    """*folder*, which *fill* makes in an empty one if it is missing: once, never half, readable by everybody."""
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    try:
        with locked(folder.with_name(f"{folder.name}.lock")):
            if not folder.is_dir():
                shutil.rmtree(unfinished, ignore_errors=True)
                unfinished.mkdir()
                fill(unfinished)
                _open_tree(unfinished)
                unfinished.rename(folder)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise ServerError(f"cannot be written: {error}.", where=str(folder)) from None
    return folder


def _open_tree(root: Path) -> None:
    """Undoes what a strict umask did to the tree below *root*."""
    for folder, _, files in os.walk(root):
        os.chmod(folder, 0o755)
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)


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
        if not folder.is_dir():
            folder.mkdir(parents=True)
            folder.chmod(0o755)  # whatever the umask
        status = folder.lstat()
    except FileExistsError:
        return _usable(folder) if folder.is_dir() else False
    except OSError:
        return False
    ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
    return ours and not status.st_mode & 0o022 and os.access(folder, os.W_OK | os.X_OK)
