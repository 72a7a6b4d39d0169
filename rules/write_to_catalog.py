"""write-to-catalog: see write_to_catalog.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.schema.operations import Delete, Insert, Merge, Update

#: the tables of pg_catalog in PostgreSQL 18, without the pg_ in front
_CATALOG = frozenset(
    """
    aggregate am amop amproc attrdef attribute auth_members authid cast class collation constraint conversion
    database db_role_setting default_acl depend description enum event_trigger extension foreign_data_wrapper
    foreign_server foreign_table index inherits init_privs language largeobject largeobject_metadata namespace
    opclass operator opfamily parameter_acl partitioned_table policy proc publication publication_namespace
    publication_rel range replication_origin rewrite seclabel sequence shdepend shdescription shseclabel
    statistic statistic_ext statistic_ext_data subscription subscription_rel tablespace transform trigger
    ts_config ts_config_map ts_dict ts_parser ts_template type user_mapping
    """.split()
)


def check(site: Site) -> Iterator[Hit]:
    """What is written to PostgreSQL's own catalog changes the schema behind the reader's back."""
    op = site.operation
    assert isinstance(op, Insert | Update | Delete | Merge)
    table = op.table
    catalog = table.name.startswith("pg_") and table.name[3:] in _CATALOG
    if table.schema == "pg_catalog" or (table.schema is None and catalog and site.before.table(table) is None):
        yield Hit(
            frozenset({Hazard.UNREADABLE}),
            message=f"{table} is PostgreSQL's own account of the schema: what a change of it does to the running "
            "version, nobody can tell. Use the ALTER that does the same.",
        )
