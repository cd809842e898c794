"""The inbox of one person at one moment, and the command that shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.cli import execute
from simulator.reporting.inbox import Inbox, inbox_of
from simulator.words.clock import from_iso
from tests.unit.small import WELCOME, welcome

MAIL = """
scenario: News of the week
starts: 2026-03-02
lasts: 6 days
journeys: [news]
people:
  ada: {like: anna, name: Ada Example, lives: {zone: Asia/Tokyo, country: JP}}
  bob:
    like: anna
    name: Bob Example
    profiles: [{system: crm, email: bob@example.org}]
policy:
  policy: The rules of a small house
  consent: {needed_for: [marketing]}
  caps: {weekly: {limit: 1, window: 3 days rolling}}
  quiet_hours: {from: 21:00, until: 08:00}
story:
  - {at: 2026-03-02 09:00, who: [ada, bob], event: Signed Up}
checks:
  one-news:
    at_most: One a day.
    target: Message Sent
    limit: 5
variants:
  all: {organisation: {channels: {email: {latency: 2 h}}}}
  engine-down:
    faults: [{fault: down, of: backend, from: 2026-03-02, until: 2026-03-08}]
---
journey: The news
id: news
purpose: marketing
trigger: {event: Signed Up}
steps:
  - {send: first-news, channel: email}
  - {wait: 1 h}
  - {send: second-news, channel: email}
---
message: The first news
id: first-news
subject: "{{ first_name }}, the first"
text: |
  Dear {{ first_name }},

  this is the first.
names: {first_name: customer.first_name}
---
message: The second news
id: second-news
text: Without a subject.
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "scenarios/news/news.scenario.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(MAIL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


def message(event: str, sent: str, **more: Any) -> dict[str, Any]:
    return {"event": event, "message_id": event, "sent": sent, "channel": "email", "text": f"text of {event}", **more}


WAITS = "Not sent: quiet hours. It waits until Tue 3 Mar 2026 08:00, and is judged again then."
EVENING, MORNING = "2026-03-02T21:30:00+01:00", "2026-03-03T10:00:00+01:00"
EXHIBIT: dict[str, Any] = {
    "events": [
        {"id": "w", "name": "Message Withheld", "time": EVENING, "data": {"then": "hold", "message_id": "b"}},
        {"id": "x", "name": "Message Bounced", "time": MORNING, "data": {}, "cause": "c"},
    ],
    "messages": [
        message("b", "2026-03-03T08:00:00+01:00", received="2026-03-03T08:01:00+01:00"),
        message("a", "2026-03-02T08:00:00+01:00", received="2026-03-03T09:00:00+01:00",
                opened="2026-03-04T00:00:00+01:00", subject="A", folder="spam"),
        message("c", "2026-03-03T09:59:00+01:00"),
        message("d", "2026-03-04T00:00:00+01:00"),
    ],
    "not_sent": [
        {"event": "w", "time": EVENING, "kind": "withheld", "channel": "email", "message": "b", "subject": None,
         "sentence": WAITS, "line": "p.yaml:3"},
        {"event": "x", "time": MORNING, "kind": "bounced", "channel": "email", "message": "c", "subject": None,
         "sentence": "It came back: mailbox unknown.", "line": None},
    ],
}  # fmt: skip


def inbox(moment: str) -> Inbox:
    return inbox_of(EXHIBIT, from_iso(f"2026-03-{moment}+01:00"))


def test_messages_lie_in_the_order_in_which_they_came() -> None:
    assert [letter.message["event"] for letter in inbox("04T12:00:00").received] == ["b", "a"]
    assert [(letter.number, letter.is_spam) for letter in inbox("04T12:00:00").received] == [(1, False), (2, True)]


def test_nothing_is_known_before_it_happens() -> None:
    before = inbox("02T07:59:59")
    assert (before.received, before.underway, before.unsent) == ((), (), ())
    assert inbox("03T23:59:59").received[1].opened is None
    assert inbox("04T00:00:00").received[1].opened == "2026-03-04T00:00:00+01:00"


def test_what_was_sent_and_has_not_come_is_on_its_way_unless_it_never_will() -> None:
    assert [letter.message["event"] for letter in inbox("03T08:00:30").underway] == ["b", "a"]
    assert [letter.message["event"] for letter in inbox("03T09:59:30").underway] == ["c"]
    assert inbox("03T10:00:00").underway == ()
    assert [letter.number for letter in inbox("04T12:00:00").underway] == [3]


