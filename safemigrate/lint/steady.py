"""Which code does the same whenever it is run, as far as its text tells."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder

from safemigrate.history.history import History

# an import may follow another statement on its line, and go on behind a backslash
_IMPORT = re.compile(
    r"(?:^|[;:])[ \t]*(?:from[\s\\]+(?P<package>\S+)[\s\\]+import\b|import[ \t]+(?P<names>[^#\n;]+))", re.MULTILINE
)
#: of the standard library and of what we need ourselves, what asks neither the machine nor the project; the clock
#: and chance are asked for by name
_STEADY = frozenset(
    """
    __future__ abc alembic base64 binascii collections contextlib copy dataclasses datetime decimal enum functools
    hashlib itertools json logging math operator re safemigrate sqlalchemy string textwrap time types typing
    typing_extensions uuid warnings
    """.split()
)
_OUTSIDE = re.compile(
    r"\bopen\s*\(|\b(?:__import__|__file__|exec|eval)\b|\.(?:now|utcnow|today)\s*\("
    r"|\btime\.(?!sleep)\w+\s*\(|\bfrom\s+time\s+import\b|\buuid[1467]\s*\(|\bgetnode\s*\("
)


class Libraries:
    """Which modules stay as they are: those installed (or missing) until something is installed again."""

    def __init__(self, history: History) -> None:
        beside = history.configuration.sys_path if history.configuration else ()
        self._search = [*map(str, beside), *sys.path]
        self._known = dict.fromkeys(_STEADY, True)

    def settled(self, root: str) -> bool:
        """Whether the top-level module *root* can be taken for unchanged. One of the project never can."""
        if root not in self._known:
            named = root.isidentifier() and root not in sys.stdlib_module_names
            self._known[root] = named and self._installed(root)
        return self._known[root]

    def _installed(self, root: str) -> bool:
        spec = PathFinder.find_spec(root, self._search)
        places = [spec.origin, *(spec.submodule_search_locations or ())] if spec else []
        return all(f"{os.sep}site-packages{os.sep}" in place for place in places if place)


def is_steady(text: str, libraries: Libraries) -> bool:
    """Whether code of that *text* does the same whenever it is run."""
    return _OUTSIDE.search(text) is None and all(map(libraries.settled, _imported(text)))


def _imported(text: str) -> Iterator[str]:
    """The first parts of the modules that *text* imports; "" for one beside it."""
    for match in _IMPORT.finditer(text):
        names = match["package"] or match["names"]
        yield from (name.strip().partition(" ")[0].partition(".")[0] for name in names.split(","))
