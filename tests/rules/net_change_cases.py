"""Changes with what one rule says of each: the hazards in order, ``?`` behind one that is not certain.

A case is about one rule; what others say of the same change is theirs. ``complete`` histories began with an empty
database, so that what they never made is not there.
"""

from __future__ import annotations

from dataclasses import dataclass

GIVEN = """
CREATE SCHEMA archive;
CREATE TYPE mood AS ENUM ('happy', 'sad');
CREATE SEQUENCE invoice_no;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION tax(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT $1';
CREATE TABLE teams (id bigint CONSTRAINT teams_pkey PRIMARY KEY, code text CONSTRAINT teams_code_key UNIQUE);
CREATE TABLE users (
    id bigint CONSTRAINT users_pkey PRIMARY KEY,
    email text NOT NULL CONSTRAINT users_email_key UNIQUE,
    locale text NOT NULL DEFAULT 'en',
    note text DEFAULT '',
    feeling mood,
    invoice bigint DEFAULT nextval('invoice_no'),
    team_id bigint CONSTRAINT users_team_fkey REFERENCES teams,
    age integer CONSTRAINT users_age_check CHECK (age > 0)
);
CREATE UNIQUE INDEX users_note_idx ON users (note);
CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY, user_id bigint NOT NULL
    CONSTRAINT notes_user_fkey REFERENCES users ON DELETE CASCADE);
CREATE TABLE lists (id bigint PRIMARY KEY, secret text);
CREATE POLICY lists_all ON lists USING (true);
CREATE POLICY lists_few ON lists AS RESTRICTIVE USING (id > 1);
ALTER TABLE lists ENABLE ROW LEVEL SECURITY;
CREATE VIEW people AS SELECT id, email FROM users;
CREATE VIEW counted AS SELECT count(*) FROM users;
CREATE VIEW joined AS SELECT u.id FROM users u JOIN teams t ON t.id = u.team_id;
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A change and what *rule* says of it."""

    rule: str
    sql: str
    expected: str = ""
    complete: bool = True
    autocommit: bool = False
    postgres: int | None = None
    given: str = GIVEN

    @property
    def title(self) -> str:
        how = ("" if self.complete else "unknown before, ") + "autocommit, " * self.autocommit
        version = f"on {self.postgres}, " if self.postgres else ""
        return f"{self.rule}: {how}{version}{' '.join(self.sql.split())[:110]}"


def cases(
    rule: str, *pairs: tuple[str, str], complete: bool = True, postgres: int | None = None, given: str = GIVEN
) -> list[Case]:
    return [Case(rule, sql, expected, complete, postgres=postgres, given=given) for sql, expected in pairs]


BOTH = "breaks-old loses-data"

