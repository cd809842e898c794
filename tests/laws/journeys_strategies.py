"""Random briefings, and what then happens: few names and few instants, so that things collide.

`make_case` draws everything from one `Random`. Given Hypothesis's own (`cases`), what fails shrinks; given a seeded one
it makes thousands of cases a minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from hypothesis import strategies as st

from simulator.model.briefing import Briefing, Profile
from simulator.model.conditions import parse_condition
from simulator.model.journeys import Journey, Policy, Program, flatten
from simulator.model.log import Event
from simulator.model.messages import Message
from simulator.model.shaping import FROM_DOCUMENT
from simulator.model.typing import Dictionary, ObjectType
from simulator.words.clock import HOUR, MINUTE, parse_instant, zone
from simulator.words.vocabulary import DATE, EVENTS, FIELDS, INSTANT, TEXT, FieldType

ZONES = ("Europe/Paris", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
CUSTOMER = {"birth_date": DATE, "renewal": DATE, "tier": TEXT, "first_name": TEXT}
OBJECTS = {
    "customer": ObjectType("person", "crm", CUSTOMER),
    "order": ObjectType("order_id", "till", {"item": TEXT, "promised_at": INSTANT, "status": TEXT}),
    "complaint": ObjectType("complaint_id", "helpdesk", {"status": TEXT}),
    "coupon": ObjectType(
        "coupon_id", "esp", {"discount": FieldType("percent"), "valid_until": DATE, "status": TEXT}
    ),
}  # fmt: skip
DICTIONARY = Dictionary(FIELDS, OBJECTS, frozenset(EVENTS), frozenset({"crm", "esp"}), "Europe/Paris")
MESSAGES = {
    "offer": Message(message="Offer", text="-", names={"first_name": "customer.first_name"}, product="a", stance="x"),
    "wish": Message(message="Wish", text="-", names={"valid": "coupon.valid_until"}, optional=["valid"]),
    "news": Message(message="News", text="-", names={"thing": "order.item"}, product="a", stance="y"),
    "bill": Message(message="Bill", text="-"),
}
SEGMENTS = {
    "gold": parse_condition("customer.tier = gold"),
    "due": parse_condition("customer.renewal <= today"),
    "celebrating": parse_condition("birthday = today and customer.tier = gold"),
}
ROWS = ("r1", "r2", "r3")
HOURS = ("08:00", "02:30", "21:00", "23:45", "12:00")


@dataclass(frozen=True)
class Case:
    """A briefing, its start, what reaches the backend, and when the backend stands still: [from, until)."""

    briefing: Briefing
    start: int
    events: tuple[Event, ...]
    outages: tuple[tuple[int, int], ...]


def document(model: Any, data: Mapping[str, Any]) -> Any:
    """A document as if it had been read from a file."""
    return model.model_validate(data, context={FROM_DOCUMENT: True})


def briefing_of(
    programs: tuple[Program, ...], policy: Mapping[str, Any], profiles: tuple[Profile, ...], end: int, **others: Any
) -> Briefing:
    """A briefing of the organisation that these tests share."""
    parts: dict[str, Any] = {
        "messages": MESSAGES, "segments": SEGMENTS, "dictionary": DICTIONARY,
        "system": "esp", "zone": "Europe/Paris", "country": None, "leap_day": "28 February", "places": {}, "linked": (),
        "seed": 1,
    }  # fmt: skip
    parts |= others
    written = document(Policy, {"policy": "Rules", **policy})
    return Briefing(programs=programs, policy=written, profiles=profiles, end=end, **parts)


def program_of(id: str, journey: Mapping[str, Any], **campaign: Any) -> Program:
    """A journey laid flat, with the plan's row it runs for."""
    whole = {"journey": id, "purpose": "marketing", "reentry": "once", **journey}
    lines = {("steps", number): f"{id}:{number + 2}" for number in range(len(whole["steps"]))}
    return replace(flatten(id, document(Journey, whole), {(): f"{id}:1", **lines}), campaign=campaign)


