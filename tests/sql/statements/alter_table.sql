-- # RENAME without COLUMN is a column's, as Alembic renders it
ALTER TABLE t RENAME a TO b;
--> RenameColumn(table=t, column='a', new_name='b')

ALTER TABLE t RENAME COLUMN a TO b;
--> RenameColumn(table=t, column='a', new_name='b')

ALTER TABLE t RENAME TO u;
--> RenameTable(table=t, new_name='u')

ALTER TABLE IF EXISTS s.t RENAME TO u;
--> RenameTable(table=s.t, new_name='u', if_exists=True)

ALTER TABLE t RENAME CONSTRAINT a TO b;
--> RenameConstraint(table=t, name='a', new_name='b')

-- # a column that is named like the word before it
ALTER TABLE t RENAME type TO "column";
--> RenameColumn(table=t, column='type', new_name='column')

ALTER TABLE t SET SCHEMA archive;
--> MoveTable(table=t, new_schema='archive')

-- # NOT VALID belongs to its own action
ALTER TABLE t ADD CONSTRAINT a CHECK (x > 0) NOT VALID, ADD CONSTRAINT b CHECK (y > 0);
--> AddCheck(table=t, constraint=Check(name='a', expression=Expression(text='x > 0', volatility=CONSTANT, columns={'x'}), valid=False))
--> AddCheck(table=t, constraint=Check(name='b', expression=Expression(text='y > 0', volatility=CONSTANT, columns={'y'})))

ALTER TABLE t ADD CONSTRAINT b CHECK (y > 0), ADD CONSTRAINT fk FOREIGN KEY (x) REFERENCES u (id) NOT VALID;
--> AddCheck(table=t, constraint=Check(name='b', expression=Expression(text='y > 0', volatility=CONSTANT, columns={'y'})))
--> AddForeignKey(table=t, constraint=ForeignKey(name='fk', columns=['x'], referenced=u, referenced_columns=['id'], valid=False))

ALTER TABLE ONLY public."T" ADD CONSTRAINT "PK" PRIMARY KEY ("Id", other);
--> AddPrimaryKey(table=public."T", constraint=PrimaryKey(name='PK', columns=['Id', 'other']), only=True)

ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES s.u (x, y) MATCH FULL ON DELETE SET NULL (a) ON UPDATE NO ACTION NOT DEFERRABLE NOT VALID;
--> AddForeignKey(table=t, constraint=ForeignKey(name='fk', columns=['a', 'b'], referenced=s.u, referenced_columns=['x', 'y'], actions='MATCH FULL ON DELETE SET NULL (a) ON UPDATE NO ACTION NOT DEFERRABLE', valid=False))

ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u;
--> AddForeignKey(table=t, constraint=ForeignKey(name='', columns=['a'], referenced=u))

ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX ix DEFERRABLE INITIALLY DEFERRED;
--> AddUnique(table=t, constraint=Unique(name='u', columns=[], deferrable='DEFERRABLE INITIALLY DEFERRED', index='ix'))

ALTER TABLE t ADD CONSTRAINT pk PRIMARY KEY USING INDEX ix;
--> AddPrimaryKey(table=t, constraint=PrimaryKey(name='pk', columns=[], index='ix'))

ALTER TABLE t ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (a, b) INCLUDE (c);
--> AddUnique(table=t, constraint=Unique(name='u', columns=['a', 'b'], include=['c'], nulls_distinct=False))

ALTER TABLE t ADD CONSTRAINT ex EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (a > 0) DEFERRABLE;
--> AddExclusion(table=t, constraint=Exclusion(name='ex', text='EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (a > 0) DEFERRABLE'))

ALTER TABLE t ADD CONSTRAINT nn NOT NULL a NOT VALID;
--> AddNotNull(table=t, constraint=NotNullConstraint(name='nn', column='a', valid=False))

ALTER TABLE t ADD CHECK (a > 0) NO INHERIT;
--> AddCheck(table=t, constraint=Check(name='', expression=Expression(text='a > 0', volatility=CONSTANT, columns={'a'}), no_inherit=True))

