"""Probes: for each word of a briefing the smallest journey or policy that uses it, and what must come of it.

Times are counted in units (see `Scenes.minutes`) from the beginning of a scene. In the texts DAY and TIME are the day
and the time of day six units after it, BIRTHDAY that day years ago, START its own time of day, SHORT is one unit, LONG
are eight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from simulator.conformance.documents import PLAIN_POLICY, message
from simulator.model.journeys import STEPS, TRIGGERS
from simulator.running.capabilities import POLICIES
from simulator.words.vocabulary import Value

WORDS: Final = (
    *(f"trigger.{word}" for word in TRIGGERS),
    *(f"step.{word}" for word in STEPS),
    *(f"policy.{part}" for part in POLICIES),
    "policy.plan_windows",
    "coupons",
    "holdout",
)
"""Every feature that a scenario can need."""

DUE: Final = 6
"""When DAY and TIME are, in units."""


@dataclass(frozen=True)
class Expected:
    """A row is told of, `times` times: sent a message, or (with `event`) in another event.

    `at` is when, in units; None leaves it open.
    """

    row: str
    message: str = ""
    at: int | None = None
    times: int = 1
    event: str = "Message Sent"


@dataclass(frozen=True)
class Probe:
    """What tries one feature. `rows` are the fields of each row, `deaf` those without a consent.

    `events` are (units, row, event, data); `receipts` name the event in which a row reacts to a message, a unit after
    it was sent. `within` is the largest number of ms that a unit may have for it. One that is tried `alone` has a rule
    that would reach the journeys of others.
    """

    feature: str
    journey: str
    rows: Mapping[str, Mapping[str, Value]]
    events: tuple[tuple[int, str, str, Mapping[str, Value]], ...]
    expected: tuple[Expected, ...]
    messages: Mapping[str, str] = field(default_factory=dict)
    policy: str = PLAIN_POLICY
    plan: str | None = None
    deaf: tuple[str, ...] = ()
    within: int | None = None
    alone: bool = False
    receipts: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id of its journey."""
        return self.feature.translate(str.maketrans("._ ", "---")).lower()

    @property
    def word(self) -> str:
        """The word of the feature, without what a backend knows of it: `step.wait_for` of `step.wait_for Arrived`."""
        return self.feature.partition(" ")[0]

    @property
    def needs(self) -> frozenset[str]:
        """What else it needs, to try this one."""
        by_event = () if self.feature.startswith("trigger.") else ("trigger.event",)
        return frozenset({"step.send", *by_event}) - {self.feature}


def _journey(title: str, trigger: str, steps: str, more: str = "") -> str:
    head = f"journey: {title}\npurpose: transactional\ntrigger: {trigger}\n{more}"
    return f"{head}steps:\n{steps}"


def _send(id: str, more: str = "") -> str:
    return f"  - {{send: {id}, channel: email{more}}}\n"


def _messages(*ids: str) -> dict[str, str]:
    return {id: message(id) for id in ids}


def _receipt(event: str, reaction: str, row: str) -> Probe:
    """Waiting for what somebody does with a message."""
    sent, else_, after = f"to-be-{reaction}", f"not-{reaction}", f"after-{reaction}"
    idle = f"{row}-not"
    link = f"message: {sent}\nsubject: {sent}\ntext: Look at http://kit.example/{sent}\n"
    return Probe(
        f"step.wait_for {event}",
        _journey(
            f"A message that is {reaction}",
            f"{{event: {_RECEIPTS_ON[event]}}}",
            _send(sent)
            + f"  - wait_for: {event} where message = {sent}\n    at_most: LONG\n    else:\n    "
            + _send(else_)
            + _send(after),
        ),
        {row: {}, idle: {}},
        ((1, row, _RECEIPTS_ON[event], {}), (1, idle, _RECEIPTS_ON[event], {})),
        (
            Expected(row, after, 2),
            Expected(row, else_, times=0),
            Expected(idle, else_, 9),
        ),
        {sent: link, **_messages(else_, after)},
        receipts={(row, sent): event},
    )


_RECEIPTS_ON: Final = {"Message Opened": "Complaint Answered", "Message Clicked": "Complaint Closed"}
"""The events that begin their journeys."""

