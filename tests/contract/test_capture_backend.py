"""An engine that really sends, behind `CapturingBackend`: what it hands over becomes events, and none is dropped."""

from __future__ import annotations

import smtplib
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from simulator.backends.capture import CapturingBackend, Sinks, Visit, follow, reference_line, reference_query
from simulator.backends.protocol import Capabilities
from simulator.model.briefing import Briefing, Native, Profile
from simulator.model.journeys import Policy
from simulator.model.log import Event
from simulator.model.messages import Message
from simulator.model.recognition import read_rules
from simulator.model.typing import Dictionary, ObjectType
from simulator.model.values import misfit
from simulator.words.clock import HOUR, MINUTE
from simulator.words.errors import BackendFailed, ClockTurnedBack, NotInstalled, NotQuiescent
from simulator.words.vocabulary import DATE, EVENTS, FIELDS, ID, MONEY, TEXT, Money
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
        self.script: Script = lambda _engine, _to: None
        self.now, self.step = START, 0
        self.backend: CapturingBackend
        self.engine: Sender

    def open(self, *, brief: Briefing | None = None, **settings: Any) -> CapturingBackend:
        def make(sinks: Sinks) -> Sender:
            self.engine = Sender(sinks, lambda engine, to: self.script(engine, to))
            return self.engine

        self.backend = CapturingBackend(make, name="sender", capabilities=CAPABILITIES, **settings)
        self.backend.open(brief or briefing(), START)
        return self.backend

    def run(self, script: Script, hours: int = 1) -> list[Event]:
        self.script = script
        self.now, self.step = self.now + hours * HOUR, self.step + 1
        events = self.backend.advance(self.now, self.step)
        self.script = lambda _engine, _to: None
        for event in events:
            assert misfit(event.data, TYPES) is None
            assert self.now - hours * HOUR <= event.time <= self.now
        return events

    def tell(self, name: str, profile: str = "r1", **data: Any) -> None:
        self.backend.ingest(Event(self.now, name, profile=profile, data=data))


@pytest.fixture
def harness() -> Iterator[Harness]:
    made = Harness()
    yield made
    made.backend.close()
    assert not {thread.name for thread in threading.enumerate()} & {"journeyproof-smtp", "journeyproof-webhook"}


def data(event: Event, *fields: str) -> tuple[Any, ...]:
    return tuple(event.data.get(field) for field in fields)


# ----------------------------------------------------------------------------------------------------- recognition


def test_a_reference_line_says_everything(harness: Harness) -> None:
    harness.open()
    values: dict[str, Any] = {
        "message": "thanks", "journey": "thank", "profile": "r1", "instance": "thank/r1/1", "cause": "/7",
        "message_id": "thank/r1/1/0", "order_id": "o-1", "first_name": "Ann", "item": "Ford Focus", "due": "2026-04-01",
        "amount": Money(3990, "EUR"), "channel": "owl", "answered": 1, "stamped": 5, "unresolved": 77,
    }  # fmt: skip
    (sent,) = harness.run(lambda engine, _: engine.mail("ann@example.org", "x", f"Hi\n{reference_line(values)}"))
    assert (sent.name, sent.profile, sent.system, sent.cause) == ("Message Sent", "r1", "esp", "/7")
    assert sent.data == {
        "message": "thanks", "message_id": "thank/r1/1/0", "channel": "email", "purpose": "transactional",
        "journey": "thank", "instance": "thank/r1/1", "line": "thank:2", "product": "lamp", "stance": "buy",
        "address": "Ann@example.org", "recipient": "Ann@example.org", "unresolved": 0, "answered": 250,
        "captured": "c-1", "links": 0, "subject": "x", "sender": "shop@example.org",
        "order_id": "o-1", "first_name": "Ann", "item": "Ford Focus", "due": "2026-04-01", "amount": Money(3990, "EUR"),
    }  # fmt: skip


def test_a_reference_stands_in_a_header_in_html_or_in_a_webhook(harness: Harness) -> None:
    harness.open()
    values = {"message": "thanks", "profile": "r2", "item": "lamp " * 30, "first_name": "Żaneta"}
    query = reference_query(values)
    line = reference_line(values).replace("&", "&amp;")

    def script(engine: Sender, _to: int) -> None:
        engine.mail("home@example.org", "a", X_Journeyproof_Reference=query)
        engine.mail("home@example.org", "b", "see the HTML", f"<p>Dear you</p><p>{line}</p>")
        engine.post("/push", f'{{"to": "token", "text": "c", "reference": "{query}"}}')

    events = harness.run(script)
    assert [event.name for event in events] == ["Message Sent"] * 3
    for event in events:
        assert data(event, "message", "item", "first_name") == ("thanks", ("lamp " * 30).strip(), "Żaneta")
        assert event.profile == "r2"


