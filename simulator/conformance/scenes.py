"""Scenes: a briefing, who signs up when, and the instants at which the kit looks, made to a backend's measure.

The kit's own journey greets whoever signs up, waits, and asks how they are. A backend that keeps time to the
millisecond waits two days; one of a granularity waits twelve times as long as that, so that few ticks are needed, or a
whole day where it refuses such a wait. A backend that cannot wait only greets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from simulator.backends.protocol import Capabilities
from simulator.conformance.documents import WAITING, WELCOME, scenario_of
from simulator.model.briefing import Briefing, Profile
from simulator.model.log import Event
from simulator.model.scenarios import Scenario
from simulator.words.clock import DAY, MINUTE, Duration, parse_instant, zone
from simulator.words.vocabulary import Value

UTC: Final = zone("UTC")
ORDINARY: Final = parse_instant("2026-03-02 08:00", UTC)
"""When ordinary scenes begin: a Monday on which no clock changes."""
MIDNIGHT: Final = parse_instant("2023-10-01 00:00", UTC)
"""Midnight and the end of a month, in UTC."""
CHANGE_ZONE: Final = "America/Asuncion"
CHANGE: Final = parse_instant("2023-10-01 04:00", UTC)
"""There it is midnight, the end of a month, and the clocks go forward by an hour: 00:00 does not exist."""

FIRST, ALONE, CROSSING = "kit-first", "kit-alone", "kit-crossing"
TOGETHER: Final = ("kit-one", "kit-two", "kit-three")
BORDERS: Final = {
    "kit-change": "at midnight and the end of a month in America/Asuncion, when the clocks go forward there",
    "kit-midnight": "at midnight and the end of a month in UTC",
    "kit-horizon": "at the horizon",
}
"""Whose wait ends on which border, and in words."""
LAST: Final = "kit-last"
PLAIN: Final = "kit-plain"
"""Whose name is not difficult, among those whose names are."""

NASTY: Final = (
    "zażółć-gęślą-jaźń",
    "ann-🎉-👩‍👩‍👧",
    "שלום-عميل",
    "e\u0301lodie",
    "élodie",
    'o\'neil "the" \\ back',
    "two\nlines",
    "<b>bold</b> &amp; 100 %",
)
"""Polish, emoji, right to left, the same name with and without combining characters, quotes, a line end, HTML."""


@dataclass(frozen=True)
class Scene:
    """What a play is made of. `signed` says by row when somebody signs up (ms UTC), `wait` how long the journey waits.

    `looks` are instants at which the backend is advanced whether it asked for it or not. `answering` and `receipts` are
    those of a `Script`.
    """

    briefing: Briefing
    start: int
    end: int
    events: tuple[Event, ...]
    signed: Mapping[str, int]
    wait: int = 0
    looks: tuple[int, ...] = ()
    answering: int | None = None
    receipts: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenes:
    """The scenes for a backend of these capabilities; `wait` is how long the journey waits: in ms, and as written."""

    capabilities: Capabilities
    wait: tuple[int, str] = (0, "")

    @property
    def granularity(self) -> int:
        """How late it may be (ms)."""
        return self.capabilities.granularity_ms

    @property
    def unit(self) -> int:
        """A stretch of time in which it can do something (ms): its granularity, or a minute where it has none."""
        return self.granularity or MINUTE

    @property
    def minutes(self) -> int:
        """As `unit`, but in whole minutes, rounded up (ms): for what is written as a time of day."""
        return -(-self.unit // MINUTE) * MINUTE

    @property
    def waits(self) -> bool:
        """Whether the kit's journey has a wait."""
        return bool(self.wait[0])

    @property
    def journey(self) -> str:
        """The kit's journey as it is written."""
        return WELCOME + (WAITING.replace("WAIT", self.wait[1]) if self.waits else "")

    @property
    def scenario(self) -> Scenario:
        """A scenario of nobody, with the kit's journey."""
        return _bare("2026-03-02", self.journey, "UTC")

    def briefing(self, starts: str, rows: Iterable[Profile], end: int, where: str = "UTC") -> Briefing:
        """The briefing of the kit's journey until an instant."""
        return replace(_bare(starts, self.journey, where).briefing, profiles=tuple(rows), end=end)

    def ordinary(self) -> Scene:
        """One signs up at the very start, one at an odd moment, three at once, and one when the three go on."""
        start, unit, (wait, _) = ORDINARY, self.unit, self.wait
        together = start + 4 * unit
        signed = {FIRST: start, ALONE: start + 2 * unit + 123, **dict.fromkeys(TOGETHER, together)}
        end = together + wait + 2 * self.granularity + unit if self.waits else together + 2 * unit
        if self.waits:
            signed[CROSSING] = together + wait
        events = [
            *_signups({FIRST: start, ALONE: signed[ALONE], TOGETHER[0]: together}),
            *(_updated(row, together) for row in TOGETHER[1:2]),
            *_signups(dict.fromkeys(TOGETHER[1:], together)),
            *(_updated(row, together) for row in TOGETHER[2:]),
            *_signups({row: time for row, time in signed.items() if row == CROSSING}),
        ]
        due = signed[ALONE] + wait
        looks = (due - max(1, self.granularity), due) if self.waits else ()
        rows = [customer(row) for row in signed]
        briefing = self.briefing("2026-03-02", rows, end)
        return Scene(briefing, start, end, numbered(events), signed, wait, looks)

    def borders(self) -> Scene:
        """Waits that end exactly on a border, and somebody who signs up at the last instant of all."""
        unit, late, (wait, _) = self.unit, self.granularity, self.wait
        # In small ticks four hours are long: then the border of UTC is left out.
        both = late == 0 or late >= 5 * MINUTE
        end = CHANGE + 2 * unit + 3 * late
        dues = {"kit-change": CHANGE, "kit-horizon": end - 2 * late, **({"kit-midnight": MIDNIGHT} if both else {})}
        signed = {row: due - wait for row, due in sorted(dues.items(), key=lambda item: item[1])}
        start = min(signed.values()) - unit
        if late == 0:
            signed[LAST] = end
        day = UTC.local_date(start).isoformat()
        rows = [customer(row, zone=CHANGE_ZONE) for row in signed]
        briefing = self.briefing(day, rows, end, CHANGE_ZONE)
        looks = (*dues.values(), end)
        return Scene(briefing, start, end, numbered(_signups(signed)), signed, wait, looks)

    def names(self) -> Scene:
        """Names and ids in every script there is."""
        at = ORDINARY + self.unit
        signed = dict.fromkeys((*NASTY, PLAIN), at)
        rows = [customer(name, f"kit-{number}", fields={"first_name": name}) for number, name in enumerate(signed)]
        end = at + 2 * self.granularity
        return Scene(self.briefing("2026-03-02", rows, end), ORDINARY, end, numbered(_signups(signed)), signed)

    def crowd(self, size: int, *, named: bool) -> Scene:
        """So many people who sign up at one instant; with `named` those with names in every script among them."""
        at = ORDINARY + self.unit
        names = self.names().briefing.profiles if named else ()
        rows = (*names, *(customer(f"kit-{number:05}") for number in range(size - len(names))))
        signed = {row.id: at for row in rows}
        end = at + 2 * self.granularity
        return Scene(self.briefing("2026-03-02", rows, end), ORDINARY, end, numbered(_signups(signed)), signed)

    def one(self, row: str) -> Scene:
        """One person alone, who signs up after a while."""
        signed = {row: ORDINARY + self.unit}
        end = signed[row] + self.wait[0] + 2 * self.granularity + self.unit
        briefing = self.briefing("2026-03-02", [customer(row)], end)
        return Scene(briefing, ORDINARY, end, numbered(_signups(signed)), signed, self.wait[0])

    def disturbed(self) -> Scene:
        """The ordinary scene, with events among the others that are nobody's business."""
        scene = self.ordinary()
        at = scene.signed[ALONE]
        noise = [
            Event(at, "Arrived", "", ALONE, "esp"),
            Event(at, "Teapot Whistled", "", ALONE, "esp", "", {"volume": "11"}),
            Event(at, "Signed Up", "", "kit-stranger", "esp"),
            Event(at, "Signed Up", "", "", "esp"),
            Event(at, "Message Opened", "", ALONE, "esp", "", {"message_id": "kit-unknown", "channel": "email"}),
        ]
        numbered_noise = [replace(event, number=900 + number) for number, event in enumerate(noise)]
        return replace(scene, events=(*scene.events, *numbered_noise))

    def only(self, scene: Scene, row: str) -> Scene:
        """A scene of which one row is left, with the same events."""
        profiles = tuple(profile for profile in scene.briefing.profiles if profile.id == row)
        events = tuple(event for event in scene.events if event.profile == row)
        return replace(scene, briefing=replace(scene.briefing, profiles=profiles), events=events)


