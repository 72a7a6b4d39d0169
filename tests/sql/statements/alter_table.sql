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
--> AddPrimaryKey(table=public."T", only=True, constraint=PrimaryKey(name='PK', columns=['Id', 'other']))

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
--> AddColumn(table=s.t, only=True, if_table_exists=True, column=Column(name='c', type=Type(name='integer'), nullable=NO, default=Expression(text='0', volatility=CONSTANT)))

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
--> TuneColumn(kind='SET STATISTICS', name=t, text=…, table=t, column='c', values=[['STATISTICS', None]])

ALTER TABLE t ALTER COLUMN c SET STORAGE EXTERNAL, ALTER COLUMN c SET COMPRESSION lz4;
--> TuneColumn(kind='SET STORAGE', name=t, text='ALTER TABLE t ALTER COLUMN c SET STORAGE EXTERNAL', table=t, column='c', values=[['STORAGE', 'EXTERNAL']])
--> TuneColumn(kind='SET COMPRESSION', name=t, text='ALTER TABLE t ALTER COLUMN c SET COMPRESSION lz4', table=t, column='c', values=[['COMPRESSION', 'LZ4']])

ALTER TABLE t SET (fillfactor = 70, autovacuum_enabled = false);
--> AlterObject(kind='SET STORAGE PARAMETERS', name=t, text=…, table=t)

ALTER TABLE t ALTER COLUMN c RESET (n_distinct);
--> TuneColumn(kind='SET STORAGE PARAMETERS', name=t, text=…, table=t, column='c', values=[['n_distinct', None]])

-- # an action that is not read leaves those beside it alone
ALTER TABLE t DROP COLUMN a, ENABLE ROW LEVEL SECURITY, ADD COLUMN b int;
--> DropColumn(table=t, column='a')
--> SetRowSecurity(table=t, action='ENABLE')
--> AddColumn(table=t, column=Column(name='b', type=Type(name='integer')))

ALTER TABLE t ADD COLUMN a int nonsense;
--> Unreadable(text=…, reason="a constraint of the column was expected where 'nonsense' stands")

ALTER TABLE t REPLICA IDENTITY USING INDEX ix;
--> SetReplicaIdentity(table=t, identity='INDEX', index='ix')

ALTER TABLE t ATTACH PARTITION p FOR VALUES IN ('a', 'b');
--> AttachPartition(table=t, partition=p, bound="FOR VALUES IN ('a', 'b')")

ALTER TABLE t DETACH PARTITION p CONCURRENTLY;
--> DetachPartition(table=t, partition=p, concurrently=True)

ALTER TABLE t ALTER CONSTRAINT fk DEFERRABLE;
--> ChangeConstraint(table=t, name='fk', options='DEFERRABLE')

ALTER TABLE t ADD CONSTRAINT u UNIQUE (a) WITH (fillfactor = 70);
--> AddUnique(table=t, constraint=Unique(name='u', columns=['a'], storage='WITH (fillfactor = 70)'))

ALTER TABLE t SET UNLOGGED;
--> SetLogged(table=t, logged=False)

ALTER TABLE t ALTER COLUMN c SET EXPRESSION AS (a * 2);
--> SetExpression(table=t, column='c', expression=Expression(text='a * 2', volatility=CONSTANT, columns={'a'}))

ALTER TABLE a.b.c ADD COLUMN d int;
--> AddColumn(table=b.c, column=Column(name='d', type=Type(name='integer')))

ALTER TABLE s.t ATTACH PARTITION p FOR VALUES FROM (1, MINVALUE) TO ('a', MAXVALUE);
--> AttachPartition(table=s.t, partition=p, bound="FOR VALUES FROM (1, MINVALUE) TO ('a', MAXVALUE)")

ALTER TABLE t ATTACH PARTITION p DEFAULT;
--> AttachPartition(table=t, partition=p, bound='DEFAULT')

ALTER TABLE t DETACH PARTITION s.p;
--> DetachPartition(table=t, partition=s.p)

ALTER TABLE t DETACH PARTITION p FINALIZE;
--> DetachPartition(table=t, partition=p, finalize=True)

ALTER TABLE t INHERIT p, NO INHERIT q;
--> SetInheritance(table=t, parent=p)
--> SetInheritance(table=t, parent=q, inherits=False)

ALTER TABLE t OF ty;
--> AlterObject(kind='OF', name=t, text=…, table=t)

