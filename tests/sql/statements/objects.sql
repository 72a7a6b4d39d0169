COMMENT ON TABLE s.t IS 'it''s; here';
--> Comment(kind='COMMENT', name=s.t, text=…, table=s.t, about='TABLE', said="it's; here")

COMMENT ON COLUMN s.t.c IS NULL;
--> Comment(kind='COMMENT', name=c, text=…, table=s.t, about='COLUMN')

COMMENT ON COLUMN t.c IS E'it\'s';
--> Comment(kind='COMMENT', name=c, text=…, table=t, about='COLUMN', said="it's")

COMMENT ON CONSTRAINT ck ON t IS 'x';
--> Comment(kind='COMMENT', name=ck, text=…, table=t, about='CONSTRAINT', said='x')

COMMENT ON FUNCTION f(int, text) IS 'x';
--> Comment(kind='COMMENT', name=f, text=…, routine='FUNCTION', arguments=['integer', 'text'], about='FUNCTION', said='x')

COMMENT ON TABLE t IS unquoted;
--> Unreadable(text=…, reason="a string was expected where 'unquoted' stands")

CREATE TYPE mood AS ENUM ('sad', 'it''s ok', '');
--> CreateEnum(type=EnumType(name=mood, labels=['sad', "it's ok", '']))

CREATE TYPE ty AS (a int, b text);
--> CreateObject(kind='TYPE', name=ty, text=…)

CREATE DOMAIN d AS int CHECK (VALUE > 0);
--> CreateDomain(kind='DOMAIN', name=d, text=…, type=Type(name='integer'), checks=[Check(name='', expression=Expression(text='VALUE > 0', volatility=CONSTANT, columns={'value'}))])

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
--> ChangeComposite(kind='TYPE', name=mood, text=…, action='ADD', attribute='c')

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
--> RenameObject(kind='SEQUENCE', name=sq, new_name='other')

DROP SEQUENCE sq;
--> DropObject(kind='SEQUENCE', name=sq)

CREATE SCHEMA IF NOT EXISTS s AUTHORIZATION bob;
--> CreateObject(kind='SCHEMA', name=s, text=…, if_not_exists=True)

-- # a schema with more than itself is more than one operation
CREATE SCHEMA s CREATE TABLE t (id int);
--> Unreadable(text=…, reason='what CREATE SCHEMA makes inside is not read yet: write it as statements of its own')

DROP SCHEMA s CASCADE;
--> DropObject(kind='SCHEMA', name=s, cascade=True)

CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA public VERSION '1.1' CASCADE;
--> CreateObject(kind='EXTENSION', name="uuid-ossp", text=…, if_not_exists=True)

DROP EXTENSION hstore;
--> DropObject(kind='EXTENSION', name=hstore)

CREATE OR REPLACE VIEW v (x) WITH (security_barrier) AS SELECT a FROM t WITH CHECK OPTION;
--> CreateView(kind='VIEW', name=v, text=…, or_replace=True, columns=['x'], tables=[t], reads=[[t, 'a']], simple=True)

CREATE MATERIALIZED VIEW IF NOT EXISTS mv AS SELECT a FROM t WITH NO DATA;
--> CreateView(kind='MATERIALIZED VIEW', name=mv, text=…, if_not_exists=True, columns=['a'], tables=[t], reads=[[t, 'a']], simple=True, with_data=False)

ALTER VIEW v RENAME TO w;
--> RenameObject(kind='VIEW', name=v, new_name='w')

ALTER VIEW v RENAME COLUMN a TO b;
--> RenameColumn(table=v, column='a', new_name='b')

ALTER VIEW v SET (security_invoker = true);
--> AlterObject(kind='SET STORAGE PARAMETERS', name=v, text=…, table=v)

ALTER MATERIALIZED VIEW mv SET SCHEMA s;
--> MoveObject(kind='MATERIALIZED VIEW', name=mv, new_schema='s')

