"""Schemas that are remembered: what a line of revisions leaves is replayed once.

A start is kept under a digest of all that it depends on: this program and each revision of the line, as far as
readings.py can tell what that one depends on. Files are replaced whole; one that is damaged is none.
"""

from __future__ import annotations

import enum
import hashlib
import io
import os
import pickle
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safemigrate.lint.store import prune, unsealed, write_sealed

if TYPE_CHECKING:
    from safemigrate.schema import Schema

#: of one history; each new head makes another
_MOST = 12
_SUFFIX = ".start"


@dataclass(frozen=True, slots=True)
class Start:
    """The schema that *revisions* leave, which come before all others in the history's order."""

    revisions: tuple[str, ...]
    schema: Schema


class Starts:
    """The starts of one history, in *folder*. *keys* tell what each revision's reading depends on.

    *order* are the revisions that judging needs, parents first, of which *judged* are judged.
    """

    def __init__(self, folder: Path, order: Sequence[str], keys: Mapping[str, str], judged: frozenset[str]) -> None:
        self._folder = folder
        self._order = order
        self._digests = _digests(order, keys)
        first = next((place for place, id in enumerate(order) if id in judged), 0)
        # one that comes later and is not judged has its say on how the history began
        self._free = first if judged.issuperset(order[first:]) else 0

    def covered(self) -> tuple[str, ...]:
        """The revisions behind the latest start that is kept: those of its line."""
        with suppress(OSError):
            kept = {name.removesuffix(_SUFFIX) for name in os.listdir(self._folder)}
            for count in range(min(self._free, len(self._digests)), 0, -1):
                if self._digests[count - 1] in kept:
                    return tuple(self._order[:count])
        return ()

    def load(self, revisions: tuple[str, ...]) -> Start | None:
        """The start behind *revisions*, None where the file is gone or damaged."""
        schema = _load(self._path(len(revisions))) if revisions else None
        return Start(revisions, schema) if schema is not None else None

    def keep(self, start: Start) -> None:
        """Remember *start*; a folder that cannot be written is no error."""
        count = len(start.revisions)
        if 0 < count <= min(self._free, len(self._digests)):
            with suppress(OSError):
                write_sealed(self._path(count), pickle.dumps(start.schema, protocol=5))
                prune(self._folder, _SUFFIX, most=_MOST)

    def _path(self, count: int) -> Path:
        return self._folder / f"{self._digests[count - 1]}{_SUFFIX}"


def _digests(order: Sequence[str], keys: Mapping[str, str]) -> list[str]:
    """What identifies each beginning of the line, up to the first revision that has no key."""
    running = hashlib.sha256()
    digests: list[str] = []
    for id in order:
        if id not in keys:
            break
        running.update(f"{id} {keys[id]}\n".encode())
        digests.append(running.hexdigest())
    return digests


# -- files -----------------------------------------------------------------------------------------------------


class _Unpickler(pickle.Unpickler):
    """Makes values of a schema and nothing else, whatever the file says."""

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("safemigrate.schema") and name[:1].isupper():
            return super().find_class(module, name)
        if module == "safemigrate.schema.tables" and name == "Tables.of":
            return super().find_class(module, name)
        if (module, name) in (("builtins", "frozenset"), ("builtins", "getattr")):
            return frozenset if name == "frozenset" else _attribute
        raise pickle.UnpicklingError(f"{module}.{name}")


def _attribute(holder: Any, name: str) -> Any:
    """How a class method is pickled, and how some versions of Python pickle a member of an enum."""
    if holder.__module__ == "safemigrate.schema.tables" and name == "of":
        return holder.of
    if isinstance(holder, enum.EnumMeta) and holder.__module__.startswith("safemigrate.schema"):
        return holder[name]
    raise pickle.UnpicklingError(name)


def _load(path: Path) -> Schema | None:
    from safemigrate.schema import Schema

    payload = unsealed(path)
    if payload is None:
        return None
    try:
        schema = _Unpickler(io.BytesIO(payload)).load()
    except Exception:
        # noise in a pickle raises whatever it likes, and the remedy is always the same
        return None
    return schema if isinstance(schema, Schema) else None
