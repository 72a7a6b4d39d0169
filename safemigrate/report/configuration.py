"""The settings of a project and where they come from, for people and as JSON. Passwords are not shown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from safemigrate.redact import redact
from safemigrate.report.text import Line, Style, clean, line, relative

VERSION = 1
DEFAULT = "default"

Value = str | int | None | Sequence[str] | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting: its *value* in plain types, and *where* it was written, empty where nobody did."""

    key: str
    value: Value
    where: str = ""


def configuration_text(settings: Sequence[Setting], *, root: Path) -> Iterator[Line]:
    """One line a setting: its name, its value, where it comes from. Paths are shown from *root*."""
    rows = [(each.key, _shown(each.value), _place(each.where, root)) for each in settings]
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    for key, value, where in rows:
        style = Style.DIM if where == DEFAULT else Style.PLAIN
        yield line((f"{key:<{first}}", Style.BOLD), f"  {value:<{second}}", (f"  {where}", style))


def configuration_json(settings: Sequence[Setting], *, root: Path) -> str:
    """The settings as one document, whose shape ``schemas/config.json`` promises."""
    written = [
        {"key": each.key, "value": _hidden(each.value), "where": _place(each.where, root)} for each in settings
    ]
    return json.dumps({"version": VERSION, "settings": written}, indent=2) + "\n"


def schema_path() -> Path:
    """Where the JSON Schema of configuration_json() lies."""
    return Path(__file__).parent / "schemas" / "config.json"


def _place(where: str, root: Path) -> str:
    path, colon, line_number = where.rpartition(":")
    if not colon:
        return clean(where) or DEFAULT
    return f"{clean(relative(Path(path), root))}:{line_number}"


def _shown(value: Value) -> str:
    match _hidden(value):
        case None | "":
            return "-"
        case dict() as table:
            return ", ".join(f"{key} = {item}" for key, item in table.items()) or "-"
        case list() as items:
            return ", ".join(items) or "-"
        case other:
            return " ".join(clean(str(other)).split())


def _hidden(value: Value) -> str | int | list[str] | dict[str, str] | None:
    """*value* without passwords."""
    match value:
        case None | int():
            return value
        case str():
            return redact(value)
        case Mapping():
            return {key: redact(item) for key, item in value.items()}
        case _:
            return list(map(redact, value))
