"""Revisions that read data: what the loops send, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable

from safemigrate.history import Reading

Upgrade = Callable[[str], Reading]


def sent(reading: Reading) -> list[tuple[str, bool]]:
    return [(" ".join(statement.sql.split()), statement.certain) for statement in reading.statements]


def test_the_body_of_a_loop_over_rows_is_found(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        def upgrade():
            bind = op.get_bind()
            for row in bind.execute(sa.text("SELECT id, name FROM users")):
                bind.execute(sa.text("UPDATE users SET name = :n WHERE id = :i"), {"n": row.name, "i": row.id})
            op.drop_column("users", "nick")
        """)

    assert sent(reading) == [
        ("SELECT id, name FROM users", True),
        ("UPDATE users SET name = $1 WHERE id = $2", False),
        ("ALTER TABLE users DROP COLUMN nick", True),
    ]
    assert reading.obstacles == ()


def test_a_loop_in_batches_ends(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        def upgrade():
            offset = 0
            while rows := op.get_bind().execute(sa.text(f"SELECT id FROM a LIMIT 10 OFFSET {offset}")).fetchall():
                op.execute("DELETE FROM a")
                offset += 10
            while op.get_bind().execute(sa.text("DELETE FROM b WHERE id IN (SELECT id FROM b LIMIT 9)")).rowcount:
                pass
        """)

    assert reading.obstacles == ()
    assert ("DELETE FROM a", False) in sent(reading)


def test_a_count_is_a_number_and_an_insert_returns_its_row(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        t = sa.table("t", sa.column("id", sa.Integer))

        def upgrade():
            bind = op.get_bind()
            assert bind.scalar(sa.text("SELECT count(*) FROM a")) >= 0
            assert bind.scalar(sa.select(sa.func.count()).select_from(t)) >= 0
            assert bind.execute(sa.text("INSERT INTO a (b) VALUES (1) RETURNING id")).scalar_one() == 1
            assert bind.scalar(sa.text("SHOW server_version_num")) == "150000"
            assert bind.scalar(sa.text("SELECT version()")).startswith("PostgreSQL")
            op.execute("DROP TABLE a")
        """)

    assert reading.obstacles == ()
    assert sent(reading)[-1] == ("DROP TABLE a", True)


def test_what_hangs_on_an_empty_answer_is_not_certain(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        def upgrade():
            if not op.get_bind().execute(sa.text("SELECT 1 FROM a")).first():
                op.execute("DROP TABLE a")
            op.execute("DROP TABLE b")
        """)

    assert sent(reading)[1:] == [("DROP TABLE a", False), ("DROP TABLE b", True)]


def test_only_what_stops_both_passes_is_an_obstacle(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        def upgrade():
            bind = op.get_bind()
            bind.execute(sa.text("SELECT id FROM a")).one()
            for row in bind.execute(sa.text("SELECT id, broken FROM b")):
                row.broken.no_such_attribute
        """)
    both = upgrade("""\
        def upgrade():
            op.get_bind().execute(sa.text("SELECT id FROM a"))
            raise ValueError("always")
        """)

    (obstacle,) = reading.obstacles
    assert obstacle.line == 9
    assert [obstacle.line for obstacle in both.obstacles] == [7]


def test_orm_objects_are_written(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        from sqlalchemy.orm import DeclarativeBase, Session, Mapped, mapped_column

        class Base(DeclarativeBase):
            pass

        class User(Base):
            __tablename__ = "users"
            id: Mapped[int] = mapped_column(primary_key=True)
            name: Mapped[str]

        def upgrade():
            session = Session(bind=op.get_bind())
            for user in session.query(User):
                user.name = "new"
            session.add(User(name="a"))
            session.commit()
        """)

    texts = [text for text, _ in sent(reading)]
    assert reading.obstacles == ()
    assert any(text.startswith("UPDATE users SET name=") for text in texts)
    assert any(text.startswith("INSERT INTO users (name)") for text in texts)


def test_commits_of_a_loop_begin_new_transactions(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        def upgrade():
            op.execute("CREATE TABLE z (a int)")
            with op.get_context().autocommit_block():
                op.execute("DELETE FROM a")
            op.execute("DROP TABLE z")
            for row in op.get_bind().execute(sa.text("SELECT id FROM b")):
                op.execute("DELETE FROM b")
            op.execute("DROP TABLE b")
        """)

    assert [(s.sql.split()[0], s.transaction) for s in reading.statements] == [
        ("CREATE", 0),
        ("DELETE", None),
        ("DROP", 1),
        ("SELECT", 1),
        ("DELETE", 1),
        ("DROP", 1),
    ]
