"""Templates that count targets: existence, absence, at_most."""

from __future__ import annotations

import numpy as np

from simulator.checks.deadlines import at_start
from simulator.checks.evidence import ROWS, Evidence
from simulator.checks.findings import Breach, Finding
from simulator.checks.groups import CAUSE, Occurrences, Part, case_text, correlate, pairs_of, roots
from simulator.checks.local_time import from_wall
from simulator.checks.masks import match
from simulator.checks.sentences import Telling, span
from simulator.checks.states import Hold, holds_of
from simulator.model.log import Ints
from simulator.model.recurrence import Window
from simulator.model.rules import Absence, AtMost, Existence
from simulator.words.clock import DAY


def at_most(evidence: Evidence, rule: AtMost) -> Finding:
    """At most `limit` targets in the window; the one too many carries the violation."""
    found = match(evidence, rule.target)
    part = _grouped(evidence, rule, found.rows)
    targets = part.occurrences(evidence.size)
    rows, groups = targets.rows, targets.groups
    finding = Finding(len(rows), unjudged=[found.unknown, part.unkeyed])
    # In the window of a row are the targets up to it, less those whose own window has ended by then.
    ended = Occurrences(window_end(evidence, rule.window, rows), groups, evidence.size)
    start = np.zeros(len(rows), np.int64)
    surplus = targets.count(groups, start, rows + 1) - ended.count(groups, start, rows + 1) > rule.limit
    telling, names = Telling(evidence), [name for _, name in pairs_of(rule.same)]
    limit = f"{rule.limit} is the limit{_told(rule.window)}"
    for at in np.flatnonzero(surplus):
        row = int(rows[at])
        person = evidence.person_at(row)
        first = int(rows[at - rule.limit])
        between = int(evidence.time[row] - evidence.time[first])
        within = "" if not rule.limit else f" within {span(between)}" if between else " at one moment"
        witnesses = tuple(int(other) for other in rows[at - rule.limit : at])
        finding.breaches.append(
            Breach(
                onset=int(evidence.time[row]),
                customer=person,
                case=case_text(evidence, names, row),
                sentence=f"{telling.happened(row)}: number {rule.limit + 1}{within}, where {limit}",
                activation=row,
                witnesses=witnesses,
                deciding=witnesses[-1] if witnesses else -1,
                acting=telling.acting(row),
                expected=str(rule.limit),
                found=str(rule.limit + 1),
            )
        )
    return finding


def _told(window: Window | None) -> str:
    if window is None:
        return ""
    return f" in a calendar {window.calendar}" if window.duration is None else f" in {window.duration}"


def _grouped(evidence: Evidence, rule: AtMost, rows: Ints) -> Part:
    keys = tuple((name, name) for _, name in pairs_of(rule.same))
    if keys == CAUSE:
        return Part(rows, roots(evidence)[rows], ROWS)
    return correlate(evidence, keys, rows, [])[0]


def window_end(evidence: Evidence, window: Window | None, rows: Ints) -> Ints:
    """The first row that is no longer in one window with each of the rows, which begins it.

    A rolling window lasts for its duration along the calendar of the row's person, a calendar one to its period's end.
    """
    if window is None:
        return np.full(len(rows), evidence.size)
    if window.duration is not None:
        return evidence.from_time(evidence.shifted(evidence.time[rows], rows, window.duration))
    ends = evidence.time[rows].copy()
    for code, at in evidence.by_zone(evidence.zones[rows]):
        first_days = _next_period(evidence.local_days[rows[at]], str(window.calendar))
        ends[at] = from_wall(evidence.zone_names[code], first_days * DAY)
    return evidence.from_time(ends)


def _next_period(days: Ints, period: str) -> Ints:
    """The first day of the calendar period after that of each day, in days since 1970-01-01 (a Thursday)."""
    if period == "day":
        return days + 1
    if period == "week":
        return days - (days + 3) % 7 + 7
    unit = "datetime64[M]" if period == "month" else "datetime64[Y]"
    return (days.astype("datetime64[D]").astype(unit) + 1).astype("datetime64[D]").astype(np.int64)


