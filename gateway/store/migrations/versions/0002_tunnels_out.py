"""Where mail goes that cannot be sealed, to a partner with a tunnel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.add_column("tunnels", sa.Column("relay", sa.String(300), nullable=True))
    op.add_column("tunnels", sa.Column("ca", sa.LargeBinary(), nullable=True))
    op.add_column("made_mails", sa.Column("tunnel", sa.String(80), nullable=True))


def downgrade() -> None:
    """To the version before."""
    op.drop_column("made_mails", "tunnel")
    op.drop_column("tunnels", "ca")
    op.drop_column("tunnels", "relay")
