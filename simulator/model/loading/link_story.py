"""The story, the faults and what is expected: instants, persons, events and systems become what a run takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulator.model.loading.bundles import mapping
from simulator.model.loading.link_organisation import child, values
from simulator.model.loading.resolving import Resolver
from simulator.model.organisation import Organisation
from simulator.model.people import Person
from simulator.model.reading import Node, child_of
from simulator.model.scenarios import ActOf, Expectation, Expected, Fault, FaultOf, ScenarioOf, StoryAct
from simulator.model.typing import Scope
from simulator.model.values import value_of
from simulator.words.calendars import holidays
from simulator.words.clock import Duration, Instant, Zone, add, parse_instant, zone
from simulator.words.errors import ExpressionError, did_you_mean
from simulator.words.quantities import parse_percent
from simulator.words.vocabulary import Value

STORY = Scope(owner="an act of the story")
ANYONE, EVERYONE = "anyone", "everyone"
_TARGETS = "Write 'link A to B', 'desk NAME', 'channel NAME' or 'backend'."
_KEYS_OF_FAULTS = {"by": ("late", "altered"), "field": ("altered",), "to": ("altered",), "share": ("lossy",)}


def span_of(
    scenario: ScenarioOf, node: Node, organisation: Organisation, resolver: Resolver
) -> tuple[Instant, Instant] | None:
    """The first and the last instant of the run (ms UTC); None after a problem, which is noted."""
    where = zone(organisation.calendar.zone)
    start = instant_of(scenario.starts, child(node, "starts"), where, resolver)
    if scenario.ends is not None:
        end = instant_of(scenario.ends, child(node, "ends"), where, resolver)
        at = child(node, "ends")
    else:
        at = child(node, "lasts")
        length = scenario.lasts or Duration()
        end = start if start is None else add(start, length, where, holidays(organisation.calendar.country))
    if start is None or end is None:
        return None
    if end <= start:
        resolver.note(at, "the scenario ends before it starts. Write a later end.")
        return None
    return start, end


def instant_of(text: str, at: Node, where: Zone, resolver: Resolver) -> Instant | None:
    """An instant; None after a problem, which is noted."""
    try:
        return parse_instant(text, where)
    except ExpressionError as error:
        resolver.note(at, error.message, error.offset)
        return None


@dataclass(frozen=True)
class Cast:
    """Who takes part, and how they may be named. None: it could not be told, so that nobody is missed."""

    everybody: Mapping[str, Person] | None

    @property
    def people(self) -> Mapping[str, Person]:
        """Who takes part, as far as it is known."""
        return self.everybody or {}

    @property
    def crowds(self) -> tuple[str, ...]:
        """The crowds."""
        return tuple(dict.fromkeys(person.crowd for person in self.people.values() if person.crowd is not None))

    def members(self, name: str) -> tuple[str, ...]:
        """The persons whom a name means; none if nobody is called so."""
        if name == EVERYONE:
            return tuple(self.people)
        if name == ANYONE:
            return tuple(self.people)[:1]
        if name in self.people:
            return (name,)
        return tuple(id for id, person in self.people.items() if person.crowd == name)

    def named(self, who: str | Sequence[str] | None, at: Node, resolver: Resolver) -> tuple[str, ...]:
        """The persons whom an act or an expectation means; everybody where nothing is said."""
        if who is None:
            return tuple(self.people)
        found: list[str] = []
        for number, name in enumerate([who] if isinstance(who, str) else who):
            members = self.members(name)
            if not members and self.everybody is not None:
                protagonists = [id for id, person in self.people.items() if person.crowd is None]
                known = [*protagonists, *self.crowds, ANYONE, EVERYONE]
                hint = did_you_mean(name, [*known, *self.people])
                listed = f". There are: {', '.join(known[:8])}" if not hint else ""
                spot = at if isinstance(who, str) else child_of(at, number) or at
                resolver.note(spot, f"nobody called '{name}' takes part in this variant{hint}{listed}")
            found += [member for member in members if member not in found]
        return tuple(found)


class StoryLinker:
    """Resolves the words of the story, the faults and the expectations of one scenario."""

    def __init__(
        self, organisation: Organisation, cast: Cast, resolver: Resolver, span: tuple[Instant, Instant]
    ) -> None:
        self.organisation = organisation
        self.cast = cast
        self.resolver = resolver
        self.start, self.end = span
        self.zone = zone(organisation.calendar.zone)

    def acts(self, story: Sequence[ActOf], node: Node) -> tuple[StoryAct, ...]:
        """The story."""
        return tuple(self._act(index, act, child_of(node, index) or node) for index, act in enumerate(story))

    def _act(self, index: int, act: ActOf, at: Node) -> StoryAct:
        resolver = self.resolver
        resolver.event(act.event, child(at, "event"))
        if act.place is not None:
            resolver.known("place", act.place, self.organisation.places, child(at, "place"))
        if act.in_ is not None:
            resolver.known("system", act.in_, self.organisation.systems, child(at, "in"))
        if act.shows is not None:
            resolver.known("object", act.shows, [*self.organisation.objects, "coupon"], child(at, "shows"))
        if act.times > 1 and act.after is None:
            remedy = "write when the next one comes, such as 'after: 7 days'"
            resolver.note(child(at, "times"), f"'times' repeats 'after': {remedy}.")
        typed = resolver.model(act, at, STORY)
        return StoryAct(
            index=index,
            event=act.event,
            system=self._system(act),
            who=self._who(act, at),
            time=None if act.at is None else self._time(act.at, child(at, "at")),
            when=typed.when,
            after=act.after or Duration(),
            place=act.place,
            data=values(act.with_, child(at, "with"), resolver),
            unless=typed.unless,
            shows=act.shows,
            times=act.times,
            since=None if act.since is None else instant_of(act.since, child(at, "since"), self.zone, resolver),
        )

    def _who(self, act: ActOf, at: Node) -> tuple[str, ...]:
        if act.who is None and act.at is not None:
            self.resolver.note(at, "an act with 'at' needs a 'who': a person, a crowd, 'anyone' or 'everyone'.")
            return ()
        return self.cast.named(act.who, child(at, "who"), self.resolver)

    def _time(self, text: str, at: Node) -> Instant | None:
        instant = instant_of(text, at, self.zone, self.resolver)
        if instant is not None and not self.start <= instant <= self.end:
            before = "before the scenario starts" if instant < self.start else "after the scenario has ended"
            self.resolver.note(at, f"{text} is {before}. Move it, or change 'starts' or 'ends'.")
        return instant

    def _system(self, act: ActOf) -> str:
        """Where an act is recorded: as said, at the desk of the place, at the home of the event or its first object."""
        organisation = self.organisation
        if act.in_ is not None:
            return act.in_
        for desk in organisation.desks.values():
            if act.place is not None and desk.place == act.place:
                return desk.system
        declared = organisation.events.get(act.event)
        if declared is not None and declared.home is not None:
            return declared.home
        for field in act.with_:
            for thing in organisation.objects.values():
                if thing.key == field:
                    return thing.home
        customer = organisation.objects.get("customer")
        return customer.home if customer is not None else organisation.systems[0]

    def faults(self, faults: Sequence[FaultOf], node: Node) -> tuple[Fault, ...]:
        """The faults. A window that nobody gives is the whole run."""
        found = []
        for index, fault in enumerate(faults):
            at = child_of(node, index) or node
            target, name = self._target(fault, child(at, "of"))
            self._idle_keys(fault, at)
            start = (
                self.start
                if fault.from_ is None
                else instant_of(fault.from_, child(at, "from"), self.zone, self.resolver)
            )
            end = (
                self.end + 1
                if fault.until is None
                else instant_of(fault.until, child(at, "until"), self.zone, self.resolver)
            )
            if start is not None and end is not None and end <= start:
                self.resolver.note(child(at, "until"), "this fault ends before it begins. Write a later 'until'.")
            value = self._alteration(fault, at)
            found.append(
                Fault(
                    index,
                    fault.fault,
                    target,
                    name,
                    start or 0,
                    end or 0,
                    fault.by or Duration(),
                    fault.field,
                    value,
                    self._share(fault, at),
                )
            )
        return tuple(found)

    def _target(self, fault: FaultOf, at: Node) -> tuple[str, str]:
        kind, _, name = fault.of.partition(" ")
        if fault.of == "backend":
            if fault.fault not in ("down", "restarted"):
                self.resolver.note(at, f"the backend cannot be '{fault.fault}'. It may be 'down' or 'restarted'.")
            if fault.fault == "restarted" and (fault.from_ is None or fault.until is None):
                self.resolver.note(at, "a restart says when it begins and ends: add 'from' and 'until'.")
            return "backend", "backend"
        if fault.fault == "restarted":
            self.resolver.note(at, "only the backend can be 'restarted'. Write 'of: backend'.")
        known: Mapping[str, Sequence[str]] = {
            "link": [f"{source} to {target}" for source, target in self.organisation.routes],
            "desk": list(self.organisation.desks),
            "channel": list(self.organisation.channels),
        }
        if kind not in known or not name:
            hint = did_you_mean(kind, [*known, "backend"])
            self.resolver.note(at, f"'{fault.of}' is nothing that a fault can strike{hint}. {_TARGETS}")
            return kind, name
        if name not in known[kind]:
            self._no_target(kind, name, known[kind], at)
        if fault.fault == "altered" and kind != "link":
            self.resolver.note(at, f"only a link alters values, not a {kind}. Write 'of: link A to B'.")
        if fault.fault == "lossy" and kind == "desk":
            self.resolver.note(at, "a desk loses nothing. A link or a channel may be 'lossy', a desk 'down' or 'late'.")
        return kind, name

    def _idle_keys(self, fault: FaultOf, at: Node) -> None:
        """A key that this kind of fault does not look at would silently do nothing."""
        for key, kinds in _KEYS_OF_FAULTS.items():
            if getattr(fault, key) is not None and fault.fault not in kinds:
                meant = " or ".join(f"'{kind}'" for kind in kinds)
                message = f"'{key}' does nothing for a '{fault.fault}' fault, only for {meant}. Take it away."
                self.resolver.note(child(at, key), message)

    def _no_target(self, kind: str, name: str, known: Sequence[str], at: Node) -> None:
        absent = [f"{source} to {target}" for source, target in self.organisation.absent_routes]
        if kind == "link" and name in absent:
            message = f"there is no link '{name}' to break: the organisation says that it is absent."
            self.resolver.note(at, message, len(kind) + 1)
        else:
            self.resolver.known(kind, name, known, at, len(kind) + 1)

    def _alteration(self, fault: FaultOf, at: Node) -> Value | None:
        resolver = self.resolver
        if fault.fault == "late" and fault.by is None:
            resolver.note(at, "a 'late' fault says how late: add 'by', such as 'by: 1 h'.")
        elif fault.fault == "late" and str(fault.by).startswith("-"):
            resolver.note(child(at, "by"), "what is late comes afterwards. Write a duration without '-'.")
        if fault.fault != "altered":
            return None
        if fault.field is None:
            resolver.note(at, "an 'altered' fault says which field: add 'field', such as 'field: customer.birth_date'.")
            return None
        kind = resolver.dotted(fault.field, child(at, "field"), STORY)
        if kind is None:
            return None
        if (fault.by is None) == (fault.to is None):
            rule = "shifts a value 'by' a duration or sets it 'to' another"
            resolver.note(at, f"an 'altered' fault {rule}; write one of them.")
        elif fault.by is not None and kind.kind not in ("date", "instant"):
            rule = "only dates and instants can be shifted. Write 'to'"
            resolver.note(child(at, "by"), f"'{fault.field}' is of type {kind}; {rule}.")
        elif fault.to is not None:
            try:
                return value_of(fault.to, kind, fault.field, self.zone.name, resolver.places)
            except ExpressionError as error:
                resolver.note(child(at, "to"), error.message, error.offset)
        return None

    def _share(self, fault: FaultOf, at: Node) -> float:
        if fault.share is None:
            if fault.fault == "lossy":
                self.resolver.note(at, "a 'lossy' fault says how much is lost: add 'share', such as 'share: 5 %'.")
            return 100.0
        try:
            return parse_percent(fault.share)
        except ExpressionError as error:
            self.resolver.note(child(at, "share"), error.message, error.offset)
            return 100.0

    def expected(
        self, violates: Mapping[str, Expectation | str], node: Node, checks: Mapping[str, object]
    ) -> dict[str, Expected]:
        """What must be violated, by check."""
        found = {}
        for name, said in violates.items():
            place = node.keys.get(name, node.place)
            at = mapping(node).get(name, node)
            if not self.resolver.known("check", name, checks, Node(name, place, inner=place)):
                continue
            found[name] = Expected(everyone=True) if isinstance(said, str) else self._expectation(said, at)
        return found

    def _expectation(self, said: Expectation, at: Node) -> Expected:
        instants = None
        if said.at is not None:
            written = [said.at] if isinstance(said.at, str) else said.at
            spots = child(at, "at")
            read = [
                instant_of(text, child_of(spots, number) or spots, self.zone, self.resolver)
                for number, text in enumerate(written)
            ]
            instants = tuple(instant for instant in read if instant is not None)
        if said.unaware is not None:
            self.resolver.known("system", said.unaware, self.organisation.systems, child(at, "unaware"))
        return Expected(
            who=None if said.who is None else self.cast.named(said.who, child(at, "who"), self.resolver),
            at=instants,
            late_ms=None if said.late is None else self._late(said.late, child(at, "late")),
            times=said.times,
            count=said.count,
            share=said.share,
            unaware=said.unaware,
            expected=said.expected,
            found=said.found,
        )

    def _late(self, late: Duration, at: Node) -> int:
        if late.is_calendar:
            remedy = "Write hours and minutes, such as '24 h'."
            self.resolver.note(at, f"'{late}' is a calendar duration; a margin is exact. {remedy}")
        return late.ms
