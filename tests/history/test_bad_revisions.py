"""Revisions that misbehave: each gives an answer or an error with its place, in bounded time, and never silence."""

from __future__ import annotations

import ast
import re
import time
from contextlib import suppress
from pathlib import Path

import pytest
from alembic_projects import HEAD, Project
from fuzz import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safemigrate.errors import SafemigrateError, UnreadableHistory
from safemigrate.history import Direction, History, Reading, load, read_revisions, reader

#: of each body, what must be said of it; the body begins on line 5
BAD_BODIES = {
    "it ends the process": ("import sys\ndef upgrade():\n    sys.exit(3)\n", 7, "ends the process"),
    "it ends the process on import": ("import sys\nsys.exit('no')\n", 6, "ends the process"),
    "it ends the process at once": ("import os\ndef upgrade():\n    os._exit(0)\n", 7, "end the process"),
    "it ends it at once on import": ("import os\nos._exit(0)\n", 6, "end the process"),
    "it aborts": ("import os\nos.abort()\n", 6, "end the process"),
    "it kills": ("import signal\ndef upgrade():\n    signal.raise_signal(9)\n", 6, "ended by signal 9"),
    "it never ends": ("def upgrade():\n    while True: pass\n", 6, "did not end in time"),
    "it never ends and catches all": (
        "def upgrade():\n    while True:\n        try:\n            while 1: pass\n        except Exception: pass\n",
        8,
        "did not end in time",
    ),
    "it sleeps": ("import time\ntime.sleep(100)\n", 6, "did not end in time"),
    "it recurses": ("def upgrade():\n    upgrade()\n", 6, "RecursionError"),
    "it fills the memory": ("def upgrade():\n    'x' * 10**18\n", 6, "MemoryError"),
    "it sends for ever": (
        "def upgrade():\n    i = 0\n    while True:\n        op.execute(f'SELECT {i}'); i += 1\n",
        8,
        "sent more than|did not end in time",
    ),
    "it raises what is no exception": ("def upgrade():\n    raise BaseException('so')\n", 6, "so"),
    "its name is another": ("upgrade = 3\n", 1, "upgrade"),
}


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "PASS_LIMIT_S", 1.0)


@pytest.mark.usefixtures("hasty")
def test_each_is_told_at_its_line_and_the_next_is_read(project: Project) -> None:
    down = None
    for number, (body, _, _) in enumerate(BAD_BODIES.values()):
        project.add(f"r{number}", body, down=down)
        down = f"r{number}"
    project.add("last", "def upgrade():\n    op.execute('DROP TABLE a')\n", down=down)
    begun = time.monotonic()

    readings = read_revisions(project.load(), timeout_s=120)

    assert time.monotonic() - begun < 100
    for number, (name, (_, line, said)) in enumerate(BAD_BODIES.items()):
        obstacles = readings[f"r{number}"].obstacles
        assert obstacles, name
        assert re.search(said, obstacles[0].reason), (name, obstacles)
        assert obstacles[0].line == line, (name, obstacles)
    assert [s.sql for s in readings["last"].statements] == ["DROP TABLE a"]
    assert readings["last"].obstacles == ()


def test_output_without_end_is_no_obstacle(project: Project) -> None:
    project.add(
        "a",
        "import os, sys\ndef upgrade():\n    for _ in range(2000):\n        print('x' * 10_000)\n"
        "        sys.stderr.write('y' * 10_000)\n        os.write(1, b'z' * 10_000)\n"
        "    op.execute('DROP TABLE a')\n",
    )

    assert [s.sql for s in project.up("a")] == ["DROP TABLE a"]


