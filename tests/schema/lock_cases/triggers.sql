-- Triggers, rules, row security, privileges.

-- # create trigger on a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION f();
-- # create a statement trigger on a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER t AFTER INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION f();
-- # create trigger on a parent of others
CREATE TABLE base (id bigint);
CREATE TABLE child () INHERITS (base);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t AFTER INSERT ON base FOR EACH ROW EXECUTE FUNCTION f();
-- # replace a trigger
CREATE TABLE users (id bigint);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f();
CREATE OR REPLACE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION f();
-- # create a constraint trigger from another table
CREATE TABLE users (id bigint);
CREATE TABLE teams (id bigint);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE CONSTRAINT TRIGGER t AFTER INSERT ON users FROM teams DEFERRABLE FOR EACH ROW EXECUTE FUNCTION f();
-- # create a trigger instead of a view's insert
CREATE TABLE users (id bigint);
CREATE VIEW everybody AS SELECT id FROM users;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t INSTEAD OF INSERT ON everybody FOR EACH ROW EXECUTE FUNCTION f();
-- # drop trigger of a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION f();
DROP TRIGGER t ON events;
-- # drop trigger if exists, and it does not
CREATE TABLE users (id bigint);
DROP TRIGGER IF EXISTS t ON users;
-- # drop the function of a trigger
CREATE TABLE users (id bigint);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f();
DROP FUNCTION f() CASCADE;
-- # rename trigger
CREATE TABLE users (id bigint);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f();
ALTER TRIGGER t ON users RENAME TO u;
-- # rename trigger of a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION f();
ALTER TRIGGER t ON events RENAME TO u;
-- # disable a trigger
CREATE TABLE users (id bigint);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE users DISABLE TRIGGER t;
-- # disable all triggers
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint REFERENCES teams);
ALTER TABLE users DISABLE TRIGGER ALL;
-- # disable the triggers of a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE events DISABLE TRIGGER USER;
-- # enable a trigger on replicas
CREATE TABLE users (id bigint);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE users ENABLE REPLICA TRIGGER t;
-- # create rule
CREATE TABLE users (id bigint);
CREATE RULE r AS ON DELETE TO users DO INSTEAD NOTHING;
-- # create rule on another table
CREATE TABLE users (id bigint);
CREATE TABLE log (id bigint);
CREATE RULE r AS ON INSERT TO users DO ALSO INSERT INTO log VALUES (NEW.id);
-- # drop rule
CREATE TABLE users (id bigint);
CREATE RULE r AS ON DELETE TO users DO INSTEAD NOTHING;
DROP RULE r ON users;
-- # rename rule
CREATE TABLE users (id bigint);
CREATE RULE r AS ON DELETE TO users DO INSTEAD NOTHING;
ALTER RULE r ON users RENAME TO s;
-- # disable rule
CREATE TABLE users (id bigint);
CREATE RULE r AS ON DELETE TO users DO INSTEAD NOTHING;
ALTER TABLE users DISABLE RULE r;
-- # enable row security
CREATE TABLE users (id bigint);
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
-- # force row security
CREATE TABLE users (id bigint);
ALTER TABLE users FORCE ROW LEVEL SECURITY;
-- # disable row security of a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events DISABLE ROW LEVEL SECURITY;
-- # create policy that looks at another table
CREATE TABLE users (id bigint);
CREATE TABLE members (id bigint);
CREATE POLICY own ON users USING (EXISTS (SELECT FROM members AS m WHERE m.id = users.id));
-- # alter policy
CREATE TABLE users (id bigint);
CREATE POLICY own ON users USING (id = 1);
ALTER POLICY own ON users USING (id = 2);
-- # rename policy
CREATE TABLE users (id bigint);
CREATE POLICY own ON users USING (id = 1);
ALTER POLICY own ON users RENAME TO mine;
-- # revoke
CREATE TABLE users (id bigint);
REVOKE SELECT ON users FROM PUBLIC;
-- # grant on a column
CREATE TABLE users (id bigint);
GRANT UPDATE (id) ON users TO PUBLIC;
-- # grant on all tables
CREATE TABLE users (id bigint);
CREATE TABLE teams (id bigint);
GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC;
-- # default privileges
CREATE TABLE users (id bigint);
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC;
-- # comment on a constraint
CREATE TABLE users (id bigint CONSTRAINT positive CHECK (id > 0));
COMMENT ON CONSTRAINT positive ON users IS 'x';
-- # comment on a trigger
CREATE TABLE users (id bigint);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f();
COMMENT ON TRIGGER t ON users IS 'x';
-- # comment on a policy
CREATE TABLE users (id bigint);
CREATE POLICY own ON users USING (id = 1);
COMMENT ON POLICY own ON users IS 'x';
