"""Build everything once, by name, from the settings. What a test replaces, it replaces here."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway import reference_data
from gateway.errors import WrongSettings
from gateway.homes import open_clock, open_store
from gateway.outbound import agreement_view, bounces, help_forms, rendering, tags
from gateway.outbound.compose import Piece
from gateway.outbound.making import Making
from gateway.outbound.relay import Relay
from gateway.outbound.sending import Sending
from gateway.ownkeys import KeysInUse, open_keyring, require_token, token_of
from gateway.pipeline.answers import Answers
from gateway.pipeline.apply import Applier
from gateway.pipeline.batch import Batch
from gateway.pipeline.casebook import Casebook
from gateway.pipeline.decisions import Desk
from gateway.pipeline.process import Pipeline
from gateway.pipeline.recipients import Recipients, can_seal_openpgp
from gateway.relays import relay_of, tunnel_relay
from gateway.settings import ALL_PROCEDURES, MailboxSettings, Settings
from gateway.store import registry
from gateway.store.mails import Before
from gateway.store.openpgp import current_key, in_use
from gateway.store.outgoing import Planned
from gateway.store.registry import Directory
from gateway.store.rejudging import NEEDS_KEY, judge_anew
from gateway.store.unit import Unit
from gateway.workers import Kit, Workers
from keys import keyring
from keys.capabilities import USUAL, Reader
from keys.issuing import KINDS, issue_tls_key
from keys.openpgp.folder import public_openpgp_keys
from keys.trust import TrustMaterial
from workflows.catalogue import catalogue, procedures
from workflows.definition import Procedure
from workflows.errors import WrongPolicy
from workflows.mistakes import instead

KEY_ID = "gateway"


def issue_keys(settings: Settings, *, kind: str, now: datetime) -> None:
    """Make all keys of a new home; a file that exists is never overwritten."""
    folder = settings.keys
    folder.mkdir(mode=0o700, exist_ok=True)
    authority = settings.authority
    key, certificate = keyring.issue_own_key(
        authority.name,
        authority.cvr,
        settings.mailbox[0].address,
        next(known for known in KINDS if known == kind),
        now,
    )
    keyring.write_own_key(folder, KEY_ID, key, certificate)
    host = settings.smtp.listen.rpartition(":")[0]
    tls_key, tls_certificate = issue_tls_key(host, now)
    keyring.write_new(settings.path(settings.smtp.tls_key), tls_key, mode=0o600)
    keyring.write_new(settings.path(settings.smtp.tls_certificate), tls_certificate, mode=0o644)
    for name in ("vault.hex", "chain.hex", "bounce.hex"):
        keyring.write_new(folder / name, os.urandom(32).hex().encode() + b"\n", mode=0o600)


def inbox_certificate(settings: Settings) -> bytes | None:
    """The certificate of the authority's own inbox, DER. Raises WrongSettings when unreadable."""
    name = settings.authority.inbox_certificate
    if name is None:
        return None
    try:
        data = settings.path(name).read_bytes()
        certificate = x509.load_pem_x509_certificate(data)
    except (OSError, ValueError) as error:
        raise WrongSettings(f"authority.inbox_certificate: {name}: {error}") from None
    return certificate.public_bytes(Encoding.DER)


def judge_settings(settings: Settings) -> None:
    """Raise WrongSettings for what the file alone does not show: names, files, the clock."""
    try:
        known = procedures(settings.policy)
    except WrongPolicy as error:
        raise WrongSettings(str(error)) from None
    for number, box in enumerate(settings.mailbox):
        for name in set(box.procedures) - {*known, ALL_PROCEDURES}:
            raise WrongSettings(f"mailbox.{number}.procedures: {name}: {instead(name, known)}")
    messages = [one.name for one in catalogue(known)]
    for name in set(settings.policy.assurance) - set(messages):
        raise WrongSettings(f"policy.assurance.{name}: {instead(name, messages)}")
    open_clock(settings)
    regions = {one.code for one in reference_data.reference_of(settings.home).regions if one.code}
    if settings.policy.cooperation.region not in regions:
        raise WrongSettings(f"policy.cooperation.region: there are: {', '.join(sorted(regions))}")
    inbox_certificate(settings)
    ca_file = settings.relay.ca_file
    try:
        ssl.create_default_context(cafile=settings.path(ca_file) if ca_file else None)
    except OSError as error:  # an SSLError is one too
        raise WrongSettings(
            f"relay.ca_file: {ca_file}: must be a PEM file of certificates ({error})"
        ) from None


