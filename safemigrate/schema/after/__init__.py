"""The schema once an operation has run. In: a schema and an operation. Out: the schema after it.

One module a kind of operation; what no module knows changes nothing that the schema holds.
"""

from __future__ import annotations

from safemigrate.schema.after import columns, constraints, objects, privileges, relations, remarks, tables, types
from safemigrate.schema.after.dispatch import after

__all__ = ["after", "columns", "constraints", "objects", "privileges", "relations", "remarks", "tables", "types"]
