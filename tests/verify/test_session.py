"""Statements pass as they are, and the planner sees them on every version of the server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from safemigrate.server import Server, find_bin, start
from safemigrate.verify.session import Refused, Session

NOTES = "CREATE TABLE notes (id integer PRIMARY KEY, text varchar(5))"


def refusal(action: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        action()
    return caught.value.refusal.sqlstate


def check_plans(server: Server, url: str) -> None:
    with Session(url) as session:
        session.script(NOTES)
        session.plan("SELECT text FROM notes WHERE id % 2 = $1", 1)
        session.plan("SELECT 1", 0)
        assert refusal(lambda: session.plan("SELECT nothing FROM notes", 0)) == "42703"
        arbiter = "INSERT INTO notes VALUES ($1, $2) ON CONFLICT (text) DO NOTHING"
        assert refusal(lambda: session.plan(arbiter, 2)) == "42P10"
        with session.rolled_back():
            session.run("INSERT INTO notes VALUES ($1, $2)", ("1", "50 %"))
            assert refusal(lambda: refused_once(session)) == "23505"
            assert session.run("SELECT text FROM notes").rows == (("50 %",),)
        assert session.run("SELECT text FROM notes").rows == ()


def refused_once(session: Session) -> None:
    with session.attempt():
        session.run("INSERT INTO notes VALUES ($1, $2)", ("1", None))


def test_statements_are_planned_without_values(server: Server, database: str) -> None:
    check_plans(server, database)


def test_before_version_16_they_are_planned_as_prepared_statements() -> None:
    binaries = find_bin(None, 15)
    if binaries.major >= 16:
        pytest.skip("no server before 16 is installed")
    with start(binaries) as server:
        check_plans(server, server.create_database("plans"))
