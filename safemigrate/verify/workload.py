"""What a version sends to its database: entities, their attributes, and the statements for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A column by the names its model gives: ``billing.invoices`` and ``amount``."""

    table: str
    column: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


@dataclass(frozen=True, slots=True)
class Kind:
    """What values a column takes, as the model types it; *name* is ``unknown`` where none can be made."""

    name: str
    length: int | None = None
    padded: bool = False
    precision: int | None = None
    scale: int | None = None
    timezone: bool = False
    labels: tuple[str, ...] = ()
    item: Kind | None = None
    dimensions: int = 1


@dataclass(frozen=True, slots=True)
class Parent:
    """The rows that a foreign key refers to: those of *entity*, by the column at *place*."""

    entity: str
    place: Place


@dataclass(frozen=True, slots=True)
class Attribute:
    """A mapped attribute. *required* ones leave the application no choice but to give a value.

    *generated* ones are PostgreSQL's to supply. *fixed* is the text that every object carries (a discriminator).
    """

    name: str
    place: Place
    kind: Kind
    nullable: bool
    required: bool = False
    generated: bool = False
    primary_key: bool = False
    parent: Parent | None = None
    fixed: str | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """What a parameter takes: the value of the object's column at *place*, or else the fixed *text* (None: NULL)."""

    place: Place | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A statement of a version: SQL with ``$1``, and what its parameters take.

    *kind* is select, get, join, read, insert, update, delete or recorded; *about* names the relationship, the
    attribute, the style of an insert or the place of a recorded statement.
    """

    kind: str
    about: str
    sql: str
    slots: tuple[Slot, ...] = ()
    #: the table that an INSERT writes
    table: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.about}".strip()


@dataclass(frozen=True, slots=True)
class Entity:
    """A mapped class, or a table that no class maps.

    *key* are the columns that tell its rows apart, *read* the attributes that its read query returns, in order.
    *inserts* are the INSERTs of one object by style: ``full``, ``unset`` (as the ORM sends an object on which only
    what is required was set) and ``minimal`` (as Core sends it). *gaps* say what could not be described.
    """

    name: str
    table: str
    key: tuple[Place, ...]
    attributes: tuple[Attribute, ...]
    read: tuple[str, ...]
    queries: tuple[Query, ...] = ()
    inserts: Mapping[str, tuple[Query, ...]] = field(default_factory=dict)
    gaps: tuple[str, ...] = ()

    def attribute(self, place: Place) -> Attribute | None:
        """The attribute whose column is at *place*."""
        return next((each for each in self.attributes if each.place == place), None)

    def of_kind(self, *kinds: str) -> tuple[Query, ...]:
        """The queries of some kinds."""
        return tuple(query for query in self.queries if query.kind in kinds)


@dataclass(frozen=True, slots=True)
class Workload:
    """The entities of a version, each after those it needs, and statements that were recorded of it."""

    entities: tuple[Entity, ...]
    recorded: tuple[Query, ...] = ()

    def entity(self, name: str) -> Entity | None:
        """The entity called *name*."""
        return next((each for each in self.entities if each.name == name), None)

    @property
    def queries(self) -> int:
        """How many statements there are."""
        inserts = sum(len(queries) for each in self.entities for queries in each.inserts.values())
        return sum(len(each.queries) for each in self.entities) + inserts + len(self.recorded)


def workload_of(answer: Mapping[str, Any], recorded: Sequence[Query] = ()) -> Workload:
    """The workload that the process which loaded a version told."""
    return Workload(tuple(_entity(each) for each in answer["entities"]), tuple(recorded))


def _entity(each: Mapping[str, Any]) -> Entity:
    return Entity(
        each["name"],
        each["table"],
        tuple(_place(place) for place in each["key"]),
        tuple(_attribute(one) for one in each["attributes"]),
        tuple(each["read"]),
        tuple(_query(one, one["kind"], one["about"]) for one in each["statements"]),
        {style: tuple(_query(one, "insert", style) for one in ones) for style, ones in each["inserts"].items()},
        tuple(each["gaps"]),
    )


def _attribute(each: Mapping[str, Any]) -> Attribute:
    parent = each["parent"]
    return Attribute(
        each["name"],
        _place(each),
        _kind(each["type"]),
        nullable=each["nullable"],
        required=each["required"],
        generated=each["generated"],
        primary_key=each["primary_key"],
        parent=Parent(parent["entity"], _place(parent)) if parent else None,
        fixed=each["fixed"],
    )


def _kind(each: Mapping[str, Any]) -> Kind:
    return Kind(
        each["kind"],
        length=each.get("length"),
        padded=bool(each.get("padded")),
        precision=each.get("precision"),
        scale=each.get("scale"),
        timezone=bool(each.get("timezone")),
        labels=tuple(each.get("labels") or ()),
        item=_kind(each["item"]) if each.get("item") else None,
        dimensions=each.get("dimensions") or 1,
    )


def _query(each: Mapping[str, Any], kind: str, about: str) -> Query:
    slots = tuple(Slot(_place(slot)) if "column" in slot else Slot(text=slot["text"]) for slot in each["slots"])
    return Query(kind, about, " ".join(each["sql"].split()), slots, each.get("table", ""))


def _place(each: Mapping[str, Any]) -> Place:
    return Place(each["table"], each["column"])
