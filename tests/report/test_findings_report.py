"""Findings for people and for machines."""

from __future__ import annotations

import datetime
import io
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from safemigrate.history.statement import Direction, Phase
from safemigrate.lint.fingerprints import fingerprints
from safemigrate.lint.result import LintResult
from safemigrate.report.findings import finding_text, findings_text, summary
from safemigrate.report.findings_json import findings_json, schema_path
from safemigrate.report.text import Style, clean, plain, show
from safemigrate.rulebook import Finding, Fix, Hazard, Severity, Suppression
from safemigrate.schema import Lock, LockMode, Name, Work

ROOT = Path("/project")
DROP = Finding(
    rule="drop-column",
    hazards=frozenset({Hazard.LOSES_DATA, Hazard.BREAKS_OLD}),
    severity=Severity.ERROR,
    message="Dropping a column breaks the application version that still names it.",
    statement="ALTER TABLE users DROP COLUMN nickname",
    path=ROOT / "migrations" / "0007_drop_nickname.py",
    line=14,
    column=5,
    revision="0007",
    locks=(Lock(Name("users", "public"), LockMode.ACCESS_EXCLUSIVE),),
    fix=(
        Fix(Phase.EXPAND, ("ALTER TABLE users ALTER COLUMN nickname DROP NOT NULL",)),
        Fix(Phase.CONTRACT, ("ALTER TABLE users DROP COLUMN nickname",)),
    ),
    deploy="the version that no longer uses users.nickname",
)
WARNING = replace(DROP, severity=Severity.WARNING, hazards=frozenset({Hazard.SURPRISES_OLD}), fix=(), deploy="")


def shown(finding: Finding) -> str:
    return plain(finding_text(finding, root=ROOT))


def test_a_finding_is_one_sentence_of_danger_and_the_safe_form() -> None:
    assert (
        shown(DROP)
        == """\
migrations/0007_drop_nickname.py:14  drop-column  breaks-old, loses-data
  ALTER TABLE users DROP COLUMN nickname        (ACCESS EXCLUSIVE on users)
  Dropping a column breaks the application version that still names it.
  Instead:
    expand    ALTER TABLE users ALTER COLUMN nickname DROP NOT NULL;
    deploy    the version that no longer uses users.nickname
    contract  ALTER TABLE users DROP COLUMN nickname;
  If no running version uses it any more, say so in the revision: safemigrate_phase = "contract"
  safemigrate split 0007 --write writes these revisions.  safemigrate explain drop-column says why.
"""
    )


def test_several_statements_of_a_phase_stand_below_each_other() -> None:
    text = shown(replace(DROP, fix=(Fix(Phase.EXPAND, ("BEGIN", "SELECT 1,\n  2", "COMMIT")),)))
    assert "    expand    BEGIN;\n              SELECT 1,\n                2;\n              COMMIT;\n" in text
    assert "    deploy    the version" in text


def test_a_long_statement_is_shortened_and_says_how_to_see_it_whole() -> None:
    body = "CREATE FUNCTION f() RETURNS trigger AS $$\n" + "  NULL;\n" * 20 + "$$"
    text = shown(replace(DROP, statement=body, fix=(Fix(Phase.EXPAND, (body, "SELECT " + "x" * 300)),)))
    assert "  CREATE FUNCTION f() RETURNS trigger AS $$ …        (ACCESS EXCLUSIVE on users)\n" in text
    assert "    expand    CREATE FUNCTION f() RETURNS trigger AS $$ …\n              SELECT xxx" in text
    assert "--format json has them whole" in text
    assert "--format json" not in shown(DROP)


def test_a_warning_says_that_it_is_one() -> None:
    assert shown(WARNING).splitlines()[0].endswith("  drop-column  surprises-old  (warning)")


def test_a_finding_in_a_downgrade_says_so() -> None:
    backwards = replace(DROP, direction=Direction.DOWNGRADE)
    assert shown(backwards).splitlines()[0].endswith("  drop-column  breaks-old, loses-data  in downgrade()")


def test_work_and_several_locks_are_told() -> None:
    locks = (
        Lock(Name("users", "public"), LockMode.SHARE_ROW_EXCLUSIVE),
        Lock(Name("teams", "crm"), LockMode.SHARE_ROW_EXCLUSIVE),
        Lock(Name("select", "public"), LockMode.SHARE),
    )
    text = shown(replace(DROP, locks=locks, work=Work.SCAN))
    assert '(SHARE ROW EXCLUSIVE on users, crm.teams, SHARE on "select" while it scans the table)' in text


def test_a_refusal_is_told() -> None:
    text = shown(replace(DROP, fix=(), deploy="", refusal="It needs a person. Decide."))
    assert "  It is not split for you: It needs a person. Decide.\n" in text
    assert "safemigrate split" not in text


def test_what_a_contract_loses_is_a_matter_of_approval() -> None:
    lost = replace(DROP, hazards=frozenset({Hazard.LOSES_DATA}), phase=Phase.CONTRACT, fix=())
    assert "  safemigrate apply asks for --accept loses-data if rows lose" in shown(lost)
    assert "--accept" not in shown(DROP)
    assert "--accept" not in shown(replace(lost, direction=Direction.DOWNGRADE))


