"""Changes of depot_cases as people write them with Alembic's operations, with the verdict that they deserve."""

SAFE = (
    'op.add_column("parcels", sa.Column("insured", sa.Boolean(), server_default=sa.text("false"), nullable=False))',
    'op.add_column("runs", sa.Column("took", sa.Interval()), schema="ops")',
    'op.alter_column("depots", "code", type_=sa.String(20), existing_type=sa.String(8), existing_nullable=False)',
    'op.create_table("zones", sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True), '
    'sa.Column("depot_id", sa.Integer(), sa.ForeignKey("depots.id", ondelete="CASCADE")), '
    'sa.UniqueConstraint("depot_id", name="zones_depot"), schema="ops")',
    'op.create_table("tags", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("k", sa.Enum("a", '
    '"b", name="tag_kind"))); op.create_index(op.f("ix_tags_k"), "tags", ["k"]); '
    'op.bulk_insert(sa.table("tags", sa.column("k", sa.String())), [{"k": "a"}])',
    'with op.get_context().autocommit_block():\n        op.create_index("ix_parcels_due", "parcels", '
    '[sa.text("due DESC")], postgresql_concurrently=True, postgresql_where=sa.text("courier_id IS NULL"), '
    "if_not_exists=True)",
    'with op.get_context().autocommit_block():\n        op.execute("REINDEX INDEX CONCURRENTLY parcels_depot_idx")',
    'bind = op.get_bind()\n    insp = sa.inspect(bind)\n    if "note2" not in [c["name"] for c in '
    'insp.get_columns("parcels")]:\n        op.add_column("parcels", sa.Column("note2", sa.Text()))',
    'for table in ("depots", "couriers"):\n        op.add_column(table, sa.Column("seen_at", '
    "sa.DateTime(timezone=True)))",
    'op.execute("""\n        CREATE OR REPLACE FUNCTION ops.stamp() RETURNS trigger LANGUAGE plpgsql AS $$ '
    'BEGIN RETURN NEW; END $$;\n        COMMENT ON TABLE depots IS \'d\';\n    """)',
    'conn = op.get_bind()\n    conn.execute(sa.text("UPDATE depots SET capacity = :n WHERE code = :c"), '
    '[{"n": 1, "c": "d1"}, {"n": 2, "c": "d2"}])',
    'with op.batch_alter_table("parcels") as b:\n        b.alter_column("price", type_=sa.Numeric(12, 2), '
    "existing_type=sa.Numeric(8, 2))",
    'op.execute(sa.schema.CreateSequence(sa.Sequence("ops_seq", schema="ops")))',
    'op.alter_column("parcels", "note", comment="text", existing_comment=None, existing_type=sa.Text())',
    'op.execute(sa.insert(sa.table("depots", sa.column("code"), sa.column("name"))).values(code="q", name="Q"))',
)

DANGEROUS = (
    ("breaks-old", 'op.drop_column("couriers", "fullName")'),
    (
        "loses-data",
        'with op.batch_alter_table("couriers") as b:\n        b.drop_column("licence")\n        '
        'b.drop_column("phone")',
    ),
    ("breaks-old", 'op.alter_column("couriers", "fullName", new_column_name="full_name")'),
    ("breaks-old", 'op.rename_table("tmp_import", "imports", schema="ops")'),
    ("breaks-old", 'op.add_column("parcels", sa.Column("hub", sa.Integer(), nullable=False))'),
    (
        "rewrites-table",
        'op.add_column("parcels", sa.Column("made", sa.DateTime(), server_default=sa.text("clock_timestamp()")))',
    ),
    (
        "rewrites-table",
        'op.add_column("parcels", sa.Column("vol", sa.Integer(), sa.Computed("width * height * 3", persisted=True)))',
    ),
    ("rewrites-table", 'op.add_column("parcels", sa.Column("no", sa.BigInteger(), sa.Identity(always=True)))'),
    ("rewrites-table", 'op.alter_column("depots", "id", type_=sa.BigInteger(), existing_type=sa.Integer())'),
    ("blocks-writes", 'op.create_index(op.f("ix_parcels_due"), "parcels", ["due"], unique=False)'),
    ("blocks-writes", 'with op.batch_alter_table("claims") as b:\n        b.create_index("ix_c", ["parcel_id"])'),
    ("blocks-writes", 'op.create_foreign_key(None, "claims", "parcels", ["parcel_id"], ["id"])'),
    ("blocks-reads", 'op.alter_column("parcels", "weight", nullable=False, existing_type=sa.Integer())'),
    ("blocks-reads", 'op.create_check_constraint("p", "parcels", "price >= 0")'),
    ("blocks-reads", 'op.create_unique_constraint("u", "couriers", ["phone"])'),
    ("blocks-reads", 'op.create_exclude_constraint("x", "lockers", (sa.column("span"), "&&"), using="gist")'),
    ("breaks-old", 'op.drop_constraint("couriers_email_key", "couriers")'),
    ("breaks-old", 'op.drop_index("parcels_tracking_idx")'),
    ("breaks-old", 'op.alter_column("parcels", "size", type_=sa.String(2), postgresql_using="size::text")'),
    ("fails", 'op.alter_column("parcels", "status", type_=sa.String(20))'),
    ("fails", 'op.add_column("parcels", sa.Column("grade", sa.Enum("x", "y", name="grade_kind")))'),
    ("fails", 'op.drop_table("depots")'),
    ("fails", 'op.create_index("i", "parcels", ["no_such"])'),
    ("fails", 'op.drop_constraint("nope", "parcels", type_="foreignkey")'),
    ("fails", 'op.create_index("parcels_depot_idx", "parcels", ["depot_id"])'),
    ("fails", 'op.create_index("i", "scans", ["at"], postgresql_concurrently=True)'),
    ("blocks-writes", 'op.execute(sa.update(sa.table("parcels", sa.column("note"))).values(note="x"))'),
    ("loses-data", 'op.execute(sa.delete(sa.table("claims", sa.column("id"))))'),
    ("loses-data", 'op.drop_table("tmp_import", schema="ops")'),
    ("breaks-old", 'op.alter_column("parcels", "width", server_default=None)'),
    ("surprises-old", 'op.alter_column("parcels", "tracking", nullable=True)'),
    (
        "surprises-old",
        "with op.get_context().autocommit_block():\n        op.execute(\"ALTER TYPE size_class ADD VALUE 'xl'\")",
    ),
    ("surprises-old", 'op.alter_column("parcels", "width", server_default="20")'),
    (
        "breaks-old",
        'rows = op.get_bind().execute(sa.text("SELECT id FROM depots")).fetchall()\n    for row in rows:\n        '
        'op.get_bind().execute(sa.text("ALTER TABLE depots DROP COLUMN capacity"))',
    ),
)
