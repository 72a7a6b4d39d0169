"""From mapped classes to the statements that the ORM sends for them, described as JSON.

Runs in the process that loads a version, so it needs SQLAlchemy and the standard library only. Values are not made
here: a slot of a statement names the column whose value it takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import MetaData, Table, bindparam, select
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.orm import Mapper, configure_mappers
from sqlalchemy.orm.exc import UnmappedColumnError

from safemigrate.verify.types import described, fixed_text

#: the driver whose casts are rendered (``$1::VARCHAR``), which decide what an altered column accepts
DIALECT = psycopg.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]

Slot = Mapping[str, Any]


def workload(value: Any) -> dict[str, Any]:
    """The entities of *value*, a declarative base, a registry, a MetaData or a Flask-SQLAlchemy extension."""
    mappers, metadata = _found(value)
    configure_mappers()
    sources: list[_Source] = [_Mapped(mapper) for mapper in _ordered_mappers(mappers)]
    covered = {table for source in sources for table in source.tables}
    sources += [_Bare(table) for table in _tables(metadata) if table not in covered]
    return {"entities": [_entity(source, ordered) for ordered in [_in_order(sources)] for source in ordered]}


def _found(value: Any) -> tuple[list[Any], list[MetaData]]:
    if isinstance(value, MetaData):
        return [], [value]
    registry = getattr(value, "registry", None) or getattr(getattr(value, "Model", None), "registry", None)
    registry = registry or (value if hasattr(value, "mappers") else None)
    if registry is None:
        raise TypeError(f"{value!r} is no declarative base, registry or MetaData")
    return list(registry.mappers), [registry.metadata, *getattr(value, "metadatas", {}).values()]


def _tables(metadata: Iterable[MetaData]) -> Iterator[Table]:
    seen: set[Table] = set()
    for each in metadata:
        for table in each.sorted_tables:
            if table not in seen:
                seen.add(table)
                yield table


def _ordered_mappers(mappers: Iterable[Any]) -> list[Any]:
    # a base before those that inherit from it, then by name: a run gives what the last run gave
    return sorted(mappers, key=lambda mapper: (len(list(mapper.iterate_to_root())), mapper.class_.__name__))


class _Mapped:
    """A mapped class as a source of statements."""

    def __init__(self, mapper: Any) -> None:
        self.mapper: Mapper[Any] = mapper
        self.name = mapper.class_.__name__
        self.tables: list[Table] = [table for table in mapper.tables if isinstance(table, Table)]
        self.local = mapper.local_table
        self.writable = (
            len(self.tables) == len(mapper.tables)
            and isinstance(mapper.local_table, Table)
            and (mapper.polymorphic_on is None or mapper.polymorphic_identity is not None)
        )
        self.identity = self._discriminator()

    def _discriminator(self) -> tuple[Any, Any]:
        if self.mapper.polymorphic_on is None or not hasattr(self.mapper.polymorphic_on, "table"):
            return None, None
        return self.mapper.polymorphic_on, self.mapper.polymorphic_identity

    def name_of(self, column: Any) -> str:
        try:
            return self.mapper.get_property_by_column(column).key
        except UnmappedColumnError:
            return ""

    def canonical(self, column: Any) -> Any:
        """The column whose value *column* takes: that of the base's table for a key that joins to it."""
        try:
            columns = self.mapper.get_property_by_column(column).columns
        except UnmappedColumnError:
            return column
        return min((c for c in columns if c.table in self.tables), key=lambda c: self.tables.index(c.table))

    def columns(self) -> list[tuple[str, Any]]:
        """The attributes with the column that holds each."""
        return [(name, column) for table in self.tables for column in table.c if (name := self.name_of(column))]

    def selects(self) -> Iterator[tuple[str, str, Any]]:
        yield "select", "", select(self.mapper)
        yield "get", "", select(self.mapper).where(*_key_matches(self))
        for relationship in self.mapper.relationships:
            attribute = getattr(self.mapper.class_, relationship.key)
            yield "join", relationship.key, select(self.mapper).join(attribute)

    def reading(self) -> Any:
        attributes = [self.mapper.attrs[name].class_attribute for name in _own_attributes(self)]
        return select(*attributes)

    def returned(self, table: Table) -> list[Any]:
        if self.mapper.eager_defaults is False:
            return []
        return [c for c in table.c if c.server_default is not None and self.name_of(c)]


