SET lock_timeout = '2s';
--> SetParameter(name='lock_timeout', value='2s')

SET LOCAL statement_timeout TO 0;
--> SetParameter(name='statement_timeout', value='0', local=True)

SET SESSION lock_timeout TO DEFAULT;
--> SetParameter(name='lock_timeout', value=None)

SET search_path TO "$user", Public, 's t';
--> SetParameter(name='search_path', value='$user, public, s t')

SET TIME ZONE 'UTC';
--> SetParameter(name='timezone', value='UTC')

SET ROLE bob;
--> SetParameter(name='role', value='bob')

SET my.setting = -1.5;
--> SetParameter(name='my.setting', value='-1.5')

SET my."odd name" = 1;
--> SetParameter(name='my."odd name"', value='1')

SELECT set_config('lock_timeout', '2s', true);
--> SetParameter(name='lock_timeout', value='2s', local=True)

-- # as pg_dump writes it
SELECT pg_catalog.set_config('search_path', '', false);
--> SetParameter(name='search_path', value='')

RESET lock_timeout;
--> SetParameter(name='lock_timeout', value=None)

RESET ALL;
--> SetParameter(name='all', value=None)

SET CONSTRAINTS ALL DEFERRED;
--> SessionCommand(kind='SET CONSTRAINTS', text=…)

BEGIN;
--> TransactionControl(kind='BEGIN', text=…)

BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
--> TransactionControl(kind='BEGIN', text=…)

START TRANSACTION;
--> TransactionControl(kind='START', text=…)

COMMIT AND CHAIN;
--> TransactionControl(kind='COMMIT', text=…)

END WORK;
--> TransactionControl(kind='END', text=…)

ROLLBACK;
--> TransactionControl(kind='ROLLBACK', text=…)

ABORT;
--> TransactionControl(kind='ABORT', text=…)

SAVEPOINT a;
--> TransactionControl(kind='SAVEPOINT', text=…)

ROLLBACK TO SAVEPOINT a;
--> TransactionControl(kind='ROLLBACK TO', text=…)

RELEASE a;
--> TransactionControl(kind='RELEASE', text=…)

COMMIT PREPARED 'x';
--> TransactionControl(kind='COMMIT PREPARED', text=…)

SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
--> SessionCommand(kind='SET TRANSACTION', text=…)

SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE;
--> SessionCommand(kind='SET SESSION CHARACTERISTICS', text=…)

SET SESSION AUTHORIZATION bob;
--> SessionCommand(kind='SET SESSION AUTHORIZATION', text=…)

RESET SESSION AUTHORIZATION;
--> SessionCommand(kind='RESET SESSION AUTHORIZATION', text=…)

PREPARE TRANSACTION 'x';
--> TransactionControl(kind='PREPARE TRANSACTION', text=…)

ROLLBACK TO a;
--> TransactionControl(kind='ROLLBACK TO', text=…)

NOTIFY ch, 'x';
--> SessionCommand(kind='NOTIFY', text=…)

CHECKPOINT;
--> SessionCommand(kind='CHECKPOINT', text=…)

DEALLOCATE ALL;
--> SessionCommand(kind='DEALLOCATE', text=…)

PREPARE p (int) AS SELECT $1;
--> SessionCommand(kind='PREPARE', text=…)

DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT 1;
--> SessionCommand(kind='DECLARE', text=…)

FETCH NEXT FROM c;
--> Query(tables=[], text=…)
