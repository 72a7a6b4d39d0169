"""What is drawn by lot: tables to two versions, their objects, and the section of a page that comes of them."""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from safemigrate.plan import python as written
from safemigrate.schema.name import literal, quoted, says

_Choice = TypeVar("_Choice")
#: values of each type that may go wrong somewhere, as their text
VALUES = {
    "text": ["ada", "", 'O\'Brien "q" \\n %s :x', "\u200b", "long " * 700, " ", "NULL", "é"],
    "varchar(20)": ["ada", "", "twenty characters ..", "\u200bé", "a  "],
    "integer": ["0", "-2147483648", "2147483647", "7"],
    "bigint": ["0", "-9223372036854775808", "9223372036854775807", "7"],
    "smallint": ["-32768", "32767", "0"],
    "numeric": ["NaN", "1.0", "1.00", "-Infinity", "12345678901234567890.123456789", "0"],
    "numeric(10, 2)": ["1.00", "-99999999.99", "NaN", "0"],
    "double precision": ["NaN", "-0", "0", "Infinity", "1e-300"],
    "boolean": ["true", "false"],
    "date": ["infinity", "-infinity", "2024-02-29", "4713-01-01 BC"],
    "timestamp": ["infinity", "2024-02-29 12:00:00.123456", "-infinity"],
    "timestamptz": ["infinity", "2024-03-10 02:30:00-05", "2024-11-03 01:30:00-04"],
    "jsonb": ["null", "{}", '{"a": [1, null]}', '"\\u00e9"'],
    "json": ["null", '{"a": 1, "a":  2}', "[]"],
    "uuid": ["00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    "bytea": ["", "\\x00ff"],
    "text[]": ["{}", "{NULL,a}", "{{a,b},{c,d}}"],
    "interval": ["1 mon", "30 days", "-1 day"],
    "char(3)": ["a", "abc", ""],
    "mood": ["sad", "Fine, thanks", ""],
}
NAMES = [
    *"email name full_name amount state note at_ data order user select Key fullName größe x_y y_x new old".split(),
    *("tg_op", "current_date", "with space", 'we"ird', "c" * 63, "percent%s", "colon:x", "a__b", "level", "a", "b"),
    *("owner", "Parent", "ref", "code", "d" * 62, "group", "n", "id_"),
]
#: rows that are there from the beginning and that nobody touches: foreign keys may lead to them
SEEDED = ("-1", "-2")
#: values in the rows of a page
_POOL = 5


@dataclass(slots=True)
class Column:
    """A column to both versions: its names, empty where one does not have it.

    *pool* are the values that versions write. *own* is what they write instead where each row has a value of its own,
    over ``:key``; *seed* is that of the rows that are there from the beginning.
    """

    type: str
    old: str
    new: str
    nullable: bool
    pool: Sequence[str]
    default: str | None = None
    own: str = ""
    #: whether it is an identity
    numbers: bool = False
    #: the table and its column that the values are of
    to: tuple[Table, str] | None = None
    #: whether the release has changed it, and whether that keeps it from the change that is being drawn
    changed: bool = False
    spared: bool = False

    def seed(self, row: str) -> str:
        if self.own:
            return self.own.replace(":key", literal(row)) if "||" in self.own else row
        return literal(self.pool[0])

    def model(self, side: str) -> str:
        name = self.old if side == "old" else self.new
        return f"{name} = {self.own}" if name and self.own else name or "-"

    @property
    def shared(self) -> str:
        """What both versions call it in a scenario."""
        return re.sub(r"\W", "_", self.old or self.new)


@dataclass(slots=True)
class Thing:
    """An object over columns of a table: they cannot go, or change their type, before it. *drop* is the statement.

    It is about the table itself (@table), or about the one that the object is *on*.
    """

    name: str
    columns: list[str]
    drop: str = ""
    #: how a version reads what it makes of the columns, with @table and @key
    read: str = ""
    #: whether it was there before the revision that is being drawn
    old: bool = False
    on: Table | None = None


@dataclass(slots=True)
class Table:
    """A table as the changes so far leave it."""

    schema: str
    name: str
    columns: list[Column]
    id_type: str = "bigint"
    partitioned: bool = False
    #: its name and schema, and that of its key, to the old version
    was: tuple[str, str] = ("", "")
    key: str = "id"
    dropped: bool = False
    indexes: list[Thing] = field(default_factory=list)
    checks: list[Thing] = field(default_factory=list)
    uniques: list[Thing] = field(default_factory=list)
    foreign: list[Thing] = field(default_factory=list)
    #: what keeps columns from going
    holders: list[Thing] = field(default_factory=list)
    #: whether the release has begun
    begun: bool = False

    @property
    def sql(self) -> str:
        return _qualified(self.schema, self.name)

    @property
    def where(self) -> str:
        """The words by which Alembic finds it."""
        return f", schema={self.schema!r}" if self.schema else ""

    @property
    def known(self) -> list[Column]:
        """Those that some version knows: one that comes and goes in a release is none."""
        return [c for c in self.columns if c.old or (c.new and not self.dropped)]

    @property
    def present(self) -> list[Column]:
        return [c for c in self.columns if c.new and not c.spared]

    @property
    def changed(self) -> bool:
        """Whether the release has changed any of it that a version knows."""
        return self.key != "id" or any(c.changed for c in self.columns)

    @property
    def plain(self) -> list[Column]:
        """The columns whose values say nothing of other rows."""
        return [c for c in self.present if not c.own and not c.to]

    def model(self, side: str) -> list[str]:
        if side == "new" and self.dropped:
            return ["-"] * (len(self.known) + 2)
        head = [_qualified(*self.was), "id"] if side == "old" else [self.sql, self.key]
        return [*head, *(c.model(side) for c in self.known)]

    def things(self) -> Iterator[list[Thing]]:
        yield from (self.indexes, self.checks, self.uniques, self.foreign, self.holders)

    def settle(self, chance: random.Random) -> None:
        """What there is now was there before the next revision. Few change what the release itself has made."""
        for thing in itertools.chain.from_iterable(self.things()):
            thing.old = thing.old or not self.begun or chance.randrange(3) == 0
        self.begun = True

    def spare(self, *, gentle: bool) -> None:
        """Keeps what the release has changed from a *gentle* change."""
        for column in self.columns:
            column.spared = gentle and column.changed

    def told(self, lines: str) -> None:
        """Notes which columns *lines* are about."""
        for column in self.columns if says(lines, self.name) else ():
            # SQL in Python doubles quotes, and puts a backslash before them
            names = [n.replace('"', '\\"\\"') for n in (column.old, column.new) if n]
            column.changed = column.changed or any(says(lines, name) for name in names)

    def renamed(self, before: str, after: str) -> None:
        for thing in itertools.chain.from_iterable(self.things()):
            thing.columns = [after if c == before else c for c in thing.columns]

    def gone(self, column: str) -> None:
        for things in self.things():
            things[:] = [thing for thing in things if column not in thing.columns]

    def held(self, column: str) -> list[Thing]:
        return [thing for thing in self.holders if column in thing.columns and not (thing.on and thing.on.dropped)]

    def lets_go(self, thing: Thing) -> str:
        """The line that drops a holder, by the name that its table has by now."""
        return execute(thing.drop.replace("@table", (thing.on or self).sql))


def _qualified(schema: str, name: str) -> str:
    return f"{quoted(schema)}.{quoted(name)}" if schema else quoted(name)


@dataclass(slots=True)
class Drawing:
    """What has been drawn: the statements before, those of each revision, and what follows from them."""

    chance: random.Random
    given: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    names: list[str] = field(default_factory=lambda: list(NAMES))
    altered: set[str] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    late: list[str] = field(default_factory=list)
    relaxed: bool = False
    labelled: bool = False
    retyped: bool = False
    moved: bool = False
    #: whether a revision runs on no row, so that there is none either to which a foreign key could lead
    rowless: bool = False
    schema: str = ""
    #: whether the change that is being drawn keeps to what people write into one release
    gentle: bool = False

    def some(self, choices: Sequence[_Choice]) -> _Choice:
        return self.chance.choice(choices)

    def one_in(self, number: int) -> bool:
        return self.chance.randrange(number) == 0

    def fresh(self) -> str:
        """A name that no column has had."""
        return self.names.pop(self.chance.randrange(len(self.names)))

    def numbered(self, word: str) -> str:
        return f"{word}_{next(self.numbers)}"

    def qualified(self, name: str) -> str:
        return _qualified(self.schema, name)

    def alter(self, table: Table, column: Column) -> None:
        """A version may read another value in *column* than it wrote, and so in what is made of it."""
        self.altered |= {column.shared, *(thing.name for thing in table.held(column.new) if thing.read)}

    @property
    def living(self) -> list[Table]:
        return [table for table in self.tables if not table.dropped]


def execute(sql: str) -> str:
    return "\n".join(written.execute(sql))


# -- the page -------------------------------------------------------------------------------------------------------


def page(drawing: Drawing, upgrades: Iterable[str]) -> str:
    """The section that plays what was drawn."""
    old, new = ([table.model(side) for table in drawing.tables] for side in ("old", "new"))
    head = {"kind": 0, "outcome": "", "old": old, "new": new, "rows": 9}
    head |= {"altered": sorted(drawing.altered)} if drawing.altered else {}
    head |= {"way_back": "rows that are allowed now"} if drawing.relaxed else {}
    head |= {"late": drawing.late} if drawing.late else {}
    head |= {"stays": "a label"} if drawing.labelled else {}
    head |= {"stale": "another type"} if drawing.retyped else {}
    head |= {"never": ["COPY"]} if drawing.moved else {}
    fences = {
        "toml": "\n".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()),
        "sql given": ";\n".join(drawing.given) + ";",
        "sql seed": "\n".join(_seeds(drawing)),
        "sql values": "VALUES " + ",\n       ".join(_rows(drawing)),
    }
    fences |= {f"sql {side}": ";\n".join(lines) + ";" for side, lines in _reads(drawing).items() if lines}
    fences |= {f"python upgrade{f'-{n}' if n > 1 else ''}": text for n, text in enumerate(upgrades, start=1)}
    return "\n".join(["## Drawn", "", *(f"```{fence}\n{text}\n```" for fence, text in fences.items())]) + "\n"


