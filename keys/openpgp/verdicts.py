"""What was found out about a layer of OpenPGP, in the words and facts of `keys.verdicts`."""

from keys.grounds import KeyGrounds
from keys.openpgp.signatures import Signature
from keys.openpgp.status import Decryption
from keys.verdicts import LayerVerdict


def encrypted_verdict(layer: int, found: Decryption) -> LayerVerdict:
    """Tell of a layer that was opened."""
    words = (
        f"Encrypted with OpenPGP, {found.cipher} ({found.integrity}), to our key {found.key[-16:]}"
    )
    facts = {
        "format": "openpgp",
        "key": found.key,
        "cipher": found.cipher,
        "integrity": found.integrity,
        "authenticated": "yes",
    }
    return LayerVerdict(layer, "encrypted", True, "keys.opened", words, facts)


def signed_verdict(layer: int, signature: Signature, key: bytes | None) -> LayerVerdict:
    """Tell of a good signature; `key` is what is registered, None for another's beside it."""
    words = (
        f"Signed with the OpenPGP key {signature.primary}"
        f" at {signature.signed_at:%Y-%m-%d %H:%M:%S} UTC"
        f" with {signature.key_algorithm} and {signature.digest}; the key is registered, and was"
        " neither expired nor revoked"
    )
    facts = {
        "format": "openpgp",
        "openpgp_fingerprint": signature.primary,
        "signing_key": signature.fingerprint,
        "algorithm": signature.key_algorithm,
        "digest": signature.digest,
        "signed_at": f"{signature.signed_at:%Y-%m-%dT%H:%M:%SZ}",
    }
    grounds = KeyGrounds(signature.primary, key) if key is not None else None
    return LayerVerdict(layer, "signed", True, "keys.signature.good", words, facts, grounds)
