"""A version at work on a database: its objects inserted, changed and read as its models send them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from safemigrate.verify.session import Answer, Refused, Session
from safemigrate.verify.values import oid, sample
from safemigrate.verify.workload import Attribute, Entity, Place, Query, Workload

#: a row that was written, by the columns whose values are known
Row = Mapping[Place, str | None]

#: an object is known by its entity's name and its number, whichever version wrote it
Rows = dict[tuple[str, int], Row]

#: the number of the first object of each entity, which was there before any version was looked at
FIRST = 1

STYLES = ("full", "unset", "minimal")


class Unproven(Exception):
    """A statement that could not be tried, with the *reason*."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass
class Application:
    """One version over one session.

    *rows* are the objects that are there; it grows as objects are made. *choices* are what CHECK constraints admit.
    """

    session: Session
    workload: Workload
    rows: Rows = field(default_factory=dict)
    choices: Mapping[Place, Sequence[str]] = field(default_factory=dict)
    #: whether the last statement refers to an object that others may refer to as well
    borrowed: bool = False

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A savepoint: what was refused leaves neither rows nor the knowledge of them."""
        known = dict(self.rows)
        try:
            with self.session.attempt():
                yield
        except BaseException:
            self.rows.clear()
            self.rows.update(known)
            raise

    def insert(self, entity: Entity, number: int, style: str) -> Row:
        """Object *number* of *entity*, made in one of the STYLES, with the objects that it refers to.

        Raises:
            Refused: PostgreSQL refuses the object.
            Unproven: there is no value for a column, or no object to refer to.
        """
        row: dict[Place, str | None] = {}
        for query in entity.inserts.get(style, ()):
            answer = self.send(entity, query, number, row)
            row |= {Place(query.table, column): value for column, value in answer.first().items()}
        if not row and not entity.inserts.get(style):
            raise Unproven(f"{entity.name} has no INSERT that could be described")
        self.rows[entity.name, number] = row
        return row

    def ensure(self, name: str, number: int) -> Row:
        """Object *number* of the entity called *name*, made if it is not there in the first style that works.

        Raises:
            Unproven: it can be made in none.
        """
        entity = self.workload.entity(name)
        if entity is None:
            raise Unproven(f"there is no {name} to refer to")
        known = self.rows.get((name, number))
        if known is not None and all(place in known for place in entity.key):
            return known
        reasons: list[str] = []
        for style in STYLES:
            try:
                with self.attempt():
                    return self.insert(entity, number, style)
            except (Refused, Unproven) as error:
                reasons.append(str(error))
        raise Unproven(f"no {name} can be made to refer to: {reasons[0]}")

    def send(
        self, entity: Entity, query: Query, number: int, row: dict[Place, str | None], *, null: bool = False
    ) -> Answer:
        """Runs *query* for an object whose values are in *row*; those it lacks are made and added.

        *null* sends NULL for the value that an update writes.
        """
        values: list[str | None] = []
        types: list[int] = []
        self.borrowed = False
        for slot in query.slots:
            attribute = entity.attribute(slot.place) if slot.place else None
            changed = query.kind == "update" and attribute is not None and attribute.name == query.about
            if slot.place is None or (changed and null):
                values.append(None if changed and null else slot.text)
            elif slot.place in row and not changed:
                values.append(row[slot.place])
            elif attribute is None:
                raise Unproven(f"{slot.place} has no value")
            else:
                row[slot.place] = self.value(attribute, number)
                values.append(row[slot.place])
            types.append(oid(attribute.kind if attribute else None))
        return self.session.run(query.sql, values, types)

    def value(self, attribute: Attribute, number: int) -> str:
        """The value of *attribute* in object *number*."""
        if attribute.fixed is not None:
            return attribute.fixed
        if attribute.parent is not None:
            found = self._referred(attribute.parent.entity, number).get(attribute.parent.place)
            if found is None:
                raise Unproven(f"{attribute.parent.place} of the row to refer to is not known")
            return found
        made = sample(attribute.kind, attribute.place.column, number, self.choices.get(attribute.place, ()))
        if made is None:
            raise Unproven(f"no value can be made for {attribute.place}, whose type is not known")
        return made

    def _referred(self, name: str, number: int) -> Row:
        """The object to refer to: one for this object alone, or else the first there is."""
        try:
            return self.ensure(name, number)
        except Unproven:
            known = self.rows.get((name, FIRST))
            if known is None:
                raise
            self.borrowed = True
            return known

    def read(self, entity: Entity) -> tuple[Mapping[str, str | None], ...]:
        """All rows of *entity*, by attribute.

        Raises:
            Refused: PostgreSQL refuses the question.
        """
        return self.read_with_types(entity)[0]

    def read_with_types(self, entity: Entity) -> tuple[tuple[Mapping[str, str | None], ...], Mapping[str, str]]:
        """All rows of *entity* by attribute, and the type of each attribute as the server tells it."""
        for query in entity.of_kind("read"):
            answer = self.session.run(query.sql)
            rows = tuple(dict(zip(entity.read, row, strict=True)) for row in answer.rows)
            return rows, dict(zip(entity.read, map(self.session.type_name, answer.types), strict=True))
        return (), {}

    def find(self, entity: Entity, row: Row) -> Mapping[str, str | None]:
        """What reading gives for the object whose key is in *row*; empty where it is not found."""
        names = {attribute.place: attribute.name for attribute in entity.attributes}
        key = {names[place]: row.get(place) for place in entity.key if place in names}
        return next((each for each in self.read(entity) if all(each[n] == v for n, v in key.items())), {})
