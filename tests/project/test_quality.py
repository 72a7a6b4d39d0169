"""What every change must keep: lint, format, types, layers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "check", "."], id="ruff check"),
        pytest.param(["ruff", "format", "--check", "."], id="ruff format"),
        pytest.param(["mypy"], id="mypy --strict"),
        pytest.param(["lint-imports"], id="layers"),
    ],
)
def test_the_code_is_clean(command: list[str]) -> None:
    done = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_modules_hold_one_idea_each() -> None:
    # errors.py is a list: every error of the project stands in it, under the tree that it draws
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / "safemigrate").rglob("*.py")
        if path.name != "errors.py" and (lines := path.read_text("utf-8").count("\n")) > 450
    }
    assert long == {}


def test_every_test_module_has_a_name_of_its_own() -> None:
    paths = [path for path in (ROOT / "tests").rglob("*.py") if "fixtures" not in path.parts]
    names = [path.name for path in paths if path.name != "conftest.py"]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []
