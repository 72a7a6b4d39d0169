"""What people decided for a split: which answer is the nearest, whether anybody asked for it, what is still open."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeVar

from safemigrate.errors import ConfigurationError, SeveralRefused, SplitRefused, Undecided
from safemigrate.history import Revision
from safemigrate.rulebook import Placed, Question, Refusal
from safemigrate.sql import is_expression

_Found = TypeVar("_Found")
#: how much alike two keys are, 0 to 1, of which one may be meant for the other
_NEAR = 0.85
#: what a shell reads between double quotes
_SHELL = re.compile(r'["$`\\!]')


@dataclass(frozen=True, slots=True)
class Answers:
    """Expressions by key: those of the *project* for every revision, and those *given* for this one split."""

    project: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)

    def nearest(self, question: Question, revision: Mapping[str, str]) -> str | None:
        """The answer of who is nearest: given now, then written in the *revision*, then in the project."""
        layers = (self.given, revision, self.project)
        return next((layer[key] for layer in layers for key in question.keys if key in layer), None)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question at its place. *answer* is None where nobody answered, *refusal* where it goes without, too."""

    question: Question
    placed: Placed
    answer: str | None = None
    refusal: Refusal | None = None

    @property
    def where(self) -> str:
        """``path:line`` of the statement that raises the question."""
        return f"{self.placed.statement.path}:{self.placed.statement.line}"

    @property
    def sql(self) -> str:
        """The statement that raises the question."""
        return self.placed.statement.sql or self.placed.operation.sql()


def undecided(asked: Asked, revision: Revision, given: Collection[str] = ()) -> Undecided:
    """The error for a question of *revision* that is open; *given* are the keys of what was answered now."""
    question, refusal = asked.question, asked.refusal
    near = get_close_matches(question.key, given, n=1, cutoff=_NEAR)
    misspelt = f' "{near[0]}", which was answered, is another key.' if near else ""
    return Undecided(
        refusal.reason if refusal else "this may stay open.",
        where=asked.where,
        remedy=(refusal.remedy if refusal else "") + misspelt,
        advice=question.advised(revision.answers),
        key=question.key,
        asks=question.asks,
        example=question.example,
        sql=asked.sql,
        file=str(revision.path),
        declared=revision.answers,
        required=refusal is not None,
    )


def check_refused(refusals: Sequence[SplitRefused], given: Mapping[str, str] | None = None) -> None:
    """Raises all of *refusals* as one, if there are any that must be settled. *given* are the answers given now.

    What may stay open is told beside what must be decided, so that one edit settles both.
    """
    told = list({str(each): each for each in refusals}.values())
    required = [each for each in told if each.required]
    if not any(isinstance(each, Undecided) for each in required):
        told = required
    if len(told) == 1:
        raise told[0]
    if required:
        paste = pasted(told, given or {})
        raise SeveralRefused(told, paste.said if paste else "")


@dataclass(frozen=True, slots=True)
class Pasted:
    """What answers all that is open: *options* of one command, or the declaration of each revision by its path."""

    options: str
    declarations: Mapping[str, str]

    @property
    def said(self) -> str:
        """Both ways, with the lines as they are pasted."""
        lines = ["Answer all at once, with your own expressions in place of these examples:", f"  {self.options}"]
        for number, (file, declaration) in enumerate(self.declarations.items()):
            lines += [f"{'and' if number else 'or'} in {file}:", *(f"  {line}" for line in declaration.split("\n"))]
        return "\n".join(lines)


def pasted(refusals: Iterable[SplitRefused], given: Mapping[str, str]) -> Pasted | None:
    """The lines that answer the questions among *refusals* by their examples; None where there are none."""
    asked = [each for each in refusals if isinstance(each, Undecided)]
    if not asked:
        return None
    written: dict[str, dict[str, str]] = {}
    for each in asked:
        written.setdefault(each.file, dict(each.declared))[each.key] = each.example
    options = same_answers({**given, **{each.key: each.example for each in asked}})
    return Pasted(options.strip(), {file: _declaration(answers) for file, answers in written.items()})


def _declaration(answers: Mapping[str, str]) -> str:
    indent = 4 if len(answers) > 1 else None
    return f"safemigrate_answers = {json.dumps(answers, ensure_ascii=False, indent=indent)}"


def same_answers(given: Mapping[str, str]) -> str:
    """The options that give *given* again, each behind a space."""
    return "".join(f" --answer {_quoted(f'{key}={expression}')}" for key, expression in given.items())


def _quoted(text: str) -> str:
    """*text* for a shell; SQL with texts of its own stays readable between double quotes."""
    return shlex.quote(text) if _SHELL.search(text) else f'"{text}"'


def settled(
    ask: Callable[[Mapping[str, str]], _Found],
    questions: Callable[[_Found], Iterable[Asked]],
    nearest: Callable[[Question], str | None],
) -> tuple[_Found, tuple[Asked, ...]]:
    """What *ask* gives once all that is asked and was answered is answered, and everything that was asked.

    An answer may raise a question of its own, so it is asked until nothing new comes.
    """
    known: dict[str, str] = {}
    asked: dict[str, Asked] = {}
    while True:
        found = ask(known)
        asked = {**{each.question.key: each for each in questions(found)}, **asked}
        answers = {key: answer for key, each in asked.items() if (answer := nearest(each.question)) is not None}
        if answers == known:
            return found, tuple(_answered(each, known) for each in asked.values())
        known = answers


def _answered(asked: Asked, known: Mapping[str, str]) -> Asked:
    return Asked(asked.question, asked.placed, known.get(asked.question.key), asked.refusal)


def check_answers(answers: Mapping[str, str], asked: Collection[Asked], *, where: str) -> None:
    """Raises ConfigurationError for an answer that nobody asked for, and for one that is no SQL expression."""
    keys = [key for each in asked for key in each.question.keys]
    for key, text in answers.items():
        if key not in keys:
            raise ConfigurationError(f'nothing asks for "{key}".', where=where, remedy=_near(key, asked))
        check_expression(key, text, where=where)


def check_expression(key: str, text: str, *, where: str) -> None:
    """Raises ConfigurationError where *text* is no SQL expression."""
    if not is_expression(text):
        raise ConfigurationError(
            f"the answer to {key} is not an SQL expression: {text}",
            where=where,
            remedy="Write one expression as in SELECT; a text stands in single quotes.",
        )


def _near(key: str, asked: Collection[Asked]) -> str:
    shown = sorted({each.question.key for each in asked})
    if not shown:
        return "No question is open here: leave it out."
    forms = {form: each.question.key for each in asked for form in each.question.keys}
    near = list(dict.fromkeys(forms[form] for form in get_close_matches(key, forms, cutoff=_NEAR)))
    return f"Did you mean {' or '.join(near)}?" if near else f"What is asked: {', '.join(shown)}."


def open_questions(asked: Sequence[Asked]) -> Iterator[Asked]:
    """Those that nobody answered."""
    return (each for each in asked if each.answer is None)
