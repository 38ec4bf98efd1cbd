"""Read SignedData and verify every signature in it (RFC 5652 5, RFC 8551, RFC 5035).

`verify` says that the bytes were signed by the holder of a certificate; whether that certificate
may be relied on is the question of `keys.trust`. Each signature must be good, over the bytes as
received; one bad one, or one of a kind not known here, refuses the message.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509

from keys import asn1
from keys.algorithms import DATA, SIGNED_DATA, Digest, signature_digest
from keys.asn1 import Element, Reader
from keys.capabilities import Capabilities
from keys.certificates import Loaded, load, loaded
from keys.content_info import read_algorithm, read_content_info, require_data
from keys.errors import (
    SignatureInvalidError,
    SignatureMissingError,
    SignatureWeakError,
    SignerUnknownError,
    StructureError,
)
from keys.names import comparable
from keys.signatures import check_signature
from keys.signed_attributes import SignedAttributes, read_attributes

MAX_SIGNERS: Final = 16
MAX_CERTIFICATES: Final = 100


@dataclass(frozen=True, slots=True)
class Signer:
    """One good signature: whose, when by its own word, with what, and what the signer can read."""

    certificate: x509.Certificate
    signed_at: datetime | None
    digest_algorithm: str
    signature_algorithm: str
    capabilities: Capabilities | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed, by whom, and the certificates that came along (not judged)."""

    content: bytes
    signers: tuple[Signer, ...]
    certificates: tuple[x509.Certificate, ...]


def verify(
    der: bytes | memoryview,
    detached_content: bytes | memoryview | None = None,
    *,
    known: Iterable[x509.Certificate] = (),
) -> Signed:
    """Verify all signatures of a SignedData, opaque or over `detached_content`.

    `known` are certificates that signers may have besides those in the message. Raises
    `StructureError`, `SignatureMissingError`, `SignerUnknownError`, `SignatureWeakError` or
    `SignatureInvalidError`.
    """
    content_type, body = read_content_info(der)
    if content_type != SIGNED_DATA:
        raise StructureError("not SignedData")
    if not 1 <= body.take(asn1.INTEGER).integer() <= 5:
        raise StructureError("version of SignedData")
    body.take(asn1.SET)
    inner_type, inner = _encapsulated(body.take(asn1.SEQUENCE))
    certificates = _certificates(body.take_if(0xA0))
    body.take_if(0xA1)
    infos = _signer_infos(body.enter(asn1.SET))
    body.finish()
    require_data(inner_type)
    content = _content(inner, detached_content)
    candidates = (*certificates, *(loaded(certificate) for certificate in known))
    signers = _Verification(content, candidates).signers(infos)
    return Signed(bytes(content), signers, tuple(entry.certificate for entry in certificates))


def _signer_infos(reader: Reader) -> list[Element]:
    infos: list[Element] = []
    while reader.more():
        if len(infos) == MAX_SIGNERS:
            raise StructureError("too many signers")
        infos.append(reader.take(asn1.SEQUENCE))
    if not infos:
        raise SignatureMissingError("no SignerInfo")
    return infos


