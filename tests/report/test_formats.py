"""Every format, read back by a real parser: what it must hold, and what no text of a migration may do to it."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from junitparser import JUnitXml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from published_schemas import published_schema

from safemigrate.history.statement import Phase, Revision
from safemigrate.lint.fingerprints import fingerprints
from safemigrate.lint.result import LintResult
from safemigrate.report.findings_json import schema_path
from safemigrate.report.formats import FORMATS, Around, render
from safemigrate.report.formats.github import ANNOTATIONS_LIMIT, SUMMARY_LIMIT, job_summary
from safemigrate.report.formats.markdown import COMMENT_LIMIT
from safemigrate.report.formats.sarif import RESULTS_LIMIT
from safemigrate.rulebook import Finding, Fix, Hazard, Origin, Severity, Suppression, load_rules

ROOT = Path("/project")
PAGES = {rule.name: rule.page for rule in load_rules()}
DROP = Finding(
    rule="drop-column",
    hazards=frozenset({Hazard.LOSES_DATA, Hazard.BREAKS_OLD}),
    severity=Severity.ERROR,
    message="Dropping a column breaks the application version that still names it.",
    statement="ALTER TABLE users DROP COLUMN nickname",
    path=ROOT / "migrations" / "0007 drop.py",
    line=14,
    column=5,
    revision="0007",
    fix=(
        Fix(Phase.EXPAND, ("ALTER TABLE users ALTER COLUMN nickname DROP NOT NULL",)),
        Fix(Phase.CONTRACT, ("ALTER TABLE users DROP COLUMN nickname",)),
    ),
    deploy="the version that no longer uses users.nickname",
)
WARNING = replace(DROP, rule="drop-not-null", severity=Severity.WARNING, line=20, fix=(), deploy="")
ADVICE = replace(WARNING, severity=Severity.ADVICE, hazards=frozenset({Hazard.ADVICE}), line=30)
ALLOWED = replace(DROP, line=40, suppressed=Suppression("unused", datetime.date(2027, 1, 31)))
KNOWN = replace(DROP, line=50, suppressed=Suppression("in baseline.json", origin=Origin.BASELINE))
CLEAN = Revision("0008", ("0007",), ROOT / "migrations" / "0008.py")
RESULT = LintResult((DROP, WARNING, ADVICE, ALLOWED, KNOWN), revisions=2, total=9, statements=5, unjudged=("LOCK",))

HOSTILE = [
    "\n::error file=x::owned",
    "\r\n::stop-commands::t\n##[error]owned",
    "%0A::add-mask::x%",
    "\x1b]8;;http://evil\x07click\x1b[2J",
    "\x00\x0b￾\ud800 nul",
    "``` \n```\n# heading\n",
    "`x` ``y`` ```",
    "|a|b|\n|-|-|",
    "<script>alert(1)</script><img src=x onerror=y>",
    "</details></failure>]]>",
    "[link](http://evil) ![i](http://evil) http://evil www.evil.example mail@evil.example",
    "@everyone please see #12 and !34",
    "‮reversed",
    "\"quotes\" 'and' \\ back",
    "- list\n1. list\n> quote",
]


def around(**changes: Any) -> Around:
    return replace(Around(ROOT, ROOT, judged=(Revision("0007", (), DROP.path), CLEAN), pages=PAGES), **changes)


def rendered(name: str, *findings: Finding, **changes: Any) -> str:
    result = LintResult(findings, revisions=2, total=9, statements=5) if findings else RESULT
    return render(name, result, around(**changes))


def hostile(evil: str) -> Finding:
    return replace(
        DROP,
        message=f"It breaks {evil} here.",
        statement=f"SELECT '{evil}'",
        path=ROOT / "m" / evil.translate({ord("/"): None, 0: None, 0xD800: "\udcff"}),
        fix=(Fix(Phase.EXPAND, (f"SELECT '{evil}'",)),),
        deploy=f"the version {evil}",
        refusal=f"no {evil}",
    )


def allowed(evil: str) -> Finding:
    return replace(hostile(evil), suppressed=Suppression(f"because {evil}"))


# -- JSON, SARIF, GitLab -------------------------------------------------------------------------------------


def sarif_schema() -> Any:
    return published_schema("https://json.schemastore.org/sarif-2.1.0.json")


def test_sarif_holds_to_the_published_schema_and_says_what_is_allowed() -> None:
    document = json.loads(rendered("sarif"))
    jsonschema.Draft7Validator(sarif_schema()).validate(document)
    (run,) = document["runs"]
    results = run["results"]
    assert [each["level"] for each in results] == ["error", "warning", "note", "error", "error"]
    assert [[s["kind"] for s in each["suppressions"]] for each in results] == [[], [], [], ["inSource"], ["external"]]
    assert results[3]["suppressions"][0]["justification"] == "unused"
    place = results[0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "migrations/0007%20drop.py", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 14, "startColumn": 5}
    rules = run["tool"]["driver"]["rules"]
    assert [rules[each["ruleIndex"]]["id"] for each in results] == [each["ruleId"] for each in results]
    assert "## What to do instead" in rules[0]["help"]["markdown"]
    assert "No rule judges these yet: LOCK." in json.dumps(run["invocations"])


def test_a_wrong_sarif_would_be_noticed() -> None:
    document = json.loads(rendered("sarif"))
    document["runs"][0]["results"][0]["level"] = "fatal"
    assert not jsonschema.Draft7Validator(sarif_schema()).is_valid(document)


def test_sarif_keeps_the_loudest_of_too_many_and_says_so() -> None:
    many = [replace(ADVICE, line=n) for n in range(1, RESULTS_LIMIT + 2)]
    (run,) = json.loads(rendered("sarif", *many, DROP))["runs"]
    assert (len(run["results"]), run["results"][0]["level"]) == (RESULTS_LIMIT, "error")
    assert "2 findings of 25002 left out" in json.dumps(run["invocations"])


def test_a_file_outside_of_the_repository_has_a_whole_address() -> None:
    (run,) = json.loads(rendered("sarif", replace(DROP, path=Path("/elsewhere/a b.py"))))["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "file:///elsewhere/a%20b.py"}


def test_gitlab_lists_the_open_findings_with_unique_fingerprints() -> None:
    issues = json.loads(rendered("gitlab", DROP, DROP, WARNING, ADVICE, ALLOWED, KNOWN))
    assert [each["severity"] for each in issues] == ["major", "major", "minor", "info"]
    assert len({each["fingerprint"] for each in issues}) == len(issues)
    assert issues[0]["location"] == {"path": "migrations/0007 drop.py", "lines": {"begin": 14}}
    assert {"description", "check_name", "fingerprint", "severity", "location"} == set(issues[0])


@pytest.mark.parametrize("name", ["sarif", "gitlab", "json"])
def test_fingerprints_stay_when_lines_move_and_layout_changes(name: str) -> None:
    moved = replace(
        DROP, line=99, column=1, message="New words.", statement=DROP.statement.replace(" DROP", "\n  DROP")
    )
    others = [replace(DROP, statement="SELECT 1"), replace(DROP, rule="unreadable"), replace(DROP, revision="0009")]
    assert marks(name, DROP) == marks(name, moved)
    assert all(marks(name, DROP) != marks(name, other) for other in others)


def marks(name: str, finding: Finding) -> list[str]:
    return re.findall(r'"(?:fingerprint|primaryLocationLineHash)": "([0-9a-f]+)"', rendered(name, finding))


def test_a_fingerprint_is_made_without_passwords() -> None:
    secrets = [replace(DROP, statement=f"CREATE ROLE ada PASSWORD '{each}'") for each in ("one", "two")]
    first, second = (fingerprints([each], root=ROOT) for each in secrets)
    assert first == second


@pytest.mark.parametrize("evil", HOSTILE)
def test_documents_stay_whole_whatever_a_migration_says(evil: str) -> None:
    findings = (hostile(evil), allowed(evil))
    jsonschema.validate(json.loads(rendered("json", *findings)), json.loads(schema_path().read_text()))
    jsonschema.Draft7Validator(sarif_schema()).validate(json.loads(rendered("sarif", *findings)))
    assert len(json.loads(rendered("gitlab", *findings))) == 1


# -- JUnit ---------------------------------------------------------------------------------------------------


#: the attributes (those with ! must be there) and the children of each element that we write.
#: Source: the XML schema of Jenkins' xUnit plugin (junit-10.xsd)
JUNIT = {
    "testsuites": ("name time tests failures errors", "testsuite"),
    "testsuite": ("name! tests! failures! errors! time skipped timestamp hostname", "testcase system-out system-err"),
    "testcase": ("name! classname time", "skipped failure system-out system-err"),
    "failure": ("type message", ""),
    "skipped": ("", ""),
    "system-out": ("", ""),
}


def wrong_in_junit(text: str) -> list[str]:
    """What an element has that it may not have, or lacks."""
    found = []
    for element in ElementTree.fromstring(text.encode()).iter():
        attributes, children = JUNIT[element.tag]
        known = {name.rstrip("!") for name in attributes.split()}
        required = {name.rstrip("!") for name in attributes.split() if name.endswith("!")}
        odd = {*(element.attrib.keys() - known), *(required - element.attrib.keys())}
        found += [f"{element.tag} {name}" for name in odd]
        found += [f"{element.tag} > {child.tag}" for child in element if child.tag not in children.split()]
    return found


def test_junit_holds_to_the_schema_of_jenkins() -> None:
    assert wrong_in_junit(rendered("junit")) == []
    skipped = rendered("junit", ALLOWED)
    assert wrong_in_junit(skipped) == []
    assert wrong_in_junit(skipped.replace("<skipped>", "<skipped message='x'>")) == ["skipped message"]


def test_junit_has_a_case_for_each_revision_and_rule() -> None:
    read = JUnitXml.fromstring(rendered("junit", DROP, WARNING, ALLOWED).encode())
    (suite,) = read
    cases = {(case.classname, case.name): [type(each).__name__ for each in case.result] for case in suite}
    assert cases == {
        ("migrations/0008.py", "no findings"): [],
        ("migrations/0007 drop.py", "drop-column"): ["Failure"],
        ("migrations/0007 drop.py", "drop-not-null"): [],
    }
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (3, 1, 0, 0)


def test_junit_fails_what_fails_the_run() -> None:
    def failures(fail_on: Severity | None) -> int:
        (suite,) = JUnitXml.fromstring(rendered("junit", DROP, WARNING, fail_on=fail_on).encode())
        return int(suite.failures)

    assert [failures(None), failures(Severity.ERROR), failures(Severity.WARNING)] == [0, 1, 2]


def test_what_is_allowed_is_skipped_with_its_reason() -> None:
    (suite,) = JUnitXml.fromstring(rendered("junit", ALLOWED, judged=()).encode())
    assert (suite.skipped, next(iter(suite)).result[0].text) == (1, "unused")


@pytest.mark.parametrize("evil", HOSTILE)
def test_junit_stays_whole_whatever_a_migration_says(evil: str) -> None:
    read = ElementTree.fromstring(rendered("junit", hostile(evil), judged=()).encode())
    assert [each.tag for each in read.iter()] == ["testsuites", "testsuite", "testcase", "failure", "system-out"]


# -- GitHub --------------------------------------------------------------------------------------------------


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The workflow commands of a log, as the runner reads them. Source: actions/runner, ActionCommand.cs."""
    found = []
    for line in re.split(r"\r\n|\r|\n", text):
        assert "##[" not in line
        match = re.match(r"\s*::(\w[\w-]*)(?: ([^:]*))?::(.*)", line)
        if match:
            pairs = (pair.split("=", 1) for pair in (match[2] or "").split(",") if pair)
            found.append((match[1], {key: unescaped(value) for key, value in pairs}, unescaped(match[3])))
    return found


