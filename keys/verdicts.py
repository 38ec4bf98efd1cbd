"""What was found out about each layer of a mail, for people and for the journal.

A verdict repeats nothing of the content. `words` are English, the language of the log; `facts` hold
the same as names and values, so that a page can tell it in another language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from keys.cms import Decrypted, Signer
from keys.errors import CertificateError, KeysError
from keys.grounds import Grounds, KeyGrounds
from keys.identity import (
    addresses_of,
    fingerprint,
    issuer_in_words,
    organisation_of,
    subject_in_words,
)
from keys.trust import Trusted

Kind = Literal["encrypted", "signed", "compressed", "plain", "tls", "content"]

_REVOCATION = {
    "good": "not revoked",
    "unknown": "no revocation list is known",
    "stale-accepted": "not revoked by a list that is out of date, within the grace period",
}


@dataclass(frozen=True, slots=True)
class LayerVerdict:
    """One layer, counted from the outside (0 is the transport): what it is, and is it good."""

    layer: int
    kind: Kind
    ok: bool
    code: str
    words: str
    facts: Mapping[str, str] = field(default_factory=dict)
    grounds: Grounds | KeyGrounds | None = field(default=None, compare=False)
    """What the judgement of a signer's certificate rested on, for the keeping."""

    def to_json(self) -> dict[str, object]:
        """Give the verdict as JSON values."""
        return {
            "layer": self.layer,
            "kind": self.kind,
            "ok": self.ok,
            "code": self.code,
            "words": self.words,
            "facts": dict(self.facts),
        }


def encrypted_verdict(layer: int, decrypted: Decrypted) -> LayerVerdict:
    """Tell of a layer that was opened."""
    words = (
        f"Encrypted with {decrypted.content_algorithm} to our key {decrypted.key_id}"
        f" ({decrypted.key_algorithm})"
    )
    facts = {
        "key": decrypted.key_id,
        "key_algorithm": decrypted.key_algorithm,
        "cipher": decrypted.content_algorithm,
        "authenticated": "yes" if decrypted.authenticated else "no",
    }
    return LayerVerdict(layer, "encrypted", True, "keys.opened", words, facts)


def signed_verdict(layer: int, signer: Signer, trusted: Trusted) -> LayerVerdict:
    """Tell of a signature that is good and whose certificate is trusted."""
    facts = {**_signer_facts(signer), "revocation": trusted.revocation}
    facts["chain"] = " ".join(trusted.chain)
    if trusted.notes:
        facts["notes"] = " ".join(trusted.notes)
    origin = "pinned" if "pinned" in trusted.notes else "issued under a trusted authority"
    words = (
        f"{_signer_words(signer)}; the certificate is {origin}, {_REVOCATION[trusted.revocation]}"
    )
    return LayerVerdict(layer, "signed", True, "keys.signature.good", words, facts, trusted.grounds)


def refused_verdict(
    layer: int, kind: Kind, error: KeysError, signer: Signer | None = None
) -> LayerVerdict:
    """Tell of a layer that was refused; with `signer`, of a good signature by a refused one."""
    facts = {} if signer is None else _signer_facts(signer)
    if error.detail:
        facts["detail"] = error.detail
    words = str(error)
    if signer is not None:
        words = f"{_signer_words(signer)}; refused: {words}"
    grounds = error.grounds if isinstance(error, CertificateError) else None
    return LayerVerdict(layer, kind, False, error.code, words, facts, grounds)


def compressed_verdict(layer: int) -> LayerVerdict:
    """Tell of a layer that was unpacked; it protects nothing."""
    return LayerVerdict(layer, "compressed", True, "keys.decompressed", "Compressed with zlib")


def plain_verdict(layer: int) -> LayerVerdict:
    """Tell of content that is neither encrypted nor signed."""
    return LayerVerdict(layer, "plain", True, "keys.plain", "Neither encrypted nor signed")


def tls_verdict(facts: Mapping[str, str] | None) -> LayerVerdict:
    """Tell of the transport: `facts` hold `version`, `cipher`, and `subject` of a client."""
    if not facts:
        return LayerVerdict(0, "tls", False, "tls.none", "Arrived over a connection without TLS")
    words = f"Arrived over {facts.get('version', 'TLS')}"
    if "cipher" in facts:
        words += f" with {facts['cipher']}"
    if facts.get("subject"):
        words += f", client certificate of {facts['subject']}"
    return LayerVerdict(0, "tls", True, "tls.used", words, dict(facts))


def _signer_words(signer: Signer) -> str:
    when = "" if signer.signed_at is None else f" at {signer.signed_at:%Y-%m-%d %H:%M:%S} UTC"
    return (
        f"Signed by {subject_in_words(signer.certificate)}{when}"
        f" with {signer.signature_algorithm} and {signer.digest_algorithm}"
    )


def _signer_facts(signer: Signer) -> dict[str, str]:
    certificate = signer.certificate
    facts = {
        "subject": subject_in_words(certificate),
        "issuer": issuer_in_words(certificate),
        "certificate_sha256": fingerprint(certificate),
        "digest": signer.digest_algorithm,
        "algorithm": signer.signature_algorithm,
        "addresses": " ".join(addresses_of(certificate)),
        "not_after": f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
    }
    if signer.signed_at is not None:
        facts["signed_at"] = f"{signer.signed_at:%Y-%m-%dT%H:%M:%SZ}"
    organisation = organisation_of(certificate)
    if organisation is not None:
        facts[organisation.scheme] = organisation.number
    return facts
