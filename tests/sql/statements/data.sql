INSERT INTO t (a, "B") VALUES (1, 'x'), (2, %(b)s) ON CONFLICT (a) DO UPDATE SET b = EXCLUDED.b RETURNING id;
--> Insert(table=t, columns=['a', 'B'], text=…)

INSERT INTO t DEFAULT VALUES;
--> Insert(table=t, columns=[], text=…)

INSERT INTO s.t AS x (id) OVERRIDING SYSTEM VALUE SELECT id FROM u;
--> Insert(table=s.t, columns=['id'], text=…, selects=True)

INSERT INTO t (SELECT 1);
--> Insert(table=t, columns=[], text=…, selects=True)

INSERT INTO t WITH x AS (SELECT 1) SELECT * FROM x;
--> Insert(table=t, columns=[], text=…, selects=True)

UPDATE t SET a = 1, "B" = coalesce(c, '') || 'x' WHERE a IS NULL;
--> Update(table=t, assignments=[['a', Expression(text='1', volatility=CONSTANT)], ['B', Expression(text="coalesce(c, '') || 'x'", volatility=CONSTANT, columns={'c'})]], where=Expression(text='a IS NULL', volatility=CONSTANT, columns={'a'}))

-- # FROM of IS DISTINCT FROM begins no clause
UPDATE t SET a = b IS DISTINCT FROM c WHERE d IS NOT DISTINCT FROM e;
--> Update(table=t, assignments=[['a', Expression(text='b IS DISTINCT FROM c', volatility=CONSTANT, columns={'b', 'c'})]], where=Expression(text='d IS NOT DISTINCT FROM e', volatility=CONSTANT, columns={'d', 'e'}))

UPDATE ONLY t SET a = 1;
--> Update(table=t, assignments=[['a', Expression(text='1', volatility=CONSTANT)]], text=…)

UPDATE t AS x SET a = u.a FROM u WHERE x.id = u.id RETURNING x.*;
--> Update(table=t, assignments=[['a', Expression(text='u.a', volatility=CONSTANT, columns={'a'})]], where=Expression(text='x.id = u.id', volatility=CONSTANT, columns={'id'}), text=…, joins=[u])

UPDATE t SET (a, b) = (SELECT 1, 2), c[1] = 3;
--> Update(table=t, assignments=[['a', Expression(text='(SELECT 1, 2)', volatility=STABLE)], ['b', Expression(text='(SELECT 1, 2)', volatility=STABLE)], ['c', Expression(text='3', volatility=CONSTANT)]], text=…)

UPDATE t SET a = (SELECT max(x) FROM u WHERE u.id = t.id);
--> Update(table=t, assignments=[['a', Expression(text='(SELECT max(x) FROM u WHERE u.id = t.id)', volatility=STABLE, columns={'id', 'x'})]])

DELETE FROM t;
--> Delete(table=t, where=None, text=…)

DELETE FROM ONLY s.t AS x USING u WHERE x.id = u.id RETURNING x.*;
--> Delete(table=s.t, where=Expression(text='x.id = u.id', volatility=CONSTANT, columns={'id'}), text=…, joins=[u])

-- # each write of a WITH is an operation
WITH gone AS (DELETE FROM t WHERE a < 5 RETURNING *), n AS MATERIALIZED (UPDATE v SET a = 1) INSERT INTO archive SELECT * FROM gone;
--> Delete(table=t, where=Expression(text='a < 5', volatility=CONSTANT, columns={'a'}), text=…)
--> Update(table=v, assignments=[['a', Expression(text='1', volatility=CONSTANT)]], text=…)
--> Insert(table=archive, columns=[], text=…, selects=True)

WITH x AS (SELECT 1 AS a) UPDATE t SET a = x.a FROM x;
--> Update(table=t, assignments=[['a', Expression(text='x.a', volatility=CONSTANT, columns={'a'})]], text=…)

WITH RECURSIVE x (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT * FROM x JOIN t ON true;
--> Query(tables=[t], text=…)

WITH gone AS (DELETE FROM t RETURNING id) SELECT count(*) FROM gone;
--> Delete(table=t, where=None, text=…)

-- # a write where none may stand is not overlooked
WITH x AS (WITH y AS (DELETE FROM t RETURNING *) SELECT * FROM y) SELECT * FROM x;
--> Unreadable(text=…, reason='DELETE inside of a query is not read yet')

MERGE INTO t USING u ON t.id = u.id WHEN MATCHED AND u.a > 1 THEN UPDATE SET a = u.a WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id) VALUES (u.id);
--> Merge(table=t, text=…, deletes=True, columns=['a', 'id'], sources=[u], unconditional=[['DELETE', 'MATCHED']], joins=[u])

