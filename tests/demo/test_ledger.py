"""The ledger notices whatever was lost, and nothing else."""

from __future__ import annotations

from safemigrate.demo.ledger import Audit, Books, audit
from safemigrate.demo.log import Fact

BEFORE = Books(
    {
        ("customer.name", "1"): "Ada",
        ("customer.name", "2"): "",
        ("order.currency", "9"): "EUR",
        ("stock.moved", "5/main"): 100,
    }
)


def fact(name: str, key: str, value: str | int | None, *, at: float = 1.0, certain: bool = True) -> Fact:
    return Fact(at, name, key, value, certain)


def after(**changes: str | int | None) -> Books:
    """BEFORE with some facts changed: `after(customer_1="Bob")`; None removes the row."""
    names = {"customer": "customer.name", "order": "order.currency", "stock": "stock.moved"}
    facts = dict(BEFORE.facts)
    for short, value in changes.items():
        kind, _, key = short.partition("_")
        place = names[kind], key.replace("_", "/")
        if value is None:
            facts.pop(place, None)
        else:
            facts[place] = value
    return Books(facts)


NOTHING = Audit((), ())


def test_nothing_written_and_nothing_changed_is_right() -> None:
    assert audit(BEFORE, [], BEFORE) == NOTHING


def test_what_was_written_must_be_there() -> None:
    facts = [fact("customer.name", "1", "Grace"), fact("customer.name", "3", "Ken")]

    assert audit(BEFORE, facts, after(customer_1="Grace", customer_3="Ken")) == NOTHING
    assert audit(BEFORE, facts, after(customer_1="Ada", customer_3="Ken")).wrong == (
        "customer.name of 1 is 'Ada', not 'Grace'",
    )
    assert audit(BEFORE, facts, after(customer_1="Grace")).lost == ("customer.name of 3 is None, not 'Ken'",)


def test_the_last_write_counts_whoever_wrote_it() -> None:
    facts = [fact("customer.name", "1", "second", at=2.0), fact("customer.name", "1", "first", at=1.0)]

    assert audit(BEFORE, facts, after(customer_1="second")) == NOTHING
    assert audit(BEFORE, facts, after(customer_1="first")).wrong


def test_what_nobody_touched_must_stay() -> None:
    assert audit(BEFORE, [], after(customer_2="filled in")).wrong
    assert audit(BEFORE, [], after(customer_2=None)).lost


def test_a_row_that_nobody_wrote_is_wrong() -> None:
    assert audit(BEFORE, [], after(customer_8="who")).wrong == ("customer.name of 8 is 'who', which nobody wrote",)


def test_an_empty_currency_is_the_home_market_s() -> None:
    facts = [fact("order.currency", "10", None)]

    assert audit(BEFORE, facts, after(order_10="EUR")) == NOTHING
    assert audit(BEFORE, facts, after(order_10="CHF")).wrong


def test_a_cancelled_order_must_be_gone() -> None:
    facts = [fact("order.currency", "10", "CHF"), fact("order.cancelled", "10", True, at=2.0)]

    assert audit(BEFORE, facts, BEFORE) == NOTHING
    assert audit(BEFORE, facts, after(order_10="CHF")).wrong


def test_either_outcome_of_an_uncertain_commit_is_right() -> None:
    facts = [fact("customer.name", "1", "Grace", certain=False), fact("customer.name", "3", "Ken", certain=False)]

    assert audit(BEFORE, facts, BEFORE) == NOTHING
    assert audit(BEFORE, facts, after(customer_1="Grace", customer_3="Ken")) == NOTHING
    assert audit(BEFORE, facts, after(customer_1="Bob")).wrong


def test_every_movement_of_stock_counts_once() -> None:
    facts = [fact("stock.moved", "5/main", -3), fact("stock.moved", "5/main", 7), fact("stock.moved", "5/north", 2)]

    assert audit(BEFORE, facts, after(stock_5_main=104, stock_5_north=2)) == NOTHING
    assert audit(BEFORE, facts, after(stock_5_main=97, stock_5_north=2)).wrong
    assert audit(BEFORE, facts, after(stock_5_main=104)).lost


def test_an_uncertain_movement_of_stock_may_count() -> None:
    facts = [fact("stock.moved", "5/main", -3, certain=False), fact("stock.moved", "5/main", 7)]

    assert audit(BEFORE, facts, after(stock_5_main=104)) == NOTHING
    assert audit(BEFORE, facts, after(stock_5_main=107)) == NOTHING
    assert audit(BEFORE, facts, after(stock_5_main=100)).wrong


def test_many_uncertain_movements_leave_a_range() -> None:
    facts = [fact("stock.moved", "5/main", 1, certain=False) for _ in range(40)]

    assert audit(BEFORE, facts, after(stock_5_main=140)) == NOTHING
    assert audit(BEFORE, facts, after(stock_5_main=141)).wrong
