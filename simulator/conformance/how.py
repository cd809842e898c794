"""Rules about sessions and steps: retries, restarts, two sessions at once, and the same run twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from simulator.conformance.documents import FOLLOW_UP, HELLO
from simulator.conformance.driving import Counts, Play, Recording, Script, Step, closing
from simulator.conformance.kit import Kit
from simulator.conformance.report import Finding, NotApplicable, Rule
from simulator.conformance.scenes import ALONE, FIRST, Scene
from simulator.model.jsonl import rfc3339
from simulator.model.log import Event
from simulator.words.errors import BackendFailed, Unsupported


def retried_steps(kit: Kit) -> Iterator[Finding]:
    """Every step asked twice, and then a new one with the same instant."""
    plain = kit.any()
    try:
        retried = kit.any(retried=True)
    except BackendFailed as error:
        yield Finding(
            f"asked each step twice, and then in a new step with the same instant, it failed: {error}.",
            "Give the answer of the last step again when its number comes again, and take any higher number after it.",
        )
        return
    for step in retried.steps:
        if step.again is not None and step.again != step.told:
            yield Finding(
                f"advance({rfc3339(step.to)}, step={step.number}) told {_listed(step.told)}; the same step asked again"
                f" told {_listed(step.again)}.",
                "Remember the number of the last step and its answer, and give that answer again: the first one may"
                " have been lost on the way.",
            )
            break
    for step in retried.steps:
        twice = [event for event in step.anew or () if event in step.told]
        if twice:
            yield Finding(
                f"step {step.number + 1}, which has the instant {rfc3339(step.to)} of step {step.number}, told"
                f" {_listed(tuple(twice))} a second time.",
                "A new step tells only what became due since the one before, though its instant is the same.",
            )
            break
    if kit.scenario is None or kit.capabilities.deterministic:
        yield from _doubled(plain.counted(), retried.counted())


def _doubled(plain: Counts, retried: Counts) -> Iterator[Finding]:
    for (row, message), times in sorted(retried.items()):
        if times > plain[row, message]:
            yield Finding(
                f"with each step asked twice {row!r} was sent {message!r} {times} times, otherwise"
                f" {plain[row, message]} times.",
                "A step that is asked again does nothing: it only repeats its answer.",
            )
    for (row, message), times in sorted(plain.items()):
        if retried[row, message] < times:
            yield Finding(
                f"with each step asked twice {row!r} was sent {message!r} {retried[row, message]} times, otherwise"
                f" {times} times.",
                "What the repeated step took for done must not be missing in the next.",
            )


def clean_start(kit: Kit) -> Iterator[Finding]:
    """Closed in the middle of a wait and opened again, it knows nothing of what was before."""
    scenes = kit.scenes
    before, after = scenes.one("kit-before"), scenes.one("kit-after")
    backend = kit.backend()
    first = Play(backend, _script(before), before.briefing, before.start, before.end)
    first.open()
    try:
        first.run_to(before.signed["kit-before"] + kit.granularity)
    except BaseException:
        first.let_go()
        raise
    first.close()
    second = Play(backend, _script(after), after.briefing, after.start, after.end)
    try:
        recording = second.whole()
    except BackendFailed as error:
        yield Finding(
            f"closed at {rfc3339(before.signed['kit-before'] + kit.granularity)} and opened again at"
            f" {rfc3339(after.start)}, it failed: {error}.",
            "`open` begins from nothing, at whatever instant it is given, on a backend that has been used as well.",
        )
        return
    yield from _strangers(recording, "kit-before", "of the session before, which was closed while it waited")
    yield from _as_alone(kit, recording, "kit-after", "in the second session of one backend")


def own_sessions(kit: Kit) -> Iterator[Finding]:
    """Two backends that are open at the same time have nothing to do with each other."""
    scenes = kit.scenes
    alone = kit.ordinary()
    here, there = scenes.ordinary(), scenes.one("kit-there")
    plays = [Play(kit.backend(), _script(each), each.briefing, each.start, each.end) for each in (here, there)]
    opened: list[Play] = []
    try:
        for play in plays:
            _open_beside(play, opened)
            opened.append(play)
        for instant in (here.start, there.signed["kit-there"], here.signed[ALONE], here.end):
            for play in plays:
                play.run_to(min(instant, play.recording.end))
    except BaseException:
        for play in opened:
            play.let_go()
        raise
    for play in plays:
        play.close()
    kit.beside, other = (play.recording for play in plays)
    yield from _strangers(kit.beside, "kit-there", "of another session, open at the same time")
    for row in (ALONE, FIRST):
        yield from _strangers(other, row, "of another session, open at the same time")
    yield from _as_alone(kit, other, "kit-there", "while another session was open")
    usual, here_sent = alone.counted(), kit.beside.counted()
    for row, message in sorted((usual - here_sent) | (here_sent - usual)):
        yield Finding(
            f"while another session was open {row!r} was sent '{message}' {here_sent[row, message]} times, otherwise"
            f" {usual[row, message]} times.",
            _OWN,
        )
    differing = _difference(alone, kit.beside) if kit.capabilities.deterministic else ""
    if differing and usual == here_sent and not _difference(alone, kit.ordinary(turn=2)):
        yield Finding(f"alone and while another session was open, the same play came to differ {differing}.", _OWN)


def _open_beside(play: Play, others: list[Play]) -> None:
    """Open one beside others. Raises NotApplicable where one session is all that it takes."""
    try:
        play.open()
    except BackendFailed as error:
        if not others:
            raise
        raise NotApplicable(f"it takes no second session while one is open: {error}") from error


def waits_survive(kit: Kit) -> Iterator[Finding]:
    """Killed in the middle of a wait and begun anew, it goes on."""
    if not kit.capabilities.restart:
        raise NotApplicable("it does not declare that its waits survive a restart")
    scene = kit.waiting_scenes().one("kit-patient")
    play = Play(kit.backend(), _script(scene), scene.briefing, scene.start, scene.end)
    play.open()
    if not callable(getattr(play.backend, "restart", None)):
        play.let_go()
        yield Finding(
            "it declares `restart`, and has no method `restart(at)`.",
            "Give it one, which ends the engine's process without warning and begins it anew; or declare"
            " `restart=False`.",
        )
        return
    at = scene.signed["kit-patient"] + scene.wait // 2
    try:
        play.run_to(at)
        play.ask("restart", at)
        play.run_to(scene.end)
    except BaseException:
        play.let_go()
        raise
    play.close()
    greeted, asked = play.recording.sent("kit-patient", HELLO), play.recording.sent("kit-patient", FOLLOW_UP)
    if greeted and len(asked) != 1:
        yield Finding(
            f"'kit-patient' was greeted at {rfc3339(greeted[0][0])}, and the backend restarted at {rfc3339(at)};"
            f" '{FOLLOW_UP}', due at {rfc3339(greeted[0][0] + scene.wait)}, was sent {len(asked)} times by"
            f" {rfc3339(scene.end)}.",
            "Keep waits where a restart finds them, or declare `restart=False`.",
        )


def deterministic(kit: Kit) -> Iterator[Finding]:
    """Two runs from the same beginning are the same, byte for byte."""
    if not kit.capabilities.deterministic:
        raise NotApplicable("it does not declare that it is deterministic")
    first = kit.any()
    # The run beside another session will do where it came to the same; otherwise one alone has to tell.
    if kit.scenario is None and kit.beside is not None and not _difference(first, kit.beside):
        return
    if differing := _difference(first, kit.any(turn=2)):
        yield Finding(
            f"two runs from the same beginning differ {differing}.",
            "Draw from `briefing.seed` alone, and ask neither clock nor machine; number what you make from 1 on, and"
            " name the same timers, in each session. Or declare `deterministic=False`.",
        )


def _difference(first: Recording, second: Recording) -> str:
    """In what two runs of one play differ first; empty if they are the same, byte for byte."""
    for one, other in zip(first.steps, second.steps, strict=False):
        if _bytes(one) != _bytes(other):
            return (
                f"in step {one.number}: the one told {_differing(one, other)} at {rfc3339(one.to)}, the other"
                f" {_differing(other, one)} at {rfc3339(other.to)}"
            )
    if len(first.steps) != len(second.steps):
        return f"in length: the one took {len(first.steps)} steps, the other {len(second.steps)}"
    return ""


def close_twice(kit: Kit) -> Iterator[Finding]:
    """It can be closed after a failed `open`, and more than once."""
    broken = kit.backend()
    nothing: Any = None
    with suppress(Exception):
        broken.open(nothing, 0)
    raised = {f"after an `open` that failed{turn}": closing(broken) for turn in ("", " a second time")}
    # Where there is no session to close, this much can be said all the same.
    with suppress(NotApplicable, Unsupported):
        raised["after a session a second time"] = kit.any().closed_again
    for when, error in raised.items():
        if error:
            yield Finding(
                f"close() {when} raised {error}.",
                "Let `close` let go of whatever there is, and of nothing where there is nothing.",
            )


# ------------------------------------------------------------------------------------------------- what they share


def _script(scene: Scene) -> Script:
    return Script(scene.events, scene.looks, scene.answering)


_OWN: Final = (
    "Keep everything that a session knows in the session: `open` begins from nothing, and two backends share no file,"
    " no port and no module's variables."
)


def _strangers(recording: Recording, row: str, which: str) -> Iterator[Finding]:
    for step, event in recording.told():
        if event.profile == row:
            yield Finding(f"at {rfc3339(step.to)} it told '{event.name}' of {row!r}, a row {which}.", _OWN)
            return


def _as_alone(kit: Kit, recording: Recording, row: str, when: str) -> Iterator[Finding]:
    """Whether somebody is sent as much as somebody is who signs up alone, with no session besides."""
    for message in (HELLO, FOLLOW_UP) if kit.scenes.waits else (HELLO,):
        times, usual = len(recording.sent(row, message)), len(kit.single().sent("kit-single", message))
        if times != usual:
            yield Finding(
                f"{when} {row!r} was sent '{message}' {times} times, otherwise {usual} times.",
                "Begin each session from nothing: no clock, no step number and no entry is left from another.",
            )


def bare(event: Event) -> tuple[Any, ...]:
    """An event without its profile and number, so that two can be compared."""
    return (event.time, event.name, event.system, event.cause, sorted(event.data.items()))


def _bytes(step: Step) -> tuple[Any, ...]:
    """A step as a log would hold it, with the timer that was named after it."""
    return (step.to, step.wakeup, repr([(event.profile, *bare(event)) for event in step.everything]))


def _differing(step: Step, other: Step) -> str:
    """What one step told and the other did not."""
    told = [event for event in step.everything if event not in other.everything]
    if told:
        return f"{_listed((told[0],))} with {_shown(told[0], other)}"
    return f"{_listed(step.everything)} and named the timer {step.wakeup}"


def _shown(event: Event, other: Step) -> str:
    """The fields in which an event differs from its like in another step."""
    like = next((each for each in other.everything if (each.name, each.profile) == (event.name, event.profile)), None)
    fields = {name: value for name, value in event.data.items() if like is None or like.data.get(name) != value}
    return repr(dict(list(fields.items())[:3])) if fields else f"the stamp {event.time}"


def _listed(events: tuple[Event, ...]) -> str:
    if not events:
        return "nothing"
    words = [f"'{event.name}' of {event.profile!r}" for event in events[:3]]
    return ", ".join(words) + (f" and {len(events) - 3} more" if len(events) > 3 else "")


RULES: Final = (
    Rule(
        "retried-steps",
        "A step can be asked again",
        "Over a wire an answer may be lost, and the step is asked again. What is sent twice then reaches a customer"
        " twice.",
        retried_steps,
    ),
    Rule(
        "clean-start",
        "Opened again, it begins from nothing",
        "A server is opened for one scenario after another. What is left of the last one turns up in the next.",
        clean_start,
    ),
    Rule(
        "own-sessions",
        "Two sessions share nothing",
        "Scenarios run side by side, and independent customers in backends of their own.",
        own_sessions,
    ),
    Rule(
        "waits-survive",
        "Waits survive a restart, where that is declared",
        "Scenarios kill an engine in the middle of a journey, and expect of it what it declares.",
        waits_survive,
    ),
    Rule(
        "deterministic",
        "Two runs are the same, where that is declared",
        "A run that differs each time cannot be repeated, and what was found in it cannot be shown to anybody.",
        deterministic,
    ),
    Rule(
        "close",
        "It can be closed at any time",
        "After a failure the harness closes what it opened, and must be able to say what failed first.",
        close_twice,
        acts=False,
    ),
)
"""The rules of this module."""