TRUNCATE t;
--> Truncate(tables=[t])

TRUNCATE TABLE a, b RESTART IDENTITY;
--> Truncate(tables=[a, b], restart_identity=True)

-- # the clauses behind a WITH have commas of their own
WITH RECURSIVE x AS (SELECT 1 AS a, 2 AS b UNION ALL SELECT a, b FROM x) SEARCH DEPTH FIRST BY a, b SET seq CYCLE a, b SET again USING path UPDATE t SET a = 1;
--> Update(table=t, assignments=[['a', Expression(text='1', volatility=CONSTANT)]], text=…)

TRUNCATE TABLE ONLY a, s.b RESTART IDENTITY CASCADE;
--> Truncate(tables=[a, s.b], cascade=True, restart_identity=True, text=…)

SELECT a FROM t, s.u AS x JOIN "V" ON true WHERE j ->> 'k' ~* 'x' FOR UPDATE SKIP LOCKED;
--> Query(tables=[t, s.u, "V"], text=…)

(SELECT 1 FROM a) UNION ALL SELECT 2 FROM b;
--> Query(tables=[a, b], text=…)

SELECT pg_advisory_lock(1);
--> Query(tables=[], text=…)

VALUES (1), (2);
--> Query(tables=[], text=…)

TABLE t;
--> Query(tables=[t], text=…)

SHOW lock_timeout;
--> Query(tables=[], text=…)

EXPLAIN SELECT 1;
--> Query(tables=[], text=…)

EXPLAIN (ANALYZE, BUFFERS) DELETE FROM t;
--> Delete(table=t, where=None, text='DELETE FROM t')

LOCK TABLE a, s.b IN SHARE ROW EXCLUSIVE MODE NOWAIT;
--> LockTable(tables=[a, s.b], mode='SHARE ROW EXCLUSIVE', nowait=True)

LOCK t;
--> LockTable(tables=[t], mode='ACCESS EXCLUSIVE')

LOCK TABLE t IN WRITE MODE;
--> Unreadable(text=…, reason='a lock of this mode is not read')

COPY t FROM '/tmp/x';
--> Copy(table=t, text=…, writes=True)

COPY t (a, "B") FROM STDIN WITH (FORMAT csv, HEADER true);
--> Copy(table=t, text=…, columns=['a', 'B'], writes=True)

COPY (SELECT a FROM t) TO 'x.csv';
--> Copy(table=None, text=…)

MERGE INTO s.t AS x USING (SELECT 1 AS id) AS u ON x.id = u.id WHEN NOT MATCHED THEN INSERT DEFAULT VALUES WHEN MATCHED AND x.a > 0 THEN DO NOTHING;
--> Merge(table=s.t, text=…)

LOCK TABLE ONLY t, u IN SHARE MODE;
--> LockTable(tables=[t, u], mode='SHARE', text=…)

EXPLAIN (ANALYZE, BUFFERS) UPDATE t SET a = 1;
--> Update(table=t, assignments=[['a', Expression(text='1', volatility=CONSTANT)]])

EXPLAIN (ANALYZE false) DELETE FROM t;
--> Query(tables=[], text=…)

-- # a condition, a limit or constants among what is joined may leave rows out
UPDATE t SET a = 1 FROM u JOIN v ON v.id = u.id AND v.a > 3 WHERE u.id = t.id;
--> Update(table=t, assignments=[['a', Expression(text='1', volatility=CONSTANT)]], where=Expression(text='u.id = t.id', volatility=CONSTANT, columns={'id'}), text=…, source='u JOIN v ON v.id = u.id AND v.a > 3')

UPDATE t SET a = 1 FROM (SELECT id FROM u LIMIT 5) AS few WHERE few.id = t.id;
--> Update(table=t, assignments=[['a', Expression(text='1', volatility=CONSTANT)]], where=Expression(text='few.id = t.id', volatility=CONSTANT, columns={'id'}), text=…, source='(SELECT id FROM u LIMIT 5) AS few')

UPDATE t SET a = 1 FROM (SELECT id FROM u GROUP BY id) AS each WHERE each.id = t.id;
--> Update(table=t, assignments=[['a', Expression(text='1', volatility=CONSTANT)]], where=Expression(text='each.id = t.id', volatility=CONSTANT, columns={'id'}), text=…, source='(SELECT id FROM u GROUP BY id) AS each', joins=[u])

-- # what a WITH found may be a few rows
WITH few AS (SELECT id FROM u) DELETE FROM t USING few WHERE few.id = t.id;
--> Delete(table=t, where=Expression(text='few.id = t.id', volatility=CONSTANT, columns={'id'}), text=…)