ALTER TABLE t VALIDATE CONSTRAINT ck;
--> ValidateConstraint(table=t, name='ck')

ALTER TABLE t DROP CONSTRAINT IF EXISTS ck CASCADE;
--> DropConstraint(table=t, name='ck', if_exists=True, cascade=True)

ALTER TABLE t ADD COLUMN IF NOT EXISTS c int;
--> AddColumn(table=t, column=Column(name='c', type=Type(name='integer')), if_not_exists=True)

ALTER TABLE IF EXISTS ONLY s.t ADD COLUMN c int NOT NULL DEFAULT 0;
--> AddColumn(table=s.t, column=Column(name='c', type=Type(name='integer'), nullable=NO, default=Expression(text='0', volatility=CONSTANT)))

ALTER TABLE t ADD c timestamptz DEFAULT clock_timestamp() NOT NULL;
--> AddColumn(table=t, column=Column(name='c', type=Type(name='timestamp with time zone'), nullable=NO, default=Expression(text='clock_timestamp()', volatility=VOLATILE)))

ALTER TABLE t ADD COLUMN c uuid DEFAULT gen_random_uuid() UNIQUE CHECK (c IS NOT NULL) REFERENCES u(id) ON DELETE CASCADE;
--> AddColumn(table=t, column=Column(name='c', type=Type(name='uuid'), default=Expression(text='gen_random_uuid()', volatility=VOLATILE)), constraints=[Unique(name='', columns=['c']), Check(name='', expression=Expression(text='c IS NOT NULL', volatility=CONSTANT, columns={'c'}, not_null={'c'})), ForeignKey(name='', columns=['c'], referenced=u, referenced_columns=['id'], actions='ON DELETE CASCADE')])

ALTER TABLE t ADD COLUMN c bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
--> AddColumn(table=t, column=Column(name='c', type=Type(name='bigint'), nullable=NO, generation=IDENTITY_ALWAYS), constraints=[PrimaryKey(name='', columns=['c'])])

ALTER TABLE t ADD COLUMN a int, DROP COLUMN b CASCADE, ALTER c SET NOT NULL;
--> AddColumn(table=t, column=Column(name='a', type=Type(name='integer')))
--> DropColumn(table=t, column='b', cascade=True)
--> SetNotNull(table=t, column='c')

ALTER TABLE t DROP c RESTRICT;
--> DropColumn(table=t, column='c')

ALTER TABLE t DROP COLUMN IF EXISTS "C";
--> DropColumn(table=t, column='C', if_exists=True)

ALTER TABLE t ALTER COLUMN c TYPE int USING c::int;
--> ChangeType(table=t, column='c', type=Type(name='integer'), using=Expression(text='c::int', volatility=CONSTANT, columns={'c'}))

ALTER TABLE t ALTER c SET DATA TYPE text COLLATE "de_DE" USING upper(c);
--> ChangeType(table=t, column='c', type=Type(name='text'), using=Expression(text='upper(c)', volatility=CONSTANT, columns={'c'}), collation='"de_DE"')

ALTER TABLE t ALTER COLUMN c SET DEFAULT now() - interval '1 day';
--> SetDefault(table=t, column='c', default=Expression(text="now() - interval '1 day'", volatility=STABLE))

ALTER TABLE t ALTER COLUMN c SET DEFAULT NULL;
--> SetDefault(table=t, column='c', default=Expression(text='NULL', volatility=CONSTANT, is_null_constant=True))

ALTER TABLE t ALTER COLUMN c DROP DEFAULT;
--> DropDefault(table=t, column='c')

ALTER TABLE t ALTER COLUMN c SET NOT NULL, ALTER COLUMN d DROP NOT NULL;
--> SetNotNull(table=t, column='c')
--> DropNotNull(table=t, column='d')

