"""What the processes wrote down: how each operation went, and each fact that they committed."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

#: how much of a statement or a message is worth a line
LONGEST_STATEMENT = 60


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the shop. *at* is in seconds since the epoch, when it began."""

    at: float
    version: str
    name: str
    ms: float
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an operation failed. *wrong* means that it was answered, but not with what had been written."""

    sqlstate: str
    statement: str
    error: str
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the database must say until a later fact of the same key; perhaps, unless *certain*."""

    at: float
    name: str
    key: str
    value: str | int | None
    certain: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """Failures that are alike; *statement* and *error* are those of the first, shortened."""

    version: str
    operation: str
    sqlstate: str
    statement: str
    error: str
    count: int


@dataclass(slots=True)
class Log:
    """The logs of all processes of one run, one file each, read as far as they are written."""

    folder: Path
    operations: list[Operation] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    _offsets: dict[Path, int] = field(default_factory=dict)

    def read(self) -> None:
        """Takes in what has been written since."""
        for path in sorted(self.folder.glob("*.jsonl")):
            with path.open("rb") as file:
                file.seek(self._offsets.get(path, 0))
                written = file.read()
            # the last line may still be on its way
            complete = written[: written.rfind(b"\n") + 1]
            self._offsets[path] = self._offsets.get(path, 0) + len(complete)
            for line in complete.splitlines():
                self._take(json.loads(line))

    def _take(self, line: Mapping[str, object]) -> None:
        entry = parse(line)
        if isinstance(entry, Fact):
            self.facts.append(entry)
        else:
            self.operations.append(entry)


def parse(line: Mapping[str, object]) -> Operation | Fact:
    """One line of a log; the shop's `fleet/traffic.py` says what its keys mean."""
    at, version = float(str(line["at"])), str(line["version"])
    if "wrote" in line:
        value = line["value"]
        plain = value if isinstance(value, int) or value is None else str(value)
        return Fact(at, str(line["wrote"]), str(line["key"]), plain, line["certain"] is True)
    name, ms = str(line["operation"]), float(str(line["ms"]))
    if line["ok"]:
        return Operation(at, version, name, ms)
    if line.get("wrong"):
        found = f"{line['fact']} of {line['key']} is {line['found']!r}, not {line['expected']!r}"
        return Operation(at, version, name, ms, Failure("", "", found, wrong=True))
    failure = Failure(str(line["sqlstate"] or ""), str(line["statement"] or ""), str(line["error"]))
    return Operation(at, version, name, ms, failure)


def kinds(operations: Iterable[Operation]) -> tuple[Kind, ...]:
    """The failures among *operations*, those that are alike together, the most frequent first."""
    counts: Counter[tuple[str, str, str]] = Counter()
    first: dict[tuple[str, str, str], Failure] = {}
    for operation in operations:
        if operation.failure is None:
            continue
        key = operation.version, operation.name, operation.failure.sqlstate
        counts[key] += 1
        first.setdefault(key, operation.failure)
    return tuple(
        Kind(*key, shortened(first[key].statement), _message(first[key].error), count)
        for key, count in counts.most_common()
    )


def longest_ms(operations: Iterable[Operation]) -> float:
    """How long the slowest of *operations* took, failed or not; 0 without any."""
    return max((operation.ms for operation in operations), default=0.0)


def shortened(statement: str) -> str:
    """*statement* on one short line: the lists of its columns left out."""
    text = " ".join(statement.split())
    text = re.sub(r"^SELECT .*? FROM ", "SELECT … FROM ", text)
    text = re.sub(r"^INSERT INTO (\S+) \(.*", r"INSERT INTO \1 (…)", text)
    text = re.sub(r"^(SELECT … FROM \S+) .*", r"\1", text)
    return _cut(text)


def _message(error: str) -> str:
    """PostgreSQL's own words, without the name of the driver's exception and the place in the statement."""
    return _cut((error.partition(": ")[2] or error).partition(" at character ")[0])


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_STATEMENT else f"{text[: LONGEST_STATEMENT - 2].rstrip()} …"
