"""Node-RED as an automation under test: unmodified, in virtual time, with our journeys as flows or flows of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from simulator.backends.node_red.compiling import INTAKE, compiled, rows_of
from simulator.backends.node_red.finding import installed
from simulator.backends.program.backend import ProgramBackend
from simulator.backends.program.faketime import installed_library
from simulator.backends.program.plans import Plan, Sinks, Surroundings
from simulator.backends.program.telling import EVERY, Telling
from simulator.backends.protocol import Backend, Capabilities
from simulator.model.briefing import Briefing, Native
from simulator.model.shaping import FROM_DOCUMENT
from simulator.words.clock import MINUTE
from simulator.words.errors import InvalidDocuments, Place, Problem, UsageError

NAME: Final = "node-red"
FEATURES: Final = frozenset({
    "trigger.event", "step.send", "step.wait", "step.split", "step.exit", "policy.consent", "policy.require",
})  # fmt: skip
"""What flows can say of a briefing, as far as the refusals do not say otherwise."""
CAPABILITIES: Final = Capabilities(
    clock="blackbox", granularity_ms=15 * MINUTE, deterministic=False, restart=False, features=FEATURES
)
CONTEXTS: Final = ("memory", "localfilesystem")
"""Where Node-RED keeps the context of its flows."""
_HERE: Final = Path(__file__).parent
_STARTED: Final = "prints Started flows"
_HOPELESS: Final = "Waiting for missing types|missing node types"


def make() -> Backend:
    """Node-RED with its sinks. Raises NotInstalled."""
    from simulator.backends.capture import CapturingBackend

    installed_library()
    installed()
    return CapturingBackend(_engine, name=NAME, capabilities=CAPABILITIES)


def _engine(sinks: Sinks) -> ProgramBackend:
    return ProgramBackend(NAME, plan, sinks, CAPABILITIES)


def plan(briefing: Briefing, surroundings: Surroundings) -> Plan:
    """How Node-RED is run. Raises Unsupported for what cannot be a flow, InvalidDocuments for flows that are none."""
    native = briefing.native.get(NAME)
    folder = surroundings.folder
    if native is None:
        flows = json.dumps(compiled(briefing), ensure_ascii=False, indent=1)
        tell: Mapping[str, Telling] = {EVERY: _EVENT}
        definition, context = "compiled", CONTEXTS[0]
        (folder / "briefing.json").write_text(json.dumps(rows_of(briefing), ensure_ascii=False), encoding="utf-8")
    else:
        flows, tell, context = _checked(native), _tellings(native), _context(native)
        definition = f"native {native.file}"
    (folder / "flows.json").write_text(flows, encoding="utf-8")
    for name in ("settings.js", "journeys.js"):
        shutil.copy(_HERE / name, folder / name)
    return Plan(
        command=("node", str(installed() / "node-red" / "red.js"), "--userDir", str(folder), "--settings",
                 str(folder / "settings.js")),
        definition=definition,
        folder=folder,
        environment={"JOURNEYPROOF_PORT": str(surroundings.port), "JOURNEYPROOF_CONTEXT": context},
        ready=_STARTED,
        hopeless=_HOPELESS,
        tell=tell,
    )  # fmt: skip


_EVENT = Telling.model_validate(
    {
        "post": f"http://127.0.0.1:{{port}}{INTAKE}",
        "json": {"type": "{event}", "profile": "{profile}", "time": "{time}", "data": "{data}"},
    }
)


def _checked(native: Native) -> str:
    """The flows as they are written, which have to be a list of nodes."""
    try:
        flows = json.loads(native.text)
    except ValueError as error:
        line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
        sentence = f"these flows are no JSON: {getattr(error, 'msg', error)}. Export them from Node-RED again."
        raise InvalidDocuments([Problem(Place(native.file, line, column), sentence)]) from None
    if not isinstance(flows, list) or not all(isinstance(node, dict) and "type" in node for node in flows):
        sentence = "these are no flows: a file of flows is a list of nodes. Export them from Node-RED again."
        raise InvalidDocuments([Problem(Place(native.file), sentence)])
    return native.text


def _tellings(native: Native) -> dict[str, Telling]:
    found = {}
    for event, told in native.tell.items():
        try:
            found[event] = Telling.model_validate(told, context={FROM_DOCUMENT: True})
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)[0]
            path = ".".join(str(part) for part in ("tell", event, *details["loc"]))
            raise UsageError(f"native {NAME}: {path}: {details['msg']}. Correct it in the scenario.") from None
    return found


def _context(native: Native) -> str:
    settings: dict[str, Any] = dict(native.settings)
    context = settings.pop("context", CONTEXTS[0])
    if settings or context not in CONTEXTS:
        wrong = next(iter(settings), f"context: {context}")
        known = " or ".join(f"'context: {word}'" for word in CONTEXTS)
        raise UsageError(f"native {NAME}: unknown setting '{wrong}'. There is {known}.")
    return str(context)
