"""`evidence` and `log`: proving later what was said, by whom, and that nothing has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.cli.home import opened
from gateway.cli.show import AsJson, details, done, errors, progress
from gateway.cli.trust import read_certificates
from gateway.errors import Refused
from gateway.outbound import integrity
from gateway.outbound.verify import verify_path
from keys.keyring import own_certificates

evidence = typer.Typer(no_args_is_help=True)
log = typer.Typer(no_args_is_help=True)

_NAMED: Final = 5  # pieces that are named; of more it is told how many


@evidence.command("verify")
def evidence_verify(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="evidence.json, a receipt (decrypted), head.json or an export.")
    ],
    anchor: Annotated[
        list[Path] | None,
        typer.Option(help="The gateway's certificate; by default all of this home."),
    ] = None,
    head: Annotated[
        Path | None, typer.Option(help="A signed head that was kept outside, for exports.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check evidence, a receipt or an export with nothing but the gateway's certificate."""
    certificates = [c for path in anchor or () for c in read_certificates(path)]
    if not anchor:
        certificates = list(own_certificates(opened(ctx).folder / "keys"))
    if not certificates:
        raise Refused("There is no gateway here: name its certificate with --anchor FILE.")
    try:
        with progress(f"Checking {file}"):
            report = verify_path(file, certificates, head)
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}") from None
    found = [str(finding) for finding in report.findings]
    if as_json:
        shown = {
            "good": not found,
            "checked": list(report.checked),
            "findings": [
                {"code": f.code, "where": f.where, "text": f.text} for f in report.findings
            ],
            "notes": list(report.notes),
        }
        details(shown, as_json=True)
    elif not found:
        more = len(report.checked) - _NAMED
        named = ", ".join(report.checked[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        done(f"{file}: as it was issued ({named})")
        for note in report.notes:
            done(f"Note: {note}")
    if found:
        for line in found:
            errors.print(line, style="red", markup=False)
        raise typer.Exit(1)


@log.command("verify")
def log_verify(
    ctx: typer.Context,
    head: Annotated[
        Path | None, typer.Option(help="A signed head that was mailed out: shows a lost tail.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the whole journal, every chain of evidence, every kept mail and document."""
    home = opened(ctx)
    with home.store.read() as unit, progress("Checking") as at:
        found = list(integrity.all_findings(unit, home.settings, at))
        if head is not None:
            found += list(integrity.outside_head_findings(unit, head, home.settings))
    if as_json:
        details({"good": not found, "findings": found}, as_json=True)
    elif not found:
        done("Journal, evidence, documents and mails are as they were kept.")
    if found:
        for line in found:
            errors.print(line, style="red", markup=False)
        raise typer.Exit(1)
