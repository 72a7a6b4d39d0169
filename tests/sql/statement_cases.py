"""SQL in text files, each with what is expected of it.

An empty line stands between two cases. A case is its SQL, then one line ``--> Operation(…)`` for each operation
that is read from it. A line ``-- # title`` may stand above.
"""

from __future__ import annotations

import enum
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path

from safemigrate.schema import Expression, Operation
from safemigrate.schema.name import Name

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    title: str
    sql: str
    expected: tuple[str, ...]


def cases(files: str) -> list[Case]:
    """The cases of the files beside this one whose names match *files*."""
    blocks = (block for path in sorted(FOLDER.glob(files)) for block in path.read_text("utf-8").split("\n\n"))
    return [_case(block.strip().splitlines()) for block in blocks if block.strip()]


def _case(lines: list[str]) -> Case:
    title = lines.pop(0).removeprefix("-- # ") if lines[0].startswith("-- # ") else lines[0]
    expected = tuple(line.removeprefix("--> ") for line in lines if line.startswith("--> "))
    sql = "\n".join(line for line in lines if not line.startswith("--> "))
    return Case(title, sql, expected)


def shown(value: Operation | Expression, sql: str) -> str:
    """*value* as a case expects it: what it leaves at its default is left out, and the whole of *sql* is ``…``."""
    return _shown(value).replace(f"text={sql.strip().removesuffix(';')!r}", "text=…")


def _shown(value: object) -> str:
    if isinstance(value, Name):
        return value.sql()
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, tuple):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, frozenset):
        return f"{{{', '.join(sorted(map(_shown, value)))}}}"
    if is_dataclass(value):
        said = ((field, getattr(value, field.name)) for field in fields(value))
        parts = [f"{f.name}={_shown(v)}" for f, v in said if f.default is MISSING or v != f.default]
        return f"{type(value).__name__}({', '.join(parts)})"
    return repr(value)
