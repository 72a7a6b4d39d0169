"""A column whose type changes under its name: filled beside it, and put in its place once the old version is gone.

Drivers that hand out and take the same kind of value for both types do not notice. Until contract the old column is
the one that both versions read and write; a trigger fills the new one from it, one way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from safemigrate.rulebook.clones import Clones, clones
from safemigrate.rulebook.converting import conversion
from safemigrate.rulebook.copied import Copied
from safemigrate.rulebook.handed import Handed
from safemigrate.rulebook.hanging import Hanging, hanging
from safemigrate.rulebook.inverse import is_a_cast
from safemigrate.rulebook.numbering import IDENTITIES, numbered_on
from safemigrate.rulebook.partitioned import partitions
from safemigrate.rulebook.shapes import prove_not_null
from safemigrate.rulebook.site import Refusal, Split, Step
from safemigrate.schema import (
    Answer,
    Check,
    Column,
    Expression,
    ForeignKey,
    Generation,
    Name,
    Operation,
    Schema,
    Table,
)
from safemigrate.schema.chosen import sequence_name, sequence_of
from safemigrate.schema.conversion import CreateConversionFunction, conversion_triggers, trigger_names
from safemigrate.schema.name import literal, quoted, shortened
from safemigrate.schema.operations import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    ChangeType,
    DropColumn,
    DropConstraint,
    RenameColumn,
    RenameConstraint,
    RenameObject,
    SetDefault,
    Update,
    ValidateConstraint,
)
from safemigrate.schema.remarks import endowed
from safemigrate.schema.sync import taken_down
from safemigrate.sql import parse_name, read, read_expression


@dataclass(frozen=True)
class Switch:
    """The columns of *table* that get other types under their names, as *changes* say.

    *before* is the schema that they are made on, *behind* the one that the revision leaves.
    """

    table: Name
    before: Schema
    behind: Schema
    changes: Mapping[str, ChangeType]
    #: what a person said of values that the new type cannot hold, by column
    said: Mapping[str, str]
    #: the foreign keys that the revision adds in contract, by table: behind the switch, if they are not in *before*
    waiting: frozenset[tuple[Name, str]] = frozenset()

    # -- what cannot be ------------------------------------------------------------------------------------------

    def refused(self) -> Refusal | None:
        """Why the new columns would not end as the old ones with other types."""
        keyed = next((t for t in (self._table, *self._partitions) if self._copied.said_in(t.partition_key)), None)
        if keyed is not None:
            return Refusal(
                f"{self._named} is part of the partition key of {keyed.name}, and no other column can take its place "
                "there.",
                "Make a new partitioned table with the other type, keep both filled while the rows are copied in "
                "batches, and release twice: a version that writes the new table, and then the drop of this one.",
            )
        holders = tuple(dict.fromkeys((*self._stuck(), *self._foreign(), *self._own())))
        if not holders:
            return None
        return Refusal(
            f"{self._named} cannot be exchanged for {'a column' if len(self.changes) == 1 else 'columns'} of another "
            f"type, because of {', '.join(holders)}.",
            "Drop what hangs on it in a release before and make it anew in a release after, or give the column of "
            "the other type a name of its own: ADD COLUMN, an UPDATE that computes it, DROP COLUMN.",
        )

    def _stuck(self) -> Iterator[str]:
        """What has no clone, and does not change hands in the switch either."""
        handed = {
            *(f"the constraint {quoted(key.name)}" for key in self._handed.keys),
            *(f"the index {quoted(index.name)}" for index in self._handed.unique),
            *(f"the foreign key {quoted(key.name)} of {other}" for other, key in self._referring),
            *(["the sequence of its default"] if self._sequences else []),
            "the sequence that numbers it",
            # of these it is asked whether they can be brought back
            *(f"the view {name}" for name in self.before.views),
            *(f"the trigger {quoted(name)}" for name in self._table.triggers),
            *(
                f"the generated column {quoted(column.name)}"
                for column in self._table.columns.values()
                if column.generation is Generation.VIRTUAL
            ),
        }
        yield from (what for what in self._cloned.stuck if what not in handed)
        yield from self.hanging.stuck

    def _foreign(self) -> Iterator[str]:
        for other, key in self._referring:
            table = self.before.table(other) or self.behind.table(other)
            # a key of a partitioned table comes to stand on another index than the one that was built beside it
            if table is None or table.partitioned or self._table.partitioned or not key.enforced:
                yield f"the foreign key {quoted(key.name)} of {other}"

    def _own(self) -> Iterator[str]:
        table = self._table
        if table.partition_of is not None or table.parents or self.before.children(self.table):
            yield "the tables that it inherits from, or that inherit from it"
        if table.partitioned and not self._partitions and self._stands_on_each:
            yield "the indexes and keys of its partitions, which the history does not know"
        yield from self._on_partitions()
        if any(each.replica_identity.startswith("INDEX ") for each in (table, *self._partitions)):
            yield "the replica identity of its table"
        for name in self.changes:
            column = table.columns[name]
            if column.not_null or column.options:
                yield f"how {quoted(name)} is declared"
            if self._shadow(name) in table.columns:
                yield f"the column {quoted(self._shadow(name))}"

    @property
    def _untold(self) -> str:
        """What has to be true of partitions that no revision made."""
        if not (self._table.partitioned and self._stands_on_each):
            return ""
        return (
            f" A partition of {self.table} that no revision made is small, or has got indexes like those that are "
            "built on the others: else they are built while its table is locked."
        )

    @property
    def _stands_on_each(self) -> bool:
        """Whether something stands on the columns that is built or proved on each partition."""
        proven = any(isinstance(op, AddForeignKey) for step in self._cloned.proven for op in step)
        return bool(proven or self._cloned.built or self._handed.keys or self._handed.unique)

    def _on_partitions(self) -> Iterator[str]:
        """What hangs on the columns of partitions, and not on those of the table."""
        triggers = {f"the trigger {quoted(name)}" for name in self._table.triggers}
        for part in self._partitions:
            found = hanging(self.before, part.name, self.changes.keys())
            away = [op for op in found.away if not isinstance(op, DropColumn)]
            yield from (f"`{op.sql()}`" for op in away)
            yield from (what for what in found.stuck if what not in triggers)

    # -- the safe form -------------------------------------------------------------------------------------------

    def split(self, consumes: Iterable[int]) -> Split:
        """Beside the old columns in expand and migrate, in their place in contract."""
        types = ", ".join(f"{quoted(name)} {change.type.sql()}" for name, change in self.changes.items())
        return Split(
            consumes=frozenset(consumes),
            change=f"makes {self.table}.{types}",
            expand=(self._beside,),
            migrate=(
                # where the revision ran as it was written, there is nothing beside the column yet
                *((tuple(map(_if_missing, self._beside)),) if self._repeats else ()),
                (self._backfill,),
                *self._cloned.built,
            ),
            contract=(
                *self._proved(),
                *self._cloned.proven,
                # the unique indexes last: an upsert could meet a row of another session in both of two
                *((index,) for index in self._handed.built()),
                *self._referred,
                tuple(self._switch()),
            ),
            proof=f"Every value of {self._named} has its counterpart in {self._beside_names}, and no process of the "
            "old version is left. A server-side prepared statement that returns the column fails once "
            "(cached plan must not change result type) and has to be prepared again." + self._untold,
            deploy=f"the version that knows {self.table}.{types}, and writes nothing to it yet that the old type "
            "does not hold",
            contract_undo=self._undo(),
        )

    @cached_property
    def _table(self) -> Table:
        table = self.before.table(self.table)
        assert table is not None
        return table

    @cached_property
    def _partitions(self) -> tuple[Table, ...]:
        return partitions(self.before, self.table)

    @cached_property
    def _copied(self) -> Copied:
        return Copied(self.table, {name: self._shadow(name) for name in self.changes})

    @cached_property
    def _cloned(self) -> Clones:
        """The clones but for the foreign keys of the table to itself, which *_referred* has."""
        own = [key for other, key in self._referring if self.before.same(other, self.table)]
        names = {*(key.name for key in own), *(self._copied.beside(key.name, *key.columns) for key in own)}
        found = clones(self.before, self._copied)
        proven = tuple(step for step in found.proven if names.isdisjoint(map(_constraint, step)))
        named = tuple(op for op in found.named if _constraint(op) not in names)
        return replace(found, proven=proven, named=named)

    @cached_property
    def _handed(self) -> Handed:
        return Handed(self.before, self._copied)

    @cached_property
    def _referring(self) -> tuple[tuple[Name, ForeignKey], ...]:
        """The foreign keys that stand on the columns when the switch comes."""
        before, later = self._referring_in(self.before), self._referring_in(self.behind)
        return tuple(
            (other, key)
            for (other, name), key in {**later, **before}.items()
            if (other, name) in before or (other, name) not in self.waiting
        )

    @property
    def _made_later(self) -> Iterator[tuple[Name, str]]:
        """Those that come behind the switch, and stand there before only where the revision ran as it was written."""
        known = self._referring_in(self.before)
        yield from (each for each in self._referring_in(self.behind) if each in self.waiting and each not in known)

    def _referring_in(self, schema: Schema) -> Mapping[tuple[Name, str], ForeignKey]:
        return {
            (other, key.name): key
            for other, key in schema.referencing(self.table)
            if not self.changes.keys().isdisjoint(key.referenced_columns or self._table.primary_key)
        }

    @cached_property
    def _sequences(self) -> Mapping[str, Name]:
        """The sequences that number the columns, and belong to them, by column."""
        found = {}
        for name in self.changes:
            column = self._table.columns[name]
            if column.generation is Generation.SERIAL:
                found[name] = sequence_of(self.table, column)
            elif column.default is not None and column.generation is None:
                made = _sequence_of(column.default)
                found.update({name: made} if made is not None else {})
        return found

    @cached_property
    def hanging(self) -> Hanging:
        """What the switch takes away for a moment."""
        # where the revision itself takes something away and brings it back, that is there in contract, too
        known = self.behind if self.behind.table(self.table) is not None else self.before
        return hanging(known, self.table, self.changes.keys())

    @property
    def _named(self) -> str:
        return " and ".join(f"{self.table}.{quoted(name)}" for name in self.changes)

    @property
    def _beside_names(self) -> str:
        return " and ".join(quoted(self._shadow(name)) for name in self.changes)

    def _shadow(self, name: str) -> str:
        return shortened(f"{name}_new")

    def _up(self, name: str) -> Expression:
        using = self.changes[name].using
        text = self.said.get(name)
        return read_expression(text) if text is not None else using or read_expression(quoted(name))

    @property
    def _repeats(self) -> bool:
        """Whether the expressions give the same where they are used on what they gave."""
        return all(is_a_cast(self._up(name).sql(), self.table, name) for name in self.changes)

    @property
    def _beside(self) -> Step:
        """No default: the trigger gives the new columns all that they hold."""
        added = (AddColumn(self.table, column) for column in self._shadows)
        return (*added, self._function, *conversion_triggers(self._function, tuple(self.changes)))

    @property
    def _shadows(self) -> tuple[Column, ...]:
        return tuple(
            Column(self._shadow(name), change.type, collation=change.collation)
            for name, change in self.changes.items()
        )

    @cached_property
    def _function(self) -> CreateConversionFunction:
        up = tuple((self._shadow(name), self._up(name).sql()) for name in self.changes)
        return conversion(self.before, self.table, self._shadows, up=up, watched=self.changes.keys())

    @property
    def _backfill(self) -> Update:
        waiting = (f"({quoted(self._shadow(name))} IS NULL AND {quoted(name)} IS NOT NULL)" for name in self.changes)
        condition = " OR ".join(waiting)
        return Update(
            self.table,
            tuple((self._shadow(name), self._up(name)) for name in self.changes),
            where=read_expression(condition[1:-1] if len(self.changes) == 1 else condition),
        )

    def _proved(self) -> Iterator[Step]:
        """That no row waits for its value any more, without a lock that stops anybody."""
        for name in self.changes:
            if self._table.columns[name].nullable is Answer.NO:
                yield from prove_not_null(self.table, self._shadow(name))
            else:
                check = self._synced(name)
                yield (AddCheck(self.table, check),)
                yield (ValidateConstraint(self.table, check.name),)

    def _synced(self, name: str) -> Check:
        shadow = self._shadow(name)
        text = f"{quoted(shadow)} IS NOT NULL OR {quoted(name)} IS NULL"
        return Check(shortened(f"{self.table.name}_{shadow}_filled_check"), read_expression(text), valid=False)

    def _switch(self) -> Iterator[Operation]:
        """One short transaction; what the old columns hold up goes first, and what they own changes hands."""
        function = self._function
        yield from taken_down(self.table, function.function, *trigger_names(self.table, function.new[0]))
        yield from self.hanging.away
        for other, key in self._referring:
            yield DropConstraint(other, key.name)
        for other, name in self._made_later:
            yield DropConstraint(other, name, if_exists=True)
        for name, sequence in self._sequences.items():
            yield from read(
                f"ALTER SEQUENCE {sequence.sql()} OWNED BY {self.table.sql()}.{quoted(self._shadow(name))}"
            )
        for name in self.changes:
            yield from numbered_on(self.table, self._table.columns[name], self._shadow(name))
            yield DropColumn(self.table, name)
        for name in self.changes:
            yield RenameColumn(self.table, self._shadow(name), name)
            if self._table.columns[name].generation in IDENTITIES:
                kept = sequence_of(self.table, self._table.columns[name])
                # the old column is still there when the new one begins to number
                made = sequence_name(self.table.name, self._shadow(name), {kept.name}.__contains__)
                numbers = self.table.beside(made)
                yield RenameObject("SEQUENCE", numbers, kept.name)
            if self._table.columns[name].nullable is not Answer.NO:
                yield DropConstraint(self.table, self._synced(name).name, if_exists=True)
            yield from self._declared(name)
        yield from self._cloned.named
        yield from self._handed.taken()
        for other, key in self._referring:
            yield RenameConstraint(other, self._referring_beside(key), key.name)
        yield from self.hanging.back

    @property
    def _referred(self) -> Iterator[Step]:
        """The foreign keys to the new columns, proved while the old ones still have theirs."""
        for other, key in self._referring:
            clone = self._referring_beside(key)
            targets = self._copied.swapped(key.referenced_columns or self._table.primary_key)
            columns = self._copied.swapped(key.columns) if self.before.same(other, self.table) else key.columns
            beside = replace(key, name=clone, columns=columns, referenced_columns=targets, valid=False)
            yield (AddForeignKey(other, beside),)
            if key.valid:
                yield (ValidateConstraint(other, clone),)

    def _referring_beside(self, key: ForeignKey) -> str:
        return self._copied.beside(key.name, *(key.referenced_columns or self._table.primary_key))

    def _declared(self, name: str) -> Iterator[Operation]:
        """The default of a column, and what its definition does not say."""
        column = self.behind.column(self.table, name)
        if column.generation is Generation.SERIAL:
            sequence = self._sequences[name]
            yield SetDefault(self.table, name, read_expression(f"nextval({literal(sequence.sql())}::regclass)"))
        elif column.default is not None and not column.default.is_null_constant:
            yield SetDefault(self.table, name, column.default)
        # another type has its own storage, which ALTER TYPE takes, too
        tuning = tuple((option, value) for option, value in column.tuning if option not in ("STORAGE", "COMPRESSION"))
        yield from endowed(self.table, replace(column, tuning=tuning))

    def _undo(self) -> tuple[Step, ...]:
        """The old types in place, which writes the table anew, and beside them what was there before contract."""
        back: list[Operation] = []
        for name in self.changes:
            column = self._table.columns[name]
            assert column.type is not None
            back.append(ChangeType(self.table, name, column.type, collation=column.collation))
        inside = (*self.hanging.away, *back, *self.hanging.back)
        return (inside, self._beside, (self._backfill,), *self._cloned.built)


def _constraint(op: Operation) -> str:
    """The constraint that a step of a clone is about."""
    match op:
        case AddForeignKey(constraint=key):
            return key.name
        case ValidateConstraint(name=name) | DropConstraint(name=name) | RenameConstraint(name=name):
            return name
        case _:
            return ""


def _if_missing(op: Operation) -> Operation:
    """The other operations replace what is there by the same."""
    return replace(op, if_not_exists=True) if isinstance(op, AddColumn) else op


def _sequence_of(default: Expression) -> Name | None:
    """The sequence whose next value the default is."""
    words = default.sql().removeprefix("nextval('").split("'")
    if not default.sql().startswith("nextval('") or words[1:] not in ([")"], ["::regclass)"]):
        return None
    return parse_name(words[0])
