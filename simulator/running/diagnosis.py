"""Why something was late, told from the margins of one check alone: one day or every day, a clock, a zone, a queue."""

from __future__ import annotations

import statistics
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.model.results import Verdict
from simulator.model.scenarios import Scenario
from simulator.running.wording import Wording
from simulator.words.clock import DAY, HOUR, MINUTE, SECOND, Zone, spoken, spoken_span

TIMED = ("response", "succession", "sla")
"""Templates whose margins say how late something was."""
NONE = "none"
CLUSTER = 2 * DAY
"""Deadlines no further apart than this belong to one incident."""
FEW = 0.05
"""With at most this share in time, everything counts as late."""


@dataclass(frozen=True)
class Diagnosis:
    """What kind of lateness it is, and one sentence why."""

    kind: str
    why: str


@dataclass(frozen=True)
class _Case:
    """Something that came late: by how much, when it was due, and on whose clock."""

    late: int
    due: int
    zone: Zone

    @property
    def arrived(self) -> int:
        return self.due + self.late

    @property
    def offset(self) -> int:
        return self.zone.offset_ms(self.due)


def diagnose(verdict: Verdict, scenario: Scenario) -> Diagnosis | None:
    """The diagnosis of a violated check that has to do with time; None for any other."""
    if verdict.template not in TIMED or verdict.outcome != "violated":
        return None
    wording = Wording(scenario)
    cases = [
        _Case(-item.margin_ms, item.onset, wording.zone_of(item.customer))
        for item in verdict.violations
        if item.margin_ms is not None and item.margin_ms < 0
    ]
    # What the backend's granularity excuses came in time.
    allowed = verdict.figures.get("granularity", {}).get("ms", 0)
    lateness = [-margin for margin in verdict.margins if margin < -allowed]
    in_time = len(verdict.margins) - len(lateness)
    if not lateness and not cases:
        never = len(verdict.violations)
        return Diagnosis(NONE, f"{never} never came at all, and nothing that came was late.")
    judged = _Judged(cases, lateness or [case.late for case in cases], in_time)
    return judged.by_day() or judged.by_clock() or judged.by_incident() or judged.steady() or judged.unclear()


class _Judged:
    def __init__(self, cases: Sequence[_Case], lateness: Sequence[int], in_time: int) -> None:
        self.cases = sorted(cases, key=lambda case: (case.due, case.late))
        self.lateness = sorted(lateness)
        self.in_time = in_time
        self.all_late = in_time <= FEW * (in_time + len(lateness))
        self.spread = self.lateness[-1] - self.lateness[0]
        self.due_days = len({case.zone.local_date(case.due) for case in self.cases})
        self.several_days = self.due_days > 1 or (not self.cases and len(self.lateness) > 1)
        self.of = f"{len(lateness)} of {in_time + len(lateness)}"

    def _by(self) -> str:
        low, high = spoken_span(self.lateness[0]), spoken_span(self.lateness[-1])
        return f"by {low}" if low == high else f"by {low} to {high}"

    def by_day(self) -> Diagnosis | None:
        """Nearly everything is late by the same number of days, on more than one day."""
        shifts = [(late + DAY // 2) // DAY for late in self.lateness]
        shift = statistics.mode(shifts)
        alike = shifts.count(shift) >= (1 - FEW) * len(shifts)
        if not self.all_late or not self.several_days or shift == 0 or not alike:
            return None
        days = f", on {self.due_days} different days" if self.cases else ""
        kind = f"constant shift of {shift} day{'' if shift == 1 else 's'}"
        return Diagnosis(kind, f"{self.of} came late {self._by()}{days}: every day, not one.")

    def by_clock(self) -> Diagnosis | None:
        """The lateness is that of a zone's clock, or of a change of it."""
        if len(self.cases) < 2 or self.due_days < 2:
            return None
        sums = [case.late + case.offset for case in self.cases]
        if len({case.offset for case in self.cases}) > 1 and max(sums) - min(sums) <= MINUTE:
            why = "the lateness differs between zones by just what their clocks differ"
            return Diagnosis("time zone", f"{self.of} came late {self._by()}: {why}.")
        if all(abs(case.late - abs(case.offset)) <= MINUTE for case in self.cases):
            why = "by just the hours that the clocks there differ from UTC"
            return Diagnosis("time zone", f"{self.of} came late, {why}.")
        if all(abs(case.late - _last_change(case)) <= SECOND for case in self.cases) and self.in_time:
            why = "by just the hour that the clocks were moved, and only on one side of a clock change"
            return Diagnosis("clock change", f"{self.of} came late, {why}.")
        return None

    def by_incident(self) -> Diagnosis | None:
        """All that is late was due in one short time, and other things came when they should."""
        if not self.cases or not self.in_time or self.cases[-1].due - self.cases[0].due > CLUSTER:
            return None
        arrivals = sorted(case.arrived for case in self.cases)
        first = self.cases[0]
        if len(arrivals) >= 5 and arrivals[-1] - arrivals[0] > HOUR and len(set(arrivals)) >= 5:
            why = f"came one after the other {self._by()}, as out of a queue; before and after all came in time"
            return Diagnosis("backlog", f"{self.of} {why}.")
        when = spoken(first.due, first.zone)
        day = f"the one that was due {when}" if len(self.cases) == 1 else f"all of them due about {when}"
        return Diagnosis("single incident", f"{self.of} came late, {day}: one day, not every day.")

    def steady(self) -> Diagnosis | None:
        """Lateness that is the same for all, or that grows all along."""
        if self.all_late and self.several_days and self.spread <= MINUTE:
            return Diagnosis(
                f"constant shift of {spoken_span(self.lateness[0])}", f"{self.of} came late {self._by()}, all alike."
            )
        steps = [(b.due - a.due, b.late - a.late) for a, b in zip(self.cases, self.cases[1:], strict=False)]
        growing = sum(late > 0 for _, late in steps)
        if len(self.cases) >= 5 and growing >= 0.8 * len(steps) and self.spread > HOUR:
            return Diagnosis("backlog", f"{self.of} came late {self._by()}, later and later: a queue that grows.")
        return None

    def unclear(self) -> Diagnosis:
        """No pattern, or too little to see one."""
        if not self.in_time and not self.several_days:
            return Diagnosis(NONE, f"{self.of} came late {self._by()}: one day alone does not tell of the others.")
        return Diagnosis(NONE, f"{self.of} came late {self._by()}, in no pattern that is known.")


def _last_change(case: _Case) -> int:
    """By how much the last clock change before the deadline moved the clock (0: none was within 200 days)."""
    place = bisect_right(case.zone.starts, case.due) - 1
    if place < 1 or case.due - case.zone.starts[place] > 240 * DAY:
        return 0
    return abs(case.zone.offsets[place] - case.zone.offsets[place - 1])
