"""add-column: see add_column.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split, Step
from safemigrate.rulebook.numbering import handed_over, numbered_from_now_on, numbering
from safemigrate.rulebook.reach import index_of, made_name
from safemigrate.rulebook.shapes import prove_not_null, waits_for_values
from safemigrate.schema import (
    Answer,
    Check,
    Column,
    Constraint,
    Exclusion,
    ForeignKey,
    Generation,
    Index,
    PrimaryKey,
    Unique,
    Volatility,
    Work,
)
from safemigrate.schema.chosen import NUMBERED
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    CreateIndex,
    Operation,
    SetDefault,
    Update,
    ValidateConstraint,
)
from safemigrate.sql import read_expression

BLOCKS = frozenset({Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES})


def check(site: Site) -> Iterable[Hit]:
    """Whether adding the column writes or reads the whole table under a lock that stops everybody."""
    op = _operation(site)
    if site.is_new(op.table) or (op.if_not_exists and site.before.has_column(op.table, op.column.name).certain):
        return
    yield from _work(site, op)
    if _same_everywhere(op):
        yield Hit(
            frozenset({Hazard.FAILS}),
            message=f"Every row that is there would get the same {_name(op)}, and UNIQUE allows it once.",
        )
    if others := _other_columns(op):
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            message=f"The check binds {', '.join(others)}, too, which the old version writes without knowing of it.",
        )


def _work(site: Site, op: AddColumn) -> Iterator[Hit]:
    match site.footprint().work:
        case Work.REWRITE:
            yield Hit(
                frozenset({Hazard.REWRITES_TABLE}),
                message=f"{_rewritten_because(site, op)} {op.table} is written anew under a lock that stops "
                "reads and writes.",
            )
        case Work.INDEX_BUILD:
            yield Hit(BLOCKS, message=f"The index of {_name(op)} is built under a lock that stops reads and writes.")
        case Work.SCAN if op.constraints:
            yield Hit(
                BLOCKS,
                message=f"Every row of {op.table} is read to check {_name(op)}, under a lock that stops reads and "
                "writes.",
            )


def split(site: Site) -> Split | Refusal | None:
    """A bare column first; its default, its values and its constraints one after the other."""
    op = _operation(site)
    refusal = _refused(site, op)
    if refusal is not None:
        return refusal
    if op.column.generation in NUMBERED:
        return _numbered(site, op)
    filled = op.column.default is not None and op.column.default.volatility.rewrites
    keys = _keys(site)
    required = filled and (op.column.nullable is Answer.NO or bool(keys))
    parts = _Parts(op, filled, _named(site))
    return Split(
        consumes=frozenset({site.position, *keys}),
        change=f"adds the column {_name(op)}",
        expand=(parts.column(), *parts.constraints()),
        migrate=parts.values(),
        contract=(*(prove_not_null(op.table, op.column.name) if required else ()), *_key_steps(site, keys)),
        proof=f"No row of {op.table} holds NULL in {quoted(op.column.name)}." if filled else "",
        deploy=_deploy(op, keys) if required else "",
    )


def _numbered(site: Site, op: AddColumn) -> Split:
    """A sequence numbers the rows to come, a backfill those that are there; then the column is what it was to be."""
    keys, plain = _keys(site), replace(op, column=numbering(op, site))
    parts = _Parts(plain, filled=True, named=_named(site))
    return Split(
        consumes=frozenset({site.position, *keys}),
        change=f"adds the column {_name(op)}, which numbers the rows of {op.table}",
        expand=(numbered_from_now_on(op, site), *parts.constraints()),
        migrate=parts.values(),
        contract=(
            *prove_not_null(op.table, op.column.name),
            *_key_steps(site, keys),
            *handed_over(op, site),
        ),
        proof=f"No row of {op.table} holds NULL in {quoted(op.column.name)}.",
        deploy=_deploy(op, keys),
    )


def _deploy(op: AddColumn, keys: Mapping[int, AddPrimaryKey]) -> str:
    need = ", and needs no primary key yet: no ON CONFLICT on it" if keys or _is_key(op) else ""
    return f"the version that never writes NULL to {_name(op)}{need}"


def _is_key(op: AddColumn) -> bool:
    return any(isinstance(c, PrimaryKey) for c in op.constraints)


def _keys(site: Site) -> dict[int, AddPrimaryKey]:
    """The primary key that the revision makes of the column later, which waits until every row has its value."""
    op, run = _operation(site), site.run.operations
    return {
        i: placed.operation
        for i, placed in enumerate(run)
        if i > site.position
        and isinstance(placed.operation, AddPrimaryKey)
        and waits_for_values(placed.before, placed.operation, op.column.name)
        and placed.before.same(placed.operation.table, op.table)
    }


def _key_steps(site: Site, keys: Mapping[int, AddPrimaryKey]) -> Iterator[Step]:
    """The index CONCURRENTLY and the key on top of it, for each key."""
    op = _operation(site)
    named = {made_name(site.run.operations[i], op.table): key.constraint for i, key in keys.items()}
    named |= {c.name: c for c in _named(site) if isinstance(c, PrimaryKey)}
    for name, key in named.items():
        index = replace(index_of(key), name=name, include=key.include)
        yield (CreateIndex(op.table, index, concurrently=True),)
        yield (AddPrimaryKey(op.table, replace(key, name=name, index=name, storage="")),)


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts of ADD COLUMN as operations of their own. *filled* says that the rows get their values later."""

    op: AddColumn
    filled: bool
    named: tuple[Constraint, ...]

    def column(self) -> Step:
        """The column without what takes time. Its default counts for the rows to come, from its first moment on."""
        column = self.op.column
        if not self.filled or column.default is None:
            return (replace(self.op, constraints=()),)
        bare = replace(column, default=None, nullable=Answer.YES)
        return (
            replace(self.op, column=bare, constraints=()),
            SetDefault(self.op.table, column.name, column.default),
        )

    def constraints(self) -> Iterator[Step]:
        """Nothing of the old version reaches the column, so NOT VALID and its proof may stand in expand."""
        table = self.op.table
        for constraint in self.named:
            match constraint:
                case Check():
                    yield (AddCheck(table, replace(constraint, valid=False)),)
                    yield (ValidateConstraint(table, constraint.name),)
                case ForeignKey():
                    yield (AddForeignKey(table, replace(constraint, valid=False)),)
                    yield (ValidateConstraint(table, constraint.name),)
                case Unique():
                    columns = constraint.columns
                    index = Index(constraint.name, tuple(map(quoted, columns)), columns, unique=True)
                    yield (CreateIndex(table, index, concurrently=True),)
                    yield (AddUnique(table, replace(constraint, index=constraint.name)),)

    def values(self) -> tuple[Step, ...]:
        """Every row gets a value of its own, as the rewrite would have given it."""
        column = self.op.column
        if not self.filled or column.default is None:
            return ()
        empty = read_expression(f"{quoted(column.name)} IS NULL")
        fill: Operation = Update(self.op.table, ((column.name, column.default),), where=empty)
        return ((fill,),)


