"""Desks: a till, a clerk, an agent. Each decides on what its own system knows, when it gets round to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.model.log import Event
from simulator.words.calendars import OpeningHours
from simulator.words.clock import add
from simulator.words.vocabulary import Value
from simulator.world.environment import FACT
from simulator.world.setting import Duty, Setting

if TYPE_CHECKING:
    from simulator.world.world import World

LONGEST_WAIT_DAYS = 60
"""Working time is looked for this far ahead; a desk that never opens decides nothing."""


class Desks:
    """The desks of an organisation, as the people of one cell meet them."""

    def __init__(self, world: World, setting: Setting) -> None:
        self._world, self._setting = world, setting

    def hear(self, fact: Event, cause: str) -> None:
        """A fact is now known in `fact.system`: whoever has a duty about it sets to work."""
        for duty in self._setting.duties.get((fact.system, fact.name), ()):
            if duty.desk.place and fact.data.get("place") != duty.desk.place:
                continue
            if duty.when.fits(self._world.view(fact, fact.system)):
                self._world.at(self._done_at(duty), FACT, fact.person, self._decide, duty, fact, cause)

    def _done_at(self, duty: Duty) -> int:
        setting, now = self._setting, self._world.now
        start = setting.faults.down_until("desk", duty.name, now) or now
        start = add(start, duty.desk.takes, setting.zone, setting.holidays)
        if duty.hours is None:
            done = add(start, duty.decision.after, setting.zone, setting.holidays)
        else:
            done = worked(duty.hours, start, duty.decision.after.ms)
            done = add(done, replace(duty.decision.after, ms=0), setting.zone, setting.holidays)
        return setting.faults.later("desk", duty.name, now, done)

    def _decide(self, duty: Duty, fact: Event, cause: str) -> None:
        view = self._world.view(fact, fact.system)
        agreed = duty.test is None or duty.test(view) is True
        data: dict[str, Value] = self._setting.carried_fields(fact.data)
        if agreed:
            data.update(duty.data)
            for field, source in duty.sources.items():
                if (value := view.value(source)) is not None:
                    data[field] = value
        elif duty.decision.reason:
            data["reason"] = duty.decision.reason
        # Who the row belongs to is nobody's knowledge here: a desk goes on speaking of the row it was told of.
        for name in duty.gives if agreed else duty.gives_else:
            self._world.emit(name, fact.person, fact.system, data, cause, fact.profile)


def worked(hours: OpeningHours, start: int, ms: int) -> int:
    """The instant at which `ms` of open time have passed since `start`; it counts on if no opening is known."""
    left = ms
    instant = start
    for _ in range(LONGEST_WAIT_DAYS):
        if not hours.is_open(instant):
            opening = hours.next_opening(instant)
            if opening is None:
                break
            instant = opening
        closing = hours.open_until(instant)
        if closing is None or instant + left <= closing:
            return instant + left
        left -= closing - instant
        instant = closing
    return instant + left
