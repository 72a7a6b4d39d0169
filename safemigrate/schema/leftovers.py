"""What an interruption leaves: an INVALID index, which costs every write and answers no query, or a partition that
nobody sees any more and that still belongs to its table."""

from __future__ import annotations

import json
from dataclasses import dataclass

from safemigrate.schema.asking import is_child
from safemigrate.schema.name import Name, literal
from safemigrate.schema.operations import DetachPartition, DropIndex, Operation
from safemigrate.schema.sync import dollars


@dataclass(frozen=True, slots=True)
class DropInvalidIndex(Operation):
    """The index *name* of *table* goes if a build that was interrupted left it, so that it can be built anew.

    One that is valid stays: IF NOT EXISTS then finds the work done, and a key that stands on it is in nobody's way.
    """

    table: Name
    name: str

    @property
    def index(self) -> Name:
        return self.table.beside(self.name)

    def sql(self) -> str:
        header = json.dumps({"table": self.table.sql(), "index": self.name})
        index = self.index
        body = f"""
-- safemigrate invalid 1 {header}
BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_index WHERE indexrelid = to_regclass({literal(index.sql())})
      AND indrelid = to_regclass({literal(self.table.sql())}) AND NOT indisvalid) THEN
    {DropIndex(index).sql()};
  END IF;
END """
        return f"DO {dollars(body)}"


@dataclass(frozen=True, slots=True)
class FinishDetach(Operation):
    """The *partition* of *table* leaves it for good if a DETACH … CONCURRENTLY was interrupted half-way."""

    table: Name
    partition: Name

    def sql(self) -> str:
        header = json.dumps({"table": self.table.sql(), "partition": self.partition.sql()})
        body = f"""
-- safemigrate detach 1 {header}
BEGIN
  IF {is_child(self.partition, self.table, more=" AND inhdetachpending")} THEN
    {DetachPartition(self.table, self.partition, finalize=True).sql()};
  END IF;
END """
        return f"DO {dollars(body)}"
