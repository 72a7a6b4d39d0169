"""Where a history lies, as Alembic's own configuration says it: alembic.ini, [tool.alembic] in pyproject.toml."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from configparser import ConfigParser
from configparser import Error as IniError
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from safemigrate.config import not_an_ini
from safemigrate.errors import ConfigurationError
from safemigrate.history.flask_migrate import own_ini
from safemigrate.history.naming import NONE, Naming

_SEPARATORS = {"space": " ", "newline": "\n", "os": os.pathsep, ":": ":", ";": ";"}
_SPACE_OR_COMMA = re.compile(r", *|(?: +)")
_SPACE_COMMA_OR_COLON = re.compile(r", *|(?: +)|\:")
_ELSEWHERE = "Run this in the project's folder, or name the file with -c alembic.ini."
_INIT = "Flask-Migrate knows that in code only: run safemigrate init where you run flask db, and it is written down."


@dataclass(frozen=True, slots=True)
class Configuration:
    """What of Alembic's configuration a history needs.

    *ini* and *toml* are the files that Alembic would read, *section* the ini section (``alembic -n``).
    *sys_path* is what revisions may import from before anything else. *naming* is how target_metadata names what
    operations make.
    """

    root: Path
    script_location: Path
    version_locations: tuple[Path, ...]
    recursive: bool = False
    sys_path: tuple[Path, ...] = ()
    ini: Path | None = None
    toml: Path | None = None
    section: str = "alembic"
    naming: Naming = NONE


def find(config: Path | None, name: str) -> Configuration:
    """The configuration that Alembic would use: *config* (``-c``), ALEMBIC_CONFIG, alembic.ini, pyproject.toml.

    Raises:
        ConfigurationError: there is none, or it does not say where the scripts are.
    Source: alembic 1.18, config.py (CommandLine._inis_from_config, Config.get_alembic_option).
    """
    ini, toml = _files(config)
    if config is None and (named := os.environ.get("ALEMBIC_CONFIG")) and not Path(named).is_file():
        raise ConfigurationError(
            "There is no such file, and ALEMBIC_CONFIG names it.",
            where=named,
            remedy="Correct or unset the variable.",
        )
    options = _Options.read(ini if ini.is_file() else None, toml if toml.is_file() else None, name)
    if config is not None and not config.is_file():
        raise ConfigurationError(
            "There is no such file.", where=str(config), remedy="Name the project's alembic.ini or pyproject.toml."
        )
    source = options.ini or options.toml
    written = options.text("script_location")
    if options.ini is not None and not options.parser.has_section(name) and not options.table:
        known = ", ".join(f"[{each}]" for each in options.parser.sections()) or "none"
        raise ConfigurationError(
            f"There is no section [{name}].",
            where=str(options.ini),
            remedy=f"It has {known}; -n names another than [alembic].",
        )
    if source is None or (not written and not options.says_anything):
        raise ConfigurationError(
            f"Neither {ini.name} nor [tool.alembic] in {toml.name} is here.",
            where=str(Path.cwd()),
            remedy=_INIT if own_ini(Path("migrations")) else _ELSEWHERE,
        )
    if not written:
        raise ConfigurationError(
            "script_location is not set.",
            where=str(source),
            remedy=_INIT
            if own_ini(source.parent)
            else f"Say where the migrations are: script_location = %(here)s/migrations in [{name}].",
        )
    return _located(options, source, written, name)


def _located(options: _Options, source: Path, written: str, name: str) -> Configuration:
    root = source.absolute().parent
    sys_path = tuple(_path(text, root) for text in options.several("prepend_sys_path", _SPACE_COMMA_OR_COLON))
    sys_path += tuple(folder for folder in (root,) if folder not in sys_path)
    script_location = _resource(written, root, sys_path)
    if not script_location.is_dir():
        raise ConfigurationError(
            f'The script_location "{written}" is not a folder.',
            where=str(source),
            remedy="Correct script_location, or run this where Alembic is run.",
        )
    written_versions = options.several("version_locations", _SPACE_OR_COMMA, old_key="version_path_separator")
    versions = tuple(_resource(text, root, sys_path) for text in written_versions)
    return Configuration(
        root=root,
        script_location=script_location,
        version_locations=versions or (script_location / "versions",),
        recursive=options.truth("recursive_version_locations"),
        sys_path=sys_path,
        ini=options.ini,
        toml=options.toml,
        section=name,
    )


def _files(config: Path | None) -> tuple[Path, Path]:
    """The ini and the toml file that Alembic would look at, whether they exist or not."""
    chosen = config or (Path(os.environ["ALEMBIC_CONFIG"]) if os.environ.get("ALEMBIC_CONFIG") else None)
    if chosen is None:
        return Path("alembic.ini"), Path("pyproject.toml")
    if chosen.name == "pyproject.toml":
        return chosen.with_name("alembic.ini"), chosen
    return chosen, chosen.with_name("pyproject.toml")


@dataclass(frozen=True, slots=True)
class _Options:
    """Alembic's options: the ini's section comes before ``[tool.alembic]``, and both know ``%(here)s``."""

    ini: Path | None
    toml: Path | None
    section: str
    parser: ConfigParser
    table: Mapping[str, object]

    @classmethod
    def read(cls, ini: Path | None, toml: Path | None, section: str) -> _Options:
        parser = ConfigParser({"here": ini.absolute().parent.as_posix()} if ini else {})
        if ini is not None:
            _read_ini(parser, ini)
        table: Mapping[str, object] = {}
        if toml is not None:
            table = _tool_alembic(toml)
        return cls(ini, toml if table else None, section, parser, table)

    @property
    def says_anything(self) -> bool:
        return self.parser.has_section(self.section) or bool(self.table)

    def written(self, key: str) -> object:
        if self.parser.has_option(self.section, key):
            try:
                return self.parser.get(self.section, key)
            except IniError as error:
                raise ConfigurationError(f"{key} cannot be read: {error}.", where=str(self.ini)) from error
        return self.table.get(key)

    def text(self, key: str) -> str:
        value = self.written(key)
        return self._substituted(value) if isinstance(value, str) else ""

    def truth(self, key: str) -> bool:
        return self.written(key) in (True, "true")

    def several(self, key: str, default: re.Pattern[str], *, old_key: str = "") -> Sequence[str]:
        """A list of paths, cut as path_separator says, or as Alembic cut them before it had that option."""
        value = self.written(key)
        if isinstance(value, list):
            return [self._substituted(str(item)) for item in value]
        if not isinstance(value, str) or not value:
            return []
        named = self.text("path_separator") or (self.text(old_key) if old_key else "")
        if not named:
            return [item for item in default.split(value) if item]
        if named not in _SEPARATORS:
            known = ", ".join(_SEPARATORS)
            raise ConfigurationError(f'path_separator is "{named}".', where=str(self.ini), remedy=f"Use {known}.")
        return [item.strip() for item in value.split(_SEPARATORS[named]) if item.strip()]

    def _substituted(self, value: str) -> str:
        if self.toml is None or "%(here)s" not in value:
            return value
        return value.replace("%(here)s", self.toml.absolute().parent.as_posix())


def _read_ini(parser: ConfigParser, path: Path) -> None:
    try:
        # alembic reads it in the locale's encoding, which a minimal container sets to ASCII
        parser.read(path, encoding="utf-8")
    except UnicodeDecodeError:
        parser.read(path, encoding="locale")
    except IniError as error:
        raise not_an_ini(path, error) from None


def _tool_alembic(path: Path) -> Mapping[str, object]:
    try:
        table = tomllib.loads(path.read_text("utf-8")).get("tool", {}).get("alembic", {})
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"This is not TOML: {error}.", where=str(path), remedy="Correct the line."
        ) from error
    return table if isinstance(table, dict) else {}


def _path(text: str, root: Path) -> Path:
    """A path of the configuration: from the current folder, as Alembic takes it, or else from the file's own."""
    path = Path(text)
    if path.is_absolute():
        return path
    here = Path.cwd() / path
    return Path(os.path.normpath(here if here.exists() else root / path))


def _resource(text: str, root: Path, sys_path: Sequence[Path]) -> Path:
    """A folder, or ``package:folder`` inside a package, which is looked for and not imported."""
    if Path(text).is_absolute() or ":" not in text:
        return _path(text, root)
    package, *parts = text.split(":")
    search = [str(folder) for folder in sys_path] + sys.path
    locations: Sequence[str] = search
    for piece in package.split("."):
        spec = PathFinder.find_spec(piece, list(locations))
        locations = list(spec.submodule_search_locations or ()) if spec else ()
    for location in locations:
        if Path(location, *parts).exists():
            return Path(location, *parts)
    return _path(text, root)
