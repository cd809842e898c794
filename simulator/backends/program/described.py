"""From a description to a backend: what the file says becomes the plan of a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator.backends.program.backend import ProgramBackend
from simulator.backends.program.document import Description, ProgramOf, read_description
from simulator.backends.program.plans import Plan, Sinks, Surroundings, write_briefing
from simulator.backends.program.rows import Rows
from simulator.backends.program.telling import EVERY, filled, holes, unknown
from simulator.backends.protocol import Backend, Capabilities
from simulator.backends.reference.engine import FEATURES
from simulator.model.briefing import Briefing
from simulator.words.errors import InvalidDocuments, did_you_mean


def program_backend(path: Path, shown: str = "") -> Backend:
    """The backend of a `*.backend.yaml`, with its sinks. Raises InvalidDocuments, and NotInstalled without faketime."""
    from simulator.backends.capture import CapturingBackend

    description = read_description(path, shown)
    if description.program.clock == "faketime":
        from simulator.backends.program.faketime import installed_library

        installed_library()
    return CapturingBackend(
        lambda sinks: described(description, sinks),
        name=description.name,
        rules=tuple(description.program.recognise),
        capabilities=capabilities_of(description),
        definition="" if reads_briefing(description.program) else definition_of(description),
    )


def described(description: Description, sinks: Sinks) -> ProgramBackend:
    """The program of a description, handing its messages over to these sinks."""

    def plan(briefing: Briefing, surroundings: Surroundings) -> Plan:
        return plan_of(description, briefing, surroundings)

    return ProgramBackend(description.name, plan, sinks, capabilities_of(description))


def capabilities_of(description: Description) -> Capabilities:
    """What the program of a description can do: it has journeys of its own, so ours ask nothing of it."""
    program = description.program
    return Capabilities(
        clock="blackbox" if program.clock == "faketime" else "stepped",
        granularity_ms=program.granularity.ms,
        deterministic=False,
        restart=program.restart,
        features=FEATURES,
    )


def definition_of(description: Description) -> str:
    """What the log says that the program runs: the file that defines it, else the description itself."""
    return f"native {description.program.definition or description.file.name}"


def reads_briefing(program: ProgramOf) -> bool:
    """True if the program is handed the journeys of a scenario."""
    return "briefing" in holes([*program.command, *program.environment.values()])


def plan_of(description: Description, briefing: Briefing, surroundings: Surroundings) -> Plan:
    """How the program is run. Raises InvalidDocuments for events and fields that the scenario does not have."""
    _check(description, briefing)
    program, folder = description.program, description.file.resolve().parent
    values = surroundings.values()
    if program.definition is not None:
        values["definition"] = str(folder / program.definition)
    if reads_briefing(program):
        values["briefing"] = str(write_briefing(briefing, surroundings.folder))
    return Plan(
        command=tuple(filled(word, values) for word in program.command),
        definition=definition_of(description),
        folder=folder,
        environment={name: filled(value, values) for name, value in program.environment.items()},
        ready=filled(program.ready, values),
        faketime=program.clock == "faketime",
        stands=None if program.between_steps is None else program.between_steps == "stands",
        profiles=program.profiles,
        tell=program.tell,
        tick=program.tick,
        values=_only(values, "definition", "briefing"),
        starts_within=program.starts_within.ms / 1000,
        steps_within=program.steps_within.ms / 1000,
    )


def _only(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def _check(description: Description, briefing: Briefing) -> None:
    known, problems = briefing.dictionary, []
    for event in description.program.tell:
        if event != EVERY and event not in known.events:
            hint = did_you_mean(event, sorted(known.events)) or ". Declare it under 'events' of the organisation."
            problems.append(description.problem(("tell", event), f"unknown event '{event}'{hint}"))
    fields, customer = frozenset(known.fields), Rows(briefing).customer
    for loc, name in description.placeholders():
        if sentence := unknown(name, fields, customer):
            problems.append(description.problem(loc, sentence))
    if problems:
        raise InvalidDocuments(problems)
