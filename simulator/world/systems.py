"""Systems of record and the links between them: how a fact that is true becomes a fact that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.model.log import Event
from simulator.words.clock import add
from simulator.words.durations import Duration
from simulator.world.environment import ARRIVAL
from simulator.world.knowledge import Knowledge
from simulator.world.setting import Route, Setting

if TYPE_CHECKING:
    from simulator.world.world import World

MAX_BATCHES = 4_000
"""A batch that fails this often in a row is given up: more than ten years of nights."""


class Systems:
    """What each system knows of the people of one cell, and what is on its way between them."""

    def __init__(self, world: World, setting: Setting) -> None:
        self._world, self._setting = world, setting
        self._reached: dict[str, set[str]] = {}
        people = world.people.values()
        self.knowledge = {
            system: Knowledge(
                setting.lexicon, ((person.id, setting.fields_known_in(system, person)) for person in people)
            )
            for system in setting.organisation.systems
        }
        self.truth = Knowledge(setting.lexicon, ((person.id, person.fields) for person in people))

    def born(self, fact: Event) -> None:
        """A fact came to be in its system: that system knows it, and it sets out over the links from there."""
        self.truth.learn(fact.name, fact.person, fact.data)
        if fact.system:
            self.knowledge[fact.system].learn(fact.name, fact.person, fact.data)
            self._forward(fact, fact, fact.system)

    def _forward(self, origin: Event, copy: Event, system: str) -> None:
        routes = [route for route in self._setting.routes.get(system, ()) if route.carries(origin.name, copy.data)]
        if not routes:
            return
        reached = self._reached.setdefault(origin.id, {origin.system})
        for route in routes:
            if route.target not in reached:
                self._send_over(route, origin, copy)

    def _send_over(self, route: Route, origin: Event, copy: Event) -> None:
        setting, now = self._setting, self._world.now
        if self._is_lost(route, origin):
            self._lose(route, origin, "lost on the way")
            return
        departs = self._departure(route, now)
        if departs is None:
            self._lose(route, origin, "the link was down")
            return
        arrives = add(departs, route.link.delay or Duration(), setting.zone, setting.holidays)
        arrives = setting.faults.later("link", route.name, now, arrives)
        self._world.at(arrives, ARRIVAL, origin.person, self._arrive, route, origin, copy)

    def _is_lost(self, route: Route, origin: Event) -> bool:
        faults = self._setting.faults
        if not route.link.loses and not faults.of("link", route.name, "lossy"):
            return False
        luck = self._setting.streams.stream("link", route.name, origin.id)
        return luck.happens(route.link.loses / 100) or faults.lost("link", route.name, self._world.now, luck)

    def _departure(self, route: Route, now: int) -> int | None:
        """When a fact leaves: at once, with the next batch that runs, or (None) never."""
        setting = self._setting
        if route.link.batch is not None:
            first = setting.zone.local_date(setting.scenario.start)
            run = route.link.batch.next_after(now, setting.zone, first)
            for _ in range(MAX_BATCHES):
                down = setting.faults.down_until("link", route.name, run)
                if down is None:
                    return run
                run = route.link.batch.next_after(down - 1, setting.zone, first)
            return None
        down = setting.faults.down_until("link", route.name, now)
        if down is None:
            return now
        return down if route.link.retry == "until delivered" else None

    def _lose(self, route: Route, origin: Event, reason: str) -> None:
        self._world.record(
            "Fact Lost",
            origin.person,
            route.source,
            {"fact": origin.name, "link": route.name, "reason": reason},
            origin.id,
            origin.profile,
        )

    def _arrive(self, route: Route, origin: Event, copy: Event) -> None:
        reached = self._reached[origin.id]
        if route.target in reached:
            return
        reached.add(route.target)
        data = self._setting.faults.altered(route.name, self._world.now, dict(copy.data))
        arrival = self._world.record(
            "Fact Arrived", origin.person, route.target, {**data, "fact": origin.name}, origin.id, origin.profile
        )
        told = Event(self._world.now, origin.name, origin.person, origin.profile, route.target, origin.id, data)
        self.knowledge[route.target].learn(origin.name, origin.person, data)
        self._world.reached(told, arrival.id)
        self._forward(origin, told, route.target)
