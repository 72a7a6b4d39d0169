"""Stand-ins for modules that cannot be imported here: permissive enough to go on, and never silent.

A stand-in may be a column's type, be called, subclassed, iterated over or put into a text. What it does to the
run is told to a witness: it shaped a statement, it decided a branch, or work was left to it.
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path
from types import FrameType, FunctionType
from typing import Any, Protocol

from sqlalchemy.types import UserDefinedType

from safemigrate.history.source import literals, source_of
from safemigrate.history.statement import STAND_IN_MARK

_MARK = re.compile(rf"{STAND_IN_MARK}[0-9a-f]{{10}}")
_AS_LENGTH = re.compile(rf"\(\s*{STAND_IN_MARK}[0-9a-f]{{10}}\s*\)")

#: attributes that SQLAlchemy and Alembic ask of a type to find out what it is
_PROBES = frozenset("dispatch impl comparator schema metadata create drop load_dialect_impl".split())

#: what a missing type probably is, by a word in its name
_TYPES = (
    ("json", "JSONB"),
    ("uuid", "UUID"),
    ("guid", "UUID"),
    ("datetime", "TIMESTAMP WITH TIME ZONE"),
    ("timestamp", "TIMESTAMP WITH TIME ZONE"),
    ("arrow", "TIMESTAMP WITH TIME ZONE"),
    ("tsvector", "TSVECTOR"),
    ("bool", "BOOLEAN"),
    ("int", "INTEGER"),
    ("binary", "BYTEA"),
    ("encrypted", "BYTEA"),
    ("string", "VARCHAR"),
)


class Witness(Protocol):
    """Who hears what stand-ins do."""

    def shaped(self, name: str) -> None:
        """*name* gave its type to the next statement."""

    def decided(self, name: str) -> None:
        """The revision's course hung on *name*."""

    def called(self, name: str, arguments: tuple[object, ...]) -> None:
        """The revision called *name*, which did nothing."""


class StandIn(UserDefinedType[Any]):
    """Any value of a module that is missing."""

    cache_ok = True

    def __init__(self, name: str, stand_ins: StandIns) -> None:
        self._name = name
        self._stand_ins = stand_ins

    def get_col_spec(self, **_: object) -> str:
        self._stand_ins.witness.shaped(self._name)
        last = self._name.rpartition(".")[2].lower()
        return next((type_ for word, type_ in _TYPES if word in last), "TEXT")

    def __call__(self, *arguments: object, **options: object) -> Any:
        if self._decorates(arguments, options):
            return arguments[0]
        if self._stand_ins.asked_by_revision(2):
            self._stand_ins.witness.called(self._name, (*arguments, *options.values()))
        return StandIn(self._name, self._stand_ins)

    def _decorates(self, arguments: tuple[object, ...], options: dict[str, object]) -> bool:
        """Whether this is a function, by its name, that takes a function alone."""
        last = self._name.rpartition(".")[2]
        return len(arguments) == 1 and not options and isinstance(arguments[0], FunctionType) and last[:1].islower()

    def __getattr__(self, attribute: str) -> Any:
        private = attribute.startswith("_") and attribute not in ("__tablename__", "__table__")
        if private or attribute in _PROBES:
            raise AttributeError(attribute)
        return self._stand_ins.value(f"{self._name}.{attribute}")

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        return ()

    def __instancecheck__(self, instance: object) -> bool:
        return False

    def __subclasscheck__(self, subclass: type) -> bool:
        return False

    def __str__(self) -> str:
        return self._stand_ins.mark(self._name)

    def __repr__(self) -> str:
        return f"<stand-in for {self._name}>"

    def __format__(self, specification: str) -> str:
        return str(self)

    def __getitem__(self, key: object) -> StandIn:
        return StandIn(f"{self._name}[]", self._stand_ins)

    def __or__(self, other: object) -> StandIn:
        return self

    __ror__ = __or__

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __bool__(self) -> bool:
        return self._decides(True)

    def __lt__(self, other: object) -> bool:
        return self._decides(False)

    __gt__ = __le__ = __ge__ = __lt__

    def __contains__(self, item: object) -> bool:
        return self._decides(False)

    def __iter__(self) -> Any:
        self._decides(False)
        return iter(())

    def __len__(self) -> int:
        return int(self._decides(False))

    def __int__(self) -> int:
        return int(self._decides(False))

    __index__ = __int__

    def _decides(self, answer: bool) -> bool:
        if self._stand_ins.asked_by_revision(3):
            self._stand_ins.witness.decided(self._name)
        return answer


class StandIns:
    """The stand-ins of this process: who is given them, what they are called, and what a text owes to them.

    Only code below one of *folders* is given any. Elsewhere an import that cannot be carried out raises as ever,
    for libraries have their own ways to do without.
    """

    def __init__(self, folders: tuple[str, ...], witness: Witness) -> None:
        self.witness = witness
        self._folders = folders
        self._names: dict[str, str] = {}
        self._literals: dict[str, object] = {}

    def value(self, name: str) -> Any:
        """What stands for *name*: the literal that its module's text gives, where that is known, or a stand-in."""
        return self._literals[name] if name in self._literals else StandIn(name, self)

    def learn(self, module: str, path: Path) -> None:
        """Take the literals from the text of a module that could not be run."""
        self._literals.update({f"{module}.{name}": value for name, value in literals(path).items()})

    def mark(self, name: str) -> str:
        """What *name* is in a text, so that the text can be recognised: the same in every run."""
        # PostgreSQL cuts a name at 63 bytes, and SQLAlchemy refuses a longer one
        mark = f"{STAND_IN_MARK}{hashlib.sha256(name.encode()).hexdigest()[:10]}"
        self._names[mark] = name
        return mark

    def named(self, sql: str) -> tuple[str, tuple[str, ...]]:
        """*sql* with a plausible length where one was missing, and the stand-ins whose marks it carries."""
        found = tuple(self._names[mark] for mark in dict.fromkeys(_MARK.findall(sql)) if mark in self._names)
        return (_AS_LENGTH.sub("(250)", sql), found) if found else (sql, ())

    def serves(self, importer: FrameType) -> bool:
        """Whether the code that runs in *importer* is given stand-ins: not where it expects an ImportError."""
        filename = importer.f_code.co_filename
        return filename.startswith(self._folders) and not source_of(filename).expects_import_error(importer.f_lineno)

    def asked_by_revision(self, depth: int) -> bool:
        """Whether the frame that stands *depth* above this one runs a revision's code."""
        return sys._getframe(depth).f_code.co_filename.startswith(self._folders)