def choices(capabilities: Capabilities) -> list[Scenes]:
    """The scenes for a backend, the best first; the others are for one that refuses the wait of those before."""
    if "step.wait" not in capabilities.features:
        return [Scenes(capabilities)]
    scaled = 12 * capabilities.granularity_ms
    waits = [(scaled, str(Duration(ms=scaled)))] if scaled else []
    waits += [(2 * DAY, "2 days"), (2 * DAY, "48 h")] if not scaled else [(DAY, "24 h"), (2 * DAY, "2 days")]
    return [Scenes(capabilities, wait) for wait in waits]


def customer(id: str, mailbox: str = "", zone: str = "UTC", fields: Mapping[str, Value] | None = None) -> Profile:
    """A row with an address and a consent; `mailbox` is the address before the @, else the id."""
    told = {"first_name": "Kit", **(fields or {})}
    return Profile(id, "crm", zone, "", {"email": f"{mailbox or id}@example.org"}, frozenset({"email"}), told)


def numbered(events: Iterable[Event]) -> tuple[Event, ...]:
    """The events, each with a number of its own, in the order in which they are handed over."""
    return tuple(replace(event, number=number) for number, event in enumerate(events))


def _signups(signed: Mapping[str, int]) -> list[Event]:
    return [Event(time, "Signed Up", "", row, "esp") for row, time in signed.items()]


def _updated(row: str, time: int) -> Event:
    return Event(time, "Profile Updated", "", row, "esp", "", {"first_name": "Kit"})


@lru_cache(maxsize=16)
def _bare(starts: str, journey: str, where: str) -> Scenario:
    return scenario_of("kit", starts, {"welcome": journey}, zone=where)
