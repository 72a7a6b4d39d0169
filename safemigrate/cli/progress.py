"""A word to a person who waits for more than a second."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: how long a person waits without being told for what
PATIENCE_S = 1.0


@contextmanager
def telling(what: str) -> Iterator[None]:
    """Say *what* on stderr once it takes longer than a moment, and take it back at the end; only on a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    timer = threading.Timer(PATIENCE_S, _write, [what])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        # back to the start of the line, and clear it
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def _write(what: str) -> None:
    sys.stderr.write(f"{what} …")
    sys.stderr.flush()
