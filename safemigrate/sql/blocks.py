"""DO blocks and the bodies of functions: what is static in PL/pgSQL is read, the rest is said to be unreadable.

Static are the statements of a block, under IF and beside EXCEPTION, too, and EXECUTE of a constant. What may not run
is read as if it did: a type that is made where it is missing is there afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from safemigrate.schema.model import Volatility
from safemigrate.schema.operations import (
    AddColumn,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropObject,
    DropTable,
    Operation,
    Query,
    TransactionControl,
    Unreadable,
)
from safemigrate.sql import asked
from safemigrate.sql.cursor import Cursor, NotRead
from safemigrate.sql.expressions import read_expression
from safemigrate.sql.scripts import statements
from safemigrate.sql.tokens import Kind, Token, Unterminated, scan, string_value

Read = Callable[[str], tuple[Operation, ...]]

# blocks inside of blocks that are followed
_DEEPEST = 50
_LOOPS = ("FOR", "FOREACH", "WHILE", "LOOP")
# what tells or leaves, and changes nothing
_SILENT = ("NULL", "RAISE", "RETURN", "ASSERT", "EXIT", "CONTINUE")
_SQL = frozenset(
    """
    ALTER ANALYZE CALL CLUSTER COMMENT CREATE DELETE DO DROP GRANT IMPORT INSERT LOCK MERGE NOTIFY REASSIGN REFRESH
    REINDEX REVOKE SECURITY SELECT SET TRUNCATE UPDATE VALUES WITH
    """.split()
)


def do(cursor: Cursor, read: Read) -> tuple[Operation, ...]:
    """The operations of a DO block, from behind that word to the end; *read* reads a statement."""
    language, body = "plpgsql", None
    while not cursor.done:
        if cursor.accept("LANGUAGE"):
            language = cursor.string() if cursor.token().kind is Kind.STRING else cursor.label()
        elif body is None:
            body = cursor.string()
        else:
            raise cursor.surprise("the end")
    if body is None:
        raise cursor.surprise("a block")
    if language != "plpgsql":
        raise NotRead(f"a DO block in {language} runs code that is not read")
    # a block that does nothing is a question without a table
    return _static(body, cursor.source, read) or (Query((), cursor.source),)


def read_body(body: str, language: str, read: Read) -> tuple[Operation, ...]:
    """The operations of a function's body, which run when it is called; Unreadable for what is not static."""
    if language == "plpgsql":
        return _static(body, body, read)
    if language != "sql":
        return (Unreadable(body, f"code in {language} is not read"),)
    try:
        tokens = scan(body)
    except Unterminated as error:
        return (Unreadable(body, str(error)),)
    texts = (body[part[0].start : part[-1].end] for part in statements(tokens))
    return tuple(operation for text in texts for operation in read(text))


def _static(body: str, whole: str, read: Read) -> tuple[Operation, ...]:
    try:
        reading = _Reading(body, scan(body), whole, read)
        reading.block()
        reading.accept(";")
        if not reading.done:
            raise NotRead("what follows the end of the block is not read")
    except Unterminated as error:
        raise NotRead(str(error)) from None
    # one sentence a reason is enough
    return tuple(dict.fromkeys(reading.found))


