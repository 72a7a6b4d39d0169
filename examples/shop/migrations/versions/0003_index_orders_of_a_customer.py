"""Index a customer's orders by date

The customer page reads them newest first and had become slow.

Revision ID: c58e0d7714fa
Revises: 27be1d5f6c08
Create Date: 2024-09-03 11:05:37.204416

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision: str = "c58e0d7714fa"
down_revision: Union[str, Sequence[str], None] = "27be1d5f6c08"
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    # orders is our largest table, so the index is built without locking it
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_orders_customer_id_placed_at",
            "orders",
            ["customer_id", "placed_at"],
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("ix_orders_customer_id_placed_at", table_name="orders", postgresql_concurrently=True)
