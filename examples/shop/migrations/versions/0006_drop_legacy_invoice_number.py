"""Drop the invoice numbers of the old bookkeeping

It was switched off at the end of February; nobody asks for these numbers any more.

Revision ID: 4d90b6ce8a13
Revises: e06d2b95fa37
Create Date: 2025-03-14 08:33:51.412665

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision: str = "4d90b6ce8a13"
down_revision: Union[str, Sequence[str], None] = "e06d2b95fa37"
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    op.drop_column("invoices", "legacy_number", schema="billing")


def downgrade() -> None:
    # the numbers are gone: old invoices get an empty one, new ones must bring theirs again
    op.add_column(
        "invoices",
        sa.Column("legacy_number", sa.String(length=20), nullable=False, server_default=""),
        schema="billing",
    )
    op.alter_column("invoices", "legacy_number", server_default=None, schema="billing")
