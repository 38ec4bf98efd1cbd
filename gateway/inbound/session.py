"""One SMTP conversation: commands in, replies out, one `Delivery` for each mailbox of a mail.

aiosmtpd carries the connection, the streams, STARTTLS (and drops what was sent in clear before it)
and the timer. The words are ours: its command loop has no enhanced status codes, its replies cannot
be pipelined, and its DATA costs a coroutine step a line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from aiosmtpd.smtp import SMTP, TLSSetupException

from gateway.inbound import replies
from gateway.inbound.data import Incoming
from gateway.inbound.envelope import Envelope
from gateway.inbound.errors import Overloaded, reason_of
from gateway.inbound.occupancy import Occupancy
from gateway.inbound.peer import names_of_peer, tls_facts
from gateway.inbound.replies import Reply
from gateway.inbound.terms import Terms
from gateway.logs import logger

_COMMAND_LIMIT = 2048  # RFC 5321 says 512; long addresses in UTF-8 and parameters need more
_HELD_REPLIES = 100
_LAST_WORDS = 5.0  # seconds for a client to take the 421 before the connection is cut
_log = logger("smtp")


class _NoHooks:
    """aiosmtpd asks a handler for hooks; all that they could do is done below."""

    def __dir__(self) -> list[str]:
        return []


class Conversation(SMTP):
    """The server's side of one connection."""

    transport: asyncio.Transport | None
    line_length_limit = 65536  # of the stream reader: how much of a mail comes in one chunk

    def __init__(self, terms: Terms, occupancy: Occupancy, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            _NoHooks(),
            data_size_limit=terms.limits.message_bytes,
            enable_SMTPUTF8=True,
            hostname=terms.hostname,
            tls_context=terms.tls,
            timeout=terms.limits.idle,
            loop=loop,
        )
        self._terms = terms
        self._occupancy = occupancy
        self.host = ""
        self._peer = ""
        self._tls: Mapping[str, str] | None = None
        self._greeted = False
        self._unsent: list[bytes] = []
        self._commands_left = terms.limits.commands
        self._errors_left = terms.limits.errors
        self._last_heard = 0.0
        self._data_since: float | None = None
        self._keeping = False
        self._over = False

    # What aiosmtpd and asyncio call.

    def __dir__(self) -> list[str]:
        """Hide everything: aiosmtpd's search for its commands took 0.4 ms of each connection."""
        return []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; after STARTTLS, begin again with nothing remembered (RFC 3207 section 4.2)."""
        self._greeted = False
        self._last_heard = self.loop.time()
        self.host, self._peer = names_of_peer(transport.get_extra_info("peername"))
        self._tls = tls_facts(transport.get_extra_info("ssl_object"))
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Pass it on. Inside a mail each piece shows that the client lives; outside, a line."""
        if self._data_since is not None:
            self._last_heard = self.loop.time()
        super().data_received(data)

    def eof_received(self) -> bool:
        """Answer what has come, also to a client that has closed its own half already."""
        self._reader.feed_eof()
        return self._tls is None

    def connection_lost(self, error: Exception | None) -> None:
        """Give up the place at the door."""
        self._over = True
        self._occupancy.leave(self)
        super().connection_lost(error)

    async def push(self, _: str | bytes) -> None:
        """Say the one thing that aiosmtpd still says by itself: TLS may begin."""
        self._say(replies.READY_FOR_TLS)
        await self._flush()

    def _set_rset_state(self) -> None:
        self._envelope = Envelope(self._terms)

    def _timeout_cb(self) -> None:
        limits = self._terms.limits
        now = self.loop.time()
        if self._over:
            self.abort()
        elif self._data_since is not None and now - self._data_since > limits.mail_time:
            self.hang_up(replies.TOO_SLOW)
        elif self._keeping or now - self._last_heard < limits.idle:
            wait = limits.idle if self._keeping else limits.idle - (now - self._last_heard)
            self._reset_timeout(max(wait, 0.01))
        else:
            self.hang_up(replies.IDLE)

    # What the door calls.

    def say_goodbye(self) -> None:
        """End with 421, but let a mail that is on its way be finished first."""
        if self._data_since is None and not self._keeping:
            self.hang_up(replies.SHUTTING_DOWN)

    def hang_up(self, last_words: Reply) -> None:
        """Say the last words and close, whether or not the client reads them."""
        transport = self.transport
        if transport is None or self._over:
            return
        self._over = True
        self._unsent.append(last_words.line)
        transport.write(b"".join(self._unsent))
        self._unsent.clear()
        transport.close()
        self.loop.call_later(_LAST_WORDS, transport.abort)

    def abort(self) -> None:
        """Cut the connection."""
        if self.transport is not None:
            self.transport.abort()

    # The conversation.

    async def _handle_client(self) -> None:
        refusal = self._occupancy.enter(self)
        if refusal is not None:
            self.hang_up(refusal)
            return
        self._say(replies.greeting(self._terms.hostname))
        try:
            while not self._over:
                await self._answer_one(await self._read_command())
            await self._flush()
        except (asyncio.IncompleteReadError, ConnectionError, TLSSetupException):
            pass  # the client went away
        except Exception as error:
            _log.error("conversation failed", peer=self._peer, reason=reason_of(error))
            self.hang_up(replies.OUR_FAULT)
        finally:
            self._occupancy.leave(self)  # asyncio does not report a connection lost in a handshake
            if self.transport is not None:
                self.transport.close()
            if self._original_transport is not None:
                self._original_transport.close()

    async def _read_command(self) -> bytes | None:
        """Read the next line, without its end; None for one that is too long."""
        reader = self._reader
        if len(self._unsent) > _HELD_REPLIES or b"\n" not in self._heard():
            await self._flush()
        too_long = False
        while True:
            try:
                line: bytes = await reader.readuntil(b"\n")
                break
            except asyncio.LimitOverrunError as overrun:
                await reader.read(overrun.consumed)
                too_long = True
        return None if too_long or len(line) > _COMMAND_LIMIT else line.rstrip(b"\r\n")

    def _heard(self) -> bytearray:
        """Give what has come and was not read, as aiosmtpd itself looks at it."""
        heard: bytearray = self._reader._buffer  # type: ignore[attr-defined]  # no public name
        return heard

    async def _answer_one(self, line: bytes | None) -> None:
        self._last_heard = self.loop.time()
        if line is None:
            answer = replies.LINE_TOO_LONG
        else:
            name, _, rest = line.partition(b" ")
            try:
                answer = await self._answer_to(name.upper(), rest.decode("utf-8").strip())
            except UnicodeDecodeError:
                answer = replies.BAD_SYNTAX
        if self._over:
            return
        self._say(answer)
        self._commands_left -= 1
        self._errors_left -= answer.is_error
        if answer.code == 421 or answer is replies.BYE:
            self._over = True
        elif self._occupancy.closing:
            self.hang_up(replies.SHUTTING_DOWN)
        elif self._errors_left <= 0:
            self.hang_up(replies.TOO_MANY_ERRORS)
        elif self._commands_left <= 0:
            self.hang_up(replies.TOO_MANY_COMMANDS)

    async def _answer_to(self, name: bytes, argument: str) -> Reply:
        if name == b"DATA":
            return await self._on_data(argument)
        if name == b"STARTTLS":
            return await self._on_starttls(argument)
        on_command = _COMMANDS.get(name)
        return replies.NOT_A_COMMAND if on_command is None else on_command(self, argument)

    def _say(self, answer: Reply) -> None:
        if answer.line:
            self._unsent.append(answer.line)

    async def _flush(self) -> None:
        if self._unsent:
            self._writer.write(b"".join(self._unsent))
            self._unsent.clear()
            await self._writer.drain()

    def _on_helo(self, argument: str) -> Reply:
        return self._on_hello(argument, ())

    def _on_ehlo(self, argument: str) -> Reply:
        keywords = (f"SIZE {self._terms.limits.message_bytes}", *_KEYWORDS)
        return self._on_hello(argument, keywords + (("STARTTLS",) if self._may_start_tls() else ()))

    def _on_hello(self, argument: str, keywords: tuple[str, ...]) -> Reply:
        if not argument:
            return replies.BAD_SYNTAX
        self._set_rset_state()
        self._greeted = True
        return replies.hello(self._terms.hostname, keywords)

    def _may_start_tls(self) -> bool:
        return self._terms.tls is not None and not self._is_encrypted()

    def _is_encrypted(self) -> bool:
        return self._tls is not None

    async def _on_starttls(self, argument: str) -> Reply:
        if argument:
            return replies.BAD_SYNTAX
        if self._is_encrypted():
            return replies.ALREADY_TLS
        if self._terms.tls is None:
            return replies.NO_TLS_NOW
        await self.smtp_STARTTLS("")  # ends in connection_made
        if not self._is_encrypted():
            raise ConnectionResetError("the client left during the handshake")
        return _SAID

    def _on_mail(self, argument: str) -> Reply:
        if not self._greeted:
            return replies.SAY_HELLO
        if self._terms.require_tls and not self._is_encrypted():
            return replies.TLS_FIRST
        return self._envelope.add_sender(argument)

    def _on_rcpt(self, argument: str) -> Reply:
        return self._envelope.add_recipient(argument)

    async def _on_data(self, argument: str) -> Reply:
        if argument:
            return replies.BAD_SYNTAX
        if self._envelope.sender is None:
            return replies.MAIL_FIRST
        if not self._envelope:
            return replies.RECIPIENT_FIRST
        self._say(replies.SEND_DATA)
        self._data_since = self.loop.time()
        incoming = Incoming(self._reader, limits=self._terms.limits, occupancy=self._occupancy)
        try:
            await self._flush()
            mail = await incoming.read()
            self._data_since = None
            answer = mail if isinstance(mail, Reply) else await self._keep(mail)
        finally:
            incoming.release()
        _log.info("mail answered", peer=self._peer, answer=answer.line[:-2].decode())
        if not incoming.in_step and answer.code != 421:
            self.hang_up(answer)
        self._set_rset_state()
        return answer

    async def _keep(self, raw: bytes) -> Reply:
        deliveries = self._envelope.deliveries(
            raw, peer=self._peer, tls=self._tls, received_at=self._terms.now()
        )
        self._keeping = True
        try:
            mail_ids = await self._terms.keep(deliveries)
        except Overloaded:
            return replies.OVERLOADED
        except Exception as error:
            _log.error("mail not kept", peer=self._peer, reason=reason_of(error))
            return replies.NOT_KEPT
        finally:
            self._keeping = False
            self._last_heard = self.loop.time()
        self._commands_left = self._terms.limits.commands
        self._errors_left = self._terms.limits.errors
        return replies.kept(mail_ids)

    def _on_rset(self, _: str) -> Reply:
        self._set_rset_state()
        return replies.OK


_SAID = Reply(220, b"")
_KEYWORDS = ("8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES")
_COMMANDS: Mapping[bytes, Callable[[Conversation, str], Reply]] = {
    b"EHLO": Conversation._on_ehlo,
    b"HELO": Conversation._on_helo,
    b"MAIL": Conversation._on_mail,
    b"RCPT": Conversation._on_rcpt,
    b"RSET": Conversation._on_rset,
    b"NOOP": lambda _, __: replies.OK,
    b"QUIT": lambda _, __: replies.BYE,
    b"HELP": lambda _, __: replies.HELP,
    b"VRFY": lambda _, __: replies.CANNOT_VERIFY,
    b"EXPN": lambda _, __: replies.NOT_OFFERED,
    b"AUTH": lambda _, __: replies.NOT_OFFERED,
    b"BDAT": lambda _, __: replies.NOT_OFFERED,
    b"TURN": lambda _, __: replies.NOT_OFFERED,
}
