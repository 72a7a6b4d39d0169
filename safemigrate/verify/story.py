"""An example of a rule's page as statements: each fence cut and its marks read, ready to be judged and run.

The fences of an example are SQL:

    given       what is there before; the running version knows it
    migration   what an author would write, run as Alembic runs it: in one transaction
    expand, migrate, contract
                the safe form; each statement is a step of its own unless it stands between BEGIN; and COMMIT;
    old-app     what the running version sends
    new-app     what the next version sends

A comment line above a statement of given or migration may be a mark:

    -- finding: breaks-old, fails   what all rules together find at this statement; no mark says nothing is found
    -- doubt: breaks-old            found as well, though PostgreSQL does not show it here: a known false alarm
    -- autocommit                   the statement runs outside a transaction
    -- answer: users.email = 'x'    what a person decided
    -- unseen                       in given: the server has it, but no revision made it
    -- revision: b2 after a1        from here on it is this revision, which comes after that one (none: the one above)
    -- phase: contract              the phase that the revision names
    -- shared                       env.py runs all revisions in one transaction
    -- python: import shop          a line of the revision's file
    -- changed: shop/models.py      a file of the same change
    -- once                         in given: it is made for the whole server (a tablespace), where it may be already
    -- postgres: 17                 older servers do not know the statement, and are not asked about the example
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from safemigrate.errors import RuleError, SqlSyntaxError
from safemigrate.history.statement import Phase, Reading, Revision, Statement
from safemigrate.history.written import UNREAD, Written, written
from safemigrate.rulebook import Example, Hazard, Policy, Project, Rule, Run, replay
from safemigrate.schema import Name, Schema
from safemigrate.schema.operations import TransactionControl
from safemigrate.sql import cut, read

_MARK = re.compile(
    r"--\s*(finding|doubt|autocommit|answer|unseen|revision|phase|shared|python|changed|once|postgres)\b:?\s?(.*)"
)
_NEARLY = re.compile(r"--\s*(findings|doubts|autocommits|answers|hazards?|marks?)\b")


@dataclass(frozen=True, slots=True)
class Marked:
    """A statement of a fence, with its marks. *line* is that of its first word in the page, 1-based."""

    text: str
    line: int
    found: frozenset[Hazard] = frozenset()
    doubted: frozenset[Hazard] = frozenset()
    autocommit: bool = False
    unseen: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)
    #: the revision that begins here, and the one that it comes after
    revision: str = ""
    after: str = ""
    #: the phase that this revision names
    phase: Phase | None = None
    shared: bool = False
    #: lines of the file of the revision that begins here
    python: str = ""
    #: files of the same change
    changed: tuple[Path, ...] = ()
    once: bool = False
    #: the oldest major version that knows the statement, 0 for any
    postgres: int = 0

    @property
    def head(self) -> str:
        """The first line of the statement, to name it by."""
        return self.text.splitlines()[0]

    @property
    def control(self) -> str:
        """BEGIN, COMMIT … where the statement is no more than that, else an empty text."""
        operations = read(self.text)
        return operations[0].kind if operations and isinstance(operations[0], TransactionControl) else ""

    @property
    def transactional(self) -> bool:
        """Whether PostgreSQL accepts the statement inside a transaction."""
        return all(operation.runs_in_transaction for operation in read(self.text))


Step = tuple[Marked, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """An example as read. *schema* is what the migration finds; of the tables *unseen* it knows nothing."""

    rule: Rule
    example: Example
    given: Step
    migration: Step
    phases: Mapping[Phase, tuple[Step, ...]]
    old_app: Step
    new_app: Step
    schema: Schema
    unseen: frozenset[Name]

    @property
    def marks(self) -> frozenset[Hazard]:
        """The hazards that PostgreSQL is to show."""
        return frozenset(hazard for marked in self.migration for hazard in marked.found)

    @property
    def postgres(self) -> int:
        """The oldest major version that can be asked about the example."""
        return max((marked.postgres for marked in (*self.given, *self.migration)), default=0)

    @property
    def answers(self) -> dict[str, str]:
        """The decisions written above the statements of the migration."""
        return {key: value for marked in self.migration for key, value in marked.answers.items()}

    @property
    def policy(self) -> Policy:
        """The project's policy that the example is judged under: apply manages the lock timeout, if nothing else."""
        return replace(Policy(lock_timeout="managed"), **self.rule.page.policy)  # type: ignore[arg-type]

    @property
    def path(self) -> str:
        """The page's file name."""
        return self.rule.page.path.name

    def place(self, marked: Marked) -> str:
        """``page.md:12: ALTER TABLE …``: where a statement stands."""
        return f"{self.path}:{marked.line}: {marked.head}"

    def transactions(self) -> tuple[Step, ...]:
        """The migration as Alembic runs it."""
        return transactions(self.migration)

    def run(self) -> Run:
        """The migration as one revision that names no phase."""
        steps = self.transactions()
        return _replayed(self, None, [(step, not step[0].autocommit) for step in steps], self.schema)

    def runs(self) -> tuple[Run, ...]:
        """The migration as the revisions that its marks name, each on the schema that the one before it left."""
        found: list[Run] = []
        schema, above = self.schema, "given"
        for name, statements in self._revisions():
            steps = [(step, not step[0].autocommit) for step in transactions(statements)]
            down = statements[0].after or above
            run = _replayed(self, statements[0].phase, steps, schema, name=name, down=down)
            above = name
            if run.operations:
                schema = run.last.next_revision()
                found.append(replace(run, written=_file(statements)))
        return tuple(found)

    def _revisions(self) -> list[tuple[str, Step]]:
        found: list[tuple[str, Step]] = []
        for marked in self.migration:
            if marked.revision or not found:
                found.append((marked.revision or "migration", ()))
            found[-1] = (found[-1][0], (*found[-1][1], marked))
        return found

    @property
    def project(self) -> Project:
        """What surrounds the migration."""
        shared = any(marked.shared for marked in self.migration)
        changed = tuple(path for marked in self.migration for path in marked.changed)
        return Project(tuple(run.revision for run in self.runs()), shared, changed)

    def phase_runs(self) -> tuple[Run, ...]:
        """The phases as one revision each, each on the schema that the one before it left."""
        runs: list[Run] = []
        schema = self.schema
        for phase, steps in self.phases.items():
            groups = [(step, all(marked.transactional for marked in step)) for step in steps]
            run = _replayed(self, phase, groups, schema)
            if run.operations:
                schema = run.last
                runs.append(run)
        return tuple(runs)


