"""Rules about time: what is told carries the right instant, and what is due is done then, neither before nor after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from simulator.conformance.documents import FOLLOW_UP, HELLO
from simulator.conformance.driving import Recording
from simulator.conformance.kit import Kit
from simulator.conformance.report import Finding, NotApplicable, Rule
from simulator.conformance.scenes import ALONE, BORDERS, CROSSING, FIRST, LAST, TOGETHER, Scene
from simulator.model.jsonl import rfc3339
from simulator.words.clock import spoken_span


def time_forward(kit: Kit) -> Iterator[Finding]:
    """Stamps lie in their step, and an order to go back is refused."""
    recording = kit.any()
    for step, event in recording.told():
        stamp: Any = event.time
        if isinstance(stamp, int) and not step.since <= stamp <= step.to:
            side = "before the previous step" if stamp < step.since else "in the future"
            yield Finding(
                f"in the step from {rfc3339(step.since)} to {rfc3339(step.to)} it stamped '{event.name}' of"
                f" {event.profile!r} {_moment(stamp)}, which lies {side}.",
                "Stamp what is done in a step inside it: after the previous step's instant (or at it), and not after"
                " the instant of `advance`.",
            )
    if recording.turned_back is not None:
        at, told = recording.turned_back
        what = f"and told {len(told)} events" if told else "and answered as if nothing were wrong"
        yield Finding(
            f"its clock stood at {rfc3339(at)}; asked to advance to {rfc3339(recording.start)} in a later step, it did"
            f" so {what}.",
            "Raise ClockTurnedBack when `to` is earlier than that of the step before.",
        )


def nothing_early(kit: Kit) -> Iterator[Finding]:
    """Nobody is greeted before they sign up, nor asked before the wait is over."""
    scene, recording = kit.scenes.ordinary(), kit.ordinary()
    seen = 0
    for row in (FIRST, ALONE):
        signed = scene.signed[row]
        for to, _ in recording.sent(row, HELLO):
            seen += 1
            if to < signed:
                yield Finding(
                    f"{row!r} signed up at {rfc3339(signed)}, and '{HELLO}' was sent at {rfc3339(to)},"
                    f" {spoken_span(signed - to)} before.",
                    "Do nothing about an event that has not been ingested yet.",
                )
        for to, _ in recording.sent(row, FOLLOW_UP):
            if to < signed + scene.wait:
                yield Finding(
                    f"{row!r} signed up at {rfc3339(signed)} and waits {spoken_span(scene.wait)}, until"
                    f" {rfc3339(signed + scene.wait)}; '{FOLLOW_UP}' was sent at {rfc3339(to)},"
                    f" {_span(signed + scene.wait - to)} too early.",
                    "Compare a wait with the instant of `advance` to the millisecond: do not round either of them, and"
                    " count the wait from the instant at which its step was reached.",
                )
    if not seen:
        raise NotApplicable(f"no '{HELLO}' was sent, see the rule 'same-instant'")


def nothing_lost(kit: Kit) -> Iterator[Finding]:
    """What is due on a border is done: at the very instant of the step, at midnight, at a clock change, at the end."""
    scene = kit.scenes.borders()
    recording = kit.play("borders", scene)
    if scene.wait:
        ordinary = kit.scenes.ordinary()
        played = kit.ordinary()
        for row in (FIRST, ALONE):
            yield from _asked_in_time(kit, ordinary, played, row, "at the very instant of a step")
    for row in sorted(set(scene.signed) & set(BORDERS)):
        before = f"{spoken_span(scene.wait)} before a wait ends " if scene.wait else ""
        yield from _greeted(kit, scene, recording, row, f"{before}{BORDERS[row]}")
        if scene.wait:
            yield from _asked_in_time(kit, scene, recording, row, BORDERS[row])
    if LAST in scene.signed:
        yield from _greeted(kit, scene, recording, LAST, "at the horizon, the last instant of all")


def _asked_in_time(kit: Kit, scene: Scene, recording: Recording, row: str, where: str) -> Iterator[Finding]:
    """The question after the wait, of somebody who was greeted."""
    greeted = recording.sent(row, HELLO)
    if not greeted:
        return  # the rule about the greeting tells of it
    due = greeted[0][0] + scene.wait
    if due + kit.granularity > recording.end:
        return  # so late a greeting is complained of; the scene is over before the question is due
    asked = recording.sent(row, FOLLOW_UP)
    said = f"{row!r} was greeted at {rfc3339(greeted[0][0])} and waits {spoken_span(scene.wait)}, until {rfc3339(due)}"
    mend = (
        "What is due at `to` belongs to `advance(to)`: compare with <=, in UTC, and keep what a step has not come to"
        " for the next."
    )
    if not asked:
        rest = f"by the end, {rfc3339(recording.end)}, '{FOLLOW_UP}' had not been sent."
        yield Finding(f"{said} ({where}); {rest}", mend)
    elif asked[0][0] > due + kit.granularity:
        to = asked[0][0]
        yield Finding(
            f"{said} ({where}); '{FOLLOW_UP}' was sent at {rfc3339(to)}, {_span(to - due)} late"
            f"{_allowed(kit.granularity)}.",
            mend,
        )


def same_instant(kit: Kit) -> Iterator[Finding]:
    """What was ingested at an instant is acted on at that instant, within the granularity; once."""
    scene, recording = kit.scenes.ordinary(), kit.ordinary()
    for row in (FIRST, ALONE):
        yield from _greeted(kit, scene, recording, row, "alone")


def simultaneous(kit: Kit) -> Iterator[Finding]:
    """Three who sign up at one instant, with other events between them; and one as their waits end."""
    scene, recording = kit.scenes.ordinary(), kit.ordinary()
    for row in TOGETHER:
        yield from _greeted(kit, scene, recording, row, f"at the same instant as {' and '.join(set_of(TOGETHER, row))}")
        if scene.wait:
            yield from _asked_in_time(kit, scene, recording, row, f"with {' and '.join(set_of(TOGETHER, row))}")
    if scene.wait:
        yield from _greeted(kit, scene, recording, CROSSING, f"at the instant at which the wait of {TOGETHER[0]} ends")


def set_of(rows: tuple[str, ...], without: str) -> list[str]:
    """The others."""
    return [repr(row) for row in rows if row != without]


def _greeted(kit: Kit, scene: Scene, recording: Recording, row: str, where: str) -> Iterator[Finding]:
    signed = scene.signed[row]
    sent = recording.sent(row, HELLO)
    said = f"{row!r} signed up at {rfc3339(signed)} ({where})"
    if not sent:
        yield Finding(
            f"{said}, and by the end, {rfc3339(recording.end)}, '{HELLO}' had not been sent.",
            "Act on every event that was ingested, in the `advance` at its instant: after any `ingest` there is one."
            " Empty what was ingested only when all of it has been acted on.",
        )
        return
    to = sent[0][0]
    if to > signed + kit.granularity:
        yield Finding(
            f"{said}, and '{HELLO}' was sent at {rfc3339(to)}, {_span(to - signed)} later{_allowed(kit.granularity)}.",
            "Act on what was ingested in the `advance` at that instant, or declare how late you may be in"
            " `granularity_ms`.",
        )
    if len(sent) > 1:
        yield Finding(
            f"{said}, and was sent '{HELLO}' {len(sent)} times, at {', '.join(rfc3339(each) for each, _ in sent)}.",
            "Do what an event leads to once.",
        )


def wakeups(kit: Kit) -> Iterator[Finding]:
    """The timer that a cooperative backend names is the one it has."""
    if kit.capabilities.clock != "cooperative":
        raise NotApplicable(f"its clock is {kit.capabilities.clock}: it is ticked, and names no timer")
    recording = kit.any()
    for step in recording.steps:
        if step.wakeup is not None and type(step.wakeup) is not int:
            yield Finding(
                f"after advance({rfc3339(step.to)}) next_wakeup returned {step.wakeup!r}, a"
                f" {type(step.wakeup).__name__}.",
                "Return whole milliseconds UTC, or None.",
            )
    for instant, wakeup in recording.ghosts:
        past = "in the past, " if isinstance(wakeup, int) and wakeup < instant else ""
        yield Finding(
            f"at {rfc3339(instant)} next_wakeup names {_moment(wakeup)}, {past}and advancing to it does nothing: the"
            " timer stays where it is.",
            "A timer that has been acted on, or was cancelled, is not named again.",
        )
    if kit.scenario is None and "step.wait" in kit.capabilities.features:
        yield from _forgotten(kit)


def _forgotten(kit: Kit) -> Iterator[Finding]:
    """While a wait runs, some timer is named that comes in time for its end."""
    scene, recording = kit.scenes.ordinary(), kit.ordinary()
    for row in (FIRST, ALONE):
        greeted = [to for to, _ in recording.sent(row, HELLO)]
        asked = [to for to, _ in recording.sent(row, FOLLOW_UP)]
        if not greeted:
            continue
        due = greeted[0] + scene.wait
        for step in recording.steps:
            waits = greeted[0] <= step.to < due and not any(to <= step.to for to in asked)
            late = isinstance(step.wakeup, int) and step.wakeup > due + kit.granularity
            if waits and (step.wakeup is None or late):
                named = "None" if step.wakeup is None else rfc3339(step.wakeup)
                yield Finding(
                    f"after advance({rfc3339(step.to)}) next_wakeup returned {named}, though {row!r} waits until"
                    f" {rfc3339(due)}: nobody would ask it then.",
                    "Name the earliest of all timers, those of running waits among them; or declare the clock stepped.",
                )
                break


def _span(ms: int) -> str:
    """`1 ms`, `3 h 20 min`."""
    return f"{ms} ms" if abs(ms) < 1_000 else spoken_span(ms)


def _allowed(late: int) -> str:
    return f" (its granularity is {_span(late)})" if late else ""


def _moment(stamp: object) -> str:
    return rfc3339(stamp) if type(stamp) is int else repr(stamp)


RULES: Final = (
    Rule(
        "time-forward",
        "Time never goes back",
        "A log is ordered by time. A stamp outside its step, or a clock that can be turned back, makes every lateness"
        " that is measured on it worthless.",
        time_forward,
    ),
    Rule(
        "nothing-early",
        "Nothing happens early",
        "A mail that leaves before its wait is over, by a millisecond or by a day rounded down, breaks promises that no"
        " one measures afterwards.",
        nothing_early,
    ),
    Rule(
        "nothing-lost",
        "Nothing is lost on a border",
        "Whatever is due exactly at the end of a step, at midnight, at the end of a month, when clocks change or at the"
        " last instant is what a < in place of a <= loses.",
        nothing_lost,
    ),
    Rule(
        "same-instant",
        "What is ingested is acted on at once",
        "The harness advances a backend at the instant of every event. One that acts later without saying so would be"
        " blamed for lateness, or get away with it.",
        same_instant,
    ),
    Rule(
        "simultaneous",
        "Simultaneous events are all acted on",
        "A batch arrives at one instant, and timers end as it does. Whatever their order, none may push another out.",
        simultaneous,
    ),
    Rule(
        "wakeups",
        "The timer that it names is honest",
        "The harness sleeps until the instant that a cooperative backend names. A timer it does not name is never"
        " reached; one that is always due lets time stand still.",
        wakeups,
    ),
)
"""The rules of this module."""
