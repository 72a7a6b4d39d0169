"""Several changes in one release: put into order where they commute, refused by name where they do not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from projects import alembic, chain, project, release, split, succeed

from safemigrate.errors import SplitRefused
from safemigrate.history import Phase
from safemigrate.plan.plan import only_asks
from safemigrate.schema.catalog import differences, snapshot
from safemigrate.schema.operations import Query

TABLES = """
op.execute("CREATE TABLE users (id bigint PRIMARY KEY, full_name text NOT NULL, email text, fax text NOT NULL)")
op.execute("CREATE TABLE posts (id bigint PRIMARY KEY, body text)")
"""
RENAME = 'op.alter_column("users", "full_name", new_column_name="name")'


def same_end(tmp_path: Path, make_database: Callable[..., str], *upgrades: str) -> Path:
    """Splits the release of *upgrades* and proves that it ends in their schema; gives the split project."""
    authored, parted = (
        project(tmp_path / "authored", TABLES, *upgrades),
        project(tmp_path / "split", TABLES, *upgrades),
    )
    split(parted, "r1")
    found = []
    for folder in (authored, parted):
        database = make_database()
        succeed(alembic(folder, database, "upgrade", "head"))
        with psycopg.connect(database) as connection:
            found.append(snapshot(connection, ignoring=["alembic_version"]))
    assert differences(*found) == ()
    return parted


def test_changes_of_different_columns_are_ordered(tmp_path: Path, make_database: Callable[..., str]) -> None:
    parted = same_end(
        tmp_path,
        make_database,
        RENAME,
        'op.add_column("users", sa.Column("age", sa.Integer()))',
        'op.drop_column("users", "fax")',
    )
    assert chain(parted) == ["r1", "r2", "r3", "r4", "r2_migrate", "r2_contract", "r4_contract"]


def test_a_revision_that_is_safe_as_written_is_left_alone(tmp_path: Path) -> None:
    body = 'op.add_column("users", sa.Column("age", sa.Integer()))'
    parted = project(tmp_path, TABLES, body, RENAME)
    text = (parted / "migrations" / "versions" / "r2.py").read_text()
    files = split(parted, "r1")
    assert (parted / "migrations" / "versions" / "r2.py").read_text() == text
    assert [file.revision for file in files] == ["r3", "r3_migrate", "r3_contract"]


def test_a_later_not_null_of_a_renamed_column_is_ordered_behind_the_rename(
    tmp_path: Path, make_database: Callable[..., str]
) -> None:
    rename = 'op.alter_column("users", "email", new_column_name="mail")'
    parted = same_end(tmp_path, make_database, rename, 'op.alter_column("users", "mail", nullable=False)')
    assert chain(parted) == ["r1", "r2", "r3", "r2_migrate", "r2_contract", "r3_contract"]


def test_an_update_of_a_renamed_column_is_refused_by_name(tmp_path: Path) -> None:
    folder = project(tmp_path, TABLES, RENAME, 'op.execute("UPDATE users SET name = upper(name) WHERE id = 1")')
    with pytest.raises(SplitRefused) as refused:
        release(folder, "r1")
    assert "r3 depends on r2: both change public.users.name" in str(refused.value)
    assert "Release r2 first, contract included, and r3 after it." in str(refused.value)


def test_a_column_made_anew_under_a_dropped_name_is_refused_by_name(tmp_path: Path) -> None:
    again = 'op.add_column("users", sa.Column("fax", sa.Integer()))'
    folder = project(tmp_path, TABLES, 'op.drop_column("users", "fax")', again)
    with pytest.raises(SplitRefused, match=r"r3 depends on r2: both change public\.users\.fax"):
        release(folder, "r1")


def test_a_column_that_a_later_revision_drops_is_refused_a_change(tmp_path: Path) -> None:
    widened = 'op.alter_column("users", "code", type_=sa.BigInteger())'
    tables = TABLES + 'op.add_column("users", sa.Column("code", sa.Integer()))'
    folder = project(tmp_path, tables, widened, 'op.drop_column("users", "code")')
    with pytest.raises(
        SplitRefused, match=r"this drops users\.code, and r2 .* before\. Both are about .*users\.code"
    ):
        release(folder, "r1")


def test_two_changes_in_one_revision_share_its_phases(tmp_path: Path, make_database: Callable[..., str]) -> None:
    parted = same_end(tmp_path, make_database, f'{RENAME}\nop.drop_column("users", "fax")')
    assert chain(parted) == ["r1", "r2", "r2_migrate", "r2_contract"]


def test_safe_statements_and_comments_stay_beside_a_change(tmp_path: Path) -> None:
    body = f"""
    # ages are asked for since spring
    op.add_column("users", sa.Column("age", sa.Integer()))
    # one name is enough
    {RENAME}
    """
    parted = project(tmp_path, TABLES, "\n".join(line.strip() for line in body.splitlines() if line.strip()))
    split(parted, "r1")
    text = (parted / "migrations" / "versions" / "r2.py").read_text()
    added = 'op.add_column("users", sa.Column("age", sa.Integer()), if_not_exists=True)'
    assert f"    # ages are asked for since spring\n    {added}" in text
    assert "    # one name is enough\n" in text
    assert "new_column_name" not in text


def test_a_danger_without_a_known_safe_form_is_refused_at_its_line(tmp_path: Path) -> None:
    folder = project(tmp_path, TABLES, 'op.add_column("users", sa.Column("born", sa.Date(), nullable=False))')
    with pytest.raises(SplitRefused, match=r"r2\.py:11: .*born"):
        release(folder, "r1")


def test_a_column_filled_behind_its_rename_is_split_once_it_is_renamed_last(tmp_path: Path) -> None:
    fill = """op.execute("UPDATE users SET mail = 'none' WHERE mail IS NULL")"""
    rename, bind = (
        'op.alter_column("users", "email", new_column_name="mail")',
        'op.alter_column("users", "mail", nullable=False)',
    )
    refused = project(tmp_path / "refused", TABLES, f"{rename}\n{fill}\n{bind}")
    with pytest.raises(SplitRefused, match=r"r2\.py:13: users\.mail is filled while") as error:
        release(refused, "r1")
    assert len(error.value.each) == 1
    told = error.value.remedy.removeprefix("Rename it last: ")
    assert told.startswith(
        "UPDATE users SET email = 'none' WHERE email IS NULL; ALTER TABLE users ALTER COLUMN email"
    )
    pasted = project(tmp_path / "pasted", TABLES, "\n".join(f"op.execute({each!r})" for each in told.split("; ")))
    assert [file.phase for file in split(pasted, "r1")] == [Phase.EXPAND, Phase.MIGRATE, Phase.CONTRACT]


def test_what_a_revision_makes_or_renames_beside_it_is_none_of_that_order(tmp_path: Path) -> None:
    body = """
