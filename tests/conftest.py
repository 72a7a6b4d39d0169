"""Real databases for tests: one throw-away server a worker, one database a test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import pytest
from forking.started import started
from fuzz import FUZZ
from hypothesis import settings

from safemigrate.server import Server, start

# the same examples in each run, so that a change is refused for what it does; CONTRIBUTING says how to draw others.
# a loaded machine is slow, and nothing is wrong: no deadline
settings.register_profile("fixed", deadline=None, derandomize=True)
settings.register_profile("drawn", deadline=None, max_examples=FUZZ or 1, print_blob=True)
settings.load_profile("drawn" if FUZZ else "fixed")

#: how a process is forked in the place of a new one is Linux's
FORKS = sys.platform == "linux"
#: folders whose tests start processes for what these do; how they start is tested in history and project
FORKED = frozenset(
    "apply cli examples lint plan plugin revision rulebook rules scenarios verify".split() if FORKS else ()
)
collect_ignore = [] if FORKS else ["forking"]


class MakeDatabase(Protocol):
    """Makes a database, empty or a copy of *template* (a name or a URL), and returns its URL."""

    def __call__(self, template: str | None = None) -> str: ...


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A throw-away server; under pytest-xdist each worker has its own."""
    with start() as running:
        yield running


@pytest.fixture(scope="session")
def _numbers() -> Iterator[int]:
    return count(1)


@pytest.fixture
def make_database(server: Server, _numbers: Iterator[int]) -> Iterator[MakeDatabase]:
    """Databases of this test, dropped behind it."""
    made: list[str] = []

    def make(template: str | None = None) -> str:
        name = f"test_{next(_numbers)}"
        source = template and unquote(urlsplit(template).path).lstrip("/")
        url = server.create_database(name, source)
        made.append(name)
        return url

    yield make
    for name in made:
        server.drop_database(name)


@pytest.fixture
def database(make_database: MakeDatabase) -> str:
    """The URL of a new empty database."""
    return make_database()


@pytest.fixture(scope="session")
def forking_python() -> Iterator[Path]:
    """A program that does what Python does, in a fork of a process that has imported everything."""
    with started() as program:
        yield program


@pytest.fixture(scope="module", autouse=True)
def _forked_processes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever starts ``sys.executable`` in the folders that fork starts that program.

    Modules that are about the process itself, and not about what it does, have a fixture of this name that does not.
    """
    with pytest.MonkeyPatch.context() as patch:
        if request.path.parent.name in FORKED:
            patch.setattr(sys, "executable", str(request.getfixturevalue("forking_python")))
        yield
