"""Rules about sessions and steps: retries, restarts, many at once, disturbances, and the real loop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from simulator.conformance.documents import FOLLOW_UP, HELLO
from simulator.conformance.driving import Play, Recording, Script, Step, closing
from simulator.conformance.kit import Kit
from simulator.conformance.report import Finding, NotApplicable, Rule
from simulator.conformance.scenes import ALONE, FIRST, TOGETHER, Scene
from simulator.model.jsonl import rfc3339
from simulator.model.log import Event
from simulator.model.people import Person
from simulator.model.scenarios import Scenario, StoryAct
from simulator.running.cells import run_cell
from simulator.words.errors import BackendFailed, Stuck, Unsupported
from simulator.world import Setting

Sent = Counter[tuple[str, str]]
"""How often each row was sent each message."""


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
        yield from _doubled(_counted(plain), _counted(retried))


def _doubled(plain: Sent, retried: Sent) -> Iterator[Finding]:
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
    yield from _once_each(kit, recording, "kit-after", "in the second session of one backend")


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
    yield from _once_each(kit, kit.beside, ALONE, "while another session was open")
    yield from _once_each(kit, other, "kit-there", "while another session was open")
    differing = _difference(alone, kit.beside) if kit.capabilities.deterministic else ""
    if differing and not _difference(alone, kit.ordinary(turn=2)):
        yield Finding(
            f"alone and while another session was open, the same play came to differ {differing}.",
            "Keep everything that a session knows in the session: two backends share no file, no port and no module's"
            " variables.",
        )


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


def large_batch(kit: Kit) -> Iterator[Finding]:
    """Many sign up at one instant; each is greeted, once."""
    size = kit.batch()
    scene = kit.scenes.crowd(size)
    at = next(iter(scene.signed.values()))
    try:
        recording = kit.play("crowd", scene)
    except BackendFailed as error:
        yield Finding(
            f"{size} people signed up at {rfc3339(at)}, and it failed: {error}.",
            "Take in any number of events before an `advance`, and act on all of them in it.",
        )
        return
    times = Counter(event.profile for _, event in recording.sent(message=HELLO))
    missed = [row for row in scene.signed if not times[row]]
    doubled = [row for row in scene.signed if times[row] > 1]
    late = sorted({event.profile for to, event in recording.sent(message=HELLO) if to > at + kit.granularity})
    said = f"{size} people signed up at {rfc3339(at)}"
    if missed:
        yield Finding(
            f"{said}, and {len(missed)} of them were never sent '{HELLO}' ({_some(missed)}).",
            "Take in any number of events before an `advance`, and act on all of them in it.",
        )
    if doubled:
        yield Finding(
            f"{said}, and {len(doubled)} of them were sent '{HELLO}' more than once ({_some(doubled)}).",
            "Act on each event once.",
        )
    if late:
        yield Finding(
            f"{said}, and {len(late)} of them were sent '{HELLO}' later than the granularity allows ({_some(late)}).",
            "Return from `advance` only when everything that is due has been done.",
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


def customers_apart(kit: Kit) -> Iterator[Finding]:
    """Whoever is run alone gets what they get among the others."""
    if not kit.capabilities.independent_customers:
        raise NotApplicable("it does not declare that customers are independent")
    scene, together = kit.scenes.ordinary(), kit.ordinary()
    for row in (ALONE, TOGETHER[1]):
        apart = kit.play(f"apart {row}", kit.scenes.only(scene, row))
        here = [(to, _bare(event)) for to, event in _of(together, row)]
        there = [(to, _bare(event)) for to, event in _of(apart, row)]
        if here != there:
            odd = next((each for each in (*here, *there) if each not in here or each not in there), None)
            what = "in another order" if odd is None else f"'{odd[1][1]}' at {rfc3339(odd[0])} in only one of the two"
            yield Finding(
                f"{row!r} alone and {row!r} among others was told of differently: {what}.",
                "Let no customer's rows, numbers or draws depend on another's; or declare"
                " `independent_customers=False`, and all customers are run together.",
            )


def harmless(kit: Kit) -> Iterator[Finding]:
    """Events that nobody asked for change nothing."""
    scenes = kit.scenes
    try:
        disturbed = kit.play("disturbed", scenes.disturbed())
    except BackendFailed as error:
        kit.ordinary()
        yield Finding(
            f"it failed when it was told an event that nobody had asked for, of an unknown name or row: {error}.",
            "Pass over events that no journey listens to, whatever their name and profile are.",
        )
        return
    before, after = _counted(kit.ordinary()), _counted(disturbed)
    for row, message in sorted((before - after) | (after - before)):
        yield Finding(
            f"{row!r} was sent {message!r} {before[row, message]} times, and {after[row, message]} times after events"
            " that nobody had asked for ('Arrived' and 'Teapot Whistled' of kit-alone, 'Signed Up' of an unknown row"
            " and of none, 'Message Opened' of an unknown message).",
            "Pass over events that no journey listens to, and those of rows that the briefing does not hold: they have"
            " no address.",
        )


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


def real_loop(kit: Kit) -> Iterator[Finding]:
    """A whole scenario, with a world around the backend that delivers its messages and brings receipts."""
    scenario = _with_people(kit) if kit.scenario is None else kit.scenario
    assert kit.capabilities is not None, "or it cannot be driven at all"
    try:
        rows = run_cell(Setting(scenario), kit.backend(), tuple(scenario.people))
    except Unsupported:
        raise
    except (BackendFailed, Stuck) as error:
        kit.any()  # one that fails by itself as well has broken, whatever is around it
        yield Finding(
            f"the scenario '{scenario.name}' could not be run: {error}.",
            "Whatever stops the loop stops every scenario; the rules above say more where one of them fails as well.",
        )
        return
    received = sum(row.name == "Message Received" for row in rows)
    if kit.scenario is None and not received:
        yield Finding(
            f"in the scenario '{scenario.name}' {len(scenario.people)} people signed up, and none received a message.",
            "See what the rules above say; the loop does what they do, with a world around it.",
        )


def _with_people(kit: Kit) -> Scenario:
    """The kit's ordinary scene as a scenario, for the real loop."""
    scenes = kit.scenes
    scene = scenes.ordinary()
    scenario = scenes.scenario
    people: dict[str, Person] = {}
    story: list[StoryAct] = []
    for number, profile in enumerate(scene.briefing.profiles):
        id = f"person-{number}"
        people[id] = Person(id, id, "UTC", "", "en", dict(profile.fields), (profile,))
        story.append(StoryAct(number, "Signed Up", "crm", (id,), scene.signed[profile.id]))
    return replace(
        scenario,
        start=scene.start, end=scene.end, active_from=scene.start, active_until=scene.end,
        people=people, story=tuple(story), briefing=scene.briefing,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------- what they share


def _script(scene: Scene) -> Script:
    return Script(scene.events, scene.looks, scene.answering)


def _counted(recording: Recording) -> Sent:
    return Counter((event.profile, str(event.data.get("message"))) for _, event in recording.sent())


def _strangers(recording: Recording, row: str, which: str) -> Iterator[Finding]:
    for step, event in recording.told():
        if event.profile == row:
            yield Finding(
                f"at {rfc3339(step.to)} it told '{event.name}' of {row!r}, a row {which}.",
                "Keep everything that a session knows in the session: `open` begins from nothing, and two backends"
                " share no file, no port and no module's variables.",
            )
            return


def _once_each(kit: Kit, recording: Recording, row: str, when: str) -> Iterator[Finding]:
    expected = (HELLO, FOLLOW_UP) if kit.scenes.waits else (HELLO,)
    for message in expected:
        times = len(recording.sent(row, message))
        if times != 1 and len(kit.ordinary().sent(ALONE, message)) == 1:
            yield Finding(
                f"{when} {row!r} was sent '{message}' {times} times, and once is right.",
                "Begin each session from nothing: no clock, no step number and no entry is left from another.",
            )


def _of(recording: Recording, row: str) -> list[tuple[int, Event]]:
    return [(step.to, event) for step, event in recording.told() if event.profile == row]


def _bare(event: Event) -> tuple[Any, ...]:
    return (event.time, event.name, event.system, event.cause, sorted(event.data.items()))


def _bytes(step: Step) -> tuple[Any, ...]:
    """A step as a log would hold it, with the timer that was named after it."""
    return (step.to, step.wakeup, repr([(event.profile, *_bare(event)) for event in step.everything]))


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


def _some(rows: list[str]) -> str:
    return ", ".join(rows[:3]) + (", ..." if len(rows) > 3 else "")


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
        "large-batch",
        "A large batch is taken in whole",
        "The night's batch brings everybody at once. A buffer that is full must not drop anybody.",
        large_batch,
    ),
    Rule(
        "deterministic",
        "Two runs are the same, where that is declared",
        "A run that differs each time cannot be repeated, and what was found in it cannot be shown to anybody.",
        deterministic,
    ),
    Rule(
        "customers-apart",
        "Customers are independent, where that is declared",
        "The harness then runs each customer alone, in any number of processes, and puts the logs together.",
        customers_apart,
    ),
    Rule(
        "harmless",
        "Events that nobody asked for do no harm",
        "A link carries everything. An engine hears of customers and events that none of its journeys know.",
        harmless,
    ),
    Rule(
        "close",
        "It can be closed at any time",
        "After a failure the harness closes what it opened, and must be able to say what failed first.",
        close_twice,
        acts=False,
    ),
    Rule(
        "real-loop",
        "It runs in the real loop",
        "All of this is for the loop that rehearses scenarios, where a world takes what the backend tells, and refuses"
        " what cannot be.",
        real_loop,
    ),
)
"""The rules of this module."""
