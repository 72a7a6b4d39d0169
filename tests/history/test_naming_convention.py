"""The naming convention of env.py's target_metadata: found in the text of a project, and given to its revisions."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import psycopg
import pytest
from alembic_projects import Project

from safemigrate.history import load, read_revisions
from safemigrate.history.agreement import differences
from safemigrate.history.execute import upgrade
from safemigrate.history.naming import Naming
from safemigrate.history.server_reader import read_from_server

NAMES = '{"uq": "uq_%(table_name)s_%(column_0_name)s", "ck": "ck_%(table_name)s_%(constraint_name)s"}'
FOUND = {"uq": "uq_%(table_name)s_%(column_0_name)s", "ck": "ck_%(table_name)s_%(constraint_name)s"}
MADE = f"MetaData(naming_convention={NAMES})"

ENV = """\
from alembic import context
{imports}
target_metadata = {target}
context.configure(target_metadata=target_metadata)
"""

#: what env.py imports and gives to Alembic, and the modules of the project
READABLE = {
    "in env.py itself": ("from sqlalchemy import MetaData", MADE, {}),
    "a module's metadata": ("from shop.db import metadata", "metadata", {"shop/db.py": f"metadata = {MADE}"}),
    "with a type": ("from shop import db", "db.metadata", {"shop/db.py": f"metadata: MetaData = {MADE}"}),
    "of a class": (
        "from shop.models import Base",
        "Base.metadata",
        {"shop/models.py": f"class Base(DeclarativeBase):\n    metadata = {MADE}\n\nclass A(Base):\n    pass\n"},
    ),
    "of a class's base, through a package": (
        "import shop.models",
        "shop.models.Base.metadata",
        {
            "shop/models/__init__.py": "from .base import Base\nfrom .user import User\n",
            "shop/models/base.py": f"class Parent:\n    metadata = {MADE}\n\nclass Base(Parent):\n    pass\n",
        },
    ),
    "a constant of another module": (
        "from shop.models import Base as Model",
        "Model.metadata",
        {
            "shop/models.py": "from shop.names import NAMES\n"
            "Base = declarative_base(metadata=MetaData(naming_convention=NAMES))\n",
            "shop/names.py": f"try:\n    import x\nexcept ImportError:\n    pass\nNAMES: dict[str, str] = {NAMES}\n",
        },
    ),
    "an attribute of a module, and dict()": (
        "from shop import db as database",
        "database.metadata",
        {
            "shop/db.py": "from shop import names\nmetadata = sa.MetaData(schema='x', naming_convention=names.ALL)\n",
            "shop/names.py": 'ALL = dict(uq="uq_%(table_name)s_%(column_0_name)s",\n'
            '    ck="ck_%(table_name)s_" "%(constraint_name)s")\n',
        },
    ),
    "set in env.py": (
        "from house import Base",
        f"Base.metadata\ntarget_metadata.naming_convention = {NAMES}",
        {},
    ),
    "beside what a type checker sees": (
        "from shop.models import Base",
        "Base.metadata",
        {
            "shop/models.py": "if TYPE_CHECKING:\n    Base = Any\nelse:\n"
            f"    Base = declarative_base(metadata={MADE})\n"
        },
    ),
    "of a class's registry": (
        "from shop.models import Base",
        "Base.metadata",
        {"shop/models.py": f"class Base(DeclarativeBase):\n    registry = registry(metadata={MADE})\n"},
    ),
    "of a registry": (
        "from shop import models",
        "models.base.Base.metadata",
        {
            "shop/models/__init__.py": "",
            "shop/models/base.py": f"metadata = {MADE}\nmapper_registry = registry(metadata=metadata)\n"
            "Base = mapper_registry.generate_base()\nBase.__allow_unmapped__ = True\n",
        },
    ),
    "of two modules away from metadata that nothing leads to": (
        "from shop.app import current",
        "current().metadata",
        {
            "shop/app.py": "from . import db\nimport shop.other\n",
            "shop/__init__.py": "",
            "shop/db.py": f"x = {MADE}\n",
        },
    ),
    "set behind its making": (
        "from shop.models import Base",
        "Base.metadata",
        {"shop/models.py": f"Base = declarative_base()\nBase.metadata.naming_convention = {NAMES}\n"},
    ),
    "of SQLModel": (
        "from sqlmodel import SQLModel\nfrom shop import models",
        "SQLModel.metadata",
        {"shop/__init__.py": "", "shop/models.py": f"SQLModel.metadata.naming_convention = {NAMES}\n"},
    ),
    "of Flask-SQLAlchemy": (
        "from shop import db",
        "db.metadata",
        {"shop/__init__.py": f"db = SQLAlchemy(metadata={MADE})"},
    ),
    "of Flask-SQLAlchemy's base": (
        "from shop import db",
        "db.metadata",
        {
            "shop/__init__.py": f"class Base(DeclarativeBase):\n    metadata = {MADE}\n"
            "db = SQLAlchemy(model_class=Base)"
        },
    ),
    "of the application that Flask runs": (
        "from flask import current_app",
        'current_app.extensions["migrate"].db.metadata',
        {"shop/__init__.py": "", "shop/extensions.py": f"db = SQLAlchemy(metadata={MADE})"},
    ),
    "in a folder that env.py puts on the path": (
        'import sys\nsys.path.insert(0, folder("backend"))\nfrom shop.db import metadata',
        "metadata",
        {"backend/shop/db.py": f"metadata = {MADE}"},
    ),
}

#: as above, with what is said of it
UNREADABLE = {
    "computed": (
        {"shop/db.py": "metadata = MetaData(\n    naming_convention=names())\n"},
        "shop/db.py:2: it is computed",
    ),
    "a function in it": (
        {"shop/db.py": 'metadata = MetaData(naming_convention={"uq": "uq_%(x)s", "x": column_names})\n'},
        "shop/db.py:1: it is computed",
    ),
    "a part of its own": (
        {"shop/db.py": 'metadata = MetaData(naming_convention={"all": "x"})\n'},
        "shop/db.py:1: it has a part of its own, 'all'",
    ),
    "from elsewhere": (
        {"shop/db.py": "from house import NAMES\nmetadata = MetaData(naming_convention=NAMES)\n"},
        "shop/db.py:2: NAMES is not found in the project",
    ),
    "among options": (
        {"shop/db.py": f"options = dict(naming_convention_={NAMES})\nmetadata = MetaData(**options)\n"},
        "shop/db.py: naming_convention is neither given to a MetaData nor set there",
    ),
    "several": (
        {"shop/db.py": f"metadata = {MADE}\nmetadata.naming_convention = {{}}\n"},
        "migrations/env.py: there are 2 different ones",
    ),
}

#: what has none
NONE = {
    "no models": ("", "None", {}),
    "a list": ("from shop.db import metadata", "[metadata]", {"shop/db.py": f"metadata = {MADE}"}),
    "another's": (
        "from shop.db import metadata",
        "metadata",
        {"shop/db.py": f"metadata = MetaData()\nother = {MADE}\n"},
    ),
    "a module of somebody else": ("from house.db import metadata", "metadata", {}),
}


def _project(project: Project, imports: str, target: str, files: dict[str, str]) -> Project:
    project.file("migrations/env.py", ENV.format(imports=imports, target=target))
    for path, text in files.items():
        project.file(path, text)
    return project


def _naming(project: Project) -> tuple[dict[str, str], str]:
    configuration = project.load().configuration
    assert configuration is not None
    return dict(configuration.naming.convention), configuration.naming.unread


@pytest.mark.parametrize("case", READABLE)
def test_the_text_says_the_convention(project: Project, case: str) -> None:
    assert _naming(_project(project, *READABLE[case])) == (FOUND, "")


def test_metadata_that_env_py_leaves_to_others_is_told(project: Project) -> None:
    project.file("migrations/env.py", "from shop.db import migrate\nmigrate()\n")
    project.file("shop/db.py", f"metadata = {MADE}\n")
    reason = f"{project.root}/shop/db.py: env.py does not say whether that is its target_metadata"
    assert _naming(project) == ({}, reason)


def test_a_package_that_holds_its_own_migrations_is_found(project: Project) -> None:
    project.file("src/shop/db/alembic.ini", "[alembic]\nscript_location = %(here)s/migrations\n")
    project.file("src/shop/db/migrations/env.py", ENV.format(imports="from shop.db.base import x", target="x"))
    project.file("src/shop/db/base.py", f"x = {MADE}\n")
    configuration = load(project.root / "src" / "shop" / "db" / "alembic.ini").configuration
    assert configuration is not None
    assert configuration.naming == Naming(FOUND)


@pytest.mark.parametrize("case", NONE)
def test_metadata_without_a_convention_has_none(project: Project, case: str) -> None:
    assert _naming(_project(project, *NONE[case])) == ({}, "")


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_convention_that_is_not_certain_is_told(project: Project, case: str) -> None:
    files, reason = UNREADABLE[case]
    _project(project, "from shop.db import metadata", "metadata", files)
    assert _naming(project) == ({}, f"{project.root}/{reason}")


UPGRADE = """\
def upgrade():
    op.create_table("t", sa.Column("a", sa.Integer), sa.Column("b", sa.Integer, unique=True))
    op.create_unique_constraint(None, "t", ["a"])
    op.create_check_constraint("positive", "t", "a > 0")
    op.create_check_constraint(op.f("negative"), "t", "a < 0")
    op.drop_constraint("positive", "t", type_="check")
