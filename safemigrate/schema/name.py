"""Names as PostgreSQL folds, quotes and compares them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

# PostgreSQL 18 manual, appendix C: reserved words, and those reserved but for function or type names.
_RESERVED = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate
    collation column concurrently constraint create cross current_catalog current_date current_role
    current_schema current_time current_timestamp current_user default deferrable desc distinct do else end
    except false fetch for foreign freeze from full grant group having ilike in initially inner intersect
    into is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null
    offset on only or order outer overlaps placing primary references returning right select session_user
    similar some symmetric system_user table tablesample then to trailing true union unique user using
    variadic verbose when where window with
    """.split()
)
_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")


@lru_cache(maxsize=4096)
def quoted(identifier: str) -> str:
    """*identifier* as it must stand in SQL: bare where PostgreSQL would fold it to itself, else in quotes."""
    if _PLAIN.fullmatch(identifier) and identifier not in _RESERVED:
        return identifier
    return '"' + identifier.replace('"', '""') + '"'


def quoted_all(identifiers: tuple[str, ...]) -> str:
    """A list of columns between parentheses: ``(a, "B")``."""
    return "(" + ", ".join(map(quoted, identifiers)) + ")"


def literal(text: str) -> str:
    """*text* as an SQL string constant, whatever ``standard_conforming_strings`` says of backslashes."""
    escaped = text.replace("'", "''")
    return f"E'{escaped.replace(chr(92), chr(92) * 2)}'" if "\\" in text else f"'{escaped}'"


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """The name of a table, index, type or function, already folded; *schema* is None where none was written."""

    name: str
    schema: str | None = None

    def __hash__(self) -> int:
        # asked more often than anything else; few names stand in two schemas
        return hash(self.name)

    def sql(self) -> str:
        """The name as it must stand in SQL."""
        return f"{quoted(self.schema)}.{quoted(self.name)}" if self.schema else quoted(self.name)

    def beside(self, name: str) -> Name:
        """*name* in the same schema: the index of a table, for one."""
        return Name(name, self.schema)

    def __str__(self) -> str:
        return self.sql()


def shortened(name: str, *, limit_bytes: int = 63) -> str:
    """*name* if PostgreSQL keeps it whole, else its head and a digest, so that two long names stay apart.

    Source: PostgreSQL 15 manual, 4.1.1: identifiers are cut after NAMEDATALEN - 1 = 63 bytes.
    """
    if len(name.encode()) <= limit_bytes:
        return name
    import hashlib

    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    head = name.encode()[: limit_bytes - 9].decode(errors="ignore")
    return f"{head}_{digest}"


def says(text: str, name: str) -> bool:
    """Whether *text* holds *name* as a word, in whatever case, and so may mean what is called so."""
    # SQL doubles the quotes of a name, other text does not
    written = dict.fromkeys((name, name.replace('"', '""')))
    return any(re.search(rf"(?<!\w){re.escape(each)}(?!\w)", text, re.IGNORECASE) for each in written)
