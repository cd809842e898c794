"""Celery and APScheduler behind the same scenarios: what they send is what the reference sends, or they say why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from simulator.backends import apscheduler, celery
from simulator.backends.application.hosting import hosted
from simulator.backends.protocol import Backend, Factory
from simulator.model.data import data_folder
from simulator.model.jsonl import digest
from simulator.model.loading import discover, load
from simulator.model.scenarios import Scenario
from simulator.running.rehearsal import Rehearsal, rehearse
from simulator.words.errors import NotInstalled

pytestmark = pytest.mark.engine

ENGINES: Mapping[str, Factory] = {"celery": celery.make, "apscheduler": apscheduler.make}


def shipped(name: str, variant: str) -> Scenario:
    """A variant of a shipped scenario."""
    folder = data_folder("scenarios")
    [source] = discover([next(folder.rglob(f"{name}.scenario.yaml"))], folder, None)
    return load(source, variant)


def project(folder: Path, variant: str, files: Mapping[str, str]) -> Scenario:
    """A variant of the one scenario of a little project, which has these files."""
    place = folder / "scenarios" / "little"
    place.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (place / name).write_text(text, encoding="utf-8")
    [source] = discover(sorted(place.glob("*.scenario.yaml")), data_folder("scenarios"), folder)
    return load(source, variant)


def sent(rehearsal: Rehearsal) -> list[tuple[int, str, object, object]]:
    """When whom was sent what. What somebody does with a coupon is drawn anew for each engine, so offers are alike."""
    rows = [row for row in rehearsal.log if row.name == "Message Sent"]
    told = [(row.time, row.person, row.data["journey"], row.data["channel"]) for row in rows]
    return sorted(told, key=lambda row: tuple(map(str, row)))


def outcomes(rehearsal: Rehearsal) -> dict[str, str]:
    """Each check with its outcome."""
    return {verdict.name: verdict.outcome for verdict in rehearsal.verdicts}


@pytest.mark.parametrize(
    ("engine", "name", "variant"),
    [
        ("celery", "late-birthday", "one-day-incident"),
        ("apscheduler", "late-birthday", "one-day-incident"),
        ("celery", "late-birthday", "deaf-to-the-till"),
        ("apscheduler", "late-birthday", "leap-day"),
        ("celery", "delayed-delivery", "mis-ticked-flag"),
        ("celery", "delayed-delivery", "never-asks-the-dealer"),
        ("apscheduler", "delayed-delivery", "never-asks-the-dealer"),
    ],
)
def test_an_incident_has_the_verdicts_that_it_declares(engine: str, name: str, variant: str) -> None:
    scenario = shipped(name, variant)
    there, here = rehearse(scenario, backend=ENGINES[engine]), rehearse(scenario)
    assert there.as_expected, there.result["unexpected"]
    assert sent(there) == sent(here)
    assert outcomes(there) == outcomes(here)
    [published] = [row for row in there.log if row.name == "Journeys Published"]
    assert (published.data["of"], published.data["definition"]) == (engine, "compiled")


def test_what_violates_is_a_mail_that_was_captured() -> None:
    rehearsal = rehearse(shipped("delayed-delivery", "mis-ticked-flag"), backend=celery.make)
    [verdict] = [verdict for verdict in rehearsal.verdicts if verdict.name == "no-survey-before-handover"]
    [message] = [row for row in rehearsal.log if row.name == "Message Sent"]
    assert str(message.data["subject"]).startswith("Alberto, come va con la tua nuova ")
    assert (message.data["captured"], message.data["answered"], message.data["unresolved"]) == ("c-1", 250, 0)
    [violation] = verdict.violations
    assert violation.activation == message.id


@pytest.mark.parametrize("make", [celery.make, apscheduler.make])
def test_two_runs_are_the_same_and_so_is_another_clock(make: Callable[..., Backend]) -> None:
    scenario = shipped("delayed-delivery", "never-asks-the-dealer")
    logs = [rehearse(scenario, backend=each).log for each in (make, partial(make, clock="time-machine"))]
    assert len({digest(log) for log in logs}) == 1


@pytest.mark.parametrize(
    ("engine", "name", "variant", "lacking"),
    [
        (
            "celery",
            "delayed-delivery",
            "skipped-check",
            "step.command (fixtures/journeys/survey-on-demand.journey.yaml:6)",
        ),
        (
            "apscheduler",
            "delayed-delivery",
            "as-it-should-have-gone",
            "policy.suppress (MAKER:3), step.command (AFTER:11), step.wait_for Order Handed Over (AFTER:6)",
        ),
        (
            "celery",
            "contact-flood",
            "one-woman-three-rows",
            "policy.caps (INSURER:3), policy.coherence (INSURER:6), policy.quiet_hours (INSURER:5)",
        ),
    ],
)
def test_what_an_engine_lacks_is_told_by_name_and_line(engine: str, name: str, variant: str, lacking: str) -> None:
    rehearsal = rehearse(shipped(name, variant), backend=ENGINES[engine])
    assert set(outcomes(rehearsal).values()) == {"unsupported"}
    files = {
        "AFTER": "fixtures/journeys/survey-after-handover.journey.yaml",
        "MAKER": "fixtures/policies/car-maker-rules.policy.yaml",
        "INSURER": "fixtures/policies/insurer-rules.policy.yaml",
    }
    told = lacking
    for word, file in files.items():
        told = told.replace(word, file)
    assert rehearsal.verdicts[0].reason == f"the backend '{engine}' has no {told}"


SHARES = """
journey: Two kinds of welcome
purpose: service
trigger: {event: Signed Up}
steps:
  - split:
      - {share: 50 %, then: [{send: welcome, channel: email}]}
      - {share: 50 %, then: [{exit: no mail for them}]}
