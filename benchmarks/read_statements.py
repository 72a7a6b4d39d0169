"""How our reader and PostgreSQL's own parser read the same statements: ``python benchmarks/read_statements.py PATH``.

A PATH is a file of SQL, a folder of such files (PostgreSQL's ``src/test/regress/sql``, for one), a table with a
column ``statement`` (``.tsv``), or, after ``--histories``, a folder of projects with Alembic revisions, as
read_histories.py takes it. ``--show N`` prints the first N of each kind of difference. Nothing runs; pglast is
needed.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "tests" / "sql")]

from differential import Verdict, compared  # noqa: E402

from safemigrate.sql import read  # noqa: E402
from safemigrate.sql.scripts import statements  # noqa: E402
from safemigrate.sql.tokens import Unterminated, scan  # noqa: E402

_PSQL = re.compile(r"^\s*\\.*$", re.MULTILINE)
_META = re.compile(r"\\(?:g|gset|gexec|gdesc|gx|crosstabview|watch|bind|parse|;)\b.*$", re.MULTILINE)
_COPIED = re.compile(
    r"(^copy\b[^;]*\bfrom\s+stdin\b[^;]*;)[^\n]*\n.*?^\\\.$", re.MULTILINE | re.DOTALL | re.IGNORECASE
)
_SHOWN = (Verdict.DIFFERENT, Verdict.UNTRANSLATED, Verdict.READ_ANYWAY, Verdict.UNREADABLE)


def of_file(path: Path) -> Iterator[str]:
    """The statements of a file, without what only psql understands."""
    text = path.read_text("utf-8", "replace")
    if path.suffix == ".tsv":
        rows = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
        yield from (row["statement"] for row in rows)
        return
    text = _META.sub(";", _PSQL.sub("", _COPIED.sub(r"\1", text)))
    while text:
        try:
            found = scan(text)
        except Unterminated as error:
            # what stands before it can be read all the same
            found, text = scan(text[: error.start]), text[: error.start]
        yield from (text[tokens[0].start : tokens[-1].end] for tokens in statements(found))
        return


def of_histories(folder: Path) -> Iterator[str]:
    """The statements that every revision of the histories in *folder* sends, up and down."""
    import tempfile

    from read_histories import histories, opened

    from safemigrate.errors import SafemigrateError
    from safemigrate.history import Direction, read_revisions

    for versions, project in histories(folder):
        with tempfile.TemporaryDirectory() as scratch:
            try:
                history = opened(versions, project, Path(scratch))
                readings = list(read_revisions(history, timeout_s=600).values())
            except SafemigrateError as error:
                print(f"{versions}: {error}", file=sys.stderr)
                continue
        for reading in readings:
            for direction in Direction:
                yield from (statement.sql for statement in reading.run(direction))


def counted(texts: Iterable[str], show: int) -> Counter[Verdict]:
    found: Counter[Verdict] = Counter()
    shown: dict[tuple[Verdict, str], int] = defaultdict(int)
    for sql in dict.fromkeys(texts):
        verdict, why = compared(sql)
        found[verdict] += 1
        kind = (verdict, re.sub(r"'[^']*'|\"[^\"]*\"", "…", why)[:60])
        if verdict in _SHOWN and shown[kind] < show:
            shown[kind] += 1
            print(f"  {verdict.value}: {' '.join(sql.split())[:160]}\n      {why[:240]}")
    return found


def speed(texts: list[str]) -> float:
    """Statements a second that our reader alone reads, each for the first time."""
    start = time.perf_counter()
    for sql in texts:
        read.__wrapped__(sql)
    return len(texts) / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--histories", type=Path, action="append", default=[])
    parser.add_argument("--show", type=int, default=0)
    options = parser.parse_args()
    for path in (*options.paths, *options.histories):
        if path in options.histories:
            texts = list(of_histories(path))
        else:
            files = sorted(path.rglob("*.sql")) if path.is_dir() else [path]
            texts = [sql for file in files for sql in of_file(file)]
        found = counted(texts, options.show)
        total = found.total()
        taken = total - found[Verdict.REFUSED] - found[Verdict.READ_ANYWAY]
        print(f"{path}: {total} distinct statements, of which PostgreSQL takes {taken}")
        for verdict in Verdict:
            print(f"  {found[verdict]:>6}  {found[verdict] / max(total, 1):>6.1%}  {verdict.value}")
        if taken:
            print(f"  {found[Verdict.AGREED] / taken:.2%} of what PostgreSQL takes is read alike")
        print(f"  {speed(list(dict.fromkeys(texts))):,.0f} statements a second")


if __name__ == "__main__":
    main()
