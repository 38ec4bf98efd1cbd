"""The Online Certificate Status Protocol (RFC 6960): asking, and what an answer is worth.

An answer counts when it is about this certificate of this issuer, and is signed by the issuer or by
a responder that the same issuer made for that purpose, with a key and a hash of the policy. It is
judged by the bytes that are kept, at any later time, without asking again.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from keys import asn1
from keys.certificates import MALFORMED, loaded
from keys.crl import RevocationLists
from keys.errors import KeysError, RevocationSourceError, StructureError
from keys.paths import issued
from keys.policy import require_strong_hash, require_strong_key
from keys.revocation import Ended, Said

NONCE_OCTETS: Final = 32  # RFC 9654 2.1
MAX_ANSWER: Final = 64 * 1024
_AHEAD: Final = timedelta(hours=1)  # so far may the responder's clock be before ours
_MAX_RESPONDERS: Final = 8
_ENUMERATED: Final = 0x0A


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One OCSP response, and the one certificate status in it that was looked for."""

    response: ocsp.OCSPResponse
    digest: str
    nonce: bytes | None

    def status_of(
        self, certificate: x509.Certificate, issuer: x509.Certificate
    ) -> ocsp.OCSPSingleResponse | None:
        """Give what it says of this certificate of this issuer."""
        try:
            for single in self.response.responses:
                if single.serial_number == certificate.serial_number and _names(single, issuer):
                    return single
        except MALFORMED:
            return None  # it names certificates by a hash that is not known here
        return None


def ask(certificate: x509.Certificate, issuer: x509.Certificate, nonce: bytes) -> bytes:
    """Write the request for one certificate as DER.

    Certificates are named by SHA-1, which every responder knows; nothing rests on that hash.
    """
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303
    request = builder.add_extension(x509.OCSPNonce(nonce), critical=False).build()
    return request.public_bytes(Encoding.DER)


def read_answer(der: bytes) -> Answer:
    """Read a response; raises `RevocationSourceError` for a failure or for what is none."""
    if len(der) > MAX_ANSWER:
        raise RevocationSourceError("the answer is too large")
    try:
        response = ocsp.load_der_ocsp_response(der)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            name = response.response_status.name.lower()
            raise RevocationSourceError(f"the responder answered: {name}")
        nonce: bytes | None = None
        for extension in response.extensions:
            if isinstance(extension.value, x509.OCSPNonce):
                nonce = extension.value.nonce
            elif extension.critical:
                raise RevocationSourceError("the answer has an unknown critical extension")
    except MALFORMED as error:
        raise RevocationSourceError("the answer is no OCSP response") from error
    return Answer(response, hashlib.sha256(der).hexdigest(), nonce)


def is_answer(der: bytes) -> bool:
    """Say whether these are an OCSP response, which begins with an ENUMERATED, and no list."""
    try:
        return asn1.read(der).children().take().tag == _ENUMERATED
    except StructureError:
        return False


def require_answer(
    answer: Answer,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    *,
    nonce: bytes,
    at: datetime,
) -> ocsp.OCSPSingleResponse:
    """Hold an answer that just came to what was asked; raises `RevocationSourceError`.

    Responders that answer with what they made before leave the nonce out; one that differs is an
    answer to another question.
    """
    single = answer.status_of(certificate, issuer)
    if single is None:
        raise RevocationSourceError("the answer is about another certificate")
    if answer.nonce is not None and answer.nonce != nonce:
        raise RevocationSourceError("the answer is to another question: its nonce differs")
    if single.this_update_utc > at + _AHEAD:
        raise RevocationSourceError("the answer says that it will be made in the future")
    if single.next_update_utc is not None and single.next_update_utc < at:
        raise RevocationSourceError("the answer is out of date")
    if signer_of(answer, issuer) is None:
        raise RevocationSourceError("the answer is not signed by the issuer or its responder")
    return single


def signer_of(answer: Answer, issuer: x509.Certificate) -> x509.Certificate | None:
    """Give the certificate that signed: the issuer's, or a responder's that it may rest on."""
    response = answer.response
    at = response.produced_at_utc
    try:
        require_strong_hash(response, at)
        for candidate in _responders(response, issuer):
            require_strong_key(loaded(candidate).public_key, at)
            if _is_signed_by(response, candidate):
                return candidate
    except (KeysError, *MALFORMED):
        return None
    return None


