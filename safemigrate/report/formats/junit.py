"""JUnit's XML, as CI servers read it: a test case for each revision and rule, and one for each clean revision.

Source: the XML schema of Jenkins' xUnit plugin (junit-10.xsd).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from safemigrate.lint.result import LintResult
from safemigrate.report.findings import summary
from safemigrate.report.formats import Around
from safemigrate.report.formats.words import hazards_of, told
from safemigrate.report.text import clean, plain, relative
from safemigrate.rulebook.finding import Finding
from safemigrate.rulebook.hazard import Severity

# what XML 1.0 has no way to write, escaped or not (section 2.2, Char)
_NO_CHARACTER = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(result: LintResult, around: Around) -> str:
    """One suite. What fails the run is a failure, what is milder is told as output, what is allowed as skipped."""
    cases = list(_cases(result, around))
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": "0",
        "skipped": str(sum(case.find("skipped") is not None for case in cases)),
        "time": "0",
    }
    suites = Element("testsuites", {"name": "safemigrate", **{k: v for k, v in counts.items() if k != "skipped"}})
    suite = SubElement(suites, "testsuite", {"name": "safemigrate lint", **counts})
    suite.extend(cases)
    _text(suite, "system-out", plain([summary(result)]).rstrip())
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="unicode")}\n'


def _cases(result: LintResult, around: Around) -> Iterator[Element]:
    found_in = {finding.path for finding in result.findings}
    for revision in around.judged:
        if revision.path not in found_in:
            yield _case(revision.path, "no findings", around)
    for (path, rule), group in groupby(_ordered(result.findings), key=lambda f: (f.path, f.rule)):
        findings = list(group)
        case = _case(path, rule, around)
        open_ones = [finding for finding in findings if finding.suppressed is None]
        failing = [f for f in open_ones if around.fail_on is not None and f.severity.rank >= around.fail_on.rank]
        mild = [finding for finding in open_ones if finding not in failing]
        if failing:
            _text(case, "failure", _paragraphs(failing, around), message=failing[0].message, type=_type(failing))
        if mild:
            _text(case, "system-out", _paragraphs(mild, around))
        if not open_ones:
            reasons = dict.fromkeys(f.suppressed.reason for f in findings if f.suppressed)
            # the schema has no attributes here
            _text(case, "skipped", clean("; ".join(reasons)))
        yield case


def _ordered(findings: Sequence[Finding]) -> list[Finding]:
    """Those of one file and rule beside each other, files in their order."""
    order = {path: i for i, path in enumerate(dict.fromkeys(finding.path for finding in findings))}
    return sorted(findings, key=lambda finding: (order[finding.path], finding.rule))


def _case(path: Path, name: str, around: Around) -> Element:
    place = _written(relative(path, around.root))
    return Element("testcase", {"classname": place, "name": name, "time": "0"})


def _type(findings: Sequence[Finding]) -> str:
    loudest = max(findings, key=lambda finding: finding.severity.rank)
    return f"{loudest.severity}: {hazards_of(loudest)}" if loudest.severity is not Severity.ADVICE else "advice"


def _paragraphs(findings: Sequence[Finding], around: Around) -> str:
    return "\n\n".join(
        f"{relative(f.path, around.root)}:{f.line}\n{clean(f.statement).strip()}\n\n{told(f)}" for f in findings
    )


def _text(parent: Element, name: str, text: str, **attributes: str) -> None:
    child = SubElement(parent, name, {key: _written(value) for key, value in attributes.items()})
    child.text = _written(text)


def _written(text: str) -> str:
    return _NO_CHARACTER.sub("\ufffd", clean(text))