ALTER TABLE t ALTER COLUMN c ADD GENERATED BY DEFAULT AS IDENTITY (START WITH 7);
--> AddIdentity(table=t, column='c', generation=IDENTITY_BY_DEFAULT, options='START WITH 7')

ALTER TABLE t ALTER COLUMN c SET GENERATED ALWAYS SET START WITH 5 SET CYCLE;
--> ChangeIdentity(table=t, column='c', options='SET GENERATED ALWAYS SET START WITH 5 SET CYCLE')

ALTER TABLE t ALTER COLUMN c RESTART WITH 100;
--> ChangeIdentity(table=t, column='c', options='RESTART WITH 100')

ALTER TABLE t ALTER COLUMN c DROP IDENTITY IF EXISTS;
--> DropIdentity(table=t, column='c', if_exists=True)

ALTER TABLE t OWNER TO bob;
--> AlterObject(kind='OWNER TO', name=t, text=…, table=t)

ALTER TABLE t ALTER COLUMN c SET STATISTICS -1;
--> AlterObject(kind='SET STATISTICS', name=t, text=…, table=t)

ALTER TABLE t ALTER COLUMN c SET STORAGE EXTERNAL, ALTER COLUMN c SET COMPRESSION lz4;
--> AlterObject(kind='SET STORAGE', name=t, text='ALTER TABLE t ALTER COLUMN c SET STORAGE EXTERNAL', table=t)
--> AlterObject(kind='SET COMPRESSION', name=t, text='ALTER TABLE t ALTER COLUMN c SET COMPRESSION lz4', table=t)

ALTER TABLE t SET (fillfactor = 70, autovacuum_enabled = false);
--> AlterObject(kind='SET STORAGE PARAMETERS', name=t, text=…, table=t)

ALTER TABLE t ALTER COLUMN c RESET (n_distinct);
--> AlterObject(kind='SET STORAGE PARAMETERS', name=t, text=…, table=t)

-- # an action that is not read leaves those beside it alone
ALTER TABLE t DROP COLUMN a, ENABLE ROW LEVEL SECURITY, ADD COLUMN b int;
--> DropColumn(table=t, column='a')
--> Unreadable(text='ALTER TABLE t ENABLE ROW LEVEL SECURITY', reason='ALTER TABLE … ENABLE ROW LEVEL SECURITY is not read yet')
--> AddColumn(table=t, column=Column(name='b', type=Type(name='integer')))

ALTER TABLE t ADD COLUMN a int nonsense;
--> Unreadable(text=…, reason="a constraint of the column was expected where 'nonsense' stands")

ALTER TABLE t REPLICA IDENTITY USING INDEX ix;
--> Unreadable(text=…, reason='ALTER TABLE … REPLICA IDENTITY is not read yet')

ALTER TABLE t ATTACH PARTITION p FOR VALUES IN ('a', 'b');
--> Unreadable(text=…, reason='ALTER TABLE … ATTACH PARTITION is not read yet')

ALTER TABLE t DETACH PARTITION p CONCURRENTLY;
--> Unreadable(text=…, reason='ALTER TABLE … DETACH PARTITION is not read yet')

ALTER TABLE t ALTER CONSTRAINT fk DEFERRABLE;
--> Unreadable(text=…, reason='ALTER TABLE … ALTER CONSTRAINT is not read yet')

ALTER TABLE t ADD CONSTRAINT u UNIQUE (a) WITH (fillfactor = 70);
--> Unreadable(text=…, reason='storage parameters of a constraint are not read yet')

ALTER TABLE t SET UNLOGGED;
--> Unreadable(text=…, reason='ALTER TABLE … SET UNLOGGED is not read yet')

ALTER TABLE t ALTER COLUMN c SET EXPRESSION AS (a * 2);
--> Unreadable(text=…, reason='ALTER TABLE … ALTER COLUMN SET EXPRESSION is not read yet')

ALTER TABLE a.b.c ADD COLUMN d int;
--> Unreadable(text=…, reason='a name of three parts is not read yet')
