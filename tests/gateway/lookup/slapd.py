"""A real OpenLDAP server in a folder of its own, on 127.0.0.1."""

from __future__ import annotations

import base64
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAM = shutil.which("slapd") or "/usr/sbin/slapd"
BASE = "dc=example"
ADMIN, PASSWORD = f"cn=admin,{BASE}", "hemmelig"
CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
database mdb
suffix "{base}"
rootdn "{admin}"
rootpw {password}
directory {folder}/data
access to dn.subtree="ou=closed,{base}" by users read by * none
access to * by * read
"""


@dataclass(frozen=True)
class Slapd:
    """Where it listens."""

    plain: int
    tls: int

    @property
    def url(self) -> str:
        return f"ldap://127.0.0.1:{self.plain}"

    @property
    def secure(self) -> str:
        return f"ldaps://localhost:{self.tls}"

    def add(self, ldif: str) -> None:
        subprocess.run(
            ["ldapadd", "-x", "-H", self.url, "-D", ADMIN, "-w", PASSWORD],
            input=ldif.encode(), check=True, capture_output=True,
        )  # fmt: skip

    def add_person(
        self, name: str, mail: str, values: Mapping[str, Sequence[bytes]], under: str = ""
    ) -> None:
        lines = [f"dn: cn={name},{under}{BASE}", "objectClass: inetOrgPerson", f"cn: {name}",
                 f"sn: {name}", f"mail: {mail}"]  # fmt: skip
        for attribute, ders in values.items():
            lines += [f"{attribute}:: {base64.b64encode(der).decode()}" for der in ders]
        self.add("\n".join(lines) + "\n")


@contextmanager
def serving(folder: Path, certificate: Path, key: Path) -> Iterator[Slapd]:
    """Serve an empty tree while the block runs."""
    (folder / "data").mkdir(parents=True)
    file = folder / "slapd.conf"
    file.write_text(
        CONFIGURATION.format(
            folder=folder, certificate=certificate, key=key, base=BASE, admin=ADMIN,
            password=PASSWORD,
        )
    )  # fmt: skip
    made = Slapd(_free(), _free())
    listen = f"ldap://127.0.0.1:{made.plain} ldaps://127.0.0.1:{made.tls}"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [PROGRAM, "-f", str(file), "-h", listen, "-d", "0"], stdout=log, stderr=log
        )
    try:
        _wait(made.plain, process)
        made.add(f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: Example\n")
        yield made
    finally:
        process.terminate()
        process.wait(10)


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 15
    while time.monotonic() < until:
        assert process.poll() is None, "slapd ended"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("slapd does not answer")
