"""Every order says its currency

Revision ID: e06d2b95fa37
Revises: 91a7f3c40e52
Create Date: 2025-03-12 14:51:19.077342

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision: str = "e06d2b95fa37"
down_revision: Union[str, Sequence[str], None] = "91a7f3c40e52"
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    # no currency has always meant the home market
    op.execute("UPDATE orders SET currency = 'EUR' WHERE currency IS NULL")
    op.alter_column("orders", "currency", existing_type=sa.String(length=3), nullable=False)


def downgrade() -> None:
    # which of them were empty is not known any more; EUR is what the old version reads into them
    op.alter_column("orders", "currency", existing_type=sa.String(length=3), nullable=True)
