"""The post office: both sinks, and what they took, in an order that does not depend on who was faster."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Final

from simulator.backends.capture.addressbook import folded
from simulator.backends.capture.intake import Answer, HandedIn, Intake, always_taken
from simulator.backends.capture.mail import Captured
from simulator.backends.capture.serving import LOOPBACK
from simulator.words.errors import NotInstalled

SMTP_VARIABLE: Final = "JOURNEYPROOF_SMTP"
"""The environment variable that tells an engine where mails go: `127.0.0.1:PORT`."""
WEBHOOK_VARIABLE: Final = "JOURNEYPROOF_WEBHOOK"
"""The environment variable that tells an engine where other messages go: `http://127.0.0.1:PORT`."""


@dataclass(frozen=True)
class Sinks:
    """Where an engine's messages go, and how busy the sinks are: what an engine is made with."""

    smtp_port: int
    webhook_port: int
    intake: Intake = field(repr=False)
    host: str = LOOPBACK

    @property
    def smtp(self) -> str:
        """`127.0.0.1:PORT`."""
        return f"{self.host}:{self.smtp_port}"

    @property
    def webhook(self) -> str:
        """`http://127.0.0.1:PORT`; the channel is the first word of the path."""
        return f"http://{self.host}:{self.webhook_port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """What the engine's process is told."""
        return {SMTP_VARIABLE: self.smtp, WEBHOOK_VARIABLE: self.webhook}

    @property
    def open_sessions(self) -> int:
        """Sessions with something under way; an engine is not quiescent while there are any."""
        return self.intake.open_sessions

    @property
    def busy(self) -> bool:
        """True while a session has something under way."""
        return self.open_sessions > 0


class PostOffice:
    """Opens the sinks, and gives out what they took. `answer` may be set at any time."""

    def __init__(self, answer: Answer = always_taken) -> None:
        self.intake = Intake(answer)
        self._open = ExitStack()
        self._numbered = 0

    def open(self) -> Sinks:
        """Open both sinks on free ports of loopback."""
        try:
            from simulator.backends.capture.smtp import SmtpSink
            from simulator.backends.capture.webhook import WebhookSink
        except ImportError as error:
            needs = f"the sinks that take an engine's messages need {error.name}"
            raise NotInstalled(f"{needs}, which is not installed: pip install 'journeyproof[mail]'") from None
        smtp, webhook = SmtpSink(self.intake), WebhookSink(self.intake)
        with ExitStack() as stack:
            for sink in (smtp, webhook):
                stack.callback(sink.close)
                sink.open()
            self._open = stack.pop_all()
        return Sinks(smtp.port, webhook.port, self.intake)

    def close(self) -> None:
        """Close the sinks. Closing again does nothing."""
        self._open.close()

    def collect(self, since: int, to: int) -> HandedIn:
        """What came since the last time, with the ids `c-1`, `c-2`, ...

        The order is that of the messages' own stamps inside the step [since, to], then of what they say: engines that
        send in parallel give the same log.
        """
        handed_in = self.intake.collect()
        numbered: list[Captured] = []
        for message in sorted(handed_in.captured, key=lambda each: _rank(each, since, to)):
            self._numbered += 1
            numbered.append(replace(message, id=f"c-{self._numbered}"))
        turned_away = sorted(handed_in.turned_away, key=lambda each: (folded(each.address), each))
        return HandedIn(tuple(numbered), tuple(turned_away))


def stamp(message: Captured, since: int, to: int) -> int:
    """When it was sent: by its own date where that lies in the step, else when it was captured, which is `to`."""
    return message.date if message.date is not None and since <= message.date <= to else to


def _rank(message: Captured, since: int, to: int) -> tuple[object, ...]:
    says = (message.subject, message.text, message.html, message.sender, message.answered)
    return stamp(message, since, to), message.channel, folded(message.address), *says, sorted(message.fields.items())
