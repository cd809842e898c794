"""The edges of windows, one millisecond to either side, and who wins at one instant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from simulator.checks import judge
from simulator.model.log import Event
from simulator.model.results import Verdict
from tests.laws.logs import HOUR, START, bench, log_of

A, T, U = "Order Promised", "Order Handed Over", "Complaint Closed"
Spec = dict[str, Any]
Row = tuple[int, str]


def verdict_on(spec: Spec, rows: Sequence[Row], end: int = 240 * HOUR, **data: Any) -> Verdict:
    """The verdict on rows of one person, given as (ms after the start, event)."""
    events = [Event(START + time, name, "anna", system="crm", data=dict(data)) for time, name in rows]
    (verdict,) = judge(log_of(events, START + end), bench(spec))
    assert verdict.outcome != "error", verdict.reason
    return verdict


DAY = 24 * HOUR
RESPONSE: Spec = {"response": "", "activation": A, "target": T}
PRECEDENCE: Spec = {"precedence": "", "activation": A, "target": T}
NEVER_AFTER: Spec = {"not_response": "", "activation": A, "target": T}
NEVER_BOTH: Spec = {"not_coexistence": "", "activation": A, "target": T, "window": "24 h rolling"}
CAP: Spec = {"at_most": "", "target": T, "limit": 1, "window": "24 h rolling"}


@pytest.mark.parametrize(
    ("spec", "rows", "outcome"),
    [
        # within includes its last millisecond
        ({**RESPONSE, "within": "24 h"}, [(0, A), (DAY, T)], "satisfied"),
        ({**RESPONSE, "within": "24 h"}, [(0, A), (DAY + 1, T)], "violated"),
        # order at one instant is that of the log
        ({**RESPONSE, "within": "24 h"}, [(0, A), (0, T)], "satisfied"),
        ({**RESPONSE, "within": "24 h"}, [(0, T), (0, A)], "violated"),
        # not_before reaches back only where it is earlier than the activation
        ({**RESPONSE, "within": "1 h", "not_before": "activation - 1 h"}, [(0, T), (HOUR, A)], "satisfied"),
        ({**RESPONSE, "within": "1 h", "not_before": "activation - 1 h"}, [(0, T), (HOUR + 1, A)], "violated"),
        ({**RESPONSE, "within": "1 h", "not_before": "activation"}, [(0, T), (0, A)], "violated"),
        ({**RESPONSE, "within": "1 h", "not_before": "activation"}, [(0, A), (0, T)], "satisfied"),
        ({**RESPONSE, "within": "2 h", "not_before": "activation + 1 h"}, [(0, A), (HOUR - 1, T)], "violated"),
        ({**RESPONSE, "within": "2 h", "not_before": "activation + 1 h"}, [(0, A), (HOUR, T)], "satisfied"),
        # an activation is no answer to itself
        ({**RESPONSE, "target": A, "within": "1 h", "not_before": "activation - 1 h"}, [(HOUR, A)], "violated"),
        # a release counts up to the deadline, and before the target
        ({**RESPONSE, "within": "1 h", "unless": U}, [(0, A), (HOUR, U)], "satisfied"),
        ({**RESPONSE, "within": "1 h", "unless": U}, [(0, A), (HOUR + 1, U)], "violated"),
        ({**RESPONSE, "within": "1 h", "unless": U}, [(0, U), (0, A)], "violated"),
        ({**RESPONSE, "unless": A}, [(0, A)], "pending"),
        ({**RESPONSE, "within": "1 h", "exactly": 1, "unless": U}, [(0, A), (1, T), (2, U), (3, T)], "satisfied"),
        # a chased answer does not count, even in time
        ({**RESPONSE, "within": "1 h", "unless_before": U}, [(0, A), (1, T), (2, U)], "satisfied"),
        ({**RESPONSE, "within": "1 h", "unless_before": U}, [(0, A), (1, U), (2, T)], "violated"),
        ({**RESPONSE, "unless_before": U}, [(0, A), (1, U)], "violated"),
        # exactly so many
        ({**RESPONSE, "within": "1 h", "exactly": 2}, [(0, A), (1, T)], "violated"),
        ({**RESPONSE, "within": "1 h", "exactly": 2}, [(0, A), (1, T), (HOUR, T)], "satisfied"),
        ({**RESPONSE, "within": "1 h", "exactly": 2}, [(0, A), (1, T), (2, T), (HOUR, T)], "violated"),
        ({**RESPONSE, "within": "1 h", "exactly": 2}, [(0, A), (1, T), (2, T), (HOUR + 1, T)], "satisfied"),
        # a deadline at the activation itself is not late
        ({**RESPONSE, "by": "activation", "if_late": "skip"}, [(0, A)], "violated"),
        ({**RESPONSE, "by": "activation - 1 ms", "if_late": "skip"}, [(0, A)], "vacuous"),
        # a day has 25 hours when the clocks go back, and '1 day' is one
        ({**RESPONSE, "within": "1 day"}, [(8 * HOUR, A), (33 * HOUR, T)], "satisfied"),
        ({**RESPONSE, "within": "1 day"}, [(8 * HOUR, A), (33 * HOUR + 1, T)], "violated"),
        # precedence
        ({**PRECEDENCE, "within": "24 h"}, [(0, T), (DAY, A)], "satisfied"),
        ({**PRECEDENCE, "within": "24 h"}, [(0, T), (DAY + 1, A)], "violated"),
        (PRECEDENCE, [(0, A), (0, T)], "violated"),
        ({**PRECEDENCE, "target": A}, [(0, A)], "violated"),
        # not_response: from the grace on, up to the end, before the release
        ({**NEVER_AFTER, "grace": "1 h"}, [(0, A), (HOUR - 1, T)], "satisfied"),
        ({**NEVER_AFTER, "grace": "1 h"}, [(0, A), (HOUR, T)], "violated"),
        ({**NEVER_AFTER, "within": "1 h"}, [(0, A), (HOUR, T)], "violated"),
        ({**NEVER_AFTER, "within": "1 h"}, [(0, A), (HOUR + 1, T)], "satisfied"),
        ({**NEVER_AFTER, "until": U}, [(0, A), (1, T), (1, U)], "violated"),
        ({**NEVER_AFTER, "until": U}, [(0, A), (1, U), (1, T)], "satisfied"),
        ({**NEVER_AFTER, "until": A}, [(0, A), (1, T)], "violated"),
        (NEVER_AFTER, [(0, T), (0, A)], "satisfied"),
        # a rolling window is open at its start
        (CAP, [(0, T), (DAY, T)], "satisfied"),
        (CAP, [(0, T), (DAY - 1, T)], "violated"),
        (CAP, [(0, T), (0, T)], "violated"),
        (NEVER_BOTH, [(0, A), (DAY, T)], "satisfied"),
        (NEVER_BOTH, [(0, T), (DAY - 1, A)], "violated"),
        ({**NEVER_BOTH, "target": A}, [(0, A)], "satisfied"),
        # a calendar day is the person's: midnight in Paris is 22:00 UTC
        ({**CAP, "window": "calendar day"}, [(0, T), (22 * HOUR - 1, T)], "violated"),
        ({**CAP, "window": "calendar day"}, [(0, T), (22 * HOUR, T)], "satisfied"),
        # the week ends with Sunday
        ({**CAP, "window": "calendar week"}, [(0, T), (47 * HOUR - 1, T)], "violated"),
        ({**CAP, "window": "calendar week"}, [(0, T), (47 * HOUR, T)], "satisfied"),
        ({**CAP, "window": "calendar year"}, [(0, T), (48 * HOUR, T)], "violated"),
    ],
)
def test_an_edge(spec: Spec, rows: list[Row], outcome: str) -> None:
    assert verdict_on(spec, rows).outcome == outcome


def moved(*settings: tuple[int, str, int], target: int) -> Verdict:
    """Promises as (time, event, promised time), and a handing over that is due by the promise as it then stands."""
    events = [
        Event(START + time, name, "anna", system="crm", data={"order_id": "o-1", "promised_at": START + promised})
        for time, name, promised in settings
    ]
    events.append(Event(START + target, T, "anna", system="crm", data={"order_id": "o-1"}))
    spec = {**RESPONSE, "same": "order_id", "by": "order.promised_at"}
    (verdict,) = judge(log_of(events, START + 240 * HOUR), bench(spec))
    return verdict


MOVED = "Delivery Rescheduled"


def test_a_deadline_moves_until_it_has_passed() -> None:
    assert moved((0, A, DAY), target=DAY + 1).violations[0].onset == START + DAY
    # Moved at the very last moment it has not passed yet; a millisecond later it has.
    assert moved((0, A, DAY), (DAY, MOVED, 2 * DAY), target=2 * DAY).outcome == "satisfied"
    assert moved((0, A, DAY), (DAY + 1, MOVED, 2 * DAY), target=2 * DAY).outcome == "violated"
    # Moved nearer, it binds earlier; moved into the past, it passes at once.
    assert moved((0, A, 3 * DAY), (1, MOVED, DAY), target=2 * DAY).violations[0].onset == START + DAY
    assert moved((0, A, 3 * DAY), (DAY, MOVED, 0), target=2 * DAY).violations[0].onset == START + DAY


def test_a_duty_for_each_activation_and_one_answer_for_several() -> None:
    verdict = verdict_on({**RESPONSE, "within": "24 h"}, [(0, A), (HOUR, A), (2 * HOUR, T)])
    assert (verdict.activations, verdict.margins) == (2, (22 * HOUR, 23 * HOUR))


def test_a_late_answer_belongs_to_the_newest_question() -> None:
    verdict = verdict_on({**RESPONSE, "within": "1 h"}, [(0, A), (DAY, A), (DAY + 2 * HOUR, T)])
    assert [violation.margin_ms for violation in verdict.violations] == [None, -HOUR]


def test_stages_come_in_order() -> None:
    spec = {"succession": "", "activation": A, "target": T, "through": ["Complaint Raised", U], "within": "24 h"}
    good = [(0, A), (1, "Complaint Raised"), (2, U), (3, T)]
    assert verdict_on(spec, good).outcome == "satisfied"
    assert verdict_on(spec, [good[0], (1, U), (2, "Complaint Raised"), good[3]]).outcome == "violated"
    missing = verdict_on(spec, [good[0], good[1], good[3]])
    assert "Anna Bianchi's complaint was never closed" in missing.violations[0].sentence


STATES: dict[str, Spec] = {
    "open": {"from": "Complaint Raised", "until": U},
    "late": {"same": "order_id", "from": "order.promised_at", "until": U},
    "night": {"daily": {"from": "21:00", "until": "08:00"}},
}


@pytest.mark.parametrize(
    ("state", "grace", "rows", "caught"),
    [
        ("open", "0 h", [(0, "Complaint Raised"), (0, T)], [0]),
        ("open", "1 h", [(0, "Complaint Raised"), (HOUR - 1, T), (HOUR, T)], [HOUR]),
        ("open", "1 h", [(0, "Complaint Raised"), (HOUR, "Complaint Raised"), (HOUR, T)], [HOUR]),
        ("open", "0 h", [(0, T), (0, "Complaint Raised"), (1, U), (1, T)], []),
        # 21:00 in Paris on 25 October is 19:00 UTC; 08:00 on the 26th, an hour having been lived twice, is 07:00 UTC.
        ("night", "0 h", [(19 * HOUR - 1, T), (19 * HOUR, T)], [19 * HOUR]),
        ("night", "0 h", [(31 * HOUR - 1, T), (31 * HOUR, T)], [31 * HOUR - 1]),
        ("night", "1 h", [(20 * HOUR - 1, T), (20 * HOUR, T)], [20 * HOUR]),
    ],
)
def test_a_state(state: str, grace: str, rows: list[Row], caught: list[int]) -> None:
    spec = {"absence": "", "target": T, "during": state, "grace": grace}
    events = [Event(START + time, name, "anna", system="crm") for time, name in rows]
    (verdict,) = judge(log_of(events, START + 240 * HOUR), bench(spec, STATES))
    assert [violation.onset - START for violation in verdict.violations] == caught


def test_a_state_that_begins_when_a_date_passes() -> None:
    spec = {"absence": "", "target": T, "during": "late"}

    def caught(*settings: tuple[int, int], targets: Sequence[int]) -> list[int]:
        promised = [
            Event(START + time, A, "anna", system="crm", data={"order_id": "o-1", "promised_at": START + until})
            for time, until in settings
        ]
        sent = [Event(START + time, T, "anna", system="crm", data={"order_id": "o-1"}) for time in targets]
        (verdict,) = judge(log_of([*promised, *sent], START + 240 * HOUR), bench(spec, STATES))
        return [violation.onset - START for violation in verdict.violations]

    assert caught((0, DAY), targets=[DAY - 1, DAY]) == [DAY]
    # Moved ahead again it ends, until the new date passes.
    assert caught((0, DAY), (DAY + 1, 2 * DAY), targets=[DAY, DAY + 2, 2 * DAY]) == [DAY, 2 * DAY]
