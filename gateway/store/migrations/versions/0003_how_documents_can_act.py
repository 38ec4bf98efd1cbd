"""How a document can act when it is opened: program, script, macros, actions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    with op.batch_alter_table("documents") as documents:
        documents.add_column(sa.Column("active", sa.String(length=20), nullable=True))


def downgrade() -> None:
    """Back to the version before."""
    with op.batch_alter_table("documents") as documents:
        documents.drop_column("active")
