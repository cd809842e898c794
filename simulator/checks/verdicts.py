"""From what a template found to a verdict; and from the verdicts of blocks of people to one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from simulator.checks.agreement import agreement
from simulator.checks.counting import absence, at_most, existence
from simulator.checks.declare import precedence, response, succession
from simulator.checks.evidence import Evidence
from simulator.checks.findings import Breach, Finding
from simulator.checks.forbidding import not_coexistence, not_response
from simulator.checks.granularity import GRANULARITY, decided, excused_in_all, figure_of, is_automations
from simulator.checks.groups import pairs_of
from simulator.checks.knowledge import Knowledge
from simulator.checks.level import level
from simulator.checks.marketing import value
from simulator.checks.meanwhile import Meanwhile
from simulator.checks.sla import sla
from simulator.checks.withheld import COMING, Withheld
from simulator.model.results import Verdict, Violation
from simulator.model.rules import Rule, Timed

Judge = Callable[[Evidence, Any], Finding]

JUDGES: Mapping[str, Judge] = {
    "existence": existence,
    "absence": absence,
    "at_most": at_most,
    "response": response,
    "precedence": precedence,
    "succession": succession,
    "not_response": not_response,
    "not_coexistence": not_coexistence,
    "value": value,
    "agreement": agreement,
    "sla": sla,
    "level": level,
}
"""The function that judges each template."""

NEED_THE_WHOLE = ("sla", "level")
"""Templates that measure a whole population: judging blocks of people and merging would say something else."""


BLAMING = ("response", "succession", "absence", "sla")
"""Templates whose sentence says when whoever acted, or did not, had known; elsewhere it says so already."""


@dataclass(frozen=True)
class Judged:
    """A verdict on a block of people, with the order of its margins, so that blocks can be merged."""

    verdict: Verdict
    order: tuple[tuple[int, str, int], ...] = ()


def judge_check(evidence: Evidence, name: str, rule: Rule) -> Judged:
    """Judge one check. A crash becomes the verdict `error`, with its cause; the other checks go on."""
    verdict = Verdict(name, rule.template, "vacuous", rule.rule, place=evidence.scenario.check_places.get(name, ""))
    try:
        evidence = evidence if is_automations(rule) else evidence.for_others()
        finding = JUDGES[rule.template](evidence, rule)
        if isinstance(rule, Timed) and rule.meanwhile is not None:
            told = Meanwhile(evidence, rule.meanwhile, pairs_of(rule.same))
            finding.breaches = [told.told(breach) for breach in finding.breaches]
        if isinstance(rule, Timed) and rule.target.event in COMING and finding.breaches:
            withheld = Withheld(evidence, rule.target, reaches_back=rule.not_before is not None)
            finding.breaches = [withheld.told(breach) for breach in finding.breaches]
        return _judged(evidence, verdict, finding)
    except Exception as error:  # noqa: BLE001  # a check that crashes must not take the others with it
        return Judged(replace(verdict, outcome="error", reason=f"This check could not be judged: {_cause(error)}"))


def _cause(error: Exception) -> str:
    return str(error) if type(error).__module__.startswith("simulator.") else f"{type(error).__name__}: {error}"


def _judged(evidence: Evidence, verdict: Verdict, finding: Finding) -> Judged:
    knowledge = Knowledge(evidence)
    blame = verdict.template in BLAMING
    told = (_violation(evidence, knowledge, breach, blame=blame) for breach in finding.breaches)
    violations = tuple(sorted(told, key=_place))
    rows = evidence.log.rows
    margins = sorted(
        ((rows[row].time, rows[row].person, rows[row].number), int(margin))
        for row, margin in zip(finding.margin_rows, finding.margins, strict=True)
    )
    verdict = replace(
        verdict,
        activations=finding.activations,
        violations=violations,
        pending=finding.pending,
        not_judged=len(finding.unjudged_rows()),
        figures=finding.figures | figure_of(evidence, finding),
        margins=tuple(margin for _, margin in margins),
    )
    return Judged(concluded(verdict, finding.reason), tuple(place for place, _ in margins))


def concluded(verdict: Verdict, reason: str = "") -> Verdict:
    """The verdict with its outcome and the sentence about it; `reason` is what the template itself has to say."""
    if verdict.violations:
        count = len(verdict.violations)
        return replace(verdict, outcome="violated", reason=reason or f"{counted(count, 'violation')}.")
    if verdict.pending:
        open_at_end = f"{counted(verdict.pending, 'obligation')} still open when the run ended."
        return replace(verdict, outcome="pending", reason=reason or open_at_end)
    if not verdict.activations:
        nothing = "Nothing in this run was up to be judged."
        if verdict.not_judged:
            nothing += f" {counted(verdict.not_judged, 'event')} could not be judged."
        return replace(verdict, outcome="vacuous", reason=reason or nothing)
    return replace(verdict, outcome="satisfied", reason=decided(verdict))


def counted(count: int, noun: str) -> str:
    """`1 violation`, `2 violations`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _violation(evidence: Evidence, knowledge: Knowledge, breach: Breach, *, blame: bool) -> Violation:
    rows = evidence.log.rows
    true_since, known_since, silo, sentence = None, None, None, breach.sentence
    if breach.deciding >= 0:
        known = knowledge.of(breach.deciding, breach.acting, breach.onset, _deed(evidence, breach))
        true_since = rows[breach.deciding].time if breach.true_since is None else breach.true_since
        known_since, silo = known.since, known.silo
        clause = known.clause or (known.knew if blame else "")
        sentence += f": {clause}" if clause else ""
    sentence += f"; {breach.aside}" if breach.aside else ""
    return Violation(
        case=breach.case,
        customer=breach.customer,
        onset=breach.onset,
        sentence=f"{sentence}.",
        margin_ms=breach.margin,
        true_since=true_since,
        known_since=known_since,
        actor=breach.acting or None,
        silo=silo,
        activation=rows[breach.activation].id if breach.activation >= 0 else None,
        witnesses=tuple(rows[row].id for row in breach.witnesses),
        expected=breach.expected,
        found=breach.found,
    )


