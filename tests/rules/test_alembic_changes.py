"""Changes as people write them with Alembic's operations, on two databases, with their verdicts.

They were written before the rules' answers were looked at.
"""

from __future__ import annotations

from dataclasses import replace

import clinic_cases
import clinic_operations
import depot_cases
import depot_operations
import project_cases
import pytest
from verdict_cases import Case

from safemigrate.history import Dump, Reading, load, read_revisions
from safemigrate.lint.baseline import baseline
from safemigrate.rulebook import Finding, Policy, Severity, judge, load_rules, replay

SAFE = (
    'op.add_column("tasks", sa.Column("kind", sa.String(30)))',
    'op.add_column("tasks", sa.Column("kind", sa.String(30), nullable=False, server_default="bug"))',
    'op.add_column("tasks", sa.Column("seen", sa.Boolean(), server_default=sa.false(), nullable=False))',
    'op.add_column("tasks", sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.func.now()))',
    'op.add_column("tasks", sa.Column("tags", sa.ARRAY(sa.Text()), server_default="{}", nullable=False))',
    'op.add_column("entries", sa.Column("ip", sa.Text()), schema="audit")',
    'op.create_table("notes", sa.Column("id", sa.BigInteger(), primary_key=True), sa.Column("task_id",'
    ' sa.BigInteger(), sa.ForeignKey("tasks.id"), nullable=False, index=True))',
    'op.create_table("notes", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("a", sa.Text()));'
    ' op.create_index("ix_notes_a", "notes", ["a"]); op.create_unique_constraint("uq_notes", "notes", ["a"])',
    'op.create_table("notes", sa.Column("id", sa.Uuid(), primary_key=True), sa.Column("mood", sa.Enum("a", "b",'
    ' name="note_mood")))',
    'op.alter_column("members", "role", type_=sa.String(60), existing_type=sa.String(20))',
    'op.alter_column("tasks", "body", nullable=True, existing_type=sa.Text())',
    'op.alter_column("tasks", "body", comment="what it is about", existing_type=sa.Text())',
    "op.execute(\"COMMENT ON TABLE tasks IS 'work'\")",
    'op.bulk_insert(sa.table("tags", sa.column("label", sa.Text())), [{"label": "a"}, {"label": "b"}])',
    'op.execute(sa.text("UPDATE tags SET colour = :c WHERE label = :l").bindparams(c="red", l="bug"))',
    'op.get_bind().execute(sa.text("DELETE FROM tags WHERE label = :l"), {"l": "old"})',
    'with op.get_context().autocommit_block():\n        op.create_index("ix_due", "tasks", ["due"],'
    " postgresql_concurrently=True)",
    'with op.get_context().autocommit_block():\n        op.drop_index("tasks_state_idx", "tasks",'
    " postgresql_concurrently=True, if_exists=True)",
    'op.execute("ALTER TABLE tasks VALIDATE CONSTRAINT tasks_due_known")',
    'with op.batch_alter_table("tasks") as batch:\n        batch.add_column(sa.Column("a", sa.Integer()))\n'
    '        batch.add_column(sa.Column("b", sa.Integer(), server_default="1"))',
    'op.create_table_comment("tasks", "work")',
    'op.execute("CREATE OR REPLACE VIEW account_names AS SELECT id, name, slug FROM accounts")',
    "pass",
)

DANGEROUS = (
    ("breaks-old", 'op.drop_column("tasks", "body")'),
    ("breaks-old", 'op.alter_column("tasks", "body", new_column_name="text")'),
    ("breaks-old", 'op.rename_table("staging_rows", "imports")'),
    ("breaks-old", 'op.drop_table("task_tags")'),
    ("breaks-old", 'op.add_column("tasks", sa.Column("kind", sa.Text(), nullable=False))'),
    ("breaks-old", 'op.alter_column("accounts", "notes", nullable=False, existing_type=sa.Text())'),
    ("breaks-old", 'op.alter_column("accounts", "tier", server_default=None, existing_type=sa.Text())'),
    ("breaks-old", 'op.drop_constraint("accounts_slug_key", "accounts", type_="unique")'),
    ("breaks-old", 'op.create_unique_constraint("one", "projects", ["title"])'),
    ("breaks-old", 'op.create_check_constraint("short", "accounts", sa.text("length(notes) < 9"))'),
    ("breaks-old", 'op.drop_index("projects_slug_live", table_name="projects")'),
    ("breaks-old", 'op.create_foreign_key("fk", "tasks", "members", ["assignee_id"], ["id"])'),
    ("breaks-old", 'with op.batch_alter_table("tags") as batch:\n        batch.drop_column("colour")'),
    ("breaks-old", 'op.drop_column("entries", "who", schema="audit")'),
    ("surprises-old", 'op.alter_column("accounts", "name", nullable=True, existing_type=sa.String(80))'),
    ("surprises-old", "op.execute(\"ALTER TYPE task_state ADD VALUE 'blocked'\")"),
    ("blocks-writes", 'op.create_index("ix_due", "tasks", ["due"])'),
    ("blocks-writes", 'op.create_index("ix_low", "tasks", [sa.text("lower(title)")], unique=False)'),
    ("blocks-writes", 'op.create_foreign_key("fk", "tasks", "members", ["assignee_id"], ["id"])'),
    ("blocks-writes", 'op.execute(sa.update(sa.table("accounts", sa.column("notes"))).values(notes="x"))'),
    ("blocks-writes", 'op.execute("UPDATE members m SET role = a.name FROM accounts a WHERE a.id = m.account_id")'),
    ("blocks-reads", 'op.alter_column("tasks", "due", nullable=False, existing_type=sa.Date())'),
    ("blocks-reads", 'op.create_unique_constraint("one", "tasks", ["project_id", "title"])'),
    (
        "blocks-reads",
        'op.add_column("accounts", sa.Column("a", sa.Integer())); op.execute("UPDATE accounts SET a = seats")',
    ),
    ("rewrites-table", 'op.alter_column("projects", "id", type_=sa.BigInteger())'),
    (
        "rewrites-table",
        'op.add_column("tags", sa.Column("u", sa.Uuid(), server_default=sa.text("gen_random_uuid()")))',
    ),
    ("rewrites-table", 'op.alter_column("accounts", "closed_at", type_=sa.DateTime(timezone=True))'),
    ("loses-data", 'op.drop_column("tasks", "labels")'),
    ("loses-data", 'op.execute(sa.delete(sa.table("staging_rows")))'),
    ("loses-data", 'op.execute("TRUNCATE staging_rows")'),
    ("fails", 'op.create_index("ix_due", "tasks", ["due"], postgresql_concurrently=True)'),
    ("fails", 'op.create_table("tags", sa.Column("id", sa.Integer(), primary_key=True))'),
    ("fails", 'op.add_column("tags", sa.Column("label", sa.Text()))'),
    ("fails", 'op.drop_column("tasks", "title")'),
    ("fails", 'op.drop_constraint("no_such", "tags", type_="check")'),
    ("fails", 'op.alter_column("accounts", "notes", type_=sa.Integer())'),
    ("unreadable", 'op.execute("SELECT close_account(id) FROM accounts")'),
    ("unreadable", 'op.execute("CALL tidy()")'),
)

