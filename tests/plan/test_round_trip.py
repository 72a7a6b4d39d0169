"""What split wrote, read back, gives the same steps: for each page that shows a split, in both styles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from projects import add_revision, history, project

from safemigrate.errors import SplitRefused
from safemigrate.history import History, Obstacle, Phase, Reading, read_revisions
from safemigrate.plan.answers import Answers
from safemigrate.plan.files import write_release
from safemigrate.plan.once import repeatable
from safemigrate.plan.plan import Plan, does_nothing, read_plan
from safemigrate.plan.release import Release, draft
from safemigrate.plan.style import Style
from safemigrate.rulebook import Policy, load_rules, replay
from safemigrate.schema import Operation, Schema, after, sync
from safemigrate.schema.operations import Update
from safemigrate.verify.story import Marked, Story, read_story

RULES = load_rules()
STORIES = {
    f"{rule.name}: {example.title}": read_story(rule, example)
    for rule in RULES
    for example in rule.page.examples
    if {"expand", "migrate", "contract"} & set(example.fences) and "migration" in example.fences
}

Shown = list[tuple[Phase, tuple[str, ...]]]


@dataclass(frozen=True)
class Trip:
    """One example's way there and back: what its split is, and what its files read as; or why there is no split."""

    wanted: Shown = ()  # type: ignore[assignment]
    found: Shown = ()  # type: ignore[assignment]
    obstacles: tuple[Obstacle, ...] = ()
    refused: str = ""


#: the trips of a style are made by one worker, for both of their tests
STYLES = [pytest.param(style, id=style.value, marks=pytest.mark.xdist_group(f"trips {style}")) for style in Style]


@pytest.fixture(scope="module", params=STYLES)
def trips(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trip]:
    """All examples in one project, each a line of its own, so that a process reads them all."""
    folder = project(tmp_path_factory.mktemp("pages"))
    for number, story in enumerate(STORIES.values()):
        add_revision(folder, f"p{number}a", None, executed([each for each in story.given if not each.unseen]))
        add_revision(folder, f"p{number}b", f"p{number}a", executed(story.migration))
    whole = history(folder)
    readings = read_revisions(whole, downgrades=())
    releases: dict[str, Release | str] = {}
    for number, (name, story) in enumerate(STORIES.items()):
        line = [readings[f"p{number}{part}"] for part in "ab"]
        try:
            release = composed(line, story)
            files = write_release(release, part_of(whole, number), request.param)
        except SplitRefused as refused:
            releases[name] = str(refused)
            continue
        releases[name] = release
        for file in files:
            file.path.write_text(file.text)
    whole = history(folder)
    again = read_revisions(whole, downgrades=())
    return {
        name: trip(release, story, [again[each.id] for each in part_of(whole, number).revisions])
        for number, ((name, release), story) in enumerate(zip(releases.items(), STORIES.values(), strict=True))
    }


def executed(statements: Sequence[Marked]) -> str:
    """The body of an upgrade() that runs *statements*, each in a call of its own."""
    lines = []
    for each in statements:
        call = f"op.execute(sa.text({each.text.replace(':', chr(92) + ':')!r}))"
        lines += ["with op.get_context().autocommit_block():", f"    {call}"] if each.autocommit else [call]
    return "\n".join(lines) or "pass"


def part_of(whole: History, number: int) -> History:
    """The line of one example."""
    revisions = tuple(r for r in whole.revisions if r.id.startswith((f"p{number}a", f"p{number}b")))
    return History(revisions, (revisions[-1].id,), whole.script_location, whole.root)


def composed(line: Sequence[Reading], story: Story) -> Release:
    runs = tuple(replay(line, Schema(complete=not story.unseen)))[1:]
    return draft(RULES, runs, policy=Policy(lock_timeout="managed"), answers=Answers(story.answers)).checked()


def trip(release: Release | str, story: Story, line: Sequence[Reading]) -> Trip:
    if isinstance(release, str):
        return Trip(refused=release)
    plan = read_plan(tuple(replay(line, Schema(complete=not story.unseen)))[1:])
    return Trip(
        list(wanted(release)),
        list(found(plan)),
        tuple(each for reading in line for each in reading.obstacles),
    )


def wanted(release: Release) -> Iterator[tuple[Phase, tuple[str, ...]]]:
    """All that expand does, in order, and the steps of the other phases. What does nothing is no part of a plan."""
    schema = next(placed.before for run in release.runs for placed in run.operations)
    effective: dict[Phase, list[tuple[Operation, ...]]] = {phase: [] for phase in Phase}
    for phase in Phase:
        for run in release.runs:
            parted = release.split.get(run.revision.id)
            steps = parted.steps(phase) if parted and phase is not Phase.EXPAND else ()
            for step in steps or ([release.operations(run, phase)] if phase is Phase.EXPAND else ()):
                kept = []
                for op in step:
                    kept += [] if does_nothing(op, schema) else [op]
                    schema = after(op, schema)
                effective[phase].append(tuple(kept))
    yield from _told(effective)


def found(plan: Plan) -> Iterator[tuple[Phase, tuple[str, ...]]]:
    effective: dict[Phase, list[tuple[Operation, ...]]] = {phase: [] for phase in Phase}
    for step in plan.steps:
        effective[step.phase].append(step.operations)
    yield from _told(effective)


def _told(effective: dict[Phase, list[tuple[Operation, ...]]]) -> Iterator[tuple[Phase, tuple[str, ...]]]:
    whole = tuple(op for step in effective[Phase.EXPAND] for op in step)
    for phase, steps in {**effective, Phase.EXPAND: [whole]}.items():
        yield from ((phase, shown(step)) for step in steps if shown(step))


def shown(operations: Sequence[Operation]) -> tuple[str, ...]:
    """The operations without what only makes them repeatable, and without the guard."""
    again = [op for first in operations for op in repeatable(first)[-1:] if not isinstance(op, sync.Guard)]
    told = dict.fromkeys(
        f"UPDATE {op.table}" if isinstance(op, Update) else " ".join(op.sql().split()) for op in again
    )
    return tuple(text for text in told if not _CLEARS.match(text))


#: what goes in front of a constraint or an index that an interrupted run may have left
_CLEARS = re.compile(r"(ALTER (TABLE|DOMAIN) \S+ DROP CONSTRAINT|DROP INDEX( CONCURRENTLY)?) IF EXISTS ")


def test_a_split_reads_back_as_it_was_written(trips: dict[str, Trip]) -> None:
    wrong = {
        name: (trip.obstacles, sorted({*trip.wanted} ^ {*trip.found}))
        for name, trip in trips.items()
        if not trip.refused and (trip.obstacles or trip.found != trip.wanted)
    }
    assert wrong == {}, "\n".join(f"{name}: {what}" for name, what in wrong.items())


def test_most_examples_can_be_written_in_a_revision(trips: dict[str, Trip]) -> None:
    # what remains is for people: several actions in one statement, or an example of which another rule knows no form
    refused = {name: trip.refused for name, trip in trips.items() if trip.refused}
    assert len(refused) * 4 <= len(trips), "\n".join(f"{name}: {why}" for name, why in refused.items())