def test_what_a_reference_does_not_say_is_a_hole(harness: Harness) -> None:
    harness.open()
    line = "Reference: message=thanks&profile=r1&first_name=&order_id=o-1"
    (sent,) = harness.run(lambda engine, _: engine.mail("ann@example.org", "x", line))
    assert data(sent, "unresolved", "first_name", "order_id") == (2, None, "o-1")


def test_a_reference_to_a_message_that_nobody_planned_is_not_believed(harness: Harness) -> None:
    harness.open()
    (event,) = harness.run(lambda engine, _: engine.mail("ann@example.org", "x", "Reference: message=made-up"))
    assert event.name == "Message Unrecognised"


def test_without_rules_the_subjects_of_the_messages_are_the_rules(harness: Harness) -> None:
    harness.open()

    def script(engine: Sender, _to: int) -> None:
        engine.mail("ann@example.org", "Ann, thank you for the desk lamp")
        engine.mail("ann@example.org", "What is new this spring")
        engine.post("/sms", '{"to": "+99900111", "text": "You owe us 39.90 EUR."}')

    bill, news, thanks = sorted(harness.run(script), key=lambda event: str(event.data["message"]))
    assert data(thanks, "journey", "purpose", "first_name", "item", "unresolved") == (
        "thank", "transactional", "Ann", "desk lamp", 0,
    )  # fmt: skip
    # Two campaigns send the news: which of them it was cannot be told, and is left unsaid.
    assert data(news, "purpose", "product", "journey", "campaign") == ("marketing", "lamp", None, None)
    assert (bill.profile, *data(bill, "channel", "purpose", "amount")) == ("r1", "sms", "service", Money(3990, "EUR"))


def test_rules_take_the_place_of_subjects_and_come_from_the_briefing_too(harness: Harness) -> None:
    told = [
        {"message": "thanks", "header": {"X-Campaign": r"^thanks-(?P<order_id>\S+)$"}, "journey": "thank"},
        {"message": "news", "link": r"/news/(?P<due>[\d-]+)", "campaign": "april"},
        {"message": "weather", "template": "t-(?P<amount>.+)", "purpose": "service"},
        {"message": "bill", "channel": "sms", "text": r"owe (?P<amount>\S+ \S+)|(?P<due>never)"},
    ]
    harness.open(brief=briefing(native={"sender": Native("words.json", "{}", recognise=tuple(told))}))

    def script(engine: Sender, _to: int) -> None:
        engine.mail("ann@example.org", "1", X_Campaign="thanks-o-5")
        engine.mail("ann@example.org", "2", "see http://shop.example/news/2026-04-01.")
        engine.mail("ann@example.org", "3", X_Template_Id="t-12 EUR")
        engine.mail("ann@example.org", "What is new this spring")
        engine.post("/sms", '{"to": "+99900111", "text": "You owe 5 EUR"}')

    *mails, unknown, bill = harness.run(script)
    assert [data(event, "message", "order_id", "due", "amount", "campaign") for event in mails] == [
        ("thanks", "o-5", None, None, None),
        ("news", None, "2026-04-01", None, "april"),
        ("weather", None, None, Money(1200, "EUR"), None),
    ]
    assert data(mails[1], "journey", "line") == ("news-april", "news-april:2")
    assert data(mails[2], "purpose", "journey") == ("service", None)
    assert unknown.name == "Message Unrecognised"
    # A name that the rule does not look for is no hole; one that it looked for and did not find would be.
    assert [event.data["unresolved"] for event in (*mails, bill)] == [0, 0, 0, 0]


