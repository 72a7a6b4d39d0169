"""Small projects with two versions, and their verification."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent

from safemigrate.history import load
from safemigrate.plan.extent import last_release
from safemigrate.server import Server
from safemigrate.sql import cut
from safemigrate.verify.matrix import Matrix, Versions
from safemigrate.verify.release import release
from safemigrate.verify.verification import verify
from safemigrate.verify.version import loaded, opened
from safemigrate.verify.workload import Query, Workload

MODELS = """\
import enum
from sqlalchemy import *
from sqlalchemy.dialects.postgresql import JSONB
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


"""

REVISION = '''\
"""{title}"""

from alembic import op

revision = "{id}"
down_revision = {down!r}
{phase}

def upgrade():
{body}


def downgrade():
    pass
'''

#: the SQL of a revision's transaction, with its phase before it if it has one; "python" before a body
Step = str | tuple[str, str]

Verify = Callable[..., Matrix]


def write_project(folder: Path, *, base: str, steps: Sequence[Step], old: str, new: str) -> Path:
    """A project in *folder*: revision 0001 with the SQL *base*, one more a step, and the models of both versions."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    (folder / "pyproject.toml").write_text('[tool.safemigrate]\nmodels = "app.models:Base"\n')
    for number, step in enumerate([("", base), *steps], start=1):
        phase, sql = ("", step) if isinstance(step, str) else step
        body = sql if phase == "python" else "".join(f"    op.execute({piece.text!r})\n" for piece in cut(sql))
        text = REVISION.format(
            title=f"Step {number}",
            id=f"{number:04}",
            down=f"{number - 1:04}" if number > 1 else None,
            phase=f'safemigrate_phase = "{phase}"\n' if phase not in ("", "python") else "",
            body=body.rstrip("\n") or "    pass",
        )
        (versions / f"{number:04}.py").write_text(text)
    for name, models in (("old", old), ("new", new)):
        package = folder / name / "app"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "models.py").write_text(MODELS + dedent(models))
    return folder


def verify_folder(
    folder: Path, server: Server, *, old: str = "old", new: str = "new", before: str | None = None, **sql: str
) -> Matrix:
    """The matrix of the project in *folder*. *before* is the old version's revision, else the last release begins."""
    history = load(folder / "alembic.ini")
    recorded = {label: (Query("recorded", "x.sql:1", text),) for label, text in sql.items()}
    with ExitStack() as stack:
        versions = [
            stack.enter_context(opened(label, str(folder / name), history, name="alembic"))
            for label, name in (("old", old), ("new", new))
        ]
        workloads: list[Workload] = [
            loaded(version, "app.models:Base", server.url, recorded.get(f"{version.label}_sql", ()))
            for version in versions
        ]
    begin = last_release(history) if before is None else before
    return verify(
        release(history, begin, "head"),
        old=workloads[0],
        new=workloads[1],
        versions=Versions(old, new, begin, "head"),
        server=server,
    )
