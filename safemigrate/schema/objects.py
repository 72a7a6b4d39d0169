"""What a schema holds beside tables: views, domains, functions, publications. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from safemigrate.schema.attached import Policy, Trigger
from safemigrate.schema.model import Answer, Check, Expression, Index, NotNullConstraint, Type, Volatility
from safemigrate.schema.name import Name

__all__ = ["Domain", "Function", "Made", "Policy", "Publication", "Trigger", "View"]


@dataclass(frozen=True, slots=True)
class View:
    """A view. The fields are those of CreateView, with the names of tables complete.

    *star* tells that ``*`` may stand for columns that nobody knows: the view may read any. *indexes* are those of a
    materialized view.
    """

    name: Name
    columns: tuple[str, ...] = ()
    tables: tuple[Name, ...] = ()
    reads: tuple[tuple[Name | None, str], ...] = ()
    simple: bool = False
    star: bool = False
    materialized: bool = False
    indexes: Mapping[str, Index] = field(default_factory=dict)
    born: int = field(default=-1, compare=False)

    def reads_column(self, table: Name, column: str) -> bool:
        """Whether the view reads that column of *table*, or may."""
        if table not in self.tables:
            return False
        return self.star or (table, column) in self.reads or (None, column) in self.reads


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain over *type*."""

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
    """One function of a name: the types of the arguments that a call gives, how often its value may change.

    *returns* is the type of its result as written, empty where it is not known.
    """

    name: Name
    arguments: tuple[str, ...] = ()
    volatility: Volatility = Volatility.VOLATILE
    kind: str = "FUNCTION"
    language: str = ""
    security_definer: bool = False
    returns: str = ""
    born: int = field(default=-1, compare=False)


def bare(type_: str) -> str:
    """A type of an argument without its schema, by which the types of two statements compare."""
    return type_.rpartition(".")[2]


def same_arguments(one: tuple[str, ...], other: tuple[str, ...]) -> Answer:
    """Whether one function has both: its name and the types that calls give it are all that tells it from others.

    They are as the reader gives them, without OUT arguments and modifiers, which tell nothing. A type that one
    statement writes with its schema and the other without is taken for the same.
    """
    if any("%TYPE" in type_ for type_ in (*one, *other)):
        return Answer.UNKNOWN if len(one) == len(other) else Answer.NO
    return Answer.of(len(one) == len(other) and all(map(_same_type, one, other)))


def _same_type(one: str, other: str) -> bool:
    return one == other or (("." in one) != ("." in other) and bare(one) == bare(other))


@dataclass(frozen=True, slots=True)
class Made:
    """An object known by what made it, *kind* in PostgreSQL's word; a trigger, policy or rule stands *on* one."""

    kind: str
    name: Name
    on: Name | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """What a publication sends: *tables*, all in *schemas*, or *everything*.

    *parts* are the columns and the condition behind a table, as written, of those that have some.
    """

    name: Name
    tables: tuple[Name, ...] = ()
    schemas: tuple[str, ...] = ()
    everything: bool = False
    parts: Mapping[Name, str] = field(default_factory=dict)

    def sends(self, table: Name) -> bool:
        return self.everything or table in self.tables or table.schema in self.schemas
