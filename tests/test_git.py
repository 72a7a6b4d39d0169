"""Questions to git, asked of real repositories."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from safemigrate import git
from safemigrate.errors import GitError


class Repository:
    """A repository with one commit on its main branch."""

    def __init__(self, root: Path, branch: str = "main") -> None:
        self.root = root
        root.mkdir()
        self("init", "--quiet", f"--initial-branch={branch}")
        self.commit("begin")

    def __call__(self, *arguments: str) -> str:
        name = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]
        command = ["git", *name, *arguments]
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True).stdout

    def commit(self, file: str) -> None:
        (self.root / file).write_text(file)
        self("add", "--all")
        self("commit", "--quiet", "--message", file)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


def changed(repository: Repository, ref: str = "main") -> set[str]:
    files = git.changed_files(repository.root, git.merge_base(repository.root, ref))
    return {file.relative_to(repository.root).as_posix() for file in files}


def test_a_folder_outside_of_any_repository_has_none(tmp_path: Path, repository: Repository) -> None:
    assert git.repository(tmp_path) is None
    (repository.root / "deep").mkdir()
    assert git.repository(repository.root / "deep") == repository.root


def test_without_git_installed_there_is_none(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository.root))
    assert git.repository(repository.root) is None


def test_a_change_is_committed_staged_changed_or_untracked(repository: Repository) -> None:
    repository("switch", "--quiet", "--create", "work")
    repository.commit("committed")
    (repository.root / "staged").touch()
    repository("add", "staged")
    (repository.root / "begin").write_text("changed")
    (repository.root / "an untracked ünicode\nname").touch()
    (repository.root / ".gitignore").write_text("ignored\n")
    (repository.root / "ignored").touch()
    assert changed(repository) == {"committed", "staged", "begin", "an untracked ünicode\nname", ".gitignore"}


def test_what_went_on_in_the_main_branch_is_no_change_here(repository: Repository) -> None:
    repository("switch", "--quiet", "--create", "work")
    repository.commit("mine")
    repository("switch", "--quiet", "main")
    repository.commit("theirs")
    repository("switch", "--quiet", "work")
    assert changed(repository) == {"mine"}


def test_the_main_branch_is_configured_or_origins_head_or_called_so(tmp_path: Path, repository: Repository) -> None:
    assert git.main_branch(repository.root) == "main"
    repository("branch", "trunk")
    assert git.main_branch(repository.root, "trunk") == "trunk"
    clone = tmp_path / "clone"
    repository("clone", "--quiet", "--branch=trunk", ".", str(clone))
    assert git.main_branch(clone) == "origin/main"
    assert git.main_branch(clone, "main") == "origin/main"
    assert git.main_branch(Repository(tmp_path / "old", "master").root) == "master"


def test_a_main_branch_that_is_missing_is_told(tmp_path: Path, repository: Repository) -> None:
    with pytest.raises(GitError, match='"trunk" is not here'):
        git.main_branch(repository.root, "trunk")
    with pytest.raises(GitError, match="main_branch"):
        git.main_branch(Repository(tmp_path / "other", "other").root)


def test_a_ref_that_git_does_not_know_is_told(repository: Repository) -> None:
    for ref in ("nope", "--all", "", "a b"):
        with pytest.raises(GitError, match="git knows no"):
            git.merge_base(repository.root, ref)


def test_histories_without_a_common_commit_are_told(repository: Repository) -> None:
    repository("switch", "--quiet", "--orphan", "island")
    repository.commit("island")
    with pytest.raises(GitError, match="no commit in common"):
        git.merge_base(repository.root, "main")


def test_the_variables_of_a_hook_do_not_mislead(
    tmp_path: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repository(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / ".git" / "index"))
    assert git.repository(repository.root) == repository.root


def test_a_repository_without_commits_says_so(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    assert not git.has_commits(tmp_path)
