"""What a live database holds, as a value that can be compared with another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import psycopg


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every object of the user's schemas by its kind and name, with the text that PostgreSQL has for it.

    The order of columns is left aside, and so is the name of a NOT NULL constraint, which only PostgreSQL 18 has.
    """

    objects: Mapping[str, str] = field(default_factory=dict)


def snapshot(connection: psycopg.Connection[tuple[object, ...]], *, ignoring: Iterable[str] = ()) -> Catalog:
    """What the database of *connection* holds, without safemigrate's own schema and what extensions brought.

    *ignoring* are names of tables, such as ``alembic_version``, that are left out with all that hangs on them.
    """
    with connection.transaction(force_rollback=True):
        # with an empty path every name comes out with its schema, and no name of the query is the user's
        connection.execute("SET LOCAL search_path = ''")
        rows = connection.execute(_QUERY, {"ignoring": list(ignoring)}).fetchall()
    return Catalog({f"{kind} {name}": str(text) for kind, name, text in rows})


def differences(expected: Catalog, found: Catalog) -> tuple[str, ...]:
    """What *found* has otherwise than *expected*, a sentence each; empty where they are equal."""
    sentences = []
    for key in sorted(expected.objects.keys() | found.objects.keys()):
        wanted, given = expected.objects.get(key), found.objects.get(key)
        if wanted == given:
            continue
        if given is None:
            sentences.append(f"{key} is missing: {wanted}")
        elif wanted is None:
            sentences.append(f"{key} should not be there: {given}")
        else:
            sentences.append(f"{key} is {given}; expected {wanted}")
    return tuple(sentences)


