CREATE TABLE t (a INT, b int2, c INT8, d bool, e float4, f float8, g float, h float(24), i float(25), j DOUBLE PRECISION, k DECIMAL, l dec(10), m numeric(10,2));
--> CreateTable(table=t, columns=[Column(name='a', type=Type(name='integer')), Column(name='b', type=Type(name='smallint')), Column(name='c', type=Type(name='bigint')), Column(name='d', type=Type(name='boolean')), Column(name='e', type=Type(name='real')), Column(name='f', type=Type(name='double precision')), Column(name='g', type=Type(name='double precision')), Column(name='h', type=Type(name='real')), Column(name='i', type=Type(name='double precision')), Column(name='j', type=Type(name='double precision')), Column(name='k', type=Type(name='numeric')), Column(name='l', type=Type(name='numeric', arguments=['10', '0'])), Column(name='m', type=Type(name='numeric', arguments=['10', '2']))])

CREATE TABLE t (a varchar, b VARCHAR(50), c CHARACTER VARYING(5), d char, e CHAR(3), f national character(2), g nchar varying(4), h bit, i bit(3), j varbit(5), k bpchar);
--> CreateTable(table=t, columns=[Column(name='a', type=Type(name='character varying')), Column(name='b', type=Type(name='character varying', arguments=['50'])), Column(name='c', type=Type(name='character varying', arguments=['5'])), Column(name='d', type=Type(name='character', arguments=['1'])), Column(name='e', type=Type(name='character', arguments=['3'])), Column(name='f', type=Type(name='character', arguments=['2'])), Column(name='g', type=Type(name='character varying', arguments=['4'])), Column(name='h', type=Type(name='bit', arguments=['1'])), Column(name='i', type=Type(name='bit', arguments=['3'])), Column(name='j', type=Type(name='bit varying', arguments=['5'])), Column(name='k', type=Type(name='bpchar'))])

CREATE TABLE t (a timestamp, b TIMESTAMP(3) WITHOUT TIME ZONE, c timestamptz(6), d TIMESTAMP WITH TIME ZONE, e time, f timetz, g time(0) with time zone, h interval, i INTERVAL DAY TO SECOND(3), j interval(2));
--> CreateTable(table=t, columns=[Column(name='a', type=Type(name='timestamp without time zone')), Column(name='b', type=Type(name='timestamp without time zone', arguments=['3'])), Column(name='c', type=Type(name='timestamp with time zone', arguments=['6'])), Column(name='d', type=Type(name='timestamp with time zone')), Column(name='e', type=Type(name='time without time zone')), Column(name='f', type=Type(name='time with time zone')), Column(name='g', type=Type(name='time with time zone', arguments=['0'])), Column(name='h', type=Type(name='interval')), Column(name='i', type=Type(name='interval day to second', arguments=['3'])), Column(name='j', type=Type(name='interval', arguments=['2']))])

CREATE TABLE t (a TEXT[], b int[3][], c INTEGER ARRAY, d varchar(5)[], e timestamptz ARRAY[4]);
--> CreateTable(table=t, columns=[Column(name='a', type=Type(name='text', dimensions=1)), Column(name='b', type=Type(name='integer', dimensions=2)), Column(name='c', type=Type(name='integer', dimensions=1)), Column(name='d', type=Type(name='character varying', arguments=['5'], dimensions=1)), Column(name='e', type=Type(name='timestamp with time zone', dimensions=1))])

CREATE TABLE t (a mood, b public.mood, c "Mood", d public."Mood"[], e geometry(Point, 4326), f public.vector(3), g pg_catalog.int4, h "char", i "timestamp");
--> CreateTable(table=t, columns=[Column(name='a', type=Type(name='mood')), Column(name='b', type=Type(name='mood', schema='public')), Column(name='c', type=Type(name='"Mood"')), Column(name='d', type=Type(name='"Mood"', dimensions=1, schema='public')), Column(name='e', type=Type(name='geometry', arguments=['Point', '4326'])), Column(name='f', type=Type(name='vector', arguments=['3'], schema='public')), Column(name='g', type=Type(name='integer')), Column(name='h', type=Type(name='"char"')), Column(name='i', type=Type(name='"timestamp"'))])

CREATE TABLE t (a jsonb, b json, c uuid, d bytea, e inet, f date, g citext, h tsvector, i xml, j name, k oid, l int4range, m money);
--> CreateTable(table=t, columns=[Column(name='a', type=Type(name='jsonb')), Column(name='b', type=Type(name='json')), Column(name='c', type=Type(name='uuid')), Column(name='d', type=Type(name='bytea')), Column(name='e', type=Type(name='inet')), Column(name='f', type=Type(name='date')), Column(name='g', type=Type(name='citext')), Column(name='h', type=Type(name='tsvector')), Column(name='i', type=Type(name='xml')), Column(name='j', type=Type(name='name')), Column(name='k', type=Type(name='oid')), Column(name='l', type=Type(name='int4range')), Column(name='m', type=Type(name='money'))])

ALTER TABLE t ADD COLUMN a smallserial, ADD COLUMN b serial8;
--> AddColumn(table=t, column=Column(name='a', type=Type(name='smallint'), nullable=NO, generation=SERIAL))
--> AddColumn(table=t, column=Column(name='b', type=Type(name='bigint'), nullable=NO, generation=SERIAL))

ALTER TABLE t ALTER COLUMN a TYPE numeric(12, 4) USING a::numeric;
--> ChangeType(table=t, column='a', type=Type(name='numeric', arguments=['12', '4']), using=Expression(text='a::numeric', volatility=CONSTANT, columns={'a'}))

ALTER TABLE t ADD COLUMN s SETOF int;
--> Unreadable(text=…, reason='a set is not a type of a column')
