"""What PostgreSQL brings itself and statements name like what a history makes; the same from 14 to 18."""

from __future__ import annotations

from collections.abc import Mapping

from safemigrate.schema.name import Name

#: asked of a server by tests/schema/test_builtin.py, as what follows
TYPES = frozenset(
    """
    aclitem bit bool box bpchar bytea char cid cidr circle date datemultirange daterange float4 float8 gtsvector inet
    int2 int2vector int4 int4multirange int4range int8 int8multirange int8range interval json jsonb jsonpath line lseg
    macaddr macaddr8 money name numeric nummultirange numrange oid oidvector path point polygon refcursor regclass
    regcollation regconfig regdictionary regnamespace regoper regoperator regproc regprocedure regrole regtype text
    tid time timestamp timestamptz timetz tsmultirange tsquery tsrange tstzmultirange tstzrange tsvector txid_snapshot
    uuid varbit varchar xid xid8 xml
    """.split()
)
TRIGGER_FUNCTIONS = frozenset(
    """
    suppress_redundant_updates_trigger trigger_in tsvector_update_trigger tsvector_update_trigger_column
    unique_key_recheck
    """.split()
)
#: extensions that bring no function for triggers
EXTENSIONS_WITHOUT_TRIGGERS = frozenset(
    """
    amcheck bloom btree_gin btree_gist citext cube dblink dict_int dict_xsyn earthdistance file_fdw fuzzystrmatch
    hstore intarray isn ltree pageinspect pg_buffercache pg_freespacemap pg_prewarm pg_stat_statements pg_trgm
    pg_visibility pgcrypto pgrowlocks pgstattuple plpgsql postgres_fdw seg tablefunc unaccent uuid-ossp vector
    """.split()
)
#: the types that extensions bring, of those that are known to bring these and no others
TYPES_OF_EXTENSIONS: Mapping[str, frozenset[str]] = {
    "citext": frozenset({"citext"}),
    "cube": frozenset({"cube"}),
    "earthdistance": frozenset({"earth"}),
    "hstore": frozenset({"hstore", "ghstore"}),
    "intarray": frozenset({"query_int", "intbig_gkey"}),
    "isn": frozenset({"ean13", "isbn", "isbn13", "ismn", "ismn13", "issn", "issn13", "upc"}),
    "ltree": frozenset({"lquery", "ltree", "ltree_gist", "ltxtquery"}),
    "pg_trgm": frozenset({"gtrgm"}),
    "seg": frozenset({"seg"}),
    "vector": frozenset({"halfvec", "sparsevec", "vector"}),
    **dict.fromkeys(
        (
            "amcheck",
            "btree_gin",
            "fuzzystrmatch",
            "pgcrypto",
            "pgrowlocks",
            "pgstattuple",
            "plpgsql",
            "postgres_fdw",
            "unaccent",
            "uuid-ossp",
        ),
        frozenset[str](),
    ),
    # only its own operator classes name these
    "btree_gist": frozenset(f"gbtreekey{size}" for size in ("2", "4", "8", "16", "32", "_var")),
    # the rows of its views
    "pg_stat_statements": frozenset({"pg_stat_statements", "pg_stat_statements_info"}),
}
# names of one word that SQL has for some of them; those of several need no list
_SPELLINGS = frozenset("bigint boolean character integer real smallint serial bigserial smallserial".split())


def is_builtin(type_: Name) -> bool:
    """Whether the type is PostgreSQL's own."""
    name = type_.name
    if type_.schema not in (None, "pg_catalog"):
        return False
    return name in TYPES or name in _SPELLINGS or " " in name or name.startswith(("pg_", "_"))
