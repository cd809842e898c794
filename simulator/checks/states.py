"""States of a case: intervals per key, and whether an event falls into one.

An event meets the state that the rows before it have left: the row that opens it does not fall into it, the row that
closes it does. A state opened by a moving
moment holds from the instant at which the moment passes; it ends when the moment is moved ahead again, or is closed.
A daily state holds between two times of day of the person's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.checks.deadlines import FAR, Moments
from simulator.checks.evidence import ROWS, Evidence
from simulator.checks.groups import Occurrences, Part, correlate, pairs_of
from simulator.checks.joins import Objects
from simulator.checks.local_time import from_wall
from simulator.checks.masks import Matches, match
from simulator.model.conditions import Pattern, parse_pattern
from simulator.model.log import Ints, Mask
from simulator.model.moments import Moment, parse_moment
from simulator.model.rules import Daily, State
from simulator.model.typing import CHECK, check_pattern
from simulator.words.clock import DAY, Duration, zone
from simulator.words.errors import ExpressionError


@dataclass(frozen=True)
class Hold:
    """Whether a state holds at each row asked about, the row that opened it (-1: none), and since when (ms UTC).

    `times` says how often the state began in the whole log; for daily hours, how many rows were asked about.
    """

    holds: Mask
    openers: Ints
    times: int
    since: Ints | None = None
    unjudged: Sequence[Ints] = ()


def holds_of(evidence: Evidence, state: State, rows: Ints, grace: Duration | None) -> Hold:
    """Ask a state at rows of the log; within `grace` of its start it counts as not yet holding."""
    if state.daily is not None:
        return _daily(evidence, state.daily, rows, grace)
    begins = (state.from_ or "").strip()
    # An event's name begins with a capital letter, and nothing in a moment does.
    if begins[:1].isupper():
        return _between_events(evidence, state, _typed(evidence, begins), rows, grace)
    return _after_moment(evidence, state, parse_moment(begins, zone(evidence.scenario.dictionary.zone)), rows, grace)


def _typed(evidence: Evidence, text: str) -> Pattern:
    pattern, problems = check_pattern(parse_pattern(text), evidence.scenario.dictionary, CHECK)
    if problems:
        raise problems[0]
    return pattern


def _daily(evidence: Evidence, daily: Daily, rows: Ints, grace: Duration | None) -> Hold:
    keyed = evidence.field("person").known[rows]
    times, days = evidence.time[rows], evidence.local_days[rows]
    holds = np.zeros(len(rows), np.bool_)
    length = 1 if daily.until <= daily.from_ else 0
    for code, at in evidence.by_zone(evidence.zones[rows]):
        where = evidence.zone_names[code]
        # The hours that began the evening before may still last.
        for day in (days[at] - 1, days[at]):
            start = from_wall(where, day * DAY + daily.from_)
            end = from_wall(where, (day + length) * DAY + daily.until)
            start = evidence.shifted(start, rows[at], grace)
            holds[at] |= (start <= times[at]) & (times[at] < end)
    return Hold(holds & keyed, np.full(len(rows), -1), int(keyed.sum()), unjudged=[rows[~keyed]])


def _between_events(evidence: Evidence, state: State, opens: Pattern, rows: Ints, grace: Duration | None) -> Hold:
    opening = match(evidence, opens)
    closing = Matches(ROWS, ROWS) if state.until is None else match(evidence, state.until)
    part, (closers_part, asked) = correlate(evidence, pairs_of(state.same), opening.rows, [closing.rows, rows])
    openers, closers = part.occurrences(evidence.size), closers_part.occurrences(evidence.size)
    # What opens an open state again changes nothing: the first opener after the last closer counts.
    closed = closers.last_before(asked.groups, asked.rows)
    opener = openers.first(asked.groups, closed + 1)
    holds = opener < asked.rows
    since = evidence.time[np.where(holds, opener, asked.rows)]
    holds &= evidence.time[asked.rows] >= evidence.shifted(since, asked.rows, grace)
    found = _onto(rows, asked, holds, opener, since)
    unknown = [opening.unknown, closing.unknown, part.unkeyed, asked.unkeyed, closers_part.unkeyed]
    return Hold(found[0], found[1], _openings(openers, closers), found[2], unknown)


def _openings(openers: Occurrences, closers: Occurrences) -> int:
    """How often the state began: openers with no other opener since the last closer."""
    closed = closers.last_before(openers.groups, openers.rows)
    before = openers.last_before(openers.groups, openers.rows)
    return int((before <= closed).sum())


def _onto(rows: Ints, asked: Part, holds: Mask, openers: Ints, since: Ints) -> tuple[Mask, Ints, Ints]:
    """Answers for `asked.rows`, which may lack some of `rows` or name one several times, laid out along `rows`."""
    found, of, from_ = np.zeros(len(rows), np.bool_), np.full(len(rows), -1), np.zeros(len(rows), np.int64)
    at = np.searchsorted(rows, asked.rows[holds])
    found[at], of[at], from_[at] = True, openers[holds], since[holds]
    return found, of, from_


def _after_moment(evidence: Evidence, state: State, moment: Moment, rows: Ints, grace: Duration | None) -> Hold:
    set_rows = _settings(evidence, moment)
    instants = Moments(evidence).at(moment, set_rows)
    closing = Matches(ROWS, ROWS) if state.until is None else match(evidence, state.until)
    part, (closers_part, asked) = correlate(evidence, pairs_of(state.same), set_rows, [closing.rows, rows])
    unknown = [part.unkeyed, asked.unkeyed, closers_part.unkeyed, set_rows[~instants.known], closing.unknown]
    setters = part.occurrences(evidence.size)
    if not len(setters.rows):
        return Hold(np.zeros(len(rows), np.bool_), np.full(len(rows), -1), 0, unjudged=unknown)
    stretches = _stretches(evidence, setters, instants.or_else(FAR)[np.searchsorted(set_rows, setters.rows)],
                           closers_part.occurrences(evidence.size))  # fmt: skip
    place = setters.position(asked.groups, asked.rows) - 1
    inside = setters.row_at(place, asked.groups) < evidence.size
    place = np.maximum(place, 0)
    since = stretches.begins[place]
    # An event meets the state that the rows before it have left: the row that closes it still falls into it.
    holds = inside & (asked.rows <= stretches.closed[place]) & (evidence.time[asked.rows] >= stretches.passes[place])
    holds &= evidence.time[asked.rows] >= evidence.shifted(
        np.where(holds, since, evidence.time[asked.rows]), asked.rows, grace
    )
    found = _onto(rows, asked, holds, setters.rows[place], since)
    return Hold(found[0], found[1], stretches.times, found[2], unknown)


@dataclass(frozen=True)
class _Stretches:
    """What each setting of a moment leads to: when it passes, since when the state lasts then, the row that closes it.

    `times` counts the stretches that began, those that carry on an earlier one apart.
    """

    passes: Ints
    begins: Ints
    closed: Ints
    times: int


def _stretches(evidence: Evidence, setters: Occurrences, values: Ints, closers: Occurrences) -> _Stretches:
    rows, groups = setters.rows, setters.groups
    set_at = evidence.time[rows]
    passes = np.maximum(values, set_at)
    closed = closers.first(groups, rows + 1)
    same = groups[1:] == groups[:-1]
    following = np.full(len(rows), evidence.size)
    following[:-1][same] = rows[1:][same]
    # Set anew while it lasts, and passed at once again: the state goes on.
    goes_on = np.zeros(len(rows), np.bool_)
    goes_on[1:] = same & (closed[:-1] > rows[1:]) & (passes[:-1] <= set_at[1:]) & (passes[1:] == set_at[1:])
    first = np.maximum.accumulate(np.where(goes_on, 0, np.arange(len(rows))))
    end = np.minimum(following, closed)
    until = np.where(end < evidence.size, evidence.time[np.minimum(end, evidence.size - 1)], evidence.log.end)
    return _Stretches(passes, passes[first], closed, int(((passes <= until) & ~goes_on).sum()))


def _settings(evidence: Evidence, moment: Moment) -> Ints:
    """The rows at which the moment is set: facts that carry the key and the field of an object it names."""
    objects = Objects(evidence)
    found = np.zeros(evidence.size, np.bool_)
    for use in moment.names():
        if use.path[0] not in objects.kinds:
            raise ExpressionError(f"a state begins with an event or with 'object.field', not with '{moment}'.")
        found[objects.settings(use.path[0], use.path[1])] = True
    return np.flatnonzero(found)
