"""What split makes of every revision of real histories: ``python benchmarks/split_histories.py DIR [--show N]``.

DIR holds one folder a project, as for read_histories.py. Each revision is split alone and in memory, as if it were
the one that is new: a chain of phases, safe as written, or a refusal in a sentence. Anything else is an error of
ours, and is printed. ``--show N`` prints N of the chains, spread over all.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import traceback
from collections import Counter
from pathlib import Path

from read_histories import histories, opened

from safemigrate.cli.judging import load_enabled_rules
from safemigrate.cli.release import conditions
from safemigrate.config import load_settings
from safemigrate.errors import SafemigrateError, SplitRefused
from safemigrate.history import History
from safemigrate.lint.revisions import revision_runs
from safemigrate.plan.files import write_release
from safemigrate.plan.release import draft
from safemigrate.rulebook import Rule, Run

_COLUMNS = "{:<52} {:>9} {:>7} {:>7} {:>7} {:>7}"
_NAMES = re.compile(r'"[^"]*"|\S+\.\S+|\'[^\']*\'|\b[a-z]+_\w+')


def outcome(run: Run, rules: tuple[Rule, ...], history: History) -> tuple[str, str]:
    """``chain`` with the files, ``safe``, ``refused`` with a reason a line, or ``error`` with the traceback."""
    try:
        release = draft(rules, (run,), postgres=15)
        files = write_release(release, history)
    except SplitRefused as refusal:
        return "refused", "\n".join(str(each) for each in refusal.each if each.required)
    except SafemigrateError as error:
        return "refused", str(error)
    except Exception:
        return "error", traceback.format_exc()
    if not release.split:
        return "safe", ""
    return "chain", "\n".join(f"--- {file.path.name} ({file.phase})\n{file.text}" for file in files)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", type=int, default=0, metavar="N")
    arguments = parser.parse_args()
    settings = load_settings(None)
    rules = load_enabled_rules(settings)
    print(_COLUMNS.format("history", "revisions", "chain", "safe", "refused", "error"))
    reasons: Counter[str] = Counter()
    chains: list[str] = []
    for versions, project in histories(arguments.folder):
        with tempfile.TemporaryDirectory() as scratch:
            try:
                history = opened(versions, project, Path(scratch))
                runs = revision_runs(history, [revision.id for revision in history.revisions], conditions(settings))
            except SafemigrateError as error:
                print(f"{versions.relative_to(arguments.folder)}: {error}")
                continue
            told = [outcome(run, rules, history) for run in runs]
        kinds = Counter(kind for kind, _ in told)
        name = str(versions.relative_to(arguments.folder))[-52:]
        print(_COLUMNS.format(name, len(runs), *(kinds[kind] for kind in ("chain", "safe", "refused", "error"))))
        for text in [text for kind, text in told if kind == "refused"]:
            reasons.update({_NAMES.sub("…", line)[:140] for line in text.splitlines()})
        chains += [text for kind, text in told if kind == "chain"]
        for _, text in [pair for pair in told if pair[0] == "error"][:3]:
            print(text)
    print()
    for reason, count in reasons.most_common(30):
        print(f"{count:5d}  {reason}")
    for text in chains[:: max(1, len(chains) // arguments.show)][: arguments.show] if arguments.show else ():
        print(f"\n{'=' * 100}\n{text}")


if __name__ == "__main__":
    main()
