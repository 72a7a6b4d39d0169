"""Expressions in which a column is called otherwise."""

from __future__ import annotations

import pytest

from safemigrate.sql import renamed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail", "email"),
        ("mail DESC NULLS LAST", "email DESC NULLS LAST"),
        ("lower(mail) text_pattern_ops", "lower(email) text_pattern_ops"),
        ('"mail" COLLATE "C"', 'email COLLATE "C"'),
        ("t.mail > 'mail' AND MAIL <> ''", "t.email > 'mail' AND email <> ''"),
        ('"Mail" = mailing', '"Mail" = mailing'),
        ("mail ->> 'mail' -- mail", "email ->> 'mail' -- mail"),
        ("visits > 1", "visits > 1"),
        ("mail(visits)", None),
        ("visits::mail", None),
        ("CAST(visits AS mail)", None),
        ("mail.visits > 1", None),
        ("'unfinished", None),
    ],
)
def test_a_column_is_renamed_where_it_is_certainly_meant(text: str, expected: str | None) -> None:
    assert renamed(text, "mail", "email") == expected


def test_the_new_name_is_quoted_where_it_must_be() -> None:
    assert renamed("a + A", "a", 'User "x"') == '"User ""x""" + "User ""x"""'
