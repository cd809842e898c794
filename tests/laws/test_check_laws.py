"""The checks over columns say what the oracle says row by row, for every template; and they obey the laws of logic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.checks import judge
from simulator.model.log import EventLog
from simulator.model.results import Verdict
from tests.laws.check_oracle import rule_on
from tests.laws.check_words import CONDITIONS, EVENTS, MOMENTS, PATTERNS, World
from tests.laws.logs import PEOPLE, bench, logs

Spec = dict[str, Any]

durations = st.sampled_from(("2 h", "24 h", "25 h", "1 day", "2 days", "1 working day", "1 month", "1 ms"))
patterns = st.sampled_from(tuple(PATTERNS))
moments = st.sampled_from(tuple(MOMENTS))
keys = st.sampled_from(("person", "order_id", ["person", "channel"], {"order_id": "other_id"}, "cause", "profile", "address"))
windows = st.sampled_from(("24 h rolling", "1 day rolling", "1 month rolling", "calendar day", "calendar week",
                           "calendar month"))  # fmt: skip

SPECS: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "response": (
        {"activation": patterns, "target": patterns},
        {
            "same": keys, "within": durations, "by": moments, "not_before": moments, "unless": patterns,
            "unless_before": patterns, "if_late": st.just("skip"), "exactly": st.sampled_from((1, 2)),
        },
    ),
    "precedence": (
        {"activation": patterns, "target": patterns},
        {"same": keys, "within": durations, "by": moments, "not_before": moments},
    ),
    "succession": (
        {"activation": patterns, "target": patterns},
        {"same": keys, "within": durations, "by": moments, "not_before": moments, "unless": patterns,
         "through": st.lists(patterns, min_size=1, max_size=2)},
    ),
    "not_response": (
        {"activation": patterns, "target": patterns},
        {"same": keys, "within": durations, "grace": durations, "until": patterns},
    ),
    "not_coexistence": ({"activation": patterns, "target": patterns}, {"same": keys, "window": windows}),
    "at_most": ({"target": patterns, "limit": st.integers(0, 2)}, {"same": keys, "window": windows}),
    "existence": (
        {"target": patterns},
        {"at_least": st.integers(1, 2), "by": st.sampled_from(("start + 3 days", "start + 24 h"))},
    ),
    "absence": ({"target": patterns}, {"during": st.sampled_from(("open", "kept", "late", "early", "night", "noon")),
                                       "grace": durations}),
    "value": (
        {"activation": patterns, "expect": st.sampled_from(tuple(CONDITIONS))},
        {"same": keys, "unknown": st.sampled_from(("count", "violate", "pass"))},
    ),
    "agreement": (
        {"activation": patterns, "field": st.sampled_from(("order.size", "order.promised_at", "order.price")),
         "between": st.sampled_from((["crm", "dealer"], ["dealer", "esp", "crm"]))},
        {"same": st.sampled_from(("order_id", "person")), "within": durations, "by": moments},
    ),
}  # fmt: skip

STATES: Mapping[str, Spec] = {
    "open": {"from": "Complaint Raised", "until": "Complaint Closed"},
    "kept": {"same": "order_id", "from": "Order Promised where size > 1"},
    "late": {"same": "order_id", "from": "order.promised_at", "until": "Order Handed Over"},
    "early": {"same": "person", "from": "order.promised_at - 2 h", "until": "Complaint Closed"},
    "night": {"daily": {"from": "21:00", "until": "08:00"}},
    "noon": {"daily": {"from": "11:30", "until": "14:00"}},
}


@st.composite
def specs(draw: st.DrawFn, template: str) -> Spec:
    """A rule of a template, with any of its keys."""
    needed, optional = SPECS[template]
    drawn = draw(st.fixed_dictionaries(dict(needed), optional=dict(optional)))
    if "grace" in drawn and template == "absence" and "during" not in drawn:
        del drawn["grace"]
    return {template: "a rule", **drawn}


@st.composite
def logs_for(draw: st.DrawFn, spec: Spec) -> EventLog:
    """A log made of the events that a rule speaks of, and of what may come between."""
    texts = [spec.get(key) for key in ("activation", "target", "unless", "unless_before", "until")]
    state = STATES.get(spec.get("during", ""), {})
    texts += [*spec.get("through", ()), state.get("from"), state.get("until")]
    named = [PATTERNS[text][0] for text in texts if text in PATTERNS]
    return draw(logs((*named, *named, *named, "Delivery Rescheduled", "Fact Arrived", "Profile Updated")))


def judged(log: EventLog, spec: Spec) -> Verdict:
    (verdict,) = judge(log, bench(spec, STATES))
    assert verdict.outcome != "error", verdict.reason
    return verdict


def core(verdict: Verdict) -> list[tuple[int, str, str | None, int | None]]:
    return sorted((v.onset, v.case, v.activation, v.margin_ms) for v in verdict.violations)  # type: ignore[type-var]


@pytest.mark.parametrize("template", SPECS)
@given(data=st.data())
def test_columns_and_rows_agree(template: str, data: st.DataObject) -> None:
    spec = data.draw(specs(template))
    log = data.draw(logs_for(spec))
    verdict = judged(log, spec)
    ruling = rule_on(World(log.rows, log.end, PEOPLE), spec, STATES)
    expected = [(*v[:2], v[2] or "", 0 if v[3] is None else v[3]) for v in ruling.violations]
    found = [(v.onset, v.case, v.activation or "", 0 if v.margin_ms is None else v.margin_ms) for v in verdict.violations]
    assert sorted(found) == sorted(expected)
    assert verdict.outcome == ruling.outcome
    assert verdict.activations == ruling.activations
    assert verdict.pending == ruling.pending
    assert verdict.not_judged == len(ruling.unjudged), ruling.unjudged
    assert list(verdict.margins) == [margin for _, margin in sorted(ruling.margins)]
