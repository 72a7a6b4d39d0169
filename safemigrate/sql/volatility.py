"""How often the value of an expression may change, told from the functions it calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from safemigrate.schema.model import Volatility
from safemigrate.schema.name import Name
from safemigrate.sql.tokens import Kind, Token, identifier

# provolatile of PostgreSQL 15 to 18, asked of a server by tests/sql/test_volatility.py
CONSTANT = frozenset(
    """
    abs acos array_agg array_append array_cat array_fill array_length array_lower array_ndims array_position
    array_positions array_prepend array_remove array_replace array_upper ascii asin atan atan2 avg bit_length
    bool_and bool_or btrim cardinality cbrt ceil ceiling char_length character_length chr cos cot count decode
    degrees dense_rank div encode every exp factorial first_value floor gcd hashtext initcap int4range int8range
    isempty isfinite json_array_length json_extract_path json_extract_path_text json_object_keys json_typeof
    jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_each jsonb_each_text
    jsonb_extract_path jsonb_extract_path_text jsonb_object_keys jsonb_pretty jsonb_set jsonb_strip_nulls
    jsonb_typeof justify_days justify_hours justify_interval lag last_value lcm lead left ln log lower lpad
    ltrim make_date make_interval make_time make_timestamp max md5 min mod ntile num_nonnulls num_nulls numrange
    octet_length overlay pi position power quote_ident radians rank regexp_match regexp_matches regexp_replace
    regexp_split_to_array regexp_split_to_table repeat replace reverse right round row_number rpad rtrim scale
    sha224 sha256 sha384 sha512 sign sin split_part sqrt starts_with string_agg strpos substr substring sum tan
    to_ascii to_hex translate trim_array trunc unnest upper width_bucket
    """.split()
)
STABLE = frozenset(
    """
    age array_to_json array_to_string concat concat_ws convert_from convert_to current_database current_schemas
    current_setting date_bin date_part date_trunc daterange format generate_series has_column_privilege
    has_schema_privilege has_table_privilege inet_client_addr inet_server_addr json_agg json_build_array
    json_build_object json_object_agg jsonb_agg jsonb_build_array jsonb_build_object jsonb_object_agg length
    make_timestamptz now obj_description pg_backend_pid pg_get_constraintdef pg_get_expr pg_get_indexdef
    pg_postmaster_start_time pg_typeof quote_literal quote_nullable row_to_json statement_timestamp timezone
    to_char to_date to_json to_jsonb to_number to_regclass to_regtype to_timestamp to_tsquery to_tsvector
    transaction_timestamp tsrange tstzrange txid_current txid_current_snapshot version
    """.split()
)
VOLATILE = frozenset(
    """
    clock_timestamp current_query currval gen_random_bytes gen_random_uuid lastval nextval pg_sleep random
    random_normal setseed setval timeofday uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 uuidv4 uuidv7
    """.split()
)
#: of these, what PostgreSQL has only with an extension
OF_EXTENSIONS = frozenset({"gen_random_bytes", "uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4"})
# SQL's own forms with parentheses; what they hold decides
_FORMS = frozenset(
    """
    all and any array as between by case cast coalesce collate distinct double else escape except exists extract
    filter from greatest group grouping having ilike in intersect interval is isnull least like limit not
    notnull nullif offset on operator or over overlay position precision returning row select set similar some
    substring symmetric then to treat trim union using values varying when where with within xmlelement
    xmlforest zone
    """.split()
)
_TYPES = frozenset(
    """
    bit bpchar char character dec decimal float int4 int8 interval numeric time timestamp timestamptz timetz
    varbit varchar
    """.split()
)
# what is written without parentheses, and may carry a precision
_VALUES = frozenset(
    """
    current_catalog current_date current_role current_schema current_time current_timestamp current_user
    localtime localtimestamp session_user system_user user
    """.split()
)
_ORDER = (Volatility.CONSTANT, Volatility.STABLE, Volatility.UNKNOWN, Volatility.VOLATILE)


def volatility(source: str, tokens: Sequence[Token]) -> tuple[Volatility, frozenset[Name]]:
    """The most changing of all that the expression calls, and the functions that are not PostgreSQL's own."""
    found = tuple(_found(source, tokens))
    calls = frozenset(
        name
        for each, name in found
        if name is not None and (each is Volatility.UNKNOWN or name.name in OF_EXTENSIONS)
    )
    return max((each for each, _ in found), key=_ORDER.index, default=Volatility.CONSTANT), calls


def _found(source: str, tokens: Sequence[Token]) -> Iterator[tuple[Volatility, Name | None]]:
    for place, token in enumerate(tokens):
        if token.kind is Kind.PARAMETER:
            # a value that travels beside the text is one value
            continue
        if token.kind not in (Kind.WORD, Kind.QUOTED) or _is_type(tokens, place):
            continue
        name = identifier(source[token.start : token.end]) or ""
        called = place + 1 < len(tokens) and tokens[place + 1].key == "("
        value = token.kind is Kind.WORD and name in _VALUES and not _follows_dot(tokens, place)
        if value or token.key == "SELECT":
            yield Volatility.STABLE, None
        elif called and not (token.kind is Kind.WORD and (name in _FORMS or name in _TYPES)):
            schema = _schema(source, tokens, place)
            yield _of_function(name, schema), Name(name, schema)


def _of_function(name: str, schema: str | None) -> Volatility:
    if schema in (None, "pg_catalog", "public", "extensions"):
        if name in VOLATILE:
            return Volatility.VOLATILE
        if schema in (None, "pg_catalog"):
            if name in CONSTANT:
                return Volatility.CONSTANT
            if name in STABLE:
                return Volatility.STABLE
    return Volatility.UNKNOWN


def _schema(source: str, tokens: Sequence[Token], place: int) -> str | None:
    if not _follows_dot(tokens, place):
        return None
    before = tokens[place - 2]
    return identifier(source[before.start : before.end]) or ""


def _follows_dot(tokens: Sequence[Token], place: int) -> bool:
    return place > 1 and tokens[place - 1].key == "."


def _is_type(tokens: Sequence[Token], place: int) -> bool:
    """Whether the word is (part of) the name of a type behind ``::``."""
    # a name has three parts at most
    for _ in range(2):
        if place > 1 and tokens[place - 1].key == ".":
            place -= 2
    return place > 0 and tokens[place - 1].key == "::"
