"""Folders of rules, the users' own among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from safemigrate.errors import RuleError
from safemigrate.history import Reading, Revision, Statement
from safemigrate.rulebook import Finding, Rule, builtin_folder, judge, load_rule, load_rules, replay
from safemigrate.schema import Schema
from safemigrate.sql import read

PAGE = """\
+++
on = "operation"
operation = "DropColumn"
hazards = ["loses-data"]
+++
# {name}

One sentence.
"""


def write(folder: Path, stem: str, code: str | None = None, page: str = PAGE) -> Path:
    path = folder / f"{stem}.md"
    path.write_text(page.format(name=stem.replace("_", "-")))
    if code is not None:
        path.with_suffix(".py").write_text(code)
    return path


def refused(path: Path) -> RuleError:
    with pytest.raises(RuleError) as caught:
        load_rule(path)
    return caught.value


def test_folder_is_the_registry() -> None:
    pages = {path.stem.replace("_", "-") for path in builtin_folder().glob("*.md")} - {"README"}
    assert {rule.name for rule in load_rules()} == pages


def test_rules_come_by_name_with_those_of_the_user(tmp_path: Path) -> None:
    write(tmp_path, "aaa_first", "def check(site): return ()")
    names = [rule.name for rule in load_rules([tmp_path])]
    assert names[0] == "aaa-first"
    assert names == sorted(names)


KINDS = """\
+++
on = "operation"
operation = ["DropObject", "DropTable"]
kind = ["VIEW", "SEQUENCE"]
hazards = ["breaks-old"]
+++
# {name}

One sentence.
"""


@pytest.mark.parametrize(
    ("sql", "looked_at"),
    [
        ("DROP VIEW a", True),
        ("DROP SEQUENCE a", True),
        ("DROP SCHEMA a", False),
        # a table has no kind to go by
        ("DROP TABLE a", True),
        ("DROP INDEX a", False),
    ],
)
def test_page_may_name_the_kinds_of_object_it_is_about(tmp_path: Path, sql: str, looked_at: bool) -> None:
    rule = load_rule(write(tmp_path, "some_kinds", "def check(site): return ()", KINDS))
    (operation,) = read(sql)
    assert looked_at == rule.looks_at(operation)


def test_readme_is_no_rule(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Rules\n")
    assert [rule.page for rule in load_rules([tmp_path])] == [rule.page for rule in load_rules()]


def test_split_is_optional(tmp_path: Path) -> None:
    assert load_rule(write(tmp_path, "checks_only", "def check(site): return ()")).split is None
    both = write(tmp_path, "splits_too", "def check(site): return ()\ndef split(site): return None")
    assert load_rule(both).split is not None


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no such folder"):
        load_rules([tmp_path / "nowhere"])


def test_name_that_is_taken(tmp_path: Path) -> None:
    path = write(tmp_path, "drop_column")
    with pytest.raises(RuleError, match="already") as caught:
        load_rules([tmp_path])
    assert caught.value.where == f"{path}:1"


def test_operation_that_is_not_known(tmp_path: Path) -> None:
    path = write(tmp_path, "drop_colums", page=PAGE.replace("DropColumn", "DropColum"))
    error = refused(path)
    assert error.where == f"{path}:2"
    assert 'no operation "DropColum"' in error.found
    assert "DropColumn" in error.remedy


def test_code_without_check(tmp_path: Path) -> None:
    path = write(tmp_path, "no_check", "def chekc(site): return ()")
    assert refused(path).where == f"{path.with_suffix('.py')}:1"


def test_code_that_raises(tmp_path: Path) -> None:
    path = write(tmp_path, "raises", "import os\n\n1 / 0\n")
    error = refused(path)
    assert error.where == f"{path.with_suffix('.py')}:3"
    assert "ZeroDivisionError" in error.found


def test_code_that_is_not_python(tmp_path: Path) -> None:
    path = write(tmp_path, "not_python", "import os\ndef check(site)\n")
    error = refused(path)
    assert error.where == f"{path.with_suffix('.py')}:2"
    assert "SyntaxError" in error.found


def test_where_names_a_field_that_is_not_there(tmp_path: Path) -> None:
    page = PAGE.replace("hazards", 'where = {{ tabel = "audit_*" }}\nhazards')
    error = refused(write(tmp_path, "bad_where", page=page))
    assert 'DropColumn has no field "tabel"' in error.found
    assert error.where.endswith("bad_where.md:2")


WHERE = """\
+++
on = "operation"
operation = "{operation}"
hazards = ["advice"]
where = {{ {where} }}
+++
# {name}

