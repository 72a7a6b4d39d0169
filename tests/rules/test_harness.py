"""The harness of the rules' pages: whatever is wrong with a page or its rule, it says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from safemigrate.errors import RuleError
from safemigrate.rulebook import Rule, load_rule, load_rules
from safemigrate.server import Server
from safemigrate.verify.pages import Question, ask, cases, unshown_hazards

PAGE = """\
+++
on = "operation"
operation = "DropColumn"
hazards = ["breaks-old"]
+++
# {name}

One sentence.

## Examples

### A case

```sql given
CREATE TABLE users (id bigint PRIMARY KEY, note text NOT NULL);
INSERT INTO users VALUES (1, 'x');
```

```sql migration
-- finding: breaks-old
ALTER TABLE users DROP COLUMN note;
```

```sql expand
ALTER TABLE users ALTER COLUMN note DROP NOT NULL;
```

```sql contract
ALTER TABLE users DROP COLUMN note;
```

```sql old-app
INSERT INTO users (id, note) VALUES (2, 'y');
```

```sql new-app
INSERT INTO users (id) VALUES (3);
```
"""

CODE = """\
from safemigrate.rulebook import Hazard, Hit, Refusal, Split
from safemigrate.schema.operations import DropNotNull

def check(site):
    yield Hit(frozenset({Hazard.BREAKS_OLD}))

def split(site):
    op = site.operation
    relax = DropNotNull(op.table, op.column)
    return Split(frozenset({site.position}), "drops it", expand=((relax,),), contract=((op,),))