def unescaped(text: str) -> str:
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def test_github_annotates_lines() -> None:
    (first, *others) = commands(rendered("github", DROP, WARNING, ADVICE, ALLOWED))
    assert [command for command, _, _ in others] == ["warning", "notice"]
    command, properties, message = first
    assert (
        command,
        properties["file"],
        properties["line"],
        properties["col"],
    ) == ("error", "migrations/0007 drop.py", "14", "5")
    assert properties["title"] == "drop-column: breaks-old, loses-data"
    assert message.startswith("ALTER TABLE users DROP COLUMN nickname\nDropping a column")


def test_an_annotation_says_what_the_statement_says() -> None:
    ((_, _, message),) = commands(rendered("github", replace(DROP, statement="SELECT '%0A' LIKE '50%'")))
    assert message.startswith("SELECT '%0A' LIKE '50%'\nDropping")


def test_github_says_what_it_will_not_show() -> None:
    many = [replace(DROP, line=n) for n in range(1, ANNOTATIONS_LIMIT + 4)]
    text = rendered("github", *many)
    assert len(commands(text)) == ANNOTATIONS_LIMIT
    assert "3 more findings of level error without an annotation" in text
    assert "  migrations/0007 drop.py:13  drop-column\n" in text


@pytest.mark.parametrize("evil", HOSTILE)
def test_no_migration_gives_commands_to_the_runner(evil: str) -> None:
    found = commands(rendered("github", hostile(evil), *[allowed(evil)] * 12, *[hostile(evil)] * 12))
    assert [command for command, _, _ in found] == ["error"] * ANNOTATIONS_LIMIT
    assert {"file", "line", "col", "title"} == set(found[0][1])


