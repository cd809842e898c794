"""The checks over columns say what the oracle says row by row, for every template; and they obey the laws of logic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.checks import NEED_THE_WHOLE, judge, judge_block, merge
from simulator.model.log import EventLog
from simulator.model.results import Verdict
from tests.laws.check_oracle import rule_on
from tests.laws.check_words import CONDITIONS, MOMENTS, PATTERNS, World
from tests.laws.logs import DAY, HOUR, PEOPLE, START, bench, log_of, logs

Spec = dict[str, Any]

durations = st.sampled_from(("2 h", "24 h", "25 h", "1 day", "2 days", "1 working day", "1 month", "1 ms"))
patterns = st.sampled_from(tuple(PATTERNS))
acts = st.just("Order Promised") | patterns
aims = st.just("Order Handed Over") | patterns
timeless = st.sampled_from([text for text in PATTERNS if "today" not in text])
moments = st.sampled_from(tuple(MOMENTS))
keys = st.sampled_from(
    (
        "person",
        "person",
        "order_id",
        ["person", "channel"],
        {"order_id": "other_id"},
        "cause",
        "profile",
        "address",
    )
)
windows = st.sampled_from(("24 h rolling", "1 day rolling", "1 month rolling", "calendar day", "calendar week",
                           "calendar month"))  # fmt: skip

SPECS: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "response": (
        {"activation": acts, "target": aims},
        {
            "same": keys, "within": durations, "by": moments, "not_before": moments, "unless": patterns,
            "unless_before": patterns, "if_late": st.just("skip"), "exactly": st.sampled_from((1, 2)),
        },
    ),
    "precedence": (
        {"activation": acts, "target": aims},
        {"same": keys, "within": durations, "by": moments, "not_before": moments},
    ),
    "succession": (
        {"activation": acts, "target": aims},
        {"same": keys, "within": durations, "by": moments, "not_before": moments, "unless": patterns,
         "through": st.lists(patterns, min_size=1, max_size=2)},
    ),
    "not_response": (
        {"activation": acts, "target": aims},
        {"same": keys, "within": durations, "grace": durations, "until": patterns},
    ),
    "not_coexistence": ({"activation": acts, "target": aims}, {"same": keys, "window": windows}),
    "at_most": ({"target": aims, "limit": st.integers(0, 2)}, {"same": keys, "window": windows}),
    "existence": (
        {"target": aims},
        {"at_least": st.integers(1, 2), "by": st.sampled_from(("start + 3 days", "start + 24 h"))},
    ),
    "absence": ({"target": aims}, {"during": st.sampled_from(("open", "kept", "late", "early", "night", "noon")),
                                       "grace": durations}),
    "value": (
        {"activation": acts, "expect": st.sampled_from(tuple(CONDITIONS))},
        {"same": keys, "unknown": st.sampled_from(("count", "violate", "pass"))},
    ),
    "sla": (
        {"activation": acts, "target": aims,
         "quantiles": st.dictionaries(st.sampled_from(("p50", "p90", "p99", "p33.3")), durations, min_size=1)},
        {"same": keys, "due": moments, "not_before": moments, "sample": st.sampled_from((1, 2, 5))},
    ),
    "level": (
        {"of": st.just("consent.given"), "at_least": st.sampled_from(("90 % of start", "50 % of start", "60 %"))},
        {"by": st.just("start + 3 days")},
    ),
    "agreement": (
        {"activation": acts,
         "field": st.sampled_from(("order.size", "order.size", "order.promised_at", "order.price")),
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
def specs(draw: st.DrawFn, template: str, needed: Spec | None = None) -> Spec:
    """A rule of a template, with up to three of the keys that it may have; `needed` are those that it must."""
    must, may = SPECS[template]
    chosen = draw(st.lists(st.sampled_from(sorted(may)), max_size=3, unique=True))
    if "grace" in chosen and template == "absence" and "during" not in chosen:
        chosen.remove("grace")
    first = {key: draw(must[key]) for key in must} if needed is None else needed
    return {template: "a rule", **first, **{key: draw(may[key]) for key in chosen}}


@st.composite
def variations(draw: st.DrawFn, spec: Spec) -> list[Spec]:
    """Rules about the same events under other conditions, the given one first: a log is dear, a rule is cheap."""
    template = next(iter(spec))
    needed = {key: spec[key] for key in SPECS[template][0]}
    return [spec, *(draw(specs(template, needed)) for _ in range(3))]


@st.composite
def logs_for(draw: st.DrawFn, spec: Spec) -> EventLog:
    """A log made of the events that a rule speaks of, and of what may come between."""
    texts = [spec.get(key) for key in ("activation", "target", "unless", "unless_before", "until")]
    state = STATES.get(spec.get("during", ""), {})
    texts += [*spec.get("through", ()), state.get("from"), state.get("until")]
    if "level" in spec:
        return draw(logs(("Consent Given", "Consent Given", "Consent Withdrawn")))
    named = [PATTERNS[text][0] for text in texts if text in PATTERNS]
    return draw(logs((*named, *named, *named, "Delivery Rescheduled", "Fact Arrived", "Profile Updated")))


GRANULARITIES = (0, 1, HOUR, 25 * HOUR)
"""How exactly a backend keeps time, in ms."""


def kept_to(log: EventLog, granularity_ms: int) -> EventLog:
    """The same log, of a backend that keeps time so exactly."""
    return log_of(log.rows, log.end, granularity_ms)


def judged(log: EventLog, spec: Spec) -> Verdict:
    """The verdict on a log by one rule."""
    (verdict,) = judge(log, bench(spec, STATES))
    assert verdict.outcome != "error", verdict.reason
    return verdict


@pytest.mark.parametrize("template", SPECS)
@given(data=st.data())
def test_columns_and_rows_agree(template: str, data: st.DataObject) -> None:
    spec = data.draw(specs(template))
    log = kept_to(data.draw(logs_for(spec)), data.draw(st.sampled_from(GRANULARITIES)))
    for varied in data.draw(variations(spec)):
        agree(log, varied)


def agree(log: EventLog, spec: Spec) -> None:
    """Everything that a verdict says is what the oracle says."""
    verdict = judged(log, spec)
    ruling = rule_on(World(log.rows, log.end, PEOPLE), spec, STATES, log.granularity_ms)
    expected = [(*v[:2], v[2] or "", 0 if v[3] is None else v[3]) for v in ruling.violations]
    found = [
        (v.onset, v.case, v.activation or "", 0 if v.margin_ms is None else v.margin_ms) for v in verdict.violations
    ]
    assert sorted(found) == sorted(expected)
    assert verdict.outcome == ruling.outcome
    assert verdict.activations == ruling.activations
    assert verdict.pending == ruling.pending
    assert verdict.not_judged == len(ruling.unjudged), ruling.unjudged
    assert list(verdict.margins) == [margin for _, margin in sorted(ruling.margins)]
    figure = verdict.figures.get("granularity", {})
    assert (figure.get("cases", 0), figure.get("most_ms", 0)) == (len(ruling.excused), max(ruling.excused, default=0))
    assert (verdict.outcome == "satisfied" and verdict.reason != "") <= bool(ruling.excused)


def broken(verdict: Verdict) -> set[tuple[int, str, str | None]]:
    """What is violated: when, which case, by which activation."""
    return {(found.onset, found.case, found.activation) for found in verdict.violations}


@given(data=st.data())
def test_succession_is_response_and_precedence(data: st.DataObject) -> None:
    spec = data.draw(specs("succession").filter(lambda drawn: "through" not in drawn))
    log = data.draw(logs_for(spec))
    rest = {key: value for key, value in spec.items() if key != "succession"}
    same = rest.get("same", "person")
    turned = {"activation": rest["target"], "target": rest["activation"]}
    turned["same"] = {target: activation for activation, target in same.items()} if isinstance(same, dict) else same
    both = broken(judged(log, {"response": "", **rest})) | broken(judged(log, {"precedence": "", **turned}))
    assert broken(judged(log, spec)) == both


@pytest.mark.parametrize("template", SPECS)
@given(data=st.data())
def test_a_coarser_clock_never_breaks_what_held(template: str, data: st.DataObject) -> None:
    spec = data.draw(specs(template))
    log = data.draw(logs_for(spec))
    finer, coarser = (
        judged(kept_to(log, granularity), spec)
        for granularity in sorted(data.draw(st.lists(st.sampled_from(GRANULARITIES), min_size=2, max_size=2)))
    )
    assert {(v.case, v.activation) for v in coarser.violations} <= {(v.case, v.activation) for v in finer.violations}
    assert finer.outcome != "satisfied" or coarser.outcome == "satisfied"
    assert coarser.activations == finer.activations


_LADDER = ("1 ms", "2 h", "24 h", "25 h")


@given(data=st.data())
def test_more_time_never_breaks_a_response(data: st.DataObject) -> None:
    spec = data.draw(specs("response").filter(lambda drawn: "exactly" not in drawn and "if_late" not in drawn))
    log = data.draw(logs_for(spec))
    narrow, wide = sorted(data.draw(st.lists(st.sampled_from(_LADDER), min_size=2, max_size=2)), key=_LADDER.index)
    before, after = (judged(log, {**spec, "within": within}) for within in (narrow, wide))
    assert {v.activation for v in after.violations} <= {v.activation for v in before.violations}


@pytest.mark.parametrize("template", ["at_most", "not_coexistence", "not_response"])
@given(data=st.data())
def test_a_wider_window_never_mends_what_must_not_be(template: str, data: st.DataObject) -> None:
    spec = data.draw(specs(template))
    log = data.draw(logs_for(spec))
    narrow, wide = sorted(data.draw(st.lists(st.sampled_from(_LADDER), min_size=2, max_size=2)), key=_LADDER.index)
    if template == "not_response":
        before, after = (judged(log, {**spec, "within": within}) for within in (narrow, wide))
    else:
        before, after = (judged(log, {**spec, "window": f"{width} rolling"}) for width in (narrow, wide))
    # The same events carry the violation; a wider window may charge a nearer activation with it.
    assert {v.onset for v in before.violations} <= {v.onset for v in after.violations}


@pytest.mark.parametrize("template", [name for name in SPECS if name != "sla"])
@given(data=st.data())
def test_what_is_broken_stays_broken(template: str, data: st.DataObject) -> None:
    spec = data.draw(specs(template).filter(lambda drawn: drawn.get("same") != "cause"))
    log = data.draw(logs_for(spec))
    until = data.draw(st.sampled_from([START, *(row.time for row in log.rows)]))
    begun = log_of([row for row in log.rows if row.time <= until], until)
    assert broken(judged(begun, spec)) <= broken(judged(log, spec))


@given(data=st.data())
def test_never_is_not_ever(data: st.DataObject) -> None:
    spec = data.draw(specs("absence").filter(lambda drawn: "during" not in drawn))
    log = data.draw(logs_for(spec))
    never = judged(log, spec)
    ever = judged(log, {"existence": "", "target": spec["target"]})
    assert len({found.customer for found in never.violations} - {""}) + ever.pending == len(PEOPLE)


def _of_one_person(log: EventLog) -> EventLog:
    """The log with nothing that two people share: neither an order nor an address, nor a cause."""
    rows = []
    for row in log.rows:
        data = {key: f"{value} of {row.person}" if key in _SHARED else value for key, value in row.data.items()}
        cause = row.cause if row.cause.split("/")[0] == row.person else ""
        rows.append(replace(row, data=data, cause=cause, profile=row.profile and f"{row.profile} of {row.person}"))
    return log_of(rows, log.end)


_SHARED = ("order_id", "other_id", "address")


@pytest.mark.parametrize("template", [name for name in SPECS if name not in NEED_THE_WHOLE])
@given(data=st.data())
def test_judging_blocks_and_merging_is_judging_the_whole(template: str, data: st.DataObject) -> None:
    spec = data.draw(specs(template))
    granularity = data.draw(st.sampled_from(GRANULARITIES))
    log = kept_to(_of_one_person(data.draw(logs_for(spec))), granularity)
    whole = bench(spec, STATES)
    blocks = []
    for people in (("anna",), ("bob", "cem"), ()):
        persons = people or ("",)
        block = log_of([row for row in log.rows if row.person in persons], log.end, granularity)
        ours = replace(whole, people={name: person for name, person in PEOPLE.items() if name in people})
        blocks.append(judge_block(block, ours))
    assert merge(blocks) == judge(log, whole)


@pytest.mark.parametrize("template", ["response", "precedence", "not_response", "at_most"])
@given(data=st.data())
def test_the_same_events_a_week_later_are_judged_alike(template: str, data: st.DataObject) -> None:
    exact = {"within": st.sampled_from(_LADDER), "same": keys, "window": st.just("25 h rolling")}
    needed, optional = SPECS[template]
    drawn = st.fixed_dictionaries(
        {key: timeless if key in ("activation", "target") else value for key, value in needed.items()},
        optional={key: value for key, value in exact.items() if key in optional},
    )
    spec = {template: "", **data.draw(drawn)}
    log = data.draw(logs_for(spec))
    week = 7 * DAY
    later = log_of([replace(row, time=row.time + week) for row in log.rows], log.end + week)
    now, then = judged(log, spec), judged(later, spec)
    assert {(onset + week, case, row) for onset, case, row in broken(now)} == broken(then)
    assert (now.outcome, now.pending, now.margins) == (then.outcome, then.pending, then.margins)
