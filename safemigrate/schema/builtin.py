"""What PostgreSQL brings itself and statements name like what a history makes; the same from 14 to 18."""

from __future__ import annotations

import re
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
#: the functions that extensions bring, of those that are known to bring these and no others; those of uuid-ossp and
#: pgcrypto are as the manual of PostgreSQL 18 has them
FUNCTIONS_OF_EXTENSIONS: Mapping[str, frozenset[str]] = {
    "uuid-ossp": frozenset(
        """
        uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3 uuid_generate_v4 uuid_generate_v5 uuid_nil uuid_ns_dns
        uuid_ns_oid uuid_ns_url uuid_ns_x500
        """.split()
    ),
    "pgcrypto": frozenset(
        """
        armor crypt dearmor decrypt decrypt_iv digest encrypt encrypt_iv fips_mode gen_random_bytes gen_random_uuid
        gen_salt hmac pgp_armor_headers pgp_key_id pgp_pub_decrypt pgp_pub_decrypt_bytea pgp_pub_encrypt
        pgp_pub_encrypt_bytea pgp_sym_decrypt pgp_sym_decrypt_bytea pgp_sym_encrypt pgp_sym_encrypt_bytea
        """.split()
    ),
    "pg_trgm": frozenset(
        """
        set_limit show_limit show_trgm similarity similarity_dist similarity_op strict_word_similarity
        strict_word_similarity_commutator_op strict_word_similarity_dist_commutator_op strict_word_similarity_dist_op
        strict_word_similarity_op word_similarity word_similarity_commutator_op word_similarity_dist_commutator_op
        word_similarity_dist_op word_similarity_op
        """.split()
    ),
    "citext": frozenset(
        """
        citext citext_cmp citext_eq citext_ge citext_gt citext_hash citext_hash_extended citext_larger citext_le
        citext_lt citext_ne citext_pattern_cmp citext_pattern_ge citext_pattern_gt citext_pattern_le
        citext_pattern_lt citext_smaller citextsend texticlike texticnlike texticregexeq texticregexne
        """.split()
    ),
    "btree_gist": frozenset(
        """
        cash_dist date_dist float4_dist float8_dist gist_translate_cmptype_btree int2_dist int4_dist int8_dist
        interval_dist oid_dist time_dist ts_dist tstz_dist
        """.split()
    ),
    "fuzzystrmatch": frozenset(
        """
        daitch_mokotoff difference dmetaphone dmetaphone_alt levenshtein levenshtein_less_equal metaphone soundex
        text_soundex
        """.split()
    ),
    "pg_stat_statements": frozenset({"pg_stat_statements", "pg_stat_statements_info", "pg_stat_statements_reset"}),
    "btree_gin": frozenset({"gin_enum_cmp", "gin_numeric_cmp"}),
    "plpgsql": frozenset({"plpgsql_call_handler", "plpgsql_validator"}),
    "unaccent": frozenset({"unaccent"}),
}
# names of one word that SQL has for some of them; those of several need no list
_SPELLINGS = frozenset("bigint boolean character integer real smallint serial bigserial smallserial".split())


def is_builtin(type_: Name) -> bool:
    """Whether the type is PostgreSQL's own."""
    name = type_.name
    if type_.schema not in (None, "pg_catalog"):
        return False
    return name in TYPES or name in _SPELLINGS or " " in name or name.startswith(("pg_", "_"))


