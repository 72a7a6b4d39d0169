VACUUM FULL t;
--> Vacuum(tables=[t], text=…, full=True)

ANALYZE t;
--> Analyze(tables=[t], text=…)

REINDEX TABLE CONCURRENTLY t;
--> Reindex(kind='TABLE', name=t, text=…, concurrently=True)

CLUSTER t USING ix;
--> Cluster(table=t, index='ix')

VACUUM;
--> Vacuum(tables=[], text=…)

VACUUM (ANALYZE, FULL false) s.t, u (a, b);
--> Vacuum(tables=[s.t, u], text=…)

VACUUM (FULL on, VERBOSE) t;
--> Vacuum(tables=[t], text=…, full=True)

VACUUM FULL FREEZE VERBOSE ANALYZE t;
--> Vacuum(tables=[t], text=…, full=True)

ANALYZE VERBOSE t (a, b), u;
--> Analyze(tables=[t, u], text=…)

CLUSTER;
--> Cluster()

CLUSTER (VERBOSE) t;
--> Cluster(table=t)

-- # as it was written before PostgreSQL 8.3
CLUSTER ix ON s.t;
--> Cluster(table=s.t, index='ix')

REINDEX (CONCURRENTLY, VERBOSE) TABLE s.t;
--> Reindex(kind='TABLE', name=s.t, text=…, concurrently=True)

REINDEX SCHEMA s;
--> Reindex(kind='SCHEMA', name=s, text=…)

REINDEX DATABASE;
--> Reindex(kind='DATABASE', name="", text=…)

REINDEX INDEX ix;
--> Reindex(kind='INDEX', name=ix, text=…)

REFRESH MATERIALIZED VIEW s.mv WITH NO DATA;
--> RefreshView(view=s.mv, with_data=False)

ALTER TABLE t SET TABLESPACE fast;
--> SetTablespace(kind='TABLE', name=t, tablespace='fast')

ALTER TABLE IF EXISTS ONLY s.t SET TABLESPACE fast, SET LOGGED;
--> SetTablespace(kind='TABLE', name=s.t, tablespace='fast', if_exists=True, only=True)
--> SetLogged(table=s.t, only=True, if_table_exists=True, logged=True)

ALTER TABLE ALL IN TABLESPACE a OWNED BY bob SET TABLESPACE b NOWAIT;
--> SetTablespace(kind='TABLE', name=a, tablespace='b', text=…)

ALTER INDEX ix SET TABLESPACE fast;
--> SetTablespace(kind='INDEX', name=ix, tablespace='fast')

ALTER TABLE t SET ACCESS METHOD columnar;
--> SetAccessMethod(table=t, method='columnar')

ALTER TABLE t SET ACCESS METHOD DEFAULT;
--> SetAccessMethod(table=t, method=None)

ALTER TABLE t CLUSTER ON ix;
--> AlterObject(kind='CLUSTER ON', name=t, text=…, table=t)

ALTER TABLE t SET WITHOUT CLUSTER;
--> AlterObject(kind='SET WITHOUT CLUSTER', name=t, text=…, table=t)

LISTEN ch;
--> SessionCommand(kind='LISTEN', text=…)

DISCARD ALL;
--> ServerCommand(kind='DISCARD', name='ALL', text=…)

DISCARD PLANS;
--> SessionCommand(kind='DISCARD', text=…)

CREATE TABLE U&"d\0061t" (id int);
--> CreateTable(table=dat, columns=[Column(name='id', type=Type(name='integer'))])
