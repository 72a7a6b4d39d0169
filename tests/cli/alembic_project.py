"""An Alembic project in a git repository, as a person would have it, and the command line run on it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

USERS = """
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("nickname", sa.Text(), nullable=False),
    )
"""
DROP_NICKNAME = """
    op.drop_column("users", "nickname")
"""
ADD_EMAIL = """
    op.execute("SET LOCAL lock_timeout = '1s'")
    op.add_column("users", sa.Column("email", sa.Text(), nullable=True))
"""


@dataclass(frozen=True)
class Outcome:
    """What a run of the command line printed, and how it ended."""

    code: int
    stdout: str
    stderr: str


#: runs the command line with these arguments
Run = Callable[..., Outcome]


@dataclass(frozen=True)
class AlembicProject:
    """Files below *root*; revisions build on one another in the order they are added."""

    root: Path

    @classmethod
    def made(cls, root: Path) -> AlembicProject:
        project = cls(root)
        project.write("alembic.ini", "[alembic]\nscript_location = %(here)s/migrations\n")
        project.write("migrations/env.py", "raise SystemExit('env.py must not run')\n")
        return project

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    def revision(self, id: str, body: str, *, down: str | None = None, head: str = "") -> Path:
        """A revision whose ``upgrade()`` is *body*, which begins on line 10 where *head* is empty."""
        text = (
            f'"""Revision {id}"""\n\nimport sqlalchemy as sa\nfrom alembic import op\n{head}\n'
            f"revision = {id!r}\ndown_revision = {down!r}\n\n"
            f"def upgrade():\n{body.strip(chr(10))}\n\n\ndef downgrade():\n    pass\n"
        )
        return self.write(f"migrations/versions/{id}.py", text)

    def git(self, *arguments: str) -> str:
        found = subprocess.run(
            ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *arguments],
            cwd=self.root,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return found.stdout

    def commit(self, message: str = "Change") -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def run(self, *arguments: str, environment: dict[str, str] | None = None) -> Outcome:
        """The command line in a process of its own, in the project's folder."""
        found = subprocess.run(
            [sys.executable, "-m", "safemigrate", *arguments],
            cwd=self.root,
            env={**clean_environment(), "XDG_CACHE_HOME": str(self.root.parent / "cache"), **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        return Outcome(found.returncode, found.stdout, found.stderr)


def clean_environment() -> dict[str, str]:
    """The environment without what git and safemigrate would read from it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "SAFEMIGRATE_", "ALEMBIC_"))}
    return {**kept, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
