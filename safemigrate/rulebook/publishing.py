"""Which tables publications send to subscribers, as far as the history made them."""

from __future__ import annotations

from safemigrate.schema import Name, Schema
from safemigrate.schema.objects import Publication


def publication_of(schema: Schema, table: Name) -> Publication | None:
    """A publication that sends the rows of *table*, None where the history made none that does.

    Publications are mostly made outside of a history; of those nothing is known, and nothing is said.
    """
    name: Name | None = schema.resolve(table)
    while name is not None:
        for publication in schema.publications.values():
            listed = any(schema.same(name, other) for other in publication.tables)
            if publication.everything or name.schema in publication.schemas or listed:
                return publication
        known = schema.tables.get(name)
        name = known.partition_of if known else None
    return None
