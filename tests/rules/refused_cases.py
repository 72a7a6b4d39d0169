"""Changes that PostgreSQL refuses on the database of project_cases, whatever its rows are."""

from __future__ import annotations

from project_cases import GIVEN as PROJECT
from verdict_cases import Case

#: beside the tables of project_cases, what other things hang on
GIVEN = f"""{PROJECT}
CREATE VIEW short_tasks AS SELECT id FROM open_tasks;
CREATE TABLE shapes (id bigint PRIMARY KEY, side integer NOT NULL,
    area integer GENERATED ALWAYS AS (side * side) STORED, code text DEFAULT random_code(),
    name text COLLATE "C", tier plan_tier, size percentage,
    CONSTRAINT shapes_slug CHECK (slugify(name) <> ''));
CREATE INDEX shapes_lower ON shapes (slugify(name));
CREATE INDEX shapes_half ON shapes (side) WHERE side > 5;
CREATE UNIQUE INDEX shapes_code_expr ON shapes (lower(code));
CREATE UNIQUE INDEX shapes_code_part ON shapes (code) WHERE side > 5;
CREATE UNIQUE INDEX shapes_code_desc ON shapes (code DESC);
CREATE INDEX shapes_plain ON shapes (code);
CREATE DOMAIN small_percentage AS percentage CHECK (VALUE < 10);
CREATE TYPE boxed AS (tier plan_tier);
CREATE FUNCTION tier_of(bigint) RETURNS plan_tier LANGUAGE sql AS 'SELECT NULL::plan_tier';
CREATE TRIGGER shapes_side BEFORE UPDATE OF side ON shapes FOR EACH ROW EXECUTE FUNCTION touch_row();
CREATE TRIGGER shapes_tier BEFORE INSERT ON shapes FOR EACH ROW WHEN (NEW.tier IS NULL) EXECUTE FUNCTION touch_row();
CREATE TABLE child_shapes (extra integer) INHERITS (shapes);
"""


def _refused(*changes: str, autocommit: bool = False) -> list[Case]:
    return [Case(sql, "fails", autocommit, None, GIVEN) for sql in changes]


