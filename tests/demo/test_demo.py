"""The demo as a person runs it: it shows what it promises, ends when it is told to, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from safemigrate.demo.commands import Running
from safemigrate.demo.fleet import Fleet
from safemigrate.demo.ledger import audit, read_books
from safemigrate.demo.log import Log
from safemigrate.demo.shop import OLD, copy_shop

# processes of one demo are enough for two cores
pytestmark = pytest.mark.xdist_group("demo")

QUICK = ("--customers", "500", "--processes", "2", "--seconds-per-wave", "1")
TIMEOUT_S = 600


def environment(folder: Path) -> dict[str, str]:
    return os.environ | {"TMPDIR": str(folder)}


def demo(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "safemigrate", "demo", *arguments],
        env=environment(folder) | more,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def test_the_plain_rollout_fails_and_the_split_one_does_not(tmp_path: Path) -> None:
    done = demo(tmp_path, *QUICK, "--format", "json", "--keep")
    assert done.returncode == 0, done.stderr + done.stdout
    told = json.loads(done.stdout)
    plain, phased = told["runs"]["plain"], told["runs"]["safemigrate"]

    assert plain["failed"] == sum(kind["count"] for kind in plain["failures"]) > 0
    assert "42703" in {kind["sqlstate"] for kind in plain["failures"]}
    assert plain["longest_lock_wait_ms"] > 1000
    assert plain["unexpected"] == []

    assert (told["version"], told["passed"], told["complaints"]) == (1, True, [])
    assert (phased["failed"], phased["lost_rows"], phased["wrong_rows"], phased["wrong_answers"]) == (0, [], [], 0)
    assert phased["operations"] > 100
    assert phased["samples"] > 100
    assert 0 < phased["longest_lock_wait_ms"] <= told["deadline_ms"]

    check_story(done.stderr.splitlines())
    check_kept(Path(told["kept"]))


def check_story(lines: list[str]) -> None:
    """Each step was told as it ended."""
    assert len(lines) < 60
    assert any("gave way" in line for line in lines)
    assert any(re.search(r"\d rows in \d+ batches", line) for line in lines)
    assert any("no: the old version is connected" in line for line in lines)
    assert any("2 of 2 restarted as version 2" in line for line in lines)


def check_kept(folder: Path) -> None:
    """The split project and the logs can be read."""
    assert len(list((folder / "safemigrate" / "shop" / "migrations" / "versions").glob("*_contract.py"))) == 3
    assert list((folder / "plain" / "logs").glob("process-*-v2.jsonl"))


def test_a_lost_write_is_noticed(database: str, tmp_path: Path) -> None:
    shop = copy_shop(tmp_path / "shop")
    for words in (("alembic", "upgrade", shop.revision(OLD)), ("seed.py", "--customers", "200")):
        done = Running(
            words, folder=shop.folder, environment=shop.environment(database, OLD), output=tmp_path / "install.txt"
        ).done()
        assert done.exit_code == 0, done.output
    before, log = read_books(database), Log(tmp_path)
    with Fleet(shop, database, tmp_path, 2) as fleet:
        fleet.start()
        assert until(lambda: any(fact.name == "customer.name" for fact in read(log).facts))
        fleet.stop()
    read(log)
    assert audit(before, log.facts, read_books(database)).lost == ()
    assert audit(before, log.facts, read_books(database)).wrong == ()

    (written, *_) = [fact.key for fact in log.facts if fact.name == "customer.name"]
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE customers SET full_name = 'lost' WHERE id = %s", [written])
        # what refers to the row is left where it is
        connection.execute("SET session_replication_role = replica")
        first = "(SELECT min(id) FROM customers WHERE id <> %s)"
        connection.execute(f"DELETE FROM customers WHERE id = {first}", [written])

    found = audit(before, log.facts, read_books(database))
    assert [line.partition(" is ")[0] for line in found.wrong] == [f"customer.name of {written}"]
    assert len(found.lost) == 1


def read(log: Log) -> Log:
    log.read()
    return log


def test_no_server_says_what_to_install(tmp_path: Path) -> None:
    done = demo(tmp_path, *QUICK, SAFEMIGRATE_PG_BIN=str(tmp_path))

    assert done.returncode == 2
    assert "pip install 'safemigrate[postgres]'" in done.stderr
    assert list(tmp_path.iterdir()) == []


# -- the end ------------------------------------------------------------------------------------------------------


@pytest.fixture
def running(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A demo whose fleet is at work."""
    process = subprocess.Popen(
        [sys.executable, "-m", "safemigrate", "demo", "--customers", "100", "--seconds-per-wave", "60"],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # tests that somebody started under nohup would hand down that hang-ups are ignored
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    )
    try:
        logs = "*/plain/logs/*.jsonl"
        assert until(lambda: process.poll() is not None or len(list(tmp_path.glob(logs))) == 4, TIMEOUT_S)
        assert process.poll() is None, process.communicate()[0]
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_demo_that_is_stopped_leaves_nothing(
    running: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    started = descendants(running.pid)
    assert len(started) > 8

    running.send_signal(number)

    assert running.wait(TIMEOUT_S) == 130
    assert until(lambda: not any(map(alive, started)))
    assert list(tmp_path.iterdir()) == []


def test_a_demo_that_is_killed_leaves_no_process(running: subprocess.Popen[str]) -> None:
    started = descendants(running.pid)

    running.kill()
    running.wait()

    assert until(lambda: not any(map(alive, started)))


def descendants(pid: int) -> list[int]:
    """The processes that *pid* has started, and those that they have."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found[1:]


def alive(pid: int) -> bool:
    try:
        # a zombie has ended; who inherits it may not have noticed
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition: Callable[[], object], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
