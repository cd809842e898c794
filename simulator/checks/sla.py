"""The template `sla`: quantiles of lateness, with what can be said of them at 95 %."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from simulator.checks.deadlines import FAR, Moments
from simulator.checks.declare import Duties, answers, first_rows
from simulator.checks.evidence import Evidence
from simulator.checks.findings import Breach, Finding
from simulator.checks.groups import case_text, correlate, pairs_of
from simulator.checks.masks import match
from simulator.checks.sentences import Telling, span
from simulator.model.log import Ints, Mask
from simulator.model.rules import Sla
from simulator.words.errors import ExpressionError

CONFIDENCE = Fraction(95, 100)
"""The one-sided confidence with which an upper bound of a quantile is told."""


def quantile_of(name: str) -> Fraction:
    """`p99` is 99/100, `p99.9` is 999/1000."""
    found = re.fullmatch(r"p(\d{1,2}(?:\.\d+)?)", name)
    if found is None or not Fraction(found[1]):
        raise ExpressionError(f"'{name}' is not a quantile. Write 'p50', 'p90', 'p99' or 'p99.9'.")
    return Fraction(found[1]) / 100


def upper_bound_rank(quantile: Fraction, size: int) -> int | None:
    """The smallest rank (from 1) of `size` sorted values that is above the quantile with CONFIDENCE; None: too few.

    The number of values below the true quantile is binomial, so that the rank is the first whose distribution function
    reaches the confidence (Conover, Practical Nonparametric Statistics, 3.2).
    """
    q = float(quantile)
    below = np.arange(size)
    factorials = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, size + 1)))])
    choose = factorials[size] - factorials[below] - factorials[size - below]
    reached = np.cumsum(np.exp(choose + below * math.log(q) + (size - below) * math.log1p(-q)))
    rank = int(np.searchsorted(reached, float(CONFIDENCE)))
    return rank + 1 if rank < size else None


@dataclass(frozen=True)
class _Lateness:
    """How late each activation was answered (ms, 0 for early), FAR where no answer came, and what was due when."""

    rows: Ints
    late: Ints
    due: Ints
    answer: Ints
    came: Mask


def sla(evidence: Evidence, rule: Sla) -> Finding:
    """Quantiles of lateness stay below their limits."""
    activations, targets = match(evidence, rule.activation), match(evidence, rule.target)
    part, (other,) = correlate(evidence, pairs_of(rule.same), activations.rows, [targets.rows])
    rows, moments = part.rows, Moments(evidence)
    times = evidence.time[rows]
    first, due = rows + 1, times
    unknown = np.zeros(len(rows), np.bool_)
    if rule.not_before is not None:
        opens = moments.at(rule.not_before, rows)
        first = np.where(opens.known, first_rows(evidence, opens, rows), first)
        unknown |= ~opens.known
    if rule.due is not None:
        instants = moments.following(rule.due, rows)
        due, unknown = np.where(instants.known, instants.values, times), unknown | ~instants.known
    duties = Duties(rows, part.groups, first, np.full(len(rows), FAR))
    nth = answers(other.occurrences(evidence.size), duties, np.full(len(rows), evidence.size), 1).nth
    came = nth < evidence.size
    late = np.full(len(rows), FAR)
    late[came] = np.maximum(evidence.time[nth[came]] - due[came], 0)
    lateness = _Lateness(rows, late, due, nth, came)
    finding = Finding(len(rows), unjudged=[activations.unknown, targets.unknown, part.unkeyed, other.unkeyed,
                                           rows[unknown]])  # fmt: skip
    finding.margin_rows, finding.margins = rows[came], due[came] - evidence.time[nth[came]]
    _conclude(evidence, rule, lateness, finding)
    return finding


def _conclude(evidence: Evidence, rule: Sla, lateness: _Lateness, finding: Finding) -> None:
    size = len(lateness.rows)
    waited = np.maximum(evidence.log.end - lateness.due, 0)
    texts, broken, undecided = [], [], False
    beyond = np.zeros(size, np.int64)
    for name, limit in rule.quantiles.items():
        quantile = quantile_of(name)
        limits = evidence.shifted(lateness.due, lateness.rows, limit) - lateness.due
        figure = _figure(lateness, quantile)
        rank, came = figure["bound_rank"], lateness.came
        over = np.where(came, lateness.late, waited) > limits
        exact = _state(rule, quantile, rank, size, int(over.sum()), int((~came & ~over).sum()))
        over = np.where(came, lateness.late, waited) > evidence.allowed(limits)
        state = _state(rule, quantile, rank, size, int(over.sum()), int((~came & ~over).sum()))
        if state != exact:
            beyond = np.maximum(beyond, np.where(came & ~over, lateness.late - limits, 0))
        if state == "broken":
            broken.append(limits)
        undecided = undecided or state == "open"
        texts.append(f"{_quantile_text(name, figure, size)}, limit {limit}: {state}")
        finding.figures[name] = {**figure, "limit": str(limit), "late": int(over.sum()), "state": state}
    finding.excused = beyond[beyond > 0]
    if not size:
        return
    finding.figures["text"] = finding.reason = "; ".join(texts) + "."
    if undecided:
        more = rule.sample - size
        finding.pending = max(more, 1)
        finding.reason += f" {more} more activations are needed." if more > 0 else " More activations are needed."
    if broken:
        _blame(evidence, rule, lateness, np.min(broken, axis=0), finding)


def _state(rule: Sla, quantile: Fraction, rank: int | None, size: int, over: int, waiting: int) -> str:
    """`broken` if the sample cannot be good any more, `holds` if it cannot become bad, else `open`.

    `over` activations are too late, `waiting` ones may yet become so. Who states a `sample` wants the claim to hold
    beyond this run: then the upper bound of the quantile, where there is one, has to be inside the limit as well.
    """
    total = max(size, rule.sample)
    allowed = total - math.ceil(quantile * total)
    if over > allowed:
        return "broken"
    worst = over + waiting
    bound_inside = rule.sample == 1 or rank is None or size - worst >= rank
    return "holds" if size >= rule.sample and worst <= allowed and bound_inside else "open"


def _figure(lateness: _Lateness, quantile: Fraction) -> dict[str, Any]:
    """The quantile and its upper bound in ms; None where it is infinite, or where the sample is too small."""
    size = len(lateness.rows)
    ordered = np.sort(lateness.late)
    rank = upper_bound_rank(quantile, size)
    value = int(ordered[math.ceil(quantile * size) - 1]) if size else 0
    bound = int(ordered[rank - 1]) if rank is not None else None
    return {
        "ms": None if value >= FAR else value,
        "bound_ms": None if bound is None or bound >= FAR else bound,
        "bound_rank": rank,
    }


def _quantile_text(name: str, figure: dict[str, Any], size: int) -> str:
    value = "never" if figure["ms"] is None else span(figure["ms"])
    bound = ""
    if figure["bound_rank"] is not None:
        bound = f" (95 % bound {'never' if figure['bound_ms'] is None else span(figure['bound_ms'])})"
    return f"{name} {value}{bound} of {size:,}"


def _blame(evidence: Evidence, rule: Sla, lateness: _Lateness, limits: Ints, finding: Finding) -> None:
    """One breach for each activation answered later than the strictest limit that was broken."""
    telling, names = Telling(evidence), [name for name, _ in pairs_of(rule.same)]
    waited = evidence.log.end - lateness.due
    for place in np.flatnonzero(np.where(lateness.came, lateness.late, waited) > evidence.allowed(limits)):
        row, answer = int(lateness.rows[place]), int(lateness.answer[place])
        person = evidence.person_at(row)
        deadline = int(lateness.due[place] + limits[place])
        came = bool(lateness.came[place])
        until = telling.when(deadline, person)
        if came:
            late = span(int(evidence.time[answer]) - deadline)
            sentence = f"{telling.happened(answer)}, {late} after the deadline {until}"
        else:
            sentence = f"{telling.never(rule.target, person)}; the deadline {until} was the latest"
        finding.breaches.append(
            Breach(
                onset=deadline,
                customer=person,
                case=case_text(evidence, names, row),
                sentence=sentence,
                activation=row,
                witnesses=(answer,) if came else (),
                deciding=row,
                acting=telling.expected_from(rule.target, answer if came else -1, row),
                margin=deadline - int(evidence.time[answer]) if came else None,
            )
        )
