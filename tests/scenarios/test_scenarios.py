"""Each scenario of the pages on a real server, with both versions at work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from both_forms import play_both_forms
from catalogue import KINDS
from scenario import read_scenarios
from stage import play, play_with_kills

SCENARIOS = read_scenarios()


def _parameters() -> Iterator[ParameterSet]:
    for name, scenario in SCENARIOS.items():
        marks = [pytest.mark.xfail(reason=scenario.open, strict=True)] if scenario.open else []
        yield pytest.param(name, id=name, marks=marks)


@pytest.mark.parametrize("name", [*_parameters()])
def test_both_versions_live_through_it(name: str, tmp_path: Path, make_database: Callable[..., str]) -> None:
    play(SCENARIOS[name], tmp_path, make_database)


@pytest.mark.parametrize("name", [name for name, each in SCENARIOS.items() if each.refusal is None])
def test_plain_alembic_goes_on_behind_each_commit(
    name: str, tmp_path: Path, make_database: Callable[..., str]
) -> None:
    play_with_kills(SCENARIOS[name], tmp_path, make_database)


@pytest.mark.parametrize("name", [name for name, each in SCENARIOS.items() if each.refusal is None])
def test_both_forms_of_its_split_are_one(name: str, tmp_path: Path, make_database: Callable[..., str]) -> None:
    play_both_forms(SCENARIOS[name], tmp_path, make_database)


def test_every_kind_of_change_has_a_scenario() -> None:
    found = {kind for scenario in SCENARIOS.values() for kind in scenario.kinds}
    assert {kind: KINDS[kind] for kind in KINDS if kind not in found} == {}
