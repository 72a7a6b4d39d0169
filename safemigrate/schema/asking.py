"""Questions to the catalogue, and statements behind them, so that they may run where their outcome is there already.

Names are those that a session would write: what it does not find is not there.
"""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.schema.name import Name, literal
from safemigrate.schema.sync import dollars

#: where the catalogue keeps the parts of a relation: the table, the relation's and the part's name in it, and what
#: else must hold
PARTS = {
    "column": ("pg_attribute", "attrelid", "attname", " AND NOT attisdropped"),
    "identity": ("pg_attribute", "attrelid", "attname", " AND attidentity <> ''"),
    "constraint": ("pg_constraint", "conrelid", "conname", ""),
    "trigger": ("pg_trigger", "tgrelid", "tgname", ""),
    "policy": ("pg_policy", "polrelid", "polname", ""),
}


def where(conditions: Iterable[str], sql: str) -> str:
    """A block that runs *sql* where all of *conditions* are true."""
    asked = "\n    AND ".join(conditions)
    body = f"""
BEGIN
  IF {asked} THEN
    {sql};
  END IF;
END """
    return f"DO {dollars(body)}"


def has_part(kind: str, relation: Name, part: str) -> str:
    """The condition that *relation* has a *part* of that *kind*, one of PARTS."""
    catalogue, of, called, more = PARTS[kind]
    return f"""EXISTS (SELECT FROM pg_catalog.{catalogue}
      WHERE {of} = to_regclass({literal(relation.sql())}) AND {called} = {literal(part)}{more})"""


def is_child(child: Name, parent: Name, *, more: str = "") -> str:
    """The condition that the table *child* is a partition of, or inherits from, *parent*, and what *more* says."""
    one, other = literal(child.sql()), literal(parent.sql())
    return f"""EXISTS (SELECT FROM pg_catalog.pg_inherits
      WHERE inhrelid = to_regclass({one}) AND inhparent = to_regclass({other}){more})"""
