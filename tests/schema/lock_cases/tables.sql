-- Whole tables.

-- # create table that refers to a partitioned table
CREATE TABLE teams (id bigint PRIMARY KEY) PARTITION BY HASH (id);
CREATE TABLE teams_0 PARTITION OF teams FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE users (id bigint, team bigint REFERENCES teams);
-- # create table like another
CREATE TABLE users (id bigint PRIMARY KEY, note text);
CREATE TABLE people (LIKE users INCLUDING ALL);
-- # create table as a query
CREATE TABLE users (id bigint PRIMARY KEY, note text);
CREATE TABLE people AS SELECT * FROM users;
-- # create table as a query without data
CREATE TABLE users (id bigint PRIMARY KEY, note text);
CREATE TABLE people AS SELECT * FROM users WITH NO DATA;
-- # select into
CREATE TABLE users (id bigint PRIMARY KEY, note text);
SELECT * INTO people FROM users;
-- # create table as, if not exists, and it does
CREATE TABLE users (id bigint PRIMARY KEY, note text);
CREATE TABLE people (id bigint);
CREATE TABLE IF NOT EXISTS people AS SELECT * FROM users;
-- # create a temporary table
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TEMPORARY TABLE chosen (id bigint);
-- # create an unlogged table
CREATE UNLOGGED TABLE users (id bigint PRIMARY KEY);
-- # create table of a type
CREATE TYPE person AS (id bigint, note text);
CREATE TABLE users OF person;
-- # create table with a foreign key of the table and of a column
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE clubs (id bigint PRIMARY KEY);
CREATE TABLE users (team bigint REFERENCES teams, club bigint, FOREIGN KEY (club) REFERENCES clubs);
-- # create table with a foreign key that is not enforced, since 18
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (team bigint REFERENCES teams NOT ENFORCED);
-- # create a partitioned table that refers to another
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE events (day date, team bigint REFERENCES teams) PARTITION BY RANGE (day);
-- # create a table if not exists that refers to another, and it does
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint);
CREATE TABLE IF NOT EXISTS users (id bigint, team bigint REFERENCES teams);
-- # drop several tables
CREATE TABLE users (id bigint);
CREATE TABLE teams (id bigint);
DROP TABLE users, teams;
-- # drop a table with a serial
CREATE TABLE users (id serial PRIMARY KEY);
DROP TABLE users;
-- # drop a table with an identity
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
DROP TABLE users;
-- # drop a table with a view
CREATE TABLE users (id bigint);
CREATE VIEW everybody AS SELECT id FROM users;
DROP TABLE users CASCADE;
-- # drop a table with a view over a view
CREATE TABLE users (id bigint);
CREATE VIEW everybody AS SELECT id FROM users;
CREATE VIEW nobody AS SELECT id FROM everybody WHERE false;
DROP TABLE users CASCADE;
-- # drop a table with a materialized view
CREATE TABLE users (id bigint);
CREATE MATERIALIZED VIEW everybody AS SELECT id FROM users;
DROP TABLE users CASCADE;
-- # drop a table that refers to itself
CREATE TABLE nodes (id bigint PRIMARY KEY, parent bigint REFERENCES nodes);
DROP TABLE nodes;
-- # drop a table that refers to a partitioned table
CREATE TABLE teams (id bigint PRIMARY KEY) PARTITION BY HASH (id);
CREATE TABLE teams_0 PARTITION OF teams FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE users (id bigint, team bigint REFERENCES teams);
DROP TABLE users;
-- # drop a partitioned table that others refer to
CREATE TABLE teams (id bigint PRIMARY KEY) PARTITION BY HASH (id);
CREATE TABLE teams_0 PARTITION OF teams FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE users (id bigint, team bigint REFERENCES teams);
DROP TABLE teams CASCADE;
-- # drop a table with a trigger and a policy
CREATE TABLE users (id bigint);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f();
CREATE POLICY own ON users USING (id = 1);
DROP TABLE users;
-- # drop a table that a function reads
CREATE TABLE users (id bigint);
CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM users';
DROP TABLE users;
-- # rename a table that others refer to
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint REFERENCES teams);
ALTER TABLE teams RENAME TO clubs;
-- # rename a table with a view
CREATE TABLE users (id bigint);
CREATE VIEW everybody AS SELECT id FROM users;
ALTER TABLE users RENAME TO people;
-- # rename a parent of others
CREATE TABLE base (id bigint);
CREATE TABLE child () INHERITS (base);
ALTER TABLE base RENAME TO root;
-- # move a table with an index and a serial
CREATE SCHEMA archive;
CREATE TABLE users (id serial PRIMARY KEY);
ALTER TABLE users SET SCHEMA archive;
-- # move a partitioned table
CREATE SCHEMA archive;
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events SET SCHEMA archive;
-- # change of the owner of a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events OWNER TO CURRENT_USER;
-- # change of the owner of a table with a serial, at most
CREATE TABLE users (id serial);
ALTER TABLE users OWNER TO CURRENT_USER;
-- # change of the owner to another
CREATE ROLE somebody_else_1;
CREATE TABLE users (id serial PRIMARY KEY);
ALTER TABLE users OWNER TO somebody_else_1;
-- # set a storage parameter
CREATE TABLE users (id bigint);
ALTER TABLE users SET (fillfactor = 70);
-- # set a parameter of autovacuum
CREATE TABLE users (id bigint);
ALTER TABLE users SET (autovacuum_vacuum_scale_factor = 0.01);
-- # set a parameter of the planner
CREATE TABLE users (id bigint);
ALTER TABLE users SET (parallel_workers = 2);
-- # set the user as catalogue
CREATE TABLE users (id bigint);
ALTER TABLE users SET (user_catalog_table = true);
-- # reset a storage parameter
CREATE TABLE users (id bigint) WITH (fillfactor = 70);
ALTER TABLE users RESET (fillfactor);
-- # set without cluster
CREATE TABLE users (id bigint PRIMARY KEY);
ALTER TABLE users CLUSTER ON users_pkey;
ALTER TABLE users SET WITHOUT CLUSTER;
-- # cluster on
CREATE TABLE users (id bigint PRIMARY KEY);
ALTER TABLE users CLUSTER ON users_pkey;
-- # make a table one of a type
CREATE TYPE person AS (id bigint);
CREATE TABLE users (id bigint);
ALTER TABLE users OF person;
-- # make a table one of no type
CREATE TYPE person AS (id bigint);
CREATE TABLE users OF person;
ALTER TABLE users NOT OF;
-- # drop a schema with tables
CREATE SCHEMA archive;
CREATE TABLE archive.users (id serial);
CREATE TABLE archive.teams (id bigint);
CREATE TABLE others (id bigint);
DROP SCHEMA archive CASCADE;
-- # drop a schema whose table refers to one outside
CREATE SCHEMA archive;
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE archive.users (id bigint, team bigint REFERENCES teams);
DROP SCHEMA archive CASCADE;
-- # rename a schema
CREATE SCHEMA archive;
CREATE TABLE archive.users (id bigint);
ALTER SCHEMA archive RENAME TO attic;
-- # comment on a table that is partitioned
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
COMMENT ON TABLE events IS 'x';
