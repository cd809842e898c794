"""The rules of contact, judged at each `send` in a stated order: the first that objects decides.

holdout · window of the plan · address · consent · suppression · required data · coherence · quiet hours · caps
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from simulator.backends.reference.conduct import Conduct
from simulator.backends.reference.knowledge import Group, Row, Said, Setting, Thing, View, known_things
from simulator.backends.reference.scripts import Mailing
from simulator.model.journeys import Policy, Then
from simulator.words.clock import Instant, Zone, zone
from simulator.words.vocabulary import Value

if TYPE_CHECKING:
    from simulator.backends.reference.steps import Instance


@dataclass(slots=True)
class Candidate:
    """A message that is about to be sent at `now`: for whom, and the fields of its event. `coupon` comes with it."""

    instance: Instance
    mailing: Mailing
    now: Instant
    data: dict[str, Value]
    coupon: Thing | None = None

    @property
    def group(self) -> Group:
        """Everybody known to be the same person now."""
        return self.instance.row.group


@dataclass(slots=True)
class Objection:
    """Why a message is withheld, and what comes of it.

    A message on hold waits `until` an instant (None: until something becomes known), or in the line before a `cap`.
    `rule` is the rule that objects: while it still does, the message is not judged again.
    """

    reason: str
    then: Then
    until: Instant | None = None
    rule: Rule | None = None
    cap: str | None = None


Rule = Callable[[Candidate], Objection | None]


class Rules:
    """The policy of one backend."""

    def __init__(self, policy: Policy, setting: Setting, home: Zone, conduct: Conduct) -> None:
        self._policy = policy
        self._setting = setting
        self._home = home
        self._conduct = conduct
        stated: tuple[tuple[Rule, bool], ...] = (
            (self.holdout, True),
            (self.plan_window, policy.plan_windows == "enforced"),
            (self.address, True),
            (self.consent, policy.consent is not None),
            (self.suppression, bool(policy.suppress)),
            (self.required_data, bool(policy.require)),
            (self.coherence, policy.coherence is not None),
            (self.quiet_hours, policy.quiet_hours is not None),
            (self.caps, bool(policy.caps)),
        )
        self._rules = tuple(rule for rule, is_stated in stated if is_stated)

    def judge(self, candidate: Candidate) -> Objection | None:
        """The first objection to sending it now; None if it may go."""
        for rule in self._rules:
            objection = rule(candidate)
            if objection is not None:
                return objection
        return None

    def holdout(self, candidate: Candidate) -> Objection | None:
        """Who is in the holdout walks the journey and is sent nothing."""
        return Objection("holdout", "advance") if candidate.instance.holdout else None

    def plan_window(self, candidate: Candidate) -> Objection | None:
        """A campaign's messages leave inside its window, by the organisation's calendar."""
        window = candidate.instance.script.plan_window
        if window is None or window[0] <= self._home.local_date(candidate.now) < window[1]:
            return None
        return Objection("outside the plan", "drop")

    def address(self, candidate: Candidate) -> Objection | None:
        """There is an address for the channel, and no message has bounced there for good."""
        if "address" in candidate.data:
            return None
        known = any(True for _ in candidate.group.addresses(candidate.instance.row, candidate.mailing.channel))
        return Objection("address bounced" if known else "no address", "drop")

    def consent(self, candidate: Candidate) -> Objection | None:
        """A purpose that needs consent has it, now or when the journey was entered."""
        rule, channel = self._policy.consent, candidate.mailing.channel
        if rule is None or candidate.mailing.purpose not in rule.needed_for:
            return None
        instance = candidate.instance
        if self._conduct.consent_read(rule) == "at scheduling":
            given = channel in instance.consents
        else:
            given = candidate.group.consented(instance.row, channel)
        return None if given else Objection("no consent", "drop")

    def suppression(self, candidate: Candidate) -> Objection | None:
        """No suppression holds. It asks of the person: it holds if it does for any of the objects they have."""
        instance = candidate.instance
        for name, rule, judge, kinds in candidate.mailing.suppressions:
            known = known_things(candidate.group, kinds)
            for things in product(*(options for _, options in known)):
                chosen = {kind: thing for (kind, _), thing in zip(known, things, strict=True)}
                if judge(View(self._setting, instance.row, candidate.now, {}, {}, chosen)):
                    return Objection(f"suppressed {name}", rule.then, rule=self.suppression)
        return None

    def required_data(self, candidate: Candidate) -> Objection | None:
        """Every field that the message must not leave without is known."""
        if not candidate.mailing.required:
            return None
        view = view_of(self._setting, candidate.instance, candidate.now, candidate.coupon)
        for text, path in candidate.mailing.required:
            if view.value(path) is None:
                return Objection(f"missing {text}", "drop")
        return None

    def coherence(self, candidate: Candidate) -> Objection | None:
        """Nothing sent to this person inside the window urges the contrary about the same thing."""
        rule = self._policy.coherence
        if rule is None or rule.same not in candidate.data or rule.differs not in candidate.data:
            return None
        said = candidate.group.said.get(candidate.data[rule.same], [])
        differs = candidate.data[rule.differs]
        against = [each for each in said if each.expiry > candidate.now and each.differs != differs]
        if not against:
            return None
        last = max(against, key=lambda each: (each.expiry, each.label))
        until = last.expiry if rule.then == "hold" else None
        return Objection(f"contradicts {last.label}", rule.then, until, self.coherence)

    def quiet_hours(self, candidate: Candidate) -> Objection | None:
        """It is not night where the message arrives (or in the zone that the policy names)."""
        rule = self._policy.quiet_hours
        if rule is None or candidate.mailing.purpose in rule.exempt:
            return None
        where = candidate.instance.row.zone if rule.zone == "recipient" else zone(rule.zone)
        until = self._conduct.quiet_interval(candidate.now, rule.from_, rule.until, where)
        if until is None:
            return None
        return Objection("quiet hours", rule.then, until if rule.then == "hold" else None, self.quiet_hours)

    def caps(self, candidate: Candidate) -> Objection | None:
        """Every cap that counts this message has a free slot. A cap of nothing never has: a hold is then a drop."""
        row, group = candidate.instance.row, candidate.group
        for name, cap in candidate.mailing.caps:
            if cap.limit == 0:
                return Objection(f"cap {name}", "drop" if cap.then == "hold" else cap.then)
            until = self._conduct.counter(cap, row, group).full_until(name, cap.limit, candidate.now)
            if until is not None:
                held = cap.then == "hold"
                return Objection(f"cap {name}", cap.then, until if held else None, self.caps, name if held else None)
        return None

    def full_until(self, cap: str, row: Row, now: Instant) -> Instant | None:
        """None while one cap has a free slot for messages to a row, else when the next comes free."""
        rule = self._policy.caps[cap]
        return self._conduct.counter(rule, row, row.group).full_until(cap, rule.limit, now)

    def remember(self, candidate: Candidate) -> None:
        """Note a message that has been sent: it uses slots of the caps, and what it urged is to be remembered."""
        row, group, now = candidate.instance.row, candidate.group, candidate.now
        for name, cap in candidate.mailing.caps:
            expiry = self._conduct.expires(now, cap.window, row.zone)
            group.counter.count(name, expiry)
            row.counter.count(name, expiry)
        rule = self._policy.coherence
        if rule is not None and rule.same in candidate.data and rule.differs in candidate.data:
            expiry = self._conduct.expires(now, rule.window, row.zone)
            said = group.said.setdefault(candidate.data[rule.same], [])
            said.append(Said(candidate.data[rule.differs], expiry, candidate.mailing.label))


def view_of(setting: Setting, instance: Instance, now: Instant, coupon: Thing | None = None) -> View:
    """What an instance sees: its keys, the fields of the event that it entered on, and a coupon about to be granted."""
    chosen = None if coupon is None else {"coupon": coupon}
    return View(setting, instance.row, now, instance.keys, {**instance.facts, **instance.keys}, chosen)
