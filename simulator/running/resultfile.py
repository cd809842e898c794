"""The result file: one versioned document, the only input of every report and of a replay.

Apart from `tool` and `timing` it is the same, byte for byte, whenever the same thing is run, and it holds no path of
the machine it ran on. `simulator.model.resultschema` publishes its form.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from simulator.backends.protocol import Capabilities, capabilities_to_wire
from simulator.model.jsonl import combined, digests
from simulator.model.log import EventLog
from simulator.model.results import Verdict, Violation, gravest
from simulator.model.resultschema import FORMAT, VERSION
from simulator.model.rules import Rule
from simulator.model.scenarios import Scenario
from simulator.running.citing import shading, sources
from simulator.running.coverage import covered
from simulator.running.curves import curve
from simulator.running.diagnosis import Diagnosis, diagnose
from simulator.running.exhibits import exhibits, of_organisation
from simulator.running.expectations import declared
from simulator.running.figures import results, series
from simulator.running.headlines import Verdicts, headlines
from simulator.running.maps import calendar_of, journeys_of
from simulator.running.wording import Wording, plain
from simulator.words.errors import Refusal

if TYPE_CHECKING:
    from simulator.running.rehearsal import Finished, Rehearsal

MOST_VIOLATIONS = 1_000
"""Violations of one check that are written out; `violations_in_all` counts the rest as well."""
DIGESTS_UP_TO = 5_000
"""People up to whom each customer's own digest is kept, so that a replay can name the one that differs."""
MOST_REFUSALS = 1_000
"""What a backend cannot express is written out up to so many steps and rules."""
PUBLISHED = "Journeys Published"
"""The event by which the log says what a real engine ran."""
_TOOLS = ("journeyproof", "numpy", "simpy", "faker", "tzdata")


@dataclass(frozen=True)
class Told:
    """How a log came about: the backend's name ('' where nobody knows), what it declared, the one `customer` whose
    cell ran (None: everybody), whether anything ran at all, and what the backend could not express."""

    backend: str
    capabilities: Capabilities | None
    customer: str | None = None
    ran: bool = True
    refusals: tuple[Refusal, ...] = ()


