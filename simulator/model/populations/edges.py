"""Edge people: those for whom automations usually go wrong. Each is somebody of the crowd, altered in one way."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, timedelta

from simulator.model.people import EDGES
from simulator.model.populations.names import Name
from simulator.model.populations.setting import Setting, require
from simulator.words.calendars import is_holiday
from simulator.words.clock import zone
from simulator.words.errors import ExpressionError

_NUMBERS_FROM = 9_000_000
_NUMBERS_EACH = 1_000

_NAMES = {"accents": Name("Zażółć Élodie Gęślą-Łukasik", "Zażółć"), "apostrophe": Name("Nicolò D'Angelo", "Nicolò")}
_ZONES = {"zone-west": "Pacific/Pago_Pago", "zone-east": "Pacific/Kiritimati"}
_ROWS = {"two-profiles": 2, "three-profiles": 3}
_LACKS = {"no-birthday": "birthday", "no-consent": "consent", "no-email": "email"}


@dataclass(frozen=True)
class Alteration:
    """How one edge person differs. `suffix` ends the id, `number` stands for the place in the crowd.

    `birthday` is (month, day); `lacks` one of birthday, consent, email; `shares` names what is shared with others of
    the same edge: one e-mail address and one household.
    """

    suffix: str
    number: int
    name: Name | None = None
    zone: str | None = None
    birthday: tuple[int, int] | None = None
    lacks: str | None = None
    rows: int | None = None
    shares: str | None = None


def alterations(edge: str, setting: Setting) -> tuple[Alteration, ...]:
    """The people of an edge. ExpressionError for an unknown one, or one that this organisation cannot have."""
    require(edge, EDGES, "edge")
    number = _NUMBERS_FROM + EDGES.index(edge) * _NUMBERS_EACH
    match edge:
        case "shared-address":
            return tuple(Alteration(f"{edge}-{one}", number + one, shares=edge) for one in (1, 2))
        case "born-29-february":
            return (Alteration(edge, number, birthday=(2, 29)),)
        case "born-year-end":
            days = (("31-december", (12, 31)), ("1-january", (1, 1)))
            return tuple(Alteration(f"{edge}-{name}", number + one, birthday=d) for one, (name, d) in enumerate(days))
        case "born-public-holiday":
            day = _public_holiday(setting)
            return (Alteration(edge, number, birthday=(day.month, day.day)),)
        case "born-on-clock-change":
            return tuple(
                # They live where the clocks change.
                Alteration(f"{edge}-{day}", number + one, zone=setting.zone, birthday=(day.month, day.day))
                for one, day in enumerate(_clock_changes(setting))
            )
    return (
        Alteration(
            edge, number, name=_NAMES.get(edge), zone=_ZONES.get(edge), lacks=_LACKS.get(edge), rows=_ROWS.get(edge)
        ),
    )


def _clock_changes(setting: Setting) -> list[date]:
    """The days on which the organisation's clocks change during the run, each calendar day once.

    Where the run meets none, the next two: so that people can be written once for long and short scenarios.
    """
    here = zone(setting.zone)
    following = bisect_left(here.starts, setting.start)
    inside = bisect_left(here.starts, setting.end)
    changes = here.starts[following : inside if inside > following else following + 2]
    if not changes:
        raise ExpressionError(f"the clocks of {setting.zone} do not change any more. Leave out 'born-on-clock-change'.")
    days: dict[tuple[int, int], date] = {}
    for change in changes:
        day = here.local_date(change)
        days.setdefault((day.month, day.day), day)
    return list(days.values())


def _public_holiday(setting: Setting) -> date:
    """The first public holiday of the organisation's country on or after the start."""
    country = setting.organisation.calendar.country
    if country is None:
        remedy = "Write 'country' under the organisation's 'calendar', or leave out 'born-public-holiday'."
        raise ExpressionError(f"the organisation lives in no country, so it has no public holidays. {remedy}")
    first = zone(setting.zone).local_date(setting.start)
    for number in range(731):
        if is_holiday(country, day := first + timedelta(days=number)):
            return day
    raise ExpressionError(f"{country} has no public holiday within two years. Leave out 'born-public-holiday'.")
