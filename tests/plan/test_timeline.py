"""A split release laid over the waves of a rollout: what must be true before each stage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from projects import project, runs, split

from safemigrate.history import Phase
from safemigrate.plan.losses import lost
from safemigrate.plan.plan import Plan, read_plan
from safemigrate.plan.strategy import Strategy, timeline
from safemigrate.report.plan import timeline_json, timeline_text

TABLE = 'op.execute("CREATE TABLE users (id integer PRIMARY KEY, score integer)")'
RETYPE = 'op.alter_column("users", "score", type_=sa.BigInteger())'


def test_what_migrate_makes_again_is_asked_for_once(tmp_path: Path) -> None:
    folder = project(tmp_path, TABLE, RETYPE)
    split(folder, "r1")
    plan = read_plan(runs(folder)[1:])
    stages = timeline(plan, Strategy.ROLLING, (50, 100), before="r1").stages
    assert [stage.title for stage in stages] == [
        "expand",
        "migrate",
        "wave 1: 50 % new",
        "wave 2: 100 % new",
        "contract",
    ]
    for stage in stages:
        assert len(stage.requires) == len(set(stage.requires))
    enabled = [sentence for sentence in stages[1].requires if sentence.endswith("is enabled")]
    # one trigger for inserts and one for updates
    assert len(enabled) == 2
    assert "every row of users has its values in score_new" in stages[2].requires


USERS = TABLE.replace("score integer", "score integer, fax text, mail text")


@pytest.mark.parametrize(
    ("migration", "expected"),
    [
        pytest.param('op.drop_column("users", "fax")', ["users.fax"], id="a column"),
        pytest.param('op.alter_column("users", "mail", new_column_name="email")', [], id="a column under two names"),
        pytest.param(RETYPE, [], id="a column in two types"),
        pytest.param('op.drop_table("users")', ["the rows of users"], id="a table"),
        pytest.param(
            'op.execute("CREATE TABLE t (id int)")\nop.execute("DROP TABLE t")', [], id="a table of the release"
        ),
    ],
)
def test_a_plan_tells_what_goes_for_good_and_nothing_else(
    tmp_path: Path, migration: str, expected: Sequence[str]
) -> None:
    folder = project(tmp_path, USERS, migration)
    split(folder, "r1")
    plan = read_plan(runs(folder)[1:])
    assert expected == taken(plan)
    told = timeline(plan, Strategy.ROLLING, (100,), before="r1")
    asked = [sentence for stage in told.stages for sentence in stage.requires if "--accept loses-data" in sentence]
    assert [bool(expected)] * len(asked) == [sentence.endswith(", ".join(expected)) for sentence in asked]
    assert bool(expected) == bool(asked)
    text = timeline_text(told)
    assert text.count(" for good\n") == len(expected)
    for each in expected:
        assert f"takes away {each} for good" in text


def test_what_is_lost_before_contract_is_asked_for_there(tmp_path: Path) -> None:
    folder = project(tmp_path, USERS, 'op.execute("DELETE FROM users WHERE score = 0")')
    told = timeline(read_plan(runs(folder)[1:]), Strategy.ROLLING, (100,), before="r1")
    assert told.stages[0].phase is Phase.EXPAND
    assert told.stages[0].requires[-1].endswith("unless it is empty: the rows of users where score = 0")
    found = timeline_json(told)["stages"]
    assert isinstance(found, list)
    assert found[0]["steps"][0]["loses_data"] is True
    assert found[0]["steps"][0]["losses"] == ["the rows of users where score = 0"]


def test_a_plan_of_the_contract_alone_knows_what_was_kept_in_step(tmp_path: Path) -> None:
    folder = project(tmp_path, USERS, RETYPE)
    split(folder, "r1")
    before, contract = runs(folder)[1:-1], runs(folder)[-1:]
    assert taken(read_plan(contract)) == ["users.score"]
    earlier = [placed.operation for run in before for placed in run.operations]
    assert taken(read_plan(contract, earlier=earlier)) == []


def taken(plan: Plan) -> list[str]:
    return [lost(placed.operation) for step in plan.steps for placed in step.losses]