@pytest.mark.parametrize("evil", HOSTILE)
@pytest.mark.parametrize("name", ["text", "markdown"])
def test_a_log_of_github_holds_no_commands(name: str, evil: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from safemigrate.report.text import in_log

    text = rendered(name, hostile(evil))
    assert in_log(text) == text
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert commands(in_log(text)) == []


def test_the_job_summary_has_all_findings_within_its_limit() -> None:
    many = LintResult(tuple(replace(DROP, line=n) for n in range(1, 500)), 1, 1, 500)
    text = job_summary(many, around())
    assert len(text.encode()) <= SUMMARY_LIMIT
    assert text.count("❌") == 499


# -- Markdown ------------------------------------------------------------------------------------------------


def tokens(text: str) -> list[Token]:
    """What a reader of GitHub's Markdown sees, links without brackets included."""
    parser = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
    return [token for block in parser.parse(text) for token in (block, *(block.children or []))]


def prose(text: str) -> str:
    return "\n".join(token.content for token in tokens(text) if token.type == "text")


def kinds(text: str) -> set[str]:
    return {token.type for token in tokens(text)}


def html(text: str) -> set[str]:
    return {
        tag
        for token in tokens(text)
        if token.type.startswith("html")
        for tag in re.findall(r"<[^>]*>", token.content)
    }


def test_markdown_reads_as_a_comment() -> None:
    text = rendered("markdown")
    assert {"<details>", "<summary>", "</summary>", "</details>"} == html(text)
    blocks = [token.content for token in tokens(text) if token.type == "fence"]
    assert blocks[0] == "ALTER TABLE users DROP COLUMN nickname\n"
    assert "ALTER TABLE users ALTER COLUMN nickname DROP NOT NULL;\n" in blocks
    assert "Dropping a column breaks the application version that still names it." in prose(text)


@pytest.mark.parametrize("evil", HOSTILE)
def test_no_migration_makes_markup(evil: str) -> None:
    text = rendered("markdown", hostile(evil), allowed(evil))
    plain = rendered("markdown", hostile("x"), allowed("x"))
    assert kinds(plain) | {"text_special", "code_inline"} >= kinds(text)
    assert html(plain) == html(text)
    assert sum(token.type == "heading_open" for token in tokens(text)) == 1
    seen = "\n".join(token.content for token in tokens(text) if token.type in ("text", "text_special"))
    assert not re.search(r"@\w|(?<!\w)[#!]\d", seen)
    # what GitHub would make a link of without being asked
    bare = re.sub(r"(`+)(?s:.*?)\1", "", text)
    assert not re.search(r"https?://|www\.\w|\w@\w", bare)


@pytest.mark.parametrize("long", [1, 70_000])
def test_a_comment_stays_within_what_github_takes(long: int) -> None:
    many = [replace(DROP, line=n, message="é" * long) for n in range(1, 400)]
    text = rendered("markdown", WARNING, *many)
    assert len(text.encode()) <= COMMENT_LIMIT
    shown = text.count("❌") + text.count("⚠️")
    assert f"{400 - shown} more findings did not fit here" in text
    assert ("</details>" in text) == (long == 1)


# -- text ----------------------------------------------------------------------------------------------------


def test_a_terminal_gets_colours_links_and_the_lines_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    source = [f"line {n}" for n in range(1, 16)]
    text = rendered("text", DROP, terminal=True, sources={DROP.path: source})
    assert "file:///project/migrations/0007%20drop.py" in text
    plain = re.sub(r"\x1b\]8;[^\x1b]*\x1b\\|\x1b\[[0-9;]*m", "", text)
    assert "    12 │ line 12\n    13 │ line 13\n  ▸ 14 │ line 14\n    15 │ line 15\n" in plain
    assert "│" not in rendered("text", DROP, sources={DROP.path: source})


@pytest.mark.parametrize("evil", HOSTILE)
def test_no_migration_steers_the_terminal(evil: str) -> None:
    text = rendered("text", hostile(evil), terminal=True, sources={hostile(evil).path: [evil] * 20})
    rest = re.sub(r"\x1b\]8;[^\x1b]*\x1b\\|\x1b\[[0-9;]*m", "", text)
    assert not [c for c in rest if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160 or c == "‮")]
    assert "http://evil" not in "".join(re.findall(r"\x1b\]8;[^\x1b]*", text))


# -- all -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_found_is_a_report_too(name: str) -> None:
    text = render(name, LintResult(total=9, scope="changed since main"), around(judged=()))
    assert text.endswith("\n")
    readers: dict[str, Callable[[str], object]] = {"json": json.loads, "sarif": json.loads, "gitlab": json.loads}
    readers["junit"] = ElementTree.fromstring
    readers.get(name, str)(text)


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_shows_a_password(name: str) -> None:
    sql = "CREATE ROLE ada PASSWORD 's3cret'"
    secret = replace(DROP, statement=sql, message=sql, fix=(Fix(Phase.EXPAND, (sql,)),), refusal=sql, deploy=sql)
    assert "s3cret" not in rendered(name, secret, replace(secret, suppressed=Suppression(sql)))