def result_file(rehearsals: Sequence[Finished | Rehearsal], options: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Rehearsals as one document. `options` is what was asked for, in plain data without paths of a machine."""
    asked = dict(options or {})
    seeds = [rehearsal.result["scenario"]["seed"] for rehearsal in rehearsals]
    return {
        "format": FORMAT,
        "version": VERSION,
        "seed": asked.get("seed", seeds[0] if seeds else None),
        "options": plain(asked),
        "tool": tool(),
        "timing": {
            "seconds": round(sum(rehearsal.seconds for rehearsal in rehearsals), 3),
            "scenarios": [
                {
                    **{key: rehearsal.result[key] for key in ("family", "name", "variant")},
                    "seconds": round(rehearsal.seconds, 3),
                }
                for rehearsal in rehearsals
            ],
        },
        "scenarios": [rehearsal.result for rehearsal in rehearsals],
    }


def tool() -> dict[str, str]:
    """Versions of everything that can change a run."""
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in _TOOLS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found


def entry_of(
    scenario: Scenario, log: EventLog, verdicts: Sequence[Verdict], told: Told, unexpected: Sequence[str]
) -> dict[str, Any]:
    """The entry of one rehearsal in the result file; `unexpected` are the differences found by `compare`."""
    wording = Wording(scenario)
    diagnoses = {verdict.name: diagnose(verdict, scenario) for verdict in verdicts}
    diagnosis = _overall(diagnoses)
    unexpected = [*unexpected, *_misdiagnosed(scenario, told, diagnosis)]
    parts = digests(log) if told.ran else {}
    entry = {
        "name": scenario.name,
        "family": scenario.family,
        "variant": scenario.variant,
        "title": scenario.title,
        "says": scenario.says,
        "file": scenario.file,
        "line": scenario.line,
        "seed": scenario.seed,
        "scenario": dict(scenario.document),
        "journeys": covered(journeys_of(scenario), scenario.briefing.programs, log),
        "calendar": calendar_of(scenario),
        "shading": shading(scenario),
        "backend": told.backend or None,
        "capabilities": None if told.capabilities is None else capabilities_to_wire(told.capabilities),
        **_particulars(log, told),
        "customer": told.customer,
        **headlines(scenario, Verdicts(verdicts, diagnoses, log)),
        "outcome": gravest(verdict.outcome for verdict in verdicts),
        "expected": declared(scenario),
        "unexpected": unexpected,
        "as_expected": not unexpected,
        "log_digest": combined(parts) if told.ran else None,
        "digests": _short(parts) if len(parts) <= DIGESTS_UP_TO else {},
        "customers": len(scenario.people),
        "events": len(log),
        "virtual_start": wording.moment(scenario.start),
        "virtual_end": wording.moment(scenario.end),
        "checks": [
            _check(verdict, scenario.checks.get(verdict.name), diagnoses[verdict.name], wording) for verdict in verdicts
        ],
        "diagnosis": None if diagnosis is None else diagnosis.kind,
        "results": results(scenario, log) if told.ran else {},
        "series": series(scenario, log) if told.ran else {},
        "exhibits": exhibits(scenario, log, verdicts) if told.ran else [],
        "organisation_events": of_organisation(scenario, log),
    }
    return {**entry, **_cited(scenario, entry)}


def _cited(scenario: Scenario, entry: Mapping[str, Any]) -> dict[str, Any]:
    """What the entry points at: the layouts of its messages, and the texts whose lines it names."""
    used = {
        message["layout"] for exhibit in entry["exhibits"] for message in exhibit["messages"] if "layout" in message
    }
    layouts = {name: layout.html for name, layout in scenario.briefing.layouts.items() if name in used}
    cited = {"layouts": layouts, "sources": sources(scenario, entry)}
    return {name: texts for name, texts in cited.items() if texts}


def _short(parts: Mapping[str, str]) -> dict[str, str]:
    return {person: digest[:12] for person, digest in parts.items()}


def _particulars(log: EventLog, told: Told) -> dict[str, Any]:
    """What is said of some backends only: how exactly the log was kept, what ran in them, what they refused."""
    found: dict[str, Any] = {"granularity_ms": log.granularity_ms} if log.granularity_ms else {}
    if PUBLISHED in log.name[1]:
        published = next(event for event in log if event.name == PUBLISHED)
        found["definition"] = str(published.data.get("definition", ""))
    if told.refusals:
        refusals = told.refusals[:MOST_REFUSALS]
        found["refusals"] = [{"line": refusal.line, "sentence": refusal.sentence} for refusal in refusals]
    return found


def _overall(diagnoses: Mapping[str, Diagnosis | None]) -> Diagnosis | None:
    """The diagnosis of the scenario: that of the first check which has one, in the order of the document."""
    found = [diagnosis for diagnosis in diagnoses.values() if diagnosis is not None]
    return next((diagnosis for diagnosis in found if diagnosis.kind != "none"), found[0] if found else None)


def _misdiagnosed(scenario: Scenario, told: Told, diagnosis: Diagnosis | None) -> list[str]:
    """The sentence that says so, if the lateness is not of the kind that the variant declares."""
    if scenario.diagnosis is None or told.customer is not None or not told.ran:
        return []
    if diagnosis is not None and diagnosis.kind == scenario.diagnosis:
        return []
    found = "no timed check is violated" if diagnosis is None else f"it is '{diagnosis.kind}': {diagnosis.why}"
    return [f"the diagnosis must be '{scenario.diagnosis}', and {found}"]


def _check(verdict: Verdict, rule: Rule | None, diagnosis: Diagnosis | None, wording: Wording) -> dict[str, Any]:
    return {
        "name": verdict.name,
        "template": verdict.template,
        "rule": verdict.rule,
        "place": verdict.place,
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "activations": verdict.activations,
        "pending": verdict.pending,
        "not_judged": verdict.not_judged,
        "violations_in_all": len(verdict.violations),
        "violations": [_violation(item, wording) for item in verdict.violations[:MOST_VIOLATIONS]],
        "margins": _margins(verdict.margins),
        "curve": curve(verdict, rule),
        "figures": plain(verdict.figures),
        "diagnosis": None if diagnosis is None else {"kind": diagnosis.kind, "why": diagnosis.why},
    }


def _violation(item: Violation, wording: Wording) -> dict[str, Any]:
    return {
        "case": item.case,
        "customer": item.customer,
        "onset": wording.moment(item.onset, item.customer),
        "margin_ms": item.margin_ms,
        "true_since": wording.perhaps(item.true_since, item.customer),
        "known_since": wording.perhaps(item.known_since, item.customer),
        "actor": item.actor,
        "silo": item.silo,
        "sentence": item.sentence,
        "expected": item.expected,
        "found": item.found,
        "activation": item.activation,
        "witnesses": list(item.witnesses),
    }


def _margins(margins: Sequence[int]) -> dict[str, int] | None:
    """How the spare times (ms) of judged activations are spread; None where time is not the matter."""
    if not margins:
        return None
    ordered = sorted(margins)
    spread = {f"p{share}": ordered[min(len(ordered) - 1, len(ordered) * share // 100)] for share in (1, 10, 50, 90, 99)}
    return {"count": len(ordered), "least_ms": ordered[0], **{f"{k}_ms": v for k, v in spread.items()},
            "most_ms": ordered[-1]}  # fmt: skip
