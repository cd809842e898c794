"""Rules about company: a large batch, events and customers besides, and the whole world around a backend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from simulator.conformance.documents import HELLO
from simulator.conformance.driving import Recording
from simulator.conformance.how import bare
from simulator.conformance.kit import Kit
from simulator.conformance.report import Finding, NotApplicable, Rule
from simulator.conformance.scenes import ALONE, TOGETHER
from simulator.model.jsonl import rfc3339
from simulator.model.log import Event
from simulator.model.people import Person
from simulator.model.scenarios import Scenario, StoryAct
from simulator.running.cells import run_cell
from simulator.words.errors import BackendFailed, Stuck, Unsupported
from simulator.world import Setting


def large_batch(kit: Kit) -> Iterator[Finding]:
    """Many sign up at one instant; each is greeted, once."""
    # With difficult names among them it serves another rule as well; what goes wrong may be due to those.
    if list(_crowded(kit, named=True)):
        yield from _crowded(kit, named=False)


def _crowded(kit: Kit, *, named: bool) -> Iterator[Finding]:
    size = kit.batch()
    try:
        scene, recording = kit.crowd(named=named)
    except BackendFailed as error:
        yield Finding(
            f"{size} people signed up at once, and it failed: {error}.",
            "Take in any number of events before an `advance`, and act on all of them in it.",
        )
        return
    at = next(iter(scene.signed.values()))
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


def customers_apart(kit: Kit) -> Iterator[Finding]:
    """Whoever is run alone gets what they get among the others."""
    if not kit.capabilities.independent_customers:
        raise NotApplicable("it does not declare that customers are independent")
    scene, together = kit.scenes.ordinary(), kit.ordinary()
    for row in (ALONE, TOGETHER[1]):
        apart = kit.play(f"apart {row}", kit.scenes.only(scene, row))
        here = [(to, bare(event)) for to, event in _of(together, row)]
        there = [(to, bare(event)) for to, event in _of(apart, row)]
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
    before, after = kit.ordinary().counted(), disturbed.counted()
    for row, message in sorted((before - after) | (after - before)):
        yield Finding(
            f"{row!r} was sent {message!r} {before[row, message]} times, and {after[row, message]} times after events"
            " that nobody had asked for ('Arrived' and 'Teapot Whistled' of kit-alone, 'Signed Up' of an unknown row"
            " and of none, 'Message Opened' of an unknown message).",
            "Pass over events that no journey listens to, and those of rows that the briefing does not hold: they have"
            " no address.",
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


def _of(recording: Recording, row: str) -> list[tuple[int, Event]]:
    return [(step.to, event) for step, event in recording.told() if event.profile == row]


def _some(rows: list[str]) -> str:
    return ", ".join(rows[:3]) + (", ..." if len(rows) > 3 else "")


RULES: Final = (
    Rule(
        "large-batch",
        "A large batch is taken in whole",
        "The night's batch brings everybody at once. A buffer that is full must not drop anybody.",
        large_batch,
    ),
    Rule(
        "harmless",
        "Events that nobody asked for do no harm",
        "A link carries everything. An engine hears of customers and events that none of its journeys know.",
        harmless,
    ),
    Rule(
        "customers-apart",
        "Customers are independent, where that is declared",
        "The harness then runs each customer alone, in any number of processes, and puts the logs together.",
        customers_apart,
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