def test_in_contract_nobody_is_told_to_write_contract() -> None:
    assert "safemigrate_phase" not in shown(replace(DROP, phase=Phase.CONTRACT))


@pytest.mark.parametrize(
    "evil",
    ["\x1b[2J", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\", "\x9b31m", "\b\b", "\r", "‮", "\x00", "\x1b"],
)
def test_sql_cannot_steer_the_terminal(evil: str) -> None:
    text = shown(replace(DROP, statement=f"SELECT '{evil}'", message=f"x{evil}y", refusal=f"x{evil}y"))
    assert not [c for c in text if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160 or c == "‮")]
    assert clean(f"a{evil}b") in ("ab", "a31mb")


def test_a_password_in_a_statement_is_not_shown() -> None:
    told = "CREATE ROLE ada PASSWORD 's3cret'"
    result = LintResult((replace(DROP, statement=told, message=told, fix=(Fix(Phase.EXPAND, (told,)),)),), 1, 1, 1)
    assert "s3cret" not in plain(findings_text(result, root=ROOT)) + findings_json(result, root=ROOT)


def test_the_last_line_sums_up() -> None:
    other = replace(WARNING, path=ROOT / "b.py")
    result = LintResult((DROP, DROP, other), revisions=6, total=124, statements=14)
    assert plain([summary(result)]) == "2 errors, 1 warning in 2 of 6 revisions (14 statements)\n"
    changed = replace(result, findings=(), scope="changed since main", revisions=1, statements=1, unreadable=1)
    assert plain([summary(changed)]) == (
        "no findings in 1 revision (1 statement, 1 statement unreadable, changed since main)\n"
    )
    nothing = LintResult(total=124, scope="changed since main")
    assert plain([summary(nothing)]) == "0 of 124 revisions checked: none changed since main\n"


def test_what_no_rule_judges_is_told_last() -> None:
    result = LintResult(revisions=1, total=1, statements=3, unjudged=("ALTER TYPE", "DROP TABLE", "DROP TABLE"))
    *_, last = findings_text(result, root=ROOT)
    assert plain([last]) == "no rule judges these yet: DROP TABLE (2), ALTER TYPE (1); read them yourself\n"
    assert last[0][1] is Style.WARNING


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    result = LintResult((DROP,), 1, 1, 1)
    terminal, file, silenced = Terminal(), io.StringIO(), Terminal()
    show(findings_text(result, root=ROOT), terminal)
    show(findings_text(result, root=ROOT), file)
    monkeypatch.setenv("NO_COLOR", "1")
    show(findings_text(result, root=ROOT), silenced)
    assert "\x1b[" in terminal.getvalue()
    assert file.getvalue() == silenced.getvalue() == clean(terminal.getvalue())


def test_nothing_is_wrapped() -> None:
    assert f"  {'word ' * 60}".rstrip() in shown(replace(DROP, message="word " * 60)).splitlines()


# -- JSON ----------------------------------------------------------------------------------------------------


def test_json_is_as_promised() -> None:
    allowed = replace(DROP, suppressed=Suppression("unused", datetime.date(2027, 1, 31)))
    result = LintResult((allowed, WARNING), revisions=2, total=9, statements=3, unreadable=1, unjudged=("TRUNCATE",))
    document = json.loads(findings_json(result, root=ROOT))
    jsonschema.validate(document, json.loads(schema_path().read_text()))
    first, second = document.pop("findings")
    assert document == {"version": 1, "unreadable": 1, "unjudged": 1, "revisions": 2, "statements": 3}
    assert first == {
        "rule": "drop-column",
        "hazards": ["breaks-old", "loses-data"],
        "severity": "error",
        "phase": "expand",
        "revision": "0007",
        "direction": "upgrade",
        "path": "migrations/0007_drop_nickname.py",
        "line": 14,
        "column": 5,
        "sql": "ALTER TABLE users DROP COLUMN nickname",
        "locks": [{"table": "public.users", "mode": "ACCESS EXCLUSIVE"}],
        "work": "instant",
        "message": "Dropping a column breaks the application version that still names it.",
        "fix": [
            {"phase": "expand", "sql": ["ALTER TABLE users ALTER COLUMN nickname DROP NOT NULL"]},
            {"phase": "contract", "sql": ["ALTER TABLE users DROP COLUMN nickname"]},
        ],
        "suppressed": {"reason": "unused", "until": "2027-01-31", "origin": "comment"},
        "fingerprint": fingerprints([DROP], root=ROOT)[0],
    }
    assert second["suppressed"] is None


def test_the_schema_knows_every_word_that_findings_use() -> None:
    schema = json.loads(schema_path().read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    finding = schema["$defs"]["finding"]["properties"]
    assert set(finding["hazards"]["items"]["enum"]) == set(Hazard)
    assert set(finding["severity"]["enum"]) == set(Severity)
    assert set(schema["$defs"]["phase"]["enum"]) == set(Phase)
    assert set(finding["work"]["enum"]) == set(Work)
    assert set(finding["locks"]["items"]["properties"]["mode"]["enum"]) == set(map(str, LockMode))
