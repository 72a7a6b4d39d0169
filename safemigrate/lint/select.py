"""Which revisions of a history are judged."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from safemigrate.errors import UnknownRevision
from safemigrate.history.dump import Dump
from safemigrate.history.history import History


@dataclass(frozen=True, slots=True)
class Selection:
    """The ids to judge. *scope* says how they were chosen where nobody named them: "changed since main".

    *beside* are the files of the same change, outside Alembic's folder, as far as those who chose were told.
    """

    ids: frozenset[str]
    scope: str = ""
    beside: tuple[Path, ...] = ()


def everything(history: History) -> Selection:
    """Every revision."""
    return Selection(frozenset(history.by_id))


def changed(history: History, files: Collection[Path], since: str) -> Selection:
    """The revisions whose files are among *files*, which changed since *since*."""
    real = {file.resolve() for file in files}
    ids = frozenset(revision.id for revision in history.revisions if revision.path.resolve() in real)
    return Selection(ids, f"changed since {since}", _beside(history, real))


def named(history: History, texts: Sequence[str]) -> Selection:
    """The revisions that a person named: ids, files, folders and ranges ``a1:b2`` as Alembic reads them.

    A file or folder that holds no revision names none, since a hook is handed whatever was committed; such a file
    is one of the same change.

    Raises:
        UnknownRevision: what is neither a path nor a revision.
    """
    files = {Path(text).resolve() for text in texts if text not in history.by_id and Path(text).is_file()}
    return Selection(frozenset(id for text in texts for id in _ids(history, text)), beside=_beside(history, files))


def _beside(history: History, files: Collection[Path]) -> tuple[Path, ...]:
    """Those of *files* that are not Alembic's."""
    ours = {history.script_location, *(revision.path.parent for revision in history.revisions)}
    folders = {folder.resolve() for folder in ours}
    return tuple(sorted(file for file in files if folders.isdisjoint(file.parents)))


def in_baseline(history: History, last: str) -> frozenset[str]:
    """The revisions whose effect a baseline taken behind *last* holds already; none where *last* is empty."""
    resolved = history.resolve(last) if last else ""
    return _with_ancestors(history, [resolved] if resolved else [])


def dump_for(history: History, sql: str, last: str) -> Dump | None:
    """The baseline *sql*, taken behind *last*, as those who read revisions need it; None where *sql* is empty."""
    return Dump(sql, in_baseline(history, last)) if sql else None


def needed(history: History, judged: Iterable[str], dumped: frozenset[str] = frozenset()) -> frozenset[str]:
    """The revisions that must be read to judge some: they and all before them, but for what a baseline holds."""
    wanted = frozenset(judged)
    return (_with_ancestors(history, wanted) - dumped) | _with_ancestors(history, wanted & dumped)


def _with_ancestors(history: History, ids: Iterable[str]) -> frozenset[str]:
    wanted, found = frozenset(ids), set[str]()
    # from the heads on, so that one walk covers a line of revisions
    for revision in reversed(history.revisions):
        if revision.id in wanted and revision.id not in found:
            found |= {revision.id, *(above.id for above in history.ancestors(revision.id))}
    return frozenset(found)


def _ids(history: History, text: str) -> Iterator[str]:
    path = Path(text)
    if path.exists() and text not in history.by_id:
        here = path.resolve()
        yield from (r.id for r in history.revisions if here in (r.path.resolve(), *r.path.resolve().parents))
    elif ":" in text:
        after, _, upto = text.partition(":")
        yield from (revision.id for revision in history.range(after, upto))
    elif text in ("head", "heads"):
        yield from history.heads
    else:
        yield _one(history, text)


def _one(history: History, text: str) -> str:
    if "/" in text:
        raise UnknownRevision(text, reason="there is no such file")
    id = history.resolve(text)
    if not id:
        raise UnknownRevision(text, reason="base comes before the first revision")
    return id