def _rows(drawing: Drawing) -> Iterator[str]:
    columns = [c for table in drawing.tables for c in table.known if not c.own]
    for number in range(_POOL):
        row = []
        for at, column in enumerate(columns):
            # the first row is one that nobody refuses
            is_null = column.nullable and number and (number == _POOL - 1 or (number + at) % 4 == 3)
            row.append("NULL" if is_null else literal(column.pool[(number + at) % len(column.pool)]))
        yield f"({', '.join(row or ['1'])})"


def _seeds(drawing: Drawing) -> Iterator[str]:
    for table in drawing.tables:
        columns = [c for c in table.columns if c.old]
        named = ", ".join(["id", *(quoted(c.old) for c in columns)])
        rows = ", ".join(f"({', '.join([row, *(c.seed(row) for c in columns)])})" for row in SEEDED)
        yield f"INSERT INTO {_qualified(*table.was)} ({named}) VALUES {rows};"


def _reads(drawing: Drawing) -> dict[str, list[str]]:
    """What views and generated columns make of a row."""
    if any(table.dropped for table in drawing.tables):
        return {}
    found: dict[str, list[str]] = {"old": [], "new": []}
    for table in drawing.tables:
        for thing in (each for each in table.holders if each.read):
            found["old"].append(thing.read.replace("@table", _qualified(*table.was)).replace("@key", "id"))
            found["new"].append(thing.read.replace("@table", table.sql).replace("@key", quoted(table.key)))
    return found
