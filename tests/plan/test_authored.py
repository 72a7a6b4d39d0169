"""What an author wrote, once its changes are put off: blocks are cut, loops unrolled, and comments stay."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from projects import alembic, project, split, succeed

from safemigrate.errors import SplitRefused
from safemigrate.plan.style import Style
from safemigrate.schema.catalog import differences, snapshot

TABLES = """
op.execute("CREATE TABLE users (id bigint PRIMARY KEY, full_name text, email text, fax text NOT NULL, age integer)")
op.execute("CREATE TABLE posts (id bigint PRIMARY KEY, body text, fax text)")
"""


def rewritten(folder: Path, body: str) -> str:
    """The body of upgrade() that splitting *body* leaves, without indentation."""
    parted = project(folder, TABLES, textwrap.dedent(body))
    split(parted, "r1")
    text = (parted / "migrations" / "versions" / "r2.py").read_text()
    compile(text, "r2.py", "exec")
    return textwrap.dedent(text.partition("def upgrade() -> None:\n")[2].partition("\n\n\ndef downgrade")[0])


def same_end(tmp_path: Path, make_database: Callable[..., str], body: str) -> str:
    """The same, proven: both ways end in the same schema."""
    after = rewritten(tmp_path / "split", body)
    project(tmp_path / "authored", TABLES, textwrap.dedent(body))
    found = []
    for name in ("authored", "split"):
        database = make_database()
        succeed(alembic(tmp_path / name, database, "upgrade", "head"))
        with psycopg.connect(database) as connection:
            found.append(snapshot(connection, ignoring=["alembic_version"]))
    assert differences(*found) == ()
    return after


def test_a_batch_is_cut_around_its_changes(tmp_path: Path, make_database: Callable[..., str]) -> None:
    found = same_end(
        tmp_path,
        make_database,
        """
        # contact is by mail
        with op.batch_alter_table("users", schema=None) as batch_op:  # one table
            # born in spring
            batch_op.add_column(sa.Column("born", sa.Date()))
            batch_op.add_column(sa.Column("height", sa.Integer()))  # in cm

            # nobody has one
            batch_op.drop_column("fax")  # since 2020
            batch_op.alter_column("age", comment="in years")
            # and that is all
        """,
    )
    assert found == textwrap.dedent(
        """\
        # contact is by mail
        with op.batch_alter_table("users", schema=None) as batch_op:  # one table
            # born in spring
            batch_op.add_column(sa.Column("born", sa.Date()), if_not_exists=True)
            batch_op.add_column(sa.Column("height", sa.Integer()), if_not_exists=True)  # in cm
        # commits, so that the next statements hold their locks for themselves only
        with op.get_context().autocommit_block():
            pass

        # nobody has one
        # since 2020
        op.alter_column("users", "fax", nullable=True)
        with op.batch_alter_table("users", schema=None) as batch_op:  # one table
            batch_op.alter_column("age", comment="in years")
            # and that is all"""
    )


def test_blocks_within_blocks_are_cut(tmp_path: Path, make_database: Callable[..., str]) -> None:
    found = same_end(
        tmp_path,
        make_database,
        """
        with op.get_context().autocommit_block():
            with op.batch_alter_table("users") as users:
                users.add_column(sa.Column("born", sa.Date()))
                users.drop_column("fax")
            op.execute("CREATE INDEX CONCURRENTLY ix_age ON users (age)")
        """,
    )
    assert found == textwrap.dedent(
        """\
        with op.get_context().autocommit_block():
            with op.batch_alter_table("users") as users:
                users.add_column(sa.Column("born", sa.Date()), if_not_exists=True)
        op.alter_column("users", "fax", nullable=True)
        with op.get_context().autocommit_block():
            op.execute("CREATE INDEX CONCURRENTLY ix_age ON users (age)")"""
    )


