"""Verify evidence, receipts and exports offline, with nothing but a certificate.

    verify_path        a file or folder, whichever of the three it is; the only one to read a disk
    verify_evidence    one evidence and its detached signature
    verify_receipt     a receipt mail, decrypted: multipart/mixed, or inside multipart/signed
    verify_export      a case export (gateway.outbound.bag), with a head where there is one

Each gives a Report that names every fault and where it is. A certificate given is trusted as the
gateway's own, or as the CA that issued it.

Refuses to do: decrypt (`openssl cms -decrypt` does), fetch anything, judge what was agreed.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.outbound import bag
from gateway.outbound.chains import (
    Entry,
    chain_findings,
    entry_findings,
    head_findings,
    read_document,
)
from gateway.outbound.evidence import FILE_NAME, Issued
from gateway.outbound.findings import Finding, Report, joined
from gateway.outbound.grounds import grounds_report
from gateway.outbound.receipts import read_receipt
from keys import cms
from keys.errors import CertificateError, KeysError
from keys.identity import fingerprint, organisation_of
from keys.trust import Judge, TrustMaterial

UNCHECKED_END: Final = "without a signed head, nothing can show whether the chain's end is missing"


class Verifier:
    """Checks against certificates that are given once."""

    def __init__(self, certificates: Sequence[x509.Certificate]) -> None:
        """Trust these certificates: the gateway's own, or the CA's that issued it."""
        ders = tuple(one.public_bytes(Encoding.DER) for one in certificates)
        pins = frozenset(fingerprint(one) for one in certificates)
        self._judge = Judge(TrustMaterial(anchors=ders, pinned=pins))
        self._known = tuple(certificates)

    def verify_evidence(
        self, data: bytes, signature: bytes | None, where: str = FILE_NAME
    ) -> Report:
        """Check one evidence: form, digest, signature, signer."""
        entry = read_entry(where, data)
        if entry is None:
            fault = Finding("evidence.unreadable", where, "this is no evidence, or was damaged")
            return Report((where,), (fault, *self._signature(where, data, signature, None)))
        faults = self._signature(where, data, signature, entry.evidence)
        return Report((where,), (*entry_findings(entry), *faults))

    def verify_head(self, head: Issued, where: str = "head.json") -> Report:
        """Check one head: form, digest, signature, signer."""
        document = read_document(head.data, "sagspost_head")
        if document is None:
            fault = Finding("head.altered", where, "this is no head, or was damaged")
            return Report((where,), (fault,))
        faults = self._signature(where, head.data, head.signature, document)
        return Report((where,), (*head_findings(document, (), where), *faults))

    def verify_receipt(self, raw: bytes, where: str = "receipt") -> Report:
        """Check a receipt mail: the mail's own signature, the evidence in it, and its documents."""
        receipt = read_receipt(raw)
        if isinstance(receipt, Finding):
            return Report((where,), (receipt,))
        reports = []
        if receipt.signed is not None:
            faults = self._signature(where, receipt.signed.data, receipt.signed.signature, None)
            reports.append(Report((where,), tuple(faults)))
        data, signature = receipt.evidence, receipt.evidence_signature
        reports.append(self.verify_evidence(data, signature, f"{where}/{FILE_NAME}"))
        entry = read_entry(FILE_NAME, data)
        if entry is not None:
            reports.append(Report((), tuple(_document_findings(entry, receipt.attached))))
        return joined(reports)

    def verify_export(self, files: Mapping[str, bytes], head: Issued | None = None) -> Report:
        """Check a whole export: package, each evidence, the chain, the mails it is about."""
        manifest = files.get(bag.MANIFEST, b"")
        faults = self._signature(bag.MANIFEST, manifest, files.get(bag.MANIFEST_SIGNATURE), None)
        reports = [Report((bag.MANIFEST,), (*bag.bag_findings(files), *faults))]
        entries = []
        for name in sorted(files):
            if name.startswith(bag.EVIDENCE) and name.endswith(".json"):
                reports.append(self.verify_evidence(files[name], files.get(f"{name}.p7s"), name))
                entry = read_entry(name, files[name])
                entries.extend([] if entry is None else [entry])
        reports.append(Report((), (*chain_findings(entries), *_export_findings(entries, files))))
        reports.append(grounds_report(files, entries))
        if head is None:
            return joined([*reports, Report((), (), (UNCHECKED_END,))])
        document = read_document(head.data, "sagspost_head")
        ends = head_findings(document, entries) if document is not None else []
        return joined([*reports, self.verify_head(head), Report((), _once(ends))])

    def _signature(
        self,
        where: str,
        data: bytes,
        signature: bytes | None,
        document: Mapping[str, object] | None,
    ) -> Iterator[Finding]:
        """Check a detached signature, its signer, and that the signer is who issued."""
        if signature is None:
            yield Finding("signature.missing", where, "the signature was removed")
            return
        try:
            signed = cms.verify(signature, data, known=self._known)
            for signer in signed.signers:
                at = signer.signed_at or signer.certificate.not_valid_before_utc
                self._judge.judge(signer.certificate, signed.certificates, at)
        except CertificateError:
            yield Finding("signature.untrusted", where, "is signed by another than the one given")
            return
        except KeysError:
            text = "the signature does not fit: this file or its signature was changed"
            yield Finding("signature.invalid", where, text)
            return
        if document is not None:
            for signer in signed.signers:
                yield from _issuer_findings(where, signer.certificate, document)


