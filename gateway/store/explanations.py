"""What became of a mail, in the words of people: da, sv and en, from codes and facts.

A verdict is kept as a code with facts (`keys.verdicts`); what it means, why it was or was not
enough and what to do next stands in `words/wording.<language>.toml`. A layer is told by the same
six questions, whatever it is: what, who, when, how, what was checked, and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from parsers.problems import Problem
from workflows.wording import load

WORDS: Final = load(Path(__file__).parent / "words")
QUESTIONS: Final = ("what", "who", "when", "how", "checked", "why")

# What to do about a mail in quarantine, by the code that it is there for.
NEXT: Final[Mapping[str, str]] = {
    "keys": "look",
    "keys.structure": "again",
    "keys.open.failed": "again",
    "keys.open.no_key": "our_certificate",
    "keys.open.nested": "again",
    "keys.signature": "again",
    "keys.signature.invalid": "again",
    "keys.signature.missing": "sign",
    "keys.signature.signer_unknown": "again",
    "keys.signature.weak": "renew",
    "keys.certificate": "renew",
    "keys.certificate.untrusted": "anchor",
    "keys.certificate.expired": "renew",
    "keys.certificate.not_yet_valid": "renew",
    "keys.certificate.revoked": "call",
    "keys.certificate.weak": "renew",
    "keys.certificate.usage": "renew",
    "keys.certificate.revocation_stale": "list",
    "keys.certificate.revocation_missing": "list",
    "keys.revocation.source": "list",
    "keys.grounds": "ours",
    "keys.seal.recipient": "ours",
    "keys.file": "ours",
    "keys.atrest": "ours",
    "keys.atrest.unknown_key": "ours",
    "keys.atrest.failed": "ours",
    "keys.openpgp": "look",
    "keys.openpgp.inline": "sign",
    "keys.openpgp.key": "renew",
    "keys.openpgp.key_expired": "renew",
    "keys.openpgp.key_revoked": "call",
    "keys.openpgp.signer_unknown": "register",
    "keys.openpgp.unavailable": "gnupg",
    "mime.malformed": "again",
    "mime.too_deep": "again",
    "mime.too_many_parts": "again",
    "mime.header_too_large": "again",
    "mail.too_many_layers": "again",
    "mail.compressed_twice": "call",
    "content.none": "again",
    "content.malware": "malware",
    "content.active": "active",
    "content.not_scanned": "limit",
    "sender.unknown": "register",
    "sender.from": "address",
    "sender.assurance": "sign",
    "sender.organisation": "call",
    "sender.retired": "renew",
}
_BY_STATE: Final[Mapping[str, str]] = {
    "received": "wait",
    "processed": "none",
    "refused": "told",
    "manual": "person",
    "duplicate": "none",
    "parked": "ours",
    "quarantined": "look",
}


def meaning(code: str | None, language: str) -> str | None:
    """What a code means, in a sentence; None for one that has none, such as a fault of ours."""
    if code is None:
        return None
    if WORDS.has(f"what.{code}", language):
        return WORDS.text(f"what.{code}", language)
    text = Problem(code, "").text(language)
    return None if text == Problem("unknown", "").text(language) else text


def state_in_words(state: str, language: str) -> str:
    """What state a mail is in."""
    return WORDS.text(f"state.{state}", language)


def next_step(state: str, code: str | None, mail: str, language: str) -> str:
    """What a person should do now; `mail` is the id that commands are to be given."""
    chosen = _BY_STATE[state]
    if state == "quarantined" and code is not None:
        chosen = NEXT.get(code, chosen)
    return WORDS.text(f"next.{chosen}", language).replace(" ID", f" {mail}")


def sending_step(state: str, mail: str, language: str) -> str:
    """What a person should do now about a mail that goes out; `mail` is its id."""
    chosen = state if state in {"held", "queued", "failed", "expired"} else "done"
    return WORDS.text(f"sending.{chosen}", language).replace(" ID", f" {mail}")


def layer_told(layer: Mapping[str, Any], language: str) -> dict[str, str]:
    """A layer of a judgement by the six questions, as far as there is an answer."""
    facts: Mapping[str, str] = layer.get("facts") or {}
    answers = {
        "encrypted": _encrypted,
        "signed": _signed,
        "tls": _transport,
    }.get(layer["kind"], _nothing)(facts, language)
    if "detail" in facts and not layer["ok"]:
        answers["checked"] = f"{answers.get('checked') or ''} ({facts['detail']})".strip()
    told = {"what": label(layer["kind"], language)} | answers
    told["why"] = meaning(layer["code"], language) or layer["words"]
    return {question: told[question] for question in QUESTIONS if told.get(question)}


def sender_told(facts: Mapping[str, str], language: str) -> dict[str, str]:
    """Who was authenticated, and what that is enough for."""
    assurance = facts["assurance"]
    return {
        "what": label("sender", language),
        "who": _text(f"{facts['kind']}", language, key=facts["key"]),
        "why": _text(assurance if assurance != "none" else "nobody", language),
    }


def outcome_of(step: Mapping[str, Any], language: str) -> str:
    """One word for whether a layer or step was good; a transport is only encrypted or not."""
    if step["stage"] == "tls":
        return label("tls_ok" if step["ok"] else "tls_not_ok", language)
    return label("good" if step["ok"] else "bad", language)


def label(name: str, language: str) -> str:
    """A word for a part of a mail or a question."""
    key = f"label.{name}"
    return WORDS.text(key, language) if WORDS.has(key, language) else name


def _text(name: str, language: str, **values: str) -> str:
    return WORDS.text(f"told.{name}", language, values)


def _nothing(_facts: Mapping[str, str], _language: str) -> dict[str, str]:
    return {}


def _transport(facts: Mapping[str, str], _language: str) -> dict[str, str]:
    how = ", ".join(facts[name] for name in ("version", "cipher") if name in facts)
    return {"who": facts.get("subject", ""), "how": how}


def _encrypted(facts: Mapping[str, str], language: str) -> dict[str, str]:
    if "cipher" not in facts:
        return {}
    if "integrity" in facts:  # OpenPGP names how a change would show
        how = _text("opened_by", language, cipher=facts["cipher"], integrity=facts["integrity"])
    else:
        by = facts.get("key_algorithm", "-")
        how = _text("opened_how", language, cipher=facts["cipher"], key_algorithm=by)
    authenticated = facts.get("authenticated", "no")
    return {
        "what": _text("key", language, key=facts.get("key", "-")),
        "how": how,
        "checked": _text(f"authenticated_{authenticated}", language),
    }


def _signed(facts: Mapping[str, str], language: str) -> dict[str, str]:
    if "openpgp_fingerprint" in facts:
        return _signed_by_openpgp(facts, language)
    if "subject" not in facts:
        return {"what": _text("signature", language)}
    schemes = ("cvr", "orgnr")
    numbers = [f"{label(name, language)} {facts[name]}" for name in schemes if name in facts]
    who = [facts["subject"], *numbers, facts.get("addresses", "")]
    if "issuer" in facts:
        who.append(_text("issuer", language, issuer=facts["issuer"]))
    if "not_after" in facts:
        who.append(_text("until", language, until=facts["not_after"][:10]))
    checked = [_text("over_bytes", language)]
    if "revocation" in facts:  # the certificate was good in every other way
        pinned = "pinned" in facts.get("notes", "").split()
        checked.append(_text("pinned" if pinned else "path", language))
        checked.append(_text(f"revocation_{facts['revocation']}", language))
    if facts.get("notes"):
        checked.append(_text("notes", language, notes=facts["notes"]))
    return {
        "what": _text("signature", language),
        "who": ", ".join(filter(None, who)),
        "checked": "; ".join(checked),
    } | _when_and_how(facts, language)


def _signed_by_openpgp(facts: Mapping[str, str], language: str) -> dict[str, str]:
    return {
        "what": _text("signature", language),
        "who": _text("openpgp_key", language, fingerprint=facts["openpgp_fingerprint"]),
        "checked": "; ".join((_text("over_bytes", language), _text("openpgp_checked", language))),
    } | _when_and_how(facts, language)


def _when_and_how(facts: Mapping[str, str], language: str) -> dict[str, str]:
    at, algorithm = facts.get("signed_at"), facts.get("algorithm", "-")
    digest = facts.get("digest", "-")
    return {
        "when": _text("signed_at", language, at=at) if at else _text("unsaid", language),
        "how": _text("with", language, algorithm=algorithm, digest=digest),
    }
