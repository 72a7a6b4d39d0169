"""Each statement of a revision, with its line, its transaction and what is known of it."""

from __future__ import annotations

from collections.abc import Callable

from safemigrate.history import Direction, Reading

Upgrade = Callable[[str], Reading]


def lines(reading: Reading) -> list[tuple[int, str]]:
    return [(statement.line, " ".join(statement.sql.split())) for statement in reading.run(Direction.UPGRADE)]


def test_an_operation_stands_on_the_line_that_calls_it(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        def upgrade():
            op.add_column("users", sa.Column("nickname", sa.String(50)))
            op.drop_index(
                "ix_users",
                table_name="users",
            )
            op.execute("UPDATE users SET nickname = ''")
        """)

    assert lines(reading) == [
        (6, "ALTER TABLE users ADD COLUMN nickname VARCHAR(50)"),
        (7, "DROP INDEX ix_users"),
        (11, "UPDATE users SET nickname = ''"),
    ]
    assert reading.obstacles == ()


def test_batch_operations_keep_their_own_lines(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        def upgrade():
            with op.batch_alter_table("users") as batch:
                batch.add_column(sa.Column("a", sa.Integer()))

                batch.alter_column("b", new_column_name="c")
                batch.drop_constraint("uq", type_="unique")
        """)

    assert lines(reading) == [
        (7, "ALTER TABLE users ADD COLUMN a INTEGER"),
        (9, "ALTER TABLE users RENAME b TO c"),
        (10, "ALTER TABLE users DROP CONSTRAINT uq"),
    ]


def test_a_helper_of_the_file_is_where_its_statement_stands(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        def helper(table):
            op.execute(f"TRUNCATE {table}")

        def upgrade():
            helper("a")
            helper("b")
        """)

    assert lines(reading) == [(6, "TRUNCATE a"), (6, "TRUNCATE b")]


def test_a_session_and_a_raw_cursor_are_read_too(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        from sqlalchemy.orm import Session

        def upgrade():
            with Session(bind=op.get_bind()) as session:
                session.execute(sa.text("DELETE FROM a"))
            op.get_bind().connection.cursor().execute("DELETE FROM b WHERE c LIKE '5%%'")
            op.get_bind().exec_driver_sql("DELETE FROM d WHERE e LIKE '5%%'")
        """)

    assert lines(reading) == [
        (9, "DELETE FROM a"),
        (10, "DELETE FROM b WHERE c LIKE '5%'"),
        (11, "DELETE FROM d WHERE e LIKE '5%'"),
    ]


def test_a_percent_sign_reaches_postgres_once(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        def upgrade():
            op.execute("UPDATE a SET b = 'x' WHERE c LIKE '50%'")
            op.create_check_constraint("ck", "a", "b LIKE '5%'")
        """)

    assert [text for _, text in lines(reading)] == [
        "UPDATE a SET b = 'x' WHERE c LIKE '50%'",
        "ALTER TABLE a ADD CONSTRAINT ck CHECK (b LIKE '5%')",
    ]


USERS = """\
        import os
        users = sa.table("users", *(sa.column(c) for c in ("id", "name", "paid", "age", "fax")))
"""


def test_values_that_the_author_wrote_stand_in_the_text(upgrade: Upgrade) -> None:
    reading = upgrade(
        USERS
        + """\
        def upgrade():
            op.execute(users.update().values(name="O'Brien", paid=True, age=-1, fax=None))
            run = op.get_bind().execute
            run(sa.text("UPDATE users SET name = :n WHERE fax = ':$1' AND age < :a"), {"n": "c", "a": 5})
        """
    )

    assert [text for _, text in lines(reading)] == [
        "UPDATE users SET name='O''Brien', paid=true, age=-1, fax=NULL",
        "UPDATE users SET name = 'c' WHERE fax = ':$1' AND age < 5",
    ]


def test_other_values_stay_beside_the_text(upgrade: Upgrade) -> None:
    reading = upgrade(
        USERS
        + """\
        def upgrade():
            op.bulk_insert(users, [{"name": "a"}, {"name": "b"}])
            op.execute(users.update().values(name=os.getcwd()))
            op.execute(users.update().values(name="a" + os.sep))
            op.execute(users.update().values(age=1).where(users.c.id == len("a")))
            op.execute(users.update().values(paid=True).where(users.c.id == 1))
        """
    )

    assert [(s.sql, s.parameters) for s in reading.statements] == [
        ("INSERT INTO users (name) VALUES ($1)", True),
        ("UPDATE users SET name=$1", True),
        ("UPDATE users SET name=$1", True),
        ("UPDATE users SET age=1 WHERE users.id = 1", False),
        ("UPDATE users SET paid=true WHERE users.id = 1", False),
    ]


def test_a_value_may_be_the_answer_of_a_query_once_there_was_one(upgrade: Upgrade) -> None:
    reading = upgrade(
        USERS
        + """\
        def upgrade():
            op.execute(users.update().values(age=0))
            oldest = op.get_bind().scalar(sa.select(sa.func.max(users.c.age))) or 0
            op.execute(users.update().values(age=oldest))
        """
    )

    assert [s.sql for s in reading.statements if s.sql.startswith("UPDATE")] == [
        "UPDATE users SET age=0",
        "UPDATE users SET age=$1",
    ]


def test_transactions_are_numbered_and_autocommit_has_none(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        def upgrade():
            op.execute("CREATE TABLE a (b int)")
            op.execute("CREATE TABLE c (d int)")
            with op.get_context().autocommit_block():
                op.create_index("ix", "a", ["b"], postgresql_concurrently=True)
            op.execute("DROP TABLE c")
            op.execute("COMMIT")
            op.execute("DROP TABLE a")
        """)

    assert [s.transaction for s in reading.statements] == [0, 0, None, 1, 1, 2]


