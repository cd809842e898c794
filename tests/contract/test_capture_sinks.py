"""The sinks, spoken to as engines do: over SMTP and HTTP, from several threads, with whatever they say."""

from __future__ import annotations

import http.client
import json
import smtplib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from urllib.parse import urlencode

import pytest

from simulator.backends.capture import PostOffice, Sinks
from simulator.backends.capture.intake import HandedIn
from simulator.words.errors import BackendFailed

SENDER = "shop@example.org"


class Office:
    """A post office that is open, and what it has been told to answer by address."""

    def __init__(self) -> None:
        self.answers: dict[str, int] = {}
        self.asked: list[tuple[str, str]] = []
        self.office = PostOffice(self._answer)
        self.sinks: Sinks = self.office.open()

    def _answer(self, channel: str, address: str) -> int:
        self.asked.append((channel, address))
        return self.answers.get(address, 250)

    def smtp(self) -> smtplib.SMTP:
        return smtplib.SMTP(self.sinks.host, self.sinks.smtp_port, "localhost", 20)

    def send(self, *to: str, subject: str = "Hello", text: str = "Hello.") -> None:
        with self.smtp() as server:
            server.send_message(mail(*to, subject=subject, text=text))

    def post(self, path: str, body: bytes | str, kind: str = "application/json", host: str = "") -> int:
        connection = http.client.HTTPConnection(self.sinks.host, self.sinks.webhook_port, timeout=20)
        headers = {"Content-Type": kind, **({"Host": host} if host else {})}
        try:
            connection.request("POST", path, body.encode() if isinstance(body, str) else body, headers)
            with connection.getresponse() as answer:
                answer.read()
                return answer.status
        finally:
            connection.close()

    def collect(self) -> HandedIn:
        return self.office.collect(0, 1)


@pytest.fixture
def office() -> Iterator[Office]:
    opened = Office()
    yield opened
    opened.office.close()


def mail(*to: str, subject: str = "Hello", text: str = "Hello.") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, ", ".join(to), subject
    message.set_content(text)
    return message


# ------------------------------------------------------------------------------------------------------------ SMTP


def test_a_mail_to_several_people_is_captured_once_for_each(office: Office) -> None:
    office.send("bob@example.org", "ann@shop.test", "bob@example.org")
    first, second = office.collect().captured
    assert [each.id for each in (first, second)] == ["c-1", "c-2"]
    assert (first.address, second.address) == ("ann@shop.test", "bob@example.org")
    assert first.recipients == second.recipients == ("bob@example.org", "ann@shop.test")
    assert office.asked == [("email", "bob@example.org"), ("email", "ann@shop.test"), ("email", "bob@example.org")]
    assert office.collect() == HandedIn()


def test_addresses_and_headers_in_any_script_arrive(office: Office) -> None:
    with office.smtp() as server:
        server.send_message(mail("zażółć@bücher.example", subject="Привет, мир"))
    (captured,) = office.collect().captured
    assert (captured.address, captured.subject) == ("zażółć@bücher.example", "Привет, мир")


def test_a_channel_that_asks_to_try_later_takes_the_next_attempt(office: Office) -> None:
    office.answers["ann@example.org"] = 451
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        office.send("ann@example.org")
    assert refused.value.recipients["ann@example.org"][0] == 451
    deferred = office.collect()
    assert not deferred.captured
    assert [(each.address, each.answered) for each in deferred.turned_away] == [("ann@example.org", 451)]
    office.answers.clear()
    office.send("ann@example.org")
    assert [each.address for each in office.collect().captured] == ["ann@example.org"]


def test_a_mail_that_the_channel_refuses_is_known_all_the_same(office: Office) -> None:
    office.answers["ann@example.org"] = 550
    with pytest.raises(smtplib.SMTPDataError) as refused:
        office.send("ann@example.org", subject="Refused")
    assert refused.value.smtp_code == 550
    (captured,) = office.collect().captured
    assert (captured.subject, captured.answered) == ("Refused", 550)


def test_of_several_recipients_the_refused_one_bounces_later(office: Office) -> None:
    office.answers["bob@example.org"] = 550
    office.send("ann@example.org", "bob@example.org")
    assert [(each.address, each.answered) for each in office.collect().captured] == [
        ("ann@example.org", 250),
        ("bob@example.org", 550),
    ]


