"""Results: what each journey achieved and what it cost, and how contact pressure and consents went over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from simulator.model.log import Event, EventLog
from simulator.model.scenarios import Scenario
from simulator.words.clock import zone
from simulator.words.vocabulary import Money

NO_JOURNEY = "(no journey)"
"""The row for everything that no journey has caused."""

_COUNTED = {
    "Journey Entered": "entered", "Journey Not Entered": "not_entered", "Message Sent": "sent",
    "Message Received": "received", "Message Opened": "opened", "Message Clicked": "clicked",
    "Message Bounced": "bounced", "Message Marked As Spam": "marked_as_spam", "Coupon Redeemed": "redemptions",
    "Customer Lost": "churn", "Complaint Raised": "complaints", "Consent Withdrawn": "consents_lost",
    "Goal Reached": "goals",
}  # fmt: skip
_BY_REASON = {"Message Withheld": "withheld", "Journey Exited": "exited"}


@dataclass
class _Row:
    """The figures of one journey while they are counted."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTED.values(), 0))
    reasons: dict[str, dict[str, int]] = field(default_factory=lambda: {name: {} for name in _BY_REASON.values()})
    revenue: dict[str, int] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        if event.name in _COUNTED:
            self.counts[_COUNTED[event.name]] += 1
        elif event.name in _BY_REASON:
            of = self.reasons[_BY_REASON[event.name]]
            reason = str(event.data.get("reason", "no reason given"))
            of[reason] = of.get(reason, 0) + 1

    def earn(self, money: Money) -> None:
        self.revenue[money.currency] = self.revenue.get(money.currency, 0) + money.cents

    def plain(self) -> dict[str, Any]:
        money = [str(Money(cents, currency)) for currency, cents in sorted(self.revenue.items())]
        reasons = {name: dict(sorted(of.items())) for name, of in self.reasons.items()}
        return {**self.counts, **reasons, "revenue": " + ".join(money) or None}


def results(scenario: Scenario, log: EventLog) -> dict[str, dict[str, Any]]:
    """The figures of each journey of the briefing, by its id, and of whatever no journey has caused.

    An event belongs to the journey that it names, that granted its coupon (or the coupon its order was paid with), or
    that caused it, however many events lie between. `revenue` is text, `79 EUR`, None where nothing was bought.
    """
    rows = {program.id: _Row() for program in scenario.briefing.programs}
    rows[NO_JOURNEY] = _Row()
    owners = Owners(log)
    ordered = {event.data["order_id"] for event in log if event.name == "Order Completed" and "order_id" in event.data}
    for place, event in enumerate(log):
        money = _income(event, ordered)
        if event.name in _COUNTED or event.name in _BY_REASON or money is not None:
            row = rows.setdefault(owners.of(place) or NO_JOURNEY, _Row())
            row.take(event)
            if money is not None:
                row.earn(money)
    rows[NO_JOURNEY] = rows.pop(NO_JOURNEY)
    return {journey: row.plain() for journey, row in rows.items()}


def _income(event: Event, ordered: set[Any]) -> Money | None:
    """What an event brings in: the amount of an order, or of an invoice for something that was never an order."""
    earned = event.data.get("revenue")
    if earned is None and event.name == "Order Completed":
        earned = event.data.get("amount")
    if earned is None and event.name == "Invoice Issued" and event.data.get("order_id") not in ordered:
        earned = event.data.get("amount")
    return earned if isinstance(earned, Money) else None


