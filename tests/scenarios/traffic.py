"""Versions at work: what they may be refused, what they write, and what they must find again."""

from __future__ import annotations

import itertools
import random
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

import psycopg
from scenario import Command, Version

Connection = psycopg.Connection[tuple[object, ...]]
#: what a row is to a version: the text of each column by the name that both versions have for it
Row = Mapping[str, str | None]
Values = Mapping[str, str | None]

#: rows that only revisions may change: every third
_UNTOUCHED = 3
#: keys of rows that traffic makes, apart from those that were there before
FRESH_KEYS = 100_000


def untouched(rows: int) -> range:
    """The keys of the rows that no traffic changes."""
    return range(_UNTOUCHED, rows + 1, _UNTOUCHED)


def touched(rows: int) -> Sequence[int]:
    return [key for key in range(1, rows + 1) if key % _UNTOUCHED]


def write(connection: Connection, command: Command, key: int, values: Values, *, prepare: bool | None = None) -> int:
    """How many rows *command* wrote."""
    sent = _sent(command, key, values)
    with connection.cursor() as cursor:
        if command.copies:
            with cursor.copy(command.text.encode()) as copy:
                copy.write_row(sent)
        else:
            cursor.execute(command.text.encode(), sent, prepare=prepare)
        return cursor.rowcount


def _sent(command: Command, key: int, values: Values) -> list[str | None]:
    return [str(key) if name == "key" else values[name] for name in command.names]


def read(connection: Connection, asked: Sequence[tuple[Command, int]]) -> list[list[Row]]:
    """The rows of each query and key in the server's own words: no value is made a Python object."""
    cursors = [connection.cursor() for _ in asked]
    # one answer is not waited for before the next question
    with connection.pipeline():
        for cursor, (query, key) in zip(cursors, asked, strict=True):
            cursor.execute(query.text.encode(), [str(key)] * len(query.names))
    return [_rows(cursor) for cursor in cursors]


def _rows(cursor: psycopg.Cursor[tuple[object, ...]]) -> list[Row]:
    found = cursor.pgresult
    assert cursor.description is not None
    assert found is not None
    names = [column.name for column in cursor.description]
    return [
        {name: _text(found.get_value(number, at)) for at, name in enumerate(names)} for number in range(found.ntuples)
    ]


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


@dataclass(frozen=True, slots=True)
class Answers:
    """What a schema answers to a version, on a row that nobody else has.

    *refused* are the SQLSTATEs by the statement and the number of the values; *written* is the row that it reads
    where it has written the values of a number.
    """

    version: Version
    pool: tuple[Values, ...]
    refused: Mapping[tuple[Command, int], str]
    written: Mapping[int, Row]


def ask(
    connection: Connection, version: Version, wanted: Answers | None = None, key: int = FRESH_KEYS - 1
) -> Answers:
    """Sends each statement with all its values to the database of *connection*. Nothing of it remains.

    What is not refused in *wanted* is sent without waiting for the answers in between.
    """
    pool = _pool(connection, version)
    refused: dict[tuple[Command, int], str] = {}
    written = {}
    for number, values in enumerate(pool):
        with connection.transaction(force_rollback=True):
            states = {(make, number): _refusal(connection, make, key, values) for make in version.makes}
            refused |= {asked: state for asked, state in states.items() if state}
            if not any(states.values()):
                written[number] = _merged(connection, version, key)
    others = [
        (command, number)
        for command in (version.writes if written else ())
        if command not in version.makes
        for number in range(len(pool) if {*command.names} - {"key"} else 1)
    ]
    for makes_a_row in (True, False):
        tries = [each for each in others if each[0].makes_a_row is makes_a_row]
        with connection.transaction(force_rollback=True):
            for make in () if makes_a_row or not tries else version.makes:
                write(connection, make, key, pool[min(written)])
            refused |= _refusals(connection, tries, key, pool, wanted)
    return Answers(version, pool, refused, written)