@pytest.mark.parametrize(
    "address", ["ann@gmail.com", "ann@example.org.evil.com", "a@[127.0.0.1]", "root", "a@localhos"]
)
def test_nothing_is_taken_for_a_domain_that_somebody_may_have(office: Office, address: str) -> None:
    with office.smtp() as server:
        server.ehlo()
        server.mail(SENDER)
        assert server.rcpt("ann@example.org")[0] == 250
        assert server.rcpt(address)[0] == 550
        assert server.data(b"Subject: x\r\n\r\nx")[0] == 250
    handed_in = office.collect()
    assert [each.address for each in handed_in.captured] == ["ann@example.org"]
    assert [(each.address, each.answered) for each in handed_in.turned_away] == [(address, 550)]
    assert ("email", address) not in office.asked


def test_what_is_too_long_is_turned_away_and_noted(office: Office) -> None:
    with office.smtp() as server:
        server.ehlo()
        server.mail(SENDER)
        server.rcpt("ann@example.org")
        assert server.data(b"Subject: x\r\n\r\n" + b"y" * 3_000)[0] == 500
    (away,) = office.collect().turned_away
    assert (away.address, away.answered) == ("ann@example.org", 550)
    assert "RFC5321" in away.reason


def test_an_answer_that_fails_is_told_to_whoever_collects(office: Office) -> None:
    office.answers["ann@example.org"] = 299
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        office.send("ann@example.org")
    with pytest.raises(BackendFailed, match="a channel answers 250, 451 or 550, and not 299"):
        office.collect()


def test_a_session_is_open_while_a_mail_is_under_way_and_idle_between_mails(office: Office) -> None:
    assert not office.sinks.busy
    server = office.smtp()
    try:
        server.ehlo()
        server.mail(SENDER)
        server.rcpt("ann@example.org")
        assert office.sinks.open_sessions == 1
        assert not office.office.intake.settled(0.01)
        server.data(b"Subject: x\r\n\r\nx")
        assert office.office.intake.settled(10)
        server.mail(SENDER)
        assert office.sinks.busy
        server.rset()
        assert office.office.intake.settled(10)
        server.mail(SENDER)
    finally:
        server.close()
    assert office.office.intake.settled(10)


def test_a_client_that_breaks_off_or_talks_nonsense_leaves_nothing_behind(office: Office) -> None:
    for said in (
        b"",
        b"\xff\xfe\r\n",
        b"HELO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nhal",
    ):
        with socket.create_connection((office.sinks.host, office.sinks.smtp_port), 20) as client:
            client.sendall(said)
            client.recv(100)
    assert office.office.intake.settled(10)
    assert office.collect() == HandedIn()


def test_no_mail_of_three_hundred_from_several_threads_is_lost(office: Office) -> None:
    def batch(number: int) -> None:
        with office.smtp() as server:
            for each in range(50):
                server.send_message(mail(f"p{number}-{each}@example.org", subject=f"Mail {each}"))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(batch, range(6)))
    captured = office.collect().captured
    assert len(captured) == len({each.address for each in captured}) == 300
    assert [each.address for each in captured] == sorted(each.address for each in captured)
    assert [each.id for each in captured] == [f"c-{number}" for number in range(1, 301)]


def test_closing_leaves_no_port_and_no_thread() -> None:
    office = Office()
    kept = office.smtp()
    web = socket.create_connection((office.sinks.host, office.sinks.webhook_port), 20)
    names = {"journeyproof-smtp", "journeyproof-webhook"}
    assert names <= {thread.name for thread in threading.enumerate()}
    office.office.close()
    office.office.close()
    assert not names & {thread.name for thread in threading.enumerate()}
    for port in (office.sinks.smtp_port, office.sinks.webhook_port):
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((office.sinks.host, port), 20)
    kept.close()
    web.close()


# --------------------------------------------------------------------------------------------------------- webhook


