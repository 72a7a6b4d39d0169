"""A split release laid over the waves of a rollout: what must be true before each stage."""

from __future__ import annotations

from pathlib import Path

from projects import project, runs, split

from safemigrate.plan.plan import read_plan
from safemigrate.plan.strategy import Strategy, timeline

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
