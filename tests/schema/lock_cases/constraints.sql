-- Operations on constraints.

-- # add check to a partitioned table
CREATE TABLE events (day date, n integer) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events ADD CONSTRAINT positive CHECK (n > 0);
-- # add check not valid to a partitioned table
CREATE TABLE events (day date, n integer) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events ADD CONSTRAINT positive CHECK (n > 0) NOT VALID;
-- # add check to a parent of others
CREATE TABLE base (id bigint);
CREATE TABLE child () INHERITS (base);
ALTER TABLE base ADD CONSTRAINT positive CHECK (id > 0);
-- # add check without inheritance to a parent of others
CREATE TABLE base (id bigint);
CREATE TABLE child () INHERITS (base);
ALTER TABLE ONLY base ADD CONSTRAINT positive CHECK (id > 0) NO INHERIT;
-- # add check without inheritance but without only
CREATE TABLE base (id bigint);
CREATE TABLE child () INHERITS (base);
ALTER TABLE base ADD CONSTRAINT positive CHECK (id > 0) NO INHERIT;
-- # add check that is not enforced, since 18
CREATE TABLE users (id bigint);
INSERT INTO users VALUES (1);
ALTER TABLE users ADD CONSTRAINT positive CHECK (id > 0) NOT ENFORCED;
-- # add check that calls a function
CREATE FUNCTION fine(bigint) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0';
CREATE TABLE users (id bigint);
ALTER TABLE users ADD CHECK (fine(id));
-- # add unique to a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events ADD UNIQUE (day);
-- # add unique to only a partitioned table
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE ONLY events ADD CONSTRAINT one UNIQUE (day);
-- # add unique to a parent of others
CREATE TABLE base (id bigint);
CREATE TABLE child () INHERITS (base);
ALTER TABLE base ADD UNIQUE (id);
-- # add unique deferrable
CREATE TABLE users (id bigint);
ALTER TABLE users ADD UNIQUE (id) DEFERRABLE INITIALLY DEFERRED;
-- # add unique including another column
CREATE TABLE users (id bigint, note text);
ALTER TABLE users ADD UNIQUE (id) INCLUDE (note);
-- # add unique nulls not distinct, since 15
CREATE TABLE users (id bigint);
ALTER TABLE users ADD UNIQUE NULLS NOT DISTINCT (id);
-- # add primary key over a column that is not null
CREATE TABLE users (id bigint NOT NULL);
ALTER TABLE users ADD PRIMARY KEY (id);
-- # add primary key to a partitioned table
CREATE TABLE events (day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events ADD PRIMARY KEY (day);
-- # add primary key to a partitioned table over a nullable column
CREATE TABLE events (day date) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events ADD PRIMARY KEY (day);
-- # add primary key to a parent of others
CREATE TABLE base (id bigint);
CREATE TABLE child () INHERITS (base);
ALTER TABLE base ADD PRIMARY KEY (id);
-- # add primary key to a parent of others over a column that is not null
CREATE TABLE base (id bigint NOT NULL);
CREATE TABLE child () INHERITS (base);
ALTER TABLE base ADD PRIMARY KEY (id);
-- # add primary key using an index over a column that a check proves
CREATE TABLE users (id bigint, CHECK (id IS NOT NULL));
CREATE UNIQUE INDEX one ON users (id);
ALTER TABLE users ADD PRIMARY KEY USING INDEX one;
-- # add unique using an index under another name
CREATE TABLE users (id bigint);
CREATE UNIQUE INDEX one ON users (id);
ALTER TABLE users ADD CONSTRAINT only_one UNIQUE USING INDEX one;
-- # add foreign key to a table with others
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint);
CREATE TABLE posts (id bigint, team bigint REFERENCES teams);
INSERT INTO teams VALUES (1);
INSERT INTO users VALUES (1, 1);
ALTER TABLE users ADD FOREIGN KEY (team) REFERENCES teams;
-- # add foreign key to a partitioned table that is referred to
CREATE TABLE teams (id bigint PRIMARY KEY) PARTITION BY HASH (id);
CREATE TABLE teams_0 PARTITION OF teams FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE users (id bigint, team bigint);
INSERT INTO teams VALUES (1);
INSERT INTO users VALUES (1, 1);
ALTER TABLE users ADD FOREIGN KEY (team) REFERENCES teams;
-- # add foreign key not valid to a partitioned table that is referred to
CREATE TABLE teams (id bigint PRIMARY KEY) PARTITION BY HASH (id);
CREATE TABLE teams_0 PARTITION OF teams FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE users (id bigint, team bigint);
ALTER TABLE users ADD FOREIGN KEY (team) REFERENCES teams NOT VALID;
-- # add foreign key not valid to a partitioned table, since 18
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE events (day date, user_id bigint) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events ADD FOREIGN KEY (user_id) REFERENCES users NOT VALID;
-- # add foreign key that is not enforced, since 18
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint);
ALTER TABLE users ADD CONSTRAINT fk FOREIGN KEY (team) REFERENCES teams NOT ENFORCED;
-- # add foreign key with a cascade
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint);
ALTER TABLE users ADD FOREIGN KEY (team) REFERENCES teams ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
-- # add foreign key of a parent of others
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE base (id bigint, team bigint);
CREATE TABLE child () INHERITS (base);
ALTER TABLE base ADD FOREIGN KEY (team) REFERENCES teams;
-- # add exclusion to a table with rows
CREATE TABLE stays (room integer, during daterange);
INSERT INTO stays VALUES (1, '[2026-01-01,2026-02-01)');
ALTER TABLE stays ADD EXCLUDE USING gist (during WITH &&) WHERE (room = 1);
-- # add not null to a column that is, since 18
CREATE TABLE users (id bigint, note text NOT NULL);
ALTER TABLE users ADD NOT NULL note;
-- # add not null to a column whose check proves it, since 18
CREATE TABLE users (id bigint, note text, CHECK (note IS NOT NULL));
ALTER TABLE users ADD NOT NULL note;
-- # add not null to a partitioned table, since 18
CREATE TABLE events (day date, note text) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events ADD CONSTRAINT noted NOT NULL note;
-- # validate check of a partitioned table
CREATE TABLE events (day date, n integer) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events ADD CONSTRAINT positive CHECK (n > 0) NOT VALID;
ALTER TABLE events VALIDATE CONSTRAINT positive;
-- # validate check of a parent of others
CREATE TABLE base (id bigint);
CREATE TABLE child () INHERITS (base);
ALTER TABLE base ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;
ALTER TABLE base VALIDATE CONSTRAINT positive;
-- # validate foreign key to itself
CREATE TABLE nodes (id bigint PRIMARY KEY, parent bigint);
ALTER TABLE nodes ADD CONSTRAINT fk FOREIGN KEY (parent) REFERENCES nodes NOT VALID;
ALTER TABLE nodes VALIDATE CONSTRAINT fk;
-- # validate foreign key to a partitioned table
CREATE TABLE teams (id bigint PRIMARY KEY) PARTITION BY HASH (id);
CREATE TABLE teams_0 PARTITION OF teams FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE users (id bigint, team bigint);
INSERT INTO teams VALUES (1);
INSERT INTO users VALUES (1, 1);
ALTER TABLE users ADD CONSTRAINT fk FOREIGN KEY (team) REFERENCES teams NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT fk;
-- # validate foreign key of a partitioned table, since 18
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE events (day date, user_id bigint) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users NOT VALID;
ALTER TABLE events VALIDATE CONSTRAINT fk;
-- # validate not null, since 18
CREATE TABLE users (id bigint, note text);
ALTER TABLE users ADD CONSTRAINT noted NOT NULL note NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT noted;
-- # validate not null of a partitioned table, since 18
CREATE TABLE events (day date, note text) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events ADD CONSTRAINT noted NOT NULL note NOT VALID;
ALTER TABLE events VALIDATE CONSTRAINT noted;
-- # drop check of a partitioned table
CREATE TABLE events (day date, CONSTRAINT modern CHECK (day > '2000-01-01')) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events DROP CONSTRAINT modern;
-- # drop check of a parent of others
CREATE TABLE base (id bigint CONSTRAINT positive CHECK (id > 0));
CREATE TABLE child () INHERITS (base);
ALTER TABLE base DROP CONSTRAINT positive;
-- # drop unique
CREATE TABLE users (id bigint CONSTRAINT one UNIQUE);
ALTER TABLE users DROP CONSTRAINT one;
-- # drop primary key
CREATE TABLE users (id bigint PRIMARY KEY);
ALTER TABLE users DROP CONSTRAINT users_pkey;
-- # drop primary key of a partitioned table
CREATE TABLE events (day date PRIMARY KEY) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events DROP CONSTRAINT events_pkey;
-- # drop constraint if exists, and it does not
CREATE TABLE users (id bigint);
ALTER TABLE users DROP CONSTRAINT IF EXISTS one;
-- # drop foreign key to itself
CREATE TABLE nodes (id bigint PRIMARY KEY, parent bigint CONSTRAINT fk REFERENCES nodes);
ALTER TABLE nodes DROP CONSTRAINT fk;
-- # drop foreign key of a partitioned table
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE events (day date, user_id bigint CONSTRAINT fk REFERENCES users) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events DROP CONSTRAINT fk;
-- # drop foreign key to a partitioned table
CREATE TABLE teams (id bigint PRIMARY KEY) PARTITION BY HASH (id);
CREATE TABLE teams_0 PARTITION OF teams FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE users (id bigint, team bigint CONSTRAINT fk REFERENCES teams);
ALTER TABLE users DROP CONSTRAINT fk;
-- # drop foreign key that is not valid
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint);
ALTER TABLE users ADD CONSTRAINT fk FOREIGN KEY (team) REFERENCES teams NOT VALID;
ALTER TABLE users DROP CONSTRAINT fk;
-- # drop exclusion
CREATE TABLE stays (during daterange, CONSTRAINT apart EXCLUDE USING gist (during WITH &&));
ALTER TABLE stays DROP CONSTRAINT apart;
-- # drop not null by its name, since 18
CREATE TABLE users (id bigint, note text CONSTRAINT noted NOT NULL);
ALTER TABLE users DROP CONSTRAINT noted;
-- # rename a primary key
CREATE TABLE users (id bigint PRIMARY KEY);
ALTER TABLE users RENAME CONSTRAINT users_pkey TO users_key;
-- # rename a check of a parent of others
CREATE TABLE base (id bigint CONSTRAINT positive CHECK (id > 0));
CREATE TABLE child () INHERITS (base);
ALTER TABLE base RENAME CONSTRAINT positive TO natural_number;
-- # rename a foreign key
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint CONSTRAINT fk REFERENCES teams);
ALTER TABLE users RENAME CONSTRAINT fk TO users_team;
-- # change when a foreign key is checked
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint CONSTRAINT fk REFERENCES teams);
ALTER TABLE users ALTER CONSTRAINT fk DEFERRABLE INITIALLY DEFERRED;
-- # change when a foreign key of a partitioned table is checked
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE events (day date, user_id bigint CONSTRAINT fk REFERENCES users) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events ALTER CONSTRAINT fk DEFERRABLE;
-- # enforce a foreign key no more, since 18
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint CONSTRAINT fk REFERENCES teams);
ALTER TABLE users ALTER CONSTRAINT fk NOT ENFORCED;
-- # enforce a foreign key, since 18
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint);
ALTER TABLE users ADD CONSTRAINT fk FOREIGN KEY (team) REFERENCES teams NOT ENFORCED;
ALTER TABLE users ALTER CONSTRAINT fk ENFORCED;
-- # stop the inheritance of a not null, since 18
CREATE TABLE base (id bigint CONSTRAINT there NOT NULL);
CREATE TABLE child () INHERITS (base);
ALTER TABLE base ALTER CONSTRAINT there NO INHERIT;
-- # check and validate in one statement
CREATE TABLE users (id bigint);
ALTER TABLE users ADD CONSTRAINT positive CHECK (id > 0) NOT VALID, VALIDATE CONSTRAINT positive;
-- # several constraints in one statement
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint, team bigint);
ALTER TABLE users ADD PRIMARY KEY (id), ADD CONSTRAINT fk FOREIGN KEY (team) REFERENCES teams NOT VALID;
