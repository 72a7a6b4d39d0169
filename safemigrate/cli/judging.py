"""What findings depend on, from a project's settings: its rules, its policy, the schema that it began with."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from safemigrate.config import Settings
from safemigrate.errors import ConfigurationError

if TYPE_CHECKING:
    from safemigrate.lint.conditions import Conditions
    from safemigrate.rulebook import Rule
    from safemigrate.schema.statistics import Statistics


def load_enabled_rules(settings: Settings) -> tuple[Rule, ...]:
    """The rules of the package and of the project; an opt-in rule only where the project enables it, or its group."""
    from safemigrate.rulebook.loader import load_rules

    rules = load_rules(settings.rules)
    known = {name for rule in rules for name in (rule.name, rule.page.group)}
    for name in settings.enable:
        if name not in known:
            raise ConfigurationError(f'enable names the rule "{name}", which does not exist.')
    enabled = frozenset(settings.enable)
    return tuple(rule for rule in rules if not rule.page.opt_in or enabled & {rule.name, rule.page.group})


def lint_conditions(settings: Settings, statistics: Statistics | None = None) -> Conditions:
    """What findings depend on beside the revisions: the project's settings, and how large tables are."""
    from safemigrate.lint.conditions import Conditions
    from safemigrate.rulebook.site import Policy

    return Conditions(
        today=datetime.date.today(),
        policy=Policy(
            lock_timeout=settings.lock_timeout,
            extensions=settings.extensions,
            required_columns=settings.required_columns,
            naming=settings.naming,
        ),
        postgres=settings.postgres,
        answers=settings.answers,
        schema_sql=read_sql(settings.schema) if settings.schema else "",
        schema_revision=settings.schema_revision,
        statistics=statistics,
    )


#: bytes of a file of SQL; reading takes three seconds for each million of them, and 45 bytes of memory for each
SQL_LIMIT = 10_000_000


def read_sql(path: Path) -> str:
    """The text of a file of SQL.

    Raises:
        ConfigurationError: it is not there, too long, not UTF-8 (with the line of the byte), or holds a NUL byte.
    """
    try:
        if (size := path.stat().st_size) > SQL_LIMIT:
            raise ConfigurationError(
                f"This file has {size / 1e6:.0f} MB, and up to {SQL_LIMIT / 1e6:.0f} MB are read.",
                where=str(path),
                remedy="Leave the data out (pg_dump --schema-only), or lint it in pieces.",
            )
        content = path.read_bytes()
    except FileNotFoundError:
        raise ConfigurationError("There is no such file.", where=str(path)) from None
    except IsADirectoryError:
        raise ConfigurationError("This is a folder.", where=str(path), remedy="Name the files in it.") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # the decoder counts behind a byte order mark
        raise ConfigurationError(
            f"This is not UTF-8: byte {error.start} is {content[error.start : error.start + 1].hex()}.",
            where=_place(path, content, error.start),
            remedy="Save the file as UTF-8.",
        ) from None
    if "\0" in text:
        raise ConfigurationError(
            "There is a NUL byte, which no SQL holds.",
            where=_place(path, content, content.index(b"\0")),
            remedy="Is this a file of SQL, saved as UTF-8?",
        )
    return text


def _place(path: Path, content: bytes, offset: int) -> str:
    return f"{path}:{content.count(10, 0, offset) + 1}"
