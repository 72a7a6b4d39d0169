-- Changes of a column's type.

-- # shorten a type
CREATE TABLE users (note character varying(20));
ALTER TABLE users ALTER COLUMN note TYPE character varying(10);
-- # type of a column with a btree index from varchar to text
CREATE TABLE users (id bigint, note character varying(20));
CREATE INDEX ON users (note);
INSERT INTO users VALUES (1, 'x');
ALTER TABLE users ALTER COLUMN note TYPE text;
-- # type of a column with an index with pattern operators
CREATE TABLE users (id bigint, note character varying(20));
CREATE INDEX ON users (note varchar_pattern_ops);
ALTER TABLE users ALTER COLUMN note TYPE text;
-- # type of a column that an index over an expression names
CREATE TABLE users (id bigint, note character varying(20));
CREATE INDEX ON users (lower(note));
ALTER TABLE users ALTER COLUMN note TYPE text;
-- # type of a column that the condition of an index names
CREATE TABLE users (id bigint, note character varying(20));
CREATE INDEX ON users (id) WHERE note <> '';
ALTER TABLE users ALTER COLUMN note TYPE text;
-- # type of a column that an index includes
CREATE TABLE users (id bigint, note character varying(20));
CREATE INDEX ON users (id) INCLUDE (note);
ALTER TABLE users ALTER COLUMN note TYPE text;
-- # wider type of a column that the condition of an index names
CREATE TABLE users (id bigint, note character varying(10));
CREATE INDEX ON users (id) WHERE note <> '';
ALTER TABLE users ALTER COLUMN note TYPE character varying(20);
-- # wider type of a column that an index over an expression names
CREATE TABLE users (id bigint, note character varying(10));
CREATE INDEX ON users (lower(note));
ALTER TABLE users ALTER COLUMN note TYPE character varying(20);
-- # rewrite of a table with several indexes
CREATE TABLE users (id integer PRIMARY KEY, note text);
CREATE INDEX ON users (note);
INSERT INTO users VALUES (1, 'x');
ALTER TABLE users ALTER COLUMN id TYPE bigint;
-- # type of a column with a check of another column
CREATE TABLE users (id bigint CHECK (id > 0), note character varying(10));
INSERT INTO users VALUES (1, 'x');
ALTER TABLE users ALTER COLUMN note TYPE text;
-- # type of a column with a check that is not valid
CREATE TABLE users (id bigint, note character varying(10));
ALTER TABLE users ADD CONSTRAINT noted CHECK (note <> '') NOT VALID;
ALTER TABLE users ALTER COLUMN note TYPE text;
-- # type of a column that another table refers to without a rewrite
CREATE TABLE teams (code character varying(10) PRIMARY KEY);
CREATE TABLE users (team character varying(10) REFERENCES teams (code));
ALTER TABLE teams ALTER COLUMN code TYPE character varying(20);
-- # type of a column that refers to another table, to text
CREATE TABLE teams (code text PRIMARY KEY);
CREATE TABLE users (team character varying(10) REFERENCES teams (code));
INSERT INTO teams VALUES ('x');
INSERT INTO users VALUES ('x');
ALTER TABLE users ALTER COLUMN team TYPE text;
-- # type of a key's other column
CREATE TABLE teams (a bigint, b integer, note character varying(5), PRIMARY KEY (a, b));
CREATE TABLE users (a bigint, b integer, FOREIGN KEY (a, b) REFERENCES teams);
ALTER TABLE teams ALTER COLUMN note TYPE text;
-- # type of a column of a parent of others
CREATE TABLE base (id integer);
CREATE TABLE child () INHERITS (base);
ALTER TABLE base ALTER COLUMN id TYPE bigint;
-- # type of a column of a partitioned table
CREATE TABLE events (day date, n integer) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO events VALUES ('2026-02-02', 1);
ALTER TABLE events ALTER COLUMN n TYPE bigint;
-- # type of a column of a partitioned table without a rewrite
CREATE TABLE events (day date, note character varying(10)) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO events VALUES ('2026-02-02', 'x');
ALTER TABLE events ALTER COLUMN note TYPE text;
-- # the same type
CREATE TABLE users (id bigint, note text);
CREATE INDEX ON users (note);
ALTER TABLE users ALTER COLUMN note TYPE text;
-- # the same type with its usual collation
CREATE TABLE users (id bigint, note text);
CREATE INDEX ON users (note);
ALTER TABLE users ALTER COLUMN note TYPE text COLLATE "default";
-- # another collation without an index
CREATE TABLE users (id bigint, note text);
INSERT INTO users VALUES (1, 'x');
ALTER TABLE users ALTER COLUMN note TYPE text COLLATE "C";
-- # another collation of a column with an index
CREATE TABLE users (id bigint, note text);
CREATE INDEX ON users (note);
ALTER TABLE users ALTER COLUMN note TYPE text COLLATE "C";
-- # another collation of a column with a check
CREATE TABLE users (id bigint, note text CHECK (note > 'a'));
ALTER TABLE users ALTER COLUMN note TYPE text COLLATE "C";
-- # away from another collation
CREATE TABLE users (id bigint, note text COLLATE "C");
CREATE INDEX ON users (note);
ALTER TABLE users ALTER COLUMN note TYPE text;
-- # USING that changes nothing
CREATE TABLE users (id bigint, note character varying(10));
ALTER TABLE users ALTER COLUMN note TYPE text USING note;
-- # USING a cast that changes nothing
CREATE TABLE users (id bigint, note character varying(10));
ALTER TABLE users ALTER COLUMN note TYPE text USING note::text;
-- # USING a cast that shortens
CREATE TABLE users (id bigint, note text);
ALTER TABLE users ALTER COLUMN note TYPE character varying(10) USING note::character varying(10);
-- # text to an enum
CREATE TYPE mood AS ENUM ('glad');
CREATE TABLE users (id bigint, mood text);
ALTER TABLE users ALTER COLUMN mood TYPE mood USING mood::mood;
-- # an enum to text
CREATE TYPE mood AS ENUM ('glad');
CREATE TABLE users (id bigint, mood mood);
ALTER TABLE users ALTER COLUMN mood TYPE text;
-- # a type to a domain over it
CREATE DOMAIN note AS text;
CREATE TABLE users (id bigint, note text);
ALTER TABLE users ALTER COLUMN note TYPE note;
-- # a type to a domain over it with a check
CREATE DOMAIN note AS text CHECK (VALUE <> '');
CREATE TABLE users (id bigint, note text);
ALTER TABLE users ALTER COLUMN note TYPE note;
-- # a domain to its type
CREATE DOMAIN note AS text CHECK (VALUE <> '');
CREATE TABLE users (id bigint, note note);
ALTER TABLE users ALTER COLUMN note TYPE text;
-- # a domain to a domain over the same type
CREATE DOMAIN note AS text;
CREATE DOMAIN remark AS text;
CREATE TABLE users (id bigint, note note);
ALTER TABLE users ALTER COLUMN note TYPE remark;
-- # a shorter type to a domain over a longer one
CREATE DOMAIN note AS character varying(20);
CREATE TABLE users (id bigint, note character varying(10));
ALTER TABLE users ALTER COLUMN note TYPE note;
-- # timestamp to timestamptz
CREATE TABLE users (id bigint, made timestamp);
ALTER TABLE users ALTER COLUMN made TYPE timestamptz;
-- # timestamptz to timestamp
CREATE TABLE users (id bigint, made timestamptz);
ALTER TABLE users ALTER COLUMN made TYPE timestamp;
-- # timestamp to timestamptz under UTC, at most
CREATE TABLE users (id bigint, made timestamp);
SET timezone = 'UTC';
ALTER TABLE users ALTER COLUMN made TYPE timestamptz;
-- # timestamptz to timestamp under UTC, at most
CREATE TABLE users (id bigint, made timestamptz);
SET timezone = 'UTC';
ALTER TABLE users ALTER COLUMN made TYPE timestamp;
-- # timestamp to a less exact timestamptz under UTC
CREATE TABLE users (id bigint, made timestamp);
SET timezone = 'UTC';
ALTER TABLE users ALTER COLUMN made TYPE timestamptz(0);
-- # timestamp to timestamptz of a column with an index under UTC, at most
CREATE TABLE users (id bigint, made timestamp);
CREATE INDEX ON users (made);
SET timezone = 'UTC';
ALTER TABLE users ALTER COLUMN made TYPE timestamptz;
-- # an array of varchar to an array of text
CREATE TABLE users (id bigint, tags character varying(10)[]);
ALTER TABLE users ALTER COLUMN tags TYPE text[];
-- # an array of varchar to an array of longer varchar
CREATE TABLE users (id bigint, tags character varying(10)[]);
ALTER TABLE users ALTER COLUMN tags TYPE character varying(20)[];
-- # type of a column with extended statistics
CREATE TABLE users (a integer, b integer);
CREATE STATISTICS both_of_users ON a, b FROM users;
ALTER TABLE users ALTER COLUMN a TYPE bigint;
-- # type of a column with an exclusion
CREATE TABLE stays (id bigint, during int4range, EXCLUDE USING gist (during WITH &&));
ALTER TABLE stays ALTER COLUMN during TYPE int8range USING int8range(lower(during), upper(during));
-- # type of a column with a serial
CREATE TABLE users (id serial PRIMARY KEY);
ALTER TABLE users ALTER COLUMN id TYPE bigint;
-- # type of a column with an identity
CREATE TABLE users (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
ALTER TABLE users ALTER COLUMN id TYPE bigint;
-- # type of a column that a stored column needs not
CREATE TABLE users (id bigint, note character varying(10), double bigint GENERATED ALWAYS AS (id * 2) STORED);
ALTER TABLE users ALTER COLUMN note TYPE text;
-- # several types in one statement
CREATE TABLE users (id integer, n integer);
ALTER TABLE users ALTER COLUMN id TYPE bigint, ALTER COLUMN n TYPE bigint;
-- # type of a column with a trigger for it elsewhere
CREATE TABLE users (id integer, note text);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE UPDATE OF note ON users FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE users ALTER COLUMN id TYPE bigint;
-- # type of a column with a reference whose table is partitioned
CREATE TABLE users (id integer PRIMARY KEY);
CREATE TABLE events (day date, user_id integer REFERENCES users) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE users ALTER COLUMN id TYPE bigint;
-- # citext to text
CREATE EXTENSION citext;
CREATE TABLE users (id bigint, email citext);
ALTER TABLE users ALTER COLUMN email TYPE text;
-- # text to citext with an index
CREATE EXTENSION citext;
CREATE TABLE users (id bigint, email text UNIQUE);
ALTER TABLE users ALTER COLUMN email TYPE citext;
-- # interval with fewer fields
CREATE TABLE jobs (id bigint, took interval);
ALTER TABLE jobs ALTER COLUMN took TYPE interval DAY TO SECOND;
-- # interval with all fields
CREATE TABLE jobs (id bigint, took interval DAY TO SECOND);
ALTER TABLE jobs ALTER COLUMN took TYPE interval;
-- # interval that loses its seconds
CREATE TABLE jobs (id bigint, took interval);
ALTER TABLE jobs ALTER COLUMN took TYPE interval HOUR;
-- # interval of hours that keeps days only
CREATE TABLE jobs (id bigint, took interval HOUR);
ALTER TABLE jobs ALTER COLUMN took TYPE interval DAY;
-- # interval of days that gains hours
CREATE TABLE jobs (id bigint, took interval DAY);
ALTER TABLE jobs ALTER COLUMN took TYPE interval DAY TO HOUR;
-- # interval with fewer digits
CREATE TABLE jobs (id bigint, took interval DAY TO SECOND (6));
ALTER TABLE jobs ALTER COLUMN took TYPE interval SECOND (3);
-- # interval of hours to one with few digits
CREATE TABLE jobs (id bigint, took interval HOUR);
ALTER TABLE jobs ALTER COLUMN took TYPE interval(0);
