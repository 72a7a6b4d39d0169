"""The wheel carries all it needs: built, installed in a clean environment, it lints and knows the shop."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT))
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """The bin folder of an environment that holds the wheel and what it depends on, and nothing of the checkout."""
    venv.create(wheel.parent / "venv", with_pip=True)
    run(str(wheel.parent / "venv" / "bin" / "pip"), "install", "-q", str(wheel))
    return wheel.parent / "venv" / "bin"


def run(*command: str, cwd: Path | None = None, code: int = 0) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.mark.xdist_group("wheel")
def test_the_wheel_lints(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text("CREATE TABLE users (id bigint PRIMARY KEY, nickname text);")
    (tmp_path / "change.sql").write_text("ALTER TABLE users DROP COLUMN nickname;")
    command = [str(installed / "safemigrate"), "lint", "--sql", "change.sql", "--schema", "schema.sql"]
    found = json.loads(run(*command, "--format", "json", cwd=tmp_path, code=1))
    assert "drop-column" in {finding["rule"] for finding in found["findings"]}


@pytest.mark.xdist_group("wheel")
def test_the_wheel_carries_the_rules_and_the_shop(wheel: Path, installed: Path, tmp_path: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "safemigrate/_data/rules/drop_column.md" in names
    assert "safemigrate/_data/shop/alembic.ini" in names
    assert [name for name in names if "__pycache__" in name] == []
    assert "drop-column" in run(str(installed / "safemigrate"), "rules", cwd=tmp_path)