class _Bare:
    """A table that no class maps: an association table, as Core sends it."""

    mapper = None
    identity: tuple[Any, Any] = (None, None)
    writable = True

    def __init__(self, table: Table) -> None:
        self.name = table.fullname
        self.tables = [table]
        self.local = table

    def name_of(self, column: Any) -> str:
        return str(column.key)

    def canonical(self, column: Any) -> Any:
        return column

    def columns(self) -> list[tuple[str, Any]]:
        return [(str(column.key), column) for column in self.local.c]

    def selects(self) -> Iterator[tuple[str, str, Any]]:
        yield "select", "", select(self.local)
        if self.local.primary_key.columns:
            yield "get", "", select(self.local).where(*_key_matches(self))

    def reading(self) -> Any:
        return select(*(column for _, column in self.columns()))

    def returned(self, table: Table) -> list[Any]:
        return []


_Source = Any  # _Mapped | _Bare: they share no base, and the child must run on old Pythons


def _own_attributes(source: _Source) -> dict[str, Any]:
    """Each attribute once, with its canonical column."""
    return {name: source.canonical(column) for name, column in source.columns()}


def _key(source: _Source) -> list[Any]:
    """The columns of the first table's primary key."""
    return list(source.tables[0].primary_key.columns)


def _in_order(sources: Sequence[_Source]) -> list[_Source]:
    """Each source after those that its required foreign keys need, as far as there is such an order."""
    ordered: list[_Source] = []
    left = list(sources)
    while left:
        missing = {source.name for source in left}
        ready = [
            source
            for source in left
            if all(
                parent is None or parent.name not in missing or parent is source for parent in _needs(source, left)
            )
        ]
        chosen = ready or left[:1]
        ordered += chosen
        left = [source for source in left if source not in chosen]
    return ordered


def _needs(source: _Source, among: Sequence[_Source]) -> Iterator[_Source]:
    for _, column in source.columns():
        if _required(source, column) and source.canonical(column) is column:
            found = _parent(column, among)
            if found:
                yield found[0]


def _parent(column: Any, among: Sequence[_Source]) -> tuple[_Source, Any] | None:
    """The source that makes the rows which *column* refers to, with the column it refers to."""
    for key in column.foreign_keys:
        try:
            target = key.column
        except Exception:  # a table of another MetaData: there is no row to refer to
            continue
        for source in among:
            if source.writable and target.table in source.tables:
                return source, target
    return None


def _generated(source: _Source, column: Any) -> bool:
    """Whether PostgreSQL alone supplies the value."""
    if column.computed is not None:
        return True
    if column.identity is not None:
        return True
    table = column.table
    return bool(column is table.autoincrement_column and column.server_default is None and column.default is None)


def _required(source: _Source, column: Any) -> bool:
    """Whether the model leaves the application no choice but to give a value."""
    supplied = column.default is not None or column.server_default is not None or _generated(source, column)
    return not column.nullable and not supplied


def _entity(source: _Source, ordered: Sequence[_Source]) -> dict[str, Any]:
    gaps: list[str] = []
    earlier = ordered[: list(ordered).index(source)]
    attributes = [
        _attribute(source, name, column, ordered, earlier) for name, column in _own_attributes(source).items()
    ]
    for name, column in _own_attributes(source).items():
        found = _parent(column, ordered)
        if _required(source, column) and found and found[0] not in earlier:
            gaps.append(f"{source.name}.{name} refers to rows that need this one first")
    statements: list[dict[str, Any]] = []
    for kind, about, statement in _statements(source):
        try:
            statements.append({"kind": kind, "about": about, **statement()})
        except Exception as error:  # whatever the models make of it, the rest is still worth running
            gaps.append(_gap(f"{kind} {about}", error))
    return {
        "name": source.name,
        "mapped": source.mapper is not None,
        "table": source.local.fullname if isinstance(source.local, Table) else str(source.local),
        "key": [_place(column) for column in _key(source)],
        "read": list(_own_attributes(source)),
        "attributes": attributes,
        "statements": statements,
        "inserts": _inserts(source, earlier, gaps) if source.writable else {},
        "gaps": gaps,
    }


def _attribute(
    source: _Source, name: str, column: Any, ordered: Sequence[_Source], earlier: Sequence[_Source]
) -> dict[str, Any]:
    found = _parent(column, ordered)
    discriminator, identity = source.identity
    return {
        "name": name,
        **_place(column),
        "nullable": bool(column.nullable),
        "required": _required(source, column),
        "generated": _generated(source, column),
        "primary_key": bool(column.primary_key),
        "type": described(column.type, DIALECT),
        "parent": {"entity": found[0].name, **_place(found[1])} if found else None,
        "fixed": fixed_text(identity, column.type, DIALECT) if column is discriminator else None,
    }


def _place(column: Any) -> dict[str, str]:
    return {"table": column.table.fullname, "column": column.name}