def test_a_webhook_takes_json_and_forms(office: Office) -> None:
    told = {"to": "+999 123 4567", "from": "SHOP", "text": "See http://127.0.0.1/x", "reference": "message=a", "n": 3}
    assert office.post("/sms", json.dumps(told)) == 202
    form = urlencode({"phone": "+9991234567", "message": "Grüße"})
    assert office.post("/sms/v2/send?x=1", form, "application/x-www-form-urlencoded") == 202
    push = {
        "channel": "push",
        "recipient": "token-1",
        "title": "Hello",
        "html": "<p>Hi <a href='http://x/'>you</a></p>",
    }
    assert office.post("/", json.dumps(push)) == 202
    captured = office.collect().captured
    assert [each.channel for each in captured] == ["push", "sms", "sms"]
    hello, plain, greeting = captured[0], *sorted(captured[1:], key=lambda each: -len(each.fields))
    assert (hello.address, hello.subject, hello.text, hello.clickable) == ("token-1", "Hello", "Hi you", ("http://x/",))
    assert (plain.address, plain.sender, plain.text) == ("+999 123 4567", "SHOP", "See http://127.0.0.1/x")
    assert (dict(plain.fields), plain.links) == ({"reference": "message=a", "n": "3"}, ("http://127.0.0.1/x",))
    assert (greeting.address, greeting.text) == ("+9991234567", "Grüße")


def test_a_webhook_answers_as_the_channel_does(office: Office) -> None:
    office.answers = {"+9990001": 451, "+9990002": 550}
    codes = [office.post("/sms", json.dumps({"to": f"+999000{number}", "text": "x"})) for number in (0, 1, 2)]
    assert codes == [202, 503, 422]
    both = {"to": ["+9990000", "+9990001", "+9990002"], "text": "y"}
    assert office.post("/sms", json.dumps(both)) == 202
    handed_in = office.collect()
    assert [(each.address, each.text, each.answered) for each in handed_in.captured] == [
        ("+9990000", "x", 250), ("+9990000", "y", 250), ("+9990002", "x", 550), ("+9990002", "y", 550),
    ]  # fmt: skip
    assert [(each.address, each.answered) for each in handed_in.turned_away] == [("+9990001", 451)] * 2


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/sms", "+491701234567"),
        ("/sms", "12345"),
        ("/push", "ann@gmail.com"),
        ("/letter", "+49 170 1234567"),
        ("/sms", ""),
    ],
)
def test_a_webhook_takes_nothing_for_a_number_or_domain_that_somebody_may_have(
    office: Office, path: str, to: str
) -> None:
    assert office.post(path, json.dumps({"to": to, "text": "x"})) == 422
    handed_in = office.collect()
    assert not handed_in.captured
    assert [(each.address, each.answered) for each in handed_in.turned_away] == [(to, 550)]
    assert handed_in.turned_away[0].reason
    assert not office.asked


def test_a_request_that_cannot_be_read_is_noted(office: Office) -> None:
    assert office.post("/sms", "{not json") == 400
    assert office.post("/sms", "[1, 2]") == 400
    assert office.post("/sms", "[" * 100_000) == 400
    assert office.post("/sms", b"\xff", "multipart/form-data") == 415
    assert office.post("/", json.dumps({"to": "x"})) == 404
    assert office.post("/sms", b"x" * 1_000_001) == 413
    assert len(office.collect().turned_away) == 6


def test_a_webhook_answers_on_loopback_alone(office: Office) -> None:
    assert office.post("/sms", json.dumps({"to": "+9990000", "text": "x"}), host="evil.com") == 403
    assert office.post("/sms", json.dumps({"to": "+9990000", "text": "x"}), host="localhost:80") == 202
    assert len(office.collect().captured) == 1


def test_a_kept_connection_takes_many_messages_at_speed(office: Office) -> None:
    connection = http.client.HTTPConnection(office.sinks.host, office.sinks.webhook_port, timeout=20)
    for number in range(200):
        connection.request("POST", "/push", json.dumps({"to": f"t-{number:03}", "text": "x"}))
        with connection.getresponse() as answer:
            assert answer.status == 202
            answer.read()
    assert office.office.intake.settled(10)
    connection.request("GET", "/push")
    with connection.getresponse() as answer:
        assert answer.status == 405
        answer.read()
    connection.close()
    assert len(office.collect().captured) == 200


def test_a_client_that_talks_no_http_is_told_so(office: Office) -> None:
    with socket.create_connection((office.sinks.host, office.sinks.webhook_port), 20) as client:
        client.sendall(b"what is this?\r\n\r\n")
        assert client.recv(1_000).startswith(b"HTTP/1.1 400")
    assert office.office.intake.settled(10)
