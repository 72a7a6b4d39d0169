"""Files that are remembered: replaced whole, sealed with a digest, and none where they are damaged."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

_SEAL = hashlib.sha256().digest_size


def unsealed(path: Path) -> bytes | None:
    """What write_sealed() wrote to *path*; None where it is gone, cannot be read or is damaged."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    seal, payload = content[:_SEAL], content[_SEAL:]
    return payload if hashlib.sha256(payload).digest() == seal else None


def write_sealed(path: Path, payload: bytes) -> None:
    """Put *payload* to *path*; another process sees all of it or nothing. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(hashlib.sha256(payload).digest() + payload)
    os.replace(name, path)


def prune(folder: Path, suffix: str, *, most: int) -> None:
    """Keep the *most* files of *folder* that were written last. Raises OSError."""
    kept = sorted(folder.glob(f"*{suffix}"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for old in kept[most:]:
        old.unlink(missing_ok=True)
