"""model-import: see model_import.md."""

from __future__ import annotations

from collections.abc import Iterable

from safemigrate.rulebook import Hazard, Hit, Site


def check(site: Site) -> Iterable[Hit]:
    """Each class of the application that the revision asks or writes rows through."""
    for model in site.run.written.models:
        yield Hit(
            frozenset({Hazard.ADVICE}),
            line=model.line,
            message=f"{model.name} of {model.module} is today's model: once it has a column that comes later, this "
            "revision asks for it before it is there. Write the table down here, with the columns that are needed.",
        )
