"""The one verdict: what a rule is shown, in which order findings come, and what a phase does to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from safemigrate.history.statement import Obstacle, Reading, Revision
from safemigrate.rulebook import (
    Finding,
    Hazard,
    Hit,
    Phase,
    Policy,
    Refusal,
    Rule,
    Run,
    Severity,
    Site,
    Split,
    Statement,
    judge,
    load_rule,
    replay,
    step_sql,
)
from safemigrate.rulebook.shapes import decided, prove_not_null
from safemigrate.schema import Name, Schema
from safemigrate.schema.operations import DropColumn

GIVEN = "CREATE TABLE t (a int, b int); CREATE TABLE audit_log (a int, who text)"


def rule(
    folder: Path,
    name: str,
    check: Callable[[Site], Iterable[Hit]],
    split: Callable[[Site], Split | Refusal | None] | None = None,
    on: str = "operation",
) -> Rule:
    path = folder / f"{name}.md"
    operation = 'operation = "DropColumn"\n' if on == "operation" else ""
    path.write_text(f'+++\non = "{on}"\n{operation}hazards = ["breaks-old"]\n+++\n# {name}\n\nThe sentence.\n')
    loaded = load_rule(path)
    return Rule(loaded.page, check, split)


def run(*statements: str | tuple[str, int | None], phase: Phase | None = None, revision: str = "r2") -> Run:
    path = Path("r2.py")
    pairs = [s if isinstance(s, tuple) else (s, 0) for s in statements]
    written = tuple(
        Statement(sql, revision, path, line=n, transaction=transaction)
        for n, (sql, transaction) in enumerate(pairs, 1)
    )
    given = Reading(Revision("r1", (), path), (Statement(GIVEN, "r1", path, 1),))
    reading = Reading(Revision(revision, ("r1",), path, phase=phase), written)
    return list(replay([given, reading], Schema(complete=True)))[1]


def always(*hazards: Hazard, certain: bool = True) -> Callable[[Site], Iterable[Hit]]:
    return lambda site: [Hit(frozenset(hazards), certain=certain)]


def names(findings: Iterable[Finding]) -> list[tuple[int, str]]:
    return [(finding.line, finding.rule) for finding in findings]


def test_findings_come_in_order_of_place_then_of_rule(tmp_path: Path) -> None:
    later = rule(tmp_path, "b", always(Hazard.BREAKS_OLD))
    first = rule(tmp_path, "a", always(Hazard.BREAKS_OLD))
    whole = rule(tmp_path, "z", lambda site: [Hit(frozenset({Hazard.ADVICE}), at=1)], on="revision")
    two = run("ALTER TABLE t DROP COLUMN a", "ALTER TABLE t DROP COLUMN b")
    assert names(judge([whole, later, first], [two])) == [(1, "a"), (1, "b"), (2, "a"), (2, "b"), (2, "z")]


def test_revision_without_a_phase_is_judged_as_expand(tmp_path: Path) -> None:
    breaks = rule(tmp_path, "a", always(Hazard.BREAKS_OLD))
    (finding,) = judge([breaks], [run("ALTER TABLE t DROP COLUMN a")])
    assert finding.phase is Phase.EXPAND
    assert finding.suggested_phase is Phase.CONTRACT
    assert finding.severity is Severity.ERROR
    assert finding.message == "The sentence."


def test_finding_that_a_phase_discharges_is_none(tmp_path: Path) -> None:
    breaks = rule(tmp_path, "a", always(Hazard.BREAKS_OLD))
    assert judge([breaks], [run("ALTER TABLE t DROP COLUMN a", phase=Phase.CONTRACT)]) == ()


def test_discharged_hazards_leave_the_others(tmp_path: Path) -> None:
    loses = rule(tmp_path, "a", always(Hazard.BREAKS_OLD, Hazard.LOSES_DATA))
    (finding,) = judge([loses], [run("ALTER TABLE t DROP COLUMN a", phase=Phase.CONTRACT)])
    assert finding.hazards == {Hazard.LOSES_DATA}
    assert finding.severity is Severity.ADVICE
    assert finding.suggested_phase is None


def test_doubt_lowers_the_severity(tmp_path: Path) -> None:
    doubts = rule(tmp_path, "a", always(Hazard.BREAKS_OLD, certain=False))
    (finding,) = judge([doubts], [run("ALTER TABLE t DROP COLUMN a")])
    assert (finding.severity, finding.certain) == (Severity.WARNING, False)


def test_rule_on_a_transaction_sees_one_at_a_time(tmp_path: Path) -> None:
    seen: list[list[str]] = []

    def check(site: Site) -> Iterable[Hit]:
        seen.append([placed.statement.sql[-1] for placed in site.operations])
        return ()

    watching = rule(tmp_path, "a", check, on="transaction")
    drops = [("DROP TABLE IF EXISTS a", 0), ("DROP TABLE IF EXISTS b", 0), ("DROP TABLE IF EXISTS c", None)]
    judge([watching], [run(*drops, ("DROP TABLE IF EXISTS d", None), ("DROP TABLE IF EXISTS e", 1))])
    assert seen == [["a", "b"], ["c"], ["d"], ["e"]]


def test_rule_on_history_sees_every_run_at_once(tmp_path: Path) -> None:
    seen: list[int] = []

    def check(site: Site) -> Iterable[Hit]:
        seen.append(len(site.operations))
        return [Hit(frozenset({Hazard.ADVICE}), at=1)]

    watching = rule(tmp_path, "a", check, on="history")
    runs = [run("ALTER TABLE t DROP COLUMN a"), run("ALTER TABLE t DROP COLUMN b", revision="r3")]
    (finding,) = judge([watching], runs)
    assert seen == [2]
    assert finding.revision == "r3"


def test_rule_sees_what_the_migration_made(tmp_path: Path) -> None:
    seen: list[tuple[bool, bool]] = []

    def check(site: Site) -> Iterable[Hit]:
        op = site.operation
        assert isinstance(op, DropColumn)
        seen.append((site.is_new(op.table), site.policy.lock_timeout == "managed"))
        return ()

    watching = rule(tmp_path, "a", check)
    made = run("CREATE TABLE new (a int, b int)", "ALTER TABLE new DROP COLUMN a", "ALTER TABLE t DROP COLUMN a")
    judge([watching], [made], policy=Policy(lock_timeout="managed"))
    assert seen == [(True, True), (False, True)]


def test_split_is_the_fix_and_a_refusal_says_why(tmp_path: Path) -> None:
    def split(site: Site) -> Split | Refusal | None:
        op = site.operation
        assert isinstance(op, DropColumn)
        if op.column == "b":
            return Refusal("No.", "Ask.")
        return Split(
            frozenset({site.position}), "drops it", contract=prove_not_null(op.table, op.column), deploy="it"
        )

    both = run("ALTER TABLE t DROP COLUMN a", "ALTER TABLE t DROP COLUMN b")
    fixed, refused = judge([rule(tmp_path, "a", always(Hazard.BREAKS_OLD), split)], [both])
    assert [fix.phase for fix in fixed.fix] == [Phase.CONTRACT]
    assert fixed.deploy == "it"
    assert fixed.fix[0].sql == (
        "ALTER TABLE t ADD CONSTRAINT t_a_not_null_check CHECK (a IS NOT NULL) NOT VALID",
        "ALTER TABLE t VALIDATE CONSTRAINT t_a_not_null_check",
        "BEGIN",
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
        "ALTER TABLE t DROP CONSTRAINT t_a_not_null_check",
        "COMMIT",
    )
    assert (refused.fix, refused.refusal) == ((), "No. Ask.")


def test_a_contract_that_only_loses_data_is_not_split_again(tmp_path: Path) -> None:
    def split(site: Site) -> Split:
        return Split(frozenset({site.position}), "drops it", contract=((site.operation,),))

    drop = rule(tmp_path, "a", always(Hazard.BREAKS_OLD, Hazard.LOSES_DATA), split)
    found = {phase: judge([drop], [run("ALTER TABLE t DROP COLUMN a", phase=phase)])[0] for phase in Phase}
    assert [bool(found[phase].fix) for phase in (Phase.EXPAND, Phase.CONTRACT)] == [True, False]
    assert (found[Phase.CONTRACT].hazards, found[Phase.CONTRACT].severity) == ({Hazard.LOSES_DATA}, Severity.ADVICE)


def test_step_of_one_operation_needs_no_transaction_around_it() -> None:
    op = DropColumn(Name("t"), "a")
    assert step_sql((op,)) == (op.sql(),)
    assert step_sql((op, op)) == ("BEGIN", op.sql(), op.sql(), "COMMIT")


def test_user_rule_without_code_is_an_and_of_globs(tmp_path: Path) -> None:
    path = tmp_path / "keep_audit.md"
    path.write_text(
        '+++\non = "operation"\noperation = "DropColumn"\nhazards = ["loses-data"]\n'
        'where = { table = "audit_*", column = "w*" }\n+++\n# keep-audit\n\nKeep it.\n'
    )
    drops = run(
        "ALTER TABLE t DROP COLUMN a", "ALTER TABLE audit_log DROP COLUMN a", "ALTER TABLE audit_log DROP COLUMN who"
    )
    assert names(judge([load_rule(path)], [drops])) == [(3, "keep-audit")]


def test_what_could_not_be_read_is_placed_at_its_line() -> None:
    reading = Reading(Revision("r", (), Path("r.py")), (), (Obstacle(7, "because"),))
    (only,) = replay([reading], Schema())
    assert [(p.statement.line, p.operation.sql()) for p in only.operations] == [(7, "")]


def test_decision_is_found_with_and_without_the_schema(tmp_path: Path) -> None:
    found: list[str | None] = []

    def check(site: Site) -> Iterable[Hit]:
        found.append(decided(site, Name("t"), "a"))
        return ()

    asking = rule(tmp_path, "a", check)
    for answers in ({"t.a": "1"}, {"public.t.a": "2"}, {"other.a": "3"}):
        judge([asking], [run("ALTER TABLE t DROP COLUMN a")], answers=answers)
    assert found == ["1", "2", None]
