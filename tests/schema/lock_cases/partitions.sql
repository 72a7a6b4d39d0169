-- Partitions and inheritance.

-- # attach a partition
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 (day date);
INSERT INTO events_2026 VALUES ('2026-02-02');
ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- # attach a partition whose check proves its bound
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 (day date, CHECK (day IS NOT NULL AND day >= '2026-01-01' AND day < '2027-01-01'));
INSERT INTO events_2026 VALUES ('2026-02-02');
ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- # attach a partition whose check and NOT NULL prove its bound
CREATE TABLE events (day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE events_2026 (day date NOT NULL, CHECK (day >= DATE '2026-01-01' AND day < DATE '2027-01-01'));
INSERT INTO events_2026 VALUES ('2026-02-02');
ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- # attach a partition whose check proves its bound but is not valid
CREATE TABLE events (day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE events_2026 (day date NOT NULL);
ALTER TABLE events_2026 ADD CHECK (day >= '2026-01-01' AND day < '2027-01-01') NOT VALID;
ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- # attach a partition whose check proves its bound but for NULL
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 (day date, CHECK (day >= '2026-01-01' AND day < '2027-01-01'));
ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- # attach a partition of a list
CREATE TABLE events (kind text, n integer) PARTITION BY LIST (kind);
CREATE TABLE events_a (kind text NOT NULL, n integer, CHECK (kind = 'a'));
INSERT INTO events_a VALUES ('a', 1);
ALTER TABLE events ATTACH PARTITION events_a FOR VALUES IN ('a');
-- # attach a partition of a list without a proof
CREATE TABLE events (kind text, n integer) PARTITION BY LIST (kind);
CREATE TABLE events_a (kind text NOT NULL, n integer);
INSERT INTO events_a VALUES ('a', 1);
ALTER TABLE events ATTACH PARTITION events_a FOR VALUES IN ('a');
-- # attach a partition of a hash
CREATE TABLE events (id bigint) PARTITION BY HASH (id);
CREATE TABLE events_0 (id bigint);
ALTER TABLE events ATTACH PARTITION events_0 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
-- # attach a partition beside a default partition
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE TABLE events_2026 (day date, CHECK (day IS NOT NULL AND day >= '2026-01-01' AND day < '2027-01-01'));
INSERT INTO events_rest VALUES ('2025-02-02');
ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- # attach a partition beside a default partition whose check excludes it
CREATE TABLE events (day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE events_rest PARTITION OF events DEFAULT;
ALTER TABLE events_rest ADD CHECK (day < '2026-01-01' OR day >= '2027-01-01');
CREATE TABLE events_2026 (day date NOT NULL, CHECK (day >= '2026-01-01' AND day < '2027-01-01'));
ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- # attach a default partition
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE events_rest (day date);
INSERT INTO events_rest VALUES ('2025-02-02');
ALTER TABLE events ATTACH PARTITION events_rest DEFAULT;
-- # attach the first partition as default
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_rest (day date);
ALTER TABLE events ATTACH PARTITION events_rest DEFAULT;
-- # attach a partition without the index of its parent
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE INDEX ON events (day);
CREATE TABLE events_2026 (day date, CHECK (day IS NOT NULL AND day >= '2026-01-01' AND day < '2027-01-01'));
ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- # attach a partition with the index of its parent
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE INDEX ON events (day);
CREATE TABLE events_2026 (day date, CHECK (day IS NOT NULL AND day >= '2026-01-01' AND day < '2027-01-01'));
CREATE INDEX ON events_2026 (day);
ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- # attach a partition to a table that refers to another
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE events (day date, user_id bigint REFERENCES users) PARTITION BY RANGE (day);
CREATE TABLE events_2026 (day date, user_id bigint, CHECK (day IS NOT NULL AND day >= '2026-01-01' AND day < '2027-01-01'));
INSERT INTO users VALUES (1);
INSERT INTO events_2026 VALUES ('2026-02-02', 1);
ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- # attach a partition that refers to the same table
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE events (day date, user_id bigint REFERENCES users) PARTITION BY RANGE (day);
CREATE TABLE events_2026 (day date, user_id bigint REFERENCES users, CHECK (day IS NOT NULL AND day >= '2026-01-01' AND day < '2027-01-01'));
INSERT INTO users VALUES (1);
INSERT INTO events_2026 VALUES ('2026-02-02', 1);
ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- # attach a partition to a table that others refer to
CREATE TABLE teams (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE users (id bigint, team bigint REFERENCES teams);
CREATE TABLE teams_1 (id bigint PRIMARY KEY, CHECK (id >= 1 AND id < 10));
INSERT INTO teams_1 VALUES (1);
ALTER TABLE teams ATTACH PARTITION teams_1 FOR VALUES FROM (1) TO (10);
-- # attach a partition that is partitioned
CREATE TABLE events (day date, n integer) PARTITION BY RANGE (day);
CREATE TABLE events_2026 (day date, n integer) PARTITION BY LIST (n);
CREATE TABLE events_2026_1 PARTITION OF events_2026 FOR VALUES IN (1);
INSERT INTO events_2026 VALUES ('2026-02-02', 1);
ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- # attach a partition to a table with a trigger
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION f();
CREATE TABLE events_2026 (day date, CHECK (day IS NOT NULL AND day >= '2026-01-01' AND day < '2027-01-01'));
ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- # create a partition beside a default partition
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_rest PARTITION OF events DEFAULT;
INSERT INTO events VALUES ('2025-02-02');
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- # create a partition beside a default partition whose check excludes it
CREATE TABLE events (day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE events_rest PARTITION OF events DEFAULT;
ALTER TABLE events_rest ADD CHECK (day < '2026-01-01' OR day >= '2027-01-01');
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- # create a partition beside others
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- # create a default partition
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
-- # create a partition of a table that refers to another
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE events (day date, user_id bigint REFERENCES users) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- # create a partition of a table that others refer to
CREATE TABLE teams (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE users (id bigint, team bigint REFERENCES teams);
CREATE TABLE teams_1 PARTITION OF teams FOR VALUES FROM (1) TO (10);
-- # create a partition with a partition of its own
CREATE TABLE events (day date, n integer) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY LIST (n);
-- # create a partition of a partition
CREATE TABLE events (day date, n integer) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY LIST (n);
CREATE TABLE events_2026_1 PARTITION OF events_2026 FOR VALUES IN (1);
-- # create a partition of a table with a trigger
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION f();
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- # detach a partition
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events DETACH PARTITION events_2026;
-- # detach a partition beside a default partition
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events DETACH PARTITION events_2026;
-- # detach a default partition
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events DETACH PARTITION events_rest;
-- # detach a partition of a table that refers to another
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE events (day date, user_id bigint REFERENCES users) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO users VALUES (1);
INSERT INTO events VALUES ('2026-02-02', 1);
ALTER TABLE events DETACH PARTITION events_2026;
-- # detach a partition of a table that others refer to
CREATE TABLE teams (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE teams_1 PARTITION OF teams FOR VALUES FROM (1) TO (10);
CREATE TABLE users (id bigint, team bigint REFERENCES teams);
INSERT INTO teams VALUES (1);
ALTER TABLE teams DETACH PARTITION teams_1;
-- # drop a partition beside a default partition
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
DROP TABLE events_2026;
-- # drop a default partition
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
DROP TABLE events_rest;
-- # drop a partition of a table that refers to another
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE events (day date, user_id bigint REFERENCES users) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
DROP TABLE events_2026;
-- # drop a partitioned table that refers to another
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE events (day date, user_id bigint REFERENCES users) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
DROP TABLE events;
-- # add a column to a partition beside others
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events_2026 ADD CONSTRAINT real_days CHECK (day > '2000-01-01');
-- # create index on a partition
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX ON events_2026 (day);
-- # create index on a partitioned table whose partitions have it
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX ON events_2026 (day);
CREATE INDEX ON events (day);
-- # attach the index of a partition
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX whole ON ONLY events (day);
CREATE INDEX part ON events_2026 (day);
ALTER INDEX whole ATTACH PARTITION part;
-- # drop the index of a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX whole ON events (day);
DROP INDEX whole;
-- # truncate a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
TRUNCATE events;
-- # truncate a partition
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
TRUNCATE events_2026;
-- # inherit
CREATE TABLE base (id bigint);
CREATE TABLE child (id bigint);
INSERT INTO child VALUES (1);
ALTER TABLE child INHERIT base;
-- # inherit no more
CREATE TABLE base (id bigint);
CREATE TABLE child () INHERITS (base);
ALTER TABLE child NO INHERIT base;
-- # drop a child
CREATE TABLE base (id bigint);
CREATE TABLE child () INHERITS (base);
DROP TABLE child;
-- # drop a parent of others
CREATE TABLE base (id bigint);
CREATE TABLE child () INHERITS (base);
DROP TABLE base CASCADE;
-- # truncate a parent of others
CREATE TABLE base (id bigint);
CREATE TABLE child () INHERITS (base);
TRUNCATE base;
-- # truncate only a parent of others
CREATE TABLE base (id bigint);
CREATE TABLE child () INHERITS (base);
TRUNCATE ONLY base;
-- # create index on a parent of others
CREATE TABLE base (id bigint);
CREATE TABLE child () INHERITS (base);
CREATE INDEX ON base (id);
-- # create a child
CREATE TABLE base (id bigint);
CREATE TABLE child (note text) INHERITS (base);
-- # create a child of a child
CREATE TABLE base (id bigint);
CREATE TABLE child () INHERITS (base);
CREATE TABLE grandchild () INHERITS (child);
-- # rename a partition
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events_2026 RENAME TO happenings_2026;
-- # lock a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
LOCK TABLE events IN SHARE MODE;
-- # lock only a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
LOCK TABLE ONLY events IN SHARE MODE;
-- # analyze a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ANALYZE events;
-- # a primary key that every partition has
CREATE TABLE events (id bigint NOT NULL, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO events VALUES (1, '2026-02-02');
ALTER TABLE events_2026 ADD PRIMARY KEY (id, day);
ALTER TABLE events ADD PRIMARY KEY (id, day);
-- # a unique constraint that one of two partitions has
CREATE TABLE events (id bigint NOT NULL, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
INSERT INTO events VALUES (1, '2026-02-02'), (2, '2025-02-02');
ALTER TABLE events_2026 ADD UNIQUE (id, day);
ALTER TABLE events ADD UNIQUE (id, day);
-- # a unique constraint that every partition has
CREATE TABLE events (id bigint NOT NULL, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO events VALUES (1, '2026-02-02');
ALTER TABLE events_2026 ADD UNIQUE (id, day);
ALTER TABLE events ADD UNIQUE (id, day);
-- # a foreign key that every partition has
CREATE TABLE teams (id bigint PRIMARY KEY);
INSERT INTO teams VALUES (1);
CREATE TABLE events (team_id bigint, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO events VALUES (1, '2026-02-02');
ALTER TABLE events_2026 ADD CONSTRAINT whose FOREIGN KEY (team_id) REFERENCES teams (id);
ALTER TABLE events ADD CONSTRAINT whose FOREIGN KEY (team_id) REFERENCES teams (id);
-- # a foreign key that every partition has, not proved
CREATE TABLE teams (id bigint PRIMARY KEY);
INSERT INTO teams VALUES (1);
CREATE TABLE events (team_id bigint, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO events VALUES (1, '2026-02-02');
ALTER TABLE events_2026 ADD CONSTRAINT whose FOREIGN KEY (team_id) REFERENCES teams (id) NOT VALID;
ALTER TABLE events ADD CONSTRAINT whose FOREIGN KEY (team_id) REFERENCES teams (id);
-- # add a column if not exists to a partitioned table that has it
CREATE TABLE events (day date, n integer) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events ADD COLUMN IF NOT EXISTS n integer;
-- # add a column if not exists to a table that has it and others inherit
CREATE TABLE base (id bigint);
CREATE TABLE child (n integer) INHERITS (base);
ALTER TABLE base ADD COLUMN IF NOT EXISTS id bigint;
