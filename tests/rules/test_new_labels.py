"""A label that the old version does not know: what SQLAlchemy does that reads it, and what is said of its writers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from safemigrate.lint.baseline import baseline
from safemigrate.lint.script import Script
from safemigrate.plan.release import draft
from safemigrate.rulebook import Run, judge, load_rules, replay

TYPE = "CREATE TYPE mood AS ENUM ('happy', 'sad')"
TABLE = "CREATE TABLE users (id bigint PRIMARY KEY, feeling mood DEFAULT 'sad')"
GIVEN = f"{TYPE}; {TABLE}"
ADDS = "ALTER TYPE mood ADD VALUE 'calm'"
WRITERS = (
    "UPDATE users SET feeling = 'calm' WHERE id = 1",
    "INSERT INTO users (id, feeling) VALUES (5, 'calm')",
    "INSERT INTO users VALUES (5, 'calm')",
    "ALTER TABLE users ALTER COLUMN feeling SET DEFAULT 'calm'",
)
# nothing of the old version reads these: another label, another column, a query
OTHERS = (
    "UPDATE users SET feeling = 'happy' WHERE id = 1",
    "UPDATE users SET id = 7 WHERE feeling = 'calm'",
    "ALTER TABLE users ADD COLUMN new mood DEFAULT 'calm'",
    "CREATE TABLE moods (feeling mood); INSERT INTO moods VALUES ('calm')",
)
RULES = [rule for rule in load_rules() if rule.name in ("add-enum-value", "write-new-label")]


@pytest.mark.parametrize("native", [True, False], ids=["enum type", "text"])
@pytest.mark.parametrize("sql", WRITERS)
def test_sqlalchemy_of_the_old_version_does_not_read_the_label(database: str, native: bool, sql: str) -> None:
    mood = sa.Enum("happy", "sad", name="mood", native_enum=native)
    users = sa.Table("users", sa.MetaData(), sa.Column("id", sa.BigInteger()), sa.Column("feeling", mood))
    given = (GIVEN, ADDS) if native else (TABLE.replace("mood", "text"),)
    url = database.replace("postgresql://", "postgresql+psycopg://")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in ("DROP TABLE IF EXISTS users", "DROP TYPE IF EXISTS mood", *given):
            connection.exec_driver_sql(statement)
        connection.execute(users.insert(), [{"id": 1, "feeling": "sad"}])
        connection.exec_driver_sql(sql)
        connection.execute(users.insert(), [{"id": 9}])
        with pytest.raises(LookupError):
            connection.execute(users.select()).all()
    engine.dispose()


def _runs(*scripts: str) -> tuple[Run, ...]:
    """The scripts as revisions of one release."""
    read = [Script(Path(f"{n}.sql"), sql, True).reading() for n, sql in enumerate(scripts)]
    readings = [replace(each, revision=replace(each.revision, id=str(n))) for n, each in enumerate(read)]
    return tuple(replay(readings, baseline(GIVEN)))


def _told(*scripts: str) -> set[tuple[str, str, bool]]:
    return {(f.rule, hazard.value, f.certain) for f in judge(RULES, _runs(*scripts)) for hazard in f.hazards}


@pytest.mark.parametrize("sql", WRITERS)
def test_what_writes_the_label_breaks_the_old_version(sql: str) -> None:
    assert {("add-enum-value", "breaks-old", True)} == _told(f"{ADDS}; {sql}")
    assert {("add-enum-value", "surprises-old", True), ("write-new-label", "breaks-old", False)} == _told(ADDS, sql)


@pytest.mark.parametrize("sql", OTHERS)
def test_what_the_old_version_does_not_read_is_not_told(sql: str) -> None:
    assert {("add-enum-value", "surprises-old", True)} == _told(f"{ADDS}; {sql}")
    assert {("add-enum-value", "surprises-old", True)} == _told(ADDS, sql)


def test_what_writes_the_label_waits_for_contract() -> None:
    release = draft(RULES, _runs(ADDS, WRITERS[0])).checked()
    (parted,) = release.split.values()
    (change,) = parted.changes
    assert [WRITERS[0]] == [op.sql() for step in change.split.contract for op in step]
    assert change.split.expand == ()
