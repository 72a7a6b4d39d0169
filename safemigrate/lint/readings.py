"""Readings that are remembered: a revision that depends on nothing but its own text is not run twice.

What a revision does can depend on more than its file: modules of the application, files that it opens, the schema
that others left. Only what is told by the key may be remembered; everything else is read anew, every time.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from safemigrate.history import Dump, History, Reading, Revision, Statement, read_revisions
from safemigrate.history.statement import Direction, Doubt
from safemigrate.lint.starts import Start, Starts

_FORMAT = 3
#: a history keeps this many times its revisions, so that branches do not push each other out
_GENERATIONS = 4

# an import may follow another statement on its line, and go on behind a backslash
_IMPORT = re.compile(
    r"(?:^|[;:])[ \t]*(?:from[\s\\]+(?P<package>\S+)[\s\\]+import\b|import[ \t]+(?P<names>[^#\n;]+))", re.MULTILINE
)
#: of the standard library and of what we need ourselves, what asks neither the machine nor the project; the clock
#: and chance are asked for by name
_STEADY = frozenset(
    """
    __future__ abc alembic base64 binascii collections contextlib copy dataclasses datetime decimal enum functools
    hashlib itertools json logging math operator re sqlalchemy string textwrap time types typing typing_extensions
    uuid warnings
    """.split()
)
#: what Alembic itself calls so; other operations come from what env.py imports
_OPERATIONS = frozenset(
    """
    add_column alter_column batch_alter_table bulk_insert create_check_constraint create_exclude_constraint
    create_foreign_key create_index create_primary_key create_table create_table_comment create_unique_constraint
    drop_column drop_constraint drop_index drop_table drop_table_comment execute f get_bind get_context inline_literal
    invoke rename_table run_async
    """.split()
)
_USED = re.compile(r"\b(?:op|batch_op)\.([a-z]\w*)")
_OUTSIDE = re.compile(
    r"\bopen\s*\(|\b(?:__import__|__file__|exec|eval|get_x_argument)\b"
    # func.now() is the server's, and so is now() in a text
    r"|(?<!func)\.(?:now|utcnow|today)\s*\("
    r"|\btime\.(?!sleep)\w+\s*\(|\bfrom\s+time\s+import\b|\buuid[1467]\s*\(|\bgetnode\s*\("
)
# queries are answered without the schema; the inspector is not, and CREATE TYPE of an enum asks it first
_LOOKS_AT_SCHEMA = re.compile(
    r"inspect|reflect|autoload|recreate|checkfirst|\b(?:create|drop)_all\b|\.(?:create|drop)\(|enum|\bhas_|\bget_\w+_names"
    r"|\bget_columns",
    re.IGNORECASE,
)
#: what kept us from reading and will the next time: Hindrance says what it saw, the parent says how a process ended
_LASTING = re.compile(
    r"\(\) (?:is not implemented|ends the process"
    r"|raised (?:(?:Attribute|Type|Name|Key|Value|Index|Assertion|Runtime)Error|Exception)\b)"
    r"|^op\.\w+ is no operation known here"
)

_Record = list[Any]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What judging some revisions needs: the readings behind *start*, or all, and where to keep another start."""

    readings: Mapping[str, Reading]
    start: Start | None = None
    keep: Callable[[Start], None] | None = None


def prepared(
    history: History,
    judged: frozenset[str],
    ids: Iterable[str],
    folder: Path,
    *,
    dump: Dump | None = None,
    keys: Mapping[str, str] | None = None,
) -> Prepared:
    """The readings of *ids*, which needed() names for *judged*, and the schema that most of them leave.

    Those of *judged* are read in both directions.

    *folder* keeps both between runs. *keys* are the reading_keys(), where somebody has them already.
    """
    wanted = frozenset(ids)
    keys = reading_keys(history, dump) if keys is None else keys
    if dump is not None:
        return Prepared(_remembered(history, wanted, judged, folder, keys, dump))
    order = [revision.id for revision in history.revisions if revision.id in wanted]
    starts = Starts(folder / "starts" / digest(history.script_location), order, keys, judged)
    covered = starts.covered()
    readings = _remembered(history, wanted.difference(covered), judged, folder, keys, dump)
    start = starts.load(covered)
    if covered and start is None:
        readings = _remembered(history, wanted, judged, folder, keys, dump)
    # the schema that a revision left which was not read to its end is none to begin with
    return Prepared(readings, start, starts.keep if all(map(lasts, readings.values())) else None)


