"""change-database: see change_database.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.schema.operations import AlterObject, RenameObject

_NO_MORE = re.compile(r"\bALLOW_CONNECTIONS\s*=?\s*(?:false|off|0)\b|\bIS_TEMPLATE\s*=?\s*true\b", re.IGNORECASE)
_LIMIT = re.compile(r"\bCONNECTION\s+LIMIT\s*=?\s*(?!-)\d+", re.IGNORECASE)
_SETTING = re.compile(r"^ALTER\s+DATABASE\s+\S+\s+(?:SET|RESET)\s+(?P<name>\w+)", re.IGNORECASE)
# these change how long work may take, and not what comes out
_MILD = re.compile(
    r"(?:log_|auto_explain|track_|pg_stat|effective_|random_page_cost|seq_page_cost|work_mem|maintenance_|autovacuum|"
    r"jit|max_parallel|default_statistics_target|lock_timeout)",
    re.IGNORECASE,
)


def check(site: Site) -> Iterator[Hit]:
    """What keeps the old version from connecting, and what each new session finds otherwise."""
    op = site.operation
    assert isinstance(op, AlterObject | RenameObject)
    if isinstance(op, RenameObject):
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            message=f"Nobody connects to {op.name} any more, and it is refused while anybody is connected.",
        )
    elif _NO_MORE.search(op.text):
        yield Hit(frozenset({Hazard.BREAKS_OLD}), message=f"No new connection to {op.name} is let in.")
    elif _LIMIT.search(op.text):
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            certain=False,
            message=f"Connections to {op.name} beyond the limit are refused: both versions count, and their pools.",
        )
    elif (setting := _SETTING.match(op.text)) and not _MILD.match(setting["name"]):
        yield Hit(
            frozenset({Hazard.SURPRISES_OLD}),
            message=f"Each new session of the old version finds another {setting['name'].lower()}, and those "
            "that are open keep the one they have.",
        )