def complaints(wanted: Answers, found: Answers) -> Iterator[str]:
    """What *found*, on the schema that the version was built for, answers otherwise than *wanted*."""
    for command, number in wanted.refused.keys() - found.refused.keys():
        yield f"{command.text} with {_said(wanted.pool[number])} works; expected {wanted.refused[command, number]}"
    yield from failures(wanted, found)


def failures(wanted: Answers, found: Answers) -> Iterator[str]:
    """What fails in *found*, or is read otherwise, than in *wanted*. A schema in between may refuse less."""
    for (command, number), state in found.refused.items():
        expected = wanted.refused.get((command, number))
        if not _alike(state, expected):
            yield f"{command.text} with {_said(wanted.pool[number])} gives {state}; expected {expected}"
    for number in wanted.written.keys() & found.written.keys():
        row = {name: text for name, text in found.written[number].items() if name in wanted.written[number]}
        if row != wanted.written[number]:
            yield f"{_said(wanted.pool[number])} is read as {_said(row)}; expected {_said(wanted.written[number])}"


def _alike(state: str | None, expected: str | None) -> bool:
    """Whether it is refused as expected: a check stands for NOT NULL while its rows are proved."""
    return state == expected or {state, expected} == {"23502", "23514"}


def but_for(answers: Answers, names: Collection[str]) -> Answers:
    """*answers* without what is read in the columns *names*."""
    kept = {n: {k: text for k, text in row.items() if k not in names} for n, row in answers.written.items()}
    return replace(answers, written=kept)


def _refusal(
    connection: Connection,
    command: Command,
    key: int,
    values: Values,
    *,
    stays: bool = True,
    prepare: bool | None = None,
) -> str:
    """The SQLSTATE with which the server refuses; empty where it does not. What is written *stays*, or not."""
    try:
        with connection.transaction(force_rollback=not stays):
            write(connection, command, key, values, prepare=prepare)
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg.Error as error:
        return error.sqlstate or type(error).__name__
    return ""


def _refusals(
    connection: Connection,
    tries: Sequence[tuple[Command, int]],
    key: int,
    pool: Sequence[Values],
    wanted: Answers | None,
) -> Mapping[tuple[Command, int], str]:
    """The SQLSTATEs of those of *tries* that the server refuses, each tried on the same rows."""
    together = [each for each in tries if wanted and not each[0].copies and each not in wanted.refused]
    refused = _refused_first(connection, together, key, pool)
    # what was sent behind a refusal the driver takes for prepared, and the server has never seen
    prepare = False if refused else None
    alone = [each for each in tries if each not in together]
    if refused:
        alone += together[together.index(next(iter(refused))) + 1 :]
    for command, number in alone:
        if state := _refusal(connection, command, key, pool[number], stays=False, prepare=prepare):
            refused[command, number] = state
    return refused


def _refused_first(
    connection: Connection, tries: Sequence[tuple[Command, int]], key: int, pool: Sequence[Values]
) -> dict[tuple[Command, int], str]:
    """The first of *tries* that is refused, with its SQLSTATE; what comes behind that has not been tried."""
    passed: list[psycopg.Cursor[tuple[object, ...]]] = []
    connection.execute("SAVEPOINT before")
    try:
        with connection.pipeline():
            for command, number in tries:
                connection.execute(command.text.encode(), _sent(command, key, pool[number]))
                connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
                passed.append(connection.execute("ROLLBACK TO SAVEPOINT before"))
    except psycopg.Error as error:
        connection.execute("ROLLBACK TO SAVEPOINT before")
        first = sum(cursor.pgresult is not None for cursor in passed)
        return {tries[first]: error.sqlstate or type(error).__name__}
    return {}


def _merged(connection: Connection, version: Version, key: int) -> Row:
    rows = itertools.chain.from_iterable(read(connection, [(query, key) for query in version.reads]))
    return {name: text for row in rows for name, text in row.items()}


