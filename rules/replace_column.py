"""replace-column: see replace_column.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from safemigrate.rulebook import Hazard, Hit, Placed, Question, Refusal, Site, Split, Step
from safemigrate.rulebook.converting import conversion
from safemigrate.rulebook.inverse import Inverse, cast_of, inverse, is_the_column
from safemigrate.rulebook.proving import proved_later
from safemigrate.rulebook.reach import index_of, made_name
from safemigrate.rulebook.replaced import Replaced, replaced
from safemigrate.rulebook.replacing import is_made_again, replacement
from safemigrate.rulebook.replacing import replaced as exchanged
from safemigrate.rulebook.shapes import decided, prove_not_null, question
from safemigrate.rulebook.suggested import looks_up, suggested, turned_round
from safemigrate.schema import Answer, Check, Column, Expression, ForeignKey, Name, PrimaryKey, Schema, Table, Unique
from safemigrate.schema.conversion import conversion_triggers
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddUnique,
    ChangeType,
    CreateIndex,
    DropConstraint,
    DropDefault,
    DropIndex,
    DropNotNull,
    Operation,
    RenameColumn,
    SetDefault,
    SetNotNull,
    Update,
)
from safemigrate.schema.sync import taken_down
from safemigrate.sql import read_expression


def check(site: Site) -> Iterator[Hit]:
    """What the old version writes between the UPDATE and the drop is in neither column in the end."""
    found = replaced(site.run, site.position)
    if found is not None:
        yield Hit(
            frozenset({Hazard.BREAKS_OLD, Hazard.LOSES_DATA}),
            message=f"{_named(found.table, found.new)} takes the place of {_named(found.table, found.old)}: the "
            "version that still uses that breaks, and what it writes after the UPDATE is lost.",
        )


def split(site: Site) -> Split | Refusal | None:
    """Both side by side, each computed from the other by a trigger, until the old version is gone."""
    found = replaced(site.run, site.position)
    if found is None:
        return None
    change = _Change(site, found)
    up, down = change.up(), change.down()
    if isinstance(up, Refusal):
        return up
    if isinstance(down, Refusal):
        return down
    return change.refused(down) or change.split(up, down)


@dataclass(frozen=True, slots=True)
class _Change:
    """The columns that change places, at the site of a drop."""

    site: Site
    found: Replaced

    @property
    def before(self) -> Schema:
        return self.site.run.operations[0].before

    def _before(self, column: str) -> Column:
        """An old column as the running version knows it."""
        return self.before.column(self.found.table, column)

    def ending(self, column: str) -> Column:
        """A new column as the revision leaves it."""
        return self.site.run.last.column(self.found.table, column)

    # -- the way there, and back ---------------------------------------------------------------------------------

    def up(self) -> Mapping[str, Expression] | Refusal:
        """The expressions of the new columns: what the UPDATEs say, or what a person said in their place."""
        table, old, ups = self.found.table, self.found.old, dict(self.found.up)
        for column in self.found.new:
            if column in ups:
                continue
            text, name = decided(self.site, table, column), _named(table, (column,))
            if text is None:
                return Refusal(
                    f"How {name} follows from {_named(table, old)} is said in Python, or asks other rows, and the "
                    "trigger must know it for what the old version writes.",
                    f"Write it as one UPDATE over the columns of {table}, or decide on an expression.",
                    self._question(
                        column,
                        f"what {name} is, as an SQL expression over {_listed(old)}",
                        suggested(self.ending(column), [self._before(each) for each in old]),
                    ),
                )
            ups[column] = read_expression(text)
        return ups

    def down(self) -> Mapping[str, Inverse] | Refusal:
        """The expressions of the old columns: what a person said, or the way back where it can be proved."""
        found, downs = self.found, dict[str, Inverse]()
        for column in found.old:
            text = decided(self.site, found.table, column)
            back = Inverse(text, total=False) if text is not None else self._proved(column)
            if back is None:
                name = _named(found.table, (column,))
                return Refusal(
                    f"Nobody said what {name} is in the rows that the new version writes.",
                    "Decide on an expression; NULL says that the old version need not see them.",
                    self._question(
                        column,
                        f"what {name} is in them, as an SQL expression over {_listed(found.new)}",
                        self._suggested(column),
                    ),
                )
            downs[column] = back
        return downs

    def _question(self, column: str, asks: str, example: str) -> Question:
        return question(self.site, self.found.table, column, asks=asks, example=example)

    def _suggested(self, column: str) -> str:
        """What the way back to an old column may be."""
        old, new = self._before(column), [self.ending(each) for each in self.found.new]
        back = (
            turned_round(self.found.up[each.name], self.found.table, old, each)
            for each in new
            if each.name in self.found.up
        )
        return next(filter(None, back), suggested(old, new))

    def _proved(self, column: str) -> Inverse | None:
        if len(self.found.new) != 1 or len(self.found.old) != 1:
            return None
        (new,) = self.found.new
        up = self.found.up.get(new)
        schema = self.site.run.operations[-1].before
        old = self._before(column)
        return inverse(schema, self.found.table, old, self.ending(new), up) if up is not None else None

    # -- what cannot be ------------------------------------------------------------------------------------------

    def refused(self, down: Mapping[str, Inverse]) -> Refusal | None:
        """Why the two groups cannot stand side by side, or not end as they were written."""
        table = self.before.table(self.found.table)
        if table is None or any(not self._before(c).known for c in self.found.old):
            return Refusal(
                f"The history does not say what {_named(self.found.table, self.found.old)} is.",
                "Give safemigrate a baseline (pg_dump --schema-only, named as schema in its configuration).",
            )
        for placed in self.site.run.operations:
            op = placed.operation
            if (
                isinstance(op, RenameColumn | ChangeType)
                and op.column in self.found.new
                and self._here(placed.before, op)
            ):
                return Refusal(
                    f"{_named(self.found.table, (op.column,))} is changed again in the revision: {op.sql()}.",
                    "Add it as it is to be called and typed; a name that stays while the type changes needs "
                    "ALTER COLUMN … TYPE, or a new name.",
                )
        holders = [*self._bound(table, down), *self._unfit(table)]
        if not holders:
            return None
        return Refusal(
            f"{_named(self.found.table, self.found.new)} cannot be kept in step with "
            f"{_named(self.found.table, self.found.old)}, because of {', '.join(dict.fromkeys(holders))}.",
            "Release twice: first what hangs on the columns, then the columns.",
        )

    def _bound(self, table: Table, down: Mapping[str, Inverse]) -> Iterator[str]:
        """What would refuse the values that the trigger gives the old columns."""
        old = set(self.found.old)
        for constraint in table.constraints.values():
            if isinstance(constraint, ForeignKey) and self._refers(constraint, down):
                continue
            if isinstance(constraint, Unique | PrimaryKey | ForeignKey) and old & set(constraint.columns):
                yield f"the constraint {quoted(constraint.name)}"
        for index in table.indexes.values():
            if index.unique and index.name not in table.constraints and old & {*index.columns, *index.include}:
                yield f"the index {quoted(index.name)}"
        for other, foreign in self.before.referencing(self.found.table):
            if old & set(foreign.referenced_columns):
                yield f"the foreign key {quoted(foreign.name)} of {other}"
        for column in self.found.old:
            if table.columns[column].generation is not None:
                yield f"how {quoted(column)} is generated"

    def _refers(self, key: ForeignKey, down: Mapping[str, Inverse]) -> bool:
        """Whether what the trigger gives the column of the key is NULL, or looked up where the key refers to."""
        column, referred = key.columns[0], key.referenced_columns or self._key_of(key.referenced)
        back = down.get(column)
        if back is None or len(key.columns) != 1 or len(referred) != 1:
            return False
        looked = looks_up(read_expression(back.text))
        return back.text.strip().upper() == "NULL" or (
            looked is not None and self.before.same(looked.table, key.referenced) and looked.column == referred[0]
        )

    def _key_of(self, name: Name) -> tuple[str, ...]:
        table = self.before.table(name)
        return table.primary_key if table is not None else ()

    def _unfit(self, table: Table) -> Iterator[str]:
        for position in self.found.adds:
            op = self.site.run.operations[position].operation
            assert isinstance(op, AddColumn)
            if op.constraints:
                yield f"the constraint beside {quoted(op.column.name)}"
            if op.column.generation is not None:
                yield f"how {quoted(op.column.name)} is generated"
        for op in self._later().values():
            if table.partitioned:
                yield f"what stands on a partitioned table: {op.sql()}"

    # -- the safe form -------------------------------------------------------------------------------------------

    def split(self, up: Mapping[str, Expression], down: Mapping[str, Inverse]) -> Split | Refusal:
        found, table = self.found, self.found.table
        function = conversion(
            self.before,
            table,
            [op.column for op in self._added() if isinstance(op, AddColumn)],
            up=tuple((column, up[column].sql()) for column in found.new),
            down=tuple((column, down[column].text) for column in found.old),
        )
        triggers = conversion_triggers(function)
        built, proven, consumed = self._hung()
        consumed |= self._taken_along()
        old, new = _named(table, found.old), _named(table, found.new)
        return Split(
            consumes=found.adds | found.updates | found.drops | consumed,
            change=f"replaces {old} by {new}",
            expand=((*self._added(), *self._relaxed(down), function, *triggers),),
            migrate=((self._backfill(up),), *built),
            contract=(
                *(step for c in found.new if self._required(c) for step in prove_not_null(table, c)),
                *proven,
                (
                    *taken_down(table, function.function, *(trigger.trigger for trigger in triggers)),
                    *self._defaults(),
                    *(self.site.run.operations[position].operation for position in sorted(found.drops)),
                ),
            ),
            proof=f"Every row has its values in {new}, and no running version names {old}.",
            deploy=f"the version that uses {new} instead of {old}",
        )

    def _added(self) -> Iterator[Operation]:
        """No default, which the trigger would take for a value of the new version, and no NOT NULL."""
        for position in sorted(self.found.adds):
            op = self.site.run.operations[position].operation
            assert isinstance(op, AddColumn)
            yield replace(op, column=replace(op.column, default=None, nullable=Answer.YES, not_null=""))

    def _relaxed(self, down: Mapping[str, Inverse]) -> Iterator[Operation]:
        """What would refuse a value of the new version that the old columns cannot hold."""
        table = self.before.table(self.found.table)
        assert table is not None
        required = all(map(self._required, self.found.new))
        for column in self.found.old:
            whole = down[column].total and required
            if self._before(column).nullable is not Answer.YES and not whole:
                yield DropNotNull(self.found.table, column)
        for constraint in table.constraints.values():
            if isinstance(constraint, Check) and constraint.expression.columns & set(self.found.old):
                yield DropConstraint(self.found.table, constraint.name)

    def _backfill(self, up: Mapping[str, Expression]) -> Update:
        """Only rows that neither version has written since: of others the trigger knows better."""
        empty = [f"{quoted(column)} IS NULL" for column in self.found.new]
        if len(self.found.old) == 1 and all(map(self._hangs_on_old, up.values())):
            empty.append(f"{quoted(self.found.old[0])} IS NOT NULL")
        assignments = tuple((column, up[column]) for column in self.found.new)
        return Update(self.found.table, assignments, where=read_expression(" AND ".join(empty)))

    def _hangs_on_old(self, value: Expression) -> bool:
        """Whether the value is NULL where the first old column is: that column, or what is looked up by it."""
        old, looked = self.found.old[0], looks_up(value)
        terms = looked.terms if looked is not None else ()
        return is_the_column(value.sql(), self.found.table, old) or any(
            cast_of(term, self.found.table, [old]) is not None for term in terms
        )

    def _required(self, column: str) -> bool:
        return self.ending(column).nullable is Answer.NO

    def _defaults(self) -> Iterator[Operation]:
        for column in self.found.new:
            default = self.ending(column).default
            if default is not None and not default.is_null_constant:
                yield SetDefault(self.found.table, column, default)

    def _later(self) -> dict[int, Operation]:
        """The statements about the new columns that have to wait for their rows, or for the old version's end."""
        new = set(self.found.new)
        return {
            i: placed.operation
            for i, placed in enumerate(self.site.run.operations)
            if i not in self.found.adds
            and new & _columns(placed.operation)
            and self._here(placed.before, placed.operation)
        }

    def _taken_along(self) -> frozenset[int]:
        """The statements that drop an index or a constraint of the old columns, which goes with them."""
        return frozenset(
            i
            for i, placed in enumerate(self.site.run.operations)
            if not _freed(placed).isdisjoint(self.found.old) and self._is_of(placed)
        )

    def _is_of(self, placed: Placed) -> bool:
        op = placed.operation
        table = (
            placed.before.index_table(op.index)
            if isinstance(op, DropIndex)
            else placed.before.table(self.found.table)
        )
        return table is not None and placed.before.same(table.name, self.found.table)

    def _here(self, before: Schema, op: Operation) -> bool:
        table = getattr(op, "table", None)
        return isinstance(table, Name) and before.same(table, self.found.table)

    def _hung(self) -> tuple[tuple[Step, ...], tuple[Step, ...], frozenset[int]]:
        """The steps that put indexes and constraints on the new columns, before contract and in it: what the old
        version writes reaches these columns, so a constraint binds it."""
        built: list[Step] = []
        proven: list[Step] = []
        consumed: set[int] = set()
        for position, op in self._later().items():
            placed = self.site.run.operations[position]
            match op:
                case CreateIndex() if (exchange := self._exchanged(position)) is not None:
                    built.extend(exchange.expand)
                    proven.extend(exchange.contract)
                    consumed |= exchange.consumes
                case CreateIndex(index=index):
                    index = replace(index, name=index.name or made_name(placed, op.table))
                    step = (replace(op, index=index, concurrently=True, if_not_exists=False),)
                    (proven if index.unique else built).append(step)
                case AddUnique(constraint=key) if key.index is None:
                    name = made_name(placed, op.table)
                    index = replace(index_of(key), name=name, include=key.include)
                    proven.append((CreateIndex(op.table, index, concurrently=True),))
                    proven.append((replace(op, constraint=replace(key, name=name, index=name, storage="")),))
                case AddCheck() | AddForeignKey():
                    proof = proved_later(self.site.run, position)
                    if proof is None:
                        continue
                    proven.extend(proof.steps)
                    consumed |= proof.consumes
            consumed.add(position)
        return tuple(built), tuple(proven), frozenset(consumed)

    def _exchanged(self, position: int) -> Split | None:
        """How the index made at *position* takes the place of one of its name, None where that was free."""
        run = self.site.run
        for i, placed in enumerate(run.operations[:position]):
            op = placed.operation
            if isinstance(op, DropIndex) and self._is_of(placed) and replacement(run, i) == position:
                return exchanged(run, i, position) if is_made_again(run, i) else None
        return None


