"""A release composed with a person's answers: given as options, or asked for where a terminal is there."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from safemigrate.config import Settings
from safemigrate.errors import ConfigurationError, Undecided

if TYPE_CHECKING:
    from safemigrate.plan.answers import Asked
    from safemigrate.plan.release import Release
    from safemigrate.rulebook import Rule, Run

#: what a shell reads between double quotes
_SHELL = re.compile(r'["$`\\!]')


def answer_option(command: Callable[..., object]) -> Callable[..., object]:
    """``--answer``: decisions, as a tuple of ``KEY=EXPRESSION``."""
    return click.option(
        "--answer",
        "answers",
        multiple=True,
        metavar="TABLE.COLUMN=SQL",
        help="Decide what only a person can: an SQL expression, for instance the value of a new required column. "
        "It goes before safemigrate_answers in a revision, and that before answers in the configuration.",
    )(command)


def read_answers(texts: Sequence[str]) -> dict[str, str]:
    """``orders.currency='EUR'`` and the like by key. Raises ConfigurationError where there is no such form."""
    from safemigrate.plan.answers import check_expression

    found: dict[str, str] = {}
    for text in texts:
        key, equals, expression = text.partition("=")
        if not equals or not key.strip() or not expression.strip():
            raise ConfigurationError(
                f'--answer "{text}" gives no answer.', remedy="Write --answer \"orders.currency='EUR'\"."
            )
        check_expression(key.strip(), expression.strip(), where="--answer")
        found[key.strip()] = expression.strip()
    return found


def composed(
    rules: Sequence[Rule],
    runs: Sequence[Run],
    settings: Settings,
    given: dict[str, str],
    *,
    only: Collection[str],
    allowed: Collection[tuple[str, Path, int]] = (),
) -> Release:
    """The release, once a person has settled what only a person can; their answers are added to *given*.

    Raises:
        Undecided: something must be decided, and nobody is there to ask, or the person declined.
    """
    from safemigrate.plan.answers import Answers, open_questions
    from safemigrate.plan.release import compose

    declined: set[str] = set()
    while True:
        try:
            release = compose(
                rules,
                runs,
                only=only,
                allowed=allowed,
                postgres=settings.postgres,
                answers=Answers(settings.answers, given),
            )
        except Undecided as error:
            if not _somebody_is_there():
                raise
            expression = _ask(error.where, error.sql, error.found, error.key, error.asks, error.example, "stop here")
            if not expression:
                raise
            given[error.key] = expression
            continue
        asked = next((each for each in open_questions(release.asked) if each.question.key not in declined), None)
        if asked is None or not _somebody_is_there():
            return release
        question = asked.question
        expression = _ask(asked.where, asked.sql, "", question.key, question.asks, question.example, "go on without")
        if expression:
            given[question.key] = expression
        declined.add(question.key)


def open_lines(release: Release) -> list[str]:
    """What was left open, a line each: where, and how to answer."""
    from safemigrate.plan.answers import open_questions

    return [f"{_shown(asked)}: open. {asked.question.advice}" for asked in open_questions(release.asked)]


def same_answers(given: Mapping[str, str]) -> str:
    """The options that give *given* again."""
    return "".join(f" --answer {_quoted(f'{key}={expression}')}" for key, expression in given.items())


def _quoted(text: str) -> str:
    """*text* for a shell; SQL with texts of its own stays readable between double quotes."""
    return shlex.quote(text) if _SHELL.search(text) else f'"{text}"'


def _shown(asked: Asked) -> str:
    return os.path.relpath(asked.where)


def _somebody_is_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _ask(where: str, sql: str, why: str, key: str, asks: str, example: str, otherwise: str) -> str:
    """A person's answer, empty where they decline. Asked again until it is an expression."""
    from safemigrate.plan.answers import check_expression

    click.echo(f"{os.path.relpath(where)}\n  {sql}", err=True)
    if why:
        click.echo(why, err=True)
    click.echo(f"Decide {asks}. For instance: {example}. Empty: {otherwise}.", err=True)
    while True:
        answer = str(click.prompt(key, default="", show_default=False, prompt_suffix=" = ", err=True)).strip()
        if not answer:
            return ""
        try:
            check_expression(key, answer, where="")
        except ConfigurationError as error:
            click.echo(str(error), err=True)
            continue
        return answer
