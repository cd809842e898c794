"""The verdict in one or two plain sentences, and its root causes: what somebody needs who reads nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.model.log import EventLog
from simulator.model.results import Verdict
from simulator.model.rules import AtMost
from simulator.model.scenarios import Scenario
from simulator.running.causes import Cause, Found, causes_of
from simulator.running.diagnosis import NONE, Diagnosis
from simulator.running.naming import Naming, capital, plain_words, series_of, several, small, span
from simulator.running.telling import Telling, consents_left
from simulator.words.clock import DAY

MANY = 20
"""From so many violations of a limit on, the headline counts messages instead of telling one."""
MOST_NAMES = 3
"""So many people are named; of more, how many there are."""
Judgement = Sequence[Verdict]


@dataclass(frozen=True)
class Verdicts:
    """What a run showed: the verdicts in the order of the document, and the diagnosis of each by name."""

    verdicts: Sequence[Verdict]
    diagnoses: Mapping[str, Diagnosis | None]
    log: EventLog

    def of(self, outcome: str) -> list[Verdict]:
        """The verdicts of one outcome."""
        return [verdict for verdict in self.verdicts if verdict.outcome == outcome]


def headlines(scenario: Scenario, judged: Verdicts) -> dict[str, Any]:
    """`headline` and `causes` of an entry of the result."""
    causes = causes_of(scenario, judged.log, list(judged.verdicts))
    writer = _Writer(scenario, judged, causes)
    tone, sentence = writer.headline()
    return {"headline": {"sentence": sentence, "tone": tone}, "causes": [writer.cause(cause) for cause in causes]}


class _Writer:
    def __init__(self, scenario: Scenario, judged: Verdicts, causes: Sequence[Cause]) -> None:
        self.scenario = scenario
        self.judged = judged
        self.causes = causes
        self.naming = Naming(scenario)
        self.telling = Telling(scenario, judged.log)

    def cause(self, cause: Cause) -> dict[str, Any]:
        """One root cause as a result holds it."""
        first = cause.first
        violated = set(cause.checks)
        return {
            "cause": cause.id,
            "title": cause.title,
            "sentence": _joined(self._story(cause), cause.sentence),
            "checks": cause.checks,
            "customers": cause.customers,
            "violations": len(cause.found),
            "first": {"check": first.verdict.name, "violation": first.place, "customer": first.violation.customer},
            "silo": cause.silo,
            "declared": violated <= set(self.scenario.violates),
        }

    def headline(self) -> tuple[str, str]:
        """The tone and the sentence."""
        if broken := self.judged.of("error"):
            return "unclear", self._unjudged(broken)
        if self.causes:
            cause = self.causes[0]
            return "bad", _joined(self._story(cause), cause.sentence)
        if refused := self.judged.of("unsupported"):
            return "unclear", self._unsupported(refused)
        if held := self.judged.of("satisfied"):
            return "good", self._good(held)
        if waiting := self.judged.of("pending"):
            still = several(sum(verdict.pending for verdict in waiting), "duty was", "duties were")
            return "unclear", f"Nothing can be said yet: {still} still open when the run ended."
        return "unclear", "Nothing was judged: nothing of what the rules speak of happened in this run."

    # -- what went wrong

    def _story(self, cause: Cause) -> str:
        """What a cause did to people: the gravest thing, and how many more there are of its kind."""
        first = cause.first
        verdict = first.verdict
        rule = self.scenario.checks.get(verdict.name)
        alike = [found for found in cause.found if found.verdict is verdict]
        if isinstance(rule, AtMost) and len(alike) >= MANY:
            return self._flood(rule, verdict)
        if cause.id == "nobody:sends" and len(cause.found) > 1:
            return self._nothing_sent(cause.found)
        return _joined(capital(self.telling.told(verdict, first.violation)), self._more(alike))

    def _more(self, alike: Sequence[Found]) -> str:
        """How often the same happened, and what the margins say about it."""
        if len(alike) < 2:
            return ""
        verdict = alike[0].verdict
        diagnosis = self.judged.diagnoses.get(verdict.name)
        if diagnosis is not None and diagnosis.kind != NONE:
            return diagnosis.why
        people = list(dict.fromkeys(found.violation.customer for found in alike if found.violation.customer))
        if len(people) < 2:
            return f"It happened {_times(len(alike))}."
        whom = several(len(people), "person", "people")
        return f"It happened {_times(len(alike))}, to {whom}."

    def _flood(self, rule: AtMost, verdict: Verdict) -> str:
        """How many messages there were, how many times as many as the rule allows, and what is left of the consents."""
        total, surplus = verdict.activations, len(verdict.violations)
        counts = Counter(item.customer for item in verdict.violations)
        limit = f"{small(rule.limit)} message{'' if rule.limit == 1 else 's'}{_window(rule)}"
        much = total / max(1, total - surplus)
        times = f"{much:.0f}" if much >= 2 else f"{much:.1f}"
        [(most, _)] = counts.most_common(1)
        days = max(1, round((self.judged.log.end - self.judged.log.start) / DAY))
        whom = several(len(counts), "person got", "people got") if len(counts) > 1 else f"{self.naming.who(most)} got"
        told = (
            f"{whom} more than the {limit} that are allowed: {surplus:,} of {total:,} in {days} days "
            f"were too many, {times} times as many as the rule lets through."
        )
        levels = [each for each in self.judged.verdicts if each.template == "level" and "end" in each.figures]
        level = next((each for each in levels if each.figures["end"] < each.figures["start"]), None)
        return told if level is None else f"{told} {capital(consents_left(level.figures))}."

    def _nothing_sent(self, found: Sequence[Found]) -> str:
        """Messages that were due and that no journey sends."""
        checks = list(dict.fromkeys(each.verdict.name for each in found))
        nouns = [self.naming.target(self.scenario.checks[name].target)[0] for name in checks]  # type: ignore[attr-defined]  # all are Timed
        names = list(dict.fromkeys(self.naming.who(each.violation.customer) for each in found))
        whom = series_of(names) if len(names) <= MOST_NAMES else several(len(names), "person", "people")
        first = min(found, key=lambda each: each.violation.onset).violation
        count = f"{small(len(found))} message{'' if len(found) == 1 else 's'}"
        was = "was" if len(found) == 1 else "were"
        due = self.naming.due(first.onset, first.customer)
        what = series_of(noun.removeprefix("message ") for noun in dict.fromkeys(nouns))
        return f"{capital(count)} that {was} due never came to {whom}: {what}. The first was due {due}."

    # -- what cannot be said, and what is well

    def _unjudged(self, broken: Sequence[Verdict]) -> str:
        reasons = list(dict.fromkeys(verdict.reason for verdict in broken if verdict.reason))
        names = series_of(f"“{plain_words(verdict.name)}”" for verdict in broken[:MOST_NAMES])
        all_of_them = len(broken) == len(self.judged.verdicts)
        what = "Nothing could be judged" if all_of_them else f"{names} could not be judged"
        return f"{what}: {reasons[0].rstrip('.') if reasons else 'no reason is given'}."

    def _unsupported(self, refused: Sequence[Verdict]) -> str:
        reason = next((verdict.reason for verdict in refused if verdict.reason), "it does not say why").rstrip(".")
        if len(refused) == len(self.judged.verdicts):
            return f"Not judged, so neither right nor wrong: {reason}."
        return f"{small(len(refused)).capitalize()} of {len(self.judged.verdicts)} rules were not judged: {reason}."

    def _good(self, held: Sequence[Verdict]) -> str:
        """What held, for how many, and how closely."""
        most = next((verdict for verdict in held if verdict.activations), held[0])
        whom = several(len(self.scenario.people), "person", "people")
        others = len(held) - 1
        tested = f"put to the test {_times(most.activations)}" if most.activations else "put to the test"
        rule = most.rule.rstrip(".") or plain_words(most.name)
        closest = min(most.margins) if most.margins else -1
        spare = f", with {span(closest)} to spare at the least" if closest >= 60_000 else ""
        rest = f" So did the {several(others, 'other rule')} that {'was' if others == 1 else 'were'} tested."
        return f"All went well for {whom}. “{rule}”: that held, {tested}{spare}.{rest if others else ''}"


def _window(rule: AtMost) -> str:
    if rule.window is None:
        return ""
    period = f"a {rule.window.calendar}" if rule.window.duration is None else str(rule.window.duration)
    return f" in {period}"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def _joined(*sentences: str) -> str:
    """Sentences one behind the other, each with its full stop."""
    ended = [sentence if sentence.endswith((".", "?", "!")) else f"{sentence}." for sentence in sentences if sentence]
    return " ".join(ended)
