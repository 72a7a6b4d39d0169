"""What the file of a revision says beside what it runs."""

from __future__ import annotations

import pytest

from safemigrate.history.written import Downgrade, shares_transaction, written

ENV = "from alembic import context\ncontext.configure(connection=c{more})\n"


@pytest.mark.parametrize(
    ("text", "models"),
    [
        ("from shop.models import User\nsession.query(User)", [("User", 1)]),
        ("def upgrade():\n    from shop import User as U\n    op.execute(sa.select(U.id))", [("U", 2)]),
        ("import shop.models\nsession.query(shop.models.User)", [("shop", 1)]),
        ("from shop.models import Base\nBase.metadata.create_all(op.get_bind())", [("Base", 1)]),
        ("from ..models import User\nop.bulk_insert(User.__table__, [])", [("User", 1)]),
        ("from shop.types import Guid\nsa.Column('id', Guid())", []),
        ("import sqlalchemy as sa\nusers = sa.table('users')\nsa.update(users)", []),
        ("from shop.models import User", []),
        ("from shop.models import User\nsa.update(User).values(name='')", [("User", 1)]),
        ("from shop.serialization import Encoding\nrow.get(Encoding.TYPE)", []),
        ("this is not Python", []),
    ],
)
def test_models_that_rows_go_through(text: str, models: list[tuple[str, int]]) -> None:
    assert models == [(model.name, model.line) for model in written(text).models]


@pytest.mark.parametrize(
    ("text", "downgrade"),
    [
        ("def downgrade():\n    op.drop_table('a')", Downgrade.WRITTEN),
        ("def downgrade():\n    raise NotImplementedError", Downgrade.WRITTEN),
        ('def downgrade() -> None:\n    """No way back."""\n    pass', Downgrade.EMPTY),
        ("def downgrade(): ...", Downgrade.EMPTY),
        ("def upgrade(): pass", Downgrade.MISSING),
        ("from shop.migrating import downgrade", Downgrade.WRITTEN),
        ("downgrade = nothing", Downgrade.WRITTEN),
    ],
)
def test_a_downgrade_is_written_empty_or_missing(text: str, downgrade: Downgrade) -> None:
    assert downgrade is written(text).downgrade


@pytest.mark.parametrize(
    ("more", "shared"),
    [
        ("", True),
        (", transaction_per_migration=False", True),
        (", transaction_per_migration=True", False),
        (", transaction_per_migration=per_migration()", False),
        (", **settings", False),
    ],
)
def test_env_py_shares_a_transaction_unless_it_says_or_may_say_otherwise(more: str, shared: bool) -> None:
    assert shared is shares_transaction(ENV.format(more=more))


def test_an_env_py_that_configures_nothing_is_not_judged() -> None:
    assert not shares_transaction("from shop.migrating import run\nrun()")
    assert not shares_transaction("not Python at all")
