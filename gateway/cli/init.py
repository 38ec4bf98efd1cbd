"""`init`: a new home with its settings, keys and database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway import homes, wiring
from gateway import settings as settings_module
from gateway.cli.home import opened
from gateway.cli.show import done
from gateway.cli.trust import read_certificates
from gateway.cli.values import one_of
from gateway.errors import Refused
from gateway.store import migrate
from gateway.store.engine import open_engine
from keys.issuing import KINDS
from parsers.organisations import is_cvr

TOML = """\
# Sagspost's settings. Unknown keys are refused; `sagspost check` tells what is wrong.

[authority]
name = {name}
cvr = {cvr}
language = {language}
case_prefix = {case_prefix}
inbox = {inbox}                 # the authority's own inbox: notices and confirmations
{inbox_certificate}
[[mailbox]]                     # an address that partners write to
address = {address}
language = {language}
procedures = ["*"]              # all; or some: `sagspost procedure list` names them

[smtp]
listen = {smtp}
tls_certificate = "keys/tls.pem"
tls_key = "keys/tls-key.pem"

[relay]
url = {relay}                   # verified TLS, unless the relay is on this machine

[database]
url = "sqlite:///sagspost.db"

[redis]
url = "embedded"

[console]
listen = {console}

[clock]
rehearsal = {rehearsal}               # true lets SAGSPOST_CLOCK_OFFSET=+9d move the clock
"""

_SWEDISH = "              # the organisation number (sv: organisationsnummer)"


def quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    if any(ord(c) < 32 for c in escaped):
        raise Refused(f"A setting may not hold control characters: {text!r}")
    return f'"{escaped}"'


def init(
    ctx: typer.Context,
    name: Annotated[str, typer.Option(help="The authority, such as Region Midtjylland.")],
    cvr: Annotated[
        str, typer.Option("--cvr", "--orgnr", help="Its CVR (8 digits) or organisation number.")
    ],
    address: Annotated[str, typer.Option(help="The mailbox that partners write to.")],
    inbox: Annotated[str, typer.Option(help="The authority's own inbox.")],
    smtp: Annotated[str, typer.Option(help="Where to listen: HOST:PORT.")] = "127.0.0.1:2525",
    relay: Annotated[str, typer.Option(help="smtp://HOST:PORT.")] = "smtp://127.0.0.1:25",
    console: Annotated[
        str, typer.Option(help="For the console of a later version: HOST:PORT.")
    ] = "127.0.0.1:8025",
    language: Annotated[str, typer.Option(help="da, sv or en.")] = "da",
    case_prefix: Annotated[str, typer.Option(help="Case numbers begin with it.")] = "RM",
    key: Annotated[str, typer.Option(help="rsa3072, rsa4096, p256 or p384.")] = "rsa3072",
    inbox_certificate: Annotated[
        Path | None, typer.Option(help="The inbox's certificate, to seal its mail.")
    ] = None,
    rehearsal: Annotated[
        bool, typer.Option("--rehearsal", help="Let SAGSPOST_CLOCK_OFFSET move the clock.")
    ] = False,
) -> None:
    """Make a home: settings, keys, database. Never overwrites."""
    folder = opened(ctx).folder
    if folder.exists() and any(folder.iterdir()):
        raise Refused(f"{folder} is not empty; init never overwrites. Name another --home.")
    one_of("--key", key, KINDS)
    certificate = None
    if inbox_certificate is not None:
        read_certificates(inbox_certificate)
        certificate = inbox_certificate.read_bytes()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    text = TOML.format(
        name=quoted(name),
        cvr=quoted(cvr) + ("" if is_cvr(cvr) else _SWEDISH),
        language=quoted(language),
        case_prefix=quoted(case_prefix),
        inbox=quoted(inbox),
        inbox_certificate='inbox_certificate = "keys/inbox.pem"\n' if certificate else "",
        address=quoted(address),
        smtp=quoted(smtp),
        relay=quoted(relay),
        console=quoted(console),
        rehearsal="true " if rehearsal else "false",
    )
    file = folder / "sagspost.toml"
    file.write_text(text, encoding="utf-8")
    try:
        settings = settings_module.load(folder)
    except Refused:
        file.unlink()
        raise
    wiring.issue_keys(settings, kind=key, now=homes.open_clock(settings).now())
    if certificate:
        (settings.keys / "inbox.pem").write_bytes(certificate)
    migrate.migrate(open_engine(settings.database_url))
    done(f"Made {folder}")
    done(f"Partners encrypt to {settings.keys / 'gateway.pem'}")
    done("Next: anchor add, partner add, facility add, then serve.")
