"""The ledger: whether the database says what the processes wrote, and still says what nobody touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

import psycopg
from psycopg import sql

from safemigrate.demo.log import Fact

# what an order without a currency means, to version 1 and to the migration that fills it in
HOME_CURRENCY = "EUR"

#: values that one fact may have by now; None stands for no row
Possible = frozenset[str | int | None]

#: beyond this many uncertain movements of one stock every sum is believed
MOST_UNCERTAIN = 10


@dataclass(frozen=True, slots=True)
class Books:
    """What the database says, by fact and key."""

    facts: Mapping[tuple[str, str], str | int]


@dataclass(frozen=True, slots=True)
class Audit:
    """Rows that are not as written, one sentence each: *lost* ones are not there at all."""

    lost: tuple[str, ...]
    wrong: tuple[str, ...]


def read_books(database_url: str) -> Books:
    """What *database_url* says now about the names of customers, the currencies of orders, and the stock."""
    with psycopg.connect(database_url) as connection:
        query = sql.SQL("SELECT id::text, {} FROM customers").format(sql.Identifier(_name_column(connection)))
        names = connection.execute(query).fetchall()
        currencies = connection.execute(
            "SELECT id::text, coalesce(currency, %s) FROM orders", (HOME_CURRENCY,)
        ).fetchall()
        stock = connection.execute("SELECT product_id || '/' || warehouse, on_hand FROM stock").fetchall()
    found: dict[tuple[str, str], str | int] = {("customer.name", key): name for key, name in names}
    found |= {("order.currency", key): currency for key, currency in currencies}
    found |= {("stock.moved", key): on_hand for key, on_hand in stock}
    return Books(found)


def audit(before: Books, facts: Iterable[Fact], after: Books) -> Audit:
    """Where *after* is neither what *before* said nor what *facts* made of it."""
    expected = _expected(before, facts)
    lost: list[str] = []
    wrong: list[str] = []
    for (name, key), possible in expected.items():
        found = after.facts.get((name, key))
        if found in possible:
            continue
        words = f"{name} of {key} is {found!r}, not {' or '.join(sorted(map(repr, possible)))}"
        (lost if found is None else wrong).append(words)
    wrong += [
        f"{name} of {key} is {found!r}, which nobody wrote"
        for (name, key), found in after.facts.items()
        if (name, key) not in expected
    ]
    return Audit(tuple(lost), tuple(wrong))


def _expected(before: Books, facts: Iterable[Fact]) -> dict[tuple[str, str], Possible]:
    expected: dict[tuple[str, str], Possible] = {key: frozenset({value}) for key, value in before.facts.items()}
    moved: dict[tuple[str, str], list[Fact]] = {}
    for fact in sorted(facts, key=lambda fact: fact.at):
        if fact.name == "stock.moved":
            moved.setdefault((fact.name, fact.key), []).append(fact)
            continue
        key, value = _stated(fact)
        earlier = expected.get(key, frozenset({None}))
        expected[key] = frozenset({value}) if fact.certain else earlier | {value}
    for key, movements in moved.items():
        expected[key] = _sums(before.facts.get(key), movements)
    return expected


def _stated(fact: Fact) -> tuple[tuple[str, str], str | int | None]:
    if fact.name == "order.cancelled":
        return ("order.currency", fact.key), None
    if fact.name == "order.currency":
        return (fact.name, fact.key), fact.value or HOME_CURRENCY
    return (fact.name, fact.key), fact.value


def _sums(at_first: str | int | None, movements: Iterable[Fact]) -> Possible:
    """What a stock may hold: every certain movement counts, and any of the uncertain ones may."""
    certain, uncertain = int(at_first or 0), []
    known = at_first is not None
    for fact in movements:
        if fact.certain:
            certain += int(fact.value or 0)
            known = True
        else:
            uncertain.append(int(fact.value or 0))
    sums: set[str | int | None] = set() if known else {None}
    if len(uncertain) > MOST_UNCERTAIN:
        least = certain + sum(value for value in uncertain if value < 0)
        most = certain + sum(value for value in uncertain if value > 0)
        sums.update(range(least, most + 1))
    else:
        sums.update(certain + sum(chosen) for chosen in product(*((0, value) for value in uncertain)))
    return frozenset(sums)


def _name_column(connection: psycopg.Connection) -> str:
    """Where customers have their name, at either end of the release and between."""
    row = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'customers'::regclass AND NOT attisdropped"
        " AND attname IN ('name', 'full_name') ORDER BY attname DESC LIMIT 1"
    ).fetchone()
    assert row is not None
    return str(row[0])
