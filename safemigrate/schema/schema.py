"""The schema: a value that answers what is there, and what is not, or that nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from safemigrate.schema.attached import Granted
from safemigrate.schema.model import (
    Answer,
    Check,
    Column,
    EnumType,
    Expression,
    ForeignKey,
    NotNullConstraint,
    Table,
    Type,
    Volatility,
    unknown_column,
)
from safemigrate.schema.name import Name
from safemigrate.schema.objects import Domain, Function, Made, Publication, Trigger, View, same_arguments
from safemigrate.schema.tables import BELOW, HOLDS, REFERS, Tables

#: where the temporary tables of a session are, whose names hide all others
TEMPORARY = "pg_temp"


@dataclass(frozen=True, slots=True)
class Schema:
    """Everything the replayed history made, after some statement of it.

    *complete* says that the history began with an empty database: what it never made is not there. Otherwise
    what it never made is unknown, which rules take for existing, large and in use. *revision* counts the
    revisions begun so far; what carries the same number in ``born`` was made by the current one.
    """

    tables: Mapping[Name, Table] = field(default_factory=dict)
    enums: Mapping[Name, EnumType] = field(default_factory=dict)
    #: sequences, views, functions, extensions …: what the schema knows by kind and name only
    objects: Mapping[tuple[str, Name], int] = field(default_factory=dict)
    domains: Mapping[Name, Domain] = field(default_factory=dict)
    views: Mapping[Name, View] = field(default_factory=dict)
    functions: Mapping[Name, tuple[Function, ...]] = field(default_factory=dict)
    publications: Mapping[str, Publication] = field(default_factory=dict)
    #: privileges on what is no table, by the word that GRANT has for it and its name; of roles, who are members
    grants: Mapping[tuple[str, Name], frozenset[Granted]] = field(default_factory=dict)
    #: the statements that made views, triggers, functions, types and others what they are, in order;
    #: none where nobody knows them
    made: Mapping[Made, tuple[str, ...]] = field(default_factory=dict)
    complete: bool = False
    search_path: tuple[str, ...] = ("public",)
    revision: int = field(default=0, compare=False)
    #: what names were found to mean: rules ask for the same ones over and over
    _meanings: dict[Name, Name] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.tables, Tables):
            object.__setattr__(self, "tables", Tables.of(self.tables))

    # -- names --------------------------------------------------------------------------------------------------

    def resolve(self, name: Name) -> Name:
        """*name* with its schema: the first of the search path that holds it, else the one it would be made in."""
        if name.schema is not None:
            return name
        meaning = self._meanings.get(name)
        if meaning is None:
            meaning = self._meanings[name] = self._searched(name)
        return meaning

    def shortest(self, name: Name) -> Name:
        """*name* as it is written most plainly: without its schema, where that means the same."""
        bare = Name(name.name)
        return bare if self.resolve(bare) == name else name

    def _searched(self, name: Name) -> Name:
        for schema in self._looked_through:
            candidate = Name(name.name, schema)
            if (
                candidate in self.tables
                or candidate in self.enums
                or candidate in self.domains
                or candidate in self.views
                or ("SEQUENCE", candidate) in self.objects
                or ("TYPE", candidate) in self.objects
            ):
                return candidate
        return Name(name.name, self.search_path[0] if self.search_path else None)

    @property
    def _looked_through(self) -> tuple[str, ...]:
        return self.search_path if TEMPORARY in self.search_path else (TEMPORARY, *self.search_path)

    def same(self, one: Name, other: Name) -> bool:
        """Whether two written names mean one object."""
        return self.resolve(one) == self.resolve(other)

    # -- tables -------------------------------------------------------------------------------------------------

    def table(self, name: Name) -> Table | None:
        """The table, None where the history made none of that name."""
        return self.tables.get(self.resolve(name))

    def exists(self, name: Name) -> Answer:
        """Whether there is such a table."""
        if self.table(name) is not None:
            return Answer.YES
        return Answer.NO if self.complete else Answer.UNKNOWN

    def is_new(self, name: Name) -> bool:
        """Whether the current revision made the table: no running version knows it, and it holds few rows.

        A table that is not known is not new.
        """
        table = self.table(name)
        return table is not None and table.born == self.revision

    # -- columns ------------------------------------------------------------------------------------------------

    def column(self, table: Name, column: str) -> Column:
        """The column; one about which every answer is unknown where the history made none."""
        known = self.table(table)
        return (known.columns.get(column) if known else None) or unknown_column(column)

    def has_column(self, table: Name, column: str) -> Answer:
        known = self.table(table)
        if known is None:
            return self.exists(table)
        if column in known.columns:
            return Answer.YES
        return Answer.NO if known.known else Answer.UNKNOWN

    def is_new_column(self, table: Name, column: str) -> bool:
        """Whether the current revision made the column, alone or with its table."""
        return self.is_new(table) or self.column(table, column).born == self.revision

    # -- types, functions ---------------------------------------------------------------------------------------

    def domain(self, type: Type | None) -> Domain | None:
        """The domain that *type* names, None for every other type and for one that the history never made."""
        return self.domains.get(self.resolve(type.called)) if type is not None else None

    def below(self, type: Type | None) -> Type | None:
        """The type that a domain is over, through domains over domains; every other type itself."""
        domain = self.domain(type)
        return self.below(domain.type) if domain is not None and domain.type != type else type

    def is_constrained(self, type: Type | None) -> bool:
        """Whether *type* is a domain with a constraint, its own or one of the domain below it.

        One that the history never made is not known.
        """
        domain = self.domain(type)
        if type is None or type.dimensions or domain is None:
            return False
        below = self.domain(domain.type)
        return domain.constrained or (below is not None and below != domain and self.is_constrained(domain.type))

    def columns_of(self, type: Name) -> tuple[tuple[Name, Column], ...]:
        """The columns of a type (an enum, a domain, a composite type) or of arrays of it, each with its table."""
        target = self.resolve(type)
        return tuple(
            (table.name, column)
            for table in self.tables.values()
            for column in table.columns.values()
            if column.type is not None and self.resolve(column.type.called) == target
        )

    def functions_named(self, name: Name) -> tuple[Function, ...]:
        """The functions, procedures and aggregates of that name that the history made."""
        if name.schema is not None:
            return self.functions.get(name, ())
        found = (self.functions.get(Name(name.name, schema), ()) for schema in self._looked_through)
        return tuple(function for functions in found for function in functions)

    def overloads(self, name: Name, arguments: tuple[str, ...] | None) -> tuple[Function, ...]:
        """Those of that name which have arguments of these types, or may have them; all where None are written."""
        found = self.functions_named(name)
        if arguments is None:
            return found
        return tuple(f for f in found if same_arguments(f.arguments, arguments).possible)

    def volatility(self, expression: Expression) -> Volatility:
        """How often the value of *expression* may change, now that the user's own functions are known, too."""
        if expression.volatility is not Volatility.UNKNOWN or not expression.calls:
            return expression.volatility
        found = [tuple(f.volatility for f in self.functions_named(name)) for name in expression.calls]
        if not all(found):
            return Volatility.UNKNOWN
        called = {volatility for overloads in found for volatility in overloads}
        if Volatility.VOLATILE in called:
            return Volatility.VOLATILE
        # what stands beside the calls is stable at the most
        return Volatility.STABLE

    # -- views, triggers, publications --------------------------------------------------------------------------

    def view(self, name: Name) -> View | None:
        """The view, materialized or not, None where the history made none of that name."""
        return self.views.get(self.resolve(name))

    def views_on(self, table: Name, column: str | None = None) -> tuple[View, ...]:
        """The views that read *table* (which may itself be a view), or that column of it, or may read it."""
        target = self.resolve(table)
        return tuple(
            view
            for view in self.views.values()
            if (target in view.tables if column is None else view.reads_column(target, column))
        )

    def views_over(self, table: Name, column: str | None = None) -> tuple[Name, ...]:
        """The names of the views that read it, and of those that read such a view, each once."""
        direct = [view.name for view in self.views_on(table, column)]
        return tuple(dict.fromkeys(name for view in direct for name in (view, *self.views_over(view))))

    def triggers_on(self, table: Name) -> tuple[Trigger, ...]:
        """The triggers of *table* that are known and enabled."""
        known = self.table(table)
        return tuple(trigger for trigger in (known.triggers.values() if known else ()) if trigger.enabled)

    # -- constraints and indexes --------------------------------------------------------------------------------

    def not_null_check(self, table: Name, column: str) -> Check | NotNullConstraint | None:
        """A constraint that forbids NULL in *column*, a validated one first."""
        known = self.table(table)
        found = [
            c
            for c in (known.constraints.values() if known else ())
            if (isinstance(c, Check) and column in c.expression.not_null)
            or (isinstance(c, NotNullConstraint) and c.column == column)
        ]
        return max(found, key=lambda c: c.valid, default=None)

    def referencing(self, table: Name) -> tuple[tuple[Name, ForeignKey], ...]:
        """The foreign keys that point at *table*, with the table each stands on."""
        target = self.resolve(table)
        return tuple(
            (other.name, constraint)
            for other in self._mentioning(REFERS, target)
            for constraint in other.constraints.values()
            if isinstance(constraint, ForeignKey) and self.resolve(constraint.referenced) == target
        )

    def partitions(self, table: Name) -> tuple[Name, ...]:
        """The partitions of *table* that are known, and theirs."""
        target = self.resolve(table)
        children = [other.name for other in self._mentioning(BELOW, target) if other.partition_of == target]
        return tuple(name for child in children for name in (child, *self.partitions(child)))

    def children(self, table: Name) -> tuple[Name, ...]:
        """The tables that inherit from *table*, and theirs; partitions are not among them."""
        target = self.resolve(table)
        found = [other.name for other in self._mentioning(BELOW, target) if target in other.parents]
        return tuple(name for child in found for name in (child, *self.children(child)))

    def default_partition(self, table: Name) -> Name | None:
        """The partition of *table* that takes the rows that no other takes, None where none is known."""
        target = self.resolve(table)
        below = self._mentioning(BELOW, target)
        return next((t.name for t in below if t.partition_of == target and t.bound.upper() == "DEFAULT"), None)

    def index_table(self, index: Name) -> Table | None:
        """The table that an index stands on, None where the index is not known."""
        for table in self._mentioning(HOLDS, index):
            if index.name in table.indexes and index.schema in (None, table.name.schema):
                return table
        return None

    # -- moving forward -----------------------------------------------------------------------------------------

    def next_revision(self) -> Schema:
        """The same schema as the next revision finds it: nothing is new any more."""
        return replace(self, revision=self.revision + 1)

    def with_table(self, table: Table) -> Schema:
        return replace(self, tables=Tables.of(self.tables).with_table(table.name, table))

    def without_table(self, name: Name) -> Schema:
        return replace(self, tables=Tables.of(self.tables).without_table(self.resolve(name)))

    def _mentioning(self, how: str, name: Name) -> tuple[Table, ...]:
        return Tables.of(self.tables).mentioning(how, name.name)
