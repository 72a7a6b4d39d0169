"""An Alembic project whose revisions call the plugin's operations, run by Alembic itself."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_ENV = """
import os
from alembic import context
from sqlalchemy import create_engine, pool

import models

url = os.environ["TEST_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")
if context.is_offline_mode():
    context.configure(url=url, target_metadata=models.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url, poolclass=pool.NullPool).connect() as connection:
        context.configure(connection=connection, target_metadata=models.metadata, include_schemas=True)
        with context.begin_transaction():
            context.run_migrations()
"""
_INI = "[alembic]\nscript_location = %(here)s/migrations\nprepend_sys_path = %(here)s\n"


@dataclass(frozen=True)
class Project:
    """A folder with alembic.ini, models.py and revisions that build on one another."""

    root: Path
    database: str

    @classmethod
    def made(cls, root: Path, database: str, models: str = "") -> Project:
        (root / "migrations" / "versions").mkdir(parents=True)
        (root / "alembic.ini").write_text(_INI)
        (root / "migrations" / "env.py").write_text(_ENV)
        (root / "models.py").write_text("import sqlalchemy as sa\n\nmetadata = sa.MetaData()\n" + models)
        return cls(root, database)

    def revision(self, id: str, down: str | None, upgrade: str, downgrade: str = "pass") -> None:
        text = f"import sqlalchemy as sa\nfrom alembic import op\n\nrevision = {id!r}\ndown_revision = {down!r}\n"
        for name, body in (("upgrade", upgrade), ("downgrade", downgrade)):
            lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
            text += f"\n\ndef {name}():\n{lines}\n"
        (self.root / "migrations" / "versions" / f"{id}.py").write_text(text)

    def alembic(self, *arguments: str) -> str:
        """What ``alembic`` printed; it must end well."""
        done = subprocess.run(
            [sys.executable, "-m", "alembic", *arguments],
            cwd=self.root,
            env=os.environ | {"TEST_DATABASE_URL": self.database},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
