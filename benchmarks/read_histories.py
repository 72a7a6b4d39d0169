"""How many revisions of real histories are read, and how fast: ``python benchmarks/read_histories.py DIR``.

DIR holds one folder a project; every folder below it that holds revisions of one graph is a history. The
applications need not be installed: what cannot be imported is replaced by stand-ins.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from safemigrate.errors import SafemigrateError
from safemigrate.history import Direction, History, Reading, load, read_revisions
from safemigrate.schema.operations import Unreadable
from safemigrate.sql import read

_REVISION = re.compile(r"^revision\b.*?^down_revision\b|^down_revision\b.*?^revision\b", re.MULTILINE | re.DOTALL)
_COLUMNS = "{:<52} {:>5} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7}"


def histories(folder: Path) -> Iterator[tuple[Path, Path]]:
    """The ``versions`` folders that hold revisions, each with the root of its project."""
    for project in sorted(path for path in folder.iterdir() if path.is_dir()):
        found = {
            _versions(path) for path in project.rglob("*.py") if _REVISION.search(path.read_text("utf-8", "replace"))
        }
        yield from ((versions, project) for versions in sorted(found))


def _versions(path: Path) -> Path:
    """The folder that Alembic would be told: ``versions``, or the one below it that names a database."""
    names = list(path.parts)
    below = len(names) - 1 - names[::-1].index("versions") if "versions" in names else len(names) - 2
    dialect = below + 2 == len(names) - 1 and names[below + 1] in ("postgresql", "sqlite", "mysql")
    return Path(*names[: below + 1 + dialect])


def opened(versions: Path, project: Path, scratch: Path) -> History:
    """The history in *versions*, through a configuration written for it."""
    script_location = versions.parent if versions.name == "versions" else versions.parent.parent
    ini = scratch / "alembic.ini"
    ini.write_text(
        "[alembic]\npath_separator = os\nrecursive_version_locations = true\n"
        f"script_location = {script_location}\nversion_locations = {versions}\nprepend_sys_path = {project}\n"
    )
    return load(ini)


def clean(reading: Reading) -> bool:
    """Whether nothing kept the upgrade from being run to its end."""
    return not any(obstacle.direction is Direction.UPGRADE for obstacle in reading.obstacles)


def readable(reading: Reading) -> bool:
    """Whether every statement of the upgrade is understood, too."""
    statements = reading.run(Direction.UPGRADE)
    return clean(reading) and not any(isinstance(op, Unreadable) for s in statements for op in read(s.sql))


def main(folder: Path) -> None:
    print(_COLUMNS.format("history", "revs", "load s", "read s", "stmts", "ran %", "read %", "certain"))
    reasons: Counter[str] = Counter()
    for versions, project in histories(folder):
        with tempfile.TemporaryDirectory() as scratch:
            begun = time.perf_counter()
            try:
                history = opened(versions, project, Path(scratch))
            except SafemigrateError as error:
                print(f"{versions.relative_to(folder)}: {error}")
                continue
            loaded = time.perf_counter()
            readings = list(read_revisions(history, timeout_s=600).values())
            ended = time.perf_counter()
        upgrades = [statement for reading in readings for statement in reading.run(Direction.UPGRADE)]
        certain = sum(statement.certain for statement in upgrades) / max(1, len(upgrades))
        print(
            _COLUMNS.format(
                str(versions.relative_to(folder))[-52:],
                len(readings),
                f"{loaded - begun:.2f}",
                f"{ended - loaded:.2f}",
                len(upgrades),
                f"{sum(map(clean, readings)) / len(readings):.1%}",
                f"{sum(map(readable, readings)) / len(readings):.1%}",
                f"{certain:.1%}",
            )
        )
        reasons.update(o.reason[:110] for r in readings for o in r.obstacles if o.direction is Direction.UPGRADE)
    print()
    for reason, count in reasons.most_common(25):
        print(f"{count:5d}  {reason}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
