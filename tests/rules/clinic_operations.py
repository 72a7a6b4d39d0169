"""Changes of clinic_cases as people write them with Alembic's operations, with the verdict that a server gives.

They were written before the rules' answers were looked at.
"""

from __future__ import annotations

from textwrap import indent

from clinic_cases import danger, safe
from verdict_cases import Case

_HEAD = """from alembic import op
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql


def upgrade():
"""


def is_python(case: Case) -> bool:
    """Whether the case is the body of an upgrade(), and no SQL."""
    return case.sql.startswith("\n")


def written(body: str) -> str:
    """The text of a revision whose upgrade() is *body*."""
    return _HEAD + indent(body.strip("\n"), "    ") + "\n"


SAFE = safe(
    """
for table in ("patients", "beds", "visits"):
    op.add_column(table, sa.Column("created_by", sa.BigInteger(), nullable=True))
""",
    """
columns = {"visits": ["cancelled_at", "called_at"], "results": ["read_at"]}
for table, new in columns.items():
    with op.batch_alter_table(table) as batch:
        for column in new:
            batch.add_column(sa.Column(column, sa.DateTime(timezone=True)))
""",
    """
op.create_table(
    "referrals",
    sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
    sa.Column("patient_id", sa.BigInteger(), nullable=False),
    sa.Column("to_ward_id", sa.Integer(), nullable=False),
    sa.Column("reason", postgresql.ENUM(name="visit_state", create_type=False)),
    sa.Column("data", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column("tags", postgresql.ARRAY(sa.String(20)), server_default="{}"),
    sa.Column("made", sa.DateTime(timezone=True), server_default=sa.func.now()),
    sa.CheckConstraint("to_ward_id > 0", name="ck_referrals_ward"),
    sa.UniqueConstraint("patient_id", "to_ward_id", name="uq_referrals"),
)
op.create_index("ix_referrals_data", "referrals", ["data"], postgresql_using="gin")
""",
    """
op.create_table(
    "readings",
    sa.Column("id", sa.BigInteger(), nullable=False),
    sa.Column("day", sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint("id", "day"),
    postgresql_partition_by="RANGE (day)",
)
for year in (2026, 2027):
    op.execute(
        f"CREATE TABLE readings_{year} PARTITION OF readings"
        f" FOR VALUES FROM ('{year}-01-01') TO ('{year + 1}-01-01')"
    )
""",
    """
metadata = sa.MetaData()
sa.Table("holidays", metadata, sa.Column("day", sa.Date(), primary_key=True), sa.Column("name", sa.Text()))
metadata.create_all(op.get_bind())
""",
    """
op.execute(sa.schema.CreateTable(sa.Table("holidays", sa.MetaData(), sa.Column("day", sa.Date(), primary_key=True))))
""",
    """
settings = sa.table("settings", sa.column("key", sa.Text), sa.column("value", postgresql.JSONB))
op.bulk_insert(settings, [{"key": "theme", "value": {"dark": True}}, {"key": "beds", "value": {"max": 40}}])
""",
    """
settings = sa.table("settings", sa.column("key", sa.Text), sa.column("value", postgresql.JSONB))
insert = postgresql.insert(settings).values(key="theme", value={"dark": False})
op.execute(insert.on_conflict_do_update(index_elements=["key"], set_={"value": insert.excluded.value}))
""",
    """
wards = sa.table("wards", sa.column("code"), sa.column("title"))
op.execute(wards.update().where(wards.c.code == op.inline_literal("w1")).values(title=op.inline_literal("First")))
""",
    """
bind = op.get_bind()
session = orm.Session(bind=bind)
session.execute(sa.text("UPDATE settings SET value = '{}' WHERE key = :key"), {"key": "x"})
session.commit() if not bind.in_transaction() else session.flush()
""",
    """
inspector = sa.inspect(op.get_bind())
if "nurses" not in inspector.get_table_names():
    op.create_table("nurses", sa.Column("id", sa.Integer(), primary_key=True))
if not any(index["name"] == "ix_nurses_id" for index in sa.inspect(op.get_bind()).get_indexes("nurses")):
    op.create_index("ix_nurses_id", "nurses", ["id"])
""",
    """
mood = postgresql.ENUM("calm", "upset", name="mood")
mood.create(op.get_bind(), checkfirst=True)
op.add_column("visits", sa.Column("mood", mood, nullable=True))
""",
    """
op.add_column("visits", sa.Column("paid", sa.Boolean(), server_default=sa.text("false"), nullable=False))
op.alter_column("visits", "paid", server_default=sa.text("true"))
""",
    """
op.alter_column("wards", "phone", existing_type=sa.String(30), type_=sa.String(60), existing_nullable=True)
op.alter_column("results", "text", existing_type=sa.Text(), comment="free text")
""",
    """
with op.get_context().autocommit_block():
    for table, column in [("visits", "room"), ("results", "sample_id"), ("stays", "patient_id")]:
        op.create_index(f"ix_{table}_{column}", table, [column], postgresql_concurrently=True, if_not_exists=True)
""",
    """
with op.get_context().autocommit_block():
    op.create_index(
        op.f("ix_patients_search"), "patients", [sa.text("lower(last_name) text_pattern_ops"), "born"],
        postgresql_concurrently=True, postgresql_where=sa.text("deleted_at IS NULL"), postgresql_include=["mrn"],
    )
    op.drop_index("patients_ward_idx", table_name="patients", postgresql_concurrently=True)
""",
    """
op.add_column("results", sa.Column("patient_id", sa.BigInteger(), nullable=True))
op.create_foreign_key(
    "fk_results_patient", "results", "patients", ["patient_id"], ["id"],
    ondelete="SET NULL", postgresql_not_valid=True,
)
""",
    """
with op.get_context().autocommit_block():
    op.add_column("results", sa.Column("patient_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key("fk", "results", "patients", ["patient_id"], ["id"], postgresql_not_valid=True)
    op.execute("ALTER TABLE results VALIDATE CONSTRAINT fk")
    op.create_index("ix_results_patient", "results", ["patient_id"], postgresql_concurrently=True)
""",
    """
op.execute(sa.schema.CreateSequence(sa.Sequence("referral_no", start=100)))
op.execute(sa.schema.CreateSchema("reports", if_not_exists=True))
op.create_table("daily", sa.Column("day", sa.Date(), primary_key=True), schema="reports")
op.execute("GRANT USAGE ON SCHEMA reports TO app")
""",
    """
op.create_table_comment("visits", "who comes when", existing_comment=None)
op.alter_column("visits", "room", comment="as on the door", existing_type=sa.String(10))
op.drop_table_comment("visits", existing_comment="who comes when")
""",
    """
def add(table, *columns):
    for column in columns:
        op.add_column(table, column)

add("invoices_archive" if op.get_bind().dialect.has_table(op.get_bind(), "invoices_archive") else "beds",
    sa.Column("width", sa.Integer()), sa.Column("note", sa.Text(), server_default=""))
""",
    """
op.add_column("invoices", sa.Column("currency", sa.CHAR(3), server_default="EUR", nullable=False), schema="billing")
op.add_column("log", sa.Column("ip", postgresql.INET()), schema="audit")
""",
    """
with op.batch_alter_table("rates", schema="billing") as batch:
    batch.add_column(sa.Column("until", sa.Date(), nullable=True))
    batch.alter_column("rate", existing_type=sa.Numeric(), existing_nullable=False, comment="share of the net")
""",
    """
rows = [("theme2", "{}"), ("theme3", "{}")]
for key, value in rows:
    op.execute(
        sa.text("INSERT INTO settings (key, value) VALUES (:key, CAST(:value AS jsonb)) ON CONFLICT DO NOTHING")
        .bindparams(key=key, value=value)
    )
""",
    """
op.execute("ANALYZE people")
""",
    """
op.execute('''
    CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
        NEW.updated_at := clock_timestamp(); -- not now()
        NEW.version := OLD.version + 1;
        RETURN NEW;
    END;
    $body$;
''')
op.execute("DROP TRIGGER IF EXISTS patients_touch ON patients")
op.execute("CREATE TRIGGER patients_touch BEFORE UPDATE OF notes, weight ON patients FOR EACH ROW"
           " EXECUTE PROCEDURE touch()")
""",
    """
op.execute("DROP VIEW named_patients")
op.execute("CREATE VIEW named_patients AS SELECT id, full_name(first_name, last_name) AS name, email"
           " FROM live_patients")
op.execute("GRANT SELECT ON named_patients TO app")
""",
    """
if op.get_context().dialect.name == "sqlite":
    op.drop_table("visits")
else:
    op.add_column("visits", sa.Column("x", sa.Integer()))
""",
    """
op.add_column("visits", sa.Column("total", sa.Integer(), sa.Computed("minutes * 2", persisted=False)))
""",
    """
conn = op.get_bind()
wards = sa.Table("wards", sa.MetaData(), autoload_with=conn)
conn.execute(wards.insert().values(code="er", title="Emergency"))
""",
    """
op.execute("ALTER TABLE visits ADD CONSTRAINT visits_room_known CHECK (room IS NOT NULL OR true) NOT VALID")
op.execute("COMMENT ON CONSTRAINT visits_room_known ON visits IS 'to be validated'")
""",
    """
op.drop_constraint("visits_minutes", "visits", type_="check")
op.create_check_constraint("visits_minutes", "visits", "minutes > 0", postgresql_not_valid=True)
""",
)

