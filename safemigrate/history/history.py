"""The graph of a history's revisions, and the names by which a person calls one of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from safemigrate.errors import AmbiguousRevision, UnknownRevision
from safemigrate.history.configuration import Configuration
from safemigrate.history.statement import Revision

_RELATIVE = re.compile(r"(?P<from>.*?)(?P<steps>[+-]\d+)")


@dataclass(frozen=True, slots=True)
class History:
    """The revisions of a script directory, each after all that it builds on.

    *root* is the folder that holds ``alembic.ini`` (paths are shown relative to the repository, by the caller).
    *heads* are those that no other builds on. *configuration* is what the revisions are run with.
    """

    revisions: tuple[Revision, ...]
    heads: tuple[str, ...]
    script_location: Path
    root: Path
    by_id: Mapping[str, Revision] = field(default_factory=dict, compare=False, repr=False)
    configuration: Configuration | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not self.by_id:
            object.__setattr__(self, "by_id", {revision.id: revision for revision in self.revisions})

    def parents(self, id: str) -> tuple[str, ...]:
        """The revisions that must have run before: those it comes after, and those it depends on."""
        revision = self.by_id[id]
        return (*revision.down, *(self.resolve(text) for text in revision.depends_on))

    def ancestors(self, id: str) -> tuple[Revision, ...]:
        """All revisions that run before *id*, in their order."""
        above: set[str] = set()
        ahead = list(self.parents(id))
        while ahead:
            parent = ahead.pop()
            if parent not in above:
                above.add(parent)
                ahead.extend(self.parents(parent))
        return tuple(revision for revision in self.revisions if revision.id in above)

    def range(self, after: str, upto: str) -> tuple[Revision, ...]:
        """The revisions that ``alembic upgrade after:upto`` runs: what *upto* needs and *after* does not have.

        Both are read as by resolve(); *after* may be ``base`` or empty.
        """
        last = self.resolve(upto or "heads") if (upto or "heads") != "heads" else ""
        wanted = self._with_ancestors(*((last,) if last else self.heads))
        if after in ("", "base"):
            return wanted
        first = self.resolve(after)
        if first not in {revision.id for revision in wanted}:
            raise UnknownRevision(f"{after}:{upto}", reason=f'"{first}" does not come before "{last or "heads"}"')
        had = {revision.id for revision in self._with_ancestors(first)}
        return tuple(revision for revision in wanted if revision.id not in had)

    def resolve(self, text: str) -> str:
        """The id that *text* names; the empty id for ``base``.

        *text* is an id or its beginning, ``head``, ``base``, a branch label, ``label@head``, a relative
        ``-1``, ``head-2`` or ``ae10+1``, or the path of a revision's file.

        Raises:
            UnknownRevision: nothing is called so.
            AmbiguousRevision: several are.
        """
        if text in self.by_id:
            return text
        if text == "base":
            return ""
        if text in ("head", "heads"):
            return self._single(self.heads, text)
        label, at, rest = text.partition("@")
        if at:
            return self._in_branch(label, rest, text)
        if relative := _RELATIVE.fullmatch(text):
            return self._relative(relative["from"], int(relative["steps"]), text)
        return self._by_path(text) or self._by_beginning(text)

    def _with_ancestors(self, *ids: str) -> tuple[Revision, ...]:
        wanted = {id for each in ids for id in (each, *(r.id for r in self.ancestors(each)))}
        return tuple(revision for revision in self.revisions if revision.id in wanted)

    def _single(self, ids: tuple[str, ...], text: str) -> str:
        if not ids:
            raise UnknownRevision(text, reason="the history has no revision")
        if len(ids) > 1:
            raise AmbiguousRevision(text, ids)
        return ids[0]

    def _in_branch(self, label: str, rest: str, text: str) -> str:
        labelled = self._by_label(label)
        if not labelled:
            raise UnknownRevision(text, reason=f'no branch is labelled "{label}"')
        inside = set(labelled)
        for revision in self.revisions:
            if inside & set(revision.down):
                inside.add(revision.id)
        if rest not in ("head", "heads", ""):
            return self.resolve(rest)
        built_on = {down for id in inside for down in self.by_id[id].down}
        return self._single(tuple(r.id for r in self.revisions if r.id in inside - built_on), text)

    def _relative(self, start: str, steps: int, text: str) -> str:
        here = self.resolve(start or "head")
        for _ in range(abs(steps)):
            nearby = (
                self.by_id[here].down
                if steps < 0 and here
                else tuple(r.id for r in self.revisions if here in r.down or (not here and not r.down))
            )
            if not nearby and not here:
                raise UnknownRevision(text, reason="the history is shorter than that")
            here = self._single(nearby, text) if nearby else self._past_the_end(steps, text)
        return here

    def _past_the_end(self, steps: int, text: str) -> str:
        if steps > 0:
            raise UnknownRevision(text, reason="the history is shorter than that")
        return ""

    def _by_path(self, text: str) -> str:
        if not text.endswith(".py"):
            return ""
        wanted = Path(text)
        exact = [r.id for r in self.revisions if r.path == wanted.absolute() or r.path == wanted.resolve()]
        named = exact or [r.id for r in self.revisions if r.path.name == text]
        if not named:
            raise UnknownRevision(text, reason=f"it is no revision of {self.script_location}")
        return self._single(tuple(named), text)

    def _by_label(self, label: str) -> tuple[str, ...]:
        return tuple(r.id for r in self.revisions if label in r.labels)

    def _by_beginning(self, text: str) -> str:
        begun = tuple(id for id in self.by_id if id.startswith(text)) if text else ()
        found = begun or self._by_label(text)
        if not found:
            raise UnknownRevision(text, reason=f"no revision of {self.script_location} is called so")
        return self._single(found, text)