def _file(statements: Step) -> Written:
    """What the file of a revision of *statements* says; all of it at the first of them."""
    text = "\n".join(marked.python for marked in statements if marked.python)
    found = written(text) if text else UNREAD
    return replace(found, models=tuple(replace(model, line=statements[0].line) for model in found.models))


def transactions(statements: Step) -> tuple[Step, ...]:
    """Statements as Alembic runs them: one in autocommit ends the transaction before it."""
    groups: list[list[Marked]] = []
    for marked in statements:
        if marked.autocommit or not groups or groups[-1][-1].autocommit:
            groups.append([])
        groups[-1].append(marked)
    return tuple(map(tuple, groups))


def read_story(rule: Rule, example: Example) -> Story:
    """The statements of *example*, a case on the page of *rule*.

    Raises:
        RuleError: a fence cannot be cut into statements, or a comment is nearly a mark, with ``path:line``.
    """
    given = _fence(rule, example, "given")
    seen = _schema(rule, [m for m in given if not m.unseen])
    everything = _schema(rule, given)
    return Story(
        rule,
        example,
        given,
        _fence(rule, example, "migration"),
        {p: _steps(_fence(rule, example, p.value)) for p in Phase if p.value in example.fences},
        _fence(rule, example, "old-app"),
        _fence(rule, example, "new-app"),
        seen,
        frozenset(everything.tables.keys() - seen.tables.keys()),
    )


def _schema(rule: Rule, given: Iterable[Marked]) -> Schema:
    """What a history of exactly *given* knows. It did not begin with an empty database: the rest is unknown."""
    statements = tuple(Statement(m.text, "given", rule.page.path, m.line) for m in given)
    runs = tuple(replay([Reading(Revision("given", (), rule.page.path), statements)], Schema()))
    operations = runs[0].operations
    return operations[-1].after if operations else Schema()


def _replayed(
    story: Story,
    phase: Phase | None,
    steps: Iterable[tuple[Step, bool]],
    schema: Schema,
    *,
    name: str = "",
    down: str = "",
) -> Run:
    name = name or phase or "migration"
    path = story.rule.page.path
    statements = tuple(
        Statement(marked.text, name, path, marked.line, transaction=number if together else None)
        for number, (step, together) in enumerate(steps)
        for marked in step
    )
    reading = Reading(Revision(name, (down,) if down else (), path, phase=phase), statements)
    return next(iter(replay([reading], schema)))


