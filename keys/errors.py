"""What can go wrong with sealed mail, as a tree of exceptions with stable dotted codes.

    KeysError                           keys
    ├── StructureError                  keys.structure
    ├── OpenError                       keys.open.failed         padding, key and content: one code
    ├── NoKeyError                      keys.open.no_key
    ├── SignatureError                  keys.signature
    │   ├── SignatureInvalidError       keys.signature.invalid
    │   ├── SignatureMissingError       keys.signature.missing
    │   ├── SignerUnknownError          keys.signature.signer_unknown
    │   └── SignatureWeakError          keys.signature.weak
    ├── CertificateError                keys.certificate
    │   ├── CertificateUntrustedError   keys.certificate.untrusted
    │   ├── CertificateExpiredError     keys.certificate.expired
    │   ├── CertificateNotYetValidError keys.certificate.not_yet_valid
    │   ├── CertificateRevokedError     keys.certificate.revoked
    │   ├── CertificateWeakError        keys.certificate.weak
    │   ├── CertificateUsageError       keys.certificate.usage
    │   ├── RevocationStaleError        keys.certificate.revocation_stale
    │   └── RevocationMissingError      keys.certificate.revocation_missing
    ├── RevocationSourceError           keys.revocation.source
    ├── GroundsError                    keys.grounds
    ├── RecipientError                  keys.seal.recipient
    ├── OpenPgpError                    keys.openpgp
    │   ├── InlineOpenPgpError          keys.openpgp.inline
    │   ├── OpenPgpSignerUnknownError   keys.openpgp.signer_unknown
    │   ├── OpenPgpKeyError             keys.openpgp.key
    │   ├── OpenPgpKeyExpiredError      keys.openpgp.key_expired
    │   ├── OpenPgpKeyRevokedError      keys.openpgp.key_revoked
    │   └── GnuPgError                  keys.openpgp.unavailable
    ├── KeyFileError                    keys.file
    └── AtRestError                     keys.atrest
        ├── AtRestUnknownKeyError       keys.atrest.unknown_key
        └── AtRestFailedError           keys.atrest.failed

Beside the tree stands `TokenError`: a token with private keys that does not answer is no verdict on
a mail, and must never pass for one.

`str(error)` is one public sentence that says nothing about keys, content or the reason; `detail` is
for the log, and holds no content, no key and no personal data either.
"""

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from cryptography import x509

    from keys.grounds import Grounds


class KeysError(Exception):
    """Any refusal of this package; `code` is stable, `detail` is for the log only."""

    code: ClassVar[str] = "keys"
    sentence: ClassVar[str] = "The sealed mail was refused."

    def __init__(self, detail: str = "") -> None:
        super().__init__(self.sentence)
        self.detail = detail

    def __reduce__(self) -> tuple[type["KeysError"], tuple[str]]:
        """Keep `detail` when the error crosses from a worker process."""
        return (type(self), (self.detail,))


class StructureError(KeysError):
    """The bytes are no well-formed message of a kind that is read here."""

    code = "keys.structure"
    sentence = "The message is not well-formed sealed mail."


class OpenError(KeysError):
    """The message could not be decrypted; deliberately silent about why (RFC 3218, EFAIL)."""

    code = "keys.open.failed"
    sentence = "The message could not be opened."


class NoKeyError(KeysError):
    """The message is encrypted to other keys than ours."""

    code = "keys.open.no_key"
    sentence = "The message is not encrypted to a key of this gateway."


class SignatureError(KeysError):
    """No signature of the message may be relied on."""

    code = "keys.signature"
    sentence = "The signature was refused."


class SignatureInvalidError(SignatureError):
    """A signature does not fit the content, its attributes or its certificate."""

    code = "keys.signature.invalid"


class SignatureMissingError(SignatureError):
    """There is no signature, or no content that it could cover."""

    code = "keys.signature.missing"
    sentence = "The message is not signed."


class SignerUnknownError(SignatureError):
    """The signer's certificate is neither in the message nor known."""

    code = "keys.signature.signer_unknown"
    sentence = "The signer's certificate is not in the message."


class SignatureWeakError(SignatureError):
    """The signature rests on a hash that is broken or not known here (MD5, SHA-1)."""

    code = "keys.signature.weak"


class CertificateError(KeysError):
    """A certificate may not be relied on; `grounds` say what that rests on, where it was judged."""

    code = "keys.certificate"
    sentence = "The certificate was refused."
    grounds: "Grounds | None" = None
    path: "tuple[x509.Certificate, ...]" = ()


