"""What is to be verified: the revisions of a release, and the steps that they are."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

from safemigrate.history import History, Phase, Reading, Revision, read_revisions
from safemigrate.lint.revisions import Conditions, revision_runs
from safemigrate.plan.plan import Plan, Step, read_plan

_ROLE = re.compile(
    r'^(?:ALTER [^;]* OWNER TO|GRANT [^;]* TO|REVOKE [^;]* FROM) ("(?:[^"]|"")+"|[a-z_]\w*)(?: WITH GRANT OPTION)?;$',
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Baseline:
    """A dump of the schema as it was once *revision* had run (empty: before the first)."""

    sql: str
    revision: str = ""

    def script(self) -> str:
        """The dump without the lines that only psql understands."""
        return "\n".join(line for line in self.sql.splitlines() if not line.startswith("\\"))

    def roles(self) -> tuple[str, ...]:
        """The roles that own its objects or may use them, quoted as they stand in it."""
        return tuple(dict.fromkeys(role for role in _ROLE.findall(self.sql) if role.lower() != "public"))


@dataclass(frozen=True, slots=True)
class Release:
    """The revisions between two versions. *before* is what the old version was built for, empty for none.

    *whole* are revisions that only run as a whole, since what they send is decided by what they read.
    """

    history: History
    before: str
    revisions: tuple[Revision, ...]
    plan: Plan
    whole: frozenset[str] = frozenset()
    baseline: Baseline | None = None

    @property
    def phased(self) -> bool:
        """Whether any revision of the release names its phase."""
        return any(revision.phase for revision in self.revisions)

    @property
    def built_for(self) -> str:
        """The revision that the new version was built for: the last before contract, with which it may start."""
        opening = [revision.id for revision in self.revisions if revision.phase is not Phase.CONTRACT]
        return opening[-1] if opening else self.before


def release(history: History, before: str, upto: str, *, baseline: Baseline | None = None) -> Release:
    """The release that leads from the revision *before* to *upto*, in a history that may start from a *baseline*.

    Raises:
        UnreadableHistory: a name that is no revision, or revisions that are no history.
    """
    wanted = history.range(before or "base", upto or "heads")
    ids = {revision.id for revision in wanted}
    given = baseline or Baseline("")
    conditions = Conditions(datetime.date.min, schema_sql=given.sql, schema_revision=given.revision)
    plan = read_plan(revision_runs(history, ids, conditions))
    readings = read_revisions(history, ids, downgrades=())
    whole = {r.id for r in wanted if _only_whole(readings[r.id], [s for s in plan.steps if s.revision.id == r.id])}
    return Release(history, before, tuple(wanted), plan, frozenset(whole), baseline)


def _only_whole(reading: Reading, steps: Sequence[Step]) -> bool:
    """Whether the statements that were read are not all that the revision does."""
    if reading.obstacles:
        return True
    # the loop of a backfill reads keys and sends them back; its step says the same in one statement
    sent = [s for step in steps if step.backfill is None for s in step.statements]
    return any(statement.parameters or not statement.certain for statement in sent)
