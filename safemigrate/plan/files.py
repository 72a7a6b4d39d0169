"""A split release as revision files: authored ones become their expand part, the rest is appended at the head."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from safemigrate.errors import SplitRefused, UnreadableHistory
from safemigrate.history import History, Phase
from safemigrate.plan import authored, backfill_code, python, source
from safemigrate.plan.answers import check_refused
from safemigrate.plan.authored import put_off
from safemigrate.plan.body import body
from safemigrate.plan.changes import Change, SplitRevision
from safemigrate.plan.once import again, where_there
from safemigrate.plan.python import Comments
from safemigrate.plan.release import Release, tables_of
from safemigrate.plan.style import Style
from safemigrate.plan.undo import Irreversible, schema_before, undo
from safemigrate.rulebook import Run, Step
from safemigrate.schema import Operation, Schema, after, sync
from safemigrate.schema import operations as o
from safemigrate.schema.name import quoted, shortened

#: alembic_version.version_num is a varchar of this length
ID_CHARACTERS = 32


@dataclass(frozen=True, slots=True)
class RevisionFile:
    """A file to write. *replaces* tells an authored revision that becomes its expand part from a new one."""

    revision: str
    phase: Phase
    path: Path
    text: str
    replaces: bool


def write_release(release: Release, history: History, style: Style = Style.PLAIN) -> tuple[RevisionFile, ...]:
    """The files that *release* is, in the order of their revisions; nothing is written.

    Raises SplitRefused for what the release is refused for, and for each file that cannot be rewritten without
    guessing, UnreadableHistory for several heads that no labels tell apart.
    """
    heads = phase_heads(history)
    split = [release.split[run.revision.id] for run in release.runs if run.revision.id in release.split]
    refused = [each for parted in split for each in _unwritable(parted, style)]
    check_refused([*release.refused, *refused], release.given)
    names = _names(split, history)
    files = [_expand(release, parted, names, style) for parted in split]
    for phase in (Phase.MIGRATE, Phase.CONTRACT):
        for parted in split:
            if parted.steps(phase):
                made = _appended(release, parted, phase, names, _place(history, heads, parted, phase, names), style)
                files.append(made)
                heads = {each: made.revision if head == heads[phase] else head for each, head in heads.items()}
    return tuple(files)


def single_head(history: History) -> str:
    """The head that revisions are appended to. Raises UnreadableHistory where there is not exactly one."""
    if len(history.heads) != 1:
        raise UnreadableHistory(
            f"the history has {len(history.heads)} heads: {', '.join(history.heads)}.",
            where=str(history.script_location),
            remedy="Join them first: alembic merge heads.",
        )
    return history.heads[0]


def phase_heads(history: History) -> Mapping[Phase, str]:
    """The head that revisions of each phase are appended to: the only one, or that of the branch labelled so.

    Raises UnreadableHistory where there are others.
    """
    branches = {history.by_id[head].branch: head for head in history.heads}
    if len(history.heads) != 2 or set(branches) != {Phase.EXPAND, Phase.CONTRACT}:
        return dict.fromkeys(Phase, single_head(history))
    expand, contract = branches[Phase.EXPAND], branches[Phase.CONTRACT]
    return {Phase.EXPAND: expand, Phase.MIGRATE: expand, Phase.CONTRACT: contract}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a revision is appended: behind the revision *down*, in *folder*; *depends_on* is in another branch."""

    down: str
    folder: Path
    depends_on: str = ""


def _place(
    history: History,
    heads: Mapping[Phase, str],
    parted: SplitRevision,
    phase: Phase,
    names: Mapping[tuple[str, Phase], str],
) -> _Place:
    authored, down = parted.run.revision, heads[phase]
    if phase is not Phase.CONTRACT or heads[Phase.EXPAND] == down:
        return _Place(down, authored.path.parent)
    # a release keeps its branches in folders side by side
    beside = authored.path.parent.with_name(str(Phase.CONTRACT))
    last = history.by_id[phase_heads(history)[phase]]
    return _Place(
        down, beside if beside.is_dir() else last.path.parent, names.get((authored.id, Phase.MIGRATE), authored.id)
    )


