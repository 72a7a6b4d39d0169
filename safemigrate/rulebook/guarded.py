"""The code of a rule, called so that what it does wrong is told by its file and line."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from safemigrate.errors import RuleError, SafemigrateError
from safemigrate.rulebook.hazard import Hazard
from safemigrate.rulebook.site import Hit, Refusal, Site, Split

CheckFunction = Callable[[Site], Iterable[Hit]]
SplitFunction = Callable[[Site], Split | Refusal | None]

_T = TypeVar("_T")


def guarded_check(check: CheckFunction, code: Path) -> CheckFunction:
    """*check*, which stands in *code*; anything but Hits of the site comes as a RuleError."""

    def guarded(site: Site) -> tuple[Hit, ...]:
        found = _called(lambda: tuple(check(site)), code)
        for hit in found:
            _check_hit(hit, site, code)
        return found

    return guarded


def guarded_split(split: Callable[[Site], object], code: Path) -> SplitFunction:
    """*split*, which stands in *code*; anything but a Split, a Refusal or None comes as a RuleError."""

    def guarded(site: Site) -> Split | Refusal | None:
        found = _called(lambda: split(site), code)
        if not isinstance(found, Split | Refusal | None):
            raise RuleError(
                f"split(site) returned {found!r}.", where=f"{code}:1", remedy="Return a Split, a Refusal or None."
            )
        return found

    return guarded


def line_in(error: Exception, code: Path) -> int:
    """The line of the rule's code that *error* came through last."""
    if isinstance(error, SyntaxError):
        return error.lineno or 1
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename).absolute() == code.absolute()]
    return (lines and lines[-1]) or 1


def _called(call: Callable[[], _T], code: Path) -> _T:
    try:
        return call()
    except SafemigrateError:
        raise
    except Exception as error:
        raise RuleError(
            f"the code of the rule raised {type(error).__name__}: {error}.",
            where=f"{code}:{line_in(error, code)}",
            remedy="safemigrate rules test runs it on the examples of its page.",
        ) from error


def _check_hit(hit: object, site: Site, code: Path) -> None:
    where = f"{code}:1"
    if not isinstance(hit, Hit):
        raise RuleError(f"check(site) gave {hit!r}.", where=where, remedy="Yield Hit(hazards).")
    if not all(isinstance(hazard, Hazard) for hazard in hit.hazards) or not hit.hazards:
        raise RuleError(
            f"a Hit has the hazards {hit.hazards!r}.",
            where=where,
            remedy="Give it a frozenset with some of safemigrate.Hazard.",
        )
    if not 0 <= hit.at < len(site.operations):
        raise RuleError(
            f"a Hit is at {hit.at}, and its site has {len(site.operations)} operations.",
            where=where,
            remedy="Count from 0 in site.operations.",
        )
