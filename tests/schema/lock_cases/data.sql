-- Rows, and locks that are asked for.

-- # insert from a query
CREATE TABLE users (id bigint);
CREATE TABLE people (id bigint);
INSERT INTO people SELECT id FROM users;
-- # insert into a table that refers to another
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint REFERENCES teams);
INSERT INTO teams VALUES (1);
INSERT INTO users VALUES (1, 1);
-- # insert into a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO events VALUES ('2026-02-02');
-- # update a partitioned table
CREATE TABLE events (day date, n integer) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO events VALUES ('2026-02-02', 1);
UPDATE events SET n = 2;
-- # update from another table
CREATE TABLE users (id bigint, note text);
CREATE TABLE notes (id bigint, note text);
UPDATE users SET note = notes.note FROM notes WHERE notes.id = users.id;
-- # delete with a cascade
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint REFERENCES teams ON DELETE CASCADE);
INSERT INTO teams VALUES (1);
INSERT INTO users VALUES (1, 1);
DELETE FROM teams;
-- # merge, since 15
CREATE TABLE users (id bigint, note text);
CREATE TABLE notes (id bigint, note text);
MERGE INTO users USING notes ON notes.id = users.id WHEN MATCHED THEN UPDATE SET note = notes.note WHEN NOT MATCHED THEN INSERT VALUES (notes.id, notes.note);
-- # truncate a table that restarts its sequence
CREATE TABLE users (id serial);
TRUNCATE users RESTART IDENTITY;
-- # truncate several tables
CREATE TABLE users (id bigint);
CREATE TABLE teams (id bigint);
TRUNCATE users, teams;
-- # truncate with those that refer to those that refer to it
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint PRIMARY KEY, team bigint REFERENCES teams);
CREATE TABLE posts (id bigint, user_id bigint REFERENCES users);
TRUNCATE teams CASCADE;
-- # truncate a table with an index
CREATE TABLE users (id bigint PRIMARY KEY);
INSERT INTO users VALUES (1);
TRUNCATE users;
-- # select for update
CREATE TABLE users (id bigint);
SELECT id FROM users FOR UPDATE;
-- # select from a view
CREATE TABLE users (id bigint);
CREATE VIEW everybody AS SELECT id FROM users;
SELECT id FROM everybody;
-- # explain
CREATE TABLE users (id bigint);
EXPLAIN SELECT id FROM users;
-- # lock several tables
CREATE TABLE users (id bigint);
CREATE TABLE teams (id bigint);
LOCK TABLE users, teams IN EXCLUSIVE MODE;
-- # lock a table of a parent
CREATE TABLE base (id bigint);
CREATE TABLE child () INHERITS (base);
LOCK TABLE base IN ACCESS EXCLUSIVE MODE;
-- # lock a table weakly
CREATE TABLE users (id bigint);
LOCK TABLE users IN ROW SHARE MODE;
-- # notify
NOTIFY somebody;
-- # discard
DISCARD PLANS;
-- # set constraints
SET CONSTRAINTS ALL DEFERRED;
-- # set a role
SET ROLE NONE;
-- # copy out
CREATE TABLE users (id bigint);
COPY users TO '/dev/null';
-- # copy in
CREATE TABLE users (id bigint);
COPY users FROM '/dev/null';
