"""A version of the application: found at a git ref or in a folder, and loaded in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safemigrate import git
from safemigrate.errors import GitError, VersionError
from safemigrate.history import History, load
from safemigrate.history.execute import scratch_environment
from safemigrate.verify.workload import Query, Workload, workload_of

_IMPORT_LIMIT_S = 60.0

# makes the package known without a place on sys.path, where its neighbours would hide the version's own
_BOOT = """\
import importlib.util, sys
root = sys.argv[1]
spec = importlib.util.spec_from_file_location(
    "safemigrate", root + "/__init__.py", submodule_search_locations=[root])
package = sys.modules["safemigrate"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(package)
from safemigrate.verify.models_child import main
main(*sys.argv[2:])
"""


@dataclass(frozen=True, slots=True)
class Version:
    """Where a version lies. *label* is ``old`` or ``new``, *text* what a person called it.

    *folder* stands for the project's folder there, *search* is what its modules are imported from. *revision* is
    the one that its own files end with, None where it has none.
    """

    label: str
    text: str
    folder: Path
    search: tuple[Path, ...]
    python: Path | None = None
    revision: str | None = None


@contextmanager
def opened(label: str, text: str, history: History, *, name: str, python: Path | None = None) -> Iterator[Version]:
    """The version that *text* names: a folder, else a git ref, whose files are laid out while the context lasts.

    *history* is that of the project here, *name* the section of alembic.ini.

    Raises:
        GitError: *text* is neither a folder nor a ref.
    """
    folder = Path(text)
    if folder.is_dir():
        yield _version(label, text, folder.absolute(), history, name, python)
        return
    top = git.repository(history.root)
    if top is None or not _is_commit(top, text):
        if text in history.by_id:
            raise GitError(
                f'"{text}" is a revision of Alembic, which is a schema and not a version of the application.',
                where=f"--{label}",
                remedy="Name the branch, tag, commit or folder of the application; revisions stand alone, as a:b.",
            )
        raise GitError(
            f'"{text}" is neither a folder here nor a branch, tag or commit that git knows.',
            where=f"--{label}",
            remedy="Name the folder of that version, or fetch the ref.",
        )
    with _worktree(top, text) as tree:
        project = tree / history.root.resolve().relative_to(top.resolve())
        if not project.is_dir():
            raise VersionError(
                f'"{text}" has no folder {project.relative_to(tree)}.',
                where=f"--{label}",
                remedy="Name a ref that holds the project, or the folder of that version.",
            )
        yield _version(label, text, project, history, name, python)


def loaded(version: Version, models: str, url: str, recorded: Sequence[Query] = ()) -> Workload:
    """The workload of *version*, whose models are ``module:attribute``.

    *url* is the scratch database that its code finds where it looks for one.

    Raises:
        VersionError: the models cannot be imported, or come from somewhere else.
    """
    answer = _asked(version, models, url)
    if error := answer.get("error"):
        raise VersionError(
            f'The {version.label} version\'s models "{models}" cannot be loaded: {error}.',
            where=f"--{version.label} {version.text}",
            remedy="Correct models in [tool.safemigrate], or name the interpreter that has what they import "
            f"(--{version.label}-python).",
        )
    _check_origin(version, models, answer)
    return workload_of(answer, recorded)


def _check_origin(version: Version, models: str, answer: Mapping[str, Any]) -> None:
    """An installed copy of the project would answer for both versions."""
    file = answer.get("file")
    if version.python is not None or not file:
        return
    if not Path(file).resolve().is_relative_to(version.folder.resolve()):
        raise VersionError(
            f'The {version.label} version\'s models "{models}" came from {file}, which is not of this version.',
            where=f"--{version.label} {version.text}",
            remedy="See that the module lies in the version's folder, or in one of its prepend_sys_path.",
        )


def _version(label: str, text: str, folder: Path, history: History, name: str, python: Path | None) -> Version:
    inside = [folder / path for path in _relative_search(history)]
    search = tuple(dict.fromkeys(path for path in (folder, folder / "src", *inside) if path.is_dir()))
    return Version(label, text, folder, search, python, _own_revision(folder, history, name))


def _relative_search(history: History) -> list[Path]:
    root = history.root.resolve()
    paths = history.configuration.sys_path if history.configuration else ()
    return [path.resolve().relative_to(root) for path in paths if path.resolve().is_relative_to(root)]


def _own_revision(folder: Path, history: History, name: str) -> str | None:
    """The head of the version's own revision files, None where it has none or several."""
    configuration = history.configuration
    written = (configuration.ini or configuration.toml) if configuration else None
    if written is None or not (folder / written.name).is_file():
        return None
    if (folder / written.name).resolve() == written.resolve():
        # the history that is verified
        return None
    heads = load(folder / written.name, name=name).heads
    return heads[0] if len(heads) == 1 else None


def _asked(version: Version, models: str, url: str) -> Mapping[str, Any]:
    environment = scratch_environment(url)
    earlier = environment.get("PYTHONPATH", "").split(os.pathsep)
    environment["PYTHONPATH"] = os.pathsep.join([*map(str, version.search), *filter(None, earlier)])
    package = Path(__file__).parents[1]
    interpreter = str(version.python or sys.executable)
    try:
        done = subprocess.run(
            [interpreter, "-c", _BOOT, str(package), models],
            cwd=version.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_IMPORT_LIMIT_S,
            env=environment,
            check=False,
        )
    except OSError as error:
        return {"error": f"{interpreter} does not run, {error.strerror}"}
    except subprocess.TimeoutExpired:
        return {"error": f"importing them took longer than {_IMPORT_LIMIT_S:g} s"}
    try:
        answer: Mapping[str, Any] = json.loads(done.stdout)
    except ValueError:
        said = done.stderr.strip().splitlines()
        last = f", saying {said[-1]}" if said else ""
        return {"error": f"the process ended with {done.returncode}{last}"}
    return answer


def _is_commit(top: Path, text: str) -> bool:
    arguments = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{text}^{{commit}}")
    return _git(top, *arguments).returncode == 0


@contextmanager
def _worktree(top: Path, ref: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="safemigrate-") as folder:
        tree = Path(folder) / "tree"
        # the project's hooks expect a work tree of its own
        made = _git(top, "-c", "core.hooksPath=/dev/null", "worktree", "add", "--detach", str(tree), ref)
        if made.returncode:
            said = made.stderr.strip().splitlines()
            raise GitError(f'"{ref}" cannot be checked out: {said[-1] if said else "git says nothing"}.')
        try:
            yield tree.resolve()
        finally:
            _git(top, "worktree", "remove", "--force", str(tree))


def _git(top: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(
        ["git", "-C", str(top), *arguments],
        capture_output=True,
        text=True,
        errors="surrogateescape",
        env={**kept, "LC_ALL": "C"},
        check=False,
    )
