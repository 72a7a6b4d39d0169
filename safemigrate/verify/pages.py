"""The five tests of a rule's page, for our rules and a user's own: the page says, the rule and PostgreSQL agree.

Each function returns sentences, one for each disagreement, and none where all agree. How an example is written
says `story`.
"""

from __future__ import annotations

import difflib
import enum
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import groupby
from uuid import uuid4

import psycopg
from psycopg import sql

from safemigrate.history.statement import Phase
from safemigrate.rulebook import (
    Example,
    Finding,
    Hazard,
    Placed,
    Refusal,
    Rule,
    Run,
    Severity,
    Split,
    judge,
    step_sql,
)
from safemigrate.rulebook.judge import sites
from safemigrate.schema import footprint
from safemigrate.schema.catalog import differences, snapshot
from safemigrate.schema.operations import Unreadable
from safemigrate.server import Server
from safemigrate.verify.observe import Connection, combined, disagreements, observe
from safemigrate.verify.story import Marked, Step, Story, read_story

Complaints = tuple[str, ...]
MakeDatabase = Callable[[], Connection]

# what a statement marked once may find
_THERE_ALREADY = (psycopg.errors.DuplicateObject,)


class Question(enum.StrEnum):
    """What a page is asked about each of its examples."""

    FINDINGS = "findings"
    SPLIT = "split"
    PHASES = "phases"
    DATABASE = "database"
    LOCKS = "locks"


