"""The history of the project that a command is about, and what is not certain of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from safemigrate.config import Settings

if TYPE_CHECKING:
    from safemigrate.history import History
    from safemigrate.history.declaration import Declaration
    from safemigrate.history.loading import Asked


def load_history(
    config: Path | None,
    name: str,
    settings: Settings,
    *,
    declared: Callable[[Path], Declaration] | None = None,
    asked: Asked | None = None,
) -> History:
    """As safemigrate.history.load(), with the naming convention of *settings*; one that is not known is told."""
    from safemigrate.history import load
    from safemigrate.history.declaration import declaration

    history = load(
        config, name=name, declared=declared or declaration, asked=asked, convention=settings.naming_convention
    )
    unread = history.configuration.naming.unread if history.configuration else ""
    if unread:
        click.echo(
            f"note: the naming convention of env.py's target_metadata is not known ({unread}), so constraints may be "
            "called otherwise: write it as naming_convention in [tool.safemigrate].",
            err=True,
        )
    return history
