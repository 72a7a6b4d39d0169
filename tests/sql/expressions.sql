-- # constants
'x'::character varying
--> Expression(text=…, volatility=CONSTANT)

(1 + 2) * 3
--> Expression(text=…, volatility=CONSTANT)

ARRAY['a', 'b']::text[]
--> Expression(text=…, volatility=CONSTANT)

'{}'::jsonb
--> Expression(text=…, volatility=CONSTANT)

true
--> Expression(text=…, volatility=CONSTANT)

NULL::text
--> Expression(text=…, volatility=CONSTANT, is_null_constant=True)

CAST(NULL AS int)
--> Expression(text=…, volatility=CONSTANT, is_null_constant=True)

lower('X') || md5('y')
--> Expression(text=…, volatility=CONSTANT)

now()
--> Expression(text=…, volatility=STABLE)

CURRENT_TIMESTAMP(3)
--> Expression(text=…, volatility=STABLE)

timezone('utc', now())
--> Expression(text=…, volatility=STABLE)

(now() AT TIME ZONE 'utc')
--> Expression(text=…, volatility=STABLE)

to_char(now(), 'YYYY')
--> Expression(text=…, volatility=STABLE)

date_trunc('day', transaction_timestamp())
--> Expression(text=…, volatility=STABLE)

current_user
--> Expression(text=…, volatility=STABLE)

-- # a cast is no call
'2020-01-01'::timestamp(3)
--> Expression(text=…, volatility=CONSTANT)

random()
--> Expression(text=…, volatility=VOLATILE)

nextval('public.t_id_seq'::regclass)
--> Expression(text=…, volatility=VOLATILE)

gen_random_uuid()
--> Expression(text=…, volatility=VOLATILE)

public.uuid_generate_v4()
--> Expression(text=…, volatility=VOLATILE, calls={public.uuid_generate_v4})

coalesce(NULL, clock_timestamp())
--> Expression(text=…, volatility=VOLATILE)

pg_catalog.now()
--> Expression(text=…, volatility=STABLE)

-- # another schema's function of a known name is not the known one
mine.lower('x')
--> Expression(text=…, calls={mine.lower})

mine.something()
--> Expression(text=…, calls={mine.something})

"now"()
--> Expression(text=…, volatility=STABLE)

%(value)s
--> Expression(text=…, volatility=CONSTANT)

a > 0 AND "B" < lower(c)
--> Expression(text=…, volatility=CONSTANT, columns={'B', 'a', 'c'})

t.a = u.b
--> Expression(text=…, volatility=CONSTANT, columns={'a', 'b'})

extract(epoch from a) > 1 AND position('x' in b) > 0
--> Expression(text=…, volatility=CONSTANT, columns={'a', 'b'})

a::"Type" = ANY(ARRAY[b]) COLLATE "C"
--> Expression(text=…, volatility=CONSTANT, columns={'a', 'b'})

interval '1 day' + date '2020-01-01' + a
--> Expression(text=…, volatility=CONSTANT, columns={'a'})

(a).field = 1
--> Expression(text=…, volatility=CONSTANT, columns={'a'})

(SELECT max(x) FROM u WHERE u.id = t.id)
--> Expression(text=…, volatility=STABLE, columns={'id', 'x'})

year
--> Expression(text=…, volatility=CONSTANT, columns={'year'})

-- # what sqlglot cannot read names too many columns, not too few
a %% b
--> Expression(text=…, volatility=CONSTANT, columns={'a', 'b'})

a IS NOT NULL
--> Expression(text=…, volatility=CONSTANT, columns={'a'}, not_null={'a'})

(a IS NOT NULL) AND ((b IS NOT NULL AND "C" NOTNULL))
--> Expression(text=…, volatility=CONSTANT, columns={'C', 'a', 'b'}, not_null={'C', 'a', 'b'})

a IS NOT NULL OR b IS NOT NULL
--> Expression(text=…, volatility=CONSTANT, columns={'a', 'b'})

a > 0 AND (b IS NOT NULL OR c IS NOT NULL)
--> Expression(text=…, volatility=CONSTANT, columns={'a', 'b', 'c'})

NOT a IS NOT NULL
--> Expression(text=…, volatility=CONSTANT, columns={'a'})

-- # the AND of BETWEEN joins no conditions
a BETWEEN 1 AND b IS NOT NULL
--> Expression(text=…, volatility=CONSTANT, columns={'a', 'b'})

a BETWEEN 1 AND 2 AND b IS NOT NULL
--> Expression(text=…, volatility=CONSTANT, columns={'a', 'b'}, not_null={'b'})

CASE WHEN x THEN a AND b IS NOT NULL AND c END
--> Expression(text=…, volatility=CONSTANT, columns={'a', 'b', 'c', 'x'})

num_nonnulls(a, b) = 1
--> Expression(text=…, volatility=CONSTANT, columns={'a', 'b'})

t.a IS NOT NULL
--> Expression(text=…, volatility=CONSTANT, columns={'a'}, not_null={'a'})

(a > 0
--> Expression(text=…)

'never closed
--> Expression(text=…)

(NULL)
--> Expression(text=…, volatility=CONSTANT, is_null_constant=True)
