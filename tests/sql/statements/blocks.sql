DO $$ BEGIN PERFORM 1; END $$;
--> Query(tables=[], text='SELECT 1')

DO LANGUAGE plpgsql $$ BEGIN NULL; END $$;
--> Query(tables=[], text=…)

-- # made where it is missing
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood') THEN CREATE TYPE mood AS ENUM ('a'); END IF; END $$;
--> CreateEnum(type=EnumType(name=mood, labels=['a']))

DO $$ BEGIN IF NOT EXISTS (SELECT FROM information_schema.columns WHERE table_name = 't') THEN ALTER TABLE t ADD COLUMN c int; CREATE TABLE u (id int); ELSE DROP TABLE v; END IF; END; $$;
--> AddColumn(table=t, column=Column(name='c', type=Type(name='integer')), if_not_exists=True)
--> CreateTable(table=u, columns=[Column(name='id', type=Type(name='integer'))], if_not_exists=True)
--> DropTable(table=v, if_exists=True)

-- # an error that says it was there
DO $$ BEGIN CREATE TYPE mood AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN null; END $$;
--> CreateEnum(type=EnumType(name=mood, labels=['a']))

DO $$ BEGIN EXECUTE 'ALTER TABLE t DROP COLUMN c'; END $$;
--> DropColumn(table=t, column='c')

DO $$ BEGIN EXECUTE format('DROP TABLE %I', 'x'); DROP INDEX i; END $$;
--> Unreadable(text=…, reason='EXECUTE runs a command that is put together when it runs')
--> DropIndex(index=i)

-- # what depends on rows
DO $$ DECLARE n int; BEGIN SELECT count(*) INTO n FROM t; IF n = 0 THEN DROP TABLE t; END IF; END $$;
--> Query(tables=[t], text='SELECT count(*)   FROM t')
--> Unreadable(text=…, reason='whether a part of the block runs depends on more than the catalogue')
--> DropTable(table=t, if_exists=True)

DO $$ BEGIN FOR r IN SELECT 1 LOOP UPDATE t SET a = 1; END LOOP; DELETE FROM u; END $$;
--> Unreadable(text=…, reason='a loop in a block runs code that is not read')
--> Delete(table=u, where=None, text='DELETE FROM u')

DO $$ BEGIN FOR n IN 1..3 LOOP RAISE NOTICE '%', n; IF n > 1 THEN CONTINUE; END IF; END LOOP; DELETE FROM u; END $$;
--> Unreadable(text=…, reason='a loop in a block runs code that is not read')
--> Delete(table=u, where=None, text='DELETE FROM u')

DO $$ BEGIN FOR n IN 1..3 LOOP RAISE NOTICE '%', n; END LOOP; DELETE FROM u; END $$;
--> Delete(table=u, where=None, text='DELETE FROM u')

DO $$ BEGIN FOR n IN 1..3 LOOP DELETE FROM u; END LOOP; END $$;
--> Unreadable(text=…, reason='a loop in a block runs code that is not read')

DO $$ DECLARE i int := 0; BEGIN WHILE i < 3 LOOP i := i + 1; DELETE FROM u; END LOOP; END $$;
--> Unreadable(text=…, reason='a loop in a block runs code that is not read')

DO $$ BEGIN LOOP DELETE FROM u; END LOOP; END $$;
--> Unreadable(text=…, reason='a loop in a block runs code that is not read')

DO $$ BEGIN FOR n IN REVERSE purge(3)..1 LOOP NULL; END LOOP; END $$;
--> Unreadable(text=…, reason='a loop in a block runs code that is not read')

DO $$ DECLARE r record; BEGIN FOR r IN SELECT purge(1) LOOP NULL; END LOOP; END $$;
--> Unreadable(text=…, reason='a loop in a block runs code that is not read')

DO $$ <<outer>> DECLARE a int := 1; BEGIN DECLARE b int; BEGIN INSERT INTO t (a) VALUES (1) RETURNING id INTO STRICT a; END; RAISE NOTICE 'x; %', a; b := 5; COMMIT; END outer $$;
--> Insert(table=t, columns=['a'], text='INSERT INTO t (a) VALUES (1) RETURNING id')
--> Unreadable(text=…, reason='COMMIT in a block is not read')

DO $$ BEGIN IF to_regclass('s.t') IS NULL THEN RETURN; ELSIF current_setting('a.b', true) = 'x' THEN TRUNCATE t; END IF; END $$;
--> Truncate(tables=[t])

DO LANGUAGE plpython3u $$ plpy.execute("DROP TABLE t") $$;
--> Unreadable(text=…, reason='a DO block in plpython3u runs code that is not read')

DO 'not a block';
--> Unreadable(text=…, reason='BEGIN was expected in a block that is not read')

DO $$ BEGIN CASE WHEN true THEN DROP TABLE t; END CASE; END $$;
--> Unreadable(text=…, reason='a CASE in a block runs code that is not read')
