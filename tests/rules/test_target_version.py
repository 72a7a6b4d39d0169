"""What the pages cannot show, since they are judged for every version: rules that ask for the target's."""

from __future__ import annotations

import pytest

from safemigrate import lint_sql

USERS = "CREATE TABLE users (id bigint PRIMARY KEY, email text);"
VISITS = (
    "CREATE TABLE teams (id bigint PRIMARY KEY); CREATE TABLE visits (team_id bigint) PARTITION BY LIST (team_id);"
)
FOREIGN_KEY = "ALTER TABLE visits ADD FOREIGN KEY (team_id) REFERENCES teams NOT VALID"


def said(sql: str, schema: str, postgres: int | None, *, autocommit: bool = False) -> set[str]:
    found = lint_sql(sql, schema_sql=schema, postgres=postgres, autocommit=autocommit)
    return {f"{f.rule}: {hazard}" for f in found for hazard in f.hazards}


@pytest.mark.parametrize(("postgres", "warned"), [(14, True), (15, False), (18, False), (None, False)])
def test_an_index_built_concurrently_may_be_corrupt_on_early_14(postgres: int | None, warned: bool) -> None:
    found = said("CREATE INDEX CONCURRENTLY i ON users (email)", USERS, postgres, autocommit=True)
    assert ("create-index: advice" in found) is warned
    found = said("REINDEX INDEX CONCURRENTLY users_pkey", USERS, postgres, autocommit=True)
    assert ("create-index: advice" in found) is warned


@pytest.mark.parametrize(("postgres", "fails"), [(14, True), (17, True), (18, False), (None, True)])
def test_a_partitioned_table_takes_a_foreign_key_that_is_not_valid_from_18_on(
    postgres: int | None, fails: bool
) -> None:
    assert ("add-foreign-key: fails" in said(FOREIGN_KEY, VISITS, postgres)) is fails
