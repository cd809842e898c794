"""An engine of a few lines that really sends, the briefing it is told, and a capturing backend around it."""

from __future__ import annotations

import smtplib
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from simulator.backends.capture import CapturingBackend, Sinks
from simulator.backends.protocol import Capabilities
from simulator.model.briefing import Briefing, Profile
from simulator.model.journeys import Policy
from simulator.model.log import Event
from simulator.model.messages import Message
from simulator.model.typing import Dictionary, ObjectType
from simulator.model.values import misfit
from simulator.words.clock import HOUR
from simulator.words.vocabulary import DATE, EVENTS, FIELDS, ID, MONEY, TEXT
from tests.laws.journeys_strategies import program_of

START = 1_772_445_600_000
OBJECTS = {
    "customer": ObjectType("person", "crm", {"first_name": TEXT, "birth_date": DATE}),
    "order": ObjectType("order_id", "till", {"item": TEXT, "amount": MONEY, "due": DATE}),
}
TYPES = {**FIELDS, "first_name": TEXT, "birth_date": DATE, "item": TEXT, "amount": MONEY, "due": DATE, "order_id": ID}
MESSAGES = {
    "thanks": Message(
        message="Thanks", subject="{{ first_name }}, thank you for the {{ item }}", text="Enjoy it.",
        names={"first_name": "customer.first_name", "item": "order.item"}, product="lamp", stance="buy",
    ),
    "bill": Message(message="Bill", text="You owe us {{ amount }}.", names={"amount": "order.amount"}),
    "news": Message(message="News", subject="What is new this spring", text="Much."),
}  # fmt: skip
PROGRAMS = (
    program_of("thank", {
        "purpose": "transactional", "trigger": {"event": "Order Completed"},
        "steps": [{"send": "thanks", "channel": "email"}, {"send": "bill", "channel": "sms", "purpose": "service"}],
    }),
    program_of("news-march", {
        "trigger": {"event": "Signed Up"}, "steps": [{"send": "campaign", "channel": "email"}],
    }, campaign="march", message="news", product="lamp"),
    program_of("news-april", {
        "trigger": {"event": "Signed Up"}, "steps": [{"send": "campaign", "channel": "email"}],
    }, campaign="april", message="news", product="lamp"),
)  # fmt: skip
CAPABILITIES = Capabilities(features=frozenset({"step.send"}))
Script = Callable[["Sender", int], None]


def nothing(_engine: Sender, _to: int) -> None:
    """A step in which the engine sends nothing."""


def row(id: str, email: str, **fields: str) -> Profile:
    addresses = {"email": email, "sms": f"+99900{id[-1] * 3}"}
    return Profile(id, "crm", "Europe/Rome", "IT", addresses, frozenset({"email"}), fields)


ROWS = (
    row("r1", "Ann@example.org", first_name="Ann"),
    row("r2", "home@example.org", first_name="Bob"),
    row("r3", "home@example.org", first_name="Cleo"),
)


def briefing(**others: Any) -> Briefing:
    dictionary = Dictionary(TYPES, OBJECTS, frozenset(EVENTS), frozenset({"crm", "esp"}), "Europe/Rome")
    parts: dict[str, Any] = {
        "programs": PROGRAMS, "policy": Policy(policy="None"), "messages": MESSAGES, "segments": {},
        "dictionary": dictionary, "system": "esp", "zone": "Europe/Rome", "country": None, "leap_day": "28 February",
        "places": {}, "profiles": ROWS, "linked": (), "seed": 1, "end": START + 240 * HOUR,
    }  # fmt: skip
    return Briefing(**{**parts, **others})


class Sender:
    """An engine of a few lines: at each step it does what the test says, through the sinks that it was told of."""

    name = "sender"
    capabilities = CAPABILITIES
    definition = "native words.json"

    def __init__(self, sinks: Sinks, script: Script) -> None:
        self.sinks, self.script = sinks, script
        self.heard: list[Event] = []
        self.steps = 0
        self.closed = False
        self.says: list[Event] = []

    def open(self, briefing: Briefing, start: int) -> None:
        self.start = start

    def ingest(self, event: Event) -> None:
        self.heard.append(event)

    def next_wakeup(self) -> int | None:
        return self.start + HOUR

    def advance(self, to: int, step: int) -> list[Event]:
        self.steps += 1
        self.script(self, to)
        says, self.says = self.says, []
        return says

    def close(self) -> None:
        self.closed = True

    def mail(self, to: str, subject: str = "", text: str = "Hello.", html: str = "", **headers: str) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "shop@example.org", to, subject
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        if html:
            mail.add_alternative(html, subtype="html")
        with smtplib.SMTP(self.sinks.host, self.sinks.smtp_port, "localhost", 20) as server:
            server.send_message(mail)

    def post(self, path: str, body: str) -> None:
        request = urllib.request.Request(f"{self.sinks.webhook}{path}", body.encode())
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=20):
            pass


class Harness:
    """A capturing backend around a Sender. It steps an hour at a time."""

    def __init__(self) -> None:
        self.script: Script = nothing
        self.now, self.step = START, 0
        self.backend: CapturingBackend
        self.engine: Sender

    def open(self, *, brief: Briefing | None = None, **settings: Any) -> CapturingBackend:
        def make(sinks: Sinks) -> Sender:
            self.engine = Sender(sinks, self._at_a_step)
            return self.engine

        self.backend = CapturingBackend(make, name="sender", capabilities=CAPABILITIES, **settings)
        self.backend.open(brief or briefing(), START)
        return self.backend

    def _at_a_step(self, engine: Sender, to: int) -> None:
        self.script(engine, to)

    def run(self, script: Script, hours: int = 1) -> list[Event]:
        self.script = script
        self.now, self.step = self.now + hours * HOUR, self.step + 1
        try:
            events = self.backend.advance(self.now, self.step)
        finally:
            self.script = nothing
        for event in events:
            assert misfit(event.data, TYPES) is None
            assert self.now - hours * HOUR <= event.time <= self.now
        return events

    def tell(self, name: str, profile: str = "r1", **data: Any) -> None:
        self.backend.ingest(Event(self.now, name, profile=profile, data=data))
