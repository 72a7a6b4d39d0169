COMMENT ON TABLE s.t IS 'it''s; here';
--> AlterObject(kind='COMMENT', name=s.t, text=…, table=s.t)

COMMENT ON COLUMN s.t.c IS NULL;
--> AlterObject(kind='COMMENT', name=c, text=…, table=s.t)

COMMENT ON COLUMN t.c IS E'it\'s';
--> AlterObject(kind='COMMENT', name=c, text=…, table=t)

COMMENT ON CONSTRAINT ck ON t IS 'x';
--> AlterObject(kind='COMMENT', name=ck, text=…, table=t)

COMMENT ON FUNCTION f(int, text) IS 'x';
--> AlterObject(kind='COMMENT', name=f, text=…)

COMMENT ON TABLE t IS unquoted;
--> Unreadable(text=…, reason="a string was expected where 'unquoted' stands")

CREATE TYPE mood AS ENUM ('sad', 'it''s ok', '');
--> CreateEnum(type=EnumType(name=mood, labels=['sad', "it's ok", '']))

CREATE TYPE ty AS (a int, b text);
--> CreateObject(kind='TYPE', name=ty, text=…)

CREATE DOMAIN d AS int CHECK (VALUE > 0);
--> CreateObject(kind='DOMAIN', name=d, text=…)

ALTER TYPE s.mood ADD VALUE IF NOT EXISTS 'meh' BEFORE 'ok';
--> AddEnumValue(type=s.mood, value='meh', if_not_exists=True, neighbour='ok', before=True)

ALTER TYPE mood ADD VALUE 'great' AFTER 'ok';
--> AddEnumValue(type=mood, value='great', neighbour='ok')

ALTER TYPE mood ADD VALUE 'last';
--> AddEnumValue(type=mood, value='last')

ALTER TYPE mood RENAME VALUE 'a' TO 'z';
--> RenameEnumValue(type=mood, value='a', new_value='z')

ALTER TYPE mood RENAME TO "Mood";
--> RenameType(type=mood, new_name='Mood')

ALTER TYPE mood ADD ATTRIBUTE c int;
--> Unreadable(text=…, reason='ALTER TYPE … ADD is not read yet')

DROP TYPE IF EXISTS mood, other;
--> DropObject(kind='TYPE', name=mood, if_exists=True)
--> DropObject(kind='TYPE', name=other, if_exists=True)

CREATE SEQUENCE IF NOT EXISTS s.sq AS bigint START WITH 1 INCREMENT BY 2 NO MAXVALUE CACHE 10 OWNED BY s.t.id;
--> CreateObject(kind='SEQUENCE', name=s.sq, text=…, if_not_exists=True)

ALTER SEQUENCE sq OWNED BY t.id;
--> AlterObject(kind='SEQUENCE', name=sq, text=…)

ALTER SEQUENCE sq RESTART;
--> AlterObject(kind='SEQUENCE', name=sq, text=…)

ALTER SEQUENCE sq RENAME TO other;
--> Unreadable(text=…, reason='ALTER SEQUENCE … RENAME is not read yet')

DROP SEQUENCE sq;
--> DropObject(kind='SEQUENCE', name=sq)

CREATE SCHEMA IF NOT EXISTS s AUTHORIZATION bob;
--> CreateObject(kind='SCHEMA', name=s, text=…, if_not_exists=True)

-- # a schema with more than itself is more than one operation
CREATE SCHEMA s CREATE TABLE t (id int);
--> Unreadable(text=…, reason="'CREATE' and what follows is not read yet")

DROP SCHEMA s CASCADE;
--> DropObject(kind='SCHEMA', name=s, cascade=True)

CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA public VERSION '1.1' CASCADE;
--> CreateObject(kind='EXTENSION', name="uuid-ossp", text=…, if_not_exists=True)

DROP EXTENSION hstore;
--> DropObject(kind='EXTENSION', name=hstore)

CREATE OR REPLACE VIEW v (x) WITH (security_barrier) AS SELECT a FROM t WITH CHECK OPTION;
--> CreateObject(kind='VIEW', name=v, text=…, or_replace=True)

CREATE MATERIALIZED VIEW IF NOT EXISTS mv AS SELECT a FROM t WITH NO DATA;
--> CreateObject(kind='MATERIALIZED VIEW', name=mv, text=…, if_not_exists=True)

