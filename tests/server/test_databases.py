"""A running server and its databases."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import sqlalchemy

from safemigrate.errors import ServerDidNotStart, ServerError, TemplateInUse
from safemigrate.server import Server, start


def one(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def test_it_starts_and_answers(server: Server) -> None:
    assert int(str(one(server.url, "SHOW server_version_num"))) // 10000 == server.major
    assert one(server.url, "SELECT current_user") == "postgres"


def test_its_time_zone_is_not_utc_since_utc_hides_rewrites(server: Server) -> None:
    assert one(server.url, "SHOW timezone") == "America/New_York"


def test_its_urls_are_read_by_sqlalchemy(database: str) -> None:
    url = sqlalchemy.make_url(database).set(drivername="postgresql+psycopg")
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        assert connection.scalar(sqlalchemy.text("SELECT current_database()")) == url.database
    engine.dispose()


def test_settings_come_before_ours() -> None:
    settings = {"autovacuum": "on", "cluster_name": "it's a \\ test", "port": "6543"}
    with start(settings=settings) as server:
        assert one(server.url, "SHOW autovacuum") == "on"
        assert one(server.url, "SHOW cluster_name") == settings["cluster_name"]
        assert server.port == 6543


def test_an_unknown_setting_stops_it_and_the_log_says_which() -> None:
    with pytest.raises(ServerDidNotStart, match="no_such_setting") as caught:
        start(settings={"no_such_setting": "1"})
    assert "no_such_setting" in caught.value.log
    assert "Traceback" not in str(caught.value)


def test_a_clone_holds_the_rows_and_goes_its_own_way(server: Server) -> None:
    template = server.create_database("orchard")
    with psycopg.connect(template) as connection:
        connection.execute("CREATE TABLE apples (id int)")
        connection.execute("INSERT INTO apples VALUES (1), (2)")
    clone = server.clone("orchard", "orchard_2")
    with psycopg.connect(clone) as connection:
        connection.execute("INSERT INTO apples VALUES (3)")
    assert one(clone, "SELECT count(*) FROM apples") == 3
    assert one(template, "SELECT count(*) FROM apples") == 2
    server.drop_database("orchard")
    server.drop_database("orchard_2")


def test_a_template_in_use_is_refused_with_the_name_of_its_user(server: Server) -> None:
    url = server.create_database("busy")
    with psycopg.connect(url, application_name="the shop"), pytest.raises(TemplateInUse) as caught:
        server.clone("busy", "busy_2")
    assert caught.value.template == "busy"
    assert "the shop" in str(caught.value)
    server.clone("busy", "busy_2")
    server.drop_database("busy")
    server.drop_database("busy_2")


def test_a_name_that_is_taken_is_refused_by_name(server: Server) -> None:
    server.create_database("taken")
    with pytest.raises(ServerError, match='database "taken" already exists'):
        server.create_database("taken")
    server.drop_database("taken")


def test_a_template_that_does_not_exist_is_refused_by_name(server: Server) -> None:
    with pytest.raises(ServerError, match='template database "nowhere" does not exist'):
        server.clone("nowhere", "somewhere")


def test_any_name_will_do(server: Server) -> None:
    name = "Größe 50% \"a\" 'b'/c?d#e&f=g"
    url = server.create_database(name)
    assert one(url, "SELECT current_database()") == name
    server.drop_database(name)
    assert one(server.url, "SELECT count(*) FROM pg_database WHERE datname LIKE 'Gr%'") == 0


def test_dropping_ends_the_sessions_on_it(server: Server) -> None:
    url = server.create_database("doomed")
    with psycopg.connect(url, autocommit=True) as connection:
        server.drop_database("doomed")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_dropping_what_is_gone_is_no_error(server: Server) -> None:
    server.drop_database("never_was")


def test_it_goes_on_when_somebody_ended_its_session(server: Server) -> None:
    server.drop_database("never_was")
    with psycopg.connect(server.url, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = 'postgres' AND pid <> pg_backend_pid()"
        ).fetchone()
    assert ended is not None
    assert ended[0] == 1
    server.create_database("behind_it")
    server.drop_database("behind_it")


def test_threads_may_share_it(server: Server) -> None:
    names = [f"thread_{number}" for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        urls = list(pool.map(server.create_database, names))
        assert [one(url, "SELECT current_database()") for url in urls] == names
        list(pool.map(server.drop_database, names))


def test_a_forked_child_has_a_session_of_its_own(server: Server) -> None:
    server.create_database("of_the_parent")
    child = os.fork()
    if child == 0:
        try:
            server.drop_database("of_the_parent")
        finally:
            os._exit(one(server.url, "SELECT count(*) FROM pg_database WHERE datname = 'of_the_parent'") != 0)
    assert os.waitpid(child, 0)[1] == 0
    server.create_database("of_the_parent")
    server.drop_database("of_the_parent")


def test_a_thousand_tables_fit_in_one_transaction(database: str) -> None:
    with psycopg.connect(database) as connection:
        for number in range(1000):
            connection.execute(f"CREATE TABLE t{number} (id serial PRIMARY KEY)".encode())


def test_the_log_is_there_to_read_after_the_stop_as_well() -> None:
    server = start()
    with pytest.raises(psycopg.errors.DivisionByZero):
        one(server.url, "SELECT 1 / 0")
    assert "division by zero" in server.log_tail()
    server.stop()
    assert "division by zero" in server.log_tail()
