CREATE INDEX ix ON t (a);
--> CreateIndex(table=t, index=Index(name='ix', elements=['a'], columns=['a']))

CREATE INDEX ON t (a);
--> CreateIndex(table=t, index=Index(name='', elements=['a'], columns=['a']))

CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ix ON s.t (a, "B") NULLS NOT DISTINCT;
--> CreateIndex(table=s.t, index=Index(name='ix', elements=['a', '"B"'], columns=['a', 'B'], unique=True, nulls_distinct=False), concurrently=True, if_not_exists=True)

CREATE INDEX ix ON ONLY t USING gin (doc jsonb_path_ops, lower(title) gin_trgm_ops) WITH (fastupdate = off) TABLESPACE ts;
--> CreateIndex(table=t, index=Index(name='ix', elements=['doc jsonb_path_ops', 'lower(title) gin_trgm_ops'], columns=['doc'], method='gin', options='WITH (fastupdate = off) TABLESPACE ts'), only=True)

CREATE INDEX ix ON t (a DESC NULLS LAST, b COLLATE "C" text_pattern_ops (siglen=32) ASC, (c || d), pg_catalog.lower(e)) INCLUDE (f, g) WHERE deleted_at IS NULL AND kind = 'x';
--> CreateIndex(table=t, index=Index(name='ix', elements=['a DESC NULLS LAST', 'b COLLATE "C" text_pattern_ops (siglen=32) ASC', '(c || d)', 'pg_catalog.lower(e)'], columns=['a', 'b'], include=['f', 'g'], where=Expression(text="deleted_at IS NULL AND kind = 'x'", volatility=CONSTANT, columns={'deleted_at', 'kind'})))

CREATE INDEX ix ON t USING hnsw (embedding public.vector_l2_ops) WITH (m = 16);
--> CreateIndex(table=t, index=Index(name='ix', elements=['embedding public.vector_l2_ops'], columns=['embedding'], method='hnsw', options='WITH (m = 16)'))

CREATE INDEX CONCURRENTLY ON t (A);
--> CreateIndex(table=t, index=Index(name='', elements=['a'], columns=['a']), concurrently=True)

-- # a word that is reserved may name a function
CREATE INDEX ON t (left(a, 3));
--> CreateIndex(table=t, index=Index(name='', elements=['left(a, 3)']))

DROP INDEX CONCURRENTLY IF EXISTS s.ix;
--> DropIndex(index=s.ix, concurrently=True, if_exists=True)

DROP INDEX a, b CASCADE;
--> DropIndex(index=a, cascade=True)
--> DropIndex(index=b, cascade=True)

ALTER INDEX IF EXISTS s.ix RENAME TO iy;
--> RenameIndex(index=s.ix, new_name='iy', if_exists=True)

ALTER INDEX ix SET (fillfactor = 70);
--> AlterObject(kind='SET STORAGE PARAMETERS', name=ix, text=…)

ALTER INDEX ix ATTACH PARTITION iy;
--> AttachIndex(index=ix, partition=iy)

CREATE INDEX ix ON t (a) WHERE;
--> Unreadable(text=…, reason='an expression was expected where the end stands')
