"""The SMTP sink: takes every mail, delivers none, and answers as the simulated channel would.

The answer for a recipient outside the reserved domains is 550 at RCPT, and 451 (try later) comes at RCPT as well. A
550 of the channel comes after the mail itself, because only then is it known which mail was refused: if no recipient
is left, DATA is answered 550, else 250, and the refused ones bounce later, as they do in the world.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any, AnyStr, Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from simulator.backends.capture.intake import LATER, REFUSED, TAKEN, Intake, TurnedAway
from simulator.backends.capture.mail import LARGEST_MAIL, cleaned, read_mail
from simulator.backends.capture.serving import BACKLOG, LOOPBACK, LoopThread, stop_listening

CHANNEL: Final = "email"


class SmtpSink:
    """An SMTP server on loopback, in a thread of its own. `port` is 0 until it is open."""

    def __init__(self, intake: Intake) -> None:
        self.port = 0
        self._intake = intake
        self._loop: LoopThread | None = None
        self._server: asyncio.Server | None = None
        self._conversations: dict[_Conversation, None] = {}

    def open(self) -> None:
        """Listen on a free port."""
        # Without a handler of its own, what aiosmtpd logs of broken clients would be printed.
        logging.getLogger("mail.log").addHandler(logging.NullHandler())
        self._loop = LoopThread("journeyproof-smtp")
        self._server = self._loop.do(self._listen())
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Hang up, and free the port. Closing again does nothing."""
        if self._loop is not None:
            self._loop.do(self._hang_up())
            self._loop.close()
            self._loop = None

    async def _listen(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        made = partial(_Conversation, self._intake, self._conversations)
        return await loop.create_server(made, LOOPBACK, 0, backlog=BACKLOG)

    async def _hang_up(self) -> None:
        if self._server is not None:
            await stop_listening(self._server)
        for conversation in list(self._conversations):
            conversation.hang_up()


class _Conversation(SMTP):
    """One connection. It is open from the first byte to the end of each mail, and idle between mails."""

    def __init__(self, intake: Intake, others: dict[_Conversation, None]) -> None:
        super().__init__(
            self,
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            hostname="sink.test",
            ident="journeyproof",
            auth_require_tls=False,
            authenticator=lambda *_: AuthResult(success=True),
            loop=asyncio.get_running_loop(),
        )
        self._intake = intake
        self._others = others
        self._is_open = False
        self._refused: list[str] = []

    def hang_up(self) -> None:
        """Break off the connection."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    # What aiosmtpd calls on the protocol.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._others[self] = None
        self._opens()
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._others.pop(self, None)
        self._ends()

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802  aiosmtpd calls it so
        self._opens()
        await super().smtp_MAIL(arg)

    async def smtp_RSET(self, arg: str | None) -> None:  # noqa: N802  aiosmtpd calls it so
        await super().smtp_RSET(arg)
        self._ends()

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802  aiosmtpd calls it so
        has_recipients = self.envelope is not None and bool(self.envelope.rcpt_tos)
        await super().smtp_DATA(arg)
        if has_recipients:
            self._ends()

    async def push(self, status: AnyStr) -> None:
        said = str(status)
        if said.startswith(("552 ", "500 Line too long")) and self.envelope is not None:
            # The server itself turns away what is too big, or has a line that RFC 5321 forbids.
            sender = cleaned(self.envelope.mail_from or "")
            for address in self.envelope.rcpt_tos or [""]:
                self._intake.turn_away(TurnedAway(CHANNEL, address, sender, REFUSED, said[4:]))
        await super().push(status)

    def _set_rset_state(self) -> None:
        self._refused = []
        super()._set_rset_state()  # type: ignore[no-untyped-call]  # aiosmtpd has no types

    def _opens(self) -> None:
        if not self._is_open:
            self._is_open = True
            self._intake.opened()

    def _ends(self) -> None:
        if self._is_open:
            self._is_open = False
            self._intake.ended()

    # What aiosmtpd calls on its handler, which is the conversation too.

    async def handle_RCPT(  # noqa: N802  aiosmtpd calls it so
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer for one recipient."""
        address, sender = cleaned(address), cleaned(envelope.mail_from or "")
        ruling = self._intake.rule(CHANNEL, address)
        if ruling.unsafe:
            self._intake.turn_away(TurnedAway(CHANNEL, address, sender, REFUSED, ruling.unsafe))
            return "550 5.7.1 this sink takes mail for reserved domains alone (RFC 2606)"
        if ruling.code == LATER:
            self._intake.turn_away(TurnedAway(CHANNEL, address, sender, LATER, "the channel asks to try later"))
            return "451 4.7.1 try again later"
        if address not in envelope.rcpt_tos:
            envelope.rcpt_tos.append(address)
            if ruling.code == REFUSED:
                self._refused.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd calls it so
        """Take one mail, once for each recipient."""
        recipients, refused = tuple(envelope.rcpt_tos), self._refused
        self._refused = []
        mail = read_mail(envelope.original_content or b"", envelope.mail_from or "", recipients)
        self._intake.take(*mail.to_each(REFUSED if address in refused else TAKEN for address in recipients))
        return "550 5.1.1 mailbox unavailable" if len(refused) == len(recipients) else "250 2.0.0 OK"

    async def handle_exception(self, error: Exception) -> str:
        """Nothing that goes wrong here may pass in silence."""
        self._intake.fail(error)
        return "451 4.3.0 the sink failed"
