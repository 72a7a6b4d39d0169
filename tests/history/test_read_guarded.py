"""What a revision may not do while it is read, and what becomes of those that do not end."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic_projects import Project

from safemigrate.history import Reading, read_revisions, reader

Upgrade = Callable[[str], Reading]


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("open('{out}', 'w')", "write the file"),
        ("os.mkdir('{out}')", "change files"),
        ("pathlib.Path('{out}').touch()", "change files"),
        ("os.symlink('/etc', '{out}')", "change files"),
        ("sqlite3.connect('{out}')", "open the database"),
        ("subprocess.run(['touch', '{out}'])", "start or signal a process"),
        ("os.system('touch {out}')", "start or signal a process"),
        ("os.fork()", "start or signal a process"),
        ("socket.create_connection(('127.0.0.1', 9))", "use the network"),
        ("os._exit(0)", "end the process"),
        ("sa.create_engine('sqlite:///{out}').connect()", "connect to a database with sqlite+pysqlite"),
    ],
)
def test_a_refusal_is_an_obstacle_with_its_line(upgrade: Upgrade, tmp_path: Path, action: str, said: str) -> None:
    out = tmp_path / "out"
    reading = upgrade(
        "import os, pathlib, socket, sqlite3, subprocess\n"
        "def upgrade():\n"
        "    op.execute('DROP TABLE a')\n"
        f"    {action.format(out=out)}\n"
    )

    (obstacle,) = reading.obstacles
    assert obstacle.line == 8
    assert said in obstacle.reason
    assert [statement.sql for statement in reading.statements] == ["DROP TABLE a"]
    assert not out.exists()


def test_a_refusal_counts_even_if_it_is_swallowed(upgrade: Upgrade, tmp_path: Path) -> None:
    reading = upgrade(f"""\
        def upgrade():
            try:
                open({str(tmp_path / "out")!r}, "w")
            except Exception:
                pass
            op.execute("DROP TABLE a")
        """)

    assert [obstacle.line for obstacle in reading.obstacles] == [7]
    assert [statement.sql for statement in reading.statements] == ["DROP TABLE a"]


def test_temporary_files_are_allowed(upgrade: Upgrade) -> None:
    reading = upgrade("""\
        import tempfile

        def upgrade():
            with tempfile.NamedTemporaryFile() as file:
                file.write(b"x")
        """)

    assert reading.obstacles == ()


def test_a_file_of_the_project_may_be_read(project: Project) -> None:
    project.file("migrations/drop.sql", "DROP TABLE a")
    project.add("a", "def upgrade(): op.execute(open('migrations/drop.sql').read())\n")

    assert [statement.sql for statement in project.read("a").statements] == ["DROP TABLE a"]


def test_no_credentials_are_visible(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "secret")
    project.add("a", "import os\ndef upgrade(): os.environ['DATABASE_PASSWORD']\n")

    (obstacle,) = project.read("a").obstacles

    assert "KeyError: 'DATABASE_PASSWORD'" in obstacle.reason


def test_nothing_is_written_beside_the_revisions(project: Project) -> None:
    project.add("a", "def upgrade(): pass\n")
    before = sorted(project.root.rglob("*"))

    project.read("a")

    assert sorted(project.root.rglob("*")) == before


def test_an_endless_loop_is_an_obstacle_and_the_rest_is_read(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "PASS_LIMIT_S", 0.5)
    project.add("a", "def upgrade():\n    op.execute('DROP TABLE a')\n    while True:\n        pass\n")
    project.add("b", "while True:\n    pass\n", down="a")
    project.add("c", "def upgrade():\n    op.execute('DROP TABLE c')\n", down="b")

    readings = read_revisions(project.load())

    (a,) = readings["a"].obstacles
    (b,) = readings["b"].obstacles
    assert a.line in (7, 8)
    assert a.reason == "upgrade() did not end in time"
    assert b.line in (5, 6)
    assert b.reason == "its import did not end in time"
    assert [s.sql for s in readings["a"].statements] == ["DROP TABLE a"]
    assert [s.sql for s in readings["c"].statements] == ["DROP TABLE c"]


def test_an_endless_loop_of_statements_is_an_obstacle(upgrade: Upgrade) -> None:
    reading = upgrade(
        "def upgrade():\n    i = 0\n    while True:\n        op.execute(f'DROP TABLE a{i}')\n        i += 1\n"
    )

    assert [obstacle.line for obstacle in reading.obstacles] == [8]


def test_a_process_that_breaks_costs_one_revision(project: Project) -> None:
    project.add("a", "def upgrade(): op.execute('DROP TABLE a')\n")
    project.add("b", "import os, signal\ndef upgrade():\n    signal.raise_signal(signal.SIGKILL)\n", down="a")
    project.add("c", "def upgrade(): op.execute('DROP TABLE c')\n", down="b")

    readings = read_revisions(project.load())

    (obstacle,) = readings["b"].obstacles
    assert obstacle.line == 6
    assert obstacle.reason == "the reading process was ended by signal 9 while it ran"
    assert [s.sql for s in readings["c"].statements] == ["DROP TABLE c"]


def test_what_there_was_no_time_for_has_an_obstacle(project: Project) -> None:
    project.add("a", "import time\ndef upgrade(): time.sleep(30)\n")
    project.add("b", "def upgrade(): pass\n", down="a")
    begun = time.monotonic()

    readings = read_revisions(project.load(), timeout_s=1.5)

    assert time.monotonic() - begun < 10
    assert "longer than 1.5 s" in readings["b"].obstacles[0].reason
    assert readings["a"].obstacles
