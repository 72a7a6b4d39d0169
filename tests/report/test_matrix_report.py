"""What a person reads of a verification: each failure once, under the first state that has it."""

from __future__ import annotations

from pathlib import Path

from safemigrate.report.matrix import matrix_text
from safemigrate.report.text import plain
from safemigrate.verify.matrix import NEW, Cell, Matrix, Role, Stop, Verdict, Versions
from safemigrate.verify.outcome import Failure, Refusal, Subject
from safemigrate.verify.state import Stage, State

STATES = tuple(State(f"S{n}", Stage.OPEN, step=f"r2/{n}") for n in (1, 2, 3))


def failing(*messages: str) -> str:
    """The text of a matrix whose new version meets on each state one of *messages*."""
    cells = tuple(
        Cell(state, NEW, Role.REQUIRED, Verdict.FAIL, (Failure(Subject("User", "read", "email"), "", "", message),))
        for state, message in zip(STATES, messages, strict=False)
    )
    matrix = Matrix(Versions("main", ".", "r1", "r2"), STATES[: len(cells)], cells)
    return plain(matrix_text(matrix, root=Path("/")))


def test_a_failure_that_only_counts_other_rows_is_told_once() -> None:
    text = failing("users.email is NULL in 7 of 14 rows", "users.email is NULL in 7 of 16 rows")
    assert text.count("FAIL  new on") == 1
    assert "FAIL  new on S1, after r2/1" in text
    assert "2 of 2 required cells fail" in text


def test_another_failure_on_a_later_state_is_told_there() -> None:
    text = failing("users.email is NULL in 7 of 14 rows", "users.fax is NULL in 7 of 14 rows")
    assert [f"FAIL  new on S{n}, after r2/{n}" in text for n in (1, 2)] == [True, True]


def test_a_cast_that_a_made_up_value_does_not_survive_says_what_to_do() -> None:
    refused = {
        code: plain(
            matrix_text(
                Matrix(Versions("main", ".", "r1", "r2"), STATES, (), stop=Stop(STATES[1], Refusal(code, "no"))),
                root=Path("/"),
            )
        )
        for code in ("22P02", "23502")
    }
    assert all("r2/2 is refused on rows that the versions wrote." in text for text in refused.values())
    assert ["say with WHERE" in text for text in refused.values()] == [True, False]