_JOURNEYS: Final = (
    Probe(
        "trigger.event",
        _journey("An event", "{event: Arrived}", _send("by-event")),
        {"kit-event": {}},
        ((1, "kit-event", "Arrived", {}),),
        (Expected("kit-event", "by-event", 1),),
        _messages("by-event"),
    ),
    Probe(
        "trigger.anniversary",
        _journey(
            "A birthday",
            "{anniversary: customer.birth_date, at: TIME local}",
            _send("by-birthday"),
            "reentry: once a year\n",
        ),
        {"kit-birthday": {"birth_date": "BIRTHDAY"}},
        (),
        (Expected("kit-birthday", "by-birthday", DUE),),
        _messages("by-birthday"),
    ),
    Probe(
        "trigger.date",
        _journey("A date", "{date: customer.renewal, at: TIME local}", _send("by-date")),
        {"kit-date": {"renewal": "DAY"}},
        (),
        (Expected("kit-date", "by-date", DUE),),
        _messages("by-date"),
    ),
    Probe(
        "trigger.segment",
        _journey("A segment", "{segment: vips, from: DAY, at: TIME local}", _send("by-segment")),
        {"kit-vip": {"vip": True}, "kit-no-vip": {"vip": False}},
        (),
        (Expected("kit-vip", "by-segment", DUE), Expected("kit-no-vip", "by-segment", times=0)),
        _messages("by-segment"),
    ),
    Probe(
        "step.send",
        _journey("A message", "{event: Checked In}", _send("sent")),
        {"kit-send": {}},
        ((1, "kit-send", "Checked In", {}),),
        (Expected("kit-send", "sent", 1),),
        _messages("sent"),
    ),
    Probe(
        "step.wait",
        _journey("A wait", "{event: Task Opened}", "  - {wait: SHORT}\n" + _send("waited")),
        {"kit-wait": {}},
        ((1, "kit-wait", "Task Opened", {}),),
        (Expected("kit-wait", "waited", 2),),
        _messages("waited"),
    ),
    Probe(
        "step.wait_until",
        _journey(
            "A moment", "{event: Appointment Booked}", "  - {wait_until: TIME local on DAY}\n" + _send("at-moment")
        ),
        {"kit-moment": {}},
        ((1, "kit-moment", "Appointment Booked", {}),),
        (Expected("kit-moment", "at-moment", DUE),),
        _messages("at-moment"),
    ),
    Probe(
        "step.wait_for",
        _journey(
            "An event that is waited for",
            "{event: Offer Made}",
            "  - wait_for: Purchase Recorded\n    at_most: LONG\n    else:\n    "
            + _send("not-come")
            + _send("after-waiting"),
        ),
        {"kit-comes": {}, "kit-stays-away": {}},
        (
            (1, "kit-comes", "Offer Made", {}),
            (1, "kit-stays-away", "Offer Made", {}),
            (3, "kit-comes", "Purchase Recorded", {}),
        ),
        (
            Expected("kit-comes", "after-waiting", 3),
            Expected("kit-comes", "not-come", times=0),
            Expected("kit-stays-away", "not-come", 9),
        ),
        _messages("not-come", "after-waiting"),
    ),
    _receipt("Message Opened", "opened", "kit-opens"),
    _receipt("Message Clicked", "clicked", "kit-clicks"),
    Probe(
        "step.command",
        _journey(
            "A question to another system",
            "{event: Question Asked}",
            "  - {command: check, to: crm, answer: Command Answered, at_most: LONG}\n" + _send("answered"),
        ),
        {"kit-asks": {}},
        ((1, "kit-asks", "Question Asked", {}),),
        (Expected("kit-asks", event="Command Issued", at=1), Expected("kit-asks", "answered", 2)),
        _messages("answered"),
    ),
    Probe(
        "step.split",
        _journey(
            "Two ways",
            "{event: Check Promised}",
            "  - split:\n      - if: customer.tier = gold\n        then:\n        "
            + _send("golden")
            + "      - else:\n        "
            + _send("basic"),
        ),
        {"kit-gold": {"tier": "gold"}, "kit-basic": {"tier": "basic"}},
        ((1, "kit-gold", "Check Promised", {}), (1, "kit-basic", "Check Promised", {})),
        (
            Expected("kit-gold", "golden", 1),
            Expected("kit-gold", "basic", times=0),
            Expected("kit-basic", "basic", 1),
            Expected("kit-basic", "golden", times=0),
        ),
        _messages("golden", "basic"),
    ),
    Probe(
        "step.exit",
        _journey(
            "An exit", "{event: Promise Made}", _send("before-exit") + "  - {exit: enough}\n" + _send("after-exit")
        ),
        {"kit-leaves": {}},
        ((1, "kit-leaves", "Promise Made", {}),),
        (Expected("kit-leaves", "before-exit", 1), Expected("kit-leaves", "after-exit", times=0)),
        _messages("before-exit", "after-exit"),
    ),
    Probe(
        "step.goal",
        _journey("A goal", "{event: Task Closed}", "  - {goal: done}\n" + _send("after-goal")),
        {"kit-goal": {}},
        ((1, "kit-goal", "Task Closed", {}),),
        (Expected("kit-goal", event="Goal Reached", at=1), Expected("kit-goal", "after-goal", 1)),
        _messages("after-goal"),
    ),
    Probe(
        "coupons",
        _journey("A coupon", "{event: Invoice Issued}", _send("granting", ", grants: gift"))
        + "coupons: {gift: {discount: 10 %, valid: 1 month}}\n",
        {"kit-coupon": {}},
        ((1, "kit-coupon", "Invoice Issued", {}),),
        (Expected("kit-coupon", event="Coupon Granted", at=1), Expected("kit-coupon", "granting", 1)),
        _messages("granting"),
    ),
    Probe(
        "holdout",
        _journey("Nobody", "{event: Bill Presented}", _send("held-out"), "holdout: 100 %\n"),
        {"kit-held-out": {}},
        ((1, "kit-held-out", "Bill Presented", {}),),
        (Expected("kit-held-out", "held-out", times=0),),
        _messages("held-out"),
    ),
)


