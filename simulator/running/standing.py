"""Rules that hold for every automation, whatever a scenario says: they speak where a sink has captured something wrong.

A log without such rows is not judged by them: a rule that nothing could break would say nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from simulator.model.log import EventLog
from simulator.model.rules import Absence, Rule
from simulator.model.scenarios import Scenario

STANDING: Final[dict[str, tuple[str, Rule]]] = {
    "every-message-is-planned": (
        "Message Unrecognised",
        Absence.model_validate(
            {
                "absence": "Every message belongs to a planned campaign.",
                "target": "Message Unrecognised",
            }
        ),
    ),
    "nobody-real-is-written-to": (
        "Message Refused",
        Absence.model_validate(
            {
                "absence": "No message is handed over for an address outside the reserved domains.",
                "target": "Message Refused",
            }
        ),
    ),
}
"""Each rule by its name, with the event that brings it up."""


def with_standing(scenario: Scenario, log: EventLog) -> Scenario:
    """The scenario with the standing rules that its log brings up. A check of the same name is the author's own."""
    told = set(log.name[1])
    rules = {name: rule for name, (event, rule) in STANDING.items() if event in told and name not in scenario.checks}
    return replace(scenario, checks={**scenario.checks, **rules}) if rules else scenario
