"""The statements that made views, policies, triggers, functions, types and the like what they are.

Whoever has to drop one for a moment, or undoes its drop, brings it back by running them again. Once a name in them
may mean something else, or something was said in a way that tells nobody of which of several it was, they are
forgotten: the object is known to be there, but not how to make it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from safemigrate.schema import operations as o
from safemigrate.schema.attached import Granted
from safemigrate.schema.name import Name, says
from safemigrate.schema.objects import Made, same_arguments
from safemigrate.schema.operations import Operation
from safemigrate.schema.operations.base import TableOperation
from safemigrate.schema.privileges import given, taken
from safemigrate.schema.schema import Schema

_ATTACHED = ("POLICY", "RULE", "TRIGGER")
_VIEWS = ("MATERIALIZED VIEW", "VIEW")
_ROUTINES = ("FUNCTION", "PROCEDURE")
#: these may hold names in texts that PostgreSQL does not follow, and what changes them is not followed here
_LOOSE = (*_ROUTINES, "DOMAIN", "EXTENSION", "SCHEMA", "SEQUENCE", "TYPE")
_WITHOUT_SCHEMA = ("EXTENSION", "PUBLICATION", "SCHEMA")
#: what the words of GRANT are on, where it is not what they say
_GRANTED_ON = {
    "TABLE": (*_VIEWS, "SEQUENCE"),
    "ROUTINE": _ROUTINES,
    "TYPE": ("TYPE", "DOMAIN"),
    "DOMAIN": ("TYPE", "DOMAIN"),
}
_DROPS = (o.DropColumn, o.DropObject, o.DropTable)
#: a statement, or None where it is no longer known how the object is made
_Said = tuple[Made, str | None]


def remembered(op: Operation, before: Schema, following: Schema) -> Schema:
    """*following*, the schema once *op* has run on *before*, with what *op* adds to what it remembers."""
    renamed, said = tuple(_renamed(op)), tuple(_said(op, before))
    if not (renamed or said or isinstance(op, _DROPS)) or not (before.made or said):
        return following
    made = dict(before.made)
    for old, new in renamed:
        made = {
            _called(key, old, new): () if any(says(text, old) for text in texts) else texts
            for key, texts in made.items()
        }
    for key, text in said:
        if text is None:
            made[key] = ()
        elif key not in made or (made[key] and not isinstance(op, o.CreateObject)):
            made[key] = (*made.get(key, ()), text)
        elif isinstance(op, o.CreateObject):
            made[key] = (text, *made[key][1:])
    if isinstance(op, _DROPS):
        gone = op.column if isinstance(op, o.DropColumn) else op.table.name if isinstance(op, o.DropTable) else ""
        made = {
            key: () if gone and key.kind in _LOOSE and any(says(text, gone) for text in texts) else texts
            for key, texts in made.items()
            if _is_there(key, op, following)
        }
    return following if made == before.made else replace(following, made=made)


def key_of(op: o.DropObject, schema: Schema) -> Made:
    """What *op* drops."""
    return _key(op.kind, op.name, op.table, schema)


def _said(op: Operation, schema: Schema) -> Iterator[_Said]:
    match op:
        case o.CreateView() | o.CreatePolicy() | o.CreateTrigger() | o.CreateRule():
            yield from _created(op, schema)
        case o.CreateObject(kind=kind) if kind in (*_LOOSE, "PUBLICATION", "STATISTICS"):
            yield from _created(op, schema)
        case o.ChangePublication():
            key = _key(op.kind, op.name, None, schema)
            yield from [(key, op.sql())] if key in schema.made else ()
        case o.Grant():
            yield from _granted(op, schema)
        case o.ToggleTrigger(name=name, table=table):
            names = [name] if name is not None else [key.name.name for key in schema.made]
            keys = (Made(op.kind, Name(each), schema.resolve(table)) for each in names)
            yield from ((key, op.sql()) for key in keys if key in schema.made)
        case o.Comment(about="COLUMN", table=Name() as table):
            yield from _on_a_view(table, op, schema)
        case o.Comment(about=kind, table=on):
            key = _key(kind, op.name, on, schema)
            yield from [(key, op.sql())] if key in schema.made else ()
        case o.AlterObject(kind="POLICY", table=Name() as table):
            key = _key("POLICY", op.name, table, schema)
            yield from [(key, op.sql())] if key in schema.made else ()
        case (
            o.AddDomainConstraint(domain=name) | o.DropDomainConstraint(domain=name) | o.SetDomainNotNull(domain=name)
        ):
            yield _key("DOMAIN", name, None, schema), None
        case o.AlterObject(kind=kind, name=name) if kind in _LOOSE:
            yield _key(kind, name, None, schema), None
        case o.Unreadable(text=text):
            # it may have been made anew
            yield from ((key, None) for key in schema.made if says(text, key.name.name))
        case o.AlterObject(table=Name() as table) | TableOperation(table=table):
            yield from _on_a_view(table, op, schema)


def _key(kind: str, name: Name, on: Name | None, schema: Schema) -> Made:
    if on is not None:
        return Made(kind, Name(name.name), schema.resolve(on))
    return Made(kind, name if kind in _WITHOUT_SCHEMA else schema.resolve(name))


def _created(op: o.CreateObject, schema: Schema) -> Iterator[_Said]:
    kind = "TRIGGER" if isinstance(op, o.CreateTrigger) else op.kind
    key = _key(kind, op.name, op.table if kind in _ATTACHED else None, schema)
    if op.if_not_exists and key in schema.made:
        return
    # "*" stands for the columns of that day, and a name for what was found first on that path
    moving = isinstance(op, o.CreateView) and op.star
    perhaps = op.if_not_exists and (not schema.complete or (op.kind, key.name) in schema.objects)
    untold = moving or perhaps or op.temporary or _is_overloaded(op, schema)
    yield key, None if untold or schema.search_path != Schema().search_path else op.sql()


def _is_overloaded(op: o.CreateObject, schema: Schema) -> bool:
    """Whether the name of a function is that of another, too: here, they go by their names."""
    return isinstance(op, o.CreateFunction) and any(
        not same_arguments(op.arguments, other.arguments).certain for other in schema.functions_named(op.name)
    )


def _granted(op: o.Grant, schema: Schema) -> Iterator[_Said]:
    """Each object by itself: a statement on several must not be run again for one of them."""
    if op.kind == "DEFAULT PRIVILEGES":
        # what is made again would get them, too
        yield from ((key, None) for key in schema.made if key.kind in (*_VIEWS, *_LOOSE))
        return
    write = taken if isinstance(op, o.Revoke) else given
    for key in schema.made:
        for name in _meant(op, key, schema):
            if key.kind in _LOOSE or op.columns:
                alone = key.kind in _LOOSE and op.names == (name,)
                yield key, op.sql() if alone else None
                continue
            for role in op.roles:
                rights = [Granted(role, privilege, op.grantable) for privilege in op.privileges]
                yield from ((key, each.sql()) for each in write("TABLE", name, rights))


def _meant(op: o.Grant, key: Made, schema: Schema) -> Iterator[Name]:
    """The object of *key* by the name that the privilege is on, if it is on it."""
    every, _, inside = op.on.partition(" IN ")
    word = every.removeprefix("ALL ").removesuffix("S") if inside else op.on
    if key.kind not in _GRANTED_ON.get(word, (word,)):
        return
    if inside:
        yield from (key.name for name in op.names if name.name == key.name.schema)
    else:
        yield from (name for name in op.names if _key(key.kind, name, None, schema) == key)


def _on_a_view(name: Name, op: Operation, schema: Schema) -> Iterator[_Said]:
    keys = (Made(kind, schema.resolve(name)) for kind in _VIEWS)
    yield from ((key, op.sql()) for key in keys if key in schema.made)


def _renamed(op: Operation) -> Iterable[tuple[str, str]]:
    match op:
        case o.RenameColumn(column=old, new_name=new) | o.RenameEnumValue(value=old, new_value=new):
            return [(old, new)]
        case o.RenameTable(table=name) | o.RenameType(type=name) | o.RenameObject(name=name):
            return [(name.name, op.new_name)]
        case o.MoveTable(table=name) | o.MoveObject(name=name):
            return [(name.name, name.name)]
        case _:
            return [pair for part in getattr(op, "parts", ()) for pair in _renamed(part)]


def _called(key: Made, old: str, new: str) -> Made:
    """The key under the new name, if the old one is its own or that of what it stands on."""
    on = replace(key.on, name=new) if key.on is not None and key.on.name == old else key.on
    return Made(key.kind, replace(key.name, name=new) if key.name.name == old else key.name, on)


def _is_there(key: Made, op: Operation, schema: Schema) -> bool:
    if key.kind in _VIEWS:
        return key.name in schema.views
    if isinstance(op, o.DropObject) and op.kind == key.kind and op.name.name == key.name.name:
        return op.table is not None and schema.resolve(op.table) != key.on
    if isinstance(op, o.DropObject) and op.cascade and key.kind in _LOOSE:
        return False
    return key.on is None or key.on in schema.tables or key.on in schema.views
