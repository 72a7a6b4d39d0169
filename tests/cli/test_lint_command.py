"""``safemigrate lint`` on projects as people have them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from alembic_project import ADD_EMAIL, DROP_NICKNAME, AlembicProject, Run

SHOP = Path(__file__).parents[2] / "examples" / "shop"


def test_the_shop_has_three_dangers(tmp_path: Path) -> None:
    shop = AlembicProject(Path(shutil.copytree(SHOP, tmp_path / "shop")))
    found = shop.run("lint", "--all", "--format", "json")
    errors = [f for f in json.loads(found.stdout)["findings"] if f["severity"] == "error"]
    assert [f["rule"] for f in errors] == ["rename-column", "set-not-null", "drop-column"]
    assert [int(Path(f["path"]).name[:4]) for f in errors] == [4, 5, 6]
    assert found.code == 1


def test_only_what_is_new_since_the_main_branch_is_judged(project: AlembicProject, run: Run) -> None:
    assert run("lint").stdout == "0 of 1 revision checked: none changed since main\n"
    project.revision("0002", DROP_NICKNAME, down="0001")
    untracked = run("lint")
    assert (untracked.code, untracked.stdout.startswith("migrations/versions/0002.py:10  drop-column")) == (1, True)
    project.git("add", "--all")
    assert untracked == run("lint")
    project.commit()
    assert untracked == run("lint")
    assert "in 1 of 1 revision (1 statement, changed since main)" in untracked.stdout


def test_a_finding_reads_as_documented(project: AlembicProject, run: Run) -> None:
    project.write("pyproject.toml", '[tool.safemigrate]\nlock_timeout = "managed"\n')
    project.revision("0002", DROP_NICKNAME, down="0001")
    assert (
        run("lint").stdout
        == """\
migrations/versions/0002.py:10  drop-column  breaks-old, loses-data
  ALTER TABLE users DROP COLUMN nickname        (ACCESS EXCLUSIVE on users)
  Dropping a column breaks the application version that still names it, and its data cannot be brought back.
  Instead:
    expand    ALTER TABLE users ALTER COLUMN nickname DROP NOT NULL;
    deploy    the version that no longer uses users.nickname
    contract  ALTER TABLE users DROP COLUMN nickname;
  If no running version uses it any more, say so in the revision: safemigrate_phase = "contract"
  safemigrate split 0002 --write writes these revisions.  safemigrate explain drop-column says why.

