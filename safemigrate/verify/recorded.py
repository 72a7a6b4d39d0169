"""Statements that a version is known to send beside those of its models: files of SQL with ``$1`` for parameters."""

from __future__ import annotations

from pathlib import Path

from safemigrate.errors import ConfigurationError
from safemigrate.sql import cut
from safemigrate.verify.workload import Query


def recorded(path: Path) -> tuple[Query, ...]:
    """The statements of the file at *path*, each known by its line.

    Raises:
        ConfigurationError: there is no such file, or it is not text.
        SqlSyntaxError: it cannot be cut into statements.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The recorded statements cannot be read: {error}.", where=str(path)) from None
    return tuple(Query("recorded", f"{path.name}:{piece.line}", piece.text) for piece in cut(text))
