"""What a scenario needs of a backend, and what a backend says it can do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from simulator.backends import DESCRIBED, backend_factory
from simulator.backends.answers import capabilities_of, methods_of, name_of
from simulator.backends.protocol import Backend, Factory
from simulator.model.journeys import STEPS, TRIGGERS, WaitFor
from simulator.model.scenarios import Scenario
from simulator.words.errors import BackendFailed, JourneyproofError, Refusal

USUAL = "reference"
"""What is under test where nobody says otherwise."""
MOST_REFUSALS = 10
"""Refusals that one sentence names; the rest is counted."""
POLICIES = ("caps", "quiet_hours", "consent", "suppress", "coherence", "require")
"""The parts of a policy that a backend may be unable to express."""

HAS_NO = "the backend has no "
"""How the sentence of a missing word begins."""

_TRIGGER_WORDS: dict[type, str] = {model: f"trigger.{word}" for word, model in TRIGGERS.items()}
_STEP_WORDS: dict[type, str] = {model: f"step.{word}" for word, model in STEPS.items()}


def needs(scenario: Scenario) -> tuple[str, ...]:
    """The words of the briefing that a scenario uses (`trigger.event`, `step.split`, `policy.caps`, ...), sorted."""
    return tuple(sorted({word for word, _ in _needs(scenario)}))


def _needs(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Each word with the `file:line` that uses it."""
    for program in scenario.briefing.programs:
        yield _TRIGGER_WORDS[type(program.journey.trigger)], program.line
        yield from ((_word(node.step), node.line) for node in program.nodes)
        if program.journey.coupons:
            yield "coupons", program.line
        if program.journey.holdout is not None:
            yield "holdout", program.line
    policy, lines = scenario.briefing.policy, scenario.document.get("lines", {})
    rules = [part for part in POLICIES if getattr(policy, part)]
    rules += ["plan_windows"] if policy.plan_windows == "enforced" else []
    yield from ((f"policy.{rule}", lines.get(f"policy/{rule}", "")) for rule in rules)


def _word(step: object) -> str:
    """The word of a step. A wait for an event also names it: an engine may wait for clicks, and for nothing else."""
    word = _STEP_WORDS[type(step)]
    return f"{word} {step.wait_for.event}" if isinstance(step, WaitFor) else word


def _is_in(word: str, features: frozenset[str]) -> bool:
    """True if a backend declares a word, or the whole of what it is a part of."""
    return word in features or word.partition(" ")[0] in features


def missing(scenario: Scenario, backend: Backend) -> tuple[Refusal, ...]:
    """What a scenario needs and a backend does not declare: each word with the lines that use it.

    Where the backend runs a definition of its own, our journeys and rules are nothing to it.
    """
    if backend.name in scenario.briefing.native:
        return ()
    lacking = (use for use in dict.fromkeys(_needs(scenario)) if not _is_in(use[0], backend.capabilities.features))
    return tuple(Refusal(line, f"{HAS_NO}{word}") for word, line in sorted(lacking))


def lacking(refusals: Sequence[Refusal], name: str) -> str:
    """The words that a backend does not declare, in one sentence, each with the first line that uses it."""
    lines: dict[str, list[str]] = {}
    for refusal in refusals:
        lines.setdefault(refusal.sentence.removeprefix(HAS_NO), []).append(refusal.line)
    told = [f"{word}{_at(found)}" for word, found in sorted(lines.items())]
    return f"the backend '{name}' has no {', '.join(told)}"


def _at(lines: Sequence[str]) -> str:
    more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
    return f" ({lines[0]}{more})" if lines[0] else ""


def chosen(scenario: Scenario) -> str:
    """The backend that a scenario runs on where nobody names one: the first that it is about."""
    return scenario.backends[0] if scenario.backends else USUAL


def elsewhere(scenario: Scenario, *names: str) -> str:
    """The sentence that says so, if a scenario is about other backends than the one of these names; else empty."""
    if not scenario.backends or set(names) & set(map(said_by, scenario.backends)):
        return ""
    return f"this scenario is about {' and '.join(scenario.backends)}, and not about {names[-1]}"


def said_by(word: str | Factory) -> str:
    """A backend's word as a result may hold it: no folder of this machine; empty for what was no word."""
    return "" if not isinstance(word, str) else Path(word).name if word.endswith(DESCRIBED) else word


def refused(refusals: Sequence[Refusal], name: str) -> str:
    """What a backend cannot express, in one sentence that names the lines."""
    if not refusals:
        return f"the backend '{name}' cannot express this, and does not say what of it"
    told = "; ".join(str(refusal).rstrip(".") for refusal in refusals[:MOST_REFUSALS])
    more = len(refusals) - MOST_REFUSALS
    return f"the backend '{name}' cannot express this: {told}{f'; and {more} more' if more > 0 else ''}"


def factory_of(backend: str | Factory) -> Factory:
    """What makes a backend: the word behind `--backend`, or what makes one, as it is handed over.

    Raises UsageError for a word that means nothing.
    """
    return backend_factory(backend) if isinstance(backend, str) else backend


def as_made(factory: Factory) -> Backend:
    """One backend, whatever it declares of itself; BackendFailed where it cannot be made."""
    try:
        return factory()
    except JourneyproofError:
        raise
    except (Exception, SystemExit) as error:
        cause = f"{type(error).__name__}: {error}".removesuffix(": ")
        raise BackendFailed(f"the backend could not be made: {cause}") from error


def make(factory: Factory) -> Backend:
    """One backend, which declares of itself what can be; BackendFailed where it cannot be made."""
    made = as_made(factory)
    try:
        methods_of(made)
        name, declared = name_of(made), capabilities_of(made)
        if declared.clock != "cooperative" and not declared.granularity_ms:
            rule = "say how far apart its ticks are, in milliseconds"
            raise BackendFailed(f"'{name}' has the clock '{declared.clock}', and its granularity_ms is 0: {rule}")
    except Exception as error:
        let_go(made)
        cause = str(error) if isinstance(error, BackendFailed) else f"{type(error).__name__}: {error}"
        raise BackendFailed(f"the backend could not be made: {cause}") from error
    return made


def let_go(backend: Backend) -> None:
    """Close a backend with which nothing was run: there is nothing it could say to that."""
    with suppress(Exception):
        backend.close()