class Gateway:
    """The parts of a gateway that judge and make mail, for one process."""

    def __init__(self, settings: Settings, *, workers: int | None = None) -> None:
        self.settings = settings
        reference_data.take_up(settings.home)
        self.clock = open_clock(settings)
        self.store = open_store(settings)
        self.procedures: Mapping[str, Procedure] = procedures(settings.policy)
        self._bounce_secrets = (keyring.load_secret(settings.keys / "bounce.hex"),)
        self._inbox_certificate = inbox_certificate(settings)
        self._count = workers or settings.limits.workers or os.cpu_count() or 1
        self._mailboxes = {m.address: m.taken(self.procedures) for m in settings.mailbox}
        self._workers: Workers | None = None
        self._directory: Directory | None = None
        self._keys = KeysInUse(settings)
        self.pipeline = Pipeline(
            store=self.store,
            # The workers are made anew when the registry changes: ask for them at each call.
            read_batch=lambda mails: self.workers.read(mails),  # noqa: PLW0108
            batch=self.batch,
            is_bounce=self.outgoing_of,
            size=settings.limits.batch,
        )
        self.making = Making(
            store=self.store,
            settings=settings,
            wordings={name: p.wording for name, p in self.procedures.items()},
            make_batch=lambda jobs: self.workers.make(jobs),  # noqa: PLW0108
            refresh=self.directory,
            reader_of=self.reader_of,
            tunnel_of=self.tunnel_of,
            help_pieces=self.help_pieces,
            help_listed=self.help_listed,
            now=self.clock.now,
            rehearsal=self.clock.is_shifted,
        )

    @property
    def workers(self) -> Workers:
        """The worker processes, made anew when the registry has changed."""
        self.take_up_keys()
        directory = self.directory()
        if self._workers is None:
            require_token(self.settings)
            kit = Kit(
                keys=self.settings.keys,
                token=token_of(self.settings),
                material=_material(directory),
                policy=self.settings.policy,
                scan=self.settings.scan,
                trust=self.settings.trust.policy,
                database_url=self.settings.database_url,
                openpgp=in_use(directory.openpgp),
                home=self.settings.home,
            )
            self._workers = Workers(kit, self._count)
        return self._workers

    def directory(self, unit: Unit | None = None) -> Directory:
        """Who may write to us, read anew when it has changed."""
        if unit is None:
            with self.store.read() as reading:
                return self.directory(reading)
        now = registry.version(unit.connection)
        if self._directory is None or self._directory.version != now:
            before, self._directory = self._directory, registry.directory(unit.connection)
            if before is None or _fixed(before) != _fixed(self._directory):
                self._end_workers()
            elif self._workers is not None and _revocation(before) != _revocation(self._directory):
                # Lists come every hour: they are handed over, and no process is made anew.
                self._workers.renew(_material(self._directory), now)
        return self._directory

    def take_up_keys(self) -> None:
        """Go on with the keys of the folder where they have changed; never in a transaction.

        Mail that was sealed to a key that we did not have is judged again.
        """
        if not self._keys.changed():
            return
        self._end_workers()
        with self.store.write() as unit:
            judge_anew(unit, self.clock.now(), "keys changed", NEEDS_KEY)

    def close(self) -> None:
        """End the worker processes, and let go of the database."""
        self._end_workers()
        self.store.close()

    def _end_workers(self) -> None:
        if self._workers is not None:
            self._workers.close()
            self._workers = None

    def batch(self, unit: Unit, before: Before) -> Batch:
        """What one batch works with, as of its transaction."""
        directory = self.directory(unit)
        now = self.clock.now()
        recipients = Recipients(self.settings, directory, self._inbox_certificate, now)
        year = now.astimezone(self.settings.policy.days.zone).year
        prefix = self.settings.authority.case_prefix
        casebook = Casebook(unit, self.procedures, prefix, year)
        return Batch(
            unit=unit,
            desk=Desk(directory, self.procedures, self.settings.authority, self._mailboxes),
            casebook=casebook,
            applier=Applier(
                unit=unit,
                casebook=casebook,
                settings=self.settings,
                recipients=recipients,
                render=agreement_view.renderer(self.settings),
                write=rendering.writer(self.settings),
                now=now,
            ),
            answers=Answers(
                settings=self.settings,
                directory=directory,
                recipients=recipients,
                read_reports=bounces.read_reports,
            ),
            now=now,
            before=before,
        )

    def reader_of(self, planned: Planned) -> Reader | str | None:
        """Whom an outgoing mail is sealed to, and how; None where there is nothing to seal to.

        A text is the fingerprint of an OpenPGP key.
        """
        directory = self._directory or self.directory()
        key = planned.recipient
        if key is None:
            return Reader(self._inbox_certificate, USUAL) if self._inbox_certificate else None
        openpgp = self._openpgp_of(key, directory)
        if openpgp and key in self.settings.openpgp.preferred_by:
            return openpgp
        owner: Any = directory.partners.get(key) or directory.facilities.get(key)
        current = owner.certificate_at(self.clock.now()) if owner else None
        return Reader(current.der, directory.sealing_to(key)) if current else openpgp

    def _openpgp_of(self, key: str, directory: Directory) -> str | None:
        if not can_seal_openpgp(self.settings, directory):
            return None
        kind = "partner" if key in directory.partners else "facility"
        found = current_key(directory.openpgp, kind, key)
        return found.fingerprint if found else None

    def tunnel_of(self, planned: Planned) -> str | None:
        """The partner to whom an outgoing mail that cannot be sealed may go through a tunnel."""
        directory = self._directory or self.directory()
        partner = directory.partners.get(planned.recipient or "")
        return partner.key if partner and partner.way_out else None

    def tunnel_to(self, partner: str) -> Relay | None:
        """The relay at the end of a partner's tunnel; it is shown the certificate of our door."""
        found = self.directory().partners.get(partner)
        if found is None or found.way_out is None:
            return None
        return tunnel_relay(self.settings, found.way_out)

    def help_pieces(self, language: str, box: MailboxSettings) -> tuple[Piece, ...]:
        """What a partner who asks for help gets: our certificate, and what the mailbox takes."""
        ours = open_keyring(self.settings).encrypting_at(self.clock.now())
        certificate = ours.certificate.public_bytes(Encoding.PEM)
        blanks = help_forms.blank_pieces(self._taken(box), language)
        openpgp = [
            Piece(name, "application/pgp-keys", key)
            for name, key in public_openpgp_keys(self.settings.keys).items()
        ]
        return (Piece("gateway.pem", "application/x-pem-file", certificate), *openpgp, *blanks)

    def help_listed(self, language: str, box: MailboxSettings) -> str:
        """List the forms that a mailbox takes, as people call them."""
        return help_forms.listed(self._taken(box), language)

    def _taken(self, box: MailboxSettings) -> list[Procedure]:
        return [self.procedures[name] for name in sorted(box.taken(self.procedures))]

    def tunnel_certificates(self) -> list[bytes]:
        """The client certificates that relays of partners may show."""
        with self.store.read() as unit:
            return registry.tunnel_certificates(unit.connection)

    def outgoing_of(self, address: str) -> int | None:
        """The outgoing mail behind a tagged bounce address of ours, or None."""
        token = tags.token_of(address, self._bounce_secrets)
        return int(token[1:]) if token and token[1:].isdigit() else None

    def bounce_address(self, outgoing: int) -> str:
        """The tagged address that reports about a mail come back to."""
        domain = self.settings.mailbox[0].address.rpartition("@")[2]
        return tags.make_address(self._bounce_secrets[0], f"o{outgoing}", domain)

    def sending(self) -> Sending:
        """The sender of this gateway."""
        return Sending(
            store=self.store,
            relay=relay_of(self.settings),
            tunnel_to=self.tunnel_to,
            bounce_address=self.bounce_address,
            now=self.clock.now,
            connections=self.settings.relay.connections,
            give_up_after=timedelta(hours=self.settings.relay.give_up_after_hours),
        )


def _material(directory: Directory) -> TrustMaterial:
    return TrustMaterial(anchors=directory.anchors, crls=directory.crls, answers=directory.answers)


def _revocation(directory: Directory) -> frozenset[bytes]:
    return frozenset((*directory.crls, *directory.answers))


def _fixed(directory: Directory) -> tuple[object, ...]:
    """What a worker process keeps from its start to its end."""
    return set(directory.anchors), in_use(directory.openpgp)
