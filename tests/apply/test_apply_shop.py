"""The shop's release, split by the command and applied phase by phase."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from histories import QUICK, apply, ask, catalog, project

from safemigrate.apply import GateOptions
from safemigrate.cli import cli
from safemigrate.errors import GatesClosed
from safemigrate.history import Phase
from safemigrate.schema.catalog import differences

SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop"
V1, V2 = "c58e0d7714fa", "4d90b6ce8a13"


def shop(folder: Path) -> Path:
    return Path(shutil.copytree(SHOP, folder, ignore=shutil.ignore_patterns("__pycache__")))


def run(folder: Path, url: str, *arguments: str) -> None:
    environment = {**os.environ, "SHOP_DATABASE_URL": url, "PYTHONPATH": str(folder / "v1")}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_shop_ends_where_its_authored_migrations_end(
    tmp_path: Path, make_database: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    authored, parted = shop(tmp_path / "authored"), shop(tmp_path / "split")
    expected = make_database()
    run(authored, expected, "-m", "alembic", "upgrade", V1)
    run(authored, expected, "seed.py", "--customers", "100")
    found = make_database(expected)
    run(authored, expected, "-m", "alembic", "upgrade", "head")

    monkeypatch.chdir(parted)
    written = CliRunner().invoke(cli, ["split", f"{V1}:{V2}", "--write", "--never-ran"])
    assert written.exit_code == 0, written.output
    live = project(parted, found)
    apply(live, Phase.EXPAND, Phase.MIGRATE)
    with psycopg.connect(found, application_name=f"shop@1/{V1}"), pytest.raises(GatesClosed, match="shop@1"):
        apply(live, Phase.CONTRACT)
    with pytest.raises(GatesClosed, match=r"billing\.invoices\.legacy_number in \d+ rows .* would be lost"):
        apply(live, Phase.CONTRACT, gates=QUICK)
    with psycopg.connect(found, application_name=f"shop@2/{V2}"):
        apply(live, Phase.CONTRACT, gates=GateOptions(samples=1, accept_data_loss=True))
    assert differences(catalog(expected), catalog(found)) == ()
    for query in (
        "SELECT md5(string_agg(name, '|' ORDER BY id)) FROM customers",
        "SELECT md5(string_agg(currency, '|' ORDER BY id)) FROM orders",
    ):
        assert ask(expected, query) == ask(found, query)
