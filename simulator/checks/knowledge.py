"""Truth and knowledge: since when the deciding fact was true, since when the acting system knew it, where it stopped.

A fact is born in one system. `Fact Arrived` rows say that it reached another, `Fact Lost` rows that a link lost it;
both name the fact as their cause, directly or through an earlier arrival.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from simulator.checks.evidence import ARRIVED, LOST, Evidence
from simulator.checks.groups import causes
from simulator.checks.identity import Identity
from simulator.checks.protocol import JudgedLink
from simulator.checks.sentences import Telling


@dataclass(frozen=True)
class Known:
    """What the acting system knew of a fact at an instant.

    `since` is when it learnt it (None: not by then), `later` when it learnt it after all, `silo` the link or the gap
    where the fact had stopped, `clause` the words for it (empty where the system knew), and `knew` the words for a fact
    that had come over a link in time.
    """

    since: int | None = None
    later: int | None = None
    silo: str | None = None
    clause: str = ""
    knew: str = ""


@dataclass
class _Journey:
    """Where one fact got: the first arrival in each system, and the links that lost it."""

    arrivals: dict[str, int]
    lost: tuple[str, ...]


class Knowledge:
    """Answers who knew what, for the facts of one log."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.telling = Telling(evidence)
        self._journeys: dict[int, _Journey] = {}
        self._identity = Identity(evidence)

    def of(self, fact: int, system: str, at: int, deed: int = -1) -> Known:
        """What `system` knew of the fact (a row) at an instant (ms UTC), when it did what the row `deed` tells.

        The system a fact was born in knows it from then on. A fact is also heard of through what a desk makes of it.
        Nothing is said of facts without a system, such as a day.
        """
        event = self.evidence.log.rows[fact]
        if not system or not event.system:
            return Known()
        if event.time > at:
            # Nobody knows what is not yet so, and no link is to blame.
            return Known(later=event.time)
        if event.system == system:
            return Known(since=event.time)
        journey = self._journey(fact)
        arrived = journey.arrivals.get(system)
        if arrived is not None and arrived <= at:
            return Known(since=arrived, knew=f"{system} had known it since {self.telling.when(arrived, event.person)}")
        told = self._told(fact, system)
        if told >= 0 and arrived is None:
            return self._through(told, system, at, deed)
        silo, why = self._stopped(event.name, event.system, system, at, journey)
        return Known(later=arrived, silo=silo, clause=self._clause(system, event.person, arrived, why))

    def _told(self, fact: int, system: str) -> int:
        """The first row in `system` of anything that desks have made of a fact, at whatever time; -1 for none."""
        rows, front, found = self.evidence.log.rows, [fact], []
        while front:
            front = [child for row in front for child in self._effects.get(row, ())]
            found += [row for row in front if rows[row].system == system]
        return min(found, default=-1)

    def _through(self, told: int, system: str, at: int, deed: int) -> Known:
        event = self.evidence.log.rows[told]
        if event.time > at:
            heard = self.telling.when(event.time, event.person)
            return Known(later=event.time, clause=f"{system} heard of it only {heard}")
        parted = self._identity.parted(told, deed, at) if deed >= 0 else None
        if parted is None:
            return Known(since=event.time)
        clause = f"{system} had heard of it, but of {parted[0]}, which nobody had linked with {parted[1]}"
        return Known(since=event.time, silo=f"identity ({parted[0]} is not linked with {parted[1]})", clause=clause)

    def _clause(self, system: str, person: str, arrived: int | None, why: str) -> str:
        if arrived is not None:
            return f"{system} heard of it only {self.telling.when(arrived, person)}: {why}"
        return f"{system} never heard of it: {why}"

    def _journey(self, fact: int) -> _Journey:
        if fact not in self._journeys:
            arrivals: dict[str, int] = {}
            lost: list[str] = []
            front, rows = [fact], self.evidence.log.rows
            while front:
                following = [child for row in front for child in self._children.get(row, ())]
                for row in following:
                    if rows[row].name == ARRIVED:
                        before = arrivals.get(rows[row].system, rows[row].time)
                        arrivals[rows[row].system] = min(before, rows[row].time)
                    else:
                        lost.append(str(rows[row].data.get("link", "")))
                front = following
            self._journeys[fact] = _Journey(arrivals, tuple(lost))
        return self._journeys[fact]

    @cached_property
    def _effects(self) -> dict[int, list[int]]:
        """What a fact led to in a system that knew it, and where both arrived, by the row that caused them."""
        evidence = self.evidence

        def compute() -> dict[int, list[int]]:
            cause, rows = causes(evidence), evidence.log.rows
            effects: dict[int, list[int]] = {}
            for row in map(int, np.flatnonzero(evidence.heard & (cause >= 0))):
                before = int(cause[row])
                if rows[row].name == ARRIVED or rows[row].system == rows[before].system:
                    effects.setdefault(before, []).append(row)
            return effects

        return evidence.once("effects", compute)

    @cached_property
    def _children(self) -> dict[int, list[int]]:
        """Arrivals and losses by the row that caused them."""
        evidence = self.evidence
        cause = causes(evidence)
        moved = np.sort(np.concatenate([evidence.named(ARRIVED), evidence.named(LOST)]))
        children: dict[int, list[int]] = {}
        for row in moved:
            children.setdefault(int(cause[row]), []).append(int(row))
        children.pop(-1, None)
        return children

    def _stopped(self, fact: str, home: str, system: str, at: int, journey: _Journey) -> tuple[str, str]:
        """The link, or the gap between systems, where a fact stopped on its way, and a sentence's end about it."""
        route = self._route(home, system, fact)
        if route is None:
            there = self._furthest(home, system, at, journey)
            if bare := self._route(there, system, None):
                hops = list(pairwise(bare))
                links = self.evidence.scenario.links
                name = " to ".join(next((hop for hop in hops if not _carries(links[hop], fact)), hops[0]))
                return f"link {name} (does not carry {fact})", f"the link {name} does not carry {fact}"
            return f"no link from {there} to {system}", f"there is no link from {there} to {system}"
        for start, end in pairwise(route):
            arrived = journey.arrivals.get(end)
            if arrived is not None and arrived <= at:
                continue
            link = f"{start} to {end}"
            if arrived is not None:
                return f"link {link} (late)", f"the link {link} was late"
            if any(name.removeprefix("link ") == link for name in journey.lost):
                return f"link {link} (lost)", f"the link {link} lost it"
            return f"link {link} (still waiting)", f"it still waits at the link {link}"
        # Every system on this way had it, and still the last did not hear in time: it took another way.
        return f"link {route[-2]} to {system} (late)", f"the link {route[-2]} to {system} was late"

    def _furthest(self, home: str, system: str, at: int, journey: _Journey) -> str:
        """The system from which the next link is missing: the home, unless a system it reached has a way on."""
        for reached in sorted(name for name, time in journey.arrivals.items() if time <= at):
            if self._route(reached, system, None):
                return reached
        return home

    def _route(self, start: str, end: str, fact: str | None) -> list[str] | None:
        """The shortest way along links (that carry the fact, if one is named), first by the order of the document."""
        return self.evidence.once(("route", start, end, fact), lambda: self._find_route(start, end, fact))

    def _find_route(self, start: str, end: str, fact: str | None) -> list[str] | None:
        before: dict[str, str] = {start: ""}
        queue = deque([start])
        while queue:
            here = queue.popleft()
            if here == end:
                way = [here]
                while before[way[-1]]:
                    way.append(before[way[-1]])
                return way[::-1]
            for (source, target), link in self.evidence.scenario.links.items():
                if source == here and target not in before and _carries(link, fact):
                    before[target] = here
                    queue.append(target)
        return None


def _carries(link: JudgedLink, fact: str | None) -> bool:
    return fact is None or link.carries == "all" or fact in link.carries
