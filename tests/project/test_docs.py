"""The README is the tour: each command in it is run, and prints what the page shows."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
#: a line that stands for any lines, or the part of a line that stands for any words
ANYTHING = "…"


@dataclass(frozen=True)
class Shown:
    """A command as the page shows it, and the lines it prints there."""

    command: str
    lines: tuple[str, ...]


def shown(page: str) -> Iterator[Shown]:
    for fence in re.findall(r"^```console\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", fence, flags=re.MULTILINE)[1:]:
            command, *lines = part.rstrip("\n").split("\n")
            yield Shown(command, tuple(lines))


def agrees(expected: tuple[str, ...], found: list[str]) -> bool:
    pattern = "".join(r"(?:.*\n)*?" if line == ANYTHING else words(line) + r"\n" for line in expected)
    return re.fullmatch(pattern, "".join(f"{line.rstrip()}\n" for line in found)) is not None


def words(line: str) -> str:
    return ".*".join(map(re.escape, line.rstrip().split(ANYTHING)))


def run(shell: str, folder: Path, database: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "SHOP_DATABASE_URL": database,
        "PYTHONPATH": "v2",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        ["bash", "-c", shell], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def test_every_command_of_the_tour_prints_what_the_readme_shows(
    tmp_path: Path, make_database: Callable[..., str]
) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    database, folder = make_database(), tmp_path
    tour = list(shown(README))
    assert len(tour) > 5
    for step in tour:
        if step.command.startswith("cd "):
            folder /= shlex.split(step.command)[1]
            continue
        done = run(step.command, folder, database)
        found = (done.stdout + done.stderr).splitlines()
        assert agrees(step.lines, found), f"$ {step.command}\n" + "\n".join(found)


def test_a_rule_of_ones_own_is_made_as_the_page_says(tmp_path: Path) -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    files = re.findall(r"^(`{3,})\w+ (\S+/?\S*\.\w+)\n(.*?)^\1\n", page, re.MULTILINE | re.DOTALL)
    assert [name for _, name, _ in files] == [
        "house/audit_column.md",
        "house/float_amount.md",
        "house/float_amount.py",
        "change.sql",
    ]
    for _, name, text in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    commands = list(shown(page))
    assert len(commands) == 2
    for step in commands:
        done = run(step.command, tmp_path, "")
        found = (done.stdout + done.stderr).splitlines()
        assert agrees(step.lines, found), f"$ {step.command}\n" + "\n".join(found)


def test_the_walk_through_the_shop_runs(tmp_path: Path, make_database: Callable[..., str]) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(ROOT / "examples" / "shop", folder, ignore=shutil.ignore_patterns("__pycache__"))
    page = (folder / "README.md").read_text("utf-8")
    (walk,) = re.findall(r"## See it hold\n.*?^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    done = run(
        f"set -eu\nalembic upgrade c58e0d7714fa\npython seed.py --customers 50\n{walk}", folder, make_database()
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "as they stand, they break version 1" in done.stdout
    assert "No new upgrade operations detected" in done.stdout


@pytest.mark.parametrize("kind", ["demo", "test"])
def test_the_two_commands_stand_in_marked_fences(kind: str) -> None:
    assert len(re.findall(rf"^```sh {kind} *\n", README, re.MULTILINE)) == 1


def test_what_a_page_shows_must_be_printed() -> None:
    assert agrees(("a", ANYTHING, "c"), ["a", "b", "b", "c"])
    assert not agrees(("a", "c"), ["a", "b", "c"])
    assert not agrees(("a", ANYTHING, "d"), ["a", "b", "c"])


def test_the_index_of_the_rules_is_what_the_command_prints() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "safemigrate", "rules", "--format", "markdown"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    index = ROOT / "rules" / "README.md"
    assert printed.stdout == index.read_text("utf-8"), "safemigrate rules --format markdown > rules/README.md"
