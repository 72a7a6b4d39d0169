"""CREATE TRIGGER, RULE, POLICY and EVENT TRIGGER."""

from __future__ import annotations

from safemigrate.schema.name import Name
from safemigrate.schema.operations import CreateObject, CreatePolicy, CreateRule, CreateTrigger, Operation
from safemigrate.sql.cursor import Cursor
from safemigrate.sql.tokens import Kind

_EVENTS = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
_COMMANDS = ("ALL", "SELECT", "INSERT", "UPDATE", "DELETE")
_RULE_ACTIONS = ("SELECT", "INSERT", "UPDATE", "DELETE", "NOTIFY", "WITH", "VALUES", "TABLE")


def create_trigger(cursor: Cursor, *, or_replace: bool, constraint: bool) -> Operation:
    """The operation of a CREATE TRIGGER, from behind the word TRIGGER to the end."""
    name = Name(cursor.name())
    timing = cursor.accept_any("BEFORE", "AFTER") or ("INSTEAD OF" if cursor.accept("INSTEAD", "OF") else "")
    if not timing:
        raise cursor.surprise("BEFORE, AFTER or INSTEAD OF")
    events, columns = _events(cursor)
    cursor.expect("ON")
    table = cursor.qualified()
    if constraint and cursor.accept("FROM"):
        cursor.qualified()
    _timing(cursor)
    _transition_tables(cursor)
    each_row = _each_row(cursor)
    condition = cursor.parenthesised().text if cursor.accept("WHEN") else ""
    cursor.expect("EXECUTE")
    if not cursor.accept_any("FUNCTION", "PROCEDURE"):
        raise cursor.surprise("FUNCTION")
    function = cursor.qualified()
    cursor.parenthesised()
    return CreateTrigger(
        "TRIGGER",
        name,
        cursor.source,
        or_replace,
        table=table,
        timing=timing,
        events=events,
        columns=columns,
        function=function,
        each_row=each_row,
        constraint=constraint,
        condition=condition,
    )


def _events(cursor: Cursor) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The events, and the columns of UPDATE OF."""
    events: list[str] = []
    columns: list[str] = []
    while True:
        event = cursor.accept_any(*_EVENTS)
        if not event or event in events:
            raise cursor.surprise("INSERT, UPDATE, DELETE or TRUNCATE")
        events.append(event)
        if event == "UPDATE" and cursor.accept("OF"):
            columns.append(cursor.name())
            while cursor.accept(","):
                columns.append(cursor.name())
        if not cursor.accept("OR"):
            return tuple(events), tuple(columns)


def _timing(cursor: Cursor) -> None:
    while True:
        if cursor.accept("INITIALLY"):
            if not cursor.accept_any("DEFERRED", "IMMEDIATE"):
                raise cursor.surprise("DEFERRED or IMMEDIATE")
        elif not (cursor.accept("NOT", "DEFERRABLE") or cursor.accept("DEFERRABLE")):
            return


def _transition_tables(cursor: Cursor) -> None:
    if not cursor.accept("REFERENCING"):
        return
    while cursor.accept_any("OLD", "NEW"):
        if not cursor.accept_any("TABLE", "ROW"):
            raise cursor.surprise("TABLE")
        cursor.accept("AS")
        cursor.name()


def _each_row(cursor: Cursor) -> bool:
    if not cursor.accept("FOR"):
        return False
    cursor.accept("EACH")
    what = cursor.accept_any("ROW", "STATEMENT")
    if not what:
        raise cursor.surprise("ROW or STATEMENT")
    return what == "ROW"


def create_rule(cursor: Cursor, *, or_replace: bool) -> Operation:
    """The operation of a CREATE RULE, from behind the word RULE to the end."""
    name = Name(cursor.name())
    cursor.expect("AS")
    cursor.expect("ON")
    event = cursor.accept_any("SELECT", "INSERT", "UPDATE", "DELETE")
    if not event:
        raise cursor.surprise("SELECT, INSERT, UPDATE or DELETE")
    cursor.expect("TO")
    table = cursor.qualified()
    if cursor.accept("WHERE"):
        cursor.until("DO")
    cursor.expect("DO")
    instead = cursor.accept("INSTEAD")
    if not instead:
        cursor.accept("ALSO")
    if not cursor.accept("NOTHING"):
        if not (cursor.sees("(") or cursor.sees_any(_RULE_ACTIONS)):
            raise cursor.surprise("NOTHING or a statement")
        cursor.rest()
    return CreateRule("RULE", name, cursor.source, or_replace, table=table, event=event, instead=instead)


def create_policy(cursor: Cursor) -> Operation:
    """The operation of a CREATE POLICY, from behind the word POLICY to the end."""
    name = Name(cursor.name())
    cursor.expect("ON")
    table = cursor.qualified()
    permissive = True
    if cursor.accept("AS"):
        kind = cursor.accept_any("PERMISSIVE", "RESTRICTIVE")
        if not kind:
            raise cursor.surprise("PERMISSIVE or RESTRICTIVE")
        permissive = kind == "PERMISSIVE"
    command = "ALL"
    if cursor.accept("FOR"):
        command = cursor.accept_any(*_COMMANDS)
        if not command:
            raise cursor.surprise("ALL, SELECT, INSERT, UPDATE or DELETE")
    who, conditions = policy_clauses(cursor)
    return CreatePolicy(
        "POLICY",
        name,
        cursor.source,
        table=table,
        permissive=permissive,
        command=command,
        roles=who or ("public",),
        conditions=conditions,
    )


def policy_clauses(cursor: Cursor) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Passes TO, USING and WITH CHECK and returns the roles and the conditions."""
    found = roles(cursor) if cursor.accept("TO") else ()
    conditions = []
    for words in (("USING",), ("WITH", "CHECK")):
        if cursor.accept(*words):
            conditions.append(cursor.parenthesised().text)
    return found, tuple(conditions)


def roles(cursor: Cursor) -> tuple[str, ...]:
    """Passes a list of roles and returns it, folded; ``public`` and ``current_user`` are among them."""
    found = [role(cursor)]
    while cursor.accept(","):
        found.append(role(cursor))
    return tuple(found)


def role(cursor: Cursor) -> str:
    """Passes one role."""
    cursor.accept("GROUP")
    if cursor.token().kind is Kind.WORD and cursor.sees_any(("CURRENT_USER", "CURRENT_ROLE", "SESSION_USER")):
        return cursor.label()
    return cursor.name()


def create_event_trigger(cursor: Cursor) -> Operation:
    """The operation of a CREATE EVENT TRIGGER, from behind these words to the end."""
    name = Name(cursor.name())
    cursor.expect("ON")
    cursor.label()
    if cursor.accept("WHEN"):
        while True:
            cursor.name()
            cursor.expect("IN")
            cursor.items()
            if not cursor.accept("AND"):
                break
    cursor.expect("EXECUTE")
    if not cursor.accept_any("FUNCTION", "PROCEDURE"):
        raise cursor.surprise("FUNCTION")
    cursor.qualified()
    cursor.expect("(", ")")
    return CreateObject("EVENT TRIGGER", name, cursor.source)
