"""Paths as they are told: from a folder, with forward slashes."""

from __future__ import annotations

from pathlib import Path


def relative(path: Path, root: Path) -> str:
    """*path* from *root* where it lies below it, else as it is; with forward slashes."""
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.as_posix()
