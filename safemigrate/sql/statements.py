"""The text of one statement, read into operations."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from safemigrate.schema.name import Name
from safemigrate.schema.operations import Operation, Query, Unreadable
from safemigrate.schema.recognise import recognise
from safemigrate.sql import alter, blocks, commands, comments, create, data, drop, grants, maintenance, session
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.scripts import statements
from safemigrate.sql.tokens import Unterminated, scan

# a longer one carries data; its tokens would fill the memory
_LONGEST = 1_000_000

Reader = Callable[[Cursor], tuple[Operation, ...]]


@lru_cache(maxsize=8192)
def read(sql: str) -> tuple[Operation, ...]:
    """The operations of the one statement *sql*, in order; none for white space and comments.

    What is not read is Unreadable and says why; nothing is raised.
    """
    text = sql.strip()
    if len(text) > _LONGEST:
        return (Unreadable(text, f"a statement of more than {_LONGEST:,} characters is not read"),)
    try:
        tokens = scan(text)
    except Unterminated as error:
        return (Unreadable(text, str(error)),)
    found = list(statements(tokens))
    if not found:
        return ()
    if len(found) > 1:
        return (Unreadable(text, "more than one statement stands here"),)
    statement = found[0]
    start = statement[0].start
    text = text[start : statement[-1].end]
    own = recognise(text, parse_name) if "safemigrate" in text else None
    if own is not None:
        return (own,)
    try:
        # offsets are those of the text unless a comment stood before it
        return _read(Cursor.over(text) if start else Cursor(text, tuple(statement), 0, len(statement)))
    except NotRead as error:
        return (Unreadable(text, error.reason),)


def read_body(body: str, language: str) -> tuple[Operation, ...]:
    """The operations of a function's *body*, which run when it is called; Unreadable for what is not static."""
    try:
        return blocks.read_body(body, language, read)
    except NotRead as error:
        return (Unreadable(body, error.reason),)


def parse_name(text: str) -> Name:
    """The name that *text* writes: ``public."T"`` is T of the schema public, ``T`` is t.

    Raises:
        ValueError: *text* is something else than one name, with or without its schema.
    """
    try:
        cursor = Cursor.over(text)
        name = cursor.qualified()
        cursor.finish()
    except (NotRead, Unterminated) as error:
        raise ValueError(f"{text!r} is not a name: {error}") from None
    return name


def _read(cursor: Cursor) -> tuple[Operation, ...]:
    if any(token.key == "\\" for token in cursor.tokens):
        raise NotRead("a command of psql is not SQL")
    word = cursor.token().key
    whole = _QUERIES.get(word)
    if whole is not None:
        return whole(cursor)
    reader = _READERS.get(word)
    if reader is None:
        raise NotRead(_REASONS.get(word) or (f"{word} is not read yet" if word.isalpha() else "this is no statement"))
    cursor.advance()
    operations = reader(cursor)
    cursor.finish()
    return operations


def _show(cursor: Cursor) -> tuple[Operation, ...]:
    cursor.rest()
    return (Query((), cursor.source),)


def _explain(cursor: Cursor) -> tuple[Operation, ...]:
    """EXPLAIN runs nothing, unless ANALYZE says so: then it is what it explains."""
    if maintenance.explain_options(cursor):
        return _read(cursor.rest().alone())
    if cursor.done:
        raise cursor.surprise("a statement")
    cursor.rest()
    return (Query((), cursor.source),)


def _prepare(cursor: Cursor) -> tuple[Operation, ...]:
    return session.transaction("PREPARE", cursor) if cursor.sees("TRANSACTION") else commands.prepare(cursor)


def _transaction(word: str) -> Reader:
    return lambda cursor: session.transaction(word, cursor)


_QUERIES: dict[str, Reader] = dict.fromkeys(("SELECT", "VALUES", "TABLE", "("), data.select)
_READERS: dict[str, Reader] = {
    "CREATE": create.create,
    "ALTER": alter.alter,
    "DROP": drop.drop,
    "COMMENT": comments.comment,
    "SECURITY": comments.security_label,
    "GRANT": grants.grant,
    "REVOKE": grants.revoke,
    "REASSIGN": grants.reassign,
    **data.WRITES,
    "WITH": data.with_query,
    "TRUNCATE": data.truncate,
    "LOCK": data.lock,
    "VACUUM": maintenance.vacuum,
    "ANALYZE": maintenance.analyze,
    "ANALYSE": maintenance.analyze,
    "CLUSTER": maintenance.cluster,
    "REINDEX": maintenance.reindex,
    "REFRESH": maintenance.refresh,
    "COPY": data.copy,
    "DO": lambda cursor: blocks.do(cursor, read),
    "PREPARE": _prepare,
    **commands.COMMANDS,
    "SHOW": _show,
    "EXPLAIN": _explain,
    "SET": session.set_parameter,
    "RESET": session.reset,
    **{word: _transaction(word) for word in "BEGIN START COMMIT END ROLLBACK ABORT SAVEPOINT RELEASE".split()},
}
_REASONS = {
    "CALL": "a procedure runs code that is not read",
    "EXECUTE": "a prepared statement runs code that is not read",
}
