"""Whatever Alembic renders for PostgreSQL is read."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.schema import CreateSequence, DropSequence

from safemigrate.schema import Name
from safemigrate.schema import operations as o
from safemigrate.schema.sync import CreateSyncFunction
from safemigrate.sql import cut, read

Directive = Callable[[Operations], object]

items = sa.table("items", sa.column("id", sa.Integer), sa.column("name", sa.String))
mood = pg.ENUM("sad", "it's ok", name="mood")

TABLES: list[Directive] = [
    lambda op: op.create_table(
        "users",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(320), nullable=False, unique=True, index=True, comment="it's; theirs"),
        sa.Column("Order", sa.Text(collation="C"), server_default=sa.text("'a; b'")),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("amount", sa.Numeric(10, 2), server_default="0"),
        sa.Column(
            "parent", sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED")
        ),
        sa.CheckConstraint("amount > 0 AND email IS NOT NULL", name="positive"),
        sa.UniqueConstraint("email", "at", name="uq", postgresql_nulls_not_distinct=True, postgresql_include=["id"]),
        sa.ForeignKeyConstraint(["id", "parent"], ["other.a", "other.b"], onupdate="SET NULL", match="FULL"),
        schema="shop",
        comment="people",
    ),
    lambda op: op.create_table(
        "kinds",
        sa.Column("a", sa.BigInteger, sa.Identity(always=True, start=10, increment=5, minvalue=1, cycle=True)),
        sa.Column("b", sa.Integer, sa.Computed("a * 2", persisted=True)),
        sa.Column("c", sa.SmallInteger, sa.Sequence("kinds_c_seq"), primary_key=True),
        sa.Column("d", pg.ARRAY(sa.String(5), dimensions=2)),
        sa.Column("e", pg.UUID(as_uuid=True), server_default=sa.text("gen_random_uuid()")),
        sa.Column("f", pg.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb")),
        sa.Column("g", pg.TSTZRANGE),
        sa.Column("h", pg.INTERVAL(fields="DAY TO SECOND", precision=3)),
        sa.Column("i", pg.BIT(3, varying=True)),
        sa.Column("j", sa.Enum("x", "y", name="letters", schema="shop")),
        sa.Column("k", sa.Enum("x", "y", name="checked", native_enum=False, create_constraint=True)),
        sa.Column("l", sa.LargeBinary),
        sa.Column("m", sa.Float(53)),
        sa.Column("n", sa.Double),
        sa.Column("o", sa.Time(timezone=True)),
        sa.Column("p", pg.TIMESTAMP(precision=3)),
        sa.Column("q", pg.HSTORE),
        sa.Column("r", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.Column("s", pg.DOMAIN("address", sa.Text, create_type=False)),
        sa.Column("t", sa.DateTime, server_default=sa.text("timezone('utc', now())")),
        pg.ExcludeConstraint((sa.column("g"), "&&"), name="apart", using="gist", where=sa.text("a > 0")),
        postgresql_partition_by="RANGE (c)",
        postgresql_with={"fillfactor": 70},
        postgresql_tablespace="fast",
    ),
    lambda op: op.create_table(
        "scratch",
        sa.Column("a", sa.Integer),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
        if_not_exists=True,
    ),
    lambda op: op.create_table("child", sa.Column("a", sa.Integer), postgresql_inherits=("parent", "other")),
    lambda op: op.create_table_comment("users", "it's; here", schema="shop"),
    lambda op: op.drop_table_comment("users"),
    lambda op: op.rename_table("users", "People", schema="shop"),
    lambda op: op.drop_table("users", schema="shop", if_exists=True),
]
COLUMNS: list[Directive] = [
    lambda op: op.add_column("users", sa.Column("Nick", sa.String(20), nullable=False, server_default="x")),
    lambda op: op.add_column("users", sa.Column("id", sa.BigInteger, sa.Identity(), comment="c"), schema="shop"),
    lambda op: op.add_column("users", sa.Column("n", sa.Integer, sa.Computed("a + 1"))),
    lambda op: op.add_column(
        "users", sa.Column("t", sa.Integer, sa.ForeignKey("team.id", name="fk", use_alter=True))
    ),
    lambda op: op.add_column("users", sa.Column("t", sa.Integer, unique=True, index=True), if_not_exists=True),
    lambda op: op.add_column("users", sa.Column("m", mood)),
    lambda op: op.drop_column("users", "nick", if_exists=True),
    lambda op: op.drop_column("users", "nick", schema="shop"),
    lambda op: op.alter_column("users", "nick", new_column_name="Name", schema="shop"),
    lambda op: op.alter_column("users", "nick", nullable=False),
    lambda op: op.alter_column("users", "nick", nullable=True, server_default=sa.text("now()"), comment="it's"),
    lambda op: op.alter_column("users", "nick", server_default=None, comment=None),
    lambda op: op.alter_column("users", "nick", type_=sa.Integer(), postgresql_using="nick::integer + 1"),
    lambda op: op.alter_column("users", "nick", type_=sa.String(5, collation="de_DE"), existing_nullable=False),
    lambda op: op.alter_column("users", "id", server_default=sa.Identity(always=True, start=3)),
    lambda op: op.alter_column(
        "users", "id", server_default=sa.Identity(start=5), existing_server_default=sa.Identity(start=3, always=True)
    ),
    lambda op: op.alter_column("users", "id", server_default=None, existing_server_default=sa.Identity()),
]
CONSTRAINTS: list[Directive] = [
    lambda op: op.create_primary_key("pk", "users", ["id", "Order"], schema="shop"),
    lambda op: op.create_unique_constraint("uq", "users", ["a"], deferrable=True, initially="DEFERRED"),
    lambda op: op.create_unique_constraint(None, "users", ["a", "b"], postgresql_nulls_not_distinct=True),
    lambda op: op.create_check_constraint("ck", "users", sa.column("a").is_not(None), postgresql_not_valid=True),
    lambda op: op.create_check_constraint("ck", "users", "a > 0 AND b <> ';'"),
    lambda op: op.create_foreign_key(
        "fk", "users", "team", ["a"], ["id"], source_schema="s", referent_schema="t", postgresql_not_valid=True
    ),
    lambda op: op.create_foreign_key(
        None,
        "a",
        "b",
        ["x", "y"],
        ["x", "y"],
        ondelete="SET NULL",
        onupdate="CASCADE",
        match="FULL",
        deferrable=False,
    ),
    lambda op: op.create_exclude_constraint(
        "ex", "users", ("during", "&&"), ("room", "="), using="gist", where="a > 0"
    ),
    lambda op: op.drop_constraint("fk", "users", type_="foreignkey", schema="shop"),
    lambda op: op.drop_constraint("fk", "users", if_exists=True),
]
INDEXES: list[Directive] = [
    lambda op: op.create_index("ix", "users", ["a", sa.text("lower(b)"), sa.text("c DESC NULLS LAST")], unique=True),
    lambda op: op.create_index(
        "ix",
        "users",
        ["doc"],
        schema="shop",
        if_not_exists=True,
        postgresql_concurrently=True,
        postgresql_using="gin",
        postgresql_ops={"doc": "jsonb_path_ops"},
        postgresql_with={"fastupdate": "off"},
        postgresql_where=sa.text("deleted_at IS NULL"),
        postgresql_tablespace="fast",
    ),
    lambda op: op.create_index("ix", "users", ["a"], postgresql_include=["b"], postgresql_nulls_not_distinct=True),
    lambda op: op.create_index("ix", "users", [sa.func.lower(sa.column("Name")), sa.desc("a")]),
    lambda op: op.drop_index("ix", "users", postgresql_concurrently=True, if_exists=True),
    lambda op: op.drop_index("ix", schema="shop"),
]
OTHERS: list[Directive] = [
    lambda op: op.bulk_insert(items, [{"id": 1, "name": "it's; :x %s"}, {"id": 2, "name": "é"}]),
    lambda op: op.execute(items.insert().values(id=1, name=op.inline_literal("x"))),
    lambda op: op.execute(sa.update(items).where(items.c.id == 1).values(name=sa.func.lower(items.c.name))),
    lambda op: op.execute(items.delete().where(items.c.name.in_(["a", "b"]))),
    lambda op: op.execute(items.insert().from_select(["id"], sa.select(items.c.id))),
    lambda op: op.execute(pg.insert(items).values(id=1).on_conflict_do_nothing()),
    lambda op: op.execute(sa.select(items)),
    lambda op: op.execute(CreateSequence(sa.Sequence("sq", start=5, schema="shop"))),
    lambda op: op.execute(DropSequence(sa.Sequence("sq"))),
    lambda op: op.execute(sa.schema.CreateSchema("shop", if_not_exists=True)),
    lambda op: op.execute(sa.schema.DropSchema("shop", cascade=True)),
    lambda op: op.execute(pg.CreateEnumType(mood)),
    lambda op: op.execute(pg.DropEnumType(mood)),
    lambda op: op.execute(pg.CreateDomainType(pg.DOMAIN("d", sa.Text, check="VALUE <> ''", not_null=True))),
    lambda op: op.execute(sa.schema.SetTableComment(sa.Table("t", sa.MetaData(), comment="c"))),
    lambda op: op.execute("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'great' AFTER 'ok'"),
    lambda op: op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm"),
    lambda op: op.execute("SET LOCAL lock_timeout = '2s'"),
    lambda op: op.execute(CreateSyncFunction(Name("users"), "a", "b").sql()),
]


def rendered(directive: Directive) -> list[str]:
    """The statements that a directive gives in Alembic's offline mode."""
    buffer = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql",
        opts={"as_sql": True, "output_buffer": buffer, "literal_binds": True, "target_metadata": None},
    )
    directive(Operations(context))
    return [piece.text for piece in cut(buffer.getvalue())]


@pytest.mark.parametrize("directive", [*TABLES, *COLUMNS, *CONSTRAINTS, *INDEXES, *OTHERS])
def test_what_a_directive_renders_is_read(directive: Directive) -> None:
    statements = rendered(directive)
    operations = [operation for statement in statements for operation in read(statement)]

    assert statements
    assert not [operation for operation in operations if isinstance(operation, o.Unreadable)]
    for operation in operations:
        assert operation in read(operation.sql())


def test_the_transaction_and_the_version_table_of_an_offline_run_are_read() -> None:
    buffer = io.StringIO()
    context = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True, "output_buffer": buffer})
    with context.begin_transaction():
        context._ensure_version_table()
        with context.autocommit_block():
            context.impl.static_output("-- autocommit")

    kinds = [type(operation).__name__ for piece in cut(buffer.getvalue()) for operation in read(piece.text)]
    assert kinds == [
        "TransactionControl",
        "CreateTable",
        "TransactionControl",
        "TransactionControl",
        "TransactionControl",
    ]
