"""The ``alembic.plugins`` entry point: what Alembic loads of safemigrate whenever it starts.

In: Alembic's registries. Out: ``op.sync_columns``, ``op.backfill`` and the others that ``--ops`` writes, how
autogenerate renders them, and a comparator that hides the journal's schema. Outside of this folder only the pure
values of ``safemigrate.schema`` are used, and those once an operation runs: production images pay for the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.runtime.plugins import Plugin


def setup(plugin: Plugin) -> None:
    """Register the operations and their renderers, and hide the journal from autogenerate."""
    # alembic itself is only half imported at this point, so each of these names the module it needs and no package
    from safemigrate.alembic_plugin import compare, implementations, render

    implementations.register()
    render.register()
    compare.register()
