"""Operations as a careful person writes them in a revision: Alembic's own where they exist, SQL elsewhere."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import singledispatch

from safemigrate.alembic_plugin.batches import unbound
from safemigrate.plan.once import WhereThere, condition, once
from safemigrate.rulebook import Step
from safemigrate.schema import Answer, Column, Name, Operation, Type
from safemigrate.schema import operations as o
from safemigrate.schema.sync import Guard
from safemigrate.schema.traces import question

#: lines that say something, each behind its mark
Comments = tuple[str, ...]

INDENT = "    "
COMMIT = (
    "# commits, so that the next statements hold their locks for themselves only",
    "with op.get_context().autocommit_block():",
    f"{INDENT}pass",
)
LINE_CHARACTERS = 96

# PostgreSQL's spelling -> SQLAlchemy's generic or dialect type, "{}" standing for its arguments
_TYPES = {
    "bigint": "sa.BigInteger()",
    "integer": "sa.Integer()",
    "smallint": "sa.SmallInteger()",
    "boolean": "sa.Boolean()",
    "text": "sa.Text()",
    "character varying": "sa.String({})",
    "numeric": "sa.Numeric({})",
    "double precision": "sa.Double()",
    "date": "sa.Date()",
    "timestamp without time zone": "sa.DateTime()",
    "timestamp with time zone": "sa.DateTime(timezone=True)",
    "bytea": "sa.LargeBinary()",
    "uuid": "sa.Uuid()",
    "json": "sa.JSON()",
}
_ACTION = "CASCADE|RESTRICT|SET NULL|SET DEFAULT|NO ACTION"
# what a foreign key does, in the order in which SQLAlchemy writes it
_ACTIONS = re.compile(rf"(?:ON DELETE (?P<ondelete>{_ACTION}))?(?:(?:^| )ON UPDATE (?P<onupdate>{_ACTION}))?")


def string(text: str) -> str:
    """*text* as a Python string literal in double quotes, in triple quotes where it has several lines."""
    if "\n" in text:
        escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
        return f'"""\n{escaped}\n"""'
    return json.dumps(text, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Written:
    """The lines of one step. *transactional* lines run in the open transaction, or begin one, and leave it open;
    others commit what came before them and themselves."""

    lines: tuple[str, ...]
    transactional: bool


def steps(parts: Iterable[Step], comments: Iterable[Comments]) -> list[str]:
    """The lines of a function body that runs *parts*, each a step of its own under any ``env.py``.

    *comments* are what stands above each.
    """
    return joined(commented(part, said, written) for part, said in zip(parts, comments, strict=True))


def commented(step: Step, comments: Comments, write: Callable[[Step], Written]) -> Written:
    """A step below *comments*, which speak of what it does behind a guard."""
    guard, work = (step[:1], step[1:]) if isinstance(step[0], Guard) else ((), step)
    if not comments or not work:
        return write(step)
    done = write(work)
    return replace(done, lines=(*(write(guard).lines if guard else ()), *comments, *done.lines))


def written(step: Step) -> Written:
    """A step as the statements that it is."""
    lines = [line for op in step for line in statement(op)]
    if autocommit(step):
        return Written(("with op.get_context().autocommit_block():", *(INDENT + line for line in lines)), False)
    return Written(tuple(lines), True)


def joined(parts: Iterable[Written]) -> list[str]:
    """The lines of *parts* in order. A transaction is closed by what follows it."""
    lines: list[str] = []
    open_transaction = False
    for part in parts:
        if open_transaction and part.transactional:
            lines += COMMIT
        lines += part.lines
        open_transaction = part.transactional
    return lines


def asking(condition: str) -> list[str]:
    """The head of an if statement: *condition* holds, or the SQL is only written out and there is nobody to ask."""
    return [
        "# an attempt that was interrupted behind this has done it",
        *f"still_to_do = {string(unbound(question(condition)))}".split("\n"),
        "if op.get_context().as_sql or op.get_bind().scalar(sa.text(still_to_do)):",
    ]


def autocommit(step: Step) -> bool:
    """CONCURRENTLY cannot share a transaction; a VALIDATE would hold the locks taken before, and what comes after
    an ADD VALUE could not use the label."""
    asked = (op.operation if isinstance(op, WhereThere) else op for op in step)
    return any(not op.runs_in_transaction or isinstance(op, o.ValidateConstraint | o.AddEnumValue) for op in asked)


def call(function: str, *words: str) -> list[str]:
    """A call on one line, or with a line for each argument where it would be too long."""
    line = f"{function}({', '.join(words)})"
    if len(line) <= LINE_CHARACTERS:
        return [line]
    return [f"{function}(", *(f"{INDENT}{word}," for word in words), ")"]


def statement(op: Operation) -> list[str]:
    """The lines that run *op* in a revision."""
    guarded, asked = once(op), condition(op)
    if guarded is not None:
        return execute(guarded)
    if asked is not None:
        # what cannot stand in a block is asked for in Python
        return [*asking(asked), *(INDENT + line for line in _statement(op))]
    # Alembic's own operations know neither ONLY nor IF EXISTS of the table
    if getattr(op, "only", False) or getattr(op, "if_table_exists", False):
        return execute(op.sql())
    return _statement(op)


@singledispatch
def _statement(op: Operation) -> list[str]:
    return execute(op.sql())


def execute(sql: str) -> list[str]:
    """``op.execute``: colons that SQLAlchemy would take for parameters are escaped."""
    escaped = unbound(sql)
    # a blank outside of a literal may be a line's end, so a long statement without literals is broken there
    if len(escaped) > LINE_CHARACTERS and not {"'", '"', "\n", "$"} & set(escaped):
        escaped = "\n".join(textwrap.wrap(escaped, LINE_CHARACTERS, break_long_words=False, break_on_hyphens=False))
    return f"op.execute({string(escaped)})".split("\n")


@_statement.register
def _(op: o.AddColumn) -> list[str]:
    column = _column(op.column)
    if column is None or op.constraints:
        return execute(op.sql())
    exists = ["if_not_exists=True"] * op.if_not_exists
    return call("op.add_column", _table(op.table), column, *_schema(op.table), *exists)


@_statement.register
def _(op: o.DropColumn) -> list[str]:
    if op.cascade:
        return execute(op.sql())
    words = [_table(op.table), string(op.column), *_schema(op.table), *_if_exists(op.if_exists)]
    return call("op.drop_column", *words)


@_statement.register
def _(op: o.RenameColumn) -> list[str]:
    return _alter(op.table, op.column, f"new_column_name={string(op.new_name)}")


@_statement.register
def _(op: o.SetNotNull) -> list[str]:
    return _alter(op.table, op.column, "nullable=False")


@_statement.register
def _(op: o.DropNotNull) -> list[str]:
    return _alter(op.table, op.column, "nullable=True")


@_statement.register
def _(op: o.SetDefault) -> list[str]:
    return _alter(op.table, op.column, f"server_default={_text(op.default.sql())}")


@_statement.register
def _(op: o.DropDefault) -> list[str]:
    return _alter(op.table, op.column, "server_default=None")


@_statement.register
def _(op: o.ChangeType) -> list[str]:
    written, using = _type(op.type), op.using.sql() if op.using else ""
    # Alembic leaves a percent sign to the driver, which takes it for the mark of a parameter
    if written is None or op.collation or "%" in using:
        return execute(op.sql())
    words = [f"postgresql_using={json.dumps(using, ensure_ascii=False)}"] if using else []
    return _alter(op.table, op.column, f"type_={written}", *words)


@_statement.register
def _(op: o.AddForeignKey) -> list[str]:
    key, actions = op.constraint, _ACTIONS.fullmatch(op.constraint.actions)
    plain = key.name and key.referenced_columns and key.enforced and not key.period
    if not plain or actions is None:
        return execute(op.sql())
    words = [_named(key.name), _table(op.table), _table(key.referenced)]
    words += [json.dumps(list(key.columns)), json.dumps(list(key.referenced_columns))]
    words += [f"source_schema={string(op.table.schema)}"] if op.table.schema else []
    words += [f"referent_schema={string(key.referenced.schema)}"] if key.referenced.schema else []
    words += [f"{name}={string(action)}" for name, action in actions.groupdict().items() if action]
    words += [] if key.valid else ["postgresql_not_valid=True"]
    return call("op.create_foreign_key", *words)


@_statement.register
def _(op: o.AddCheck) -> list[str]:
    if op.only or op.constraint.no_inherit or not op.constraint.name:
        return execute(op.sql())
    words = [_named(op.constraint.name), _table(op.table), _text(op.constraint.expression.sql()), *_schema(op.table)]
    words += [] if op.constraint.valid else ["postgresql_not_valid=True"]
    return call("op.create_check_constraint", *words)


@_statement.register
def _(op: o.DropConstraint) -> list[str]:
    if op.cascade:
        return execute(op.sql())
    words = [_named(op.name), _table(op.table), *_schema(op.table), *_if_exists(op.if_exists)]
    return call("op.drop_constraint", *words)


@_statement.register
def _(op: o.CreateIndex) -> list[str]:
    words = index_words(op)
    if words is None:
        return execute(op.sql())
    exists = ["if_not_exists=True"] * op.if_not_exists
    return call("op.create_index", _named(op.index.name), *words, *exists, *_concurrently(op.concurrently))


def index_words(op: o.CreateIndex) -> list[str] | None:
    """What ``op.create_index`` is told behind the index's name, None where it has no words for the index."""
    index = op.index
    plain = index.elements == index.columns and not index.options and not op.only and index.nulls_distinct
    if not plain or not index.name:
        return None
    words = [_table(op.table), json.dumps(list(index.columns)), *_schema(op.table)]
    words += ["unique=True"] * index.unique
    words += [f"postgresql_using={string(index.method)}"] if index.method != "btree" else []
    words += [f"postgresql_include={json.dumps(list(index.include))}"] if index.include else []
    words += [f"postgresql_where={_text(index.where.sql())}"] if index.where else []
    return words


