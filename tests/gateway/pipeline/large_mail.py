"""Opens one large mail in a process of its own and prints the memory that it took.

Arguments: the folder of our keys, the anchor, the mail. Prints JSON: the size of the mail, the
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
from keys.trust import Judge, TrustMaterial


def resident(field: str) -> int:
    """A line of the kernel's account of this process, in bytes."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) * 1024


def main(keys: str, anchor: str, mail: str) -> None:
    root = x509.load_pem_x509_certificate(Path(anchor).read_bytes())
    judge = Judge(TrustMaterial(anchors=(root.public_bytes(Encoding.DER),)))
    means = Means(load_keyring(Path(keys)), judge, datetime.now(UTC))
    open_message(b"Subject: all that is loaded late is loaded now\r\n\r\n", means)
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the peak begins anew
    raw = Path(mail).read_bytes()
    opened = open_message(raw, means)
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
