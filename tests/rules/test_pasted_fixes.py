"""Every safe form that a finding prints runs as it stands, phase by phase, each in a session of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import project_cases
import psycopg
import pytest
import verdict_cases

import safemigrate
from safemigrate.history.dump import pieces
from safemigrate.rulebook import Finding, judge, load_rules
from safemigrate.server import Server
from safemigrate.verify.pages import cases
from safemigrate.verify.story import read_story

RULES = load_rules()
# what the changes of verdict_cases and project_cases name, and their databases need not have
BESIDE = "CREATE SCHEMA archive"
ROLE = "app"


@dataclass(frozen=True, slots=True)
class Pasted:
    """The safe form of a statement, what was *given*, and the *earlier* statements of its revision.

    *once* are those of *given* that make something for the whole server, where another case may have made it.
    """

    title: str
    given: tuple[str, ...]
    earlier: tuple[str, ...]
    phases: tuple[tuple[str, ...], ...]
    postgres: int = 0
    once: frozenset[str] = frozenset()


def _of_pages() -> Iterator[Pasted]:
    for case in cases(RULES):
        story = read_story(case.rule, case.example)
        found = judge(case.rules, story.runs(), policy=story.policy, answers=story.answers, project=story.project)
        given = tuple(marked.text for marked in story.given)
        once = frozenset(marked.text for marked in story.given if marked.once)
        for finding in found:
            earlier = tuple(marked.text for marked in story.migration if marked.line < finding.line)
            title = f"{case}: {finding.rule} at line {finding.line}"
            yield Pasted(title, given, earlier, _phases(finding), story.postgres, once)


def _of_changes() -> Iterator[Pasted]:
    for case in [*verdict_cases.DANGEROUS, *project_cases.DANGEROUS]:
        statements = [piece.text for piece in pieces(case.sql, "case")]
        for finding in safemigrate.lint_sql(case.sql, schema_sql=case.given, autocommit=case.autocommit):
            place = statements.index(finding.statement) if finding.statement in statements else 0
            title = f"{case.title}: {finding.rule}"
            yield Pasted(title, (BESIDE, case.given), tuple(statements[:place]), _phases(finding))


def _phases(finding: Finding) -> tuple[tuple[str, ...], ...]:
    return tuple(fix.sql for fix in finding.fix)


#: what several cases have in common is pasted once
PASTED = {
    (pasted.given, pasted.earlier, pasted.phases): pasted
    for pasted in (*_of_changes(), *_of_pages())
    if pasted.phases
}


@pytest.fixture(scope="module")
def templates(server: Server) -> Iterator[dict[tuple[str, ...], str]]:
    """The databases that hold what is given, by that."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {ROLE}")
    made: dict[tuple[str, ...], str] = {}
    yield made
    for name in made.values():
        server.drop_database(name)
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"DROP ROLE {ROLE}")


@pytest.mark.parametrize("pasted", PASTED.values(), ids=lambda pasted: pasted.title)
def test_safe_form_runs_as_it_is_printed(
    pasted: Pasted, server: Server, templates: dict[tuple[str, ...], str]
) -> None:
    """In the place of what it is made of, which is the end of what its revision did before: all, some or nothing."""
    if server.major < pasted.postgres:
        return
    if pasted.given not in templates:
        name = f"pasted_{len(templates)}"
        _run(server.create_database(name), pasted.given, once=pasted.once)
        templates[pasted.given] = name
    begun = (pasted.earlier[:stop] for stop in range(len(pasted.earlier) + 1))
    answers = [_refused((before, *pasted.phases), server, templates[pasted.given]) for before in begun]
    assert "" in answers


def _refused(sessions: Sequence[Sequence[str]], server: Server, template: str) -> str:
    url = server.create_database("pasted", template)
    try:
        for statements in sessions:
            _run(url, statements)
    except psycopg.Error as error:
        return str(error)
    finally:
        server.drop_database("pasted")
    return ""


def _run(url: str, statements: Sequence[str], *, once: frozenset[str] = frozenset()) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            with suppress(*((psycopg.errors.DuplicateObject,) if statement in once else ())):
                connection.execute(statement.encode())
