"""The tape of one run of a revision: its statements in order, each with its line and its transaction."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import FrameType
from typing import Protocol

from safemigrate.errors import SqlSyntaxError
from safemigrate.history.answers import YES, Answers, inspects
from safemigrate.history.constants import written_out
from safemigrate.history.driver import Answer, Executed, Reflection, Transaction, result_types
from safemigrate.history.source import Source, Span
from safemigrate.history.statement import Doubt
from safemigrate.schema.traces import is_question

#: a run that sends more is a loop that does not end
MOST_STATEMENTS = 20_000

_ESCAPED_PERCENT = re.compile(r"%%")
_CHECK_FIRST = ("sqlalchemy/sql/ddl.py", "sqlalchemy/dialects/postgresql/named_types.py")
_SEVERAL = re.compile(r";\s*\S")


class TooManyStatements(Exception):
    """A run sent more statements than any revision has reason to."""

    def __init__(self) -> None:
        super().__init__(f"it sent more than {MOST_STATEMENTS} statements")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One statement of a run. *stand_ins* are the missing names that shaped its text.

    *sent* is the text that the driver got, where constants of the file stand in *sql* that travelled beside it.
    """

    sql: str
    line: int
    column: int = 1
    transaction: Transaction | None = None
    parameters: bool = False
    doubts: frozenset[Doubt] = frozenset()
    stand_ins: tuple[str, ...] = ()
    sent: str = ""


class Catalogue(Protocol):
    """Makes the catalogue as it is now in a recording; *doubted* hears of each answer that is not certain."""

    def __call__(self, recording: Recording, doubted: Callable[[], None]) -> Reflection: ...


class Recording:
    """What one run of one direction sent to the database, and what it was told.

    *named* gives the stand-ins that a text carries, with the text as PostgreSQL can read it; *reflected* makes
    the catalogue's answers from the statements so far.
    """

    def __init__(
        self,
        source: Source,
        answers: Answers,
        *,
        named: Callable[[str], tuple[str, tuple[str, ...]]],
        reflected: Catalogue,
    ) -> None:
        self.source = source
        self.answers = answers
        self.statements: list[Recorded] = []
        #: what everything that runs from here on depends on and nobody knows
        self.doubts: frozenset[Doubt] = frozenset()
        #: the line of the batch operation that is being flushed
        self.batch_line: int | None = None
        self._named = named
        self._reflected = reflected
        self._line = 1
        self._told = False

    def execute(self, executed: Executed) -> Answer:
        """Record one call of the driver and answer it."""
        if is_question(executed.sql):
            return YES
        sql, stand_ins = self._named(_as_sent(executed))
        line = self.batch_line or self.line_now()
        doubts = self.doubts | ({Doubt.STAND_IN} if stand_ins else frozenset())
        made = Recorded(sql, line, 1, executed.transaction, executed.parameters, doubts, stand_ins)
        whole = self._written_out(sql, executed.values)
        if whole is not None:
            self._record(replace(made, sql=whole, parameters=False, sent=sql))
        else:
            for text, text_line, column in self._cut(sql, line):
                self._record(replace(made, sql=text, line=text_line, column=column))
        if inspects(sql):
            self.doubt(Doubt.INSPECTION)
        answer = self.answers.answer(sql, list(result_types(executed.context)))
        self._told |= bool(answer.columns)
        return answer

    def _written_out(self, sql: str, values: Sequence[object]) -> str | None:
        """The text with its values, where these stand in the file and no made-up row can have given them."""
        if not values or self._told:
            return None
        return written_out(sql, values, self.source.constants)

    def reflection(self) -> Reflection:
        """The catalogue as it is now. What runs after an answer that is not certain is not certain either."""
        if _creates_if_missing(self.frame()):
            return self._reflected(self, lambda: None)
        return self._reflected(self, lambda: self.doubt(Doubt.INSPECTION))

    def doubt(self, why: Doubt) -> None:
        """From here on, the revision's course hangs on what is not known."""
        self.doubts |= {why}

    def frame(self) -> FrameType | None:
        """The innermost running frame of the revision's file."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self.source.filename:
            frame = frame.f_back
        return frame

    def line_now(self) -> int:
        """The line of the revision's file that is running, or the last one that was."""
        frame = self.frame()
        if frame is not None:
            self._line = frame.f_lineno
        return self._line

    def _record(self, recorded: Recorded) -> None:
        if len(self.statements) >= MOST_STATEMENTS:
            raise TooManyStatements
        last = self.statements[-1] if self.statements else None
        # one INSERT a row, sent from a loop, is one statement many times
        if not (recorded.parameters and recorded == last):
            self.statements.append(recorded)

    def _cut(self, sql: str, line: int) -> list[tuple[str, int, int]]:
        whole = sql.strip().rstrip(";").rstrip()
        if not whole:
            return []
        if not _SEVERAL.search(sql):
            return [(whole, line, 1)]
        # the tokenizer is a large import, and few revisions send scripts
        from safemigrate.sql import cut

        try:
            pieces = cut(sql)
        except SqlSyntaxError:
            return [(whole, line, 1)]
        if len(pieces) == 1:
            return [(whole, line, 1)]
        frame = self.frame()
        start = self.source.literal_line(Span.running(frame), sql.count("\n")) if frame is not None else None
        if start is None:
            return [(piece.text, line, 1) for piece in pieces]
        return [(piece.text, start + piece.line - 1, piece.column) for piece in pieces]


def _as_sent(executed: Executed) -> str:
    """The text as PostgreSQL gets it: a driver undoes the doubled percent of a text that bypassed SQLAlchemy."""
    if executed.context is None or executed.context.compiled is None:
        return _ESCAPED_PERCENT.sub("%", executed.sql)
    return executed.sql


def _creates_if_missing(revision: FrameType | None) -> bool:
    """Whether it is SQLAlchemy's own ``checkfirst`` that looks: that decides one CREATE or DROP and nothing after."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame is not revision:
        if frame.f_code.co_filename.endswith(_CHECK_FIRST):
            return True
        frame = frame.f_back
    return False