"""


@pytest.mark.parametrize(
    ("engine", "change", "said"),
    [
        ("celery", ("", ""), "shares.journey.yaml:6: {} cannot express a split by share"),
        (
            "celery",
            ("Signed Up", "Message Sent"),
            "shares.journey.yaml:2: {} cannot express 'Message Sent' as something",
        ),
        ("apscheduler", ("steps:", "priority: 3\nsteps:"), "shares.journey.yaml:2: {} cannot express a priority"),
    ],
)
def test_what_a_job_cannot_do_is_refused_by_its_line(
    engine: str, change: tuple[str, str], said: str, tmp_path: Path
) -> None:
    files = {
        "shares.journey.yaml": SHARES.replace(*change),
        "shares.scenario.yaml": BUSY.replace("welcome]", "shares]"),
    }
    rehearsal = rehearse(project(tmp_path, "as-written", files), backend=ENGINES[engine])
    assert set(outcomes(rehearsal).values()) == {"unsupported"}
    assert said.format(engine) in rehearsal.verdicts[0].reason


FLOOD = """
scenario: The flood, in little
organisation: insurer
people: [zofia, quitters]
starts: 2026-01-12
lasts: 10 days
plan: year-2026
journeys: [campaign, renewal-notice]
policy: insurer-rules
checks: contact
story:
  - {at: 2026-01-15 18:10, who: zofia, event: Consent Withdrawn, with: {channel: email}}
  - at: 2026-01-20 11:00
    who: zofia
    event: Contract Expiring
    with: {contract_id: z-1, covers: home, ends_on: 2026-02-20}
variants:
  no-cap:
    with: {policy.caps: absent, policy.quiet_hours: absent, policy.coherence: absent}
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_a_flood_over_three_channels_is_the_same_flood(engine: str, tmp_path: Path) -> None:
    checks = (data_folder("scenarios") / "contact-flood" / "contact.checks.yaml").read_text(encoding="utf-8")
    scenario = project(tmp_path, "no-cap", {"flood.scenario.yaml": FLOOD, "contact.checks.yaml": checks})
    there, here = rehearse(scenario, backend=ENGINES[engine]), rehearse(scenario)
    assert len({row.data["channel"] for row in there.log if row.name == "Message Sent"}) == 3
    assert sent(there) == sent(here)
    assert outcomes(there) == outcomes(here)
    assert outcomes(there)["cap-per-human"] == "violated"


BUSY = """
scenario: The mail server is busy
starts: 2026-03-02
lasts: 3 days
journeys: [welcome]
story:
  - {at: 2026-03-02 10:00, who: anyone, event: Signed Up}
faults:
  - {fault: down, of: channel email, from: 2026-03-02 09:59, until: 2026-03-02 10:12}
checks:
  welcomed:
    response: Every sign-up is welcomed within the hour.
    activation: Signed Up
    target: Message Received where message = welcome
    within: 1 h
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_a_mail_that_is_not_taken_is_handed_over_again(engine: str, tmp_path: Path) -> None:
    rehearsal = rehearse(project(tmp_path, "as-written", {"busy.scenario.yaml": BUSY}), backend=ENGINES[engine])
    assert rehearsal.as_expected, rehearsal.result["unexpected"]
    deferred = [row.time for row in rehearsal.log if row.name == "Message Deferred"]
    [taken] = [row.time for row in rehearsal.log if row.name == "Message Sent"]
    assert [instant - deferred[0] for instant in (*deferred, taken)] == [0, 300_000, 600_000, 900_000]


def test_an_engine_that_is_not_there_says_how_to_get_it() -> None:
    with pytest.raises(NotInstalled, match=r"needs celery_of_tomorrow: pip install 'journeyproof\[celery\]'"):
        hosted("celery", "simulator.backends.celery.engine:CeleryEngine", ("celery_of_tomorrow",))
