"""No process of the demo outlives it, and none is led astray by the caller's environment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from safemigrate.demo import commands
from safemigrate.demo.commands import Running
from safemigrate.demo.shop import NEW, OLD, copy_shop, source

SLEEPER = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
time.sleep(120)
"""

# what the demo does when it starts a process, in a process that the test may kill
STARTER = """
import os, sys, time
from pathlib import Path
from safemigrate.demo import commands
script, written, output = map(Path, sys.argv[1:])
commands.start(str(script), str(written), folder=script.parent, environment=os.environ, output=output)
time.sleep(120)
"""


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # a zombie has ended; who inherits it may not have noticed
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def sleeper(tmp_path: Path) -> Path:
    script = tmp_path / "sleeper.py"
    script.write_text(SLEEPER)
    return script


def test_a_process_ends_with_a_starter_that_was_killed(sleeper: Path, tmp_path: Path) -> None:
    written = tmp_path / "pid"
    starter = subprocess.Popen([sys.executable, "-c", STARTER, sleeper, written, tmp_path / "output"])
    assert until(lambda: written.exists() and bool(written.read_text()))
    pid = int(written.read_text())
    assert alive(pid)

    starter.send_signal(signal.SIGKILL)
    starter.wait()

    assert until(lambda: not alive(pid))


def test_a_process_that_does_not_listen_is_ended(sleeper: Path, tmp_path: Path) -> None:
    written = tmp_path / "pid"
    process = commands.start(
        str(sleeper), str(written), folder=tmp_path, environment=os.environ, output=tmp_path / "output"
    )
    assert until(lambda: written.exists() and bool(written.read_text()))

    commands.stop([process], patience_s=0.1)

    assert process.returncode == -signal.SIGKILL


def test_a_command_tells_its_exit_code_and_what_it_said(tmp_path: Path) -> None:
    (tmp_path / "words.py").write_text("import sys; print(*sys.argv[1:]); print('oh', file=sys.stderr); sys.exit(3)")
    output = tmp_path / "output"
    output.write_text("said before\n")

    done = Running(("words.py", "a", "b c"), folder=tmp_path, environment=os.environ, output=output).done()

    assert (done.command, done.exit_code) == ("words.py a b c", 3)
    assert sorted(done.output.split("\n")) == ["", "a b c", "oh"]


@pytest.mark.parametrize("name", sorted(commands.ENTRY_POINTS))
def test_a_command_is_the_one_that_a_person_would_type(name: str, tmp_path: Path) -> None:
    running = Running((name, "--help"), folder=tmp_path, environment=os.environ, output=tmp_path / "output")
    done = running.done()

    assert done.exit_code == 0
    assert f"usage: {name}" in done.output.lower()


def test_the_environment_leads_to_the_copy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PGHOST", "PGOPTIONS", "SHOP_DATABASE_URL", "SAFEMIGRATE_DATABASE_URL", "ALEMBIC_CONFIG"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("PYTHONPATH", "/of/the/caller")
    shop = copy_shop(tmp_path / "shop")

    environment = shop.environment("postgresql:///here", OLD)

    assert "elsewhere" not in environment.values()
    assert environment["PYTHONPATH"] == os.pathsep.join([str(tmp_path / "shop" / "v1"), "/of/the/caller"])
    assert "postgresql:///here" == environment["SHOP_DATABASE_URL"] == environment["SAFEMIGRATE_DATABASE_URL"]


def test_the_copy_may_be_written_where_the_package_may_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "package"
    copy_shop(package)
    for folder, _, files in os.walk(package, topdown=False):
        for name in files:
            os.chmod(Path(folder, name), 0o444)
        os.chmod(folder, 0o555)
    monkeypatch.setattr("safemigrate.demo.shop.source", lambda: package)

    shop = copy_shop(tmp_path / "copy")

    assert all(os.stat(path).st_mode & 0o200 for path in (shop.folder, *shop.folder.rglob("*")))


def test_the_shop_says_its_revisions(tmp_path: Path) -> None:
    shop = copy_shop(tmp_path / "shop")

    assert (source() / "alembic.ini").is_file()
    assert (shop.revision(OLD), shop.revision(NEW), len(shop.revision_files())) == ("c58e0d7714fa", "4d90b6ce8a13", 6)
    assert shop.release() == (
        "Rename customers.full_name to name",
        "Every order says its currency",
        "Drop the invoice numbers of the old bookkeeping",
    )