def test_a_message_that_no_rule_knows_is_an_event_of_its_own(harness: Harness) -> None:
    backend = harness.open(rules=read_rules([{"message": "news", "subject": "never"}]))
    (unknown,) = harness.run(lambda engine, _: engine.mail("ann@example.org", "Buy!", "http://x.example/ now"))
    assert (unknown.name, unknown.profile) == ("Message Unrecognised", "r1")
    assert unknown.data == {
        "captured": "c-1", "message_id": "c-1", "channel": "email", "address": "Ann@example.org",
        "recipient": "Ann@example.org", "answered": 250, "links": 1, "subject": "Buy!", "sender": "shop@example.org",
        "reason": "no rule knows this message",
    }  # fmt: skip
    assert (backend.counts.unrecognised, backend.counts.balanced) == (1, True)


def test_a_message_to_somebody_whom_nobody_knows_belongs_to_no_row(harness: Harness) -> None:
    harness.open()
    (stray,) = harness.run(lambda engine, _: engine.mail("who@example.org", "What is new this spring"))
    assert (stray.name, stray.profile) == ("Message Unrecognised", "")
    assert stray.data["reason"] == "nobody is known at this address"


def test_of_those_who_share_an_address_the_message_says_who_is_meant(harness: Harness) -> None:
    harness.open()
    harness.tell("Order Completed", "r3", order_id="o-3", item="lamp")

    def script(engine: Sender, _to: int) -> None:
        engine.mail("home@example.org", "1", "Reference: message=news&profile=r3")
        engine.mail("home@example.org", "2", "Reference: message=thanks&order_id=o-3")
        engine.mail("HOME@Example.ORG", "Cleo, thank you for the lamp")
        engine.mail("home@example.org", "What is new this spring")

    assert [event.profile for event in harness.run(script)] == ["r3", "r3", "r3", "r2"]


def test_an_address_that_becomes_known_later_leads_to_its_row_and_the_old_one_still_does(harness: Harness) -> None:
    harness.open()
    harness.tell("Profile Updated", "r1", email="new@example.org")

    def script(engine: Sender, _to: int) -> None:
        for address in ("ann@example.org", "new@example.org"):
            engine.mail(address, "What is new this spring")

    assert [(event.profile, event.data["address"]) for event in harness.run(script)] == [
        ("r1", "Ann@example.org"),
        ("r1", "new@example.org"),
    ]
    assert [event.name for event in harness.engine.heard] == ["Profile Updated"]


# ----------------------------------------------------------------------------------------------- order and answers


def test_a_mail_is_stamped_by_its_own_date_where_that_lies_in_the_step(harness: Harness) -> None:
    harness.open()

    def script(engine: Sender, to: int) -> None:
        for number, time in enumerate((to - MINUTE, to - 3 * HOUR, to - 30 * MINUTE)):
            date = format_datetime(datetime.fromtimestamp(time / 1000, UTC))
            engine.mail("ann@example.org", f"Mail {number}", Date=date)
        engine.says = [Event(to - 10 * MINUTE, "Journey Entered", profile="r1", data={"journey": "thank"})]

    events = harness.run(script)
    now = harness.now
    assert [(event.time, event.data.get("subject", event.name)) for event in events] == [
        (now - 30 * MINUTE, "Mail 2"), (now - 10 * MINUTE, "Journey Entered"), (now - MINUTE, "Mail 0"), (now, "Mail 1"),
    ]  # fmt: skip


def test_what_is_sent_in_parallel_is_told_in_one_order_and_none_is_lost(harness: Harness) -> None:
    backend = harness.open(brief=briefing(profiles=tuple(row(f"p{n:03}", f"p{n:03}@example.org") for n in range(300))))

    def script(engine: Sender, _to: int) -> None:
        def one(number: int) -> None:
            subject = "What is new this spring" if number % 3 else "Something else"
            engine.mail(f"p{number * 7 % 300:03}@example.org", subject)

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(one, range(300)))

    events = harness.run(script)
    assert [event.profile for event in events] == [f"p{number:03}" for number in range(300)]
    assert [event.data["captured"] for event in events] == [f"c-{number}" for number in range(1, 301)]
    assert len({event.data["message_id"] for event in events}) == 300
    counts = backend.counts
    assert (counts.captured, counts.recognised, counts.unrecognised, counts.waiting) == (300, 200, 100, 0)
    assert counts.balanced


def test_the_same_message_again_is_another_message(harness: Harness) -> None:
    harness.open()

    def script(engine: Sender, _to: int) -> None:
        for _ in range(2):
            engine.mail("ann@example.org", "What is new this spring")

    ids = [event.data["message_id"] for hours in (1, 2) for event in harness.run(script, hours)]
    assert ids == ["email/r1/news", "email/r1/news/2", "email/r1/news/3", "email/r1/news/4"]


