"""The two ways to roll the release out: as it was written, and as safemigrate splits it."""

from __future__ import annotations

from safemigrate.demo.shop import NEW, OLD, Shop
from safemigrate.demo.stage import Stage, reason
from safemigrate.plan.strategy import Strategy, waves

PLAIN, PHASED = "alembic upgrade head", "safemigrate"

# all in one transaction over two tables that traffic locks in the other order: it may be a deadlock's victim
PLAIN_ATTEMPTS = 3
CLOSED = (1, 4)
GATE_ATTEMPTS = 20


def plain(stage: Stage) -> None:
    """Migrates in front of the rollout, as most deployments do, and restarts the fleet wave by wave."""
    stage.at_work()
    if not (_upgrade(stage, "head", PLAIN_ATTEMPTS) or _one_by_one(stage)):
        return
    for percent in waves(Strategy.ROLLING, None):
        stage.wave(percent)


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


def _one_by_one(stage: Stage) -> bool:
    """What is left to try when all revisions together do not get through: each in a transaction of its own."""
    while stage.revision() != stage.shop.revision(NEW):
        if not _upgrade(stage, "+1", PLAIN_ATTEMPTS):
            stage.unexpected.append(f"alembic upgrade +1 failed {PLAIN_ATTEMPTS} times")
            return False
    return True


def phased(stage: Stage) -> None:
    """Splits the release, and runs each phase where the rollout is ready for it."""
    stage.at_work()
    if not (_split(stage) and _apply(stage, "expand") and _apply(stage, "migrate")):
        return
    shares = waves(Strategy.ROLLING, None)
    for percent in shares:
        if percent == shares[-1]:
            _closed(stage)
        stage.wave(percent)
    if _open(stage):
        _apply(stage, "contract", "--accept", "loses-data")


def release(shop: Shop) -> str:
    """The revisions between the two versions, as commands name them."""
    return f"{shop.revision(OLD)}:{shop.revision(NEW)}"


def _split(stage: Stage) -> bool:
    words = ("safemigrate", "split", release(stage.shop), "--write")
    before = stage.shop.revision_files()
    with stage.step(" ".join(words)) as step:
        done = stage.command(*words)
        step.good = stage.must(done, 0)
        appended = stage.shop.revision_files() - before
        step.note = f"{appended} revisions appended" if step.good else reason(done.output)
    return step.good


def _apply(stage: Stage, phase: str, *options: str) -> bool:
    words = ("safemigrate", "apply", "--phase", phase, *options)
    with stage.step(" ".join(words)) as step:
        done = stage.migration(*words)
        step.good = stage.must(done, 0)
        if not step.good:
            step.note = reason(done.output)
    return step.good


def _closed(stage: Stage) -> None:
    """Asks for the contract too early: the answer has to be no."""
    with stage.step("safemigrate can-i contract") as step:
        done = stage.command("safemigrate", "can-i", "contract")
        step.good = stage.must(done, *CLOSED)
        step.note = _first_line(done.output)


def _open(stage: Stage) -> bool:
    """Asks until the answer is yes: sessions of a process that has ended may be seen for a moment."""
    with stage.step("safemigrate can-i contract") as step:
        for _ in range(GATE_ATTEMPTS):
            done = stage.command("safemigrate", "can-i", "contract")
            if done.exit_code not in CLOSED:
                break
        step.good = stage.must(done, 0)
        step.note = _first_line(done.output)
    return step.good


def _first_line(output: str) -> str:
    return output.strip().partition("\n")[0] or reason(output)
