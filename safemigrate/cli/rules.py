"""``safemigrate rules``: the rules there are, and the tests of one's own."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from safemigrate.cli.options import EXISTING_FOLDER, alembic_options, rules_option
from safemigrate.config import load_settings
from safemigrate.errors import ConfigurationError

EXAMPLES = """\b
Examples:
  safemigrate rules
  safemigrate rules --format json
  safemigrate rules test migrations/rules
"""

TEST_EXAMPLES = """\b
Examples:
  safemigrate rules test migrations/rules
  safemigrate rules test migrations/rules --rule audit-column

\b
Exit codes: 0 all agree, 1 some do not, 2 a page or its code is not as it must be.
"""

_STYLES = click.Choice(["text", "json"])


@click.group(epilog=EXAMPLES, invoke_without_command=True, subcommand_metavar="[test DIR]")
@click.option("--format", "style", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
@rules_option
@alembic_options
@click.pass_context
def command(ctx: click.Context, style: str, rule_folders: tuple[Path, ...], config: Path | None, name: str) -> None:
    """List every rule with its hazards and one sentence, or test your own."""
    if ctx.invoked_subcommand is not None:
        return
    from safemigrate.report import rules as report
    from safemigrate.report.text import show
    from safemigrate.rulebook import load_rules

    settings = load_settings(config, overrides={"rules": rule_folders or None})
    pages = [rule.page for rule in load_rules(settings.rules)]
    if style == "json":
        sys.stdout.write(report.rules_json(pages))
    elif style == "markdown":
        sys.stdout.write(report.rules_markdown(pages))
    else:
        show(report.rules_text(pages), sys.stdout)


@command.command("test", epilog=TEST_EXAMPLES)
@click.argument("folder", metavar="DIR", type=EXISTING_FOLDER)
@click.option("--rule", "names", multiple=True, metavar="NAME", help="Only this rule; may be given several times.")
@click.option("--format", "style", type=_STYLES, default="text", show_default=True)
@click.pass_context
def test(ctx: click.Context, folder: Path, names: tuple[str, ...], style: str) -> None:
    """Run the examples on the pages of the rules in DIR, on a throw-away PostgreSQL. The rules' code is run.

    Each example is asked five things: whether the rules find what its marks say, whether the split is what its
    phases show, whether each phase lints clean, whether PostgreSQL agrees with all of that, and whether it takes
    the locks and does the work that the model says.
    """
    from safemigrate.report.rule_tests import rule_answers_json, rule_answers_text, summary
    from safemigrate.report.text import show
    from safemigrate.rulebook import load_rules
    from safemigrate.server import start
    from safemigrate.verify.rule_tests import ask_rules

    rules = load_rules([folder])
    own = [rule for rule in rules if rule.page.path.parent == folder]
    chosen = [rule for rule in own if not names or rule.name in names]
    if unknown := set(names) - {rule.name for rule in own}:
        raise ConfigurationError(f'There is no rule "{sorted(unknown)[0]}" in {folder}.')
    if not own:
        raise ConfigurationError("There is no page of a rule here.", where=str(folder), remedy="A page is NAME.md.")
    answers = []
    with start() as server:
        for answer in ask_rules(chosen, [rule for rule in rules if rule not in chosen], server):
            answers.append(answer)
            if style == "text":
                show(rule_answers_text(answer), sys.stdout)
                sys.stdout.flush()
    if style == "json":
        sys.stdout.write(rule_answers_json(answers))
    else:
        show(summary(answers, str(folder)), sys.stdout)
    ctx.exit(0 if all(answer.agrees for answer in answers) else 1)
