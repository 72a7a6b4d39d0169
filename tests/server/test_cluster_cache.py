"""The cached template: made once, by whoever comes first, and made anew when damaged."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import psycopg
import pytest

from safemigrate.server import start

STARTER = """
import psycopg
from safemigrate.server import start
with start() as server, psycopg.connect(server.url) as connection:
    print(connection.execute("SELECT 42").fetchone()[0])
"""


@pytest.fixture
def cold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder of a user who has none yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "safemigrate"


def template(cache: Path) -> Path:
    (archive,) = cache.glob("cluster-*.zip")
    return archive


def answers() -> bool:
    with start() as server, psycopg.connect(server.url) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_the_second_start_uses_what_the_first_has_kept(cold: Path) -> None:
    assert answers()
    first = template(cold).stat().st_mtime_ns
    assert answers()
    assert template(cold).stat().st_mtime_ns == first


def test_two_processes_with_a_cold_cache_both_get_a_server(cold: Path) -> None:
    starters = [
        subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    assert [starter.communicate()[0].strip() for starter in starters] == ["42", "42"]
    assert zipfile.ZipFile(template(cold)).testzip() is None


@pytest.mark.parametrize("damage", ["half", "noise", "empty", "one byte", "no version"])
def test_a_damaged_template_is_made_anew(cold: Path, damage: str) -> None:
    assert answers()
    archive = template(cold)
    whole = archive.read_bytes()
    if damage == "no version":
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("postgresql.conf", "")
    else:
        middle = len(whole) // 2
        archive.write_bytes(
            {
                "half": whole[:middle],
                "noise": os.urandom(1000),
                "empty": b"",
                "one byte": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            }[damage]
        )
    assert answers()
    with zipfile.ZipFile(archive) as packed:
        assert packed.testzip() is None
        assert "PG_VERSION" in packed.namelist()


def test_a_cache_that_cannot_be_written_falls_back_to_a_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a file"))
    monkeypatch.setenv("HOME", str(tmp_path / "a file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert answers()
    assert template(tmp_path / f"safemigrate-{os.geteuid()}").is_file()


def test_a_cache_that_others_can_write_is_not_trusted(cold: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cold.mkdir()
    cold.chmod(0o777)
    assert answers()
    assert not list(cold.iterdir())