op.alter_column("users", "email", new_column_name="mail")
op.alter_column("users", "full_name", new_column_name="post")
op.execute("UPDATE users SET mail = post WHERE mail IS NULL")
op.alter_column("users", "mail", nullable=False)
"""
    with pytest.raises(SplitRefused, match=r"users\.mail is filled while") as error:
        release(project(tmp_path, TABLES, body), "r1")
    assert "Rename it last" not in str(error.value)


REFUSED_WITHIN = {
    "an update of the renamed column": f'{RENAME}\nop.execute("UPDATE users SET name = upper(name) WHERE id = 1")',
    "a block that nobody can read": f'{RENAME}\nop.execute("DO $$ BEGIN EXECUTE current_user; END $$")',
    "a change under a condition": 'if op.get_bind() is not None:\n    op.drop_column("users", "fax")',
    "a change in a computed loop": 'for column in sorted(["fax"]):\n    op.drop_column("users", column)',
    "another search path": f'op.execute("SET search_path TO public, app")\n{RENAME}',
}


@pytest.mark.parametrize("body", REFUSED_WITHIN.values(), ids=REFUSED_WITHIN.keys())
def test_what_cannot_be_put_off_within_a_revision_is_refused_at_its_line(tmp_path: Path, body: str) -> None:
    folder = project(tmp_path, TABLES, body)
    text = (folder / "migrations" / "versions" / "r2.py").read_text()
    with pytest.raises(SplitRefused, match=r"r2\.py:1[12]: "):
        split(folder, "r1")
    assert (folder / "migrations" / "versions" / "r2.py").read_text() == text


def test_a_later_block_that_nobody_can_read_is_refused_by_name(tmp_path: Path) -> None:
    folder = project(tmp_path, TABLES, RENAME, 'op.execute("DO $$ BEGIN EXECUTE current_user; END $$")')
    with pytest.raises(SplitRefused, match="r3 depends on r2: one of them does what cannot be read"):
        release(folder, "r1")


def test_a_select_that_calls_a_function_is_a_step() -> None:
    assert only_asks(Query((), "SELECT count(*) FROM users WHERE id IN (1, 2)"))
    assert not only_asks(Query((), "SELECT setval('users_id_seq', 1000)"))
    assert not only_asks(Query((), "DO 'BEGIN RAISE EXCEPTION $$no$$; END'"))


def test_a_revision_that_was_not_read_to_its_end_is_refused_at_its_line(tmp_path: Path) -> None:
    folder = project(tmp_path, TABLES, 'raise RuntimeError("not today")', RENAME)
    with pytest.raises(SplitRefused, match=r"r2\.py:11: the revision could not be read: .*not today"):
        split(folder, "r1")


def test_a_contract_that_nobody_can_undo_says_so_in_its_downgrade(tmp_path: Path, database: str) -> None:
    # what it looks like since it was changed is not known word for word
    given = 'op.execute("CREATE TYPE pair AS (a int)")\nop.execute("ALTER TYPE pair ADD ATTRIBUTE b int")'
    folder = project(tmp_path, TABLES + given, 'op.execute("DROP TYPE pair")')
    split(folder, "r1")
    text = (folder / "migrations" / "versions" / "r2_contract.py").read_text()
    assert text.endswith('    raise NotImplementedError("nobody can say what undoes this: DROP TYPE pair")\n')
    succeed(alembic(folder, database, "upgrade", "head"))
    refused = alembic(folder, database, "downgrade", "-1")
    assert "nobody can say what undoes this: DROP TYPE pair" in refused.stderr


def test_a_dropped_table_comes_back_empty(tmp_path: Path, database: str) -> None:
    given = 'op.execute("CREATE VIEW shown AS SELECT id FROM posts")'
    folder = project(tmp_path, TABLES + given, 'op.execute("DROP VIEW shown")\nop.drop_table("posts")')
    split(folder, "r1")
    succeed(alembic(folder, database, "upgrade", "r2"))
    with psycopg.connect(database) as connection:
        before = snapshot(connection, ignoring=["alembic_version"])
    succeed(alembic(folder, database, "upgrade", "head"))
    succeed(alembic(folder, database, "downgrade", "r2"))
    with psycopg.connect(database) as connection:
        assert differences(before, snapshot(connection, ignoring=["alembic_version"])) == ()


OBJECTS = (
    TABLES
    + """
