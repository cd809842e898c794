"""The naive twin: what docs/semantics-journeys.md says, written again as plainly as can be.

It has no heap, no cache and no index: what is known is read from the whole history (`twin_knowledge`), what is due next
is found by looking at everything. It shares no code with the reference. This file is its triggers and its protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from simulator.model.briefing import Briefing
from simulator.model.log import Event
from simulator.words.streams import Streams
from tests.laws import twin_words as words
from tests.laws.twin_knowledge import News
from tests.laws.twin_walking import Walk, Walking

OWN = (
    "Message Sent", "Message Withheld", "Journey Entered", "Journey Not Entered", "Journey Exited", "Goal Reached",
    "Split Taken", "Command Issued", "Coupon Granted",
)  # fmt: skip


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


class Twin(Walking):
    """A backend, slow and plain."""

    name = "twin"

    def open(self, briefing: Briefing, start: int) -> None:
        self.remember(briefing)
        self.begin()
        self.now = start
        self.appointments: list[Appointment] = []
        self.inside: dict[tuple[int, str], bool] = {}
        self.entries: list[tuple[int, str, Any]] = []
        self.numbers: dict[tuple[int, str], int] = {}
        self.fired: dict[tuple[int, str, Any], int] = {}
        self.last: tuple[int, list[Event]] | None = None
        self.planted: set[str] = set()
        for row in self.profiles:
            self.plant(row, "")

    def close(self) -> None:
        self.history = []

    def ingest(self, event: Event) -> None:
        if event.name in OWN and event.system == self.briefing.system and "instance" in event.data:
            return
        self.now = max(self.now, event.time)
        self.inbox.append((event, event.id, self.learn(event)))
        if event.profile not in self.planted:
            self.plant(event.profile, event.id)

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
                both = [key for key in walk.keys if key in event.data]
                same = both == [] or len([key for key in both if event.data[key] == walk.keys[key]]) > 0
                if walk in self.walks and same:
                    phase(walk, event, cause)
        if news.any:
            self.reconsider(row, cause)
        self.replant(row, news, cause)
        if news.any:
            inside = [(order, each) for each in self.group(row) for order in self.by_priority()]
            for order, each in inside:
                if (order, each) in self.inside:
                    self.look(order, each, cause, self.now)
        self.trigger(event, cause)

    def reconsider(self, row: str, cause: str) -> None:
        """Look again at what hangs on what is known."""
        for walk in self.in_group(row):
            if walk in self.walks and walk.waiting == "live":
                self.move(walk, cause)
            elif walk in self.walks and walk.waiting == "known":
                self.again(walk, cause)

    def trigger(self, event: Event, cause: str) -> None:
        row, keys = event.profile, self.keys_in(event.data)
        for order in self.by_priority():
            trigger: Any = self.programs[order].journey.trigger
            if hasattr(trigger, "event") and self.fits(trigger.event, event, row, keys):
                year = words.local(self.now, self.zone(row)).year
                self.enter(order, row, keys, event.data, year, self.now, cause)

    def by_priority(self) -> list[int]:
        return sorted(range(len(self.programs)), key=lambda order: (-self.programs[order].journey.priority, order))

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
        self.planted.add(row)
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
            self.inside.setdefault((each.order, each.row), False)
            self.look(each.order, each.row, each.cause, each.due)
            if (each.order, each.row) in self.inside:
                self.look_tomorrow(each)
            return
        keys = {self.kinds[each.kind][0]: each.key} if each.kind else {}
        self.fired[(each.order, each.kind, each.key if each.kind else each.row)] = self.now
        self.enter(each.order, each.row, keys, {}, each.year, each.due, each.cause)
        if hasattr(trigger, "anniversary"):
            self.appoint(each.order, each.row, each.cause, each.kind, each.key, after=each.year)

    def look_tomorrow(self, each: Appointment) -> None:
        trigger: Any = self.programs[each.order].journey.trigger
        zone = self.zone(each.row)
        day = words.local(self.now, zone).date()
        due = self.now
        while due <= self.now:
            due = words.clock(day, 9 * 3_600_000 if trigger.at is None else trigger.at, zone)
            day = date.fromordinal(day.toordinal() + 1)
        if due <= self.briefing.end:
            self.appointments.append(Appointment(each.order, each.row, due, 0, each.cause))

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
