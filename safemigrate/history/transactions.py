"""What the end of a transaction, or the way back to a savepoint, does to the schema."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from safemigrate.schema import Operation, Schema, after
from safemigrate.schema.operations import SetParameter, TransactionControl

_LAST_NAME = re.compile(r'("(?:[^"]|"")+"|[^\s";]+)[\s;]*$')


@dataclass
class Transactions:
    """What the end of a transaction takes back: *begun* is the schema at its begin, *path* that of the session."""

    begun: Schema
    path: tuple[str, ...]
    number: object = None
    #: name, schema and session's path of each savepoint that still stands
    savepoints: list[tuple[str, Schema, tuple[str, ...]]] = field(default_factory=list)

    def entered(self, number: object, schema: Schema) -> Schema:
        """*schema* as a statement of transaction *number* finds it; None is a transaction of its own."""
        if number is None or number != self.number:
            schema = self._ended(schema)
        self.number = number
        return schema

    def after(self, operation: Operation, schema: Schema) -> Schema:
        """*schema* once *operation* has run."""
        match operation:
            case TransactionControl():
                return self._controlled(operation, schema)
            case SetParameter(name="search_path", local=False):
                following = after(operation, schema)
                self.path = following.search_path
                return following
            case _:
                return after(operation, schema)

    def _controlled(self, control: TransactionControl, schema: Schema) -> Schema:
        match control.kind:
            case "ROLLBACK" | "ABORT":
                self.path = self.begun.search_path
                self.savepoints.clear()
                return self.begun
            case "BEGIN" | "START" | "COMMIT" | "END":
                return self._ended(schema)
            case "SAVEPOINT":
                self.savepoints.append((savepoint_name(control), schema, self.path))
                return schema
            case "RELEASE":
                self._back_to(savepoint_name(control))
                return schema
            case "ROLLBACK TO":
                return self._rolled_back(savepoint_name(control), schema)
            case _:
                return schema

    def _rolled_back(self, name: str, schema: Schema) -> Schema:
        savepoint = self._back_to(name)
        if savepoint is None:
            # nobody saw it set: what stood then is not known
            return Schema(search_path=schema.search_path, revision=schema.revision)
        # it stands on, and may be gone back to again
        self.savepoints.append(savepoint)
        _, schema, self.path = savepoint
        return schema

    def _back_to(self, name: str) -> tuple[str, Schema, tuple[str, ...]] | None:
        """The newest savepoint of that name; it and all behind it stand no more."""
        for index in reversed(range(len(self.savepoints))):
            if self.savepoints[index][0] == name:
                found = self.savepoints[index]
                del self.savepoints[index:]
                return found
        return None

    def _ended(self, schema: Schema) -> Schema:
        if schema.search_path != self.path:
            schema = replace(schema, search_path=self.path)
        self.savepoints.clear()
        self.begun = schema
        return schema


def savepoint_name(control: TransactionControl) -> str:
    """The savepoint that SAVEPOINT, RELEASE or ROLLBACK TO names, folded as PostgreSQL folds it."""
    match = _LAST_NAME.search(control.text)
    written = match[1] if match else ""
    return written[1:-1].replace('""', '"') if written.startswith('"') else written.lower()
