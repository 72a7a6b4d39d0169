"""``safemigrate explain``: the page of a rule."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from pathlib import Path

import click

from safemigrate.cli.options import alembic_options, rules_option
from safemigrate.config import load_settings
from safemigrate.errors import ConfigurationError

EXAMPLES = """\b
Example:
  safemigrate explain drop-column
"""


@click.command(epilog=EXAMPLES)
@click.argument("rule")
@rules_option
@alembic_options
def command(rule: str, rule_folders: tuple[Path, ...], config: Path | None, name: str) -> None:
    """Print the page of RULE: why it is unsafe, what to do instead, and examples that PostgreSQL has checked."""
    from safemigrate.rulebook import load_rules
    from safemigrate.rulebook.page import Page

    settings = load_settings(config, overrides={"rules": rule_folders or None})
    pages: dict[str, Page] = {each.name: each.page for each in load_rules(settings.rules)}
    wanted = rule.strip().replace("_", "-")
    if wanted not in pages:
        near = get_close_matches(wanted, pages, n=3)
        remedy = f"Did you mean {' or '.join(near)}?" if near else "safemigrate rules lists them."
        raise ConfigurationError(f'There is no rule "{rule}".', remedy=remedy)
    _show(pages[wanted].body.strip())


def _show(markdown: str) -> None:
    from safemigrate.report.text import colours

    if not colours(sys.stdout):
        sys.stdout.write(markdown + "\n")
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console(file=sys.stdout).print(Markdown(markdown))