def test_both_directions_are_read_apart(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        def upgrade():
            op.execute("CREATE TABLE a (b int)")

        def downgrade():
            op.execute("DROP TABLE a")
        """)

    assert [s.sql for s in reading.run(Direction.UPGRADE)] == ["CREATE TABLE a (b int)"]
    assert [s.sql for s in reading.run(Direction.DOWNGRADE)] == ["DROP TABLE a"]


def test_a_downgrade_that_refuses_is_an_obstacle_of_that_direction_only(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        def upgrade():
            pass

        def downgrade():
            raise NotImplementedError("one way")
        """)

    (obstacle,) = reading.obstacles
    assert (obstacle.line, obstacle.direction) == (9, Direction.DOWNGRADE)
    assert obstacle.reason == "downgrade() is not implemented: one way"


def test_an_exception_keeps_what_ran_before_it(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        def upgrade():
            op.execute("DROP TABLE a")
            {}["missing"]
            op.execute("DROP TABLE b")
        """)

    assert lines(reading) == [(6, "DROP TABLE a")]
    (obstacle,) = reading.obstacles
    assert (obstacle.line, obstacle.reason) == (7, "upgrade() raised KeyError: 'missing'")


def test_an_operation_without_its_plugin_is_named(upgrade: Upgrade) -> None:
    (obstacle,) = upgrade("""\
        def upgrade():
            op.create_entity("view")
        """).obstacles

    assert obstacle.line == 6
    assert "op.create_entity is no operation known here" in obstacle.reason


def test_a_custom_operation_of_the_project_runs(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        from alembic.operations import MigrateOperation, Operations

        @Operations.register_operation("freeze")
        class Freeze(MigrateOperation):
            def __init__(self, table):
                self.table = table

            @classmethod
            def freeze(cls, operations, table):
                return operations.invoke(cls(table))

        @Operations.implementation_for(Freeze)
        def freeze(operations, operation):
            operations.execute(f"VACUUM FREEZE {operation.table}")

        def upgrade():
            Operations(op.get_context()).freeze("a")
        """)

    assert lines(reading) == [(18, "VACUUM FREEZE a")]


def test_the_arguments_of_upgrade_are_given(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        def upgrade(engine_name):
            globals()["upgrade_" + engine_name]()

        def upgrade_users():
            op.execute("DROP TABLE a")

        def upgrade_orders():
            op.execute("DROP TABLE b")
        """)

    assert lines(reading) == [(9, "DROP TABLE a"), (12, "DROP TABLE b")]


def test_a_rendered_prefix_and_the_context_are_there(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        def upgrade():
            assert not context.is_offline_mode()
            assert context.get_x_argument(as_dictionary=True) == {}
            assert context.config.get_main_option("script_location")
            assert op.get_bind().dialect.name == "postgresql"
            assert op.get_context().dialect.name == "postgresql"
            op.drop_constraint(op.f("uq_a"), "a")
        """)

    assert lines(reading) == [(11, "ALTER TABLE a DROP CONSTRAINT uq_a")]


def test_prints_do_not_disturb(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        import os, sys

        def upgrade():
            print('{"id": "a1"}', flush=True)
            os.write(1, b"{\\n")
            sys.stderr.write("loud")
            op.execute("DROP TABLE a")
        """)

    assert lines(reading) == [(11, "DROP TABLE a")]
    assert reading.obstacles == ()


def test_a_script_is_cut_and_keeps_its_lines(upgrade: Upgrade) -> None:
    reading = upgrade('''\
        SCRIPT = "DROP TABLE x; DROP TABLE y"

        def upgrade():
            op.execute(
                """
                UPDATE a SET b = ';';
                -- and then
                DELETE FROM c;
                """
            )
            op.execute(sa.text("DROP TABLE d; DROP TABLE e;"))
            op.execute(SCRIPT)
        ''')

    assert lines(reading) == [
        (10, "UPDATE a SET b = ';'"),
        (12, "DELETE FROM c"),
        (15, "DROP TABLE d"),
        (15, "DROP TABLE e"),
        (16, "DROP TABLE x"),
        (16, "DROP TABLE y"),
    ]