"""


def test_operations_name_what_they_make_as_alembic_does(project: Project) -> None:
    _project(project, "from sqlalchemy import MetaData", MADE, {})
    project.add("a", UPGRADE)

    table, *others = (" ".join(statement.sql.split()) for statement in project.up("a"))
    assert table.endswith("CONSTRAINT uq_t_b UNIQUE (b) )")
    assert others == [
        "ALTER TABLE t ADD CONSTRAINT uq_t_a UNIQUE (a)",
        "ALTER TABLE t ADD CONSTRAINT ck_t_positive CHECK (a > 0)",
        "ALTER TABLE t ADD CONSTRAINT negative CHECK (a < 0)",
        "ALTER TABLE t DROP CONSTRAINT ck_t_positive",
    ]


def test_scratch_servers_name_as_alembic_does(project: Project, make_database: Callable[[], str]) -> None:
    _project(project, "from sqlalchemy import MetaData", MADE, {})
    project.add("a", UPGRADE)
    history, recorded, migrated = project.load(), make_database(), make_database()

    sent = read_from_server(history, recorded, {})["a"]
    upgrade(history, migrated)
    assert sent.refused is None
    assert differences(project.read("a"), sent.reading) == ()
    for url in (recorded, migrated):
        with psycopg.connect(url) as connection:
            names = connection.execute("SELECT conname FROM pg_constraint WHERE conrelid = 't'::regclass ORDER BY 1")
            assert [name for (name,) in names] == ["negative", "uq_t_a", "uq_t_b"]


def test_what_somebody_decided_comes_before_the_text(project: Project) -> None:
    _project(project, "from sqlalchemy import MetaData", "MetaData(naming_convention=names())", {})
    project.add("a", "def upgrade(): op.create_unique_constraint(None, 't', ['a'])\n")

    history = load(project.root / "alembic.ini", convention={"uq": "%(table_name)s_is_unique"})
    (statement,) = read_revisions(history)["a"].statements
    assert statement.sql == "ALTER TABLE t ADD CONSTRAINT t_is_unique UNIQUE (a)"


@pytest.mark.parametrize(
    ("operation", "hangs"),
    [
        ("op.create_unique_constraint(None, 't', ['a'])", True),
        ("op.create_check_constraint('positive', 't', 'a > 0')", True),
        ("op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))", True),
        ("op.add_column('t', sa.Column('p', sa.Integer, sa.ForeignKey('p.id')))", True),
        ("op.create_unique_constraint('u', 't', ['a'])", False),
        ("op.create_check_constraint(op.f('positive'), 't', 'a > 0')", False),
        ("op.create_table('t', sa.Column('id', sa.Integer), sa.PrimaryKeyConstraint('id', name='key'))", False),
        ("op.create_index('i', 't', ['a'])", False),
        ("op.drop_column('t', 'a')", False),
    ],
)
def test_a_name_that_hangs_on_an_unknown_convention_is_an_obstacle(
    project: Project, operation: str, hangs: bool
) -> None:
    _project(project, "from sqlalchemy import MetaData", "MetaData(naming_convention=names())", {})
    project.add(
        "a",
        dedent(f"""\
        def upgrade():
            {operation}
            {operation}
        """),
    )

    told = [(obstacle.line, obstacle.reason) for obstacle in project.read("a").obstacles]
    where = f"{project.root}/migrations/env.py:3: it is computed"
    reason = (
        f"what it is called hangs on the naming convention, which is not read here ({where}): "
        "write it as naming_convention in [tool.safemigrate]"
    )
    assert told == ([(6, reason)] if hangs else [])
