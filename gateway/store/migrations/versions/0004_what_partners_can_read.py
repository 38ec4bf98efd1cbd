"""What partners and facilities can read: learnt from their mail, or set."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "partner_capabilities",
        sa.Column("owner_kind", sa.String(length=10), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("learnt", sa.JSON(), nullable=True),
        sa.Column("learnt_at", sa.String(27), nullable=True),
        sa.Column("chosen", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("owner_kind", "owner", name=op.f("pk_partner_capabilities")),
    )


def downgrade() -> None:
    """To the version before."""
    op.drop_table("partner_capabilities")
