"""Which steps of the journeys were taken, and how often: every instance walked through its journey's graph.

An engine tells of some steps only (a send, a split, a command, an exit); the waits in between are known from where the
instance came from and where it turned up next. Where two ways lead there, only what both have in common counts: what is
not known for certain is not said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from simulator.model.journeys import Command, Exit, Goal, Node, Program, Send, Split, WaitFor
from simulator.model.log import Event, EventLog

END = -1
"""Where a journey is over."""
MOST_WAYS = 64
"""Between two steps so many ways are compared; where there are more, only the steps themselves count."""

_TOLD = frozenset({
    "Journey Entered", "Journey Exited", "Goal Reached", "Split Taken", "Command Issued", "Message Sent",
    "Message Withheld",
})  # fmt: skip
_OF: Mapping[str, type[Any]] = {
    "Split Taken": Split, "Command Issued": Command, "Message Sent": Send, "Message Withheld": Send,
    "Goal Reached": Goal,
}  # fmt: skip
_SPEAKING = (Send, Split, Command, Exit)
"""Steps that an engine tells of whenever it takes them."""


@dataclass
class Taken:
    """What is known of one journey: entries, visits by node, and how often each edge was taken, by its position."""

    entered: int = 0
    visits: dict[int, int] = field(default_factory=dict)
    edges: dict[int, int] = field(default_factory=dict)


def covered(journeys: Sequence[dict[str, Any]], programs: Iterable[Program], log: EventLog) -> list[dict[str, Any]]:
    """The journeys of a result with what this log says of them: `entered`, `visits`, `taken` and `coverage`."""
    found = coverage(programs, log)
    return [_with(journey, found[journey["journey"]]) for journey in journeys]


def coverage(programs: Iterable[Program], log: EventLog) -> dict[str, Taken]:
    """What the events of a whole log say of each journey, by its id."""
    maps = {program.id: _Map(program) for program in programs}
    counts = {id: Taken() for id in maps}
    walks: dict[tuple[str, str], list[Event]] = {}
    for place, event in enumerate(log):
        if event.name not in _TOLD or (journey := str(event.data.get("journey", ""))) not in maps:
            continue
        counts[journey].entered += event.name == "Journey Entered"
        # An engine that does not say which entry it speaks of tells of single steps only.
        instance = event.data.get("instance", f"{event.data.get('message_id', '')}#{place}")
        walks.setdefault((journey, str(instance)), []).append(event)
    for (journey, _), events in walks.items():
        nodes, edges = _Walk(maps[journey]).through(events)
        taken = counts[journey]
        for node in nodes:
            taken.visits[node] = taken.visits.get(node, 0) + 1
        for edge in edges:
            taken.edges[edge] = taken.edges.get(edge, 0) + 1
    return counts


def _with(journey: Mapping[str, Any], taken: Taken) -> dict[str, Any]:
    nodes = [{**node, "visits": taken.visits.get(node["node"], 0)} for node in journey["nodes"]]
    edges = [{**edge, "taken": taken.edges.get(place, 0)} for place, edge in enumerate(journey["edges"])]
    leaving = [edge["from"] for edge in edges]
    arms = [edge for edge in edges if leaving.count(edge["from"]) > 1]
    shares = {
        "nodes": [sum(node["visits"] > 0 for node in nodes), len(nodes)],
        "edges": [sum(edge["taken"] > 0 for edge in edges), len(edges)],
        "arms": [sum(edge["taken"] > 0 for edge in arms), len(arms)],
    }
    return {**journey, "entered": taken.entered, "nodes": nodes, "edges": edges, "coverage": shares}


class _Map:
    """One journey as a graph: the edges that leave each node, in the order in which a result lists them all."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.edges: list[tuple[int, int]] = []
        self.leaving: dict[int, list[int]] = {}
        for node in program.nodes:
            for target in _targets(node):
                self.leaving.setdefault(node.index, []).append(len(self.edges))
                self.edges.append((node.index, target))
        self._ways: dict[tuple[int, frozenset[int], bool], tuple[tuple[int, ...], ...]] = {}

    @cached_property
    def by_line(self) -> dict[str, list[Node]]:
        found: dict[str, list[Node]] = {}
        for node in self.program.nodes:
            found.setdefault(node.line, []).append(node)
        return found

    def nodes_of(self, event: Event) -> list[Node]:
        """The nodes that an event may speak of: those of its line, else those that do what it tells."""
        kind = _OF[event.name]
        here = self.by_line.get(str(event.data.get("line", "")))
        found = [node for node in (self.program.nodes if here is None else here) if isinstance(node.step, kind)]
        if here is None and event.name == "Goal Reached":
            return []  # the goal of the journey itself, which is no step
        return [node for node in found if _does(node.step, event, self.program)]

    def ways(self, start: int, ends: frozenset[int], *, quiet: bool) -> tuple[tuple[int, ...], ...]:
        """The ways (positions of edges) from a node to any of `ends`; `quiet` ones pass only what nobody tells of."""
        key = (start, ends, quiet)
        if key not in self._ways:
            found: list[tuple[int, ...]] = []
            self._search(start, ends, quiet, (), found)
            self._ways[key] = tuple(found)
        return self._ways[key]

    def _search(
        self, here: int, ends: frozenset[int], quiet: bool, way: tuple[int, ...], found: list[tuple[int, ...]]
    ) -> None:
        if here in ends:
            found.append(way)
            return
        if here == END or len(found) > MOST_WAYS or (quiet and isinstance(self.program.nodes[here].step, _SPEAKING)):
            return
        for edge in self.leaving.get(here, ()):
            self._search(self.edges[edge][1], ends, quiet, (*way, edge), found)


