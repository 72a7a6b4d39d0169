"""Changes drawn by lot: what somebody writes into the revisions of a release."""

from __future__ import annotations

import random
from collections.abc import Callable

from drawn import SEEDED, VALUES, Column, Drawing, Table, Thing, execute, page
from drawn_schema import element, foreign_key, never_false, schema, unique

from safemigrate.schema.name import literal, quoted

#: Each is given what has been drawn and a table, and gives what draws the change and returns its lines; None where
#: the table has nothing to change in this way.
Change = Callable[[Drawing, Table], Callable[[], list[str]] | None]


def release(chance: random.Random, *, revisions: int, most: int) -> str:
    """A release of *revisions* revisions of one to *most* changes each, as the section of a page."""
    drawing = schema(chance)
    upgrades = []
    for _ in range(revisions):
        lines: list[str] = []
        for table in drawing.tables:
            table.settle(chance)
        for _ in range(chance.randint(1, most)):
            lines += _change(drawing)
        upgrades.append("\n".join(lines) or "pass")
    return page(drawing, upgrades)


def _change(drawing: Drawing) -> list[str]:
    """One change. Every kind meets every other one, but mostly they are such as people release together.

    What the release has changed already is spared by most, and what no split knows a way for is drawn now and then.
    """
    drawing.gentle = not drawing.one_in(4)
    for table in drawing.tables:
        table.spare(gentle=drawing.gentle)
    table = drawing.some(drawing.living)
    fitting = [made for change in CHANGES if (made := change(drawing, table)) is not None]
    lines = drawing.some(fitting)() if fitting else []
    for table in drawing.tables:
        table.told("\n".join(lines))
    return lines


# -- columns --------------------------------------------------------------------------------------------------------