class _Maker:
    """Draws the parts of a case."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def one(self, *options: Any) -> Any:
        return options[self.rng.randrange(len(options))]

    def often(self, tenths: int) -> bool:
        return self.rng.randrange(10) < tenths

    def condition(self) -> str:
        return str(self.one(
            "customer.tier = gold", "customer.tier is unknown", "order.status = open", "coupon.status = used",
            "order.item is known and customer.tier != gold", "not (complaint.status = open)",
            "customer.renewal > today", "customer.renewal <= today + 1 month",
            "today - 2 working days < customer.renewal", "order.promised_at <= now + 1 day",
            "customer.birth_date is known or customer.tier in (gold, basic)",
            "birthday = today",
        ))  # fmt: skip

    def duration(self) -> str:
        return str(self.one(
            "24 h", "1 day", "2 days", "12 h", "1 min", "7 days", "1 month", "48 h", "2 working days", "1 day 2 h",
        ))  # fmt: skip

    def pattern(self) -> str:
        return str(self.one(
            "Order Completed", "Order Completed", "Order Completed where item = hat", "Delivery Rescheduled",
            "Coupon Redeemed", "Complaint Raised", "Consent Withdrawn", "Profile Updated", "Message Opened",
            "Journey Exited", "Order Completed where customer.tier = gold", "Coupon Granted",
        ))  # fmt: skip

    def moment(self) -> str:
        return str(self.one(
            "order.promised_at - 1 day", "08:00 local on birthday", "start of order.promised_at", "order.promised_at",
            "customer.renewal + 1 h", "08:00 local on customer.renewal", "now + 1 day", "start of next day",
            "activation + 2 days", "end of customer.renewal", "02:30 local on next day",
            "08:00 local on anniversary of customer.renewal", "order.promised_at", "end of now + 2 working days",
        ))  # fmt: skip

    def steps(self, depth: int) -> list[dict[str, Any]]:
        return [self.step(depth) for _ in range(self.rng.randrange(1, 4))]

    def step(self, depth: int) -> dict[str, Any]:
        verbs = ["send"] * 6 + ["wait", "wait", "wait_until", "wait_until", "wait_for"]
        verb = self.one(*verbs, *(("goal", "exit", "command", "split", "split") if depth else ()))
        match verb:
            case "send":
                step: dict[str, Any] = {"send": self.one("offer", *MESSAGES)}
                step["channel"] = self.one("email", "email", "sms")
                step |= {"purpose": self.one("transactional", "service")} if self.often(2) else {}
                return step | ({"grants": "gift"} if self.often(2) else {})
            case "wait":
                return {"wait": self.duration()}
            case "wait_until":
                return {"wait_until": self.moment()}
            case "wait_for":
                step = {"wait_for": self.pattern()}
                step |= {"at_most": self.duration()} if self.often(8) else {}
                return step | ({"else": self.steps(depth - 1)} if depth and "at_most" in step else {})
            case "command":
                step = {"command": "check", "to": "crm", "with": {"item": "order.item", "place": "door"}}
                if self.often(6):
                    step |= {"answer": "Command Answered", "at_most": self.duration(), "else": self.steps(depth - 1)}
                return step
            case "split" if self.often(3):
                return {"split": [{"share": "40 %", "then": self.steps(depth - 1)}, {"share": "60 %", "then": []}]}
            case "split":
                first = {"if": self.condition(), "then": self.steps(depth - 1)}
                return {"split": [first, {"if": self.condition(), "then": []}, {"else": self.steps(depth - 1)}]}
        return {verb: f"a {verb}"}

    def trigger(self) -> dict[str, Any]:
        at = f"{self.one(*HOURS)} local"
        offset = {"offset": self.one("-15 days", "-1 day", "1 month", "2 days", "-2 h")}
        offset = offset if self.often(4) else {}
        match self.one("order", "order", "order", "event", "anniversary", "date", "segment"):
            case "order":
                return {"event": "Order Completed"}
            case "anniversary":
                return {"anniversary": self.one("birthday", "birthday", "customer.renewal"), "at": at, **offset}
            case "date":
                return {"date": self.one("customer.renewal", "order.promised_at"), "at": at, **offset}
            case "segment":
                window = {"from": "2025-03-28", "until": "2025-04-02"} if self.often(5) else {}
                which = self.one("gold", "due", "celebrating")
                return {"segment": which, **window, **({"at": at} if self.often(5) else {})}
        return {"event": self.pattern()}

    def journey(self, number: int) -> Program:
        journey: dict[str, Any] = {"trigger": self.trigger(), "steps": self.steps(2)}
        journey["reentry"] = self.one("once", "once a year", "always", "always", "always", "after exit")
        if journey["trigger"] == {"event": "Order Completed"} and self.often(4):
            journey["reentry"] = "once per order_id"
        if "event" in journey["trigger"] and journey["trigger"]["event"].split(" ")[0] in ("Journey", "Coupon"):
            journey["reentry"] = "once"
        if self.often(2):
            journey["if"] = self.condition()
        if self.often(3):
            journey["exit"] = [self.pattern()]
        if self.often(3):
            journey["goal"] = self.pattern()
        if self.often(1):
            journey["holdout"] = "50 %"
        if self.often(2):
            journey["priority"] = self.one(1, 2)
        journey["coupons"] = {"gift": {"discount": "30 %", "valid": "1 month"}}
        row = {"campaign": f"c{number}", "from": "2025-03-20", "until": self.one("2025-03-31", "2026-01-01")}
        return program_of(f"j{number}", journey, **(row if self.often(3) else {}))

    def policy(self) -> dict[str, Any]:
        then = self.one("hold", "hold", "hold", "drop", "advance")
        policy: dict[str, Any] = {}
        if self.often(4):
            checked = self.one("at sending", "at sending", "at scheduling")
            policy["consent"] = {"needed_for": ["marketing"], "checked": checked}
        if self.often(7):
            window = self.one("7 days rolling", "1 day rolling", "24 h rolling", "calendar day", "calendar week")
            policy["caps"] = {"main": {
                "limit": self.one(1, 1, 2, 0), "window": window, "per": self.one("person", "person", "profile"),
                "exempt": ["transactional"], "then": then,
            }}  # fmt: skip
            if self.often(3):
                second = {"limit": 1, "window": "2 days rolling", "channels": ["email"], "then": "hold"}
                policy["caps"]["email"] = second
        if self.often(5):
            hours = self.one(("21:00", "08:00"), ("12:00", "23:45"), ("23:45", "02:30"))
            zone = self.one("recipient", "recipient", "Europe/Paris")
            policy["quiet_hours"] = {"from": hours[0], "until": hours[1], "zone": zone, "then": then}
            policy["quiet_hours"] |= {"exempt": ["service"]} if self.often(3) else {}
        if self.often(3):
            policy["suppress"] = {"care": {
                "purpose": ["marketing"], "while": self.one("complaint.status = open", "customer.tier is unknown"),
                "then": self.one("drop", "hold", "hold"),
            }}  # fmt: skip
        if self.often(3):
            policy["coherence"] = {"same": "product", "differs": "stance", "window": "7 days rolling", "then": then}
        if self.often(2):
            policy["require"] = {self.one("*", "offer"): ["customer.first_name"], "news": ["order.item"]}
        if self.often(3):
            policy["plan_windows"] = "enforced"
        return policy

    def profile(self, id: str) -> Profile:
        fields = {
            "birth_date": self.one("1988-03-30", "1988-02-29", "1990-03-31", "1990-10-26"),
            "renewal": self.one("2025-03-30", "2025-04-02", "2024-02-29", "2025-10-26"),
            "tier": self.one("gold", "basic"), "first_name": "Ada",
        }  # fmt: skip
        fields = {name: value for name, value in fields.items() if self.often(7)}
        addresses = {"email": self.one(f"{id}@example.org", "all@example.org"), "sms": f"+00 {id}"}
        addresses = {channel: address for channel, address in addresses.items() if self.often(9)}
        consents = frozenset(channel for channel in ("email", "sms") if self.often(9))
        return Profile(id, "crm", self.one(*ZONES), "FR", addresses, consents, fields)

    def instant(self, start: int) -> int:
        """One of few: hours at which things happen on a few days around the clock changes, give or take a minute."""
        days = self.one(0, 0, 1, 1, 2, 3, 4, 8, 9, 30)
        hour = self.one(0, 1, 2, 7, 8, 11, 12, 20, 21, 22)
        return int(start + (days * 24 + hour) * HOUR + self.one(0, 0, 0, 0, -MINUTE, MINUTE, 30 * MINUTE))

    def event(self, start: int, rows: int) -> Event:
        order = {"order_id": self.one("o1", "o2", "o3")}
        address = self.one("r1@example.org", "all@example.org")
        name, data = self.one(
            ("Order Completed", {**order, "item": self.one("hat", "coat"), "status": "open"}),
            ("Order Completed", {**order, "item": "hat", "status": self.one("open", "done")}),
            ("Order Completed", {**order, "promised_at": self.instant(start)}),
            ("Order Completed", {**order}),
            ("Order Completed", {**order, "item": "hat", "promised_at": self.instant(start)}),
            ("Delivery Rescheduled", {**order, "promised_at": self.instant(start)}),
            ("Delivery Rescheduled", {**order, "promised_at": self.instant(start)}),
            ("Complaint Raised", {"complaint_id": self.one("k1", "k2"), "status": "open"}),
            ("Complaint Closed", {"complaint_id": self.one("k1", "k2"), "status": "closed"}),
            ("Consent Withdrawn", {"channel": "email"}), ("Consent Withdrawn", {}),
            ("Consent Given", {"channel": self.one("email", "sms")}),
            ("Profile Updated", {"tier": self.one("gold", "basic")}),
            ("Profile Updated", {"renewal": self.one("2025-04-01", "2025-04-03", "2025-03-29")}),
            ("Profile Updated", {"birth_date": self.one("1988-04-01", "1988-03-28"), "email": "new@example.org"}),
            ("Profile Updated", {"zone": self.one(*ZONES), "first_name": "Bea"}),
            ("Coupon Redeemed", {"coupon_id": f"j{self.one(0, 1)}/{self.one(*ROWS)}/1/gift", "status": "used"}),
            ("Message Opened", {"tier": "gold", **order}), ("Command Answered", {**order}),
            ("Command Answered", {"command_id": f"j0/r1/1/{self.one(0, 1, 2)}"}),
            ("Message Bounced", {"hard": self.often(5), "channel": "email", "address": address}),
            ("Profiles Linked", {"other": self.one(*ROWS)}),
            ("Profiles Linked", {"other": self.one(*ROWS)}),
            ("Customer Erased" if self.often(2) else "Arrived", {}),
        )  # fmt: skip
        row = self.one(*ROWS) if self.often(1) else self.one("r1", "r1", "r1", *ROWS[:rows])
        return Event(self.instant(start), name, "", row, "crm", "", data)


def make_case(rng: Random) -> Case:
    """A random case. On its third day the clocks of Europe change: on 30 March 2025, or in October."""
    make = _Maker(rng)
    day = make.one("2025-03-28", "2025-03-28", "2025-10-24")
    start = parse_instant(day, zone("Europe/Paris"))
    programs = tuple(make.journey(number) for number in range(rng.randrange(1, 5)))
    profiles = tuple(make.profile(id) for id in ROWS[: rng.randrange(1, 4)])
    linked = (("r1", "r2"),) if len(profiles) > 1 and make.often(4) else ()
    end = start + make.one(10, 40, 400) * 24 * HOUR
    briefing = briefing_of(
        programs, make.policy(), profiles, end, linked=linked, seed=rng.randrange(5),
        leap_day=make.one("28 February", "1 March"),
    )  # fmt: skip
    events = [make.event(start, len(profiles)) for _ in range(rng.randrange(3, 19))]
    events = [event for event in events if event.time >= start]
    events.sort(key=lambda event: event.time)
    for number, event in enumerate(events):
        event.number = number
    outages = ()
    if make.often(2):
        begins = make.instant(start)
        outages = ((begins, begins + make.one(HOUR, 26 * HOUR)),)
    return Case(briefing, start, tuple(events), outages)


cases = st.builds(make_case, st.randoms(use_true_random=False))
"""Cases that Hypothesis draws, and shrinks."""


def play(backend: Any, case: Case, horizon: int | None = None) -> list[Event]:
    """Run a backend through a case as the harness would, and return all that it told."""
    backend.open(case.briefing, case.start)
    waiting, told, step = list(case.events), [], 0
    last = case.briefing.end + 60 * 24 * HOUR if horizon is None else horizon
    while True:
        wakeup: int | None = backend.next_wakeup()
        times = [time for time in (wakeup, waiting[0].time if waiting else None) if time is not None]
        now = _up(min(times), case.outages) if times else None
        if now is None or now > last:
            backend.close()
            return told
        while waiting and waiting[0].time <= now:
            event = waiting.pop(0)
            backend.ingest(replace(event, time=now))
        step += 1
        told += backend.advance(now, step)


def _up(now: int, outages: tuple[tuple[int, int], ...]) -> int:
    """The first instant from now on at which the backend is up."""
    for begins, ends in outages:
        if begins <= now < ends:
            return ends
    return now