def _statements(source: _Source) -> Iterator[tuple[str, str, Any]]:
    """Kind, subject and maker of the text of each statement but the INSERTs."""
    for kind, about, statement in source.selects():
        yield kind, about, lambda statement=statement: _compiled(statement, _key_slots(source))
    yield "read", "", lambda: _compiled(source.reading(), {})
    if not source.writable or not _key(source):
        return
    for name, column in _own_attributes(source).items():
        if not column.primary_key and column.computed is None and not _always(column):
            yield "update", name, lambda column=column: _update(source, column)
    for table in reversed(source.tables):
        yield "delete", table.name, lambda table=table: _delete(source, table)


def _always(column: Any) -> bool:
    return column.identity is not None and bool(column.identity.always)


def _update(source: _Source, column: Any) -> dict[str, Any]:
    value = bindparam("value__", type_=column.type)
    statement = column.table.update().where(*_table_key(source, column.table)).values({column.key: value})
    defaults = {c.key: _default_slot(source, c, c.onupdate) for c in column.table.c if c.onupdate is not None}
    return _compiled(statement, {**defaults, **_key_slots(source), "value__": _place(column)})


def _delete(source: _Source, table: Table) -> dict[str, Any]:
    return _compiled(table.delete().where(*_table_key(source, table)), _key_slots(source))


def _key_matches(source: _Source) -> list[Any]:
    return [column == bindparam(_label(column), type_=column.type) for column in _key(source)]


def _table_key(source: _Source, table: Table) -> list[Any]:
    return [
        column == bindparam(_label(source.canonical(column)), type_=column.type)
        for column in table.primary_key.columns
    ]


def _key_slots(source: _Source) -> dict[str, Slot]:
    return {_label(source.canonical(c)): _place(source.canonical(c)) for t in source.tables for c in t.primary_key}


def _label(column: Any) -> str:
    return f"{column.table.fullname}.{column.name}".replace(".", "__")


def _compiled(statement: Any, slots: Mapping[str, Slot], keys: Any = None) -> dict[str, Any]:
    """The text of *statement* and its slots in order; *slots* are those of parameters by name, the rest is fixed."""
    compiled = statement.compile(dialect=DIALECT, column_keys=keys)
    state = compiled.construct_expanded_state({name: None for name, bind in compiled.binds.items() if bind.required})
    fixed = {
        name: {"text": fixed_text(value, getattr(compiled.binds.get(name), "type", None), DIALECT)}
        for name, value in state.parameters.items()
    }
    return {"sql": state.statement, "slots": [slots.get(name) or fixed[name] for name in state.positiontup or ()]}


def _inserts(source: _Source, earlier: Sequence[_Source], gaps: list[str]) -> dict[str, Any]:
    """The INSERTs of one object for each style, one for each of its tables."""
    made: dict[str, Any] = {}
    for style in ("full", "unset", "minimal"):
        try:
            made[style] = [_insert(source, table, style, earlier) for table in source.tables]
        except Exception as error:  # as for other statements
            gaps.append(_gap(f"insert {style}", error))
    return made


def _insert(source: _Source, table: Table, style: str, earlier: Sequence[_Source]) -> dict[str, Any]:
    slots: dict[str, Slot] = {c.key: _default_slot(source, c, c.default) for c in table.c if c.default is not None}
    keys: list[str] = []
    for column in table.c:
        choice = _choice(source, column, style, earlier) if source.name_of(column) else "nothing"
        if choice != "nothing":
            keys.append(column.key)
            slots[column.key] = _place(source.canonical(column)) if choice == "value" else {"text": None}
    statement = table.insert()
    if source.mapper is not None and style != "minimal":
        statement = statement.return_defaults(*source.returned(table))
    return {"table": table.fullname, **_compiled(statement, slots, keys)}


def _default_slot(source: _Source, column: Any, default: Any) -> Slot:
    """What the model's own default sends: the constant where it is one, else a value of the column's type."""
    text = fixed_text(default.arg, column.type, DIALECT) if getattr(default, "is_scalar", False) else None
    return _place(source.canonical(column)) if text is None else {"text": text}


def _choice(source: _Source, column: Any, style: str, earlier: Sequence[_Source]) -> str:
    """Whether the INSERT carries a value, an explicit NULL or nothing for *column*."""
    if column.computed is not None:
        return "nothing"
    inherited = source.canonical(column) is not column
    if inherited or column is source.identity[0] or _required(source, column):
        return "value"
    if _generated(source, column):
        return "nothing"
    refers_ahead = bool(column.foreign_keys) and _parent(column, earlier) is None
    if style == "full" and not refers_ahead:
        return "value"
    # the ORM binds NULL for what is unset and has no default; Core leaves it out
    silent = column.default is not None or column.server_default is not None or column.primary_key
    explicit = not silent and source.mapper is not None and not column.type.should_evaluate_none
    return "null" if explicit and style != "minimal" else "nothing"


def _gap(what: str, error: Exception) -> str:
    return f"{what.strip()} cannot be compiled: {type(error).__name__}: {' '.join(str(error).split())}"[:300]
