"""What each verb of a journey does, and how an instance walks from one to the next until it has to wait."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.backends.reference.conduct import Conduct
from simulator.backends.reference.knowledge import Row, Setting, Thing, View
from simulator.backends.reference.lines import Lines
from simulator.backends.reference.policy import Candidate, Objection, Rule, Rules, view_of
from simulator.backends.reference.scripts import Listener, Mailing, Named, Script
from simulator.backends.reference.timers import Rank, Timer, Timers
from simulator.model.journeys import Command, Exit, Goal, Node, Send, Split, Wait, WaitFor, WaitUntil
from simulator.model.moments import evaluate
from simulator.words.calendars import holidays
from simulator.words.clock import Instant, add
from simulator.words.errors import BackendFailed
from simulator.words.streams import Streams
from simulator.words.vocabulary import Value

Emit = Callable[[str, Row, dict[str, Value], str], None]
"""Tells the world something: event name, row, fields, cause."""


@dataclass(slots=True, eq=False)
class Instance:
    """One entry of a row into a journey.

    `keys` are the objects it is about, `facts` the fields of the event it entered on, `since` when its trigger was due,
    `anchor` the smallest row id of its person then (draws stick to it), `consents` the channels consented to then.
    While it waits: `waiting` says for what, `node` where, `reached` since when, `hold` under which rule. `id` is
    `journey/row/number`, `rank` its place among those that are due at one instant.
    """

    script: Script
    row: Row
    number: int
    keys: dict[str, Value]
    facts: Mapping[str, Value]
    since: Instant
    cause: str
    anchor: str
    consents: frozenset[str]
    holdout: bool
    goal_reached: bool = False
    alive: bool = True
    node: int = -1
    waiting: str = ""
    reached: Instant = 0
    timer: Timer | None = None
    hold: Rule | None = None
    coupons: dict[str, str] = field(default_factory=dict)
    id: str = field(init=False)
    rank: Rank = field(init=False)

    def __post_init__(self) -> None:
        self.id = f"{self.script.id}/{self.row.id}/{self.number}"
        self.rank = (-self.script.program.journey.priority, self.script.order, self.row.id, self.number, "")

    def fields(self, line: str) -> dict[str, Value]:
        """The fields that every event of this instance carries."""
        return {**self.keys, **self.script.base, "instance": self.id, "line": line}


class Walker:
    """Walks instances. A verb returns the index of the next node, or None when the instance waits or is over."""

    def __init__(
        self, setting: Setting, rules: Rules, timers: Timers, conduct: Conduct, streams: Streams, emit: Emit
    ) -> None:
        self._setting = setting
        self._rules = rules
        self._timers = timers
        self._conduct = conduct
        self._streams = streams
        self._emit = emit
        self._lines = Lines(timers, rules.full_until, self._judge_again)
        self._verbs: dict[type[Any], Callable[[Instance, Node, Any, Instant], int | None]] = {
            Send: self._send, Wait: self._wait, WaitUntil: self._wait_until, WaitFor: self._wait_for,
            Command: self._command, Split: self._split, Exit: self._exit, Goal: self._goal,
        }  # fmt: skip

    def walk(self, instance: Instance, index: int | None, now: Instant) -> None:
        """Take the steps from a node on, until one has to wait or the journey is over."""
        instance.waiting = ""
        if instance.timer is not None:
            instance.timer.cancel()
            instance.timer = None
        while index is not None and instance.alive:
            if index < 0:
                return self.leave(instance, "completed")
            node = instance.script.program.nodes[index]
            instance.node, instance.reached = index, now
            index = self._verbs[type(node.step)](instance, node, node.step, now)
        return None

    def leave(self, instance: Instance, reason: str, cause: str | None = None) -> None:
        """End an instance; `cause` is the event that ends it, if one does."""
        instance.alive = False
        instance.waiting = ""
        if instance.timer is not None:
            instance.timer.cancel()
        del instance.row.group.instances[instance.id]
        line = instance.script.program.nodes[instance.node].line if instance.node >= 0 else instance.script.program.line
        if cause is not None:
            instance.cause = cause
        self._tell(instance, "Journey Exited", line, {"reason": reason})

    def reach_goal(self, instance: Instance, text: str, line: str, cause: str | None = None) -> None:
        """Mark the goal as reached, once; the journey goes on."""
        if not instance.goal_reached:
            instance.goal_reached = True
            told = {**instance.fields(line), "reason": text}
            self._emit("Goal Reached", instance.row, told, instance.cause if cause is None else cause)

    def listener(self, instance: Instance, event: Mapping[str, Value]) -> Listener | None:
        """What an instance waits to hear; an answer to another command is none."""
        if instance.waiting != "event":
            return None
        command = f"{instance.id}/{instance.node}"
        return instance.script.listeners[instance.node] if event.get("command_id", command) == command else None

    def heard(self, instance: Instance, keys: Mapping[str, Value], now: Instant, cause: str) -> None:
        """What an instance has waited for has come: take over the keys it brought, and go on."""
        instance.keys = {**keys, **instance.keys}
        instance.cause = cause
        self.walk(instance, instance.script.program.nodes[instance.node].next, now)

    def reconsider(self, instance: Instance, now: Instant, cause: str) -> None:
        """Something has become known: a live moment moves, and what a suppression held is judged again."""
        if instance.waiting == "live":
            self._move(instance, now, cause)
        elif instance.waiting == "known":
            self._judge_again(instance, now, cause)

    def view(self, instance: Instance, event: Mapping[str, Value], now: Instant) -> View:
        """What a pattern of the instance asks: the event's own fields, and objects by the keys of both."""
        keys = {**instance.keys, **self._setting.knowledge.keys_in(event)}
        return View(self._setting, instance.row, now, keys, event)

    def _tell(self, instance: Instance, name: str, line: str, data: Mapping[str, Value]) -> None:
        self._emit(name, instance.row, {**instance.fields(line), **data}, instance.cause)

    def _until(self, instance: Instance, due: Instant, waiting: str, act: Callable[[Instant], None]) -> None:
        if instance.timer is not None:
            instance.timer.cancel()
        instance.waiting = waiting
        instance.timer = self._timers.set(due, instance.rank, act)

    def _go_on(self, instance: Instance, index: int) -> Callable[[Instant], None]:
        return lambda now: self.walk(instance, index, now)

    # The verbs.

    def _wait(self, instance: Instance, node: Node, step: Wait, now: Instant) -> int | None:
        due = self._conduct.wait_end(now, step.wait, instance.row.zone, holidays(self._setting.country))
        if due <= now:
            return node.next
        self._until(instance, due, "time", self._go_on(instance, node.next))
        return None

    def _wait_until(self, instance: Instance, node: Node, _step: WaitUntil, now: Instant) -> int | None:
        due = self._moment(instance)
        if due is not None and due <= now:
            return node.next
        live = instance.script.meetings[node.index].live
        instance.waiting = "live" if live else "time"
        if due is not None:
            self._until(instance, due, instance.waiting, self._go_on(instance, node.next))
        return None

    def _moment(self, instance: Instance) -> Instant | None:
        meeting = instance.script.meetings[instance.node]
        since = instance.since if meeting.of_trigger else instance.reached
        return evaluate(meeting.moment, view_of(self._setting, instance, since))

    def _move(self, instance: Instance, now: Instant, cause: str) -> None:
        due = instance.timer.due if instance.timer is not None and instance.timer.alive else None
        moved = self._conduct.moves(due, self._moment(instance))
        if moved == due:
            return
        instance.cause = cause
        following = instance.script.program.nodes[instance.node].next
        if moved is not None and moved <= now:
            self.walk(instance, following, now)
        elif moved is not None:
            self._until(instance, moved, "live", self._go_on(instance, following))
        elif instance.timer is not None:
            instance.timer.cancel()

    def _wait_for(self, instance: Instance, node: Node, step: WaitFor, now: Instant) -> int | None:
        instance.waiting = "event"
        if step.at_most is not None:
            due = add(now, step.at_most, instance.row.zone, holidays(self._setting.country))
            self._until(instance, due, "event", self._go_on(instance, node.branches[0]))
        return None

    def _command(self, instance: Instance, node: Node, step: Command, now: Instant) -> int | None:
        view = view_of(self._setting, instance, now)
        asked: dict[str, Value] = {}
        for name, source in instance.script.questions[node.index].items():
            value = view.value(source.path) if isinstance(source, Named) else source
            if value is not None:
                asked[name] = value
        told = {"command": step.command, "to_system": step.to, "command_id": f"{instance.id}/{node.index}", **asked}
        self._tell(instance, "Command Issued", node.line, told)
        if step.answer is None:
            return node.next
        instance.waiting = "event"
        if step.at_most is not None:
            due = add(now, step.at_most, instance.row.zone, holidays(self._setting.country))
            self._until(instance, due, "event", self._go_on(instance, node.branches[0]))
        return None

    def _split(self, instance: Instance, node: Node, step: Split, now: Instant) -> int | None:
        chosen = len(step.split) - 1
        if step.split[0].share is not None:
            drawn = self._streams.stream("split", instance.script.id, node.index, instance.anchor).fraction() * 100
            for position, branch in enumerate(step.split[:-1]):
                drawn -= branch.share or 0.0
                if drawn < 0:
                    chosen = position
                    break
        else:
            view = view_of(self._setting, instance, now)
            for position, judge in enumerate(instance.script.branches[node.index]):
                if judge is not None and judge(view):
                    chosen = position
                    break
        branch_name = "else" if step.split[chosen].else_ is not None else str(chosen + 1)
        self._tell(instance, "Split Taken", node.line, {"branch": branch_name})
        return node.branches[chosen]

    def _exit(self, instance: Instance, _node: Node, step: Exit, _now: Instant) -> int | None:
        self.leave(instance, step.exit)
        return None

    def _goal(self, instance: Instance, node: Node, step: Goal, _now: Instant) -> int | None:
        self.reach_goal(instance, step.goal, node.line)
        return node.next

    # Sending.

    def _send(self, instance: Instance, node: Node, _step: Send, now: Instant) -> int | None:
        candidate = self._candidate(instance, node, now)
        objection = self._rules.judge(candidate)
        if objection is not None:
            return self._withhold(candidate, objection, node)
        if candidate.coupon is not None:
            self._grant(candidate)
        self._rules.remember(candidate)
        self._emit("Message Sent", instance.row, candidate.data, instance.cause)
        return node.next

    def _withhold(self, candidate: Candidate, objection: Objection, node: Node) -> int | None:
        instance, now = candidate.instance, candidate.now
        data = {**candidate.data, "reason": objection.reason, "then": objection.then}
        if objection.until is not None:
            data["until"] = objection.until
        self._emit("Message Withheld", instance.row, data, instance.cause)
        if objection.then == "advance":
            return node.next
        if objection.then == "drop":
            self.leave(instance, objection.reason)
            return None
        self._hold(instance, objection, now)
        return None

    def _hold(self, instance: Instance, objection: Objection, now: Instant) -> None:
        instance.hold = objection.rule
        if objection.until is None:
            instance.waiting = "known"
            return
        if objection.until <= now:
            line = instance.script.program.nodes[instance.node].line
            raise BackendFailed(f"{line}: '{objection.reason}' holds a message until an instant that is not after now")
        if objection.cap is not None:
            instance.waiting = "line"
            self._lines.join(objection.cap, instance, objection.until)
        else:
            self._until(instance, objection.until, "hold", lambda due: self._judge_again(instance, due))

    def _judge_again(self, instance: Instance, now: Instant, cause: str | None = None) -> None:
        """Judge a held message from the first rule on, but only once the rule that holds it has ceased to object."""
        node = instance.script.program.nodes[instance.node]
        if instance.waiting != "line" and instance.hold is not None:
            objection = instance.hold(self._candidate(instance, node, now))
            if objection is not None and objection.then == "hold":
                return self._hold(instance, objection, now)
        instance.cause = instance.cause if cause is None else cause
        return self.walk(instance, node.index, now)

    def _candidate(self, instance: Instance, node: Node, now: Instant) -> Candidate:
        mailing = instance.script.mailings[node.index]
        coupon = self._coupon(instance, mailing, now)
        view = view_of(self._setting, instance, now, coupon)
        data: dict[str, Value] = {}
        holes = 0
        for name, path, counts in mailing.names:
            value = view.value(path)
            if value is not None:
                data[name] = value
            elif counts:
                holes += 1
        data.update(instance.keys)
        data.update(mailing.base)
        data.update(message_id=f"{instance.id}/{node.index}", instance=instance.id, unresolved=holes)
        if coupon is not None:
            data["coupon_id"] = coupon.key
        for address in instance.row.group.addresses(instance.row, mailing.channel):
            if (mailing.channel, address) not in self._setting.knowledge.bounced:
                data["address"] = data["recipient"] = address
                break
        return Candidate(instance, mailing, now, data, coupon)

    def _coupon(self, instance: Instance, mailing: Mailing, now: Instant) -> Thing | None:
        """The coupon that the message grants, or has granted before; it is known to others only once it is sent."""
        if mailing.grants is None:
            return None
        row = instance.row
        if mailing.grants in instance.coupons:
            return row.group.things["coupon"][instance.coupons[mailing.grants]]
        granted = instance.script.program.journey.coupons[mailing.grants]
        valid_until = row.zone.local_date(add(now, granted.valid, row.zone)).isoformat()
        fields: dict[str, Value] = {"discount": granted.discount, "valid_until": valid_until, "status": "unused"}
        return Thing(f"{instance.id}/{mailing.grants}", fields, row, -1)

    def _grant(self, candidate: Candidate) -> None:
        instance, coupon, grants = candidate.instance, candidate.coupon, candidate.mailing.grants
        assert coupon is not None
        assert grants is not None
        if grants in instance.coupons:
            return
        instance.coupons[grants] = str(coupon.key)
        instance.keys["coupon_id"] = coupon.key
        node = instance.script.program.nodes[instance.node]
        self._tell(instance, "Coupon Granted", node.line, coupon.fields)
