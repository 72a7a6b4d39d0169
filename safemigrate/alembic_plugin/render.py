"""How autogenerate writes the operations into a revision."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic.autogenerate.render import renderers

from safemigrate.alembic_plugin.base import SafeOperation
from safemigrate.alembic_plugin.operations import OPERATIONS

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext


def register() -> None:
    """Make the operations known to autogenerate."""
    for kind in OPERATIONS:
        renderers.dispatch_for(kind)(rendered)


def rendered(context: AutogenContext, op: SafeOperation) -> str:
    """``op.sync_columns("users", "full_name", "name")``: what is required by place, the rest by name."""
    words, named = [], False
    arguments = op.arguments()
    options = arguments.pop("options", None) or {}
    for place, (name, value) in enumerate({**arguments, **options}.items()):
        named = named or name in options or place >= op.required()
        words.append(f"{name}={_literal(value)}" if named else _literal(value))
    prefix = context.opts.get("alembic_module_prefix") or "op."
    return f"{prefix}{op.name}({', '.join(words)})"


def _literal(value: Any) -> str:
    match value:
        case sa.TextClause():
            return f"sa.text({_literal(value.text)})"
        case list() | tuple():
            return f"[{', '.join(map(_literal, value))}]"
        case str() | dict():
            text = json.dumps(value, ensure_ascii=False)
            return repr(value) if "\\" in text else text
        case _:
            return repr(value)
