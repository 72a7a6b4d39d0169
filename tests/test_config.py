"""Settings: where they come from, which source wins, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from safemigrate.config import FailOn, Settings, load_settings, settled
from safemigrate.errors import ConfigurationError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return tmp_path


def settings(pyproject: str = "", ini: str = "", **sources: dict[str, str]) -> Settings:
    if pyproject:
        Path("pyproject.toml").write_text(f"[tool.safemigrate]\n{pyproject}\n")
    if ini:
        Path("alembic.ini").write_text(f"[alembic]\nscript_location = %(here)s/x\n[safemigrate]\n{ini}\n")
    return load_settings(overrides=sources.get("overrides"), environment=sources.get("environment", {}))


def test_nothing_said_leaves_the_defaults() -> None:
    assert settings() == Settings()
    assert settings(overrides={"postgres": None}) == Settings()  # type: ignore[dict-item]


def test_each_source_comes_before_the_next() -> None:
    assert settings(ini="postgres = 14").postgres == 14
    assert settings(pyproject="postgres = 15", ini="postgres = 14").postgres == 15
    assert settings(environment={"SAFEMIGRATE_POSTGRES": "16"}).postgres == 16
    chosen = settings(environment={"SAFEMIGRATE_POSTGRES": "16"}, overrides={"postgres": 17})  # type: ignore[dict-item]
    assert chosen.postgres == 17


def test_paths_start_from_the_file_that_names_them(folder: Path) -> None:
    (folder / "rules").mkdir()
    (folder / "app").mkdir()
    (folder / "schema.sql").touch()
    (folder / "pyproject.toml").write_text('[tool.safemigrate]\nrules = ["rules"]\nschema = "schema.sql"\n')
    (folder / "app" / "alembic.ini").write_text("[alembic]\n")
    found = load_settings(Path("app/alembic.ini"), environment={})
    assert (found.rules, found.schema) == ((folder / "rules",), folder / "schema.sql")


def test_the_search_for_pyproject_ends_at_the_top_of_the_repository(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.safemigrate]\npostgres = 15\n")
    (folder / "other" / ".git").mkdir(parents=True)
    assert load_settings(Path("other/alembic.ini"), environment={}).postgres is None


def test_answers_are_written_with_or_without_quotes() -> None:
    assert settings(pyproject='answers = { "orders.currency" = "x" }').answers == {"orders.currency": "x"}
    assert settings(pyproject='[tool.safemigrate.answers]\norders.currency = "x"').answers == {"orders.currency": "x"}
    Path("pyproject.toml").unlink()
    assert settings(ini="[safemigrate.answers]\norders.total = 0").answers["orders.total"] == "0"


def test_lists_are_lists_lines_or_paths() -> None:
    assert settings(pyproject='enable = ["a", "b"]').enable == ("a", "b")
    assert settings(environment={"SAFEMIGRATE_ENABLE": "a:b"}).enable == ("a", "b")
    Path("pyproject.toml").unlink()
    assert settings(ini="enable =\n  a\n  b").enable == ("a", "b")


def test_what_the_rules_of_style_ask_for() -> None:
    found = settings(
        pyproject='extensions = ["citext"]\nrequired_columns = { made = "date" }\nnaming = { index = "ix_.+" }'
    )
    assert found.extensions == ("citext",)
    assert found.required_columns == {"made": "date"}
    assert found.naming == {"index": "ix_.+"}


def test_a_naming_convention_is_a_table() -> None:
    assert settings().naming_convention is None
    assert settings(ini="[safemigrate.naming_convention]\nuq = uq_%(table_name)s").naming_convention == {
        "uq": "uq_%(table_name)s"
    }
    assert settings(pyproject="naming_convention = {}").naming_convention == {}
    assert settings(pyproject='naming_convention = { pk = "pk_%(table_name)s" }').naming_convention == {
        "pk": "pk_%(table_name)s"
    }


@pytest.mark.parametrize(
    "written",
    [
        'required_columns = ["made"]',
        'naming = { view = "v_.+" }',
        'naming = { index = "(" }',
        'naming_convention = { unique = "uq_%(table_name)s" }',
        'naming_convention = "uq_%(table_name)s"',
    ],
)
def test_what_the_rules_of_style_cannot_use_is_told(written: str) -> None:
    with pytest.raises(ConfigurationError, match="Make it a table"):
        settings(pyproject=written)


def test_the_url_of_a_database_is_not_shown() -> None:
    found = settings(environment={"SAFEMIGRATE_DATABASE_URL": "postgresql://ada:s3cret@db/shop"})
    assert found.database_url.endswith("db/shop")
    assert "s3cret" not in repr(found)


def test_fail_on_is_one_of_four() -> None:
    assert settings(pyproject='fail_on = "never"').fail_on is FailOn.NEVER


@pytest.mark.parametrize(
    ("pyproject", "complaint"),
    [
        ("postgress = 15", r'pyproject.toml:2: There is no setting "postgress". Did you mean "postgres"\?'),
        ("\npostgres = 9", r"pyproject.toml:3: postgres is 9. Make it .* 14 to 18"),
        ("postgres = true", "postgres is True"),
        ('fail_on = "sometimes"', "one of error, warning, advice, never"),
        ('lock_timeout = "2s"', 'Make it "managed"'),
        ('rules = "rules"', 'There is no folder ".*rules"'),
        ("rules = [1]", "a list of strings"),
        ("rules = 1", "a list of strings"),
        ('schema = "nowhere.sql"', 'There is no file ".*nowhere.sql"'),
        ("models = 1", "a string"),
        ("answers = 1", "a table of expressions"),
        ("answers = { a = 1 }", "a table of expressions"),
        ('database_url = "postgresql://x"', "SAFEMIGRATE_DATABASE_URL"),
        ("postgres =", "This is not TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(pyproject: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        settings(pyproject=pyproject)


def test_a_wrong_ini_is_told_with_its_place() -> None:
    with pytest.raises(ConfigurationError, match=r"alembic.ini:4: postgres is '9'"):
        settings(ini="postgres = 9")
    Path("alembic.ini").write_text("[safemigrate]\nx\n")
    with pytest.raises(ConfigurationError, match=r"alembic.ini:2: This is not an ini file"):
        load_settings(environment={})
    Path("alembic.ini").write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match=r"alembic.ini: This is not UTF-8"):
        load_settings(environment={})


def test_a_wrong_variable_is_told_by_its_name() -> None:
    with pytest.raises(ConfigurationError, match="SAFEMIGRATE_POSTGRES: postgres is 'x'"):
        settings(environment={"SAFEMIGRATE_POSTGRES": "x"})


def test_a_table_that_is_no_table_is_refused_with_its_place() -> None:
    for text in ("tool = 3\n", "[tool]\nsafemigrate = 3\n"):
        Path("pyproject.toml").write_text(text)
        with pytest.raises(ConfigurationError, match=r"pyproject\.toml: tool\.safemigrate is 3"):
            load_settings()


def test_every_setting_knows_where_it_was_written(folder: Path) -> None:
    Path("alembic.ini").write_text("[alembic]\n[safemigrate]\nfail_on = never\npostgres = 14\n")
    Path("pyproject.toml").write_text('[tool.safemigrate]\n\npostgres = 15\nmodels = "a:b"\n')
    found = settled(overrides={"models": "c:d"}, environment={"SAFEMIGRATE_MAIN_BRANCH": "trunk"})
    assert found.origins == {
        "fail_on": f"{folder}/alembic.ini:3",
        "postgres": f"{folder}/pyproject.toml:3",
        "main_branch": "SAFEMIGRATE_MAIN_BRANCH",
        "models": "--models",
    }
    assert found.settings == load_settings(
        overrides={"models": "c:d"}, environment={"SAFEMIGRATE_MAIN_BRANCH": "trunk"}
    )
