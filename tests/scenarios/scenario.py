"""A scenario: a change as somebody writes it, the two versions around it, and what split must make of it.

To add one, add a section to a page in ``pages/`` (or a page of your own; every page there is read)::

    ## A text column with awkward rows

    ```toml
    kind = 8                                          # its number in catalogue.py, or several numbers
    outcome = "expand, migrate, contract"             # or "safe as written", or "refused: some words of the reason"
    old = ["users", "id", "full_name", "visits"]      # a table, its key, and what the old version knows of it
    new = ["users", "id", "name", "visits"]           # the same for the new one; left out where it is the same
    ```
    ```sql given
    CREATE TABLE users (id bigint PRIMARY KEY, full_name text NOT NULL, visits int);
    ```
    ```sql values
    VALUES ('ada', 1), ('', NULL), (U&'\\200B', -2147483648), (repeat('long', 3000), 2147483647), (NULL, 0)
    ```
    ```python upgrade
    op.alter_column("users", "full_name", new_column_name="name")
    ```

What is the n-th column to one version is the n-th to the other; ``-`` stands for one that a version does not have,
and for a table that it does not have.
Such a model gives a version its statements: an insert, an upsert, an insert of nothing but the key, updates of each
column, of all and of none, a delete, a COPY, and the SELECT by which both versions must see the same. A column may be
written from an expression instead of a value: ``"email = 'mail' || :key"``. A version that knows several tables has
a list of lists.

More fences, all of them optional:

- ``sql old``, ``sql new``: statements of a version beside those of its model. They take ``:key`` and the values by
  name. Where there is no model, the first must be an INSERT that makes the row of a key. A SELECT is a read: the n-th
  read of the one version and the n-th of the other must agree in the columns that both call by the same name, and a
  column called like a value must hold what was written. ``COPY t (a, b) FROM STDIN (:key, :b)`` sends a row.
- ``sql old-values``, ``sql new-values``: values that only one version writes.
- ``python upgrade-2``, ``python upgrade-3``: more revisions of the same release.
- ``sql seed``: rows that are there before; each version's key finds ``rows`` more (30), made by the old version's
  first statement, of which every third is left alone by everybody but the revisions.

More keys in the TOML table:

- ``answers = { "users.name" = "'nobody'" }``: what a person decided.
- ``phase = "contract"``: what the authored revision itself says of its phase.
- ``altered = ["email"]``: in which columns a version may read, in between, another value than it wrote.
- ``never = ["COPY"]``: words of statements of the models that no version sends.
- ``late = ["ON CONFLICT (name)"]``: words of statements of the new version that need what migrate makes, as its
  processes may: it sends them behind migrate only.
- ``way_back = "…"``: why rows of the new version keep a downgrade from running; without it all must run.
- ``comes_back = true``: a downgrade from behind contract gives the old version its values back, too.
- ``stays = "…"``: what of the new schema a downgrade leaves, and why; without it the old schema must be back.
- ``catalogue = "…"``: why the last catalogue may be another than the authored one; without it they must be equal.
- ``stale = "…"``: why prepared statements may have to be prepared again; without it they must live on.
- ``open = "…"``: why the scenario cannot pass yet; who mends that takes the line away.
- ``rows``: how many are there before.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from safemigrate.schema.name import quoted
from safemigrate.sql.scripts import cut

PAGES = Path(__file__).with_name("pages")

#: a value of the pool, by name, and the key of a row
_PARAMETER = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")
_COPY = re.compile(r"(COPY\s.+FROM\s+STDIN)\s*\(([^)]*)\)$", re.IGNORECASE | re.DOTALL)
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```(\w+)(?: ([a-z0-9-]+))?\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
_FENCES = frozenset(
    "toml; sql given; sql seed; sql values; sql old; sql new; sql old-values; sql new-values; python upgrade; "
    "python upgrade-2; python upgrade-3".split("; ")
)
_KEYS = frozenset(
    "kind outcome old new answers phase never altered late way_back comes_back stays catalogue stale "
    "open rows".split()
)


@dataclass(frozen=True, slots=True)
class Command:
    """One statement of a version in psycopg's form, and the names of what it sends, in order."""

    text: str
    names: tuple[str, ...]
    #: the number of the model that it is of, None for one that stands in a fence
    table: int | None = None

    @property
    def copies(self) -> bool:
        """Whether it sends a row behind itself."""
        return self._verb == "COPY"

    @property
    def makes_a_row(self) -> bool:
        """Whether it needs a key that no row has yet."""
        return self.copies or (self._verb == "INSERT" and "ON CONFLICT" not in self.text.upper())

    @property
    def reads(self) -> bool:
        return self._verb == "SELECT"

    def says(self, words: Sequence[str]) -> bool:
        """Whether it holds one of *words*."""
        return any(word in self.text.replace("%%", "%") for word in words)

    @property
    def _verb(self) -> str:
        return self.text.split(None, 1)[0].upper()


