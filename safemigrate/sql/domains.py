"""Domains and composite types."""

from __future__ import annotations

from dataclasses import dataclass, field

from safemigrate.schema.model import Check, Expression, NotNullConstraint
from safemigrate.schema.name import Name
from safemigrate.schema.operations import (
    AddDomainConstraint,
    AlterObject,
    ChangeComposite,
    ChangeDomainDefault,
    CreateDomain,
    DropDomainConstraint,
    Operation,
    SetDomainNotNull,
    ValidateDomainConstraint,
)
from safemigrate.sql.columns import ENDS_DEFAULT, collation
from safemigrate.sql.constraints import check
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.expressions import expression, read_expression
from safemigrate.sql.types import read_type


@dataclass(slots=True)
class _Draft:
    """A domain while its definition is read."""

    default: Expression | None = None
    not_null: bool = False
    checks: list[Check] = field(default_factory=list)


def create_domain(cursor: Cursor) -> Operation:
    """The operation of a CREATE DOMAIN, from behind these words to the end."""
    name = cursor.qualified()
    cursor.accept("AS")
    type_ = read_type(cursor)
    draft = _Draft()
    while not cursor.done:
        _part(cursor, draft)
    return CreateDomain(
        "DOMAIN",
        name,
        cursor.source,
        type=type_,
        default=draft.default,
        not_null=draft.not_null,
        checks=tuple(draft.checks),
    )


def _part(cursor: Cursor, draft: _Draft) -> None:
    if cursor.accept("COLLATE"):
        collation(cursor)
    elif cursor.accept("DEFAULT"):
        start = cursor.place
        cursor.pass_one()
        cursor.until(*ENDS_DEFAULT)
        draft.default = read_expression(cursor.since(start))
    else:
        name = cursor.name() if cursor.accept("CONSTRAINT") else ""
        if cursor.accept("CHECK"):
            draft.checks.append(check(cursor, name, "VALID"))
        elif cursor.accept("NOT", "NULL"):
            draft.not_null = True
        elif not cursor.accept("NULL"):
            raise cursor.surprise("a constraint of the domain")


def alter_domain(cursor: Cursor, domain: Name) -> tuple[Operation, ...] | None:
    """The operation of an ALTER DOMAIN from behind the name; None where every object can be altered so."""
    operation: Operation
    if cursor.accept("SET", "DEFAULT"):
        operation = ChangeDomainDefault("DEFAULT", domain, cursor.source, default=expression(cursor.rest()))
    elif cursor.accept("DROP", "DEFAULT"):
        operation = ChangeDomainDefault("DEFAULT", domain, cursor.source)
    elif cursor.accept("SET", "NOT", "NULL"):
        operation = SetDomainNotNull(domain)
    elif cursor.accept("DROP", "NOT", "NULL"):
        operation = SetDomainNotNull(domain, required=False)
    elif cursor.accept("ADD"):
        operation = _add(cursor, domain)
    elif cursor.accept("DROP", "CONSTRAINT"):
        if_exists = cursor.accept("IF", "EXISTS")
        name = cursor.name()
        operation = DropDomainConstraint(
            domain, name, if_exists, cursor.accept_any("CASCADE", "RESTRICT") == "CASCADE"
        )
    elif cursor.accept("VALIDATE", "CONSTRAINT"):
        operation = ValidateDomainConstraint(domain, cursor.name())
    elif cursor.accept("RENAME", "CONSTRAINT"):
        cursor.name()
        cursor.expect("TO")
        cursor.name()
        operation = AlterObject("RENAME CONSTRAINT", domain, cursor.source)
    else:
        return None
    return (operation,)


def _add(cursor: Cursor, domain: Name) -> Operation:
    name = cursor.name() if cursor.accept("CONSTRAINT") else ""
    if cursor.accept("CHECK"):
        return AddDomainConstraint(domain, check(cursor, name, "VALID"))
    cursor.expect("NOT", "NULL")
    return AddDomainConstraint(domain, NotNullConstraint(name, ""))


def alter_attributes(cursor: Cursor, type_: Name) -> tuple[Operation, ...]:
    """The operations of ALTER TYPE … ATTRIBUTE, from behind the name to the end: one an action."""
    head = cursor.since(0)
    if cursor.accept("RENAME", "ATTRIBUTE"):
        attribute = cursor.name()
        cursor.expect("TO")
        cursor.name()
        return (ChangeComposite("TYPE", type_, cursor.source, None, "RENAME", attribute, _cascade(cursor)),)
    return tuple(_attribute(part, type_, f"{head} {part.text}") for part in cursor.parts())


def _attribute(part: Cursor, type_: Name, text: str) -> Operation:
    action = part.accept_any("ADD", "DROP", "ALTER")
    if not action or not part.accept("ATTRIBUTE"):
        raise NotRead(f"ALTER TYPE … {part.token().key} is not read yet")
    if action == "DROP":
        part.accept("IF", "EXISTS")
    attribute = part.name()
    if action == "ALTER":
        part.accept("SET", "DATA")
        part.expect("TYPE")
    if action != "DROP":
        read_type(part)
        if part.accept("COLLATE"):
            collation(part)
    cascades = _cascade(part)
    part.finish()
    return ChangeComposite("TYPE", type_, text, None, action, attribute, cascades)


def _cascade(cursor: Cursor) -> bool:
    return cursor.accept_any("CASCADE", "RESTRICT") == "CASCADE"
