"""What hangs on columns by more than their names: taken away before they go, brought back on what takes the names.

Views, policies, triggers, rules, statistics, publications and columns that are generated from it keep a column from
being dropped, or would go with it. Within one transaction nobody sees them gone, and once another column has the name
they are made again by the statements that made them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from safemigrate.rulebook.site import Placed, Run, Step
from safemigrate.schema import Column, Generation, Name, Operation, Schema, Table
from safemigrate.schema.name import quoted, says
from safemigrate.schema.objects import Made
from safemigrate.schema.operations import (
    AddColumn,
    AlterObject,
    ChangePublication,
    Comment,
    CreateObject,
    CreatePublication,
    DropColumn,
    DropObject,
    Grant,
    ToggleTrigger,
    TuneColumn,
)
from safemigrate.schema.remarks import endowed
from safemigrate.sql import read

_BEFORE_THEIR_VIEW = ("POLICY", "RULE", "TRIGGER", "STATISTICS")


@dataclass(frozen=True, slots=True)
class Hanging:
    """*away* and *back* are the statements, in order; *stuck* names what nobody knows how to bring back.

    *made* and *generated* are what hangs there: objects, and columns of the same table.
    """

    table: Name
    away: Step
    back: Step
    stuck: tuple[str, ...]
    made: frozenset[Made]
    generated: frozenset[str]

    @property
    def keeps(self) -> bool:
        """Whether PostgreSQL would refuse to change the type of the columns: it follows statistics only."""
        followed = [key for key in self.made if key.kind == "STATISTICS"]
        return not self.stuck and len(self.away) > len(followed)

    def brought_back(self, run: Run) -> frozenset[int]:
        """The positions of what *run* does only to take such things away, and to bring them back as they were."""
        start, end = run.operations[0].before, run.last
        kept = {key for key in self.made if start.made.get(key) and _words(start, key) == _words(end, key)}
        columns = {c for c in self.generated if start.column(self.table, c) == end.column(self.table, c)}
        return frozenset(
            position
            for position, placed in enumerate(run.operations)
            if _is_only_about(placed, kept)
            or self._is_only_about_columns(placed, columns)
            or self._is_only_about_sending(placed, start, end)
        )

    def _is_only_about_sending(self, placed: Placed, start: Schema, end: Schema) -> bool:
        """Whether it changes nothing but what a publication sends of the table, and in the end that is the same."""
        op = placed.operation
        if not isinstance(op, ChangePublication) or {*map(placed.before.resolve, op.tables)} != {
            placed.before.resolve(self.table)
        }:
            return False
        before, behind = (_part(schema, self.table, Made("PUBLICATION", op.name)) for schema in (start, end))
        return before is not None and before == behind

    def _is_only_about_columns(self, placed: Placed, columns: Collection[str]) -> bool:
        match placed.operation:
            case DropColumn(table=table, column=named) | TuneColumn(table=Name() as table, column=named):
                pass
            case AddColumn(table=table, column=Column(name=named)):
                pass
            case Comment(about="COLUMN", table=Name() as table, name=Name(name=named)):
                pass
            case _:
                return False
        return named in columns and placed.before.same(table, self.table)


def hanging(before: Schema, name: Name, columns: Collection[str]) -> Hanging:
    """What hangs on *columns* of a table, and on what hangs on them."""
    table = before.table(name)
    assert table is not None
    generated = tuple(_generated(table, columns))
    gone = {*columns, *generated}
    views = _ordered(before, _views(before, table, gone))
    kept = [key for key in before.made if _hangs(before, key, table, gone, views)]
    # what stands on a view goes with it
    own = [key for key in kept if key.on not in views]
    made = [Made("VIEW", view) for view in views]
    every = [*made, *kept]
    sent = tuple(_sent(before, name, table, gone))
    return Hanging(
        name,
        away=(
            *(_dropped(key, name if key.on == table.name else key.on) for key in reversed(own)),
            *(_dropped(key, None) for key in reversed(made)),
            *(op for publication in sent for op in publication.away),
            *(DropColumn(name, column) for column in generated),
        ),
        back=(
            *(op for column in generated for op in _added(name, table, column)),
            *(op for key in every for text in before.made.get(key, ()) for op in read(text)),
            *(op for publication in sent for op in publication.back),
        ),
        stuck=(
            *(_called(key) for key in every if not before.made.get(key)),
            *(_unmade(before, table, columns, {*every})),
            *(what for publication in sent for what in publication.stuck),
        ),
        made=frozenset(every),
        generated=frozenset(generated),
    )


def _is_only_about(placed: Placed, kept: Collection[Made]) -> bool:
    """Whether the operation makes, changes or drops some of *kept*, and nothing else."""
    op, before, after = placed.operation, placed.before.made, placed.after.made
    if isinstance(op, Grant) and not {*map(placed.before.resolve, op.names)} <= {key.name for key in kept}:
        return False
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    return (
        bool(changed)
        and changed <= {*kept}
        and isinstance(op, CreateObject | DropObject | AlterObject | ToggleTrigger)
    )


def _words(schema: Schema, key: Made) -> tuple[list[str], ...]:
    return tuple(text.split() for text in schema.made.get(key, ()))


def _generated(table: Table, columns: Collection[str]) -> Iterator[str]:
    """The virtual columns that are computed from them, which cost nothing to make."""
    for column in table.columns.values():
        computed = column.generation is Generation.VIRTUAL and column.name not in columns
        if computed and any(says(column.generation_text, each) for each in columns):
            yield column.name


def _added(name: Name, table: Table, column: str) -> Iterator[Operation]:
    yield AddColumn(name, table.columns[column])
    yield from endowed(name, table.columns[column])


def _views(before: Schema, table: Table, columns: Collection[str]) -> frozenset[Name]:
    """The views that read the columns, or may, and those that read such a view."""
    return frozenset(view for column in columns for view in before.views_over(table.name, column))


def _ordered(before: Schema, views: Collection[Name]) -> tuple[Name, ...]:
    """The views, each behind those that it reads."""
    placed: list[Name] = []
    left = [name for name in before.views if name in views]
    while left:
        free = [name for name in left if not set(before.views[name].tables) & set(left)]
        placed += free or left
        left = [name for name in left if name not in placed]
    return tuple(placed)


def _hangs(before: Schema, key: Made, table: Table, columns: Collection[str], views: Collection[Name]) -> bool:
    """Whether something other than a view may name the columns, or one of the *views*. What nobody remembers may."""
    if key.kind not in _BEFORE_THEIR_VIEW:
        return False
    texts = before.made[key]
    if key.on in views or any(says(text, view.name) for text in texts for view in views):
        return True
    here = key.on == table.name or any(says(text, table.name.name) for text in texts)
    if key.kind == "TRIGGER" and key.on == table.name:
        # its function finds columns by their names; only the list and the condition hold on to them
        trigger = table.triggers.get(key.name.name)
        return trigger is None or not trigger.named.isdisjoint(columns)
    if not texts:
        return here or key.kind == "STATISTICS"
    return here and any(says(text, each) for text in texts for each in columns)


def _unmade(before: Schema, table: Table, columns: Collection[str], known: Collection[Made]) -> Iterator[str]:
    """What the schema knows of, and not how it was made."""
    for trigger in table.triggers.values():
        key = Made("TRIGGER", Name(trigger.name), table.name)
        if key not in known and not {*columns}.isdisjoint(trigger.named):
            yield _called(key)
    for policy in table.policies:
        if Made("POLICY", Name(policy), table.name) not in before.made:
            yield _called(Made("POLICY", Name(policy)))


@dataclass(frozen=True, slots=True)
class _Sent:
    """What a publication sends of the table: it no longer does, and does again."""

    away: Step = ()
    back: Step = ()
    stuck: tuple[str, ...] = ()


def _sent(before: Schema, name: Name, table: Table, columns: Collection[str]) -> Iterator[_Sent]:
    """The publications that name the columns, which no column can be dropped from."""
    for publication in before.publications.values():
        if table.name not in publication.tables:
            continue
        part = _part(before, name, Made("PUBLICATION", publication.name))
        called = quoted(publication.name.name)
        if part is None:
            yield _Sent(stuck=(f"the publication {called}",))
        elif any(says(part, column) for column in columns):
            head = f"ALTER PUBLICATION {called}"
            yield _Sent(read(f"{head} DROP TABLE {name.sql()}"), read(f"{head} ADD TABLE {name.sql()} {part}"))


def _part(schema: Schema, table: Name, key: Made) -> str | None:
    """What a publication sends of the table, as it was written last; None where nobody knows."""
    parts = [
        part
        for text in schema.made.get(key, ())
        for op in read(text)
        if isinstance(op, CreatePublication | ChangePublication)
        for sent, part in zip(op.tables, op.parts, strict=True)
        if schema.same(sent, table)
    ]
    return parts[-1] if parts else None


def _dropped(key: Made, on: Name | None) -> Operation:
    return DropObject(key.kind, key.name, table=on)


def _called(key: Made) -> str:
    words = "statistics" if key.kind == "STATISTICS" else key.kind.lower()
    return f"the {words} {key.name if key.on is None else quoted(key.name.name)}"
