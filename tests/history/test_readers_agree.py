"""The do-nothing driver records what a real server gets, whatever a history is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent, indent

import psycopg
import pytest
from alembic_projects import Project

from safemigrate.history import Dump, History, Reading, Revision, Statement, read_revisions
from safemigrate.history.agreement import differences
from safemigrate.history.server_reader import Witnessed, read_from_server

TABLES = """\
def upgrade():
    op.create_table(
        "parent",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("code", sa.String(20), nullable=False, unique=True),
    )
    op.create_table(
        "child",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("parent_id", sa.Integer(), sa.ForeignKey("parent.id", name="fk_parent")),
        sa.Column("colour", sa.Enum("red", "blue", name="colour")),
        sa.Column("price", sa.Numeric(9, 2), server_default="0", index=True),
        sa.Column("made_at", sa.DateTime(timezone=True), index=True),
        sa.CheckConstraint("price >= 0", name="ck_price"),
    )
    op.bulk_insert(sa.table("parent", sa.column("id", sa.Integer), sa.column("code", sa.String)),
                   [{"id": 1, "code": "a%b"}, {"id": 2, "code": "b"}])
"""

#: each becomes a history of the tables above and a revision with this body
BODIES: Mapping[str, str] = {
    "a loop over rows": """
        parent = sa.table("parent", sa.column("id", sa.Integer), sa.column("code", sa.String))
        bind = op.get_bind()
        for row in bind.execute(sa.select(parent.c.id).order_by(parent.c.id)):
            bind.execute(parent.update().where(parent.c.id == row.id).values(code="x" + str(row.id)))
        """,
    "a loop in batches until nothing is left": """
        while op.get_bind().execute(sa.text(
            "DELETE FROM child WHERE id IN (SELECT id FROM child LIMIT 10)")).rowcount:
            pass
        """,
    "values that stand in the file": """
        parent = sa.table("parent", sa.column("id", sa.Integer), sa.column("code", sa.String))
        for code in ("x", "y"):
            op.execute(parent.update().where(parent.c.id == 1).values(code=code))
        """,
    "an ORM session": """
        from sqlalchemy.orm import Session, declarative_base
        Base = declarative_base()
        class Parent(Base):
            __tablename__ = "parent"
            id = sa.Column(sa.Integer, primary_key=True)
            code = sa.Column(sa.String)
        session = Session(bind=op.get_bind())
        session.add(Parent(id=7, code="seven"))
        session.flush()
        session.execute(sa.update(Parent).values(code="same" + sa.cast(Parent.id, sa.String)))
        session.commit()
        """,
    "guards of the inspector": """
        inspector = sa.inspect(op.get_bind())
        columns = [c["name"] for c in inspector.get_columns("child")]
        if "nick" not in columns:
            op.add_column("child", sa.Column("nick", sa.Text()))
        if "price" not in columns:
            op.add_column("child", sa.Column("price", sa.Text()))
        if not inspector.has_table("child"):
            op.create_table("child", sa.Column("id", sa.Integer()))
        if "ix_child_price" in [i["name"] for i in inspector.get_indexes("child")]:
            op.drop_index("ix_child_price", "child")
        for key in inspector.get_foreign_keys("child"):
            op.drop_constraint(key["name"], "child", type_="foreignkey")
        if inspector.get_pk_constraint("parent")["constrained_columns"] == ["id"]:
            op.drop_constraint(inspector.get_pk_constraint("parent")["name"], "parent")
        for unique in inspector.get_unique_constraints("parent"):
            op.drop_constraint(unique["name"], "parent", type_="unique")
        for check in inspector.get_check_constraints("child"):
            op.drop_constraint(check["name"], "child", type_="check")
        for table in sorted(inspector.get_table_names()):
            if table != "alembic_version":
                op.execute(f"COMMENT ON TABLE {table} IS 'seen'")
        """,
    "reflected metadata": """
        metadata = sa.MetaData()
        child = sa.Table("child", metadata, autoload_with=op.get_bind())
        op.execute(child.update().values(price=sa.literal_column("1")))
        """,
    "a batch": """
        with op.batch_alter_table("child") as batch:
            batch.add_column(sa.Column("nick", sa.Text(), nullable=True))
            batch.alter_column("price", new_column_name="amount")
            batch.create_index("ix_nick", ["nick"])
            batch.drop_constraint("fk_parent", type_="foreignkey")
        """,
    "a batch that recreates its table": """
        op.drop_constraint("fk_parent", "child")
        with op.batch_alter_table("parent", recreate="always") as batch:
            batch.add_column(sa.Column("nick", sa.Text(), nullable=True))
            batch.alter_column("code", type_=sa.Text())
        """,
    "branches for offline and for other databases": """
        if context.is_offline_mode():
            op.execute("DELETE FROM child")
        elif op.get_bind().dialect.name == "postgresql":
            op.execute("UPDATE child SET price = 1 WHERE made_at::text LIKE '%x%'")
        else:
            op.execute("DELETE FROM parent")
        """,
    "a COMMIT of its own": """
        op.execute("UPDATE child SET price = 1")
        op.execute("COMMIT")
        op.execute("CREATE INDEX ix_own ON child (price, id)")
        """,
    "an autocommit block": """
        op.add_column("child", sa.Column("a", sa.Text()))
        with op.get_context().autocommit_block():
            op.create_index("ix_a", "child", ["a"], postgresql_concurrently=True, if_not_exists=True)
        op.add_column("child", sa.Column("b", sa.Text()))
        """,
    "savepoints": """
        bind = op.get_bind()
        with bind.begin_nested():
            op.add_column("child", sa.Column("a", sa.Text()))
        try:
            with bind.begin_nested():
                op.add_column("child", sa.Column("b", sa.Text()))
                raise KeyError
        except KeyError:
            op.add_column("child", sa.Column("c", sa.Text()))
        """,
    "a script": '''
        op.execute("""
            ALTER TABLE child ADD COLUMN a text DEFAULT 'x;y';
            -- a comment; with a semicolon
            UPDATE child SET a = 'z' WHERE id % 2 = 0;
            CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; SELECT 2 $$;
        """)
        ''',
    "several inserted rows": """
        parent = sa.table("parent", sa.column("id", sa.Integer), sa.column("code", sa.String))
        op.get_bind().execute(parent.insert(), [{"id": 10, "code": "x"}, {"id": 11, "code": "(y), (z)"}])
        op.get_bind().execute(parent.insert().values([{"id": 12, "code": "r"}, {"id": 13, "code": "s"}]))
        op.get_bind().execute(parent.insert().returning(parent.c.id), [{"id": 14, "code": "t"}])
        """,
    "types that are made and dropped": """
        kind = sa.Enum("a", "b", name="kind")
        kind.create(op.get_bind(), checkfirst=True)
        op.add_column("child", sa.Column("kind", kind, nullable=False, server_default="a"))
        op.alter_column("child", "kind", server_default=None)
        op.drop_column("child", "kind")
        kind.drop(op.get_bind())
        sa.Enum("red", "blue", name="colour").create(op.get_bind(), checkfirst=True)
        """,
    "metadata that makes itself": """
        metadata = sa.MetaData()
        sa.Table("child", metadata, sa.Column("id", sa.Integer))
        columns = [sa.Column("b", sa.Text, index=True), sa.Column("a", sa.Text, index=True)]
        sa.Table("other", metadata, sa.Column("id", sa.Integer, primary_key=True), *columns)
        metadata.create_all(op.get_bind())
        """,
    "a new table that is asked": """
        op.create_table("pointer", sa.Column("id", sa.Integer(), primary_key=True))
        if op.get_bind().execute(sa.text("SELECT id FROM pointer")).first() is None:
            if op.get_bind().execute(sa.text("SELECT id FROM parent")).first() is None:
                raise RuntimeError("no parent")
            op.execute("INSERT INTO pointer VALUES (1)")
        """,
    "enum values through a plugin": """
        from alembic_postgresql_enum import TableReference
        op.sync_enum_values("public", "colour", ["red", "blue", "green"],
                            [TableReference(table_schema="public", table_name="child", column_name="colour")])
        """,
    "functions and views through a plugin": """
        from alembic_utils.pg_function import PGFunction
        from alembic_utils.pg_view import PGView
        twice = PGFunction("public", "twice(i integer)", "RETURNS integer LANGUAGE sql AS $$ SELECT i * 2 $$")
        codes = PGView("public", "codes", "SELECT code FROM parent WHERE code LIKE 'a%'")
        op.create_entity(twice)
        op.create_entity(codes)
        op.replace_entity(codes)
        op.drop_entity(codes)
        """,
}


@pytest.mark.parametrize("name", BODIES)
def test_what_is_read_is_what_is_sent(project: Project, database: str, name: str) -> None:
    project.add("a", TABLES)
    project.add("b", _body(BODIES[name]), down="a")

    assert_agreement(project.load(), database, "b")


def _body(text: str) -> str:
    return "def upgrade():\n" + indent(dedent(text), "    ")


# -- histories of more than one line ---------------------------------------------------------------------------


def labelled_branches(project: Project) -> str:
    project.add("a", TABLES)
    project.add(
        "e1", "branch_labels = ('expand',)\n" + _body("op.add_column('child', sa.Column('e1', sa.Text()))"), down="a"
    )
    project.add(
        "c1",
        "branch_labels = ('contract',)\ndepends_on = ('e2',)\n" + _body("op.drop_column('child', 'e1')"),
        down="a",
    )
    project.add("e2", _body("op.add_column('child', sa.Column('e2', sa.Text()))"), down="e1")
    project.raw(
        "m",
        "revision = 'm'\ndown_revision = ('e2', 'c1')\nfrom alembic import op\n"
        "def upgrade():\n    op.execute('DROP TABLE child')\n",
    )
    return "m"


def sub_folders(project: Project) -> str:
    project.file(
        "alembic.ini",
        """\
        [alembic]
        script_location = %(here)s/migrations
        recursive_version_locations = true
        version_locations = %(here)s/migrations/versions %(here)s/more
        path_separator = space
        """,
    )
    project.add("a", TABLES)
    (project.versions / "2025" / "q1").mkdir(parents=True)
    project.add("b", _body("op.add_column('child', sa.Column('b', sa.Text()))"), down="a", name="2025/q1/b")
    project.file(
        "more/deep/c.py",
        "revision = 'c'\ndown_revision = 'b'\nfrom alembic import op\n"
        "def upgrade():\n    op.drop_column('child', 'b')\n",
    )
    return "c"


def several_databases(project: Project) -> str:
    project.file(
        "alembic.ini",
        """\
        [alembic]
        script_location = %(here)s/migrations
        databases = engine1, engine2
        """,
    )
    project.add(
        "a",
        """\
        def upgrade(engine_name):
            globals()[f"upgrade_{engine_name}"]()

        def upgrade_engine1():
            op.create_table("one", sa.Column("id", sa.Integer()))

        def upgrade_engine2():
            op.create_table("two", sa.Column("id", sa.Integer()))
        """,
    )
    return "a"


def one_transaction(project: Project) -> str:
    project.file(
        "migrations/env.py",
        """\
        from alembic import context
        from sqlalchemy import create_engine
        with create_engine("postgresql+psycopg://nobody@localhost:1/none").connect() as connection:
            context.configure(connection=connection, transaction_per_migration=False)
            with context.begin_transaction():
                context.run_migrations()
        """,
    )
    project.add("a", TABLES)
    project.add("b", _body("with op.get_context().autocommit_block():\n    op.execute('VACUUM child')\n"), down="a")
    project.add("c", _body("op.drop_table('child')"), down="b")
    return "c"


def operations_of_the_project(project: Project) -> str:
    project.file("migrations/env.py", "import shop_operations\nraise SystemExit('env.py is not run')\n")
    project.file(
        "shop_operations.py",
        """\
        from alembic.operations import MigrateOperation, Operations

        @Operations.register_operation("drop_twice")
        class DropTwice(MigrateOperation):
            def __init__(self, tables):
                self.tables = tables

            @classmethod
            def drop_twice(cls, operations, *tables):
                return operations.invoke(cls(tables))

        @Operations.implementation_for(DropTwice)
        def drop_twice(operations, operation):
            for table in operation.tables:
                operations.execute(f"DROP TABLE {table}")
        """,
    )
    project.add("a", TABLES)
    project.add("b", _body("op.drop_twice('child', 'parent')"), down="a")
    return "b"


@pytest.mark.parametrize(
    "write", [labelled_branches, sub_folders, several_databases, one_transaction, operations_of_the_project]
)
def test_whole_histories_are_read_as_they_are_sent(
    project: Project, database: str, write: Callable[[Project], str]
) -> None:
    last = write(project)

    assert_agreement(project.load(), database, last)


DUMP = """\
\\restrict 4f
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TYPE public.colour AS ENUM ('red', 'blue');
CREATE TABLE public.old (id integer NOT NULL, colour public.colour, name character varying(20) DEFAULT ''::text);
ALTER TABLE public.old OWNER TO postgres;
ALTER TABLE ONLY public.old ADD CONSTRAINT old_pkey PRIMARY KEY (id);
CREATE INDEX ix_old_name ON public.old USING btree (name);
"""


def test_a_revision_on_a_dump_sees_what_the_dump_made(project: Project, database: str) -> None:
    project.add("a", _body("op.create_table('old', sa.Column('other', sa.Text()))"))
    project.add(
        "b",
        _body("""
        inspector = sa.inspect(op.get_bind())
        if "other" in [c["name"] for c in inspector.get_columns("old")]:
            op.drop_table("old")
        if "ix_old_name" in [i["name"] for i in inspector.get_indexes("old")]:
            op.drop_index("ix_old_name")
        sa.Enum("red", "blue", name="colour").create(op.get_bind(), checkfirst=True)
        op.add_column("old", sa.Column("more", sa.Text()))
        """),
        down="a",
    )
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(DUMP.replace("\\restrict 4f\n", ""))

    read = assert_agreement(project.load(), database, "b", dump=Dump(DUMP, frozenset({"a"})))

    assert [(s.sql, s.certain) for s in read.statements] == [
        ("DROP INDEX ix_old_name", True),
        ('ALTER TABLE "old" ADD COLUMN more TEXT', True),
    ]


def assert_agreement(history: History, database: str, last: str, *, dump: Dump | None = None) -> Reading:
    """Both readers read all of the history, and say the same of each revision; gives the last one's reading."""
    read = read_revisions(history, downgrades=(), dump=dump)
    dumped = dump.revisions if dump else frozenset()
    sent = read_from_server(history, database, {}, stamped=dumped)

    judged = [revision.id for revision in history.revisions if revision.id not in dumped]
    assert {id: read[id].obstacles for id in judged} == dict.fromkeys(judged, ())
    assert {id: sent[id].refused for id in judged} == dict.fromkeys(judged)
    assert {id: differences(read[id], sent[id].reading) for id in judged} == dict.fromkeys(judged, ())
    assert sent[last].reading.statements
    return read[last]