def remembered_readings(
    history: History, ids: Iterable[str], folder: Path | None, *, dump: Dump | None = None
) -> Mapping[str, Reading]:
    """The upgrades of the revisions *ids*; *folder* keeps them between runs, None keeps nothing.

    *dump* is what the database held before the history, or before part of it. A folder that cannot be read or
    written is no error: the revisions are read.
    """
    wanted = frozenset(ids)
    if folder is None:
        return read_revisions(history, wanted, downgrades=(), dump=dump)
    return _remembered(history, wanted, frozenset(), folder, reading_keys(history, dump), dump)


def _remembered(
    history: History,
    wanted: frozenset[str],
    both: frozenset[str],
    folder: Path,
    keys: Mapping[str, str],
    dump: Dump | None,
) -> Mapping[str, Reading]:
    """The readings of *wanted*; those of *both* hold downgrade(), too."""
    if not wanted:
        return {}
    store = folder / "readings" / f"{digest(history.script_location)}.json"
    known = _load(store)
    places = {id: _places(keys[id], id in both) for id in wanted if id in keys}
    found = {
        id: _reading(history.by_id[id], {direction: known[place] for direction, place in each.items()})
        for id, each in places.items()
        if known.keys() >= set(each.values())
    }
    missing = wanted - found.keys()
    if missing:
        fresh = read_revisions(history, missing, downgrades=both & missing, dump=dump)
        new = {
            place: _records(fresh[id], direction)
            for id in missing & places.keys()
            for direction, place in places[id].items()
            if not any(obstacle.direction is direction for obstacle in fresh[id].obstacles)
        }
        if new:
            _save(store, known, new, limit=2 * _GENERATIONS * len(history.revisions))
        found |= fresh
    return {revision.id: found[revision.id] for revision in history.revisions if revision.id in found}


def _places(key: str, both: bool) -> Mapping[Direction, str]:
    """Where each direction of a reading is kept."""
    return {direction: f"{key} {direction.value}" for direction in (Direction if both else (Direction.UPGRADE,))}


def cache_folder() -> Path:
    """Where a person's caches are. Source: XDG Base Directory Specification."""
    written = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(written) if os.path.isabs(written) else Path.home() / ".cache") / "safemigrate"


# -- keys ----------------------------------------------------------------------------------------------------


def reading_keys(history: History, dump: Dump | None) -> Mapping[str, str]:
    """What identifies the reading of each revision that may be remembered."""
    base = digest(*_surroundings(history), dump and (dump.sql, sorted(dump.revisions)))
    libraries = Libraries(history)
    chains: dict[str, str] = {}
    steady: dict[str, bool] = {}
    keys: dict[str, str] = {}
    for revision in history.revisions:
        parents = history.parents(revision.id)
        chains[revision.id] = digest(revision.digest, *sorted(chains[parent] for parent in parents))
        text = revision.path.read_text("utf-8", "replace")
        alone = _OPERATIONS.issuperset(_USED.findall(text)) and is_steady(text, libraries)
        above = all(steady[parent] for parent in parents)
        steady[revision.id] = alone and above
        if alone and (above or not _LOOKS_AT_SCHEMA.search(text)):
            keys[revision.id] = digest(base, revision.path, chains[revision.id])
    return keys


