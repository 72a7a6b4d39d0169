"""Scenarios as Hypothesis draws them: tables with awkward names and rows, and what somebody does to them."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from safemigrate.plan import python as written
from safemigrate.schema.name import literal, quoted

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
_NAMES = [
    *"email name full_name amount state note at_ data order user select Key fullName größe x_y y_x new old".split(),
    *("tg_op", "current_date", "with space", 'we"ird', "c" * 63, "percent%s", "colon:x", "a__b", "level", "a", "b"),
]
_TABLES = ["users", "order", "Orders", "audit log", "t" * 63, "größen", "a_b"]
_SCHEMAS = ["", "", "", "app", "App Space"]


@dataclass(slots=True)
class Column:
    """A column to both versions: its names, empty where one does not have it."""

    type: str
    old: str
    new: str
    nullable: bool
    default: str | None = None


@dataclass(slots=True)
class Table:
    """A table as the changes so far leave it."""

    schema: str
    name: str
    columns: list[Column]
    indexes: dict[str, str] = field(default_factory=dict)
    checks: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}" if self.schema else quoted(self.name)

    @property
    def where(self) -> str:
        """The words by which Alembic finds it."""
        return f", schema={self.schema!r}" if self.schema else ""

    def model(self, side: str) -> list[str]:
        return [self.sql, "id", *(getattr(c, side) or "-" for c in self.columns)]

    @property
    def present(self) -> list[Column]:
        return [c for c in self.columns if c.new]


@dataclass(slots=True)
class Drawing:
    """What has been drawn: the statements before, those of each revision, and what follows from them."""

    draw: Callable[..., object]
    given: list[str]
    tables: list[Table]
    names: list[str]
    altered: set[str] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(100))
    relaxed: bool = False
    retyped: bool = False

    def some(self, choices: Sequence[object]) -> object:
        return self.draw(st.sampled_from(choices))

    def fresh(self) -> str:
        """A name that no column has had."""
        return self.names.pop(self.draw(st.integers(0, len(self.names) - 1)))


@st.composite
def changes(draw: Callable[..., object], *, revisions: int, most: int) -> str:
    """A release of *revisions* revisions of one to *most* changes each, as the section of a page."""
    drawing = _schema(draw)
    upgrades = []
    for _ in range(revisions):
        lines: list[str] = []
        for _ in range(draw(st.integers(1, most))):
            table = drawing.some(drawing.tables)
            fitting = [change for change in CHANGES if change(drawing, table) is not None]
            lines += drawing.some(fitting)(drawing, table)()
        upgrades.append("\n".join(lines))
    return _page(drawing, tuple(upgrades))


def _schema(draw: Callable[..., object]) -> Drawing:
    schema = draw(st.sampled_from(_SCHEMAS))
    drawing = Drawing(draw, [f"CREATE SCHEMA {quoted(schema)}"] if schema else [], [], list(_NAMES))
    mood = f"{quoted(schema)}.mood" if schema else "mood"
    drawing.given += [
        f"CREATE TYPE {mood} AS ENUM ('sad', 'Fine, thanks', '')",
        "CREATE TABLE parents (id bigint PRIMARY KEY)",
    ]
    names = draw(st.lists(st.sampled_from(_TABLES), min_size=1, max_size=2, unique=True))
    for name in names:
        drawing.tables.append(_table(drawing, schema, name, mood))
    return drawing


def _table(drawing: Drawing, schema: str, name: str, mood: str) -> Table:
    draw = drawing.draw
    table = Table(schema, name, [])
    words = []
    for _ in range(draw(st.integers(1, 4))):
        column = _column(drawing, mood)
        table.columns.append(column)
        words.append(f"{quoted(column.old)} {_written(column, mood)}")
    if draw(st.booleans()):
        drawing.given.append(
            f"CREATE TABLE {table.sql} (id bigint PRIMARY KEY, {', '.join(words)}) PARTITION BY HASH (id)"
        )
        for rest in range(2):
            part = f"{quoted(schema)}.{quoted(f'{name[:50]}_{rest}')}" if schema else quoted(f"{name[:50]}_{rest}")
            values = f"FOR VALUES WITH (MODULUS 2, REMAINDER {rest})"
            drawing.given.append(f"CREATE TABLE {part} PARTITION OF {table.sql} {values}")
    else:
        drawing.given.append(f"CREATE TABLE {table.sql} (id bigint PRIMARY KEY, {', '.join(words)})")
    for column in table.columns:
        if column.type not in ("json",) and draw(st.integers(0, 3)) == 0:
            index = f"ix_{len(drawing.given)}"
            table.indexes[index] = column.old
            where = f" WHERE {quoted(column.old)} IS NOT NULL" if draw(st.booleans()) else ""
            drawing.given.append(f"CREATE INDEX {index} ON {table.sql} ({quoted(column.old)}){where}")
        if column.type == "text" and draw(st.integers(0, 3)) == 0:
            check = f"ck_{len(drawing.given)}"
            table.checks.append(check)
            drawing.given.append(
                f"ALTER TABLE {table.sql} ADD CONSTRAINT {check} CHECK ({quoted(column.old)} <> 'forbidden')"
            )
    return table


def _column(drawing: Drawing, mood: str) -> Column:
    draw = drawing.draw
    type_ = draw(st.sampled_from(sorted(VALUES)))
    name = drawing.fresh()
    default = draw(st.sampled_from([None, None, *VALUES[type_]]))
    return Column(type_, name, name, nullable=draw(st.booleans()), default=default)


def _written(column: Column, mood: str) -> str:
    type_ = mood if column.type == "mood" else column.type
    default = f" DEFAULT {literal(column.default)}" if column.default is not None else ""
    return f"{type_}{'' if column.nullable else ' NOT NULL'}{default}"


def _page(drawing: Drawing, upgrades: tuple[str, ...]) -> str:
    columns = [c for table in drawing.tables for c in table.columns]
    rows = []
    for number in range(6):
        row = []
        for at, column in enumerate(columns):
            pool = VALUES[column.type]
            is_null = column.nullable and (number == 5 or (number + at) % 4 == 3)
            row.append("NULL" if is_null and number else literal(pool[(number + at) % len(pool)]))
        rows.append(f"({', '.join(row)})")
    old, new = ([table.model(side) for table in drawing.tables] for side in ("old", "new"))
    head = {"kind": 0, "outcome": "", "old": old, "new": new, "rows": 9}
    head |= {"altered": sorted(drawing.altered)} if drawing.altered else {}
    head |= {"way_back": "rows that are allowed now"} if drawing.relaxed else {}
    head |= {"stale": "another type"} if drawing.retyped else {}
    fences = {
        "toml": "\n".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()),
        "sql given": ";\n".join(drawing.given) + ";",
        "sql values": "VALUES " + ",\n       ".join(rows),
    }
    fences |= {f"python upgrade{f'-{n}' if n > 1 else ''}": text for n, text in enumerate(upgrades, start=1)}
    return "\n".join(["## Drawn", "", *(f"```{fence}\n{text}\n```" for fence, text in fences.items())]) + "\n"


# -- changes --------------------------------------------------------------------------------------------------------
#
# Each is given what has been drawn and a table, and gives what draws the change and returns its lines; None where the
# table has nothing to change in this way.

Change = Callable[[Drawing, Table], Callable[[], list[str]] | None]


def rename_column(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    def change() -> list[str]:
        column = drawing.some(table.present)
        before, column.new = column.new, drawing.fresh()
        if column.nullable and column.default is not None:
            # a NULL of the new version looks as if it had left the column to the old one's default
            drawing.altered.add(_shared(column))
        table.indexes = {i: column.new if c == before else c for i, c in table.indexes.items()}
        return [f"op.alter_column({table.name!r}, {before!r}, new_column_name={column.new!r}{table.where})"]

    return change if table.present else None


def drop_column(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    def change() -> list[str]:
        column = drawing.some(table.present)
        before, column.new = column.new, ""
        drawing.relaxed = drawing.relaxed or not column.nullable
        table.indexes = {i: c for i, c in table.indexes.items() if c != before}
        table.checks.clear()
        return [f"op.drop_column({table.name!r}, {before!r}{table.where})"]

    return change if len(table.present) > 1 else None


def add_column(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    def change() -> list[str]:
        type_ = drawing.some(["text", "integer", "numeric(10, 2)", "date", "boolean"])
        column = Column(type_, "", drawing.fresh(), nullable=drawing.draw(st.booleans()))
        table.columns.append(column)
        python = {
            "text": "sa.Text()",
            "integer": "sa.Integer()",
            "numeric(10, 2)": "sa.Numeric(10, 2)",
            "date": "sa.Date()",
            "boolean": "sa.Boolean()",
        }[type_]
        value = drawing.some(VALUES[type_])
        if column.nullable:
            return [f"op.add_column({table.name!r}, sa.Column({column.new!r}, {python}){table.where})"]
        if drawing.draw(st.booleans()):
            said = f"nullable=False, server_default={value!r}"
            return [f"op.add_column({table.name!r}, sa.Column({column.new!r}, {python}, {said}){table.where})"]
        update = f"UPDATE {table.sql} SET {quoted(column.new)} = {literal(value)}"
        return [
            f"op.add_column({table.name!r}, sa.Column({column.new!r}, {python}){table.where})",
            _execute(update),
            f"op.alter_column({table.name!r}, {column.new!r}, nullable=False{table.where})",
        ]

    return change


def set_not_null(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    found = [c for c in table.present if c.nullable and c.old]

    def change() -> list[str]:
        column = drawing.some(found)
        column.nullable = False
        drawing.altered.add(_shared(column))
        value = literal(drawing.some(VALUES[column.type]))
        update = f"UPDATE {table.sql} SET {quoted(column.new)} = {value} WHERE {quoted(column.new)} IS NULL"
        return [
            _execute(update),
            f"op.alter_column({table.name!r}, {column.new!r}, nullable=False{table.where})",
        ]

    return change if found else None


def drop_not_null(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    found = [c for c in table.present if not c.nullable]

    def change() -> list[str]:
        column = drawing.some(found)
        column.nullable = True
        drawing.relaxed = True
        return [f"op.alter_column({table.name!r}, {column.new!r}, nullable=True{table.where})"]

    return change if found else None


def set_default(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    found = [c for c in table.present if c.type in ("text", "integer", "date")]

    def change() -> list[str]:
        column = drawing.some(found)
        column.default = drawing.some([None, *VALUES[column.type]])
        return [f"op.alter_column({table.name!r}, {column.new!r}, server_default={column.default!r}{table.where})"]

    return change if found else None


def add_check(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    found = [c for c in table.present if c.type == "text"]

    def change() -> list[str]:
        column = drawing.some(found)
        name = f"ck_{next(drawing.numbers)}"
        table.checks.append(name)
        said = f"{quoted(column.new)} <> 'forbidden'".replace(":", "\\:")
        return [f"op.create_check_constraint({name!r}, {table.name!r}, {said!r}{table.where})"]

    return change if found else None


def drop_check(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    def change() -> list[str]:
        name = drawing.some(table.checks)
        table.checks.remove(name)
        drawing.relaxed = True
        return [f"op.drop_constraint({name!r}, {table.name!r}{table.where})"]

    return change if table.checks else None


def create_index(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    found = [c for c in table.present if c.type != "json"]

    def change() -> list[str]:
        column = drawing.some(found)
        name = f"ix_{next(drawing.numbers)}"
        table.indexes[name] = column.new
        return [f"op.create_index({name!r}, {table.name!r}, [{column.new!r}]{table.where})"]

    return change if found else None


def drop_index(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    def change() -> list[str]:
        name = drawing.some(sorted(table.indexes))
        del table.indexes[name]
        return [f"op.drop_index({name!r}, {table.name!r}{table.where})"]

    return change if table.indexes else None


def widen(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    wider = {"varchar(20)": "sa.Text()", "integer": "sa.BigInteger()", "smallint": "sa.Integer()"}
    found = [c for c in table.present if c.type in wider]

    def change() -> list[str]:
        column = drawing.some(found)
        drawing.retyped = True
        python, column.type = (
            wider[column.type],
            {"varchar(20)": "text", "integer": "bigint", "smallint": "integer"}[column.type],
        )
        return [f"op.alter_column({table.name!r}, {column.new!r}, type_={python}{table.where})"]

    return change if found else None


CHANGES: tuple[Change, ...] = (
    rename_column,
    rename_column,
    drop_column,
    add_column,
    set_not_null,
    drop_not_null,
    set_default,
    add_check,
    drop_check,
    create_index,
    drop_index,
    widen,
)


def _execute(sql: str) -> str:
    return "\n".join(written.execute(sql))


def _shared(column: Column) -> str:
    return re.sub(r"\W", "_", column.old or column.new)
