"""Operations on indexes."""

from __future__ import annotations

from dataclasses import dataclass

from safemigrate.schema.model import Index
from safemigrate.schema.name import Name, quoted, quoted_all
from safemigrate.schema.operations.base import Operation, cascade_words, if_exists_words


@dataclass(frozen=True, slots=True)
class CreateIndex(Operation):
    table: Name
    index: Index
    concurrently: bool = False
    if_not_exists: bool = False
    only: bool = False

    def sql(self) -> str:
        index = self.index
        words = ["CREATE", "UNIQUE" * index.unique, "INDEX", "CONCURRENTLY" * self.concurrently]
        words += ["IF NOT EXISTS" * self.if_not_exists, quoted(index.name) if index.name else ""]
        words += ["ON", "ONLY" * self.only, self.table.sql()]
        words += [
            f"USING {index.method}" if index.method != "btree" else "",
            f"({', '.join(index.elements)})",
        ]
        words += [f"INCLUDE {quoted_all(index.include)}" if index.include else ""]
        words += ["" if index.nulls_distinct else "NULLS NOT DISTINCT", index.options]
        words += [f"WHERE {index.where.sql()}" if index.where else ""]
        return " ".join(word for word in words if word)


@dataclass(frozen=True, slots=True)
class DropIndex(Operation):
    index: Name
    concurrently: bool = False
    if_exists: bool = False
    cascade: bool = False

    def sql(self) -> str:
        return (
            f"DROP INDEX {'CONCURRENTLY ' * self.concurrently}{if_exists_words(self.if_exists)}{self.index.sql()}"
            f"{cascade_words(self.cascade)}"
        )


@dataclass(frozen=True, slots=True)
class RenameIndex(Operation):
    index: Name
    new_name: str
    if_exists: bool = False

    def sql(self) -> str:
        return f"ALTER INDEX {if_exists_words(self.if_exists)}{self.index.sql()} RENAME TO {quoted(self.new_name)}"
