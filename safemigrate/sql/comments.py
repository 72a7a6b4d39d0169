"""COMMENT and SECURITY LABEL."""

from __future__ import annotations

from dataclasses import replace

from safemigrate.schema.name import Name
from safemigrate.schema.operations import AlterObject, Comment, Operation
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.references import Reference, called, kind, reference
from safemigrate.sql.tokens import Kind

_KINDS = (
    "ACCESS METHOD",
    "AGGREGATE",
    "CAST",
    "COLLATION",
    "COLUMN",
    "CONSTRAINT",
    "CONVERSION",
    "DATABASE",
    "DOMAIN",
    "EVENT TRIGGER",
    "EXTENSION",
    "FOREIGN DATA WRAPPER",
    "FOREIGN TABLE",
    "FUNCTION",
    "INDEX",
    "LANGUAGE",
    "LARGE OBJECT",
    "MATERIALIZED VIEW",
    "OPERATOR CLASS",
    "OPERATOR FAMILY",
    "OPERATOR",
    "POLICY",
    "PROCEDURAL LANGUAGE",
    "PROCEDURE",
    "PUBLICATION",
    "ROLE",
    "ROUTINE",
    "RULE",
    "SCHEMA",
    "SEQUENCE",
    "SERVER",
    "STATISTICS",
    "SUBSCRIPTION",
    "TABLE",
    "TABLESPACE",
    "TEXT SEARCH CONFIGURATION",
    "TEXT SEARCH DICTIONARY",
    "TEXT SEARCH PARSER",
    "TEXT SEARCH TEMPLATE",
    "TRANSFORM",
    "TRIGGER",
    "TYPE",
    "VIEW",
)


def comment(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a COMMENT, from behind that word to the end."""
    about, found, said = _said(cursor, "COMMENT")
    comment = Comment("COMMENT", found.name, cursor.source, found.table, about, said)
    return (called(comment, about, found),)


def security_label(cursor: Cursor) -> tuple[Operation, ...]:
    """The operation of a SECURITY LABEL, from behind the word SECURITY to the end."""
    cursor.expect("LABEL")
    if cursor.accept("FOR"):
        cursor.string() if cursor.token().kind is Kind.STRING else cursor.label()
    about, found, _ = _said(cursor, "SECURITY LABEL")
    label = AlterObject("SECURITY LABEL", found.name, cursor.source, found.table)
    return (called(label, about, found),)


def _said(cursor: Cursor, verb: str) -> tuple[str, Reference, str | None]:
    """What kind of object it is about, which one, and what is said of it."""
    cursor.expect("ON")
    about = kind(cursor, _KINDS)
    if not about:
        raise NotRead(f"{verb} ON {cursor.token().key} is not read yet")
    found = _about(cursor, about)
    cursor.expect("IS")
    # an empty comment is none
    said = None if cursor.accept("NULL") else cursor.string() or None
    cursor.finish()
    return about, found, said


def _about(cursor: Cursor, about: str) -> Reference:
    """The object, with the table that it is, or is part of."""
    if about == "COLUMN":
        name, table = _column(cursor)
        return Reference(name, table=table)
    if about == "CONSTRAINT":
        name = Name(cursor.name())
        cursor.expect("ON")
        of_domain = cursor.accept("DOMAIN")
        owner = cursor.qualified()
        return Reference(name, table=None if of_domain else owner)
    found = reference(cursor, about)
    return replace(found, table=found.name) if about == "TABLE" else found


def _column(cursor: Cursor) -> tuple[Name, Name]:
    """The column and the table of ``schema.table.column``."""
    parts = cursor.dotted()
    if len(parts) == 1:
        raise NotRead("a column without its table is not read")
    if len(parts) > 4:
        raise NotRead("a name has at most four parts")
    return Name(parts[-1]), Name(parts[-2], parts[-3] if len(parts) > 2 else None)