#: the functions of PostgreSQL 18 that a query can call; those that serve types and operators have names in families
FUNCTIONS = frozenset(
    """
    abbrev abs aclcontains acldefault aclexplode aclinsert aclitemeq aclremove acos acosd acosh age amvalidate
    any_value any_value_transfn anytextcat area array_agg array_append array_cat array_dims array_eq array_fill
    array_ge array_gt array_le array_length array_lower array_lt array_ndims array_ne array_position
    array_positions array_prepend array_remove array_replace array_reverse array_sample array_shuffle array_sort
    array_to_json array_to_string array_to_tsvector array_upper arraycontained arraycontains arrayoverlap ascii
    asin asind asinh atan atan2 atan2d atand atanh avg bit bit_and bit_count bit_length bit_or bit_xor bitand
    bitcat biteq bitge bitgt bitle bitlt bitne bitnot bitor bitshiftleft bitshiftright bitxor bool bool_and
    bool_or booland_statefunc booleq boolge boolgt boolle boollt boolne boolor_statefunc bound_box box box_center
    box_distance box_eq box_ge box_gt box_le box_lt broadcast bytea byteacat byteaeq byteage byteagt byteale
    bytealike bytealt byteane byteanlike cardinality casefold cbrt ceil ceiling center char char_length
    character_length chareq charge chargt charle charlt charne chr cideq cidr circle clock_timestamp close_ls
    close_lseg close_pb close_pl close_ps close_sb col_description concat concat_ws convert convert_from
    convert_to corr cos cosd cosh cot cotd count covar_pop covar_samp crc32 crc32c cume_dist current_database
    current_query current_schema current_schemas current_setting current_user currtid2 currval cursor_to_xml
    cursor_to_xmlschema database_to_xml database_to_xml_and_xmlschema database_to_xmlschema date date_add date_bin
    date_cmp_timestamp date_cmp_timestamptz date_eq date_eq_timestamp date_eq_timestamptz date_ge
    date_ge_timestamp date_ge_timestamptz date_gt date_gt_timestamp date_gt_timestamptz date_le date_le_timestamp
    date_le_timestamptz date_lt date_lt_timestamp date_lt_timestamptz date_mi date_mi_interval date_mii date_ne
    date_ne_timestamp date_ne_timestamptz date_part date_pl_interval date_pli date_subtract date_trunc
    datemultirange daterange datetime_pl datetimetz_pl dcbrt decode degrees dense_rank dexp diagonal diameter
    dist_bp dist_bs dist_cpoint dist_cpoly dist_lp dist_ls dist_pathp dist_pb dist_pc dist_pl dist_polyc
    dist_polyp dist_ppath dist_ppoly dist_ps dist_sb dist_sl dist_sp div dlog1 dlog10 dpow dround dsqrt dtrunc
    elem_contained_by_multirange elem_contained_by_range encode enum_eq enum_first enum_ge enum_gt enum_last
    enum_le enum_lt enum_ne enum_range erf erfc every exp extract factorial family first_value floor flt4_mul_cash
    flt8_mul_cash format format_type gamma gcd gen_random_uuid generate_series generate_subscripts get_bit
    get_byte get_current_ts_config getdatabaseencoding getpgusername height host hostmask icu_unicode_version
    in_range inetand inetmi inetmi_int8 inetnot inetor inetpl initcap integer_pl_date inter_lb inter_sb inter_sl
    interval is_normalized isclosed isempty isfinite ishorizontal isopen isparallel isperp isvertical justify_days
    justify_hours justify_interval lag last_value lastval lcm lead left length lgamma like like_escape line
    line_distance line_eq line_horizontal line_interpt line_intersect line_parallel line_perp line_vertical ln log
    log10 loread lower lower_inc lower_inf lowrite lpad lseg lseg_center lseg_distance lseg_eq lseg_ge lseg_gt
    lseg_horizontal lseg_interpt lseg_intersect lseg_le lseg_length lseg_lt lseg_ne lseg_parallel lseg_perp
    lseg_vertical ltrim macaddr macaddr8 macaddr8_and macaddr8_eq macaddr8_ge macaddr8_gt macaddr8_le macaddr8_lt
    macaddr8_ne macaddr8_not macaddr8_or macaddr8_set7bit macaddr_and macaddr_eq macaddr_ge macaddr_gt macaddr_le
    macaddr_lt macaddr_ne macaddr_not macaddr_or make_date make_interval make_time make_timestamp make_timestamptz
    makeaclitem masklen max md5 min min_scale mod mode money mul_d_interval multirange mxid_age name nameconcatoid
    nameeq namege namegt nameiclike nameicnlike nameicregexeq nameicregexne namele namelike namelt namene
    namenlike nameregexeq nameregexne netmask network network_eq network_ge network_gt network_le network_lt
    network_ne network_overlap network_sub network_subeq network_sup network_supeq nextval normalize notlike now
    npoints nth_value ntile num_nonnulls num_nulls numeric nummultirange numnode numrange obj_description
    octet_length oid on_pb on_pl on_ppath on_ps on_sb on_sl overlaps overlay parse_ident path path_add path_add_pt
    path_contain_pt path_distance path_div_pt path_inter path_length path_mul_pt path_n_eq path_n_ge path_n_gt
    path_n_le path_n_lt path_npoints path_sub_pt pclose percent_rank percentile_cont percentile_disc
    phraseto_tsquery pi plainto_tsquery point point_above point_add point_below point_distance point_div point_eq
    point_horiz point_left point_mul point_ne point_right point_sub point_vert poly_above poly_below poly_center
    poly_contain poly_contain_pt poly_contained poly_distance poly_left poly_npoints poly_overabove poly_overbelow
    poly_overlap poly_overleft poly_overright poly_right poly_same polygon popen position pow power
    pt_contained_circle pt_contained_poly query_to_xml query_to_xml_and_xmlschema query_to_xmlschema querytree
    quote_ident quote_literal quote_nullable radians radius random random_normal rank record_eq record_ge
    record_gt record_image_eq record_image_ge record_image_gt record_image_le record_image_lt record_image_ne
    record_le record_lt record_ne regclass regexp_count regexp_instr regexp_like regexp_match regexp_matches
    regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr repeat replace reverse right round
    row_number row_security_active row_to_json rpad rtrim satisfies_hash_partition scale schema_to_xml
    schema_to_xml_and_xmlschema schema_to_xmlschema session_user set_bit set_byte set_config set_masklen setseed
    setval setweight sha224 sha256 sha384 sha512 shobj_description sign similar_escape similar_to_escape sin sind
    sinh slope spg_poly_quad_compress split_part sqrt starts_with statement_timestamp stddev stddev_pop
    stddev_samp string_agg string_to_array string_to_table strip strpos substr substring sum system_user
    table_to_xml table_to_xml_and_xmlschema table_to_xmlschema tan tand tanh text text_ge text_gt text_le text_lt
    text_pattern_ge text_pattern_gt text_pattern_le text_pattern_lt textanycat textcat texteq texteqname
    textgename textgtname texticlike texticnlike texticregexeq texticregexne textlen textlename textlike
    textltname textne textnename textnlike textregexeq textregexne tideq tidge tidgt tidle tidlt tidne time
    time_eq time_ge time_gt time_hash time_hash_extended time_le time_lt time_mi_interval time_mi_time time_ne
    time_pl_interval timedate_pl timeofday timestamp timestamp_cmp_date timestamp_cmp_timestamptz timestamp_eq
    timestamp_eq_date timestamp_eq_timestamptz timestamp_ge timestamp_ge_date timestamp_ge_timestamptz
    timestamp_gt timestamp_gt_date timestamp_gt_timestamptz timestamp_hash timestamp_hash_extended timestamp_le
    timestamp_le_date timestamp_le_timestamptz timestamp_lt timestamp_lt_date timestamp_lt_timestamptz
    timestamp_mi timestamp_mi_interval timestamp_ne timestamp_ne_date timestamp_ne_timestamptz
    timestamp_pl_interval timestamptz timetz timetz_eq timetz_ge timetz_gt timetz_hash timetz_hash_extended
    timetz_le timetz_lt timetz_mi_interval timetz_ne timetz_pl_interval timetzdate_pl timezone to_ascii to_bin
    to_char to_date to_hex to_json to_jsonb to_number to_oct to_regclass to_regcollation to_regnamespace
    to_regoper to_regoperator to_regproc to_regprocedure to_regrole to_regtype to_regtypemod to_timestamp
    to_tsquery to_tsvector transaction_timestamp translate trim_array trim_scale trunc tsmultirange tsq_mcontained
    tsq_mcontains tsrange tstzmultirange tstzrange unicode_assigned unicode_version unistr unnest upper upper_inc
    upper_inf uuid_eq uuid_extract_timestamp uuid_extract_version uuid_ge uuid_gt uuid_hash uuid_hash_extended
    uuid_le uuid_lt uuid_ne uuidv4 uuidv7 var_pop var_samp varbit varbiteq varbitge varbitgt varbitle varbitlt
    varbitne varchar variance version websearch_to_tsquery width width_bucket xid xid8eq xid8ge xid8gt xid8le
    xid8lt xid8ne xideq xideqint4 xidneq xidneqint4 xpath xpath_exists
    """.split()
)
_FAMILIES = re.compile(
    r"(?:pg_|binary_upgrade_|hash|bt|json|xml|has_|gin_|gist_|brin_|ts_|txid_|regr_|int[248]|float[48]|lo_|timestamptz?_"
    r"|numeric_|interval_|name\w+(?:text|name)|box_(?:above|add|below|contain|div|intersect|left|mul|over|right|same|sub)"
    r"|circle_|oid(?:eq|ne|lt|gt|le|ge|vector)|cash_|bpchar|inet_|tsquery_|tsvector_|multirange_|range_).*"
    r"|.*(?:send|cmp|larger|smaller|typmodin|_inv|accum|_combine|_subdiff|_canonical|_validator)"
)


def is_builtin_function(function: Name) -> bool:
    """Whether PostgreSQL has a function of that name, or may have one."""
    if function.schema is not None:
        return function.schema in ("pg_catalog", "information_schema")
    return function.name in FUNCTIONS or _FAMILIES.fullmatch(function.name) is not None
