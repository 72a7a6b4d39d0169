"""How long lint takes, and where: ``python benchmarks/lint_budget.py [--corpus DIR] [--profile]``.

Whole processes are measured, as a pre-commit hook or a pipeline pays for them: the median of several runs, wall
clock and processor time (of the process and those it starts), and the peak of memory. Machines are noisy and shared,
so the processor's time is the figure to compare.

Without a corpus, histories are made up: 500 revisions over 100 tables, and 1,250 to 5,000 over a fifth as many, to
see that the cost is linear. With one (one folder a project, as for read_histories.py), lint of each whole history is
set beside the pipeline that it replaces: ``alembic upgrade base:heads --sql``, split into statements, and squawk,
where it is on the path (``pip install squawk-cli``). Offline mode ends at the first revision that asks the database,
and before the first one where a module of the application is missing, so it is told how many revisions the pipeline
gets to see: with none, its figure is that of starting two interpreters.
"""

from __future__ import annotations

import argparse
import os
import pstats
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import synthetic_history
from read_histories import histories

_LINT = (sys.executable, "-m", "safemigrate", "lint", "--fail-on", "never")
_ROOT = Path(__file__).parent.parent
_COLUMNS = "{:<62} {:>8} {:>8} {:>8}"


@dataclass(frozen=True, slots=True)
class Cost:
    """What running a command took: seconds, seconds of processor time, megabytes at the peak."""

    wall: float
    processor: float
    memory: float


def cost(command: Sequence[str], folder: Path, cache: Path) -> Cost:
    """The cost of one run."""
    path = os.pathsep.join(path for path in (str(_ROOT), os.environ.get("PYTHONPATH", "")) if path)
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "PYTHONPATH": path}
    # an installed package has its bytecode
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, _, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, spent, used.ru_maxrss / 1024)


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(*(median(getattr(each, name) for each in costs) for name in ("wall", "processor", "memory")))


def cold(command: Sequence[str], folder: Path, runs: int) -> Cost:
    """The cost where nothing is remembered."""
    costs = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as cache:
            costs.append(cost(command, folder, Path(cache)))
    return middle(costs)


def warm(command: Sequence[str], folder: Path, cache: Path, runs: int) -> Cost:
    """The cost of the second run and those behind it."""
    cost(command, folder, cache)
    return middle([cost(command, folder, cache) for _ in range(runs)])


def changed(folder: Path, revision: str, cache: Path, runs: int) -> Cost:
    """The cost of lint of one revision that was just edited, where all before it was linted once."""
    (path,) = (folder / "migrations" / "versions").glob(f"{revision}_*.py")
    text = path.read_text()
    cost((*_LINT, revision), folder, cache)
    costs = []
    for number in range(runs):
        path.write_text(f"{text}\n# edited {number}\n")
        costs.append(cost((*_LINT, revision), folder, cache))
    path.write_text(text)
    return middle(costs)


def show(name: str, spent: Cost) -> None:
    print(_COLUMNS.format(name, f"{spent.wall:.2f}", f"{spent.processor:.2f}", f"{spent.memory:.0f}"), flush=True)


def made_up(runs: int) -> None:
    """The figures of histories that were made up."""
    with tempfile.TemporaryDirectory() as scratch:
        for revisions, tables in ((500, 100), (1250, 250), (2500, 500), (5000, 1000)):
            folder, cache = Path(scratch, f"h{revisions}"), Path(scratch, f"c{revisions}")
            synthetic_history.write(folder, revisions, tables)
            name, last = f"{revisions} revisions, {tables} tables", f"{revisions - 1:012x}"
            show(f"{name}: all, cold", cold((*_LINT, "--all"), folder, 1 if revisions > 500 else runs))
            show(f"{name}: all, warm", warm((*_LINT, "--all"), folder, cache, 1 if revisions > 500 else runs))
            show(f"{name}: one, unchanged", warm((*_LINT, last), folder, cache, runs))
            show(f"{name}: one, just edited", changed(folder, last, cache, runs))
            if revisions == 500:
                # offline mode reads such a history to its end, so the pipeline does all of its work
                ini = (str(folder / "alembic.ini"), str(folder), _squawk())
                pipeline = (sys.executable, "-c", _PIPELINE, *ini)
                show(f"{name}: pipeline", cold(pipeline, folder, runs))
                show(f"{name}: pipeline, both ways", cold((*pipeline, *_WAYS), folder, runs))
                show(f"{name}: all, cold, upgrades", cold((*_LINT, "--all", "--no-downgrade"), folder, runs))


#: what lint judges by default; the pipeline of the budget knows the first alone
_WAYS = ("upgrade base:heads", "downgrade heads:base")
_PIPELINE = """\
import subprocess, sys
ini, folder, squawk, *ways = sys.argv[1:]
import sqlglot
for way in ways or ["upgrade base:heads"]:
    done = subprocess.run([sys.executable, "-m", "alembic", "-c", ini, *way.split(), "--sql"],
                          cwd=folder, capture_output=True, text=True)
    pieces, start = [], 0
    for token in sqlglot.tokenize(done.stdout, read="postgres"):
        if token.token_type.name == "SEMICOLON":
            pieces.append(done.stdout[start:token.end + 1])
            start = token.end + 1
    if squawk:
        subprocess.run([squawk, "--pg-version", "15"], input="\\n".join(pieces), text=True, capture_output=True)
    print(done.returncode, len(pieces))
"""
_ENV = """\
from alembic import context
context.configure(dialect_name="postgresql", literal_binds=True)
with context.begin_transaction():
    context.run_migrations()
"""


def _squawk() -> str:
    return shutil.which("squawk", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))) or ""


