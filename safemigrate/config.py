"""Settings: [tool.safemigrate] in pyproject.toml, [safemigrate] in alembic.ini, SAFEMIGRATE_* in the environment.

The command line comes first, then the environment, pyproject.toml, alembic.ini, and last the defaults.
"""

from __future__ import annotations

import enum
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from configparser import ConfigParser, DuplicateOptionError, DuplicateSectionError, MissingSectionHeaderError
from configparser import Error as IniError
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from safemigrate.errors import ConfigurationError

#: the versions of PostgreSQL that safemigrate speaks about
SUPPORTED_POSTGRES = range(14, 19)
_PREFIX = "SAFEMIGRATE_"
#: the settings that are a section of their own in alembic.ini, and no variable can hold
_TABLES = ("answers", "naming_convention")


class FailOn(enum.StrEnum):
    """The least severity of a finding that makes lint fail."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a project decided.

    *models* is ``module:attribute``. *postgres* is the target's major version, None for any supported one.
    *lock_timeout* is "managed" where apply runs the revisions, else "". *rules* are folders of the user's own
    rules, *enable* names opt-in rules. *baseline* is a file of findings that do not count. *schema* is a dump from
    ``pg_dump --schema-only``, as it was once *schema_revision* had run (empty: before the first). *answers* are
    expressions by ``table.column``. *extensions*, *required_columns* and *naming* are what the rules of the group
    "style" ask for: see Policy. *naming_convention* is that of env.py's target_metadata where the text of the project
    does not say it; None leaves it to the text.
    """

    models: str = ""
    postgres: int | None = None
    lock_timeout: str = ""
    rules: tuple[Path, ...] = ()
    enable: tuple[str, ...] = ()
    main_branch: str = ""
    fail_on: FailOn = FailOn.ERROR
    baseline: Path | None = None
    schema: Path | None = None
    schema_revision: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    extensions: tuple[str, ...] = ()
    required_columns: Mapping[str, str] = field(default_factory=dict)
    naming: Mapping[str, str] = field(default_factory=dict)
    naming_convention: Mapping[str, str] | None = None
    #: a table of fewer rows and fewer bytes is small; see safemigrate.schema.statistics
    small_rows: int = 1_000
    small_bytes: int = 1_000_000
    #: a table of as many rows or bytes is large, and one of as many reads and writes a second is busy
    large_rows: int = 1_000_000
    large_bytes: int = 1_000_000_000
    busy_per_second: int = 50
    database_url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _Written:
    """A value as it stands in a source. *where* is ``path:line`` or a variable; *base* is what paths start from."""

    key: str
    value: object
    where: str
    base: Path

    def wrong(self, expected: str) -> ConfigurationError:
        return ConfigurationError(f"{self.key} is {self.value!r}.", where=self.where, remedy=f"Make it {expected}.")


