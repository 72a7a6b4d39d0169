"""Whatever is edited, what is remembered says the same as a run that remembers nothing."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from safemigrate.history import load
from safemigrate.lint import Conditions, everything, lint
from safemigrate.lint.declarations import Declarations
from safemigrate.lint.readings import Gathered
from safemigrate.lint.revisions import judged
from safemigrate.lint.select import needed
from safemigrate.lint.verdict import concluded
from safemigrate.lint.verdicts import Asked, Verdicts
from safemigrate.rulebook import Policy, load_rules

HEAD = "from alembic import op\nimport sqlalchemy as sa\n{}\nrevision = {!r}\ndown_revision = {!r}\n"
BODY = "def upgrade():\n    {}\n"
CREATE = "op.create_table('users', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('nick', shop.NAME))"
LOOK = "'born' in [column['name'] for column in sa.inspect(op.get_bind()).get_columns('users')]"
BODIES = {
    "a": ("import shop", CREATE),
    "b": ("import shop", "op.add_column('users', sa.Column('born', shop.NAME))"),
    "c": ("", f"if {LOOK}: op.drop_column('users', 'born')"),
    "d": ("from pathlib import Path", "op.execute(Path('rows.sql').read_text())"),
    "e": ("", "op.create_index('ix', 'users', ['nick'])"),
}


class Project:
    """A history with all that a revision may hang on."""

    def __init__(self, root: Path) -> None:
        self.root = root / "project"
        self.cache = root / "cache"
        self.conditions = Conditions(datetime.date(2026, 1, 1))
        self.opted_in = False
        (self.root / "migrations" / "versions").mkdir(parents=True)
        self.write("alembic.ini", "[alembic]\nscript_location = %(here)s/migrations\n")
        self.write("shop.py", "import sqlalchemy as sa\nNAME = sa.String(20)\n")
        self.write("rows.sql", "UPDATE users SET nick = 'x'")
        down = None
        for id, (imports, body) in BODIES.items():
            self.revision(id, down, imports, body)
            down = id

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)

    def revision(self, id: str, down: str | None, imports: str, body: str) -> None:
        self.write(f"migrations/versions/{id}.py", HEAD.format(imports, id, down) + BODY.format(body))

    def answers(self) -> tuple[object, object, bool]:
        """What is said with nothing remembered, and with what is; whether that was a verdict that is remembered."""
        rules = tuple(rule for rule in load_rules() if self.opted_in or not rule.page.opt_in)
        names = {rule.name for rule in rules}
        history = load(self.root / "alembic.ini")
        cold = lint(history, rules, everything(history), self.conditions)

        declared = Declarations(self.cache, self.root)
        history = load(self.root / "alembic.ini", declared=declared)
        declared.keep()
        ids = everything(history).ids
        gathered = Gathered(history, ids, needed(history, ids), self.cache)
        gathered.read()
        verdicts = Verdicts(self.cache, Asked(history, rules, self.conditions, gathered.contents, ids, ids))
        known = verdicts.load()
        verdict = known or judged(history, rules, everything(history), self.conditions, ready=gathered.prepared())
        verdicts.keep(verdict)
        today, total = self.conditions.today, len(history.revisions)
        return cold, concluded(verdict, names, today=today, total=total), known is not None


def test_cold_and_warm_say_the_same_after_each_edit(tmp_path: Path) -> None:
    project = Project(tmp_path)

    def add(project: Project) -> None:
        project.revision("f", "e", "", "op.drop_table('users')")

    def remove(project: Project) -> None:
        (project.root / "migrations/versions/f.py").unlink()

    def reorder(project: Project) -> None:
        project.revision("e", "c", *BODIES["e"])
        project.revision("d", "e", *BODIES["d"])

    def judge_for_15(project: Project) -> None:
        project.conditions = Conditions(project.conditions.today, postgres=15, policy=Policy(lock_timeout="managed"))

    def ask_more_rules(project: Project) -> None:
        project.opted_in = True

    edits: tuple[Callable[[Project], None], ...] = (
        lambda p: p.revision("e", "d", "", "op.create_index('ix', 'users', ['nick'], unique=True)"),
        lambda p: p.revision("b", "a", "import shop", "op.add_column('users', sa.Column('age', shop.NAME))"),
        add,
        remove,
        lambda p: p.write("shop.py", "import sqlalchemy as sa\nNAME = sa.Text()\n"),
        lambda p: p.write("rows.sql", "DELETE FROM users"),
        lambda p: (p.root / "rows.sql").unlink(),
        lambda p: (p.root / "shop.py").unlink(),
        lambda p: p.write("shop.py", "raise RuntimeError\n"),
        reorder,
        judge_for_15,
        ask_more_rules,
        lambda p: p.write("alembic.ini", "[alembic]\nscript_location = migrations\nprepend_sys_path = elsewhere\n"),
    )
    said = []
    for edit in (lambda p: None, *edits):
        edit(project)
        cold, warm, _ = project.answers()
        assert warm == cold
        said.append(cold)
    # edits that change nothing would prove nothing
    assert sum(one != other for one, other in pairwise(said)) >= 10
    cold, warm, known = project.answers()
    assert (warm, known) == (cold, True)