"""

Complain = Callable[..., str]


@pytest.fixture
def complain(tmp_path: Path, server: Server) -> Complain:
    """What the harness says of the page and the code with some of their text replaced."""

    def say(question: Question, *changes: tuple[str, str]) -> str:
        page, code = PAGE.format(name="gone"), CODE
        for old, new in changes:
            assert old in page + code
            page, code = page.replace(old, new), code.replace(old, new)
        (tmp_path / "gone.md").write_text(page)
        (tmp_path / "gone.py").write_text(code)
        (case,) = cases([load_rule(tmp_path / "gone.md")])
        return "\n".join(ask(case, question, server))

    return say


@pytest.mark.parametrize("question", Question)
def test_good_page_is_not_complained_of(complain: Complain, question: Question) -> None:
    assert complain(question) == ""


WRONG = [
    (
        "a mark that is missing",
        "findings",
        [("-- finding: breaks-old\n", "")],
        "marked nothing, found gone: breaks-old",
    ),
    (
        "a mark too many",
        "findings",
        [("finding: breaks-old", "finding: breaks-old, fails")],
        "marked breaks-old, fails",
    ),
    ("a doubt is found as well", "findings", [("-- finding", "-- doubt")], ""),
    ("a rule silent", "findings", [("yield Hit(frozenset({Hazard.BREAKS_OLD}))", "return ()")], "found nothing"),
    ("a hazard off the page", "findings", [('["breaks-old"]', '["fails"]')], "does not list breaks-old"),
    (
        "another split",
        "split",
        [("DROP NOT NULL;", "SET DEFAULT '';")],
        "+ALTER TABLE users ALTER COLUMN note DROP NOT",
    ),
    ("a split that is not shown", "split", [("```sql expand", "```"), ("```sql contract", "```")], "+```sql expand"),
    (
        "a refusal",
        "split",
        [("    op = site", '    return Refusal("No.", "Ask.")\n    op = site')],
        "refuses: No. Ask.",
    ),
    ("a phase with errors", "phases", [("```sql contract", "```sql migrate")], "gone finds breaks-old in migrate"),
    ("an old version that lives", "database", [("(id, note) VALUES (2, 'y')", "VALUES (2, 'y')")], ""),
    (
        "an old version that is not broken",
        "database",
        [("(id, note) VALUES (2, 'y')", "(id) VALUES (2)")],
        "fails before",
    ),
    ("a migration that breaks", "database", [("-- finding: breaks-old\n", "")], "not marked breaks-old, yet"),
    (
        "a migration that breaks nothing",
        "database",
        [("INSERT INTO users (id, note) VALUES (2, 'y')", "SELECT id FROM users")],
        "works after the migration as before",
    ),
    (
        "an answer that changes",
        "database",
        [("-- finding: breaks-old\n", ""), ("INSERT INTO users (id, note) VALUES (2, 'y')", "SELECT * FROM users")],
        "answered otherwise",
    ),
    ("no old version", "database", [("```sql old-app", "```")], "breaks-old needs an old-app"),
    ("no new version", "database", [("```sql new-app", "```")], "the phases need a new-app"),
    (
        "a migration refused",
        "database",
        [("DROP COLUMN note;\n```\n\n```sql e", "DROP COLUMN nte;\n```\n\n```sql e")],
        "PostgreSQL refuses the migration",
    ),
    (
        "a refusal that does not come",
        "database",
        [("finding: breaks-old", "finding: breaks-old, fails")],
        "marked fails, yet PostgreSQL takes it",
    ),
    (
        "a new version without expand",
        "database",
        [("ALTER TABLE users ALTER COLUMN note DROP NOT NULL;", "SELECT 1;")],
        "after expand the new version fails",
    ),
    (
        "an old version broken by expand",
        "database",
        [("ALTER COLUMN note DROP NOT NULL;", "DROP COLUMN note;")],
        "after expand the old version fails",
    ),
    (
        "a step that is refused",
        "database",
        [("ALTER COLUMN note DROP NOT NULL;", "ALTER COLUMN nope DROP NOT NULL;")],
        "expand is refused",
    ),
    (
        "another last schema",
        "database",
        [("ALTER TABLE users DROP COLUMN note;\n```\n\n```sql old", "SELECT 1;\n```\n\n```sql old")],
        "after contract, column public.users.note should not be there",
    ),
]


@pytest.mark.parametrize(
    ("question", "changes", "said"), [pytest.param(Question(q), *rest, id=title) for title, q, *rest in WRONG]
)
def test_page_that_is_wrong_is_told_so(
    complain: Complain, question: Question, changes: list[tuple[str, str]], said: str
) -> None:
    heard = complain(question, *changes)
    assert said in heard
    assert bool(heard) == bool(said)


def test_model_that_is_wrong_is_told_so(complain: Complain, monkeypatch: pytest.MonkeyPatch) -> None:
    from safemigrate.schema import Footprint
    from safemigrate.verify import pages_on_server

    monkeypatch.setattr(pages_on_server, "footprint", lambda op, before, postgres: Footprint())
    assert "the model says no lock on public.users, PostgreSQL takes ACCESS EXCLUSIVE" in complain(Question.LOCKS)


def test_table_that_the_history_never_made_is_known_to_the_server_only(complain: Complain) -> None:
    unseen = ("CREATE TABLE users", "-- unseen\nCREATE TABLE users")
    for question in Question:
        assert complain(question, unseen) == ""


MARKS = [
    ("a mark that is nearly one", "-- findings: breaks-old", "nearly a mark"),
    ("a hazard that is none", "-- finding: breaks-all", "are not all hazards"),
]


@pytest.mark.parametrize(("mark", "said"), [pytest.param(*rest, id=title) for title, *rest in MARKS])
def test_mark_that_is_wrong_is_named_with_its_line(complain: Complain, mark: str, said: str) -> None:
    with pytest.raises(RuleError) as caught:
        complain(Question.FINDINGS, ("-- finding: breaks-old", mark))
    assert said in caught.value.found
    assert caught.value.where.endswith("gone.md:21")


def test_hazard_that_no_example_shows(tmp_path: Path) -> None:
    (tmp_path / "gone.md").write_text(PAGE.format(name="gone").replace('"breaks-old"]', '"breaks-old", "fails"]'))
    (tmp_path / "gone.py").write_text(CODE)
    assert [hazard.value for hazard in unshown_hazards(load_rule(tmp_path / "gone.md"))] == ["fails"]


def test_rule_that_must_be_opted_into_judges_its_own_page_only(tmp_path: Path) -> None:
    page = PAGE.format(name="gone").replace('["breaks-old"]', '["breaks-old"]\nopt-in = true')
    (tmp_path / "gone.md").write_text(page)
    gone = load_rule(tmp_path / "gone.md")
    judging: dict[str, tuple[Rule, ...]] = {str(case): case.rules for case in cases((*load_rules(), gone))}
    assert all((gone in rules) == title.startswith("gone:") for title, rules in judging.items())
