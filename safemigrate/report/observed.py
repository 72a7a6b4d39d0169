"""What a throw-away server said of a migration, statement by statement, beside what the model says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from safemigrate.report.text import Line, Style, clean, counted, line, relative
from safemigrate.schema import LockMode, Work
from safemigrate.verify.observation import Observation

#: a statement of more characters is shown shortened
SHOWN_CHARACTERS = 100


def observations_text(observations: Sequence[Observation], *, major: int, root: Path) -> Iterator[Line]:
    """Every statement with its locks and work as observed, the differences, and a line that sums them up."""
    yield line((f"Observed on a throw-away PostgreSQL {major}:", Style.BOLD))
    for observation in observations:
        if observation.statement.sql:
            yield from _observation(observation, root)
    seen = [each for each in observations if each.observed is not None]
    differing = sum(bool(each.differences) for each in seen)
    refused = sum(bool(each.refused) for each in observations)
    skipped = sum(bool(each.skipped and each.statement.sql) for each in observations)
    style = Style.ERROR if refused else Style.WARNING if differing else Style.GOOD
    words = f"{counted(len(seen), 'statement')} observed: {differing} not as the model says"
    words += f", {refused} refused" * bool(refused) + f", {skipped} not observed" * bool(skipped)
    yield line((words, style))


def _observation(observation: Observation, root: Path) -> Iterator[Line]:
    statement = observation.statement
    sql = clean(" ".join(statement.sql.split()))
    shown = sql if len(sql) <= SHOWN_CHARACTERS else f"{sql[:SHOWN_CHARACTERS]}…"
    yield line(f"  {relative(statement.path, root)}:{statement.line}  {shown}")
    if observation.skipped:
        yield line((f"    not observed: {clean(observation.skipped)}", Style.WARNING))
    elif observation.refused:
        yield line((f"    refused: {clean(observation.refused)}", Style.ERROR))
    else:
        yield line((f"    {_told(observation)}", Style.DIM))
    yield from (line((f"    {clean(sentence)}", Style.WARNING)) for sentence in observation.differences)


def _told(observation: Observation) -> str:
    """``ACCESS EXCLUSIVE on public.users; rewrite of public.users``."""
    observed = observation.observed
    assert observed is not None
    locks = [
        f"{mode} on {name}"
        for names in (observed.locks, observed.sequences, observed.indexes)
        for name, mode in sorted(names.items())
        if mode > LockMode.ROW_SHARE
    ]
    works = [f"{work.value} of {name}" for name, work in sorted(observed.works.items()) if work is not Work.INSTANT]
    kept = [
        f"{mode} on {name}"
        for name, mode in sorted(observed.kept.items())
        if mode.blocks_writes and name in observed.read
    ]
    held = [f"while the transaction holds {', '.join(kept)}"] if kept else []
    return "; ".join([", ".join(locks) or "no lock that stops anybody", *works, *held])
