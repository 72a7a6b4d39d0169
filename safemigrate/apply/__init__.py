"""The steps of a plan on a live database: locks, retries, backfills, the journal and the gates.

In: a history and a database. Out: an Outcome, with events on the way to whoever observes. Every step is asked for
before and after it runs, so that apply may be killed at any point and the same command finishes the work. Nothing
here prints, and nothing here writes SQL of its own beside the backfill's: a revision's statements run as recorded.
"""

from safemigrate.apply.engine import Project, apply_phase, can_contract
from safemigrate.apply.events import Did, Event, Evidence, Outcome, StepOutcome, Verdict
from safemigrate.apply.limits import GateOptions, Limits
from safemigrate.apply.progress import State
from safemigrate.apply.status import Status, read_status

__all__ = [
    "Did",
    "Event",
    "Evidence",
    "GateOptions",
    "Limits",
    "Outcome",
    "Project",
    "State",
    "Status",
    "StepOutcome",
    "Verdict",
    "apply_phase",
    "can_contract",
    "read_status",
]