def _targets(node: Node) -> list[int]:
    """What may follow a node, in the order in which a result lists its edges."""
    step = node.step
    if isinstance(step, Split):
        return list(node.branches)
    if isinstance(step, WaitFor | Command):
        answered = isinstance(step, WaitFor) or step.answer is not None
        return [node.next, node.branches[0]] if answered and step.at_most is not None else [node.next]
    return [] if isinstance(step, Exit) else [node.next]


def _does(step: Any, event: Event, program: Program) -> bool:
    """Whether an event can be what this step does, as far as the event says what it is."""
    if isinstance(step, Command):
        return event.data.get("command", step.command) == step.command
    if not isinstance(step, Send):
        return True
    message = str(program.campaign.get("message", "campaign")) if step.send == "campaign" else step.send
    said = (event.data.get("message", message), event.data.get("channel", step.channel))
    return said == (message, step.channel)


class _Walk:
    """One instance on its way. `at` is the node that it is to take next (None: nobody knows)."""

    def __init__(self, chart: _Map) -> None:
        self.chart = chart
        self.at: int | None = None
        self.nodes: set[int] = set()
        self.edges: set[int] = set()

    def through(self, events: Sequence[Event]) -> tuple[list[int], list[int]]:
        """The nodes and edges that the events of one instance show to have been taken."""
        before = ""
        for event in events:
            self._take(event, heard=bool(before) and event.cause != before)
            before = event.cause or before
        if self.at is not None and self.at != END:
            self.nodes.add(self.at)  # it stands there still
        return sorted(self.nodes), sorted(self.edges)

    def _take(self, event: Event, *, heard: bool) -> None:
        if event.name == "Journey Entered":
            self.at = 0 if self.chart.program.nodes else None
        elif event.name == "Journey Exited":
            self._leave(event, heard)
        elif nodes := self.chart.nodes_of(event):
            self._step(event, nodes, heard)

    def _step(self, event: Event, nodes: list[Node], heard: bool) -> None:
        node = self._reach([node.index for node in nodes], heard)
        if node is None:
            return
        step, here = self.chart.program.nodes[node].step, self.chart.program.nodes[node]
        if isinstance(step, Split):
            branch = str(event.data.get("branch", ""))
            number = len(step.split) if branch == "else" else int(branch) if branch.isdecimal() else 0
            if 0 < number <= len(here.branches):
                self._pass(self.chart.leaving[node][number - 1])
            else:
                self.at = None
        elif event.name == "Message Withheld" and event.data.get("then") != "advance":
            self.at = node  # it waits here, or ends here
        elif len(self.chart.leaving.get(node, ())) == 1:
            self._pass(self.chart.leaving[node][0])
        else:
            self.at = node  # a command: which way it goes on is seen later

    def _pass(self, edge: int) -> None:
        self.edges.add(edge)
        self.at = self.chart.edges[edge][1]

    def _leave(self, event: Event, heard: bool) -> None:
        nodes = self.chart.program.nodes
        if event.data.get("reason") == "completed":
            self._reach([END], heard)
        else:
            here = self.chart.by_line.get(str(event.data.get("line", "")), ())
            reason = event.data.get("reason")
            exits = [node.index for node in nodes if isinstance(node.step, Exit) and node.step.exit == reason]
            stops = [node.index for node in here]
            meant = [index for index in exits if index in stops] or exits or stops
            if meant and self.at is not None:
                self._reach(meant, heard)
        self.at = None

    def _reach(self, ends: list[int], heard: bool) -> int | None:
        """Go from where the instance is to one of these nodes; the node it got to, None where that is not known."""
        goal = frozenset(ends)
        ways: tuple[tuple[int, ...], ...] = ()
        if self.at is not None:
            ways = self.chart.ways(self.at, goal, quiet=True) or self._past(goal)
        chosen = self._likely(ways, heard)
        for edge in set(chosen[0]).intersection(*chosen[1:]) if chosen else ():
            self.edges.add(edge)
        for node in set.intersection(*(self._visited(way) for way in chosen)) if chosen else ():
            self.nodes.add(node)
        reached = {self._end_of(way) for way in chosen} or goal
        if len(reached) != 1:
            self.at = None
            return None
        [node] = reached
        if node != END:
            self.nodes.add(node)
        self.at = node
        return node

    def _past(self, goal: frozenset[int]) -> tuple[tuple[int, ...], ...]:
        """The ways out of a command, which tells of itself but not of its answer, or past steps nobody spoke of."""
        assert self.at is not None
        after = [
            (edge, *way)
            for edge in self.chart.leaving.get(self.at, ())
            for way in self.chart.ways(self.chart.edges[edge][1], goal, quiet=True)
        ]
        return tuple(after) or self.chart.ways(self.at, goal, quiet=False)

    def _likely(self, ways: tuple[tuple[int, ...], ...], heard: bool) -> tuple[tuple[int, ...], ...]:
        """Of ways that differ by an answer alone: where something new has been heard, those on which it was."""
        if len(ways) < 2 or len(ways) > MOST_WAYS:
            return ways if len(ways) < 2 else ()
        answered = tuple(way for way in ways if not any(map(self._is_timeout, way)))
        silent = tuple(way for way in ways if any(map(self._is_timeout, way)))
        return (answered if heard else silent) or ways

    def _is_timeout(self, edge: int) -> bool:
        source = self.chart.edges[edge][0]
        return isinstance(self.chart.program.nodes[source].step, WaitFor | Command) and (
            edge != self.chart.leaving[source][0]
        )

    def _visited(self, way: tuple[int, ...]) -> set[int]:
        return {self.chart.edges[edge][0] for edge in way}

    def _end_of(self, way: tuple[int, ...]) -> int:
        return self.chart.edges[way[-1]][1] if way else (END if self.at is None else self.at)
