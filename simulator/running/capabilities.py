"""What a scenario needs of a backend, and what a backend says it can do."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from simulator.backends import BACKENDS, backend_factory
from simulator.backends.protocol import Backend, Capabilities, Factory
from simulator.model.journeys import STEPS, TRIGGERS
from simulator.model.scenarios import Scenario
from simulator.words.errors import BackendFailed, JourneyproofError, UsageError

POLICIES = ("caps", "quiet_hours", "consent", "suppress", "coherence", "require")
"""The parts of a policy that a backend may be unable to express."""

_TRIGGER_WORDS: dict[type, str] = {model: f"trigger.{word}" for word, model in TRIGGERS.items()}
_STEP_WORDS: dict[type, str] = {model: f"step.{word}" for word, model in STEPS.items()}


def needs(scenario: Scenario) -> tuple[str, ...]:
    """The words of the briefing that a scenario uses (`trigger.event`, `step.split`, `policy.caps`, ...), sorted."""
    return tuple(sorted(set(_needs(scenario))))


def _needs(scenario: Scenario) -> Iterator[str]:
    for program in scenario.briefing.programs:
        yield _TRIGGER_WORDS[type(program.journey.trigger)]
        yield from (_STEP_WORDS[type(node.step)] for node in program.nodes)
        if program.journey.coupons:
            yield "coupons"
        if program.journey.holdout is not None:
            yield "holdout"
    policy = scenario.briefing.policy
    yield from (f"policy.{part}" for part in POLICIES if getattr(policy, part))
    if policy.plan_windows == "enforced":
        yield "policy.plan_windows"


def missing(scenario: Scenario, capabilities: Capabilities) -> tuple[str, ...]:
    """What a scenario needs and a backend does not declare, sorted."""
    return tuple(word for word in needs(scenario) if word not in capabilities.features)


def factory_of(backend: str | Factory) -> Factory:
    """What makes a backend: of a registered name, of a class written `module:Class`, or as it is handed over.

    Raises UsageError for a name that means nothing.
    """
    if not isinstance(backend, str):
        return backend
    module, colon, name = backend.partition(":")
    if backend in BACKENDS or not colon:
        return backend_factory(backend)
    try:
        found = getattr(import_module(module), name, None)
    except ImportError as error:
        raise UsageError(f"the backend '{backend}' cannot be imported: {error}. Write module:Class.") from error
    if not callable(found):
        raise UsageError(f"the backend '{backend}' is not there: {module} has no class '{name}'. Write module:Class.")
    factory: Factory = found
    return factory


def make(factory: Factory) -> Backend:
    """One backend; BackendFailed where it cannot be made."""
    try:
        return factory()
    except JourneyproofError:
        raise
    except Exception as error:
        raise BackendFailed(f"the backend could not be made: {type(error).__name__}: {error}") from error
