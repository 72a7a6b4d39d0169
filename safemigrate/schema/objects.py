"""What a schema holds beside tables: views, domains, functions, triggers, publications. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field

from safemigrate.schema.model import Check, Expression, NotNullConstraint, Type, Volatility
from safemigrate.schema.name import Name


@dataclass(frozen=True, slots=True)
class View:
    """A view. The fields are those of CreateView; *indexes* are names, of a materialized view."""

    name: Name
    columns: tuple[str, ...] = ()
    tables: tuple[Name, ...] = ()
    reads: tuple[tuple[Name | None, str], ...] = ()
    simple: bool = False
    star: bool = False
    materialized: bool = False
    born: int = field(default=-1, compare=False)


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain over *type*. *constraints* are by name."""

    name: Name
    type: Type | None = None
    default: Expression | None = None
    not_null: bool = False
    constraints: tuple[Check | NotNullConstraint, ...] = ()
    born: int = field(default=-1, compare=False)

    @property
    def constrained(self) -> bool:
        """Whether a value of it is checked, which makes ADD COLUMN write the table anew."""
        return self.not_null or bool(self.constraints)


@dataclass(frozen=True, slots=True)
class Function:
    """One function of a name: the types of its arguments, how often its value may change."""

    name: Name
    arguments: tuple[str, ...] = ()
    volatility: Volatility = Volatility.VOLATILE
    born: int = field(default=-1, compare=False)


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger of a table. *columns* are those of UPDATE OF, *enabled* is False after DISABLE."""

    name: str
    timing: str = ""
    events: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    function: Name | None = None
    enabled: bool = True
    born: int = field(default=-1, compare=False)


@dataclass(frozen=True, slots=True)
class Publication:
    """What a publication sends: *tables*, all in *schemas*, or *everything*."""

    name: Name
    tables: tuple[Name, ...] = ()
    schemas: tuple[str, ...] = ()
    everything: bool = False