# -- that a difference would be seen ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("read", "sent", "agree"),
    [
        (["DROP TABLE a"], ["DROP TABLE a"], True),
        (["DROP TABLE a"], ["DROP TABLE  a;"], True),
        (["DROP TABLE a", "DROP TABLE b"], ["DROP TABLE a; DROP TABLE b"], True),
        (["DROP TABLE a"], [], False),
        ([], ["DROP TABLE a"], False),
        (["DROP TABLE a", "DROP TABLE b"], ["DROP TABLE b", "DROP TABLE a"], False),
        (["DROP TABLE a"], ['DROP TABLE "A"'], False),
        (["UPDATE a SET b = 'x'"], ["UPDATE a SET b = 'y'"], False),
    ],
)
def test_a_difference_is_told(read: list[str], sent: list[str], agree: bool) -> None:
    assert (differences(_reading(read), _reading(sent)) == ()) is agree


def _reading(texts: list[str]) -> Reading:
    path = Path("a.py")
    return Reading(Revision("a", (), path), tuple(Statement(sql, "a", path, 1) for sql in texts))


def test_a_refusal_is_told_and_the_next_revision_finds_its_schema(project: Project, database: str) -> None:
    project.add("a", _body("op.create_table('a', sa.Column('id', sa.Integer()))\nop.execute('DROP TABLE never')"))
    project.add("b", _body("op.drop_table('a')"), down="a")
    sent = read_from_server(project.load(), database, {"a": ["CREATE TABLE a (id int)", "DROP TABLE never"]})

    assert _refusals(sent) == {"a": 7, "b": None}
    assert [s.sql.strip() for s in sent["b"].reading.statements] == ["DROP TABLE a"]


def _refusals(sent: Mapping[str, Witnessed]) -> dict[str, int | None]:
    return {id: each.refused.line if each.refused else None for id, each in sent.items()}
