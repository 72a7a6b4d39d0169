"""Each scenario of the pages on a real server, with both versions at work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from catalogue import KINDS
from scenario import read_scenarios
from stage import play

SCENARIOS = read_scenarios()

#: kinds whose scenario is still to be written; nothing may be added here
WITHOUT_A_SCENARIO = frozenset(KINDS) - {1, 2, 3, 6, 7, 8, 14, 15}


@pytest.mark.parametrize("name", SCENARIOS)
def test_both_versions_live_through_it(name: str, tmp_path: Path, make_database: Callable[..., str]) -> None:
    play(SCENARIOS[name], tmp_path, make_database)


def test_every_kind_of_change_has_a_scenario() -> None:
    found = {kind for scenario in SCENARIOS.values() for kind in scenario.kinds}
    assert {kind: KINDS[kind] for kind in KINDS if kind not in found | WITHOUT_A_SCENARIO} == {}
