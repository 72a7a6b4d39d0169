"""The model of locks and work, proved against a server."""

from __future__ import annotations

import re

import psycopg
import pytest
from sql_cases import Case, cases

from safemigrate.schema import Footprint, after, footprint
from safemigrate.schema import operations as o
from safemigrate.schema.operations import operation_names
from safemigrate.server import Server
from safemigrate.verify.observe import combined, disagreements, observe

CASES = cases("locks.sql")

# none of these takes a lock or does work of its own
WITHOUT_LOCKS = {"Operation", "AddConstraint", "TransactionControl", "Unreadable"}


@pytest.mark.parametrize("case", [pytest.param(case, id=case.title) for case in CASES])
def test_locks_and_work_are_the_models(case: Case, database: str, server: Server) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in case.given:
            connection.execute(statement)
        since = re.search(r"since (\d+)$", case.title)
        if since and server.major < int(since[1]):
            with pytest.raises(psycopg.errors.SyntaxError):
                connection.execute(case.statement)
            return
        observed = observe(connection, case.statement)
    if wrong := disagreements(model(case, server.major), observed):
        pytest.fail("\n".join(wrong), pytrace=False)


def model(case: Case, postgres: int) -> Footprint:
    """The footprint of all that the statement does, each operation on the schema that the one before left."""
    schema, footprints = case.schema(), []
    for operation in case.operations():
        assert not isinstance(operation, o.Unreadable), operation
        footprints.append(footprint(operation, schema, postgres=postgres))
        schema = after(operation, schema)
    return combined(footprints)


def test_fixture_asks_about_every_operation() -> None:
    asked = {type(operation).__name__ for case in CASES for operation in case.operations()}
    known = set(operation_names()) - WITHOUT_LOCKS
    assert known - asked == set()
