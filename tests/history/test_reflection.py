"""Revisions that look at the live schema see what the revisions before them made."""

from __future__ import annotations

import pytest
from alembic_projects import Project

from safemigrate.history import Direction, Doubt, read_revisions

MADE = """\
def upgrade():
    op.create_table(
        "parent",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("code", sa.String(20), nullable=False, unique=True),
    )
    op.create_table(
        "child",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("parent_id", sa.Integer(), sa.ForeignKey("parent.id", name="fk_parent", ondelete="CASCADE")),
        sa.Column("price", sa.Numeric(9, 2), server_default="0"),
        sa.Column("made_at", sa.DateTime(timezone=True)),
        sa.Column("colour", sa.Enum("red", "blue", name="colour")),
        sa.CheckConstraint("price > 0", name="ck_price"),
    )
    op.create_index("ix_child_made_at", "child", ["made_at"])
"""

LOOK = """\
def upgrade():
    inspector = sa.inspect(op.get_bind())
"""


@pytest.fixture
def made(project: Project) -> Project:
    project.add("a", MADE)
    return project


def asserts(project: Project, *conditions: str) -> None:
    """Each condition holds in a revision that comes after; an obstacle would say which does not."""
    body = LOOK + "".join(f"    assert {condition}, {condition!r}\n" for condition in conditions)
    project.add("b", body, down="a")
    assert project.read("b").obstacles == ()


def test_tables_and_columns(made: Project) -> None:
    asserts(
        made,
        "inspector.has_table('child')",
        "not inspector.has_table('other')",
        "sorted(inspector.get_table_names()) == ['child', 'parent']",
        "[c['name'] for c in inspector.get_columns('parent')] == ['id', 'code']",
        "[c['nullable'] for c in inspector.get_columns('parent')] == [False, False]",
        "isinstance(inspector.get_columns('parent')[1]['type'], sa.String)",
        "inspector.get_columns('parent')[1]['type'].length == 20",
        "inspector.get_columns('child')[2]['type'].scale == 2",
        "inspector.get_columns('child')[3]['type'].timezone",
        "inspector.get_columns('child')[4]['type'].enums == ['red', 'blue']",
        "inspector.get_columns('child')[0]['identity']",
    )


def test_keys_indexes_and_checks(made: Project) -> None:
    asserts(
        made,
        "inspector.get_pk_constraint('child')['constrained_columns'] == ['id']",
        "inspector.get_pk_constraint('child')['name'] == 'child_pkey'",
        "[k['name'] for k in inspector.get_foreign_keys('child')] == ['fk_parent']",
        "inspector.get_foreign_keys('child')[0]['referred_table'] == 'parent'",
        "inspector.get_foreign_keys('child')[0]['options'] == {'ondelete': 'CASCADE'}",
        "[u['name'] for u in inspector.get_unique_constraints('parent')] == ['parent_code_key']",
        "[i['name'] for i in inspector.get_indexes('child')] == ['ix_child_made_at']",
        "inspector.get_indexes('parent')[0]['duplicates_constraint'] == 'parent_code_key'",
        "[c['name'] for c in inspector.get_check_constraints('child')] == ['ck_price']",
        "inspector.get_enums()[0]['labels'] == ['red', 'blue']",
    )


def test_a_table_is_reflected_whole(made: Project) -> None:
    body = """\
def upgrade():
    child = sa.Table("child", sa.MetaData(), autoload_with=op.get_bind())
    assert child.c.price.type.precision == 9
    assert [key.target_fullname for key in child.foreign_keys] == ["parent.id"]
    op.execute(child.update().values(price=1))
"""
    made.add("b", body, down="a")

    reading = made.read("b")

    assert reading.obstacles == ()
    assert [statement.sql for statement in reading.statements] == ["UPDATE child SET price=$1"]


GUARDED = """\
def upgrade():
    op.execute("DROP INDEX ix_child_made_at")
    if {look}:
        op.add_column("child", sa.Column("nick", sa.Text()))
"""


def looked(made: Project, look: str, down: str = "a") -> list[frozenset[Doubt]]:
    """The doubts of a statement before a look at the schema, and of one behind it."""
    made.add("z", GUARDED.format(look=look), down=down)
    return [s.doubts for s in made.read("z").run(Direction.UPGRADE)]


@pytest.mark.parametrize(
    "look",
    [
        "'nick' not in [c['name'] for c in sa.inspect(op.get_bind()).get_columns('child')]",
        "sa.inspect(op.get_bind()).has_table('child')",
        "not sa.inspect(op.get_bind()).has_table('never')",
        "'child' in sa.inspect(op.get_bind()).get_table_names()",
        "sa.inspect(op.get_bind()).get_foreign_keys('child')",
    ],
)
def test_what_runs_after_a_look_at_what_the_history_made_is_certain(made: Project, look: str) -> None:
    assert looked(made, look) == [frozenset(), frozenset()]


