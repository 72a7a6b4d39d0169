"""How apply finds its database, what it refuses to work on, and what it never says."""

from __future__ import annotations

import socket
import threading
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from histories import apply, ask, made, project, revision, stamped, version

from safemigrate.apply import Limits, Project, can_contract, read_status
from safemigrate.apply.session import connect, hold_lock, lock_key, refuse_transaction_pooling
from safemigrate.errors import (
    AnotherApply,
    DatabaseError,
    DatabaseUnreachable,
    EnvironmentFailed,
    NotPostgres,
    NoVersionTable,
    ServerUnfit,
    UrlUnreadable,
)
from safemigrate.history import Phase
from safemigrate.history.environment import Environment, read_environment
from safemigrate.schema import Name

SECRET = "s3cr%et@/"
SQLITE = """
from alembic import context
from sqlalchemy import create_engine

with create_engine("sqlite://").connect() as connection:
    context.configure(connection=connection)
    context.run_migrations()
"""


@pytest.mark.parametrize(
    ("url", "error"),
    [
        (f"postgresql://me:{SECRET}@localhost:1/x", DatabaseError),
        ("postgresql://me:s3cr%et@localhost:1/x", UrlUnreadable),
        ("postgresql+psycopg://me:s3cret@127.0.0.1:1/x", DatabaseUnreachable),
        ("postgresql://me:s3cret@/x?host=/nowhere&port=5432", DatabaseUnreachable),
        ("mysql://me:s3cret@localhost/x", NotPostgres),
        ("sqlite:///x.db", NotPostgres),
    ],
)
def test_what_cannot_be_reached_is_said_without_the_password(
    renamed: Path, url: str, error: type[DatabaseError]
) -> None:
    with pytest.raises(error) as caught:
        apply(project(renamed, url), Phase.EXPAND)
    assert "s3cr" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.exit_code == 2


