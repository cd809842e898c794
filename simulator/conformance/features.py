"""Rules about what a backend can express: what it declares it does, and what it cannot do it refuses, by line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from simulator.conformance.documents import scenario_of
from simulator.conformance.driving import Play, Recording, Script
from simulator.conformance.kit import NEEDED, Kit
from simulator.conformance.probes import DUE, JOURNEYS, POLICY_PROBES, Probe
from simulator.conformance.report import Finding, NotApplicable, Rule
from simulator.conformance.scenes import ORDINARY, UTC, Scene, Scenes, customer, numbered
from simulator.model.journeys import STEPS
from simulator.model.jsonl import rfc3339
from simulator.model.log import Event
from simulator.model.scenarios import Scenario
from simulator.words.clock import MINUTE
from simulator.words.errors import BackendFailed, Refusal, Unsupported

_LINE = re.compile(r".+:[0-9]+")


def declared_is_expressed(kit: Kit) -> Iterator[Finding]:
    """A tiny journey for each feature that is declared."""
    declared = kit.capabilities.features
    scenes = kit.scenes
    try:
        kit.ordinary()
    except Unsupported as refused:
        yield _refused(refused, "trigger.event, step.send and step.wait")
        return
    # The kit's own journey has tried these, and the rules about time say what came of it.
    rest = declared - {"trigger.event", "step.send", "step.wait"}
    probes = [
        probe
        for probe in (*JOURNEYS.values(), *POLICY_PROBES.values())
        if not rest.isdisjoint((probe.feature, probe.word))
        and probe.needs <= declared
        and (probe.within is None or scenes.minutes <= probe.within)
    ]
    together = [probe for probe in probes if not probe.alone]
    for group in (together, *([probe] for probe in probes if probe.alone)):
        if group:
            yield from _try(kit, scenes, group, group[0].feature if len(group) == 1 else "probes")


def _try(kit: Kit, scenes: Scenes, probes: list[Probe], name: str) -> Iterator[Finding]:
    """Play probes together. What is refused or goes wrong beside others is played alone before it is complained of."""
    scenario = _scenario(probes, scenes)
    try:
        recording = kit.play(name, _scene(scenario, probes, scenes))
    except Unsupported as refused:
        if len(probes) == 1:
            yield _refused(refused, name)
            return
        alone = [probe for probe in probes if _of(probe, scenario, refused.refusals)] or probes
        for probe in alone:
            yield from _try(kit, scenes, [probe], probe.feature)
        rest = [probe for probe in probes if probe not in alone]
        if rest:
            yield from _try(kit, scenes, rest, rest[0].feature if len(rest) == 1 else f"{name} without some")
        return
    if len(probes) == 1:
        yield from _come_of(probes[0], recording, scenes, "in its smallest journey")
        return
    for probe in probes:
        beside = list(_come_of(probe, recording, scenes, "in its smallest journey, beside those of other features,"))
        if beside:
            yield from list(_try(kit, scenes, [probe], probe.feature)) or beside


def _refused(refused: Unsupported, features: str) -> Finding:
    first, *others = refused.refusals
    more = f" (and {len(others)} more)" if others else ""
    return Finding(
        f"it declares {features}, and refuses the smallest journey that uses it: {str(first).rstrip('.')}{more}.",
        "Take out of `features` what it cannot express, or express it.",
    )


def _come_of(probe: Probe, recording: Recording, scenes: Scenes, where: str) -> Iterator[Finding]:
    for expected in probe.expected:
        found = [
            step.to
            for step, event in recording.told()
            if event.name == expected.event
            and event.profile == expected.row
            and (not expected.message or event.data.get("message") == expected.message)
        ]
        what = f"'{expected.message}' to" if expected.message else f"'{expected.event}' of"
        said = f"it declares {probe.feature}; {where}"
        mend = f"Do what docs/semantics-journeys.md says of it, or take {probe.feature} out of `features`."
        if len(found) != expected.times:
            times = f"{expected.times} of {what} {expected.row!r} were due"
            yield Finding(f"{said} {times}, and {len(found)} came.", mend)
        elif expected.at is not None:
            due = ORDINARY + expected.at * scenes.minutes
            late = scenes.granularity
            for to in found:
                if not due <= to <= due + 2 * late:
                    yield Finding(
                        f"{said} {what} {expected.row!r} was due at {rfc3339(due)}, and came at {rfc3339(to)}.", mend
                    )


def said_by_line(kit: Kit) -> Iterator[Finding]:
    """Whatever it does not declare is refused when it is opened, by file and line."""
    declared = kit.capabilities.features
    journeys = [probe for probe in JOURNEYS.values() if probe.feature not in declared and probe.feature == probe.word]
    rules = [probe for probe in POLICY_PROBES.values() if probe.feature not in declared and probe.plan is None]
    if not journeys and not rules:
        raise NotApplicable("it declares every word of a briefing, so there is nothing that it must refuse")
    with suppress(NotApplicable):
        _ = kit.scenes  # a backend that breaks there is not asked to refuse anything
    scenes = Scenes(kit.capabilities)
    if journeys:
        yield from _must_refuse(kit, scenes, journeys)
    if rules and set(NEEDED) <= declared:
        whole = replace(POLICY_PROBES["policy.consent"], policy=_together(rules))
        yield from _must_refuse(kit, scenes, [whole], [probe.feature for probe in rules])


def _must_refuse(kit: Kit, scenes: Scenes, probes: list[Probe], rules: Sequence[str] = ()) -> Iterator[Finding]:
    """Open it with journeys (or, with `rules`, a policy) that it says it cannot express."""
    scenario = _scenario(probes, scenes)
    scene = _scene(scenario, probes, scenes)
    words = ", ".join(rules or [probe.feature for probe in probes])
    play = Play(kit.backend(), Script(()), scene.briefing, scene.start, scene.start)
    try:
        play.open()
    except Unsupported as refused:
        # A policy is no line of a journey, and across a wire nobody knows its file: there the sentence is enough.
        for refusal in refused.refusals if not rules else ():
            if not _LINE.fullmatch(refusal.line):
                yield Finding(f"it refuses {refusal.sentence!r}, and says where as {refusal.line!r}.", _REFUSE)
        for probe in probes if not rules else ():
            if not _of(probe, scenario, refused.refusals):
                line = _lines(probe, scenario)[0]
                yield Finding(
                    f"it does not declare {probe.feature}, and of the journey that uses it ({line}) it refused nothing,"
                    f" though it refused others ({refused.refusals[0].line}).",
                    _REFUSE,
                )
    except BackendFailed as error:
        yield Finding(f"it does not declare {words}, and failed on what uses them: {error}.", _REFUSE)
    else:
        play.let_go()
        where = "kit.policy.yaml" if rules else ", ".join(_lines(probe, scenario)[0] for probe in probes)
        yield Finding(f"it does not declare {words}, and took what uses them ({where}) without a word.", _REFUSE)


# ------------------------------------------------------------------------------------------------------ the scene


def _scenario(probes: Iterable[Probe], scenes: Scenes) -> Scenario:
    """The briefing of some probes."""
    probes = list(probes)
    written = _words(scenes)
    messages = {id: text for probe in probes for id, text in probe.messages.items()}
    return scenario_of(
        "probes",
        UTC.local_date(ORDINARY).isoformat(),
        {probe.id: _filled(probe.journey, written) for probe in probes},
        messages=messages,
        policy=_filled(_together(probes), written),
        plan=next((probe.plan for probe in probes if probe.plan is not None), None),
    )


def _together(probes: Iterable[Probe]) -> str:
    """The rules of all their policies, as one."""
    return "policy: The kit's rules\n" + "".join(probe.policy.partition("\n")[2] for probe in probes)


def _scene(scenario: Scenario, probes: Iterable[Probe], scenes: Scenes) -> Scene:
    unit, written = scenes.minutes, _words(scenes)
    rows = []
    events = []
    for probe in probes:
        for row, fields in probe.rows.items():
            told = {
                name: written.get(value, value) if isinstance(value, str) else value for name, value in fields.items()
            }
            profile = customer(row, fields=told)
            rows.append(replace(profile, consents=frozenset()) if row in probe.deaf else profile)
        events += [
            Event(ORDINARY + units * unit, name, "", row, "esp", "", dict(data))
            for units, row, name, data in probe.events
        ]
    end = ORDINARY + 12 * unit + 3 * scenes.granularity
    briefing = replace(scenario.briefing, profiles=tuple(rows), end=end)
    in_order = sorted(events, key=lambda event: event.time)
    receipts = {whose: name for probe in probes for whose, name in probe.receipts.items()}
    return Scene(briefing, ORDINARY, end, numbered(in_order), {}, answering=unit, receipts=receipts)


def _words(scenes: Scenes) -> dict[str, str]:
    """What the words in capitals stand for."""
    due, minutes = ORDINARY + DUE * scenes.minutes, scenes.minutes // MINUTE
    day = UTC.local_date(due).isoformat()
    return {
        "BIRTHDAY": f"1990{day[4:]}",
        "DAY": day,
        "TIME": _clock(due),
        "START": _clock(ORDINARY),
        "SHORT": f"{minutes} min",
        "LONG": f"{8 * minutes} min",
    }


def _clock(instant: int) -> str:
    minutes = UTC.local_time_ms(instant) // MINUTE
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _filled(text: str, written: Mapping[str, str]) -> str:
    return re.sub(r"\b[A-Z]{3,}\b", lambda found: written.get(found[0], found[0]), text)


def _lines(probe: Probe, scenario: Scenario) -> list[str]:
    """Where its journey stands, the line that uses the feature first."""
    programs = [each for each in scenario.briefing.programs if each.id.partition(":")[0] == probe.id]
    kind = STEPS.get(probe.word.removeprefix("step."))
    nodes = [node for program in programs for node in program.nodes]
    using = [node.line for node in nodes if kind is not None and isinstance(node.step, kind)]
    return [*using, *(program.line for program in programs), *(node.line for node in nodes)]


def _of(probe: Probe, scenario: Scenario, refusals: Iterable[Refusal]) -> tuple[Refusal, ...]:
    """The refusals that are about its journey."""
    lines = _lines(probe, scenario)
    return tuple(refusal for refusal in refusals if refusal.line in lines)


_REFUSE: Final = (
    "Raise Unsupported in `open`, with one Refusal(line, sentence) for each step, rule or message that cannot be"
    " expressed: `node.line`, or `program.line`. Or declare the feature, if it is expressed."
)

RULES: Final = (
    Rule(
        "features",
        "What it declares it does",
        "A scenario is run when every word of its briefing is declared. A word that is declared and does nothing makes"
        " a scenario pass that was never tried.",
        declared_is_expressed,
    ),
    Rule(
        "unsupported",
        "What it cannot do it says by line",
        "Whoever wrote a journey has to learn which step an engine cannot do. A crash tells nobody, and silence is the"
        " worst answer.",
        said_by_line,
        acts=False,
    ),
)
"""The rules of this module."""