@pytest.mark.parametrize(
    ("earlier", "look"),
    [
        # a table that the history never made: there were some before it, and nobody knows which
        ("op.add_column('old', sa.Column('a', sa.Text()))", "not sa.inspect(op.get_bind()).has_table('never')"),
        ("op.add_column('old', sa.Column('a', sa.Text()))", "sa.inspect(op.get_bind()).get_columns('old')"),
        # what it copies is not listed
        ("op.execute('CREATE TABLE copy AS SELECT 1 AS a')", "sa.inspect(op.get_bind()).has_table('copy')"),
        # anything may have happened
        (
            "op.execute(\"DO $$ BEGIN EXECUTE 'DROP TABLE ' || 'child'; END $$\")",
            "sa.inspect(op.get_bind()).has_table('child')",
        ),
        ("raise KeyError('x')", "sa.inspect(op.get_bind()).has_table('child')"),
        # it runs for each of the rows that nobody knows
        (
            "[op.add_column('child', sa.Column(f'c{row[0]}', sa.Text()))"
            " for row in op.get_bind().execute(sa.text('SELECT id FROM parent'))]",
            "sa.inspect(op.get_bind()).get_columns('child')",
        ),
        # the catalogue itself answers
        ("pass", "not op.get_bind().execute(sa.text('SELECT 1 FROM pg_class')).fetchall()"),
    ],
)
def test_what_runs_after_a_look_at_what_nobody_knows_is_doubtful(made: Project, earlier: str, look: str) -> None:
    made.add("b", f"def upgrade():\n    {earlier}\n", down="a")

    assert looked(made, look, down="b")[-1] >= {Doubt.INSPECTION}


def test_an_uncertain_statement_leaves_other_tables_certain(made: Project) -> None:
    loop = "for row in op.get_bind().execute(sa.text('SELECT id FROM parent')):"
    made.add("b", f"def upgrade():\n    {loop}\n        op.drop_column('parent', 'made_at')\n", down="a")

    assert looked(made, "sa.inspect(op.get_bind()).get_columns('child')", down="b") == [frozenset(), frozenset()]


def test_a_revision_sees_its_own_statements_and_its_downgrade_starts_after_it(made: Project) -> None:
    body = """\
def columns():
    return [c["name"] for c in sa.inspect(op.get_bind()).get_columns("parent")]

def upgrade():
    op.add_column("parent", sa.Column("nick", sa.Text()))
    assert "nick" in columns()

def downgrade():
    assert "nick" in columns()
    op.drop_column("parent", "nick")
    assert "nick" not in columns()
"""
    made.add("b", body, down="a")

    assert made.read("b").obstacles == ()


def test_checkfirst_casts_no_doubt(made: Project) -> None:
    body = """\
def upgrade():
    kind = sa.dialects.postgresql.ENUM("a", "b", name="kind")
    kind.create(op.get_bind(), checkfirst=True)
    sa.dialects.postgresql.ENUM("red", name="colour").create(op.get_bind(), checkfirst=True)
    op.drop_table("child")
"""
    made.add("b", "import sqlalchemy.dialects.postgresql\n" + body, down="a")

    statements = made.read("b").statements

    assert [s.sql for s in statements] == ["CREATE TYPE kind AS ENUM ('a', 'b')", "DROP TABLE child"]
    assert all(s.certain for s in statements)


def test_a_query_on_the_catalogue_casts_doubt(made: Project) -> None:
    body = """\
def upgrade():
    op.get_bind().execute(sa.text("SELECT 1 FROM information_schema.columns")).first()
    op.drop_table("child")
"""
    made.add("b", body, down="a")

    assert made.read("b").statements[-1].doubts == {Doubt.INSPECTION}


def test_both_sides_of_a_merge_are_seen(made: Project) -> None:
    made.add("l", "def upgrade(): op.create_table('l', sa.Column('id', sa.Integer()))\n", down="a")
    made.add("r", "def upgrade(): op.create_table('r', sa.Column('id', sa.Integer()))\n", down="a")
    text = 'revision = "m"\ndown_revision = ("l", "r")\nfrom alembic import op\nimport sqlalchemy as sa\n'
    made.raw(
        "m", text + "def upgrade(): assert {'l', 'r', 'child'} <= set(sa.inspect(op.get_bind()).get_table_names())\n"
    )

    assert made.read("m").obstacles == ()
    assert all(not reading.obstacles for reading in read_revisions(made.load()).values())


def test_a_batch_that_recreates_its_table_stands_on_its_lines(made: Project) -> None:
    body = """\
def upgrade():
    with op.batch_alter_table("parent", recreate="always") as batch:
        batch.alter_column("code", nullable=True)
"""
    made.add("b", body, down="a")

    reading = made.read("b")

    assert reading.obstacles == ()
    assert {statement.line for statement in reading.statements} == {6}
    assert [" ".join(s.sql.split()[:3]) for s in reading.statements][-4:] == [
        "CREATE TABLE _alembic_tmp_parent",
        "INSERT INTO _alembic_tmp_parent",
        "DROP TABLE parent",
        "ALTER TABLE _alembic_tmp_parent",
    ]


def test_an_unknown_table_is_missing(made: Project) -> None:
    made.add("b", LOOK + "    inspector.get_columns('nowhere')\n", down="a")

    (obstacle,) = made.read("b").obstacles

    assert (obstacle.line, obstacle.reason) == (7, "upgrade() raised NoSuchTableError: nowhere")


def test_a_branch_that_the_live_schema_silenced_is_an_obstacle(made: Project) -> None:
    body = """\
def upgrade():
    columns = [c["name"] for c in sa.inspect(op.get_bind()).get_columns("child")]
    if "price" not in columns:
        op.add_column("child", sa.Column("price", sa.Numeric()))
    if "price" in columns:
        op.drop_column("child", "price")
    else:
        op.drop_table("child")
    if op.get_bind().dialect.name == "mysql":
        op.drop_table("parent")
"""
    made.add("a2", "def upgrade(): op.execute('DO $$ BEGIN EXECUTE \\'DROP \\' || \\'x\\'; END $$')\n", down="a")
    made.add("b", body, down="a2")

    reading = made.read("b")

    assert [statement.line for statement in reading.statements] == [10]
    (obstacle,) = reading.obstacles
    assert (obstacle.line, obstacle.reason.partition(";")[0]) == (7, "whether this runs hangs on the live schema")
