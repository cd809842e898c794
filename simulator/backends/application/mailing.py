"""How the application's messages leave: mails through SMTP, everything else through the gateway's webhook."""

from __future__ import annotations

import json
import os
import smtplib
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import blake2b
from http import HTTPStatus
from http.client import HTTPConnection
from urllib.parse import urlsplit

from simulator.backends.application.scheduling import TryLater
from simulator.backends.application.words import SMTP, WEBHOOK
from simulator.words.clock import Instant
from simulator.words.errors import BackendFailed

REFERENCE = "X-Journeyproof-Reference"
PATIENCE = 30
"""Seconds of real time that a server may take to answer."""


class Mailing:
    """Hands messages over. `send` raises TryLater when the server asks for it; False means refused for good."""

    def __init__(self, sender: str) -> None:
        self._sender = sender
        self._server: smtplib.SMTP | None = None

    def send(
        self, channel: str, address: str, subject: str, text: str, html: str, reference: str, id: str, now: Instant
    ) -> bool:
        """One message. `reference` tells whoever reads it which one it is, `id` is one of its own."""
        if channel != "email":
            return self._post(channel, {"to": address, "subject": subject, "text": text, "reference": reference})
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._sender, address, " ".join(subject.split())
        mail["Date"] = format_datetime(datetime.fromtimestamp(now / 1000, UTC))
        mail["Message-ID"] = f"<{blake2b(id.encode(), digest_size=12).hexdigest()}@{self._sender.partition('@')[2]}>"
        mail[REFERENCE] = reference
        mail.set_content(f"{text.rstrip()}\n\nReference: {reference}\n")
        if html:
            mail.add_alternative(html, subtype="html")
        return self._deliver(mail)

    def close(self) -> None:
        """Say goodbye to the server."""
        if self._server is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._server.quit()
            self._server.close()
            self._server = None

    def _deliver(self, mail: EmailMessage) -> bool:
        try:
            self._connected().send_message(mail)
        except smtplib.SMTPRecipientsRefused as refusal:
            return _answered(min(code for code, _ in refusal.recipients.values()))
        except smtplib.SMTPResponseException as refusal:
            return _answered(refusal.smtp_code)
        return True

    def _connected(self) -> smtplib.SMTP:
        """The connection, made anew if the server has closed it."""
        if self._server is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._server.rset()
                return self._server
            self._server.close()
        host, _, port = _place(SMTP).rpartition(":")
        self._server = smtplib.SMTP(host, int(port), "localhost", PATIENCE)
        return self._server

    def _post(self, channel: str, message: dict[str, str]) -> bool:
        place = urlsplit(_place(WEBHOOK))
        gateway = HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE)
        try:
            gateway.request("POST", f"/{channel}", json.dumps(message), {"Content-Type": "application/json"})
            status = gateway.getresponse().status
        finally:
            gateway.close()
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            raise TryLater(status)
        return status < HTTPStatus.BAD_REQUEST


def _answered(code: int) -> bool:
    """What a refusal means (RFC 5321, 4.2.1): 4xx asks to come again, everything else is for good."""
    if 400 <= code < 500:
        raise TryLater(code)
    return False


def _place(variable: str) -> str:
    place = os.environ.get(variable, "")
    if not place:
        raise BackendFailed(f"{variable} is not set: it says where messages are taken, such as 127.0.0.1:2525")
    return place
