"""deploy-order: see deploy_order.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from safemigrate.rulebook import Hazard, Hit, Phase, Placed, Site
from safemigrate.schema import Answer, Name
from safemigrate.schema import operations as o
from safemigrate.schema.sync import Guard

_HAZARDS = frozenset({Hazard.BREAKS_OLD, Hazard.BREAKS_NEW})
_REMOVES = (
    o.ChangeComposite,
    o.ChangeType,
    o.DetachPartition,
    o.DropColumn,
    o.DropObject,
    o.DropTable,
    o.MoveObject,
    o.MoveTable,
    o.RenameColumn,
    o.RenameEnumValue,
    o.RenameObject,
    o.RenameTable,
    o.RenameType,
    o.Revoke,
)
_TIGHTENS = (
    o.AddConstraint,
    o.AddDomainConstraint,
    o.AddIdentity,
    o.SetDomainNotNull,
    o.SetNotNull,
    o.SetRowSecurity,
)
_TESTS = frozenset({"test", "tests"})


def check(site: Site) -> Iterable[Hit]:
    """What removes or tightens, in one change with code of the application."""
    files = [path for path in site.project.changed if _is_application(path)]
    late = [at for at, placed in enumerate(site.operations) if _is_late(placed)]
    if files and late and not _waits(site):
        yield Hit(_HAZARDS, at=late[0], message=_message(files, [site.operations[at] for at in late], site))


def _is_application(path: Path) -> bool:
    name = path.name
    tests = not _TESTS.isdisjoint(path.parts) or name.startswith(("test_", "conftest.")) or name.endswith("_test.py")
    return path.suffix == ".py" and not tests


def _waits(site: Site) -> bool:
    """Whether nothing but the end of the old version opens the revision: a contract that guards itself."""
    return site.run.phase is Phase.CONTRACT and any(isinstance(p.operation, Guard) for p in site.operations)


def _is_late(placed: Placed) -> bool:
    """Whether the operation belongs to contract, and is about something that the revision did not make itself."""
    op, before = placed.operation, placed.before
    column = getattr(op, "column", None)
    if any(before.is_new(table) for table in _tables(op)):
        return False
    if isinstance(op, o.AddColumn):
        return op.column.nullable is Answer.NO and op.column.has_default is Answer.NO
    if isinstance(op, o.CreateIndex):
        return op.index.unique
    if isinstance(column, str) and any(before.is_new_column(table, column) for table in _tables(op)):
        return False
    return isinstance(op, (*_REMOVES, *_TIGHTENS))


def _tables(op: o.Operation) -> Iterator[Name]:
    table = getattr(op, "table", None)
    if isinstance(table, Name):
        yield table
    yield from (each for each in getattr(op, "tables", ()) if isinstance(each, Name))


def _message(files: Sequence[Path], late: Sequence[Placed], site: Site) -> str:
    several = len(files) > 1
    named = ", ".join(path.name for path in files[:3]) + ", …" * (len(files) > 3)
    told = "; ".join(placed.operation.sql() for placed in late)
    return (
        f"{len(files)} {'files' if several else 'file'} of the application {'change' if several else 'changes'} "
        f"together with this revision ({named}), and what removes or tightens waits until the version without "
        f"{'them' if several else 'it'} is gone: {told}. Deploy the code first, and then this in a change of its own"
        + (f"; safemigrate split {site.run.revision.id} writes the phases." if not site.run.revision.phase else ".")
    )
