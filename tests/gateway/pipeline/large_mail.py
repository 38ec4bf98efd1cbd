"""Opens one large mail in a process of its own and prints the memory that it took.

Arguments: the folder of our keys, the anchor, the mail, and the public OpenPGP key that is
registered, where there is one. Prints JSON: the size of the mail, the
peak of resident memory over what the process held before it read the mail, and what was found.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.pipeline.opening import open_message
from gateway.pipeline.peel import Means
from keys.keyring import load_keyring
from keys.openpgp import OpenPgp, read_public_key
from keys.openpgp.folder import load_openpgp_keys
from keys.trust import Judge, TrustMaterial


def resident(field: str) -> int:
    """A line of the kernel's account of this process, in bytes."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) * 1024


def main(keys: str, anchor: str, mail: str, *registered: str) -> None:
    root = x509.load_pem_x509_certificate(Path(anchor).read_bytes())
    judge = Judge(TrustMaterial(anchors=(root.public_bytes(Encoding.DER),)))
    now = datetime.now(UTC)
    known = [read_public_key(Path(file).read_bytes(), now) for file in registered]
    own = load_openpgp_keys(Path(keys))
    openpgp = OpenPgp(own, [(key.fingerprint, key.data) for key in known])
    means = Means(load_keyring(Path(keys)), judge, now, openpgp=openpgp)
    open_message(b"Subject: all that is loaded late is loaded now\r\n\r\n", means)
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the peak begins anew
    raw = Path(mail).read_bytes()
    opened = open_message(raw, means)
    openpgp.close()
    content = opened.content
    found = {
        "size": len(raw),
        "peak": resident("VmHWM") - before,
        "failure": opened.failure,
        "layers": len(opened.layers),
        "attachment": content.attachments[0].sha256 if content else None,
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
