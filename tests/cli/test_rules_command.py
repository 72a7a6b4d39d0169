"""``safemigrate rules test``: a user's own rules are asked what ours are asked, and what is wrong is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from alembic_project import AlembicProject

PAGE = """\
+++
on = "operation"
operation = "AddColumn"
hazards = ["advice"]
where = { table = "audit_*" }
+++
# audit-column

Columns of audit tables are agreed with the auditors.

## Examples

### A column

```sql given
CREATE TABLE audit_log (id bigint PRIMARY KEY);
```
```sql migration
-- finding: advice
ALTER TABLE audit_log ADD COLUMN who text;
```
"""


@pytest.fixture
def house(tmp_path: Path) -> AlembicProject:
    project = AlembicProject(tmp_path)
    project.write("house/audit_column.md", PAGE)
    return project


def test_what_agrees_is_told_question_by_question(house: AlembicProject) -> None:
    answer = house.run("rules", "test", "house")
    assert (answer.code, answer.stderr) == (0, "")
    assert answer.stdout == (
        "audit-column\n  A column  findings ✓ split ✓ phases – database ✓ locks ✓\n\n"
        "1 of 1 rule in house agree (1 example)\n"
    )


@pytest.mark.parametrize(
    ("before", "after", "question", "complaint"),
    [
        ("-- finding: advice\n", "", "findings", "marked nothing, found audit-column: advice"),
        ("ADD COLUMN who text", "ADD COLUMN id text", "database", "PostgreSQL refuses the migration"),
        ("CREATE TABLE audit_log", "CREATE TABEL audit_log", "database", "syntax error"),
        ("```sql migration", "```sql expand\nSELECT 1;\n```\n```sql migration", "split", "the split differs"),
    ],
)
def test_each_disagreement_is_told_below_its_example(
    house: AlembicProject, before: str, after: str, question: str, complaint: str
) -> None:
    house.write("house/audit_column.md", PAGE.replace(before, after))
    answer = house.run("rules", "test", "house")
    assert answer.code == 1, answer
    assert f"{question} ✗" in answer.stdout
    assert complaint in answer.stdout
    assert "0 of 1 rule in house agree" in answer.stdout


def test_a_page_that_shows_nothing_is_not_taken_for_tried(house: AlembicProject) -> None:
    house.write("house/audit_column.md", PAGE.partition("## Examples")[0])
    answer = house.run("rules", "test", "house")
    assert (answer.code, "no example, so nothing was tried" in answer.stdout) == (1, True)
    house.write(
        "house/audit_column.md",
        PAGE.replace('["advice"]', '["advice", "fails"]').replace('where = { table = "audit_*" }\n', ""),
    )
    house.write(
        "house/audit_column.py",
        "from safemigrate import Hazard, Hit\n\n\ndef check(site):\n    yield Hit(frozenset({Hazard.ADVICE}))\n",
    )
    answer = house.run("rules", "test", "house")
    assert (answer.code, "lists fails, which no example shows" in answer.stdout) == (1, True)


def test_code_that_raises_is_told_by_its_line(house: AlembicProject) -> None:
    house.write("house/audit_column.md", PAGE.replace('where = { table = "audit_*" }\n', ""))
    house.write("house/audit_column.py", "def check(site):\n    return site.nonsense\n")
    answer = house.run("rules", "test", "house")
    assert (answer.code, "audit_column.py:2: the code of the rule raised" in answer.stdout) == (1, True)
    house.write("change.sql", "ALTER TABLE a ADD COLUMN b int;")
    lint = house.run("lint", "--sql", "change.sql", "--rules", "house")
    assert (lint.code, "audit_column.py:2: the code of the rule raised" in lint.stderr) == (2, True)


def test_one_rule_may_be_chosen_and_the_answers_come_as_json(house: AlembicProject) -> None:
    house.write("house/other_column.md", PAGE.replace("audit-column", "other-column").replace("audit_*", "no_*"))
    document = json.loads(house.run("rules", "test", "house", "--rule", "audit-column", "--format", "json").stdout)
    (rule,) = document["rules"]
    assert (rule["rule"], rule["agrees"], rule["examples"][0]["questions"]["locks"]) == ("audit-column", True, [])


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("nowhere",), "nowhere"),
        (("empty",), "There is no page of a rule here"),
        (("house", "--rule", "nope"), 'There is no rule "nope" in house'),
    ],
)
def test_what_is_not_there_is_told(house: AlembicProject, arguments: tuple[str, ...], complaint: str) -> None:
    (house.root / "empty").mkdir()
    answer = house.run("rules", "test", *arguments)
    assert (answer.code, answer.stdout, complaint in answer.stderr) == (2, "", True)
