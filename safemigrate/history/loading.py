"""From a configuration to the history it describes."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from safemigrate.errors import ConfigurationError, UnreadableHistory
from safemigrate.history.configuration import Configuration, find
from safemigrate.history.declaration import Declaration, declaration
from safemigrate.history.graph import history_of, revision_files
from safemigrate.history.history import History
from safemigrate.history.naming import Naming, naming_of

#: what files that compute their own id or parents say of themselves
Asked = Callable[[Configuration, Sequence[Declaration]], Mapping[Path, Mapping[str, object]]]


def load(
    config: Path | None = None,
    *,
    name: str = "alembic",
    declared: Callable[[Path], Declaration] = declaration,
    asked: Asked | None = None,
    convention: Mapping[str, str] | None = None,
) -> History:
    """The history that Alembic would load, with each revision as its file declares it.

    *config* is ``alembic -c``, *name* the ini section (``alembic -n``). No revision is run, except that files
    which compute their own id or parents are asked for them in the reading process. *declared* reads what
    the text of a file says, or remembers it, and *asked* what running it tells.
    *convention* is the naming convention where somebody decided it; else the text of the project says it.

    Raises:
        ConfigurationError: Alembic's configuration is missing or says nothing usable.
        UnreadableHistory: the files do not form a history; the message says which line and what to do.
    """
    configuration = find(config, name)
    naming = naming_of(configuration) if convention is None else Naming(convention)
    configuration = dataclasses.replace(configuration, naming=naming)
    _check_folders(configuration)
    declarations = [declared(path) for path in revision_files(configuration)]
    computed = [each for each in declarations if each.computed]
    if computed:
        answers = (asked or computed_values)(configuration, computed)
        declarations = [_completed(each, answers.get(each.path)) for each in declarations]
    return history_of(declarations, configuration)


def _check_folders(configuration: Configuration) -> None:
    """Raises ConfigurationError for a folder of revisions that cannot be read; it would look like an empty one.

    Only the usual folder may be missing: git keeps no empty folders, and a new project has no revision yet.
    """
    for folder in configuration.version_locations:
        try:
            os.scandir(folder).close()
        except FileNotFoundError:
            if folder != configuration.script_location / "versions":
                raise ConfigurationError(
                    "There is no such folder of revisions.",
                    where=str(folder),
                    remedy=f"Correct version_locations in {configuration.ini or configuration.toml}.",
                ) from None
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ConfigurationError(
                f"The folder of revisions cannot be read: {reason}.",
                where=str(folder),
                remedy="Let the user who runs this read it.",
            ) from None


def computed_values(
    configuration: Configuration, declarations: Sequence[Declaration]
) -> Mapping[Path, Mapping[str, object]]:
    """What the modules of *declarations* say of themselves once they are imported; nothing for those that raise."""
    # the reading process is a large import, and few histories need it here
    from safemigrate.history.reader import declared_values

    found = declared_values(configuration, [each.path for each in declarations])
    return {path: each.values for path, each in found.items()}


def _completed(each: Declaration, answer: Mapping[str, object] | None) -> Declaration:
    if not each.computed:
        return each
    if answer is None:
        names = ", ".join(sorted(each.computed))
        raise UnreadableHistory(
            f"{names} could not be computed.",
            where=each.where(sorted(each.computed)[0]),
            remedy="Write the value as a literal.",
        )
    return dataclasses.replace(each, values={**each.values, **answer}, computed=frozenset())