class _Verification:
    """The content with its digests, each worked out once, and the certificates to choose from."""

    def __init__(self, content: memoryview, candidates: tuple[Loaded, ...]) -> None:
        self._content = content
        self._candidates = candidates
        self._digests: dict[bytes, bytes] = {}

    def signers(self, infos: Sequence[Element]) -> tuple[Signer, ...]:
        """Check every signature."""
        return tuple(self._signer(info.children()) for info in infos)

    def _signer(self, info: Reader) -> Signer:
        if info.take(asn1.INTEGER).integer() not in (1, 3):
            raise StructureError("version of SignerInfo")
        signer = self._certificate_of(info.take())
        digest = _digest(info.take(asn1.SEQUENCE))
        element = info.take_if(0xA0)
        signature_oid, parameters = read_algorithm(info.take(asn1.SEQUENCE))
        signature = bytes(info.octets())
        info.take_if(0xA1)
        info.finish()
        attributes: SignedAttributes | None = None
        if element is None:
            _refuse_attributes_as_content(self._content)
            signed = bytes(self._content)
        else:
            attributes = read_attributes(element)
            self._require_agreement(attributes, digest, signature_oid, signer)
            # The signature is over the SET, not over the [0] that stands in the message (5.4).
            signed = b"\x31" + element.encoding[1:]
        name = check_signature(
            signer, signature_oid, parameters, digest=digest, signature=signature, signed=signed
        )
        if attributes is None:
            return Signer(signer.certificate, None, digest.name, name)
        return Signer(
            signer.certificate, attributes.signed_at, digest.name, name, attributes.capabilities
        )

    def _require_agreement(
        self, attributes: SignedAttributes, digest: Digest, signature_oid: bytes, signer: Loaded
    ) -> None:
        """Check the attributes against content, algorithms and signer."""
        if attributes.content_type != DATA:
            raise SignatureInvalidError("signed contentType differs")
        if attributes.message_digest != self._digest_of_content(digest):
            raise SignatureInvalidError("messageDigest differs from the content")
        if not attributes.names(signer):
            raise SignatureInvalidError("signingCertificate names another certificate")
        if attributes.algorithms not in (None, (digest.oid, signature_oid)):
            raise SignatureInvalidError("algorithms differ from those that were signed")

    def _digest_of_content(self, digest: Digest) -> bytes:
        found = self._digests.get(digest.oid)
        if found is None:
            found = self._digests[digest.oid] = digest.new(self._content).digest()
        return found

    def _certificate_of(self, identifier: Element) -> Loaded:
        if identifier.tag == asn1.SEQUENCE:
            wanted = identifier.encoding
            for candidate in self._candidates:
                if candidate.issuer_and_serial == wanted:
                    return candidate
            name = comparable(bytes(wanted))
            for candidate in self._candidates:
                if name is not None and comparable(candidate.issuer_and_serial) == name:
                    return candidate
        elif identifier.tag in (0x80, 0xA0):
            wanted = identifier.octets()
            for candidate in self._candidates:
                if candidate.key_identifier == wanted:
                    return candidate
        else:
            raise StructureError("signer identifier")
        raise SignerUnknownError("no certificate for the signer")


def _encapsulated(element: Element) -> tuple[bytes, Element | None]:
    reader = element.children()
    content_type = reader.oid()
    content = None
    if (wrapper := reader.take_if(0xA0)) is not None:
        inside = wrapper.children()
        content = inside.take()
        inside.finish()
        if content.tag not in (asn1.OCTET_STRING, asn1.OCTET_STRING | asn1.CONSTRUCTED):
            raise StructureError("content is no octet string")
    reader.finish()
    return content_type, content


def _content(inner: Element | None, detached: bytes | memoryview | None) -> memoryview:
    """Settle on the one content; two that differ are a trick, not a choice."""
    if inner is None:
        if detached is None:
            raise SignatureMissingError("no content")
        return memoryview(detached)
    content = inner.octets()
    if detached is not None and content != detached:
        raise StructureError("content inside and outside the signature differ")
    return content


def _certificates(element: Element | None) -> tuple[Loaded, ...]:
    """Read the certificates that came along; what is no readable certificate is passed over."""
    if element is None:
        return ()
    reader = element.children()
    found: list[Loaded] = []
    count = 0
    while reader.more():
        entry = reader.take()
        count += 1
        if count > MAX_CERTIFICATES:
            raise StructureError("too many certificates")
        if entry.tag != asn1.SEQUENCE or entry.indefinite:
            continue
        try:
            found.append(load(bytes(entry.encoding)))
        except StructureError:
            continue
    return tuple(found)


def _digest(element: Element) -> Digest:
    oid, _ = read_algorithm(element)
    digest = signature_digest(oid)
    if digest is None:
        raise SignatureWeakError("digest algorithm not accepted")
    return digest


def _refuse_attributes_as_content(content: memoryview) -> None:
    """Refuse content that could be another message's signed attributes.

    A signature over attributes is also one over those attributes as content, so that their DER
    could be passed off as a signed message without attributes; no MIME entity starts with that
    octet.
    """
    if len(content) and content[0] == asn1.SET:
        raise SignatureInvalidError("content looks like signed attributes")
