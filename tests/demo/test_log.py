"""The logs are read while they are written, and failures that are alike are told together."""

from __future__ import annotations

import json
from pathlib import Path

from safemigrate.demo.log import Failure, Kind, Log, Operation, kinds, longest_ms, parse, shortened

OK = {"at": 1.5, "version": "1", "operation": "list_orders", "ms": 12.5, "ok": True}
FAILED = OK | {
    "ok": False,
    "sqlstate": "42703",
    "statement": "SELECT customers.id,\n  customers.full_name\nFROM customers\nWHERE customers.id = %(id)s",
    "error": "UndefinedColumn: column customers.full_name does not exist",
}
NO_COLUMN = "column customers.full_name does not exist"
WRONG = OK | {
    "ok": False,
    "wrong": True,
    "fact": "customer.name",
    "key": 7,
    "expected": "Ada",
    "found": "Bob",
}
FACT = {"at": 2.0, "version": "2", "wrote": "stock.moved", "key": "5/main", "value": -3, "certain": True}


def test_a_line_is_taken_once_it_is_complete(tmp_path: Path) -> None:
    path, log = tmp_path / "process-0.jsonl", Log(tmp_path)
    first, second = json.dumps(OK) + "\n", json.dumps(FACT) + "\n"

    path.write_text(first + second[:20])
    log.read()
    assert (len(log.operations), len(log.facts)) == (1, 0)

    path.write_text(first + second)
    log.read()
    log.read()
    assert (len(log.operations), len(log.facts)) == (1, 1)
    assert (
        log.facts[0].name,
        log.facts[0].key,
        log.facts[0].value,
        log.facts[0].certain,
    ) == ("stock.moved", "5/main", -3, True)


def test_a_wrong_answer_is_a_failure_of_its_own_kind() -> None:
    entry = parse(WRONG)

    assert entry == Operation(
        1.5, "1", "list_orders", 12.5, Failure("", "", "customer.name of 7 is 'Bob', not 'Ada'", wrong=True)
    )


def test_failures_that_are_alike_are_one_kind() -> None:
    entries = [parse(FAILED), parse(OK), parse(FAILED | {"ms": 99.0}), parse(FAILED | {"operation": "turnover"})]
    operations = [entry for entry in entries if isinstance(entry, Operation)]

    assert kinds(operations) == (
        Kind("1", "list_orders", "42703", "SELECT … FROM customers", "column customers.full_name does not exist", 2),
        Kind("1", "turnover", "42703", "SELECT … FROM customers", NO_COLUMN, 1),
    )
    assert longest_ms(operations) == 99.0
    assert longest_ms([]) == 0.0


def test_a_statement_is_shortened_to_what_tells_it_apart() -> None:
    assert shortened("SELECT a, b\nFROM billing.invoices") == "SELECT … FROM billing.invoices"
    assert shortened("INSERT INTO orders (id, note) VALUES (1, 'x')") == "INSERT INTO orders (…)"
    assert shortened("UPDATE stock SET on_hand = 1") == "UPDATE stock SET on_hand = 1"
    assert len(shortened("DELETE FROM orders WHERE " + "x = 1 AND " * 20)) <= 60
    assert shortened("") == ""