ALTER VIEW v RENAME TO w;
--> RenameTable(table=v, new_name='w')

ALTER VIEW v RENAME COLUMN a TO b;
--> RenameColumn(table=v, column='a', new_name='b')

ALTER VIEW v SET (security_invoker = true);
--> Unreadable(text=…, reason='this change of a view is not read yet')

ALTER MATERIALIZED VIEW mv SET SCHEMA s;
--> MoveTable(table=mv, new_schema='s')

DROP VIEW IF EXISTS a, b;
--> DropObject(kind='VIEW', name=a, if_exists=True)
--> DropObject(kind='VIEW', name=b, if_exists=True)

DROP MATERIALIZED VIEW mv;
--> DropObject(kind='MATERIALIZED VIEW', name=mv)

REFRESH MATERIALIZED VIEW CONCURRENTLY mv;
--> RefreshView(view=mv, concurrently=True)

-- # creating a function runs nothing of it
CREATE OR REPLACE FUNCTION f(a int DEFAULT 1) RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM t; RETURN NEW; END $$;
--> CreateObject(kind='FUNCTION', name=f, text=…, or_replace=True)

-- # a body of statements has semicolons of its own
CREATE FUNCTION f() RETURNS int BEGIN ATOMIC INSERT INTO t VALUES (1); SELECT CASE WHEN true THEN 1 END; END;
--> CreateObject(kind='FUNCTION', name=f, text=…)

CREATE PROCEDURE p(a int) LANGUAGE sql AS 'INSERT INTO t VALUES (a)';
--> CreateObject(kind='PROCEDURE', name=p, text=…)

DROP FUNCTION IF EXISTS f(int, text), g CASCADE;
--> DropObject(kind='FUNCTION', name=f, if_exists=True, cascade=True, signature='(int, text)')
--> DropObject(kind='FUNCTION', name=g, if_exists=True, cascade=True)

ALTER FUNCTION f(int) OWNER TO bob;
--> AlterObject(kind='OWNER TO', name=f, text=…)

ALTER FUNCTION f(int) RENAME TO g;
--> Unreadable(text=…, reason='ALTER FUNCTION … RENAME is not read yet')

CREATE TRIGGER trg BEFORE INSERT OR UPDATE OF a, b ON s.t FOR EACH ROW WHEN (NEW.a IS NOT NULL) EXECUTE FUNCTION f('x');
--> CreateObject(kind='TRIGGER', name=trg, text=…, table=s.t)

CREATE CONSTRAINT TRIGGER trg AFTER INSERT ON t DEFERRABLE FOR EACH ROW EXECUTE PROCEDURE f();
--> CreateObject(kind='TRIGGER', name=trg, text=…, table=t)

DROP TRIGGER IF EXISTS trg ON s.t;
--> DropObject(kind='TRIGGER', name=trg, if_exists=True, table=s.t)

CREATE POLICY p ON t FOR SELECT TO bob USING (a = 1);
--> CreateObject(kind='POLICY', name=p, text=…, table=t)

CREATE POLICY p ON t AS RESTRICTIVE USING (a = 1);
--> Unreadable(text=…, reason='a restrictive policy is not read yet')

DROP POLICY p ON t;
--> DropObject(kind='POLICY', name=p, table=t)

CREATE STATISTICS st (dependencies) ON a, b FROM t;
--> CreateObject(kind='STATISTICS', name=st, text=…, table=t)

CREATE RULE r AS ON UPDATE TO v DO INSTEAD NOTHING;
--> Unreadable(text=…, reason='CREATE RULE is not read yet')

GRANT SELECT (a, b), UPDATE ON TABLE s.t TO bob, eve WITH GRANT OPTION;
--> AlterObject(kind='GRANT', name=s.t, text=…)

REVOKE ALL PRIVILEGES ON ALL TABLES IN SCHEMA s FROM PUBLIC;
--> AlterObject(kind='REVOKE', name=s, text=…)

GRANT admin TO bob;
--> AlterObject(kind='GRANT', name=admin, text=…)

ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO bob;
--> AlterObject(kind='DEFAULT PRIVILEGES', name="", text=…)

CREATE ROLE bob;
--> Unreadable(text=…, reason='CREATE ROLE is not read yet')
