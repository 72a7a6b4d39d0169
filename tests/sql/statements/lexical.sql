-- # a comment before an action does not swallow it
ALTER TABLE t -- why;
  OWNER TO bob, -- and
  DROP COLUMN a;
--> AlterObject(kind='OWNER TO', name=t, text='ALTER TABLE t OWNER TO bob', table=t)
--> DropColumn(table=t, column='a')

-- # names are folded where they are not quoted
ALTER TABLE Public.USERS DROP COLUMN FullName, DROP COLUMN "FullName", DROP COLUMN "a""b", DROP COLUMN "select";
--> DropColumn(table=public.users, column='fullname')
--> DropColumn(table=public.users, column='FullName')
--> DropColumn(table=public.users, column='a"b')
--> DropColumn(table=public.users, column='select')

-- # only ASCII letters are folded
ALTER TABLE ÄRGER DROP COLUMN Größe;
--> DropColumn(table="Ärger", column='größe')

-- # comments are not read
ALTER /* a; 'comment /* nested */ */ TABLE t -- and; "another
 DROP -- ;
 COLUMN a;
--> DropColumn(table=t, column='a')

-- # a reserved word is no name
ALTER TABLE select DROP COLUMN a;
--> Unreadable(text=…, reason="a name was expected where 'select' stands")

ALTER TABLE t ALTER COLUMN c SET DEFAULT 'semicolon; and '' quote';
--> SetDefault(table=t, column='c', default=Expression(text="'semicolon; and '' quote'", volatility=CONSTANT))

ALTER TABLE t ALTER COLUMN c SET DEFAULT E'it\'s';
--> SetDefault(table=t, column='c', default=Expression(text="E'it\\'s'", volatility=CONSTANT))

ALTER TABLE t ALTER COLUMN c SET DEFAULT $a$ it's; $b$ $a$;
--> SetDefault(table=t, column='c', default=Expression(text="$a$ it's; $b$ $a$", volatility=CONSTANT))

ALTER TABLE t ALTER COLUMN c SET DEFAULT 'two '
  'parts';
--> SetDefault(table=t, column='c', default=Expression(text="'two '\n  'parts'", volatility=CONSTANT))

ALTER TABLE t ADD CONSTRAINT ck CHECK (a<-1 AND b = 1_000);
--> AddCheck(table=t, constraint=Check(name='ck', expression=Expression(text='a<-1 AND b = 1_000', volatility=CONSTANT, columns={'a', 'b'})))

alter table t drop column A;
--> DropColumn(table=t, column='a')

-- # names are cut where PostgreSQL cuts them
ALTER TABLE t DROP COLUMN a123456789012345678901234567890123456789012345678901234567890123456789;
--> DropColumn(table=t, column='a12345678901234567890123456789012345678901234567890123456789012')