def _said(values: Values) -> str:
    return str({name: text if text is None or len(text) < 60 else f"{text[:60]}…" for name, text in values.items()})


def _pool(connection: Connection, version: Version) -> tuple[Values, ...]:
    cursor = connection.execute(version.values.encode())
    found = cursor.pgresult
    if cursor.description is None or found is None:
        return ({},)
    named = [column.name for column in cursor.description]
    names = list(version.names) if all(name.startswith("column") for name in named) else named
    assert len(names) == len(named), f"the values are {named}, wanted are {names}"
    return tuple(
        {name: _text(found.get_value(number, at)) for at, name in enumerate(names)} for number in range(found.ntuples)
    )


def seed(connection: Connection, old: Answers, rows: int) -> None:
    """The rows of the keys 1 to *rows*, as the old version writes them."""
    numbers = sorted(old.written)
    for key in range(1, rows + 1):
        for make in old.version.makes:
            write(connection, make, key, old.pool[numbers[key % len(numbers)]])


def read_all(connection: Connection, version: Version, keys: Iterable[int]) -> Mapping[int, Sequence[Sequence[Row]]]:
    """What each read of *version* finds for each key."""
    asked = [(query, key) for key in keys for query in version.reads]
    found = zip(asked, read(connection, asked), strict=True)
    return {key: [rows for _, rows in each] for key, each in itertools.groupby(found, lambda pair: pair[0][1])}


def without(
    names: Collection[str], found: Mapping[int, Sequence[Sequence[Row]]]
) -> Mapping[int, Sequence[Sequence[Row]]]:
    """What read_all found, but for the columns *names*."""
    return {
        key: [[{name: text for name, text in row.items() if name not in names} for row in rows] for rows in reads]
        for key, reads in found.items()
    }


def disagreements(one: Sequence[Sequence[Row]], other: Sequence[Sequence[Row]]) -> Iterator[str]:
    """Where the reads of two versions differ in what both know."""
    for mine, theirs in zip(one, other, strict=False):
        shared = {name for row in mine for name in row} & {name for row in theirs for name in row}
        pair = [sorted(_said({n: r[n] for n in sorted(shared)}) for r in rows) for rows in (mine, theirs)]
        if pair[0] != pair[1]:
            yield f"{pair[0]} to the one, {pair[1]} to the other"


# -- writers --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Worker:
    """A process of a version. *other* is the version whose reads must agree with its own, None where it has none.

    One that is *early* leaves alone the rows that are still to be filled: what it makes NULL there would be filled.
    """

    name: str
    answers: Answers
    other: Version | None = None
    early: bool = False


@dataclass(slots=True)
class Rows:
    """The rows that all traffic of a database works on, and the statements that it has sent."""

    before: int
    _fresh: Iterator[int] = field(default_factory=lambda: itertools.count(FRESH_KEYS))
    made: list[int] = field(default_factory=list)
    #: how many of those that were made may still have to be filled
    open: int = 0
    sent: Counter[str] = field(default_factory=Counter)

    def fresh(self) -> int:
        """One that no writer has made; who makes it adds it to *made*."""
        return next(self._fresh)

    def some(self, chance: random.Random, *, only_filled: bool) -> int:
        """One that was there before, or that a writer made lately; only one of those if it must be filled."""
        if only_filled:
            filled = self.made[self.open :][-20:]
            return chance.choice(filled) if filled else self.fresh()
        if self.made and chance.random() < 0.3:
            return chance.choice(self.made[-20:])
        return chance.choice(touched(self.before))

    @property
    def keys(self) -> Sequence[int]:
        """Those that were there before, and the last of those that were made."""
        return [*range(1, self.before + 1), *self.made[-150:]]


