"""Cryptographic Message Syntax: the outer ContentInfo, and the five verbs on what it holds.

    decrypt     keys.enveloped    EnvelopedData, AuthEnvelopedData -> content
    verify      keys.signed       SignedData -> content and signers
    decompress  keys.compressed   CompressedData -> content
    sign        keys.signing      content -> SignedData
    encrypt     keys.sealing      content -> EnvelopedData, AuthEnvelopedData

Refuses to do: nested ContentInfo (the content of mail is MIME, so each layer is `id-data`),
password recipients, static-static key agreement, signed receipts, and to write CompressedData.
"""

from keys.compressed import decompress
from keys.content_info import content_kind
from keys.enveloped import Decrypted, OpenPolicy, decrypt
from keys.own import Keyring, OwnKey
from keys.sealing import encrypt
from keys.signed import Signed, Signer, verify
from keys.signing import sign

__all__ = [
    "Decrypted",
    "Keyring",
    "OpenPolicy",
    "OwnKey",
    "Signed",
    "Signer",
    "content_kind",
    "decompress",
    "decrypt",
    "encrypt",
    "sign",
    "verify",
]