class _Reading:
    """A moving place in the tokens of a body, and the operations found so far."""

    def __init__(self, body: str, tokens: tuple[Token, ...], whole: str, read: Read) -> None:
        self.found: list[Operation] = []
        self._body = body
        self._tokens = tokens
        self._whole = whole
        self._read = read
        self._place = 0
        self._depth = 0
        self._variables: set[str] = set()

    # -- tokens -------------------------------------------------------------------------------------------------

    @property
    def done(self) -> bool:
        return self._place >= len(self._tokens)

    def _key(self, ahead: int = 0) -> str:
        place = self._place + ahead
        return self._tokens[place].key if place < len(self._tokens) else ""

    def accept(self, *keys: str) -> bool:
        if any(self._key(ahead) != key for ahead, key in enumerate(keys)):
            return False
        self._place += len(keys)
        return True

    def _expect(self, *keys: str) -> None:
        if not self.accept(*keys):
            raise NotRead(f"{' '.join(keys)} was expected in a block that is not read")

    def _until(self, *stops: str) -> str:
        """Passes everything before one of *stops* that stands in no parenthesis or CASE, and returns its text."""
        start, depth = self._place, 0
        while not self.done:
            key = self._key()
            if depth == 0 and key in stops:
                break
            depth += (key in ("(", "[", "CASE")) - (key in (")", "]", "END"))
            self._place += 1
        if self.done:
            raise NotRead("a statement of a block has no end")
        passed = self._tokens[start : self._place]
        return self._body[passed[0].start : passed[-1].end] if passed else ""

    def _unread(self, reason: str) -> None:
        # the text is that of the whole, which is what runs
        self.found.append(Unreadable(self._whole, reason))

    # -- blocks -------------------------------------------------------------------------------------------------

    def block(self) -> None:
        """Passes ``DECLARE … BEGIN … EXCEPTION … END``."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NotRead("blocks that lie this deep in each other are not read")
        self._label()
        if self.accept("DECLARE"):
            self._declarations()
        self._expect("BEGIN")
        first = len(self.found)
        self._statements("EXCEPTION", "END")
        if self.accept("EXCEPTION"):
            self.found[first:] = map(_perhaps, self.found[first:])
            while self.accept("WHEN"):
                self._until("THEN")
                self._expect("THEN")
                self._statements("WHEN", "END")
        self._expect("END")
        if not self.done and self._key() != ";":
            self._place += 1
        self._depth -= 1

    def _label(self) -> None:
        if self.accept("<", "<"):
            self._until(">")
            self._expect(">", ">")

    def _declarations(self) -> None:
        while not self.done and self._key() != "BEGIN":
            written = self._until(";")
            self._variables.add(written.split(None, 1)[0].lower() if written else "")
            self._expect(";")

    def _statements(self, *stops: str) -> None:
        while self._key() not in stops:
            if self.done:
                raise NotRead("a block is never closed")
            self._statement()

    def _statement(self) -> None:
        key = self._key()
        if key in ("BEGIN", "DECLARE", "<") and self._key(1) != "=":
            self.block()
            self._expect(";")
        elif key == "IF":
            self._if()
        elif key in _LOOPS:
            self._loop()
        elif key == "CASE":
            self._case()
        else:
            self._simple(key)
            self._expect(";")

    # -- control ------------------------------------------------------------------------------------------------

    def _if(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NotRead("blocks that lie this deep in each other are not read")
        first = len(self.found)
        while self.accept("IF") or self.accept("ELSIF") or self.accept("ELSEIF"):
            condition = self._until("THEN")
            self._expect("THEN")
            if not self._asks_catalogue(condition):
                self._unread("whether a part of the block runs depends on more than the catalogue")
            self._statements("ELSIF", "ELSEIF", "ELSE", "END")
        if self.accept("ELSE"):
            self._statements("END")
        self._expect("END", "IF", ";")
        self.found[first:] = map(_perhaps, self.found[first:])
        self._depth -= 1

    def _asks_catalogue(self, condition: str) -> bool:
        """Whether a condition asks for nothing but what the catalogue and the settings say."""
        words = {token.key.lower() for token in scan(condition)}
        if words & self._variables or read_expression(condition).volatility not in _KNOWN:
            return False
        tables = asked.tables(f"SELECT {condition}")
        return tables is not None and all(
            table.schema in ("pg_catalog", "information_schema") or table.name.startswith("pg_") for table in tables
        )

    def _loop(self) -> None:
        place, found, depth = self._place, tuple(self.found), self._depth
        try:
            self._loop_over_numbers()
            if tuple(self.found) == found:
                return
        except NotRead:
            pass
        # how often it runs, and on what, is known when it runs
        self._place, self.found[:], self._depth = place, found, depth
        self._skip_loop()
        self._unread("a loop in a block runs code that is not read")

    def _loop_over_numbers(self) -> None:
        self._expect("FOR")
        self._variables.add(self._key().lower())
        numbers = self._until("LOOP").partition("..")
        if not numbers[1] or any(read_expression(end).volatility not in _KNOWN for end in numbers[::2]):
            raise NotRead("what the loop goes over is not read")
        self._expect("LOOP")
        self._statements("END")
        self._expect("END", "LOOP")
        self._until(";")
        self._expect(";")

    def _skip_loop(self) -> None:
        depth = 0
        while not self.done:
            if self._key() == "LOOP":
                depth += -1 if self._tokens[self._place - 1].key == "END" else 1
                if depth == 0:
                    break
            self._place += 1
        self._until(";")
        self._expect(";")

    def _case(self) -> None:
        while not self.done and not (self._key() == "END" and self._key(1) == "CASE"):
            self._place += 1
        self._expect("END", "CASE", ";")
        self._unread("a CASE in a block runs code that is not read")

    # -- statements ---------------------------------------------------------------------------------------------

    def _simple(self, key: str) -> None:
        if key in _SILENT:
            self._until(";")
        elif self.accept("EXECUTE"):
            self._execute(self._until(";"))
        elif self.accept("PERFORM"):
            self._run(f"SELECT {self._until(';')}")
        elif key in _SQL:
            self._run(self._without_into(self._until(";")))
        elif ":" in (self._key(1), self._key(2)) or self._key(1) == "=":
            self._assignment(self._until(";"))
        else:
            self._until(";")
            self._unread(f"{key or 'a statement'} in a block is not read")

    def _run(self, text: str) -> None:
        for operation in self._read(text):
            if isinstance(operation, Unreadable):
                self._unread(operation.reason)
            elif isinstance(operation, TransactionControl):
                self._unread(f"{operation.kind} in a block is not read")
            else:
                self.found.append(operation)

    def _execute(self, text: str) -> None:
        tokens = scan(text)
        command = string_value(text[tokens[0].start : tokens[0].end]) if _is_string(tokens) else None
        if command is None:
            self._unread("EXECUTE runs a command that is put together when it runs")
        else:
            self._run(command)

    def _assignment(self, text: str) -> None:
        value = text.partition("=")[2]
        if not value.strip():
            self._unread("an assignment in a block is not read")
        elif read_expression(value).volatility not in _KNOWN:
            self._unread("an assignment in a block calls code that is not read")

    def _without_into(self, text: str) -> str:
        """*text* without the variables that INTO assigns to, which would be a table in plain SQL."""
        tokens = scan(text)
        if not tokens or tokens[0].key not in ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "VALUES"):
            return text
        for place, into in _intos(tokens):
            end = place + 1 + (tokens[place + 1].key == "STRICT" if place + 1 < len(tokens) else 0)
            while end + 1 < len(tokens) and tokens[end + 1].key in (",", "."):
                end += 2
            if end < len(tokens):
                return f"{text[: into.start]} {text[tokens[end].end :]}"
        return text


_TABLE = re.compile(r"\bTABLE\b", re.IGNORECASE)
_KNOWN = (Volatility.CONSTANT, Volatility.STABLE)


def _is_string(tokens: tuple[Token, ...]) -> bool:
    return len(tokens) == 1 and tokens[0].kind is Kind.STRING


def _intos(tokens: tuple[Token, ...]) -> Iterator[tuple[int, Token]]:
    """Every INTO outside of parentheses that is not that of INSERT INTO, with its place."""
    depth = 0
    for place, token in enumerate(tokens):
        depth += (token.key == "(") - (token.key == ")")
        if token.key == "INTO" and depth == 0 and place and tokens[place - 1].key not in ("INSERT", "MERGE"):
            yield place, token


def _perhaps(operation: Operation) -> Operation:
    """The operation as one that may find its work done, where it has a word for that."""
    if isinstance(operation, AddColumn) or (isinstance(operation, CreateIndex) and operation.index.name):
        return replace(operation, if_not_exists=True)
    if isinstance(operation, CreateTable) and not (operation.if_not_exists or operation.text.startswith("SELECT")):
        text = _TABLE.sub("TABLE IF NOT EXISTS", operation.text, count=1)
        return replace(operation, if_not_exists=True, text=text)
    if isinstance(operation, DropColumn | DropConstraint | DropIndex | DropTable):
        return replace(operation, if_exists=True)
    if isinstance(operation, DropObject) and not operation.text and operation.kind != "OWNED BY":
        return replace(operation, if_exists=True)
    return operation
