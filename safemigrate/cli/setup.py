"""What ``safemigrate init`` writes: pure functions from what is there to additions, which never take a line away."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from safemigrate.errors import ConfigurationError

REPOSITORY = "https://github.com/safemigrate/safemigrate"
ACTION = "safemigrate/safemigrate"
HOOK_FILE = ".pre-commit-config.yaml"
WORKFLOW_FILE = ".github/workflows/safemigrate.yml"
GITLAB_FILE = ".gitlab-ci.yml"

#: the paths that the published hook looks at without being told
_HOOK_FILES = re.compile(r"(^|/)(migrations|alembic|versions)/(.*/)?[^/]+\.py$")
_SECTION = re.compile(r"^\s*\[(tool\.)?safemigrate\]", re.MULTILINE)
_TOP_LEVEL = re.compile(r"^[^\s#-]")


@dataclass(frozen=True, slots=True)
class Edit:
    """A file with what is added to it. *before* is None where there is no file yet."""

    path: Path
    before: str | None
    after: str

    def __post_init__(self) -> None:
        lines = iter(self.after.splitlines())
        # every old line is there still, in its order
        if not all(any(line == new for new in lines) for line in (self.before or "").splitlines()):
            raise ValueError(f"{self.path} would lose a line")

    def diff(self, root: Path) -> Iterator[str]:
        """The lines of a unified diff, with paths from *root*."""
        name = self.path.relative_to(root).as_posix() if self.path.is_relative_to(root) else self.path.as_posix()
        old = "/dev/null" if self.before is None else f"a/{name}"
        yield from difflib.unified_diff(
            (self.before or "").splitlines(), self.after.splitlines(), old, f"b/{name}", lineterm=""
        )


@dataclass(frozen=True, slots=True)
class Ground:
    """What a project has already.

    *root* is the top of the repository, *folder* that of the configuration, *config* the file that ``-c`` must
    name where it is not at the root, else empty. *ini* is Alembic's, None where it has none. *script_location* is
    set where the configuration does not name it, as with Flask-Migrate. *versions* are the folders of revisions.
    """

    root: Path
    folder: Path
    versions: Sequence[Path]
    ini: Path | None
    script_location: Path | None = None
    config: str = ""
    models: str = ""
    version: str = ""


# -- settings ------------------------------------------------------------------------------------------------


def settings_edit(ground: Ground) -> Edit | None:
    """[tool.safemigrate] for pyproject.toml, or [safemigrate] for alembic.ini where that is not there."""
    toml = ground.folder / "pyproject.toml"
    written = [path for path in (toml, ground.ini) if path and path.is_file() and _SECTION.search(_read(path))]
    if written and ground.script_location is None:
        return None
    if toml.is_file():
        return _appended(toml, "\n".join(_toml(ground, settings=not written)))
    return _appended(ground.ini or ground.folder / "alembic.ini", "\n".join(_ini(ground, settings=not written)))


def _toml(ground: Ground, *, settings: bool) -> Iterator[str]:
    if ground.script_location is not None:
        yield f'[tool.alembic]\nscript_location = "%(here)s/{_inside(ground.script_location, ground.folder)}"\n'
    if settings:
        yield "[tool.safemigrate]"
        yield f'models = "{ground.models}"' if ground.models else '# models = "shop.models:Base"  # for verify'
        yield "# postgres = 17             # the database's major version; unset, the worst of 14 to 18 counts"
        yield '# lock_timeout = "managed"  # once safemigrate apply runs the revisions'


def _ini(ground: Ground, *, settings: bool) -> Iterator[str]:
    if ground.script_location is not None:
        yield f"[alembic]\nscript_location = %(here)s/{_inside(ground.script_location, ground.folder)}\n"
    if settings:
        yield "[safemigrate]"
        yield f"models = {ground.models}" if ground.models else "# for verify:\n# models = shop.models:Base"
        yield "# the database's major version; unset, the worst of 14 to 18 counts:\n# postgres = 17"
        yield "# once safemigrate apply runs the revisions:\n# lock_timeout = managed"


def models_of(env: Path) -> str:
    """The ``module:attribute`` whose metadata *env* hands to Alembic, empty where that cannot be told."""
    try:
        tree = ast.parse(env.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ""
    imported = {
        alias.asname or alias.name: f"{node.module}:{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
        for alias in node.names
    }
    for node in ast.walk(tree):
        match node:
            case ast.Assign(
                targets=[ast.Name(id="target_metadata")],
                value=ast.Attribute(value=ast.Name(id=base), attr="metadata"),
            ) if base in imported:
                return imported[base]
    return ""


# -- commit hook ---------------------------------------------------------------------------------------------


def hook_edit(ground: Ground) -> Edit | None:
    """The hook for pre-commit, as one more of the repositories that the project's file lists."""
    path = ground.root / HOOK_FILE
    text = _read(path) if path.is_file() else None
    if text is not None and re.search(r"\bid:\s*['\"]?safemigrate\b", text):
        return None
    if text is None or not text.strip():
        return Edit(path, text, f"{text or ''}repos:\n{_indented(_hook(ground), '')}")
    lines = text.splitlines()
    start = next((n for n, line in enumerate(lines) if re.match(r"repos:\s*(#.*)?$", line)), None)
    if start is None:
        raise ConfigurationError(
            "this file has no list of repos that a hook could be added to.",
            where=str(path),
            remedy="Write repos: on a line of its own, or run safemigrate init --without hook.",
        )
    end = next((n for n, line in enumerate(lines[start + 1 :], start + 1) if _TOP_LEVEL.match(line)), len(lines))
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    items = [line for line in lines[start + 1 : end] if line.lstrip().startswith("- ")]
    indent = items[0][: len(items[0]) - len(items[0].lstrip())] if items else ""
    added = _indented(_hook(ground), indent).splitlines()
    return Edit(path, text, "\n".join([*lines[:end], *added, *lines[end:]]) + "\n")


