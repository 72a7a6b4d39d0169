"""Sizes and activity: measured on a real server, kept in a file, and what they make of findings."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import psycopg
import pytest
from click.testing import CliRunner

from safemigrate.apply.journal import Journal
from safemigrate.apply.measure import measure
from safemigrate.cli.lint import command as lint
from safemigrate.cli.stats import command as stats
from safemigrate.errors import ConfigurationError, DatabaseUnreachable
from safemigrate.report.explained import schema_path
from safemigrate.schema import Name, Work
from safemigrate.schema.statistics import Limits, Statistics, TableStatistics, number_words, size_words, time_words
from safemigrate.schema.statistics_json import read_statistics

SCHEMA = "CREATE TABLE users (id bigint PRIMARY KEY, name text);"
SMALL = TableStatistics(312, 48_000, 0.1, 0.0)
LARGE = TableStatistics(48_000_000, 12_000_000_000, 0.0, 0.0)
BUSY = TableStatistics(312, 48_000, 200.0, 10.0)
MIDDLE = TableStatistics(50_000, 20_000_000, 1.0, 0.0)
UNCOUNTED = TableStatistics(None, 8_000)


def filed(folder: Path, table: TableStatistics, name: str = "users") -> Path:
    """A file of statistics of one table."""
    entry = {"schema": "public", "table": name, "rows": table.rows, "bytes": table.bytes}
    entry |= {"reads_per_second": table.reads, "writes_per_second": table.writes}
    path = folder / "stats.json"
    path.write_text(json.dumps({"version": 1, "taken_at": "2026-01-01T00:00:00+00:00", "tables": [entry]}))
    return path


def linted(folder: Path, sql: str, *options: str, schema: str = SCHEMA) -> dict[str, dict[str, object]]:
    """The findings of *sql* by their rule."""
    change, before = folder / "change.sql", folder / "schema.sql"
    change.write_text(f"SET lock_timeout = '1s';\n{sql}\n")
    before.write_text(schema)
    arguments = ["--sql", str(change), "--schema", str(before), "--format", "json", "--fail-on", "never", *options]
    result = CliRunner().invoke(lint, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return {finding["rule"]: finding for finding in json.loads(result.stdout)["findings"]}


@pytest.mark.parametrize(
    ("table", "severity", "said"),
    [
        (None, "error", ""),
        (SMALL, "warning", "public.users has 312 rows (48 kB): this takes about 1 ms."),
        (MIDDLE, "error", "public.users has 50,000 rows (20 MB) and is used 1 times a second"),
        (LARGE, "error", "public.users has 48 million rows (12 GB): this takes about 2 min."),
        (BUSY, "error", "and is used 210 times a second"),
        (UNCOUNTED, "error", "public.users has rows that nobody counted"),
    ],
)
def test_size_and_activity_weigh_a_finding(
    tmp_path: Path, table: TableStatistics | None, severity: str, said: str
) -> None:
    options = ["--stats", str(filed(tmp_path, table))] if table else []
    found = linted(tmp_path, "CREATE INDEX ON users (name);", *options)["create-index"]
    assert found["severity"] == severity
    assert said in str(found["message"])


def test_what_breaks_the_old_version_breaks_it_on_a_small_table_too(tmp_path: Path) -> None:
    options = ["--stats", str(filed(tmp_path, SMALL))]
    assert linted(tmp_path, "ALTER TABLE users DROP COLUMN name;", *options)["drop-column"]["severity"] == "error"


def test_a_table_that_was_not_measured_keeps_its_severity(tmp_path: Path) -> None:
    options = ["--stats", str(filed(tmp_path, SMALL, name="others"))]
    found = linted(tmp_path, "CREATE INDEX ON users (name);", *options)["create-index"]
    assert found["severity"] == "error"
    assert "rows" not in str(found["message"])


def test_one_large_table_of_two_decides(tmp_path: Path) -> None:
    statistics = Statistics({Name("a", "public"): SMALL, Name("b", "public"): LARGE})
    both = (Name("a", "public"), Name("b", "public"))
    assert not statistics.all_small(both)
    assert statistics.any_heavy(both)
    assert statistics.all_small(both[:1])
    assert not statistics.all_small(())


def test_the_limits_are_the_projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFEMIGRATE_SMALL_ROWS", "100")
    options = ["--stats", str(filed(tmp_path, SMALL))]
    assert linted(tmp_path, "CREATE INDEX ON users (name);", *options)["create-index"]["severity"] == "error"


def test_a_server_is_measured_without_waiting_for_its_tables(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE many (id bigint PRIMARY KEY, note text)")
        connection.execute("INSERT INTO many SELECT g, repeat('x', 100) FROM generate_series(1, 5000) AS g")
        connection.execute("CREATE TABLE fresh (id bigint)")
        connection.execute("CREATE TABLE events (day date) PARTITION BY RANGE (day)")
        connection.execute("CREATE TABLE e26 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')")
        connection.execute("INSERT INTO events SELECT '2026-02-02' FROM generate_series(1, 50)")
        connection.execute("ANALYZE")
        found = measure(database)
        many = found.of(Name("many", "public"))
        assert many is not None
        assert many.rows == 5000
        assert 500_000 < many.bytes < 3_000_000
        # counters that ran for a moment count as if they had for a minute
        assert many.writes is not None
        assert many.writes <= 5000 / 60
        events, partition = found.of(Name("events", "public")), found.of(Name("e26", "public"))
        assert events is not None
        assert partition is not None
        assert (events.rows, events.bytes) == (partition.rows, partition.bytes) == (50, partition.bytes)
        Journal(connection, "kept").create()
        connection.execute("CREATE TABLE step (id bigint)")
        tables = measure(database).tables
        assert {Name("step", "public")} == {name for name in tables if name.name in ("run", "step", "backfill")}
        with connection.transaction():
            connection.execute("LOCK TABLE many IN ACCESS EXCLUSIVE MODE")
            remembered = measure(database).of(Name("many", "public"))
        assert remembered is not None
        assert remembered.rows == 5000
        assert 500_000 < remembered.bytes < 3_000_000


def test_what_stats_writes_lint_reads_and_the_schema_promises(database: str, tmp_path: Path) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SCHEMA)
        connection.execute("INSERT INTO users SELECT g, 'x' FROM generate_series(1, 10) AS g")
        connection.execute("ANALYZE users")
        # as a replica would
        connection.execute(f'ALTER DATABASE "{connection.info.dbname}" SET default_transaction_read_only = on')
    written = CliRunner().invoke(stats, ["--database-url", database], catch_exceptions=False)
    assert written.exit_code == 0
    document = json.loads(written.stdout)
    jsonschema.validate(document, json.loads((schema_path().parent / "stats.json").read_text()))
    path = tmp_path / "stats.json"
    path.write_text(written.stdout)
    by_file = linted(tmp_path, "CREATE INDEX ON users (name);", "--stats", str(path))
    by_url = linted(tmp_path, "CREATE INDEX ON users (name);", "--database-url", database)
    assert by_file["create-index"]["severity"] == by_url["create-index"]["severity"] == "warning"
    assert "public.users has" in str(by_url["create-index"]["message"])


def test_a_password_is_in_no_message(tmp_path: Path) -> None:
    url = "postgresql://me:s3cr3t-word@127.0.0.1:1/shop"
    with pytest.raises(DatabaseUnreachable) as caught:
        measure(url)
    assert "s3cr3t-word" not in str(caught.value)


def test_both_sources_are_too_many(tmp_path: Path) -> None:
    options = ["--stats", str(filed(tmp_path, SMALL)), "--database-url", "postgresql:///x"]
    result = CliRunner().invoke(lint, ["--sql", str(filed(tmp_path, SMALL)), *options])
    assert result.exit_code == 2
    assert "Give one" in result.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "This is not JSON"),
        ("[]", 'no statistics of "version": 1'),
        ('{"version": 2, "tables": []}', 'no statistics of "version": 1'),
        ('{"version": 1}', '"tables" is no list'),
        ('{"version": 1, "tables": [3]}', "tables[0]"),
        ('{"version": 1, "tables": [{"schema": "a", "table": 1}]}', "must be names"),
        ('{"version": 1, "tables": [{"schema": "a", "table": "b"}]}', '"bytes" is missing'),
        ('{"version": 1, "tables": [{"schema": "a", "table": "b", "bytes": -1}]}', '"bytes" is -1'),
        ('{"version": 1, "tables": [{"schema": "a", "table": "b", "bytes": 1, "rows": true}]}', '"rows" is True'),
        ('{"version": 1, "tables": [{"schema": "a", "table": "b", "bytes": NaN}]}', '"bytes" is nan'),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_statistics(text, where="stats.json")
    assert said in str(caught.value)
    assert "stats.json" in str(caught.value)


def test_words() -> None:
    assert [number_words(n) for n in (1, 999, 48_000, 1_200_000, 3_000_000_000)] == [
        "1",
        "999",
        "48,000",
        "1.2 million",
        "3 billion",
    ]
    assert [size_words(n) for n in (12, 48_000, 12_000_000_000)] == ["12 bytes", "48 kB", "12 GB"]
    assert [time_words(s) for s in (0.0001, 0.25, 12, 600, 10_000)] == ["1 ms", "250 ms", "12 s", "10 min", "3 h"]
    assert LARGE.seconds(Work.REWRITE) > LARGE.seconds(Work.INDEX_BUILD) > LARGE.seconds(Work.SCAN)
    assert Statistics(limits=Limits(small_rows=5)).of(Name("x", "public")) is None
