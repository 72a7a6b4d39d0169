"""The model of locks and work, proved against servers of two majors; benchmarks/lock_matrix.py asks all of them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import psycopg
import pytest
from lock_matrix import Located, compared, matrix, prepare, seen, unread
from majors import older_binaries
from sql_cases import replayed

from safemigrate.schema import LockMode, Work, footprint
from safemigrate.schema import operations as o
from safemigrate.schema.operations import operation_names
from safemigrate.server import Server, start
from safemigrate.sql import read

MATRIX = matrix()
#: a fixed part of the matrix: the basics, and one in six of the rest
SAMPLE = [each for each in MATRIX if each.theme == "basics" or zlib.crc32(str(each).encode()) % 6 == 0]

# classes that no statement is read into by themselves, and what the matrix cannot run
NOT_ASKED = {"Operation", "TableOperation", "ColumnOperation", "ObjectOperation", "AddConstraint", "Unreadable"} | {
    "TransactionControl"
}


@pytest.fixture(scope="session")
def older() -> Iterator[Server]:
    """A server of another major version."""
    with start(older_binaries()) as running:
        yield running


@pytest.fixture(params=["newest", "older"])
def either(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue("server" if request.param == "newest" else "older")
    prepare(found)
    return found


@pytest.mark.parametrize("located", [pytest.param(each, id=str(each)) for each in SAMPLE])
def test_locks_and_work_are_the_models(located: Located, either: Server) -> None:
    if either.major < located.case.since:
        with pytest.raises(psycopg.Error):
            seen(located, either)
        return
    if wrong := list(compared(located, seen(located, either), either.major)):
        pytest.fail("\n".join(wrong), pytrace=False)


@pytest.mark.parametrize("located", [pytest.param(each, id=str(each)) for each in MATRIX])
def test_every_case_is_read_and_its_worst_case_is_no_less_than_each_major(located: Located) -> None:
    assert list(unread(located.case)) == []
    schema = located.case.schema()
    for operation in located.case.operations():
        worst = footprint(operation, schema)
        for major in range(14, 19):
            found = footprint(operation, schema, postgres=major)
            assert list(Work).index(found.work) <= list(Work).index(worst.work)
            for lock in found.locks:
                assert any(
                    lock.mode <= w.mode and (lock.table, lock.index) == (w.table, w.index) for w in worst.locks
                )


def test_matrix_asks_about_every_operation() -> None:
    asked = {type(op).__name__ for each in MATRIX for op in each.case.operations()}
    assert set(operation_names()) - NOT_ASKED - asked == set()


def test_titles_tell_cases_apart() -> None:
    titles = [str(each) for each in MATRIX]
    assert len(titles) == len(set(titles))


def test_majors_differ_where_servers_do() -> None:
    schema = replayed(
        (
            "CREATE TABLE e (d date) PARTITION BY RANGE (d)",
            "CREATE TABLE e1 PARTITION OF e FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
        )
    )
    (unique,) = read("ALTER TABLE e ADD UNIQUE (d)")
    assert isinstance(unique, o.AddUnique)
    (partition,) = schema.partitions(unique.table)
    assert footprint(unique, schema, postgres=17).strongest(partition) is LockMode.SHARE
    assert footprint(unique, schema, postgres=18).strongest(partition) is LockMode.ACCESS_EXCLUSIVE
    assert footprint(unique, schema).strongest(partition) is LockMode.ACCESS_EXCLUSIVE
