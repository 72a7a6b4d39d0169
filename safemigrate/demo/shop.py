"""The example project: two versions of a shop and the migrations between them, copied to where it may be written."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safemigrate.errors import ConfigurationError

OLD, NEW = "v1", "v2"

# what of the caller's environment would lead a program of the project elsewhere
_ASTRAY = ("PG", "SHOP_", "SAFEMIGRATE_", "ALEMBIC_", "PYTHONINSPECT", "PYTHONWARNINGS")
_SHOP_REVISION = re.compile(r'^SHOP_REVISION = "(\w+)"', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shop:
    """A copy of the project in *folder*, on its own."""

    folder: Path

    def revision(self, version: str) -> str:
        """The revision that *version* of the application was built for."""
        text = (self.folder / version / "shop" / "__init__.py").read_text("utf-8")
        if found := _SHOP_REVISION.search(text):
            return found[1]
        raise ConfigurationError("this version of the shop names no revision.", where=str(self.folder / version))

    def revision_files(self) -> tuple[Path, ...]:
        """The files of the history, in its order: their names begin with numbers."""
        return tuple(sorted((self.folder / "migrations" / "versions").glob("*.py")))

    def release(self) -> tuple[str, ...]:
        """The titles of the revisions between the two versions, as their author wrote them."""
        texts = [path.read_text("utf-8") for path in self.revision_files()]
        built_for = f'revision: str = "{self.revision(OLD)}"'
        (last,) = (position for position, text in enumerate(texts) if f"\n{built_for}" in text)
        return tuple(text.partition('"""')[2].partition("\n")[0] for text in texts[last + 1 :])

    def environment(self, database_url: str, version: str) -> dict[str, str]:
        """What a program of *version* needs to know."""
        inherited = without(os.environ, _ASTRAY)
        path = (str(self.folder / version), *filter(None, [inherited.get("PYTHONPATH")]))
        return inherited | {
            "SHOP_DATABASE_URL": database_url,
            "SHOP_VERSION": version,
            "SAFEMIGRATE_DATABASE_URL": database_url,
            "PYTHONPATH": os.pathsep.join(path),
            "PYTHONUTF8": "1",
        }


def source() -> Path:
    """The folder of the shop that comes with the package: inside the wheel, or beside the sources."""
    installed = Path(__file__).parent.parent / "_data" / "shop"
    return installed if installed.is_dir() else Path(__file__).parent.parent.parent / "examples" / "shop"


def copy_shop(to: Path) -> Shop:
    """A copy in the new folder *to*."""
    shutil.copytree(source(), to, ignore=shutil.ignore_patterns("__pycache__"))
    for folder, _, files in os.walk(to):
        # an installed package may be read-only
        os.chmod(folder, 0o755)
        for name in files:
            os.chmod(Path(folder, name), 0o644)
    return Shop(to)


def without(environment: Mapping[str, str], prefixes: tuple[str, ...]) -> dict[str, str]:
    """*environment* but for the variables that begin with one of *prefixes*."""
    return {name: value for name, value in environment.items() if not name.startswith(prefixes)}
