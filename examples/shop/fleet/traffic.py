"""One process of the shop under load: random operations, a log of how each went, a ledger of what it wrote.

The version of the shop is the one that PYTHONPATH finds:

    PYTHONPATH=v1 python fleet/traffic.py --database-url postgresql://… --seconds 10 --log v1.jsonl

Any number of these run on one database, of either version.
Each customer is written by one process only, so that what a process wrote is what it must read back:
without --owns those whom the process itself registered, with `--owns i/n` those whose id leaves the rest i
when it is divided by n, whoever registered them.
The log has one JSON object a line, told apart by their keys:

    {"at", "version", "operation", "ms", "ok": true}
    {"at", "version", "operation", "ms", "ok": false, "sqlstate", "statement", "error"}
    {"at", "version", "operation", "ms", "ok": false, "wrong": true, "fact", "key", "expected", "found"}
    {"at", "version", "wrote", "key", "value", "certain"}

`at` is in seconds since the epoch: for an operation when it began, for a fact the moment before its COMMIT,
so that the writes of several processes to one key are in the order of `at`.
A fact is logged after its COMMIT; `certain` is false when the answer to the COMMIT was an error.
The facts are `customer.name`, `order.currency` (null means the home market's), `order.cancelled`,
and `stock.moved`, whose value is a difference: on_hand is what was there before plus all of them.
"""

import argparse
import json
import os
import random
import signal
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

from shop import VERSION, app
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

NAMES = (
    "Ada Lovelace",
    "Zoë Åström",
    "Seán O'Brien",
    "李小龍",
    'Jean "Johnny" Dupont',
    "100% Söhne & Co.",
    "back\\slash",
    "  spaces around",
    "",
)
CITIES = (("Berlin", "10115"), ("Köln", "50667"), ("Zürich", "8001"), ("L'Aquila", "67100"))
WAREHOUSES = ("main", "north", "south")

# what an order without a currency means, to version 1 and to the migration that fills it in
HOME_CURRENCY = "EUR"

LOOK_AROUND_SECONDS = 1.0


@dataclass(frozen=True)
class Fact:
    """Something that the database must say until somebody says otherwise."""

    name: str
    key: int | str
    value: str | int | None


@dataclass(frozen=True)
class Effect:
    """What an operation leaves behind, once its transaction has committed."""

    facts: tuple[Fact, ...] = ()
    remember: Callable[[], None] = lambda: None


class WrongAnswer(Exception):
    """The database answered something else than this process had written."""

    def __init__(self, fact: Fact, expected: str, found: str) -> None:
        super().__init__(f"{fact.name} of {fact.key} is {found!r}, not {expected!r}")
        self.fact = fact
        self.expected = expected
        self.found = found


@dataclass(frozen=True)
class Share:
    """The customers that a process may write: those whose id leaves *rest* when it is divided by *of*."""

    rest: int
    of: int

    @classmethod
    def parse(cls, text: str) -> "Share":
        """The share that is written `0/2`."""
        rest, _, of = text.partition("/")
        share = cls(int(rest), int(of))
        if not 0 <= share.rest < share.of:
            raise ValueError(text)
        return share

    def __contains__(self, customer_id: int) -> bool:
        return customer_id % self.of == self.rest


@dataclass(frozen=True)
class Placed:
    """An order of this process, and what it took out of the warehouse."""

    order_id: int
    warehouse: str
    quantities: dict[int, int]

    def moved(self, sign: int) -> tuple[Fact, ...]:
        """The facts about stock when the order is placed (-1) or cancelled (+1)."""
        return tuple(
            Fact("stock.moved", f"{product_id}/{self.warehouse}", sign * quantity)
            for product_id, quantity in self.quantities.items()
        )


Operation = Callable[[Session], Effect]


