"""Every command that runs env.py, in a project that Flask-Migrate made: its env.py needs the Flask application."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic_project import AlembicProject, clean_environment

BIN = Path(sys.executable).parent
APPLICATION = """
import os

import sqlalchemy as sa
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["ZOO_DATABASE_URL"]
db = SQLAlchemy(app)
Migrate(app, db)


class Animal(db.Model):
    __tablename__ = "animals"
    id = sa.Column(sa.BigInteger, primary_key=True)
    species = sa.Column(sa.Text)
"""
ANIMALS = """
    op.create_table("animals", sa.Column("id", sa.BigInteger(), primary_key=True))
"""
SPECIES = """
    op.add_column("animals", sa.Column("species", sa.Text(), nullable=True))
"""
PHASE = 'safemigrate_phase = "expand"'


@pytest.fixture
def project(tmp_path: Path) -> AlembicProject:
    """A project as ``flask db init`` makes it, with one revision."""
    project = AlembicProject(tmp_path / "zoo")
    project.write("zoo.py", APPLICATION)
    flask(project, "sqlite://", "init")
    project.revision("0001", ANIMALS)
    return project


def variables(url: str) -> dict[str, str]:
    return {"FLASK_APP": "zoo", "ZOO_DATABASE_URL": url.replace("postgresql://", "postgresql+psycopg://")}


def flask(project: AlembicProject, url: str, *command: str) -> None:
    flask_db = [BIN / "flask", "db", *command]
    subprocess.run(flask_db, cwd=project.root, env=clean_environment() | variables(url), check=True)


def test_a_phase_is_applied_to_the_database_of_the_flask_application(project: AlembicProject, database: str) -> None:
    flask(project, database, "upgrade")
    assert project.run("init", "--yes").code == 0
    project.revision("0002", SPECIES, down="0001", head=PHASE)
    applied = project.run("apply", "--phase", "expand", environment=variables(database))
    assert (applied.code, applied.stderr) == (0, ""), applied
    assert "the database is at 0002" in applied.stdout
    status = project.run("status", environment=variables(database))
    assert "nothing is pending: all 2 revisions have run" in status.stdout, status


def test_a_revision_is_written_for_the_models_of_the_flask_application(project: AlembicProject) -> None:
    project.run("init", "--yes")
    arguments = ("revision", "--autogenerate", "-m", "species", "--rev-id", "0002")
    # the URL is nobody's: models are compared on a scratch server
    written = project.run(*arguments, environment=variables("postgresql://nobody@localhost:1/zoo"))
    assert written.code == 0, written
    assert "sa.Column('species'" in (project.root / "migrations/versions/0002_species.py").read_text("utf-8")


def test_an_application_that_is_not_found_is_named_as_flask_names_it(project: AlembicProject) -> None:
    project.run("init", "--yes")
    found = project.run("status", environment=variables("sqlite://") | {"FLASK_APP": "nowhere"})
    assert (found.code, "Could not import 'nowhere'" in found.stderr) == (2, True), found


@pytest.mark.parametrize("options", [(), ("-c", "migrations/alembic.ini")])
def test_without_init_it_is_named(project: AlembicProject, options: tuple[str, ...]) -> None:
    found = project.run("lint", *options)
    assert (found.code, "run safemigrate init where you run flask db" in found.stderr) == (2, True), found