def test_one_call_of_several_operations_is_written_out(tmp_path: Path, make_database: Callable[..., str]) -> None:
    found = same_end(
        tmp_path,
        make_database,
        """
        # one name is enough
        op.alter_column("users", "full_name", new_column_name="name", server_default="nobody")
        op.execute("ALTER TABLE posts ADD COLUMN likes integer, DROP COLUMN fax, ALTER COLUMN body SET DEFAULT ''")
        """,
    )
    assert "new_column_name" not in found
    assert "DROP COLUMN" not in found
    assert found.startswith("# one name is enough\n")
    assert 'op.alter_column("users", "full_name", server_default=' in found
    # each step may run again from its start
    assert 'op.add_column("posts", sa.Column("likes", sa.Integer(), nullable=True), if_not_exists=True)' in found


def test_a_loop_over_written_values_is_unrolled(tmp_path: Path, make_database: Callable[..., str]) -> None:
    found = same_end(
        tmp_path,
        make_database,
        """
        # both tables
        for table, column in [("users", "born"), ("posts", "day")]:
            # dates first
            op.add_column(table, sa.Column(column, sa.Date()))
            op.drop_column(table, "fax")
        op.execute("COMMENT ON TABLE users IS 'people'")
        """,
    )
    assert found == textwrap.dedent(
        """\
        # both tables
        table = "users"
        column = "born"
        # dates first
        op.add_column(table, sa.Column(column, sa.Date()), if_not_exists=True)
        # commits, so that the next statements hold their locks for themselves only
        with op.get_context().autocommit_block():
            pass
        op.alter_column("users", "fax", nullable=True)
        table = "posts"
        column = "day"
        # dates first
        op.add_column(table, sa.Column(column, sa.Date()))
        op.execute("COMMENT ON TABLE users IS 'people'")"""
    )


def test_a_loop_of_changes_alone_leaves_their_steps(tmp_path: Path, make_database: Callable[..., str]) -> None:
    found = same_end(
        tmp_path, make_database, 'for column in ("fax", "email"):\n    op.drop_column("users", column)\n'
    )
    assert found == 'op.alter_column("users", "fax", nullable=True)'


def test_what_stays_keeps_its_text_whatever_is_in_it(tmp_path: Path, make_database: Callable[..., str]) -> None:
    body = (
        "for table in ['users', 'posts']:\n"
        '    op.execute(f"""COMMENT ON TABLE {table} IS \'two\n'
        "lines and\n"
        '        three\'""")\n'
        '    op.drop_column(table, "fax")\n'
        "op.create_table(\n"
        '    "tags",\n'
        "\n"
        '    sa.Column("id", sa.BigInteger(), primary_key=True),  # the key\n'
        ")\n"
    )
    found = same_end(tmp_path, make_database, body)
    assert found.count("IS 'two\nlines and\n        three'") == 2
    assert '"tags",\n\n    sa.Column("id", sa.BigInteger(), primary_key=True),  # the key\n)' in found


def test_comments_and_blank_lines_between_statements_stay(tmp_path: Path) -> None:
    found = rewritten(
        tmp_path,
        """
        # ### commands auto generated by Alembic - please adjust! ###

        # first

        op.add_column("users", sa.Column("born", sa.Date()))  # beside

        # nobody has one

        op.drop_column(
            "users",
            # the number
            "fax",
        )
        # ### end Alembic commands ###
        """,
    )
    assert found == textwrap.dedent(
        """\
        # ### commands auto generated by Alembic - please adjust! ###

        # first

        op.add_column("users", sa.Column("born", sa.Date()), if_not_exists=True)  # beside
        # commits, so that the next statements hold their locks for themselves only
        with op.get_context().autocommit_block():
            pass

        # nobody has one

        # the number
        op.alter_column("users", "fax", nullable=True)
        # ### end Alembic commands ###"""
    )


@pytest.mark.parametrize("end", ["", "# the end"])
def test_the_blank_lines_around_a_statement_go_with_it(tmp_path: Path, end: str) -> None:
    found = rewritten(
        tmp_path,
        f"""
        op.add_column("users", sa.Column("born", sa.Date()))

        op.drop_column("posts", "fax")

        op.drop_column("posts", "body")

        {end}
        """,
    )
    kept = 'op.add_column("users", sa.Column("born", sa.Date()))'
    assert found == (f"{kept}\n\n{end}" if end else kept)


INDEXED = 'op.create_index("users_email", "users", ["email"])'


