-- What no transaction block takes, or what locks in several transactions of its own.

-- # create index concurrently
CREATE TABLE users (id bigint);
INSERT INTO users VALUES (1);
CREATE INDEX CONCURRENTLY ix ON users (id);
-- # create unique index concurrently on a table that others refer to
CREATE TABLE teams (id bigint PRIMARY KEY, code text);
CREATE TABLE users (id bigint, team bigint REFERENCES teams);
CREATE UNIQUE INDEX CONCURRENTLY ix ON teams (code);
-- # create index concurrently on a partition
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX CONCURRENTLY ix ON events_2026 (day);
-- # create index concurrently if not exists, and it does
CREATE TABLE users (id bigint);
CREATE INDEX ix ON users (id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix ON users (id);
-- # create index concurrently on a materialized view
CREATE TABLE users (id bigint);
CREATE MATERIALIZED VIEW everybody AS SELECT id FROM users;
CREATE INDEX CONCURRENTLY ix ON everybody (id);
-- # drop index concurrently
CREATE TABLE users (id bigint);
CREATE INDEX ix ON users (id);
DROP INDEX CONCURRENTLY ix;
-- # drop index concurrently if exists, and it does not
CREATE TABLE users (id bigint);
DROP INDEX CONCURRENTLY IF EXISTS ix;
-- # reindex an index concurrently
CREATE TABLE users (id bigint);
CREATE INDEX ix ON users (id);
REINDEX INDEX CONCURRENTLY ix;
-- # reindex a table concurrently
CREATE TABLE users (id bigint PRIMARY KEY, note text);
CREATE INDEX ix ON users (note);
REINDEX TABLE CONCURRENTLY users;
-- # reindex a table concurrently in brackets
CREATE TABLE users (id bigint PRIMARY KEY, note text);
REINDEX (CONCURRENTLY) TABLE users;
-- # reindex a schema
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE teams (id bigint PRIMARY KEY);
REINDEX SCHEMA public;
-- # reindex a partitioned table
CREATE TABLE events (day date PRIMARY KEY) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
REINDEX TABLE events;
-- # reindex a partitioned table concurrently
CREATE TABLE events (day date PRIMARY KEY) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
REINDEX TABLE CONCURRENTLY events;
-- # reindex a partitioned index
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX whole ON events (day);
REINDEX INDEX whole;
-- # detach a partition concurrently
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events DETACH PARTITION events_2026 CONCURRENTLY;
-- # detach a partition concurrently from a table that refers to another
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE events (day date, user_id bigint REFERENCES users) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events DETACH PARTITION events_2026 CONCURRENTLY;
-- # vacuum
CREATE TABLE users (id bigint PRIMARY KEY);
INSERT INTO users VALUES (1);
VACUUM users;
-- # vacuum and analyze
CREATE TABLE users (id bigint PRIMARY KEY);
VACUUM (ANALYZE) users;
-- # vacuum a partitioned table
CREATE TABLE events (day date PRIMARY KEY) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
VACUUM events;
-- # vacuum full
CREATE TABLE users (id bigint PRIMARY KEY);
INSERT INTO users VALUES (1);
VACUUM FULL users;
-- # vacuum full in brackets
CREATE TABLE users (id bigint PRIMARY KEY);
VACUUM (FULL, ANALYZE) users;
-- # vacuum everything
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE teams (id bigint PRIMARY KEY);
VACUUM;
-- # analyze everything
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE teams (id bigint PRIMARY KEY);
ANALYZE;
-- # cluster everything, at most
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE teams (id bigint PRIMARY KEY);
CLUSTER users USING users_pkey;
CLUSTER;
-- # cluster a partitioned table, since 15
CREATE TABLE events (day date PRIMARY KEY) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CLUSTER events USING events_pkey;
-- # refresh a materialized view concurrently while it is read
CREATE TABLE users (id bigint);
CREATE MATERIALIZED VIEW everybody AS SELECT id FROM users;
CREATE UNIQUE INDEX ON everybody (id);
REFRESH MATERIALIZED VIEW CONCURRENTLY everybody;
-- # create a database
CREATE DATABASE another_one_1;
-- # alter system
ALTER SYSTEM SET work_mem = '8MB';
