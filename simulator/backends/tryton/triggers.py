"""How somebody enters: a journey's trigger and re-entry as the model, the domain and the occasions of a scenario.

Tryton lets a record into a scenario once. So re-entry is a matter of what the scenario is about: of facts, each of
which enters (`always`), of things (`once per order_id`), or of parties (`once`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from simulator.backends.tryton.conditions import CannotSay, Domain, between, domain_of, now, written
from simulator.backends.tryton.definitions import FACT, OCCASION, PARTY, THING, Calendar, Exit
from simulator.model.briefing import Briefing
from simulator.model.condition_nodes import speaks_of_time
from simulator.model.conditions import Condition, Name, Pattern, names
from simulator.model.journeys import AnniversaryTrigger, DateTrigger, EventTrigger, Program, SegmentTrigger
from simulator.model.moments import BIRTH_DATE
from simulator.model.typing import Dictionary
from simulator.words.clock import HOUR, next_time_of_day, zone

MORNING: Final = 9 * HOUR
"""When a segment is looked at, where the journey does not say."""
OWN_EVENTS: Final = frozenset({
    "Message Sent", "Message Withheld", "Journey Entered", "Journey Not Entered", "Journey Exited", "Goal Reached",
    "Split Taken", "Command Issued", "Coupon Granted",
})  # fmt: skip
"""What the automation does itself; Tryton's scenarios do not hear of each other."""
_ACTIVE: Final[Domain] = [["party.active", "=", True]]


@dataclass(frozen=True)
class Trigger:
    """A journey's trigger, compiled.

    `entry` is the condition that the first activities ask, `heard` are the events that are listened to.
    """

    model: str = FACT
    domain: Any = ()
    fact_domain: Any = ()
    entry: Condition | None = None
    calendar: Calendar | None = None
    openings: tuple[int, ...] = ()
    exits: tuple[Exit, ...] = ()
    heard: frozenset[str] = frozenset()


def kinds_by_name(dictionary: Dictionary) -> dict[str, str]:
    """The key of each kind of object, the customer left out; coupons are there in any case."""
    kinds = {name: kind.key for name, kind in dictionary.objects.items() if kind.key != "person"}
    return {"coupon": "coupon_id", **kinds}


def trigger_of(program: Program, briefing: Briefing, start: int) -> Trigger:
    """The trigger of a journey that is published at `start` (ms UTC). Raises CannotSay with a whole sentence."""
    match program.journey.trigger:
        case EventTrigger() as trigger:
            found = _event(program, trigger, briefing)
        case SegmentTrigger() as trigger:
            found = _segment(program, trigger, briefing, start)
        case trigger:
            found = _calendar(program, trigger, briefing)
    exits = tuple(_exit(pattern) for pattern in program.journey.exit)
    heard = found.heard | {each.name for each in exits}
    return Trigger(
        found.model, found.domain, found.fact_domain, found.entry, found.calendar, found.openings, exits, heard
    )


def _exit(pattern: Pattern) -> Exit:
    return Exit(pattern.event, written(_fact_domain(pattern, "the exit")), str(pattern))


def _event(program: Program, trigger: EventTrigger, briefing: Briefing) -> Trigger:
    journey = program.journey
    pattern, reentry, entry = trigger.event, journey.reentry, journey.if_
    facts = _fact_domain(pattern, "the trigger")
    heard = frozenset({pattern.event})
    if entry is not None and reentry != "always":
        if any(len(name.parts) > 1 for name in names(entry)):
            raise CannotSay(
                f"re-entry '{reentry}' lets Tryton ask for the journey's 'if' again each hour, and so let somebody in"
                " long after the event; with 'reentry: always' it is asked once"
            )
        facts, entry = [*facts, _said(entry, "the journey's 'if'")], None
    if reentry == "always":
        return Trigger(FACT, [*facts, *_ACTIVE], entry=entry, heard=heard)
    about: Domain = [["facts", "where", facts]]
    if reentry == "once":
        return Trigger(PARTY, about, facts, heard=heard)
    if reentry.startswith("once per "):
        key = reentry.removeprefix("once per ")
        for kind, its_key in kinds_by_name(briefing.dictionary).items():
            if its_key == key:
                return Trigger(THING, [["kind", "=", kind], *about, *_ACTIVE], facts, heard=heard)
    raise CannotSay(
        f"Tryton cannot count re-entry '{reentry}': a record enters a scenario once, and nothing more is kept"
    )


