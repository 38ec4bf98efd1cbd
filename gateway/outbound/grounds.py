"""What the verdicts on senders rested on, in an export: written down, and judged again offline.

    data/grounds/verdicts.json     each mail of the case, each judgement of it, what it said
    data/grounds/<sha256>.json     the grounds of one verdict: which bytes, which limits
    data/grounds/<sha256>.cer      a certificate; .crl a revocation list, .ors an OCSP response,
                                   .pgp an OpenPGP key as it was registered then

Whoever has the export and no key of ours can repeat, for each certificate that signed a mail of the
case, whether it led to its anchor and was not revoked when the mail was received; and for an
OpenPGP key, by GnuPG, whether it was alive and strong enough. The mails
themselves are sealed to the gateway: that the certificate signed this mail is the gateway's word,
in its signed evidence, and cannot be repeated without its key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import select

from gateway.outbound.bag import GROUNDS, MESSAGES
from gateway.outbound.chains import Entry
from gateway.outbound.findings import Finding, Report
from gateway.store import grounds
from gateway.store import tables as t
from gateway.store.times import read_time, written_time
from gateway.store.unit import Unit
from keys.certificates import load
from keys.errors import GnuPgError, GroundsError, KeysError
from keys.grounds import Grounds, KeyGrounds, names_in, read_grounds, read_key_grounds
from keys.ocsp import is_answer
from keys.openpgp import read_public_key
from keys.policy import POLICY_VERSION
from keys.trust import repeat

VERDICTS: Final = f"{GROUNDS}verdicts.json"
NO_GROUNDS: Final = "this export holds no grounds: no verdict on a certificate was repeated"
_GOOD: Final = "keys.signature.good"
_ENDINGS: Final = (".cer", ".crl", ".ors", ".pgp")


def grounds_files(unit: Unit, mails: Sequence[int]) -> Iterator[tuple[str, bytes]]:
    """The files about the grounds of these mails, for an export."""
    listed = [_listed(unit, mail) for mail in mails]
    names = [
        judged["grounds"]
        for mail in listed
        for judgement in mail["judgements"]
        for judged in judgement["certificates"]
    ]
    if not names:
        return
    yield VERDICTS, orjson.dumps({"sagspost_verdicts": "1", "mails": listed})
    documents = grounds.read(unit, names)
    wanted: list[str] = []
    endings: dict[str, str] = {}
    for name, content in documents.items():
        yield f"{GROUNDS}{name}.json", content
        document = orjson.loads(content)
        endings |= dict.fromkeys(document.get("certificates", ()), "cer")
        endings |= dict.fromkeys(names_in(document) if "openpgp" in document else (), "pgp")
        wanted += names_in(document)
    for name, content in grounds.read(unit, wanted).items():
        ending = endings.get(name) or ("ors" if is_answer(content) else "crl")
        yield f"{GROUNDS}{name}.{ending}", content


def _listed(unit: Unit, mail: int) -> dict[str, Any]:
    m, j = t.mails.c, t.judgements.c
    row = unit.connection.execute(select(m.sha256, m.received_at).where(m.id == mail)).one()
    judgements = unit.connection.execute(
        select(j.number, j.at, j.state, j.reason, j.grounds)
        .where(j.mail == mail)
        .order_by(j.number)
    )
    return {
        "file": f"{MESSAGES}m{mail}.eml",
        "sha256": row.sha256,
        "received_at": written_time(row.received_at),
        "judgements": [
            {
                "number": judgement.number,
                "at": written_time(judgement.at),
                "state": judgement.state,
                "reason": judgement.reason,
                "certificates": judgement.grounds or [],
            }
            for judgement in judgements
        ],
    }


def kept_grounds_findings(unit: Unit) -> Iterator[str]:
    """Hold the grounds that are kept to their names, and the judgements to the journal."""
    g, j, n = t.grounds.c, t.judgements.c, t.journal.c
    there: set[str] = set()
    named: dict[str, str] = {}
    for row in unit.connection.execute(select(g.sha256, g.kind, g.content)):
        there.add(row.sha256)
        if hashlib.sha256(row.content).hexdigest() != row.sha256:
            yield f"grounds {row.sha256[:16]}: they were changed"
        elif row.kind == "verdict":
            document = orjson.loads(row.content)
            for name in names_in(document):
                named[name] = row.sha256
    for name in named.keys() - there:
        yield f"grounds {named[name][:16]}: {name[:16]}, which they name, was removed"
    marks: dict[int, set[str]] = {}
    judgements = select(j.mail, j.grounds).where(j.grounds.is_not(None))
    for mail, rested in unit.connection.execute(judgements):
        marks.setdefault(mail, set()).add(grounds.mark_of(rested))
        for judged in rested:
            if judged["grounds"] not in there:
                yield f"mail m{mail}: the grounds of a judgement were removed"
    noted = select(n.mail, n.facts).where(n.what == "judged").order_by(n.sequence)
    for mail, facts in unit.connection.execute(noted):
        mark = facts.get("grounds")
        if mark is not None and mark not in marks.get(mail, ()):
            yield f"mail m{mail}: what its judgement rests on is not what the journal says"


def grounds_report(files: Mapping[str, bytes], entries: Sequence[Entry]) -> Report:
    """Judge every certificate of an export again, and compare with what was said and proved."""
    if VERDICTS not in files:
        return Report((), (), (NO_GROUNDS,))
    try:
        document = orjson.loads(files[VERDICTS])
        repeated = _Repeated(files)
        for mail in document["mails"]:
            repeated.mail(mail)
        repeated.compare(entries)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        fault = Finding("grounds.altered", VERDICTS, "cannot be read: it was damaged")
        return Report((VERDICTS,), (fault,))
    return Report((VERDICTS,), tuple(dict.fromkeys(repeated.faults)), repeated.notes())


class _Repeated:
    """Verdicts judged again, by mail, with every fault that was found on the way."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._blobs = _Blobs(files)
        self._good: dict[str, dict[str, str | None]] = {}
        """SHA-256 of a mail to the certificates that were good in its last judgement."""
        self._anchors: set[str] = set()
        self._policies: set[str] = set()
        self._count = 0
        self.faults: list[Finding] = []

    def mail(self, mail: Mapping[str, Any]) -> None:
        """Repeat each judgement of one mail, as of when it was received."""
        received = read_time(mail["received_at"])
        good: dict[str, str | None] = {}
        for judgement in mail["judgements"]:
            good = {}
            for judged in judgement["certificates"]:
                found = self._grounds(judged["grounds"])
                if found is None:
                    continue
                self._judge(mail["file"], judged, found, received)
                if judged["code"] == _GOOD:
                    good[_mark(found)] = judged["revocation"]
        self._good[mail["sha256"]] = good

    def compare(self, entries: Sequence[Entry]) -> None:
        """Hold the certificate that each evidence names to what was judged of its mail."""
        for entry in entries:
            sender, message = entry.evidence.get("sender"), entry.evidence.get("message")
            if not isinstance(sender, Mapping) or not isinstance(message, Mapping):
                continue
            good = self._good.get(str(message.get("sha256")))
            mark = sender.get("certificate_sha256") or sender.get("openpgp_fingerprint")
            if not good or mark is None:
                continue
            if mark not in good:
                text = "names a certificate or key that no verdict in the export is about"
                self.faults.append(Finding("grounds.verdict", entry.where, text))
            elif good[mark] != sender.get("revocation"):
                text = "says something else of revocation than the verdict"
                self.faults.append(Finding("grounds.verdict", entry.where, text))

    def notes(self) -> tuple[str, ...]:
        """What was repeated, and on whose word it rests."""
        notes = [f"{self._count} verdict(s) on certificates and keys were repeated as of receipt"]
        notes += [f"they rest on {anchor}" for anchor in sorted(self._anchors)]
        notes += [
            f"judged by policy {version}, repeated by policy {POLICY_VERSION}"
            for version in sorted(self._policies - {POLICY_VERSION})
        ]
        return tuple(notes)

    def _grounds(self, name: str) -> Grounds | KeyGrounds | None:
        file = f"{GROUNDS}{name}.json"
        content = self._files.get(file)
        if content is None:
            self.faults.append(Finding("grounds.missing", file, "grounds of a verdict are gone"))
            return None
        if hashlib.sha256(content).hexdigest() != name:
            self.faults.append(Finding("grounds.altered", file, "the grounds were changed"))
            return None
        try:
            document = orjson.loads(content)
            read = read_key_grounds if "openpgp" in document else read_grounds
            return read(document, self._blobs)
        except GroundsError as error:
            code = "grounds.missing" if error.detail.endswith("missing") else "grounds.altered"
            self.faults.append(Finding(code, file, f"what it rests on: {error.detail}"))
            return None

    def _judge(
        self,
        file: str,
        judged: Mapping[str, Any],
        found: Grounds | KeyGrounds,
        received: datetime,
    ) -> None:
        self._count += 1
        self._policies.add(found.policy_version)
        if isinstance(found, KeyGrounds):
            self._anchors.add(f"the registration of the OpenPGP key {found.fingerprint}")
        elif found.anchored:
            anchor = load(found.certificates[-1])
            name = anchor.certificate.subject.rfc4514_string()
            self._anchors.add(f"the anchor {name} ({anchor.fingerprint[:16]})")
        code, revocation = _verdict(found, self._blobs, received)
        if isinstance(found, KeyGrounds) and code == GnuPgError.code:
            text = f"the key {found.fingerprint} cannot be judged again: GnuPG is needed for it"
            self.faults.append(Finding("grounds.unavailable", file, text))
        elif (code, revocation) != (judged["code"], judged["revocation"]):
            told = f"{judged['code']} {judged['revocation'] or ''}".strip()
            text = f"judged again it is {code} {revocation or ''}".strip() + f", not {told}"
            self.faults.append(Finding("grounds.verdict", file, text))


def _mark(found: Grounds | KeyGrounds) -> str:
    """What evidence names the signer by."""
    if isinstance(found, KeyGrounds):
        return found.fingerprint
    return load(found.certificates[0]).fingerprint


def _verdict(
    found: Grounds | KeyGrounds, blobs: Mapping[str, bytes], received: datetime
) -> tuple[str, str | None]:
    try:
        if isinstance(found, KeyGrounds):
            known = read_public_key(found.key, received)
            if known.fingerprint != found.fingerprint:
                raise GroundsError("another key than the one that is named")
            return _GOOD, None
        trusted = repeat(found, blobs, received)
    except KeysError as error:
        return error.code, None
    return _GOOD, trusted.revocation


class _Blobs(Mapping[str, bytes]):
    """The files of the grounds' folder by the name that is their SHA-256, read when asked for."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._names = {
            name.removeprefix(GROUNDS).rpartition(".")[0]: name
            for name in files
            if name.startswith(GROUNDS) and name.endswith(_ENDINGS)
        }

    def __getitem__(self, name: str) -> bytes:
        return self._files[self._names[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
