"""Statements behind a question, so that they may run where their outcome is there already."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.schema.name import Name, literal
from safemigrate.schema.sync import dollars


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


def no_constraint(table: Name, name: str) -> str:
    """What is true as long as *table* has no constraint of that *name*."""
    return f"""NOT EXISTS (SELECT FROM pg_catalog.pg_constraint
      WHERE conrelid = to_regclass({literal(table.sql())}) AND conname = {literal(name)})"""