def _steps(statements: Step) -> tuple[Step, ...]:
    """The steps of a phase: what stands between BEGIN and COMMIT, else each statement by itself."""
    steps: list[Step] = []
    together: list[Marked] | None = None
    for marked in statements:
        match marked.control, together:
            case "BEGIN", None:
                together = []
            case "COMMIT", list():
                steps.append(tuple(together))
                together = None
            case _, list():
                together.append(marked)
            case _:
                steps.append((marked,))
    return tuple(steps)


def _fence(rule: Rule, example: Example, kind: str) -> Step:
    if kind not in example.fences:
        return ()
    return tuple(_read_fence(rule, example.fences[kind], _fence_line(rule, example, kind)))


def _fence_line(rule: Rule, example: Example, kind: str) -> int:
    """The line of the page that opens the fence."""
    lines = rule.page.path.read_text("utf-8").splitlines()
    return next(n for n, text in enumerate(lines, 1) if n > example.line and text.strip() == f"```sql {kind}")


def _read_fence(rule: Rule, text: str, offset: int) -> Iterator[Marked]:
    lines = text.splitlines()
    try:
        pieces = cut(text)
    except SqlSyntaxError as error:
        raise RuleError(f"the fence is not SQL: {error}", where=f"{rule.page.path}:{offset}") from None
    for piece in pieces:
        bare = _without_comments(piece.text)
        if not bare:
            continue
        line = piece.line + piece.text[: piece.text.index(bare)].count("\n")
        above = []
        for comment in reversed(lines[: line - 1]):
            if not comment.lstrip().startswith("--"):
                break
            above.append(comment.strip())
        yield _marked(rule, bare, line + offset, above[::-1])


def _without_comments(text: str) -> str:
    """The statement without the comment lines in front of it."""
    lines = text.strip().splitlines()
    while lines and (not lines[0].strip() or lines[0].lstrip().startswith("--")):
        del lines[0]
    return "\n".join(lines).strip().rstrip(";").rstrip()


def _marked(rule: Rule, text: str, line: int, comments: list[str]) -> Marked:
    found: frozenset[Hazard] = frozenset()
    doubted: frozenset[Hazard] = frozenset()
    flags: set[str] = set()
    answers: dict[str, str] = {}
    python: list[str] = []
    changed: list[Path] = []
    revision = after = ""
    phase: Phase | None = None
    postgres = 0
    place = f"{rule.page.path}:{line}"
    for comment in comments:
        match = _MARK.fullmatch(comment)
        if match is None:
            if _NEARLY.match(comment):
                raise RuleError(f'"{comment}" is nearly a mark.', where=place, remedy="Marks begin -- finding: …")
            continue
        kind, rest = match.groups()
        match kind:
            case "finding":
                found = _hazards(rest, place)
            case "doubt":
                doubted = _hazards(rest, place)
            case "revision":
                revision, _, after = (part.strip() for part in rest.partition(" after "))
            case "python":
                python.append(rest)
            case "phase":
                phase = _phase(rest, place)
            case "changed":
                changed.append(Path(rest.strip()))
            case "postgres":
                postgres = _major(rest, place)
            case "answer":
                key, _, value = rest.partition("=")
                answers[key.strip()] = value.strip()
            case _:
                flags.add(kind)
    return Marked(
        text,
        line,
        found,
        doubted,
        autocommit="autocommit" in flags,
        unseen="unseen" in flags,
        answers=answers,
        revision=revision,
        after=after,
        phase=phase,
        shared="shared" in flags,
        python="\n".join(python),
        changed=tuple(changed),
        once="once" in flags,
        postgres=postgres,
    )


def _phase(text: str, place: str) -> Phase:
    known = {phase.value: phase for phase in Phase}
    if text.strip() not in known:
        raise RuleError(f'"{text}" is no phase.', where=place, remedy=f"Known: {', '.join(known)}.")
    return known[text.strip()]


def _major(text: str, place: str) -> int:
    if not text.strip().isdigit():
        raise RuleError(f'"{text}" is no major version.', where=place, remedy="Write -- postgres: 17.")
    return int(text)


def _hazards(text: str, place: str) -> frozenset[Hazard]:
    words = [word.strip() for word in text.split(",")]
    known = {hazard.value for hazard in Hazard}
    if not known.issuperset(words):
        raise RuleError(f'"{text}" are not all hazards.', where=place, remedy=f"Known: {', '.join(sorted(known))}.")
    return frozenset(map(Hazard, words))