def load_settings(
    config: Path | None = None,
    *,
    overrides: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """The settings of the project whose Alembic configuration is *config* (``-c``), found as Alembic finds it.

    *overrides* are what the command line says; None among them says nothing. The pyproject.toml is the nearest
    with a [tool.safemigrate] table, from beside the configuration up to the top of the repository.

    Raises:
        ConfigurationError: a key that is unknown, or a value that is not what it must be, with its place.
    """
    return settled(config, overrides=overrides, environment=environment).settings


@dataclass(frozen=True, slots=True)
class Settled:
    """Settings, and where each that somebody decided was written: ``path:line``, a variable or an option."""

    settings: Settings
    origins: Mapping[str, str]


def settled(
    config: Path | None = None,
    *,
    overrides: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settled:
    """As load_settings(), with the origin of each setting that is not left at its default."""
    environment = os.environ if environment is None else environment
    found: dict[str, object] = {}
    origins: dict[str, str] = {}
    for written in _all_written(config, overrides or {}, environment):
        found[written.key] = _KINDS[written.key](written)
        origins[written.key] = written.where
    return Settled(Settings(**found), origins)  # type: ignore[arg-type]


# -- sources -------------------------------------------------------------------------------------------------


def _all_written(
    config: Path | None, overrides: Mapping[str, object], environment: Mapping[str, str]
) -> Iterator[_Written]:
    """What every source says, the weakest first."""
    chosen = config or (Path(environment["ALEMBIC_CONFIG"]) if environment.get("ALEMBIC_CONFIG") else None)
    folder = chosen.absolute().parent if chosen else Path.cwd()
    yield from _from_ini(chosen if chosen and chosen.name != "pyproject.toml" else folder / "alembic.ini")
    yield from _from_pyproject(folder)
    yield from _from_environment(environment)
    for key, value in overrides.items():
        if value is not None:
            yield _Written(key, value, f"--{key.replace('_', '-')}", Path.cwd())


def _from_pyproject(folder: Path) -> Iterator[_Written]:
    for path in _pyprojects(folder):
        text = _text(path)
        try:
            tools = tomllib.loads(text).get("tool", {})
        except tomllib.TOMLDecodeError as error:
            raise ConfigurationError(f"This is not TOML: {error}.", where=str(path)) from error
        table = tools.get("safemigrate", {}) if isinstance(tools, dict) else tools
        if not isinstance(table, dict):
            raise ConfigurationError(
                f"tool.safemigrate is {table!r}.", where=str(path), remedy="Make it a table: [tool.safemigrate]."
            )
        if "safemigrate" not in tools:
            continue
        for key, value in table.items():
            where = f"{path}:{_line(text, key, 'tool.safemigrate')}"
            yield _known(_Written(key, value, where, path.parent))
        return


def _pyprojects(folder: Path) -> Iterator[Path]:
    """The pyproject.toml of *folder* and of those around it, up to the top of the repository."""
    for here in (folder, *folder.parents):
        if (here / "pyproject.toml").is_file():
            yield here / "pyproject.toml"
        if (here / ".git").exists():
            return


def _from_ini(path: Path) -> Iterator[_Written]:
    if not path.is_file():
        return
    text = _text(path)
    # percent signs belong to Alembic's own interpolation and to URLs
    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except IniError as error:
        raise not_an_ini(path, error) from None
    here = path.absolute().parent
    if parser.has_section("safemigrate"):
        for key in parser["safemigrate"].keys() - parser.defaults().keys():
            value = parser["safemigrate"][key].replace("%(here)s", str(here))
            where = f"{path}:{_line(text, key, 'safemigrate')}"
            yield _known(_Written(key, value, where, here))
    for key in _TABLES:
        section = f"safemigrate.{key}"
        if parser.has_section(section):
            written = {name: parser[section][name] for name in parser[section] if name not in parser.defaults()}
            yield _Written(key, written, f"{path}:{_line(text, '', section)}", here)


def not_an_ini(path: Path, error: IniError) -> ConfigurationError:
    """What is wrong with the ini file at *path*, by its line."""
    # the parser names itself and the file, in several spellings, before it comes to the matter
    lines = [error.lineno] if hasattr(error, "lineno") else [line for line, _ in getattr(error, "errors", [])]
    first = f":{lines[0]}" if lines else ""
    reason = _INI_ERRORS.get(type(error), "a line is neither a section, nor a key with a value, nor a comment")
    return ConfigurationError(
        f"This is not an ini file: {reason}.", where=f"{path}{first}", remedy="Correct the line."
    )


_INI_ERRORS: Mapping[type[IniError], str] = {
    MissingSectionHeaderError: "its first section has no [header]",
    DuplicateSectionError: "a section stands there twice",
    DuplicateOptionError: "a key stands there twice",
}


def _from_environment(environment: Mapping[str, str]) -> Iterator[_Written]:
    for key in _KINDS:
        value = environment.get(_PREFIX + key.upper())
        if value and key not in _TABLES:
            yield _Written(key, value, _PREFIX + key.upper(), Path.cwd())


def _known(written: _Written) -> _Written:
    if written.key == "database_url":
        raise ConfigurationError(
            "database_url stands in a file.",
            where=written.where,
            remedy="A URL holds a password: set SAFEMIGRATE_DATABASE_URL, or give --database-url.",
        )
    if written.key not in _KINDS:
        near = get_close_matches(written.key, _KINDS, n=1)
        remedy = f'Did you mean "{near[0]}"?' if near else f"Known: {', '.join(sorted(_KINDS))}."
        raise ConfigurationError(f'There is no setting "{written.key}".', where=written.where, remedy=remedy)
    return written


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"This is not UTF-8: byte {error.start}.", where=str(path), remedy="Save the file as UTF-8."
        ) from error


def _line(text: str, key: str, section: str) -> int:
    """The line of *key* in *section*, or of the section where the key is not found. 1-based."""
    heading = re.search(rf"^\s*\[{re.escape(section)}\b.*\]", text, re.MULTILINE)
    start = heading.start() if heading else 0
    found = key and re.compile(rf"^\s*\[?[\w.]*\"?\b{re.escape(key)}\b", re.MULTILINE).search(text, start)
    return text.count("\n", 0, found.end() if found else start) + 1


# -- kinds of value ------------------------------------------------------------------------------------------


def _string(written: _Written) -> str:
    if not isinstance(written.value, str):
        raise written.wrong("a string")
    return written.value.strip()


def _postgres(written: _Written) -> int:
    value = written.value
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value not in SUPPORTED_POSTGRES:
        versions = f"{SUPPORTED_POSTGRES.start} to {SUPPORTED_POSTGRES.stop - 1}"
        raise written.wrong(f"a major version of PostgreSQL from {versions}")
    return value


def _count(written: _Written) -> int:
    """A number from 0; underscores may stand in it."""
    value = written.value
    if isinstance(value, str) and value.replace("_", "").isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise written.wrong("a whole number from 0")
    return value


def _lock_timeout(written: _Written) -> str:
    if written.value not in ("", "managed"):
        raise written.wrong('"managed", which says that apply runs the revisions, or leave it out')
    return str(written.value)


def _fail_on(written: _Written) -> FailOn:
    try:
        return FailOn(str(written.value))
    except ValueError:
        raise written.wrong(f"one of {', '.join(FailOn)}") from None


def _strings(written: _Written) -> tuple[str, ...]:
    """A list, or a text with one item a line; a variable of the environment separates them like PATH."""
    value = written.value
    if isinstance(value, str):
        value = value.split(os.pathsep) if written.where.startswith(_PREFIX) else value.splitlines()
    if not isinstance(value, list | tuple) or not all(isinstance(item, str | Path) for item in value):
        raise written.wrong("a list of strings")
    return tuple(text for item in value if (text := str(item).strip()))


def _folders(written: _Written) -> tuple[Path, ...]:
    folders = tuple(written.base / text for text in _strings(written))
    for folder in folders:
        if not folder.is_dir():
            raise ConfigurationError(f'There is no folder "{folder}".', where=written.where)
    return folders


def _new_file(written: _Written) -> Path:
    """A file that may not be there yet."""
    return written.base / (written.value if isinstance(written.value, Path) else _string(written))


def _file(written: _Written) -> Path:
    path = _new_file(written)
    if not path.is_file():
        raise ConfigurationError(f'There is no file "{path}".', where=written.where)
    return path


def _answers(written: _Written) -> Mapping[str, str]:
    answers = dict(_flat(written.value))
    if "" in answers or not all(isinstance(item, str) for item in answers.values()):
        raise written.wrong('a table of expressions: answers = { "orders.currency" = "\'EUR\'" }')
    return {column: str(expression) for column, expression in answers.items()}


def _columns(written: _Written) -> Mapping[str, str]:
    return _texts(written, 'a table of types: required_columns = { created_at = "timestamptz NOT NULL" }')


#: what naming may speak of
NAMED = ("table", "column", "index", "unique", "primary_key", "foreign_key", "check")


def _naming(written: _Written) -> Mapping[str, str]:
    expected = f'a table of regular expressions by {", ".join(NAMED)}: naming = {{ index = "ix_{{table}}_.+" }}'
    patterns = _texts(written, expected)
    for kind, pattern in patterns.items():
        try:
            re.compile(pattern.replace("{table}", "").replace("{columns}", ""))
        except re.error:
            raise written.wrong(expected) from None
        if kind not in NAMED:
            raise written.wrong(expected)
    return patterns


#: what a naming convention of SQLAlchemy's MetaData speaks of
CONVENTIONS = ("ix", "uq", "ck", "fk", "pk")


def _convention(written: _Written) -> Mapping[str, str]:
    expected = (
        f"a table by {', '.join(CONVENTIONS)}, as the MetaData of env.py has it: "
        'naming_convention = { uq = "uq_%(table_name)s_%(column_0_name)s" }'
    )
    convention = _texts(written, expected)
    if not convention.keys() <= set(CONVENTIONS):
        raise written.wrong(expected)
    return convention


def _texts(written: _Written, expected: str) -> Mapping[str, str]:
    value = written.value
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise written.wrong(expected)
    return {str(key): str(item) for key, item in value.items()}


def _flat(value: object, column: str = "") -> Iterator[tuple[str, object]]:
    """TOML takes the dots of a bare key for tables in tables."""
    if not isinstance(value, dict):
        yield column, value
        return
    for key, inner in value.items():
        yield from _flat(inner, f"{column}.{key}" if column else key)


_KINDS: Mapping[str, Callable[[_Written], object]] = {
    "models": _string,
    "postgres": _postgres,
    "lock_timeout": _lock_timeout,
    "rules": _folders,
    "enable": _strings,
    "main_branch": _string,
    "fail_on": _fail_on,
    "baseline": _new_file,
    "schema": _file,
    "schema_revision": _string,
    "answers": _answers,
    "extensions": _strings,
    "required_columns": _columns,
    "naming": _naming,
    "naming_convention": _convention,
    "small_rows": _count,
    "small_bytes": _count,
    "large_rows": _count,
    "large_bytes": _count,
    "busy_per_second": _count,
    "database_url": _string,
}