@dataclass
class Clerk:
    """What one process knows of the shop, and the operations it chooses from."""

    chance: random.Random
    share: Share | None = None
    customers: list[int] = field(default_factory=list)
    owned: list[int] = field(default_factory=list)
    products: list[int] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)
    invoices: list[int] = field(default_factory=list)
    paid: list[int] = field(default_factory=list)
    names: dict[int, Fact] = field(default_factory=dict)
    currencies: dict[int, Fact] = field(default_factory=dict)
    met: set[int] = field(default_factory=set)
    names_made: int = 0

    def choose(self) -> Operation:
        """The next operation, of those that there is something to do for."""
        if not self.products:
            return self.add_product
        choices: list[tuple[int, Operation]] = [
            (6, self.register_customer),
            (8, self.restock),
            (10, self.list_orders),
            (1, self.add_product),
        ]
        if self.customers:
            choices += [(16, self.customer_page), (6, self.customers_near), (3, self.turnover)]
        if self.owned:
            choices += [(12, self.change_customer_name), (4, self.move_customer), (16, self.place_order)]
        if self.placed:
            choices += [(8, self.send_invoice), (4, self.cancel_order)]
        if self.invoices:
            choices += [(10, self.receive_payment)]
        if self.paid:
            choices += [(2, self.ship_paid_orders)]
        if self.names or self.currencies:
            choices += [(18, self.read_own_write)]
        weights, operations = zip(*choices, strict=True)
        chosen: Operation = self.chance.choices(operations, weights)[0]
        return chosen

    def forget(self, facts: tuple[Fact, ...]) -> None:
        """Rely neither on *facts* nor on what was known of their keys: nobody can say which holds."""
        for fact in facts:
            if fact.name == "customer.name":
                self.names.pop(int(fact.key), None)
            elif fact.name.startswith("order."):
                self.currencies.pop(int(fact.key), None)

    # -- customers

    def register_customer(self, session: Session) -> Effect:
        name = self._new_name()
        city, postal_code = self.chance.choice(CITIES)
        customer_id = app.register_customer(
            session, email=f"{uuid.uuid4().hex}@example.org", name=name, city=city, postal_code=postal_code
        )
        fact = Fact("customer.name", customer_id, name)

        def remember() -> None:
            self._meet(customer_id, registered_here=True)
            if self.share is None or customer_id in self.share:
                self.names[customer_id] = fact

        return Effect((fact,), remember)

    def change_customer_name(self, session: Session) -> Effect:
        customer_id, name = self.chance.choice(self.owned), self._new_name()
        app.change_customer_name(session, customer_id, name)
        fact = Fact("customer.name", customer_id, name)
        return Effect((fact,), lambda: self.names.update({customer_id: fact}))

    def move_customer(self, session: Session) -> Effect:
        city, postal_code = self.chance.choice(CITIES)
        app.move_customer(session, self.chance.choice(self.owned), city=city, postal_code=postal_code)
        return Effect()

    def customer_page(self, session: Session) -> Effect:
        app.customer_page(session, self.chance.choice(self.customers))
        return Effect()

    def customers_near(self, session: Session) -> Effect:
        app.customers_near(session, self.chance.choice(CITIES)[1])
        return Effect()

    def turnover(self, session: Session) -> Effect:
        app.turnover(session, [self.chance.choice(self.customers) for _ in range(10)])
        return Effect()

    # -- products and stock

    def add_product(self, session: Session) -> Effect:
        sku = f"SKU-{uuid.uuid4().hex[:12]}"
        price = Decimal(self.chance.randrange(100, 99_900)) / 100
        product_id = app.add_product(session, sku=sku, title=f"Thing {sku}", price=price)
        return Effect(remember=lambda: self.products.append(product_id))

    def restock(self, session: Session) -> Effect:
        product_id, warehouse = self.chance.choice(self.products), self.chance.choice(WAREHOUSES)
        quantity = self.chance.randint(1, 40)
        app.move_stock(session, product_id, warehouse, quantity)
        return Effect((Fact("stock.moved", f"{product_id}/{warehouse}", quantity),))

    # -- orders

    def place_order(self, session: Session) -> Effect:
        bought = self.chance.sample(self.products, k=min(len(self.products), self.chance.randint(1, 4)))
        quantities = {product_id: self.chance.randint(1, 5) for product_id in bought}
        warehouse = self.chance.choice(WAREHOUSES)
        currency = self.chance.choice(app.CURRENCIES)
        order_id = app.place_order(
            session,
            self.chance.choice(self.owned),
            quantities=quantities,
            warehouse=warehouse,
            currency=currency,
            note=self.chance.choice((None, "", "please don't ring")),
        )
        placed = Placed(order_id, warehouse, quantities)
        fact = Fact("order.currency", order_id, currency)

        def remember() -> None:
            self.placed.append(placed)
            self.currencies[order_id] = fact

        return Effect((fact, *placed.moved(-1)), remember)

    def cancel_order(self, session: Session) -> Effect:
        placed = self.chance.choice(self.placed)
        app.cancel_order(session, placed.order_id)

        def remember() -> None:
            self.placed.remove(placed)
            del self.currencies[placed.order_id]

        return Effect((Fact("order.cancelled", placed.order_id, True), *placed.moved(+1)), remember)

    def list_orders(self, session: Session) -> Effect:
        app.list_orders(session, status=self.chance.choice(("new", "invoiced", "paid", "shipped")))
        return Effect()

    # -- billing

    def send_invoice(self, session: Session) -> Effect:
        placed = self.chance.choice(self.placed)
        invoice_id = app.send_invoice(session, placed.order_id)

        def remember() -> None:
            self.placed.remove(placed)
            self.invoices.append(invoice_id)

        return Effect(remember=remember)

    def receive_payment(self, session: Session) -> Effect:
        invoice_id = self.chance.choice(self.invoices)
        order_id = app.receive_payment(session, invoice_id, method=self.chance.choice(("card", "transfer")))

        def remember() -> None:
            if order_id is not None:
                self.invoices.remove(invoice_id)
                self.paid.append(order_id)

        return Effect(remember=remember)

    def ship_paid_orders(self, session: Session) -> Effect:
        app.ship_paid_orders(session, self.paid)
        return Effect(remember=self.paid.clear)

    # -- what no customer of the shop would ask for

    def look_around(self, session: Session) -> Effect:
        """Learn which customers and products there are, those of the other processes too."""
        if self.customers:
            found = app.newest_customers(session, limit=50)
        else:
            found = app.sample_customers(session, limit=2000)
        products = app.sample_products(session, limit=50)

        def remember() -> None:
            for customer_id in found:
                self._meet(customer_id, registered_here=False)
            self.products = list(products)

        return Effect(remember=remember)

    def read_own_write(self, session: Session) -> Effect:
        """Ask for something that this process wrote."""
        fact = self.chance.choice([*self.names.values(), *self.currencies.values()])
        if fact.name == "customer.name":
            expected, found = str(fact.value), app.customer_name(session, int(fact.key))
        else:
            expected, found = str(fact.value or HOME_CURRENCY), app.order_currency(session, int(fact.key))
        if found != expected:
            raise WrongAnswer(fact, expected, found)
        return Effect()

    # -- helpers

    def _meet(self, customer_id: int, *, registered_here: bool) -> None:
        if customer_id in self.met:
            return
        self.met.add(customer_id)
        self.customers.append(customer_id)
        if registered_here if self.share is None else customer_id in self.share:
            self.owned.append(customer_id)

    def _new_name(self) -> str:
        """A name that this process has not written yet, but for the empty one: stale answers must show."""
        self.names_made += 1
        name = self.chance.choice(NAMES)
        return f"{name} {self.names_made}" if name else name