op.execute("CREATE SEQUENCE numbers")
op.execute("CREATE DOMAIN mail AS text")
op.execute("CREATE VIEW letters AS SELECT id FROM posts")
op.execute("CREATE INDEX ix ON users (email)")
op.execute("CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1'")
op.execute("ALTER TABLE posts ADD CONSTRAINT once UNIQUE (body)")
"""
)

#: what an earlier revision drops or makes in its contract, and what a later one makes before that
ON_ONE_NAME = {
    "a sequence": ("DROP SEQUENCE numbers", "CREATE SEQUENCE numbers"),
    "a domain": ("DROP DOMAIN mail", "CREATE DOMAIN mail AS integer"),
    "a view": ("DROP VIEW letters", "CREATE VIEW letters AS SELECT 1 AS one"),
    "a function": ("DROP FUNCTION one()", "CREATE FUNCTION one() RETURNS text LANGUAGE sql AS 'SELECT 1::text'"),
    "a function that would be replaced": (
        "DROP FUNCTION one()",
        "CREATE OR REPLACE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 2'",
    ),
    "an index that takes a name": ("DROP INDEX ix", "ALTER INDEX once RENAME TO ix"),
    "the index of a constraint": ("ALTER TABLE posts DROP CONSTRAINT once", "CREATE INDEX once ON users (email)"),
    "the type of a table": ("DROP TABLE posts CASCADE", "CREATE TYPE posts AS ENUM ('a')"),
    "a key that is referred to": (
        "ALTER TABLE users ADD CONSTRAINT u UNIQUE (email)",
        "ALTER TABLE posts ADD COLUMN mail text REFERENCES users (email)",
    ),
    "a key that a new table refers to": (
        "ALTER TABLE users ADD CONSTRAINT u UNIQUE (email)",
        "CREATE TABLE bills (mail text REFERENCES users (email))",
    ),
}


@pytest.mark.parametrize(("first", "second"), ON_ONE_NAME.values(), ids=ON_ONE_NAME.keys())
def test_what_needs_the_contract_of_an_earlier_revision_is_refused_by_name(
    tmp_path: Path, first: str, second: str
) -> None:
    folder = project(tmp_path, OBJECTS, f'op.execute("{first}")', f'op.execute("{second}")')
    with pytest.raises(SplitRefused, match=r"r3 depends on r2: .* Release r2 first, contract included"):
        release(folder, "r1")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('op.execute("DROP SEQUENCE numbers")\nop.execute("CREATE SEQUENCE numbers")', "the name public.numbers"),
        ('op.drop_table("posts")\nop.execute("CREATE TYPE posts AS ENUM (\'a\')")', "the name public.posts"),
        (
            'op.drop_constraint("once", "posts")\nop.create_index("once", "users", ["email"])',
            "the name public.once",
        ),
        (f'{RENAME}\nop.execute("CREATE VIEW people AS SELECT * FROM users")', "this takes all columns of a table"),
        (
            'op.drop_column("users", "fax")\nop.execute("CREATE VIEW people AS SELECT * FROM users")',
            "this takes all columns of a table",
        ),
    ],
)
def test_what_needs_the_contract_of_its_own_revision_is_refused_at_its_line(
    tmp_path: Path, body: str, said: str
) -> None:
    objects = OBJECTS.replace("CREATE VIEW letters AS SELECT id FROM posts", "SELECT 1")
    folder = project(tmp_path, objects, body)
    with pytest.raises(SplitRefused, match=rf"r2\.py:12: .*{said}"):
        release(folder, "r1")


def test_a_reference_to_another_key_of_the_table_is_ordered(
    tmp_path: Path, make_database: Callable[..., str]
) -> None:
    parted = same_end(
        tmp_path,
        make_database,
        'op.create_unique_constraint("u", "users", ["email"])',
        'op.add_column("posts", sa.Column("user_id", sa.BigInteger(), sa.ForeignKey("users.id")))',
    )
    assert chain(parted) == ["r1", "r2", "r3", "r2_contract"]


def test_a_contract_that_names_no_table_looks_for_rows_in_all(
    tmp_path: Path, make_database: Callable[..., str]
) -> None:
    folder = project(tmp_path, OBJECTS, 'op.execute("DROP FUNCTION one()")')
    split(folder, "r1")
    assert chain(folder) == ["r1", "r2", "r2_contract"]
    empty, filled = make_database(), make_database()
    succeed(alembic(folder, empty, "upgrade", "head"))
    succeed(alembic(folder, filled, "upgrade", "r2"))
    with psycopg.connect(filled) as connection:
        connection.execute("INSERT INTO users VALUES (1, 'Ada', NULL, '')")
    refused = alembic(folder, filled, "upgrade", "head")
    assert "r2_contract is a contract" in refused.stderr
    succeed(alembic(folder, filled, "upgrade", "head", allow=True))


def test_a_contract_says_once_what_holds_for_all_its_changes(tmp_path: Path) -> None:
    parted = project(tmp_path, TABLES, 'op.drop_column("users", "fax")\nop.drop_column("users", "email")')
    contract = split(parted, "r1")[-1].text
    assert [contract.count(f"Ends the change that drops users.{column}.") for column in ("fax", "email")] == [1, 1]
    assert contract.count("The data that it drops does not come back.\n\nRevision ID") == 1
    assert contract.count("does not come back") == 1


def test_a_contract_says_which_version_must_be_there_before_it(tmp_path: Path) -> None:
    folder = project(tmp_path, TABLES, 'op.create_unique_constraint("users_email", "users", ["email"])')
    *_, contract = split(folder, "r1")
    said = " ".join(contract.text.split())
    assert "Deploy before it the version that writes no duplicates of email to users" in said
