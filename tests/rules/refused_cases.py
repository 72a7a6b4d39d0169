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
CREATE TABLE child_shapes (extra integer) INHERITS (shapes);
"""


def _refused(*changes: str, autocommit: bool = False) -> list[Case]:
    return [Case(sql, "fails", autocommit, None, GIVEN) for sql in changes]


REFUSED = [
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
