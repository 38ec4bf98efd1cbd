"""The layers of S/MIME: EnvelopedData, CompressedData, and SignedData around or beside content."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import Encoding

from gateway.pipeline.opened import Opened
from gateway.pipeline.peel import Means, Peel
from keys import cms, verdicts
from keys.cms import OpenPolicy, Signed, Signer
from keys.errors import KeysError, SignatureInvalidError
from keys.policy import cipher_is_read
from keys.trust import Trusted
from parsers.mime import Part, canonical_crlf, read_entity


def decrypt(peel: Peel, means: Means) -> None:
    """Open an envelope with whichever of our keys it names."""
    policy = OpenPolicy(read_3des=cipher_is_read("3DES", means.at, means.judge.policy))
    clear = cms.decrypt(peel.entity.decoded(), means.keyring, policy)
    peel.decrypted(clear.content, verdicts.encrypted_verdict(peel.number, clear))


def decompress(peel: Peel, _means: Means) -> Opened | None:
    """Unpack; who signed stays as it was (RFC 8551 3.7).

    What is compressed inside a signature was signed so; compression around one is a mere wrapping,
    and the signature is found next.
    """
    if any(layer.kind == "compressed" for layer in peel.layers):
        words = "Compressed once more inside, which only a bomb needs"
        return peel.failed("compressed", "mail.compressed_twice", words)
    content = cms.decompress(peel.entity.decoded())
    peel.unwrapped(content, verdicts.compressed_verdict(peel.number))
    return None


def verify_opaque(peel: Peel, means: Means) -> Opened | None:
    """Check the signatures of a SignedData that holds its content."""
    signed = cms.verify(peel.entity.decoded())
    return _judge(peel, means, signed, read_entity(signed.content))


def verify_clear(peel: Peel, means: Means) -> Opened | None:
    """Check the signatures beside the part that they cover, over its bytes as received."""
    if len(peel.entity.children) != 2:
        # RFC 1847 section 2.1: exactly two parts. A third would be shown but is not signed.
        raise SignatureInvalidError("not two parts")
    covered, signature = peel.entity.children
    return _judge(peel, means, *_verify_beside(signature.decoded(), covered))


def _verify_beside(der: bytes, covered: Part) -> tuple[Signed, Part]:
    """Verify over the exact bytes, then over canonical lines (stores with bare LF), never else."""
    try:
        return cms.verify(der, covered.raw), covered
    except SignatureInvalidError:
        canonical = canonical_crlf(covered.raw)
        if len(canonical) == len(covered.raw):
            raise
        return cms.verify(der, canonical), read_entity(canonical)


def _judge(peel: Peel, means: Means, signed: Signed, inside: Part) -> Opened | None:
    """Every signer must be trusted: one that is not could have been added by anybody."""
    found: list[tuple[Signer, Trusted]] = []
    for signer in signed.signers:
        try:
            trust = means.judge.judge(signer.certificate, signed.certificates, means.at)
        except KeysError as error:
            return peel.ended(verdicts.refused_verdict(peel.number, "signed", error, signer))
        found.append((signer, trust))
    first, trust = found[0]
    layers = [verdicts.signed_verdict(peel.number + n, *one) for n, one in enumerate(found)]
    der = first.certificate.public_bytes(Encoding.DER)
    peel.signed(inside, layers, der, trust, first.signed_at, first.capabilities)
    return None
