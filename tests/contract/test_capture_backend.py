"""An engine that really sends, behind `CapturingBackend`: what it hands over becomes events, and none is dropped."""

from __future__ import annotations

import smtplib
import threading
import urllib.error
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest

from simulator.backends.capture import CapturingBackend, Sinks, reference_line, reference_query
from simulator.model.briefing import Native
from simulator.model.log import Event
from simulator.model.recognition import read_rules
from simulator.words.clock import HOUR, MINUTE
from simulator.words.errors import BackendFailed, ClockTurnedBack, NotInstalled, NotQuiescent
from simulator.words.vocabulary import Money
from tests.contract.capture_harness import CAPABILITIES, START, Harness, Sender, briefing, row


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
        (now - 30 * MINUTE, "Mail 2"),
        (now - 10 * MINUTE, "Journey Entered"),
        (now - MINUTE, "Mail 0"),
        (now, "Mail 1"),
    ]


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
