"""What the studio shows is true: `run` shows the same of the file that is saved, and nothing turned changes nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from simulator.cli import execute
from simulator.studio.catalogue import Catalogue
from simulator.studio.changes import changes
from simulator.studio.running import Studio
from simulator.studio.saving import save
from simulator.studio.watching import Watch
from simulator.studio.wishes import Edit, Wish

FAMILIES = {
    ("late-birthday/late-birthday", "one-day-incident", "camille"): [
        ("person.zone", "Asia/Kathmandu"), ("behaviour.opens", 100), ("fault.2", False), ("policy.quiet_hours", True),
        ("journey.birthday.at", "21:30"),
    ],
    ("contact-flood/contact-flood", "one-woman-three-rows", "zofia"): [
        ("person.zone", "America/New_York"), ("behaviour.opens", 0), ("act.0.moved", 3),
        ("policy.caps.weekly.limit", 2), ("journeys.another", "weekend-deal"),
    ],
    ("expired-coupon/expired-coupon", "missing-link", "maria"): [
        ("person.name", "Wanda O'Hara"), ("behaviour.redeems_after", "2 days"), ("link.helpdesk to dealer", True),
        ("policy.suppress.complaints", False), ("journey.service-offer.steps.1.at_most", "3 days"),
    ],
    ("delayed-delivery/delayed-delivery", "mis-ticked-flag", "alberto"): [
        ("person.zone", "Pacific/Auckland"), ("behaviour.opens_after", "1 h"), ("act.6.moved", -2),
        ("policy", "car-maker-rules"), ("journey.survey-by-flag", "survey-on-demand"),
    ],
    ("after-purchase-silence/after-purchase-silence", "deaf-channel", "giulia"): [
        ("person.kind", "prospect"), ("behaviour.clicks", 100), ("desk.care-team.late", "3 days"),
        ("policy.consent.marketing", False), ("journey.weekly-news", ""),
    ],
}  # fmt: skip
TURNED = [pytest.param(who, edit, id=f"{who[2]}-{edit[0]}") for who, edits in FAMILIES.items() for edit in edits]


def story(entry: dict[str, Any], customer: str) -> list[tuple[Any, ...]]:
    """What a customer received, in order, and when; what was not sent, and why."""
    [told] = [exhibit for exhibit in entry["exhibits"] if exhibit["customer"] == customer]
    keys = ("sent", "received", "opened", "clicked", "channel", "journey", "message", "subject", "text")
    sent = [tuple(message.get(key) for key in keys) for message in told["messages"]]
    return [*sent, *((item["time"], item["kind"], item["message"], item["reason"]) for item in told["not_sent"])]


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return Studio(Catalogue(tmp_path))


@pytest.mark.parametrize(("who", "edit"), TURNED)
def test_what_is_shown_is_what_run_shows_of_what_is_saved(
    studio: Studio, who: tuple[str, str, str], edit: tuple[str, Any]
) -> None:
    wish = Wish(*who, edits=(Edit(*edit),))
    shown = studio.run(wish).rehearsal.result
    saved = save(studio, wish, "true", Watch(60))
    assert execute([*saved["run"].split()[1:], "--json", "result.json"]) == 0
    [ran] = json.loads(Path("result.json").read_text(encoding="utf-8"))["scenarios"]
    assert story(ran, who[2]) == story(shown, who[2])
    assert {check["name"]: check["outcome"] for check in ran["checks"]} == {
        check["name"]: check["outcome"] for check in shown["checks"]
    }


@pytest.mark.parametrize("who", FAMILIES)
def test_nothing_turned_is_nothing_changed(studio: Studio, who: tuple[str, str, str]) -> None:
    plain = studio.run(Wish(*who)).rehearsal.result
    assert changes(plain, studio.run(Wish(*who)).rehearsal.result, who[2]) == []
    for control in studio.scenario(Wish(*who))["controls"]:
        # What is set to what it is already leaves everything as it is.
        if control["kind"] == "act" or (control["value"] is None and not control.get("optional")):
            continue
        again = studio.run(Wish(*who, edits=(Edit(control["control"], control["value"]),))).rehearsal.result
        assert again["log_digest"] == plain["log_digest"], control
