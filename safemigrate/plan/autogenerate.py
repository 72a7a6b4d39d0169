"""A new revision from the difference between an application's models and the schema at head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from safemigrate.errors import ConfigurationError, UnansweredRename
from safemigrate.history import History
from safemigrate.history.environment import ask
from safemigrate.history.execute import scratch_environment
from safemigrate.redact import redact
from safemigrate.schema import Name

_LIMIT_S = 300.0


@dataclass(frozen=True, slots=True)
class Rename:
    """A table, or a *column* of it, that is called *new* from now on."""

    table: Name
    column: str
    new: str

    @classmethod
    def read(cls, text: str) -> Rename:
        """``users.full_name=name``, ``app.users.full_name=name``, or ``users=accounts`` for a table.

        Raises:
            ConfigurationError: it is none of these.
        """
        old, equals, new = text.partition("=")
        parts = old.split(".")
        if not equals or not new or not all(parts) or len(parts) > 3:
            raise ConfigurationError(
                f'--rename "{text}" says no rename.',
                remedy="Write --rename users.full_name=name, or --rename users=accounts for a table.",
            )
        if len(parts) == 1:
            return cls(Name(parts[0]), "", new)
        return cls(Name(parts[-2], parts[-3] if len(parts) == 3 else None), parts[-1], new)

    def __str__(self) -> str:
        schema = f"{self.table.schema}." if self.table.schema else ""
        return f"{schema}{self.table.name}{'.' * bool(self.column)}{self.column}={self.new}"

    @property
    def old(self) -> str:
        """What is renamed: ``users.full_name``."""
        return str(self).partition("=")[0]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A column or table that goes while others of its kind come: it may be one of these under a new name.

    *renames* are the possible ones, the likeliest first.
    """

    renames: tuple[Rename, ...]

    @property
    def old(self) -> str:
        return self.renames[0].old


@dataclass(frozen=True, slots=True)
class Generated:
    """What came of it: the new file (*revision*, *path*), or the *doubts* that a person must settle first.

    Neither where the models and head agree.
    """

    revision: str = ""
    path: Path | None = None
    doubts: tuple[Doubt, ...] = ()


def generate(
    history: History,
    url: str,
    *,
    message: str,
    rev_id: str | None = None,
    renames: Sequence[Rename] = (),
    settled: Sequence[str] = (),
    arguments: Sequence[str] = (),
) -> Generated:
    """The revision that autogenerate writes for the models of env.py, compared with the database at *url*.

    That database is at head and may be thrown away: *renames* are done in it before the comparison, and stand
    first in the revision. *settled* are columns and tables (``users.full_name``) that really go. Every engine of
    env.py connects to that database; *arguments* are those of ``alembic -x``.

    Raises:
        ConfigurationError: env.py raised, or has no target_metadata.
        UnansweredRename: a rename names what is not there.
    """
    request = {
        "purpose": "generate",
        "url": url,
        "message": message,
        "rev_id": rev_id,
        "head": history.heads[0] if history.heads else "base",
        "arguments": list(arguments),
        "renames": [[each.table.schema, each.table.name, each.column, each.new] for each in renames],
        "settled": list(settled),
    }
    answer = ask(
        history,
        request,
        timeout_s=_LIMIT_S,
        module="safemigrate.plan.autogenerate_child",
        environment=scratch_environment(url),
    )
    where = str(history.script_location / "env.py")
    if "unknown" in answer:
        raise UnansweredRename(f"{answer['unknown']} is not there to be renamed.", where=str(history.script_location))
    if "error" in answer:
        raise ConfigurationError(
            f"autogenerate stopped: {redact(str(answer['error'])).rstrip('.')}.",
            where=where,
            remedy="Correct env.py.",
        )
    if answer.get("doubts"):
        return Generated(doubts=tuple(_doubt(each) for each in answer["doubts"]))
    return Generated(answer.get("revision", ""), Path(answer["path"]) if answer.get("path") else None)


def unanswered(doubts: Sequence[Doubt]) -> UnansweredRename:
    """The error for *doubts* that nobody is there to settle."""
    lines = [
        f"{doubt.old} goes and {' and '.join(each.new for each in doubt.renames)} of the same kind "
        f"{'comes' if len(doubt.renames) == 1 else 'come'}: is it a rename?"
        for doubt in doubts
    ]
    ways = [f"--rename {doubt.renames[0]} for a rename, or --no-rename {doubt.old}" for doubt in doubts]
    return UnansweredRename(
        " ".join(lines),
        remedy=f"Write {', and '.join(ways)} if {'its' if len(doubts) == 1 else 'the'} values may go.",
    )


def _doubt(each: Mapping[str, Any]) -> Doubt:
    table = Name(each["table"], each["schema"])
    likeliest = sorted(each["new"], key=lambda new: -_likeness(each["column"] or each["table"], new, each))
    return Doubt(tuple(Rename(table, each["column"], new) for new in likeliest))


def _likeness(old: str, new: str, each: Mapping[str, Any]) -> float:
    """How much two names, and their places in the table, look alike: 0 to 2."""
    near = 1.0 if new in each["same_place"] else 0.0
    within = 0.5 * (old in new or new in old)
    return SequenceMatcher(None, old, new).ratio() + near * 0.5 + within
