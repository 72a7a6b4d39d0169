"""Starts the process that runs revisions; this stands before its imports, which are half of a short run."""

from __future__ import annotations

import gc
import importlib
import sys


def main() -> None:
    """Import what runs revisions, and answer one request."""
    # what is imported stays: there is nothing to collect before the first revision
    gc.disable()
    _import_mako()
    from safemigrate.history import child

    child.main()


def _import_mako() -> None:
    """Import what alembic makes revision files with, without what colours its errors in HTML: 40 modules."""
    sys.modules["pygments"] = None  # type: ignore[assignment]
    importlib.import_module("mako.exceptions")
    del sys.modules["pygments"]


if __name__ == "__main__":
    main()