DANGEROUS = [
    *danger(
        "breaks-old",
        """
for table in ("visits", "results"):
    op.add_column(table, sa.Column("tenant_id", sa.Integer(), nullable=False))
""",
        """
with op.batch_alter_table("patients", schema=None) as batch:
    batch.alter_column("notes", new_column_name="remarks", existing_type=sa.Text())
    batch.add_column(sa.Column("x", sa.Integer()))
""",
        """
renames = {"first_name": "given_name", "last_name": "family_name"}
for old, new in renames.items():
    op.alter_column("patients", old, new_column_name=new)
""",
        """
op.drop_index("tags_slug_key")
""",
        """
op.drop_constraint("visits_once", "visits", type_="unique")
op.create_unique_constraint("uq_visits_patient_start", "visits", ["patient_id", "starts_at"])
""",
        """
op.execute(sa.schema.DropTable(sa.Table("patient_tags", sa.MetaData())))
""",
        """
metadata = sa.MetaData()
sa.Table("patient_tags", metadata)
metadata.drop_all(op.get_bind())
""",
        """
bind = op.get_bind()
sa.Table("exports", sa.MetaData(), schema="billing").drop(bind)
""",
        """
op.execute("ALTER TABLE billing.invoices RENAME TO bills; ALTER TABLE billing.payments RENAME COLUMN method TO way")
""",
        """
op.add_column("visits", sa.Column("kind", sa.String(10), server_default="new", nullable=False))
op.alter_column("visits", "kind", server_default=None)
""",
        """
op.alter_column("log", "at", server_default=None, existing_type=sa.DateTime(timezone=True), schema="audit")
""",
        """
op.alter_column("patients", "allergies", server_default=None)
op.alter_column("patients", "allergies", existing_type=postgresql.ARRAY(sa.Text()), type_=postgresql.JSONB(),
                postgresql_using="to_jsonb(allergies)")
""",
        """
op.create_check_constraint("ck_room", "visits", sa.column("room").isnot(None), postgresql_not_valid=True)
""",
        """
op.create_foreign_key("fk_inv", "invoices", "patients", ["patient_id"], ["id"], source_schema="billing",
                      postgresql_not_valid=True)
""",
        """
op.create_unique_constraint("uq_wards_title", "wards", ["title"], postgresql_nulls_not_distinct=True)
op.create_unique_constraint("uq_exports_line", "exports", ["line"], schema="billing")
""",
        """
for (name,) in op.get_bind().execute(sa.text("SELECT 'ward_list'")):
    op.execute(f"DROP VIEW {name}")
""",
        """
with op.get_context().autocommit_block():
    op.create_index("ix_tags_hue", "tags", ["hue"], unique=True, postgresql_concurrently=True,
                    postgresql_nulls_not_distinct=True)
""",
        """
state = postgresql.ENUM("booked", "arrived", "done", "cancelled", name="visit_state")
op.execute("ALTER TYPE visit_state RENAME TO visit_state_old")
state.create(op.get_bind())
op.execute("DROP PUBLICATION warehouse")
op.execute("ALTER TABLE visits ALTER COLUMN state DROP DEFAULT, ALTER COLUMN state TYPE text")
""",
        """
op.rename_table("settings", "options")
""",
        """
op.drop_column("visits", "room")
op.add_column("visits", sa.Column("room", sa.Integer()))
""",
        """
op.alter_column("files", "owner", server_default=None)
op.execute("ALTER TABLE files FORCE ROW LEVEL SECURITY")
""",
        """
statements = ["DROP FUNCTION age_band(bigint)", "CREATE FUNCTION age_band(born date) RETURNS text LANGUAGE sql AS"
              " $$ SELECT 'x'::text $$"]
for statement in statements:
    op.execute(statement)
""",
        """
op.alter_column("tags", "id", existing_type=sa.Integer(), server_default=None)
""",
        """
op.execute(sa.text("ALTER TABLE stays ALTER COLUMN reason SET NOT NULL"))
""",
    ),
    *danger(
        "surprises-old",
        """
with op.batch_alter_table("patients") as batch:
    batch.alter_column("last_name", existing_type=sa.String(60), nullable=True)
""",
        """
op.alter_column("visits", "minutes", server_default="30", existing_type=sa.Integer())
""",
    ),
    *danger(
        "blocks-writes",
        """
op.create_index(op.f("ix_visits_room"), "visits", ["room", sa.text("starts_at DESC")])
""",
        """
with op.batch_alter_table("results") as batch:
    batch.create_index(batch.f("ix_results_sample"), ["sample_id"], unique=False)
""",
        """
op.add_column("results", sa.Column("patient_id", sa.BigInteger()))
op.create_foreign_key(None, "results", "patients", ["patient_id"], ["id"])
""",
        """
patients = sa.table("patients", sa.column("gp_id", sa.BigInteger), sa.column("ward_id", sa.Integer))
op.execute(patients.update().values(gp_id=sa.case((patients.c.ward_id > 1, 1), else_=2)))
""",
        """
class Base(orm.DeclarativeBase):
    pass

class Visit(Base):
    __tablename__ = "visits"
    id = sa.Column(sa.BigInteger, primary_key=True)
    room = sa.Column(sa.String)

session = orm.Session(bind=op.get_bind())
session.query(Visit).update({Visit.room: sa.func.upper(Visit.room)}, synchronize_session=False)
session.flush()
""",
        """
op.get_bind().exec_driver_sql("UPDATE results SET text = trim(text)")
""",
    ),
    *danger(
        "blocks-reads",
        """
op.alter_column("visits", "room", nullable=False, existing_type=sa.String(10))
""",
        """
op.add_column("visits", sa.Column("day", sa.Date()))
op.execute("UPDATE visits SET day = starts_at::date")
""",
        """
op.create_check_constraint("ck_minutes", "visits", "minutes < 100000")
""",
        """
op.create_exclude_constraint("ex_visits", "visits", ("patient_id", "="), ("starts_at", "="), using="gist")
""",
        """
op.create_primary_key("pk_exports", "exports", ["line"], schema="billing")
""",
        """
op.drop_index("patients_ward_idx", table_name="patients")
""",
        """
op.execute("ALTER TABLE visits ADD CONSTRAINT c CHECK (minutes > -1) NOT VALID")
op.execute("ALTER TABLE visits VALIDATE CONSTRAINT c")
""",
    ),
    *danger(
        "rewrites-table",
        """
op.alter_column("beds", "id", existing_type=sa.Integer(), type_=sa.BigInteger(), existing_nullable=False)
""",
        """
with op.batch_alter_table("visits") as batch:
    batch.add_column(sa.Column("ref", postgresql.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False))
""",
        """
op.add_column("visits", sa.Column("twice", sa.Integer(), sa.Computed("minutes * 2", persisted=True)))
""",
        """
op.add_column("results", sa.Column("seq", sa.Integer(), sa.Identity(), nullable=False))
""",
        """
op.add_column("results", sa.Column("at", sa.DateTime(), server_default=sa.func.clock_timestamp()))
""",
        """
op.alter_column("exports", "at", type_=sa.DateTime(timezone=False), schema="billing")
""",
    ),
    *danger(
        "loses-data",
        """
op.execute(sa.delete(sa.table("exports", schema="billing")))
""",
        """
for name in ("grade", "name"):
    op.drop_column("people", name)
""",
        """
with op.batch_alter_table("wards") as batch:
    batch.drop_column("phone")
    batch.drop_column("floor")
""",
        """
op.get_bind().execute(sa.text("TRUNCATE TABLE audit.log"))
""",
    ),
    *danger(
        "fails",
        """
op.create_table("moods", sa.Column("id", sa.Integer(), primary_key=True),
                sa.Column("blood", sa.Enum("0", "A", name="blood")))
""",
        """
op.add_column("visits", sa.Column("mood", postgresql.ENUM("calm", name="mood", create_type=False)))
""",
        """
op.add_column("visits", sa.Column("active", sa.Boolean(), server_default=sa.text("1"), nullable=False))
""",
        """
op.add_column("visits", sa.Column("active", sa.Integer(), server_default=sa.true()))
""",
        """
op.add_column("visits", sa.Column("ref", postgresql.UUID(), server_default=sa.text("uuid_generate_v4()")))
""",
        """
op.create_foreign_key("fk_files_patient", "files", "patients", ["owner"], ["id"])
""",
        """
op.create_table("links", sa.Column("id", sa.Integer(), primary_key=True),
                sa.Column("file_id", sa.BigInteger(), sa.ForeignKey("files.id")))
""",
        """
op.create_table("links", sa.Column("id", sa.Integer(), primary_key=True),
                sa.Column("visit_id", sa.Integer(), sa.ForeignKey("appointments.id")))
""",
        """
op.create_index("ix_notes_gin", "patients", ["notes"], postgresql_using="gin")
""",
        """
op.create_index("ix_visits_day", "visits", [sa.text("date(starts_at)")])
""",
        """
op.create_table("audit_rows", sa.Column("id", sa.Integer(), primary_key=True), schema="history")
""",
        """
op.alter_column("patients", "email", type_=sa.Integer(), existing_type=sa.Text())
""",
        """
op.alter_column("results", "text", type_=postgresql.UUID(), existing_type=sa.Text())
""",
        """
op.alter_column("results", "text", type_=postgresql.JSONB(), existing_type=sa.Text())
""",
        """
op.alter_column("results", "text", type_=postgresql.ARRAY(sa.Text()), existing_type=sa.Text())
""",
        """
with op.batch_alter_table("visits") as batch:
    batch.drop_constraint("fk_visits_patient", type_="foreignkey")
""",
        """
op.bulk_insert(sa.table("wards", sa.column("title", sa.Text)), [{"title": "No code"}])
""",
        """
tags = sa.table("tags", sa.column("label"), sa.column("slug"))
op.execute(postgresql.insert(tags).values(label="a", slug="a").on_conflict_do_nothing(index_elements=["label"]))
""",
        """
op.drop_index("ix_visits_room", table_name="visits")
""",
        """
op.create_index("patients_ward_idx", "patients", ["gp_id"])
""",
        """
op.drop_column("patients", "deleted_at")
""",
        """
op.alter_column("visits", "state", server_default="missed")
""",
        """
op.execute("VACUUM ANALYZE visits")
""",
        """
op.create_unique_constraint("uq_samples_code", "samples", ["code"])
""",
        """
op.alter_column("patients", "id", nullable=True, existing_type=sa.BigInteger())
""",
        """
op.rename_table("beds", "wards")
""",
        """
op.drop_table("patients")
""",
    ),
    *danger(
        "unreadable",
        """
op.execute(op.get_bind().execute(sa.text("SELECT value->>'sql' FROM settings")).scalar() or "SELECT 1")
""",
    ),
]

#: what is told otherwise, or not yet: of what loops over rows, neither the names nor the number of rows is known
MISSED = [
    *danger(
        "blocks-writes",
        """
conn = op.get_bind()
patients = sa.table("patients", sa.column("id"), sa.column("notes"))
for row in conn.execute(sa.select(patients.c.id, patients.c.notes)):
    conn.execute(patients.update().where(patients.c.id == row.id).values(notes=(row.notes or "").strip()))
""",
    ),
    *danger(
        "unreadable",
        """
rows = op.get_bind().execute(sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'billing'")).fetchall()
for row in rows:
    op.execute(f'ALTER TABLE billing."{row[0]}" ADD COLUMN touched_at timestamptz')
""",
    ),
]
