"""The baseline of findings: what stays known when files change, and what is told when it no longer holds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from safemigrate.errors import ConfigurationError
from safemigrate.lint.findings_baseline import (
    FindingsBaseline,
    Reach,
    findings_baseline_text,
    read_findings_baseline,
    renewed,
    without_known,
)
from safemigrate.lint.result import LintResult
from safemigrate.rulebook import Finding, Hazard, Origin, Severity, Suppression

ROOT = Path("/project")
DROP = Finding(
    "drop-column",
    frozenset({Hazard.BREAKS_OLD}),
    Severity.ERROR,
    "It breaks.",
    "ALTER TABLE users DROP COLUMN nickname",
    ROOT / "versions/0007.py",
    14,
    revision="0007",
)
OTHER = replace(
    DROP, path=ROOT / "versions/0008.py", revision="0008", statement="ALTER TABLE users DROP COLUMN email"
)
BOTH = Reach(ROOT, frozenset({"0007", "0008"}), frozenset({"0007", "0008"}), frozenset({"drop-column"}))


def result(*findings: Finding) -> LintResult:
    return LintResult(findings, revisions=2, total=2, statements=2)


def written(tmp_path: Path, *findings: Finding, reach: Reach = BOTH) -> FindingsBaseline:
    """The baseline of *findings*, written and read back."""
    path = tmp_path / "baseline.json"
    path.write_text(findings_baseline_text(renewed(result(*findings), FindingsBaseline(path), reach)))
    return read_findings_baseline(path)


@pytest.mark.parametrize(
    "changed",
    [
        replace(DROP, line=99, column=9),
        replace(DROP, path=ROOT / "versions/renamed.py"),
        replace(DROP, message="Other words.", severity=Severity.WARNING),
        replace(DROP, statement="ALTER TABLE users\n    DROP COLUMN nickname"),
    ],
    ids=["moved", "renamed file", "new words of the rule", "new layout"],
)
def test_what_is_known_stays_known(tmp_path: Path, changed: Finding) -> None:
    left = without_known(result(changed), written(tmp_path, DROP), BOTH)
    assert (left.open, len(left.findings)) == ((), 1)
    assert left.findings[0].suppressed is not None
    assert left.findings[0].suppressed.origin is Origin.BASELINE


@pytest.mark.parametrize(
    "new",
    [
        replace(DROP, statement="ALTER TABLE users DROP COLUMN phone"),
        replace(DROP, rule="unreadable"),
        replace(DROP, revision="0009"),
    ],
    ids=["statement", "rule", "revision"],
)
def test_what_is_new_counts(tmp_path: Path, new: Finding) -> None:
    left = without_known(result(DROP, new), written(tmp_path, DROP), BOTH)
    assert left.open == (new,)


def test_a_second_of_the_same_counts(tmp_path: Path) -> None:
    left = without_known(result(DROP, replace(DROP, line=20)), written(tmp_path, DROP), BOTH)
    assert [finding.line for finding in left.open] == [20]


def test_an_entry_that_nothing_answers_to_is_told_at_its_line(tmp_path: Path) -> None:
    baseline = written(tmp_path, DROP, OTHER)
    (remark,) = without_known(result(OTHER), baseline, BOTH).open
    assert (remark.rule, remark.severity, remark.path) == ("baseline", Severity.WARNING, baseline.path)
    assert '"0007"' in remark.message
    assert "drop-column" in remark.message
    assert "fingerprint" in baseline.path.read_text().splitlines()[remark.line - 1]


def test_what_was_not_looked_at_is_not_stale(tmp_path: Path) -> None:
    only_new = replace(BOTH, judged=frozenset({"0008"}))
    assert without_known(result(OTHER), written(tmp_path, DROP, OTHER), only_new).open == ()


def test_what_a_rule_found_that_is_not_loaded_is_not_stale(tmp_path: Path) -> None:
    baseline, without = written(tmp_path, DROP), replace(BOTH, rules=frozenset())
    assert without_known(result(), baseline, without).open == ()
    assert renewed(result(), baseline, without).entries == baseline.entries


def test_an_entry_whose_revision_is_gone_is_stale(tmp_path: Path) -> None:
    gone = replace(BOTH, judged=frozenset({"0008"}), known=frozenset({"0008"}))
    (remark,) = without_known(result(OTHER), written(tmp_path, DROP, OTHER), gone).open
    assert 'Revision "0007" is gone' in remark.message


def test_writing_again_keeps_what_was_not_looked_at_and_drops_what_is_stale(tmp_path: Path) -> None:
    earlier = written(tmp_path, DROP, OTHER)
    partly = renewed(result(), earlier, replace(BOTH, judged=frozenset({"0008"})))
    assert [entry.revision for entry in partly.entries] == ["0007"]
    gone = replace(BOTH, judged=frozenset(), known=frozenset({"0008"}))
    assert renewed(result(), earlier, gone).entries == earlier.entries[1:]
    assert renewed(result(), earlier, BOTH).entries == ()


def test_what_a_comment_allows_is_not_written(tmp_path: Path) -> None:
    assert written(tmp_path, replace(DROP, suppressed=Suppression("unused"))).entries == ()


def test_the_file_can_be_read_by_people_and_does_not_depend_on_order(tmp_path: Path) -> None:
    text = written(tmp_path, OTHER, DROP).path.read_text()
    assert text == written(tmp_path, DROP, OTHER).path.read_text()
    first, second = json.loads(text)["findings"]
    assert {key: first[key] for key in ("rule", "revision", "path", "statement")} == {
        "rule": "drop-column",
        "revision": "0007",
        "path": "versions/0007.py",
        "statement": "ALTER TABLE users DROP COLUMN nickname",
    }
    assert second["revision"] == "0008"


def test_a_password_is_not_written(tmp_path: Path) -> None:
    secret = replace(DROP, statement="CREATE ROLE ada PASSWORD 's3cret'")
    assert "s3cret" not in written(tmp_path, secret).path.read_text()


@pytest.mark.parametrize(
    ("text", "place", "complaint"),
    [
        ("{", ":1", "it is not JSON"),
        ('{\n"version": 1,\n"findings": oh}', ":3", "it is not JSON"),
        ("[]", ":1", "its version is not 1"),
        ('{"version": 2, "findings": []}', ":1", "its version is not 1"),
        ('{"version": 1}', ":1", "findings must be a list"),
        ('{"version": 1, "findings": [{"rule": 1}]}', ":1", "rule, revision, path, statement, fingerprint"),
    ],
)
def test_a_file_that_is_no_baseline_is_refused_at_its_line(
    tmp_path: Path, text: str, place: str, complaint: str
) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=complaint) as refusal:
        read_findings_baseline(path)
    assert f"{path}{place}" == refusal.value.where


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--write-baseline"):
        read_findings_baseline(tmp_path / "nowhere.json")
    (tmp_path / "baseline.json").write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        read_findings_baseline(tmp_path / "baseline.json")
