"""What the CHECK constraints of a database admit, as far as they list it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from safemigrate.verify.session import Session
from safemigrate.verify.workload import Place

_LITERAL = re.compile(r"'((?:[^']|'')*)'::")

_CHECKS = """
SELECT n.nspname AS schema, c.relname AS table, a.attname AS column, pg_get_constraintdef(k.oid) AS definition,
       pg_table_is_visible(c.oid) AS visible
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
WHERE k.contype = 'c' AND cardinality(k.conkey) = 1
"""


def choices(session: Session) -> Mapping[Place, Sequence[str]]:
    """The values of columns whose CHECK is a list of them, as ``kind IN ('a', 'b')`` is."""
    found: dict[Place, Sequence[str]] = {}
    for schema, table, column, definition, visible in session.run(_CHECKS).rows:
        literals = tuple(text.replace("''", "'") for text in _LITERAL.findall(definition or ""))
        if literals and "= ANY" in (definition or ""):
            names = (f"{schema}.{table}", str(table)) if visible == "t" else (f"{schema}.{table}",)
            found |= {Place(name, str(column)): literals for name in names}
    return found
