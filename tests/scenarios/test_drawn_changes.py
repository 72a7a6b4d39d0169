"""Changes of schemas as Hypothesis draws them: split, applied, and asked by both versions at every state.

``SAFEMIGRATE_FUZZ=1000`` draws so many of each kind, others each time; without it few, always the same.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from drawn import changes
from hypothesis import HealthCheck, Phase, event, given, note, settings
from scenario import Scenario, read_page
from stage import play
from traffic import in_turn

from safemigrate.errors import SplitRefused
from safemigrate.server import Server

FUZZ = int(os.environ.get("SAFEMIGRATE_FUZZ", "0"))
_SETTINGS = settings(
    max_examples=FUZZ or 4,
    derandomize=not FUZZ,
    database=None,
    deadline=None,
    # an example takes a second or two: whoever sees one fail shortens it by hand
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize(
    ("revisions", "most"),
    [
        pytest.param(1, 1, id="one change"),
        pytest.param(1, 4, id="several changes"),
        pytest.param(2, 2, id="several revisions"),
    ],
)
def test_what_is_drawn_is_split_right_or_refused(server: Server, revisions: int, most: int) -> None:
    outcomes: Counter[str] = Counter()

    @_SETTINGS
    @given(changes(revisions=revisions, most=most))
    def check(page: str) -> None:
        # a failure is shown as what can be put on a page
        note(page)
        (scenario,) = read_page(page, where="drawn")
        outcome = _outcome(scenario, server)
        outcomes[outcome] += 1
        event(outcome)

    check()
    assert outcomes["split"], outcomes


def _outcome(scenario: Scenario, server: Server) -> str:
    made: list[str] = []

    def make(template: str | None = None) -> str:
        name = f"drawn_{os.getpid()}_{len(made)}"
        made.append(name)
        source = template.partition("?")[0].rpartition("/")[2] if template else None
        return server.create_database(name, source)

    try:
        with tempfile.TemporaryDirectory() as folder:
            return play(scenario, Path(folder), make, traffic=in_turn)
    except SplitRefused:
        return "refused"
    finally:
        for name in made:
            server.drop_database(name)
