"""Projects of Flask-Migrate: env.py asks the Flask application for its database, and alembic.ini lies beside it.

``flask db`` enters the application's context and names the folder of scripts in code. Whoever runs env.py without it
has to do both.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def asks_flask(script_location: Path) -> bool:
    """Whether the env.py of *script_location* is Flask-Migrate's."""
    env = script_location / "env.py"
    return env.is_file() and "current_app" in env.read_text("utf-8", "replace")


def own_ini(script_location: Path) -> Path | None:
    """The alembic.ini that ``flask db`` reads, with the logging that env.py sets up; None in other projects."""
    ini = script_location / "alembic.ini"
    return ini if ini.is_file() and asks_flask(script_location) else None


@contextmanager
def application_context(script_location: Path) -> Iterator[None]:
    """What ``flask db`` runs env.py within: the application that FLASK_APP names, or app.py; nothing elsewhere."""
    if not asks_flask(script_location):
        yield
        return
    from flask.cli import ScriptInfo, load_dotenv

    # FLASK_APP may stand in .flaskenv
    load_dotenv()
    with ScriptInfo(app_import_path=os.environ.get("FLASK_APP")).load_app().app_context():
        yield
