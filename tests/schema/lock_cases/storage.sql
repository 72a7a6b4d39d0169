-- How rows are stored, and what writes a table anew.

-- # set the tablespace of a table
CREATE TABLE users (id bigint PRIMARY KEY);
INSERT INTO users VALUES (1);
ALTER TABLE users SET TABLESPACE elsewhere;
-- # set the tablespace of a table to what it is, at most
CREATE TABLE users (id bigint PRIMARY KEY);
ALTER TABLE users SET TABLESPACE pg_default;
-- # set the tablespace of a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events SET TABLESPACE elsewhere;
-- # set the tablespace of a materialized view
CREATE TABLE users (id bigint);
CREATE MATERIALIZED VIEW everybody AS SELECT id FROM users;
ALTER MATERIALIZED VIEW everybody SET TABLESPACE elsewhere;
-- # set unlogged
CREATE TABLE users (id bigint PRIMARY KEY);
INSERT INTO users VALUES (1);
ALTER TABLE users SET UNLOGGED;
-- # set unlogged with a serial
CREATE TABLE users (id serial PRIMARY KEY);
ALTER TABLE users SET UNLOGGED;
-- # set logged
CREATE UNLOGGED TABLE users (id bigint PRIMARY KEY);
ALTER TABLE users SET LOGGED;
-- # set logged what is logged
CREATE TABLE users (id bigint PRIMARY KEY);
ALTER TABLE users SET LOGGED;
-- # set the access method, since 15
CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE users (id bigint PRIMARY KEY);
ALTER TABLE users SET ACCESS METHOD heap2;
-- # set the access method to what it is, at most, since 15
CREATE TABLE users (id bigint PRIMARY KEY);
ALTER TABLE users SET ACCESS METHOD heap;
-- # set the access method of a partitioned table, since 17
CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events SET ACCESS METHOD heap2;
-- # cluster
CREATE TABLE users (id bigint PRIMARY KEY);
INSERT INTO users VALUES (1);
CLUSTER users USING users_pkey;
-- # cluster again
CREATE TABLE users (id bigint PRIMARY KEY);
CLUSTER users USING users_pkey;
CLUSTER users;
-- # analyze
CREATE TABLE users (id bigint PRIMARY KEY);
INSERT INTO users VALUES (1);
ANALYZE users;
-- # analyze a column of several tables
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE teams (id bigint PRIMARY KEY);
ANALYZE users (id), teams;
-- # replica identity full
CREATE TABLE users (id bigint PRIMARY KEY);
ALTER TABLE users REPLICA IDENTITY FULL;
-- # replica identity of an index
CREATE TABLE users (id bigint NOT NULL);
CREATE UNIQUE INDEX one ON users (id);
ALTER TABLE users REPLICA IDENTITY USING INDEX one;
-- # replica identity of a partitioned table
CREATE TABLE events (day date PRIMARY KEY) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events REPLICA IDENTITY FULL;