def verify_path(
    path: Path, certificates: Sequence[x509.Certificate], head: Path | None = None
) -> Report:
    """Check an evidence file, a head, a receipt mail or an export folder. Raises OSError."""
    verifier = Verifier(certificates)
    if path.is_dir():
        issued = None if head is None else Issued(head.read_bytes(), _beside(head) or b"")
        return verifier.verify_export(_Folder(path), issued)
    if path.suffix == ".p7s":
        path = path.with_suffix("")
    data = path.read_bytes()
    if read_document(data, "sagspost_head") is not None:
        return verifier.verify_head(Issued(data, _beside(path) or b""), path.name)
    if path.suffix == ".json" or data.lstrip()[:1] == b"{":
        return verifier.verify_evidence(data, _beside(path), path.name)
    return verifier.verify_receipt(data, path.name)


def read_entry(where: str, data: bytes) -> Entry | None:
    """Return the evidence that these bytes are, or None."""
    document = read_document(data, "sagspost_evidence")
    return None if document is None else Entry(where, document)


def _beside(path: Path) -> bytes | None:
    signature = path.with_name(f"{path.name}.p7s")
    return signature.read_bytes() if signature.is_file() else None


class _Folder(Mapping[str, bytes]):
    """The files of a folder by their path in it, read when asked for; links are not followed."""

    def __init__(self, root: Path) -> None:
        self._paths = {
            path.relative_to(root).as_posix(): path
            for path in root.rglob("*")
            if path.is_file() and not path.is_symlink()
        }

    def __getitem__(self, name: str) -> bytes:
        return self._paths[name].read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def _issuer_findings(
    where: str, certificate: x509.Certificate, document: Mapping[str, object]
) -> Iterator[Finding]:
    """Compare the issuer in the document with the organisation in the certificate."""
    issuer = document.get("issuer")
    organisation = organisation_of(certificate)
    if organisation is None or not isinstance(issuer, Mapping):
        return
    if issuer.get("cvr") != organisation.number:
        text = "names another issuer than the certificate that signed it"
        yield Finding("evidence.issuer", where, text)


def _document_findings(entry: Entry, attached: Mapping[str, bytes]) -> Iterator[Finding]:
    """Compare the documents in a receipt with the digests in its evidence."""
    listed = entry.evidence.get("documents")
    for document in listed if isinstance(listed, list) else ():
        if not isinstance(document, Mapping):
            continue
        name = str(document.get("name"))
        if name not in attached:
            yield Finding("receipt.document", name, "was removed from the mail")
        elif hashlib.sha256(attached[name]).hexdigest() != document.get("sha256"):
            yield Finding("receipt.document", name, "is not the document that was sent")


def _export_findings(entries: Sequence[Entry], files: Mapping[str, bytes]) -> Iterator[Finding]:
    """Find mails and documents that evidence is about and that are not as they were."""
    mails = bag.digests_under(files, bag.MESSAGES)
    documents = bag.digests_under(files, bag.DOCUMENTS)
    for entry in entries:
        if bag.evidence_file_name(entry) != entry.where:
            text = f"holds evidence {entry.sequence}: files were renamed or exchanged"
            yield Finding("chain.order", entry.where, text)
        message = entry.evidence.get("message")
        if isinstance(message, Mapping) and mails and message.get("sha256") not in mails:
            text = "the mail that it is about is missing or was changed"
            yield Finding("evidence.missing", entry.where, text)
        listed = entry.evidence.get("documents")
        for document in listed if documents and isinstance(listed, list) else ():
            if isinstance(document, Mapping) and document.get("sha256") not in documents:
                text = f"its document {document.get('name')} is missing or was changed"
                yield Finding("evidence.missing", entry.where, text)


def _once(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(one for one in findings if one.code != "head.altered")
