"""Where a rule finds something in a few lines of SQL."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from safemigrate.history.statement import Reading, Revision
from safemigrate.rulebook import Policy, Rule, Statement, judge, load_rules, replay
from safemigrate.schema import Schema

RULES: Mapping[str, Rule] = {rule.name: rule for rule in load_rules()}
USERS = "CREATE TABLE users (id bigint PRIMARY KEY, name text)"
ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, name text)"


def lines(
    rule: str, sql: str, *, revision: Revision | None = None, policy: Policy | None = None, given: str = ""
) -> list[int]:
    """Where *rule* finds something in *sql*, line by line.

    ``|`` begins a statement in autocommit, ``--`` the next transaction. *given* is there before, a statement a line,
    beside the tables users and orders.
    """
    revision = revision or Revision("r", (), Path("r.py"))
    before = [Statement(text, "g", Path("g.py"), 1) for text in (USERS, ORDERS, *given.splitlines())]
    number, statements = 0, []
    for line, text in enumerate(sql.strip().splitlines(), 1):
        if text.strip() == "--":
            number += 1
            continue
        alone = text.lstrip().startswith("|")
        number += alone
        statements.append(
            Statement(text.strip("| "), revision.id, revision.path, line, transaction=None if alone else number)
        )
        number += alone
    readings = [Reading(Revision("g", (), Path("g.py")), tuple(before)), Reading(revision, tuple(statements))]
    runs = list(replay(readings, Schema(complete=True)))[1:]
    return [finding.line for finding in judge([RULES[rule]], runs, policy=policy)]
