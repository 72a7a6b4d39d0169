"""Modules that are not installed here: reading goes on, and says what it does not know."""

from __future__ import annotations

from collections.abc import Callable

from alembic_projects import Project

from safemigrate.history import Reading

Upgrade = Callable[[str], Reading]


def test_a_missing_column_type_is_guessed_and_named(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        from shop.types import GUID, Money

        def upgrade():
            op.add_column("a", sa.Column("id", GUID()))
            op.add_column("a", sa.Column("price", Money(precision=2), nullable=False))
            op.drop_column("a", "c")
        """)

    assert [(s.sql, s.certain, s.stand_ins) for s in reading.statements] == [
        ("ALTER TABLE a ADD COLUMN id UUID", False, ("shop.types.GUID",)),
        ("ALTER TABLE a ADD COLUMN price TEXT NOT NULL", False, ("shop.types.Money",)),
        ("ALTER TABLE a DROP COLUMN c", True, ()),
    ]
    assert reading.obstacles == ()


def test_a_missing_name_in_a_text_is_seen(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        from shop.settings import TABLE, LENGTH

        def upgrade():
            op.execute(f"DROP TABLE {TABLE}")
            op.add_column("a", sa.Column("b", sa.String(LENGTH)))
        """)

    assert [(s.certain, s.stand_ins) for s in reading.statements] == [
        (False, ("shop.settings.TABLE",)),
        (False, ("shop.settings.LENGTH",)),
    ]
    assert reading.statements[1].sql == "ALTER TABLE a ADD COLUMN b VARCHAR(250)"


def test_work_left_to_a_missing_function_is_an_obstacle(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        from shop.helpers import add_columns, guarded, log

        def upgrade():
            add_columns("a")
            with guarded(op):
                op.execute("DROP TABLE b")
            log.info("done")
        """)

    assert [obstacle.line for obstacle in reading.obstacles] == [8, 9]
    assert "it leaves work to shop.helpers.add_columns" in reading.obstacles[0].reason


def test_a_course_that_hangs_on_a_missing_value_is_an_obstacle(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        from shop.settings import FEATURE

        def upgrade():
            if FEATURE:
                op.execute("DROP TABLE a")
        """)

    assert [obstacle.line for obstacle in reading.obstacles] == [8]
    assert [statement.certain for statement in reading.statements] == [False]


def test_an_expected_import_error_is_raised(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        try:
            import no_such_module
        except ImportError:
            no_such_module = None

        def upgrade():
            if no_such_module is None:
                op.execute("DROP TABLE a")
        """)

    assert [statement.certain for statement in reading.statements] == [True]


def test_modules_of_the_project_are_genuine(project: Project) -> None:
    project.file("shop/__init__.py", "")
    project.file("shop/types.py", "import sqlalchemy as sa\nclass Money(sa.Numeric):\n    cache_ok = True\n")
    project.add("a", "from shop.types import Money\ndef upgrade(): op.add_column('t', sa.Column('c', Money(9, 2)))\n")

    (statement,) = project.read("a").statements

    assert (statement.sql, statement.certain) == ("ALTER TABLE t ADD COLUMN c NUMERIC(9, 2)", True)


def test_a_package_that_raises_still_gives_its_modules_and_literals(project: Project) -> None:
    project.file("shop/__init__.py", "import no_such_framework\nLENGTH = 40\n")
    project.file("shop/types.py", "import sqlalchemy as sa\nName = sa.String\n")
    project.add(
        "a",
        "from shop import LENGTH\nfrom shop.types import Name\n"
        "def upgrade(): op.add_column('t', sa.Column('c', Name(LENGTH)))\n",
    )

    (statement,) = project.read("a").statements

    assert (statement.sql, statement.certain) == ("ALTER TABLE t ADD COLUMN c VARCHAR(40)", True)


def test_a_missing_base_class_and_decorator_do_no_harm(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        from shop.models import Base, retried, Colour

        class Thing(Base):
            pass

        @retried
        def work():
            op.execute("DROP TABLE a")

        def upgrade():
            isinstance(1, Base)
            work()
        """)

    assert [statement.sql for statement in reading.statements] == ["DROP TABLE a"]
    assert reading.obstacles == ()


def test_a_module_that_raises_is_an_obstacle(upgrade: Upgrade) -> None:
    (obstacle,) = upgrade("def upgrade(): pass\nraise RuntimeError('not here')\n").obstacles

    assert (obstacle.line, obstacle.reason) == (6, "its import raised RuntimeError: not here")
