"""Ask every supported major version about every example of the rules' pages, and say where a page differs.

    python benchmarks/pages_on_majors.py                      the databases and the locks of all pages, on all majors
    python benchmarks/pages_on_majors.py --major 14 --only drop

A major that is not installed is downloaded as for lock_matrix.py. Takes some five minutes a major. Ends with 1 where
anything differs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

# it says where the tests are
from on_majors import Report, main

# isort: split
from majors import binaries_of

from safemigrate.errors import SafemigrateError
from safemigrate.rulebook import load_rules
from safemigrate.server import Server, start
from safemigrate.verify.pages import Case, Question, ask, cases
from safemigrate.verify.story import read_story

#: what a server answers
QUESTIONS = (Question.DATABASE, Question.LOCKS)


def run(major: int, only: str) -> Report:
    """A line that sums up a major version, and the complaints."""
    began = time.monotonic()
    chosen = [case for case in cases(load_rules()) if only in str(case)]
    newer = sum(read_story(case.rule, case.example).postgres > major for case in chosen)
    with start(binaries_of(major)) as server:
        complaints = [complaint for case in chosen for complaint in _complaints(case, server)]
    seconds = time.monotonic() - began
    asked = f"{len(chosen) - newer} examples asked, {newer} are of newer servers"
    return f"PostgreSQL {major}: {asked}, {len(complaints)} complaints, {seconds:.0f} s", complaints


def _complaints(case: Case, server: Server) -> Iterator[str]:
    for question in QUESTIONS:
        try:
            yield from (f"{server.major} {case}: {question}: {said}" for said in ask(case, question, server))
        except SafemigrateError as error:
            yield f"{server.major} {case}: {question}: {error}"


if __name__ == "__main__":
    sys.exit(main("The rules' pages on servers of every major.", run))
