"""What the operations of ``--ops`` have in common: values that can be invoked, reversed and rendered."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import Any

from alembic.operations import MigrateOperation


@dataclass(eq=False)
class SafeOperation(MigrateOperation):
    """An operation whose fields are its arguments, in order; *name* is what it is called on ``op``."""

    @property
    def name(self) -> str:
        raise NotImplementedError

    def arguments(self) -> dict[str, Any]:
        """The arguments that differ from their defaults."""
        given = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        return {name: value for name, (value, default) in given.items() if value != default}

    @classmethod
    def required(cls) -> int:
        """How many arguments have no default."""
        return sum(field.default is MISSING for field in fields(cls))

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return (self.name, *self.arguments().values())
