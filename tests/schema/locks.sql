-- Statements whose locks and work the model foretells. Each case: what is there before, and last the statement.

-- # create table
CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE, CHECK (id > 0));
-- # create table that refers to another
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id));
-- # create table that refers to itself
CREATE TABLE nodes (id bigint PRIMARY KEY, parent bigint REFERENCES nodes (id));
-- # create a partition
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- # create table if not exists, and it does
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY);
-- # drop table
CREATE TABLE users (id bigint PRIMARY KEY);
DROP TABLE users;
-- # drop table if exists, and it does not
DROP TABLE IF EXISTS users;
-- # drop table that refers to another
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id));
DROP TABLE orders;
-- # drop table that others refer to
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id));
DROP TABLE users CASCADE;
-- # drop a partition
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
DROP TABLE events_2026;
-- # drop a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
DROP TABLE events;
-- # rename table
CREATE TABLE users (id bigint PRIMARY KEY);
ALTER TABLE users RENAME TO people;
-- # rename a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events RENAME TO happenings;
-- # move table
CREATE SCHEMA archive;
CREATE TABLE users (id bigint PRIMARY KEY);
ALTER TABLE users SET SCHEMA archive;
-- # add column
CREATE TABLE users (id bigint);
INSERT INTO users VALUES (1);
ALTER TABLE users ADD COLUMN note text;
-- # add column with a constant default
CREATE TABLE users (id bigint);
INSERT INTO users VALUES (1);
ALTER TABLE users ADD COLUMN note text DEFAULT 'x' NOT NULL;
-- # add column with a stable default
CREATE TABLE users (id bigint);
INSERT INTO users VALUES (1);
ALTER TABLE users ADD COLUMN made timestamptz DEFAULT now() NOT NULL;
-- # add column with a volatile default
CREATE TABLE users (id bigint);
INSERT INTO users VALUES (1);
ALTER TABLE users ADD COLUMN made timestamptz DEFAULT clock_timestamp();
-- # add column with a volatile default beside a key
CREATE TABLE users (id bigint PRIMARY KEY);
ALTER TABLE users ADD COLUMN lot double precision DEFAULT random();
-- # add column serial
CREATE TABLE users (id bigint);
ALTER TABLE users ADD COLUMN number bigserial;
-- # add column identity
CREATE TABLE users (id bigint);
ALTER TABLE users ADD COLUMN number integer GENERATED ALWAYS AS IDENTITY;
-- # add column stored
CREATE TABLE users (id bigint);
ALTER TABLE users ADD COLUMN double bigint GENERATED ALWAYS AS (id * 2) STORED;
-- # add column not null to a table that is empty
CREATE TABLE users (id bigint);
ALTER TABLE users ADD COLUMN note text NOT NULL;
-- # add column of a domain
CREATE DOMAIN email AS text;
CREATE TABLE users (id bigint);
ALTER TABLE users ADD COLUMN email email;
-- # add column of a domain with a check
CREATE DOMAIN email AS text CHECK (VALUE <> '');
CREATE TABLE users (id bigint);
ALTER TABLE users ADD COLUMN email email;
-- # add column of a domain with a check, and a default
CREATE DOMAIN email AS text CHECK (VALUE <> '');
CREATE TABLE users (id bigint);
ALTER TABLE users ADD COLUMN email public.email DEFAULT 'x';
-- # add column of many values of a domain with a check
CREATE DOMAIN email AS text CHECK (VALUE <> '');
CREATE TABLE users (id bigint);
ALTER TABLE users ADD COLUMN email email[];
-- # add column with a check
CREATE TABLE users (id bigint);
ALTER TABLE users ADD COLUMN age integer CHECK (age > 0);
-- # add column unique
CREATE TABLE users (id bigint);
ALTER TABLE users ADD COLUMN note text UNIQUE;
-- # add column with a reference
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint);
ALTER TABLE users ADD COLUMN team bigint REFERENCES teams (id);
-- # add column with a reference and a default
CREATE TABLE teams (id bigint PRIMARY KEY);
INSERT INTO teams VALUES (1);
CREATE TABLE users (id bigint);
INSERT INTO users VALUES (1);
ALTER TABLE users ADD COLUMN team bigint DEFAULT 1 REFERENCES teams (id);
-- # add column if not exists, and it does
CREATE TABLE users (id bigint, note text);
ALTER TABLE users ADD COLUMN IF NOT EXISTS note text DEFAULT random()::text;
-- # add column to a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events ADD COLUMN note text;
-- # drop column
CREATE TABLE users (id bigint, note text);
ALTER TABLE users DROP COLUMN note;
-- # drop column that refers to another table
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint REFERENCES teams (id));
ALTER TABLE users DROP COLUMN team;
-- # drop column that others refer to
CREATE TABLE teams (id bigint PRIMARY KEY, code text UNIQUE);
CREATE TABLE users (id bigint, team text REFERENCES teams (code));
ALTER TABLE teams DROP COLUMN code CASCADE;
-- # drop the primary key's column that others refer to
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint REFERENCES teams);
ALTER TABLE teams DROP COLUMN id CASCADE;
-- # rename column
CREATE TABLE users (id bigint, note text);
ALTER TABLE users RENAME COLUMN note TO remark;
-- # set default
CREATE TABLE users (id bigint, note text);
ALTER TABLE users ALTER COLUMN note SET DEFAULT random()::text;
-- # set default on a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events ALTER COLUMN day SET DEFAULT CURRENT_DATE;
-- # drop default
CREATE TABLE users (id bigint, note text DEFAULT 'x');
ALTER TABLE users ALTER COLUMN note DROP DEFAULT;
-- # set not null
CREATE TABLE users (id bigint, note text);
ALTER TABLE users ALTER COLUMN note SET NOT NULL;
-- # set not null that a check proves
CREATE TABLE users (id bigint, note text, CHECK (note IS NOT NULL));
ALTER TABLE users ALTER COLUMN note SET NOT NULL;
-- # set not null that part of a check proves
CREATE TABLE users (id bigint, note text, CHECK (note IS NOT NULL AND id > 0));
ALTER TABLE users ALTER COLUMN note SET NOT NULL;
-- # set not null that a check proves only if it were valid
CREATE TABLE users (id bigint, note text);
ALTER TABLE users ADD CONSTRAINT noted CHECK (note IS NOT NULL) NOT VALID;
ALTER TABLE users ALTER COLUMN note SET NOT NULL;
-- # set not null that a check with OR does not prove
CREATE TABLE users (id bigint, note text, CHECK (note IS NOT NULL OR id > 0));
ALTER TABLE users ALTER COLUMN note SET NOT NULL;
-- # set not null twice
CREATE TABLE users (id bigint, note text NOT NULL);
ALTER TABLE users ALTER COLUMN note SET NOT NULL;
-- # drop not null
CREATE TABLE users (id bigint, note text NOT NULL);
ALTER TABLE users ALTER COLUMN note DROP NOT NULL;
-- # add identity
CREATE TABLE users (id bigint NOT NULL);
ALTER TABLE users ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY;
-- # change identity
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY);
ALTER TABLE users ALTER COLUMN id SET GENERATED BY DEFAULT;
-- # drop identity
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY);
ALTER TABLE users ALTER COLUMN id DROP IDENTITY;
-- # widen a type
CREATE TABLE users (note character varying(10));
ALTER TABLE users ALTER COLUMN note TYPE character varying(20);
-- # change a type with a rewrite
CREATE TABLE users (id integer PRIMARY KEY);
ALTER TABLE users ALTER COLUMN id TYPE bigint;
-- # change a type that others refer to
CREATE TABLE teams (id integer PRIMARY KEY);
CREATE TABLE users (id bigint, team integer REFERENCES teams (id));
ALTER TABLE teams ALTER COLUMN id TYPE bigint;
-- # change a type that refers to another
CREATE TABLE teams (id integer PRIMARY KEY);
CREATE TABLE users (id bigint, team integer REFERENCES teams (id));
ALTER TABLE users ALTER COLUMN team TYPE bigint;
-- # widen the type of an indexed address
CREATE TABLE hosts (address cidr PRIMARY KEY);
ALTER TABLE hosts ALTER COLUMN address TYPE inet;
-- # change a type that only the index feels
CREATE TABLE flags (bits bit(4) PRIMARY KEY);
ALTER TABLE flags ALTER COLUMN bits TYPE bit varying;
-- # widen the type of a numeric column with a check and a key
CREATE TABLE prices (price numeric(10,2) PRIMARY KEY CHECK (price > 0));
ALTER TABLE prices ALTER COLUMN price TYPE numeric(12,2);
-- # widen a type that refers to another
CREATE TABLE teams (code character varying(10) PRIMARY KEY);
CREATE TABLE users (team character varying(10) REFERENCES teams (code));
ALTER TABLE users ALTER COLUMN team TYPE character varying(20);
-- # change a type with USING
CREATE TABLE users (id text);
ALTER TABLE users ALTER COLUMN id TYPE integer USING id::integer;
-- # change a collation
CREATE TABLE users (note text PRIMARY KEY);
ALTER TABLE users ALTER COLUMN note TYPE text COLLATE "POSIX";
-- # widen the type of an indexed column
CREATE TABLE users (note character varying(10) PRIMARY KEY);
ALTER TABLE users ALTER COLUMN note TYPE text;
-- # widen the type of a column with a check
CREATE TABLE users (note character varying(10) CHECK (note <> ''));
ALTER TABLE users ALTER COLUMN note TYPE text;
-- # add check
CREATE TABLE users (id bigint);
ALTER TABLE users ADD CONSTRAINT positive CHECK (id > 0);
-- # add check not valid
CREATE TABLE users (id bigint);
ALTER TABLE users ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;
-- # add not null, since 18
CREATE TABLE users (id bigint, note text);
ALTER TABLE users ADD CONSTRAINT noted NOT NULL note;
-- # add not null not valid, since 18
CREATE TABLE users (id bigint, note text);
ALTER TABLE users ADD CONSTRAINT noted NOT NULL note NOT VALID;
-- # add unique
CREATE TABLE users (id bigint);
ALTER TABLE users ADD CONSTRAINT one UNIQUE (id);
-- # add unique using an index
CREATE TABLE users (id bigint);
CREATE UNIQUE INDEX one ON users (id);
ALTER TABLE users ADD CONSTRAINT one UNIQUE USING INDEX one;
-- # add primary key
CREATE TABLE users (id bigint);
ALTER TABLE users ADD PRIMARY KEY (id);
-- # add primary key using an index over a nullable column
CREATE TABLE users (id bigint);
CREATE UNIQUE INDEX one ON users (id);
ALTER TABLE users ADD PRIMARY KEY USING INDEX one;
-- # add primary key using an index over a column that is not null
CREATE TABLE users (id bigint NOT NULL);
CREATE UNIQUE INDEX one ON users (id);
ALTER TABLE users ADD PRIMARY KEY USING INDEX one;
-- # add foreign key
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint);
ALTER TABLE users ADD FOREIGN KEY (team) REFERENCES teams (id);
-- # add foreign key not valid
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint);
ALTER TABLE users ADD CONSTRAINT fk FOREIGN KEY (team) REFERENCES teams (id) NOT VALID;
-- # add foreign key to itself
CREATE TABLE nodes (id bigint PRIMARY KEY, parent bigint);
ALTER TABLE nodes ADD FOREIGN KEY (parent) REFERENCES nodes (id);
-- # add foreign key to a partitioned table
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE events (day date, user_id bigint) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events ADD FOREIGN KEY (user_id) REFERENCES users (id);
-- # add exclusion
CREATE TABLE stays (during daterange);
ALTER TABLE stays ADD CONSTRAINT apart EXCLUDE USING gist (during WITH &&);
-- # validate check
CREATE TABLE users (id bigint);
ALTER TABLE users ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT positive;
-- # validate foreign key
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint);
ALTER TABLE users ADD CONSTRAINT fk FOREIGN KEY (team) REFERENCES teams (id) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT fk;
-- # validate what is valid
CREATE TABLE users (id bigint CONSTRAINT positive CHECK (id > 0));
ALTER TABLE users VALIDATE CONSTRAINT positive;
-- # drop check
CREATE TABLE users (id bigint CONSTRAINT positive CHECK (id > 0));
ALTER TABLE users DROP CONSTRAINT positive;
-- # drop foreign key
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint CONSTRAINT fk REFERENCES teams (id));
ALTER TABLE users DROP CONSTRAINT fk;
-- # drop a key that others refer to
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint REFERENCES teams (id));
ALTER TABLE teams DROP CONSTRAINT teams_pkey CASCADE;
-- # rename constraint
CREATE TABLE users (id bigint CONSTRAINT positive CHECK (id > 0));
ALTER TABLE users RENAME CONSTRAINT positive TO natural_number;
-- # create index
CREATE TABLE users (id bigint);
CREATE INDEX ON users (id);
-- # create index if not exists, and it does
CREATE TABLE users (id bigint);
CREATE INDEX ix ON users (id);
CREATE INDEX IF NOT EXISTS ix ON users (id);
-- # create index on a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX ON events (day);
-- # create index on only a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX ON ONLY events (day);
-- # drop index
CREATE TABLE users (id bigint);
CREATE INDEX ix ON users (id);
DROP INDEX ix;
-- # rename index
CREATE TABLE users (id bigint);
CREATE INDEX ix ON users (id);
ALTER INDEX ix RENAME TO ix_users;
-- # rename index as a table
CREATE TABLE users (id bigint);
CREATE INDEX ix ON users (id);
ALTER TABLE ix RENAME TO ix_users;
-- # create enum
CREATE TYPE mood AS ENUM ('glad');
-- # add enum value
CREATE TYPE mood AS ENUM ('glad');
CREATE TABLE users (mood mood);
ALTER TYPE mood ADD VALUE 'sad';
-- # rename enum value
CREATE TYPE mood AS ENUM ('glad');
CREATE TABLE users (mood mood);
ALTER TYPE mood RENAME VALUE 'glad' TO 'happy';
-- # rename type
CREATE TYPE mood AS ENUM ('glad');
CREATE TABLE users (mood mood);
ALTER TYPE mood RENAME TO feeling;
-- # create trigger
CREATE TABLE users (id bigint);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f();
-- # drop trigger
CREATE TABLE users (id bigint);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f();
DROP TRIGGER t ON users;
-- # create function
CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1';
-- # drop function
CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1';
DROP FUNCTION f();
-- # create view
CREATE TABLE users (id bigint);
CREATE VIEW everybody AS SELECT id FROM users;
-- # drop view
CREATE TABLE users (id bigint);
CREATE VIEW everybody AS SELECT id FROM users;
DROP VIEW everybody;
-- # create policy
CREATE TABLE users (id bigint);
CREATE POLICY own ON users USING (id = 1);
-- # drop policy
CREATE TABLE users (id bigint);
CREATE POLICY own ON users USING (id = 1);
DROP POLICY own ON users;
-- # create sequence
CREATE SEQUENCE numbers;
-- # create schema
CREATE SCHEMA archive;
-- # comment on a table
CREATE TABLE users (id bigint);
COMMENT ON TABLE users IS 'people';
-- # comment on a column
CREATE TABLE users (id bigint);
COMMENT ON COLUMN users.id IS 'number';
-- # change of the owner
CREATE TABLE users (id bigint);
ALTER TABLE users OWNER TO CURRENT_USER;
-- # grant
CREATE TABLE users (id bigint);
GRANT SELECT ON users TO PUBLIC;
-- # insert
CREATE TABLE users (id bigint);
INSERT INTO users (id) VALUES (1);
-- # update
CREATE TABLE users (id bigint);
UPDATE users SET id = 2 WHERE id = 1;
-- # delete
CREATE TABLE users (id bigint);
DELETE FROM users WHERE id = 1;
-- # truncate
CREATE TABLE users (id bigint);
INSERT INTO users VALUES (1);
TRUNCATE users;
-- # truncate with those that refer to it
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint REFERENCES teams (id));
TRUNCATE teams CASCADE;
-- # select
CREATE TABLE users (id bigint);
SELECT id FROM users;
-- # lock table
CREATE TABLE users (id bigint);
LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE;
-- # lock table without a mode
CREATE TABLE users (id bigint);
LOCK TABLE users;
-- # set a parameter
SET lock_timeout = '1s';
-- # several actions in one statement
CREATE TABLE users (id bigint, note text);
ALTER TABLE users ADD COLUMN age integer, ALTER COLUMN note SET NOT NULL, ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;
-- # the guard of a contract
CREATE TABLE users (id bigint);
DO $safemigrate$
-- safemigrate guard 1 {"revision": "0008", "tables": ["users"]}
DECLARE
  relation text;
  used boolean := false;
BEGIN
  IF current_setting('safemigrate.contract', true) IS NOT DISTINCT FROM 'allow' THEN
    RETURN;
  END IF;
  FOREACH relation IN ARRAY ARRAY['users'] LOOP
    IF NOT used AND to_regclass(relation) IS NOT NULL THEN
      EXECUTE 'SELECT EXISTS (SELECT FROM ' || relation || ')' INTO used;
    END IF;
  END LOOP;
  IF used THEN
    RAISE EXCEPTION USING
      MESSAGE = '0008 is a contract: it breaks every process of the old version',
      HINT = 'When no such process is left, run it with safemigrate apply --phase contract, or with PGOPTIONS=''-c safemigrate.contract=allow'' alembic upgrade 0008.';
  END IF;
END $safemigrate$;