class Answers:
    """All answers that were loaded, newest first."""

    def __init__(self, encoded: tuple[bytes, ...]) -> None:
        """Read them; raises `RevocationSourceError` for what is no answer."""
        self._by_serial: dict[int, list[Answer]] = {}
        for answer in (read_answer(der) for der in encoded):
            for serial in {single.serial_number for single in answer.response.responses}:
                self._by_serial.setdefault(serial, []).append(answer)
        self._signers: dict[tuple[str, str], x509.Certificate | None] = {}

    def say(
        self,
        certificate: x509.Certificate,
        issuer: x509.Certificate | None,
        lists: RevocationLists,
    ) -> tuple[Said | None, tuple[str, ...]]:
        """Say what the newest good answer has on the certificate, and why others do not count."""
        notes: list[str] = []
        found: list[tuple[datetime, Said]] = []
        for answer in self._by_serial.get(certificate.serial_number, ()):
            single = None if issuer is None else answer.status_of(certificate, issuer)
            if issuer is None or single is None:
                notes.append("ocsp.other_certificate")
                continue
            said, why = self._say(answer, single, issuer, lists)
            notes += why
            if said is not None:
                found.append((single.this_update_utc, said))
        if not found:
            return None, tuple(dict.fromkeys(notes))
        return max(found, key=lambda entry: entry[0])[1], ()

    def _say(
        self,
        answer: Answer,
        single: ocsp.OCSPSingleResponse,
        issuer: x509.Certificate,
        lists: RevocationLists,
    ) -> tuple[Said | None, list[str]]:
        place = (answer.digest, loaded(issuer).fingerprint)
        if place not in self._signers:
            self._signers[place] = signer_of(answer, issuer)
        signer = self._signers[place]
        if signer is None:
            return None, ["ocsp.not_by_issuer"]
        digests: tuple[str, ...] = (answer.digest,)
        notes: tuple[str, ...] = ()
        if signer != issuer and not _is_never_checked(signer):
            produced = answer.response.produced_at_utc
            on_signer, _ = lists.say(signer, issuer, produced)
            if on_signer is None:
                notes = ("ocsp.responder_unchecked",)
            elif on_signer.ended is not None and on_signer.ended.counts_from <= produced:
                return None, ["ocsp.responder_revoked"]
            else:
                digests += on_signer.digests
        if single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
            return None, ["ocsp.unknown"]
        ended: Ended | None = None
        if single.certificate_status is ocsp.OCSPCertStatus.REVOKED:
            assert single.revocation_time_utc is not None
            ended = Ended(single.revocation_time_utc, single.revocation_reason)
        fresh_until = single.next_update_utc or single.this_update_utc
        return Said("ocsp", digests, fresh_until, ended, notes), []


def _names(single: ocsp.OCSPSingleResponse, issuer: x509.Certificate) -> bool:
    """Say whether the certID's hashes are of this issuer's name and key (RFC 6960 4.1.1)."""
    key = loaded(issuer).public_key
    if key is None:
        return False
    spki = asn1.read(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).children()
    spki.take(asn1.SEQUENCE)
    bits = bytes(spki.take(asn1.BIT_STRING).bits())
    expected = (
        _digest(single.hash_algorithm, issuer.subject.public_bytes()),
        _digest(single.hash_algorithm, bits),
    )
    return (single.issuer_name_hash, single.issuer_key_hash) == expected


def _digest(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()


def _responders(
    response: ocsp.OCSPResponse, issuer: x509.Certificate
) -> Iterator[x509.Certificate]:
    """Yield who may have signed: the issuer, or whom it made a responder (RFC 6960 4.2.2.2)."""
    if _is_named(response, issuer):
        yield issuer
    at = response.produced_at_utc
    for candidate in response.certificates[:_MAX_RESPONDERS]:
        if (
            _is_named(response, candidate)
            and candidate.not_valid_before_utc <= at <= candidate.not_valid_after_utc
            and _answers_for_others(candidate)
            and issued(issuer, candidate)
        ):
            require_strong_hash(candidate, at)
            yield candidate


def _is_named(response: ocsp.OCSPResponse, candidate: x509.Certificate) -> bool:
    if response.responder_name is not None:
        return response.responder_name == candidate.subject
    key = loaded(candidate).public_key
    if key is None:
        return False
    return response.responder_key_hash == x509.SubjectKeyIdentifier.from_public_key(key).digest


def _answers_for_others(candidate: x509.Certificate) -> bool:
    """Say whether a certificate was made to sign answers: this usage by name, not `any`."""
    known = (x509.OCSPNoCheck, x509.BasicConstraints, x509.KeyUsage, x509.ExtendedKeyUsage)
    for extension in candidate.extensions:
        value = extension.value
        if isinstance(value, x509.KeyUsage) and not value.digital_signature:
            return False
        if extension.critical and not isinstance(value, known):
            return False
    try:
        usage = candidate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in usage


def _is_never_checked(signer: x509.Certificate) -> bool:
    """Say whether the issuer vouches for the responder's whole life (id-pkix-ocsp-nocheck)."""
    try:
        signer.extensions.get_extension_for_class(x509.OCSPNoCheck)
    except x509.ExtensionNotFound:
        return False
    return True


def _is_signed_by(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key = loaded(signer).public_key
    signature, signed = response.signature, response.tbs_response_bytes
    algorithm = response.signature_hash_algorithm
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, signed)
        elif isinstance(key, rsa.RSAPublicKey) and algorithm is not None:
            key.verify(signature, signed, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm is not None:
            key.verify(signature, signed, ec.ECDSA(algorithm))
        else:
            return False
    except InvalidSignature:
        return False
    return True
