"""The answers that the examples of rules gave, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from safemigrate.report.text import Line, Style, clean, counted, line
from safemigrate.verify.pages import Question
from safemigrate.verify.rule_tests import ExampleAnswers, RuleAnswers

VERSION = 1

#: what each question asks, in a word for the table and a sentence for the end
_ASKED = {
    Question.FINDINGS: "the rules find what the marks say",
    Question.SPLIT: "the split is what the phases show",
    Question.PHASES: "each phase lints clean",
    Question.DATABASE: "PostgreSQL agrees: what breaks breaks, the phases do not",
    Question.LOCKS: "the locks and the work are those of the model",
}


def rule_answers_text(answers: RuleAnswers) -> Iterator[Line]:
    """A rule with a line for each example, and below it what is wrong."""
    yield line((answers.rule.name, Style.BOLD))
    for example in answers.examples:
        yield line(f"  {clean(example.title)} ", *_marks(example))
        for complaints in example.complaints.values():
            for complaint in complaints:
                yield from _indented(complaint)
    for complaint in answers.complaints:
        yield from _indented(complaint)


def summary(answers: Sequence[RuleAnswers], folder: str) -> Iterator[Line]:
    """What was asked, and how many of the rules agree."""
    examples = [example for each in answers for example in each.examples]
    agreeing = sum(each.agrees for each in answers)
    failed = {question for example in examples for question, found in example.complaints.items() if found}
    yield from (line((f"{question.value} asks whether {_ASKED[question]}", Style.DIM)) for question in sorted(failed))
    yield line()
    style = Style.GOOD if agreeing == len(answers) else Style.ERROR
    told = f"{agreeing} of {counted(len(answers), 'rule')} in {clean(folder)} agree"
    yield line((told, style), f" ({counted(len(examples), 'example')})")


def rule_answers_json(answers: Sequence[RuleAnswers]) -> str:
    """The answers as one document."""
    rules = [
        {
            "rule": each.rule.name,
            "path": str(each.rule.page.path),
            "agrees": each.agrees,
            "complaints": list(each.complaints),
            "examples": [
                {
                    "title": example.title,
                    "line": example.line,
                    "questions": {question.value: list(found) for question, found in example.complaints.items()},
                }
                for example in each.examples
            ],
        }
        for each in answers
    ]
    return json.dumps({"version": VERSION, "rules": rules}, indent=2) + "\n"


def _marks(example: ExampleAnswers) -> Iterator[tuple[str, Style]]:
    for question in Question:
        complaints = example.complaints.get(question)
        if complaints is None:
            yield f" {question.value} –", Style.DIM
        else:
            yield f" {question.value} {'✗' if complaints else '✓'}", Style.ERROR if complaints else Style.GOOD


def _indented(complaint: str) -> Iterator[Line]:
    yield from (line(f"    {text}") for text in clean(complaint).splitlines())