@pytest.mark.parametrize(
    "question",
    [
        'if "users_email" in {each["name"] for each in sa.inspect(op.get_bind()).get_indexes("users")}:\n    return',
        'bind = op.get_bind()\nif bind.dialect.name == "x" or sa.inspect(bind).has_table("x"):\n    return',
        'if op.get_bind().dialect.name[0] == "p":\n    if sa.inspect(op.get_bind()).has_table("x"):\n        return',
        "try:\n    op.get_bind()\nexcept ValueError:\n    return",
    ],
)
def test_a_return_that_an_interrupted_attempt_would_answer_is_refused(tmp_path: Path, question: str) -> None:
    with pytest.raises(SplitRefused, match=r"upgrade\(\) returns here by what it finds") as refused:
        rewritten(tmp_path, f"{question}\n{INDEXED}\n")
    path = tmp_path / "migrations" / "versions" / "r2.py"
    (line,) = [i for i, text in enumerate(path.read_text().split("\n"), start=1) if text.strip() == "return"]
    assert str(refused.value).startswith(f"{path}:{line}: ")


@pytest.mark.parametrize(
    "body",
    [
        f'if op.get_bind().dialect.name != "postgresql":\n    return\n{INDEXED}',
        f'dialect = op.get_bind().dialect.name\nif dialect == "x" or op.get_context().as_sql:\n    return\n{INDEXED}',
        f"def told():\n    return 1\n{INDEXED}",
        f"{INDEXED}\nreturn",
    ],
)
def test_a_return_that_no_attempt_changes_is_kept(tmp_path: Path, body: str) -> None:
    assert "postgresql_concurrently=True" in rewritten(tmp_path, body)


ADDING = [
    "INSERT INTO posts (id) VALUES (1)",
    "UPDATE posts SET body = body || '!' WHERE id = 1",
]
GUARDED = [
    "INSERT INTO posts (id) VALUES (1) ON CONFLICT DO NOTHING",
    "INSERT INTO posts (id) SELECT 1 WHERE NOT EXISTS (SELECT FROM posts WHERE id = 1)",
    "CREATE TABLE tags (id bigint); INSERT INTO tags VALUES (1)",
]


@pytest.mark.parametrize("sql", ADDING)
def test_what_would_add_twice_does_not_stand_before_a_commit(tmp_path: Path, sql: str) -> None:
    with pytest.raises(SplitRefused, match="it would do its work a second time"):
        rewritten(tmp_path, f"op.execute({sql!r})\n{INDEXED}\n")


@pytest.mark.parametrize("sql", GUARDED)
def test_what_adds_once_may_stand_before_a_commit(tmp_path: Path, sql: str) -> None:
    assert "INSERT" in rewritten(tmp_path, f"op.execute({sql!r})\n{INDEXED}\n")


def test_what_adds_may_stand_behind_the_last_commit(tmp_path: Path) -> None:
    found = rewritten(tmp_path, f"{INDEXED}\nop.execute({ADDING[0]!r})\n")
    assert found.index("create_index") < found.index(ADDING[0])


def test_a_function_before_a_commit_may_be_there(tmp_path: Path) -> None:
    create = "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'"
    before = rewritten(tmp_path / "before", f'op.execute("{create}")\n{INDEXED}\n')
    behind = rewritten(tmp_path / "behind", f'{INDEXED}\nop.execute("{create}")\n')
    assert f'op.execute("{create.replace("CREATE", "CREATE OR REPLACE")}")' in before
    assert f'op.execute("{create}")' in behind


def test_a_downgrade_that_is_ours_bears_no_mark_of_autogenerate(tmp_path: Path) -> None:
    opening = "    # ### commands auto generated by Alembic - please adjust! ###\n"
    body = opening + "    {}\n\n    # ### end Alembic commands ###\n"
    parted = project(tmp_path, TABLES, "pass")
    path = parted / "migrations" / "versions" / "r2.py"
    head = path.read_text().partition("def upgrade")[0]
    add, drop = 'op.drop_column("users", "fax")', 'op.add_column("users", sa.Column("fax", sa.Text()))'
    path.write_text(f"{head}def upgrade():\n{body.format(add)}\n\ndef downgrade():\n{body.format(drop)}")
    split(parted, "r1")
    upgrade, _, downgrade = path.read_text().partition("def downgrade")
    assert [upgrade.count(word) for word in ("auto generated", "end Alembic")] == [1, 1]
    assert "###" not in downgrade
    compile(path.read_text(), "r2.py", "exec")


