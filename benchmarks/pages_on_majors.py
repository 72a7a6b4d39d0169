"""Ask every supported major version about every example of the rules' pages, and say where a page differs.

    python benchmarks/pages_on_majors.py                      the databases and the locks of all pages, on all majors
    python benchmarks/pages_on_majors.py --major 14 --only drop

A major that is not installed is downloaded as for lock_matrix.py. Takes some five minutes a major. Ends with 1 where
anything differs.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "schema")]

from majors import binaries_of  # noqa: E402

from safemigrate.config import SUPPORTED_POSTGRES  # noqa: E402
from safemigrate.errors import SafemigrateError  # noqa: E402
from safemigrate.rulebook import load_rules  # noqa: E402
from safemigrate.server import Server, start  # noqa: E402
from safemigrate.verify.pages import Case, Question, ask, cases  # noqa: E402
from safemigrate.verify.story import read_story  # noqa: E402

#: what a server answers
QUESTIONS = (Question.DATABASE, Question.LOCKS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Asks; 0 where every page agrees with every server."""
    parser = argparse.ArgumentParser(description="The rules' pages on servers of every major.")
    parser.add_argument("--major", type=int, action="append", choices=SUPPORTED_POSTGRES, help="one of them")
    parser.add_argument("--only", default="", help="examples whose name holds this")
    parser.add_argument("--processes", type=int, default=2)
    chosen = parser.parse_args(arguments)
    majors = chosen.major or list(SUPPORTED_POSTGRES)
    with ProcessPoolExecutor(chosen.processes) as pool:
        reports = list(pool.map(run, majors, [chosen.only] * len(majors)))
    for _, complaints in reports:
        print("\n".join(complaints), end="\n" if complaints else "")
    for line, _ in reports:
        print(line)
    return 1 if any(complaints for _, complaints in reports) else 0


def run(major: int, only: str = "") -> tuple[str, list[str]]:
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
    sys.exit(main())