REFUSED = [
    # -- what a statement names is not there ---------------------------------------------------------------------
    *_refused(
        "CREATE VIEW v AS SELECT no_such FROM tags",
        "CREATE VIEW v AS SELECT t.no_such FROM tags t",
        "CREATE VIEW v AS SELECT id FROM nowhere",
        "CREATE MATERIALIZED VIEW v AS SELECT id FROM nowhere",
        "CREATE TRIGGER t BEFORE UPDATE OF no_such ON tags FOR EACH ROW EXECUTE FUNCTION touch_row()",
        "CREATE TRIGGER t BEFORE UPDATE ON tags FOR EACH ROW WHEN (NEW.no_such IS NULL) EXECUTE FUNCTION touch_row()",
        "CREATE TRIGGER t BEFORE UPDATE ON tags FOR EACH ROW EXECUTE FUNCTION no_such()",
        "CREATE TRIGGER t BEFORE UPDATE ON tags FOR EACH ROW EXECUTE FUNCTION random_code()",
        "CREATE TRIGGER t BEFORE UPDATE ON nowhere FOR EACH ROW EXECUTE FUNCTION touch_row()",
        "CREATE POLICY p ON tags USING (no_such = 1)",
        "CREATE POLICY p ON tags FOR INSERT WITH CHECK (id > 1 AND no_such = 1)",
        "CREATE POLICY p ON nowhere USING (true)",
        "ALTER POLICY no_such ON secrets USING (true)",
        "UPDATE tags SET colour = 'red' WHERE no_such = 2",
        "UPDATE tags SET colour = no_such",
        "DELETE FROM tags WHERE no_such = 2",
        "SELECT 1 FROM nowhere",
        "SELECT nextval('nowhere')",
        "SELECT setval('public.nowhere', 5)",
        "CREATE INDEX ON tags (lower(no_such))",
        "CREATE INDEX ON tags (label) WHERE no_such",
        "ALTER TABLE tags ADD COLUMN g text GENERATED ALWAYS AS (no_such || 'x') STORED",
        "ALTER TABLE tags ADD COLUMN g int DEFAULT nextval('nowhere')",
        "ALTER TABLE tags ALTER colour SET DEFAULT nextval('public.nowhere'::regclass)",
        "CREATE TABLE fresh (id bigint DEFAULT nextval('nowhere'))",
        "ALTER TABLE tags ADD COLUMN g no_such_type",
        "CREATE TABLE fresh (a no_such_type[])",
        "ALTER TABLE tags ADD COLUMN tier plan_tier DEFAULT 'no such'",
        "ALTER TABLE accounts ALTER COLUMN tier SET DEFAULT 'no such'",
        "COMMENT ON COLUMN tags.no_such IS 'x'",
        "COMMENT ON TABLE nowhere IS 'x'",
        "COMMENT ON CONSTRAINT no_such ON tags IS 'x'",
        "COMMENT ON TYPE no_such IS 'x'",
        "GRANT SELECT ON nowhere TO PUBLIC",
        "GRANT SELECT (no_such) ON tags TO PUBLIC",
        "ALTER TABLE tags ENABLE TRIGGER no_such",
        "ALTER INDEX nowhere RENAME TO elsewhere",
        "REINDEX INDEX nowhere",
        "REINDEX TABLE nowhere",
        "REFRESH MATERIALIZED VIEW nowhere",
        "ALTER VIEW nowhere RENAME TO elsewhere",
        "CREATE PUBLICATION p FOR TABLE nowhere",
        "CREATE TABLE fresh (a int) INHERITS (nowhere)",
        "CREATE TABLE fresh PARTITION OF nowhere FOR VALUES IN (1)",
        "CREATE TABLE fresh (LIKE nowhere)",
        "TRUNCATE nowhere",
        "LOCK TABLE nowhere",
        "ALTER SEQUENCE nowhere RESTART",
        "ALTER SEQUENCE ticket_no OWNED BY tasks.no_such",
        "ALTER SEQUENCE ticket_no OWNED BY nowhere.id",
        "CREATE SEQUENCE fresh OWNED BY tasks.no_such",
        "DROP SEQUENCE nowhere",
        "ALTER TYPE no_such ADD VALUE 'x'",
        "ALTER DOMAIN no_such SET NOT NULL",
        "ALTER DOMAIN email_address DROP CONSTRAINT no_such",
        "ALTER TABLE tags ALTER colour SET NOT NULL, DROP colour",
    ),
    # -- functions -------------------------------------------------------------------------------------------------
    *_refused(
        "DROP FUNCTION no_such()",
        "DROP FUNCTION slugify(integer)",
        "DROP PROCEDURE slugify(text)",
        "ALTER FUNCTION no_such(int) STABLE",
        "ALTER FUNCTION slugify(text, text) RENAME TO slug",
        "ALTER FUNCTION slugify(integer) OWNER TO CURRENT_USER",
        "ALTER FUNCTION slugify(integer) SET SCHEMA audit",
        "COMMENT ON FUNCTION slugify(text, integer) IS 'x'",
        "CREATE FUNCTION slugify(varchar(5), OUT a text) LANGUAGE sql AS 'SELECT $1'; DROP FUNCTION slugify(varchar);"
        " DROP FUNCTION slugify(character varying)",
    ),
    # -- functions that expressions call ---------------------------------------------------------------------------
    *_refused(
        "ALTER TABLE tags ADD COLUMN code text DEFAULT no_such()",
        "ALTER TABLE tags ADD COLUMN code text DEFAULT public.no_such(5)",
        "ALTER TABLE tags ADD COLUMN code uuid DEFAULT uuid_generate_v4()",
        "ALTER TABLE tags ADD COLUMN code bytea DEFAULT gen_random_bytes(8)",
        "ALTER TABLE tags ALTER COLUMN colour SET DEFAULT upper(no_such('x'))",
        "CREATE TABLE fresh (id uuid DEFAULT uuid_generate_v1mc() PRIMARY KEY)",
        "CREATE TABLE fresh (a text, CHECK (no_such(a)))",
        "ALTER TABLE tags ADD CONSTRAINT fine CHECK (audit.slugify(label) <> '') NOT VALID",
        "ALTER TABLE tags ADD COLUMN low text GENERATED ALWAYS AS (no_such(label)) STORED",
        "CREATE INDEX ON tags (no_such(label))",
        "CREATE INDEX ON tags (label) WHERE no_such(colour) = 1",
        "CREATE INDEX ON tags USING gin (label gin_trgm_ops, (no_such(label)))",
        "ALTER DOMAIN percentage ADD CHECK (no_such(VALUE)) NOT VALID",
        "CREATE DOMAIN fresh AS text CHECK (no_such(VALUE))",
        "ALTER TABLE tags ALTER COLUMN colour TYPE text USING no_such(colour)",
        "CREATE VIEW v AS SELECT no_such(label) AS a FROM tags",
        "CREATE POLICY p ON tags USING (no_such(label))",
        "CREATE POLICY p ON tags USING (label IN (SELECT no_such(title) FROM tasks))",
        "ALTER POLICY own_secrets ON secrets USING (no_such(owner))",
    ),
    # -- what a policy reads beside its table ------------------------------------------------------------------------
    *_refused(
        "CREATE POLICY p ON tags USING (EXISTS (SELECT FROM nowhere n WHERE n.tag = tags.id))",
        "CREATE POLICY p ON tags USING (EXISTS (SELECT FROM task_tags t WHERE t.no_such = tags.id))",
        "CREATE POLICY p ON tags USING (EXISTS (SELECT FROM task_tags t WHERE t.tag_id = tags.no_such))",
        "CREATE POLICY p ON tags FOR INSERT WITH CHECK (id IN (SELECT t.no_such FROM task_tags AS t))",
        "ALTER POLICY own_secrets ON secrets USING (owner IN (SELECT slug FROM audit.nowhere))",
        "ALTER POLICY own_secrets ON secrets USING (no_such = current_user)",
        "ALTER POLICY own_secrets ON secrets WITH CHECK (owner IN (SELECT a.no_such FROM accounts a))",
    ),
    # -- schemas -----------------------------------------------------------------------------------------------------
    *_refused(
        "CREATE TABLE no_such.fresh (id bigint)",
        "CREATE TABLE IF NOT EXISTS no_such.fresh (id bigint)",
        "CREATE VIEW no_such.v AS SELECT 1 AS a",
        "CREATE MATERIALIZED VIEW no_such.v AS SELECT 1 AS a",
        "CREATE FUNCTION no_such.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE TYPE no_such.t AS ENUM ('a')",
        "CREATE TYPE no_such.t AS (a int)",
        "CREATE DOMAIN no_such.t AS text",
        "CREATE SEQUENCE no_such.s",
        "ALTER TABLE tags SET SCHEMA no_such",
        "ALTER VIEW open_tasks SET SCHEMA no_such",
        "ALTER FUNCTION slugify(text) SET SCHEMA no_such",
        "ALTER TYPE plan_tier SET SCHEMA no_such",
        "DROP SCHEMA no_such",
        "ALTER SCHEMA no_such RENAME TO other",
        "GRANT USAGE ON SCHEMA no_such TO PUBLIC",
        "COMMENT ON SCHEMA no_such IS 'x'",
        "ALTER SCHEMA audit RENAME TO history; CREATE TABLE audit.fresh (id bigint)",
    ),
    # -- bounds ----------------------------------------------------------------------------------------------------
    *_refused(
        "CREATE TABLE fresh PARTITION OF measurements FOR VALUES FROM ('2025-06-01') TO ('2025-09-01')",
        "CREATE TABLE fresh PARTITION OF measurements FOR VALUES FROM (MINVALUE) TO ('2025-09-01')",
        "CREATE TABLE fresh PARTITION OF measurements FOR VALUES FROM ('2025-12-31 23:00') TO (MAXVALUE)",
        "CREATE TABLE fresh PARTITION OF measurements FOR VALUES FROM ('2024-06-01') TO ('2024-01-01')",
        "CREATE TABLE fresh PARTITION OF measurements FOR VALUES IN ('2025-06-01')",
        "ALTER TABLE measurements ATTACH PARTITION measurements_2026 FOR VALUES FROM ('2025-12-31') TO"
        " ('2027-01-01')",
        "CREATE TABLE rest PARTITION OF measurements DEFAULT; CREATE TABLE more PARTITION OF measurements DEFAULT",
        "CREATE TABLE l (k text) PARTITION BY LIST (k); CREATE TABLE l1 PARTITION OF l FOR VALUES IN ('a', 'b');"
        " CREATE TABLE l2 PARTITION OF l FOR VALUES IN ('c', 'b')",
        "CREATE TABLE l (k int) PARTITION BY LIST (k); CREATE TABLE l1 PARTITION OF l FOR VALUES IN (1, NULL);"
        " CREATE TABLE l2 PARTITION OF l FOR VALUES IN (-1, 1)",
        "CREATE TABLE h (k int) PARTITION BY HASH (k); CREATE TABLE h1 PARTITION OF h FOR VALUES WITH (MODULUS 4,"
        " REMAINDER 1); CREATE TABLE h2 PARTITION OF h FOR VALUES WITH (MODULUS 8, REMAINDER 5)",
        "CREATE TABLE r (a int, b int) PARTITION BY RANGE (a, b); CREATE TABLE r1 PARTITION OF r FOR VALUES FROM"
        " (1, MINVALUE) TO (5, 10); CREATE TABLE r2 PARTITION OF r FOR VALUES FROM (5, 9) TO (9, 0)",
    ),
    # -- the name is taken ---------------------------------------------------------------------------------------
    *_refused(
        "CREATE TABLE tags (id bigint PRIMARY KEY)",
        "CREATE TABLE open_tasks (id bigint PRIMARY KEY)",
        "CREATE TABLE tasks_state_idx (id bigint PRIMARY KEY)",
        "CREATE TABLE ticket_no (id bigint PRIMARY KEY)",
        "CREATE TABLE plan_tier (id bigint PRIMARY KEY)",
        "CREATE TABLE tags AS SELECT 1 AS id",
        "CREATE TABLE fresh (id bigint PRIMARY KEY); CREATE TABLE fresh (id bigint)",
        "CREATE TABLE audit.entries (id bigint PRIMARY KEY)",
        "CREATE INDEX tasks_state_idx ON tasks (due)",
        "CREATE INDEX tags ON tasks (due)",
        "CREATE INDEX tasks_pkey ON tags (label)",
        "CREATE VIEW open_tasks AS SELECT 1 AS a",
        "CREATE VIEW tags AS SELECT 1 AS a",
        "CREATE OR REPLACE VIEW tags AS SELECT 1 AS a",
        "CREATE MATERIALIZED VIEW account_totals AS SELECT 1 AS a",
        "CREATE OR REPLACE VIEW account_totals AS SELECT account_id, paid FROM account_totals",
        "CREATE SEQUENCE ticket_no",
        "CREATE SEQUENCE tags",
        "CREATE TYPE plan_tier AS ENUM ('x')",
        "CREATE TYPE tags AS ENUM ('x')",
        "CREATE TYPE money_amount AS (x integer)",
        "CREATE DOMAIN percentage AS integer",
        "CREATE DOMAIN plan_tier AS integer",
        "CREATE FUNCTION slugify(text) RETURNS text LANGUAGE sql AS 'SELECT $1'",
        "CREATE OR REPLACE FUNCTION slugify(text) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE PROCEDURE slugify(text) LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA audit",
        "CREATE TRIGGER accounts_touch BEFORE UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION touch_row()",
        "CREATE POLICY own_secrets ON secrets USING (true)",
        "CREATE PUBLICATION outbox FOR TABLE tags",
        "ALTER TABLE tags ADD COLUMN label text",
        "ALTER TABLE tags RENAME COLUMN label TO colour",
        "ALTER TABLE tags RENAME TO tasks",
        "ALTER TABLE tags RENAME TO tasks_state_idx",
        "ALTER VIEW open_tasks RENAME TO tags",
        "ALTER INDEX tasks_state_idx RENAME TO tasks_project_id_idx",
        "ALTER TYPE plan_tier RENAME TO task_state",
        "ALTER SEQUENCE ticket_no RENAME TO tags",
        "CREATE TABLE audit.tags (id bigint PRIMARY KEY); ALTER TABLE tags SET SCHEMA audit",
        "ALTER TABLE tasks ADD CONSTRAINT tasks_points_check CHECK (points < 50) NOT VALID",
        "ALTER TABLE tasks ADD CONSTRAINT tasks_pkey UNIQUE (title)",
        "ALTER TABLE tasks ADD CONSTRAINT tasks_state_idx UNIQUE (title)",
        "ALTER TABLE tasks RENAME CONSTRAINT tasks_points_check TO tasks_titled",
        "ALTER TYPE task_state ADD VALUE 'open'",
        "ALTER TYPE task_state RENAME VALUE 'open' TO 'done'",
        "ALTER TABLE tasks ADD PRIMARY KEY (title)",
    ),
    # -- what is named is not there ------------------------------------------------------------------------------
    *_refused(
        "ALTER TABLE tags DROP COLUMN colours",
        "ALTER TABLE tags RENAME COLUMN colours TO hues",
        "ALTER TABLE tags ALTER COLUMN colours SET NOT NULL",
        "ALTER TABLE tags ALTER COLUMN colours TYPE text",
        "ALTER TABLE tags ALTER COLUMN colours SET DEFAULT 'x'",
        "ALTER TABLE tags DROP CONSTRAINT no_such_key",
        "ALTER TABLE tags VALIDATE CONSTRAINT no_such_key",
        "ALTER TABLE tags RENAME CONSTRAINT no_such_key TO k",
        "ALTER TABLE no_such_table ADD COLUMN a integer",
        "DROP TABLE no_such_table",
        "DROP INDEX no_such_index",
        "DROP VIEW no_such_view",
        "DROP TYPE no_such_type",
        "DROP TRIGGER no_such_trigger ON tags",
        "CREATE INDEX i ON tags (colours)",
        "CREATE INDEX i ON no_such_table (id)",
        "ALTER TABLE tags ADD CONSTRAINT u UNIQUE (colours)",
        "ALTER TABLE tags ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES no_such_table (id)",
        "ALTER TABLE tags ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES tasks (nr)",
        "ALTER TABLE tags ADD CONSTRAINT f FOREIGN KEY (nr) REFERENCES tasks (id)",
        "ALTER TABLE tags ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES tasks (project_id)",
        "ALTER TYPE plan_tier RENAME VALUE 'gold' TO 'silver'",
        "ALTER TYPE plan_tier ADD VALUE 'gold' AFTER 'silver'",
        "INSERT INTO tags (label, colours) VALUES ('a', 'b')",
        "UPDATE tags SET colours = 'x' WHERE id = 1",
        "DROP VIEW account_totals",
        "DROP MATERIALIZED VIEW open_tasks",
        "DROP TABLE open_tasks",
        "DROP VIEW tags",
        "DROP TABLE IF EXISTS account_totals",
        "DROP INDEX tags",
        "DROP SEQUENCE tags",
        "DROP DOMAIN plan_tier",
    ),
    # -- something else needs it ---------------------------------------------------------------------------------
    *_refused(
        "ALTER TABLE tasks DROP COLUMN title",
        "ALTER TABLE tasks DROP COLUMN state",
        "ALTER TABLE shapes DROP COLUMN side",
        "ALTER TABLE shapes DROP COLUMN tier",
        "ALTER TABLE accounts DROP COLUMN id",
        "DROP TABLE payments",
        "DROP TABLE shapes",
        "DROP VIEW open_tasks",
        "DROP FUNCTION slugify(text)",
        "DROP FUNCTION random_code()",
        "DROP TYPE plan_tier",
        "DROP DOMAIN percentage",
        "DROP SCHEMA audit",
        "DROP INDEX tasks_pkey",
        "DROP INDEX accounts_slug_key",
        "ALTER TABLE accounts DROP CONSTRAINT accounts_pkey",
        "ALTER TABLE shapes ALTER COLUMN side TYPE bigint",
        "ALTER TABLE shapes ALTER COLUMN tier TYPE text",
        "ALTER TABLE tasks ALTER COLUMN state TYPE text",
        "ALTER TABLE measurements ALTER COLUMN taken TYPE timestamp",
        "ALTER TABLE measurements DROP COLUMN taken",
        "ALTER TABLE measurements_2025 DROP COLUMN value",
        "ALTER TABLE measurements_2025 ADD COLUMN extra integer",
        "ALTER TABLE measurements_2025 RENAME COLUMN value TO reading",
        "ALTER TABLE child_shapes DROP COLUMN side",
        "ALTER TABLE ONLY shapes ADD COLUMN x integer",
        "ALTER TABLE tasks ALTER COLUMN id DROP NOT NULL",
        "ALTER TABLE accounts SET UNLOGGED",
        "ALTER TABLE accounts ALTER COLUMN id TYPE uuid",
        "DROP TRIGGER accounts_touch ON tags",
        "ALTER TABLE shapes ALTER COLUMN area SET DEFAULT 3",
        "ALTER TABLE tags ALTER COLUMN id SET DEFAULT 3",
        "ALTER TABLE tags ALTER COLUMN id DROP DEFAULT",
        "ALTER TABLE tags ALTER COLUMN label DROP IDENTITY",
        "ALTER TABLE tags ALTER COLUMN label DROP EXPRESSION",
    ),
    # -- the statement asks what cannot be -------------------------------------------------------------------------
    *_refused(
        "ALTER TABLE shapes ADD CONSTRAINT u UNIQUE USING INDEX shapes_plain",
        "ALTER TABLE shapes ADD CONSTRAINT u UNIQUE USING INDEX shapes_code_expr",
        "ALTER TABLE shapes ADD CONSTRAINT u UNIQUE USING INDEX shapes_code_part",
        "ALTER TABLE shapes ADD CONSTRAINT u UNIQUE USING INDEX shapes_code_desc",
        "ALTER TABLE shapes ADD CONSTRAINT u UNIQUE USING INDEX tasks_state_idx",
        "ALTER TABLE accounts ADD CONSTRAINT u UNIQUE USING INDEX accounts_slug_key",
        "CREATE UNIQUE INDEX i ON measurements (device)",
        "ALTER TABLE measurements ADD CONSTRAINT u UNIQUE (device)",
        "CREATE TABLE p (id bigint PRIMARY KEY, at date) PARTITION BY RANGE (at)",
        "CREATE INDEX CONCURRENTLY i ON tags (label)",
        "CREATE TABLE two (id bigint PRIMARY KEY, nr bigint PRIMARY KEY)",
        "ALTER TABLE tags ADD COLUMN kind text DEFAULT 'x', ALTER COLUMN kind DROP DEFAULT",
        "ALTER TABLE tags ADD COLUMN kind integer, ALTER COLUMN kind TYPE text",
        "ALTER TABLE tags ADD COLUMN kind integer, DROP COLUMN kind",
        "ALTER TABLE open_tasks ADD COLUMN x integer",
        "ALTER TABLE open_tasks DROP COLUMN title",
        "CREATE INDEX i ON open_tasks (id)",
        "CREATE TRIGGER t BEFORE UPDATE ON open_tasks FOR EACH ROW EXECUTE FUNCTION touch_row()",
        "UPDATE account_totals SET paid = 0 WHERE account_id = 1",
        "REFRESH MATERIALIZED VIEW open_tasks",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY task_counts",
        "INSERT INTO payments (account_id, amount, fee) VALUES (1, 1, 1)",
        "UPDATE payments SET fee = 1 WHERE id IS NULL",
        "INSERT INTO tags (id, label) VALUES (7, 'x')",
        "CREATE TABLE m25 PARTITION OF tags FOR VALUES FROM (1) TO (2)",
        "ALTER TABLE tags ATTACH PARTITION tasks FOR VALUES IN (1)",
        "ALTER TABLE measurements DETACH PARTITION measurements_2026",
        "ALTER TABLE accounts ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY",
        "ALTER TABLE shapes ALTER COLUMN name ADD GENERATED ALWAYS AS IDENTITY",
        "ALTER TABLE shapes ALTER COLUMN size ADD GENERATED ALWAYS AS IDENTITY",
        "ALTER TABLE accounts ALTER COLUMN notes TYPE integer",
        "ALTER TABLE accounts ALTER COLUMN tier TYPE integer USING tier::integer",
        "ALTER TABLE accounts ALTER COLUMN seats TYPE boolean",
        "ALTER TABLE accounts ALTER COLUMN settings TYPE jsonb, ALTER COLUMN settings TYPE text",
        "CREATE INDEX i ON accounts (settings)",
        "ALTER TABLE accounts ADD CONSTRAINT u UNIQUE (settings)",
        "CREATE TABLE bad (id bigint PRIMARY KEY, a integer, a integer)",
        "SET LOCAL lock_timeout = '1s'; VACUUM tags",
    ),
]

