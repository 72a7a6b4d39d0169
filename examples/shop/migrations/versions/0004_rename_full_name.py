"""Rename customers.full_name to name

Companies order from us too, and "full name" on their forms confused them.

Revision ID: 91a7f3c40e52
Revises: c58e0d7714fa
Create Date: 2025-03-11 10:22:08.930154

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision: str = "91a7f3c40e52"
down_revision: Union[str, Sequence[str], None] = "c58e0d7714fa"
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    # by hand: autogenerate wanted to drop the column and add a new one
    op.alter_column("customers", "full_name", new_column_name="name")


def downgrade() -> None:
    op.alter_column("customers", "name", new_column_name="full_name")
