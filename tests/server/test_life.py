"""A server lives as long as the process that started it, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from safemigrate.server import Server, process, start

HOLDER = """
from safemigrate.server import start
server = start()
print(server.socket_directory, flush=True)
input()
"""

PREPARER = """
from pathlib import Path
from safemigrate.server import process, start
process.MEMORY = Path("/nowhere")
start()
"""


def until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def postmaster(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # in a container without an init process the dead stay as zombies
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def holder() -> tuple[subprocess.Popen[str], Path, int]:
    """A process that holds a server, its folder, and the pid of its postmaster."""
    held = subprocess.Popen([sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert held.stdout is not None
    folder = Path(held.stdout.readline().strip())
    return held, folder, postmaster(folder)


def test_stopping_leaves_neither_process_nor_folder() -> None:
    server = start()
    folder, pid = server.socket_directory, postmaster(server.socket_directory)
    server.stop()
    assert not alive(pid)
    assert not folder.exists()


def test_stopping_twice_is_stopping_once() -> None:
    with start() as server:
        server.stop()
        server.stop()


def test_stopping_does_not_wait_for_sessions() -> None:
    server = start()
    with psycopg.connect(server.url):
        server.stop()
    assert not server.socket_directory.exists()


def test_kill_9_of_its_starter_leaves_nothing() -> None:
    held, folder, pid = holder()
    held.kill()
    held.communicate()
    assert until(lambda: not alive(pid))
    assert until(lambda: not folder.exists())


def test_kill_9_while_a_session_is_busy_leaves_nothing() -> None:
    held, folder, pid = holder()
    url = f"postgresql://postgres@/postgres?host={folder}&port=5432"
    connection = psycopg.connect(url)
    connection.execute("CREATE TABLE t AS SELECT generate_series(1, 1000)")
    held.kill()
    held.communicate()
    assert until(lambda: not alive(pid))
    assert until(lambda: not folder.exists())
    connection.close()


def test_kill_9_while_it_prepares_leaves_nothing(home: Path) -> None:
    held = subprocess.Popen(
        [sys.executable, "-c", PREPARER],
        env={**os.environ, "TMPDIR": str(home), "XDG_CACHE_HOME": str(home / "cold")},
    )
    assert until(lambda: any(home.glob(f"{process.PREFIX}*/data/base")))
    held.kill()
    held.wait()
    assert until(lambda: not any(home.glob(f"{process.PREFIX}*")))


def test_ending_without_a_stop_leaves_nothing() -> None:
    held, folder, pid = holder()
    held.communicate("\n")
    assert held.returncode == 0
    assert not alive(pid)
    assert not folder.exists()


def test_a_ctrl_c_in_the_terminal_is_the_starters_to_handle() -> None:
    held, folder, pid = holder()
    assert os.getpgid(pid) != os.getpgid(held.pid)
    held.communicate("\n")
    assert not folder.exists()


def test_kill_9_of_the_guard_stops_the_server_and_the_next_start_removes_its_folder() -> None:
    held, folder, pid = holder()
    guard = parent(pid)
    os.kill(guard, signal.SIGKILL)
    assert until(lambda: not alive(pid))
    held.kill()
    held.communicate()
    assert folder.exists()
    long_ago = time.time() - 2 * process.ABANDONED_SECONDS
    os.utime(folder / "lock", (long_ago, long_ago))
    start().stop()
    assert not folder.exists()


def test_a_start_leaves_the_folders_of_running_servers_alone(server: Server) -> None:
    long_ago = time.time() - 2 * process.ABANDONED_SECONDS
    os.utime(server.socket_directory / "lock", (long_ago, long_ago))
    start().stop()
    with psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_forked_child_neither_stops_the_server_nor_keeps_it_from_stopping() -> None:
    server = start()
    pid = postmaster(server.socket_directory)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        server.stop()
        os.close(writing)
        os.read(reading, 1)
        os._exit(0)
    with psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.stop()
    assert not alive(pid)
    os.close(writing)
    os.waitpid(child, 0)
    os.close(reading)


def test_a_deep_temporary_folder_is_no_obstacle(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = home / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    monkeypatch.setattr(process, "MEMORY", home / "nowhere")
    with start() as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SHOW data_directory").fetchone()[0].startswith(str(deep))  # type: ignore[index]
    assert not server.socket_directory.exists()
    assert not list(deep.iterdir())