def _offer(*ids: str, on: str = "Signed Up") -> str:
    """A journey of marketing that sends these at once."""
    return _journey("Offers", f"{{event: {on}}}", "".join(map(_send, ids))).replace("transactional", "marketing")


_POLICIES: Final = (
    Probe(
        "policy.consent",
        _offer("with-consent", on="Contact Received"),
        {"kit-consents": {}, "kit-does-not": {}},
        ((1, "kit-consents", "Contact Received", {}), (1, "kit-does-not", "Contact Received", {})),
        (Expected("kit-consents", "with-consent", 1), Expected("kit-does-not", "with-consent", times=0)),
        _messages("with-consent"),
        "policy: Consent\nconsent: {needed_for: [marketing], checked: at sending}\n",
        deaf=("kit-does-not",),
    ),
    Probe(
        "policy.caps",
        _offer("offer", "second-offer"),
        {"kit-capped": {}},
        ((1, "kit-capped", "Signed Up", {}),),
        (Expected("kit-capped", "offer", 1), Expected("kit-capped", "second-offer", times=0)),
        _messages("offer", "second-offer"),
        "policy: One a day\ncaps: {daily: {limit: 1, window: 1 day rolling, then: drop}}\n",
        alone=True,
    ),
    Probe(
        "policy.quiet_hours",
        _offer("offer"),
        {"kit-sleeps": {}},
        ((1, "kit-sleeps", "Signed Up", {}),),
        (Expected("kit-sleeps", "offer", DUE),),
        _messages("offer"),
        "policy: Quiet\nquiet_hours:\n  from: START\n  until: TIME\n  then: hold\n",
        alone=True,
        within=3 * 3_600_000,  # else the quiet hours would be longer than a day
    ),
    Probe(
        "policy.suppress",
        _offer("unless-blocked", on="Complaint Raised"),
        {"kit-blocked": {"tier": "blocked"}, "kit-free": {"tier": "gold"}},
        ((1, "kit-blocked", "Complaint Raised", {}), (1, "kit-free", "Complaint Raised", {})),
        (Expected("kit-free", "unless-blocked", 1), Expected("kit-blocked", "unless-blocked", times=0)),
        _messages("unless-blocked"),
        "policy: Suppression\nsuppress: {blocked: {purpose: [marketing], while: customer.tier = blocked}}\n",
    ),
    Probe(
        "policy.coherence",
        _offer("buy-it", "sell-it"),
        {"kit-confused": {}},
        ((1, "kit-confused", "Signed Up", {}),),
        (Expected("kit-confused", "buy-it", 1), Expected("kit-confused", "sell-it", times=0)),
        {
            "buy-it": message("buy-it") + "product: car\nstance: buy\n",
            "sell-it": message("sell-it") + "product: car\nstance: sell\n",
        },
        "policy: Coherence\ncoherence: {same: product, differs: stance, window: 7 days rolling}\n",
        alone=True,
    ),
    Probe(
        "policy.require",
        _offer("with-data", on="Discount Asked"),
        {"kit-complete": {"tier": "gold"}, "kit-incomplete": {}},
        ((1, "kit-complete", "Discount Asked", {}), (1, "kit-incomplete", "Discount Asked", {})),
        (Expected("kit-complete", "with-data", 1), Expected("kit-incomplete", "with-data", times=0)),
        _messages("with-data"),
        "policy: Required data\nrequire: {with-data: [customer.tier]}\n",
    ),
    Probe(
        "policy.plan_windows",
        _journey("Campaigns", "{event: Order Promised}", _send("campaign"), "for_each: campaign in plan\n"),
        {"kit-planned": {}},
        ((1, "kit-planned", "Order Promised", {}),),
        (Expected("kit-planned", "this-season", 1), Expected("kit-planned", "last-season", times=0)),
        _messages("this-season", "last-season"),
        "policy: Windows\nplan_windows: enforced\n",
        plan="plan: Seasons\ncolumns: [campaign, from, until, message]\ncampaigns:\n"
        "  - [last, 2020-01-01, 2020-02-01, last-season]\n  - [this, 2026-01-01, 2029-01-01, this-season]\n",
    ),
)

JOURNEYS: Final[Mapping[str, Probe]] = {probe.feature: probe for probe in _JOURNEYS}
"""The probes of words that stand in a journey, by feature."""
POLICY_PROBES: Final[Mapping[str, Probe]] = {probe.feature: probe for probe in _POLICIES}
"""The probes of words that stand in a policy, by feature."""