1 error in 1 of 1 revision (1 statement, changed since main)
"""
    )


def test_contract_discharges_what_breaks_the_old_version(project: AlembicProject, run: Run) -> None:
    project.revision("0002", DROP_NICKNAME, down="0001", head='safemigrate_phase = "contract"')
    assert run("lint").code == 0


def test_revisions_are_chosen_by_name_range_file_and_folder(project: AlembicProject, run: Run) -> None:
    project.revision("0002", DROP_NICKNAME, down="0001")
    project.revision("0003", ADD_EMAIL, down="0002")
    counts = {
        arguments: json.loads(run("lint", *arguments, "--format", "json").stdout)["revisions"]
        for arguments in [
            ("0002",),
            ("0001:0003",),
            (":head",),
            ("head",),
            ("migrations/versions/0003.py",),
            ("migrations",),
            ("migrations/env.py",),
            ("--all",),
            ("--since", "main"),
        ]
    }
    assert list(counts.values()) == [1, 2, 3, 1, 1, 3, 0, 3, 2]


def test_files_that_are_no_revisions_are_passed_over(project: AlembicProject, run: Run) -> None:
    project.write("app.py", "x = 1\n")
    answer = run("lint", "app.py", "migrations/env.py")
    assert (answer.code, answer.stdout) == (0, "0 of 1 revision checked: none is among the files named\n")


def test_without_git_everything_is_judged(project: AlembicProject, run: Run) -> None:
    shutil.rmtree(project.root / ".git")
    assert "1 revision (" in run("lint").stdout


def test_a_shallow_clone_is_told_what_to_fetch(project: AlembicProject, tmp_path: Path) -> None:
    project.revision("0002", ADD_EMAIL, down="0001")
    project.commit()
    project.git("switch", "--quiet", "main")
    project.write("README", "main went on")
    project.commit()
    clone = AlembicProject(tmp_path / "clone")
    clone.root.mkdir()
    clone.git("clone", "--quiet", "--depth=1", "--no-single-branch", "--branch=work", f"file://{project.root}", ".")
    answer = clone.run("lint")
    assert (answer.code, answer.stdout) == (2, "")
    assert "git fetch --unshallow" in answer.stderr


def test_the_exit_code_follows_fail_on(project: AlembicProject, run: Run) -> None:
    project.write("pyproject.toml", '[tool.safemigrate]\nlock_timeout = "managed"\n')
    project.revision("0002", DROP_NICKNAME, down="0001")
    assert [run("lint", "--fail-on", each).code for each in ("error", "advice", "never")] == [1, 1, 0]


def test_strict_does_not_take_the_unreadable_for_proven(project: AlembicProject, run: Run) -> None:
    project.revision("0002", "    op.execute('DO $$ BEGIN EXECUTE current_user; END $$')", down="0001")
    assert [run("lint").code, run("lint", "--strict").code] == [0, 3]
    project.revision(
        "0002",
        "    # safemigrate: allow unreadable -- it does nothing\n"
        "    op.execute('DO $$ BEGIN EXECUTE current_user; END $$')",
        down="0001",
    )
    assert run("lint", "--strict").code == 0


def test_a_reason_beside_the_statement_allows_it(project: AlembicProject, run: Run) -> None:
    allowed = '    op.drop_column("users", "nickname")  # safemigrate: allow drop-column -- nobody ever read it'
    project.write("pyproject.toml", '[tool.safemigrate]\nlock_timeout = "managed"\n')
    project.revision("0002", allowed, down="0001")
    answer = run("lint")
    assert (
        answer.code,
        answer.stdout,
    ) == (0, "no findings in 1 revision (1 statement, 1 finding allowed, changed since main)\n")
    (finding,) = json.loads(run("lint", "--format", "json").stdout)["findings"]
    assert finding["suppressed"] == {"reason": "nobody ever read it", "until": None, "origin": "comment"}


def test_linting_runs_neither_env_py_nor_writes_anything(project: AlembicProject, run: Run) -> None:
    project.revision("0002", DROP_NICKNAME, down="0001")
    before = {path: path.stat().st_mtime_ns for path in project.root.rglob("*") if ".git" not in path.parts}
    run("lint", "--all")
    assert before == {path: path.stat().st_mtime_ns for path in project.root.rglob("*") if ".git" not in path.parts}


def test_an_unknown_naming_convention_is_told_until_somebody_decides_it(project: AlembicProject, run: Run) -> None:
    project.write("migrations/env.py", "target_metadata = MetaData(naming_convention=names())\n")
    project.revision("0002", '    op.create_unique_constraint(None, "users", ["nickname"])', down="0001")
    answer = run("lint", "0002")
    assert "is not known" in answer.stderr
    assert "write it as naming_convention in [tool.safemigrate]" in answer.stderr
    assert "hangs on the naming convention" in answer.stdout

    project.write("pyproject.toml", "[tool.safemigrate.naming_convention]\nuq = 'uq_%(table_name)s'\n")
    answer = run("lint", "0002")
    assert "naming_convention" not in answer.stderr + answer.stdout
    assert "ADD CONSTRAINT uq_users UNIQUE (nickname)" in answer.stdout


def test_two_heads_are_both_read_and_named(project: AlembicProject, run: Run) -> None:
    project.revision("0002", DROP_NICKNAME, down="0001")
    project.revision("0003", ADD_EMAIL, down="0001")
    answer = run("lint", "--format", "json")
    assert json.loads(answer.stdout)["revisions"] == 2
    assert "2 heads (0002, 0003)" in answer.stderr


def test_a_baseline_says_what_the_history_never_made(project: AlembicProject, run: Run) -> None:
    project.revision("0002", '    op.drop_column("teams", "motto")', down="0001")
    project.write("schema.sql", "\\restrict x\nCREATE TABLE public.teams (id bigint, motto text);\n")
    relax = "ALTER COLUMN motto DROP NOT NULL"
    assert relax in run("lint").stdout
    assert relax not in run("lint", "--schema", "schema.sql").stdout
    project.write("pyproject.toml", '[tool.safemigrate]\nschema = "schema.sql"\nschema_revision = "0001"\n')
    assert relax not in run("lint").stdout


def test_sql_files_need_no_alembic(tmp_path: Path) -> None:
    folder = AlembicProject(tmp_path)
    folder.write("schema.sql", "CREATE TABLE users (id bigint PRIMARY KEY, nickname text NOT NULL);")
    folder.write("change.sql", "SET lock_timeout = '1s';\n\nALTER TABLE users DROP COLUMN nickname;\n")
    answer = folder.run("lint", "--sql", "change.sql", "--schema", "schema.sql")
    assert answer.code == 1
    assert answer.stdout.startswith("change.sql:3  drop-column  breaks-old, loses-data\n")
    assert 'say so in the file: -- safemigrate_phase = "contract"' in answer.stdout
    assert "safemigrate split" not in answer.stdout
    folder.write("change.sql", '-- safemigrate_phase = "contract"\nALTER TABLE users DROP COLUMN nickname;\n')
    assert folder.run("lint", "--sql", "change.sql", "--schema", "schema.sql").code == 0


def test_rules_of_the_project_are_judged_too(project: AlembicProject, run: Run) -> None:
    page = """\
+++
on = "operation"
operation = "AddColumn"
hazards = ["advice"]
since = "0.1"
where = { table = "audit_*" }
+++
# audit-column

Columns of audit tables are agreed with the auditors.
"""
    project.write("house/audit_column.md", page)
    project.write("pyproject.toml", '[tool.safemigrate]\nrules = ["house"]\n')
    project.revision("0002", '    op.add_column("audit_log", sa.Column("who", sa.Text()))', down="0001")
    assert "Columns of audit tables are agreed with the auditors." in run("lint").stdout


@pytest.mark.parametrize("command", [("explain", "drop-column"), ("explain", "drop_column")])
def test_explain_prints_the_page(run: Run, command: tuple[str, str]) -> None:
    answer = run(*command)
    assert (answer.code, answer.stdout.startswith("# drop-column\n")) == (0, True)
    assert "## What to do instead" in answer.stdout


def test_explain_names_a_near_rule(run: Run) -> None:
    answer = run("explain", "drop-colum")
    assert (answer.code, "Did you mean drop-column" in answer.stderr) == (2, True)


def test_rules_lists_each_with_its_sentence(run: Run) -> None:
    shown = run("rules").stdout
    assert "drop-column  breaks-old, loses-data\n  Dropping a column breaks" in shown
    listed = json.loads(run("rules", "--format", "json").stdout)["rules"]
    assert f"{len(listed)} rules." in shown