def test_the_sinks_answer_as_the_channel_would(harness: Harness) -> None:
    asked: list[tuple[str, str]] = []
    answers = iter((451, 250, 550))

    def answer(channel: str, address: str) -> int:
        asked.append((channel, address))
        return next(answers)

    backend = harness.open()
    backend.use(answer)

    def script(engine: Sender, _to: int) -> None:
        for address in ("ann@example.org", "ann@example.org", "ann@example.org", "ann@gmail.com"):
            try:
                engine.mail(address, "What is new this spring")
            except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError):
                continue

    deferred, refused, taken, bounced = harness.run(script)
    assert asked == [("email", "Ann@example.org")] * 3
    assert (deferred.name, deferred.profile, *data(deferred, "answered")) == ("Message Deferred", "r1", 451)
    assert (refused.name, refused.profile, *data(refused, "address", "answered")) == (
        "Message Refused", "", "ann@gmail.com", 550,
    )  # fmt: skip
    assert "real domain" in str(refused.data["reason"])
    assert [(event.name, event.data["answered"]) for event in (taken, bounced)] == [
        ("Message Sent", 250),
        ("Message Sent", 550),
    ]
    counts = backend.counts
    assert (counts.captured, counts.recognised, counts.refused, counts.deferred) == (2, 2, 1, 1)


# ---------------------------------------------------------------------------------------------------- the protocol


def test_a_step_that_is_asked_for_again_is_answered_as_before(harness: Harness) -> None:
    backend = harness.open()
    assert backend.next_wakeup() == START + HOUR
    assert (backend.capabilities, backend.definition) == (CAPABILITIES, "native words.json")
    events = harness.run(lambda engine, _: engine.mail("ann@example.org", "What is new this spring"))
    assert backend.advance(harness.now, harness.step) == events
    assert harness.engine.steps == 1
    for to, step in ((harness.now - 1, harness.step + 1), (harness.now + 1, harness.step), (harness.now, 0)):
        with pytest.raises(ClockTurnedBack):
            backend.advance(to, step)
    assert backend.advance(harness.now, harness.step + 1) == []


def test_an_engine_that_is_not_done_when_it_says_so_is_found_out(harness: Harness) -> None:
    backend = harness.open(settles_within=0.2)
    lines: list[smtplib.SMTP] = []

    def script(engine: Sender, _to: int) -> None:
        server = smtplib.SMTP(engine.sinks.host, engine.sinks.smtp_port, "localhost", 20)
        lines.append(server)
        server.ehlo()
        server.mail("shop@example.org")
        server.rcpt("ann@example.org")

    with pytest.raises(NotQuiescent, match="1 of its sessions with the sinks were still open"):
        harness.run(script)
    lines[0].data(b"Subject: What is new this spring\r\n\r\nMuch.")
    lines[0].close()
    assert [event.name for event in backend.advance(harness.now, harness.step)] == ["Message Sent"]


def test_a_failure_of_the_engine_is_passed_on_and_no_sink_stays_open(harness: Harness) -> None:
    backend = harness.open()

    def script(_engine: Sender, _to: int) -> None:
        raise BackendFailed("it fell over")

    with pytest.raises(BackendFailed, match="it fell over"):
        harness.run(script)
    backend.close()
    backend.close()
    assert harness.engine.closed
    with pytest.raises(urllib.error.URLError):
        harness.engine.post("/push", "{}")
    with pytest.raises(BackendFailed, match="it is not open"):
        backend.advance(harness.now + 1, 9)


def test_when_the_engine_does_not_open_the_sinks_are_closed_again() -> None:
    def make(_sinks: Sinks) -> Sender:
        raise NotInstalled("the engine is missing: pip install engine")

    backend = CapturingBackend(make, name="sender", capabilities=CAPABILITIES)
    with pytest.raises(NotInstalled):
        backend.open(briefing(), START)
    assert not {thread.name for thread in threading.enumerate()} & {"journeyproof-smtp", "journeyproof-webhook"}
    assert not hasattr(backend, "restart")


# ---------------------------------------------------------------------------------------------- opens and clicks