DROP VIEW IF EXISTS a, b;
--> DropObject(kind='VIEW', name=a, if_exists=True)
--> DropObject(kind='VIEW', name=b, if_exists=True)

DROP MATERIALIZED VIEW mv;
--> DropObject(kind='MATERIALIZED VIEW', name=mv)

REFRESH MATERIALIZED VIEW CONCURRENTLY mv;
--> RefreshView(view=mv, concurrently=True)

-- # creating a function runs nothing of it
CREATE OR REPLACE FUNCTION f(a int DEFAULT 1) RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM t; RETURN NEW; END $$;
--> CreateFunction(kind='FUNCTION', name=f, text=…, or_replace=True, arguments=['integer'], returns='trigger', language='plpgsql', body=' BEGIN DELETE FROM t; RETURN NEW; END ')

-- # a body of statements has semicolons of its own
CREATE FUNCTION f() RETURNS int BEGIN ATOMIC INSERT INTO t VALUES (1); SELECT CASE WHEN true THEN 1 END; END;
--> CreateFunction(kind='FUNCTION', name=f, text=…, returns='integer', language='sql', body='INSERT INTO t VALUES (1); SELECT CASE WHEN true THEN 1 END;')

CREATE PROCEDURE p(a int) LANGUAGE sql AS 'INSERT INTO t VALUES (a)';
--> CreateFunction(kind='PROCEDURE', name=p, text=…, arguments=['integer'], required=1, language='sql', body='INSERT INTO t VALUES (a)')

DROP FUNCTION IF EXISTS f(int, text), g CASCADE;
--> DropObject(kind='FUNCTION', name=f, if_exists=True, cascade=True, signature='(int, text)', arguments=['integer', 'text'])
--> DropObject(kind='FUNCTION', name=g, if_exists=True, cascade=True)

ALTER FUNCTION f(int) OWNER TO bob;
--> AlterObject(kind='OWNER TO', name=f, text=…, routine='FUNCTION', arguments=['integer'])

ALTER FUNCTION f(int) RENAME TO g;
--> RenameObject(kind='FUNCTION', name=f, new_name='g', signature='(int)', arguments=['integer'])

CREATE TRIGGER trg BEFORE INSERT OR UPDATE OF a, b ON s.t FOR EACH ROW WHEN (NEW.a IS NOT NULL) EXECUTE FUNCTION f('x');
--> CreateTrigger(kind='TRIGGER', name=trg, text=…, table=s.t, timing='BEFORE', events=['INSERT', 'UPDATE'], columns=['a', 'b'], function=f, each_row=True, condition='NEW.a IS NOT NULL')

CREATE CONSTRAINT TRIGGER trg AFTER INSERT ON t DEFERRABLE FOR EACH ROW EXECUTE PROCEDURE f();
--> CreateTrigger(kind='TRIGGER', name=trg, text=…, table=t, timing='AFTER', events=['INSERT'], function=f, each_row=True, constraint=True)

DROP TRIGGER IF EXISTS trg ON s.t;
--> DropObject(kind='TRIGGER', name=trg, if_exists=True, table=s.t)

CREATE POLICY p ON t FOR SELECT TO bob USING (a = 1);
--> CreatePolicy(kind='POLICY', name=p, text=…, table=t, command='SELECT', roles=['bob'], conditions=['a = 1'])

CREATE POLICY p ON t AS RESTRICTIVE USING (a = 1);
--> CreatePolicy(kind='POLICY', name=p, text=…, table=t, permissive=False, conditions=['a = 1'])

DROP POLICY p ON t;
--> DropObject(kind='POLICY', name=p, table=t)

CREATE STATISTICS st (dependencies) ON a, b FROM t;
--> CreateObject(kind='STATISTICS', name=st, text=…, table=t)

CREATE RULE r AS ON UPDATE TO v DO INSTEAD NOTHING;
--> CreateRule(kind='RULE', name=r, text=…, table=v, event='UPDATE', instead=True)

