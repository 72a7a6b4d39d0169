"""Alembic's revisions as statements in order, each with its file, line and transaction.

In: Alembic's configuration and the folder of revisions. Out: a History, and for each revision a Reading. What a
revision does is found out by running it in a process of its own, over a driver that reaches no database; env.py
is not run. Nothing here knows what a statement means: that is sql's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safemigrate.on_demand import give_on_demand

if TYPE_CHECKING:
    from safemigrate.history.configuration import Configuration
    from safemigrate.history.dump import Dump
    from safemigrate.history.history import History
    from safemigrate.history.loading import load
    from safemigrate.history.reader import read_revisions
    from safemigrate.history.statement import Direction, Doubt, Obstacle, Phase, Reading, Revision, Statement

__all__ = [
    "Configuration",
    "Direction",
    "Doubt",
    "Dump",
    "History",
    "Obstacle",
    "Phase",
    "Reading",
    "Revision",
    "Statement",
    "load",
    "read_revisions",
]

give_on_demand(
    __name__,
    {
        ".configuration": ("Configuration",),
        ".dump": ("Dump",),
        ".history": ("History",),
        ".loading": ("load",),
        ".reader": ("read_revisions",),
        ".statement": ("Direction", "Doubt", "Obstacle", "Phase", "Reading", "Revision", "Statement"),
    },
)
