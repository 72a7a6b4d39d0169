"""The command line of what asks servers of every supported major: of which, about which cases, how many at once."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "schema")]

from safemigrate.config import SUPPORTED_POSTGRES  # noqa: E402

#: a line that sums up a major version, and the complaints
Report = tuple[str, list[str]]


def main(about: str, run: Callable[[int, str], Report], arguments: Sequence[str] | None = None) -> int:
    """Runs *run* for each major with the words that a case's name must hold, and prints; 0 without complaints."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--major", type=int, action="append", choices=SUPPORTED_POSTGRES, help="one of them")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("--processes", type=int, default=2)
    chosen = parser.parse_args(arguments)
    majors = chosen.major or list(SUPPORTED_POSTGRES)
    lines, wrong = [], False
    with ProcessPoolExecutor(chosen.processes) as pool:
        for line, complaints in pool.map(run, majors, [chosen.only] * len(majors)):
            print("\n".join(complaints), end="\n" if complaints else "", flush=True)
            lines.append(line)
            wrong = wrong or bool(complaints)
    print("\n".join(lines))
    return 1 if wrong else 0
