"""``safemigrate revision --autogenerate``: the chain for changed models, on a real server."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

_ENV = """
import os
from alembic import context
from sqlalchemy import create_engine, pool

import models

with create_engine(os.environ["APP_DATABASE_URL"], poolclass=pool.NullPool).connect() as connection:
    context.configure(
        connection=connection, target_metadata=models.Base.metadata, include_schemas=True, version_table="app_version"
    )
    with context.begin_transaction():
        context.run_migrations()
"""
_MODELS = """
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    full_name: Mapped[str] = mapped_column(sa.Text)
    fax: Mapped[str | None] = mapped_column(sa.Text)
"""
_FIRST = '''"""Users"""
import sqlalchemy as sa
from alembic import op

revision = "r1"
down_revision = None


def upgrade():
    op.create_table("users", sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("full_name", sa.Text, nullable=False), sa.Column("fax", sa.Text))


def downgrade():
    op.drop_table("users")
'''
_MAKO = Path(__import__("alembic").__file__).parent / "templates" / "generic" / "script.py.mako"


@dataclass(frozen=True)
class Project:
    root: Path
    database: str

    def models(self, *replacements: tuple[str, str]) -> None:
        text = _MODELS
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        (self.root / "models.py").write_text(text)

    @property
    def environment(self) -> dict[str, str]:
        url = self.database.replace("postgresql://", "postgresql+psycopg://")
        return os.environ | {"APP_DATABASE_URL": url, "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def revision(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("safemigrate", "revision", "--autogenerate", "-m", "next", "--rev-id", "r2", *arguments)

    def files(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in sorted((self.root / "migrations" / "versions").glob("*.py"))}


@pytest.fixture
def project(tmp_path: Path, database: str) -> Project:
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text(
        "[alembic]\nscript_location = %(here)s/migrations\nprepend_sys_path = %(here)s\n"
    )
    (tmp_path / "migrations" / "env.py").write_text(_ENV)
    (tmp_path / "migrations" / "script.py.mako").write_text(_MAKO.read_text())
    (versions / "r1.py").write_text(_FIRST)
    made = Project(tmp_path, database)
    made.models()
    return made


RENAMED = ("full_name: Mapped[str] = mapped_column(sa.Text)", "name: Mapped[str] = mapped_column(sa.Text)")


def test_a_rename_is_neither_assumed_nor_dropped_in_silence(project: Project) -> None:
    project.models(RENAMED)
    before = project.files()
    done = project.revision()
    assert done.returncode == 2
    assert "users.full_name goes and name of the same kind comes: is it a rename?" in done.stderr
    assert "--rename users.full_name=name" in done.stderr
    assert "--no-rename users.full_name" in done.stderr
    assert project.files() == before


def test_an_answered_rename_becomes_the_whole_chain_and_check_is_clean_at_head(project: Project) -> None:
    project.models(RENAMED)
    done = project.revision("--rename", "users.full_name=name")
    assert done.returncode == 0, done.stderr
    assert list(project.files()) == ["r1.py", "r2_next.py", "r2_next_contract.py", "r2_next_migrate.py"]
    assert "safemigrate_sync_users__name" in project.files()["r2_next.py"]
    upgraded = project.run("alembic", "upgrade", "head")
    assert upgraded.returncode == 0, upgraded.stderr
    with psycopg.connect(project.database) as connection:
        connection.execute("CREATE SCHEMA safemigrate CREATE TABLE run (id bigint)")
    checked = project.run("alembic", "check")
    assert "No new upgrade operations detected" in checked.stdout, checked.stderr
    back = project.run("alembic", "downgrade", "base")
    assert back.returncode == 0, back.stderr


def test_the_comparison_is_with_head_and_not_with_the_database_that_a_contract_waits_in(project: Project) -> None:
    project.models(RENAMED)
    assert project.revision("--rename", "users.full_name=name", "--ops").returncode == 0
    assert 'op.sync_columns("users", "full_name", "name", by_value=True)' in project.files()["r2_next.py"]
    project.models(
        RENAMED,
        (
            "fax: Mapped[str | None]",
            "born: Mapped[int | None] = mapped_column(sa.Integer)\n    fax: Mapped[str | None]",
        ),
    )
    done = project.run("safemigrate", "revision", "--autogenerate", "-m", "age", "--rev-id", "r3")
    assert done.returncode == 0, done.stderr
    assert "safe as written" in done.stdout
    text = project.files()["r3_age.py"]
    assert "op.add_column('users', sa.Column('born'" in text
    assert text.count("op.") == 2
    assert "down_revision: Union[str, Sequence[str], None] = 'r2_contract'" in text


def test_what_really_goes_is_dropped_where_somebody_says_so(project: Project) -> None:
    project.models(("fax: Mapped", "telex: Mapped"))
    done = project.revision("--no-rename", "users.fax")
    assert done.returncode == 0, done.stderr
    assert "drop_column" in project.files()["r2_next_contract.py"]


def test_a_table_can_be_renamed_and_nobody_is_surprised(project: Project) -> None:
    project.models(('"users"', '"people"'))
    asked = project.revision()
    assert "--rename users=people" in asked.stderr
    done = project.revision("--rename", "users=people")
    # whether a rename of a table is split or refused is for its rule to say; the authored revision is right
    text = project.files()["r2_next.py"]
    assert done.returncode in (0, 2)
    assert "drop_table" not in text
    assert "people" in text


def test_models_that_agree_with_head_write_nothing(project: Project) -> None:
    done = project.revision()
    assert (done.returncode, done.stdout) == (0, "The models and head agree: there is nothing to write.\n")
    assert list(project.files()) == ["r1.py"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rename", "users.nickname=name"), "users.nickname is not there to be renamed"),
        (("--rename", "full_name"), "says no rename. Write --rename users.full_name=name"),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(project: Project, arguments: tuple[str, ...], said: str) -> None:
    done = project.revision(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_change_that_cannot_be_split_yet_is_written_and_says_what_to_decide(project: Project) -> None:
    project.models(("fax: Mapped[str | None] =", "mail: Mapped[str] ="))
    done = project.revision("--no-rename", "users.fax")
    assert done.returncode == 2
    assert "r2_next.py is written, and not split" in done.stderr
    assert "Then run safemigrate split r2 --write." in done.stderr
    assert list(project.files()) == ["r1.py", "r2_next.py"]


def test_all_that_a_change_of_models_leaves_open_is_told_at_once(project: Project) -> None:
    required = "size: Mapped[int] = mapped_column()\n    mail: Mapped[str] ="
    project.models(RENAMED, ("fax: Mapped[str | None] =", required))
    done = project.revision()
    assert done.returncode == 2
    assert "--rename users.full_name=" in done.stderr
    assert "--no-rename users.fax" in done.stderr
    done = project.revision("--rename", "users.full_name=name", "--no-rename", "users.fax")
    assert done.returncode == 2
    assert "r2_next.py is written, and not split" in done.stderr
    assert "2 things are to be decided or changed." in done.stderr
    assert '--answer "users.size=0" --answer "users.mail=' in done.stderr
    assert done.stderr.endswith("Then run safemigrate split r2 --write.\n")


def test_on_a_terminal_it_asks(project: Project) -> None:
    project.models(RENAMED)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "safemigrate", "revision", "--autogenerate", "-m", "next", "--rev-id", "r2"],
        cwd=project.root,
        env=project.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    said = b""
    while b"Number:" not in said:
        said += os.read(ours, 4096)
    assert b"users.full_name goes. What is it from now on?" in said
    assert b"1  name" in said
    os.write(ours, b"1\n")
    try:
        while chunk := os.read(ours, 4096):
            said += chunk
    except OSError:
        # the other end was closed: the process has ended
        pass
    assert process.wait(timeout=120) == 0, said.decode()
    os.close(ours)
    assert list(project.files()) == ["r1.py", "r2_next.py", "r2_next_contract.py", "r2_next_migrate.py"]
