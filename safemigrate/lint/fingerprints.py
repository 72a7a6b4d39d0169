"""What tells a finding from others, however its file changes around it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from safemigrate.paths import relative
from safemigrate.redact import redact
from safemigrate.rulebook.finding import Finding


def fingerprints(findings: Iterable[Finding], *, root: Path) -> tuple[str, ...]:
    """A fingerprint for each finding: 32 hexadecimal digits, unique among them.

    It is made of the rule, the direction, the revision (or, where there is none, the file from *root*) and the
    statement without its layout. So it stays when lines move, when a revision's file is renamed and when the words
    of a rule change. Equal findings of one revision are numbered in their order. A password is no part of it.
    """
    return tuple(_numbered(_key(finding, root) for finding in findings))


def _key(finding: Finding, root: Path) -> tuple[str, ...]:
    # a remark on a comment has no statement; its words say what it is about
    about = finding.statement or finding.message
    home = finding.revision or relative(finding.path, root)
    return finding.rule, finding.direction.value, home, laid_out_plainly(about)


def laid_out_plainly(sql: str) -> str:
    """*sql* on one line with single spaces, and without passwords."""
    return " ".join(redact(sql).split())


def _numbered(keys: Iterable[tuple[str, ...]]) -> Iterator[str]:
    seen: Counter[tuple[str, ...]] = Counter()
    for key in keys:
        text = "\0".join((*key, str(seen[key])))
        seen[key] += 1
        yield hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
