CALL p(1);
--> Unreadable(text=…, reason='a procedure runs code that is not read')

EXECUTE p(1);
--> Unreadable(text=…, reason='a prepared statement runs code that is not read')

this is no SQL;
--> Unreadable(text=…, reason='THIS is not read yet')

42;
--> Unreadable(text=…, reason='this is no statement')

SELECT 1; SELECT 2;
--> Unreadable(text='SELECT 1; SELECT 2;', reason='more than one statement stands here')

SELECT 'never closed;
--> Unreadable(text="SELECT 'never closed;", reason='a string is opened and never closed')

SELECT $tag$ never closed $other$;
--> Unreadable(text='SELECT $tag$ never closed $other$;', reason='a string quoted with $tag$ is opened and never closed')

SELECT /* never /* closed */;
--> Unreadable(text='SELECT /* never /* closed */;', reason='a comment is opened and never closed')

SELECT (1;
--> Unreadable(text='SELECT (1;', reason='a parenthesis or CASE that is never closed')

SELECT 1);
--> Unreadable(text=…, reason='a parenthesis that was never opened')

SELECT 1 \gset;
--> Unreadable(text=…, reason='a command of psql is not SQL')

CREATE TABLE t (id int) garbage;
--> Unreadable(text=…, reason="'garbage' and what follows is not read yet")

DROP TABLE t, ;
--> Unreadable(text='DROP TABLE t,', reason='a name was expected where the end stands')