def rename_column(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    def change() -> list[str]:
        column = drawing.some(table.present)
        if column.nullable and column.default is not None:
            # a NULL of the new version looks as if it had left the column to the old one's default
            drawing.alter(table, column)
        before, column.new = column.new, drawing.fresh()
        table.renamed(before, column.new)
        return [f"op.alter_column({table.name!r}, {before!r}, new_column_name={column.new!r}{table.where})"]

    return change if table.present else None


def rename_key(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    def change() -> list[str]:
        table.key = drawing.fresh()
        drawing.late.append(f"ON CONFLICT ({quoted(table.key)})")
        return [f"op.alter_column({table.name!r}, 'id', new_column_name={table.key!r}{table.where})"]

    rough = drawing.gentle and (table.partitioned or table.changed)
    return change if table.key == "id" and not rough and drawing.one_in(3) else None


def drop_column(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    found = [c for c in table.present if not (c.type == "integer" and c.pool == ["1"])]

    def change() -> list[str]:
        column = drawing.some(found)
        lines = _released(drawing, table, column.new)
        before, column.new = column.new, ""
        drawing.relaxed = drawing.relaxed or not column.nullable
        table.gone(before)
        return [*lines, f"op.drop_column({table.name!r}, {before!r}{table.where})"]

    return change if len(table.present) > 1 and found else None


def _released(drawing: Drawing, table: Table, column: str) -> list[str]:
    """What lets go of a column that is to go, or to change its type."""
    held = table.held(column)
    drawing.relaxed = drawing.relaxed or any("CONSTRAINT" in thing.drop for thing in held)
    table.holders = [thing for thing in table.holders if thing not in held]
    for thing in held:
        on = thing.on or table
        on.foreign = [key for key in on.foreign if key.name != thing.name]
    return [table.lets_go(thing) for thing in held]


_PYTHON = {
    "text": "sa.Text()",
    "integer": "sa.Integer()",
    "bigint": "sa.BigInteger()",
    "numeric(10, 2)": "sa.Numeric(10, 2)",
    "date": "sa.Date()",
    "boolean": "sa.Boolean()",
}


def add_column(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    def change() -> list[str]:
        type_ = drawing.some(["text", "integer", "numeric(10, 2)", "date", "boolean"])
        column = Column(type_, "", drawing.fresh(), drawing.one_in(2), VALUES[type_])
        table.columns.append(column)
        python, value = _PYTHON[type_], drawing.some(VALUES[type_])
        begin = f"op.add_column({table.name!r}, sa.Column({column.new!r}, {python}"
        if column.nullable:
            return [f"{begin}){table.where})"]
        if drawing.one_in(2):
            column.default = value
            return [f"{begin}, nullable=False, server_default={value!r}){table.where})"]
        if drawing.one_in(3) and not any(c.to for each in drawing.tables for c in each.columns):
            drawing.rowless = True
            return [f"{begin}, nullable=False){table.where})"]
        update = f"UPDATE {table.sql} SET {quoted(column.new)} = {literal(value)}"
        return [
            f"{begin}){table.where})",
            execute(update),
            f"op.alter_column({table.name!r}, {column.new!r}, nullable=False{table.where})",
        ]

    return change


def add_reference(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    def change() -> list[str]:
        target, name = drawing.some(drawing.living), drawing.fresh()
        python = {"bigint": "sa.BigInteger()", "integer": "sa.Integer()"}[target.id_type]
        column = Column(target.id_type, "", name, nullable=True, pool=SEEDED, to=(target, target.key))
        table.columns.append(column)
        place = f"{target.schema}.{target.name}.{target.key}" if target.schema else f"{target.name}.{target.key}"
        unnamed = (
            f"op.add_column({table.name!r}, sa.Column({name!r}, {python}, sa.ForeignKey({place!r})){table.where})"
        )
        if drawing.one_in(2):
            return [unnamed]
        key = drawing.numbered("fk")
        return [
            f"op.add_column({table.name!r}, sa.Column({name!r}, {python}){table.where})",
            execute(foreign_key(drawing, table, column, key)),
        ]

    return None if drawing.rowless or (drawing.gentle and table.partitioned) else change


def add_unique_column(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    def change() -> list[str]:
        column = Column("text", "", drawing.fresh(), nullable=True, pool=[], own="'u' || :key")
        table.columns.append(column)
        added = f"op.add_column({table.name!r}, sa.Column({column.new!r}, sa.Text()){table.where})"
        return [added, execute(unique(drawing, table, column))]

    return None if drawing.gentle and table.partitioned else change


def set_not_null(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    found = [c for c in table.present if c.nullable and c.old and not c.own]

    def change() -> list[str]:
        column = drawing.some(found)
        column.nullable = False
        drawing.alter(table, column)
        value = literal(drawing.some(column.pool))
        update = f"UPDATE {table.sql} SET {quoted(column.new)} = {value} WHERE {quoted(column.new)} IS NULL"
        return [
            execute(update),
            f"op.alter_column({table.name!r}, {column.new!r}, nullable=False{table.where})",
        ]

    return change if found else None


def drop_not_null(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    found = [c for c in table.present if not c.nullable and not c.numbers]

    def change() -> list[str]:
        column = drawing.some(found)
        column.nullable = True
        drawing.relaxed = True
        if column.default is not None and column.new != column.old:
            # as where one is renamed that may be NULL already
            drawing.alter(table, column)
        return [f"op.alter_column({table.name!r}, {column.new!r}, nullable=True{table.where})"]

    return change if found else None


def set_default(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    found = [c for c in table.plain if c.type in ("text", "integer", "date") and len(c.pool) > 2]

    def change() -> list[str]:
        column = drawing.some(found)
        column.default = drawing.some([None, *VALUES[column.type]])
        if column.nullable and column.default is not None and column.new != column.old:
            # as where one with a default is renamed
            drawing.alter(table, column)
        return [f"op.alter_column({table.name!r}, {column.new!r}, server_default={column.default!r}{table.where})"]

    return change if found else None


#: types, what they may become, and how that is written
_RETYPED = {
    "varchar(20)": [("text", "sa.Text()"), ("varchar(40)", "sa.String(40)")],
    "smallint": [("integer", "sa.Integer()"), ("bigint", "sa.BigInteger()")],
    "integer": [("bigint", "sa.BigInteger()"), ("bigint", "sa.BigInteger()"), ("numeric", "sa.Numeric()")],
    "text": [("varchar(4000)", "sa.String(4000)"), ("text COLLATE C", "sa.Text(collation='C')")],
    "numeric(10, 2)": [("numeric(12, 2)", "sa.Numeric(12, 2)"), ("numeric", "sa.Numeric()")],
    "timestamp": [("timestamptz", "sa.DateTime(timezone=True)")],
    "date": [("timestamp", "sa.DateTime()")],
    "char(3)": [("text", "sa.Text()")],
}


#: what a driver hands over as something else
_SEEN = frozenset({("integer", "numeric"), ("timestamp", "timestamptz"), ("date", "timestamp"), ("char(3)", "text")})


def retype(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    ways = [(c, way) for c in table.present for way in _RETYPED.get(c.type, ())]
    found = [(c, way) for c, way in ways if not drawing.gentle or (c.type, way[0]) not in _SEEN]

    def change() -> list[str]:
        column, (type_, python) = drawing.some(found)
        lines = _released(drawing, table, column.new)
        drawing.retyped = True
        before, column.type = column.type, type_
        if (before, column.type) == ("numeric(10, 2)", "numeric"):
            # nobody rounds what the old version writes any more
            drawing.alter(table, column)
        return [*lines, f"op.alter_column({table.name!r}, {column.new!r}, type_={python}{table.where})"]

    return change if found else None


def retype_key(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    def change() -> list[str]:
        table.id_type = "bigint"
        drawing.retyped = True
        return [f"op.alter_column({table.name!r}, {table.key!r}, type_=sa.BigInteger(){table.where})"]

    # PostgreSQL keeps the type of what a view reads, and each of them reads the key
    viewed = any("VIEW" in thing.drop for thing in table.holders)
    rough = drawing.gentle and (table.partitioned or table.changed)
    return change if table.id_type == "integer" and not viewed and not rough else None


# -- constraints and indexes ----------------------------------------------------------------------------------------


def add_check(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    def change() -> list[str]:
        column, name = drawing.some(table.plain), drawing.numbered("ck")
        table.checks.append(Thing(name, [column.new]))
        said = never_false(column).replace(":", "\\:")
        return [f"op.create_check_constraint({name!r}, {table.name!r}, {said!r}{table.where})"]

    return change if table.plain else None


def add_foreign_key(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    bound = {column for thing in table.foreign for column in thing.columns}
    found = [c for c in table.present if c.to and not c.to[0].dropped and c.new not in bound]
    found = [] if drawing.gentle and table.partitioned else found

    def change() -> list[str]:
        return [execute(foreign_key(drawing, table, drawing.some(found), drawing.numbered("fk")))]

    return change if found else None


def add_unique(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    found = [c for c in table.present if c.own and not (drawing.gentle and table.partitioned)]

    def change() -> list[str]:
        column, name = drawing.some(found), drawing.numbered("uq")
        columns = [column.new, *([table.key] if table.partitioned else [])]
        table.uniques.append(Thing(name, [column.new]))
        return [f"op.create_unique_constraint({name!r}, {table.name!r}, {columns!r}{table.where})"]

    return change if found else None


def drop_constraint(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    # a key to which a foreign key leads stays
    led_to = {thing.columns[0] for thing in table.holders if "DROP CONSTRAINT" in thing.drop}
    keys = [thing for thing in table.uniques if thing.columns[0] not in led_to]
    # nobody makes in a revision what it drops
    found = [thing for thing in (*table.checks, *keys, *table.foreign) if thing.old]

    def change() -> list[str]:
        thing = drawing.some(found)
        for things in (table.checks, table.uniques, table.foreign):
            things[:] = [other for other in things if other is not thing]
        drawing.relaxed = True
        return [f"op.drop_constraint({thing.name!r}, {table.name!r}{table.where})"]

    return change if found else None


def create_index(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    found = [c for c in table.present if c.type != "json"]
    simple = drawing.gentle and table.partitioned

    def change() -> list[str]:
        column, name = drawing.some(found), drawing.numbered("ix")
        if simple or drawing.one_in(2):
            table.indexes.append(Thing(name, [column.new]))
            return [f"op.create_index({name!r}, {table.name!r}, [{column.new!r}]{table.where})"]
        text, columns = element(drawing, table, column, found)
        table.indexes.append(Thing(name, columns))
        return [execute(f"CREATE INDEX {name} ON {table.sql} {text}")]

    return change if found else None


def drop_index(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    found = [thing for thing in table.indexes if thing.old]

    def change() -> list[str]:
        thing = drawing.some(found)
        table.indexes.remove(thing)
        drawing.relaxed = True
        return [f"op.drop_index({thing.name!r}, {table.name!r}{table.where})"]

    return change if found else None


def rename_constraint(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    found = [thing for thing in (*table.checks, *table.uniques) if thing.old]

    def change() -> list[str]:
        thing = drawing.some(found)
        before, thing.name = thing.name, drawing.numbered("named")
        return [execute(f"ALTER TABLE {table.sql} RENAME CONSTRAINT {before} TO {thing.name}")]

    return change if found and drawing.one_in(3) else None


# -- tables and types -----------------------------------------------------------------------------------------------


def rename_table(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    def change() -> list[str]:
        before, table.name = table.name, drawing.some(["people", "Renamed Table", "group", "r" * 63])
        drawing.moved = True
        return [f"op.rename_table({before!r}, {table.name!r}{table.where})"]

    once = all((each.schema, each.name) == each.was for each in drawing.tables)
    return change if once and not (drawing.gentle and table.changed) else None


def drop_table(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    def change() -> list[str]:
        lines = [table.lets_go(thing) for thing in table.holders if "VIEW" in thing.drop]
        table.dropped = True
        drawing.relaxed = True
        return [*lines, f"op.drop_table({table.name!r}{table.where})"]

    # to the last one no other refers
    last = table is drawing.tables[-1] and len(drawing.living) > 1
    referred = any(c.to and c.to[0] is table and each is not table for each in drawing.tables for c in each.columns)
    return change if last and not referred and not (drawing.gentle and table.changed) else None


def create_table(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    def change() -> list[str]:
        name = drawing.numbered("Made")
        place = f"{table.schema}.{table.name}.{table.key}" if table.schema else f"{table.name}.{table.key}"
        return [
            f"op.create_table({name!r}, sa.Column('id', sa.Integer(), primary_key=True), "
            f"sa.Column('of', sa.BigInteger(), sa.ForeignKey({place!r}), index=True){table.where})"
        ]

    return change if drawing.one_in(2) else None


def add_label(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    def change() -> list[str]:
        label = drawing.numbered("label")
        drawing.labelled = True
        return [execute(f"ALTER TYPE {drawing.qualified('mood')} ADD VALUE '{label}'")]

    return change if drawing.one_in(3) else None


def remark(drawing: Drawing, table: Table) -> Callable[[], list[str]] | None:
    def change() -> list[str]:
        column = drawing.some(table.present)
        if drawing.one_in(2):
            return [f"op.alter_column({table.name!r}, {column.new!r}, comment='it is said'{table.where})"]
        return [execute(f"GRANT SELECT ({quoted(column.new)}) ON {table.sql} TO PUBLIC")]

    return change if table.present and drawing.one_in(3) else None


CHANGES: tuple[Change, ...] = (
    rename_column,
    rename_column,
    rename_key,
    drop_column,
    add_column,
    add_reference,
    add_unique_column,
    set_not_null,
    drop_not_null,
    set_default,
    retype,
    retype,
    retype_key,
    add_check,
    add_foreign_key,
    add_unique,
    drop_constraint,
    create_index,
    drop_index,
    rename_constraint,
    rename_table,
    drop_table,
    create_table,
    add_label,
    remark,
)