class Log:
    """The log of one process, a JSON object a line, on disk as soon as it is written."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.operations = 0
        self.not_ok = 0

    def operation(self, name: str, *, at: float, ms: float, failure: dict[str, Any] | None) -> None:
        """Note how an operation went that began at *at* and took *ms*."""
        self.operations += 1
        self.not_ok += failure is not None
        self._write(at, operation=name, ms=round(ms, 2), ok=failure is None, **(failure or {}))

    def facts(self, facts: tuple[Fact, ...], *, at: float, certain: bool) -> None:
        """Note what a transaction wrote that committed, or may have."""
        for fact in facts:
            self._write(at, wrote=fact.name, key=fact.key, value=fact.value, certain=certain)

    def _write(self, at: float, **what: Any) -> None:
        self._file.write(json.dumps({"at": at, "version": VERSION, **what}, ensure_ascii=False) + "\n")
        self._file.flush()


def perform(operation: Operation, engine: Engine, clerk: Clerk, log: Log) -> None:
    """Run *operation* in a transaction of its own, whatever comes of it."""
    at, began = time.time(), time.perf_counter()
    failure = None
    try:
        with Session(engine) as session:
            effect = operation(session)
            commit(session, effect, clerk, log)
    except Exception as error:  # a service answers 500 and goes on to the next request
        failure = describe(error)
    ms = (time.perf_counter() - began) * 1000
    log.operation(operation.__name__, at=at, ms=ms, failure=failure)


def commit(session: Session, effect: Effect, clerk: Clerk, log: Log) -> None:
    """Commit what *effect* stands for, and only then believe in it."""
    at = time.time()
    try:
        session.commit()
    except Exception:
        clerk.forget(effect.facts)
        log.facts(effect.facts, at=at, certain=False)
        raise
    effect.remember()
    log.facts(effect.facts, at=at, certain=True)


def describe(error: Exception) -> dict[str, Any]:
    """What the log says about a failed operation."""
    if isinstance(error, WrongAnswer):
        fact = error.fact
        return {
            "wrong": True,
            "fact": fact.name,
            "key": fact.key,
            "expected": error.expected,
            "found": error.found,
        }
    if isinstance(error, DBAPIError):
        cause, statement = error.orig, error.statement
    else:
        cause, statement = error, None
    first_line = f"{type(cause).__name__}: {cause}".splitlines()[0]
    return {"sqlstate": getattr(cause, "sqlstate", None), "statement": statement, "error": first_line}


def run(clerk: Clerk, engine: Engine, log: Log, *, seconds: float, rate: float) -> None:
    """Perform operations until *seconds* are over or somebody sends SIGTERM, at most *rate* a second."""
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)

    end = time.monotonic() + seconds
    look_again = 0.0
    while not stopped and (began := time.monotonic()) < end:
        if began >= look_again:
            operation: Operation = clerk.look_around
            look_again = began + LOOK_AROUND_SECONDS
        else:
            operation = clerk.choose()
        perform(operation, engine, clerk, log)
        time.sleep(max(0.0, began + 1 / rate - time.monotonic()))


def main() -> None:
    """Read the command line, run, and say in one line how it went."""
    parser = argparse.ArgumentParser(description="Random operations of one version of the shop.")
    parser.add_argument("--database-url", default=os.environ.get("SHOP_DATABASE_URL"))
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0, help="the same seed makes the same choices")
    parser.add_argument("--log", type=Path, default=Path(os.devnull), help="where to append the log")
    parser.add_argument("--owns", type=Share.parse, metavar="i/n", help="the customers it may write")
    parser.add_argument("--rate", type=float, default=150.0, help="operations a second, at most")
    arguments = parser.parse_args()
    if not arguments.database_url:
        parser.error("say which database: --database-url or SHOP_DATABASE_URL")

    clerk = Clerk(random.Random(arguments.seed), arguments.owns)
    engine = app.connect(arguments.database_url)
    with arguments.log.open("a", encoding="utf-8") as file:
        log = Log(file)
        run(clerk, engine, log, seconds=arguments.seconds, rate=arguments.rate)
    engine.dispose()
    print(f"version {VERSION}: {log.operations} operations, {log.not_ok} not ok", file=sys.stderr)


if __name__ == "__main__":
    main()
