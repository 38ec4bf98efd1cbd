"""Case exports as BagIt packages (RFC 8493), with a signed manifest.

    bagit.txt  bag-info.txt  manifest-sha256.txt  manifest-sha256.txt.p7s  tagmanifest-sha256.txt
    data/case.json
    data/evidence/0001-received.json  data/evidence/0001-received.json.p7s
    data/messages/  data/documents/  data/grounds/

BagIt alone finds accidents. Since our detached signature stands over the manifest, it finds
changes too, and a file that was taken out together with its line.

Not here: what belongs to a case, and writing to the disk.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from gateway.outbound.chains import Entry
from gateway.outbound.findings import Finding
from keys import cms

EVIDENCE: Final = "data/evidence/"
MESSAGES: Final = "data/messages/"
DOCUMENTS: Final = "data/documents/"
GROUNDS: Final = "data/grounds/"
MANIFEST: Final = "manifest-sha256.txt"
MANIFEST_SIGNATURE: Final = "manifest-sha256.txt.p7s"

_DECLARATION: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_TAG_MANIFEST: Final = "tagmanifest-sha256.txt"
_TAG_FILES: Final = frozenset(
    ("bagit.txt", "bag-info.txt", MANIFEST, MANIFEST_SIGNATURE, _TAG_MANIFEST)
)
_LINE: Final = re.compile(r"([0-9a-fA-F]{64})[ \t]+\*?(.+)")


def evidence_file_name(entry: Entry) -> str:
    """Return the name in an export: `data/evidence/0001-received.json`; `.p7s` stands beside."""
    return f"{EVIDENCE}{entry.sequence:04d}-{entry.evidence.get('kind')}.json"


def tag_files(
    digests: Mapping[str, str], info: Mapping[str, str], own: cms.OwnKey, at: datetime
) -> dict[str, bytes]:
    """Return the files that make a folder a signed bag.

    `digests` maps each payload file (`data/...`, forward slashes) to its SHA-256 in hex, `info` is
    for bag-info.txt (RFC 8493 section 2.2.2).
    """
    manifest = _manifest(digests)
    facts = "".join(f"{name}: {' '.join(value.split())}\n" for name, value in info.items())
    files = {
        "bagit.txt": _DECLARATION,
        "bag-info.txt": facts.encode("utf-8"),
        MANIFEST: manifest,
        MANIFEST_SIGNATURE: cms.sign(manifest, own, detached=True, signing_time=at),
    }
    tags = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    return {**files, _TAG_MANIFEST: _manifest(tags)}


def bag_findings(files: Mapping[str, bytes]) -> list[Finding]:
    """Check that the folder holds exactly what its manifests list, unchanged."""
    found = []
    if not files.get("bagit.txt", b"").startswith(b"BagIt-Version:"):
        found.append(Finding("bag.malformed", "bagit.txt", "this is no BagIt package"))
    listed, faults = _read_manifest(files, MANIFEST)
    tags, more = _read_manifest(files, _TAG_MANIFEST)
    found.extend((*faults, *more))
    if not listed:
        return [*found, Finding("bag.malformed", MANIFEST, "the manifest is missing or empty")]
    for name, digest in {**tags, **listed}.items():
        if name not in files:
            found.append(Finding("file.missing", name, "is listed and was removed"))
        elif hashlib.sha256(files[name]).hexdigest() != digest:
            found.append(Finding("file.altered", name, "was changed: its SHA-256 is another"))
    found.extend(
        Finding("file.unlisted", name, "is not in the manifest: it was added")
        for name in files
        if name not in listed and name not in _TAG_FILES
    )
    return found


def digests_under(files: Mapping[str, bytes], folder: str) -> frozenset[str]:
    """Return the SHA-256 of each file in one folder of the export."""
    return frozenset(
        hashlib.sha256(files[name]).hexdigest() for name in files if name.startswith(folder)
    )


def _manifest(digests: Mapping[str, str]) -> bytes:
    lines = (f"{digests[name]}  {_escaped(name)}\n" for name in sorted(digests))
    return "".join(lines).encode("utf-8")


def _read_manifest(
    files: Mapping[str, bytes], name: str
) -> tuple[dict[str, str], Iterable[Finding]]:
    if name not in files:
        return {}, ()
    listed: dict[str, str] = {}
    faults = []
    for number, line in enumerate(files[name].decode("utf-8", "replace").splitlines(), 1):
        match = _LINE.fullmatch(line)
        if match is None or _plain(match[2]) in listed:
            faults.append(Finding("bag.malformed", name, f"line {number} can not be read"))
        else:
            listed[_plain(match[2])] = match[1].lower()
    return listed, faults


def _escaped(name: str) -> str:
    return name.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _plain(name: str) -> str:
    return name.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