def beside_pipeline(corpus: Path, runs: int) -> None:
    """The figures of real histories, beside those of the pipeline."""
    squawk = _squawk()
    print(f"squawk: {squawk or 'not installed'}")
    for versions, project in histories(corpus):
        # what lint writes into the folder that modules are looked for in would be news each time
        with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryDirectory() as cache:
            folder = Path(scratch)
            ini = _project(folder, versions, project)
            name = str(versions.relative_to(corpus))[-40:]
            pipeline = cold((sys.executable, "-c", _PIPELINE, str(ini), str(folder), squawk), folder, runs)
            seen, revisions = _seen(ini, folder), sum(1 for _ in versions.glob("**/*.py"))
            show(f"{name}: pipeline ({seen} of {revisions})", pipeline)
            for how, spent in (
                ("cold", cold((*_LINT, "--all"), folder, runs)),
                ("warm", warm((*_LINT, "--all"), folder, Path(cache), runs)),
            ):
                show(f"{name}: all, {how} ({spent.processor / pipeline.processor:.2f} x)", spent)


def _seen(ini: Path, folder: Path) -> int:
    """How many revisions offline mode runs before it ends."""
    command = (sys.executable, "-m", "alembic", "-c", str(ini), "upgrade", "base:heads", "--sql")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return len(re.findall(r"^-- Running upgrade", done.stdout, re.MULTILINE))


def _project(folder: Path, versions: Path, project: Path) -> Path:
    """A project in *folder* whose revisions are those in *versions*, with an env.py that needs no application."""
    (folder / "migrations").mkdir()
    (folder / "migrations" / "env.py").write_text(_ENV)
    (folder / "pyproject.toml").write_text("[tool.safemigrate]\n")
    ini = folder / "alembic.ini"
    ini.write_text(
        "[alembic]\npath_separator = os\nrecursive_version_locations = true\nscript_location = %(here)s/migrations\n"
        f"version_locations = {versions}\nprepend_sys_path = {project}\n"
    )
    return ini


#: what lint does, by the function that does it; what runs revisions is another process, beside which this one reads
_PHASES = (
    ("loading the history", "loading.py", "load"),
    ("loading the rules", "loader.py", "load_rules"),
    ("looking for readings", "readings.py", "__init__"),
    ("with the process that runs revisions", "reader.py", "read_revisions"),
    ("  of it reading ahead", "lint.py", "_read_ahead"),
    ("reading SQL, and the schema before each statement", "revisions.py", "_runs"),
    ("asking the rules", "judge.py", "judge"),
    ("reading and writing verdicts", "verdicts.py", "load keep"),
    ("output", "outputs.py", "write_outputs"),
)


def profile() -> None:
    """Where the time goes: one revision of 500, just edited and not, all of 500, and the process that runs one."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, cache = Path(scratch, "history"), Path(scratch, "cache")
        synthetic_history.write(folder, 500, 100)
        last = f"{499:012x}"
        (path,) = (folder / "migrations" / "versions").glob(f"{last}_*.py")
        profiled = (sys.executable, "-m", "cProfile", "-o", str(Path(scratch, "stats")), *_LINT[1:])
        for name, chosen, edited in (
            ("all of 500, cold", "--all", False),
            ("all of 500, warm", "--all", False),
            ("one of 500, just edited", last, True),
            ("one of 500, unchanged", last, False),
        ):
            if edited:
                # what is behind the first edit is remembered for the second
                cost((*profiled, chosen), folder, cache)
                path.write_text(f"{path.read_text()}\n# edited\n")
            cost((*profiled, chosen), folder, cache)
            _show_phases(name, pstats.Stats(str(Path(scratch, "stats"))))
        _show_imports("the process that runs revisions: imports", "safemigrate.history.start", "_import_mako()")
        _show_imports("what judges: imports", "safemigrate.lint.revisions", "")


def _show_phases(name: str, stats: pstats.Stats) -> None:
    """The seconds of each phase, under the profiler, which makes calls dearer than they are."""
    told: dict[tuple[str, int, str], tuple[int, int, float, float, object]] = stats.stats  # type: ignore[attr-defined]
    print(f"\n{name}: {stats.total_tt:.2f} s under the profiler")  # type: ignore[attr-defined]
    for phase, file, functions in _PHASES:
        spent = sum(
            cumulative
            for (path, _, function), (_, _, _, cumulative, _) in told.items()
            if path.endswith(f"{os.sep}{file}") and function in functions.split() and "safemigrate" in path
        )
        print(f"  {phase:<52} {spent:6.2f}")


def _show_imports(name: str, module: str, call: str) -> None:
    """What a module imports, by library. Source: ``python -X importtime``."""
    code = f"import gc; gc.disable(); from {module} import *"
    if call:
        code = f"import gc; gc.disable(); import {module} as it; it.{call}; import safemigrate.history.child"
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    done = subprocess.run(
        (sys.executable, "-X", "importtime", "-c", code), capture_output=True, text=True, env=environment, check=True
    )
    spent: Counter[str] = Counter()
    for line in done.stderr.splitlines():
        if found := re.match(r"import time:\s+(\d+) \|\s+\d+ \|\s*(\w+)", line):
            spent[found[2] if found[2] not in sys.stdlib_module_names else "the standard library"] += int(found[1])
    print(f"\n{name}: {sum(spent.values()) / 1000:.0f} ms")
    for library, microseconds in spent.most_common(6):
        print(f"  {library:<52} {microseconds / 1000:6.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    if options.profile:
        profile()
    else:
        print(_COLUMNS.format("", "wall s", "cpu s", "MB"))
        beside_pipeline(options.corpus, options.runs) if options.corpus else made_up(options.runs)
