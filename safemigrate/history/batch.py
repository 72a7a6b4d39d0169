"""batch_alter_table with lines: each operation of a batch keeps the line it was called from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from alembic.operations import batch

from safemigrate.history.recording import Recording

_Entry = tuple[str, tuple[Any, ...], dict[str, Any]]


class _LinedBatch(list[_Entry]):
    """The operations of a batch. They run when the ``with`` ends, and the recording is told their own lines."""

    def __init__(self, recording: Callable[[], Recording]) -> None:
        super().__init__()
        self._recording = recording
        self._lines: list[int] = []

    def append(self, entry: _Entry) -> None:
        self._lines.append(self._recording().line_now())
        super().append(entry)

    def __iter__(self) -> Iterator[_Entry]:
        recording = self._recording()
        try:
            for entry, line in zip(super().__iter__(), self._lines, strict=True):
                recording.batch_line = line
                yield entry
        finally:
            recording.batch_line = None


def keep_lines(recording: Callable[[], Recording]) -> None:
    """Make every batch of this process keep its lines; *recording* gives the one that is running."""

    class LinedBatchImpl(batch.BatchOperationsImpl):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)  # type: ignore[no-untyped-call]
            self.batch = _LinedBatch(recording)

    batch.BatchOperationsImpl = LinedBatchImpl  # type: ignore[misc]
