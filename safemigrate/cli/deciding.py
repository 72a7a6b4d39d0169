"""A release composed with a person's answers: given as options, or asked for where a terminal is there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from safemigrate.config import Settings
from safemigrate.errors import ConfigurationError, Undecided

if TYPE_CHECKING:
    from safemigrate.plan.answers import Asked
    from safemigrate.plan.release import Release
    from safemigrate.rulebook import Rule, Run


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
    """The draft of the release, once a person has settled what only a person can, where one is there and answers; the
    answers are added to *given*."""
    from safemigrate.plan.answers import Answers
    from safemigrate.plan.release import draft

    declined: set[str] = set()
    while True:
        release = draft(
            rules,
            runs,
            only=only,
            allowed=allowed,
            postgres=settings.postgres,
            answers=Answers(settings.answers, dict(given)),
        )
        open_now = [each for each in _questions(release) if each.key not in declined]
        if not open_now or not _somebody_is_there():
            return release
        for question in open_now:
            expression = _ask(question)
            if not expression and question.required:
                return release
            if expression:
                given[question.key] = expression
            declined.add(question.key)


def _questions(release: Release) -> Sequence[Undecided]:
    """What is open; nothing where answers would not do, as something else stands in the way."""
    if not release.refused:
        return release.undecided
    asked = [each for each in release.refused if isinstance(each, Undecided)]
    return asked if len(asked) == len(release.refused) else ()


def open_lines(release: Release) -> list[str]:
    """What was left open, a line each: where, and how to answer."""
    from safemigrate.plan.answers import open_questions

    return [f"{_shown(asked)}: open. {asked.question.advice}" for asked in open_questions(release.asked)]


def _shown(asked: Asked) -> str:
    return os.path.relpath(asked.where)


def _somebody_is_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _ask(question: Undecided) -> str:
    """A person's answer, empty where they decline. Asked again until it is an expression."""
    from safemigrate.plan.answers import check_expression

    click.echo(f"{os.path.relpath(question.where)}\n  {question.sql}", err=True)
    if question.required:
        click.echo(question.found, err=True)
    otherwise = "stop here" if question.required else "go on without"
    click.echo(f"Decide {question.asks}. For instance: {question.example}. Empty: {otherwise}.", err=True)
    while True:
        answer = str(
            click.prompt(question.key, default="", show_default=False, prompt_suffix=" = ", err=True)
        ).strip()
        if not answer:
            return ""
        try:
            check_expression(question.key, answer, where="")
        except ConfigurationError as error:
            click.echo(str(error), err=True)
            continue
        return answer
