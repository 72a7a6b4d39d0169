"""Comments that allow a finding: where they reach, and what is said of those that do nothing."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from safemigrate.errors import ConfigurationError
from safemigrate.lint.suppressions import apply, python_allowances, sql_allowances
from safemigrate.rulebook import Finding, Hazard, Severity

PATH = Path("0007.py")
RULES = ("drop-column", "rename-column", "unreadable")
TODAY = datetime.date(2026, 6, 1)


def found(rule: str, line: int) -> Finding:
    return Finding(rule, frozenset({Hazard.BREAKS_OLD}), Severity.ERROR, "It breaks.", "SQL", PATH, line)


def reach(text: str) -> list[list[int]]:
    """The lines that each comment of a revision reaches."""
    return [sorted(allowance.lines) for allowance in python_allowances(PATH, text, RULES)]


def test_a_comment_behind_a_statement_reaches_all_of_it() -> None:
    text = """\
def upgrade():
    op.drop_column(
        "users",
        "nickname",  # safemigrate: allow drop-column -- unused
    )
    op.drop_column("users", "email")
"""
    assert reach(text) == [[2, 3, 4, 5]]


def test_a_comment_above_reaches_the_next_statement_only() -> None:
    text = """\
def upgrade():
    # safemigrate: allow drop-column -- unused
    # since 4.2
    op.drop_column("users", "nickname")
    op.drop_column("users", "email")
"""
    assert reach(text) == [[4]]


def test_a_comment_above_a_block_does_not_reach_into_it() -> None:
    text = """\
def upgrade():
    # safemigrate: allow drop-column -- unused
    with op.batch_alter_table(
        "users"
    ) as batch:
        batch.drop_column("nickname")
"""
    assert reach(text) == [[3, 4, 5]]


def test_a_comment_in_sql_reaches_its_statement() -> None:
    text = '''\
def upgrade():
    op.execute("""
        ALTER TABLE users DROP COLUMN email;
        -- safemigrate: allow drop-column -- unused
        ALTER TABLE users
            DROP COLUMN nickname;
        ALTER TABLE users DROP COLUMN phone;
    """)
'''
    assert reach(text) == [[4, 5, 6]]


def test_a_comment_in_the_only_statement_of_a_string_reaches_the_call() -> None:
    text = '''\
def upgrade():
    op.execute("""
        -- safemigrate: allow drop-column -- unused
        ALTER TABLE users DROP COLUMN nickname
    """)
'''
    assert reach(text) == [[2, 3, 4, 5]]


def test_a_script_is_read_by_its_statements() -> None:
    text = "-- safemigrate: allow drop-column -- unused\nALTER TABLE users\n  DROP COLUMN nickname;\nSELECT 1;\n"
    assert [sorted(a.lines) for a in sql_allowances(PATH, text, [(2, 3), (4, 4)], RULES)] == [[2, 3]]


def test_one_comment_may_allow_several_rules_until_a_day() -> None:
    text = "x = 1  # safemigrate: allow drop-column, rename-column -- JIRA-7: agreed until=2027-01-31\n"
    allowed = python_allowances(PATH, text, RULES)
    assert [a.rule for a in allowed] == ["drop-column", "rename-column"]
    assert {("JIRA-7: agreed", datetime.date(2027, 1, 31))} == {
        (a.suppression.reason, a.suppression.until) for a in allowed
    }


def test_text_that_is_no_comment_allows_nothing() -> None:
    assert reach('x = "# safemigrate: allow drop-column -- unused"\n"""safemigrate: a tool"""\n') == []


@pytest.mark.parametrize(
    ("comment", "complaint"),
    [
        ("allow drop-column", "no reason"),
        ("allow drop-column --", "no reason"),
        ("allow drop-column until=2027-01-31", "no reason"),
        ("allow drop-column -- soon until=tomorrow", "until=tomorrow"),
        ("allow drop-colum -- unused", 'Did you mean "drop-column"?'),
        ("ignore drop-column -- unused", "Write: safemigrate: allow"),
    ],
)
def test_a_comment_that_cannot_be_understood_is_refused_at_its_line(comment: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=r"0007.py:2: ") as refusal:
        python_allowances(PATH, f"\nx = 1  # safemigrate: {comment}\n", RULES)
    assert complaint in str(refusal.value)


def test_an_allowed_finding_carries_its_reason() -> None:
    allowed = python_allowances(PATH, "x = 1  # safemigrate: allow drop-column -- unused\n", RULES)
    marked = apply(
        [found("drop-column", 1), found("rename-column", 1), found("drop-column", 2)], allowed, today=TODAY
    )
    assert [f.suppressed and f.suppressed.reason for f in marked] == ["unused", None, None]


def test_one_that_allows_nothing_is_reported() -> None:
    allowed = python_allowances(PATH, "x = 1  # safemigrate: allow drop-column -- unused\n", RULES)
    (remark,) = apply([], allowed, today=TODAY)
    assert (remark.rule, remark.severity, remark.line) == ("suppression", Severity.WARNING, 1)


@pytest.mark.parametrize(
    ("until", "rules"), [("2026-06-01", ["drop-column"]), ("2026-05-31", ["drop-column", "suppression"])]
)
def test_it_holds_to_the_end_of_its_last_day(until: str, rules: list[str]) -> None:
    allowed = python_allowances(PATH, f"x = 1  # safemigrate: allow drop-column -- soon until={until}\n", RULES)
    marked = apply([found("drop-column", 1)], allowed, today=TODAY)
    assert rules == [finding.rule for finding in marked]
    assert (until == "2026-06-01") == (marked[0].suppressed is not None)
