"""Whoever starts it, PostgreSQL runs: root, an account without a name, programs that only their owner can read.

As root these tests become other accounts. Run by another user, they show that a plain user needs none of it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from safemigrate.errors import ServerError
from safemigrate.server import Binaries, cache, find_bin, start

ROOT = os.geteuid() == 0
REPOSITORY = Path(__file__).parents[2]

STARTER = """
import os, psycopg
from safemigrate.server import start
with start() as server, psycopg.connect(server.url) as connection:
    print(os.geteuid(), connection.execute("SELECT 42").fetchone()[0])
"""


@pytest.fixture
def private(home: Path, monkeypatch: pytest.MonkeyPatch) -> Binaries:
    """Programs in a folder that only its owner may enter, like a virtual environment below /root; a cold cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    (home / "cache").mkdir()
    found = find_bin()
    package = found.bin.parents[1]
    folder = home / "private"
    shutil.copytree(found.bin.parent, folder / package.name / found.bin.parent.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    folder.chmod(0o700)
    return Binaries(folder / package.name / found.bin.parent.name / "bin", found.major, "a test")


def started_as(uid: int, home: Path) -> subprocess.CompletedProcess[str]:
    """The outcome of STARTER in a clean environment, as the account *uid* if we are root, else as ourselves."""
    if ROOT:
        os.chown(home, uid, uid)
    # the interpreter of the tests may lie where only root can read
    reach = "+dac_read_search"
    become = [
        *("setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"),
        *(f"--inh-caps={reach}", f"--ambient-caps={reach}"),
    ]
    clean = ["env", "-i", f"HOME={home}", "PATH=/usr/bin:/bin", f"PYTHONPATH={REPOSITORY}"]
    command = [*(become if ROOT else []), *clean, sys.executable, "-c", STARTER]
    return subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)


def owner(server_folder: Path) -> int:
    return (server_folder / "data").stat().st_uid


def test_the_server_is_never_roots_own() -> None:
    with start() as server:
        expected = pwd.getpwnam("nobody").pw_uid if ROOT else os.geteuid()
        assert owner(server.socket_directory) == expected


def test_a_plain_user_starts_it(home: Path) -> None:
    uid = pwd.getpwnam("nobody").pw_uid
    answer = started_as(uid, home)
    assert answer.stdout.split() == [str(uid if ROOT else os.geteuid()), "42"], answer.stderr
    assert list((home / ".cache" / "safemigrate").glob("cluster-*.zip"))


def test_an_account_without_a_name_starts_it(home: Path) -> None:
    answer = started_as(54321, home)
    assert answer.stdout.split() == [str(54321 if ROOT else os.geteuid()), "42"], answer.stderr


def test_programs_that_only_their_owner_can_read_run_from_a_copy(
    home: Path, private: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        with start(private) as server, psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT 42").fetchone() == (42,)
    assert len(list((home / "cache" / "safemigrate").glob("programs-*/"))) == ROOT


def test_a_strict_umask_does_not_lock_the_copy(
    home: Path, private: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.umask(0o077)
    try:
        with start(private) as server, psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT 42").fetchone() == (42,)
    finally:
        os.umask(before)


def test_without_room_for_a_copy_a_user_namespace_runs_them(
    home: Path, private: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Path:
        raise ServerError("cannot be written: no space left on device.")

    monkeypatch.setattr(cache, "kept", full)
    with start(private) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 42").fetchone() == (42,)
        assert owner(server.socket_directory) == os.geteuid()
    assert not server.socket_directory.exists()


def test_where_nobody_can_run_them_the_error_says_what_to_do(
    private: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("safemigrate.server.account._choices", lambda *_: iter(()))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(ServerError, match="Run as another user, or set SAFEMIGRATE_PG_BIN"):
        start(private)
