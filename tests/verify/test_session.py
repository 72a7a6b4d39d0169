"""Statements pass as they are, and the planner sees them on every version of the server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from safemigrate.server import Server
from safemigrate.verify import session
from safemigrate.verify.session import Refused, Session

NOTES = "CREATE TABLE notes (id integer PRIMARY KEY, text varchar(5))"


def refusal(action: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        action()
    return caught.value.refusal.sqlstate


def check_plans(server: Server, url: str) -> None:
    with Session(url) as asked:
        asked.script(NOTES)
        asked.plan("SELECT text FROM notes WHERE id % 2 = $1", 1)
        asked.plan("SELECT 1", 0)
        assert refusal(lambda: asked.plan("SELECT nothing FROM notes", 0)) == "42703"
        arbiter = "INSERT INTO notes VALUES ($1, $2) ON CONFLICT (text) DO NOTHING"
        assert refusal(lambda: asked.plan(arbiter, 2)) == "42P10"
        with asked.rolled_back():
            asked.run("INSERT INTO notes VALUES ($1, $2)", ("1", "50 %"))
            assert refusal(lambda: refused_once(asked)) == "23505"
            assert asked.run("SELECT text FROM notes").rows == (("50 %",),)
        assert asked.run("SELECT text FROM notes").rows == ()


def refused_once(session: Session) -> None:
    with session.attempt():
        session.run("INSERT INTO notes VALUES ($1, $2)", ("1", None))


def test_statements_are_planned_without_values(server: Server, database: str) -> None:
    check_plans(server, database)


def test_before_version_16_they_are_planned_as_prepared_statements(
    server: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # what an older server is asked, every newer one answers, too
    monkeypatch.setattr(session, "_GENERIC_PLAN_SINCE", 10**9)
    check_plans(server, database)