#: files that are no revisions, with what must be said and where
BAD_FILES = {
    "a NUL byte": (b"revision = 'b'\ndown_revision = None\x00\n", 1, "null byte"),
    "not UTF-8": (b"revision = 'b'\ndown_revision = None\nx = 'caf\xe9'\n", 1, "utf-8"),
    "no Python": (b"revision = 'b'\ndown_revision = 'a'\ndef upgrade(:\n", 3, "invalid syntax"),
    "no Python at its end": (b"revision = 'b'\ndown_revision = ('a',\n", 2, "never closed"),
    "nested too deeply": (b"revision = 'b'\ndown_revision = 'a'\nx = " + b"(" * 5000 + b")" * 5000, 3, "nested"),
    "a sum of many": (b"revision = 'b'\ndown_revision = 'a'\nx = " + b"-" * 100_000 + b"1\n", 1, "nested"),
    "an unknown encoding": (b"# coding: klingon\nrevision = 'b'\n", 1, "encoding"),
    "the same id": (b"revision = 'a'\ndown_revision = None\n", 1, '"a"'),
    "a parent that is not there": (b"revision = 'b'\ndown_revision = 'gone'\n", 2, '"gone"'),
    "its own parent": (b"revision = 'b'\ndown_revision = 'b'\n", 2, "b"),
    "an id that is no text": (b"revision = 12\ndown_revision = None\n", 1, "12"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_no_revision_is_an_error_with_its_place(project: Project, name: str) -> None:
    content, line, said = BAD_FILES[name]
    project.add("a", "def upgrade(): pass\n")
    path = project.versions / "b.py"
    path.write_bytes(content)

    with pytest.raises(UnreadableHistory) as raised:
        project.load()

    assert said in str(raised.value)
    assert f"{path}:{line}" if line else str(path) in str(raised.value)


def test_a_circle_of_three_is_an_error(project: Project) -> None:
    for id, down in (("a", "c"), ("b", "a"), ("c", "b"), ("d", None)):
        project.add(id, "def upgrade(): pass\n", down=down)

    with pytest.raises(UnreadableHistory, match=r"\.py:2"):
        project.load()


def test_a_history_of_ten_thousand_is_loaded_and_one_of_it_read_in_bounded_time(project: Project) -> None:
    for number in range(10_000):
        down = f"r{number - 1}" if number else None
        (project.versions / f"r{number}.py").write_text(
            HEAD.format(id=f"r{number}", down=down) + f"def upgrade():\n    op.execute('DROP TABLE t{number}')\n"
        )
    (project.versions / "r9999.py").write_text(
        HEAD.format(id="r9999", down="r9998")
        + "def upgrade():\n    assert not sa.inspect(op.get_bind()).has_table('t1')\n    op.execute('DROP TABLE x')\n"
    )
    begun = time.process_time()

    history = project.load()
    readings = read_revisions(history, ["r9999", "r17"], timeout_s=240, downgrades=())

    # it looks at the schema, so all before it are read
    assert [s.sql for s in readings["r9999"].statements] == ["DROP TABLE x"]
    assert readings["r9999"].obstacles == ()
    assert len(history.ancestors("r9999")) == 9_999
    assert time.process_time() - begun < 60


# -- mutations -------------------------------------------------------------------------------------------------

SEED = (
    HEAD.format(id="b", down="a")
    + '''\
NAMES = ["nick", "mail"]

def columns(table):
    return [c["name"] for c in sa.inspect(op.get_bind()).get_columns(table)]

def upgrade():
    if "nick" not in columns("users"):
        op.add_column("users", sa.Column("nick", sa.String(20), server_default="x"))
    with op.batch_alter_table("users") as batch:
        for name in NAMES:
            batch.create_index(f"ix_{name}", [name])
    for row in op.get_bind().execute(sa.text("SELECT id FROM users WHERE id > :n"), {"n": 1}):
        op.execute(f"UPDATE users SET mail = 'm' WHERE id = {row.id}")
    op.execute("""ALTER TABLE users ADD CONSTRAINT c CHECK (id > 0) NOT VALID;
        COMMIT""")

def downgrade():
    op.drop_column("users", "nick")
'''
).encode()

PIECES = [
    *(b'\x00 \xff \' " """ ( ) [ { : \\ # % $$ ; None -1 op. sa.text def'.split(b" ")),
    *(b"yield ", b"await ", b"lambda: ", b"\n", b"    ", b"\t", b"*" * 50, b"(" * 300, b"\xef\xbb\xbf"),
    *(b"while True: pass\n", b"raise SystemExit\n", b"import os; os._exit(1)\n", b"exec('raise KeyError')\n"),
    b"# coding: latin-1\n",
]

_change = st.tuples(
    st.sampled_from(["insert", "delete", "double", "swap"]),
    st.integers(0, len(SEED) - 1),
    st.integers(1, 60),
    st.sampled_from(PIECES),
)


def _mutated(changes: list[tuple[str, int, int, bytes]]) -> bytes:
    content = SEED
    for kind, place, length, piece in changes:
        before, middle, behind = content[:place], content[place : place + length], content[place + length :]
        content = {
            "insert": before + piece + middle + behind,
            "delete": before + behind,
            "double": before + middle + middle + behind,
            "swap": before + piece + behind,
        }[kind]
    return content


@settings(
    max_examples=examples(12),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(_change, min_size=1, max_size=4))
def test_a_mutated_revision_is_read_or_told(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, int, int, bytes]]
) -> None:
    project = Project(tmp_path_factory.mktemp("mutated") / "project")
    table = "op.create_table('users', sa.Column('id', sa.Integer()), sa.Column('mail', sa.Text()))"
    project.add("a", f"def upgrade():\n    {table}\n")
    path = project.versions / "b.py"
    content = _mutated(changes)
    path.write_bytes(content)
    begun = time.monotonic()

    # nothing else may be raised, and an error says where
    with suppress(SafemigrateError):
        readings = read_revisions(_loaded(project), timeout_s=20)
        assert all(_told(reading, path, content) for reading in readings.values())
    assert time.monotonic() - begun < 60


def _loaded(project: Project) -> History:
    try:
        return project.load()
    except SafemigrateError as error:
        told = str(error)
        assert "b.py" in told or "a.py" in told, told
        raise


def _told(reading: Reading, path: Path, content: bytes) -> bool:
    """Whether a reading says something: statements, an obstacle within the file, or there was nothing to say."""
    lines = content.count(b"\n") + 2
    places = [each.line for each in (*reading.statements, *reading.obstacles) if reading.revision.path == path]
    if not all(1 <= line <= lines for line in places):
        return False
    return bool(reading.run(Direction.UPGRADE) or reading.obstacles) or not _works(content)


def _works(content: bytes) -> bool:
    """Whether an upgrade() of this text would do anything."""
    tree = ast.parse(content)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "upgrade"]
    return any(isinstance(node, ast.Call) for function in functions[-1:] for node in ast.walk(function))


def test_the_seed_itself_is_read(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    project.add("a", "def upgrade():\n    op.create_table('users', sa.Column('id', sa.Integer()))\n")
    (project.versions / "b.py").write_bytes(SEED)

    reading = read_revisions(load(project.root / "alembic.ini"))["b"]

    assert len(reading.run(Direction.UPGRADE)) >= 6
    assert reading.obstacles == ()
