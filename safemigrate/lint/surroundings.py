"""What everything that is remembered depends on: this program, its libraries, the project's configuration."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path

from safemigrate.history.configuration import Configuration


def cache_folder() -> Path:
    """Where a person's caches are. Source: XDG Base Directory Specification."""
    written = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(written) if os.path.isabs(written) else Path.home() / ".cache") / "safemigrate"


def surroundings(configuration: Configuration | None) -> Iterator[object]:
    """This program, its libraries, where modules are looked for, and Alembic's configuration."""
    yield sys.version
    yield from program()
    for library in ("alembic", "sqlalchemy", "sqlglot"):
        spec = PathFinder.find_spec(library)
        yield stamp(Path(spec.origin)) if spec and spec.origin else library
    yield tuple(sys.path)
    # installing anything changes the folder
    yield from (stamp(Path(path)) for path in sys.path if path.endswith("site-packages") and Path(path).is_dir())
    if configuration is not None:
        yield configuration.root, configuration.sys_path, configuration.section
        yield dict(configuration.naming.convention), configuration.naming.unread
        yield from (path.read_bytes() for path in (configuration.ini, configuration.toml) if path and path.is_file())


def program() -> Iterator[object]:
    """Our own code, as far as it reads and judges."""
    package = Path(__file__).parent.parent
    for folder in ("history", "schema", "sql", "rulebook", "lint", "alembic_plugin"):
        yield from (stamp(path) for path in sorted((package / folder).glob("**/*.py")))


def stamp(path: Path) -> tuple[str, int, int]:
    """What identifies a file that was installed, without a look into it."""
    status = path.stat()
    return str(path), status.st_size, status.st_mtime_ns


def digest(*parts: object) -> str:
    """What identifies *parts* by what repr() says of them: of sets, whose order changes, none may be among them."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()
