-- Types, domains, sequences, functions, publications, statistics.

-- # add a check to a domain
CREATE DOMAIN email AS text;
CREATE TABLE users (id bigint, email email);
INSERT INTO users VALUES (1, 'x');
ALTER DOMAIN email ADD CHECK (VALUE <> '');
-- # add a check to a domain that is not valid
CREATE DOMAIN email AS text;
CREATE TABLE users (id bigint, email email);
ALTER DOMAIN email ADD CONSTRAINT filled CHECK (VALUE <> '') NOT VALID;
-- # validate a check of a domain
CREATE DOMAIN email AS text;
CREATE TABLE users (id bigint, email email);
ALTER DOMAIN email ADD CONSTRAINT filled CHECK (VALUE <> '') NOT VALID;
ALTER DOMAIN email VALIDATE CONSTRAINT filled;
-- # add a check to a domain of two tables
CREATE DOMAIN email AS text;
CREATE TABLE users (id bigint, email email, other email);
CREATE TABLE teams (id bigint, email email);
CREATE TABLE posts (id bigint);
ALTER DOMAIN email ADD CHECK (VALUE <> '');
-- # add a check to a domain of a partitioned table
CREATE DOMAIN email AS text;
CREATE TABLE events (day date, email email) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO events VALUES ('2026-02-02', 'x');
ALTER DOMAIN email ADD CHECK (VALUE <> '');
-- # add a check to a domain under a domain
CREATE DOMAIN email AS text;
CREATE DOMAIN address AS email;
CREATE TABLE users (id bigint, email address);
ALTER DOMAIN email ADD CHECK (VALUE <> '');
-- # set not null of a domain
CREATE DOMAIN email AS text;
CREATE TABLE users (id bigint, email email);
INSERT INTO users VALUES (1, 'x');
ALTER DOMAIN email SET NOT NULL;
-- # set not null of a domain that is
CREATE DOMAIN email AS text NOT NULL;
CREATE TABLE users (id bigint, email email);
ALTER DOMAIN email SET NOT NULL;
-- # drop not null of a domain
CREATE DOMAIN email AS text NOT NULL;
CREATE TABLE users (id bigint, email email);
ALTER DOMAIN email DROP NOT NULL;
-- # drop a constraint of a domain
CREATE DOMAIN email AS text CONSTRAINT filled CHECK (VALUE <> '');
CREATE TABLE users (id bigint, email email);
ALTER DOMAIN email DROP CONSTRAINT filled;
-- # set the default of a domain
CREATE DOMAIN email AS text;
CREATE TABLE users (id bigint, email email);
ALTER DOMAIN email SET DEFAULT 'x';
-- # drop the default of a domain
CREATE DOMAIN email AS text DEFAULT 'x';
CREATE TABLE users (id bigint, email email);
ALTER DOMAIN email DROP DEFAULT;
-- # rename a domain
CREATE DOMAIN email AS text;
CREATE TABLE users (id bigint, email email);
ALTER DOMAIN email RENAME TO address;
-- # drop a domain with its columns
CREATE DOMAIN email AS text;
CREATE TABLE users (id bigint, email email);
DROP DOMAIN email CASCADE;
-- # create a domain
CREATE DOMAIN email AS text CHECK (VALUE <> '');
-- # drop an enum with its columns
CREATE TYPE mood AS ENUM ('glad');
CREATE TABLE users (id bigint, mood mood);
DROP TYPE mood CASCADE;
-- # drop an enum that no column has
CREATE TYPE mood AS ENUM ('glad');
CREATE TABLE users (id bigint);
DROP TYPE mood;
-- # add enum value if not exists
CREATE TYPE mood AS ENUM ('glad');
CREATE TABLE users (mood mood);
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'glad';
-- # change of the owner of a type
CREATE TYPE mood AS ENUM ('glad');
CREATE TABLE users (mood mood);
ALTER TYPE mood OWNER TO CURRENT_USER;
-- # move a type
CREATE SCHEMA archive;
CREATE TYPE mood AS ENUM ('glad');
CREATE TABLE users (mood mood);
ALTER TYPE mood SET SCHEMA archive;
-- # create a composite type
CREATE TYPE point3 AS (x integer, y integer, z integer);
-- # add an attribute to a type that no table has
CREATE TYPE point3 AS (x integer, y integer);
ALTER TYPE point3 ADD ATTRIBUTE z integer;
-- # add an attribute to a type of a column
CREATE TYPE point3 AS (x integer, y integer);
CREATE TABLE users (id bigint, place point3);
INSERT INTO users VALUES (1, (1, 2));
ALTER TYPE point3 ADD ATTRIBUTE z integer;
-- # add an attribute to the type of a table
CREATE TYPE person AS (id bigint);
CREATE TABLE users OF person;
ALTER TYPE person ADD ATTRIBUTE note text CASCADE;
-- # create a sequence that a column owns
CREATE TABLE users (id bigint);
CREATE SEQUENCE numbers OWNED BY users.id;
-- # give a sequence to a column
CREATE SEQUENCE numbers;
CREATE TABLE users (id bigint);
ALTER SEQUENCE numbers OWNED BY users.id;
-- # change a sequence
CREATE SEQUENCE numbers;
ALTER SEQUENCE numbers INCREMENT BY 10;
-- # restart a sequence
CREATE SEQUENCE numbers;
ALTER SEQUENCE numbers RESTART WITH 100;
-- # rename a sequence
CREATE SEQUENCE numbers;
ALTER SEQUENCE numbers RENAME TO figures;
-- # move a sequence
CREATE SCHEMA archive;
CREATE SEQUENCE numbers;
ALTER SEQUENCE numbers SET SCHEMA archive;
-- # drop a sequence
CREATE SEQUENCE numbers;
DROP SEQUENCE numbers;
-- # drop a sequence that is a default
CREATE SEQUENCE numbers;
CREATE TABLE users (id bigint DEFAULT nextval('numbers'));
DROP SEQUENCE numbers CASCADE;
-- # nextval and setval
CREATE SEQUENCE numbers;
SELECT setval('numbers', 10);
-- # replace a function
CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE TABLE users (id integer DEFAULT f());
CREATE OR REPLACE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 2';
-- # drop a function that is a default
CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE TABLE users (id integer DEFAULT f());
DROP FUNCTION f() CASCADE;
-- # create a procedure
CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
-- # create an aggregate
CREATE AGGREGATE total (integer) (SFUNC = int4pl, STYPE = integer);
-- # create an extension
CREATE EXTENSION citext;
-- # drop an extension with its columns
CREATE EXTENSION citext;
CREATE TABLE users (id bigint, email citext);
DROP EXTENSION citext CASCADE;
-- # create a publication of a table
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE PUBLICATION p FOR TABLE users;
-- # create a publication of a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE PUBLICATION p FOR TABLE events;
-- # create a publication of a parent of others
CREATE TABLE base (id bigint);
CREATE TABLE child () INHERITS (base);
CREATE PUBLICATION p FOR TABLE base;
-- # create a publication of all tables
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE PUBLICATION p FOR ALL TABLES;
-- # create a publication of a schema, since 15
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE PUBLICATION p FOR TABLES IN SCHEMA public;
-- # add a table to a publication
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE PUBLICATION p FOR TABLE users;
ALTER PUBLICATION p ADD TABLE teams;
-- # drop a table from a publication
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE PUBLICATION p FOR TABLE users;
ALTER PUBLICATION p DROP TABLE users;
-- # set the tables of a publication
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE PUBLICATION p FOR TABLE users;
ALTER PUBLICATION p SET TABLE teams;
-- # set an option of a publication
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE PUBLICATION p FOR TABLE users;
ALTER PUBLICATION p SET (publish = 'insert');
-- # rename a publication
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE PUBLICATION p FOR TABLE users;
ALTER PUBLICATION p RENAME TO q;
-- # drop a publication
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE PUBLICATION p FOR TABLE users;
DROP PUBLICATION p;
-- # create statistics
CREATE TABLE users (a integer, b integer);
CREATE STATISTICS both_of_users ON a, b FROM users;
-- # change statistics
CREATE TABLE users (a integer, b integer);
CREATE STATISTICS both_of_users ON a, b FROM users;
ALTER STATISTICS both_of_users SET STATISTICS 100;
-- # rename statistics
CREATE TABLE users (a integer, b integer);
CREATE STATISTICS both_of_users ON a, b FROM users;
ALTER STATISTICS both_of_users RENAME TO pair;
-- # drop statistics, at least
CREATE TABLE users (a integer, b integer);
CREATE STATISTICS both_of_users ON a, b FROM users;
DROP STATISTICS both_of_users;
-- # create a role
CREATE ROLE somebody_new_1;
-- # drop what a role owns
CREATE ROLE somebody_owned_1;
CREATE TABLE users (id bigint);
ALTER TABLE users OWNER TO somebody_owned_1;
DROP OWNED BY somebody_owned_1;
-- # reassign what a role owns
CREATE ROLE somebody_owned_2;
CREATE TABLE users (id bigint);
ALTER TABLE users OWNER TO somebody_owned_2;
REASSIGN OWNED BY somebody_owned_2 TO CURRENT_USER;
-- # create a collation
CREATE COLLATION plain (LOCALE = 'C');
-- # create a cast
CREATE CAST (text AS integer) WITH INOUT;
-- # create an event trigger
CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f();
