"""Habits: what people do by themselves, at instants drawn before the run begins."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from simulator.model.people import Act, Habit
from simulator.model.populations.setting import Setting, require, written_at
from simulator.model.populations.varying import Draw, is_draw, parse_draw
from simulator.model.values import value_of
from simulator.words.clock import Instant, parse_instant, zone
from simulator.words.errors import ExpressionError
from simulator.words.streams import Streams
from simulator.words.vocabulary import Value

NEW_ID = "new id"


@dataclass(frozen=True)
class _Habit:
    """A habit with its words resolved. `key` tells it from the others of the person in the names of streams."""

    key: tuple[str, int]
    habit: Habit
    system: str
    data: Mapping[str, Value]
    draws: Mapping[str, Draw]
    new_ids: tuple[str, ...]


class Habits:
    """The habits of one entry. Unknown events, systems, places and fields, and bad values, are PeopleErrors."""

    def __init__(self, habits: tuple[Habit, ...], setting: Setting, streams: Streams) -> None:
        self._setting = setting
        self._streams = streams
        self._windows: dict[str, list[tuple[Instant, Instant]]] = {}
        counts: Counter[str] = Counter()
        self._habits: list[_Habit] = []
        for number, habit in enumerate(habits):
            counts[habit.event] += 1
            with written_at("habits", number):
                self._habits.append(self._resolved(habit, (habit.event, counts[habit.event])))
        self._windows_in(setting.zone)

    def of(self, person: str, zone_name: str) -> tuple[Act, ...]:
        """What a person does during the run, in order of time.

        Each instant is drawn between two days of their own calendar, and what falls outside the run is left out: a
        longer run adds acts and moves none.
        """
        if not self._habits:
            return ()
        ordinals: Counter[str] = Counter()
        acts = []
        for habit, (first, last) in zip(self._habits, self._windows_in(zone_name), strict=True):
            for time in range(1, habit.habit.times + 1):
                act = self._act(person, habit, time, first, last, ordinals)
                if self._setting.start <= act.time < self._setting.end:
                    acts.append(act)
        return tuple(sorted(acts, key=lambda act: act.time))

    def _act(self, person: str, habit: _Habit, time: int, first: Instant, last: Instant, ordinals: Counter[str]) -> Act:
        key = ("habit", person, *habit.key, time)
        data: dict[str, Value] = dict(habit.data)
        for name, draw in habit.draws.items():
            data[name] = draw.value(self._streams.stream(*key, name))
        for name in habit.new_ids:
            ordinals[name] += 1
            data[name] = f"{person}-{name.removesuffix('_id')}-{ordinals[name]}"
        instant = self._streams.stream(*key).whole(first, last - 1)
        return Act(instant, habit.habit.event, habit.system, habit.habit.place, data)

    def _resolved(self, habit: Habit, key: tuple[str, int]) -> _Habit:
        setting = self._setting
        places = tuple(setting.organisation.places)
        with written_at("event"):
            setting.check_event(habit.event)
        with written_at("place"):
            if habit.place is not None:
                require(habit.place, places, "place")
        data: dict[str, Value] = {}
        draws: dict[str, Draw] = {}
        new_ids = []
        for name, written in habit.with_.items():
            with written_at("with", name):
                require(name, setting.event_fields, "field")
                kind = setting.event_fields[name]
                if written == NEW_ID:
                    new_ids.append(name)
                elif is_draw(written, kind):
                    draws[name] = parse_draw(str(written), kind, name, setting.zone, places)
                else:
                    data[name] = value_of(written, kind, name, setting.zone, places)
        with written_at("in"):
            if habit.in_ is not None:
                require(habit.in_, setting.organisation.systems, "system")
        system = habit.in_ or setting.system_of(habit.event, habit.with_)
        return _Habit(key, habit, system, data, draws, tuple(new_ids))

    def _windows_in(self, zone_name: str) -> list[tuple[Instant, Instant]]:
        if zone_name not in self._windows:
            self._windows[zone_name] = [
                self._window(habit.habit, number, zone_name) for number, habit in enumerate(self._habits)
            ]
        return self._windows[zone_name]

    def _window(self, habit: Habit, number: int, zone_name: str) -> tuple[Instant, Instant]:
        with written_at("habits", number, "from"):
            first = self._instant(habit.from_, zone_name)
        with written_at("habits", number, "until"):
            last = self._instant(habit.until, zone_name)
            if last <= first:
                raise ExpressionError(f"'{habit.until}' is not after '{habit.from_}'. Write a later day.")
        return first, last

    def _instant(self, text: str, zone_name: str) -> Instant:
        """`start` and `end` are those of the run; a day begins where the person lives."""
        match re.sub(r"\s+", " ", text.strip()):
            case "start":
                return self._setting.start
            case "end":
                return self._setting.end
        return parse_instant(text, zone(zone_name))