@dataclass(frozen=True, slots=True)
class Case:
    """One example of a rule's page. *rules* are all that judge it, the page's own among them."""

    rule: Rule
    example: Example
    rules: tuple[Rule, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """What the example can be asked: without phases there are none to lint."""
        phased = any(phase.value in self.example.fences for phase in Phase)
        return tuple(q for q in Question if phased or q is not Question.PHASES)

    def __str__(self) -> str:
        return f"{self.rule.name}: {self.example.title}"


def cases(rules: Iterable[Rule]) -> tuple[Case, ...]:
    """Every example of every page of *rules*. A rule that must be opted into judges no page but its own."""
    rules = tuple(rules)
    return tuple(
        Case(rule, example, tuple(r for r in rules if r is rule or not r.page.opt_in))
        for rule in rules
        for example in rule.page.examples
    )


def ask(case: Case, question: Question, server: Server) -> Complaints:
    """What is wrong with the example or with a rule, empty where all agree.

    Raises:
        RuleError: a fence of the page is not as it must be.
    """
    story = read_story(case.rule, case.example)
    if question in (Question.DATABASE, Question.LOCKS) and server.major < story.postgres:
        return ()
    match question:
        case Question.FINDINGS:
            return findings_agree(story, case.rules)
        case Question.SPLIT:
            return split_agrees(story)
        case Question.PHASES:
            return phases_are_clean(story, case.rules)
        case Question.DATABASE:
            return database_agrees(story, server)
        case Question.LOCKS:
            return locks_agree(story, server)


def unshown_hazards(rule: Rule) -> frozenset[Hazard]:
    """The hazards that the page promises and its rule finds in none of the examples."""
    stories = (read_story(rule, example) for example in rule.page.examples)
    return rule.page.hazards - {h for story in stories for f in _findings(story, (rule,)) for h in f.hazards}


# -- 1: the findings are the marks ---------------------------------------------------------------------------------


def findings_agree(story: Story, rules: Iterable[Rule]) -> Complaints:
    """All rules together find at each statement what its marks say.

    What other rules only advise may be marked, and need not be. The page's own rule stays within the hazards of
    its page, and finds something wherever there is a mark, unless the example's prose names the rule that does.
    """
    found = _findings(story, rules)
    complaints = []
    for marked in story.migration:
        here = [f for f in found if f.line == marked.line]
        marks = marked.found | marked.doubted
        needed = frozenset(h for f in here for h in f.hazards if f.rule == story.rule.name or h is not Hazard.ADVICE)
        if not needed <= marks <= frozenset(h for f in here for h in f.hazards):
            said = "; ".join(f"{f.rule}: {_words(f.hazards)}" for f in here) or "nothing"
            complaints.append(f"{story.place(marked)}\n  marked {_words(marks) or 'nothing'}, found {said}")
    own = [f for f in found if f.rule == story.rule.name]
    for finding in own:
        if extra := finding.hazards - story.rule.page.hazards:
            complaints.append(f"{story.path}: the page does not list {_words(extra)}, which its rule finds.")
    others = [f for f in found if f.hazards != {Hazard.ADVICE}]
    if others and not own and not any(f"`{f.rule}`" in story.example.prose for f in others):
        complaints.append(
            f"{story.path}:{story.example.line}: {story.rule.name} finds nothing here. "
            f"If another rule does, name it in the prose: `{others[0].rule}`."
        )
    return tuple(complaints)


def _findings(story: Story, rules: Iterable[Rule]) -> tuple[Finding, ...]:
    return judge(rules, story.runs(), policy=story.policy, answers=story.answers, project=story.project)


def _words(hazards: Iterable[Hazard]) -> str:
    return ", ".join(sorted(hazard.value for hazard in hazards))


# -- 2: the split is the fences ------------------------------------------------------------------------------------


def split_agrees(story: Story) -> Complaints:
    """The rule's split gives the phases of the example, statement for statement.

    What the split does not consume stays where it is, in expand. Without phases on the page the rule must have
    no split, or refuse.
    """
    run = story.run()
    splits, refusals = _proposals(story, run)
    if refusals and story.phases:
        return (f"{story.path}:{story.example.line}: the rule refuses: {refusals[0].reason} {refusals[0].remedy}",)
    expected = _lines((phase, [marked.text for marked in _printed(story, phase)]) for phase in story.phases)
    found = _lines(_split_phases(run, splits)) if splits else []
    if expected == found:
        return ()
    difference = difflib.unified_diff(expected, found, "the page", "the rule", lineterm="", n=99)
    return (f"{story.path}:{story.example.line}: the split differs.\n" + "\n".join(difference),)


def _proposals(story: Story, run: Run) -> tuple[list[Split], list[Refusal]]:
    """What the rule proposes for every place where it finds something, without those a split consumes already."""
    splits: list[Split] = []
    refusals = []
    for site in sites(story.rule, [run], story.policy, None, story.answers):
        consumed = {position for split in splits for position in split.consumes}
        if story.rule.split is None or site.position in consumed or not list(story.rule.check(site)):
            continue
        match story.rule.split(site):
            case Split() as split:
                splits.append(split)
            case Refusal() as refusal:
                refusals.append(refusal)
            case None:
                pass
    return splits, refusals


def _split_phases(run: Run, splits: list[Split]) -> Iterator[tuple[Phase, list[str]]]:
    expand: list[str] = []
    begun: set[int] = set()
    consumed = {position for split in splits for position in split.consumes}
    for _, group in groupby(enumerate(run.operations), key=lambda item: item[1].statement.line):
        operations = list(group)
        for split in splits:
            if id(split) not in begun and any(n == split.begins for n, _ in operations):
                begun.add(id(split))
                expand += [text for step in split.expand for text in step_sql(step)]
        kept = [placed for n, placed in operations if n not in consumed]
        whole = len(kept) == len(operations)
        expand += [operations[0][1].statement.sql] if whole else [placed.operation.sql() for placed in kept]
    yield Phase.EXPAND, expand
    for phase in (Phase.MIGRATE, Phase.CONTRACT):
        yield phase, [text for split in splits for step in split.steps(phase) for text in step_sql(step)]


def _printed(story: Story, phase: Phase) -> Iterator[Marked]:
    """The statements of a phase with the BEGIN and COMMIT around a step of several."""
    begin, commit = Marked("BEGIN", 0), Marked("COMMIT", 0)
    for step in story.phases[phase]:
        yield from step if len(step) == 1 else (begin, *step, commit)


def _lines(phases: Iterable[tuple[Phase, list[str]]]) -> list[str]:
    """Phases as the page writes them, line by line; a phase without statements is none."""
    lines: list[str] = []
    for phase, texts in phases:
        if texts:
            statements = (line.rstrip() for text in texts for line in f"{text};".splitlines())
            lines += [f"```sql {phase}", *statements, "```"]
    return lines


# -- 3: the phases are clean ---------------------------------------------------------------------------------------


def phases_are_clean(story: Story, rules: Iterable[Rule]) -> Complaints:
    """Each phase, judged in its phase, leaves no error."""
    found = judge(rules, story.phase_runs(), policy=story.policy, answers=story.answers)
    return tuple(
        f"{story.path}:{f.line}: {f.statement.splitlines()[0]}\n  {f.rule} finds {_words(f.hazards)} in {f.phase}"
        for f in found
        if f.severity is Severity.ERROR
    )


# -- 4: PostgreSQL agrees ------------------------------------------------------------------------------------------


def database_agrees(story: Story, server: Server) -> Complaints:
    """On a real server the marks are true, and the phases do what the migration does without harm.

    The old version must fail, or be answered otherwise, after a migration marked breaks-old, and only then. One
    marked fails must be refused. Both versions must work after expand and after migrate, the new one after
    contract, and the last schema must be the migration's.
    """
    missing = _missing_fences(story)
    with _databases(server, story) as make:
        return (*missing, *_plain_agrees(story, make), *_phases_agree(story, make))


def _missing_fences(story: Story) -> Iterator[str]:
    place = f"{story.path}:{story.example.line}"
    if not story.migration:
        yield f"{place}: the example has no migration."
    if Hazard.BREAKS_OLD in story.marks and not story.old_app:
        yield f"{place}: breaks-old needs an old-app: what does the running version send that breaks?"
    if Hazard.BREAKS_OLD in story.marks and story.phases and not story.new_app:
        yield f"{place}: the phases need a new-app: what does the next version send?"


def _plain_agrees(story: Story, make: MakeDatabase) -> Iterator[str]:
    before = _answer(make(), story.old_app)
    if before.error:
        yield f"{story.path}: the old version fails before anything has run: {before.error}"
        return
    if Hazard.BREAKS_NEW in story.marks and not _answer(make(), story.new_app).error:
        yield f"{story.path}: marked breaks-new, yet the new version works before the migration."
    connection = make()
    refused = _migrate(story, connection)
    if Hazard.FAILS in story.marks:
        if not refused:
            yield f"{story.path}: marked fails, yet PostgreSQL takes it. Are there rows in given?"
            return
        connection, before = make(), _answer(_emptied(make()), story.old_app)
        refused = _migrate(story, _emptied(connection))
        if refused:
            return
    if refused:
        yield f"{story.path}: PostgreSQL refuses the migration, which is not marked fails: {refused}"
        return
    yield from _old_version_agrees(story, before, _answer(connection, story.old_app))
    after = _answer(connection, story.new_app)
    if after.error:
        yield f"{story.path}: the new version fails after the migration: {after.error}"


def _old_version_agrees(story: Story, before: _Answer, after: _Answer) -> Iterator[str]:
    broken = after.error or ("it is answered otherwise" if after.rows != before.rows else "")
    if Hazard.BREAKS_OLD in story.marks and not broken:
        yield f"{story.path}: marked breaks-old, yet the old version works after the migration as before."
    if Hazard.BREAKS_OLD not in story.marks and broken:
        yield f"{story.path}: not marked breaks-old, yet after the migration the old version breaks: {broken}"


def _phases_agree(story: Story, make: MakeDatabase) -> Iterator[str]:
    if not story.phases:
        return
    connection = make()
    for phase in Phase:
        for step in story.phases.get(phase, ()):
            if refused := _run(connection, step, together=all(marked.transactional for marked in step)):
                yield f"{story.place(step[0])}\n  {phase} is refused: {refused}"
                return
        old = _answer(connection, story.old_app).error if phase is not Phase.CONTRACT else ""
        new = _answer(connection, story.new_app).error
        for version, error in (("old", old), ("new", new)):
            if error:
                yield f"{story.path}: after {phase} the {version} version fails: {error}"
    target = make()
    if _migrate(story, target):
        target = _emptied(make())
        if _migrate(story, target):
            return
    for difference in differences(snapshot(target), snapshot(connection)):
        yield f"{story.path}: after contract, {difference}"


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a version gets for its statements: the rows of each in no order, or the first error."""

    rows: tuple[tuple[str, ...], ...] = ()
    error: str = ""


def _answer(connection: Connection, statements: Step) -> _Answer:
    """What the server answers to *statements*, of which nothing remains."""
    rows = []
    try:
        with connection.transaction(force_rollback=True):
            for marked in statements:
                cursor = connection.execute(marked.text)
                if cursor.description is not None:
                    names = ", ".join(column.name for column in cursor.description)
                    rows.append((names, *sorted(map(repr, cursor.fetchall()))))
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg.Error as error:
        return _Answer(error=f"{marked.head}: {_said(error)}")
    return _Answer(tuple(rows))


def _migrate(story: Story, connection: Connection) -> str:
    """Runs the migration as Alembic does; what PostgreSQL says if it refuses, else an empty text."""
    for step in story.transactions():
        if refused := _run(connection, step, together=not step[0].autocommit):
            return refused
    return ""


def _run(connection: Connection, step: Step, *, together: bool) -> str:
    """Runs one step, *together* in a transaction; what PostgreSQL says if it refuses, else an empty text.

    The driver opens the transaction, as it does for Alembic: behind a COMMIT of the step's own it opens another.
    """
    try:
        if connection.autocommit is together:
            connection.autocommit = not together
        for marked in step:
            connection.execute(marked.text)
        if together:
            connection.commit()
            connection.autocommit = True
    except psycopg.Error as error:
        connection.rollback()
        connection.autocommit = True
        return _said(error)
    return ""


def _emptied(connection: Connection) -> Connection:
    """The same database without rows: what only rows refuse passes there."""
    tables = connection.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    ).fetchall()
    for schema, table in tables:
        connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.Identifier(str(schema), str(table))))
    return connection


def _said(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error)


@contextmanager
def _databases(server: Server, story: Story) -> Iterator[MakeDatabase]:
    """Makes connections in autocommit, each to a database of its own that holds what the example gives."""
    with ExitStack() as stack:

        def make() -> Connection:
            name = f"page_{uuid4().hex}"
            url = server.create_database(name)
            stack.callback(server.drop_database, name)
            connection = stack.enter_context(psycopg.connect(url, autocommit=True))
            for marked in story.given:
                with suppress(*_THERE_ALREADY if marked.once else ()):
                    connection.execute(marked.text)
            return connection

        yield make


# -- 5: the locks and the work are the model's ---------------------------------------------------------------------


def locks_agree(story: Story, server: Server) -> Complaints:
    """Every statement that a transaction takes locks what the model says, and does the work that it says."""
    with _databases(server, story) as make:
        connection = make()
        if Hazard.FAILS in story.marks:
            _emptied(connection)
        migration = _observed(story, connection, story.runs(), server)
        return (*migration, *_observed(story, make(), story.phase_runs(), server))


def _observed(story: Story, connection: Connection, runs: Iterable[Run], server: Server) -> Iterator[str]:
    for run in runs:
        for statement, group in groupby(run.operations, key=lambda placed: placed.statement):
            placed = tuple(group)
            place = f"{story.path}:{statement.line}: {statement.sql.splitlines()[0]}"
            try:
                yield from (f"{place}\n  {said}" for said in _compared(story, connection, placed, server))
            except psycopg.Error as error:
                if Hazard.FAILS not in story.marks:
                    yield f"{place}\n  {_said(error)}"
                return


def _compared(story: Story, connection: Connection, placed: tuple[Placed, ...], server: Server) -> Complaints:
    text = placed[0].statement.sql
    if not all(p.operation.runs_in_transaction for p in placed):
        connection.execute(text)
        return ()
    observed = observe(connection, text)
    if any(isinstance(p.operation, Unreadable) for p in placed):
        return ()
    # an index by itself, or the parent of a partition, does not tell of tables that the history never made
    hidden = {t for t in story.unseen if not re.search(rf"(?<!\w){re.escape(t.name)}(?!\w)", text)}
    observed = replace(observed, existing=observed.existing - hidden)
    model = combined(footprint(p.operation, p.before, postgres=server.major) for p in placed)
    return disagreements(model, observed, unseen=story.unseen)
