"""What was flipped, removed, reordered or cut off is found and named."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.outbound import bag, compose
from gateway.outbound.chains import Entry, chain_findings, heads_findings
from gateway.outbound.compose import Letter, Piece, evidence_pieces
from gateway.outbound.evidence import Issued, Last, canonical_bytes, issue
from gateway.outbound.findings import Report, VerificationError
from gateway.outbound.grounds import NO_GROUNDS
from gateway.outbound.heads import Head, compose_head
from gateway.outbound.verify import UNCHECKED_END, Verifier, read_entry, verify_path
from keys import cms
from tests.gateway.outbound.issuing import AT, CASE, ISSUER, chain, issued, make, own_key

VERIFIER = Verifier([own_key().certificate])
ISSUED = issued(make(1, None))
MAIL = b"mail"


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


def head_over(evidences: list, last: Last | None = None) -> Head:
    link = evidences[-1]["chain"]
    return compose_head(
        issued_at=AT,
        issuer=ISSUER,
        last=last,
        journal={"sequence": 1, "digest": "0" * 64},
        cases=[{"number": CASE, "sequence": link["sequence"], "digest": link["digest"]}],
    )


def export(evidences: list) -> dict[str, bytes]:
    files = {"data/messages/in-1.eml": MAIL, "data/documents/aftale.pdf": b"%PDF"}
    for one in evidences:
        name = bag.evidence_file_name(Entry("", one))
        made = issued(one)
        files[name], files[f"{name}.p7s"] = made.data, made.signature
    return sealed(files)


def sealed(files: dict[str, bytes]) -> dict[str, bytes]:
    payload = {name: data for name, data in files.items() if name.startswith("data/")}
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in payload.items()}
    return {**payload, **bag.tag_files(digests, {"Source-Organization": "x"}, own_key(), AT)}


def without(files: dict[str, bytes], *fragments: str) -> dict[str, bytes]:
    return {
        name: data
        for name, data in files.items()
        if not any(fragment in name for fragment in fragments)
    }


def test_sound_evidence_has_no_findings() -> None:
    report = VERIFIER.verify_evidence(ISSUED.data, ISSUED.signature)
    assert report.findings == ()
    report.require_sound()


@settings(max_examples=60)
@given(st.integers(0, len(ISSUED.data) - 1), st.integers(0, 7))
def test_one_flipped_bit_in_evidence_is_found(at: int, bit: int) -> None:
    data = bytearray(ISSUED.data)
    data[at] ^= 1 << bit
    report = VERIFIER.verify_evidence(bytes(data), ISSUED.signature)
    assert "signature.invalid" in codes(report)
    assert {"evidence.altered", "evidence.unreadable"} & codes(report)


@settings(max_examples=60)
@given(st.integers(0, len(ISSUED.signature) - 1))
def test_a_damaged_signature_is_found_or_signs_the_same(at: int) -> None:
    signature = bytearray(ISSUED.signature)
    signature[at] ^= 1
    report = VERIFIER.verify_evidence(ISSUED.data, bytes(signature))
    assert codes(report) <= {"signature.invalid", "signature.untrusted"}


def test_a_removed_signature_is_named() -> None:
    assert codes(VERIFIER.verify_evidence(ISSUED.data, None)) == {"signature.missing"}


def test_evidence_that_another_signed_is_named() -> None:
    foreign = issued(make(1, None), own_key("29190925", 2))
    assert codes(VERIFIER.verify_evidence(foreign.data, foreign.signature)) == {
        "signature.untrusted"
    }


def test_evidence_in_the_name_of_another_issuer_is_named() -> None:
    own = own_key("12345674", 3)
    foreign = issued(make(1, None), own)
    report = Verifier([own.certificate]).verify_evidence(foreign.data, foreign.signature)
    assert codes(report) == {"evidence.issuer"}


def test_evidence_rewritten_and_signed_again_by_a_stranger_is_no_evidence_of_ours() -> None:
    changed = {**make(1, None), "kind": "approved"}
    forged = issue(changed, own_key("29190925", 2), AT)
    report = VERIFIER.verify_evidence(forged.data, forged.signature)
    assert codes(report) == {"evidence.altered", "signature.untrusted"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"sagspost_evidence":"1"}',
        b'{"sagspost_evidence":"1","sagspost_evidence":"1"}',
        b'{"sagspost_evidence":"1","chain":{"sequence":true,"previous":null,"digest":""}}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_what_is_no_evidence_is_called_that(data: bytes) -> None:
    assert read_entry("x", data) is None
    assert "evidence.unreadable" in codes(VERIFIER.verify_evidence(data, ISSUED.signature))


def entries(evidences: list) -> list[Entry]:
    return [Entry(f"{at}.json", one) for at, one in enumerate(evidences)]


def test_a_whole_chain_has_no_findings() -> None:
    assert chain_findings(entries([*chain(4), *chain(2, "RM-2026-000002")])) == []


@pytest.mark.parametrize("removed", [0, 1, 2])
def test_a_removed_link_is_named_by_its_number(removed: int) -> None:
    links = chain(4)
    del links[removed]
    (finding,) = chain_findings(entries(links))
    assert finding.code == "chain.gap"
    assert f"evidence {removed + 1} of {CASE} is missing" in finding.text


def test_reordered_links_are_named() -> None:
    first, second, third = chain(3)
    findings = chain_findings(entries([first, third, second]))
    assert [finding.code for finding in findings] == ["chain.order"]
    assert "evidence 2" in findings[0].text


def test_a_link_put_in_place_of_another_is_named() -> None:
    first, second, third = chain(3)
    link = first["chain"]
    other = make(2, Last(link["sequence"], link["digest"]), mail=b"another")
    (finding,) = chain_findings(entries([first, other, third]))
    assert (finding.code, finding.where) == ("chain.previous", "2.json")
    forked = chain_findings(entries([first, second, other]))
    assert [finding.code for finding in forked] == ["chain.fork"]


def test_an_export_as_it_was_made_has_no_findings() -> None:
    evidences = chain(3)
    head = head_over(evidences)
    assert VERIFIER.verify_export(export(evidences), issue(head, own_key(), AT)).findings == ()
    alone = VERIFIER.verify_export(export(evidences))
    assert alone.findings == ()
    assert alone.notes == (NO_GROUNDS, UNCHECKED_END)


def test_each_changed_removed_or_added_file_of_an_export_is_named() -> None:
    files = export(chain(2))
    for name in files:
        changed = VERIFIER.verify_export({**files, name: files[name] + b" "})
        assert name in {finding.where for finding in changed.findings}, name
        if name not in ("tagmanifest-sha256.txt",):
            removed = VERIFIER.verify_export(without(files, name))
            assert any(name.removesuffix(".p7s") in str(one) for one in removed.findings), name
    added = VERIFIER.verify_export({**files, "data/messages/x.eml": b"x"})
    assert ("file.unlisted", "data/messages/x.eml") in {
        (one.code, one.where) for one in added.findings
    }


def test_a_manifest_written_anew_over_a_changed_mail_does_not_help() -> None:
    files = {**export(chain(1)), "data/messages/in-1.eml": b"other"}
    own = own_key("29190925", 2)
    digests = {
        name: hashlib.sha256(data).hexdigest()
        for name, data in files.items()
        if name.startswith("data/")
    }
    files.update(bag.tag_files(digests, {}, own, AT))
    assert codes(VERIFIER.verify_export(files)) == {"signature.untrusted", "evidence.missing"}


def test_exchanged_files_are_named_even_with_a_good_manifest() -> None:
    files = export(chain(2))
    first, second = (name for name in sorted(files) if name.endswith(".json"))
    for end in ("", ".p7s"):
        files[first + end], files[second + end] = files[second + end], files[first + end]
    report = VERIFIER.verify_export(sealed(files))
    assert codes(report) == {"chain.order"}
    assert {first, second} <= {finding.where for finding in report.findings}


def test_a_lost_tail_is_named_by_the_head() -> None:
    evidences = chain(4)
    head = issue(head_over(evidences), own_key(), AT)
    cut = sealed(without(export(evidences), "0003", "0004"))
    assert VERIFIER.verify_export(cut).findings == ()
    (finding,) = VERIFIER.verify_export(cut, head).findings
    assert finding.code == "chain.cut"
    assert f"evidence 3, 4 of {CASE} is missing" in finding.text


def test_a_chain_that_went_on_after_the_head_is_sound() -> None:
    evidences = chain(4)
    head = issue(head_over(evidences[:2]), own_key(), AT)
    assert VERIFIER.verify_export(export(evidences), head).findings == ()


def test_a_head_that_names_another_digest_shows_a_rewritten_chain() -> None:
    head = head_over([make(1, None, mail=b"the true one")])
    report = VERIFIER.verify_export(export([make(1, None)]), issue(head, own_key(), AT))
    assert codes(report) == {"head.case"}


def test_an_altered_head_is_named() -> None:
    made = issue(head_over(chain(2)), own_key(), AT)
    data = made.data.replace(b'"sequence":2', b'"sequence":1')
    assert codes(VERIFIER.verify_head(Issued(data, made.signature))) == {
        "head.altered",
        "signature.invalid",
    }


def test_heads_are_a_chain_that_only_goes_forward() -> None:
    evidences = chain(3)
    first = head_over(evidences[:1])
    second = head_over(evidences[:2], Last(1, first["digest"]))
    third = head_over(evidences[:1], Last(2, second["digest"]))
    named = [("1.json", first), ("2.json", second), ("3.json", third)]
    assert heads_findings(named[:2]) == []
    assert [one.code for one in heads_findings(named)] == ["head.case"]
    assert [one.code for one in heads_findings([named[0], named[2]])] == ["head.gap"]


LETTER = Letter(
    sender="sikkermail@region.example",
    sender_name="Region Midtjylland",
    recipient="sikkermail@aarhus.example",
    subject=f"Kvittering [{CASE}]",
    date=AT,
    message_id="<out-1@gateway.example>",
)


def receipt(made: Issued, *more: Piece) -> bytes:
    fields = compose.header_fields(LETTER)
    return compose.entity(fields, "Kvittering", [*evidence_pieces(made), *more], "cipher")


def clear_signed(entity: bytes, signature: bytes) -> bytes:
    piece = compose.evidence_pieces(Issued(b"", signature))[1]
    head = b'Content-Type: multipart/signed; protocol="x"; boundary="S"\r\n\r\n--S\r\n'
    return b"".join(
        (
            head,
            entity,
            b"\r\n--S\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n",
            b"Content-Transfer-Encoding: base64\r\n\r\n",
            base64.encodebytes(piece.data).replace(b"\n", b"\r\n"),
            b"--S--\r\n",
        )
    )


def test_a_receipt_is_verified_alone_and_inside_its_signature() -> None:
    entity = receipt(ISSUED)
    assert VERIFIER.verify_receipt(entity).findings == ()
    signature = cms.sign(entity, own_key(), detached=True, signing_time=AT)
    mail = clear_signed(entity, signature)
    assert VERIFIER.verify_receipt(mail).findings == ()
    assert VERIFIER.verify_receipt(mail.replace(b"\r\n", b"\n")).findings == ()
    changed = mail.replace(b"Kvittering [", b"Kvittaring [")
    assert codes(VERIFIER.verify_receipt(changed)) == {"signature.invalid"}


def test_a_document_that_was_changed_or_taken_out_of_a_receipt_is_named() -> None:
    pdf = Piece("aftale.pdf", "application/pdf", b"%PDF")
    evidence = make(1, None)
    link = evidence["chain"]
    del link["digest"]  # type: ignore[misc]  # made anew below
    evidence["documents"] = [{"name": "aftale.pdf", "sha256": hashlib.sha256(pdf.data).hexdigest()}]
    link["digest"] = hashlib.sha256(canonical_bytes(evidence)).hexdigest()
    made = issued(evidence)
    assert VERIFIER.verify_receipt(receipt(made, pdf)).findings == ()
    changed = Piece("aftale.pdf", "application/pdf", b"%PDF-")
    assert codes(VERIFIER.verify_receipt(receipt(made, changed))) == {"receipt.document"}
    assert codes(VERIFIER.verify_receipt(receipt(made))) == {"receipt.document"}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"Subject: x\r\n\r\nHej\r\n", "evidence.missing"),
        (b"Content-Type: application/pkcs7-mime\r\n\r\nxx\r\n", "receipt.sealed"),
        (b"Content-Type: multipart/mixed\r\n\r\nxx\r\n", "receipt.unreadable"),
        (receipt(ISSUED, Piece("evidence.json", "application/json", b"{}")), "receipt.unreadable"),
    ],
)
def test_a_mail_that_is_no_readable_receipt_says_why(raw: bytes, code: str) -> None:
    assert codes(VERIFIER.verify_receipt(raw)) == {code}


@settings(max_examples=50)
@given(st.binary(max_size=500))
def test_no_bytes_stop_the_verifier(data: bytes) -> None:
    assert VERIFIER.verify_evidence(data, data).findings
    assert VERIFIER.verify_receipt(data).findings
    assert VERIFIER.verify_export({"data/evidence/0001-x.json": data}).findings


def test_a_path_is_verified_for_what_it_is(tmp_path: Path) -> None:
    certificates = [own_key().certificate]
    evidences = chain(2)
    for name, data in export(evidences).items():
        (tmp_path / "case" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "case" / name).write_bytes(data)
    head = issue(head_over(evidences), own_key(), AT)
    (tmp_path / "head.json").write_bytes(head.data)
    (tmp_path / "head.json.p7s").write_bytes(head.signature)
    (tmp_path / "receipt.eml").write_bytes(receipt(ISSUED))
    first = tmp_path / "case" / "data" / "evidence" / "0001-received.json"
    for path in (first, Path(f"{first}.p7s"), tmp_path / "head.json", tmp_path / "receipt.eml"):
        assert verify_path(path, certificates).findings == (), path
    assert verify_path(tmp_path / "case", certificates, tmp_path / "head.json").findings == ()
    first.write_bytes(first.read_bytes().replace(b"smtp", b"imap"))
    report = verify_path(tmp_path / "case", certificates)
    assert codes(report) == {"file.altered", "evidence.altered", "signature.invalid"}
    with pytest.raises(VerificationError, match="0001-received"):
        report.require_sound()


def test_content_that_does_not_give_its_digest_is_named() -> None:
    evidence = json.loads(ISSUED.data)
    evidence["content"]["fields"] = {"sagspost": "1"}
    report = VERIFIER.verify_evidence(canonical_bytes(evidence), None)
    assert "content.altered" in codes(report)