@contextmanager
def at_once(
    database: str, workers: Sequence[Worker], rows: Rows, *, prepare: bool = True, at_least: int = 15
) -> Iterator[None]:
    """*workers* at work, each for *at_least* statements before and as many after what is done meanwhile.

    With *prepare* the driver prepares what it sends often, as psycopg does unless it is told otherwise.
    Raises AssertionError with all that befell them.
    """
    stop = threading.Event()
    told: list[str] = []
    counts = [threading.Semaphore(0) for _ in workers]

    def work(number: int, worker: Worker) -> None:
        chance = random.Random(number)
        try:
            with _connected(database, worker, prepare) as connection:
                while not stop.is_set() and not told:
                    told.extend(f"{worker.name}: {said}" for said in _one(connection, worker, rows, chance))
                    counts[number].release()
        except Exception as error:
            told.append(f"{worker.name}: {type(error).__name__}: {error}")

    threads = [threading.Thread(target=work, args=item, daemon=True) for item in enumerate(workers)]

    def wait() -> None:
        for count in counts:
            for _ in range(at_least):
                while not told and not count.acquire(timeout=0.05):
                    pass

    for thread in threads:
        thread.start()
    try:
        wait()
        yield
        for count in counts:
            while count.acquire(blocking=False):
                pass
        wait()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not told, "\n".join(told)


@contextmanager
def in_turn(
    database: str, workers: Sequence[Worker], rows: Rows, *, prepare: bool = True, each: int = 8
) -> Iterator[None]:
    """*workers* one after the other, before and behind what is done meanwhile: the same again for the same rows."""
    chance = random.Random(len(workers))
    told: list[str] = []
    with ExitStack() as stack:
        crew = [(worker, stack.enter_context(_connected(database, worker, prepare))) for worker in workers]
        for pause in (False, True):
            if pause:
                yield
            for worker, connection in crew * each:
                told += [f"{worker.name}: {said}" for said in _one(connection, worker, rows, chance)]
    assert not told, "\n".join(told)


def _connected(database: str, worker: Worker, prepare: bool) -> Connection:
    threshold = 5 if prepare else None
    return psycopg.connect(database, autocommit=True, application_name=worker.name, prepare_threshold=threshold)


def _one(connection: Connection, worker: Worker, rows: Rows, chance: random.Random) -> Iterator[str]:
    """One transaction: a write, and what must be read then. Yields what is wrong with it."""
    answers = worker.answers
    command = chance.choice(answers.version.writes)
    number = chance.randrange(len(answers.pool)) if {*command.names} - {"key"} else 0
    key = rows.fresh() if command.makes_a_row else rows.some(chance, only_filled=worker.early)
    values = answers.pool[number]
    refused = answers.refused.get((command, number))
    rows.sent[worker.name] += 1
    try:
        # what the version's own schema would have refused is not to stay
        with connection.transaction(force_rollback=refused is not None):
            if not write(connection, command, key, values):
                return
            mine = _seen(connection, answers.version, command, key)
            theirs = _seen(connection, worker.other, command, key) if worker.other else []
    except psycopg.Error as error:
        if not _alike(error.sqlstate, refused):
            yield f"{command.text} with {_said(values)} for {key}: {error.sqlstate}: {error}"
        return
    if command.makes_a_row and refused is None:
        rows.made.append(key)
    where = f"behind {command.text} with {_said(values)} for {key}"
    canonical = answers.written.get(number, {})
    for row in (row for found in mine for row in found):
        for name in row.keys() & set(command.names) & canonical.keys():
            if row[name] != canonical[name]:
                yield f"{where}, {name} is {_said(row)}; expected {_said(canonical)}"
    different = list(disagreements(mine, theirs))
    # a statement of another table does not lock the row, and somebody may have written it between the two reads
    if different and worker.other:
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            at_once = [_seen(connection, version, command, key) for version in (answers.version, worker.other)]
        if at_once == [mine, theirs]:
            yield from (f"{where}, the row is {said}" for said in different)


def _seen(connection: Connection, version: Version, command: Command, key: int) -> list[list[Row]]:
    """What *version* reads of what *command* may have written."""
    return read(connection, [(each, key) for each in version.reads if command.table in (None, each.table)])
