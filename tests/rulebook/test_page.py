"""What a page must be, and where an error says it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from safemigrate.errors import RuleError
from safemigrate.rulebook import Hazard, read_page

PAGE = """\
+++
on = "operation"
operation = "DropColumn"
hazards = ["breaks-old", "loses-data"]
since = "0.1"
+++
# keep-columns

Dropping a column
loses data.

## Why it is unsafe

It is.

## What to do instead

Do not.

## Examples

### A column

Prose about it.

```sql given
CREATE TABLE t (a int, b int);
```

```sql migration
-- finding: breaks-old
ALTER TABLE t DROP COLUMN b;
```

### Nothing to test
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "keep_columns.md"
    path.write_text(text)
    return path


def test_page_says_what_it_is(tmp_path: Path) -> None:
    page = read_page(write(tmp_path, PAGE))
    assert page.name == "keep-columns"
    assert page.operations == ("DropColumn",)
    assert page.hazards == {Hazard.BREAKS_OLD, Hazard.LOSES_DATA}
    assert page.sentence == "Dropping a column loses data."
    assert not page.opt_in


def test_example_knows_its_title_fences_prose_and_line(tmp_path: Path) -> None:
    (example,) = read_page(write(tmp_path, PAGE)).examples
    assert example.title == "A column"
    assert example.fences["given"] == "CREATE TABLE t (a int, b int);\n"
    assert example.prose == "Prose about it."
    assert PAGE.splitlines()[example.line - 1] == "### A column"


WRONG = [
    ("no front matter", "# keep-columns\n\nOne.\n", 1, "no front matter"),
    ("not TOML", PAGE.replace('"0.1"', "0.1.2"), 5, "not TOML"),
    ("an unknown key", PAGE.replace("since", "severity"), 5, 'unknown key "severity"'),
    ("an unknown scope", PAGE.replace('"operation"\nop', '"statement"\nop'), 2, '"on" must be one of'),
    ("no operation", PAGE.replace('operation = "DropColumn"\n', ""), 2, '"operation" names'),
    ("an operation of a rule on history", PAGE.replace('on = "operation"', 'on = "history"'), 3, '"operation" names'),
    ("an unknown hazard", PAGE.replace("loses-data", "loses-sleep"), 4, '"hazards" must list'),
    ("no hazards", PAGE.replace('["breaks-old", "loses-data"]', "[]"), 4, '"hazards" must list'),
    ("a where that is no table", PAGE.replace('since = "0.1"', 'where = "audit_*"'), 5, '"where" must be a table'),
    (
        "a policy nobody knows",
        PAGE.replace('since = "0.1"', 'policy = { patience = "1s" }'),
        5,
        '"policy" knows only',
    ),
    ("another heading", PAGE.replace("# keep-columns", "# drop-column"), 7, 'the heading is "drop-column"'),
    ("no sentence", PAGE.partition("# keep-columns")[0] + "# keep-columns\n", 7, "must open with its name"),
    ("an unknown fence", PAGE.replace("sql given", "sql before"), 22, 'marked "sql before"'),
    ("a fence twice", PAGE.replace("sql migration", "sql given"), 22, "stands twice"),
    ("an open fence", PAGE.replace("DROP COLUMN b;\n```", "DROP COLUMN b;"), 22, "not closed"),
]


@pytest.mark.parametrize(("text", "line", "found"), [pytest.param(*case[1:], id=case[0]) for case in WRONG])
def test_error_names_path_and_line(tmp_path: Path, text: str, line: int, found: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(RuleError) as caught:
        read_page(path)
    assert caught.value.where == f"{path}:{line}"
    assert found in caught.value.found


def test_a_page_is_opted_into_alone_or_with_its_group(tmp_path: Path) -> None:
    assert (read_page(write(tmp_path, PAGE)).opt_in, read_page(write(tmp_path, PAGE)).group) == (False, "")
    alone = read_page(write(tmp_path, PAGE.replace('since = "0.1"', "opt-in = true")))
    assert (alone.opt_in, alone.group) == (True, "")
    grouped = read_page(write(tmp_path, PAGE.replace('since = "0.1"', 'opt-in = "style"')))
    assert (grouped.opt_in, grouped.group) == (True, "style")
    with pytest.raises(RuleError, match="opt-in"):
        read_page(write(tmp_path, PAGE.replace('since = "0.1"', "opt-in = 3")))


def test_the_policy_of_a_page_may_hold_lists_and_tables(tmp_path: Path) -> None:
    policy = 'policy = { extensions = ["citext"], naming = { index = "ix_.+" } }'
    page = read_page(write(tmp_path, PAGE.replace('since = "0.1"', policy)))
    assert page.policy == {"extensions": ("citext",), "naming": {"index": "ix_.+"}}
    with pytest.raises(RuleError, match="policy"):
        read_page(write(tmp_path, PAGE.replace('since = "0.1"', "policy = { naming = { index = 3 } }")))