def _deed(evidence: Evidence, breach: Breach) -> int:
    """The row by which the acting system acted: the one at the onset beside the deciding fact; -1 if it did nothing."""
    rows = (row for row in (breach.activation, *breach.witnesses) if row >= 0 and row != breach.deciding)
    return next((row for row in rows if int(evidence.time[row]) == breach.onset), -1)


def _place(violation: Violation) -> tuple[Any, ...]:
    """The order of violations; it depends on nothing but what they say."""
    return (
        violation.onset, violation.customer, violation.case, violation.activation or "", violation.witnesses,
        violation.sentence,
    )  # fmt: skip


def merged(parts: Sequence[Judged]) -> Verdict:
    """One verdict from those of blocks of people, equal to the verdict on all of them together."""
    first = parts[0].verdict
    broken = [part.verdict for part in parts if part.verdict.outcome == "error"]
    if broken:
        return broken[0]
    if len(parts) == 1:
        return first
    if first.template in NEED_THE_WHOLE:
        reason = f"'{first.template}' measures everybody together: judge the whole log, not blocks of it"
        return replace(first, outcome="error", reason=reason)
    margins = sorted(
        (place, margin) for part in parts for place, margin in zip(part.order, part.verdict.margins, strict=True)
    )
    return concluded(
        replace(
            first,
            activations=sum(part.verdict.activations for part in parts),
            violations=tuple(sorted((v for part in parts for v in part.verdict.violations), key=_place)),
            pending=sum(part.verdict.pending for part in parts),
            not_judged=sum(part.verdict.not_judged for part in parts),
            figures=first.figures | excused_in_all(part.verdict.figures.get(GRANULARITY) for part in parts),
            margins=tuple(margin for _, margin in margins),
        )
    )