One sentence.
"""


@pytest.mark.parametrize(
    ("operation", "where", "sql", "found"),
    [
        ("AddColumn", 'table = "audit_*"', "ALTER TABLE audit_log ADD COLUMN x int", True),
        ("AddColumn", 'table = "audit_*"', "ALTER TABLE public.audit_log ADD COLUMN x int", True),
        ("AddColumn", 'table = "audit_*"', "ALTER TABLE crm.audit_log ADD COLUMN x int", False),
        ("AddColumn", 'table = "crm.*"', "ALTER TABLE crm.audit_log ADD COLUMN x int", True),
        ("AddColumn", 'table = "audit_*", column = "*_id"', "ALTER TABLE audit_log ADD COLUMN a_id int", True),
        ("AddColumn", 'table = "audit_*", column = "*_id"', "ALTER TABLE audit_log ADD COLUMN a int", False),
        ("DropColumn", 'column = "legacy_*"', "ALTER TABLE t DROP COLUMN legacy_a", True),
        ("DropColumn", 'cascade = "True"', "ALTER TABLE t DROP COLUMN a CASCADE", True),
        ("DropColumn", 'cascade = "True"', "ALTER TABLE t DROP COLUMN a", False),
    ],
)
def test_where_matches_what_things_are_called(
    tmp_path: Path, operation: str, where: str, sql: str, found: bool
) -> None:
    page = WHERE.format(operation=operation, where=where, name="house")
    path = tmp_path / "house.md"
    path.write_text(page)
    assert found == bool(judged(load_rule(path), sql))


def judged(rule: Rule, sql: str) -> tuple[Finding, ...]:
    revision = Revision("0001", (), Path("0001.py"))
    statement = Statement(sql, "0001", Path("0001.py"), 1)
    return judge([rule], tuple(replay([Reading(revision, (statement,))], Schema())))


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("def check(site):\n    return 1 / 0", ":2: the code of the rule raised ZeroDivisionError"),
        ("def check(site):\n    yield site.nonsense", ":2: the code of the rule raised AttributeError"),
        ("def check(site):\n    yield 'advice'", "Yield Hit(hazards)"),
        ("from safemigrate import Hit\ndef check(site):\n    yield Hit(frozenset({'x'}))", "safemigrate.Hazard"),
        (
            "from safemigrate import Hazard, Hit\ndef check(site):\n    yield Hit(frozenset({Hazard.FAILS}), at=3)",
            "a Hit is at 3, and its site has 1 operations",
        ),
        (
            "from safemigrate import Hazard, Hit\ndef check(site):\n    yield Hit(frozenset({Hazard.FAILS}))\n"
            "def split(site):\n    return 1",
            "Return a Split, a Refusal or None",
        ),
    ],
)
def test_what_a_rules_code_does_wrong_is_told_by_its_file(tmp_path: Path, code: str, complaint: str) -> None:
    rule = load_rule(write(tmp_path, "house", code))
    with pytest.raises(RuleError, match=r"house\.py:\d+") as caught:
        judged(rule, "ALTER TABLE users DROP COLUMN nickname")
    assert complaint in str(caught.value)


def test_our_rules_are_the_same_whenever_their_code_is_run() -> None:
    for rule in load_rules():
        whole = load_rule(rule.page.path)
        assert (rule.page, rule.kinds) == (whole.page, whole.kinds)
        assert (rule.split is None) == (whole.split is None), rule.name


def test_code_is_run_by_the_first_question(tmp_path: Path) -> None:
    path = write(tmp_path, "late", "raise ValueError('now')")
    rule = load_rule(path, deferred=True)
    with pytest.raises(RuleError, match="now") as caught:
        rule.check(None)  # type: ignore[arg-type]
    assert caught.value.where == f"{tmp_path / 'late.py'}:1"
    assert "now" in str(refused(path))


def test_examples_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path, "torn", "def check(site): return ()", PAGE + "\n### A case\n```sql given\nCREATE")
    page = load_rule(path, deferred=True).page
    with pytest.raises(RuleError, match="not closed"):
        _ = page.examples
    assert "not closed" in str(refused(path))