def test_two_spaces_are_as_good_as_four(tmp_path: Path) -> None:
    parted = project(tmp_path, TABLES, "pass")
    path = parted / "migrations" / "versions" / "r2.py"
    head = path.read_text().partition("def upgrade")[0]
    body = '  with op.batch_alter_table("users") as users:\n    users.add_column(sa.Column("born", sa.Date()))\n'
    path.write_text(f'{head}def upgrade():\n  """Drop."""\n{body}    users.drop_column("fax")\n')
    split(parted, "r1")
    text = path.read_text()
    compile(text, "r2.py", "exec")
    assert body.replace("sa.Date()))", "sa.Date()), if_not_exists=True)") in text
    assert '\n  op.alter_column("users", "fax", nullable=True)\n' in text


REFUSED = {
    "a condition in a batch": """
        with op.batch_alter_table("users") as users:
            users.add_column(sa.Column("born", sa.Date()))
            if sa:
                users.drop_column("fax")
        """,
    "a loop that is left": """
        for column in ["fax", "email"]:
            op.drop_column("users", column)
            if column == "fax":
                break
        """,
    "a loop whose name is read behind it": """
        for column in ["email", "fax"]:
            op.drop_column("users", column)
        op.execute(f"COMMENT ON TABLE users IS 'without {column}'")
        """,
    "a loop whose rounds differ": """
        for table in ["users", "posts"]:
            op.drop_column(table, "fax")
            if table == "users":
                op.drop_column(table, "age")
        """,
    "a loop over what is computed": """
        for column in [c for c in ("fax", "email")]:
            op.drop_column("users", column)
        """,
    "an error that may pass": """
        import contextlib

        with contextlib.suppress(Exception):
            op.drop_column("users", "fax")
        """,
    "a helper": """
        def drop(column):
            op.drop_column("users", column)

        drop("fax")
        """,
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_what_python_decides_is_refused_at_its_line(tmp_path: Path, body: str) -> None:
    with pytest.raises(SplitRefused, match=r"r2\.py:\d+: the change stands in a statement that decides"):
        rewritten(tmp_path, body)


def test_values_beside_the_sql_cannot_be_written_out(tmp_path: Path) -> None:
    body = """
    op.get_bind().execute(
        sa.text("ALTER TABLE users DROP COLUMN fax; UPDATE users SET age = :age WHERE id = 1"), {"age": 1}
    )
    """
    with pytest.raises(SplitRefused):
        rewritten(tmp_path, body)


MENDED = """
# ### commands auto generated by Alembic - please adjust! ###
# nobody is nameless
op.execute("UPDATE users SET full_name = 'nobody' WHERE full_name IS NULL")

# so the form asks for it
op.alter_column("users", "full_name", nullable=False)
# ### end Alembic commands ###
"""


@pytest.mark.parametrize("style", Style)
def test_comments_go_where_their_statement_goes(tmp_path: Path, style: Style) -> None:
    folder = project(tmp_path, TABLES, MENDED)
    expand, migrate, contract = (file.text for file in split(folder, "r1", style))
    marks = ("# ### commands auto generated", "# ### end Alembic")
    assert all(mark in expand for mark in marks)
    assert "# nobody is nameless" in expand
    assert "# nobody is nameless" not in migrate + contract
    assert "# so the form asks for it" not in expand + migrate
    assert contract.index("guard") < contract.index("# so the form asks for it") < contract.index("def downgrade")


def test_a_backfill_keeps_what_its_author_said_of_it(tmp_path: Path) -> None:
    added = 'op.add_column("users", sa.Column("born", sa.Date()))'
    folder = project(tmp_path, TABLES, f'{added}\n# a guess\nop.execute("UPDATE users SET born = now() - age * 365")')
    expand, migrate = (file.text for file in split(folder, "r1"))
    assert "# a guess" not in expand
    assert "# a guess\n    with op.get_context()" in migrate
