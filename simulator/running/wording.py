"""Instants and values as a result holds them: ISO 8601 on the clock of the person they concern, and plain JSON data."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from simulator.model.log import Event
from simulator.model.scenarios import Scenario
from simulator.words.clock import Zone, iso, spoken, zone
from simulator.words.vocabulary import FIELDS, FieldType, Money, Value


class Wording:
    """Writes instants and values for the people of one scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self._home = zone(scenario.zone)
        self._zones = {person.id: zone(person.zone) for person in scenario.people.values()}
        self.fields: Mapping[str, FieldType] = {**FIELDS, **scenario.dictionary.fields}

    def zone_of(self, person: str) -> Zone:
        """A person's zone; the organisation's for '' and for somebody whom the scenario does not know."""
        return self._zones.get(person, self._home)

    def moment(self, instant: int, person: str = "") -> str:
        """`2025-11-15T08:07:00+01:00`."""
        return iso(instant, self.zone_of(person))

    def perhaps(self, instant: int | None, person: str = "") -> str | None:
        """As `moment`; None stays None."""
        return None if instant is None else self.moment(instant, person)

    def data(self, event: Event) -> dict[str, Any]:
        """The fields of an event as JSON data, sorted by name: money as `149 EUR`, instants on the person's clock."""
        return {name: self._plain(name, value, event.person) for name, value in sorted(event.data.items())}

    def _plain(self, name: str, value: Value, person: str) -> Any:
        if isinstance(value, Money):
            return str(value)
        if self._kind(name) == "instant" and isinstance(value, int):
            return self.moment(value, person)
        return value

    def _kind(self, name: str) -> str:
        kind = self.fields.get(name)
        return "" if kind is None else kind.kind

    def spoken(self, event: Event) -> dict[str, Value]:
        """The fields of an event as a reader of a message sees them: a share as `30`, `Thu 7 Nov 2024 08:30`."""
        shown: dict[str, Value] = {}
        for name, value in event.data.items():
            if self._kind(name) == "instant" and isinstance(value, int):
                shown[name] = spoken(value, self.zone_of(event.person))
            elif isinstance(value, float):
                shown[name] = f"{value:g}"
            else:
                shown[name] = value
        return shown


def plain(value: Any) -> Any:
    """Anything that a check measured as JSON data; what is infinite or not a number is None."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Money):
        return str(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
