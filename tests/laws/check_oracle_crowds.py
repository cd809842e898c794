"""The oracle's two templates that measure everybody together: sla and level."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, comb
from typing import TYPE_CHECKING

from tests.laws.check_words import later

if TYPE_CHECKING:
    from tests.laws.check_oracle import Oracle

NEVER = float("inf")


def sla(oracle: Oracle) -> None:
    """Quantiles of lateness."""
    world, spec, said = oracle.world, oracle.spec, oracle.said
    activations, targets = oracle.part(spec["activation"], 0), oracle.part(spec["target"], 1)
    size, sample = len(activations), spec.get("sample", 1)
    said.activations = size
    due, answer = {}, {}
    for row in activations:
        moment = oracle.following(spec["due"], row) if "due" in spec else world.time(row)
        due[row] = world.time(row) if moment == NEVER else int(moment)
        allowed = oracle.may_answer(row)
        answer[row] = next((t for t in targets if oracle.linked(row, t) and t != row and allowed(t)), None)
        if (found := answer[row]) is not None:
            said.margins.append((row, due[row] - world.time(found)))
    broken: list[str] = []
    excused: dict[int, int] = {}
    undecided = False
    for name, limit in spec["quantiles"].items():
        q = Fraction(name[1:]) / 100
        exact, state = (
            state_of(
                q,
                sample,
                [too_late(oracle, row, due[row], answer[row], limit, extra) for row in activations],
                [answer[row] is None for row in activations],
            )
            for extra in (0, oracle.granularity)
        )
        if state == "broken":
            broken.append(limit)
        undecided = undecided or state == "open"
        for row in activations if state != exact else ():
            found = answer[row]
            if found is not None and not too_late(oracle, row, due[row], found, limit, oracle.granularity):
                beyond = max(world.time(found), due[row]) - later(world, due[row], limit, row)
                excused[row] = max(excused.get(row, 0), beyond)
    if size and undecided:
        said.pending = max(sample - size, 1)
    for beyond in excused.values():
        oracle.excuse(beyond)
    for row in activations:
        ends = [later(world, due[row], limit, row) for limit in broken]
        strictest = min((end for end in ends), default=NEVER)
        found = answer[row]
        came = world.end if found is None else world.time(found)
        if came > strictest + oracle.granularity and came > due[row]:
            oracle.violate(int(strictest), oracle.case(row), row, None if found is None else int(strictest) - came)


def state_of(q: Fraction, sample: int, late: list[bool], unanswered: list[bool]) -> str:
    """What is known of one quantile."""
    size = len(late)
    total = max(size, sample)
    if sum(late) > total - ceil(q * total):
        return "broken"
    worst = sum(too_late or waits for too_late, waits in zip(late, unanswered, strict=True))
    bound = next((k for k in range(1, size + 1) if below(size, q, k - 1) >= Fraction(95, 100)), None)
    sure = sample == 1 or bound is None or size - worst >= bound
    return "holds" if size >= sample and worst <= size - ceil(q * size) and sure else "open"


def too_late(oracle: Oracle, row: int, due: int, answer: int | None, limit: str, extra: int) -> bool:
    """Later than the limit by more than is extra, or waiting for longer than that at the end."""
    came = oracle.world.end if answer is None else oracle.world.time(answer)
    return max(came, due) > later(oracle.world, due, limit, row) + extra


def below(size: int, q: Fraction, most: int) -> Fraction:
    """The probability that a binomial (size, q) is at most `most`."""
    return sum((comb(size, k) * q**k * (1 - q) ** (size - k) for k in range(most + 1)), Fraction(0))


def level(oracle: Oracle) -> None:
    """The share of people with a consent, after the last row of each instant."""
    world, spec, said = oracle.world, oracle.spec, oracle.said
    share = spec["at_least"].partition(" %")[0]
    start = world.start
    at_first = {person for person in world.people if consents(oracle, person, start)}
    watched = at_first if spec["at_least"].endswith(" of start") else set(world.people)
    needed = ceil(Fraction(share) / 100 * len(watched))
    until = world.instant_of_start(spec["by"]) if "by" in spec else NEVER
    said.activations = len(watched)
    times = sorted({start, *(world.time(row) for row in world.each() if world.time(row) >= start)})
    for time in times:
        if time <= until and sum(bool(consents(oracle, person, time)) for person in sorted(watched)) < needed:
            oracle.said.violations.append((time, "everyone", None, None))
            return
    if until > world.end and watched:
        said.pending = 1


def consents(oracle: Oracle, person: str, time: int) -> set[str | None]:
    """The channels for which somebody has a consent after all rows up to an instant."""
    world = oracle.world
    held: set[str | None] = set()
    for row in world.each():
        event = world.rows[row]
        if world.time(row) > time or event.person != person:
            continue
        channel = world.field(row, "channel")
        if event.name == "Consent Given":
            held.add(channel)
        elif event.name == "Consent Withdrawn":
            held = {kept for kept in held if channel is not None and kept != channel}
    return held
