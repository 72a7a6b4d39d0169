-- Statements that leave a name to PostgreSQL. Each case: what is there before, and last the statement.

-- # keys and checks beside their columns
CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE, age int CHECK (age > 0), team bigint REFERENCES users (id));
-- # keys and checks of the table
CREATE TABLE users (a int, b int, PRIMARY KEY (a, b), UNIQUE (b, a), CHECK (a > b), CHECK (a > 0), FOREIGN KEY (a, b) REFERENCES users (a, b));
-- # two checks on one column
CREATE TABLE users (age int CHECK (age > 0) CHECK (age < 200));
-- # a check without a column
CREATE TABLE users (age int, CHECK (1 = 1));
-- # a check that names one column twice
CREATE TABLE users (age int, CHECK (age > 0 AND age < 200));
-- # a check of one column that names another
CREATE TABLE users (low int, high int CHECK (high > low));
-- # a name that is taken
CREATE TABLE users (a int, CONSTRAINT users_a_key CHECK (a > 0));
ALTER TABLE users ADD UNIQUE (a);
-- # the same check again
CREATE TABLE users (a int, CHECK (a > 0));
ALTER TABLE users ADD CHECK (a > 1);
-- # an added primary key
CREATE TABLE users (id bigint);
ALTER TABLE users ADD PRIMARY KEY (id);
-- # an added column with all of it
CREATE TABLE users (id bigint PRIMARY KEY);
ALTER TABLE users ADD COLUMN parent bigint UNIQUE CHECK (parent > 0) REFERENCES users (id);
-- # an added foreign key
CREATE TABLE users (id bigint PRIMARY KEY, boss bigint);
ALTER TABLE users ADD FOREIGN KEY (boss) REFERENCES users;
-- # an added exclusion
CREATE TABLE stays (room int, during daterange);
ALTER TABLE stays ADD EXCLUDE USING gist (during WITH &&);
-- # unique with INCLUDE
CREATE TABLE users (a int, b int, UNIQUE (a) INCLUDE (b));
-- # unique over an index that is there
CREATE TABLE users (a int);
CREATE UNIQUE INDEX only_one ON users (a);
ALTER TABLE users ADD UNIQUE USING INDEX only_one;
-- # a primary key over an index that is there, with a name of its own
CREATE TABLE users (a int);
CREATE UNIQUE INDEX only_one ON users (a);
ALTER TABLE users ADD CONSTRAINT users_id PRIMARY KEY USING INDEX only_one;
-- # an index
CREATE TABLE users (a int, b int);
CREATE INDEX ON users (a, b DESC);
-- # the same index again
CREATE TABLE users (a int);
CREATE INDEX ON users (a);
CREATE INDEX ON users (a);
-- # an index over an expression
CREATE TABLE users (a int, b text);
CREATE INDEX ON users ((a + 1));
-- # an index over a function
CREATE TABLE users (a int, b text);
CREATE INDEX ON users (lower(b));
-- # an index over columns and expressions
CREATE TABLE users (a int, b text);
CREATE INDEX ON users (a, (a + 1), (a + 2), lower(b), b text_pattern_ops);
-- # an index over a cast
CREATE TABLE users (a int, b text);
CREATE INDEX ON users ((b::varchar IS NULL), (a::text), ('x'::text));
-- # an index over one column twice
CREATE TABLE users (a int);
CREATE INDEX ON users (a, a);
-- # an index with INCLUDE
CREATE TABLE users (a int, b int);
CREATE INDEX ON users (a) INCLUDE (b);
-- # quoted names
CREATE TABLE "Order Lines" ("Line No" int PRIMARY KEY, "Qty" int CHECK ("Qty" > 0), UNIQUE ("Qty"));
-- # a long table and a long column
CREATE TABLE a_table_with_a_name_that_is_forty_characters (a_column_with_a_name_that_is_forty_two_letters int UNIQUE CHECK (a_column_with_a_name_that_is_forty_two_letters > 0));
-- # a long table and a short column
CREATE TABLE a_table_whose_name_is_nearly_as_long_as_a_name_may_be_in_it (id int PRIMARY KEY, n int UNIQUE);
-- # a short table and many columns
CREATE TABLE t (a_first_column_of_some_length int, a_second_column_of_some_length int, a_third_column int, UNIQUE (a_first_column_of_some_length, a_second_column_of_some_length, a_third_column));
-- # an index over many columns
CREATE TABLE t (a_first_column_of_some_length int, a_second_column_of_some_length int, a_third_column int);
CREATE INDEX ON t (a_first_column_of_some_length, a_second_column_of_some_length, a_third_column);
-- # a long name that is taken
CREATE TABLE a_table_with_a_name_that_is_forty_characters (a_column_with_a_name_that_is_forty_two_letters int UNIQUE);
ALTER TABLE a_table_with_a_name_that_is_forty_characters ADD UNIQUE (a_column_with_a_name_that_is_forty_two_letters);
-- # letters of two bytes
CREATE TABLE größenverhältnisübersichtstabelle (überschriftenverzeichniseintrag int UNIQUE);
-- # a name that another table has taken
CREATE TABLE a_b (c int UNIQUE);
CREATE TABLE a (b_c int UNIQUE);
-- # a check whose name another table has taken
CREATE TABLE a_b (c int CHECK (c > 0));
CREATE TABLE a (b_c int CHECK (b_c > 0));
-- # an index whose name a table has taken
CREATE TABLE users_a_idx (a int);
CREATE TABLE users (a int);
CREATE INDEX ON users (a);
-- # a renamed table keeps its names
CREATE TABLE users (id bigint PRIMARY KEY, age int CHECK (age > 0));
ALTER TABLE users RENAME TO people;
-- # a renamed column keeps its names
CREATE TABLE users (id bigint PRIMARY KEY, age int CHECK (age > 0) UNIQUE);
ALTER TABLE users RENAME COLUMN age TO years;
-- # a dropped column takes its names along
CREATE TABLE users (id bigint PRIMARY KEY, age int CHECK (age > 0) UNIQUE, size int, CHECK (size > age), UNIQUE (size, age));
ALTER TABLE users DROP COLUMN age;
-- # a dropped column takes the index over an expression along
CREATE TABLE users (id bigint PRIMARY KEY, note text);
CREATE INDEX ON users (lower(note));
ALTER TABLE users DROP COLUMN note;
-- # a dropped column takes the index whose condition names it along
CREATE TABLE users (id bigint PRIMARY KEY, note text);
CREATE INDEX ON users (id) WHERE note IS NULL;
ALTER TABLE users DROP COLUMN note;
-- # a renamed constraint renames its index
CREATE TABLE users (id bigint PRIMARY KEY);
ALTER TABLE users RENAME CONSTRAINT users_pkey TO pk;
-- # a renamed index renames its constraint
CREATE TABLE users (id bigint PRIMARY KEY);
ALTER INDEX users_pkey RENAME TO pk;
-- # a dropped table is gone
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id));
DROP TABLE users CASCADE;
-- # a dropped key takes the references along
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id));
ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE;
-- # a dropped column takes the exclusion over it along
CREATE TABLE stays (room int, during daterange, EXCLUDE USING gist (during WITH &&));
ALTER TABLE stays DROP COLUMN during;
-- # a dropped exclusion takes its index along
CREATE TABLE stays (room int, during daterange, CONSTRAINT apart EXCLUDE USING gist (during WITH &&));
ALTER TABLE stays DROP CONSTRAINT apart;