GRANT SELECT (a, b), UPDATE ON TABLE s.t TO bob, eve WITH GRANT OPTION;
--> Grant(kind='GRANT', name=s.t, text=…, on='TABLE', names=[s.t], granted=[['SELECT', 'a'], ['SELECT', 'b'], ['UPDATE', '']], roles=['bob', 'eve'], grantable=True)

REVOKE ALL PRIVILEGES ON ALL TABLES IN SCHEMA s FROM PUBLIC;
--> Revoke(kind='REVOKE', name=s, text=…, on='ALL TABLES IN SCHEMA', names=[s], granted=[['ALL', '']], roles=['public'])

GRANT admin TO bob;
--> Grant(kind='GRANT', name=admin, text=…, granted=[['admin', '']], roles=['bob'])

ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO bob;
--> Grant(kind='DEFAULT PRIVILEGES', name="", text=…, on='DEFAULT PRIVILEGES TABLES', granted=[['SELECT', '']], roles=['bob'])

CREATE ROLE bob;
--> CreateObject(kind='ROLE', name=bob, text=…)

CREATE OR REPLACE TRIGGER trg INSTEAD OF DELETE OR TRUNCATE ON v REFERENCING OLD TABLE AS o FOR EACH STATEMENT EXECUTE PROCEDURE s.f(1, x);
--> CreateTrigger(kind='TRIGGER', name=trg, text=…, or_replace=True, table=v, timing='INSTEAD OF', events=['DELETE', 'TRUNCATE'], function=s.f)

CREATE RULE r AS ON INSERT TO s.t WHERE NEW.a > 0 DO ALSO (DELETE FROM u; NOTIFY n);
--> CreateRule(kind='RULE', name=r, text=…, table=s.t, event='INSERT')

CREATE POLICY p ON s.t AS RESTRICTIVE FOR UPDATE TO bob, PUBLIC, CURRENT_USER USING (a = 1) WITH CHECK (b = 2);
--> CreatePolicy(kind='POLICY', name=p, text=…, table=s.t, permissive=False, command='UPDATE', roles=['bob', 'public', 'current_user'], conditions=['a = 1', 'b = 2'])

ALTER POLICY p ON s.t TO bob USING (a = 2);
--> ChangePolicy(kind='POLICY', name=p, text=…, table=s.t, conditions=['a = 2'])

ALTER POLICY p ON t RENAME TO q;
--> RenameObject(kind='POLICY', name=p, new_name='q', table=t)

ALTER TRIGGER trg ON s.t RENAME TO other;
--> RenameObject(kind='TRIGGER', name=trg, new_name='other', table=s.t)

DROP POLICY IF EXISTS p ON t;
--> DropObject(kind='POLICY', name=p, if_exists=True, table=t)

CREATE VIEW v AS SELECT t.a, u.b AS c, count(*) FROM s.t JOIN u USING (id) WHERE t.d > 1 GROUP BY 1, 2;
--> CreateView(kind='VIEW', name=v, text=…, tables=[s.t, u], reads=[[s.t, 'a'], [u, 'b'], [s.t, 'd'], [None, 'id']])

CREATE VIEW v AS SELECT * FROM t;
--> CreateView(kind='VIEW', name=v, text=…, tables=[t], simple=True, star=True)

CREATE TEMP VIEW v (a) AS WITH x AS (SELECT b FROM y) SELECT x.b FROM x;
--> CreateView(kind='VIEW', name=v, text=…, temporary=True, columns=['a'], tables=[y], reads=[[None, 'b']])