class CertificateUntrustedError(CertificateError):
    """No path leads from the certificate to an anchor, and it is not pinned."""

    code = "keys.certificate.untrusted"
    sentence = "The certificate was not issued by a trusted authority."


class CertificateExpiredError(CertificateError):
    """The certificate was no longer valid at the time of judging."""

    code = "keys.certificate.expired"
    sentence = "The certificate has expired."


class CertificateNotYetValidError(CertificateError):
    """The certificate was not yet valid at the time of judging."""

    code = "keys.certificate.not_yet_valid"
    sentence = "The certificate is not valid yet."


class CertificateRevokedError(CertificateError):
    """The issuer has revoked a certificate of the chain."""

    code = "keys.certificate.revoked"
    sentence = "The certificate has been revoked."


class CertificateWeakError(CertificateError):
    """A key or signature of the chain is below the policy of `keys.policy`."""

    code = "keys.certificate.weak"
    sentence = "The certificate's cryptography is too weak."


class CertificateUsageError(CertificateError):
    """The certificate was issued for something else (key usage, EKU, a CA as signer)."""

    code = "keys.certificate.usage"
    sentence = "The certificate is not meant for this use."


class RevocationStaleError(CertificateError):
    """The revocation list is past its time and past the grace period."""

    code = "keys.certificate.revocation_stale"
    sentence = "The revocation list of the certificate's issuer is out of date."


class RevocationMissingError(CertificateError):
    """Nothing is known about revocation, and the policy asks that something is."""

    code = "keys.certificate.revocation_missing"
    sentence = "Nothing is known about the revocation of the certificate."


class RevocationSourceError(KeysError):
    """A revocation list or an answer about revocation is not one that may be relied on."""

    code = "keys.revocation.source"
    sentence = "The revocation list or answer cannot be used."


class GroundsError(KeysError):
    """What a verdict rested on is missing, was changed, or cannot be read."""

    code = "keys.grounds"
    sentence = "The grounds of the verdict are not what they were."


class RecipientError(KeysError):
    """Nothing can be encrypted to this certificate's key."""

    code = "keys.seal.recipient"
    sentence = "The recipient's certificate cannot be encrypted to."


class OpenPgpError(KeysError):
    """OpenPGP mail, or a key of it, that is not relied on."""

    code = "keys.openpgp"
    sentence = "The OpenPGP mail was refused."


class InlineOpenPgpError(OpenPgpError):
    """OpenPGP inside the text of a mail, which says nothing about the rest of it."""

    code = "keys.openpgp.inline"
    sentence = "OpenPGP inside a text is not opened: send PGP/MIME (RFC 3156)."


class OpenPgpSignerUnknownError(OpenPgpError):
    """The key that signed is not registered for anybody."""

    code = "keys.openpgp.signer_unknown"
    sentence = "The OpenPGP key that signed is not registered."


class OpenPgpKeyError(OpenPgpError):
    """A file that is not one OpenPGP key of a kind that is used here."""

    code = "keys.openpgp.key"
    sentence = "The OpenPGP key could not be used."


class OpenPgpKeyExpiredError(OpenPgpError):
    """The key that signed had expired at the time of judging."""

    code = "keys.openpgp.key_expired"
    sentence = "The OpenPGP key has expired."


class OpenPgpKeyRevokedError(OpenPgpError):
    """The key that signed is revoked by its owner."""

    code = "keys.openpgp.key_revoked"
    sentence = "The OpenPGP key has been revoked."


class GnuPgError(OpenPgpError):
    """GnuPG is not there, did not start, or did not end in time."""

    code = "keys.openpgp.unavailable"
    sentence = "GnuPG could not be used; it is needed for OpenPGP."


class KeyFileError(KeysError):
    """A key or certificate file is missing, unreadable, too open or of a wrong kind."""

    code = "keys.file"
    sentence = "A key or certificate file could not be used."


class AtRestError(KeysError):
    """Something that was kept encrypted could not be read back."""

    code = "keys.atrest"
    sentence = "Stored data could not be decrypted."


class AtRestUnknownKeyError(AtRestError):
    """The blob was sealed under a key that the vault does not hold."""

    code = "keys.atrest.unknown_key"


class AtRestFailedError(AtRestError):
    """The blob was changed, cut, moved to another context, or is no blob of ours."""

    code = "keys.atrest.failed"


class TokenError(Exception):
    """The token that holds private keys does not answer, or not as it should."""
