"""Why a message never came: the automation may have said that it withheld it, and for what reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulator.checks.evidence import Evidence
from simulator.checks.findings import Breach
from simulator.checks.groups import Occurrences
from simulator.checks.masks import match
from simulator.checks.sentences import Telling
from simulator.model.conditions import Comparison, Literal, Membership, Name, Pattern, each_test

COMING = ("Message Sent", "Message Delivered", "Message Received")
"""Targets whose absence a withheld message explains."""


class Withheld:
    """Adds to the breaches of one check the last time that the message they miss was withheld."""

    def __init__(self, evidence: Evidence, target: Pattern, *, reaches_back: bool) -> None:
        self._evidence = evidence
        self._telling = Telling(evidence)
        self._back = reaches_back
        messages = _messages(target)
        rows = match(evidence, Pattern("Message Withheld", None)).rows
        data = evidence.log.rows
        kept = [row for row in rows.tolist() if not messages or data[row].data.get("message") in messages]
        chosen = np.array(kept, np.int64)
        self._rows = Occurrences(chosen, evidence.log.person[0][chosen], evidence.size)

    def told(self, breach: Breach) -> Breach:
        """The breach with the reason, if the message was withheld from its person before the deadline."""
        if breach.margin is not None or breach.activation < 0:
            return breach
        group = self._evidence.log.person[0][breach.activation : breach.activation + 1]
        last = int(self._rows.last_before(group, self._evidence.past_time(np.array([breach.onset])))[0])
        if last < 0 or (last < breach.activation and not self._back):
            return breach
        event = self._evidence.log.rows[last]
        reason = event.data.get("reason", "no reason given")
        line = f", {event.data['line']}" if "line" in event.data else ""
        aside = f"it was withheld {self._telling.when(event.time, event.person)} ({reason}{line})"
        told = f"{breach.aside}; {aside}" if breach.aside else aside
        return replace(breach, aside=told, witnesses=(*breach.witnesses, last))


def _messages(target: Pattern) -> set[str]:
    """The messages that a target asks for by name; none where it asks for any."""
    found: set[str] = set()
    for test in each_test(target.condition) if target.condition is not None else ():
        if isinstance(test, Comparison) and test.left == Name(("message",)) and test.op == "=":
            found |= {str(test.right.value)} if isinstance(test.right, Literal) else set()
        if isinstance(test, Membership) and test.left == Name(("message",)):
            found |= {str(option.value) for option in test.options}
    return found
