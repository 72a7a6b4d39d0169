"""A fork that stands in for a new Python is told and tells what that would be told and tell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

TELL = """
import json, os, sys
sys.stderr.reconfigure(errors="backslashreplace")
print(json.dumps([sys.argv, sys.path[:3], os.getcwd(), os.environ.get("TZ"), __name__, sys.stdin.read()]))
print("complaint", file=sys.stderr)
{end}
"""
ENDS = ("", "sys.exit(3)", "sys.exit('why')", "raise ValueError('why')", "os.kill(os.getpid(), 9)", "os.abort()")


@pytest.fixture
def pythons(forking_python: Path) -> tuple[str, str]:
    return sys.executable, str(forking_python)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    "arguments",
    [["told.py", "one"], ["-m", "told", "one"], ["-P", "-m", "told", "one"], ["-c", "import told", "one"]],
)
def test_it_ends_and_tells_as_python_does(
    arguments: list[str], end: str, pythons: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "told.py").write_text(TELL.format(end=end))
    new, fork = (
        subprocess.run(
            [python, *arguments],
            cwd=tmp_path,
            env={**os.environ, "TZ": "Asia/Tokyo", "PYTHONPATH": str(tmp_path), "PYTHONUNBUFFERED": "1"},
            input="said",
            capture_output=True,
            text=True,
            check=False,
        )
        for python in pythons
    )
    assert (fork.returncode, fork.stdout) == (new.returncode, new.stdout)
    assert fork.stderr.splitlines()[-1:] == new.stderr.splitlines()[-1:]


def test_what_one_fork_imports_no_other_has(pythons: tuple[str, str], tmp_path: Path) -> None:
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "models.py").write_text(f"NAME = {name!r}")
        (folder / "told.py").write_text("import models; print(models.NAME)")
        told = subprocess.run([pythons[1], "told.py"], cwd=folder, capture_output=True, text=True, check=True)
        assert told.stdout == f"{name}\n"


def test_descriptors_keep_their_numbers(pythons: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "told.py").write_text("import os, sys; os.write(int(sys.argv[1]), b'told')")
    reading, writing = os.pipe()
    subprocess.run([pythons[1], tmp_path / "told.py", str(writing)], pass_fds=(writing,), check=True)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert pipe.read() == b"told"


def test_a_fork_ends_with_whom_was_started_for_it(pythons: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "told.py").write_text("import os, time; print(os.getpid(), flush=True); time.sleep(60)")
    with subprocess.Popen([pythons[1], tmp_path / "told.py"], stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        pid = int(started.stdout.readline())
        started.kill()
    limit = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < limit
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_reaches_the_fork(number: signal.Signals, pythons: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "told.py").write_text(
        f"import signal, sys, time\nsignal.signal({number:d}, lambda *_: sys.exit(7))\n"
        "print('ready', flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([pythons[1], tmp_path / "told.py"], stdout=subprocess.PIPE) as started:
        assert started.stdout is not None
        started.stdout.readline()
        started.send_signal(number)
        assert started.wait(10) == 7


def test_what_a_fork_does_not_imitate_is_a_new_process(pythons: tuple[str, str]) -> None:
    code = "import sys; print('alembic' in sys.modules)"
    done = subprocess.run([pythons[1], "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