def _names(split: Sequence[SplitRevision], history: History) -> dict[tuple[str, Phase], str]:
    """The id of each appended revision: the authored one's with the phase behind it."""
    taken = {revision.id for revision in history.revisions}
    names = {}
    for parted in split:
        authored = parted.run.revision
        for phase in (Phase.MIGRATE, Phase.CONTRACT):
            if not parted.steps(phase):
                continue
            name = shortened(f"{authored.id}_{phase}", limit_bytes=ID_CHARACTERS)
            if name in taken:
                raise SplitRefused(
                    f'there is a revision "{name}" already.',
                    where=str(authored.path),
                    remedy="Remove it if it is what an earlier split left, or rename it.",
                )
            names[authored.id, phase] = name
    return names


# -- the authored revision --------------------------------------------------------------------------------------


def _unwritable(parted: SplitRevision, style: Style) -> Sequence[SplitRefused]:
    """What keeps the body of an authored upgrade() from being rewritten."""
    run = parted.run
    try:
        authored.upgrade(parted, source.read_source(run.revision.path), style, run.operations[0].before)
    except SplitRefused as refused:
        return refused.each
    return ()


def _expand(
    release: Release, parted: SplitRevision, names: dict[tuple[str, Phase], str], style: Style
) -> RevisionFile:
    revision = parted.run.revision
    text = source.read_source(revision.path)
    operations = release.operations(parted.run, Phase.EXPAND)
    before = _schema(release, parted, Phase.EXPAND)
    left = schema_before(before, [(Phase.EXPAND, operations)])
    later = [names[revision.id, phase] for phase in (Phase.MIGRATE, Phase.CONTRACT) if (revision.id, phase) in names]
    rest = (
        f"{' and '.join(later)} {'does' if len(later) == 1 else 'do'} the rest" if later else "nothing is left to do"
    )
    declarations = [f"# the expand part; {rest}"]
    declarations.append(f'safemigrate_phase = "{Phase.EXPAND}"')
    bodies = {
        "upgrade": authored.upgrade(parted, text, style, before),
        "downgrade": _indented(_back(undo(operations, before, parted.run), left, operations, style) or ["pass"]),
    }
    return RevisionFile(
        revision.id, Phase.EXPAND, revision.path, source.replaced(text, bodies, declarations), replaces=True
    )


# -- appended revisions -----------------------------------------------------------------------------------------


def _appended(
    release: Release,
    parted: SplitRevision,
    phase: Phase,
    names: dict[tuple[str, Phase], str],
    place: _Place,
    style: Style,
) -> RevisionFile:
    authored = parted.run.revision
    name = names[authored.id, phase]
    before = _schema(release, parted, phase)
    moved = put_off(parted, source.read_source(parted.run.revision.path), style)
    said = [moved.get((phase, number), ()) for number in range(len(parted.steps(phase)))]
    if phase is Phase.MIGRATE:
        declared, upgrade, downgrade = _migrate(release, parted, before, style, said)
    else:
        declared, upgrade, downgrade = _contract(release, parted, before, name, style, said)
    declarations = [f'safemigrate_phase = "{phase}"', *declared]
    lines = [
        f'"""{_title(parted, phase)}',
        "",
        *_explained(parted, phase, before),
        f"Revision ID: {name}",
        f"Revises: {place.down}",
        "",
        '"""',
        "",
        "import sqlalchemy as sa",
        "from alembic import op",
        "",
        "# revision identifiers, used by Alembic.",
        f"revision = {python.string(name)}",
        f"down_revision = {python.string(place.down)}",
        "branch_labels = None",
        f"depends_on = {python.string(place.depends_on) if place.depends_on else None}",
        "",
        *declarations,
        "",
        "",
        "def upgrade() -> None:",
        *_indented(upgrade),
        "",
        "",
        "def downgrade() -> None:",
        *_indented(downgrade),
    ]
    text = "\n".join(lines) + "\n"
    if "sa." not in text.partition("from alembic import op")[2]:
        text = text.replace("import sqlalchemy as sa\n", "", 1)
    path = place.folder / f"{authored.path.stem}_{phase}.py"
    return RevisionFile(name, phase, path, text, replaces=False)


