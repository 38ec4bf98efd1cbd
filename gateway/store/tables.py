"""All tables, in the order in which a mail touches them.

A column that ends in `_sealed` is encrypted at rest, because a citizen's data can be in it; every
other column is safe to list. Times are UTC, written as text that sorts.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from gateway.store.times import Time

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


# --- who may write to us -------------------------------------------------------------------------

partners = Table(
    "partners",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("name", Text, nullable=False),
    Column("cvr", String(12), nullable=False, index=True),
    Column("municipality", String(4)),
    Column("language", String(2), nullable=False),
    Column("may", JSON, nullable=False),
    Column("receipt_form", String(10), nullable=False),
    Column("added_at", Time, nullable=False),
    Column("retired_at", Time),
)
partner_addresses = Table(
    "partner_addresses",
    metadata,
    Column("address", String(320), primary_key=True),
    Column("partner", String(80), nullable=False, index=True),
    Column("position", Integer, nullable=False),
)
certificates = Table(
    "certificates",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("owner_kind", String(10), nullable=False),  # partner, facility, person
    Column("owner", String(80), nullable=False),
    Column("fingerprint", String(64), nullable=False, index=True),
    Column("der", LargeBinary, nullable=False),
    Column("added_at", Time, nullable=False),
    Column("retired_at", Time),
    UniqueConstraint("owner_kind", "owner", "fingerprint"),
)
openpgp_keys = Table(
    "openpgp_keys",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("owner_kind", String(10), nullable=False),  # partner, facility
    Column("owner", String(80), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("encrypts", Boolean, nullable=False),
    Column("expires_at", Time),
    Column("added_at", Time, nullable=False),
    Column("retired_at", Time),
)
approvers = Table(
    "approvers",
    metadata,
    Column("partner", String(80), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("added_at", Time, nullable=False),
)
tunnels = Table(
    "tunnels",
    metadata,
    Column("partner", String(80), primary_key=True),
    Column("fingerprint", String(64), primary_key=True),
    Column("der", LargeBinary, nullable=False),
    Column("added_at", Time, nullable=False),
    Column("relay", String(300)),  # where mail to the partner goes, if it goes this way
    Column("ca", LargeBinary),  # PEM; what that relay's certificate must lead to
)
anchors = Table(
    "anchors",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("der", LargeBinary, nullable=False),
    Column("added_at", Time, nullable=False),
)
# What verdicts rest on, once for each content: certificates, lists, answers, and verdicts' grounds.
grounds = Table(
    "grounds",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("kind", String(12), nullable=False),  # certificate, revocation, verdict
    Column("content", LargeBinary, nullable=False),
    Column("kept_at", Time, nullable=False),
)
# The lists and answers that count now; `place` is what they would replace.
revocations = Table(
    "revocations",
    metadata,
    Column("place", String(64), primary_key=True),
    Column("kind", String(4), nullable=False),  # crl, ocsp
    Column("sha256", String(64), nullable=False),
    Column("next_update", Time),
    Column("added_at", Time, nullable=False),
)
# Where lists and answers are fetched from; `subject` is the certificate that an answer is about.
sources = Table(
    "sources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(4), nullable=False),
    Column("url", Text, nullable=False),
    Column("subject", String(64), nullable=False),
    Column("issuer", String(64), nullable=False),
    Column("seen_at", Time, nullable=False),
    Column("next_try", Time, nullable=False),
    Column("fetched_at", Time),
    Column("next_update", Time),
    Column("sha256", String(64)),
    Column("failures", Integer, nullable=False),
    Column("last_error", Text),
    UniqueConstraint("kind", "url", "subject", "issuer"),
)
# The paths of senders that wrote lately: what is fetched, is fetched for them.
seen_paths = Table(
    "seen_paths",
    metadata,
    Column("leaf", String(64), primary_key=True),
    Column("path", JSON, nullable=False),
    Column("seen_at", Time, nullable=False),
)
facilities = Table(
    "facilities",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("name", Text, nullable=False),
    Column("address", String(320), nullable=False),
    Column("language", String(2), nullable=False),
    Column("added_at", Time, nullable=False),
    Column("retired_at", Time),
)
persons = Table(
    "persons",
    metadata,
    Column("facility", String(80), primary_key=True),
    Column("address", String(320), primary_key=True),
    Column("name", Text, nullable=False),
    Column("added_at", Time, nullable=False),
)

expiry_warnings = Table(
    "expiry_warnings",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("days", Integer, primary_key=True, autoincrement=False),  # before the end: 60, 30, 7
    Column("at", Time, nullable=False),
)

# --- mail coming in ------------------------------------------------------------------------------

mails = Table(
    "mails",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("received_at", Time, nullable=False, index=True),
    Column("door", String(10), nullable=False),
    Column("mailbox", String(320), nullable=False),
    Column("envelope_from", String(320)),
    Column("envelope_to", String(320), nullable=False),
    Column("peer", String(80), nullable=False),
    Column("tls", JSON),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(60)),
    Column("message_id", String(998)),
    Column("from_address", String(320)),
    Column("partner", String(80)),
    Column("assurance", String(10)),
    Column("case_number", String(20), index=True),
    Column("submission", String(200)),
    Column("content_digest", String(64)),
    Column("mic", String(64)),
    Column("duplicate_of", Integer),
    Column("judged", Integer, nullable=False),
    Column("processed_at", Time),
    Index("ix_mails_mailbox_sha256", "mailbox", "sha256"),
    Index("ix_mails_partner_mic", "partner", "mic"),
    Index("ix_mails_state_id", "state", "id"),
)
raws = Table(
    "raws",
    metadata,
    Column("mail", Integer, primary_key=True, autoincrement=False),
    Column("raw_sealed", LargeBinary, nullable=False),
)
judgements = Table(
    "judgements",
    metadata,
    Column("mail", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Time, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(60)),
    Column("layers", JSON, nullable=False),
    Column("steps", JSON, nullable=False),
    Column("grounds", JSON(none_as_null=True)),  # for each certificate: what, on which grounds
)
submissions = Table(
    "submissions",
    metadata,
    Column("partner", String(80), primary_key=True),
    Column("mark", String(64), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("mail", Integer, nullable=False),
)
sent_again = Table(
    "sent_again",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mail", Integer, nullable=False, index=True),
    Column("at", Time, nullable=False),
)
notices_sent = Table(
    "notices_sent",
    metadata,
    Column("address", String(320), primary_key=True),
    Column("at", Time, nullable=False),
)

# --- cases ---------------------------------------------------------------------------------------

counters = Table(
    "counters",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("value", Integer, nullable=False),
)
cases = Table(
    "cases",
    metadata,
    Column("number", String(20), primary_key=True),
    Column("procedure", String(60), nullable=False),
    Column("state", String(40), nullable=False, index=True),
    Column("opened_at", Time, nullable=False),
    Column("partner", String(80), nullable=False, index=True),
    Column("facility", String(80), index=True),
    Column("version", Integer, nullable=False),
    Column("body_sealed", LargeBinary, nullable=False),
    Column("about_sealed", LargeBinary, nullable=False),
)
case_links = Table(
    "case_links",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", String(20), nullable=False),
    Column("procedure", String(60), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("digest", String(64), nullable=False, index=True),
)
case_events = Table(
    "case_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", String(20), nullable=False, index=True),
    Column("at", Time, nullable=False),
    Column("event", String(60), nullable=False),
    Column("from_state", String(40)),
    Column("to_state", String(40)),
    Column("rules", JSON, nullable=False),
    Column("mail", Integer),
    Column("actor", Text, nullable=False),
    Column("note", Text),
)
documents = Table(
    "documents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", String(20), nullable=False, index=True),
    Column("key", String(80), nullable=False),
    Column("name_sealed", LargeBinary, nullable=False),
    Column("media_type", String(120), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content_sealed", LargeBinary, nullable=False),
    Column("mail", Integer),
    Column("at", Time, nullable=False),
    Column("active", String(20)),  # how it can act: program, script, macros, actions
)
deadlines = Table(
    "deadlines",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", String(20), nullable=False, index=True),
    Column("name", String(60), nullable=False),
    Column("due", Time, nullable=False),
    Column("who", String(40), nullable=False),
    Column("state", String(12), nullable=False),  # waiting, passed, met
    Column("count", JSON, nullable=False),
    Column("set_at", Time, nullable=False),
    Column("ended_at", Time),
    Index("ix_deadlines_state_due", "state", "due"),
)
occurrences = Table(
    "occurrences",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", String(20), nullable=False),
    Column("name", String(60), nullable=False),
    Column("body", JSON, nullable=False),
    Column("at", Time, nullable=False),
    Column("done_at", Time),
    Index("ix_occurrences_done_at_id", "done_at", "id"),
)

# --- mail going out ------------------------------------------------------------------------------

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", String(20), index=True),
    Column("mail", Integer, index=True),
    Column("kind", String(40), nullable=False),
    Column("role", String(20), nullable=False),
    Column("recipient", String(80)),
    Column("to_address", String(320), nullable=False),
    Column("state", String(12), nullable=False),
    Column("plan_sealed", LargeBinary, nullable=False),
    Column("on_accepted", String(60)),  # what its case is told when it was accepted, or failed
    Column("on_failed", String(60)),
    Column("evidence", Integer),
    Column("message_id", String(200), index=True),
    Column("tag", String(80)),
    Column("attempts", Integer, nullable=False),
    Column("next_try", Time),
    Column("last_reply", Text),
    Column("created_at", Time, nullable=False),
    Column("sent_at", Time),
    Column("automatic", Boolean, nullable=False),
    Index("ix_outbox_state_next_try", "state", "next_try"),
    Index("ix_outbox_recipient_created_at", "recipient", "created_at"),
)
# Apart, because SQLite writes a row anew as a whole when a column changes, and states often do.
made_mails = Table(
    "made_mails",
    metadata,
    Column("outgoing", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
    Column("tunnel", String(80)),  # the partner whose tunnel alone may carry it: it is not sealed
)
evidence = Table(
    "evidence",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", String(20)),
    Column("sequence", Integer, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("previous", String(64)),
    Column("issued_at", Time, nullable=False),
    Column("mail", Integer, index=True),
    Column("recipient", String(80)),
    Column("body_sealed", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    UniqueConstraint("number", "sequence"),
)
heads = Table(
    "heads",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("at", Time, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

# --- the journal ---------------------------------------------------------------------------------

journal = Table(
    "journal",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("at", Time, nullable=False),
    Column("what", String(60), nullable=False),
    Column("mail", Integer, index=True),
    Column("number", String(20), index=True),
    Column("actor", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
)
chain_ends = Table(
    "chain_ends",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("mac", String(64), nullable=False),
)