CASES = [
    *cases(
        "drop-column",
        ("ALTER TABLE IF EXISTS never_was DROP COLUMN a", ""),
        ("ALTER TABLE IF EXISTS users DROP COLUMN age", "breaks-old loses-data"),
    ),
    *cases("drop-column", ("ALTER TABLE IF EXISTS legacy DROP COLUMN a", "breaks-old loses-data"), complete=False),
    *cases(
        "drop-table",
        ("DROP TABLE IF EXISTS never_was", ""),
        ("DROP TABLE never_was", BOTH),
        ("DROP TABLE users", "breaks-old fails loses-data"),
        ("DROP TABLE users CASCADE", BOTH),
        ("DROP TABLE users, notes", BOTH),
        ("DROP TABLE notes; DROP TABLE users", BOTH),
        ("DROP TABLE lists; CREATE TABLE lists (id bigint PRIMARY KEY)", ""),
        ("ALTER TABLE lists RENAME TO lists_old; DROP TABLE lists_old", "loses-data"),
        ("CREATE TABLE fresh (id bigint); ALTER TABLE fresh RENAME TO newer; DROP TABLE newer", ""),
    ),
    *cases("drop-table", ("DROP TABLE IF EXISTS never_was", BOTH), complete=False),
    *cases(
        "recreate-table",
        ("DROP TABLE lists", ""),
        ("DROP TABLE lists; CREATE TABLE lists (id bigint PRIMARY KEY, secret text)", BOTH),
        ("DROP TABLE IF EXISTS never_was; CREATE TABLE never_was (id bigint)", ""),
        (
            "CREATE TABLE copy AS SELECT * FROM lists; DROP TABLE lists; ALTER TABLE copy RENAME TO lists",
            "loses-data",
        ),
        (
            "CREATE TEMP TABLE kept AS SELECT * FROM lists; DROP TABLE lists;"
            " CREATE TABLE lists (id bigint PRIMARY KEY, secret text); INSERT INTO lists SELECT * FROM kept",
            "loses-data",
        ),
        (
            "INSERT INTO lists SELECT 1, 'x'; DROP TABLE lists;"
            " CREATE TABLE lists (id bigint PRIMARY KEY, secret text)",
            BOTH,
        ),
        ("CREATE TABLE fresh (id bigint); DROP TABLE fresh; CREATE TABLE fresh (id bigint)", ""),
        (
            "ALTER TABLE lists RENAME TO lists_old; DROP TABLE lists_old; CREATE TABLE lists_old (id bigint)",
            "loses-data",
        ),
    ),
    *cases(
        "recreate-table",
        ("DROP TABLE IF EXISTS never_was; CREATE TABLE never_was (id bigint)", BOTH),
        complete=False,
    ),
    Case(
        "recreate-table",
        "CREATE TABLE copy AS SELECT * FROM lists; DROP TABLE lists; ALTER TABLE copy RENAME TO lists",
        BOTH,
        autocommit=True,
    ),
    *cases(
        "rename-table",
        ("ALTER TABLE lists RENAME TO items", "breaks-old"),
        ("ALTER TABLE IF EXISTS never_was RENAME TO items", ""),
        ("ALTER TABLE people RENAME TO persons", "breaks-old"),
        ("ALTER TABLE users_note_idx RENAME TO ix_users_note", ""),
        ("CREATE VIEW fresh AS SELECT 1 AS one; ALTER VIEW fresh RENAME TO newer", ""),
        ("CREATE VIEW fresh AS SELECT 1 AS one; ALTER TABLE fresh RENAME TO newer", ""),
        ("ALTER VIEW people RENAME TO persons; CREATE VIEW people AS SELECT email, id FROM users", ""),
        ("ALTER VIEW people RENAME TO persons; CREATE VIEW people AS SELECT id FROM users", "breaks-old"),
        ("ALTER VIEW joined RENAME TO pairs; CREATE VIEW joined AS SELECT DISTINCT id FROM users", ""),
        ("ALTER TABLE lists RENAME TO items; ALTER TABLE items RENAME TO lists", ""),
        ("ALTER TABLE lists RENAME TO old_lists; ALTER TABLE teams RENAME TO lists", "breaks-old"),
        ("ALTER POLICY lists_all ON lists RENAME TO lists_every", ""),
    ),
    *cases("rename-table", ("ALTER TABLE IF EXISTS never_was RENAME TO items", "breaks-old"), complete=False),
    *cases(
        "move-table",
        ("ALTER TABLE lists SET SCHEMA archive", "breaks-old"),
        ("ALTER TABLE lists SET SCHEMA public", ""),
        ("ALTER TABLE IF EXISTS never_was SET SCHEMA archive", ""),
        ("ALTER VIEW people SET SCHEMA archive", "breaks-old"),
        ("ALTER TABLE lists SET SCHEMA archive; CREATE VIEW lists AS SELECT id FROM archive.lists", "breaks-old"),
        ("ALTER TABLE lists SET SCHEMA archive; CREATE VIEW lists AS SELECT * FROM archive.lists", ""),
        ("SET search_path = public, archive; ALTER TABLE lists SET SCHEMA archive", "breaks-old"),
    ),
    *cases(
        "drop-default",
        ("ALTER TABLE users ALTER COLUMN locale DROP DEFAULT", "breaks-old"),
        ("ALTER TABLE users ALTER COLUMN note DROP DEFAULT", "breaks-old?"),
        ("ALTER TABLE users ALTER COLUMN email DROP DEFAULT", ""),
        ("ALTER TABLE users ALTER COLUMN locale SET DEFAULT NULL", "breaks-old"),
        ("ALTER TABLE users ALTER COLUMN locale SET DEFAULT 'de'", ""),
        ("ALTER TABLE users ALTER COLUMN locale DROP DEFAULT; ALTER TABLE users DROP COLUMN locale", ""),
        (
            "ALTER TABLE users ADD CONSTRAINT c CHECK (note IS NOT NULL) NOT VALID;"
            " ALTER TABLE users ALTER COLUMN note DROP DEFAULT",
            "breaks-old",
        ),
        (
            "ALTER TABLE users ADD COLUMN a text DEFAULT ''; ALTER TABLE users ALTER COLUMN a SET NOT NULL;"
            " ALTER TABLE users ALTER COLUMN a DROP DEFAULT",
            # the rule on SET NOT NULL says it
            "",
        ),
        (
            "CREATE TABLE fresh (id bigint NOT NULL DEFAULT 1); ALTER TABLE fresh ALTER COLUMN id DROP DEFAULT",
            "",
        ),
        ("ALTER TABLE notes ALTER COLUMN id DROP IDENTITY", "breaks-old"),
        (
            "ALTER TABLE notes ALTER COLUMN id DROP IDENTITY;"
            " ALTER TABLE notes ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY",
            "",
        ),
    ),
    *cases("drop-default", ("ALTER TABLE legacy ALTER COLUMN a DROP DEFAULT", "breaks-old"), complete=False),
    *cases(
        "change-default",
        ("ALTER TABLE users ALTER COLUMN locale SET DEFAULT 'de'", "surprises-old"),
        ("ALTER TABLE users ALTER COLUMN locale SET DEFAULT ('en')::text", ""),
        ("ALTER TABLE users ALTER COLUMN locale SET DEFAULT NULL", ""),
        ("ALTER TABLE users ALTER COLUMN email SET DEFAULT ''", ""),
        ("ALTER TABLE users ALTER COLUMN feeling SET DEFAULT 'sad'", "surprises-old"),
        ("ALTER TABLE users ALTER COLUMN note SET DEFAULT 'x'; ALTER TABLE users DROP COLUMN note", ""),
    ),
    *cases("change-default", ("ALTER TABLE legacy ALTER COLUMN a SET DEFAULT 1", "surprises-old"), complete=False),
    *cases(
        "add-identity",
        ("ALTER TABLE notes ALTER COLUMN id SET GENERATED ALWAYS", ""),
        ("ALTER TABLE notes ALTER COLUMN id SET GENERATED BY DEFAULT", ""),
        ("ALTER TABLE notes ALTER COLUMN id RESTART WITH 100", ""),
        ("ALTER TABLE notes ALTER COLUMN user_id ADD GENERATED ALWAYS AS IDENTITY", "breaks-old"),
        ("ALTER TABLE notes ALTER COLUMN user_id ADD GENERATED BY DEFAULT AS IDENTITY", ""),
        ("ALTER TABLE users ALTER COLUMN age ADD GENERATED BY DEFAULT AS IDENTITY", "fails"),
        (
            "ALTER TABLE notes ADD COLUMN n bigint NOT NULL DEFAULT 0;"
            " ALTER TABLE notes ALTER COLUMN n DROP DEFAULT;"
            " ALTER TABLE notes ALTER COLUMN n ADD GENERATED ALWAYS AS IDENTITY",
            "",
        ),
        (
            "ALTER TABLE users ALTER COLUMN invoice SET NOT NULL;"
            " ALTER TABLE users ALTER COLUMN invoice DROP DEFAULT;"
            " ALTER TABLE users ALTER COLUMN invoice ADD GENERATED BY DEFAULT AS IDENTITY",
            "breaks-old",
        ),
        (
            "ALTER TABLE users ALTER COLUMN invoice SET NOT NULL;"
            " ALTER TABLE users ALTER COLUMN invoice DROP DEFAULT;"
            " ALTER TABLE users ALTER COLUMN invoice ADD GENERATED BY DEFAULT AS IDENTITY;"
            " SELECT setval(pg_get_serial_sequence('users', 'invoice'), 1000)",
            "",
        ),
        (
            "ALTER TABLE users ALTER COLUMN invoice SET NOT NULL;"
            " ALTER TABLE users ALTER COLUMN invoice DROP DEFAULT;"
            " ALTER TABLE users ALTER COLUMN invoice ADD GENERATED BY DEFAULT AS IDENTITY;"
            " SELECT count(*) FROM users",
            "breaks-old",
        ),
        (
            "ALTER TABLE users ALTER COLUMN invoice SET NOT NULL;"
            " ALTER TABLE users ALTER COLUMN invoice DROP DEFAULT;"
            " ALTER TABLE users ALTER COLUMN invoice ADD GENERATED BY DEFAULT AS IDENTITY;"
            " ALTER TABLE users ALTER COLUMN invoice RESTART WITH 1000",
            "",
        ),
        (
            "CREATE TABLE fresh (id bigint NOT NULL);"
            " ALTER TABLE fresh ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY",
            "",
        ),
    ),
    Case(
        "add-identity",
        "ALTER TABLE old ALTER COLUMN id DROP DEFAULT; DROP SEQUENCE old_id_seq;"
        " ALTER TABLE old ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY;"
        " SELECT setval(pg_get_serial_sequence('old', 'id'), (SELECT max(id) FROM old))",
        given="CREATE TABLE old (id serial PRIMARY KEY)",
    ),
    *cases(
        "drop-unique",
        ("ALTER TABLE users DROP CONSTRAINT users_email_key", "breaks-old"),
        ("ALTER TABLE users DROP CONSTRAINT users_age_check", ""),
        ("ALTER TABLE users DROP CONSTRAINT IF EXISTS never_was", ""),
        ("ALTER TABLE users DROP CONSTRAINT users_email_key, DROP COLUMN email", ""),
        ("ALTER TABLE lists ADD CONSTRAINT u UNIQUE (secret); ALTER TABLE lists DROP CONSTRAINT u", ""),
        ("DROP INDEX users_note_idx", "breaks-old"),
        ("DROP INDEX IF EXISTS never_was", ""),
        ("DROP INDEX users_email_key", "fails"),
        ("CREATE UNIQUE INDEX n2 ON users (note); DROP INDEX users_note_idx", ""),
        ("CREATE UNIQUE INDEX n2 ON users (note) WHERE age > 1; DROP INDEX users_note_idx", "breaks-old"),
        ("CREATE INDEX n2 ON users (note); DROP INDEX users_note_idx", "breaks-old"),
        ("CREATE UNIQUE INDEX n2 ON users (note); DROP INDEX n2", ""),
        ("CREATE UNIQUE INDEX a2 ON users (age); DROP INDEX a2", ""),
        ("DROP INDEX never_was", "breaks-old?"),
        ("CREATE TABLE fresh (id bigint); CREATE UNIQUE INDEX f ON fresh (id); DROP INDEX f", ""),
        (
            "CREATE TABLE refs (code text REFERENCES teams (code)); ALTER TABLE teams DROP CONSTRAINT teams_code_key",
            "breaks-old fails",
        ),
        (
            "CREATE TABLE refs (code text REFERENCES teams (code));"
            " ALTER TABLE teams DROP CONSTRAINT teams_code_key CASCADE",
            "breaks-old",
        ),
        ("DROP TABLE notes; ALTER TABLE users DROP CONSTRAINT users_email_key; DROP TABLE users", ""),
    ),
    *cases(
        "drop-unique",
        ("DROP INDEX IF EXISTS never_was", "breaks-old?"),
        ("DROP INDEX never_was", "breaks-old?"),
        ("ALTER TABLE legacy DROP CONSTRAINT legacy_thing", "breaks-old?"),
        ("ALTER TABLE legacy DROP CONSTRAINT fk_legacy_user", ""),
        ("ALTER TABLE legacy DROP CONSTRAINT legacy_pkey", ""),
        ("ALTER TABLE legacy DROP CONSTRAINT ck_legacy_age", ""),
        ("CREATE UNIQUE INDEX n2 ON legacy (note); DROP INDEX n2", "breaks-old"),
        complete=False,
    ),
    *cases(
        "drop-primary-key",
        ("ALTER TABLE lists DROP CONSTRAINT lists_pkey", "breaks-old breaks-replication"),
        ("ALTER TABLE users DROP CONSTRAINT users_pkey", "breaks-old breaks-replication fails"),
        ("ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE", "breaks-old breaks-replication"),
        (
            "CREATE UNIQUE INDEX l2 ON lists (id); ALTER TABLE lists DROP CONSTRAINT lists_pkey",
            "breaks-replication",
        ),
        ("ALTER TABLE lists DROP CONSTRAINT lists_pkey, ADD CONSTRAINT lists_pkey PRIMARY KEY (id)", ""),
        (
            "ALTER TABLE lists DROP CONSTRAINT lists_pkey, ADD CONSTRAINT lists_pkey PRIMARY KEY (secret)",
            "breaks-old",
        ),
        ("ALTER TABLE lists DROP CONSTRAINT lists_pkey; ALTER TABLE lists DROP COLUMN id", "breaks-replication"),
        (
            "ALTER TABLE lists DROP CONSTRAINT lists_pkey, DROP COLUMN id, ADD PRIMARY KEY (secret)",
            "",
        ),
        (
            "ALTER TABLE lists REPLICA IDENTITY NOTHING; ALTER TABLE lists DROP CONSTRAINT lists_pkey",
            "breaks-old breaks-replication",
        ),
    ),
    *cases(
        "drop-primary-key",
        ("ALTER TABLE legacy DROP CONSTRAINT legacy_pkey", "breaks-old breaks-replication"),
        ("ALTER TABLE legacy DROP CONSTRAINT legacy_pkey, ADD CONSTRAINT p PRIMARY KEY (a)", "breaks-old"),
        complete=False,
    ),
    *cases(
        "drop-foreign-key",
        ("ALTER TABLE notes DROP CONSTRAINT notes_user_fkey", "breaks-old"),
        ("ALTER TABLE users DROP CONSTRAINT users_team_fkey", "surprises-old"),
        ("ALTER TABLE notes DROP CONSTRAINT notes_user_fkey; ALTER TABLE notes DROP COLUMN user_id", ""),
        ("ALTER TABLE users DROP CONSTRAINT users_team_fkey; DROP TABLE teams", ""),
        (
            "ALTER TABLE notes DROP CONSTRAINT notes_user_fkey;"
            " ALTER TABLE notes ADD FOREIGN KEY (user_id) REFERENCES users",
            "breaks-old",
        ),
        (
            "ALTER TABLE notes DROP CONSTRAINT notes_user_fkey;"
            " ALTER TABLE notes ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE SET NULL",
            "",
        ),
        (
            "ALTER TABLE notes DROP CONSTRAINT notes_user_fkey; ALTER TABLE notes RENAME COLUMN user_id TO owner_id;"
            " ALTER TABLE notes RENAME TO remarks; ALTER TABLE users RENAME TO accounts;"
            " ALTER TABLE remarks ADD FOREIGN KEY (owner_id) REFERENCES accounts ON DELETE CASCADE",
            "",
        ),
        (
            "ALTER TABLE notes DROP CONSTRAINT notes_user_fkey;"
            " ALTER TABLE notes ADD FOREIGN KEY (user_id) REFERENCES teams ON DELETE CASCADE",
            "breaks-old",
        ),
        (
            "ALTER TABLE users DROP CONSTRAINT users_team_fkey;"
            " ALTER TABLE users ADD FOREIGN KEY (invoice) REFERENCES teams",
            "surprises-old",
        ),
    ),
    *cases("drop-foreign-key", ("ALTER TABLE legacy DROP CONSTRAINT fk_legacy", "breaks-old?"), complete=False),
    *cases(
        "drop-check",
        ("ALTER TABLE users DROP CONSTRAINT users_age_check", "surprises-old"),
        ("ALTER TABLE users RENAME TO people; ALTER TABLE people DROP CONSTRAINT users_age_check", "surprises-old"),
        ("ALTER TABLE users DROP CONSTRAINT users_age_check; ALTER TABLE users DROP COLUMN age", ""),
        ("ALTER TABLE users DROP CONSTRAINT users_age_check, ADD CONSTRAINT again CHECK (age > 0) NOT VALID", ""),
        ("ALTER TABLE users DROP CONSTRAINT users_age_check, ADD CONSTRAINT wider CHECK (age > -1)", "surprises-old"),
        ("ALTER TABLE users DROP CONSTRAINT users_email_key", ""),
        ("ALTER TABLE users DROP CONSTRAINT IF EXISTS never_was", ""),
    ),
    *cases("drop-check", ("ALTER TABLE legacy DROP CONSTRAINT legacy_check", "surprises-old?"), complete=False),
    *cases(
        "rename-constraint",
        ("ALTER TABLE users RENAME CONSTRAINT users_email_key TO uq", "breaks-old?"),
        ("ALTER TABLE users RENAME CONSTRAINT users_age_check TO ck", "advice"),
        ("ALTER INDEX users_email_key RENAME TO uq", "breaks-old?"),
        ("ALTER INDEX users_note_idx RENAME TO ix", ""),
        ("ALTER TABLE lists ADD CONSTRAINT u UNIQUE (secret); ALTER TABLE lists RENAME CONSTRAINT u TO v", ""),
        (
            "ALTER TABLE users RENAME CONSTRAINT users_email_key TO old;"
            " ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (note)",
            "breaks-old?",
        ),
    ),
    *cases(
        "rename-constraint",
        ("ALTER TABLE legacy RENAME CONSTRAINT a TO b", "breaks-old?"),
        ("ALTER INDEX a RENAME TO b", ""),
        complete=False,
    ),
    *cases(
        "drop-type",
        ("DROP TYPE IF EXISTS never_was", ""),
        ("DROP TYPE mood", "breaks-old fails"),
        ("DROP TYPE mood CASCADE", "breaks-old"),
        ("ALTER TYPE mood RENAME TO mood_old; DROP TYPE mood_old", ""),
        ("ALTER TABLE users ALTER COLUMN feeling TYPE text; DROP TYPE mood", "breaks-old"),
    ),
    Case("drop-type", "DROP DOMAIN d; CREATE DOMAIN d AS text", given="CREATE DOMAIN d AS varchar(9)"),
    Case("drop-type", "DROP DOMAIN d", "breaks-old", given="CREATE DOMAIN d AS varchar(9)"),
    *cases("drop-type", ("DROP TYPE IF EXISTS never_was", "breaks-old"), complete=False),
    *cases(
        "rename-type",
        ("ALTER TYPE mood SET SCHEMA archive", "breaks-old"),
        ("ALTER TYPE mood RENAME TO a; ALTER TYPE a RENAME TO b", "breaks-old"),
        ("CREATE DOMAIN d AS text; ALTER DOMAIN d RENAME TO e", ""),
    ),
    Case(
        "rename-type",
        "ALTER DOMAIN d RENAME TO e; CREATE DOMAIN d AS text",
        given="CREATE DOMAIN d AS varchar(9)",
    ),
    *cases(
        "add-enum-value",
        ("ALTER TYPE mood ADD VALUE 'calm'", "surprises-old"),
        (
            "ALTER TYPE mood ADD VALUE 'calm'; INSERT INTO users (id, feeling) VALUES (1, 'calm')",
            "fails surprises-old",
        ),
        ("ALTER TYPE mood ADD VALUE 'calm'; UPDATE users SET feeling = 'sad'", "surprises-old"),
        ("ALTER TYPE mood ADD VALUE 'calm'; SELECT 'calm'::mood", "fails surprises-old"),
        ("ALTER TYPE mood ADD VALUE 'calm'; INSERT INTO lists VALUES (1, 'calm')", "surprises-old"),
        ("ALTER TYPE mood ADD VALUE 'calm'; COMMENT ON TYPE mood IS 'calm'", "surprises-old"),
        ("INSERT INTO users (id, feeling) VALUES (1, 'calm'); ALTER TYPE mood ADD VALUE 'calm'", "surprises-old"),
    ),
    *cases(
        "add-enum-value",
        ("ALTER TYPE mood2 ADD VALUE 'calm'; INSERT INTO legacy VALUES ('calm')", "fails surprises-old"),
        complete=False,
    ),
    *cases(
        "drop-view",
        ("DROP VIEW IF EXISTS never_was", ""),
        ("DROP VIEW people; CREATE MATERIALIZED VIEW people AS SELECT id, email FROM users", ""),
        ("DROP VIEW people; CREATE TABLE people (id bigint, email text)", ""),
    ),
    *cases(
        "replace-view",
        ("CREATE OR REPLACE VIEW people AS SELECT id, email, age FROM users", ""),
        ("CREATE OR REPLACE VIEW people AS SELECT email, id FROM users", "fails"),
        ("CREATE OR REPLACE VIEW counted AS SELECT count(*) FROM teams", ""),
        ("CREATE OR REPLACE VIEW fresh AS SELECT 1 AS one", ""),
        ("DROP VIEW counted; CREATE VIEW counted AS SELECT count(*) FROM teams", "breaks-old?"),
        ("DROP VIEW people; CREATE VIEW people AS SELECT id, email FROM users", ""),
        ("DROP VIEW people; CREATE VIEW people AS SELECT DISTINCT id, email FROM users", "breaks-old?"),
        ("DROP VIEW joined; CREATE VIEW joined AS SELECT DISTINCT id FROM users", ""),
        ("DROP VIEW IF EXISTS never_was; CREATE VIEW never_was AS SELECT 1 AS one", ""),
    ),
    *cases(
        "drop-sequence",
        ("DROP SEQUENCE IF EXISTS never_was", ""),
        ("DROP SEQUENCE invoice_no", "breaks-old fails"),
        ("DROP SEQUENCE invoice_no CASCADE", "breaks-old"),
        ("CREATE SEQUENCE archive.invoice_no; DROP SEQUENCE archive.invoice_no", ""),
        ("ALTER TABLE users ALTER COLUMN invoice DROP DEFAULT; DROP SEQUENCE invoice_no", "breaks-old"),
    ),
    *cases(
        "drop-function",
        ("DROP FUNCTION IF EXISTS never_was()", ""),
        ("DROP FUNCTION touch()", "fails"),
        ("DROP TRIGGER users_touch ON users; DROP FUNCTION touch()", ""),
        ("DROP FUNCTION tax(numeric)", "breaks-old"),
        ("DROP FUNCTION tax; CREATE FUNCTION tax(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT 1'", ""),
        (
            "DROP ROUTINE tax(numeric(8, 2)); CREATE FUNCTION tax(a numeric) RETURNS numeric LANGUAGE sql"
            " AS 'SELECT 1'",
            "",
        ),
        (
            "DROP FUNCTION tax(numeric); CREATE FUNCTION tax() RETURNS numeric LANGUAGE sql AS 'SELECT 1'",
            "breaks-old",
        ),
        (
            "DROP FUNCTION tax(numeric); CREATE FUNCTION tax(date) RETURNS numeric LANGUAGE sql AS 'SELECT 1'",
            "breaks-old?",
        ),
        (
            "DROP FUNCTION tax; CREATE FUNCTION tax(a bigint) RETURNS numeric LANGUAGE sql AS 'SELECT 1'",
            "breaks-old?",
        ),
        ("DROP FUNCTION tax(numeric); CREATE FUNCTION tax(float8) RETURNS numeric LANGUAGE sql AS 'SELECT 1'", ""),
        (
            "DROP FUNCTION tax(numeric);"
            " CREATE FUNCTION tax(a numeric, rate numeric DEFAULT 0.2) RETURNS numeric LANGUAGE sql AS 'SELECT 1'",
            "",
        ),
        ("DROP FUNCTION tax; CREATE FUNCTION tax(numeric) RETURNS text LANGUAGE sql AS 'SELECT 1'", "breaks-old"),
        (
            "DROP FUNCTION tax; CREATE FUNCTION tax(numeric) RETURNS SETOF numeric LANGUAGE sql AS 'SELECT 1'",
            "breaks-old",
        ),
        ("DROP FUNCTION tax; CREATE FUNCTION tax(numeric) RETURNS numeric(8, 2) LANGUAGE sql AS 'SELECT 1'", ""),
        ("DROP FUNCTION tax; CREATE FUNCTION tax(numeric, OUT r int) LANGUAGE sql AS 'SELECT 1'", "breaks-old"),
        (
            "DROP FUNCTION rows_of(int); CREATE FUNCTION rows_of(int) RETURNS TABLE (a int, b varchar(9))"
            " LANGUAGE sql AS 'SELECT 1'",
            "",
        ),
        (
            "DROP FUNCTION rows_of(int); CREATE FUNCTION rows_of(int) RETURNS TABLE (a int) LANGUAGE sql"
            " AS 'SELECT 1'",
            "breaks-old",
        ),
        ("DROP FUNCTION was(int); CREATE FUNCTION was(int) RETURNS int LANGUAGE sql AS 'SELECT 1'", "breaks-old?"),
        ("DROP PROCEDURE p(int); CREATE PROCEDURE p(a int) LANGUAGE sql AS 'SELECT 1'", ""),
        given=f"{GIVEN} CREATE PROCEDURE p(int) LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION rows_of(int)"
        " RETURNS TABLE (a integer, b varchar) LANGUAGE sql AS 'SELECT 1, 2';",
    ),
    *cases(
        "drop-schema",
        ("DROP SCHEMA IF EXISTS never_was", ""),
        ("DROP SCHEMA archive", ""),
        ("DROP SCHEMA archive CASCADE", BOTH),
        ("DROP SCHEMA public", "fails"),
        ("CREATE SEQUENCE archive.numbers; DROP SCHEMA archive", "fails"),
    ),
    *cases("drop-schema", ("DROP SCHEMA legacy", "breaks-old?"), complete=False),
    *cases(
        "drop-trigger",
        ("DROP TRIGGER users_touch ON users", "breaks-old"),
        ("DROP TRIGGER IF EXISTS never_was ON users", ""),
        (
            "CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION touch(); DROP TRIGGER t ON users",
            "",
        ),
        ("DROP TRIGGER users_touch ON users; DROP TABLE users CASCADE", ""),
    ),
    *cases(
        "drop-trigger",
        ("DROP TRIGGER IF EXISTS t ON legacy", "breaks-old"),
        complete=False,
    ),
    *cases(
        "drop-cascade",
        ("DROP TABLE users CASCADE", "loses-data"),
        ("DROP TABLE users", ""),
        ("DROP TABLE lists CASCADE", ""),
        (
            "CREATE TABLE refs (c text REFERENCES users (email));"
            " ALTER TABLE users DROP CONSTRAINT users_email_key CASCADE",
            "loses-data",
        ),
        ("DROP TABLE users, notes CASCADE", "loses-data"),
        ("DROP VIEW people, counted, joined; DROP TABLE users, notes CASCADE", ""),
        ("DROP TABLE IF EXISTS never_was CASCADE", ""),
        ("DROP VIEW people CASCADE", ""),
        ("DROP TYPE mood CASCADE", "loses-data"),
        ("DROP SEQUENCE invoice_no CASCADE", "loses-data"),
        ("DROP FUNCTION touch() CASCADE", "loses-data"),
        ("DROP FUNCTION tax(numeric) CASCADE", "loses-data"),
        ("ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE", "loses-data"),
        ("ALTER TABLE users DROP CONSTRAINT users_email_key CASCADE", ""),
        ("CREATE TABLE refs (c text REFERENCES users (note)); DROP INDEX users_note_idx CASCADE", "loses-data"),
        ("CREATE TABLE fresh (id bigint UNIQUE); ALTER TABLE fresh DROP CONSTRAINT fresh_id_key CASCADE", ""),
        ("DROP INDEX users_note_idx CASCADE", ""),
    ),
    *cases(
        "drop-cascade",
        ("DROP TABLE lists CASCADE", "loses-data?"),
        ("DROP TABLE IF EXISTS never_was CASCADE", "loses-data?"),
        ("ALTER TABLE users DROP CONSTRAINT users_age_check CASCADE", ""),
        ("ALTER TABLE users DROP CONSTRAINT users_email_key CASCADE", "loses-data?"),
        ("ALTER TABLE legacy DROP CONSTRAINT a CASCADE", "loses-data?"),
        complete=False,
    ),
    *cases(
        "create-trigger",
        ("CREATE TRIGGER t AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION touch()", "advice"),
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'a'; RETURN NULL; END $$;"
            " CREATE TRIGGER t AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION f()",
            "advice",
        ),
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
            " CREATE TRIGGER t BEFORE INSERT ON users FOR EACH STATEMENT EXECUTE FUNCTION f()",
            "advice",
        ),
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;"
            " CREATE CONSTRAINT TRIGGER t AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION f()",
            "breaks-old?",
        ),
        (
            "CREATE TABLE fresh (id bigint);"
            " CREATE TRIGGER t AFTER INSERT ON fresh FOR EACH ROW EXECUTE FUNCTION touch()",
            "",
        ),
        (
            "DROP TRIGGER users_touch ON users;"
            " CREATE TRIGGER users_touch AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch()",
            "",
        ),
    ),
    *cases(
        "create-trigger",
        ("CREATE TRIGGER t AFTER INSERT ON legacy FOR EACH ROW EXECUTE FUNCTION f()", "advice"),
        complete=False,
    ),
    *cases(
        "toggle-trigger",
        ("ALTER TABLE users DISABLE TRIGGER users_touch", "breaks-old"),
        ("ALTER TABLE users ENABLE REPLICA TRIGGER users_touch", "breaks-old"),
        ("ALTER TABLE users ENABLE ALWAYS TRIGGER users_touch", ""),
        ("ALTER TABLE users DISABLE TRIGGER USER; SELECT f(); ALTER TABLE users ENABLE TRIGGER ALL", "blocks-writes"),
        ("ALTER TABLE users DISABLE TRIGGER ALL; ALTER TABLE users ENABLE TRIGGER ALL", ""),
        (
            "ALTER TABLE users DISABLE TRIGGER ALL; SELECT setval('invoice_no', 9);"
            " ALTER TABLE users ENABLE TRIGGER ALL",
            "",
        ),
        ("ALTER TABLE users DISABLE TRIGGER ALL; ALTER TABLE users ENABLE TRIGGER users_touch", "breaks-old"),
        ("ALTER TABLE users DISABLE TRIGGER USER; ALTER TABLE notes ENABLE TRIGGER USER", "breaks-old"),
        (
            "CREATE TRIGGER t AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION touch();"
            " ALTER TABLE users DISABLE TRIGGER t",
            "",
        ),
        ("CREATE TABLE fresh (id bigint); ALTER TABLE fresh DISABLE TRIGGER ALL", ""),
        ("ALTER TABLE users DISABLE TRIGGER users_touch; ALTER TABLE users ENABLE TRIGGER ALL", ""),
        ("ALTER TABLE users DISABLE TRIGGER users_touch; ALTER TABLE users ENABLE TRIGGER USER", ""),
        ("ALTER TABLE users DISABLE TRIGGER ALL; ALTER TABLE users ENABLE TRIGGER USER", "breaks-old"),
    ),
    *cases("toggle-trigger", ("ALTER TABLE legacy DISABLE TRIGGER t", "breaks-old"), complete=False),
    *cases(
        "enable-row-security",
        ("ALTER TABLE users ENABLE ROW LEVEL SECURITY", "breaks-old"),
        ("ALTER TABLE lists ENABLE ROW LEVEL SECURITY", ""),
        ("ALTER TABLE lists FORCE ROW LEVEL SECURITY", "breaks-old?"),
        ("ALTER TABLE lists NO FORCE ROW LEVEL SECURITY", ""),
        ("ALTER TABLE lists DISABLE ROW LEVEL SECURITY", "breaks-old"),
        ("ALTER TABLE users DISABLE ROW LEVEL SECURITY", ""),
        (
            "CREATE POLICY a ON users USING (true); CREATE POLICY b ON users AS RESTRICTIVE USING (id > 1);"
            " ALTER TABLE users ENABLE ROW LEVEL SECURITY",
            "breaks-old?",
        ),
        (
            "CREATE POLICY a ON users FOR SELECT USING (true); ALTER TABLE users ENABLE ROW LEVEL SECURITY",
            "breaks-old?",
        ),
        ("CREATE POLICY a ON users TO app USING (true); ALTER TABLE users ENABLE ROW LEVEL SECURITY", "breaks-old?"),
        (
            "CREATE POLICY a ON users USING (true) WITH CHECK (true); ALTER TABLE users ENABLE ROW LEVEL SECURITY",
            "",
        ),
    ),
    Case(
        "enable-row-security",
        "ALTER TABLE lists NO FORCE ROW LEVEL SECURITY",
        "breaks-old",
        given=GIVEN + "ALTER TABLE lists FORCE ROW LEVEL SECURITY;",
    ),
    *cases(
        "enable-row-security",
        ("ALTER TABLE legacy ENABLE ROW LEVEL SECURITY", "breaks-old"),
        ("ALTER TABLE legacy DISABLE ROW LEVEL SECURITY", "breaks-old"),
        complete=False,
    ),
    *cases(
        "change-policy",
        ("DROP POLICY lists_all ON lists", "breaks-old"),
        ("DROP POLICY lists_few ON lists", "breaks-old?"),
        ("DROP POLICY IF EXISTS never_was ON lists", ""),
        ("DROP POLICY lists_all ON lists; CREATE POLICY lists_all ON lists USING (id > 0)", "breaks-old?"),
        ("DROP POLICY lists_all ON lists; ALTER TABLE lists DISABLE ROW LEVEL SECURITY", ""),
        ("CREATE POLICY more ON lists USING (id = 1)", ""),
        ("CREATE POLICY less ON lists AS RESTRICTIVE USING (id = 1)", "breaks-old"),
        ("CREATE POLICY less ON users AS RESTRICTIVE USING (id = 1)", ""),
        (
            "CREATE TABLE fresh (id bigint); ALTER TABLE fresh ENABLE ROW LEVEL SECURITY;"
            " CREATE POLICY less ON fresh AS RESTRICTIVE USING (id = 1)",
            "",
        ),
    ),
    *cases("change-policy", ("DROP POLICY a ON legacy", "breaks-old"), complete=False),
    *cases(
        "revoke-privilege",
        ("REVOKE SELECT ON users FROM app", "breaks-old"),
        ("REVOKE app FROM bob", "breaks-old"),
        ("REVOKE SELECT ON users FROM app; GRANT ALL ON users TO app", ""),
        ("REVOKE SELECT ON users FROM app; GRANT SELECT ON users TO bob", "breaks-old"),
        ("REVOKE SELECT ON users FROM app; GRANT SELECT ON notes TO app", "breaks-old"),
        ("REVOKE SELECT ON users FROM app; GRANT SELECT (id) ON users TO app", "breaks-old"),
        ("REVOKE SELECT (id) ON users FROM app; GRANT SELECT (id, email) ON users TO app", ""),
        ("REVOKE SELECT (id, age) ON users FROM app; GRANT SELECT (id) ON users TO app", "breaks-old"),
        ("GRANT SELECT ON users TO app; REVOKE SELECT ON users FROM app", "breaks-old"),
        ("REVOKE USAGE ON SCHEMA public FROM app", "breaks-old"),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION f() FROM PUBLIC", ""),
        ("CREATE SCHEMA fresh; REVOKE ALL ON SCHEMA fresh FROM PUBLIC", ""),
        ("ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM app", ""),
        ("DROP ROLE app", "breaks-old"),
        ("DROP OWNED BY app", BOTH),
        ("ALTER ROLE app NOLOGIN", "breaks-old"),
        ("ALTER USER app WITH NOINHERIT CONNECTION LIMIT 5", "breaks-old"),
        ("ALTER ROLE app CONNECTION LIMIT 0", "breaks-old"),
        ("ALTER ROLE app PASSWORD 'secret'", "breaks-old?"),
        ("ALTER ROLE app SET search_path = crm", "breaks-old?"),
        ("ALTER ROLE app RENAME TO application", "breaks-old"),
        ("ALTER USER app RENAME TO application", "breaks-old"),
        ("ALTER ROLE app SET statement_timeout = '30s'", ""),
        ("ALTER ROLE app LOGIN CONNECTION LIMIT 10", ""),
        ("CREATE ROLE fresh; ALTER ROLE fresh NOLOGIN; ALTER ROLE fresh RENAME TO newer", ""),
    ),
    *cases(
        "create-rule",
        ("CREATE RULE r AS ON INSERT TO users DO INSTEAD NOTHING", "advice breaks-old"),
        ("CREATE RULE r AS ON INSERT TO users DO ALSO NOTHING", "advice"),
        ("CREATE RULE r AS ON INSERT TO people DO INSTEAD NOTHING", "advice"),
    ),
    *cases(
        "rename-routine",
        ("ALTER FUNCTION tax(numeric) SET SCHEMA archive", "breaks-old"),
        ("ALTER EXTENSION pg_trgm SET SCHEMA archive", "breaks-old"),
        ("ALTER SEQUENCE IF EXISTS never_was RENAME TO a", ""),
    ),
    # without an exclusion the new version may write what the old one never meets
    *cases(
        "drop-unique",
        ("ALTER TABLE stays DROP CONSTRAINT apart", "surprises-old"),
        (
            "ALTER TABLE stays DROP CONSTRAINT apart; ALTER TABLE stays RENAME TO visits;"
            " ALTER TABLE visits ADD CONSTRAINT still_apart EXCLUDE USING gist (during WITH &&)",
            "",
        ),
        ("ALTER TABLE stays DROP CONSTRAINT apart; DROP TABLE stays", ""),
        ("ALTER TABLE stays ADD CONSTRAINT e EXCLUDE (id WITH =); ALTER TABLE stays DROP CONSTRAINT e", ""),
        given="CREATE TABLE stays (id bigint, during tsrange, CONSTRAINT apart EXCLUDE USING gist (during WITH &&));",
    ),
    *cases(
        "change-composite-type",
        ("ALTER TYPE pair DROP ATTRIBUTE a, ADD ATTRIBUTE c text", "breaks-old breaks-old?"),
        ("ALTER TYPE pair ALTER ATTRIBUTE a TYPE text", "breaks-old"),
        ("ALTER TYPE never_made RENAME ATTRIBUTE a TO b", "breaks-old"),
        ("CREATE TYPE fresh AS (a int); ALTER TYPE fresh DROP ATTRIBUTE a", ""),
        given="CREATE TYPE pair AS (a integer, b integer);",
    ),
    *cases(
        "table-inheritance",
        ("ALTER TABLE capitals NO INHERIT towns", "breaks-old"),
        ("CREATE TABLE fresh () INHERITS (towns); ALTER TABLE fresh NO INHERIT towns", "advice"),
        ("ALTER TABLE legacy NO INHERIT towns", "breaks-old"),
        ("ALTER TABLE villages INHERIT towns", "advice breaks-old"),
        ("ALTER TABLE legacy INHERIT towns", "advice breaks-old"),
        ("ALTER TABLE capitals NO INHERIT towns; ALTER TABLE capitals INHERIT towns", "advice"),
        ("ALTER TABLE capitals NO INHERIT towns; ALTER TABLE capitals INHERIT places", "advice breaks-old"),
        ("CREATE TABLE fresh (id bigint); ALTER TABLE fresh INHERIT towns", "advice"),
        ("CREATE TABLE fresh (id bigint); ALTER TABLE villages INHERIT fresh", "advice"),
        given="CREATE TABLE towns (id bigint); CREATE TABLE capitals () INHERITS (towns);"
        "CREATE TABLE villages (id bigint); CREATE TABLE places (id bigint);",
    ),
    *cases(
        "create-index",
        ("CREATE MATERIALIZED VIEW m AS SELECT id FROM teams; CREATE INDEX i ON m (id)", ""),
        ("CREATE INDEX i ON summed (id)", "blocks-writes"),
        given=f"{GIVEN} CREATE MATERIALIZED VIEW summed AS SELECT id FROM teams;",
    ),
    # no version writes to a materialized view, and its concurrent refresh asks for one
    *cases(
        "add-unique",
        ("CREATE UNIQUE INDEX i ON summed (id)", ""),
        ("CREATE MATERIALIZED VIEW m AS SELECT id FROM teams; CREATE UNIQUE INDEX i ON m (id)", ""),
        given=f"{GIVEN} CREATE MATERIALIZED VIEW summed AS SELECT id FROM teams;",
    ),
    *cases("drop-extension", ("DROP EXTENSION IF EXISTS pg_trgm", "")),
    *cases("drop-extension", ("DROP EXTENSION IF EXISTS pg_trgm", "breaks-old"), complete=False),
]