def test_a_wrong_password_is_not_repeated(renamed: Path, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE ROLE nobody_special NOLOGIN")
        try:
            url = database.replace("postgres@", "nobody_special:hunter2@")
            with pytest.raises(DatabaseUnreachable, match="not permitted to log in") as caught:
                apply(project(renamed, url), Phase.EXPAND)
        finally:
            connection.execute("DROP ROLE nobody_special")
    assert "hunter2" not in str(caught.value)


def test_a_server_that_speaks_something_else_is_told_from_postgres(renamed: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            # libpq comes once, or again without encryption, and then the socket is closed
            with suppress(OSError):
                while True:
                    client, _address = server.accept()
                    with client:
                        client.recv(1024)
                        client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(NotPostgres, match="speaks something else"):
            apply(project(renamed, f"postgresql://x@127.0.0.1:{server.getsockname()[1]}/x"), Phase.EXPAND)


def test_a_database_without_a_version_table_is_refused(renamed: Path, database: str) -> None:
    with pytest.raises(NoVersionTable, match="The database is empty: run alembic upgrade r1 first"):
        apply(project(renamed, database), Phase.EXPAND)
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE public.migrations (version_num varchar(32))")
    with pytest.raises(NoVersionTable, match=r"public\.migrations looks like one"):
        apply(project(renamed, database), Phase.EXPAND)
    assert ask(database, "SELECT to_regnamespace('safemigrate')") is None


def test_a_version_table_of_another_name_and_schema_is_kept(renamed: Path, database: str) -> None:
    stamped(renamed, database)
    with psycopg.connect(database) as connection:
        connection.execute("CREATE SCHEMA ops")
        connection.execute("ALTER TABLE alembic_version RENAME TO shop_version")
        connection.execute("ALTER TABLE shop_version SET SCHEMA ops")
    apply(project(renamed, database, version_table=Name("shop_version", "ops")), Phase.EXPAND)
    assert ask(database, "SELECT version_num FROM ops.shop_version") == "r2"


def test_a_second_apply_is_told_who_works(live: Project) -> None:
    holder = connect(live.environment, application_name="safemigrate:expand:7")
    with holder:
        hold_lock(holder, lock_key(Name("alembic_version", "public")), wait_s=0, observe=lambda event: None)
        with pytest.raises(AnotherApply, match="safemigrate:expand:7") as caught:
            apply(live, Phase.EXPAND, limits=Limits(wait_s=0.2))
        assert "safemigrate:expand:7" in read_status(live).applying
    assert caught.value.exit_code == 75
    assert apply(live, Phase.EXPAND)[0].position == ("r2",)


def test_a_role_named_like_the_journal_does_not_lose_its_tables_there(renamed: Path, database: str) -> None:
    """With "$user" on the search path, the schema of the journal would be the first of that role."""
    stamped(renamed, database)
    with psycopg.connect(database, autocommit=True, application_name="safemigrate:test") as connection:
        connection.execute("CREATE ROLE safemigrate SUPERUSER LOGIN")
        try:
            url = database.replace("postgres@", "safemigrate@")
            apply(project(renamed, url), *Phase)
            assert ask(database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'safemigrate'") == 3
            function = "SELECT pronamespace::regnamespace::text FROM pg_proc WHERE proname LIKE 'safemigrate_sync%'"
            assert ask(database, function) is None
            assert version(database) == "r2_contract"
        finally:
            connection.execute(b"REASSIGN OWNED BY safemigrate TO postgres; DROP OWNED BY safemigrate")
            connection.execute("DROP ROLE safemigrate")


def test_a_role_that_may_not_make_a_schema_is_given_the_way_out(renamed: Path, database: str) -> None:
    stamped(renamed, database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE ROLE deployer LOGIN")
        try:
            for table in ("users", "audit", "alembic_version"):
                connection.execute(f"ALTER TABLE {table} OWNER TO deployer".encode())
            connection.execute("GRANT CREATE ON SCHEMA public TO deployer")
            live = project(renamed, database.replace("postgres@", "deployer@"))
            with pytest.raises(ServerUnfit, match="--journal-schema"):
                apply(live, Phase.EXPAND)
            connection.execute("CREATE SCHEMA journal AUTHORIZATION deployer")
            kept = Project(live.history, live.environment, journal_schema="journal")
            assert apply(kept, Phase.EXPAND)[0].position == ("r2",)
            assert ask(database, "SELECT count(*) FROM journal.step") == 2
        finally:
            connection.execute("REASSIGN OWNED BY deployer TO postgres; DROP OWNED BY deployer")
            connection.execute("DROP ROLE deployer")


def test_a_role_that_may_not_read_is_told_which_right_it_lacks(renamed: Path, database: str) -> None:
    stamped(renamed, database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE ROLE reader LOGIN")
        try:
            live = project(renamed, database.replace("postgres@", "reader@"))
            for answer in (read_status, can_contract, lambda live: apply(live, Phase.EXPAND)):
                with pytest.raises(ServerUnfit, match="permission denied for table alembic_version") as caught:
                    answer(live)
                assert 'Give the role "reader" this right' in str(caught.value)
        finally:
            connection.execute("DROP ROLE reader")


def test_a_session_without_triggers_is_refused(live: Project) -> None:
    url = f"{live.environment.url}&options=-csession_replication_role%3Dreplica"
    with pytest.raises(ServerUnfit, match="no trigger would fire"):
        apply(project(live.history.root, url), Phase.EXPAND)


# -- env.py --------------------------------------------------------------------------------------------------


def test_env_py_says_which_database_and_where_its_version_is(
    folder: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = folder / "migrations" / "env.py"
    text = env.read_text().replace(
        "connection=connection", "connection=connection, version_table='v', version_table_schema='ops'"
    )
    env.write_text(
        text.replace("as connection:", "as connection:\n    connection.exec_driver_sql('SET search_path = a, b')")
    )
    monkeypatch.setenv("TEST_DATABASE_URL", database)
    found = read_environment(project(folder, database).history)
    assert found.version_table == Name("v", "ops")
    assert found.search_path == "a, b"
    assert found.role is None
    with connect(found, application_name="test") as connection:
        assert connection.info.dbname == ask(database, "SELECT current_database()")
    assert ask(database, "SELECT to_regclass('ops.v')") is None


def test_env_py_is_diverted_to_the_url_that_was_given(
    folder: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", "postgresql://somebody:pw@nowhere.invalid/x")
    found = read_environment(project(folder, database).history, url=database)
    with connect(found, application_name="test") as connection:
        assert connection.info.dbname == ask(database, "SELECT current_database()")


def test_a_role_that_env_py_sets_is_set_again(folder: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    env = folder / "migrations" / "env.py"
    env.write_text(
        env.read_text().replace(
            "as connection:", "as connection:\n    connection.exec_driver_sql('SET ROLE pg_monitor')"
        )
    )
    monkeypatch.setenv("TEST_DATABASE_URL", database)
    found = read_environment(project(folder, database).history)
    assert found.role == "pg_monitor"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise RuntimeError('no password=hunter2 for you')", "RuntimeError"),
        ("raise SystemExit('Say which database')", "Say which database"),
        ("import sys\nsys.exit(3)", "it ends the process with exit code 3"),
        ("import os\nos._exit(3)", "ended with 3"),
        ("pass", "without asking Alembic"),
        (SQLITE, "the dialect sqlite"),
    ],
)
def test_an_env_py_that_says_nothing_useful_is_named(tmp_path: Path, body: str, reason: str) -> None:
    folder = made(tmp_path / "project")
    revision(folder, "r1", None, "pass")
    (folder / "migrations" / "env.py").write_text(body)
    with pytest.raises(EnvironmentFailed, match=reason) as caught:
        read_environment(project(folder, "postgresql://").history)
    assert "hunter2" not in str(caught.value)
    assert "env.py" in caught.value.where


def test_an_environment_keeps_its_password_to_itself() -> None:
    assert "hunter2" not in repr(Environment("postgresql://me:hunter2@db/x"))


class _Session:
    """A session that a pooler answers: it was told one process id, and each query finds the next of *pids*."""

    def __init__(self, told: int, *pids: int) -> None:
        self.info = SimpleNamespace(backend_pid=told)
        self._pids = iter(pids)

    def execute(self, query: bytes, parameters: object = None) -> _Session:
        return self

    def fetchone(self) -> tuple[int]:
        return (next(self._pids),)

    def transaction(self) -> AbstractContextManager[None]:
        return nullcontext()


def test_only_a_pooler_of_transactions_is_refused() -> None:
    refuse_transaction_pooling(_Session(7, 7), _Session(8))  # type: ignore[arg-type]
    refuse_transaction_pooling(_Session(1, 7, 7), _Session(2, 8))  # type: ignore[arg-type]
    with pytest.raises(ServerUnfit, match="direct connection"):
        refuse_transaction_pooling(_Session(1, 7, 9), _Session(2, 7))  # type: ignore[arg-type]


def test_a_password_that_only_the_driver_knows_travels_back_whole(
    folder: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that env.py fetches when it connects stands in no URL of the engine."""
    env = folder / "migrations" / "env.py"
    creator = "create_engine('postgresql+psycopg://', creator=lambda: __import__('psycopg').connect("
    env.write_text(
        env.read_text().replace(
            "create_engine(url,", f"{creator}os.environ['TEST_DATABASE_URL'], password='a b&c%/@'),"
        )
    )
    monkeypatch.setenv("TEST_DATABASE_URL", database)
    found = read_environment(project(folder, database).history)
    with connect(found, application_name="test") as connection:
        assert connection.info.password == "a b&c%/@"


@pytest.mark.parametrize("user", ["u:s3cret/x", "u:a@s3cret", "u:hun#s3cret"])
def test_a_password_that_is_not_encoded_is_refused_and_not_repeated(user: str) -> None:
    with pytest.raises(UrlUnreadable) as refused:
        connect(Environment(url=f"postgresql://{user}@127.0.0.1:1/x"), application_name="test")
    assert "s3cret" not in str(refused.value)
