"""Whether the do-nothing driver reads what PostgreSQL gets.

    python benchmarks/compare_readers.py DIR [NAME] [--refused]

DIR holds one folder a project, as for read_histories.py; NAME picks the histories whose path holds it, and
--refused lists what the server refused. Each history
is run on an empty database of a throw-away server, revision by revision, with stand-ins for what cannot be imported,
and what the server gets is compared with what the do-nothing driver recorded. A revision counts where both could
read it: the driver without an obstacle, the server to the end of upgrade(). Where the server refuses one, the
driver's statements take its place, so that the revisions behind it have a schema to run on.

What is set aside, and nothing else: see safemigrate.history.agreement.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from read_histories import clean, histories, opened

from safemigrate.errors import SafemigrateError
from safemigrate.history import Direction, History, Reading, read_revisions
from safemigrate.history.agreement import differences
from safemigrate.history.server_reader import Witnessed, read_from_server
from safemigrate.server import Server, start

_COLUMNS = "{:<52} {:>5} {:>7} {:>7} {:>7} {:>7} {:>7}"


def compare(history: History, server: Server, name: str, folder: Path) -> tuple[Counter[str], list[str]]:
    """The counts of one history, and its disagreements for people."""
    readings = read_revisions(history, timeout_s=600, downgrades=())
    url = server.create_database(name)
    try:
        sent = read_from_server(history, url, {id: _substitute(reading) for id, reading in readings.items()})
    finally:
        server.drop_database(name)
    counts: Counter[str] = Counter()
    lines: list[str] = []
    for id, reading in readings.items():
        counts += _judged(reading, sent[id], lines, folder)
    return counts, lines


def _substitute(reading: Reading) -> list[str]:
    return [s.sql for s in reading.run(Direction.UPGRADE) if not s.parameters]


def _judged(reading: Reading, sent: Witnessed, lines: list[str], folder: Path) -> Counter[str]:
    place = reading.revision.path.relative_to(folder)
    if sent.refused is not None or not clean(reading):
        if sent.refused is not None and clean(reading) and "--refused" in sys.argv:
            lines.append(f"  refused   {place}:{sent.refused.line}  {sent.refused.reason[:160]}")
        return Counter(revisions=1, driver=int(clean(reading)), server=int(sent.refused is None))
    found = differences(reading, sent.reading)
    for each in found:
        side = "server +" if each.only_sent else "driver +"
        lines.append(f"  {side}  {reading.revision.id}  {place}:{each.line}  {' '.join(each.sql.split())[:150]}")
    return Counter(revisions=1, driver=1, server=1, both=1, agree=int(not found))


def main(folder: Path, wanted: str = "") -> None:
    print(_COLUMNS.format("history", "revs", "driver", "server", "both", "agree", "share"))
    total: Counter[str] = Counter()
    with start() as server:
        for number, (versions, project) in enumerate(histories(folder)):
            shown = str(versions.relative_to(folder))
            if wanted not in shown:
                continue
            with tempfile.TemporaryDirectory() as scratch:
                try:
                    counts, lines = compare(
                        opened(versions, project, Path(scratch)), server, f"compared_{number}", folder
                    )
                except SafemigrateError as error:
                    print(f"{shown}: {error}")
                    continue
            print(_row(shown[-52:], counts))
            print(*lines, sep="\n" if lines else "")
            total += counts
    print(_row("all", total))


def _row(name: str, counts: Counter[str]) -> str:
    share = f"{counts['agree'] / counts['both']:.1%}" if counts["both"] else "-"
    return _COLUMNS.format(name, *(counts[key] for key in ("revisions", "driver", "server", "both", "agree")), share)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(each for each in sys.argv[2:] if each != "--refused"))
