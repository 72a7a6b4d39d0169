"""Rules that a project has to ask for, alone or as a group."""

from __future__ import annotations

import pytest

from safemigrate.cli.judging import load_enabled_rules
from safemigrate.config import Settings
from safemigrate.errors import ConfigurationError


def enabled(*names: str) -> set[str]:
    return {rule.name for rule in load_enabled_rules(Settings(enable=names))}


def test_one_rule_is_enabled_by_its_name() -> None:
    assert enabled("prefer-bigint") - enabled() == {"prefer-bigint"}


def test_a_group_enables_its_rules_and_no_other() -> None:
    style = enabled("style") - enabled()
    assert {"prefer-bigint", "naming-convention", "null-comparison"} < style
    assert "irreversible" not in style
    assert len(style) == 21


def test_what_is_neither_rule_nor_group_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="stile"):
        enabled("stile")
