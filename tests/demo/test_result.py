"""The judgement of a run is what the exit code says, so each broken promise must count."""

from __future__ import annotations

import dataclasses
import json

import pytest

from safemigrate.demo.log import Kind
from safemigrate.demo.result import Run, Sampling, Show, complaints
from safemigrate.demo.table import closing_lines, kind_lines, show_json
from safemigrate.report.text import plain

DEADLINE_MS = 800
FAILURE = Kind("1", "list_orders", "42703", "SELECT … FROM orders", "column full_name does not exist", 7)
GOOD = Run(
    title="safemigrate",
    operations=1000,
    failures=(),
    wrong_answers=0,
    lost=(),
    wrong=(),
    longest_wait_ms=120.0,
    longest_operation_ms=900.0,
    seconds=12.0,
    sampling=Sampling(3000, 9.0),
)


def show(plain: Run, phased: Run) -> Show:
    return Show(postgres=18, customers=100, processes=4, deadline_ms=DEADLINE_MS, plain=plain, phased=phased)


def test_a_run_that_kept_every_promise_has_no_complaint() -> None:
    assert complaints(GOOD, DEADLINE_MS) == ()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"failures": (FAILURE,)}, "7 operations of the application failed"),
        ({"lost": ("customer.name of 7 is None, not 'Ada'",)}, "1 rows are lost and 0 are wrong"),
        ({"wrong": ("customer.name of 7 is 'Bob', not 'Ada'",)}, "0 rows are lost and 1 are wrong"),
        ({"wrong_answers": 2}, "2 reads did not give what had been written"),
        ({"longest_wait_ms": DEADLINE_MS + 1.0}, "longer than the deadline of 800 ms"),
        ({"died": 1}, "1 processes of the application died"),
        ({"unexpected": ("safemigrate split ended with exit code 2",)}, "safemigrate split ended with exit code 2"),
        ({"operations": 0}, "no operation of the application was measured"),
    ],
)
def test_each_broken_promise_is_a_complaint(change: dict[str, object], expected: str) -> None:
    (found,) = complaints(dataclasses.replace(GOOD, **change), DEADLINE_MS)  # type: ignore[arg-type]

    assert expected in found


def test_a_slow_operation_is_printed_and_not_judged() -> None:
    slow = dataclasses.replace(GOOD, longest_operation_ms=5000.0)

    assert complaints(slow, DEADLINE_MS) == ()
    assert "5,000" in plain(closing_lines(show(GOOD, slow), None))


def test_the_plain_run_is_never_judged() -> None:
    assert show(dataclasses.replace(GOOD, failures=(FAILURE,)), GOOD).complaints == ()


def test_a_plain_run_without_failures_is_told_as_it_was() -> None:
    text = plain(closing_lines(show(GOOD, GOOD), None))

    assert "nothing failed this time" in text


def test_json_says_what_the_table_says() -> None:
    broken = dataclasses.replace(GOOD, failures=(FAILURE,), longest_wait_ms=4023.4)
    told = json.loads(show_json(show(broken, GOOD), None))

    assert (told["version"], told["passed"], told["complaints"], told["kept"]) == (1, True, [], None)
    assert told["runs"]["plain"]["failed"] == 7
    assert told["runs"]["plain"]["failures"][0]["sqlstate"] == "42703"
    assert told["runs"]["plain"]["longest_lock_wait_ms"] == 4023.4
    assert told["runs"]["safemigrate"]["failed"] == 0


def test_only_the_most_frequent_failures_get_a_line() -> None:
    kinds = tuple(dataclasses.replace(FAILURE, operation=f"operation_{n}") for n in range(9))
    lines = plain(kind_lines(dataclasses.replace(GOOD, failures=kinds))).splitlines()

    assert len(lines) == 7
    assert "21 × in 3 more ways" in lines[-1]
