"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "anchors",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_anchors")),
    )
    op.create_table(
        "approvers",
        sa.Column("partner", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("added_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("partner", "name", name=op.f("pk_approvers")),
    )
    op.create_table(
        "case_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("from_state", sa.String(length=40), nullable=True),
        sa.Column("to_state", sa.String(length=40), nullable=True),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("mail", sa.Integer(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_events")),
    )
    with op.batch_alter_table("case_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_events_number"), ["number"], unique=False)

    op.create_table(
        "cases",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("procedure", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("opened_at", sa.String(27), nullable=False),
        sa.Column("partner", sa.String(length=80), nullable=False),
        sa.Column("facility", sa.String(length=80), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("about_sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_cases")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cases_facility"), ["facility"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_partner"), ["partner"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_state"), ["state"], unique=False)

    op.create_table(
        "certificates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_kind", sa.String(length=10), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.String(27), nullable=False),
        sa.Column("retired_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
        sa.UniqueConstraint(
            "owner_kind",
            "owner",
            "fingerprint",
            name=op.f("uq_certificates_owner_kind_owner_fingerprint"),
        ),
    )
    with op.batch_alter_table("certificates", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_certificates_fingerprint"), ["fingerprint"], unique=False
        )

    op.create_table(
        "chain_ends",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chain_ends")),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "crls",
        sa.Column("issuer", sa.String(length=64), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("next_update", sa.String(27), nullable=True),
        sa.Column("added_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("issuer", name=op.f("pk_crls")),
    )
    op.create_table(
        "deadlines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("due", sa.String(27), nullable=False),
        sa.Column("who", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("count", sa.JSON(), nullable=False),
        sa.Column("set_at", sa.String(27), nullable=False),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadlines")),
    )
    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deadlines_number"), ["number"], unique=False)
        batch_op.create_index("ix_deadlines_state_due", ["state", "due"], unique=False)

    op.create_table(
        "documents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("mail", sa.Integer(), nullable=True),
        sa.Column("at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_documents_number"), ["number"], unique=False)

    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=True),
        sa.Column("issued_at", sa.String(27), nullable=False),
        sa.Column("mail", sa.Integer(), nullable=True),
        sa.Column("recipient", sa.String(length=80), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("number", "sequence", name=op.f("uq_evidence_number_sequence")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_mail"), ["mail"], unique=False)

    op.create_table(
        "facilities",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("added_at", sa.String(27), nullable=False),
        sa.Column("retired_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_facilities")),
    )
    op.create_table(
        "heads",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_heads")),
    )
    op.create_table(
        "journal",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("mail", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_journal")),
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_journal_mail"), ["mail"], unique=False)
        batch_op.create_index(batch_op.f("ix_journal_number"), ["number"], unique=False)

    op.create_table(
        "judgements",
        sa.Column("mail", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("layers", sa.JSON(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("mail", "number", name=op.f("pk_judgements")),
    )
    op.create_table(
        "made_mails",
        sa.Column("outgoing", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("outgoing", name=op.f("pk_made_mails")),
    )
    op.create_table(
        "mails",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.String(27), nullable=False),
        sa.Column("door", sa.String(length=10), nullable=False),
        sa.Column("mailbox", sa.String(length=320), nullable=False),
        sa.Column("envelope_from", sa.String(length=320), nullable=True),
        sa.Column("envelope_to", sa.String(length=320), nullable=False),
        sa.Column("peer", sa.String(length=80), nullable=False),
        sa.Column("tls", sa.JSON(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("message_id", sa.String(length=998), nullable=True),
        sa.Column("from_address", sa.String(length=320), nullable=True),
        sa.Column("partner", sa.String(length=80), nullable=True),
        sa.Column("assurance", sa.String(length=10), nullable=True),
        sa.Column("case_number", sa.String(length=20), nullable=True),
        sa.Column("submission", sa.String(length=200), nullable=True),
        sa.Column("content_digest", sa.String(length=64), nullable=True),
        sa.Column("mic", sa.String(length=64), nullable=True),
        sa.Column("duplicate_of", sa.Integer(), nullable=True),
        sa.Column("judged", sa.Integer(), nullable=False),
        sa.Column("processed_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
    )
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mails_case_number"), ["case_number"], unique=False)
        batch_op.create_index("ix_mails_mailbox_sha256", ["mailbox", "sha256"], unique=False)
        batch_op.create_index("ix_mails_partner_mic", ["partner", "mic"], unique=False)
        batch_op.create_index(batch_op.f("ix_mails_received_at"), ["received_at"], unique=False)
        batch_op.create_index("ix_mails_state_id", ["state", "id"], unique=False)

    op.create_table(
        "notices_sent",
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_notices_sent")),
    )
    op.create_table(
        "occurrences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("done_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrences")),
    )
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.create_index("ix_occurrences_done_at_id", ["done_at", "id"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.Column("mail", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("recipient", sa.String(length=80), nullable=True),
        sa.Column("to_address", sa.String(length=320), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("plan_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("on_accepted", sa.String(length=60), nullable=True),
        sa.Column("on_failed", sa.String(length=60), nullable=True),
        sa.Column("evidence", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.String(length=200), nullable=True),
        sa.Column("tag", sa.String(length=80), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try", sa.String(27), nullable=True),
        sa.Column("last_reply", sa.Text(), nullable=True),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("sent_at", sa.String(27), nullable=True),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_mail"), ["mail"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_message_id"), ["message_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_number"), ["number"], unique=False)
        batch_op.create_index(
            "ix_outbox_recipient_created_at", ["recipient", "created_at"], unique=False
        )
        batch_op.create_index("ix_outbox_state_next_try", ["state", "next_try"], unique=False)

    op.create_table(
        "partner_addresses",
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("partner", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_partner_addresses")),
    )
    with op.batch_alter_table("partner_addresses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_partner_addresses_partner"), ["partner"], unique=False)

    op.create_table(
        "partners",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cvr", sa.String(length=12), nullable=False),
        sa.Column("municipality", sa.String(length=4), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("may", sa.JSON(), nullable=False),
        sa.Column("receipt_form", sa.String(length=10), nullable=False),
        sa.Column("added_at", sa.String(27), nullable=False),
        sa.Column("retired_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_partners")),
    )
    with op.batch_alter_table("partners", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_partners_cvr"), ["cvr"], unique=False)

    op.create_table(
        "persons",
        sa.Column("facility", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("added_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("facility", "address", name=op.f("pk_persons")),
    )
    op.create_table(
        "raws",
        sa.Column("mail", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("raw_sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("mail", name=op.f("pk_raws")),
    )
    op.create_table(
        "sent_again",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mail", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_again")),
    )
    with op.batch_alter_table("sent_again", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sent_again_mail"), ["mail"], unique=False)

    op.create_table(
        "submissions",
        sa.Column("partner", sa.String(length=80), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("mail", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("partner", "mark", name=op.f("pk_submissions")),
    )
    op.create_table(
        "tunnels",
        sa.Column("partner", sa.String(length=80), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("partner", "fingerprint", name=op.f("pk_tunnels")),
    )


def downgrade() -> None:
    """Back to the version before."""
    op.drop_table("tunnels")
    op.drop_table("submissions")
    with op.batch_alter_table("sent_again", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sent_again_mail"))

    op.drop_table("sent_again")
    op.drop_table("raws")
    op.drop_table("persons")
    with op.batch_alter_table("partners", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_partners_cvr"))

    op.drop_table("partners")
    with op.batch_alter_table("partner_addresses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_partner_addresses_partner"))

    op.drop_table("partner_addresses")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_state_next_try")
        batch_op.drop_index("ix_outbox_recipient_created_at")
        batch_op.drop_index(batch_op.f("ix_outbox_number"))
        batch_op.drop_index(batch_op.f("ix_outbox_message_id"))
        batch_op.drop_index(batch_op.f("ix_outbox_mail"))

    op.drop_table("outbox")
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.drop_index("ix_occurrences_done_at_id")

    op.drop_table("occurrences")
    op.drop_table("notices_sent")
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.drop_index("ix_mails_state_id")
        batch_op.drop_index(batch_op.f("ix_mails_received_at"))
        batch_op.drop_index("ix_mails_partner_mic")
        batch_op.drop_index("ix_mails_mailbox_sha256")
        batch_op.drop_index(batch_op.f("ix_mails_case_number"))

    op.drop_table("mails")
    op.drop_table("made_mails")
    op.drop_table("judgements")
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_journal_number"))
        batch_op.drop_index(batch_op.f("ix_journal_mail"))

    op.drop_table("journal")
    op.drop_table("heads")
    op.drop_table("facilities")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evidence_mail"))

    op.drop_table("evidence")
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_documents_number"))

    op.drop_table("documents")
    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        batch_op.drop_index("ix_deadlines_state_due")
        batch_op.drop_index(batch_op.f("ix_deadlines_number"))

    op.drop_table("deadlines")
    op.drop_table("crls")
    op.drop_table("counters")
    op.drop_table("chain_ends")
    with op.batch_alter_table("certificates", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificates_fingerprint"))

    op.drop_table("certificates")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cases_state"))
        batch_op.drop_index(batch_op.f("ix_cases_partner"))
        batch_op.drop_index(batch_op.f("ix_cases_facility"))

    op.drop_table("cases")
    with op.batch_alter_table("case_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_events_number"))

    op.drop_table("case_events")
    op.drop_table("approvers")
    op.drop_table("anchors")
