"""change-view-options: see change_view_options.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site
from safemigrate.rulebook.net import begun
from safemigrate.schema import Name
from safemigrate.schema.operations import AlterObject, CreateView

_OPTIONS = re.compile(r"\(([^()]*\b(?:security_invoker|check_option|security_barrier)\b[^()]*)\)", re.IGNORECASE)
_INVOKER = re.compile(r"\bsecurity_invoker\b(?!\s*=\s*'?(?:false|off|no|0)\b)", re.IGNORECASE)
_CHECKED = re.compile(r"\bcheck_option\b", re.IGNORECASE)
_CHECK_OPTION = re.compile(r"\bWITH\s+(?:LOCAL\s+|CASCADED\s+)?CHECK\s+OPTION\s*;?\s*$", re.IGNORECASE)
_RESET = re.compile(r"\bRESET\s*\(", re.IGNORECASE)


def check(site: Site) -> Iterator[Hit]:
    """Who reads a view with whose rights, and what may be written through it."""
    op = site.operation
    assert isinstance(op, AlterObject | CreateView)
    text = _head(op)
    if not _concerns_running(site, op.name):
        return
    match = _OPTIONS.search(text)
    options = match[1] if match is not None and not _RESET.search(text) else ""
    if _INVOKER.search(options):
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            certain=False,
            message=f"{op.name} reads its tables with the rights of who asks from now on: a role that may read only "
            "the view gets permission denied, and row security of the tables holds for it.",
        )
    if _CHECKED.search(options) or _CHECK_OPTION.search(op.text):
        yield Hit(
            frozenset({Hazard.BREAKS_OLD}),
            message=f"A row that {op.name} itself would not show is refused from now on, which the old version may "
            "write through it.",
        )


def _head(op: AlterObject | CreateView) -> str:
    """What stands before the query."""
    return re.split(r"\bAS\b", op.text, maxsplit=1, flags=re.IGNORECASE)[0] if isinstance(op, CreateView) else op.text


def _concerns_running(site: Site, name: Name) -> bool:
    """Whether a running version knows it as a view, or may."""
    start = begun(site)
    if site.before.table(name) is not None:
        return False
    op = site.operation
    if isinstance(op, CreateView):
        return start.view(name) is not None
    view = site.before.view(name)
    return view is None or view.born != site.before.revision