def _migrate(
    release: Release, parted: SplitRevision, before: Schema, style: Style, said: Sequence[Comments]
) -> tuple[list[str], list[str], list[str]]:
    """The declaration, upgrade() and downgrade(): backfills and other steps, in the order of the changes."""
    steps = parted.steps(Phase.MIGRATE)
    declared, upgrade = _filling(release, parted.run, steps, before, style, said)
    operations = [op for step in steps for op in step if not isinstance(op, o.Update)]
    undone = undo(operations, before, parted.run)
    left = schema_before(before, [(Phase.MIGRATE, operations)])
    downgrade = _back(undone, left, (), style) or ["# the rows stay filled: the expand part allows both", "pass"]
    return declared, upgrade, downgrade


def _filling(
    release: Release,
    run: Run,
    steps: Sequence[Step],
    before: Schema,
    style: Style,
    said: Sequence[Comments],
    *,
    known: Sequence[Operation] = (),
) -> tuple[list[str], list[str]]:
    """The declaration of the backfills among the *steps* of *run*, and the body that runs all of them in their order.

    *said* is what stands above each step, *known* what the expand part does.
    """
    updates = [op for step in steps for op in step if isinstance(op, o.Update)]
    leaving = release.leaving(run)
    fillings = backfill_code.fillings(updates, before, leaving, release.end)
    written = list(where_there(again(steps), before, leaving))
    lines = body(written, before, style, fillings=iter(fillings), said=said, known=known)
    return backfill_code.declaration(fillings) if fillings else [], lines


def _is_backfill(step: Step) -> bool:
    return isinstance(step[0], o.Update)


def _contract(
    release: Release, parted: SplitRevision, before: Schema, name: str, style: Style, said: Sequence[Comments]
) -> tuple[list[str], list[str], list[str]]:
    steps = parted.steps(Phase.CONTRACT)
    operations = [op for step in steps for op in step]
    guard = sync.Guard(name, tables_of(operations, before))
    synced = release.operations(parted.run, Phase.EXPAND)
    guarded = _guarded(guard, steps)
    above = [()] * (len(guarded) - len(steps)) + [*said]
    declared, upgrade = _filling(release, parted.run, guarded, before, style, above, known=synced)
    try:
        undone = _undone(parted, before, synced)
    except Irreversible as error:
        return declared, upgrade, _no_way_back(error.operation)
    left = schema_before(before, [(Phase.CONTRACT, operations)])
    return declared, upgrade, _back(undone, left, synced, style) or ["pass"]


def _back(undone: Sequence[Step], schema: Schema, synced: Sequence[Operation], style: Style) -> list[str]:
    """The body that runs the steps *undone*, which begin on *schema*."""
    return body(again(undone), schema, style, fillings=_refilling(undone, schema), known=synced)


def _refilling(undone: Sequence[Step], schema: Schema) -> Iterator[backfill_code.Filling]:
    """The backfills among the steps *undone*, each by the key that its table has by then."""
    for op in (op for step in undone for op in step):
        if isinstance(op, o.Update):
            yield backfill_code.Filling(op, _key(schema, op))
        schema = after(op, schema)