def absence(evidence: Evidence, rule: Absence) -> Finding:
    """The target never happens; or never while a state holds."""
    found = match(evidence, rule.target)
    if rule.during is None:
        keys = tuple((name, name) for _, name in pairs_of(rule.same))
        hold = Hold(np.ones(len(found.rows), np.bool_), np.full(len(found.rows), -1), len(evidence.scenario.people))
    else:
        state = evidence.scenario.states[rule.during]
        keys = tuple((name, name) for _, name in pairs_of(state.same))
        hold = holds_of(evidence, state, found.rows, rule.grace)
    finding = Finding(hold.times, unjudged=[found.unknown, *hold.unjudged])
    telling, names = Telling(evidence), [name for _, name in keys]
    for at in np.flatnonzero(hold.holds):
        row, opener = int(found.rows[at]), int(hold.openers[at])
        person = evidence.person_at(row)
        sentence = telling.happened(row)
        since = int(hold.since[at]) if hold.since is not None else None
        if rule.during is None:
            sentence += ", and should never be"
        elif opener >= 0 and since is not None:
            sentence += f", while '{rule.during}' held since {telling.when(since, person)}"
        else:
            sentence += f", while '{rule.during}' held"
        finding.breaches.append(
            Breach(
                onset=int(evidence.time[row]),
                customer=person,
                case=case_text(evidence, names, row),
                sentence=sentence,
                activation=row,
                witnesses=(opener,) if opener >= 0 else (),
                deciding=opener,
                acting=telling.acting(row),
                true_since=since if opener >= 0 else None,
            )
        )
    return finding


def existence(evidence: Evidence, rule: Existence) -> Finding:
    """Every person has the target often enough, and in time."""
    found = match(evidence, rule.target)
    codes, people = evidence.log.person
    counts_by = {person: code for code, person in enumerate(people)}
    by_person = codes[found.rows]
    order = np.lexsort((found.rows, by_person))
    rows, owners = found.rows[order], by_person[order]
    finding = Finding(len(evidence.scenario.people), unjudged=[found.unknown, found.rows[_nobody(people, by_person)]])
    excused = []
    for person, human in sorted(evidence.scenario.people.items()):
        deadline = at_start(evidence, rule.by, human.zone, human.fields)
        code = counts_by.get(person, -1)
        start, stop = np.searchsorted(owners, [code, code + 1])
        theirs = rows[start:stop]
        in_time = int((evidence.time[theirs] <= deadline).sum())
        if in_time >= rule.at_least:
            continue
        last = int(evidence.allowed(np.array(deadline)))
        if len(theirs) >= rule.at_least and (enough := int(evidence.time[theirs[rule.at_least - 1]])) <= last:
            excused.append(enough - deadline)
        elif last > evidence.log.end:
            finding.pending += 1
        else:
            late = int(theirs[rule.at_least - 1]) if len(theirs) >= rule.at_least else -1
            finding.breaches.append(_missing(evidence, rule, person, deadline, in_time, late))
    finding.excused = np.array(excused, np.int64)
    return finding


def _nobody(people: tuple[str, ...], codes: Ints) -> Ints:
    return np.flatnonzero(codes == people.index("")) if "" in people else ROWS


def _missing(evidence: Evidence, rule: Existence, person: str, deadline: int, in_time: int, late: int) -> Breach:
    telling = Telling(evidence)
    until = telling.when(deadline, person)
    if late >= 0:
        sentence = f"{telling.happened(late)}, {span(int(evidence.time[late]) - deadline)} after the deadline {until}"
    elif rule.at_least == 1:
        sentence = f"{telling.never(rule.target, person)}; the deadline {until} was the latest"
    else:
        sentence = f"{telling.thing(rule.target, person)} {in_time} times by {until}, and not {rule.at_least} times"
    return Breach(
        onset=deadline,
        customer=person,
        case=person,
        sentence=sentence,
        witnesses=(late,) if late >= 0 else (),
        acting=telling.expected_from(rule.target, late),
        margin=deadline - int(evidence.time[late]) if late >= 0 else None,
        expected=str(rule.at_least),
        found=str(in_time),
    )
