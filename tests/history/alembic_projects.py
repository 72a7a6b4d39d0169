"""A project to read: revisions written into a folder of their own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from safemigrate.history import Direction, History, Reading, Statement, load, read_revisions

INI = """\
[alembic]
script_location = %(here)s/migrations
path_separator = os
"""

HEAD = """\
revision = {id!r}
down_revision = {down!r}
from alembic import context, op
import sqlalchemy as sa
"""


@dataclass
class Project:
    """An Alembic project in a folder of its own, written revision by revision."""

    root: Path

    def __post_init__(self) -> None:
        (self.root / "migrations" / "versions").mkdir(parents=True)
        (self.root / "alembic.ini").write_text(INI)

    @property
    def versions(self) -> Path:
        return self.root / "migrations" / "versions"

    def file(self, path: str, text: str) -> Path:
        """Any file of the project."""
        written = self.root / path
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(dedent(text))
        return written

    def raw(self, name: str, text: str) -> Path:
        """A revision's file with exactly this text."""
        return self.file(f"migrations/versions/{name}.py", text)

    def add(self, id: str, body: str, *, down: str | None = None, name: str = "") -> Path:
        """A revision with four lines of head, so that *body* begins on line 5."""
        text = HEAD.format(id=id, down=down) + dedent(body)
        path = self.versions / f"{name or id}.py"
        path.write_text(text)
        return path

    def load(self) -> History:
        return load(self.root / "alembic.ini")

    def read(self, id: str) -> Reading:
        return read_revisions(self.load(), [id])[id]

    def up(self, id: str) -> tuple[Statement, ...]:
        return self.read(id).run(Direction.UPGRADE)