def _concurrently(concurrently: bool) -> list[str]:
    return ["postgresql_concurrently=True"] * concurrently


@_statement.register
def _(op: o.DropIndex) -> list[str]:
    if op.cascade:
        return execute(op.sql())
    words = [*_schema(op.index), *_if_exists(op.if_exists), *_concurrently(op.concurrently)]
    return call("op.drop_index", _named(op.index.name), *words)


@_statement.register
def _(op: o.RenameTable) -> list[str]:
    if op.if_exists:
        return execute(op.sql())
    return call("op.rename_table", _table(op.table), string(op.new_name), *_schema(op.table))


@_statement.register
def _(op: o.DropTable) -> list[str]:
    if op.cascade:
        return execute(op.sql())
    return call("op.drop_table", _table(op.table), *_schema(op.table), *_if_exists(op.if_exists))


def _named(name: str) -> str:
    """A name that is whole already: without op.f a naming convention of the project would change it."""
    return f"op.f({string(name)})"


def _table(name: Name) -> str:
    return string(name.name)


def _schema(name: Name) -> list[str]:
    return [f"schema={string(name.schema)}"] if name.schema else []


def _if_exists(if_exists: bool) -> list[str]:
    return ["if_exists=True"] if if_exists else []


def _text(sql: str) -> str:
    return f"sa.text({string(unbound(sql))})"


def _alter(table: Name, column: str, *changes: str) -> list[str]:
    return call("op.alter_column", _table(table), string(column), *changes, *_schema(table))


def _column(column: Column) -> str | None:
    """``sa.Column(…)``, or None where SQLAlchemy has no plain word for it."""
    written = _type(column.type) if column.type else None
    if written is None or column.generation or column.collation:
        return None
    words = [string(column.name), written]
    if column.default is not None:
        words.append(f"server_default={_text(column.default.sql())}")
    words.append(f"nullable={column.nullable is not Answer.NO}")
    return f"sa.Column({', '.join(words)})"


def _type(type_: Type) -> str | None:
    pattern = _TYPES.get(type_.name)
    if pattern is None or type_.dimensions or type_.schema or not type_.certain:
        return None
    if type_.arguments and "{}" not in pattern:
        return None
    return pattern.format(", ".join(type_.arguments))