CREATE RECURSIVE VIEW v (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM v;
--> CreateView(kind='VIEW', name=v, text=…, columns=['n'], star=True)

-- # a query that cannot be read may read whatever it names
CREATE VIEW v AS SELECT a FROM t, XMLTABLE('/r' PASSING doc COLUMNS b int PATH '@b') WITH ORDINALITY foo bar;
--> CreateView(kind='VIEW', name=v, text=…, tables=[a, b, bar, columns, doc, foo, int, ordinality, passing, path, t, xmltable], reads=[[None, 'a'], [None, 'b'], [None, 'bar'], [None, 'columns'], [None, 'doc'], [None, 'foo'], [None, 'int'], [None, 'ordinality'], [None, 'passing'], [None, 'path'], [None, 't'], [None, 'xmltable']])

CREATE MATERIALIZED VIEW s.mv USING heap WITH (fillfactor = 70) TABLESPACE fast AS SELECT a FROM t;
--> CreateView(kind='MATERIALIZED VIEW', name=s.mv, text=…, columns=['a'], tables=[t], reads=[[t, 'a']], simple=True)

ALTER MATERIALIZED VIEW IF EXISTS mv SET TABLESPACE fast;
--> SetTablespace(kind='MATERIALIZED VIEW', name=mv, tablespace='fast', if_exists=True)

REVOKE GRANT OPTION FOR SELECT (a), INSERT ON s.t, u FROM bob GRANTED BY eve CASCADE;
--> Revoke(kind='REVOKE', name=s.t, text=…, on='TABLE', names=[s.t, u], granted=[['SELECT', 'a'], ['INSERT', '']], roles=['bob'], grantable=True, cascade=True)

REVOKE admin, "Root" FROM bob, PUBLIC;
--> Revoke(kind='REVOKE', name=admin, text=…, granted=[['admin', ''], ['Root', '']], roles=['bob', 'public'])

GRANT EXECUTE ON FUNCTION f(int, text), g TO PUBLIC;
--> Grant(kind='GRANT', name=f, text=…, on='FUNCTION', names=[f, g], granted=[['EXECUTE', '']], roles=['public'])

ALTER DEFAULT PRIVILEGES FOR ROLE bob REVOKE ALL PRIVILEGES ON FUNCTIONS FROM PUBLIC;
--> Revoke(kind='DEFAULT PRIVILEGES', name="", text=…, on='DEFAULT PRIVILEGES FUNCTIONS', granted=[['ALL', '']], roles=['public'])

CREATE DOMAIN s.d text COLLATE "C" DEFAULT 'a' || 'b' CONSTRAINT filled NOT NULL CHECK (VALUE <> '') CONSTRAINT short CHECK (length(VALUE) < 9);
--> CreateDomain(kind='DOMAIN', name=s.d, text=…, type=Type(name='text'), default=Expression(text="'a' || 'b'", volatility=CONSTANT), not_null=True, checks=[Check(name='', expression=Expression(text="VALUE <> ''", volatility=CONSTANT, columns={'value'})), Check(name='short', expression=Expression(text='length(VALUE) < 9', volatility=STABLE, columns={'value'}))])

ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID;
--> AddDomainConstraint(domain=d, constraint=Check(name='c', expression=Expression(text='VALUE > 0', volatility=CONSTANT, columns={'value'}), valid=False))

ALTER DOMAIN d VALIDATE CONSTRAINT c;
--> ValidateDomainConstraint(domain=d, name='c')

ALTER DOMAIN d DROP CONSTRAINT IF EXISTS c CASCADE;
--> DropDomainConstraint(domain=d, name='c', if_exists=True, cascade=True)

ALTER DOMAIN d SET NOT NULL;
--> SetDomainNotNull(domain=d)

ALTER DOMAIN d DROP NOT NULL;
--> SetDomainNotNull(domain=d, required=False)

ALTER DOMAIN d SET DEFAULT 1;
--> ChangeDomainDefault(kind='DEFAULT', name=d, text=…, default=Expression(text='1', volatility=CONSTANT))

ALTER DOMAIN d DROP DEFAULT;
--> ChangeDomainDefault(kind='DEFAULT', name=d, text=…)

ALTER DOMAIN d RENAME TO e;
--> RenameObject(kind='DOMAIN', name=d, new_name='e')

CREATE TYPE pair AS (a int, b text COLLATE "C");
--> CreateObject(kind='TYPE', name=pair, text=…)

ALTER TYPE pair ADD ATTRIBUTE c int CASCADE, DROP ATTRIBUTE IF EXISTS a, ALTER ATTRIBUTE b SET DATA TYPE varchar(3);
--> ChangeComposite(kind='TYPE', name=pair, text='ALTER TYPE pair ADD ATTRIBUTE c int CASCADE', action='ADD', attribute='c', cascade=True)
--> ChangeComposite(kind='TYPE', name=pair, text='ALTER TYPE pair DROP ATTRIBUTE IF EXISTS a', action='DROP', attribute='a')
--> ChangeComposite(kind='TYPE', name=pair, text='ALTER TYPE pair ALTER ATTRIBUTE b SET DATA TYPE varchar(3)', action='ALTER', attribute='b')

ALTER TYPE pair RENAME ATTRIBUTE a TO b;
--> ChangeComposite(kind='TYPE', name=pair, text=…, action='RENAME', attribute='a')

CREATE PUBLICATION pub FOR TABLE t, ONLY s.u (a, b) WHERE (a > 0), TABLES IN SCHEMA s, x WITH (publish = 'insert');
--> CreatePublication(kind='PUBLICATION', name=pub, text=…, tables=[t, s.u], schemas=['s', 'x'], parts=['', '(a, b) WHERE (a > 0)'])

CREATE PUBLICATION pub FOR ALL TABLES;
--> CreatePublication(kind='PUBLICATION', name=pub, text=…, everything=True)

CREATE PUBLICATION pub;
--> CreatePublication(kind='PUBLICATION', name=pub, text=…)

ALTER PUBLICATION pub ADD TABLE t, u;
--> ChangePublication(kind='PUBLICATION', name=pub, text=…, action='ADD', tables=[t, u], parts=['', ''])

ALTER PUBLICATION pub DROP TABLES IN SCHEMA s;
--> ChangePublication(kind='PUBLICATION', name=pub, text=…, action='DROP', schemas=['s'])

ALTER PUBLICATION pub SET (publish = 'insert');
--> ChangePublication(kind='PUBLICATION', name=pub, text=…, action='SET PARAMETERS')

CREATE SUBSCRIPTION sub CONNECTION 'host=x' PUBLICATION pub;
--> ServerCommand(kind='CREATE SUBSCRIPTION', name='sub', text=…)

CREATE SUBSCRIPTION sub CONNECTION 'host=x' PUBLICATION pub WITH (create_slot = false);
--> CreateObject(kind='SUBSCRIPTION', name=sub, text=…)

ALTER SUBSCRIPTION sub REFRESH PUBLICATION;
--> ServerCommand(kind='ALTER SUBSCRIPTION', name='sub', text=…)

ALTER SUBSCRIPTION sub DISABLE;
--> AlterObject(kind='SUBSCRIPTION', name=sub, text=…)

DROP SUBSCRIPTION IF EXISTS sub;
--> ServerCommand(kind='DROP SUBSCRIPTION', name='sub', text=…)

CREATE FUNCTION s.f(a int, INOUT b double precision, OUT c text, VARIADIC d text[] DEFAULT '{}', date date = now(), t.x%TYPE) RETURNS SETOF s.t LANGUAGE 'plpgsql' STABLE SECURITY DEFINER SET search_path = s, pg_temp SET TIME ZONE 'UTC' COST 5 AS 'BEGIN END';
--> CreateFunction(kind='FUNCTION', name=s.f, text=…, arguments=['integer', 'double precision', 'text[]', 'date', 't.x%TYPE'], required=3, returns='SETOF s.t', language='plpgsql', volatility=STABLE, security_definer=True, settings=['search_path', 'timezone'], body='BEGIN END')

CREATE FUNCTION f(a int) RETURNS int IMMUTABLE RETURN a + 1;
--> CreateFunction(kind='FUNCTION', name=f, text=…, arguments=['integer'], required=1, returns='integer', language='sql', volatility=CONSTANT, body='SELECT a + 1')

CREATE FUNCTION f() RETURNS TABLE (x int, y text) AS 'lib', 'symbol' LANGUAGE c STRICT PARALLEL SAFE;
--> CreateFunction(kind='FUNCTION', name=f, text=…, returns='TABLE(x integer, y text)', language='c')

CREATE AGGREGATE ag (int, text) (sfunc = int4pl, stype = int);
--> CreateFunction(kind='AGGREGATE', name=ag, text=…, arguments=['integer', 'text'], required=2, language='internal', volatility=CONSTANT)

ALTER FUNCTION f(int) STABLE SECURITY DEFINER SET search_path TO s RESTRICT;
--> AlterObject(kind='FUNCTION', name=f, text=…, routine='FUNCTION', arguments=['integer'])

ALTER FUNCTION f(int) SET SCHEMA s;
--> MoveObject(kind='FUNCTION', name=f, new_schema='s', signature='(int)', arguments=['integer'])

ALTER SCHEMA s RENAME TO s2;
--> RenameObject(kind='SCHEMA', name=s, new_name='s2')

ALTER TYPE mood SET SCHEMA s;
--> MoveObject(kind='TYPE', name=mood, new_schema='s')

ALTER SEQUENCE IF EXISTS sq SET SCHEMA s;
--> MoveObject(kind='SEQUENCE', name=sq, new_schema='s', if_exists=True)

ALTER EXTENSION hstore UPDATE TO '1.8';
--> AlterObject(kind='EXTENSION', name=hstore, text=…)

ALTER OPERATOR FAMILY fam USING btree RENAME TO fam2;
--> RenameObject(kind='OPERATOR FAMILY', name=fam, new_name='fam2', signature=' USING btree')

DROP OPERATOR IF EXISTS === (int, int);
--> DropObject(kind='OPERATOR', name="===", if_exists=True, text=…)

DROP CAST (text AS int) CASCADE;
--> DropObject(kind='CAST', name="text AS int", cascade=True, text=…)

DROP OWNED BY bob, CURRENT_USER CASCADE;
--> DropObject(kind='OWNED BY', name=bob, cascade=True)
--> DropObject(kind='OWNED BY', name="current_user", cascade=True, text=…)

REASSIGN OWNED BY bob TO eve;
--> AlterObject(kind='REASSIGN OWNED', name=bob, text=…)

DROP DATABASE IF EXISTS d WITH (FORCE);
--> ServerCommand(kind='DROP DATABASE', name='d', text=…)

CREATE DATABASE d;
--> ServerCommand(kind='CREATE DATABASE', name='d', text=…)

ALTER SYSTEM SET work_mem = '4MB';
--> ServerCommand(kind='ALTER SYSTEM', name='', text=…)

ALTER ROLE bob SET search_path TO s;
--> AlterObject(kind='ROLE', name=bob, text=…)

CREATE FOREIGN TABLE ft (a int) SERVER srv OPTIONS (table_name 'x');
--> CreateObject(kind='FOREIGN TABLE', name=ft, text=…)

IMPORT FOREIGN SCHEMA s LIMIT TO (a, b) FROM SERVER x INTO y;
--> CreateObject(kind='FOREIGN SCHEMA', name=y, text=…)

SECURITY LABEL FOR selinux ON TABLE s.t IS 'x';
--> AlterObject(kind='SECURITY LABEL', name=s.t, text=…, table=s.t)

COMMENT ON CONSTRAINT c ON DOMAIN d IS 'x';
--> Comment(kind='COMMENT', name=c, text=…, about='CONSTRAINT', said='x')

COMMENT ON COLUMN s.t.c IS NULL;
--> Comment(kind='COMMENT', name=c, text=…, table=s.t, about='COLUMN')

CREATE EVENT TRIGGER et ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION f();
--> CreateObject(kind='EVENT TRIGGER', name=et, text=…)

ALTER INDEX s.i ALTER COLUMN 2 SET STATISTICS 100;
--> AlterObject(kind='SET STATISTICS', name=s.i, text=…)