class Libraries:
    """Which modules stay as they are: those installed (or missing) until something is installed again."""

    def __init__(self, history: History) -> None:
        beside = history.configuration.sys_path if history.configuration else ()
        self._search = [*map(str, beside), *sys.path]
        self._known = dict.fromkeys(_STEADY, True)

    def settled(self, root: str) -> bool:
        """Whether the top-level module *root* can be taken for unchanged. One of the project never can."""
        if root not in self._known:
            named = root.isidentifier() and root not in sys.stdlib_module_names
            self._known[root] = named and self._installed(root)
        return self._known[root]

    def _installed(self, root: str) -> bool:
        spec = PathFinder.find_spec(root, self._search)
        places = [spec.origin, *(spec.submodule_search_locations or ())] if spec else []
        return all(f"{os.sep}site-packages{os.sep}" in place for place in places if place)


def is_steady(text: str, libraries: Libraries, *, ours: bool = False) -> bool:
    """Whether code of that *text* does the same whenever it is run; *ours* says that it may import safemigrate."""
    if _OUTSIDE.search(text) is not None:
        return False
    return all((ours and root == "safemigrate") or libraries.settled(root) for root in _imported(text))


def lasts(reading: Reading) -> bool:
    """Whether another run would read the same: what ran out of time or memory may not."""
    return all(_LASTING.search(obstacle.reason) for obstacle in reading.obstacles)


def _imported(text: str) -> Iterator[str]:
    """The first parts of the modules that *text* imports; "" for one beside it."""
    for match in _IMPORT.finditer(text):
        names = match["package"] or match["names"]
        yield from (name.strip().partition(" ")[0].partition(".")[0] for name in names.split(","))


def _surroundings(history: History) -> Iterator[object]:
    """What every reading depends on: this program, its libraries, Alembic's configuration."""
    yield _FORMAT
    yield sys.version
    package = Path(__file__).parent.parent
    for folder in ("history", "schema", "sql", "rulebook", "lint"):
        yield from (stamp(path) for path in sorted((package / folder).glob("**/*.py")))
    for library in ("alembic", "sqlalchemy", "sqlglot"):
        spec = PathFinder.find_spec(library)
        yield stamp(Path(spec.origin)) if spec and spec.origin else library
    # installing anything changes the folder
    yield from (stamp(Path(path)) for path in sys.path if path.endswith("site-packages") and Path(path).is_dir())
    configuration = history.configuration
    if configuration is not None:
        yield configuration.section
        yield from (path.read_bytes() for path in (configuration.ini, configuration.toml) if path and path.is_file())


def stamp(path: Path) -> tuple[str, int, int]:
    """What identifies a file that was installed, without a look into it."""
    status = path.stat()
    return str(path), status.st_size, status.st_mtime_ns


def digest(*parts: object) -> str:
    """What identifies *parts* by what repr() says of them: of sets, whose order changes, none may be among them."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


# -- the store -----------------------------------------------------------------------------------------------


def _load(store: Path) -> Mapping[str, list[_Record]]:
    try:
        known = json.loads(store.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _save(store: Path, known: Mapping[str, list[_Record]], new: Mapping[str, list[_Record]], *, limit: int) -> None:
    """Keep *known* and *new*, of which the newest *limit*; another process never sees half of it."""
    kept = dict(list({**known, **new}.items())[-limit:])
    with suppress(OSError):
        store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=store.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(kept, file)
        os.replace(name, store)


def _records(reading: Reading, direction: Direction) -> list[_Record]:
    return [
        [s.sql, s.line, s.column, s.transaction, s.parameters, s.certain, sorted(s.doubts), list(s.stand_ins)]
        for s in reading.run(direction)
    ]


def _reading(revision: Revision, records: Mapping[Direction, list[_Record]]) -> Reading:
    return Reading(
        revision,
        tuple(_statement(revision, direction, *record) for direction, each in records.items() for record in each),
    )


def _statement(
    revision: Revision,
    direction: Direction,
    sql: str,
    line: int,
    column: int,
    transaction: int | None,
    parameters: bool,
    certain: bool,
    doubts: list[str],
    stand_ins: list[str],
) -> Statement:
    return Statement(
        sql,
        revision.id,
        revision.path,
        line,
        column=column,
        direction=direction,
        transaction=transaction,
        parameters=parameters,
        certain=certain,
        doubts=frozenset(map(Doubt, doubts)),
        stand_ins=tuple(stand_ins),
    )