def _undone(parted: SplitRevision, before: Schema, synced: Sequence[Operation]) -> list[Step]:
    """The steps that undo contract, those of the last change first. Raises Irreversible."""
    undone: list[Step] = []
    # changes that know their way back stand between those that are undone one operation after the other
    for known, changes in groupby(parted.changes, key=lambda change: change.split.contract_undo is not None):
        group = list(changes)
        operations = [op for change in group for step in change.split.contract for op in step]
        if known:
            steps = [step for change in reversed(group) for step in change.split.contract_undo or ()]
        else:
            steps = undo(operations, before, parted.run, synced=synced)
        undone = [*steps, *undone]
        before = schema_before(before, [(Phase.CONTRACT, operations)])
    return undone


def _no_way_back(op: Operation) -> list[str]:
    """What a downgrade says that has nothing to make again what is gone: the approval of contract was for that."""
    sql = " ".join(op.sql().split())
    return python.call("raise NotImplementedError", python.string(f"nobody can say what undoes this: {sql}"))


def _guarded(guard: sync.Guard, steps: Sequence[Step]) -> list[Step]:
    """The guard in front: in the first step's transaction, or in one of its own before what commits by itself."""
    if steps and not _is_backfill(steps[0]) and all(op.runs_in_transaction for op in steps[0]):
        return [(guard, *steps[0]), *steps[1:]]
    return [(guard,), *steps]


def _key(schema: Schema, update: o.Update) -> tuple[str, ...]:
    table = schema.table(update.table)
    return table.primary_key if table else ()


# -- words ------------------------------------------------------------------------------------------------------


def _title(parted: SplitRevision, phase: Phase) -> str:
    what = parted.run.revision.title.rstrip(".") or "; ".join(c.split.change for c in parted.changes)
    return f"{what}: {phase}".replace("\\", "\\\\").replace('"""', "'''")


def _explained(parted: SplitRevision, phase: Phase, before: Schema) -> list[str]:
    """What a person must know before the revision runs."""
    lines = []
    for change in parted.changes:
        if not change.split.steps(phase):
            continue
        if phase is Phase.MIGRATE:
            lines.append(
                f"Fills the rows that were there before {parted.run.revision.id}, which {change.split.change}."
            )
            lines += [line for step in change.split.migrate for op in step for line in _fired(op, before)]
        else:
            lines.append(f"Ends the change that {change.split.change}.")
            if change.split.deploy:
                lines.append(f"Deploy before it {change.split.deploy}.")
            lines.append(change.split.proof or "Run it when no process of the old version is left.")
    if phase is Phase.CONTRACT and any(map(_drops, parted.changes)):
        lines.append("The data that it drops does not come back.")
    escaped = (line.replace("\\", "\\\\").replace('"""', "'''") for line in dict.fromkeys(lines))
    return [*(part for line in escaped for part in textwrap.wrap(line, python.LINE_CHARACTERS)), ""]


def _drops(change: Change) -> bool:
    """Whether the contract of *change* takes values away."""
    return any(isinstance(op, o.DropColumn | o.DropTable) for step in change.split.contract for op in step)


def _fired(op: Operation, before: Schema) -> Iterator[str]:
    """The author's own triggers that a backfill fires, such as one that keeps the time of the last change."""
    if not isinstance(op, o.Update):
        return
    written = {column for column, _ in op.assignments}
    fired = [
        quoted(trigger.name)
        for trigger in before.triggers_on(op.table)
        if "UPDATE" in trigger.events
        and not sync.is_sync_trigger(trigger.name)
        and (not trigger.columns or written.intersection(trigger.columns))
    ]
    if fired:
        yield f"What {op.table} does on an UPDATE it does for each of them, too: {', '.join(fired)}."


def _indented(lines: Sequence[str]) -> list[str]:
    return source.indented(lines, python.INDENT)


# -- the schema around ------------------------------------------------------------------------------------------


def _schema(release: Release, parted: SplitRevision, phase: Phase) -> Schema:
    """The schema when *parted* begins its part in *phase*, in the order of the split release."""
    done: list[tuple[Phase, Sequence[Operation]]] = []
    for each in Phase:
        for run in release.runs:
            if each is phase and run is parted.run:
                return schema_before(release.before, done)
            done.append((each, release.operations(run, each)))
    return release.before