class Shop(BaseHTTPRequestHandler):
    """What an engine serves: pixels, links, redirects here and away."""

    asked: list[str]

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        onward = {"/away": "https://shop.example/offer", "/near": "/landed", "/round": "/round"}.get(self.path)
        self.send_response(302 if onward else 404 if self.path == "/gone" else 200)
        if onward:
            self.send_header("Location", onward)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def shop() -> Iterator[tuple[str, list[str]]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    asked: list[str] = []
    server.asked = asked  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_people_open_and_click_through_the_engine_s_own_addresses(
    harness: Harness, shop: tuple[str, list[str]]
) -> None:
    backend, (url, asked) = harness.open(), shop
    html = (
        f"<img src='{url}/open.gif'><img src='https://cdn.example/logo.png'><a href='{url}/unsubscribe/7'>x</a>"
        f"<a href='{url}/bye'>abmelden</a><a href='{url}/offer'>The offer</a><a href='{url}/away'>More</a>"
    )
    (sent,) = harness.run(lambda engine, _: engine.mail("ann@example.org", "What is new this spring", "x", html))
    receipt = {"message_id": sent.data["message_id"], "channel": "email"}
    harness.tell("Message Opened", **receipt)
    harness.tell("Message Clicked", **receipt)
    harness.tell("Message Clicked", **receipt, link=f"{url}/away")
    assert asked == ["/open.gif", "/offer", "/away"]
    assert harness.engine.heard == []
    assert [(each.event, each.visit) for each in backend.followed] == [
        ("Message Opened", Visit(f"{url}/open.gif", 200)),
        ("Message Opened", Visit("https://cdn.example/logo.png", None, "not on loopback: not fetched")),
        ("Message Clicked", Visit(f"{url}/offer", 200)),
        (
            "Message Clicked",
            Visit(f"{url}/away", 302, "a redirect leads away: not followed", "https://shop.example/offer"),
        ),
    ]


def test_an_engine_without_addresses_of_its_own_is_told_of_clicks(harness: Harness) -> None:
    backend = harness.open()
    text = "see https://shop.example/offer"
    (sent,) = harness.run(lambda engine, _: engine.mail("ann@example.org", "What is new this spring", text))
    harness.tell("Message Opened", message_id=sent.data["message_id"])
    harness.tell("Message Clicked", message_id=sent.data["message_id"])
    harness.tell("Message Clicked", message_id="of another system")
    assert [event.name for event in harness.engine.heard] == ["Message Opened", "Message Clicked", "Message Clicked"]
    assert [each.visit.said for each in backend.followed] == ["not on loopback: not fetched"]


def test_an_engine_may_follow_its_own_links(harness: Harness) -> None:
    followed: list[tuple[str, int]] = []

    def own(url: str, at: int) -> Visit:
        followed.append((url, at))
        return Visit(url, 200)

    harness.open(follow=own)
    text = "see http://127.0.0.1:9/s/1"
    (sent,) = harness.run(lambda engine, _: engine.mail("ann@example.org", "What is new this spring", text))
    harness.tell("Message Clicked", message_id=sent.data["message_id"])
    assert followed == [("http://127.0.0.1:9/s/1", harness.now)]


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.example/", "http://example.org/", "http://127.0.0.1@evil.com/", "http://localhost.evil.com/",
        "http://0x7f000001/", "http://127.1/", "http://169.254.169.254/", "http://[::ffff:10.0.0.1]/", "http://0.0.0.0/",
        "file:///etc/passwd", "ftp://127.0.0.1/", "http://127.0.0.1:99999/", "http://[/", "", "http://127.0.0.1\r\n.evil/",
    ],
)  # fmt: skip
def test_nothing_but_loopback_is_ever_fetched(address: str) -> None:
    assert follow(address, 0) == Visit(address, None, "not on loopback: not fetched")


def test_whatever_comes_of_an_address_is_told(shop: tuple[str, list[str]]) -> None:
    url, asked = shop
    assert follow(f"{url}/near", 0) == Visit(f"{url}/near", 200)
    assert follow(url.replace("127.0.0.1", "localhost") + "/x?y=1#z", 0).status == 200
    assert follow(f"{url}/gone", 0) == Visit(f"{url}/gone", 404)
    assert follow(f"{url}/round", 0).said == "more than 5 redirects"
    assert asked == ["/near", "/landed", "/x?y=1", "/gone", *["/round"] * 6]
    assert "Refused" in follow("http://127.0.0.1:1/", 0).said
