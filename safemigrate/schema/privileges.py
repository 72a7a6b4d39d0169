"""Privileges as statements write them: what ALL stands for, and the GRANT that gives what is known of a role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

from safemigrate.schema.attached import Granted
from safemigrate.schema.name import Name, quoted
from safemigrate.schema.operations import Grant, Revoke
from safemigrate.schema.schema import Schema

#: what ALL stands for, by what it is on. MAINTAIN is there from PostgreSQL 17 on
_ALL = {
    "TABLE": ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"),
    "COLUMN": ("SELECT", "INSERT", "UPDATE", "REFERENCES"),
    "SEQUENCE": ("USAGE", "SELECT", "UPDATE"),
    "SCHEMA": ("USAGE", "CREATE"),
    "DATABASE": ("CREATE", "CONNECT", "TEMPORARY"),
    "PARAMETER": ("SET", "ALTER SYSTEM"),
    "TABLESPACE": ("CREATE",),
}
_USED = ("TYPE", "DOMAIN", "LANGUAGE", "FOREIGN SERVER", "FOREIGN DATA WRAPPER")
Rights = frozenset[Granted]
#: on, names and granted of a Grant
_Fields = tuple[str, tuple[Name, ...], tuple[tuple[str, str], ...]]
#: stands for the membership in a role
MEMBER = "MEMBER"
_UNQUOTED = ("public", "current_user", "current_role", "session_user")


def expanded(privileges: Iterable[str], on: str) -> tuple[str, ...]:
    """*privileges* one by one."""
    if on == "ROLE":
        return (MEMBER,)
    every = _ALL.get(on, ("USAGE",) if on in _USED else ("ALL",))
    return tuple(word for each in privileges for word in (every if each == "ALL" else (each,)))


def others(op: Grant, schema: Schema) -> tuple[tuple[str, Name], ...]:
    """What a GRANT is on, by the word for it and the name, but for tables; empty where a name does not tell it from
    others of the name, as with functions, or where nobody knows which are meant."""
    if op.kind == "DEFAULT PRIVILEGES":
        return ((op.on, Name("")),)
    if not op.on:
        return tuple(("ROLE", Name(role)) for role in op.privileges)
    if op.on in ("SEQUENCE", "TYPE", "DOMAIN"):
        return tuple((op.on, schema.resolve(name)) for name in op.names)
    named_so = op.on != "TABLE" and (op.on in _ALL or op.on in _USED)
    return tuple((op.on, name) for name in op.names) if named_so else ()


def given(on: str, name: Name, granted: Iterable[Granted], *, column: str = "") -> tuple[Grant, ...]:
    """The statements that grant *granted* on an object, or on the *column* of a table; one for each role."""
    statements = []
    for (role, grantable), each in _by_role(granted):
        what = _written(on, each, column)
        option = (" WITH ADMIN OPTION" if on == "ROLE" else " WITH GRANT OPTION") * grantable
        text = f"GRANT {_on(on, name, what, column)} TO {_role(role)}{option}"
        statements.append(Grant("GRANT", name, text, None, *_fields(on, name, what, column), (role,), grantable))
    return tuple(statements)


def taken(on: str, name: Name, granted: Iterable[Granted], *, column: str = "") -> tuple[Revoke, ...]:
    """The statements that revoke *granted*; of what says so, only the right to hand it on."""
    statements = []
    for (role, grantable), each in _by_role(granted):
        what = _written(on, each, column)
        option = ("ADMIN OPTION FOR " if on == "ROLE" else "GRANT OPTION FOR ") * grantable
        text = f"REVOKE {option}{_on(on, name, what, column)} FROM {_role(role)}"
        fields = _fields(on, name, what, column)
        statements.append(Revoke("REVOKE", name, text, None, *fields, (role,), grantable and on != "ROLE"))
    return tuple(statements)


def restored(on: str, name: Name, was: Rights, became: Rights, *, column: str = "") -> tuple[Grant, ...]:
    """The statements that lead back from the privileges that it *became* to those that it *was*."""
    had, have = _rights(was), _rights(became)
    more = {Granted(*each) for each in have.keys() - had.keys()}
    handed_on = {Granted(*each, True) for each in have.keys() & had.keys() if have[each] and not had[each]}
    less = {Granted(*each, had[each]) for each in had if each not in have or (had[each] and not have[each])}
    return (*taken(on, name, more | handed_on, column=column), *given(on, name, less, column=column))


def _rights(granted: Iterable[Granted]) -> Mapping[tuple[str, str], bool]:
    return {(each.role, each.privilege): each.grantable for each in granted}


def _by_role(granted: Iterable[Granted]) -> list[tuple[tuple[str, bool], list[str]]]:
    def key(each: Granted) -> tuple[str, bool]:
        return each.role, each.grantable

    ordered = sorted(granted, key=lambda each: (*key(each), each.privilege))
    return [(who, [each.privilege for each in group]) for who, group in groupby(ordered, key)]


def _written(on: str, privileges: list[str], column: str) -> tuple[str, ...]:
    """The privileges in their usual order; all of them are ALL, which every version of PostgreSQL understands."""
    every = _ALL.get("COLUMN" if column else on, ())
    if len(every) > 1 and set(privileges) == set(every):
        return ("ALL",)
    return tuple(sorted(privileges, key=lambda each: every.index(each) if each in every else 0))


def _on(on: str, name: Name, privileges: tuple[str, ...], column: str) -> str:
    if on == "ROLE":
        return quoted(name.name)
    behind = f" ({quoted(column)})" if column else ""
    written = name.name if on == "PARAMETER" else name.sql()
    return f"{', '.join(each + behind for each in privileges)} ON {on} {written}"


def _fields(on: str, name: Name, privileges: tuple[str, ...], column: str) -> _Fields:
    if on == "ROLE":
        return "", (), ((name.name, ""),)
    return on, (name,), tuple((each, column) for each in privileges)


def _role(name: str) -> str:
    return name.upper() if name in _UNQUOTED else quoted(name)
