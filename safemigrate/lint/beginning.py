"""How a history began: with an empty database, or with one that was there before."""

from __future__ import annotations

from dataclasses import dataclass, field

from safemigrate.history.replay import is_unreadable, names_the_unmade, tables_of
from safemigrate.lint.starts import Start
from safemigrate.rulebook import Placed, Run
from safemigrate.schema import Operation, Schema
from safemigrate.schema.operations import CreateTable


@dataclass(slots=True)
class Beginning:
    """What the upgrades of a history, replayed from *schema* on, tell of how it began.

    Of them *wanted* are under review. *leading* come before the first of these and leave *schema*; *begun* says that
    they tell how the history began. *first* is the first operation on a table, *unmade* tells of one on a table that
    nothing had made, *others* of revisions that are not wanted.
    """

    schema: Schema
    wanted: frozenset[str]
    leading: list[str] = field(default_factory=list)
    begun: bool = False
    first: Operation | None = None
    unmade: bool = False
    unmade_by_wanted: bool = False
    others: bool = False
    came: bool = False

    def add(self, run: Run) -> bool:
        """Take the next run into account, and say whether it is under review."""
        own = run.revision.id in self.wanted
        self.others = self.others or not own
        for placed in run.operations:
            if self.first is None and (tables_of(placed.operation) or is_unreadable(placed.operation)):
                self.first = placed.operation
            if own:
                self.unmade_by_wanted = self.unmade_by_wanted or _names_the_unmade(placed)
            else:
                self.unmade = self.unmade or _names_the_unmade(placed)
        self.came = self.came or own
        if not self.came:
            self.leading.append(run.revision.id)
            self.begun = self.first is not None
            self.schema = run.last if run.operations else self.schema
        return own

    @property
    def was_empty(self) -> bool:
        """Whether the first statement about a table creates it, and none speaks of one that was there before.

        What a revision under review gets wrong is no proof of an older database, unless there is no other.
        """
        unmade = self.unmade or (self.unmade_by_wanted and not self.others)
        return isinstance(self.first, CreateTable) and not unmade

    @property
    def was_not_empty(self) -> bool:
        """Whether nothing that is still to come could make the database an empty one."""
        return self.unmade or not isinstance(self.first, CreateTable | None)

    @property
    def start(self) -> Start | None:
        """What those before the first that is wanted leave, where they tell how it all began."""
        return Start(tuple(self.leading), self.schema) if self.leading and self.begun else None


def _names_the_unmade(placed: Placed) -> bool:
    """Whether a statement speaks of a table that nothing before it made, or may speak of any."""
    return is_unreadable(placed.operation) or names_the_unmade(placed.operation, placed.before)
