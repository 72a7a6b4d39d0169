"""Statistics as a file: what ``safemigrate stats`` writes and ``lint --stats`` reads."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from typing import Any

from safemigrate.errors import ConfigurationError
from safemigrate.schema.name import Name
from safemigrate.schema.statistics import Limits, Statistics, TableStatistics

VERSION = 1
_REMEDY = "Write it with: safemigrate stats --database-url URL > stats.json"


def statistics_json(statistics: Statistics, *, taken_at: datetime.datetime) -> dict[str, Any]:
    """The document, whose shape ``report/schemas/stats.json`` promises."""
    return {
        "version": VERSION,
        "taken_at": taken_at.astimezone(datetime.UTC).isoformat(timespec="seconds"),
        "tables": [
            {
                "schema": name.schema,
                "table": name.name,
                "rows": table.rows,
                "bytes": table.bytes,
                "reads_per_second": table.reads,
                "writes_per_second": table.writes,
            }
            for name, table in sorted(statistics.tables.items())
        ],
    }


def read_statistics(text: str, *, where: str, limits: Limits | None = None) -> Statistics:
    """The statistics of a file *where*. Keys that are not known are passed over.

    Raises:
        ConfigurationError: it is no such file, with what is wrong and where.
    """
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ConfigurationError(f"This is not JSON: {error}.", where=where, remedy=_REMEDY) from None
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise ConfigurationError(f'These are no statistics of "version": {VERSION}.', where=where, remedy=_REMEDY)
    entries = document.get("tables")
    if not isinstance(entries, list):
        raise ConfigurationError('"tables" is no list.', where=where, remedy=_REMEDY)
    return Statistics(dict(_entry(entry, n, where) for n, entry in enumerate(entries)), limits or Limits())


def _entry(entry: object, number: int, where: str) -> tuple[Name, TableStatistics]:
    place = f"{where}: tables[{number}]"
    if not isinstance(entry, dict):
        raise ConfigurationError("This is no table.", where=place, remedy=_REMEDY)
    schema, table = entry.get("schema"), entry.get("table")
    if not (isinstance(schema, str) and isinstance(table, str)):
        raise ConfigurationError('"schema" and "table" must be names.', where=place, remedy=_REMEDY)
    size = _number(entry, "bytes", place)
    if size is None:
        raise ConfigurationError('"bytes" is missing.', where=place, remedy=_REMEDY)
    rows = _number(entry, "rows", place)
    reads, writes = (_number(entry, f"{what}_per_second", place) for what in ("reads", "writes"))
    return Name(table, schema), TableStatistics(None if rows is None else int(rows), int(size), reads, writes)


def _number(entry: Mapping[str, object], key: str, place: str) -> float | None:
    """A number that is not negative, None where it is null or left out."""
    value = entry.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e18:
        raise ConfigurationError(f'"{key}" is {value!r}.', where=place, remedy="Make it a number from 0, or null.")
    return value