#: every change with the database that it finds
GIVEN = {
    **dict.fromkeys((*SAFE, *(body for _, body in DANGEROUS)), project_cases.GIVEN),
    **dict.fromkeys((*depot_operations.SAFE, *(body for _, body in depot_operations.DANGEROUS)), depot_cases.GIVEN),
}
_HEAD = "revision = {id!r}\ndown_revision = {down!r}\nfrom alembic import op\nimport sqlalchemy as sa\n"


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reading]:
    """What each change sends, all read at once; each is a revision behind the one before."""
    root = tmp_path_factory.mktemp("changes")
    (root / "migrations" / "versions").mkdir(parents=True)
    (root / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    for number, body in enumerate(GIVEN):
        down = f"r{number - 1}" if number else None
        text = _HEAD.format(id=f"r{number}", down=down) + f"def upgrade():\n    {body}\n"
        (root / "migrations" / "versions" / f"r{number}.py").write_text(text)
    found = read_revisions(load(root / "alembic.ini"))
    return {body: found[f"r{number}"] for number, body in enumerate(GIVEN)}


def _alarms(readings: dict[str, Reading], body: str, given: str = "") -> list[Finding]:
    rules = [rule for rule in load_rules() if not rule.page.opt_in]
    reading, before = readings[body], replace(baseline(given or GIVEN[body]), complete=True)
    run = tuple(replay([replace(reading, revision=replace(reading.revision, down=()))], before))
    found = judge(rules, run, policy=Policy(lock_timeout="managed"))
    return [finding for finding in found if finding.severity is not Severity.ADVICE]


@pytest.mark.parametrize(("hazard", "body"), [*DANGEROUS, *depot_operations.DANGEROUS])
def test_a_dangerous_revision_is_told_with_its_hazard(readings: dict[str, Reading], hazard: str, body: str) -> None:
    assert hazard in {each.value for finding in _alarms(readings, body) for each in finding.hazards}


def test_a_safe_revision_raises_no_alarm(readings: dict[str, Reading]) -> None:
    safe = (*SAFE, *depot_operations.SAFE)
    flagged = {body: [alarm.rule for alarm in alarms] for body in safe if (alarms := _alarms(readings, body))}
    assert flagged == {}


def test_every_revision_is_read_without_an_obstacle(readings: dict[str, Reading]) -> None:
    assert {body: reading.obstacles for body, reading in readings.items() if reading.obstacles} == {}


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reading]:
    """What each change of the clinic sends, each a revision of its own that finds the database of a dump."""
    root = tmp_path_factory.mktemp("clinic")
    (root / "migrations" / "versions").mkdir(parents=True)
    (root / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    cases = [*clinic_operations.SAFE, *clinic_operations.DANGEROUS]
    for number, case in enumerate(cases):
        text = f"revision = 'r{number}'\ndown_revision = None\n{clinic_operations.written(case.sql)}"
        (root / "migrations" / "versions" / f"r{number}.py").write_text(text)
    found = read_revisions(load(root / "alembic.ini"), dump=Dump(clinic_cases.GIVEN))
    return {case.sql: found[f"r{number}"] for number, case in enumerate(cases)}


@pytest.mark.parametrize("case", clinic_operations.DANGEROUS, ids=lambda case: case.title)
def test_a_dangerous_revision_of_the_clinic_is_told_with_its_hazard(clinic: dict[str, Reading], case: Case) -> None:
    told = {hazard.value for finding in _alarms(clinic, case.sql, case.given) for hazard in finding.hazards}
    assert case.hazard in told


def test_a_safe_revision_of_the_clinic_raises_no_alarm(clinic: dict[str, Reading]) -> None:
    found = {case.sql: _alarms(clinic, case.sql, case.given) for case in clinic_operations.SAFE}
    assert {body: [alarm.rule for alarm in alarms] for body, alarms in found.items() if alarms} == {}
