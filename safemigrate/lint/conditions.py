"""What findings depend on beside the revisions and the rules."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from safemigrate.history.statement import Direction
from safemigrate.rulebook.site import Policy
from safemigrate.schema.statistics import Statistics


@dataclass(frozen=True, slots=True)
class Conditions:
    """What findings depend on beside the revisions. *postgres* None stands for any supported version.

    *schema_sql* is a baseline, as the database was once *schema_revision* had run (empty: before the first).
    *statistics* is what somebody measured of the tables.
    """

    today: datetime.date
    policy: Policy = field(default_factory=Policy)
    postgres: int | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    statistics: Statistics | None = None
    schema_sql: str = ""
    schema_revision: str = ""
    #: which of a revision's functions are judged
    directions: frozenset[Direction] = frozenset(Direction)
