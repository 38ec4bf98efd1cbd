"""What the SMTP door says, each sentence once, with its enhanced status code (RFC 2034, RFC 3463).

The greeting and the answers to HELO and EHLO carry no enhanced code (RFC 2034, section 4), nor does
354, which is neither success nor failure.
"""

from __future__ import annotations

from typing import NamedTuple


class Reply(NamedTuple):
    """One line of the server, ready to be sent."""

    code: int
    line: bytes

    @property
    def is_error(self) -> bool:
        """Whether it counts against the client's limit of errors: any 5xx."""
        return self.code >= 500


def reply(code: int, enhanced: str, text: str) -> Reply:
    """Make the line `code enhanced text`. `text` must be ASCII and hold no line break."""
    return Reply(code, f"{code} {enhanced} {text}\r\n".encode("ascii"))


BYE = reply(221, "2.0.0", "goodbye")
READY_FOR_TLS = reply(220, "2.0.0", "ready to start TLS")
OK = reply(250, "2.0.0", "ok")
SENDER_OK = reply(250, "2.1.0", "sender noted")
RECIPIENT_OK = reply(250, "2.1.5", "recipient ok")
CANNOT_VERIFY = reply(252, "2.5.2", "send some mail and see")
HELP = reply(214, "2.0.0", "see RFC 5321; write to the postmaster of the authority")
SEND_DATA = Reply(354, b"354 send the mail, end with <CRLF>.<CRLF>\r\n")

SHUTTING_DOWN = reply(421, "4.3.2", "shutting down, come back in a minute")
TOO_MANY_CONNECTIONS = reply(421, "4.3.2", "too many connections, come back in a minute")
TOO_MANY_FROM_YOU = reply(421, "4.7.0", "too many connections from your address")
OVERLOADED = reply(421, "4.3.2", "too much mail is waiting, come back in a minute")
IDLE = reply(421, "4.4.2", "nothing heard from you for too long, goodbye")
TOO_SLOW = reply(421, "4.4.2", "the mail took too long to arrive, goodbye")
TOO_MANY_ERRORS = reply(421, "4.7.0", "too many errors, goodbye")
TOO_MANY_COMMANDS = reply(421, "4.7.0", "too many commands without a mail, goodbye")
OUR_FAULT = reply(451, "4.3.0", "our mistake, please try again later")
NOT_KEPT = reply(451, "4.3.0", "cannot keep the mail now, please try again later")
TOO_MANY_RECIPIENTS = reply(452, "4.5.3", "too many recipients, send the others another mail")
NO_TLS_NOW = reply(454, "4.7.0", "TLS not available")

LINE_TOO_LONG = reply(500, "5.5.2", "command line too long")
NOT_A_COMMAND = reply(500, "5.5.2", "that is no command")
BAD_SYNTAX = reply(501, "5.5.4", "syntax of the argument is wrong")
BAD_PARAMETER = reply(501, "5.5.4", "value of a parameter is wrong")
NOT_OFFERED = reply(502, "5.5.1", "command not offered here")
SAY_HELLO = reply(503, "5.5.1", "say EHLO first")
MAIL_FIRST = reply(503, "5.5.1", "MAIL FROM first")
RECIPIENT_FIRST = reply(503, "5.5.1", "no valid recipient yet")
NESTED_MAIL = reply(503, "5.5.1", "sender already given, RSET to begin again")
ALREADY_TLS = reply(503, "5.5.1", "TLS is already on")
TLS_FIRST = reply(530, "5.7.0", "STARTTLS first")
NO_SUCH_MAILBOX = reply(550, "5.1.1", "no such mailbox here")
TOO_LARGE = reply(552, "5.3.4", "mail is larger than SIZE allows")
BAD_SENDER = reply(553, "5.1.7", "sender address not understood")
BAD_RECIPIENT = reply(553, "5.1.3", "recipient address not understood")
BARE_NEWLINE = reply(554, "5.6.0", "bare CR or LF in the mail; each line must end with CRLF")
MAIL_LINE_TOO_LONG = reply(554, "5.6.0", "a line of the mail is too long")
UNKNOWN_PARAMETER = reply(555, "5.5.4", "parameter not known")


def greeting(hostname: str) -> Reply:
    """Make the first line of the server."""
    return Reply(220, f"220 {hostname} ESMTP Sagspost\r\n".encode("ascii"))


def hello(hostname: str, keywords: tuple[str, ...] = ()) -> Reply:
    """Answer HELO (no keywords) or EHLO (one line for each)."""
    lines = (hostname, *keywords)
    text = "".join(f"250-{line}\r\n" for line in lines[:-1]) + f"250 {lines[-1]}\r\n"
    return Reply(250, text.encode("ascii"))


def kept(mail_ids: list[str]) -> Reply:
    """Promise that these are on disk and will be processed exactly once."""
    return reply(250, "2.0.0", "kept as " + " ".join(mail_ids))
