"""Folders of rules: a page, and beside it the code where the rule needs logic."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from safemigrate.errors import RuleError
from safemigrate.rulebook.guarded import CheckFunction, SplitFunction, guarded_check, guarded_split, line_in
from safemigrate.rulebook.page import Page, read_page
from safemigrate.rulebook.site import Hit, Refusal, Site, Split
from safemigrate.schema import Name

if TYPE_CHECKING:
    from safemigrate.schema.operations import Operation

_SPLIT = re.compile(r"^def split\(", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its page, what it looks at, its check and, where it knows the safe form, its split."""

    page: Page
    check: CheckFunction
    split: SplitFunction | None

    @property
    def name(self) -> str:
        return self.page.name

    @property
    def kinds(self) -> tuple[type[Operation], ...]:
        """The classes of the operations that it looks at. Raises RuleError: there is no such operation."""
        return _kinds(self.page.operations, self.page.path)

    def looks_at(self, operation: Operation) -> bool:
        """Whether the rule is about *operation*: its class, and its kind (``VIEW``) where the page names some."""
        kind = getattr(operation, "kind", None)
        return isinstance(operation, self.kinds) and (kind in self.page.kinds or kind is None or not self.page.kinds)


def builtin_folder() -> Path:
    """The folder of the rules that come with the package: inside the wheel, or beside the sources."""
    installed = Path(__file__).parent.parent / "_data" / "rules"
    return installed if installed.is_dir() else Path(__file__).parent.parent.parent / "rules"


def load_rules(folders: Iterable[Path] = ()) -> tuple[Rule, ...]:
    """The built-in rules and those of *folders*, by name. Raises RuleError; a rule's code is run.

    That of a built-in rule is run once something is asked of it.
    """
    rules = {rule.name: rule for rule in _built_in(builtin_folder())}
    for folder in folders:
        for path in _pages(folder):
            rule = load_rule(path)
            if rule.name in rules:
                other = rules[rule.name].page.path
                raise RuleError(
                    f'the rule "{rule.name}" stands in {other} already.', where=f"{path}:1", remedy="Rename one."
                )
            rules[rule.name] = rule
    return tuple(rules[name] for name in sorted(rules))


@cache
def _built_in(folder: Path) -> tuple[Rule, ...]:
    """The rules that come with the package: they are installed, and nobody edits them while a process runs."""
    return tuple(load_rule(path, deferred=True) for path in _pages(folder))


def _pages(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise RuleError("there is no such folder of rules.", where=str(folder))
    return sorted(path for path in folder.glob("*.md") if path.name != "README.md")


def load_rule(path: Path, *, deferred: bool = False) -> Rule:
    """The rule whose page is at *path*.

    *deferred* leaves its examples and its code alone until they are asked for, and so what is wrong with them.
    """
    page = read_page(path, examples=not deferred)
    code = path.with_suffix(".py")
    if deferred:
        return _deferred(page, code)
    kinds = _kinds(page.operations, path)
    if code.exists():
        return _with_code(page, code)
    _check_where(page, kinds)
    return Rule(page, _where(page), None)


def _with_code(page: Page, code: Path) -> Rule:
    module = _module(code)
    check = getattr(module, "check", None)
    if not callable(check):
        raise RuleError("the code of a rule must have a function check(site).", where=f"{code}:1")
    split = getattr(module, "split", None)
    return Rule(page, guarded_check(check, code), guarded_split(split, code) if split else None)


def _deferred(page: Page, code: Path) -> Rule:
    """A rule whose code is imported by the first question: most of a run asks few rules."""

    @cache
    def loaded() -> Rule:
        return _with_code(page, code)

    def check(site: Site) -> Iterable[Hit]:
        return loaded().check(site)

    def split(site: Site) -> Split | Refusal | None:
        known = loaded().split
        return known(site) if known else None

    # whether there is a safe form at all is told without a run
    return Rule(page, check, split if _SPLIT.search(code.read_text("utf-8")) else None)


@lru_cache(maxsize=512)
def _kinds(names: tuple[str, ...], page: Path) -> tuple[type[Operation], ...]:
    # every operation is a large import, and findings that are remembered do without
    from safemigrate.schema.operations import operation_names

    known = operation_names()
    for name in names:
        if name not in known:
            raise RuleError(f'there is no operation "{name}".', where=f"{page}:2", remedy=f"Known: {sorted(known)}.")
    return tuple(known[name] for name in names)


def _module(code: Path) -> object:
    name = f"safemigrate_rules.{code.stem}_{abs(hash(code.parent)):x}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, code)
    if spec is None or spec.loader is None:
        raise RuleError("this is not a Python file.", where=f"{code}:1")
    module = importlib.util.module_from_spec(spec)
    # dataclasses look up the module they stand in while it is being run
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise RuleError(
            f"the code cannot be loaded: {type(error).__name__}: {error}", where=f"{code}:{line_in(error, code)}"
        ) from error
    return module


def _check_where(page: Page, kinds: tuple[type[Operation], ...]) -> None:
    """Raises RuleError for a field that an operation does not have."""
    for field in page.where:
        for kind in kinds:
            if field not in kind.__dataclass_fields__:
                raise RuleError(f'{kind.__name__} has no field "{field}".', where=f"{page.path}:2")


def _where(page: Page) -> CheckFunction:
    """A rule without code: every field that ``where`` names matches its glob.

    A table is called by its name, and by ``schema.name``; a column, an index or a constraint by its name.
    """

    def check(site: Site) -> Iterable[Hit]:
        if all(_matches(getattr(site.operation, name), glob, site) for name, glob in page.where.items()):
            yield Hit(page.hazards)

    return check


def _matches(value: object, glob: str, site: Site) -> bool:
    return any(fnmatchcase(text, glob) for text in _words(value, site))


def _words(value: object, site: Site) -> Iterator[str]:
    """What the value of a field is called."""
    if isinstance(value, Name):
        found = site.before.resolve(value)
        yield f"{found.schema}.{found.name}"
        # the schema that every name means where none is written
        if found.schema in (None, "public") or value.schema is None:
            yield found.name
    elif isinstance(value, tuple):
        yield from (text for item in value for text in _words(item, site))
    else:
        named = getattr(value, "name", None)
        yield named if isinstance(named, str) else str(value)
