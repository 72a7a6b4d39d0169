"""Projects to split: the shop in a folder of its own, and small histories written for one test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from safemigrate.history import History, load, read_revisions
from safemigrate.plan.files import RevisionFile, write_release
from safemigrate.plan.release import Release, draft
from safemigrate.plan.style import Style
from safemigrate.rulebook import Policy, Run, load_rules, replay
from safemigrate.schema import Schema

SHOP = Path(__file__).parents[2] / "examples" / "shop"
AUTHORED = ("91a7f3c40e52", "e06d2b95fa37", "4d90b6ce8a13")
BEFORE = "c58e0d7714fa"

_ENV = """
import os
from alembic import context
from sqlalchemy import create_engine, pool

url = os.environ["TEST_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")
with create_engine(url, poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


def shop(folder: Path) -> Path:
    """A copy of the shop that a test may change."""
    return Path(shutil.copytree(SHOP, folder / "shop", ignore=shutil.ignore_patterns("__pycache__")))


def project(folder: Path, *upgrades: str) -> Path:
    """A project whose revisions r1, r2, … have these upgrade() bodies."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    (folder / "migrations" / "env.py").write_text(_ENV)
    for number, body in enumerate(upgrades, start=1):
        add_revision(folder, f"r{number}", f"r{number - 1}" if number > 1 else None, body)
    return folder


def add_revision(folder: Path, name: str, down: str | None, body: str) -> Path:
    lines = "\n".join(f"    {line}" if line else "" for line in body.strip("\n").split("\n"))
    path = folder / "migrations" / "versions" / f"{name}.py"
    path.write_text(
        f'"""{name}"""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
        f"revision = {name!r}\ndown_revision = {down!r}\n\n\n"
        f"def upgrade() -> None:\n{lines}\n\n\ndef downgrade() -> None:\n    pass\n"
    )
    return path


def history(folder: Path) -> History:
    return load(folder / "alembic.ini")


def runs(folder: Path) -> tuple[Run, ...]:
    """The whole history of the project, replayed."""
    found = history(folder)
    readings = read_revisions(found)
    return tuple(replay([readings[r.id] for r in found.revisions], Schema(complete=True)))


def release(folder: Path, after: str) -> Release:
    """The release of the revisions after *after*."""
    everything = runs(folder)
    start = next((i for i, run in enumerate(everything, start=1) if run.revision.id == after), 0)
    return draft(load_rules(), everything[start:], policy=Policy(lock_timeout="managed")).checked()


def split(folder: Path, after: str, style: Style = Style.PLAIN) -> tuple[RevisionFile, ...]:
    """The files that the release after *after* is, written into the project."""
    files = write_release(release(folder, after), history(folder), style)
    for file in files:
        file.path.write_text(file.text)
    return files


def alembic(folder: Path, database: str, *arguments: str, allow: bool = False) -> subprocess.CompletedProcess[str]:
    """``alembic`` as somebody in the project's folder would run it; *allow* lets contracts run on rows."""
    return run(folder, database, "-m", "alembic", *arguments, allow=allow)


def run(folder: Path, database: str, *arguments: str, allow: bool = False) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "SHOP_DATABASE_URL": database,
        "TEST_DATABASE_URL": database,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(folder / "v1"),
    }
    if allow:
        environment["PGOPTIONS"] = "-c safemigrate.contract=allow"
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def succeed(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def chain(folder: Path) -> Sequence[str]:
    """The ids of the history in the order in which they run."""
    return [revision.id for revision in history(folder).revisions]
