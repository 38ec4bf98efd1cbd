"""Mail that was built to deceive, each against a whole gateway, and what becomes of it.

In every attack a draft lies with Aarhus Kommune, and the attacker wants it approved, or wants to
learn what stands in a mail of Aarhus that he has caught, or wants Aarhus silenced. He may be
Silkeborg Kommune (a partner with a trusted certificate), Favrskov Kommune (a trusted certificate,
and no partner), a stranger with keys of his own, or somebody on the wire. All keys, certificates
and mails are made by OpenSSL when the tests run.

    module                     attack                                              fate
    test_spoofed_senders       From of Aarhus, signed by somebody else             quarantined
                               From that can be read in two ways                   quarantined
                               Sender, Resent-From, Reply-To, outer From           its signer's mail
                               signature stripped, signed anew                     quarantined
    test_around_signatures     content before, after, beside a signed part         quarantined
                               a signed part moved, wrapped, exchanged             quarantined
                               preamble, epilogue                                  read by nobody
    test_ciphertexts           caught ciphertext in the attacker's own mail        stays closed
                               CBC gadgets, direct exfiltration                    quarantined
                               unsigned inside encryption, signed outside only     quarantined
    test_replays               to another gateway, case, mailbox; stripped         refused, or twin
                               a guessed Message-ID or id sent ahead               stops nobody
    test_certificates          clones, CAs, expired, revoked, weak, of another use quarantined

Quarantined means: no answer to anybody but one notice without content to the registered address of
the partner that From claims; the case stands where it stood; what was caught stands nowhere.
"""