def _named(site: Site) -> tuple[Constraint, ...]:
    """The constraints of the column under the names that PostgreSQL gives them."""
    op = _operation(site)
    before, after = site.before.table(op.table), site.operations[0].after.table(op.table)
    known = before.constraints if before else {}
    return tuple(c for name, c in (after.constraints if after else {}).items() if name not in known)


def _refused(site: Site, op: AddColumn) -> Refusal | None:
    name = _name(op)
    if op.column.generation is Generation.STORED:
        return Refusal(
            f"{name} is computed and stored, and PostgreSQL computes it for every row at once; no other way ends "
            "in a generated column.",
            "Compute it in a plain column with a trigger and a backfill, or, on PostgreSQL 18, make it VIRTUAL.",
        )
    if site.before.is_constrained(op.column.type):
        return Refusal(
            f"{name} is of a domain with a constraint, which rewrites the table even where every value is NULL.",
            "Give the column the base type of the domain, and add the constraint as a CHECK … NOT VALID.",
        )
    if op.column.required is Answer.YES:
        return Refusal(
            f"{name} is required and has no value for the rows that are there.",
            "Give it a default, or add it without NOT NULL, fill it, and require it in contract.",
        )
    own = op.column.generation is not None or (
        op.column.default is not None and op.column.default.volatility.rewrites
    )
    if any(isinstance(c, Exclusion) or (isinstance(c, PrimaryKey) and not own) for c in op.constraints):
        return Refusal(
            f"{name} cannot be the key of {op.table} before every row has its value, and the new version may need "
            "the key.",
            "Add the column with UNIQUE, fill it, and make it the primary key in the release after.",
        )
    if _same_everywhere(op) or _null_counts(op):
        return Refusal(
            f"{name} is UNIQUE, and at first every row would hold the same value in it.",
            "Add the column without UNIQUE, fill it with values that differ, and add the constraint in the release "
            "after.",
        )
    if _other_columns(op):
        return Refusal(
            f"The check of {name} binds columns that the old version writes.",
            "Add it as a constraint of the table, in a revision of its own.",
        )
    return None


def _rewritten_because(site: Site, op: AddColumn) -> str:
    column = op.column
    if site.before.is_constrained(column.type):
        return f"{_name(op)} is of a domain with a constraint:"
    if column.generation is not None:
        return f"{_name(op)} is {_kind(column)}, and every row gets its own value:"
    default = column.default.text if column.default else ""
    if column.default and column.default.volatility is Volatility.UNKNOWN:
        return f"Whether {default} is the same for every row is not known; if not,"
    return f"{default} is volatile, and every row gets a value of its own:"


def _kind(column: Column) -> str:
    match column.generation:
        case Generation.SERIAL:
            return "a serial"
        case Generation.STORED:
            return "a stored generated column"
        case _:
            return "an identity"


def _same_everywhere(op: AddColumn) -> bool:
    """Whether every row that is there gets one value, where a key allows it once."""
    default = op.column.default
    if op.column.generation is not None or (default is not None and default.volatility.rewrites):
        return False
    if default is None or default.is_null_constant:
        return _null_counts(op)
    return any(isinstance(c, Unique | PrimaryKey) for c in op.constraints)


def _null_counts(op: AddColumn) -> bool:
    return any(isinstance(c, Unique) and not c.nulls_distinct for c in op.constraints)


def _other_columns(op: AddColumn) -> tuple[str, ...]:
    """Columns beside the new one that its checks name."""
    named = {c for k in op.constraints if isinstance(k, Check) for c in k.expression.columns}
    return tuple(sorted(f"{op.table}.{quoted(c)}" for c in named - {op.column.name}))


def _name(op: AddColumn) -> str:
    return f"{op.table}.{quoted(op.column.name)}"


def _operation(site: Site) -> AddColumn:
    assert isinstance(site.operation, AddColumn)
    return site.operation