#: what looks like it and is taken: bounds that touch, names that PostgreSQL brings, functions told by other types
TAKEN = [
    Case(sql, "", given=GIVEN)
    for sql in (
        "CREATE TABLE fresh PARTITION OF measurements FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
        "CREATE TABLE fresh PARTITION OF measurements FOR VALUES FROM (MINVALUE) TO ('2025-01-01')",
        "CREATE TABLE rest PARTITION OF measurements DEFAULT",
        "CREATE TABLE l (k text) PARTITION BY LIST (k); CREATE TABLE l1 PARTITION OF l FOR VALUES IN ('a', 'b');"
        " CREATE TABLE l2 PARTITION OF l FOR VALUES IN ('c')",
        "CREATE TABLE h (k int) PARTITION BY HASH (k); CREATE TABLE h1 PARTITION OF h FOR VALUES WITH (MODULUS 4,"
        " REMAINDER 1); CREATE TABLE h2 PARTITION OF h FOR VALUES WITH (MODULUS 8, REMAINDER 4)",
        "CREATE TABLE r (a int, b int) PARTITION BY RANGE (a, b); CREATE TABLE r1 PARTITION OF r FOR VALUES FROM"
        " (1, MINVALUE) TO (5, 10); CREATE TABLE r2 PARTITION OF r FOR VALUES FROM (5, 10) TO (9, 0)",
        "CREATE TABLE r (k numeric) PARTITION BY RANGE (k); CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (9) TO"
        " (10); CREATE TABLE r2 PARTITION OF r FOR VALUES FROM (10) TO ('100')",
        "CREATE TRIGGER t BEFORE UPDATE ON tags FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "DROP FUNCTION close_account(int8)",
        "ALTER FUNCTION slugify(pg_catalog.text) STABLE",
        "COMMENT ON FUNCTION slugify IS 'x'",
        "SELECT nextval('members_id_seq'), currval('members_id_seq')",
        "ALTER TABLE members RENAME TO people; SELECT setval('members_id_seq', 9)",
        "ALTER SEQUENCE members_id_seq RESTART",
        "COMMENT ON SEQUENCE members_id_seq IS 'x'",
        "ALTER TABLE members RENAME TO people; ALTER SEQUENCE members_id_seq RENAME TO people_id_seq",
        "ALTER SEQUENCE IF EXISTS nowhere RESTART",
        "ALTER VIEW IF EXISTS nowhere SET (security_barrier)",
        "ALTER SEQUENCE ticket_no OWNED BY NONE",
        'CREATE TABLE fresh (a pg_lsn, b _int4, c public.tags, d timestamp(3) with time zone[], e "char")',
        "CREATE VIEW v AS SELECT label AS no_such FROM tags ORDER BY no_such",
        "CREATE VIEW v AS WITH nowhere AS (SELECT 1 AS a) SELECT a FROM nowhere",
        "CREATE VIEW v AS SELECT no_such FROM generate_series(1, 2) AS no_such",
        "DELETE FROM tags WHERE tags.ctid IN (SELECT t.ctid FROM tags t LIMIT 0) AND (tags).label = 'x'",
        "UPDATE tags AS no_such SET colour = no_such.label WHERE no_such.id = 0",
        "INSERT INTO tags (label) SELECT no_such FROM (VALUES ('x')) AS v (no_such)",
        "CREATE POLICY p ON tags USING (label = current_user AND EXISTS (SELECT FROM tasks WHERE title = label))",
        "CREATE INDEX ON tags ((label || 'x') text_pattern_ops) WHERE colour IS NOT NULL AND tags.id > 1",
        "CREATE POLICY p ON tags USING (EXISTS (SELECT FROM task_tags WHERE tag_id = id AND tags.label <> ''))",
        "CREATE POLICY p ON tags USING (label IN (WITH w AS (SELECT title AS t FROM tasks) SELECT w.t FROM w))",
        "CREATE POLICY p ON tags USING (id IN (SELECT tags.id FROM accounts AS tags))",
        "ALTER TABLE tasks ADD COLUMN a boolean DEFAULT '1', ADD COLUMN b integer DEFAULT ' 5 ', ADD COLUMN c date"
        " DEFAULT '1 May 2026', ADD COLUMN d numeric DEFAULT 'NaN', ADD COLUMN e text DEFAULT 5, ADD COLUMN f"
        " interval"
        " DEFAULT '1 day', ADD COLUMN g jsonb DEFAULT 'null', ADD COLUMN h uuid DEFAULT"
        " '{a0eebc999c0b4ef8bb6d6bb9bd380a11}', ADD COLUMN i int[] DEFAULT '{}', ADD COLUMN j date DEFAULT"
        " 'infinity'",
        "ALTER TABLE tasks ADD COLUMN a timestamptz DEFAULT '2026-02-28 24:00', ADD COLUMN b bytea DEFAULT 'x', ADD"
        " COLUMN c real DEFAULT '1e5', ADD COLUMN d smallint DEFAULT -1, ADD COLUMN e text DEFAULT true, ADD COLUMN f"
        " text DEFAULT user, ADD COLUMN g date DEFAULT CURRENT_DATE, ADD COLUMN h percentage DEFAULT '7'",
        "CREATE INDEX ON tasks (date_trunc('day', due::timestamp)); CREATE INDEX ON accounts (date(closed_at));"
        " CREATE INDEX ON accounts (timezone('utc', created_at)); CREATE INDEX ON accounts ((created_at AT TIME ZONE"
        " 'utc')); CREATE INDEX ON accounts (extract(year FROM closed_at)); CREATE INDEX ON tasks ((points::text))",
        "CREATE INDEX ON tasks USING gin (labels, to_tsvector('simple', body)); CREATE INDEX ON tasks USING hash"
        " (title);"
        " CREATE INDEX ON tasks USING brin (due, id); CREATE INDEX ON accounts USING gin ((settings::jsonb))",
        "CREATE INDEX ON accounts ((slug || ' now() ')) WHERE notes <> 'SELECT now()'",
        "INSERT INTO tasks (id, project_id, title, state, points) VALUES (800, 1, 'x', 'doing', '3'), (801, 1, 'y',"
        " 'open'::task_state, DEFAULT) ON CONFLICT (id) DO NOTHING",
        "INSERT INTO accounts (slug, name) VALUES ('q', 'Q') ON CONFLICT (slug) WHERE true DO NOTHING;"
        " INSERT INTO tags VALUES (DEFAULT, 'q')",
        "UPDATE accounts SET tier = 'pro', seats = '2' WHERE id = 1",
        "CREATE OR REPLACE FUNCTION close_account(id bigint) RETURNS void LANGUAGE sql AS 'SELECT'",
        "ALTER TABLE accounts ALTER COLUMN seats TYPE bigint USING seats + 1",
        "ALTER POLICY own_secrets ON secrets USING (slugify(owner) = public.slugify(current_user) AND id = ANY (ARRAY"
        " (SELECT a.id FROM accounts a)))",
        "ALTER TABLE tags ADD COLUMN a text DEFAULT public.slugify('x'), ADD COLUMN b plan_tier DEFAULT"
        " plan_tier('free'::text), ADD COLUMN c percentage DEFAULT percentage(5)",
        "CREATE INDEX ON tags (slugify(label), md5(colour), (coalesce(colour, 'x')))",
        "ALTER TABLE tags ADD CHECK (textlike(label, '%') AND int4ge(length(label), 0) AND num_nulls(label) = 0)",
        "CREATE VIEW v (a, b) AS WITH w (x, y) AS (SELECT 1, 2) SELECT normalize('x'), json_object('a': x) FROM"
        " w, LATERAL generate_series(1, y) AS g (n) GROUP BY GROUPING SETS ((x), ())",
        "CREATE TABLE pg_temp.fresh (id bigint)",
        "CREATE SCHEMA fresh; CREATE TABLE fresh.a (id bigint); COMMENT ON SCHEMA fresh IS 'x'",
        "ALTER SCHEMA audit RENAME TO history; CREATE TABLE history.fresh (id bigint)",
        "DROP SCHEMA IF EXISTS no_such",
        "CREATE TABLE alembic_version (version_num varchar(32)); UPDATE alembic_version SET version_num = 'a'",
    )
]
