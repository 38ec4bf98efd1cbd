"""OpenPGP mail (RFC 9580, RFC 3156), judged by GnuPG and by what it says on its status pipe.

    status    what GnuPG said, read strictly: the whole story, or a refusal with a name
    home      GnuPG as a child, with an agent that lives and dies with us
    material  keys: reading a partner's, making our own
    gnupg     decrypt, verify, seal
    mail      the MIME dressing, in octets

Refuses to do: import a key that came with a mail, fetch one, believe a user id or an Autocrypt
header, open what has no integrity protection, open OpenPGP inside a text, ask for a passphrase.
"""

from keys.openpgp.gnupg import Clear, OpenPgp
from keys.openpgp.home import missing_programs, sweep
from keys.openpgp.material import OpenPgpKey, OwnOpenPgpKey, create, read_public_key
from keys.openpgp.status import Decryption, Signature

__all__ = [
    "Clear",
    "Decryption",
    "OpenPgp",
    "OpenPgpKey",
    "OwnOpenPgpKey",
    "Signature",
    "create",
    "missing_programs",
    "read_public_key",
    "sweep",
]
