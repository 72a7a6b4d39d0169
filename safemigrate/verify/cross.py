"""What one version writes is what the other reads: columns that a release keeps in step, written from both sides."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from safemigrate.plan.plan import Step
from safemigrate.schema import Name, conversion, sync
from safemigrate.schema.name import quoted
from safemigrate.verify.application import Application, Row, Unproven
from safemigrate.verify.outcome import Failure, Subject
from safemigrate.verify.session import Refused
from safemigrate.verify.values import same
from safemigrate.verify.workload import Attribute, Entity, Place, Workload

_COLUMN = re.compile(r'(?:"(?P<quoted>(?:[^"]|"")+)"|(?P<plain>[a-z_][a-z0-9_$]*))', re.IGNORECASE)
_FRESH = 3000


@dataclass(frozen=True, slots=True)
class Pair:
    """Two columns of one table that hold the same: the old version maps *old*, the new version *new*."""

    table: Name
    old: str
    new: str


def pairs(steps: Iterable[Step], old: Workload, new: Workload) -> tuple[Pair, ...]:
    """The pairs that *steps* keep in step or fill from one another, where each version maps its own side only."""
    found: dict[Pair, None] = {}
    converted: set[tuple[Name, str]] = set()
    for step in steps:
        for operation in step.operations:
            if isinstance(operation, sync.CreateSyncFunction):
                found[Pair(operation.table, operation.old, operation.new)] = None
            elif isinstance(operation, conversion.CreateConversionFunction):
                # what a conversion loses is not the same on both sides
                converted |= {(operation.table, column) for column in operation.new}
        if step.backfill is not None:
            for column, expression in step.backfill.assignments:
                if match := _COLUMN.fullmatch(expression.strip()):
                    source = match["quoted"].replace('""', '"') if match["quoted"] else match["plain"].lower()
                    found[Pair(step.backfill.table, source, column)] = None
    return tuple(
        pair
        for pair in found
        if (pair.table, pair.new) not in converted
        and _mapped(old, pair.table, pair.old)
        and _mapped(new, pair.table, pair.new)
        and not _mapped(old, pair.table, pair.new)
        and not _mapped(new, pair.table, pair.old)
    )


def unsynced(application: Application, pair: Pair) -> int:
    """How many rows hold different values in the two columns of *pair*.

    Raises:
        Refused: one of the columns is not there.
    """
    old, new = (quoted(column) for column in (pair.old, pair.new))
    answer = application.session.run(
        f"SELECT count(*) AS rows FROM {pair.table.sql()} WHERE {old}::text IS DISTINCT FROM {new}::text"
    )
    return int(answer.first()["rows"] or 0)


def exchanged(writer: Application, reader: Application, mine: Place, theirs: Place) -> list[Failure]:
    """What *reader* reads at *theirs* otherwise than *writer* wrote it at *mine*: new rows, changes, NULLs.

    Both work in one session, and leave nothing.
    """
    found: list[Failure] = []
    other = _entity(reader.workload, theirs)
    for entity in writer.workload.entities:
        attribute = entity.attribute(mine)
        if attribute is None or other is None or not entity.inserts:
            continue
        known = dict(writer.rows)
        with writer.session.rolled_back():
            found += _Exchange(writer, reader, entity, other, attribute, theirs).run()
        writer.rows.clear()
        writer.rows.update(known)
    return found


@dataclass
class _Exchange:
    writer: Application
    reader: Application
    entity: Entity
    other: Entity
    attribute: Attribute
    theirs: Place

    def run(self) -> list[Failure]:
        found: list[Failure] = []
        for at, style in enumerate(("full", "unset")):
            try:
                with self.writer.attempt():
                    row = self.writer.insert(self.entity, _FRESH + at, style)
            except (Refused, Unproven):
                # the writer's own cell tells it
                continue
            found += self._compared(row, "insert", style)
            for null in (False, True) if self.attribute.nullable else (False,):
                if self._updated(row, _FRESH + 100 + at, null=null):
                    found += self._compared(row, "update", "to NULL" if null else self.attribute.name)
        return found

    def _updated(self, row: Row, number: int, *, null: bool) -> bool:
        for query in self.entity.of_kind("update"):
            if query.about == self.attribute.name:
                try:
                    with self.writer.attempt():
                        self.writer.send(self.entity, query, number, dict(row), null=null)
                except (Refused, Unproven):
                    return False
                return True
        return False

    def _compared(self, row: Row, kind: str, about: str) -> list[Failure]:
        key = {place: row.get(place) for place in self.entity.key}
        try:
            with self.writer.attempt():
                written = self.writer.find(self.entity, key).get(self.attribute.name)
                seen = self.reader.find(self.other, key)
        except Refused:
            return []
        theirs = self.other.attribute(self.theirs)
        assert theirs is not None
        if seen and same(written, seen.get(theirs.name)):
            return []
        read = _shown(seen.get(theirs.name)) if seen else "no row"
        message = (
            f"{self.attribute.place} was written as {_shown(written)} by the other version's {kind} ({about}), "
            f"and {theirs.place} is read as {read}"
        )
        return [Failure(Subject(self.other.name, "exchange", theirs.name), "", "", message)]


def _entity(workload: Workload, place: Place) -> Entity | None:
    return next((each for each in workload.entities if each.attribute(place)), None)


def place_of(workload: Workload, table: Name, column: str) -> Place | None:
    """The place under which *workload* maps a column."""
    for entity in workload.entities:
        for attribute in entity.attributes:
            if attribute.place.column == column and _is(attribute.place.table, table):
                return attribute.place
    return None


def _mapped(workload: Workload, table: Name, column: str) -> bool:
    return place_of(workload, table, column) is not None


def _is(written: str, table: Name) -> bool:
    schema, _, name = written.rpartition(".")
    return name == table.name and (schema or "public") == (table.schema or "public")


def _shown(value: str | None) -> str:
    return "NULL" if value is None else repr(value)
