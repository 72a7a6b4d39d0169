"""Changes of schemas drawn by lot: split, applied, and asked by both versions at every state.

``SAFEMIGRATE_FUZZ=1000`` draws so many of each size, others each time; without it few, always the same.
``SAFEMIGRATE_FUZZ_SEED`` is the seed that such a run has told, and draws the same again.
"""

from __future__ import annotations

import itertools
import os
import random
import re
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from drawn_changes import release
from fuzz import FUZZ
from scenario import Scenario, read_page
from stage import play
from traffic import in_turn

from safemigrate.errors import SplitRefused, Undecided
from safemigrate.server import Server

_SEED = os.environ.get("SAFEMIGRATE_FUZZ_SEED") or (str(random.randrange(10**9)) if FUZZ else "ci")
#: how many failures are shown in full
_SHOWN = 10
#: what is the user's own in a reason: where it is, statements, names (which some sentences do not quote), and types
_OWN = re.compile(
    r"""\S*/versions/\S+:\s
    | (?<=would\ do\ ).*(?=,\ which) | (?<=known\ for:\ ).*
    | (?<=both\ change\ ).*(?=,\ and\ the) | (?<=both\ are\ about\ )[^:]*
    | (?<=^this\ ).*(?=,\ and\ ) | (?<=,\ and\ )(?:the\ revision|r\d)\ .*(?=\ before\.)
    | (?<=\breads\ )[^.]+ | (?<=\bON\ )(?:DELETE|UPDATE)\ (?:[A-Z]+\b\ ?)+(?=\ )
    | (?:"(?:[^"]|"")*"|\w+)(?:\.(?:"(?:[^"]|"")*"|\w+))+ | "(?:[^"]|"")*" | '[^']*'
    | \b[a-z]+_\w*\b | \b(?:users|people|größen)\b | \b\w{40,}\b | \br\d\b
    | \b(?:character|timestamp|time|numeric|integer|bigint|smallint|text|date|double)\b
      (?:\ varying|\ precision)?(?:\([\d,\ ]+\))?(?:\ with(?:out)?\ time\ zone)?""",
    re.VERBOSE,
)
#: several of a kind
_SEVERAL = re.compile(r"(the [\w ]+ ….*?)(?:, \1)+(?=[,.])")


@pytest.mark.parametrize(
    ("revisions", "most"),
    [
        pytest.param(1, 1, id="one change"),
        pytest.param(1, 4, id="several changes"),
        pytest.param(3, 2, id="several revisions"),
    ],
)
def test_what_is_drawn_is_split_right_or_refused(
    server: Server, capsys: pytest.CaptureFixture[str], revisions: int, most: int
) -> None:
    outcomes: Counter[str] = Counter()
    failures: dict[str, str] = {}
    for number in range(FUZZ or 4):
        page = release(random.Random(f"{_SEED} {revisions} {most} {number}"), revisions=revisions, most=most)
        (scenario,) = read_page(page, where="drawn")
        try:
            outcome = _outcome(scenario, server)
        except Exception as error:
            outcome = "failed"
            said = f"{type(error).__name__}: {error}"
            # one of its kind is enough, shown as what can be put on a page
            failures.setdefault(_without_names(said.partition("\n")[0]), f"{page}\n{said}")
        outcomes[outcome] += 1
    if FUZZ:
        with capsys.disabled():
            print(f"\nseed {_SEED}, {revisions} revisions of at most {most} changes", *_shares(outcomes), sep="\n")
    assert not failures, f"{len(failures)} kinds of failure\n\n" + "\n\n".join([*failures.values()][:_SHOWN])
    assert outcomes["split"], outcomes


def _shares(outcomes: Counter[str]) -> list[str]:
    return [f"{count:6} {count / outcomes.total():6.1%} {outcome}" for outcome, count in outcomes.most_common()]


def _outcome(scenario: Scenario, server: Server) -> str:
    made: list[str] = []

    def make(template: str | None = None) -> str:
        name = f"drawn_{os.getpid()}_{len(made)}"
        made.append(name)
        source = template.partition("?")[0].rpartition("/")[2] if template else None
        return server.create_database(name, source)

    try:
        with tempfile.TemporaryDirectory() as folder:
            return _played(scenario, Path(folder), make)
    finally:
        for name in made:
            server.drop_database(name)


def _played(scenario: Scenario, folder: Path, make: Callable[..., str]) -> str:
    """What split makes of it, once every question has the answer that it gives as an example."""
    for attempt in itertools.count():
        try:
            return play(scenario, folder / str(attempt), make, traffic=in_turn)
        except SplitRefused as refused:
            asked = [each for each in refused.each if isinstance(each, Undecided) and each.required]
            if len(asked) < len(refused.each):
                other = next(each for each in refused.each if each not in asked)
                return f"refused: {_without_names(other.found)}"
            if any(each.key in scenario.answers for each in asked):
                raise AssertionError(f"asked again: {refused}") from None
            # the versions upsert by their keys, one after the other
            answers = {each.key: "true" if "upserts" in each.asks else each.example for each in asked}
            scenario = replace(scenario, answers={**scenario.answers, **answers})
    raise AssertionError


def _without_names(reason: str) -> str:
    return _SEVERAL.sub(r"\1", _OWN.sub("…", reason))