def _fact_domain(pattern: Pattern, what: str) -> Domain:
    if pattern.event in OWN_EVENTS:
        raise CannotSay(f"{what} listens to '{pattern.event}', and Tryton's scenarios do not hear of each other")
    tests = [] if pattern.condition is None else [_said(pattern.condition, what)]
    return [["name", "=", pattern.event], *tests]


def _said(condition: Condition, what: str) -> Domain:
    """The domain of facts that say something of themselves."""

    def field_of(name: Name) -> str:
        if len(name.parts) > 1 or name.per is not None:
            raise CannotSay(f"asks for '{name}', which is no field of the event and may change later")
        return name.parts[0]

    try:
        return domain_of(condition, field_of, "fact")
    except CannotSay as problem:
        raise CannotSay(f"Tryton cannot search by {what}: it {problem}") from None


def _segment(program: Program, trigger: SegmentTrigger, briefing: Briefing, start: int) -> Trigger:
    journey = program.journey
    condition: Any = briefing.segments[trigger.segment]
    if journey.reentry != "once":
        raise CannotSay(
            f"Tryton cannot count re-entry '{journey.reentry}' into a segment: a party enters a scenario once"
        )
    if journey.if_ is not None:
        raise CannotSay("Tryton asks for a segment again each hour, and cannot ask for the journey's 'if' only once")
    if speaks_of_time(condition):
        raise CannotSay(f"Tryton cannot search by the segment '{trigger.segment}': it asks what time it is")
    kinds = kinds_by_name(briefing.dictionary)

    def field_of(name: Name) -> str:
        if len(name.parts) != 2 or name.parts[0] in kinds:
            raise CannotSay(f"asks for '{name}', which is no field of the customer")
        return name.parts[1]

    try:
        members = domain_of(condition, field_of, "party")
    except CannotSay as problem:
        raise CannotSay(f"Tryton cannot search by the segment '{trigger.segment}': it {problem}") from None
    at = MORNING if trigger.at is None else trigger.at
    begins = None if trigger.from_ is None else date.fromisoformat(trigger.from_)
    ends = None if trigger.until is None else date.fromisoformat(trigger.until)
    zones = sorted({profile.zone for profile in briefing.profiles} | {briefing.zone})
    windows: Domain = ["OR"]
    openings = []
    for name in zones:
        where = zone(name)
        opens = start - 1 if begins is None else where.at(begins, at)
        if opens < start:
            opens = next_time_of_day(start, at, where)
        openings.append(opens)
        closes = briefing.end + 1000 if ends is None else min(where.start_of_day(ends), briefing.end + 1000)
        elsewhere = [["marketing_zone", "not in", [other for other in zones if other != name]]]
        here = elsewhere if name == briefing.zone else [["marketing_zone", "=", name]]
        windows.append([here, between(opens, closes, members)])
    return Trigger(PARTY, windows, openings=tuple(openings))


def _calendar(program: Program, trigger: AnniversaryTrigger | DateTrigger, briefing: Briefing) -> Trigger:
    text = trigger.anniversary if isinstance(trigger, AnniversaryTrigger) else trigger.date
    path = BIRTH_DATE if text == "birthday" else tuple(text.split("."))
    kinds = kinds_by_name(briefing.dictionary)
    calendar = Calendar(
        path=path if path[0] in kinds else ("customer", path[-1]),
        yearly=isinstance(trigger, AnniversaryTrigger), offset=trigger.offset, at=trigger.at,
        once=_once(program.journey.reentry, kinds, path),
    )  # fmt: skip
    domain = [["journey", "=", program.id], ["due", "<=", now()], *_ACTIVE]
    return Trigger(OCCASION, domain, entry=program.journey.if_, calendar=calendar)


def _once(reentry: str, kinds: Mapping[str, str], path: tuple[str, ...]) -> Literal["party", "thing", "year", "always"]:
    if reentry in ("once", "once a year") and path[0] in kinds:
        raise CannotSay(f"re-entry '{reentry}' counts people, and the dates are those of each {path[0]}")
    if reentry == "once":
        return "party"
    if reentry == "once a year":
        return "year"
    if reentry == "always":
        return "always"
    if reentry == f"once per {kinds.get(path[0], 'person')}":
        return "thing"
    raise CannotSay(f"the re-entry '{reentry}' cannot be counted by the date '{'.'.join(path)}'")
