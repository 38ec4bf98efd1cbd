"""Keep a batch of deliveries: one transaction, one fsync, then and only then 250.

Nothing is judged here, not even whether a mail came before: everything that was answered with 250
is kept, and the pipeline decides what it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.inbound.delivery import Delivery
from gateway.store import mails
from gateway.store import tables as t
from gateway.store.journal import Note
from gateway.store.unit import Store


def keep_batch(store: Store, deliveries: Sequence[Delivery]) -> list[str | Exception]:
    """Write the deliveries and their journal rows; gives their ids after the commit.

    Raises gateway.errors.TryLater when the disk is full or the database stays locked: then none of
    them is kept, and each is answered with 451.
    """
    with store.write() as unit:
        first = mails.first_free_id(unit)
        for mail, delivery in enumerate(deliveries, start=first):
            unit.stage(
                t.mails,
                id=mail,
                received_at=delivery.received_at,
                door=delivery.door,
                mailbox=delivery.mailbox,
                envelope_from=delivery.envelope_from,
                envelope_to=delivery.envelope_to,
                peer=delivery.peer,
                tls=dict(delivery.tls) if delivery.tls else None,
                sha256=delivery.sha256,
                size=len(delivery.raw),
                state="received",
                judged=0,
            )
            sealed = unit.seal(delivery.raw, mails.raw_context(mail))
            unit.stage(t.raws, mail=mail, raw_sealed=sealed)
            facts = {"sha256": delivery.sha256, "mailbox": delivery.mailbox}
            unit.note(Note(delivery.received_at, "received", delivery.door, mail=mail, facts=facts))
    return [f"m{mail}" for mail in range(first, first + len(deliveries))]
