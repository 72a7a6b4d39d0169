"""The two ways to roll the release out: as it was written, and as safemigrate splits it."""

from __future__ import annotations

import re
import time

from safemigrate.demo.shop import NEW, OLD, Shop
from safemigrate.demo.stage import Stage, reason
from safemigrate.plan.strategy import Strategy, waves

PLAIN, PHASED = "alembic upgrade head", "safemigrate"

# all in one transaction over two tables that traffic locks in the other order: it may be a deadlock's victim
PLAIN_ATTEMPTS = 3
ACCEPTED = ("--accept", "loses-data")
NO, NOT_PROVEN = 1, 3
GATE_PATIENCE_S = 10.0

_GAVE_WAY = re.compile(r"^ *try \d+: no lock", re.MULTILINE)
_FILLED = re.compile(r"\b(\d+) rows in (\d+) batch")


def plain(stage: Stage) -> None:
    """Migrates in front of the rollout, as most deployments do, and restarts the fleet wave by wave."""
    stage.at_work()
    done = _upgrade(stage, "head", PLAIN_ATTEMPTS)
    if not done:
        # what is left to try: each revision in a transaction of its own, as far as that goes
        while stage.revision() != stage.shop.revision(NEW) and _upgrade(stage, "+1", 1):
            pass
    for percent in waves(Strategy.ROLLING, None):
        stage.wave(percent)
    if not done and stage.revision() != stage.shop.revision(NEW) and not _upgrade(stage, "head", PLAIN_ATTEMPTS):
        stage.unexpected.append(f"alembic upgrade head failed {2 * PLAIN_ATTEMPTS} times")


def _upgrade(stage: Stage, target: str, attempts: int) -> bool:
    """Whether `alembic upgrade` got there, tried as often as a patient person would."""
    words = ("alembic", "upgrade", target)
    for attempt in range(attempts):
        with stage.step(" ".join(words)) as step:
            # the report is there once: whoever tries again has waited for it
            done = stage.command(*words) if attempt else stage.migration(*words)
            step.good = done.exit_code == 0
            step.note = "" if step.good else reason(done.output)
        if step.good:
            return True
    return False


def phased(stage: Stage) -> None:
    """Splits the release, and runs each phase where the rollout is ready for it."""
    stage.at_work()
    if not (_split(stage) and _apply(stage, "expand") and _apply(stage, "migrate")):
        return
    for percent in waves(Strategy.ROLLING, None):
        if len(stage.leaving(percent)) == stage.fleet.count(OLD) > 0:
            _closed(stage)
        stage.wave(percent)
    if _open(stage):
        _apply(stage, "contract", *ACCEPTED)


def release(shop: Shop) -> str:
    """The revisions between the two versions, as commands name them."""
    return f"{shop.revision(OLD)}:{shop.revision(NEW)}"


def _split(stage: Stage) -> bool:
    words = ("safemigrate", "split", release(stage.shop), "--write")
    before = len(stage.shop.revision_files())
    with stage.step(" ".join(words)) as step:
        done = stage.command(*words)
        step.good = stage.must(done, 0)
        appended = len(stage.shop.revision_files()) - before
        step.note = f"{appended} revisions appended" if step.good else reason(done.output)
    return step.good


def _apply(stage: Stage, phase: str, *options: str) -> bool:
    words = ("safemigrate", "apply", "--phase", phase, *options)
    with stage.step(" ".join(words)) as step:
        done = stage.migration(*words)
        step.good = stage.must(done, 0)
        step.note = applied(done.output) if step.good else reason(done.output)
    return step.good


def _closed(stage: Stage) -> None:
    """Asks for the contract too early: the answer has to be no."""
    with stage.step("safemigrate can-i contract") as step:
        done = stage.command("safemigrate", "can-i", "contract")
        step.good = stage.must(done, NO)
        step.note = _first_line(done.output)


def _open(stage: Stage) -> bool:
    """Asks until the answer is yes: sessions of a process that has ended may be seen for a moment."""
    words = ("safemigrate", "can-i", "contract", *ACCEPTED)
    with stage.step(" ".join(words)) as step:
        began = time.monotonic()
        done = stage.command(*words)
        while done.exit_code in (NO, NOT_PROVEN) and time.monotonic() < began + GATE_PATIENCE_S:
            done = stage.command(*words)
        step.good = stage.must(done, 0)
        step.note = _first_line(done.output)
    return step.good


def applied(output: str) -> str:
    """What an apply had to do, of what it told."""
    tries = len(_GAVE_WAY.findall(output))
    batches = [(int(rows), int(number)) for rows, number in _FILLED.findall(output)]
    said = []
    if tries:
        said.append(f"gave way {tries} times to the report that had the tables open")
    if batches:
        said.append(f"{sum(rows for rows, _ in batches):,} rows in {sum(number for _, number in batches)} batches")
    return ", ".join(said)


def _first_line(output: str) -> str:
    return output.strip().partition("\n")[0] or reason(output)
