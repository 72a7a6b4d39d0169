"""``safemigrate rules``: the rules there are."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from safemigrate.cli.options import alembic_options, rules_option
from safemigrate.config import load_settings

EXAMPLES = """\b
Examples:
  safemigrate rules
  safemigrate rules --format json
"""


@click.command(epilog=EXAMPLES)
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@rules_option
@alembic_options
def command(style: str, rule_folders: tuple[Path, ...], config: Path | None, name: str) -> None:
    """List every rule with its hazards and one sentence."""
    from safemigrate.report import rules as report
    from safemigrate.report.text import show
    from safemigrate.rulebook import load_rules

    settings = load_settings(config, overrides={"rules": rule_folders or None})
    pages = [rule.page for rule in load_rules(settings.rules)]
    if style == "json":
        sys.stdout.write(report.rules_json(pages))
    else:
        show(report.rules_text(pages), sys.stdout)
