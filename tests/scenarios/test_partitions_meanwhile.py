"""Partitions that come between the phases of a change of type: made by a job of the user's, or attached."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from scenario import read_page
from sqlalchemy.exc import IntegrityError
from stage import project, run_alembic, split

(SCENARIO,) = read_page(
    """## A key and a number get more room
```toml
kind = 26
outcome = ""
old = ["days", "id", "day", "hits"]
```
```sql given
CREATE TABLE days (id integer, day integer, hits integer, PRIMARY KEY (id, day)) PARTITION BY LIST (day);
CREATE TABLE days_1 PARTITION OF days FOR VALUES IN (1);
CREATE INDEX days_hits ON days (hits);
INSERT INTO days SELECT n, 1, n FROM generate_series(1, 20) AS n;
```
```python upgrade
op.alter_column("days", "id", existing_type=sa.Integer(), type_=sa.BigInteger())
op.alter_column("days", "hits", existing_type=sa.Integer(), type_=sa.BigInteger())
```
""",
    where="here",
)
MADE = "CREATE TABLE days_2 PARTITION OF days FOR VALUES IN (2)"
ROWS = "INSERT INTO days SELECT n, {day}, n FROM generate_series(1, 20) AS n"
#: it has the columns and checks of the others, and rows that no trigger has seen
BESIDE = (
    "CREATE TABLE days_3 (LIKE days INCLUDING ALL)",
    "INSERT INTO days_3 (id, day, hits) SELECT n, 3, n FROM generate_series(1, 20) AS n",
)
ATTACHED = "ALTER TABLE days ATTACH PARTITION days_3 FOR VALUES IN (3)"

Chain = Callable[..., None]


@pytest.fixture
def chain(tmp_path: Path, database: str) -> Chain:
    """Upgrades or downgrades the split change, in a database that is before it."""
    folder = project(tmp_path, SCENARIO)
    split(folder, SCENARIO)

    def run(target: str, direction: str = "upgrade") -> None:
        run_alembic(folder, database, direction, target, allow=True)

    run("r1")
    return run


def test_a_partition_made_meanwhile_ends_like_the_others(chain: Chain, database: str) -> None:
    chain("r2")
    _send(database, MADE, ROWS.format(day=2))
    chain("r2_migrate")
    _send(database, "CREATE TABLE days_4 PARTITION OF days FOR VALUES IN (4)", ROWS.format(day=4))
    chain("head")
    assert _asked(
        database,
        "SELECT DISTINCT attrelid::regclass::text, atttypid::regtype::text FROM pg_attribute "
        "WHERE attname IN ('id', 'hits') AND attrelid::regclass::text LIKE 'days%' AND attnum > 0 "
        "AND attrelid IN (SELECT oid FROM pg_class WHERE relkind IN ('r', 'p')) ORDER BY 1",
    ) == [(table, "bigint") for table in ("days", "days_1", "days_2", "days_4")]
    assert _asked(
        database,
        "SELECT count(*) FROM pg_index WHERE indrelid::regclass::text LIKE 'days%' AND indisvalid AND indisready",
    ) == [(8,)]
    assert _asked(database, "SELECT count(*), count(*) FILTER (WHERE id = hits) FROM days") == [(60, 60)]


def test_what_is_attached_without_the_new_column_is_refused(chain: Chain, database: str) -> None:
    _send(database, *BESIDE)
    chain("r2")
    with pytest.raises(psycopg.errors.DatatypeMismatch, match='missing column "id_new"'):
        _send(database, ATTACHED)


def test_rows_attached_before_migrate_are_filled(chain: Chain, database: str) -> None:
    chain("r2")
    _send(database, *BESIDE, ATTACHED)
    chain("head")
    assert _asked(database, "SELECT count(*) FROM days_3 WHERE id = hits") == [(20,)]


def test_rows_attached_behind_migrate_keep_contract_from_running(chain: Chain, database: str) -> None:
    chain("r2_migrate")
    _send(database, *BESIDE, ATTACHED)
    with pytest.raises(IntegrityError, match="days_3"):
        chain("head")
    # the backfill once more
    chain("r2", "downgrade")
    chain("head")
    assert _asked(database, "SELECT count(*) FROM days_3 WHERE id = hits") == [(20,)]


def _send(database: str, *statements: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _asked(database: str, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(question.encode()).fetchall()
