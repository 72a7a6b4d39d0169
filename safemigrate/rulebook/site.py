"""What a rule may look at, and what it may say: Site, Hit, Split, Refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from safemigrate.history.statement import Direction, Phase, Revision, Statement
from safemigrate.history.written import UNREAD, Written
from safemigrate.rulebook.hazard import Hazard

if TYPE_CHECKING:
    from safemigrate.schema import Footprint, Name, Operation, Schema
    from safemigrate.schema.statistics import Statistics

#: the operations of one transaction; one that PostgreSQL refuses in a transaction stands alone
Step: TypeAlias = "tuple[Operation, ...]"


@dataclass(frozen=True, slots=True)
class Placed:
    """An operation at its place: the statement that does it, and the schema around it."""

    operation: Operation
    statement: Statement
    before: Schema
    after: Schema
    #: those that somebody asked for, by the server's version: several rules ask for the same
    footprints: dict[int | None, Footprint] = field(default_factory=dict, init=False, compare=False, repr=False)

    def touched(self, postgres: int | None) -> Footprint:
        """The locks and the work of the operation on a server of that major version, None for any."""
        # a large import, and findings that are remembered do without
        from safemigrate.schema import footprint

        if postgres not in self.footprints:
            self.footprints[postgres] = footprint(self.operation, self.before, postgres=postgres)
        return self.footprints[postgres]


@dataclass(frozen=True, slots=True)
class Run:
    """What one revision does in one direction, in order. *phase* is None where the revision names none.

    *written* is what its file says beside that.
    """

    revision: Revision
    operations: tuple[Placed, ...]
    direction: Direction = Direction.UPGRADE
    written: Written = UNREAD
    #: the schema before it under the names that each of its renames gives, as far as somebody asked
    renamed: list[Schema] = field(default_factory=list, init=False, compare=False, repr=False)

    @property
    def phase(self) -> Phase:
        """The phase the revision is judged in."""
        return self.revision.phase or Phase.EXPAND

    @property
    def last(self) -> Schema:
        """The schema that it leaves, if it does anything."""
        return self.operations[-1].after


@dataclass(frozen=True, slots=True)
class Policy:
    """What a project decided. *lock_timeout* is "managed" where apply runs the revisions, else "".

    *extensions* are those a revision may create. *required_columns* are columns that every table must have, each
    with its type and what follows it (``timestamptz NOT NULL``). *naming* are regular expressions by the kind of
    what is named, in which ``{table}`` and ``{columns}`` stand for themselves.
    """

    lock_timeout: str = ""
    extensions: tuple[str, ...] = ()
    required_columns: Mapping[str, str] = field(default_factory=dict)
    naming: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Project:
    """What surrounds the revisions under review: all *revisions* of their history, parents first.

    *shares_transaction* says that env.py runs all pending revisions in one transaction. *changed* are the other
    files of the same change, outside Alembic's folder, as far as git or a hook told; none where nobody was asked.
    """

    revisions: tuple[Revision, ...] = ()
    shares_transaction: bool = False
    changed: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """What a rule looks at: one operation, one transaction, one revision or the whole range under review.

    *operations* are those it looks at; *run* is the whole revision around the first of them. *postgres* is the
    target's major version, None for any of 14 to 18. *answers* are decisions a person wrote down. *since* is the
    first revision under review (Schema.revision): what that and later ones make, the running version does not know.
    *ahead* is what the release goes on to do behind *run*, where it is split as a whole.
    """

    operations: tuple[Placed, ...]
    run: Run
    policy: Policy = field(default_factory=Policy)
    postgres: int | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    project: Project = Project()
    #: how large and busy tables are, where somebody measured
    statistics: Statistics | None = None
    since: int = 0
    ahead: tuple[Placed, ...] = ()

    @property
    def operation(self) -> Operation:
        """The first operation: the one, for a rule about an operation."""
        return self.operations[0].operation

    @property
    def before(self) -> Schema:
        """The schema before the first operation."""
        return self.operations[0].before

    @property
    def after(self) -> Schema:
        """The schema after the last operation."""
        return self.operations[-1].after

    @property
    def position(self) -> int:
        """Where the first operation stands in its revision, from 0."""
        first = self.operations[0]
        return next(i for i, placed in enumerate(self.run.operations) if placed is first)

    @property
    def transaction(self) -> int | None:
        """The transaction of the first operation, None in autocommit."""
        return self.operations[0].statement.transaction

    @property
    def in_transaction(self) -> tuple[Placed, ...]:
        """All operations of the first one's transaction, itself included."""
        if self.transaction is None:
            return self.operations[:1]
        return tuple(p for p in self.run.operations if p.statement.transaction == self.transaction)

    def footprint(self, placed: Placed | None = None) -> Footprint:
        """The locks and the work of an operation, the first one by default."""
        return (placed or self.operations[0]).touched(self.postgres)

    def is_new(self, table: Name) -> bool:
        """Whether the revision itself made *table* before the first operation."""
        return self.before.is_new(table)


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule's word on a site. *at* counts in Site.operations; *certain* False makes an error a warning.

    *message* replaces the first sentence of the rule's page where the rule knows better. *line* (1-based, in the
    file of that operation's revision) is where it stands, 0 where it is the statement itself.
    """

    hazards: frozenset[Hazard]
    at: int = 0
    certain: bool = True
    message: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """What only a person can decide: an SQL expression, written down under one of *keys*, the first of them shown.

    *asks* says what the expression is for, as the end of "decide …", and *example* is one that may fit.
    """

    keys: tuple[str, ...]
    asks: str
    example: str

    @property
    def key(self) -> str:
        """The key that a person is shown: ``orders.currency``."""
        return self.keys[0]

    @property
    def advice(self) -> str:
        """How to answer it, in a sentence."""
        return self.advised({})

    def advised(self, declared: Mapping[str, str]) -> str:
        """How to answer it in a revision that has the answers *declared*, in a sentence."""
        answers = json.dumps({**declared, self.key: self.example}, ensure_ascii=False)
        return (
            f'Decide {self.asks}: --answer "{self.key}={self.example}", or '
            f"safemigrate_answers = {answers} in the revision."
        )


@dataclass(frozen=True, slots=True)
class Split:
    """The safe form of a change: the steps of each phase, in order.

    *consumes* are the positions in Site.run.operations that the steps replace. *change* says what the author
    meant, as the end of "this revision …": "renames users.full_name to name". *proof* says what must be true
    before contract. *deploy* is the instruction to a person between expand and contract. *question* is what a person
    may decide, and what goes without an answer, too. *place* is the position whose place expand takes; the first of
    *consumes*, if None. *contract_undo* are the steps that undo contract, None where they follow from its operations
    one by one.
    """

    consumes: frozenset[int]
    change: str
    expand: tuple[Step, ...] = ()
    migrate: tuple[Step, ...] = ()
    contract: tuple[Step, ...] = ()
    proof: str = ""
    deploy: str = ""
    question: Question | None = None
    place: int | None = None
    contract_undo: tuple[Step, ...] | None = None

    @property
    def begins(self) -> int:
        """The position whose place the expand steps take."""
        return min(self.consumes) if self.place is None else self.place

    def steps(self, phase: Phase) -> tuple[Step, ...]:
        """The steps of one phase."""
        return {Phase.EXPAND: self.expand, Phase.MIGRATE: self.migrate, Phase.CONTRACT: self.contract}[phase]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a change cannot be split, and what a person must decide or do instead.

    *question* is what has to be answered before it can, None where no answer would do.
    """

    reason: str
    remedy: str
    question: Question | None = None

    @property
    def advice(self) -> str:
        """The remedy, and how the question is answered."""
        return f"{self.remedy} {self.question.advice}" if self.question else self.remedy
