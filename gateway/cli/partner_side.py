"""`form` and `seal`: what a partner needs to write to us."""

from __future__ import annotations

import smtplib
import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.sealing import openpgp_ends, sealed, smime_ends
from gateway.cli.show import done
from gateway.cli.values import LANGUAGES, one_of
from gateway.errors import Refused
from keys.errors import KeyFileError
from keys.keyring import OwnKey, read_own_key
from parsers import forms
from workflows.catalogue import catalogue, procedures
from workflows.mistakes import instead


def form(
    message: Annotated[str, typer.Argument(help="Such as placement_request.")],
    as_form: Annotated[
        str,
        typer.Option("--as", help="text, json, schema, xml, xsd, table, html, pdf, csv or xlsx."),
    ] = "text",
    language: Annotated[str, typer.Option(help="da, sv or en.")] = "da",
    output: Annotated[Path | None, typer.Option(help="Write the form here.")] = None,
) -> None:
    """Print a blank form or a schema of a message, for a partner."""
    known = catalogue(procedures())
    found = known.get(message)
    if found is None:
        raise Refused(f"There is no message {message}; {instead(message, known.names())}")
    one_of("--language", language, LANGUAGES)
    one_of("--as", as_form, forms.offered(found))
    blank = forms.blank(found, as_form, language)
    if output is not None:
        output.write_bytes(blank)
        done(f"Wrote {output}")
    elif as_form in forms.BINARY and sys.stdout.isatty():
        raise Refused(f"--as {as_form}: this is no text; name a file with --output.")
    else:
        sys.stdout.buffer.write(blank)


def seal(
    file: Annotated[Path, typer.Argument(help="The submission: JSON, or labelled text.")],
    sender: Annotated[
        Path,
        typer.Option("--from", help="The sender's key: PKCS#12, PEM with certificate, or OpenPGP."),
    ],
    recipient: Annotated[
        Path, typer.Option("--to", help="The gateway's certificate, or its OpenPGP key.")
    ],
    send: Annotated[str | None, typer.Option(help="Hand it over to HOST:PORT.")] = None,
    message_format: Annotated[str, typer.Option("--format", help="smime or pgp.")] = "smime",
    certificate: Annotated[
        Path | None, typer.Option(help="The sender's certificate, where it is a file of its own.")
    ] = None,
    password: Annotated[
        str | None, typer.Option(envvar="SAGSPOST_P12_PASSWORD", help="Of the PKCS#12 file.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write the mail here.")] = None,
) -> None:
    """Make a sealed submission as a partner would, and send it or print it."""
    one_of("--format", message_format, ("smime", "pgp"))
    if message_format == "pgp":
        ends = openpgp_ends(sender, recipient)
    else:
        ends = smime_ends(_own_key(sender, password, certificate), recipient)
    mail, mail_from, mail_to = sealed(file, ends), ends.sender, ends.recipient
    if output is not None:
        output.write_bytes(mail)
        done(f"Wrote {output}")
    if send is not None:
        host, _, port = send.rpartition(":")
        try:
            with smtplib.SMTP(host, int(port), timeout=60) as client:
                client.sendmail(mail_from, [mail_to], mail)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise Refused(f"{send} did not take the mail: {error}") from None
        done(f"Sent to {mail_to} through {send}")
    if send is None and output is None:
        sys.stdout.buffer.write(mail)


def _own_key(file: Path, password: str | None, certificate: Path | None) -> OwnKey:
    for given in (file, certificate):
        if given is not None and not given.is_file():
            raise Refused(f"{given} cannot be read: there is no such file.")
    try:
        secret = password.encode() if password else None
        return read_own_key(file, password=secret, certificate=certificate)
    except KeyFileError as error:
        hint = "--password may be wrong or missing, or --certificate"
        raise Refused(f"--from {file}: {error.detail}; {hint}.") from None