@dataclass(frozen=True, slots=True)
class Version:
    """What a version of the application sends, and the query whose rows are the values that it writes.

    *makes* are the first of its *writes*: together they make what there is of a key.
    """

    makes: tuple[Command, ...]
    writes: tuple[Command, ...]
    reads: tuple[Command, ...]
    values: str
    #: the names of the values, where the query does not name them
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A change, the versions around it, and what is expected; see the module."""

    title: str
    kinds: tuple[int, ...]
    outcome: str
    given: str
    upgrades: tuple[str, ...]
    old: Version
    new: Version
    seed: str = ""
    rows: int = 30
    answers: Mapping[str, str] = field(default_factory=dict)
    phase: str = ""
    altered: Sequence[str] = ()
    late: Sequence[str] = ()
    way_back: str = ""
    comes_back: bool = False
    stays: str = ""
    catalogue: str = ""
    stale: str = ""
    open: str = ""

    @property
    def refusal(self) -> str | None:
        """Words of the sentence with which split refuses; None where it does not."""
        return self.outcome.removeprefix("refused:").strip() if self.outcome.startswith("refused:") else None


def command(text: str) -> Command:
    """*text* with ``:name`` for its values, as psycopg takes it."""
    names = tuple(_PARAMETER.findall(text))
    copy = _COPY.match(text)
    if copy:
        return Command(copy[1], names)
    # each place has a parameter of its own: PostgreSQL gives one that stands twice a single type
    return Command(_PARAMETER.sub("%s", text.replace("%", "%%")), names)


def commands(script: str) -> Iterator[Command]:
    return (command(piece.text) for piece in cut(script))


# -- models ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a model: what both versions call it here, its own name, and what is written into it."""

    shared: str
    name: str
    value: str
    is_value: bool


def model(columns: Sequence[str], names: Sequence[str]) -> Iterator[Command]:
    """What a version sends that knows a table by *columns* (table, key, …); *names* are the shared ones."""
    table, key, *others = columns
    if table == "-":
        return
    known = [_column(written, shared) for written, shared in zip(others, names, strict=True) if written != "-"]
    key_name, key_value = _named(key) or (key, ":key")
    where = f"{quoted(key_name)} = {key_value}"
    targets = ", ".join([quoted(key_name), *(quoted(c.name) for c in known)])
    values = ", ".join([key_value, *(c.value for c in known)])
    insert = f"INSERT INTO {table} ({targets}) VALUES ({values})"
    updates = ", ".join(f"{quoted(c.name)} = EXCLUDED.{quoted(c.name)}" for c in known)
    yield command(insert)
    yield command(f"INSERT INTO {table} ({quoted(key_name)}) VALUES ({key_value})")
    yield command(f"UPDATE {table} SET {quoted(key_name)} = {quoted(key_name)} WHERE {where}")
    if known:
        yield command(f"{insert} ON CONFLICT ({quoted(key_name)}) DO UPDATE SET {updates}")
        yield command(f"UPDATE {table} SET {_assigned(known)} WHERE {where}")
    for column in known[:8] if len(known) > 1 else ():
        yield command(f"UPDATE {table} SET {_assigned([column])} WHERE {where}")
    yield command(f"DELETE FROM {table} WHERE {where}")
    if key_value == ":key" and all(c.is_value for c in known):
        yield command(f"COPY {table} ({targets}) FROM STDIN ({values})")
    seen = ", ".join(f"{quoted(c.name)} AS {quoted(c.shared)}" for c in known)
    yield command(f"SELECT {seen or '1'} FROM {table} WHERE {where}")


