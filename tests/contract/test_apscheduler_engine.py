"""A program of somebody's own on APScheduler in virtual time, and what the library's defaults make of a short stall."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.backends import apscheduler
from simulator.running.rehearsal import rehearse
from tests.contract.test_python_engines import project, shipped

pytestmark = pytest.mark.engine


@pytest.mark.parametrize(
    ("variant", "mails"), [("undisturbed", 1), ("stalled-for-a-moment", 0), ("stalled-but-patient", 1)]
)
def test_a_job_that_is_three_seconds_late_is_dropped_by_default(variant: str, mails: int) -> None:
    rehearsal = rehearse(shipped("apscheduler-misfire", variant), backend=apscheduler.make)
    assert rehearsal.as_expected, rehearsal.result["unexpected"]
    assert [row.data["first_name"] for row in rehearsal.log if row.name == "Message Sent"] == ["Anna"] * mails
    [published] = [row for row in rehearsal.log if row.name == "Journeys Published"]
    assert str(published.data["definition"]).startswith("native scenarios/engines/apscheduler-misfire/")


SCENARIO = """
scenario: Jobs of a shop
backends: [apscheduler]
native: {apscheduler: {definition: jobs.py, tell: {Signed Up: signed_up}, recognise: [{message: welcome, subject: .}]}}
starts: 2026-03-02
lasts: 3 days
story:
  - {at: 2026-03-02 10:00, who: anyone, event: Signed Up}
checks:
  welcomed:
    response: Every sign-up is welcomed.
    activation: Signed Up
    target: Message Received where message = welcome
"""


MADE = "from apscheduler.schedulers.background import BackgroundScheduler\nscheduler = BackgroundScheduler()\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f"{MADE}scheduler.start()\ndef signed_up(event): pass",
            "jobs.py starts its scheduler when it is imported",
        ),
        (
            f"{MADE}def signed_up(event): scheduler.add_job(event['nothing'])",
            "KeyError: 'nothing' (scenarios/little/jobs.py:3)",
        ),
    ],
)
def test_what_is_wrong_with_a_program_is_told(text: str, said: str, tmp_path: Path) -> None:
    scenario = project(tmp_path, "as-written", {"jobs.py": text, "jobs.scenario.yaml": SCENARIO})
    rehearsal = rehearse(scenario, backend=apscheduler.make)
    assert rehearsal.outcome == "error"
    assert said in rehearsal.verdicts[0].reason
