"""The naive twin: what docs/semantics-journeys.md says, written again as plainly as can be.

It keeps every event it has heard and reads the whole history each time it needs to know something. It has no heap, no
cache and no index: what is due next is found by looking at everything. It shares no code with the reference.
`seen` notes which of the hard cases a run has come across.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Any

from simulator.model.briefing import Briefing
from simulator.model.log import Event
from simulator.words.streams import Streams
from tests.laws import twin_words as words

OWN = (
    "Message Sent", "Message Withheld", "Journey Entered", "Journey Not Entered", "Journey Exited", "Goal Reached",
    "Split Taken", "Command Issued", "Coupon Granted",
)  # fmt: skip


@dataclass(eq=False)
class Walk:
    """One entry of a row into a journey. `due` is when it goes on by itself, to node `then`."""

    order: int
    row: str
    number: int
    keys: dict[str, Any]
    facts: dict[str, Any]
    since: int
    cause: str
    anchor: str
    holdout: bool
    consents: dict[str, bool]
    node: int = -1
    reached: int = 0
    waiting: str = ""
    due: int | None = None
    then: int = -1
    cap: str = ""
    goal: bool = False
    coupons: dict[str, str] = field(default_factory=dict)


@dataclass
class Appointment:
    """A trigger that is due: of a row, or of an object (`key`)."""

    order: int
    row: str
    due: int
    year: int
    cause: str
    kind: str = ""
    key: Any = ""


@dataclass
class News:
    """What an event changed when it was heard."""

    customer: set[str]
    things: list[tuple[str, Any, set[str]]]
    linked: bool

    @property
    def any(self) -> bool:
        """True if anything may look different now."""
        return bool(self.customer or self.things or self.linked)


class Twin:
    """A backend, slow and plain."""

    name = "twin"

    def open(self, briefing: Briefing, start: int) -> None:
        self.briefing = briefing
        self.programs = briefing.programs
        self.profiles = {profile.id: profile for profile in briefing.profiles}
        self.now = self.start = start
        self.history: list[Event] = []
        self.inbox: list[tuple[Event, str, News]] = []
        self.told: list[Event] = []
        self.walks: list[Walk] = []
        self.appointments: list[Appointment] = []
        self.inside: dict[tuple[int, str], bool] = {}
        self.entries: list[tuple[int, str, Any]] = []
        self.numbers: dict[tuple[int, str], int] = {}
        self.sent: list[dict[str, Any]] = []
        self.fired: dict[tuple[int, str, Any], int] = {}
        self.seen: set[str] = set()
        self.last: tuple[int, list[Event]] | None = None
        self.kinds = {
            name: (kind.key, set(kind.fields)) for name, kind in briefing.dictionary.objects.items()
            if kind.key != "person"
        }  # fmt: skip
        self.kinds.setdefault("coupon", ("coupon_id", {"discount", "valid_until", "status"}))
        self.customer = set(briefing.dictionary.objects["customer"].fields)
        for row in self.profiles:
            self.plant(row, "")

    def close(self) -> None:
        self.history = []

    # What is known.

    def rows(self) -> list[str]:
        known = {event.profile for event in self.history} | set(self.profiles)
        known |= {str(event.data["other"]) for event in self.history if event.name == "Profiles Linked"}
        return sorted(known)

    def group(self, row: str) -> list[str]:
        """Everybody known to be the same person: follow the links until nobody new turns up."""
        pairs = [(a, b) for linked in self.briefing.linked for a in linked for b in linked]
        pairs += [(e.profile, str(e.data["other"])) for e in self.history if e.name == "Profiles Linked"]
        found = {row}
        while more := {b for a, b in pairs if a in found} | {a for a, b in pairs if b in found}:
            if more <= found:
                break
            found |= more
        return sorted(found)

    def keys_in(self, data: dict[str, Any]) -> dict[str, Any]:
        return {key: data[key] for key, _ in self.kinds.values() if key in data}

    def speaks_of_customer(self, event: Event) -> bool:
        if event.name.startswith("Message ") or event.name == "Profiles Linked":
            return False
        return event.name == "Profile Updated" or not self.keys_in(event.data)

    def own(self, row: str, name: str) -> Any:
        """A customer field of a row itself."""
        for event in reversed(self.history):
            if event.profile == row and self.speaks_of_customer(event) and name in event.data:
                return event.data[name]
        return self.profiles[row].fields.get(name) if row in self.profiles else None

    def customer_field(self, row: str, name: str) -> Any:
        for each in (row, *self.group(row)):
            value = self.own(each, name)
            if value is not None:
                return value
        return None

    def updated(self, row: str, name: str, otherwise: Any) -> Any:
        """What the last `Profile Updated` of a row said of its zone or an address."""
        for event in reversed(self.history):
            if event.profile == row and event.name == "Profile Updated" and name in event.data:
                return event.data[name]
        return otherwise

    def zone(self, row: str) -> str:
        before = self.profiles[row].zone if row in self.profiles else self.briefing.zone
        return str(self.updated(row, "zone", before))

    def things(self, kind: str, row: str) -> dict[Any, tuple[dict[str, Any], str]]:
        """Objects of the group: fields and the row that spoke last; the one heard of last at the end."""
        key, fields = self.kinds[kind]
        group = self.group(row)
        found: dict[Any, tuple[dict[str, Any], str]] = {}
        for event in self.history:
            skip = event.name.startswith("Message ") or event.name == "Profiles Linked"
            if event.profile in group and key in event.data and not skip:
                known, _ = found.pop(event.data[key], ({}, ""))
                said = {name: value for name, value in event.data.items() if name in fields}
                found[event.data[key]] = ({**known, **said}, event.profile)
        return found

    def consented(self, row: str, channel: str) -> bool:
        group = self.group(row)
        for event in reversed(self.history):
            if event.name in ("Consent Given", "Consent Withdrawn") and event.profile in group:
                if event.data.get("channel", channel) == channel:
                    return event.name == "Consent Given"
        return row in self.profiles and channel in self.profiles[row].consents

    def addresses(self, row: str, channel: str) -> list[str]:
        found = []
        for each in (row, *self.group(row)):
            briefed = self.profiles[each].addresses.get(channel) if each in self.profiles else None
            address = self.updated(each, channel, briefed)
            if address is not None:
                found.append(address)
        return found

    def usable(self, channel: str, address: str) -> bool:
        return not any(
            event.name == "Message Bounced" and event.data.get("hard")
            and (event.data.get("channel"), event.data.get("address")) == (channel, address)
            for event in self.history
        )  # fmt: skip

    def erased(self, row: str) -> bool:
        group = self.group(row)
        return any(event.name == "Customer Erased" and event.profile in group for event in self.history)

    def ask(self, row: str, keys: dict[str, Any], facts: dict[str, Any], chosen: dict[str, Any]) -> words.Ask:
        """What a name holds, for conditions and moments."""

        def value(name: tuple[str, ...]) -> Any:
            if len(name) == 1:
                return facts.get(name[0])
            head, part = name
            if head == "activation":
                return facts.get(part)
            if head not in self.kinds:
                return self.customer_field(row, part)
            key = self.kinds[head][0]
            if head in chosen:
                which, fields = chosen[head]
            else:
                things = self.things(head, row)
                which = keys.get(key, list(things)[-1] if things else None)
                fields = things[which][0] if which in things else {}
            return which if part == key else fields.get(part)

        return value

    def is_true(self, condition: Any, row: str, keys: Any, facts: Any, chosen: Any = None) -> bool:
        ask = self.ask(row, keys, facts, chosen or {})
        return words.true(condition, ask, self.now, self.zone(row), self.briefing.leap_day) is True

    # The protocol.

    def ingest(self, event: Event) -> None:
        if event.name in OWN and event.system == self.briefing.system and "instance" in event.data:
            return
        self.now = max(self.now, event.time)
        before = self.rows()
        self.inbox.append((event, event.id, self.learn(event)))
        for row in self.rows():
            if row not in before:
                self.plant(row, event.id)

    def learn(self, event: Event) -> News:
        row = event.profile
        old_group = self.group(row)
        old = {name: self.own(row, name) for name in self.customer}
        old_zone = self.zone(row)
        old_things = {kind: self.things(kind, row) for kind in self.kinds}
        self.history.append(event)
        customer = {name for name in self.customer if self.own(row, name) != old[name]}
        customer |= {"zone"} if self.zone(row) != old_zone else set()
        things = []
        if not event.name.startswith("Message ") and event.name != "Profiles Linked":
            for kind, (key, _) in self.kinds.items():
                if key in event.data:
                    known = old_things[kind].get(event.data[key], ({}, ""))[0]
                    told = self.things(kind, row)[event.data[key]][0]
                    changed = {name for name in told if told[name] != known.get(name)}
                    things.append((kind, event.data[key], changed))
        return News(customer, things, self.group(row) != old_group)

    def next_wakeup(self) -> int | None:
        if self.inbox:
            return self.now
        due = [walk.due for walk in self.walks if walk.due is not None]
        return min(due + [each.due for each in self.appointments], default=None)

    def advance(self, to: int, step: int) -> list[Event]:
        if self.last is not None and self.last[0] == step:
            return self.last[1]
        self.now, self.told = to, []
        while True:
            if self.inbox:
                self.hear(*self.inbox.pop(0))
                continue
            due: list[tuple[int, Any, Walk | Appointment]] = []
            due += [(walk.due, self.rank(walk), walk) for walk in self.walks if walk.due is not None]
            due += [(each.due, self.rank(each), each) for each in self.appointments]
            due = sorted((item for item in due if item[0] <= to), key=lambda item: item[:2])
            if not due:
                break
            if len(due) > 1 and due[0][0] == due[1][0]:
                self.seen.add("tie")
            first = due[0][2]
            if isinstance(first, Walk):
                self.wake(first)
            else:
                self.appointments.remove(first)
                self.keep(first)
        self.last = (step, self.told)
        return self.told

    def rank(self, item: Walk | Appointment) -> tuple[int, int, str, int, str]:
        number, key = (item.number, "") if isinstance(item, Walk) else (0, str(item.key))
        return (-self.programs[item.order].journey.priority, item.order, item.row, number, key)

    def tell(self, name: str, row: str, data: dict[str, Any], cause: str) -> None:
        event = Event(self.now, name, "", row, self.briefing.system, cause, data)
        self.told.append(event)
        news = self.learn(event) if name == "Coupon Granted" else News(set(), [], False)
        self.inbox.append((event, cause, news))

    # Hearing.

    def in_group(self, row: str) -> list[Walk]:
        group = self.group(row)
        return sorted((walk for walk in self.walks if walk.row in group), key=self.rank)

    def hear(self, event: Event, cause: str, news: News) -> None:
        row = event.profile
        if self.erased(row):
            if event.name in ("Customer Erased", "Profiles Linked"):
                for walk in self.in_group(row):
                    self.leave(walk, "Customer Erased", cause)
            return
        for phase in (self.maybe_exit, self.maybe_goal, self.maybe_heard):
            for walk in self.in_group(row):
                if walk in self.walks and all(event.data.get(key, walk.keys[key]) == walk.keys[key] for key in walk.keys):
                    phase(walk, event, cause)
        if news.any:
            for walk in self.in_group(row):
                if walk in self.walks and walk.waiting == "live":
                    self.move(walk, cause)
                elif walk in self.walks and walk.waiting == "known":
                    self.again(walk, cause)
        self.replant(row, news, cause)
        if news.any:
            for each in self.group(row):
                for order in self.by_priority():
                    if (order, each) in self.inside:
                        self.look(order, each, cause, self.now)
        for order in self.by_priority():
            trigger: Any = self.programs[order].journey.trigger
            keys = self.keys_in(event.data)
            if hasattr(trigger, "event") and self.fits(trigger.event, event, row, keys):
                year = words.local(self.now, self.zone(row)).year
                self.enter(order, row, keys, event.data, year, self.now, cause)

    def by_priority(self) -> list[int]:
        return sorted(range(len(self.programs)), key=lambda order: (-self.programs[order].journey.priority, order))

    def fits(self, pattern: Any, event: Event, row: str, keys: dict[str, Any]) -> bool:
        if pattern.event != event.name:
            return False
        return pattern.condition is None or self.is_true(pattern.condition, row, keys, event.data)

    def maybe_exit(self, walk: Walk, event: Event, cause: str) -> None:
        for pattern in self.programs[walk.order].journey.exit:
            if self.fits(pattern, event, walk.row, {**walk.keys, **self.keys_in(event.data)}):
                self.leave(walk, str(pattern), cause)
                return

    def maybe_goal(self, walk: Walk, event: Event, cause: str) -> None:
        goal = self.programs[walk.order].journey.goal
        if goal is not None and self.fits(goal, event, walk.row, {**walk.keys, **self.keys_in(event.data)}):
            self.reach(walk, str(goal), self.programs[walk.order].line, cause)

    def maybe_heard(self, walk: Walk, event: Event, cause: str) -> None:
        if walk.waiting != "event":
            return
        step = self.programs[walk.order].nodes[walk.node].step
        pattern = step.wait_for if hasattr(step, "wait_for") else step.answer
        command = f"{self.id(walk)}/{walk.node}"
        if event.data.get("command_id", command) != command:
            return
        keys = self.keys_in(event.data)
        if self.fits(pattern, event, walk.row, {**walk.keys, **keys}):
            walk.keys = {**keys, **walk.keys}
            walk.cause = cause
            self.go(walk, self.programs[walk.order].nodes[walk.node].next)

    # Triggers.

    def plant(self, row: str, cause: str) -> None:
        for order, program in enumerate(self.programs):
            trigger: Any = program.journey.trigger
            if self.trigger_of(order)[0] == "customer":
                self.appoint(order, row, cause)
            if hasattr(trigger, "segment"):
                at = 9 * 3_600_000 if trigger.at is None else trigger.at
                zone = self.zone(row)
                day = words.local(self.now, zone).date()
                due = words.clock(day, at, zone)
                if trigger.from_ is not None:
                    due = words.clock(date.fromisoformat(trigger.from_), at, zone)
                while due < self.now:
                    due = words.clock(day, at, zone)
                    day = date.fromordinal(day.toordinal() + 1)
                if due <= self.briefing.end and not self.closed(order, row, due):
                    self.appointments.append(Appointment(order, row, due, 0, cause))

    def trigger_of(self, order: int) -> tuple[str, str]:
        """What an anniversary or date trigger hangs on: (kind of object, field)."""
        trigger: Any = self.programs[order].journey.trigger
        text = getattr(trigger, "anniversary", None) or getattr(trigger, "date", None)
        if text is None:
            return ("", "")
        kind, name = ("customer.birth_date" if text == "birthday" else text).split(".")
        return kind, name

    def appoint(self, order: int, row: str, cause: str, kind: str = "", key: Any = "", after: int = -1) -> None:
        """Put the next date of a trigger into the diary, in the place of what stood there."""
        group = self.group(row)
        self.appointments = [
            each for each in self.appointments
            if not (each.order == order and each.kind == kind and each.key == key
                    and (each.row in group if kind else each.row == row))
        ]  # fmt: skip
        name = self.trigger_of(order)[1]
        value = self.things(kind, row)[key][0].get(name) if kind else self.own(row, name)
        if value is None:
            return
        trigger: Any = self.programs[order].journey.trigger
        zone = self.zone(row)
        day = words.local(value, zone).date() if isinstance(value, int) else date.fromisoformat(value)
        days = [(day, day.year)]
        if hasattr(trigger, "anniversary"):
            years = range(max(day.year, after) + 1, words.local(self.briefing.end, "UTC").year + 5)
            days = [(words.in_year(day, year, self.briefing.leap_day), year) for year in years]
        who = key if kind else row
        for each, year in days:
            moved = each if trigger.offset is None else words.later_day(each, trigger.offset)
            due = words.clock(moved, trigger.at, zone) + (0 if trigger.offset is None else trigger.offset.ms)
            if due > self.now or (due == self.now and self.fired.get((order, kind, who)) != self.now):
                if due <= self.briefing.end:
                    self.appointments.append(Appointment(order, row, due, year, cause, kind, key))
                return

    def replant(self, row: str, news: News, cause: str) -> None:
        for order in range(len(self.programs)):
            kind, name = self.trigger_of(order)
            if kind == "customer" and news.customer & {name, "zone"}:
                self.appoint(order, row, cause)
            if kind not in self.kinds:
                continue
            changed = {key for which, key, names in news.things if which == kind and name in names}
            for key, (_, speaker) in self.things(kind, row).items():
                if news.linked or key in changed or ("zone" in news.customer and speaker == row):
                    self.appoint(order, speaker, cause, kind, key)

    def keep(self, each: Appointment) -> None:
        """The instant of an appointment has come."""
        trigger: Any = self.programs[each.order].journey.trigger
        if hasattr(trigger, "segment"):
            self.inside[(each.order, each.row)] = False
            self.look(each.order, each.row, each.cause, each.due)
            return
        keys = {self.kinds[each.kind][0]: each.key} if each.kind else {}
        self.fired[(each.order, each.kind, each.key if each.kind else each.row)] = self.now
        self.enter(each.order, each.row, keys, {}, each.year, each.due, each.cause)
        if hasattr(trigger, "anniversary"):
            self.appoint(each.order, each.row, each.cause, each.kind, each.key, after=each.year)

    def closed(self, order: int, row: str, instant: int) -> bool:
        until = self.programs[order].journey.trigger.until
        return until is not None and words.local(instant, self.zone(row)).date() >= date.fromisoformat(until)

    def look(self, order: int, row: str, cause: str, since: int) -> None:
        """See whether a row has come into a segment."""
        if self.closed(order, row, self.now):
            del self.inside[(order, row)]
            return
        condition = self.briefing.segments[self.programs[order].journey.trigger.segment]
        was, now = self.inside[(order, row)], self.is_true(condition, row, {}, {})
        self.inside[(order, row)] = now
        if now and not was:
            self.enter(order, row, {}, {}, words.local(self.now, self.zone(row)).year, since, cause)

    def enter(
        self, order: int, row: str, keys: dict[str, Any], facts: dict[str, Any], year: int, since: int, cause: str
    ) -> None:
        if self.erased(row) or self.now > self.briefing.end:
            return
        program = self.programs[order]
        refusal = self.refusal(order, row, keys, facts, year)
        base = {**keys, **self.base(order), "line": program.line}
        if refusal is not None:
            self.tell("Journey Not Entered", row, {**base, "reason": refusal}, cause)
            return
        number = self.numbers[(order, row)] = self.numbers.get((order, row), 0) + 1
        anchor, share = self.group(row)[0], program.journey.holdout
        draw = Streams(self.briefing.seed).stream("holdout", program.id, anchor).fraction()
        channels = {node.step.channel for node in program.nodes if hasattr(node.step, "send")}
        walk = Walk(
            order, row, number, dict(keys), facts, since, cause, anchor,
            holdout=share is not None and draw * 100 < share,
            consents={channel: self.consented(row, channel) for channel in channels},
        )  # fmt: skip
        self.walks.append(walk)
        entered = {**base, "instance": self.id(walk)}
        if share is not None:
            entered["holdout"] = walk.holdout
        self.tell("Journey Entered", row, entered, cause)
        self.go(walk, 0)

    def refusal(self, order: int, row: str, keys: Any, facts: Any, year: int) -> str | None:
        journey = self.programs[order].journey
        if journey.if_ is not None and not self.is_true(journey.if_, row, keys, facts):
            return "entry condition"
        rule, group = journey.reentry, self.group(row)
        if rule == "always":
            return None
        if rule == "after exit":
            inside = any(walk.order == order and walk.row in group for walk in self.walks)
            return "re-entry: after exit" if inside else None
        what: Any = "ever"
        if rule == "once a year":
            what = year
        if rule.startswith("once per "):
            what = {**facts, **keys}.get(rule[len("once per ") :])
            if what is None:
                return f"re-entry: {rule}, which is unknown"
        if any(o == order and r in group and w == what for o, r, w in self.entries):
            return f"re-entry: {rule}"
        self.entries.append((order, row, what))
        return None

    # Walking.

    def base(self, order: int) -> dict[str, Any]:
        program = self.programs[order]
        campaign = {"campaign": program.campaign["campaign"]} if "campaign" in program.campaign else {}
        return {"journey": program.id, **campaign}

    def id(self, walk: Walk) -> str:
        return f"{self.programs[walk.order].id}/{walk.row}/{walk.number}"

    def say(self, walk: Walk, name: str, line: str, cause: str, **data: Any) -> None:
        told = {**walk.keys, **self.base(walk.order), "instance": self.id(walk), "line": line, **data}
        self.tell(name, walk.row, told, cause)

    def leave(self, walk: Walk, reason: str, cause: str) -> None:
        self.walks.remove(walk)
        program = self.programs[walk.order]
        line = program.nodes[walk.node].line if walk.node >= 0 else program.line
        self.say(walk, "Journey Exited", line, cause, reason=reason)

    def reach(self, walk: Walk, text: str, line: str, cause: str) -> None:
        if not walk.goal:
            walk.goal = True
            self.say(walk, "Goal Reached", line, cause, reason=text)

    def go(self, walk: Walk, index: int) -> None:
        """Take one step after the other until one waits."""
        while walk in self.walks:
            walk.waiting, walk.due = "", None
            if index < 0:
                self.leave(walk, "completed", walk.cause)
                return
            node = self.programs[walk.order].nodes[index]
            walk.node, walk.reached = index, self.now
            following = self.step(walk, node, node.step)
            if following is None:
                return
            index = following

    def step(self, walk: Walk, node: Any, step: Any) -> int | None:
        match type(step).__name__:
            case "Wait":
                return self.wait(walk, "time", words.plus(self.now, step.wait, self.zone(walk.row)), node.next)
            case "WaitUntil":
                live = any(True for _ in step.wait_until.names())
                walk.then = node.next
                return self.wait(walk, "live" if live else "time", self.moment(walk), node.next)
            case "WaitFor":
                return self.wait_for(walk, node, step)
            case "Command":
                ask = self.ask(walk.row, walk.keys, {**walk.facts, **walk.keys}, {})
                told = {name: ask(tuple(text.split("."))) for name, text in step.with_.items()}
                for name, text in step.with_.items():
                    told[name] = text if told[name] is None and "." not in text else told[name]
                told = {name: value for name, value in told.items() if value is not None}
                command = f"{self.id(walk)}/{node.index}"
                self.say(
                    walk, "Command Issued", node.line, walk.cause,
                    command=step.command, to_system=step.to, command_id=command, **told,
                )  # fmt: skip
                return node.next if step.answer is None else self.wait_for(walk, node, step)
            case "Split":
                return self.split(walk, node, step)
            case "Exit":
                self.leave(walk, step.exit, walk.cause)
                return None
            case "Goal":
                self.reach(walk, step.goal, node.line, walk.cause)
                return int(node.next)
        return self.send(walk, node, step)

    def wait(self, walk: Walk, waiting: str, due: int | None, then: int) -> int | None:
        if due is not None and due <= self.now:
            return then
        walk.waiting, walk.due, walk.then = waiting, due, then
        if due is not None:
            zone = self.zone(walk.row)
            shift = [words.local(at, zone) - words.local(at, "UTC") for at in (self.now, due)]
            self.seen |= {"clock change in a wait"} if shift[0] != shift[1] else set()
        return None

    def wait_for(self, walk: Walk, node: Any, step: Any) -> None:
        due = None if step.at_most is None else words.plus(self.now, step.at_most, self.zone(walk.row))
        walk.waiting, walk.due, walk.then = "event", due, node.branches[0]

    def moment(self, walk: Walk) -> int | None:
        moment = self.programs[walk.order].nodes[walk.node].step.wait_until
        now = walk.since if words.counts_from_trigger(moment) else walk.reached
        ask = self.ask(walk.row, walk.keys, {**walk.facts, **walk.keys}, {})
        return words.moment_at(moment, ask, now, self.zone(walk.row), self.briefing.leap_day)

    def move(self, walk: Walk, cause: str) -> None:
        moved = self.moment(walk)
        if moved == walk.due:
            return
        self.seen.add("moved")
        walk.cause = cause
        if moved is not None and moved <= self.now:
            self.go(walk, walk.then)
        else:
            walk.due = moved

    def split(self, walk: Walk, node: Any, step: Any) -> int:
        program = self.programs[walk.order]
        draw = Streams(self.briefing.seed).stream("split", program.id, node.index, walk.anchor).fraction() * 100
        for number, branch in enumerate(step.split):
            last = number == len(step.split) - 1
            if branch.share is not None:
                draw -= branch.share
                chosen = draw < 0 or last
            else:
                chosen = branch.if_ is None or self.is_true(
                    branch.if_, walk.row, walk.keys, {**walk.facts, **walk.keys}
                )
            if chosen:
                name = "else" if branch.else_ is not None else str(number + 1)
                self.say(walk, "Split Taken", node.line, walk.cause, branch=name)
                return int(node.branches[number])
        raise AssertionError("a split has an else")

    def wake(self, walk: Walk) -> None:
        """The instant a walk has waited for has come."""
        if walk.waiting == "cap":
            _, until = self.cap_full(self.briefing.policy.caps[walk.cap], walk.row, walk.cap)
            if until is not None:
                walk.due = until
                return
        if walk.waiting in ("quiet", "coherence", "cap"):
            self.again(walk, walk.cause)
        else:
            self.go(walk, walk.then)

    # Sending.

    def coupon(self, walk: Walk, grants: str) -> dict[str, Any]:
        """The coupon of a send: the one granted before, or a new one."""
        if grants in walk.coupons:
            id = walk.coupons[grants]
            return {"coupon_id": id, **self.things("coupon", walk.row)[id][0]}
        granted = self.programs[walk.order].journey.coupons[grants]
        zone = self.zone(walk.row)
        until = words.local(words.plus(self.now, granted.valid, zone), zone).date().isoformat()
        id = f"{self.id(walk)}/{grants}"
        return {"coupon_id": id, "discount": granted.discount, "valid_until": until, "status": "unused"}

    def mail(self, walk: Walk, node: Any, step: Any) -> dict[str, Any]:
        """Everything that the event of a send says."""
        program = self.programs[walk.order]
        id = program.campaign.get("message", "campaign") if step.send == "campaign" else step.send
        message = self.briefing.messages.get(id)
        coupon = self.coupon(walk, step.grants) if step.grants else None
        chosen = {} if coupon is None else {"coupon": (coupon["coupon_id"], coupon)}
        ask = self.ask(walk.row, walk.keys, {**walk.facts, **walk.keys}, chosen)
        named = {name: ask(tuple(path.split("."))) for name, path in (message.names if message else {}).items()}
        holes = [name for name, value in named.items() if value is None and name not in (message.optional or [])]
        mail = {name: value for name, value in named.items() if value is not None}
        mail |= walk.keys | self.base(walk.order)
        mail |= {"message": id, "channel": step.channel, "purpose": step.purpose or program.journey.purpose}
        for name in ("product", "stance"):
            said = program.campaign.get(name) or getattr(message, name, None)
            if said is not None:
                mail[name] = said
        mail |= {"line": node.line, "message_id": f"{self.id(walk)}/{node.index}", "instance": self.id(walk)}
        mail["unresolved"] = len(holes)
        if coupon is not None:
            mail["coupon_id"] = coupon["coupon_id"]
        usable = [each for each in self.addresses(walk.row, step.channel) if self.usable(step.channel, each)]
        if usable:
            mail |= {"address": usable[0], "recipient": usable[0]}
        return mail

    def send(self, walk: Walk, node: Any, step: Any) -> int | None:
        mail = self.mail(walk, node, step)
        objection = self.objection(walk, step, mail)
        if objection is None:
            if step.grants and step.grants not in walk.coupons:
                coupon = self.coupon(walk, step.grants)
                walk.coupons[step.grants] = coupon["coupon_id"]
                walk.keys["coupon_id"] = coupon["coupon_id"]
                self.say(walk, "Coupon Granted", node.line, walk.cause, **coupon)
            self.sent.append({**mail, "at": self.now, "row": walk.row, "zone": self.zone(walk.row)})
            self.tell("Message Sent", walk.row, mail, walk.cause)
            return int(node.next)
        rule, reason, then, until = objection
        self.seen.add(f"withheld by {rule}")
        told = {**mail, "reason": reason, "then": then}
        if until is not None:
            assert until > self.now, "a hold ends after now"
            told["until"] = until
        self.tell("Message Withheld", walk.row, told, walk.cause)
        if then == "advance":
            return int(node.next)
        if then == "drop":
            self.leave(walk, reason, walk.cause)
            return None
        walk.waiting, walk.due = "known" if rule == "suppression" else rule, until
        walk.cap = reason.removeprefix("cap ")
        return None

    def again(self, walk: Walk, cause: str) -> None:
        """Judge a held message again, unless the rule that held it still objects."""
        node = self.programs[walk.order].nodes[walk.node]
        mail = self.mail(walk, node, node.step)
        rule = {"known": self.suppressed, "quiet": self.quiet, "coherence": self.contradicts}.get(walk.waiting)
        still = None if rule is None else rule(walk, node.step, mail)
        if still is not None and still[2] == "hold":
            walk.due = still[3]
            return
        walk.cause = cause
        self.go(walk, walk.node)

    def objection(self, walk: Walk, step: Any, mail: dict[str, Any]) -> tuple[str, str, str, int | None] | None:
        """(rule, reason, then, until) of the first rule that objects."""
        policy, program = self.briefing.policy, self.programs[walk.order]
        if walk.holdout:
            return ("holdout", "holdout", "advance", None)
        start, end = program.campaign.get("from"), program.campaign.get("until")
        if policy.plan_windows == "enforced" and start and end:
            if not start <= words.local(self.now, self.briefing.zone).date().isoformat() < end:
                return ("plan", "outside the plan", "drop", None)
        if "address" not in mail:
            known = self.addresses(walk.row, step.channel)
            return ("address", "address bounced" if known else "no address", "drop", None)
        if policy.consent is not None and mail["purpose"] in policy.consent.needed_for:
            now = self.consented(walk.row, step.channel)
            if not (now if policy.consent.checked == "at sending" else walk.consents[step.channel]):
                return ("consent", "no consent", "drop", None)
        suppressed = self.suppressed(walk, step, mail)
        if suppressed is not None:
            return suppressed
        coupon = self.coupon(walk, step.grants) if step.grants else None
        chosen = {} if coupon is None else {"coupon": (coupon["coupon_id"], coupon)}
        ask = self.ask(walk.row, walk.keys, {**walk.facts, **walk.keys}, chosen)
        for name in policy.require.get("*", []) + policy.require.get(mail["message"], []):
            if ask(tuple(name.split("."))) is None:
                return ("require", f"missing {name}", "drop", None)
        return self.contradicts(walk, step, mail) or self.quiet(walk, step, mail) or self.capped(walk, mail)

    def suppressed(self, walk: Walk, _step: Any, mail: dict[str, Any]) -> tuple[str, str, str, int | None] | None:
        for name, rule in self.briefing.policy.suppress.items():
            kinds = sorted({path[0] for path in words.names_of(rule.while_) if path[0] in self.kinds})
            options = [list(self.things(kind, walk.row).items()) or [(None, ({}, ""))] for kind in kinds]
            for choice in product(*options):
                chosen = {kind: (key, known[0]) for kind, (key, known) in zip(kinds, choice, strict=True)}
                if mail["purpose"] in rule.purpose and self.is_true(rule.while_, walk.row, {}, {}, chosen):
                    return ("suppression", f"suppressed {name}", rule.then, None)
        return None

    def contradicts(self, walk: Walk, _step: Any, mail: dict[str, Any]) -> tuple[str, str, str, int | None] | None:
        rule = self.briefing.policy.coherence
        if rule is None or rule.same not in mail or rule.differs not in mail:
            return None
        group = self.group(walk.row)
        against = []
        for sent in self.sent:
            until = self.counts_until(sent, rule.window)
            if sent["row"] in group and sent.get(rule.same) == mail[rule.same] and until > self.now:
                if sent.get(rule.differs, mail[rule.differs]) != mail[rule.differs]:
                    against.append((until, sent.get("campaign", sent["message"])))
        if not against:
            return None
        until, label = max(against)
        return ("coherence", f"contradicts {label}", rule.then, until if rule.then == "hold" else None)

    def counts_until(self, sent: dict[str, Any], window: Any) -> int:
        if window.duration is not None:
            return words.plus(sent["at"], window.duration, sent["zone"])
        return words.period_end(sent["at"], window.calendar, sent["zone"])

    def quiet(self, walk: Walk, _step: Any, mail: dict[str, Any]) -> tuple[str, str, str, int | None] | None:
        rule = self.briefing.policy.quiet_hours
        if rule is None or mail["purpose"] in rule.exempt or rule.from_ == rule.until:
            return None
        zone = self.zone(walk.row) if rule.zone == "recipient" else rule.zone
        today = words.local(self.now, zone).date().toordinal()
        for day in (today - 1, today):
            last = day + 1 if rule.until < rule.from_ else day
            end = words.clock(date.fromordinal(last), rule.until, zone)
            if words.clock(date.fromordinal(day), rule.from_, zone) <= self.now < end:
                return ("quiet", "quiet hours", rule.then, end)
        return None

    def capped(self, walk: Walk, mail: dict[str, Any]) -> tuple[str, str, str, int | None] | None:
        for name, cap in self.briefing.policy.caps.items():
            if self.counts(cap, mail):
                full, until = self.cap_full(cap, walk.row, name)
                if full and until is None:
                    return ("cap", f"cap {name}", "drop" if cap.then == "hold" else cap.then, None)
                if full:
                    return ("cap", f"cap {name}", cap.then, until if cap.then == "hold" else None)
        return None

    def counts(self, cap: Any, mail: dict[str, Any]) -> bool:
        if mail["purpose"] in cap.exempt:
            return False
        named = cap.purposes is None or mail["purpose"] in cap.purposes
        return named and (cap.channels is None or mail["channel"] in cap.channels)

    def cap_full(self, cap: Any, row: str, name: str) -> tuple[bool, int | None]:
        """Whether a cap is full for a row, and when the next slot comes free (never: None)."""
        if cap.limit == 0:
            return True, None
        rows = self.group(row) if cap.per == "person" else [row]
        sent = [each for each in self.sent if each["row"] in rows and self.counts(cap, each)]
        ends = sorted(end for each in sent if (end := self.counts_until(each, cap.window)) > self.now)
        if len(ends) < cap.limit:
            return False, None
        while len(ends) > cap.limit:
            ends.pop(0)
        return True, ends[0]
