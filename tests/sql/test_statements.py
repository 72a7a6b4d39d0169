"""Statements are read into the operations that stand beside them in ``statements/``."""

from __future__ import annotations

import pytest
from statement_cases import Case, cases, shown

from safemigrate.schema.operations import Unreadable
from safemigrate.sql import read

CASES = cases("statements/*.sql")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_statement_is_read_as_expected(case: Case) -> None:
    assert case.expected == tuple(shown(operation, case.sql) for operation in read(case.sql))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_what_an_operation_writes_reads_back_as_the_operation(case: Case) -> None:
    for operation in read(case.sql):
        # of several writes in one statement, each carries the whole
        assert operation in read(operation.sql())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_what_follows_a_statement_makes_it_unreadable(case: Case) -> None:
    followed = read(case.sql.rstrip("; \n") + " nonsense))")

    assert {Unreadable} == {type(operation) for operation in followed}
