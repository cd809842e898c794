"""The rules together, and asking them of one backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from simulator.backends.protocol import Factory
from simulator.conformance import company, features, how, what, when
from simulator.conformance.kit import LARGE, Kit
from simulator.conformance.report import Finding, NotApplicable, Report, Result, Rule
from simulator.model.scenarios import Scenario
from simulator.running.capabilities import factory_of
from simulator.words.errors import JourneyproofError, Unsupported, UsageError, did_you_mean

_ORDER: Final = (
    *("capabilities", "features", "unsupported"),
    *("time-forward", "nothing-early", "nothing-lost", "same-instant", "simultaneous", "wakeups"),
    *("retried-steps", "clean-start", "own-sessions", "waits-survive", "close"),
    *("deterministic", "customers-apart", "large-batch", "harmless"),
    *("unicode", "nothing-unplanned", "captured", "known-only", "plain-values", "real-loop"),
)
_ALL: Final = {rule.id: rule for rule in (*when.RULES, *how.RULES, *company.RULES, *what.RULES, *features.RULES)}

RULES: Final[tuple[Rule, ...]] = tuple(_ALL[id] for id in _ORDER)
"""Every rule, in the order in which they are asked and told."""
assert len(RULES) == len(_ALL), "a rule without a place in the order"

Progress = Callable[[Rule, int, int], None]
"""Called before each rule with it, the number of those done, and of all."""


def check(
    backend: str | Factory,
    *,
    scenario: Scenario | None = None,
    rules: Sequence[Rule | str] | None = None,
    large: int = LARGE,
    progress: Progress | None = None,
) -> Report:
    """Ask the rules of a backend: of all, or of those named by id.

    `backend` is the word behind `--backend`, or what makes one. `scenario` is one of the author's own, for an engine
    that runs a definition of its own; rules that only need some messages at some time then use it. `large` is how many
    people sign up at once in the large batch, where the backend is quick enough. Raises UsageError for an unknown
    backend, class or rule.
    """
    chosen = RULES if rules is None else tuple(_rule(rule) for rule in rules)
    kit = Kit(factory_of(backend), scenario, large)
    _find(kit)
    results = []
    for number, rule in enumerate(chosen):
        if progress is not None:
            progress(rule, number, len(chosen))
        results.append(ask(rule, kit))
    return Report(_name(kit, backend), tuple(results))


def ask(rule: Rule, kit: Kit) -> Result:
    """One rule. Whatever the backend raises is a result as well, with its cause."""
    findings: list[Finding] = []
    inapplicable = broken = ""
    try:
        for finding in rule.check(kit):
            findings.append(finding)  # noqa: PERF402  what was found before something breaks is kept
    except NotApplicable as reason:
        inapplicable = f"not applicable: {reason}"
    except Unsupported as refused:
        inapplicable = f"not applicable: it refuses the kit's own journey: {refused}"
    except JourneyproofError as error:
        broken = f"the backend broke: {error}"
    except Exception as error:  # noqa: BLE001  a backend may raise anything, from a property for instance
        broken = f"the backend broke: {type(error).__name__}: {error}"
    if broken:
        return Result(rule, "error", tuple(findings), broken)
    if findings:
        return Result(rule, "failed", tuple(findings))
    return Result(rule, "not applicable", reason=inapplicable) if inapplicable else Result(rule, "passed")


def _find(kit: Kit) -> None:
    """Make one, so that a word that leads to nothing is told as such. What else goes wrong is for the rules to tell."""
    try:
        _ = kit.specimen
    except UsageError:
        raise
    except Exception:  # noqa: BLE001  remembered, and raised again in each rule
        return


def _rule(rule: Rule | str) -> Rule:
    if isinstance(rule, Rule):
        return rule
    if rule not in _ALL:
        raise UsageError(f"unknown rule '{rule}'{did_you_mean(rule, _ALL)}. There are: {', '.join(_ORDER)}.")
    return _ALL[rule]


def _name(kit: Kit, backend: str | Factory) -> str:
    """What to call it, though it may be one that cannot even be made."""
    try:
        return backend if isinstance(backend, str) else kit.name
    except Exception:  # noqa: BLE001  the rules tell what is wrong
        return str(getattr(backend, "__name__", "backend"))