def shared_names(old: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    """What the columns of two models are called by both: as the old version does, where it has one."""
    pairs = zip(old[2:], new[2:], strict=True)
    # what is no identifier of Python cannot stand behind a colon
    return tuple(re.sub(r"\W", "_", _name(mine if mine != "-" else theirs)) for mine, theirs in pairs)


def _assigned(columns: Sequence[_Column]) -> str:
    return ", ".join(f"{quoted(c.name)} = {c.value}" for c in columns)


def _column(written: str, shared: str) -> _Column:
    named = _named(written)
    if named:
        return _Column(shared, *named, is_value=False)
    return _Column(shared, written, f":{shared}", is_value=True)


def _named(written: str) -> tuple[str, str] | None:
    name, equals, value = written.partition(" = ")
    return (name.strip(), value.strip()) if equals else None


def _name(written: str) -> str:
    named = _named(written)
    return named[0] if named else written


def versions(
    old: Sequence[Any], new: Sequence[Any], fences: Mapping[str, str], never: Sequence[str] = ()
) -> tuple[Version, Version]:
    """Both versions, from their models, without what they *never* send, and from their fences."""
    old_models, new_models = _several(old), _several(new or old)
    names = [shared_names(*pair) for pair in zip(old_models, new_models, strict=True)]
    sides = [pair for each in zip(old_models, new_models, names, strict=True) for pair in _paired(*each)]
    values = tuple(dict.fromkeys(shared for mine, theirs, shared in sides if not (_named(mine) or _named(theirs))))
    made = []
    for side, models in (("old", old_models), ("new", new_models)):
        modelled = [
            tuple(replace(c, table=number) for c in model(each, shared))
            for number, (each, shared) in enumerate(zip(models, names, strict=True))
        ]
        sent = [c for each in modelled for c in each if not c.says(never)]
        sent += commands(fences.get(f"sql {side}", ""))
        makes = tuple(each[0] for each in modelled if each) or tuple(sent[:1])
        pool = fences.get(f"sql {side}-values") or fences.get("sql values", "SELECT")
        made.append(
            Version(makes, tuple(c for c in sent if not c.reads), tuple(c for c in sent if c.reads), pool, values)
        )
    return made[0], made[1]


def _paired(old: Sequence[str], new: Sequence[str], names: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    return zip(old[2:], new[2:], names, strict=True)


def _several(models: Sequence[Any]) -> Sequence[Sequence[str]]:
    return [models] if models and isinstance(models[0], str) else models


# -- pages ----------------------------------------------------------------------------------------------------------


def read_scenarios(folder: Path = PAGES) -> Mapping[str, Scenario]:
    """Every scenario of the pages by its name, which is its page's and its title."""
    found = {}
    for path in sorted(folder.glob("*.md")):
        for scenario in read_page(path.read_text("utf-8"), where=path.name):
            name = f"{path.stem}: {scenario.title}"
            assert name not in found, f"{path}: two scenarios are called {scenario.title!r}"
            found[name] = scenario
    return found


def read_page(text: str, *, where: str) -> Iterator[Scenario]:
    """The scenarios of a page; *where* it is, for who must mend it."""
    marks = list(_HEADING.finditer(text))
    for mark, following in zip(marks, [*marks[1:], None], strict=False):
        section = text[mark.end() : following.start() if following else len(text)]
        fences = {f"{kind} {name}".strip(): body for kind, name, body in _FENCE.findall(section)}
        place = f"{where}: {mark[1]}"
        assert fences.keys() <= _FENCES, f"{place}: unknown fence {sorted(fences.keys() - _FENCES)}"
        assert len(fences) == section.count("\n```") / 2, f"{place}: a fence stands twice, or is not closed"
        table = tomllib.loads(fences["toml"])
        assert table.keys() <= _KEYS, f"{place}: unknown key {sorted(table.keys() - _KEYS)}"
        yield _scenario(mark[1].strip(), table, fences)


def _scenario(title: str, table: Mapping[str, Any], fences: Mapping[str, str]) -> Scenario:
    kinds = table["kind"]
    old, new = versions(table.get("old", ()), table.get("new", ()), fences, table.get("never", ()))
    return Scenario(
        title=title,
        kinds=tuple(kinds) if isinstance(kinds, list) else (kinds,),
        outcome=table["outcome"],
        given=fences["sql given"],
        upgrades=(fences["python upgrade"], *(fences[k] for k in sorted(fences) if k.startswith("python upgrade-"))),
        old=old,
        new=new,
        seed=fences.get("sql seed", ""),
        **{
            key: table[key]
            for key in (
                "answers",
                "phase",
                "altered",
                "late",
                "way_back",
                "comes_back",
                "stays",
                "catalogue",
                "stale",
                "open",
                "rows",
            )
            if key in table
        },
    )
