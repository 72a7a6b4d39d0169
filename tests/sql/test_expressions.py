"""What is found out about an expression is what stands beside it in ``expressions.sql``."""

from __future__ import annotations

import pytest
from statement_cases import Case, cases, shown

from safemigrate.schema import Volatility
from safemigrate.sql import read_expression


@pytest.mark.parametrize("case", cases("expressions.sql"), ids=lambda case: case.title)
def test_expression_is_read_as_expected(case: Case) -> None:
    assert case.expected == (shown(read_expression(case.sql), case.sql),)


def test_the_text_of_an_expression_is_kept_as_written() -> None:
    assert read_expression("  a  >  /* why */ 0 ").text == "a  >  /* why */ 0"


def test_nothing_is_no_constant() -> None:
    assert read_expression("").volatility is Volatility.UNKNOWN


@pytest.mark.parametrize(
    "text", ["(" * 2000 + "a" + ")" * 2000, "NOT " * 3000 + "a", "a AND " * 3000 + "b IS NOT NULL"]
)
def test_a_deep_or_long_expression_is_read(text: str) -> None:
    assert "a" in read_expression(text).columns
