"""A place in the tokens of a statement, and the few moves that a grammar makes from it."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.schema.name import Name, quoted
from safemigrate.sql.tokens import Kind, Token, identifier, scan, string_value

_OPENING = frozenset("([")
_CLOSING = frozenset(")]")


class NotRead(Exception):
    """A form that the grammar does not know. *reason* is for people."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Cursor:
    """A moving place between two ends of *tokens*, whose text is *source*."""

    __slots__ = ("_place", "_stop", "_tokens", "source")

    def __init__(self, source: str, tokens: tuple[Token, ...], start: int, stop: int) -> None:
        self.source = source
        self._tokens = tokens
        self._place = start
        self._stop = stop

    @classmethod
    def over(cls, source: str) -> Cursor:
        """A cursor before the first token of *source*. Raises Unterminated."""
        tokens = scan(source)
        return cls(source, tokens, 0, len(tokens))

    def fork(self) -> Cursor:
        """Another cursor at the same place, to look ahead with."""
        return Cursor(self.source, self._tokens, self._place, self._stop)

    # -- looking ------------------------------------------------------------------------------------------------

    def token(self, ahead: int = 0) -> Token:
        """The token *ahead* of the place; one of kind END behind the last."""
        place = self._place + ahead
        if place < self._stop:
            return self._tokens[place]
        end = self._tokens[self._stop - 1].end if self._stop else 0
        return Token(Kind.END, "", end, end)

    def sees(self, *keys: str) -> bool:
        """Whether the next tokens are these words or symbols."""
        place = self._place
        if place + len(keys) > self._stop:
            return False
        for key in keys:
            if self._tokens[place].key != key:
                return False
            place += 1
        return True

    def sees_any(self, keys: Iterable[str]) -> bool:
        return self.token().key in keys and not self.done

    @property
    def done(self) -> bool:
        return self._place >= self._stop

    @property
    def text(self) -> str:
        """The source from the place to the end."""
        return self.source[self.token().start : self._tokens[self._stop - 1].end] if not self.done else ""

    @property
    def place(self) -> int:
        """Where the cursor stands, for *since*."""
        return self._place

    def since(self, place: int) -> str:
        """The source from *place* to where the cursor stands now."""
        passed = self._tokens[place : self._place]
        return self.source[passed[0].start : passed[-1].end] if passed else ""

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The tokens from the place to the end."""
        return self._tokens[self._place : self._stop]

    def written(self, token: Token) -> str:
        return self.source[token.start : token.end]

    # -- words --------------------------------------------------------------------------------------------------

    def accept(self, *keys: str) -> bool:
        """Passes these words or symbols if they come next, and tells whether they did."""
        if not self.sees(*keys):
            return False
        self._place += len(keys)
        return True

    def accept_any(self, *keys: str) -> str:
        """Passes one of *keys* and returns it, else an empty text."""
        found = self.token().key
        return self.advance().key if found and found in keys else ""

    def expect(self, *keys: str) -> None:
        if not self.accept(*keys):
            raise self.surprise(" ".join(keys))

    def advance(self) -> Token:
        """Passes one token."""
        token = self.token()
        if token.kind is Kind.END:
            raise self.surprise("more")
        self._place += 1
        return token

    def surprise(self, expected: str) -> NotRead:
        """The error that says what stands here instead of *expected*."""
        found = "the end" if self.done else repr(self.written(self.token()))
        return NotRead(f"{expected} was expected where {found} stands")

    def finish(self) -> None:
        """Raises NotRead unless everything was read."""
        if not self.done:
            raise NotRead(f"{self.written(self.token())!r} and what follows is not read yet")

    # -- names and values ---------------------------------------------------------------------------------------

    def label(self) -> str:
        """An identifier that may be any word, as after a dot."""
        token = self.token()
        if token.kind not in (Kind.WORD, Kind.QUOTED):
            raise self.surprise("a name")
        written = self.written(token)
        unicode = token.kind is Kind.QUOTED and written[0] in "uU"
        name = identifier(written, self._escape()) if unicode else identifier(written)
        if not name:
            raise self.surprise("a plain name")
        self._place += 3 if unicode and self.sees_escape() else 1
        return name

    def sees_escape(self) -> bool:
        """Whether UESCAPE and a string stand behind the next token."""
        return self.token(1).key == "UESCAPE" and self.token(2).kind is Kind.STRING

    def _escape(self) -> str:
        """The character that UESCAPE names behind the next token, a backslash where it does not stand there."""
        if not self.sees_escape():
            return "\\"
        escape = string_value(self.written(self.token(2))) or ""
        if len(escape) != 1 or escape in "+'\" \t\n" or escape.isalnum():
            raise self.surprise("a name with a good UESCAPE")
        return escape

    def name(self) -> str:
        """An identifier; a reserved word must be quoted."""
        token = self.token()
        if token.kind is Kind.WORD and is_reserved(token):
            raise self.surprise("a name")
        return self.label()

    def qualified(self) -> Name:
        """A name with or without its schema. A database before the schema can only be the one at hand."""
        parts = self.dotted()
        if len(parts) > 3:
            raise NotRead("a name has at most three parts")
        return Name(parts[-1], parts[-2] if len(parts) > 1 else None)

    def dotted(self) -> tuple[str, ...]:
        """Names with dots between them."""
        parts = [self.name()]
        while self.accept("."):
            parts.append(self.label())
        return tuple(parts)

    def names(self) -> tuple[str, ...]:
        """Names in parentheses."""
        return tuple(_only_name(item) for item in self.items())

    def string(self) -> str:
        """The value of a string constant."""
        token = self.token()
        unicode = token.kind is Kind.STRING and self.written(token)[:2] in ("U&", "u&")
        value = None
        if token.kind is Kind.STRING:
            value = (
                string_value(self.written(token), self._escape()) if unicode else string_value(self.written(token))
            )
        if value is None:
            raise self.surprise("a string")
        self._place += 3 if unicode and self.sees_escape() else 1
        return value

    # -- parts --------------------------------------------------------------------------------------------------

    def parenthesised(self) -> Cursor:
        """Passes ``( … )`` and returns a cursor over what is inside."""
        self.expect("(")
        start = self._place
        self._place = self._closing()
        inner = Cursor(self.source, self._tokens, start, self._place)
        self._place += 1
        return inner

    def items(self) -> tuple[Cursor, ...]:
        """Passes ``( …, … )`` and returns a cursor over each part; there is at least one."""
        parts = self.parenthesised().parts()
        if not parts[0].tokens:
            raise NotRead("an empty list is not read")
        return parts

    def parts(self) -> tuple[Cursor, ...]:
        """What is left, cut at the commas."""
        parts = [self.until(",")]
        while self.accept(","):
            parts.append(self.until(","))
        return tuple(parts)

    def until(self, *stops: str) -> Cursor:
        """Passes everything before the first of *stops* that is not in parentheses or a CASE."""
        start = self._place
        self._place = self._first(frozenset(stops))
        return Cursor(self.source, self._tokens, start, self._place)

    def cut_end(self, *keys: str) -> bool:
        """Takes these words off the end of what is left, and tells whether they stood there."""
        tail = self._tokens[max(self._place, self._stop - len(keys)) : self._stop]
        if tuple(token.key for token in tail) != keys:
            return False
        self._stop -= len(keys)
        return True

    def alone(self) -> Cursor:
        """A cursor over the text of what is left, as if nothing stood around it."""
        return Cursor.over(self.text)

    def rest(self) -> Cursor:
        """Passes everything that is left."""
        return self.until()

    def pass_one(self) -> Cursor:
        """Passes one token, or all of a parenthesis or CASE."""
        start = self._place
        self._place = self._first(None, skip=1)
        return Cursor(self.source, self._tokens, start, self._place)

    def _closing(self) -> int:
        place = self._first(_CLOSING)
        if place >= self._stop or self._tokens[place].key != ")":
            raise NotRead("a parenthesis that is never closed")
        return place

    def _first(self, stops: frozenset[str] | None, *, skip: int = 0) -> int:
        """The place of the first of *stops*, or of anything, at this level; the end if there is none."""
        depth = cases = 0
        for place in range(self._place, self._stop):
            key = self._tokens[place].key
            if (
                depth == cases == 0
                and place >= self._place + skip
                and (stops is None or (key in stops and not self._is_inside(place)))
            ):
                return place
            if key in _OPENING:
                depth += 1
            elif key in _CLOSING:
                if depth == 0:
                    raise NotRead("a parenthesis that was never opened")
                depth -= 1
            elif depth == 0 and key == "CASE" and not self._is_inside(place):
                cases += 1
            elif depth == 0 and cases and key == "END":
                cases -= 1
        if depth or cases:
            raise NotRead("a parenthesis or CASE that is never closed")
        return self._stop

    def _is_inside(self, place: int) -> bool:
        """Whether a word is no keyword here: behind a dot, or the FROM of IS DISTINCT FROM."""
        if place == 0:
            return False
        before = self._tokens[place - 1].key
        token = self._tokens[place]
        return (before == "." and token.kind is Kind.WORD) or (before == "DISTINCT" and token.key == "FROM")


def is_reserved(token: Token) -> bool:
    """Whether a word must be quoted to be a name."""
    word = token.key.lower()
    return bool(word) and quoted(word) != word


def _only_name(item: Cursor) -> str:
    name = item.name()
    item.finish()
    return name
