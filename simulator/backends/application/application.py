"""The mail application: it hears events, plans jobs with a scheduler, and does them when they are due."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from simulator.backends.application.customers import Customer, Customers, Outlook, Row
from simulator.backends.application.desk import Desk
from simulator.backends.application.journeys import Instance, Listener, Plan, plans, refusals
from simulator.backends.application.scheduling import Scheduler
from simulator.model.briefing import Briefing
from simulator.model.journeys import Exit, Goal, Send, Split, Wait, WaitUntil
from simulator.model.log import Event
from simulator.model.moments import evaluate
from simulator.words import clock
from simulator.words.calendars import holidays
from simulator.words.clock import Instant, Zone
from simulator.words.errors import Unsupported
from simulator.words.vocabulary import Value

OF_ITS_DAY = ("activation", "birthday", "anniversary of")
"""Moments with these words count from the day on which the trigger was due."""
NOTHING: Mapping[str, Value] = {}


class Application:
    """The shop's business code. The engine sets `now` before each call, and takes what is `told`.

    Raises Unsupported, when it is made, for whatever of the briefing it cannot do.
    """

    def __init__(self, briefing: Briefing, scheduler: Scheduler, start: Instant, engine: str) -> None:
        if refused := refusals(briefing, engine):
            raise Unsupported(refused)
        self.now = start
        self.told: list[Event] = []
        self._briefing = briefing
        self._holidays = holidays(briefing.country)
        self._scheduler = scheduler
        self._customers = Customers(briefing, start)
        self._plans = plans(briefing)
        self._desk = Desk(self._customers)
        self._instances: dict[str, Instance] = {}
        self._dates: dict[tuple[int, str, str], tuple[Instant, str]] = {}
        self._looked: dict[tuple[int, str], Instant] = {}
        self._opened: dict[tuple[int, str], bool] = {}
        self._jobs: dict[str, Callable[..., None]] = {
            "anniversaries": self._anniversaries, "date": self._date, "segment": self._segment, "go on": self._go_on,
        }  # fmt: skip
        for row in list(self._customers.rows.values()):
            self._plan_for(row)

    def do(self, job: str, *arguments: str | int) -> None:
        """Do a job that is due. Raises TryLater when it is to be done again, with the same arguments."""
        self._jobs[job](*arguments)

    def close(self) -> None:
        """Let go of the mail server."""
        self._desk.close()

    # What is heard.

    def heard(self, event: Event) -> None:
        """Take in an event: leave journeys, reach goals, move what hangs on dates, enter journeys."""
        if not event.profile:
            return
        changed = self._customers.told(event)
        row = self._customers.row(event.profile)
        customer = self._customers.of(row)
        if customer.erased:
            for instance in list(customer.instances.values()):
                self._leave(instance, "Customer Erased", event.id)
            return
        for instance in list(customer.instances.values()):
            if _concerns(instance, event.data):
                self._hear(instance, event)
        if changed:
            self._reconsider(customer, row, event)
        for plan in self._plans:
            if plan.enters is not None and self._matches(plan.enters, row, event, NOTHING):
                keys = self._customers.keys_in(event.data)
                self._enter(plan, row, keys, event.data, row.zone.local_date(self.now).year, self.now, event.id)

    def _hear(self, instance: Instance, event: Event) -> None:
        """An event that concerns somebody on their way through a journey."""
        plan = instance.plan
        for listener in plan.exits:
            if self._matches(listener, instance.row, event, instance.keys):
                return self._leave(instance, listener.text, event.id)
        if plan.goal is not None and self._matches(plan.goal, instance.row, event, instance.keys):
            self._reach_goal(instance, plan.goal.text, plan.program.line, event.id)
        return None

    def _matches(self, listener: Listener, row: Row, event: Event, keys: Mapping[str, Value]) -> bool:
        if listener.event != event.name:
            return False
        keys = {**keys, **self._customers.keys_in(event.data)}
        return listener.judge is None or listener.judge(self._outlook(row, keys, event.data)) is True

    def _reconsider(self, customer: Customer, row: Row, event: Event) -> None:
        """Something is known now that was not: move live waits and dates, and see who has come into a segment."""
        for instance in list(customer.instances.values()):
            if instance.meeting is not None:
                self._meet(instance)
        self._plan_for(row)
        for number, plan in enumerate(self._plans):
            if plan.path and plan.path[0] in self._customers.kinds:
                for key, thing in customer.things.get(plan.path[0], {}).items():
                    self._plan_date(number, thing.row, str(key), thing.fields.get(plan.path[1]), event.id)
            elif plan.segment is not None:
                for each in customer.rows:
                    if self._opened.get((number, each.zone.name)):
                        self._look(plan, each, event.id)

    # What hangs on a day.

    def _plan_for(self, row: Row) -> None:
        """Plan what hangs on a row: the daily jobs of its zone, the opening of segments there, and its own dates."""
        for number, plan in enumerate(self._plans):
            trigger: Any = plan.program.journey.trigger
            where = (number, row.zone.name)
            if hasattr(trigger, "anniversary") and where not in self._looked:
                self._looked[where] = self.now - 1
                self._scheduler.daily(plan.at, row.zone, "anniversaries", *where)
            elif hasattr(trigger, "date") and plan.path[0] not in self._customers.kinds:
                self._plan_date(number, row, "", row.fields.get(plan.path[1]), "")
            elif plan.segment is not None and where not in self._opened:
                self._opened[where] = False
                opening = None if plan.opens is None else row.zone.at(plan.opens, plan.at)
                if opening is None or opening < self.now:
                    opening = clock.next_time_of_day(self.now, plan.at, row.zone)
                self._scheduler.later(opening, "segment", *where)

    def _plan_date(self, number: int, row: Row, key: str, value: Value | None, cause: str) -> None:
        """Enter when a date comes. If the date has moved, the job that was planned for the old one is taken back."""
        which = (number, row.id, key)
        due = -1 if value is None else self._due(self._plans[number], _day_of(value, row.zone), row.zone)
        planned, handle = self._dates.get(which, (-1, ""))
        if due == planned:
            return
        if handle:
            self._scheduler.cancel(handle)
        handle = self._scheduler.later(due, "date", *which, cause) if due >= self.now else ""
        self._dates[which] = (due, handle)

    def _due(self, plan: Plan, day: date, where: Zone) -> Instant:
        trigger: Any = plan.program.journey.trigger
        if trigger.offset is not None:
            day = clock.move(day, trigger.offset, self._holidays)
        return where.at(day, plan.at)

    def _date(self, number: int, row_id: str, key: str, cause: str) -> None:
        plan, row = self._plans[number], self._customers.row(row_id)
        due, _ = self._dates[number, row_id, key]
        self._dates[number, row_id, key] = (due, "")
        keys: dict[str, Value] = {self._customers.kinds[plan.path[0]][0]: key} if key else {}
        self._enter(plan, row, keys, NOTHING, row.zone.local_date(due).year, due, cause)

    def _anniversaries(self, number: int, zone_name: str) -> None:
        """The daily job: everybody of a zone whose day has come since it was last looked."""
        plan, since = self._plans[number], self._looked[number, zone_name]
        self._looked[number, zone_name] = self.now
        for row in list(self._customers.rows.values()):
            first = row.fields.get(plan.path[1])
            if row.zone.name == zone_name and first is not None:
                for year, due in self._occurrences(plan, _day_of(first, row.zone), row.zone):
                    if since < due <= self.now:
                        self._enter(plan, row, {}, NOTHING, year, due, "")

    def _occurrences(self, plan: Plan, first: date, where: Zone) -> Iterator[tuple[int, Instant]]:
        """The anniversaries of about now, by year, with the instants at which the journey is to begin."""
        trigger: Any = plan.program.journey.trigger
        this, near = where.local_date(self.now).year, 0 if trigger.offset is None else 1
        for year in range(max(this - near, first.year + 1), this + near + 1):
            day = clock.anniversary(first.month, first.day, year, self._briefing.leap_day)
            yield year, self._due(plan, day, where)

    def _segment(self, number: int, zone_name: str) -> None:
        """A segment opens in a zone."""
        self._opened[number, zone_name] = True
        for row in list(self._customers.rows.values()):
            if row.zone.name == zone_name:
                self._look(self._plans[number], row, "")

    def _look(self, plan: Plan, row: Row, cause: str) -> None:
        closed = plan.closes is not None and row.zone.local_date(self.now) >= plan.closes
        entered = (plan.id, "once") in self._customers.of(row).entered
        assert plan.segment is not None
        if not closed and not entered and plan.segment(self._outlook(row, NOTHING, NOTHING)) is True:
            self._enter(plan, row, {}, NOTHING, 0, self.now, cause)

    # Journeys.

    def _enter(
        self, plan: Plan, row: Row, keys: dict[str, Value], facts: Mapping[str, Value], year: int, since: Instant,
        cause: str,
    ) -> None:  # fmt: skip
        customer, reentry = self._customers.of(row), plan.program.journey.reentry
        if customer.erased or self.now > self._briefing.end:
            return
        counted: tuple[Value, ...] = (plan.id, reentry)
        if reentry == "once a year":
            counted += (year,)
        elif reentry.startswith("once per "):
            counted += (keys.get(reentry.removeprefix("once per "), ""),)
        elif reentry == "always":
            counted += (len(customer.entered),)
        inside = reentry == "after exit" and any(each.plan is plan for each in customer.instances.values())
        allowed = plan.condition is None or plan.condition(self._outlook(row, keys, facts)) is True
        if not allowed or inside or (counted in customer.entered and reentry != "after exit"):
            refused = {**keys, **plan.base, "line": plan.program.line, "reason": reentry if allowed else "if"}
            self.told.append(Event(self.now, "Journey Not Entered", "", row.id, self._briefing.system, cause, refused))
            return
        customer.entered.add(counted)
        id = f"{plan.id}/{row.id}/{sum(1 for each in customer.entered if each[0] == plan.id)}"
        instance = Instance(id, plan, row, dict(keys), facts, since, cause)
        customer.instances[id] = self._instances[id] = instance
        self._tell("Journey Entered", instance, plan.program.line)
        self._continue(instance, 0, self.now)

    def _leave(self, instance: Instance, reason: str, cause: str = "") -> None:
        nodes = instance.plan.program.nodes
        line = nodes[instance.node].line if instance.node >= 0 else instance.plan.program.line
        if instance.job:
            self._scheduler.cancel(instance.job)
        del self._instances[instance.id], self._customers.of(instance.row).instances[instance.id]
        instance.cause = cause or instance.cause
        self._tell("Journey Exited", instance, line, {"reason": reason})

    def _continue(self, instance: Instance, node: int, due: Instant) -> None:
        """Go on with a step at an instant, by a job of the scheduler."""
        instance.node, instance.due = node, due
        instance.job = self._scheduler.later(due, "go on", instance.id)

    def _go_on(self, id: str) -> None:
        """Do the steps of an instance until it waits. A job that comes too early, or once too often, does nothing."""
        instance = self._instances.get(id)
        if instance is None or instance.due is None or instance.due > self.now:
            return None
        instance.job, instance.meeting = "", None
        while id in self._instances and not instance.job and instance.meeting is None:
            if instance.node < 0:
                return self._leave(instance, "completed")
            self._do_step(instance)
        return None

    def _do_step(self, instance: Instance) -> None:
        node = instance.plan.program.nodes[instance.node]
        match node.step:
            case Send():
                if not self._send(instance, node.step, node.line):
                    return
                instance.node = node.next
            case Wait():
                due = clock.add(self.now, node.step.wait, instance.row.zone, self._holidays)
                self._continue(instance, node.next, due)
            case WaitUntil():
                instance.meeting, instance.reached, instance.node = node.step.wait_until, self.now, node.next
                self._meet(instance)
            case Split():
                outlook = self._outlook(instance.row, instance.keys, instance.facts)
                judges = instance.plan.branches[node.index]
                chosen = next(i for i, judge in enumerate(judges) if judge is None or judge(outlook) is True)
                branch = "else" if judges[chosen] is None else str(chosen + 1)
                self._tell("Split Taken", instance, node.line, {"branch": branch})
                instance.node = node.branches[chosen]
            case Goal():
                self._reach_goal(instance, node.step.goal, node.line)
                instance.node = node.next
            case Exit():
                self._leave(instance, node.step.exit)

    def _meet(self, instance: Instance) -> None:
        """Wait for a moment, which may have moved since it was last looked at; unknown, it waits until it is known."""
        assert instance.meeting is not None
        of_its_day = any(word in str(instance.meeting) for word in OF_ITS_DAY)
        now = instance.since if of_its_day else instance.reached
        due = evaluate(instance.meeting, Outlook(self._customers, instance.row, now, instance.keys, instance.facts))
        if due == instance.due and instance.job:
            return
        if instance.job:
            self._scheduler.cancel(instance.job)
        instance.job, instance.due = "", None
        if due is not None:
            self._continue(instance, instance.node, due)

    def _reach_goal(self, instance: Instance, goal: str, line: str, cause: str = "") -> None:
        if not instance.goal_reached:
            instance.goal_reached = True
            self._tell("Goal Reached", instance, line, {"reason": goal}, cause)

    # Messages.

    def _send(self, instance: Instance, step: Send, line: str) -> bool:
        """Send a message, or withhold it; False if the journey ends with that. Raises TryLater."""
        draft = self._desk.draft(instance, step, line, self.now)
        if draft.objection:
            self._tell("Message Withheld", instance, line, {**draft.data, "reason": draft.objection, "then": "drop"})
            self._leave(instance, draft.objection)
            return False
        if not self._desk.hand_over(draft, self.now):
            return True
        if draft.coupon:
            self._customers.note(instance.row, "coupon", draft.data["coupon_id"], draft.coupon)
            instance.keys["coupon_id"] = draft.data["coupon_id"]
            self._tell("Coupon Granted", instance, line, draft.coupon)
        return True

    def _outlook(self, row: Row, keys: Mapping[str, Value], facts: Mapping[str, Value]) -> Outlook:
        return Outlook(self._customers, row, self.now, keys, facts)

    def _tell(
        self, name: str, instance: Instance, line: str, data: Mapping[str, Value] = NOTHING, cause: str = ""
    ) -> None:
        told = {**instance.keys, **instance.plan.base, **data, "instance": instance.id, "line": line}
        system, row = self._briefing.system, instance.row.id
        self.told.append(Event(self.now, name, "", row, system, cause or instance.cause, told))


def _concerns(instance: Instance, data: Mapping[str, Value]) -> bool:
    """True if an event carries none of the keys of an instance, or one of them with the same value."""
    shared = [data[name] == value for name, value in instance.keys.items() if name in data]
    return not shared or any(shared)


def _day_of(value: Value, where: Zone) -> date:
    return where.local_date(value) if isinstance(value, int) else date.fromisoformat(str(value))
