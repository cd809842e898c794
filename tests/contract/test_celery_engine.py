"""A Celery app of somebody's own in virtual time: countdowns, retries, beat, queues and revocations are Celery's."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.backends import celery
from simulator.running.rehearsal import Rehearsal, rehearse
from simulator.words.clock import HOUR, MINUTE
from tests.contract.test_python_engines import project

pytestmark = pytest.mark.engine

SHOP = """
import os, smtplib
from email.message import EmailMessage
from celery import Celery
from celery.schedules import crontab

app = Celery("shop", broker="redis://a-real-server.invalid/0")
app.conf.timezone = "Europe/Rome"
app.conf.task_routes = {"shop.promise": {"queue": "slow"}}
app.conf.beat_schedule = {"digest": {"task": "shop.digest", "schedule": crontab(hour=8, minute=30)}}
signed, pending = [], {}

def mail(address, subject):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "shop@shop.test", address, subject
    mail.set_content("Hello")
    host, _, port = os.environ["JOURNEYPROOF_SMTP"].partition(":")
    with smtplib.SMTP(host, int(port), "localhost") as server:
        server.send_message(mail)

@app.task(name="shop.welcome")
def welcome(event):
    address = event["customer"]["email"]
    signed.append(address)
    mail(address, "Welcome")
    pending[address] = promise.apply_async((address,), countdown=2 * 86400)

@app.task(name="shop.promise", bind=True, max_retries=2)
def promise(self, address):
    if self.request.retries < 2:
        raise self.retry(countdown=3600)
    mail(address, "Promise")

@app.task(name="shop.digest")
def digest():
    for address in signed:
        mail(address, "Digest")

def forget(event):
    signed.remove(event["customer"]["email"])
    pending[event["customer"]["email"]].revoke()
"""

SCENARIO = """
scenario: Tasks of a shop
backends: [celery]
native:
  celery:
    definition: SHOP
    tell: {Signed Up: welcome, Customer Erased: forget}
    recognise:
      - {message: welcome, subject: ^Welcome$}
      - {message: first-steps, subject: ^Promise$}
      - {message: weekly-news, subject: ^Digest$}
starts: 2026-03-27
lasts: 4 days
story:
  - {at: 2026-03-27 10:00, who: anyone, event: Signed Up}
checks:
  welcomed:
    response: Every sign-up is welcomed.
    activation: Signed Up
    target: Message Received where message = welcome
variants:
  to-the-end: {}
  erased:
    story:
      - {at: 2026-03-28 12:00, who: anyone, event: Customer Erased}
"""


def run(folder: Path, variant: str, text: str = SHOP, file: str = "shop.py") -> Rehearsal:
    scenario = project(folder, variant, {"shop.py": text, "tasks.scenario.yaml": SCENARIO.replace("SHOP", file)})
    return rehearse(scenario, backend=celery.make)


def minutes(rehearsal: Rehearsal, message: str) -> list[int]:
    """When a message was sent, in minutes after the start."""
    rows = [row for row in rehearsal.log if row.name == "Message Sent" and row.data["message"] == message]
    return [(row.time - rehearsal.log.start) // MINUTE for row in rows]


def test_countdown_retry_and_beat_are_those_of_celery(tmp_path: Path) -> None:
    rehearsal = run(tmp_path, "to-the-end")
    assert rehearsal.as_expected, [verdict.reason for verdict in rehearsal.verdicts]
    [published] = [row for row in rehearsal.log if row.name == "Journeys Published"]
    assert published.data["definition"] == "native scenarios/little/shop.py"
    assert minutes(rehearsal, "welcome") == [10 * 60 + 1]
    assert minutes(rehearsal, "first-steps") == [10 * 60 + 1 + (48 + 2) * 60]
    # Half past eight in Rome, where the clocks go forward on the 29th.
    assert minutes(rehearsal, "weekly-news") == [day * 24 * 60 + at for day, at in ((1, 450), (2, 390), (3, 390))]


def test_a_task_that_is_revoked_does_not_run(tmp_path: Path) -> None:
    rehearsal = run(tmp_path, "erased")
    assert minutes(rehearsal, "welcome") == [10 * 60 + 1]
    assert minutes(rehearsal, "weekly-news") == [24 * 60 + 450]
    assert minutes(rehearsal, "first-steps") == []
    assert rehearsal.log.end - rehearsal.log.start == 96 * HOUR


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import shop_of_nobody", "shop.py cannot be imported: ModuleNotFoundError: No module named 'shop_of_nobody'"),
        ("def welcome(event): pass\ndef forget(event): pass", "has no Celery at its top level: it needs exactly one"),
        ("def welcom(event): pass", "told to 'welcome', which is no function or task there (did you mean 'welcom'?)"),
    ],
)
def test_what_is_wrong_with_a_definition_is_told(text: str, said: str, tmp_path: Path) -> None:
    rehearsal = run(tmp_path, "to-the-end", text)
    assert rehearsal.outcome == "error"
    assert said in rehearsal.verdicts[0].reason