# relations of the user: not the system's, not ours, not an extension's
_QUERY = """
WITH spaces AS (
    SELECT oid, nspname FROM pg_namespace
    WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'safemigrate')
      AND nspname !~ '^pg_(toast|temp)'
), foreign_objects AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), relations AS (
    SELECT c.*, format('%%I.%%I', s.nspname, c.relname) AS full_name
    FROM pg_class AS c JOIN spaces AS s ON s.oid = c.relnamespace
    WHERE c.relname <> ALL (%(ignoring)s)
      AND NOT EXISTS (SELECT FROM foreign_objects AS e WHERE e.classid = 'pg_class'::regclass
                                                        AND e.objid = c.oid)
), tables AS (
    SELECT * FROM relations WHERE relkind IN ('r', 'p', 'f')
)
-- a name would cut the others off behind 63 bytes
SELECT 'schema', nspname::text, '' FROM spaces
UNION ALL
SELECT 'table', full_name, concat_ws(' ',
        CASE relpersistence WHEN 'u' THEN 'UNLOGGED' WHEN 't' THEN 'TEMPORARY' END,
        CASE relkind WHEN 'f' THEN 'FOREIGN' END,
        'PARTITION BY ' || pg_get_partkeydef(oid),
        (SELECT 'PARTITION OF ' || i.inhparent::regclass || ' ' FROM pg_inherits AS i
         WHERE i.inhrelid = tables.oid LIMIT 1) || pg_get_expr(relpartbound, oid),
        CASE WHEN relrowsecurity THEN 'ROW LEVEL SECURITY' END,
        CASE WHEN relforcerowsecurity THEN 'FORCED' END,
        CASE WHEN relreplident <> 'd' THEN 'REPLICA IDENTITY ' || relreplident::text END,
        'WITH ' || array_to_string(reloptions, ', '),
        'GRANTED ' || (SELECT string_agg(a::text, ', ' ORDER BY a::text) FROM unnest(relacl) AS a),
        'COMMENT ' || obj_description(oid, 'pg_class'))
FROM tables
UNION ALL
SELECT 'column', format('%%s.%%I', t.full_name, a.attname), concat_ws(' ',
        format_type(a.atttypid, a.atttypmod),
        (SELECT 'COLLATE ' || a.attcollation::regcollation
         FROM pg_type AS y WHERE y.oid = a.atttypid AND y.typcollation <> a.attcollation),
        CASE WHEN a.attnotnull THEN 'NOT NULL' END,
        CASE a.attidentity WHEN 'a' THEN 'IDENTITY ALWAYS' WHEN 'd' THEN 'IDENTITY BY DEFAULT' END,
        CASE a.attgenerated WHEN 's' THEN 'GENERATED STORED' WHEN 'v' THEN 'GENERATED VIRTUAL' END,
        CASE WHEN a.attstorage <> (SELECT y.typstorage FROM pg_type AS y WHERE y.oid = a.atttypid)
             THEN 'STORAGE ' || a.attstorage::text END,
        CASE WHEN a.attcompression <> '' THEN 'COMPRESSION ' || a.attcompression::text END,
        -- -1 until PostgreSQL 16, NULL from then on
        CASE WHEN a.attstattarget >= 0 THEN 'STATISTICS ' || a.attstattarget END,
        'SET ' || array_to_string(a.attoptions, ', '),
        'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid),
        'GRANTED ' || (SELECT string_agg(g::text, ', ' ORDER BY g::text) FROM unnest(a.attacl) AS g),
        'COMMENT ' || col_description(a.attrelid, a.attnum))
FROM tables AS t
JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
UNION ALL
SELECT 'constraint', format('%%I on %%s', k.conname, t.full_name), concat_ws(' ',
        pg_get_constraintdef(k.oid),
        'COMMENT ' || obj_description(k.oid, 'pg_constraint'))
FROM pg_constraint AS k JOIN tables AS t ON t.oid = k.conrelid
WHERE (k.contype <> 'n' OR NOT k.convalidated)
  -- PostgreSQL keeps a copy for each partition of the table that a foreign key refers to, under a name of its own
  AND NOT EXISTS (SELECT FROM pg_constraint AS whole
                  WHERE whole.oid = k.conparentid AND whole.conrelid = k.conrelid)
UNION ALL
SELECT 'index', i.full_name, concat_ws(' ',
        pg_get_indexdef(i.oid),
        CASE WHEN NOT x.indisvalid THEN 'INVALID' END,
        CASE WHEN x.indisreplident THEN 'REPLICA IDENTITY' END,
        CASE WHEN x.indisclustered THEN 'CLUSTERED' END,
        'COMMENT ' || obj_description(i.oid, 'pg_class'))
FROM relations AS i
JOIN pg_index AS x ON x.indexrelid = i.oid
JOIN relations AS t ON t.oid = x.indrelid
UNION ALL
SELECT 'trigger', format('%%I on %%s', g.tgname, r.full_name), concat_ws(' ',
        pg_get_triggerdef(g.oid),
        CASE WHEN g.tgenabled <> 'O' THEN 'ENABLED ' || g.tgenabled::text END,
        'COMMENT ' || obj_description(g.oid, 'pg_trigger'))
FROM pg_trigger AS g JOIN relations AS r ON r.oid = g.tgrelid
WHERE NOT g.tgisinternal
UNION ALL
SELECT CASE relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END, full_name, concat_ws(' ',
        pg_get_viewdef(oid),
        'WITH ' || array_to_string(reloptions, ', '),
        'GRANTED ' || (SELECT string_agg(a::text, ', ' ORDER BY a::text) FROM unnest(relacl) AS a),
        'COMMENT ' || obj_description(oid, 'pg_class'))
FROM relations WHERE relkind IN ('v', 'm')
UNION ALL
SELECT 'sequence', s.full_name, concat_ws(' ',
        format_type(q.seqtypid, NULL), 'START', q.seqstart, 'INCREMENT', q.seqincrement,
        'MIN', q.seqmin, 'MAX', q.seqmax, CASE WHEN q.seqcycle THEN 'CYCLE' END,
        (SELECT format('OWNED BY %%s.%%I', d.refobjid::regclass, a.attname)
         FROM pg_depend AS d
         JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
         WHERE d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i')
         LIMIT 1),
        'GRANTED ' || (SELECT string_agg(a::text, ', ' ORDER BY a::text) FROM unnest(relacl) AS a))
FROM relations AS s JOIN pg_sequence AS q ON q.seqrelid = s.oid
UNION ALL
SELECT 'policy', format('%%I on %%s', p.polname, t.full_name), concat_ws(' ',
        CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, 'FOR', p.polcmd,
        'TO', p.polroles::regrole[], 'USING ' || pg_get_expr(p.polqual, p.polrelid),
        'WITH CHECK ' || pg_get_expr(p.polwithcheck, p.polrelid),
        'COMMENT ' || obj_description(p.oid, 'pg_policy'))
FROM pg_policy AS p JOIN tables AS t ON t.oid = p.polrelid
UNION ALL
SELECT 'function', p.oid::regprocedure::text,
       concat_ws(' ', pg_get_functiondef(p.oid),
        'GRANTED ' || (SELECT string_agg(a::text, ', ' ORDER BY a::text) FROM unnest(p.proacl) AS a))
FROM pg_proc AS p JOIN spaces AS s ON s.oid = p.pronamespace
WHERE p.prokind IN ('f', 'p')
  AND NOT EXISTS (SELECT FROM foreign_objects AS e WHERE e.classid = 'pg_proc'::regclass
                                                    AND e.objid = p.oid)
UNION ALL
SELECT CASE y.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' ELSE 'range' END,
       format('%%I.%%I', s.nspname, y.typname),
       concat_ws(' ',
        (SELECT string_agg(quote_literal(l.enumlabel), ', ' ORDER BY l.enumsortorder)
         FROM pg_enum AS l WHERE l.enumtypid = y.oid),
        CASE WHEN y.typtype = 'd' THEN format_type(y.typbasetype, y.typtypmod) END,
        CASE WHEN y.typnotnull THEN 'NOT NULL' END,
        'DEFAULT ' || y.typdefault,
        (SELECT string_agg(format('CONSTRAINT %%I %%s', k.conname, pg_get_constraintdef(k.oid)), ' '
                ORDER BY k.conname)
         FROM pg_constraint AS k WHERE k.contypid = y.oid AND k.contype = 'c'))
FROM pg_type AS y JOIN spaces AS s ON s.oid = y.typnamespace
WHERE y.typtype IN ('e', 'd', 'r')
  AND NOT EXISTS (SELECT FROM foreign_objects AS e WHERE e.classid = 'pg_type'::regclass
                                                    AND e.objid = y.oid)
UNION ALL
SELECT 'composite type', full_name,
       (SELECT string_agg(format('%%I %%s', a.attname, format_type(a.atttypid, a.atttypmod)), ', '
               ORDER BY a.attnum)
        FROM pg_attribute AS a WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped)
FROM relations AS r WHERE relkind = 'c'
UNION ALL
SELECT 'statistics', format('%%I.%%I', s.nspname, x.stxname), concat_ws(' ',
        -- the order of its columns is that of the table's, which does not count
        replace(pg_get_statisticsobjdef(x.oid), pg_get_statisticsobjdef_columns(x.oid), concat_ws(', ',
            (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attname)
             FROM pg_attribute WHERE attrelid = stxrelid AND attnum = ANY (stxkeys)),
            array_to_string(pg_get_statisticsobjdef_expressions(x.oid), ', '))),
        'COMMENT ' || obj_description(x.oid, 'pg_statistic_ext'))
FROM pg_statistic_ext AS x JOIN spaces AS s ON s.oid = x.stxnamespace
UNION ALL
SELECT 'rule', format('%%I on %%s', w.rulename, r.full_name), pg_get_ruledef(w.oid)
FROM pg_rewrite AS w JOIN relations AS r ON r.oid = w.ev_class
WHERE w.rulename <> '_RETURN'
UNION ALL
SELECT 'publication', p.pubname, concat_ws(' ',
        CASE WHEN p.puballtables THEN 'ALL TABLES' END,
        -- the columns and the condition are asked of a document, since PostgreSQL 14 has neither
        (SELECT string_agg(concat_ws(' ', format('%%I.%%I', t.schemaname, t.tablename),
                                     (SELECT string_agg(c, ', ' ORDER BY c)
                                      FROM jsonb_array_elements_text(to_jsonb(t) -> 'attnames') AS c),
                                     to_jsonb(t) ->> 'rowfilter'), '; '
                ORDER BY t.schemaname, t.tablename)
         FROM pg_publication_tables AS t WHERE t.pubname = p.pubname))
FROM pg_publication AS p
UNION ALL
SELECT 'extension', extname, extversion FROM pg_extension
"""
