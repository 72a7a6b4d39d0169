"""``safemigrate config``: each setting and where it comes from, without passwords."""

from __future__ import annotations

import json
from dataclasses import fields

import jsonschema
from alembic_project import AlembicProject

from safemigrate.config import Settings
from safemigrate.report.configuration import schema_path


def configured(project: AlembicProject) -> AlembicProject:
    project.write("alembic.ini", "[alembic]\nscript_location = migrations\n[safemigrate]\nfail_on = never\n")
    project.write(
        "pyproject.toml",
        '[tool.safemigrate]\npostgres = 15\nrules = ["house"]\n[tool.safemigrate.answers]\norders.total = "0"\n',
    )
    project.write("house/README.md", "")
    return project


def test_each_value_stands_beside_its_origin(project: AlembicProject) -> None:
    answer = configured(project).run("config", environment={"SAFEMIGRATE_MAIN_BRANCH": "trunk"})
    rows = {row[0]: row[1:] for row in (line.split() for line in answer.stdout.splitlines())}
    assert answer.code == 0
    assert rows["postgres"] == ["15", "pyproject.toml:2"]
    assert rows["rules"] == ["house", "pyproject.toml:3"]
    assert rows["answers"] == ["orders.total", "=", "0", "pyproject.toml:4"]
    assert rows["fail_on"] == ["never", "alembic.ini:4"]
    assert rows["main_branch"] == ["trunk", "SAFEMIGRATE_MAIN_BRANCH"]
    assert rows["schema"] == ["-", "default"]
    assert rows["script_location"] == ["migrations", "alembic.ini"]


def test_the_json_holds_to_its_schema_and_has_every_setting(project: AlembicProject) -> None:
    document = json.loads(configured(project).run("config", "--format", "json").stdout)
    jsonschema.validate(document, json.loads(schema_path().read_text()))
    keys = {each["key"] for each in document["settings"]}
    assert keys == {field.name for field in fields(Settings)} | {"script_location"}
    values = {each["key"]: each["value"] for each in document["settings"]}
    assert (values["postgres"], values["answers"], values["rules"]) == (15, {"orders.total": "0"}, ["house"])


def test_a_password_is_not_shown(project: AlembicProject) -> None:
    url = "postgresql://ada:s3cret@db/shop?sslpassword=s3cret"
    for style in ("text", "json"):
        answer = project.run("config", "--format", style, environment={"SAFEMIGRATE_DATABASE_URL": url})
        assert "s3cret" not in answer.stdout
        assert "postgresql://ada:***@db/shop" in answer.stdout


def test_outside_of_a_project_the_defaults_are_shown(project: AlembicProject) -> None:
    (project.root / "alembic.ini").unlink()
    answer = project.run("config")
    assert (answer.code, {line.split()[-1] for line in answer.stdout.splitlines()}) == (0, {"default"})
    assert project.run("config", "-c", "nowhere.ini").code == 2
