"""Passwords never leave: whatever the text, redact() takes them out and leaves the rest."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from safemigrate.redact import redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://ada:s3cret@db:5432/shop", "postgresql://ada:***@db:5432/shop"),
        ("postgresql+psycopg://ada:s3@cret@db/shop", "postgresql+psycopg://ada:***@db/shop"),
        ("postgresql://ada:s3/cr?et#1@db/shop", "postgresql://ada:***@db/shop"),
        ("postgresql://:s3cret@db/shop", "postgresql://:***@db/shop"),
        ("postgresql://db/shop?user=ada&password=s3cret&x=1", "postgresql://db/shop?user=ada&password=***&x=1"),
        ("…?sslpassword=s3cret&passfile=/home/ada/s3cret", "…?sslpassword=***&passfile=***"),
        ("host=db password=s3cret dbname=shop", "host=db password=*** dbname=shop"),
        ("host=db password = 's3 c\\'ret' dbname=shop", "host=db password = *** dbname=shop"),
        ("PGPASSWORD=s3cret psql", "PGPASSWORD=*** psql"),
        ("CREATE ROLE ada LOGIN PASSWORD 's3''cret'", "CREATE ROLE ada LOGIN PASSWORD '***'"),
        ("ALTER ROLE bob WITH ENCRYPTED PASSWORD $x$hunter2$x$", "ALTER ROLE bob WITH ENCRYPTED PASSWORD '***'"),
        ("ALTER ROLE bob PASSWORD $$hunter2$$ LOGIN", "ALTER ROLE bob PASSWORD '***' LOGIN"),
        ("DO 'BEGIN ALTER ROLE b PASSWORD ''hunter2''; END'", "DO 'BEGIN ALTER ROLE b PASSWORD ''***''; END'"),
        ("PASSWORD ''hun''''ter2''; END'", "PASSWORD ''***''; END'"),
        ("OPTIONS (user 'bob', password 'hunter2')", "OPTIONS (user 'bob', password '***')"),
        ("ALTER ROLE bob PASSWORD '' LOGIN", "ALTER ROLE bob PASSWORD '***' LOGIN"),
        ("ALTER ROLE bob PASSWORD '''hunter2'''", "ALTER ROLE bob PASSWORD '***'"),
    ],
)
def test_a_password_is_hidden_and_the_rest_is_not(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://ada@db:5432/shop",
        "migrations/versions/0007.py:14: see https://example.org:8080/a",
        "ALTER TABLE users ADD COLUMN password_hash text NOT NULL",
        "ALTER TABLE users DROP COLUMN password",
        "12:30@noon",
    ],
)
def test_what_holds_no_password_stays(text: str) -> None:
    assert redact(text) == text


@given(st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S")), min_size=4, max_size=20))
@example("a@b@c@d")
@example("////")
@example("%40%3A")
def test_no_password_of_a_url_survives(password: str) -> None:
    secret = f"x{password}x"
    assert secret not in redact(f"cannot reach postgresql://ada:{secret}@db:5432/shop, try again")


def test_what_libpq_takes_for_a_host_may_hold_a_password() -> None:
    assert (
        redact("failed to resolve host 's3cret@127.0.0.1': unknown")
        == "failed to resolve host '***@127.0.0.1': unknown"
    )
