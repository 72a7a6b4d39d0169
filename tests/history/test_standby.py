"""A reading process that starts before anybody knows what it will be asked."""

from __future__ import annotations

from alembic_projects import Project

from safemigrate.history import Reading, read_revisions
from safemigrate.history.reader import Standby

ADD = 'def upgrade():\n    op.add_column("users", sa.Column("{}", sa.Text()))\n'


def test_one_that_stood_by_reads_what_another_would(project: Project) -> None:
    project.file("word.txt", "nickname")
    project.add("a", 'def upgrade():\n    op.drop_column("users", open("word.txt").read())\n')
    history = project.load()

    with Standby() as standby:
        standby.begin()
        started = standby._child
        standby.begin()
        assert standby._child is started
        assert read_revisions(history, standby=standby) == read_revisions(history)
        assert standby._child is None


def test_one_that_nobody_asked_is_ended(project: Project) -> None:
    with Standby() as standby:
        standby.begin()
        child = standby._child
        assert child is not None
        assert child._process.poll() is None

    assert child._process.poll() is not None


def test_a_process_that_breaks_is_followed_by_another(project: Project) -> None:
    project.add("a", ADD.format("one"))
    project.add("b", "import os, signal\n\ndef upgrade():\n    os.kill(os.getpid(), signal.SIGKILL)\n", down="a")
    project.add("c", ADD.format("three"), down="b")

    with Standby() as standby:
        standby.begin()
        readings = read_revisions(project.load(), standby=standby)

    assert [len(readings[id].statements) for id in "abc"] == [1, 0, 1]
    assert readings["b"].obstacles


def test_readings_arrive_one_by_one_in_their_order(project: Project) -> None:
    project.add("a", ADD.format("one"))
    project.add("b", ADD.format("two"), down="a")
    arrived: list[Reading] = []

    readings = read_revisions(project.load(), arrived=arrived.append)

    assert arrived == [readings["a"], readings["b"]]
