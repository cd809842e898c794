"""How the naive twin walks: the verbs of a journey, and the rules of contact."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Any

from simulator.model.log import Event
from simulator.words.streams import Streams
from tests.laws import twin_words as words
from tests.laws.twin_knowledge import Knowledge, News


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


class Walking(Knowledge):
    """Everything that is under way. `seen` notes which of the hard cases it has come across."""

    def begin(self) -> None:
        self.programs = self.briefing.programs
        self.walks: list[Walk] = []
        self.sent: list[dict[str, Any]] = []
        self.told: list[Event] = []
        self.inbox: list[tuple[Event, str, News]] = []
        self.seen: set[str] = set()

    def tell(self, name: str, row: str, data: dict[str, Any], cause: str) -> None:
        event = Event(self.now, name, "", row, self.briefing.system, cause, data)
        self.told.append(event)
        news = self.learn(event) if name == "Coupon Granted" else News(set(), [], False)
        self.inbox.append((event, cause, news))

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
                told = {name: ask(tuple(text.split("."))) if "." in text else text for name, text in step.with_.items()}
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
        today = words.local(self.now, self.briefing.zone).date().isoformat()
        if policy.plan_windows == "enforced" and start and end and not start <= today < end:
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
            same = sent["row"] in group and sent.get(rule.same) == mail[rule.same]
            if same and until > self.now and sent.get(rule.differs, mail[rule.differs]) != mail[rule.differs]:
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
                return ("quiet", "quiet hours", rule.then, end if rule.then == "hold" else None)
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
