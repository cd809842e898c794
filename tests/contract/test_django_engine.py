"""Django's management commands in virtual time: a welcome series as drips, and a command of somebody's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.backends import django
from simulator.running.rehearsal import Rehearsal, rehearse
from simulator.words.clock import HOUR, MINUTE
from tests.contract.test_python_engines import outcomes, project

pytestmark = pytest.mark.engine

SERIES = """
journey: A welcome series
purpose: marketing
trigger: {event: Signed Up}
steps:
  - {send: welcome, channel: email}
  - wait: 24 h
  - {send: day-two, channel: email}
  - wait: 48 h
  - {send: day-four, channel: email}
"""
MESSAGE = """
message: A mail of the series
subject: "A word for {{ first_name }}"
text: |
  Dear {{ first_name }}, this is another day.
names: {first_name: customer.first_name}
"""
SCENARIO = """
scenario: A welcome series
people:
  ada: {name: "Ada D'Angelo & Sons", profiles: [{system: crm, email: ada@example.org, consent: email}]}
  bob: {name: Bob Example, profiles: [{system: crm, email: bob@example.org, consent: email}]}
starts: 2026-03-02
lasts: 5 days
journeys: [series]
story:
  - {at: 2026-03-02 10:20, who: [ada, bob], event: Signed Up}
checks:
  welcomed:
    response: Every sign-up is welcomed at once.
    activation: Signed Up
    target: Message Received where message = welcome
    within: 10 min
  fourth:
    response: The last mail of the series comes on the fourth day.
    activation: Signed Up
    target: Message Received where message = day-four
    not_before: activation + 72 h
    by: activation + 73 h
  each-once:
    at_most: Each mail of the series comes once.
    target: Message Received
    same: [person, message]
    limit: 1
  consent:
    absence: Nobody gets a mail without a consent.
    target: Message Received where consented = false
variants:
  all-well: {}
  withdrawn:
    story:
      - {at: 2026-03-03 12:00, who: bob, event: Consent Withdrawn, with: {channel: email}}
    violates: {fourth: {who: bob}}
"""


def series(folder: Path, variant: str, journey: str = SERIES) -> Rehearsal:
    mails = {f"{name}.message.yaml": MESSAGE for name in ("day-two", "day-four")}
    files = {"series.journey.yaml": journey, "series.scenario.yaml": SCENARIO, **mails}
    scenario = project(folder, variant, files)
    return rehearse(scenario, backend=django.make)


def sent(rehearsal: Rehearsal, person: str) -> list[tuple[object, int]]:
    """Each message with the minutes after the start at which it was sent."""
    rows = [row for row in rehearsal.log if row.name == "Message Sent" and row.person == person]
    return [(row.data["message"], (row.time - rehearsal.log.start) // MINUTE) for row in rows]


def test_a_welcome_series_becomes_drips(tmp_path: Path) -> None:
    rehearsal = series(tmp_path, "all-well")
    assert rehearsal.as_expected, rehearsal.result["unexpected"]
    # The command runs at the full hour; who signed up at 10:20 and was told of at 10:21 gets each mail at eleven.
    hours = [("welcome", 11), ("day-two", 24 + 11), ("day-four", 72 + 11)]
    for person in ("ada", "bob"):
        assert sent(rehearsal, person) == [(message, hour * 60) for message, hour in hours]
    subjects = {row.data["subject"] for row in rehearsal.log if row.name == "Message Sent" and row.person == "ada"}
    assert subjects == {"Welcome, Ada", "A word for Ada"}


def test_a_consent_is_asked_for_when_a_drip_is_sent(tmp_path: Path) -> None:
    rehearsal = series(tmp_path, "withdrawn")
    assert rehearsal.as_expected, rehearsal.result["unexpected"]
    assert [message for message, _ in sent(rehearsal, "bob")] == ["welcome", "day-two"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("wait: 48 h", "wait: 2 days"), "series.journey.yaml:9: a drip cannot express the wait of 2 days"),
        (("channel: email", "channel: sms"), "series.journey.yaml:6: a drip cannot express the channel 'sms'"),
        (
            ("steps:", "exit: [Order Completed]\nsteps:"),
            "series.journey.yaml:2: a drip cannot express leaving a journey",
        ),
    ],
)
def test_what_drips_cannot_do_is_refused_by_its_line(change: tuple[str, str], said: str, tmp_path: Path) -> None:
    rehearsal = series(tmp_path, "all-well", SERIES.replace(*change))
    assert set(outcomes(rehearsal).values()) == {"unsupported"}
    assert said in rehearsal.verdicts[0].reason


SETTINGS = """
INSTALLED_APPS = ["reminders"]
EMAIL_HOST = "mail.a-real-company.invalid"
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "production"}}

def ordered(event):
    from reminders.models import Basket
    Basket.objects.filter(row=event["profile"]).delete()
"""
MODELS = """
from django.db import models

class Basket(models.Model):
    row = models.CharField(max_length=100, primary_key=True)
    email = models.CharField(max_length=100)
    left_at = models.DateTimeField()
"""
COMMAND = """
from datetime import timedelta
from django.core.mail import send_mail
from django.core.management.base import BaseCommand
from django.utils import timezone
from reminders.models import Basket

class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--hours", type=int)

    def handle(self, *args, hours, **options):
        for basket in Basket.objects.filter(left_at__lte=timezone.now() - timedelta(hours=hours)):
            send_mail("You left something", "Look at your basket.", "shop@shop.test", [basket.email])
            basket.delete()
"""
BASKETS = """
scenario: Baskets that were left
people:
  ada: {name: Ada Example, profiles: [{system: crm, email: ada@example.org, consent: email}]}
  bob: {name: Bob Example, profiles: [{system: crm, email: bob@example.org, consent: email}]}
backends: [django]
native:
  django:
    definition: settings.py
    settings: {command: [remind, --hours, 3]}
    tell:
      Signed Up:
        model: reminders.Basket
        key: {row: "{profile}"}
        fields: {email: "{address.email}", left_at: "{time}"}
      Order Completed: ordered
    recognise:
      - {message: first-steps, purpose: service, subject: ^You left something$}
starts: 2026-03-02
lasts: 2 days
story:
  - {at: 2026-03-02 10:20, who: [ada, bob], event: Signed Up}
  - {at: 2026-03-02 12:20, who: bob, event: Order Completed, with: {order_id: o-1, item: lamp}}
checks:
  reminded:
    response: Whoever leaves a basket is reminded of it after three hours.
    activation: Signed Up
    target: Message Received where message = first-steps
    not_before: activation + 3 h
    within: 3 h 10 min
    unless: Order Completed
"""


def test_any_command_can_be_rehearsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = tmp_path / "reminders" / "management" / "commands"
    commands.mkdir(parents=True)
    for folder in (commands, commands.parent, commands.parents[1]):
        (folder / "__init__.py").touch()
    (commands / "remind.py").write_text(COMMAND, encoding="utf-8")
    (tmp_path / "reminders" / "models.py").write_text(MODELS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    scenario = project(tmp_path, "as-written", {"settings.py": SETTINGS, "baskets.scenario.yaml": BASKETS})
    rehearsal = rehearse(scenario, backend=django.make)
    assert rehearsal.as_expected, (rehearsal.result["unexpected"], rehearsal.verdicts[0].reason)
    assert sent(rehearsal, "ada") == [("first-steps", 14 * 60)]
    assert sent(rehearsal, "bob") == []
    assert rehearsal.log.end - rehearsal.log.start == 48 * HOUR
