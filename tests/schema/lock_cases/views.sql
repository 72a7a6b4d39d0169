-- Views, materialized and not.

-- # replace a view
CREATE TABLE users (id bigint, note text);
CREATE VIEW everybody AS SELECT id FROM users;
CREATE OR REPLACE VIEW everybody AS SELECT id, note FROM users;
-- # create or replace a view that is not there
CREATE TABLE users (id bigint);
CREATE OR REPLACE VIEW everybody AS SELECT id FROM users;
-- # create a view over several tables
CREATE TABLE users (id bigint);
CREATE TABLE posts (id bigint, user_id bigint);
CREATE VIEW written AS SELECT posts.id FROM posts JOIN users ON users.id = user_id;
-- # drop a view with a view over it
CREATE TABLE users (id bigint);
CREATE VIEW everybody AS SELECT id FROM users;
CREATE VIEW nobody AS SELECT id FROM everybody WHERE false;
DROP VIEW everybody CASCADE;
-- # drop view if exists, and it does not
CREATE TABLE users (id bigint);
DROP VIEW IF EXISTS everybody;
-- # drop a materialized view
CREATE TABLE users (id bigint);
CREATE MATERIALIZED VIEW everybody AS SELECT id FROM users;
DROP MATERIALIZED VIEW everybody;
-- # rename a view
CREATE TABLE users (id bigint);
CREATE VIEW everybody AS SELECT id FROM users;
ALTER VIEW everybody RENAME TO people;
-- # move a view
CREATE SCHEMA archive;
CREATE TABLE users (id bigint);
CREATE VIEW everybody AS SELECT id FROM users;
ALTER VIEW everybody SET SCHEMA archive;
-- # set an option of a view
CREATE TABLE users (id bigint);
CREATE VIEW everybody AS SELECT id FROM users;
ALTER VIEW everybody SET (security_barrier = true);
-- # comment on a view
CREATE TABLE users (id bigint);
CREATE VIEW everybody AS SELECT id FROM users;
COMMENT ON VIEW everybody IS 'x';
-- # create a materialized view
CREATE TABLE users (id bigint);
INSERT INTO users VALUES (1);
CREATE MATERIALIZED VIEW everybody AS SELECT id FROM users;
-- # create a materialized view without data
CREATE TABLE users (id bigint);
CREATE MATERIALIZED VIEW everybody AS SELECT id FROM users WITH NO DATA;
-- # create a materialized view if not exists, and it does
CREATE TABLE users (id bigint);
CREATE MATERIALIZED VIEW everybody AS SELECT id FROM users;
CREATE MATERIALIZED VIEW IF NOT EXISTS everybody AS SELECT id FROM users;
-- # refresh a materialized view
CREATE TABLE users (id bigint);
INSERT INTO users VALUES (1);
CREATE MATERIALIZED VIEW everybody AS SELECT id FROM users;
REFRESH MATERIALIZED VIEW everybody;
-- # refresh a materialized view with an index
CREATE TABLE users (id bigint);
INSERT INTO users VALUES (1);
CREATE MATERIALIZED VIEW everybody AS SELECT id FROM users;
CREATE UNIQUE INDEX ON everybody (id);
REFRESH MATERIALIZED VIEW everybody;
-- # refresh a materialized view concurrently
CREATE TABLE users (id bigint);
INSERT INTO users VALUES (1);
CREATE MATERIALIZED VIEW everybody AS SELECT id FROM users;
CREATE UNIQUE INDEX ON everybody (id);
INSERT INTO users VALUES (2);
REFRESH MATERIALIZED VIEW CONCURRENTLY everybody;
-- # refresh a materialized view without data
CREATE TABLE users (id bigint);
CREATE MATERIALIZED VIEW everybody AS SELECT id FROM users;
REFRESH MATERIALIZED VIEW everybody WITH NO DATA;
-- # rename a materialized view
CREATE TABLE users (id bigint);
CREATE MATERIALIZED VIEW everybody AS SELECT id FROM users;
ALTER MATERIALIZED VIEW everybody RENAME TO people;
-- # change of the owner of a view
CREATE TABLE users (id bigint);
CREATE VIEW everybody AS SELECT id FROM users;
ALTER VIEW everybody OWNER TO CURRENT_USER;
-- # lock a view
CREATE TABLE users (id bigint);
CREATE VIEW everybody AS SELECT id FROM users;
LOCK TABLE everybody IN SHARE MODE;
-- # insert through a view
CREATE TABLE users (id bigint);
CREATE VIEW everybody AS SELECT id FROM users;
INSERT INTO everybody VALUES (1);
-- # create a view and a rule under the old name of a table
CREATE TABLE users (id bigint);
ALTER TABLE users RENAME TO people;
CREATE VIEW users AS SELECT id FROM people;
