"""What the rules about columns propose, beyond the examples of their pages, and why they refuse."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from authored import revision

from safemigrate.history.statement import Phase
from safemigrate.rulebook import Policy, Refusal, Rule, Run, Site, Split, load_rules, step_sql
from safemigrate.rulebook.judge import sites
from safemigrate.schema import Name
from safemigrate.schema.renaming import EndRename

RULES = {rule.name: rule for rule in load_rules()}


def sites_with_hits(rule: Rule, run: Run) -> Iterable[Site]:
    return [site for site in sites(rule, [run], Policy("managed"), None, {}) if list(rule.check(site))]


def messages(rule: str, given: str, migration: str, *, apart: bool = False) -> list[str]:
    run = revision(given, migration, apart=apart)
    return [hit.message for site in sites_with_hits(RULES[rule], run) for hit in RULES[rule].check(site)]


def propose(rule: str, given: str, migration: str, *, parameters: bool = False) -> list[Split | Refusal | None]:
    """What the rule proposes at each place where it finds something."""
    split = RULES[rule].split
    assert split is not None
    run = revision(given, migration, parameters=parameters)
    return [split(site) for site in sites_with_hits(RULES[rule], run)]


def phases(rule: str, given: str, migration: str) -> dict[str, list[str]]:
    """The statements of the one split, by phase."""
    (proposal,) = propose(rule, given, migration)
    assert isinstance(proposal, Split)
    return {p.value: [s for step in proposal.steps(p) for s in step_sql(step)] for p in Phase if proposal.steps(p)}


def consumed(rule: str, given: str, migration: str) -> list[int]:
    (proposal,) = propose(rule, given, migration)
    assert isinstance(proposal, Split)
    return sorted(proposal.consumes)


@pytest.mark.parametrize(
    ("rule", "given", "migration"),
    [
        ("drop-column", "SELECT 1", "CREATE TABLE t (a text, b text); ALTER TABLE t DROP COLUMN a"),
        ("drop-column", "CREATE TABLE t (a text)", "ALTER TABLE t DROP COLUMN IF EXISTS b"),
        ("rename-column", "SELECT 1", "CREATE TABLE t (a text); ALTER TABLE t RENAME a TO b"),
        ("set-not-null", "SELECT 1", "CREATE TABLE t (a text); ALTER TABLE t ALTER a SET NOT NULL"),
        ("set-not-null", "CREATE TABLE t (a text NOT NULL)", "ALTER TABLE t ALTER a SET NOT NULL"),
        ("backfill-in-ddl-transaction", "CREATE TABLE t (a text)", "UPDATE t SET a = ''; ALTER TABLE t ADD b text"),
    ],
)
def test_what_is_harmless_is_not_split(rule: str, given: str, migration: str) -> None:
    split = RULES[rule].split
    assert split is not None
    run = revision(given, migration)
    assert messages(rule, given, migration) == []
    assert [split(site) for site in sites(RULES[rule], [run], Policy("managed"), None, {})][-1:] == [None]


# -- drop-column ---------------------------------------------------------------------------------------------------


def test_a_cascade_names_what_it_takes_along() -> None:
    given = """
        CREATE TABLE users (id bigint PRIMARY KEY, code text UNIQUE, nick text UNIQUE);
        CREATE TABLE orders (code text CONSTRAINT whose REFERENCES users (code));
        CREATE TABLE visits (user_id bigint CONSTRAINT by_whom REFERENCES users);
    """
    (code,) = messages("drop-column", given, "ALTER TABLE users DROP COLUMN code CASCADE")
    assert "the foreign key whose of public.orders" in code
    assert "by_whom" not in code
    (id_,) = messages("drop-column", given, "ALTER TABLE users DROP COLUMN id CASCADE")
    assert "the foreign key by_whom of public.visits" in id_
    assert messages("drop-column", given, "ALTER TABLE users DROP COLUMN nick CASCADE") == [""]
    assert messages("drop-column", given, "ALTER TABLE users DROP COLUMN code") == [""]


def test_a_required_column_of_the_primary_key_is_refused_and_a_supplied_one_is_not() -> None:
    drop = "ALTER TABLE seats DROP COLUMN hall"
    (refusal,) = propose("drop-column", "CREATE TABLE seats (hall int, seat int, PRIMARY KEY (hall, seat))", drop)
    assert isinstance(refusal, Refusal)
    assert "primary key" in refusal.reason
    assert phases("drop-column", "CREATE TABLE seats (hall serial PRIMARY KEY, seat int)", drop) == {
        "contract": [drop]
    }


def test_a_check_is_only_in_the_way_where_nothing_supplies_the_value() -> None:
    given = "CREATE TABLE users (a text DEFAULT 'x' CHECK (a IS NOT NULL), b text, CHECK (b IS NOT NULL AND a <> ''))"
    drop = "ALTER TABLE users DROP COLUMN a"
    assert phases("drop-column", given, drop) == {"contract": [drop]}


def test_a_column_that_the_history_never_made_is_reported_all_the_same() -> None:
    assert messages("drop-column", "CREATE TABLE users (id bigint)", "ALTER TABLE users DROP COLUMN nickname") == [""]


def test_a_not_null_that_is_not_validated_is_in_the_way_of_its_own_column() -> None:
    given = "CREATE TABLE users (a text, b text); ALTER TABLE users ADD CONSTRAINT nn NOT NULL a NOT VALID"
    drop = "ALTER TABLE users DROP COLUMN {}"
    assert phases("drop-column", given, drop.format("b")) == {"contract": [drop.format("b")]}
    assert phases("drop-column", given, drop.format("a")) == {
        "expand": ["ALTER TABLE users ALTER COLUMN a DROP NOT NULL"],
        "contract": [drop.format("a")],
    }


def test_a_check_of_another_column_does_not_forbid_null() -> None:
    given = "CREATE TABLE users (a text NOT NULL, b text CHECK (b IS NOT NULL))"
    assert messages("drop-not-null", given, "ALTER TABLE users ALTER a DROP NOT NULL") == [""]


def test_drop_column_says_what_it_does_and_what_to_deploy() -> None:
    (split,) = propose("drop-column", "CREATE TABLE users (nickname text)", "ALTER TABLE users DROP COLUMN nickname")
    assert isinstance(split, Split)
    assert split.change == "drops users.nickname"
    assert split.deploy == "the version that no longer uses users.nickname"


# -- rename-column -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "more", "named"),
    [
        ("a text", "CREATE INDEX ix ON t (a(b))", "index ix"),
        ("a text", "CREATE TRIGGER tr BEFORE UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION f()", "trigger tr"),
        (
            "a text",
            "CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW WHEN (NEW.a <> OLD.a) EXECUTE FUNCTION f()",
            "trigger tr",
        ),
        ("b int, a int GENERATED ALWAYS AS (b * 2) STORED", "", "expression that it is generated from"),
    ],
)
def test_a_rename_is_refused_by_what_hangs_on_the_column(columns: str, more: str, named: str) -> None:
    given = f"CREATE TABLE other (id bigint PRIMARY KEY); CREATE TABLE t ({columns}); {more}"
    (refusal,) = propose("rename-column", given, "ALTER TABLE t RENAME COLUMN a TO z")
    assert isinstance(refusal, Refusal)
    assert refusal.reason.endswith(f"because of the {named}.")
    assert 'z = mapped_column("a")' in refusal.remedy


@pytest.mark.parametrize(
    ("key", "named"), [("PARTITION BY LIST (a)", "the partition key"), ("PARTITION BY LIST (b)", "the index ix")]
)
def test_a_rename_in_a_partitioned_table_has_limits(key: str, named: str) -> None:
    given = f"CREATE TABLE t (a text, b text) {key}; CREATE INDEX ix ON t (a)"
    (refusal,) = propose("rename-column", given, "ALTER TABLE t RENAME COLUMN a TO z")
    assert isinstance(refusal, Refusal)
    assert named in refusal.reason


@pytest.mark.parametrize(
    ("columns", "more", "named"),
    [
        ("a text PRIMARY KEY", "", "t_pkey"),
        ("a text CONSTRAINT one UNIQUE", "", "one"),
        ("a text, b text, CONSTRAINT pair UNIQUE (b, a)", "", "pair"),
        ("a text CONSTRAINT one UNIQUE", "CREATE UNIQUE INDEX ix ON t (lower(a)) WHERE a <> ''", "one, ix"),
    ],
)
def test_a_rename_asks_whether_a_version_upserts(columns: str, more: str, named: str) -> None:
    given, rename = f"CREATE TABLE t ({columns}); {more}", "ALTER TABLE t RENAME COLUMN a TO z"
    (refusal,) = propose("rename-column", given, rename)
    assert isinstance(refusal, Refusal)
    assert f"t.a is unique by {named}, and nobody said" in refusal.reason
    assert refusal.question is not None
    assert (refusal.question.key, refusal.question.example) == ("t.a", "false")


@pytest.mark.parametrize(
    ("columns", "more"),
    [
        ("a text, ba text CONSTRAINT few CHECK (ba <> '')", "CREATE INDEX ix ON t (lower(ba)) WHERE ba <> ''"),
        ("a text, b text PRIMARY KEY, c text UNIQUE REFERENCES t", "CREATE INDEX ix ON t (b, c)"),
        ("a int, aa int, b int GENERATED ALWAYS AS (aa * 2) STORED", ""),
        ("a text, x text, EXCLUDE USING btree (x WITH =)", ""),
    ],
)
def test_what_hangs_on_other_columns_is_in_nobodys_way(columns: str, more: str) -> None:
    (split,) = propose("rename-column", f"CREATE TABLE t ({columns}); {more}", "ALTER TABLE t RENAME COLUMN a TO z")
    assert isinstance(split, Split)


@pytest.mark.parametrize(
    ("given", "migration", "reason"),
    [
        ("CREATE TABLE t (a text, z text)", "ALTER TABLE t RENAME a TO z", "has a column z already"),
        ("SELECT 1", "ALTER TABLE t RENAME a TO z", "does not say what t.a is"),
        ("ALTER TABLE t ALTER a SET NOT NULL", "ALTER TABLE t RENAME a TO z", "does not say what t.a is"),
        ("CREATE TABLE t (a text)", "ALTER TABLE t RENAME a TO b; ALTER TABLE t RENAME b TO z", "more than once"),
    ],
)
def test_a_rename_is_refused_with_the_reason(given: str, migration: str, reason: str) -> None:
    refusal = propose("rename-column", given, migration)[0]
    assert isinstance(refusal, Refusal)
    assert reason in refusal.reason


@pytest.mark.parametrize(
    ("columns", "more", "migrate"),
    [
        ("a text", "CREATE INDEX ix ON t (a)", ["CREATE INDEX CONCURRENTLY ix__z ON t (z)"]),
        (
            "a text, b text",
            "CREATE INDEX ix ON t USING hash (b) WHERE t.a > 'a' AND a IS NOT NULL",
            ["CREATE INDEX CONCURRENTLY ix__z ON t USING hash (b) WHERE t.z > 'a' AND z IS NOT NULL"],
        ),
        ("a bigint, b bigint, CONSTRAINT up FOREIGN KEY (b, a) REFERENCES other (x, y)", "", []),
        ('a text, "A" text', 'ALTER TABLE t ADD CONSTRAINT few CHECK ("A" <> a) NOT VALID', []),
        ("a text, EXCLUDE USING btree (a WITH =)", "", []),
        ("a text", "CREATE VIEW v AS SELECT a FROM t", []),
        ("a bigint REFERENCES other ON DELETE SET NULL (a)", "", []),
        ("a serial", "", []),
        ("a bigint GENERATED ALWAYS AS IDENTITY", "", []),
        ("a int, b int GENERATED ALWAYS AS (a * 2) STORED", "", []),
        ("a bigint DEFAULT nextval('numbers')", "", []),
    ],
)
def test_what_hangs_on_a_renamed_column_stays_there(columns: str, more: str, migrate: list[str]) -> None:
    given = f"CREATE TABLE other (x bigint, y bigint, PRIMARY KEY (x, y)); CREATE TABLE t ({columns}); {more}"
    found = phases("rename-column", given, "ALTER TABLE t RENAME COLUMN a TO z")
    assert migrate == found["migrate"][1:]
    assert [f"DROP INDEX IF EXISTS {line.split()[3]}" for line in migrate] == found["contract"][3:-2]
    assert EndRename(Name("t"), "a", "z").sql() == found["contract"][-2]


@pytest.mark.parametrize(
    ("columns", "more", "later", "named"),
    [
        ("a text UNIQUE", "", "CREATE INDEX ix ON t (z)", "the constraint t_a_key"),
        ("a text", "CREATE VIEW v AS SELECT a FROM t", "GRANT SELECT (z) ON t TO PUBLIC", "the view public.v"),
        ("a text", "CREATE POLICY own ON t USING (a <> '')", "COMMENT ON COLUMN t.z IS 'x'", "the policy own"),
        ("a text, b text", "CREATE STATISTICS s ON a, b FROM t", "CREATE VIEW v AS SELECT z FROM t", "statistics"),
        ("a text", "CREATE PUBLICATION p FOR TABLE t (a)", "CREATE INDEX ix ON t (z)", "the publication p"),
    ],
)
def test_where_the_new_column_has_to_stay_what_has_no_clone_is_named(
    columns: str, more: str, later: str, named: str
) -> None:
    found = propose("rename-column", f"CREATE TABLE t ({columns}); {more}", f"ALTER TABLE t RENAME a TO z; {later}")
    assert isinstance(found[0], Refusal)
    assert named in found[0].reason


def test_what_is_made_on_other_columns_and_tables_lets_the_old_column_stay() -> None:
    given = "CREATE TABLE t (a text UNIQUE, b text); CREATE TABLE u (z text)"
    later = "CREATE INDEX ix ON t (b); CREATE INDEX iu ON u (z)"
    (refusal,) = propose("rename-column", given, f"ALTER TABLE t RENAME a TO z; {later}")
    assert isinstance(refusal, Refusal)
    assert refusal.question is not None


def test_renames_of_other_tables_and_columns_do_not_count() -> None:
    given = "CREATE TABLE t (a text, b text); CREATE TABLE u (a text)"
    renames = "ALTER TABLE t RENAME a TO x; ALTER TABLE t RENAME b TO y; ALTER TABLE u RENAME a TO x"
    assert [type(p) for p in propose("rename-column", given, renames)] == [Split, Split, Split]


# -- set-not-null --------------------------------------------------------------------------------------------------


def test_the_reason_is_the_one_that_holds() -> None:
    given = "CREATE TABLE t (a text, b text CHECK (b IS NOT NULL), c text)"
    assert messages("set-not-null", given, "ALTER TABLE t ALTER a SET NOT NULL") == [""]
    (scan,) = messages(
        "set-not-null", given, "ALTER TABLE t ADD d text DEFAULT ''; ALTER TABLE t ALTER d SET NOT NULL"
    )
    assert "reads every row of t" in scan
    recipe = """
        ALTER TABLE t ADD CONSTRAINT k CHECK (c IS NOT NULL) NOT VALID;
        ALTER TABLE t VALIDATE CONSTRAINT k; ALTER TABLE t ALTER c SET NOT NULL
    """
    (breaks,) = messages("set-not-null", given, recipe)
    assert "may still write NULL to t.c" in breaks


ADDED = "ALTER TABLE t ADD COLUMN c text"
TIGHT = "ALTER TABLE t ALTER COLUMN c SET NOT NULL"
GIVEN = "CREATE TABLE t (id bigint PRIMARY KEY, a text); CREATE TABLE u (c text)"


@pytest.mark.parametrize(
    ("statements", "positions"),
    [
        ([ADDED, "UPDATE t SET c = a", TIGHT], [0, 1, 2]),
        ([ADDED, "CREATE INDEX ix ON t (c)", "UPDATE t SET c = a", TIGHT], [0, 2, 3]),
        ([ADDED, "UPDATE t SET c = a WHERE c IS NULL", TIGHT], [0, 1, 2]),
        ([ADDED, "UPDATE t SET c = a WHERE (t.c IS NULL)", TIGHT], [0, 1, 2]),
        ([ADDED, 'UPDATE t SET c = a WHERE "t"."c" is null', TIGHT], [0, 1, 2]),
        ([ADDED, "UPDATE t SET c = a WHERE T.C IS NULL", TIGHT], [0, 1, 2]),
        ([ADDED, "UPDATE t SET c = a WHERE public.t.c IS NULL", TIGHT], [2]),
        ([ADDED, "UPDATE u SET c = ''", "UPDATE t SET a = ''", "UPDATE t SET c = a", TIGHT], [0, 3, 4]),
        (["ALTER TABLE t ADD d text", "ALTER TABLE u ADD d text", ADDED, "UPDATE t SET c = a", TIGHT], [2, 3, 4]),
        (["ALTER TABLE u RENAME c TO d", "ALTER TABLE u ADD c text", ADDED, "UPDATE t SET c = a", TIGHT], [2, 3, 4]),
        # only rows of one kind
        ([ADDED, "UPDATE t SET c = a WHERE id > 5", TIGHT], [2]),
        ([ADDED, "UPDATE t SET c = a WHERE a IS NULL", TIGHT], [2]),
        ([ADDED, "UPDATE t SET c = a WHERE c IS NULL AND a IS NULL", TIGHT], [2]),
        ([ADDED, "UPDATE t SET c = a WHERE c IS NOT NULL", TIGHT], [2]),
        # more than one column, more than one UPDATE
        ([ADDED, "UPDATE t SET c = a, a = ''", TIGHT], [2]),
        ([ADDED, "UPDATE t SET c = 'x' WHERE id = 1", "UPDATE t SET c = 'y' WHERE c IS NULL", TIGHT], [3]),
        # a row of another table can be looked up by a trigger, too
        ([ADDED, "UPDATE t SET c = (SELECT u.c FROM u LIMIT 1)", TIGHT], [0, 1, 2]),
        ([ADDED, "UPDATE t SET c = (SELECT tableoid::text FROM u LIMIT 1)", TIGHT], [0, 1, 2]),
        # other rows of its own, the column itself, another spelling of the table, no value
        ([ADDED, "UPDATE t SET c = (SELECT o.a FROM t o LIMIT 1)", TIGHT], [2]),
        ([ADDED, "UPDATE t SET c = u.c FROM u", TIGHT], [2]),
        ([ADDED, "UPDATE t SET c = coalesce(c, '')", TIGHT], [2]),
        ([ADDED, "UPDATE t SET c = public.t.a", TIGHT], [2]),
        ([ADDED, "UPDATE t SET c = NULL", TIGHT], [2]),
        # an UPDATE after the SET NOT NULL has nothing to fill
        ([ADDED, TIGHT, "UPDATE t SET c = a"], [1]),
        # with a default no row is NULL, and the UPDATE overwrites
        (["ALTER TABLE t ADD COLUMN c text DEFAULT 'x'", "UPDATE t SET c = a", TIGHT], [2]),
        # what is not instant, or brings more, keeps its own finding
        (["ALTER TABLE t ADD COLUMN c text UNIQUE", "UPDATE t SET c = a", TIGHT], [1, 2]),
        (["ALTER TABLE t ADD COLUMN c text REFERENCES u (c)", "UPDATE t SET c = a", TIGHT], [1, 2]),
        (
            [
                "ALTER TABLE t ADD c text DEFAULT ''",
                "UPDATE t SET c = a",
                "ALTER TABLE t ALTER c DROP DEFAULT",
                TIGHT,
            ],
            [2, 3],
        ),
        # the default must stay until contract
        (["ALTER TABLE t ADD c text DEFAULT ''", TIGHT, "ALTER TABLE t ALTER c DROP DEFAULT"], [1, 2]),
        (["ALTER TABLE t ADD c text DEFAULT ''", "ALTER TABLE t ALTER a DROP DEFAULT", TIGHT], [2]),
        (["ALTER TABLE t ADD c text DEFAULT ''", "ALTER TABLE u ALTER c DROP DEFAULT", TIGHT], [2]),
    ],
)
def test_set_not_null_takes_what_belongs_to_it(statements: list[str], positions: list[int]) -> None:
    assert consumed("set-not-null", GIVEN, "; ".join(statements)) == positions


@pytest.mark.parametrize("where", ["", " WHERE c IS NULL"])
def test_an_update_of_a_column_that_holds_values_only_fills_what_is_null(where: str) -> None:
    given = "CREATE TABLE t (a text, c text)"
    expected = [0, 1] if where else [1]
    assert consumed("set-not-null", given, f"UPDATE t SET c = a{where}; {TIGHT}") == expected


@pytest.mark.parametrize("column", ["c", "t.c", 'public."t"."c"', '"public"."t".c'])
def test_the_column_may_be_spelled_with_its_table_and_schema(column: str) -> None:
    update = f"UPDATE public.t SET c = a WHERE {column} IS NULL"
    migration = f"{ADDED}; {update}; ALTER TABLE public.t ALTER COLUMN c SET NOT NULL"
    assert consumed("set-not-null", GIVEN, migration) == [0, 1, 2]


def test_what_an_earlier_check_forbids_needs_no_trigger() -> None:
    given = f"{GIVEN}; ALTER TABLE t ADD CONSTRAINT k CHECK (a IS NOT NULL) NOT VALID"
    assert consumed("set-not-null", given, f"UPDATE t SET a = '' WHERE a IS NULL; {TIGHT.replace(' c ', ' a ')}") == [
        1
    ]


def test_a_default_that_an_existing_column_loses_is_another_change() -> None:
    given = "CREATE TABLE t (c text DEFAULT 'x')"
    assert consumed("set-not-null", given, f"{TIGHT}; ALTER TABLE t ALTER c DROP DEFAULT") == [0]


def test_what_the_next_transaction_takes_back_was_felt_meanwhile() -> None:
    migration = f"{TIGHT.replace(' c ', ' a ')}; ALTER TABLE t ALTER a DROP NOT NULL"
    assert messages("set-not-null", GIVEN, migration, apart=True) == [""]
    back = "CREATE TABLE t (a text NOT NULL)", f"ALTER TABLE t ALTER a DROP NOT NULL; {TIGHT.replace(' c ', ' a ')}"
    assert "reads every row" in messages("set-not-null", *back)[0]
    assert messages("set-not-null", *back, apart=True) == [""]


def test_a_check_that_came_with_its_column_stays_with_it() -> None:
    inline = "ALTER TABLE t ADD COLUMN c text CONSTRAINT k CHECK (c IS NOT NULL)"
    assert phases("set-not-null", GIVEN, f"{inline}; {TIGHT}") == {"contract": [TIGHT]}


def test_a_named_not_null_of_the_revision_waits_with_it() -> None:
    recipe = "ALTER TABLE t ADD CONSTRAINT nn NOT NULL a NOT VALID"
    tight = TIGHT.replace(" c ", " a ")
    assert phases("set-not-null", GIVEN, f"{recipe}; {tight}") == {
        "contract": [recipe, "ALTER TABLE t VALIDATE CONSTRAINT nn", tight]
    }


def test_an_update_whose_values_travel_beside_it_is_left_alone() -> None:
    (split,) = propose("set-not-null", GIVEN, f"{ADDED}; UPDATE t SET c = a; {TIGHT}", parameters=True)
    assert isinstance(split, Split)
    assert sorted(split.consumes) == [2]


@pytest.mark.parametrize(
    "migration",
    [
        f"ALTER TABLE t RENAME a TO c; UPDATE t SET c = '' WHERE c IS NULL; {TIGHT}",
        f"ALTER TABLE t RENAME a TO z; {ADDED}; UPDATE t SET c = lower(t.z); {TIGHT}",
        f"UPDATE t SET a = '' WHERE a IS NULL; {ADDED}; UPDATE t SET c = a; {TIGHT}; {TIGHT.replace(' c ', ' a ')}",
    ],
)
def test_a_column_is_not_filled_from_what_another_trigger_has_yet_to_write(migration: str) -> None:
    (refusal,) = [p for p in propose("set-not-null", GIVEN, migration) if isinstance(p, Refusal)]
    assert "t.c is filled while" in refusal.reason


@pytest.mark.parametrize(
    "migration",
    [
        f"ALTER TABLE t RENAME id TO z; {ADDED}; UPDATE t SET c = a; {TIGHT}",
        f"ALTER TABLE u RENAME c TO a; {ADDED}; UPDATE t SET c = a; {TIGHT}",
        f"ALTER TABLE t ADD z text; ALTER TABLE t RENAME z TO y; {ADDED}; UPDATE t SET c = y; {TIGHT}",
        f"{ADDED}; UPDATE t SET c = a; {TIGHT}; ALTER TABLE t ALTER a SET NOT NULL",
        f"ALTER TABLE t RENAME a TO c; {TIGHT}",
    ],
)
def test_other_renames_and_requirements_are_in_nobodys_way(migration: str) -> None:
    assert all(isinstance(p, Split) for p in propose("set-not-null", GIVEN, migration))


def test_a_default_that_goes_in_the_same_revision_goes_last() -> None:
    dropped = "ALTER TABLE t ALTER COLUMN c DROP DEFAULT"
    found = phases("set-not-null", GIVEN, f"ALTER TABLE t ADD c text DEFAULT ''; {TIGHT}; {dropped}")
    assert found["contract"][-1] == dropped
    assert "expand" not in found


def test_the_recipe_is_told_from_a_constraint_of_another_table_with_its_name() -> None:
    recipe = (
        "ALTER TABLE t ADD CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE u ADD CONSTRAINT t_a_check CHECK (c <> '')"
    )
    recipe += "; ALTER TABLE t VALIDATE CONSTRAINT t_a_check; ALTER TABLE t ALTER a SET NOT NULL"
    recipe += "; ALTER TABLE u DROP CONSTRAINT t_a_check; ALTER TABLE t DROP CONSTRAINT t_a_check"
    assert consumed("set-not-null", GIVEN, recipe) == [0, 2, 3, 5]
    assert phases("set-not-null", GIVEN, recipe)["contract"] == [
        "ALTER TABLE t ADD CONSTRAINT t_a_check CHECK (a IS NOT NULL) NOT VALID",
        "ALTER TABLE t VALIDATE CONSTRAINT t_a_check",
        "BEGIN",
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
        "ALTER TABLE t DROP CONSTRAINT t_a_check",
        "COMMIT",
    ]


def test_a_named_not_null_that_is_not_validated_only_wants_validation() -> None:
    given = f"{GIVEN}; ALTER TABLE t ADD CONSTRAINT nn NOT NULL a NOT VALID"
    assert phases("set-not-null", given, "ALTER TABLE t ALTER COLUMN a SET NOT NULL") == {
        "contract": ["ALTER TABLE t VALIDATE CONSTRAINT nn", "ALTER TABLE t ALTER COLUMN a SET NOT NULL"]
    }


def test_a_column_made_nullable_again_in_the_same_transaction_is_only_read() -> None:
    (scan,) = messages(
        "set-not-null", GIVEN, "ALTER TABLE t ALTER a SET NOT NULL; ALTER TABLE t ALTER a DROP NOT NULL"
    )
    assert "reads every row of t" in scan


# -- backfill-in-ddl-transaction -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "dml", "reason"),
    [
        (ADDED, "DELETE FROM t WHERE id < 0", "DELETE from t"),
        (ADDED, "INSERT INTO u (c) SELECT a FROM t", "INSERT … SELECT into u"),
        (ADDED, "UPDATE t SET c = u.c FROM u", "UPDATE of t needs more"),
        (ADDED, "UPDATE t SET id = id + 1", "must not run twice"),
        (ADDED, "UPDATE t SET c = a, a = c", "must not run twice"),
        (ADDED, "UPDATE t SET c = a; UPDATE t SET a = b; UPDATE t SET b = c", "reads a, which a later one writes"),
        (
            ADDED,
            "UPDATE t SET a = 'y' WHERE a = 'x'; UPDATE t SET a = 'x' WHERE a = 'z'",
            "reads a, which a later one",
        ),
        (
            ADDED,
            "UPDATE t SET c = '1' WHERE id > 5; UPDATE t SET id = 9 WHERE a = 'x'",
            "reads id, which a later one",
        ),
        ("ALTER TABLE t DROP COLUMN id", "UPDATE t SET a = ''", "comes before it: ALTER TABLE t DROP COLUMN id"),
        ("ALTER TABLE t RENAME a TO b", "UPDATE t SET b = ''", "comes before it: ALTER TABLE t RENAME"),
        ("ALTER TABLE t ALTER a TYPE varchar(5)", "UPDATE t SET a = ''", "comes before it: ALTER TABLE t ALTER"),
    ],
)
def test_a_backfill_is_refused_with_the_reason(before: str, dml: str, reason: str) -> None:
    (refusal,) = propose("backfill-in-ddl-transaction", GIVEN, f"{before}; {dml}")
    assert isinstance(refusal, Refusal)
    assert reason in refusal.reason
    assert 'safemigrate_phase = "migrate"' in refusal.remedy


def test_a_backfill_whose_values_travel_beside_it_is_refused() -> None:
    (refusal,) = propose("backfill-in-ddl-transaction", GIVEN, f"{ADDED}; UPDATE t SET c = a", parameters=True)
    assert isinstance(refusal, Refusal)


def test_values_that_are_mapped_one_by_one_are_filled_in_batches() -> None:
    mapped = ["UPDATE t SET a = 'A' WHERE a = 'a'", "UPDATE t SET a = 'B' WHERE a IN ('b', 'c') AND id > 0"]
    assert phases("backfill-in-ddl-transaction", GIVEN, "; ".join([ADDED, *mapped])) == {"migrate": mapped}


def test_what_comes_after_the_backfill_is_not_in_its_way() -> None:
    found = phases("backfill-in-ddl-transaction", GIVEN, f"{ADDED}; UPDATE t SET c = a; ALTER TABLE t DROP COLUMN a")
    assert found == {"migrate": ["UPDATE t SET c = a WHERE c IS NULL"]}


@pytest.mark.parametrize(
    ("before", "update", "expected"),
    [
        (ADDED, "UPDATE t SET c = a", "UPDATE t SET c = a WHERE c IS NULL"),
        (ADDED, "UPDATE t SET c = a WHERE c IS NULL", "UPDATE t SET c = a WHERE c IS NULL"),
        (ADDED, "UPDATE t SET c = a WHERE id > 5", "UPDATE t SET c = a WHERE (id > 5) AND c IS NULL"),
        # the old version knows the column and the default fills it: the author's UPDATE is meant to overwrite
        (ADDED, "UPDATE t SET a = ''", "UPDATE t SET a = ''"),
        ("ALTER TABLE t ADD c text DEFAULT 'x'", "UPDATE t SET c = a", "UPDATE t SET c = a"),
    ],
)
def test_a_backfill_leaves_alone_what_the_versions_wrote(before: str, update: str, expected: str) -> None:
    assert phases("backfill-in-ddl-transaction", GIVEN, f"{before}; {update}") == {"migrate": [expected]}


def test_a_backfill_that_belongs_to_set_not_null_is_left_to_it() -> None:
    assert propose("backfill-in-ddl-transaction", GIVEN, f"{ADDED}; UPDATE t SET c = a; {TIGHT}") == [None]
    other = "ALTER TABLE t ADD COLUMN d text"
    both = f"{ADDED}; {other}; UPDATE t SET c = a; UPDATE t SET d = a; {TIGHT}"
    assert phases("backfill-in-ddl-transaction", GIVEN, both) == {"migrate": ["UPDATE t SET d = a WHERE d IS NULL"]}


def test_a_backfill_that_set_not_null_cannot_take_is_not_left_lying() -> None:
    migration = f"{ADDED}; UPDATE t SET c = a WHERE id > 5; {TIGHT}"
    assert phases("backfill-in-ddl-transaction", GIVEN, migration) == {
        "migrate": ["UPDATE t SET c = a WHERE (id > 5) AND c IS NULL"]
    }
    # a check of an earlier revision binds the old version already: no trigger, so the backfill is its own change
    given = f"{GIVEN}; ALTER TABLE t ADD CONSTRAINT k CHECK (a IS NOT NULL) NOT VALID"
    migration = "ALTER TABLE t ADD d text; UPDATE t SET a = '' WHERE a IS NULL; ALTER TABLE t ALTER a SET NOT NULL"
    assert phases("backfill-in-ddl-transaction", given, migration) == {
        "migrate": ["UPDATE t SET a = '' WHERE a IS NULL"]
    }


def test_a_commit_of_the_revision_itself_ends_the_wait() -> None:
    assert messages("backfill-in-ddl-transaction", GIVEN, f"{ADDED}; COMMIT; UPDATE t SET c = a") == []
    assert len(messages("backfill-in-ddl-transaction", GIVEN, f"{ADDED}; SAVEPOINT s; UPDATE t SET c = a")) == 1


@pytest.mark.parametrize(
    "migration",
    [
        "CREATE TABLE n (c text); ALTER TABLE n ADD d text; INSERT INTO n (c) SELECT c FROM u",
        f"{ADDED}; CREATE TABLE n (c text); UPDATE n SET c = ''",
        f"{ADDED}; INSERT INTO u (c) VALUES ('x')",
        f"{ADDED}; INSERT INTO alembic_version SELECT 'x'",
        "CREATE INDEX CONCURRENTLY ix ON t (a)",
    ],
)
def test_no_backfill_or_nobody_who_waits(migration: str) -> None:
    assert messages("backfill-in-ddl-transaction", GIVEN, migration) == []


def test_it_says_who_waits_for_what() -> None:
    (both,) = messages("backfill-in-ddl-transaction", GIVEN, f"{ADDED}; UPDATE u SET c = ''")
    assert both == (
        "The UPDATE of u runs while the transaction holds ACCESS EXCLUSIVE on public.t, "
        "so all reads and writes of public.t wait until it ends."
    )
    (writes,) = messages("backfill-in-ddl-transaction", GIVEN, "CREATE INDEX ix ON t (a); UPDATE u SET c = ''")
    assert "holds SHARE on public.t, so all writes of public.t wait" in writes
