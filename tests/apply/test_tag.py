"""safemigrate.tag: connections that say which version they belong to."""

from __future__ import annotations

import psycopg
import pytest
from histories import ask
from sqlalchemy import NullPool, create_engine, text

import safemigrate
from safemigrate.apply.activity import connected
from safemigrate.apply.session import connect
from safemigrate.history.environment import Environment
from safemigrate.tagging import application_name

NAME = "SELECT current_setting('application_name')"


def sqlalchemy(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


def test_every_connection_of_an_engine_is_named(database: str) -> None:
    engine = create_engine(sqlalchemy(database), poolclass=NullPool)
    safemigrate.tag(engine, service="shop", version="2.1", revision="4d90b6ce8a13")
    for _ in range(2):
        with engine.connect() as connection:
            assert connection.scalar(text(NAME)) == "shop@2.1/4d90b6ce8a13"


def test_an_engine_with_a_creator_of_its_own_is_named_too(database: str) -> None:
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(database))
    safemigrate.tag(engine, service="shop", version="2", revision="abc")
    with engine.connect() as connection:
        assert connection.scalar(text(NAME)) == "shop@2/abc"
        connection.rollback()
        assert connection.scalar(text(NAME)) == "shop@2/abc"
    engine.dispose()


def test_other_databases_are_left_alone() -> None:
    engine = create_engine("sqlite://")
    safemigrate.tag(engine, service="shop", version="2", revision="abc")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1


@pytest.mark.parametrize(
    ("service", "version"),
    [("s" * 80, "1"), ("shop", "v" * 80), ("s" * 80, "v" * 80), ("a@b/c d'e", "1/2'3"), ("Läden", "ü"), ("", "")],
)
def test_a_name_fits_and_keeps_the_revision_whole(database: str, service: str, version: str) -> None:
    revision = "0123456789abcdef0123456789abcdef"
    name = application_name(service=service, version=version, revision=revision)
    assert len(name.encode()) <= 63
    if service:
        with (
            psycopg.connect(database, application_name=name),
            connect(Environment(database), application_name="safemigrate:test") as looking,
        ):
            assert [session.revision for session in connected(looking)] == [revision]
    assert ask(database, "SELECT 1") == 1


def test_long_names_of_two_services_stay_apart() -> None:
    names = {application_name(service="s" * 60 + end, version="1", revision="r" * 32) for end in "ab"}
    assert len(names) == 2
