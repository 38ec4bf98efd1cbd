"""Grounds of verdicts, lists by what they replace, and where lists and answers are fetched from."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from alembic import op

from keys.crl import read_lists

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "grounds",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_grounds")),
    )
    op.create_table(
        "revocations",
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("next_update", sa.String(27), nullable=True),
        sa.Column("added_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_revocations")),
    )
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.String(27), nullable=False),
        sa.Column("next_try", sa.String(27), nullable=False),
        sa.Column("fetched_at", sa.String(27), nullable=True),
        sa.Column("next_update", sa.String(27), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint(
            "kind", "url", "subject", "issuer", name=op.f("uq_sources_kind_url_subject_issuer")
        ),
    )
    op.create_table(
        "seen_paths",
        sa.Column("leaf", sa.String(length=64), nullable=False),
        sa.Column("path", sa.JSON(), nullable=False),
        sa.Column("seen_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("leaf", name=op.f("pk_seen_paths")),
    )
    op.add_column("judgements", sa.Column("grounds", sa.JSON(), nullable=True))
    _take_lists_over(op.get_bind())
    op.drop_table("crls")


def _take_lists_over(connection: sa.Connection) -> None:
    """Keep the lists that operators added: they are the newest that there are."""
    crls = sa.table("crls", sa.column("der"), sa.column("next_update"), sa.column("added_at"))
    grounds = sa.table(
        "grounds", *(sa.column(name) for name in ("sha256", "kind", "content", "kept_at"))
    )
    revocations = sa.table(
        "revocations",
        *(sa.column(name) for name in ("place", "kind", "sha256", "next_update", "added_at")),
    )
    for row in connection.execute(sa.select(crls)).all():
        digest = hashlib.sha256(row.der).hexdigest()
        place = read_lists(row.der)[0].place
        connection.execute(
            sa.insert(grounds).values(
                sha256=digest, kind="revocation", content=row.der, kept_at=row.added_at
            )
        )
        connection.execute(
            sa.insert(revocations).values(
                place=place,
                kind="crl",
                sha256=digest,
                next_update=row.next_update,
                added_at=row.added_at,
            )
        )


def downgrade() -> None:
    """Back to the version before; lists are to be added again."""
    op.create_table(
        "crls",
        sa.Column("issuer", sa.String(length=64), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("next_update", sa.String(27), nullable=True),
        sa.Column("added_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("issuer", name=op.f("pk_crls")),
    )
    with op.batch_alter_table("judgements") as batch_op:
        batch_op.drop_column("grounds")
    for name in ("seen_paths", "sources", "revocations", "grounds"):
        op.drop_table(name)