def _columns(op: Operation) -> frozenset[str]:
    """The columns that a statement constrains, or makes faster to find."""
    match op:
        case CreateIndex(index=index):
            said = (read_expression(element).columns for element in index.elements)
            where = index.where.columns if index.where else frozenset()
            return frozenset({*index.columns, *index.include}).union(where, *said)
        case AddUnique(constraint=key) | AddForeignKey(constraint=key):
            return frozenset(key.columns)
        case AddCheck(constraint=check_):
            return check_.expression.columns
        case SetNotNull() | DropNotNull() | SetDefault() | DropDefault():
            return frozenset({op.column})
        case _:
            return frozenset()


def _freed(placed: Placed) -> frozenset[str]:
    """The columns of the index, the check or the key that a statement drops."""
    op = placed.operation
    match op:
        case DropIndex():
            table = placed.before.index_table(op.index)
            index = table.indexes[op.index.name] if table is not None else None
            return frozenset((*index.columns, *index.include)) if index is not None else frozenset()
        case DropConstraint():
            table = placed.before.table(op.table)
            constraint = table.constraints.get(op.name) if table is not None else None
            if isinstance(constraint, ForeignKey):
                return frozenset(constraint.columns)
            return constraint.expression.columns if isinstance(constraint, Check) else frozenset()
        case _:
            return frozenset()


def _named(table: Name, columns: tuple[str, ...]) -> str:
    return " and ".join(f"{table}.{quoted(column)}" for column in columns)


def _listed(columns: tuple[str, ...]) -> str:
    return " and ".join(map(quoted, columns))