def _hook(ground: Ground) -> Iterator[str]:
    yield f"- repo: {REPOSITORY}"
    yield f"  rev: v{ground.version}"
    yield "  hooks:"
    yield "    - id: safemigrate"
    if ground.config:
        yield f'      args: ["-c", "{ground.config}"]'
    folders = [_inside(folder, ground.root) for folder in ground.versions]
    if not all(_HOOK_FILES.search(f"{folder}/0001.py") for folder in folders):
        yield f"      files: ^({'|'.join(map(re.escape, folders))})/"


# -- CI ------------------------------------------------------------------------------------------------------


def ci_edit(ground: Ground, *, github: bool) -> Edit | None:
    """A workflow of GitHub's, or a job for the pipeline of GitLab's that is there; None where neither is."""
    pipeline = ground.root / GITLAB_FILE
    if pipeline.is_file():
        text = _read(pipeline)
        return None if "safemigrate" in text else _appended(pipeline, gitlab_job(ground))
    workflows = ground.root / ".github" / "workflows"
    known = [path for path in workflows.glob("*.y*ml") if "safemigrate" in _read(path)]
    if not github or known:
        return None
    return Edit(ground.root / WORKFLOW_FILE, None, github_workflow(ground))


def github_workflow(ground: Ground) -> str:
    """A workflow that lints the revisions of a pull request."""
    config = f"        with:\n          config: {ground.config}\n" if ground.config else ""
    return f"""\
name: safemigrate
on: pull_request

permissions:
  contents: read
  # code scanning takes the report
  security-events: write

jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          # what is new is told from where the branch left main
          fetch-depth: 0
      - uses: {ACTION}@v{ground.version}
{config}"""


def gitlab_job(ground: Ground) -> str:
    """A job that lints the revisions of a merge request."""
    config = f"-c {ground.config} " if ground.config else ""
    return f"""\
safemigrate:
  image: python:3.12-slim
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  variables:
    # what is new is told from where the branch left the target
    GIT_DEPTH: "0"
  before_script:
    - apt-get update -qq && apt-get install -y -qq git
    - pip install --quiet safemigrate=={ground.version}
  script:
    - safemigrate lint {config}--since "origin/$CI_MERGE_REQUEST_TARGET_BRANCH_NAME"
      --output text --output gitlab:gl-code-quality-report.json --output junit:safemigrate.xml
  artifacts:
    when: always
    reports:
      codequality: gl-code-quality-report.json
      junit: safemigrate.xml
"""


# -- text ----------------------------------------------------------------------------------------------------


def _appended(path: Path, addition: str) -> Edit:
    """*addition* behind what *path* holds, with an empty line between."""
    before = _read(path) if path.is_file() else None
    body = (before or "").rstrip("\n")
    gap = "\n\n" if body else ""
    return Edit(path, before, f"{body}{gap}{addition.rstrip()}\n")


def _indented(lines: Iterator[str], indent: str) -> str:
    return "".join(f"{indent}{line}\n" for line in lines)


def _inside(path: Path, root: Path) -> str:
    return PurePosixPath(path.resolve().relative_to(root.resolve())).as_posix()


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"This is not UTF-8: byte {error.start}.", where=str(path)) from None