class Owners:
    """Which journey each row of a log belongs to."""

    def __init__(self, log: EventLog) -> None:
        self._rows = log.rows
        self._cause: list[int] = log.cause.tolist()
        self._known: dict[int, str] = {}
        self._coupons: dict[Any, str] = {}
        self._orders: dict[Any, str] = {}
        for event in log:
            if "journey" in event.data and "coupon_id" in event.data:
                self._coupons.setdefault(event.data["coupon_id"], str(event.data["journey"]))
        for event in log:
            if event.name == "Coupon Redeemed" and "order_id" in event.data:
                journey = self._coupons.get(event.data.get("coupon_id"))
                if journey is not None:
                    self._orders.setdefault(event.data["order_id"], journey)

    def of(self, row: int) -> str:
        """The journey of a row; empty for none."""
        path: list[int] = []
        found = ""
        while row >= 0 and row not in path:
            if row in self._known:
                found = self._known[row]
                break
            path.append(row)
            if found := self._own(self._rows[row]):
                break
            row = self._cause[row]
        for passed in path:
            self._known[passed] = found
        return found

    def _own(self, event: Event) -> str:
        data = event.data
        if "journey" in data:
            return str(data["journey"])
        return self._coupons.get(data.get("coupon_id"), "") or self._orders.get(data.get("order_id"), "")


# ------------------------------------------------------------------------------------------------------- series


def series(scenario: Scenario, log: EventLog) -> dict[str, dict[str, Any]]:
    """Curves by day of the organisation's calendar: `{name: {"unit", "points": [[date, number], ...]}}`."""
    local = zone(scenario.zone)
    first, last = local.local_date(log.start), local.local_date(log.end)
    days = [first + timedelta(days=count) for count in range((last - first).days + 1)]
    by_day: dict[date, list[Event]] = {day: [] for day in days}
    watched = {"Message Received", "Consent Given", "Consent Withdrawn", "Customer Erased", *_COMPLAINTS}
    for event in log:
        if event.name in watched:
            by_day[local.local_date(event.time)].append(event)
    found = {"contact pressure": _pressure(scenario, by_day), "complaints open": _complaints(by_day)}
    if any(person.consents for person in scenario.people.values()):
        found["consent base"] = _consents(scenario, by_day)
    return found


_COMPLAINTS = ("Complaint Raised", "Complaint Closed")


def _curve(unit: str, points: Iterable[tuple[date, float]]) -> dict[str, Any]:
    return {"unit": unit, "points": [[day.isoformat(), round(value, 4)] for day, value in points]}


def _pressure(scenario: Scenario, by_day: Mapping[date, list[Event]]) -> dict[str, Any]:
    people = max(1, len(scenario.people))
    promotions = {
        day: sum(event.name == "Message Received" and event.data.get("purpose") == "marketing" for event in events)
        for day, events in by_day.items()
    }
    return _curve("promotional messages received, per person and day", ((d, n / people) for d, n in promotions.items()))


def _consents(scenario: Scenario, by_day: Mapping[date, list[Event]]) -> dict[str, Any]:
    consents = {id: person.consents for id, person in scenario.people.items() if person.consents}
    held = {id: {channel for _, channel in pairs} for id, pairs in consents.items()}
    at_start = len(held)
    points: list[tuple[date, float]] = []
    for day, events in by_day.items():
        for event in events:
            if event.person in held:
                _consent(held[event.person], event)
        points.append((day, 100 * sum(bool(channels) for channels in held.values()) / at_start))
    return _curve("% of the people with a consent at the start who still hold one", points)


def _consent(channels: set[str], event: Event) -> None:
    channel = event.data.get("channel")
    if event.name == "Consent Given" and channel is not None:
        channels.add(str(channel))
    elif event.name == "Consent Withdrawn" and channel is not None:
        channels.discard(str(channel))
    elif event.name in ("Consent Withdrawn", "Customer Erased"):
        channels.clear()


def _complaints(by_day: Mapping[date, list[Event]]) -> dict[str, Any]:
    still_open: set[Any] = set()
    points: list[tuple[date, float]] = []
    for day, events in by_day.items():
        for event in events:
            key = event.data.get("complaint_id", event.person)
            if event.name == "Complaint Raised":
                still_open.add(key)
            elif event.name == "Complaint Closed":
                still_open.discard(key)
        points.append((day, len(still_open)))
    return _curve("complaints open at the end of the day", points)