ALTER TABLE t ENABLE TRIGGER ALL, DISABLE TRIGGER "all", ENABLE REPLICA TRIGGER a, ENABLE ALWAYS RULE r;
--> ToggleTrigger(table=t, state='ENABLE', name=None, all_of='ALL')
--> ToggleTrigger(table=t, state='DISABLE', name='all')
--> ToggleTrigger(table=t, state='ENABLE REPLICA', name='a')
--> ToggleTrigger(table=t, state='ENABLE ALWAYS', name='r', kind='RULE')

ALTER TABLE t NO FORCE ROW LEVEL SECURITY;
--> SetRowSecurity(table=t, action='NO FORCE')

ALTER TABLE t REPLICA IDENTITY NOTHING;
--> SetReplicaIdentity(table=t, identity='NOTHING')

ALTER TABLE t ALTER CONSTRAINT fk NOT ENFORCED;
--> ChangeConstraint(table=t, name='fk', options='NOT ENFORCED')

ALTER TABLE t ALTER COLUMN c DROP EXPRESSION IF EXISTS;
--> DropExpression(table=t, column='c', if_exists=True)

-- # a constraint that nobody checks is not valid either
ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES u (id) ON DELETE CASCADE NOT ENFORCED;
--> AddForeignKey(table=t, constraint=ForeignKey(name='fk', columns=['a'], referenced=u, referenced_columns=['id'], actions='ON DELETE CASCADE', valid=False, enforced=False))

ALTER TABLE t ADD CHECK (a > 0) NOT ENFORCED, ADD CHECK (b > 0) NO INHERIT NOT VALID;
--> AddCheck(table=t, constraint=Check(name='', expression=Expression(text='a > 0', volatility=CONSTANT, columns={'a'}), valid=False, enforced=False))
--> AddCheck(table=t, constraint=Check(name='', expression=Expression(text='b > 0', volatility=CONSTANT, columns={'b'}), valid=False, no_inherit=True))

ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (a, during WITHOUT OVERLAPS) WITH (fillfactor = 90) USING INDEX TABLESPACE fast DEFERRABLE;
--> AddPrimaryKey(table=t, constraint=PrimaryKey(name='k', columns=['a', 'during'], deferrable='DEFERRABLE', without_overlaps=True, storage='WITH (fillfactor = 90) USING INDEX TABLESPACE fast'))

ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (a, PERIOD during) REFERENCES u (b, PERIOD valid_at);
--> AddForeignKey(table=t, constraint=ForeignKey(name='fk', columns=['a', 'during'], referenced=u, referenced_columns=['b', 'valid_at'], period=True))

ALTER TABLE t ADD COLUMN c text STORAGE EXTERNAL COMPRESSION lz4 COLLATE "C" CONSTRAINT nn NOT NULL UNIQUE WITH (fillfactor = 70) DEFERRABLE;
--> AddColumn(table=t, column=Column(name='c', type=Type(name='text'), nullable=NO, collation='"C"', tuning=[['COMPRESSION', 'LZ4'], ['STORAGE', 'EXTERNAL']], not_null='CONSTRAINT nn NOT NULL'), constraints=[Unique(name='', columns=['c'], deferrable='DEFERRABLE', storage='WITH (fillfactor = 70)')])

ALTER TABLE t ADD COLUMN c int PRIMARY KEY INITIALLY DEFERRED REFERENCES "Other" (id) NOT ENFORCED;
--> AddColumn(table=t, column=Column(name='c', type=Type(name='integer'), nullable=NO), constraints=[PrimaryKey(name='', columns=['c'], deferrable='INITIALLY DEFERRED'), ForeignKey(name='', columns=['c'], referenced="Other", referenced_columns=['id'], valid=False, enforced=False)])

-- # what PostgreSQL takes only alone
ALTER TABLE t RENAME a TO b, ADD COLUMN c int;
--> Unreadable(text=…, reason='RENAME, SET SCHEMA, ATTACH and DETACH stand alone in a statement')

ALTER TABLE IF EXISTS ONLY t VALIDATE CONSTRAINT c, DROP CONSTRAINT IF EXISTS d CASCADE, ALTER c SET NOT NULL;
--> ValidateConstraint(table=t, only=True, if_table_exists=True, name='c')
--> DropConstraint(table=t, only=True, if_table_exists=True, name='d', if_exists=True, cascade=True)
--> SetNotNull(table=t, only=True, if_table_exists=True, column='c')
