"""Questions to git: where the repository lies, what its main branch is called, what changed since."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from safemigrate.errors import GitError

_MAIN_BRANCHES = ("origin/main", "origin/master", "main", "master")
# git tells a hook where its repository is; a question about another folder must not be answered from there
_HOOK_VARIABLES = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})


def repository(folder: Path) -> Path | None:
    """The top folder of the work tree that holds *folder*, None where git knows of none or is not installed.

    Raises:
        GitError: there is one, but git refuses it because somebody else owns it.
    """
    try:
        found = _run(folder, "rev-parse", "--show-toplevel")
    except FileNotFoundError:
        return None
    if "dubious ownership" in found.stderr:
        raise GitError(
            "git refuses this repository because another user owns it.",
            where=str(folder),
            remedy=f"Run git config --global --add safe.directory {folder}, or use --all.",
        )
    return Path(found.stdout.strip()) if found.returncode == 0 and found.stdout.strip() else None


def main_branch(root: Path, configured: str = "") -> str:
    """The branch that releases come from: *configured*, what origin calls its HEAD, else main or master.

    Raises:
        GitError: there is none of them.
    """
    if configured:
        for name in (configured, f"origin/{configured}"):
            if _exists(root, name):
                return name
        raise GitError(
            f'The main branch "{configured}" is not here.',
            where=str(root),
            remedy=f"Run git fetch origin {configured}, or correct main_branch.",
        )
    remote = _run(root, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD").stdout.strip()
    for name in (remote, *_MAIN_BRANCHES):
        if name and _exists(root, name):
            return name
    raise GitError(
        "Neither origin/HEAD nor a branch main or master is here.",
        where=str(root),
        remedy='Name the branch: main_branch = "trunk" in [tool.safemigrate], or --since REF, or use --all.',
    )


def merge_base(root: Path, ref: str) -> str:
    """The commit where HEAD left *ref*.

    Raises:
        GitError: git does not know *ref*, or the clone is too shallow to tell.
    """
    if not _exists(root, ref):
        if is_shallow(root):
            raise GitError(
                f'This clone is shallow, and there is no "{ref}" in it.',
                where=str(root),
                remedy="Run git fetch --unshallow origin '+refs/heads/*:refs/remotes/origin/*' "
                "(in GitHub Actions: actions/checkout with fetch-depth: 0).",
            )
        raise GitError(
            f'git knows no "{ref}".',
            where=str(root),
            remedy="Fetch it, or name a branch, tag or commit that is here.",
        )
    found = _run(root, "merge-base", ref, "HEAD")
    if found.returncode == 0:
        return found.stdout.strip()
    if is_shallow(root):
        raise GitError(
            f'This clone is shallow, so it cannot be told what changed since "{ref}".',
            where=str(root),
            remedy="Run git fetch --unshallow (in GitHub Actions: actions/checkout with fetch-depth: 0).",
        )
    raise GitError(
        f'HEAD and "{ref}" have no commit in common.', where=str(root), remedy="Name another with --since REF."
    )


def changed_files(root: Path, since: str) -> frozenset[Path]:
    """The files that differ from commit *since*: committed, staged, not staged, or not tracked at all."""
    # a path may hold a newline, so they are told apart by zero bytes
    differing = _checked(root, "diff", "--name-only", "--no-renames", "-z", since)
    untracked = _checked(root, "ls-files", "--others", "--exclude-standard", "-z")
    return frozenset(root / name for text in (differing, untracked) for name in text.split("\0") if name)


def is_shallow(root: Path) -> bool:
    """Whether the clone lacks the older part of its history."""
    return _run(root, "rev-parse", "--is-shallow-repository").stdout.strip() == "true"


def has_commits(root: Path) -> bool:
    """Whether anything was ever committed here."""
    return _exists(root, "HEAD")


def holds(root: Path, commit: str, path: Path) -> bool:
    """Whether *commit* has a file at *path*."""
    inside = path.resolve().relative_to(root.resolve()).as_posix()
    return _run(root, "cat-file", "-e", f"{commit}:{inside}").returncode == 0


def first_tag(root: Path, path: Path) -> str:
    """A tag whose history has a file at *path*, empty where there is none."""
    touched = _run(root, "rev-list", "--tags", "--max-count=1", "--", str(path.resolve())).stdout.strip()
    if not touched:
        return ""
    return _run(root, "tag", "--contains", touched, "--sort=creatordate").stdout.partition("\n")[0].strip()


def remote_url(root: Path) -> str:
    """The URL of the remote origin, empty where there is none."""
    return _run(root, "config", "--get", "remote.origin.url").stdout.strip()


def _exists(root: Path, ref: str) -> bool:
    return _run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}").returncode == 0


def _checked(root: Path, *arguments: str) -> str:
    found = _run(root, *arguments)
    if found.returncode != 0:
        said = found.stderr.strip().splitlines()
        raise GitError(f"git {arguments[0]} ended with: {said[-1] if said else found.returncode}.", where=str(root))
    return found.stdout


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command(folder, arguments),
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
        env={**{k: v for k, v in os.environ.items() if k not in _HOOK_VARIABLES}, "LC_ALL": "C"},
    )


def _command(folder: Path, arguments: Sequence[str]) -> list[str]:
    return ["git", "-C", str(folder), *arguments]
