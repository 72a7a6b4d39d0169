"""A schema value told as SQLAlchemy's inspector tells a database: dictionaries of columns, keys and indexes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.base import ischema_names

from safemigrate.schema import Answer, Check, Column, ForeignKey, Name, PrimaryKey, Table, Type, Unique
from safemigrate.schema.model import Generation, Index

if TYPE_CHECKING:
    from safemigrate.history.replay import Known

_ACTION = re.compile(r"ON (DELETE|UPDATE) (CASCADE|RESTRICT|SET NULL|SET DEFAULT|NO ACTION)", re.I)
_IDENTITIES = (Generation.IDENTITY_ALWAYS, Generation.IDENTITY_BY_DEFAULT)
_DIGITS = re.compile(r"\d+")


class ReplayedReflection:
    """The catalogue of a replayed schema. *doubted* hears of each answer that a real database may give otherwise."""

    def __init__(self, known: Known, doubted: Callable[[], None]) -> None:
        self._known = known
        self._schema = known.schema
        self._doubted = doubted

    def has_table(self, table: str, schema: str | None) -> bool:
        self._asked_about(Name(table, schema))
        names = [*self._objects("VIEW", schema), *self._objects("MATERIALIZED VIEW", schema)]
        return self._schema.table(Name(table, schema)) is not None or table in names

    def table_names(self, schema: str | None) -> list[str]:
        self._asked_about_names()
        return [name.name for name in self._schema.tables if (name.schema or "public") == (schema or "public")]

    def view_names(self, schema: str | None) -> list[str]:
        self._asked_about_names()
        return self._objects("VIEW", schema)

    def sequence_names(self, schema: str | None) -> list[str]:
        # a serial column's sequence is none that the replay knows
        self._doubted()
        return self._objects("SEQUENCE", schema)

    def schema_names(self) -> list[str]:
        self._asked_about_names()
        made = [name.name for kind, name in self._schema.objects if kind == "SCHEMA"]
        used = [name.schema for name in self._schema.tables if name.schema]
        return list(dict.fromkeys(["public", *made, *used]))

    def enums(self, schema: str | None) -> list[dict[str, Any]]:
        self._asked_about_types()
        return [
            {"name": name.name, "schema": name.schema or "public", "visible": True, "labels": list(enum.labels)}
            for name, enum in self._schema.enums.items()
            if schema in (None, "*", name.schema or "public")
        ]

    def columns(self, table: str, schema: str | None) -> list[dict[str, Any]]:
        return [self._column(column) for column in self._table(table, schema).columns.values()]

    def primary_key(self, table: str, schema: str | None) -> dict[str, Any]:
        for name, key in self._table(table, schema).constraints.items():
            if isinstance(key, PrimaryKey):
                return {"name": name or f"{table}_pkey", "constrained_columns": list(key.columns), "comment": None}
        return {"name": None, "constrained_columns": [], "comment": None}

    def foreign_keys(self, table: str, schema: str | None) -> list[dict[str, Any]]:
        known = self._table(table, schema)
        return [
            self._foreign_key(name or f"{table}_{'_'.join(key.columns)}_fkey", key, schema)
            for name, key in known.constraints.items()
            if isinstance(key, ForeignKey)
        ]

    def unique_constraints(self, table: str, schema: str | None) -> list[dict[str, Any]]:
        known = self._table(table, schema)
        return [
            {
                "name": name or f"{table}_{'_'.join(key.columns)}_key",
                "column_names": list(key.columns),
                "comment": None,
                "dialect_options": {
                    "postgresql_include": list(key.include),
                    "postgresql_nulls_not_distinct": not key.nulls_distinct,
                },
            }
            for name, key in known.constraints.items()
            if isinstance(key, Unique)
        ]

    def check_constraints(self, table: str, schema: str | None) -> list[dict[str, Any]]:
        known = self._table(table, schema)
        return [
            {"name": name or f"{table}_check", "sqltext": check.expression.text, "comment": None}
            for name, check in known.constraints.items()
            if isinstance(check, Check)
        ]

    def indexes(self, table: str, schema: str | None) -> list[dict[str, Any]]:
        """The indexes but for the primary key's; the one behind a unique constraint says so."""
        known = self._table(table, schema)
        primary = self.primary_key(table, schema)["name"]
        unique = {name for name, key in known.constraints.items() if isinstance(key, Unique)}
        return [
            _index(index) | ({"duplicates_constraint": name} if name in unique else {})
            for name, index in known.indexes.items()
            if name != primary
        ]

    def comment(self, table: str, schema: str | None) -> dict[str, Any]:
        return {"text": self._table(table, schema).comment}

    def _asked_about(self, table: Name) -> None:
        if not self._known.tells(table):
            self._doubted()

    def _asked_about_names(self) -> None:
        if not self._known.tells_names:
            self._doubted()

    def _asked_about_types(self) -> None:
        if not self._known.tells_types:
            self._doubted()

    def _table(self, table: str, schema: str | None) -> Table:
        self._asked_about(Name(table, schema))
        known = self._schema.table(Name(table, schema))
        if known is None:
            raise sa.exc.NoSuchTableError(f"{schema}.{table}" if schema else table)
        return known

    def _objects(self, kind: str, schema: str | None) -> list[str]:
        found = [name for each, name in self._schema.objects if each == kind]
        return [name.name for name in found if (name.schema or "public") == (schema or "public")]

    def _column(self, column: Column) -> dict[str, Any]:
        told: dict[str, Any] = {
            "name": column.name,
            "type": self._type(column.type) if column.type else sa.types.NullType(),
            "nullable": column.nullable is not Answer.NO,
            # SQLAlchemy needs no nextval() to know a serial column, and Alembic would ask for its sequence
            "default": column.default.text if column.default else None,
            "autoincrement": column.generation in (Generation.SERIAL, *_IDENTITIES),
            "comment": column.comment,
        }
        if column.generation in _IDENTITIES:
            told["identity"] = {"always": column.generation is Generation.IDENTITY_ALWAYS}
        if column.generation in (Generation.STORED, Generation.VIRTUAL):
            told["computed"] = {
                "sqltext": column.generation_text,
                "persisted": column.generation is Generation.STORED,
            }
        return told

    def _type(self, type_: Type) -> sa.types.TypeEngine[Any]:
        element = self._element_type(type_)
        return postgresql.ARRAY(element, dimensions=type_.dimensions) if type_.dimensions else element

    def _element_type(self, type_: Type) -> sa.types.TypeEngine[Any]:
        name = type_.name.strip('"')
        enum = self._schema.enums.get(self._schema.resolve(Name(name, type_.schema)))
        if enum is not None:
            return postgresql.ENUM(*enum.labels, name=enum.name.name, schema=type_.schema)
        numbers = [int(argument) for argument in type_.arguments if _DIGITS.fullmatch(argument)]
        for kind in ("timestamp", "time"):
            if name in (kind, f"{kind} with time zone", f"{kind} without time zone", f"{kind}tz"):
                zoned = name.endswith(("with time zone", "tz"))
                made: type[Any] = postgresql.TIMESTAMP if kind == "timestamp" else postgresql.TIME
                return made(timezone=zoned, precision=numbers[0] if numbers else None)  # type: ignore[no-any-return]
        known: Any = ischema_names.get(name, sa.types.NullType)
        return known(*numbers) if numbers else known()  # type: ignore[no-any-return]

    def _foreign_key(self, name: str, key: ForeignKey, schema: str | None) -> dict[str, Any]:
        referenced = self._schema.table(key.referenced)
        columns = key.referenced_columns or (referenced.primary_key if referenced else ())
        other = key.referenced.schema
        return {
            "name": name,
            "constrained_columns": list(key.columns),
            "referred_schema": None if schema is None and other == "public" else other,
            "referred_table": key.referenced.name,
            "referred_columns": list(columns),
            "options": {f"on{event.lower()}": action.upper() for event, action in _ACTION.findall(key.actions)},
            "comment": None,
        }


def _index(index: Index) -> dict[str, Any]:
    plain = len(index.columns) == len(index.elements)
    told: dict[str, Any] = {
        "name": index.name,
        "column_names": list(index.columns) if plain else [_plain(index, each) for each in index.elements],
        "unique": index.unique,
        "include_columns": list(index.include),
        "dialect_options": {"postgresql_include": list(index.include)},
    }
    if not plain:
        told["expressions"] = list(index.elements)
    return told


def _plain(index: Index, element: str) -> str | None:
    return element if element in index.columns else None
