"""What checks mean, once more: brute force over plain rows, written from docs/semantics-checks.md and nothing else.

It shares no code with `simulator.checks`: rules are the plain data of a document, patterns and moments are looked up in
the tables of `check_words`, and clocks are those of `datetime` and `zoneinfo`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.laws.check_oracle_crowds import level, sla
from tests.laws.check_words import CONDITIONS, MOMENTS, OF_AUTOMATION, PATTERNS, World, later

Spec = Mapping[str, Any]
NEVER = float("inf")


@dataclass
class Ruling:
    """What the oracle says: the outcome, and a violation as (onset, case, activation, margin)."""

    activations: int = 0
    violations: list[tuple[int, str, str | None, int | None]] = field(default_factory=list)
    pending: int = 0
    unjudged: set[int] = field(default_factory=set)
    margins: list[tuple[int, int]] = field(default_factory=list)
    excused: list[int] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """The outcome that these numbers make."""
        if self.violations:
            return "violated"
        if self.pending:
            return "pending"
        return "satisfied" if self.activations else "vacuous"


def rule_on(world: World, spec: Spec, states: Mapping[str, Spec] | None = None, granularity: int = 0) -> Ruling:
    """The ruling on a log by one rule; the backend kept time to `granularity` ms."""
    template = next(iter(spec))
    return Oracle(world, spec, states or {}, granularity).rule(template)


class Oracle:
    def __init__(self, world: World, spec: Spec, states: Mapping[str, Spec], granularity: int) -> None:
        waited = str(spec.get("activation" if "precedence" in spec else "target", ""))
        self.granularity = granularity if waited.partition(" where ")[0] in OF_AUTOMATION else 0
        self.world = world
        self.spec = spec
        self.states = states
        self.said = Ruling()
        same = spec.get("same", "person")
        names = [same] if isinstance(same, str) else same
        self.pairs = list(same.items()) if isinstance(same, dict) else [(name, name) for name in names]

    def rule(self, template: str) -> Ruling:
        getattr(self, template)()
        return self.said

    # -- rows and cases

    def matching(self, text: str | None) -> list[int]:
        """Rows of a pattern; those that may match are noted as not judged."""
        if text is None:
            return []
        event, test = PATTERNS[text]
        found = []
        for row in self.world.each():
            if self.world.rows[row].name == event:
                answer = test(self.world, row)
                if answer is None:
                    self.said.unjudged.add(row)
                elif answer:
                    found.append(row)
        return found

    def part(self, text: str | None, side: int) -> list[int]:
        """Rows of a pattern that carry the keys of one side (0 activation, 1 target)."""
        found = self.matching(text)
        self.said.unjudged |= {row for row in found if self.key(row, side) is None}
        return [row for row in found if self.key(row, side) is not None]

    def key(self, row: int, side: int) -> tuple[Any, ...] | None:
        if self.pairs == [("cause", "cause")]:
            return ()
        values = tuple(self.world.field(row, pair[side]) for pair in self.pairs)
        return None if None in values else values

    def linked(self, activation: int, other: int) -> bool:
        if self.pairs == [("cause", "cause")]:
            return activation in self.world.chain(other) or other in self.world.chain(activation)
        return self.key(activation, 0) == self.key(other, 1)

    def case(self, row: int, side: int = 0) -> str:
        if self.pairs == [("cause", "cause")]:
            return self.world.rows[row].id
        return ", ".join(self.world.text(row, pair[side]) for pair in self.pairs)

    def violate(self, onset: int, case: str, activation: int | None, margin: int | None = None) -> None:
        self.said.violations.append(
            (onset, case, None if activation is None else self.world.rows[activation].id, margin)
        )

    # -- deadlines

    def moment(self, text: str, row: int) -> int | None:
        found = MOMENTS[text](self.world, row, row)
        if found is None:
            self.said.unjudged.add(row)
        return found

    def following(self, text: str, row: int) -> float:
        """A moment that moves with the objects it names, as long as it has not passed."""
        world = self.world
        found = MOMENTS[text](world, row, row)
        now = NEVER if found is None else found
        if "order." in text or "birthday" in text:
            for change in range(row + 1, len(world.rows)):
                if world.time(change) > now:
                    break
                moved = MOMENTS[text](world, row, change)
                now = NEVER if moved is None else max(moved, world.time(change))
        if now == NEVER:
            self.said.unjudged.add(row)
        return now

    def excuse(self, late: float) -> None:
        """Note a case that is in order only because so late is within the granularity."""
        if late > 0:
            self.said.excused.append(int(late))

    def deadline(self, row: int) -> tuple[float, bool]:
        """The deadline, and whether it lay before the activation as far as was known then."""
        limits, early = [NEVER], [NEVER]
        if "within" in self.spec:
            limits.append(later(self.world, self.world.time(row), self.spec["within"], row))
            early.append(limits[-1])
        if "by" in self.spec:
            limits.append(self.following(self.spec["by"], row))
            known = MOMENTS[self.spec["by"]](self.world, row, row)
            early.append(NEVER if known is None else known)
        return min(limits), min(early) < self.world.time(row)

    def may_answer(self, row: int) -> Callable[[int], bool]:
        """Which rows may answer an activation, as far as the beginning is concerned."""
        world = self.world
        opens = self.moment(self.spec["not_before"], row) if "not_before" in self.spec else None
        if opens is None:
            return lambda other: other > row
        reaches_back = opens < world.time(row)
        return lambda other: other != row and world.time(other) >= opens and (reaches_back or other > row)

    # -- the templates

    def response(self) -> None:
        self.answering([])

    def answering(self, through: list[str]) -> None:
        world, spec = self.world, self.spec
        activations, targets = self.part(spec["activation"], 0), self.part(spec["target"], 1)
        releases, chasers = self.part(spec.get("unless"), 1), self.part(spec.get("unless_before"), 1)
        stages = [self.part(stage, 1) for stage in through]
        number = spec.get("exactly", 1)
        limits = {row: self.deadline(row) for row in activations}
        duties = [row for row in activations if not (spec.get("if_late") == "skip" and limits[row][1])]
        may = {row: self.may_answer(row) for row in activations}
        self.said.activations = len(duties)
        for row in duties:
            until = limits[row][0]
            allowed = may[row]
            candidates = self.after_stages(row, allowed, stages, targets)
            release = min((u for u in releases if u > row and self.linked(row, u)), default=NEVER)
            chaser = min((c for c in chasers if c > row and self.linked(row, c)), default=NEVER)
            allowed_until = until + self.granularity
            inside = [t for t in candidates if world.time(t) <= allowed_until and t < release and t < chaser]
            for extra in inside[number:] if "exactly" in spec else []:
                if world.time(extra) <= until:
                    self.violate(world.time(extra), self.case(row), row)
            if len(inside) >= number:
                self.excuse(world.time(inside[number - 1]) - until)
                if until < NEVER:
                    self.said.margins.append((row, int(until) - world.time(inside[number - 1])))
                continue
            if release < NEVER and world.time(int(release)) <= allowed_until:
                self.excuse(world.time(int(release)) - until)
                continue
            chased = chaser < NEVER and world.time(int(chaser)) <= allowed_until
            if allowed_until > world.end and not (chased and "unless" not in spec):
                self.said.pending += 1
                continue
            onset = min(until, world.time(int(chaser))) if chased else until
            answer = candidates[number - 1] if len(candidates) >= number else None
            if answer is not None and answer >= self.next_begin(row, duties, may):
                answer = None
            margin = int(until) - world.time(answer) if answer is not None and until < NEVER else None
            if margin is not None:
                self.said.margins.append((row, margin))
            self.violate(int(onset), self.case(row), row, margin)

    def after_stages(
        self, row: int, allowed: Callable[[int], bool], stages: list[list[int]], targets: list[int]
    ) -> list[int]:
        last = -1
        for number, stage in enumerate(stages):
            following = [s for s in stage if self.linked(row, s) and s > last and (number or self.may_open(row, s))]
            if not following:
                return []
            last = following[0]
        return [t for t in targets if t != row and self.linked(row, t) and (t > last if stages else allowed(t))]

    def may_open(self, row: int, other: int) -> bool:
        """The first stage lies at or after the first row that may answer (which is a place in the log)."""
        world = self.world
        opens = MOMENTS[self.spec["not_before"]](world, row, row) if "not_before" in self.spec else None
        if opens is None:
            return other > row
        return world.time(other) >= opens and (opens < world.time(row) or other > row)

    def next_begin(self, row: int, duties: list[int], may: Mapping[int, Callable[[int], bool]]) -> float:
        """The row with which the next activation of the case begins."""
        if self.pairs == [("cause", "cause")]:
            return NEVER
        for other in duties:
            if other > row and self.key(other, 0) == self.key(row, 0):
                return min([other, *(r for r in self.world.each() if may[other](r))])
        return NEVER

    def sla(self) -> None:
        sla(self)

    def level(self) -> None:
        level(self)

    def precedence(self) -> None:
        self.preceded(self.spec["activation"], self.spec["target"], timed=True)
        self.said.activations = len(self.part(self.spec["activation"], 0))

    def preceded(self, activation: str, target: str, *, timed: bool) -> None:
        world, spec = self.world, self.spec
        acts, targets = self.part(activation, 0), self.part(target, 1)
        for row in acts:
            all_before = [t for t in targets if t < row and self.linked(row, t)]
            since = later(world, world.time(row), spec["within"], row, -1) if timed and "within" in spec else -NEVER
            opens, closes = (self.moment(spec[word], row) if timed and word in spec else None
                             for word in ("not_before", "by"))  # fmt: skip
            closes = NEVER if closes is None else closes
            before = [t for t in all_before if opens is None or world.time(t) >= opens]
            exact = [t for t in before if since <= world.time(t) <= closes]
            g = self.granularity
            before = exact or [t for t in before if since - g <= world.time(t) <= closes + g]
            if before and not exact:
                last = world.time(before[-1])
                self.excuse(max(last - closes, since - last))
            after = [t for t in targets if t > row and self.linked(row, t)]
            end = before[-1] if before else after[0] if after else None
            margin = None if end is None else world.time(row) - world.time(end)
            if margin is not None and timed:
                self.said.margins.append((row, margin))
            if not before:
                self.violate(world.time(row), self.case(row), row, margin)

    def succession(self) -> None:
        self.answering(self.spec.get("through", []))
        self.pairs = [(target, activation) for activation, target in self.pairs]
        self.preceded(self.spec["target"], self.spec["activation"], timed=False)

    def not_response(self) -> None:
        world, spec = self.world, self.spec
        acts, targets, frees = (
            self.part(spec["activation"], 0),
            self.part(spec["target"], 1),
            self.part(spec.get("until"), 1),
        )
        self.said.activations = len(acts)
        for target in targets:
            guilty = []
            for row in (act for act in acts if act < target and self.linked(act, target)):
                start = later(world, world.time(row), spec["grace"], row) if "grace" in spec else world.time(row)
                end = later(world, world.time(row), spec["within"], row) if "within" in spec else NEVER
                freed = any(row < free < target and self.linked(row, free) for free in frees)
                # A release that is the target itself does not come before it.
                if (
                    start <= world.time(target) <= end
                    and not freed
                    and not (target in frees and self.linked(row, target))
                ):
                    guilty.append(row)
            if guilty:
                self.violate(world.time(target), self.case(guilty[-1]), guilty[-1])

    def not_coexistence(self) -> None:
        world, spec = self.world, self.spec
        acts, targets = self.part(spec["activation"], 0), self.part(spec["target"], 1)
        self.said.activations = len(acts)
        for row in world.each():
            if row in acts and (
                near := [t for t in targets if t < row and self.linked(row, t) and self.one_window(t, row)]
            ):
                self.violate(world.time(row), self.case(row), row)
            elif row in targets and (
                near := [a for a in acts if a < row and self.linked(a, row) and self.one_window(a, row)]
            ):
                self.violate(world.time(row), self.case(near[-1]), near[-1])

    def one_window(self, earlier: int, row: int) -> bool:
        """Whether a row lies in the window that begins with an earlier one."""
        world, window = self.world, self.spec.get("window")
        if window is None:
            return True
        if window.endswith(" rolling"):
            return world.time(row) < later(world, world.time(earlier), window.removesuffix(" rolling"), earlier)
        return world.time(row) < world.period_end(earlier, window.removeprefix("calendar "))

    def at_most(self) -> None:
        world, spec = self.world, self.spec
        self.pairs = [(name, name) for _, name in self.pairs]
        targets = self.part(spec["target"], 1)
        self.said.activations = len(targets)
        for row in targets:
            together = [t for t in targets if t <= row and self.same_case(t, row) and self.one_window(t, row)]
            if row in together and len(together) > spec["limit"]:
                self.violate(world.time(row), self.case(row), row)

    def same_case(self, one: int, other: int) -> bool:
        if self.pairs == [("cause", "cause")]:
            return ([one, *self.world.chain(one)])[-1] == ([other, *self.world.chain(other)])[-1]
        return self.key(one, 1) == self.key(other, 1)

    def existence(self) -> None:
        world, spec = self.world, self.spec
        found = self.matching(spec["target"])
        self.said.unjudged |= {row for row in found if not world.rows[row].person}
        self.said.activations = len(world.people)
        for person in sorted(world.people):
            until = world.start_plus(person, spec["by"]) if "by" in spec else NEVER
            theirs = [row for row in found if world.rows[row].person == person]
            needed = spec.get("at_least", 1)
            allowed = until + self.granularity
            if sum(world.time(row) <= allowed for row in theirs) >= needed:
                self.excuse(world.time(theirs[needed - 1]) - until)
            elif allowed > world.end:
                self.said.pending += 1
            else:
                margin = int(until) - world.time(theirs[needed - 1]) if len(theirs) >= needed else None
                self.violate(int(until), person, None, margin)

    def absence(self) -> None:
        world, spec = self.world, self.spec
        found = self.matching(spec["target"])
        if "during" not in spec:
            self.said.activations = len(world.people)
            for row in found:
                self.violate(world.time(row), self.case(row, 1), row)
            return
        state = self.states[spec["during"]]
        same = state.get("same", "person")
        self.pairs = [(name, name) for name in ([same] if isinstance(same, str) else same)]
        keyed = [row for row in found if self.key(row, 1) is not None]
        self.said.unjudged |= set(found) - set(keyed)
        for row in keyed:
            since = self.daily(state["daily"], row) if "daily" in state else self.state_since(state, row)
            if since is not None and world.time(row) >= later(world, since, spec.get("grace", "0 h"), row):
                self.violate(world.time(row), self.case(row, 1), row)
        self.said.activations = len(keyed) if "daily" in state else self.beginnings(state)

    def daily(self, hours: Mapping[str, str], row: int) -> int | None:
        """Since when the daily hours around a row last; the latest such hours if there are two."""
        world = self.world
        over_night = hours["until"] <= hours["from"]
        for back in (0, 1):
            start = world.local(row, -back, hours["from"])
            end = world.local(row, -back + over_night, hours["until"])
            if start <= world.time(row) < end:
                grace = self.spec.get("grace", "0 h")
                if world.time(row) >= later(world, start, grace, row):
                    return start
        return None

    def settings(self, state: Spec) -> list[tuple[int, float]]:
        """Facts that set the moment of a state, with the instant it passes."""
        world = self.world
        found = []
        for row in world.each():
            carries = world.is_fact(row) and {"order_id", "promised_at"} <= set(world.rows[row].data)
            if carries and self.key(row, 0) is not None:
                value = MOMENTS[state["from"]](world, row, row)
                found.append((row, NEVER if value is None else max(value, world.time(row))))
            elif carries:
                self.said.unjudged.add(row)
        return found

    def state_since(self, state: Spec, row: int) -> int | None:
        """Since when the state holds that the rows before a row have left; None if it does not hold."""
        world = self.world
        ends = [end for end in self.part(state.get("until"), 1) if end < row and self.key(end, 1) == self.key(row, 1)]
        last_end = max(ends, default=-1)
        if state["from"] in PATTERNS:
            begins = [
                b for b in self.part(state["from"], 0) if last_end < b < row and self.key(b, 0) == self.key(row, 1)
            ]
            return world.time(begins[0]) if begins else None
        mine = [(s, p) for s, p in self.settings(state) if s < row and self.key(s, 0) == self.key(row, 1)]
        if not mine or mine[-1][0] < last_end or mine[-1][1] > world.time(row):
            return None
        return self.lasting(mine, state)

    def lasting(self, mine: list[tuple[int, float]], state: Spec) -> int:
        """When the state began that the last of these settings keeps up."""
        ends = self.part(state.get("until"), 1)
        since = mine[-1][1]
        for before, now in zip(reversed(mine[:-1]), reversed(mine[1:]), strict=True):
            if not self.carried_on(before, now, ends):
                break
            since = before[1]
        return int(since)

    def beginnings(self, state: Spec) -> int:
        """How often the state began in the log."""
        world = self.world
        ends = self.part(state.get("until"), 1)
        count = 0
        if state["from"] in PATTERNS:
            begins = self.part(state["from"], 0)
            for row in begins:
                before = [b for b in begins if b < row and self.key(b, 0) == self.key(row, 0)]
                closed = [e for e in ends if e < row and self.key(e, 1) == self.key(row, 0)]
                count += not before or max(closed, default=-1) >= before[-1]
            return count
        mine = self.settings(state)
        for row, passes in mine:
            group = [(s, p) for s, p in mine if self.key(s, 0) == self.key(row, 0)]
            upto = [(s, p) for s, p in group if s <= row]
            following = [s for s, _ in group if s > row] + [
                e for e in ends if e > row and self.key(e, 1) == self.key(row, 0)
            ]
            stop = world.time(min(following)) if following else world.end
            count += passes <= stop and not (len(upto) > 1 and self.carried_on(upto[-2], upto[-1], ends))
        return count

    def carried_on(self, before: tuple[int, float], now: tuple[int, float], ends: list[int]) -> bool:
        ended = any(before[0] < end <= now[0] and self.key(end, 1) == self.key(now[0], 0) for end in ends)
        at = self.world.time(now[0])
        return not ended and before[1] <= at and now[1] == at

    def value(self) -> None:
        world, spec = self.world, self.spec
        for row in self.matching(spec["activation"]):
            answer = CONDITIONS[spec["expect"]](world, row)
            if answer is None and spec.get("unknown", "count") == "count":
                self.said.unjudged.add(row)
                continue
            self.said.activations += 1
            if answer is False or (answer is None and spec["unknown"] == "violate"):
                self.violate(world.time(row), self.case(row), row)

    def agreement(self) -> None:
        world, spec = self.world, self.spec
        kind, _, name = spec["field"].partition(".")
        said: dict[int, Any] = {}
        for row in self.part(spec["activation"], 0):
            own = world.field(row, name)
            said[row] = world.value(kind, name, row, row) if own is None else own
            if said[row] is None or world.object_of(kind, row, row) is None:
                self.said.unjudged.add(row)
                del said[row]
        self.said.activations = len(said)
        for row, word in said.items():
            until = self.deadline(row)[0]
            knew, lacking = [row], []
            for system in spec["between"]:
                rows = world.held_rows(kind, name, world.object_of(kind, row, row), system)
                in_time = [r for r in rows if world.time(r) <= until]
                if in_time and world.field(in_time[-1], name) == word:
                    run = next((i for i, r in enumerate(in_time[::-1]) if world.field(r, name) != word), len(in_time))
                    knew.append(in_time[-run])
                    continue
                later_on = [r for r in rows if world.time(r) > until and world.field(r, name) == word]
                soon = bool(later_on) and world.time(later_on[0]) <= until + self.granularity
                (knew if soon else lacking).append(later_on[0] if later_on else None)
            newer = [r for r in said if r > row and self.key(r, 0) == self.key(row, 0) and said[r] != word]
            allowed = until + self.granularity
            if not lacking:
                self.excuse(world.time(max(knew)) - until)
                self.said.margins += [(row, int(until) - world.time(max(knew)))] if until < NEVER else []
            elif any(world.time(r) <= allowed for r in newer):
                self.excuse(world.time(newer[0]) - until)
            elif allowed > world.end:
                self.said.pending += 1
            else:
                for learnt in lacking:
                    self.violate(
                        int(until), self.case(row), row, None if learnt is None else int(until) - world.time(learnt)
                    )
