"""A revision as its author wrote it, after a history."""

from __future__ import annotations

from pathlib import Path

from safemigrate.history.statement import Reading, Revision, Statement
from safemigrate.rulebook import Run, replay
from safemigrate.schema import Schema
from safemigrate.sql import cut


def revision(given: str, migration: str, *, parameters: bool = False, apart: bool = False) -> Run:
    """*migration* as a revision after a history that made *given*: in one transaction, or each statement *apart*."""
    readings = [
        Reading(
            Revision(name, (), Path(f"{name}.py")),
            tuple(
                Statement(
                    piece.text,
                    name,
                    Path(f"{name}.py"),
                    piece.line,
                    transaction=number if apart else 0,
                    parameters=parameters,
                )
                for number, piece in enumerate(cut(text))
            ),
        )
        for name, text in (("given", given), ("migration", migration))
    ]
    return list(replay(readings, Schema()))[1]
