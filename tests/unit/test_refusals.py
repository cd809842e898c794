"""Small mistakes of a scenario that would otherwise do nothing, or something nobody meant, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.model.data import data_folder
from simulator.model.loading import AS_WRITTEN, discover, load
from simulator.model.scenarios import Scenario
from simulator.words.clock import HOUR
from simulator.words.errors import InvalidDocuments
from tests.unit.small import SMALLEST


def loaded(folder: Path, text: str) -> Scenario:
    file = folder / "scenarios" / "welcome" / "welcome.scenario.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(text.lstrip(), encoding="utf-8")
    (source,) = discover([file], data_folder("scenarios").parent, None)
    return load(source, AS_WRITTEN)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("{fault: late, of: backend, by: 1 h}", "the backend cannot be 'late'. It may be 'down' or 'restarted'."),
        (
            "{fault: down, of: channel email, by: 1 h}",
            "'by' does nothing for a 'down' fault, only for 'late' or 'altered'. Take it away.",
        ),
        (
            "{fault: late, of: channel email, by: 1 h, share: 5 %}",
            "'share' does nothing for a 'late' fault, only for 'lossy'. Take it away.",
        ),
    ],
)
def test_a_fault_that_would_do_nothing_is_refused(tmp_path: Path, fault: str, said: str) -> None:
    with pytest.raises(InvalidDocuments) as refused:
        loaded(tmp_path, f"{SMALLEST}faults: [{fault}]\n")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("warm_up: -1 day", "'-1 day' leads backwards. Write '1 day'."),
        ("faults: [{fault: late, of: channel email, by: -1 h}]", "what is late comes afterwards."),
        ("policy: {policy: P, quiet_hours: {from: 08:00, until: 08:00}}", "quiet hours end when they begin;"),
    ],
)
def test_what_leads_backwards_or_nowhere_is_refused(tmp_path: Path, extra: str, said: str) -> None:
    with pytest.raises(InvalidDocuments) as refused:
        loaded(tmp_path, f"{SMALLEST}{extra}\n")
    assert said in str(refused.value)


def test_an_act_does_not_come_before_its_cause(tmp_path: Path) -> None:
    act = "- {when: Signed Up, after: -1 h, who: anyone, event: Arrived}"
    text = SMALLEST.replace("checks:\n", f"  {act}\nchecks:\n")
    with pytest.raises(InvalidDocuments, match=r"welcome.scenario.yaml:7:30: '-1 h' leads backwards. Write '1 h'."):
        loaded(tmp_path, text)


def test_data_may_be_required_for_every_message(tmp_path: Path) -> None:
    rules = "policy: {policy: Strict, require: {'*': [customer.first_name]}}\n"
    assert loaded(tmp_path, SMALLEST + rules).briefing.policy.require == {"*": ["customer.first_name"]}


@pytest.mark.parametrize("clock", ["from: 21:00, until: 08:00", "from: 21:00 local, until: 08:00 local"])
def test_a_daily_state_is_on_the_clock_of_the_person(tmp_path: Path, clock: str) -> None:
    daily = loaded(tmp_path, f"{SMALLEST}states:\n  night: {{daily: {{{clock}}}}}\n").states["night"].daily
    assert daily is not None
    assert (daily.from_, daily.until) == (21 * HOUR, 8 * HOUR)
