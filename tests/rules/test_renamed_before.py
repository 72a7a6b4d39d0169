"""A constraint that an earlier revision had made binds no version anew, whatever the revision renamed meanwhile."""

from __future__ import annotations

import pytest

from safemigrate import lint_sql
from safemigrate.rulebook import Hazard

SCHEMA = """
    CREATE TABLE teams (id bigint PRIMARY KEY);
    CREATE TABLE users (
        id bigint PRIMARY KEY, team_id bigint REFERENCES teams, email text UNIQUE, age int CHECK (age > 17)
    );
"""


def breaks(sql: str) -> list[str]:
    return [
        f.rule for f in lint_sql(sql, schema_sql=SCHEMA) if Hazard.BREAKS_OLD in f.hazards and f.rule[:3] == "add"
    ]


@pytest.mark.parametrize(
    ("rename", "add", "rule"),
    [
        ("teams RENAME TO groups", "users ADD FOREIGN KEY (team_id) REFERENCES groups", "add-foreign-key"),
        ("users RENAME COLUMN team_id TO t", "users ADD FOREIGN KEY (t) REFERENCES teams", "add-foreign-key"),
        ("users RENAME TO people", "people ADD UNIQUE (email, age)", "add-unique"),
        ("users RENAME COLUMN email TO mail", "users ADD UNIQUE (mail)", "add-unique"),
        ("users RENAME TO people", "people ADD CHECK (age > 17)", "add-check"),
    ],
)
def test_a_constraint_under_a_new_name_is_the_old_one(rename: str, add: str, rule: str) -> None:
    assert breaks(f"ALTER TABLE {rename}; ALTER TABLE {add};") == []
    stricter = add.replace("REFERENCES", "REFERENCES other, ADD FOREIGN KEY (id) REFERENCES")
    stricter = stricter.replace("(email, age)", "(age)").replace("(mail)", "(age)").replace("> 17", "> 20")
    assert rule in breaks(f"ALTER TABLE {rename}; ALTER TABLE {stricter};")
