-- Indexes, and what rebuilds them.

-- # create unique index
CREATE TABLE users (id bigint);
INSERT INTO users VALUES (1);
CREATE UNIQUE INDEX ON users (id);
-- # create index over an expression
CREATE TABLE users (id bigint, note text);
CREATE INDEX ON users (lower(note)) WHERE id > 0;
-- # create index with another method
CREATE TABLE users (id bigint, tags text[]);
CREATE INDEX ON users USING gin (tags);
-- # create index on a materialized view
CREATE TABLE users (id bigint);
CREATE MATERIALIZED VIEW everybody AS SELECT id FROM users;
CREATE INDEX ON everybody (id);
-- # drop index if exists, and it does not
CREATE TABLE users (id bigint);
DROP INDEX IF EXISTS ix;
-- # drop several indexes
CREATE TABLE users (id bigint);
CREATE TABLE teams (id bigint);
CREATE INDEX a ON users (id);
CREATE INDEX b ON teams (id);
DROP INDEX a, b;
-- # drop a unique index that others refer to
CREATE TABLE teams (id bigint);
CREATE UNIQUE INDEX one ON teams (id);
CREATE TABLE users (id bigint, team bigint REFERENCES teams (id));
DROP INDEX one CASCADE;
-- # set a storage parameter of an index
CREATE TABLE users (id bigint);
CREATE INDEX ix ON users (id);
ALTER INDEX ix SET (fillfactor = 70);
-- # set the statistics of an index
CREATE TABLE users (id bigint);
CREATE INDEX ix ON users ((id + 1));
ALTER INDEX ix ALTER COLUMN 1 SET STATISTICS 100;
-- # set the tablespace of an index
CREATE TABLE users (id bigint);
CREATE INDEX ix ON users (id);
ALTER INDEX ix SET TABLESPACE elsewhere;
-- # comment on an index
CREATE TABLE users (id bigint);
CREATE INDEX ix ON users (id);
COMMENT ON INDEX ix IS 'x';
-- # rename an index that makes a key
CREATE TABLE users (id bigint PRIMARY KEY);
ALTER INDEX users_pkey RENAME TO users_key;
-- # reindex an index
CREATE TABLE users (id bigint, note text);
CREATE INDEX ix ON users (id);
REINDEX INDEX ix;
-- # reindex a table
CREATE TABLE users (id bigint PRIMARY KEY, note text);
CREATE INDEX ix ON users (note);
REINDEX TABLE users;
-- # reindex a table without an index
CREATE TABLE users (id bigint);
REINDEX TABLE users;
-- # reindex a table verbosely
CREATE TABLE users (id bigint PRIMARY KEY);
REINDEX (VERBOSE) TABLE users;
-- # reindex a materialized view
CREATE TABLE users (id bigint);
CREATE MATERIALIZED VIEW everybody AS SELECT id FROM users;
CREATE INDEX ix ON everybody (id);
REINDEX TABLE everybody;
-- # reindex a table that others refer to
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint REFERENCES teams);
REINDEX TABLE teams;
-- # drop what an interrupted build left
CREATE TABLE users (id bigint);
CREATE INDEX ix ON users (id);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix'::regclass;
DO $safemigrate$
-- safemigrate invalid 1 {"table": "users", "index": "ix"}
BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_index WHERE indexrelid = to_regclass('ix')
      AND indrelid = to_regclass('users') AND NOT indisvalid) THEN
    DROP INDEX ix;
  END IF;
END $safemigrate$;