def test_what_had_to_wait_is_said_to_have_gone_once_it_has() -> None:
    assert inbox("03T07:00:00").unsent[0].sentence.endswith("and is judged again then.")
    assert inbox("03T08:00:00").unsent[0].sentence == "Not sent: quiet hours. It went out Tue 3 Mar 2026 08:00."
    assert [item.kind for item in inbox("04T00:00:00").unsent] == ["withheld", "bounced"]


def test_a_message_without_a_subject_is_called_by_its_first_line() -> None:
    assert [letter.subject for letter in inbox("04T12:00:00").received] == ["text of b", "A"]


# ------------------------------------------------------------------------------------------------------- command


def page(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert execute(["preview", *words]) == 0
    return capsys.readouterr().out


def test_without_options_it_is_the_first_person_at_the_end(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = page(capsys, "news")
    assert "Ada Example (ada) · Tokyo (JP)" in shown
    assert "The inbox as of Sun 8 Mar 2026 09:00, on the clocks of Asia/Tokyo" in shown
    assert "Somebody else: bob (Bob Example)" in shown
    assert "journeyproof preview news --variant all --customer bob --at MOMENT --message N" in shown


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-02 18:30", "On its way\n  …  Ada, the first · e-mail · sent Mon 2 Mar 2026 18:01, not there yet"),
        ("2026-03-02 17:00", "Nothing has come."),
        ("start + 1 day", "1  Mon 2 Mar 2026 20:01  Ada, the first · e-mail · not opened"),
        ("2026-03-02 12:30 Europe/Rome", "1  Mon 2 Mar 2026 20:01"),
    ],
)
def test_moments_are_those_of_the_language_on_the_clock_of_the_person(
    project: Path, capsys: pytest.CaptureFixture[str], moment: str, expected: str
) -> None:
    assert expected in page(capsys, "news", "--customer", "ada", "--at", moment)


def test_why_something_was_not_sent_stands_there_with_its_line(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = page(capsys, "news", "--customer", "bob")
    assert "Not sent: there is no consent for e-mail. The journey ends here." in shown
    assert "(scenarios/news/news.scenario.yaml:14)" in shown
    held = page(capsys, "news", "--at", "2026-03-03 00:00")
    assert "It waits until Thu 5 Mar 2026 18:01" in " ".join(held.split())


def test_any_message_can_be_read_in_full(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Message 2: The second news" in page(capsys, "news")
    shown = page(capsys, "news", "--message", "1")
    assert "Message 1: The first news" in shown
    assert "this is the first." in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nws"], "no scenario file, folder or family 'nws' (did you mean 'news'?)"),
        (["news", "--variant", "al"], "no variant is called 'al' (did you mean 'all'?)"),
        (["news", "--customer", "adda"], "no customer of this variant is called 'adda' (did you mean 'ada'?)"),
        (["news", "--customer", "example"], "called 'example' (did you mean 'ada'?). There are ada, bob."),
        (["news", "--at", "soon"], "--at 'soon': 'soon' is not a moment."),
        (["news", "--at", "2026-02-01"], "that is Sun 1 Feb 2026 00:00, and the run goes from Mon 2 Mar 2026 09:00"),
        (["news", "--at", "customer.nothing"], "--at 'customer.nothing': that is not known of Ada Example."),
        (["news", "--message", "7"], "--message 7: there is no such message. There are 1 to 2."),
        (
            ["news", "--message", "1", "--at", "start"],
            "--message 1: there is no such message. Nothing has come by then.",
        ),
        (["news", "--backend", "refrence"], "refrence"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert execute(["preview", *words]) == 2
    complaint = capsys.readouterr().err
    assert said in complaint
    assert "Traceback" not in complaint


def test_a_run_that_cannot_be_judged_shows_why_and_no_inbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    welcome(tmp_path, text=WELCOME.replace("journeys: [welcome]", "journeys: [welcome]\nbackends: [tryton]"))
    monkeypatch.chdir(tmp_path)
    assert execute(["preview", "welcome", "--backend", "reference"]) == 5
    assert capsys.readouterr().out.startswith("Not judged, so neither right nor wrong: ")
