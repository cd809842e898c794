"""The template `level`: the share of people with at least one consent stays above a bound."""

from __future__ import annotations

import math
import re
from fractions import Fraction

import numpy as np

from simulator.checks.deadlines import at_start
from simulator.checks.evidence import ROWS, Evidence
from simulator.checks.findings import Breach, Finding
from simulator.checks.sentences import Telling
from simulator.model.log import Ints
from simulator.model.rules import Level
from simulator.words.errors import ExpressionError
from simulator.words.quantities import parse_percent

_AT_LEAST = re.compile(r"(\d+(?:\.\d+)? ?%)( of start)?")
GIVEN, WITHDRAWN = "Consent Given", "Consent Withdrawn"


def level(evidence: Evidence, rule: Level) -> Finding:
    """Count people with a consent after each instant until `by`, and find the first at which there are too few."""
    written = _AT_LEAST.fullmatch(rule.at_least.strip())
    if rule.of != "consent.given" or written is None:
        remedy = "Write 'of: consent.given', and 'at_least: 90 % of start' (or '90 %' of all people)."
        raise ExpressionError(f"nothing is known of the level of '{rule.of}', '{rule.at_least}'. {remedy}")
    share = Fraction(parse_percent(written[1])).limit_denominator(1_000_000) / 100
    until = at_start(evidence, rule.by, evidence.scenario.zone, {})
    rows, change = _changes(evidence)
    at_once = evidence.time[rows] <= evidence.scenario.start
    people = len(evidence.scenario.people)
    if written[2]:
        # Whoever signs up later does not make up for those who leave.
        codes = evidence.log.person[0][rows]
        held = np.bincount(codes[at_once], change[at_once], len(evidence.log.person[1])) > 0
        rows, change, at_once = rows[held[codes]], change[held[codes]], at_once[held[codes]]
        people = int(held.sum())
    start = int(change[at_once].sum())
    later = ~at_once & (evidence.time[rows] <= until)
    rows, count = rows[later], start + np.cumsum(change[later])
    # What happens at one instant happens at once: the last of its rows counts.
    last = np.append(evidence.time[rows][1:] != evidence.time[rows][:-1], np.ones(min(len(rows), 1), np.bool_))
    rows, count = np.append(-1, rows[last]), np.append(start, count[last])
    needed = math.ceil(share * people)
    figures = {"start": start, "lowest": int(count.min()), "end": int(count[-1]), "needed": needed, "people": people}
    finding = Finding(people, figures=figures)
    low = np.flatnonzero(count < needed)
    if len(low):
        finding.breaches.append(_fallen(evidence, int(rows[low[0]]), int(count[low[0]]), needed, people))
    elif until > evidence.log.end:
        finding.pending = 1 if people else 0
    return finding


def _fallen(evidence: Evidence, row: int, count: int, needed: int, people: int) -> Breach:
    telling = Telling(evidence)
    onset = int(evidence.time[row]) if row >= 0 else evidence.scenario.start
    sentence = f"{count} of {people} people still had a consent {telling.when(onset, '')}; the rule needs {needed}"
    return Breach(
        onset=onset,
        customer="",
        case="everyone",
        sentence=sentence,
        witnesses=(row,) if row >= 0 else (),
        expected=str(needed),
        found=str(count),
    )


def _changes(evidence: Evidence) -> tuple[Ints, Ints]:
    """The rows at which somebody gets a first consent (1) or loses the last one (-1), in order of the log."""
    rows, person, channel, given = _by_channel(evidence)
    order = np.lexsort((rows, channel, person))
    rows, person, channel, given = rows[order], person[order], channel[order], given[order]
    new = np.ones(len(rows), np.bool_)
    new[1:] = (person[1:] != person[:-1]) | (channel[1:] != channel[:-1])
    before = np.zeros(len(rows), np.int64)
    before[1:] = given[:-1]
    before[new] = 0
    order = np.lexsort((channel, rows, person))
    rows, person, step = rows[order], person[order], (given - before)[order]
    held = np.cumsum(step)
    first = np.ones(len(rows), np.bool_)
    first[1:] = person[1:] != person[:-1]
    starts = np.maximum.accumulate(np.where(first, np.arange(len(rows)), 0)) if len(rows) else ROWS
    held = held - (held - step)[starts]
    # One withdrawal may end several consents: what counts is how many are left after the whole row.
    end = np.ones(len(rows), np.bool_)
    end[:-1] = (rows[1:] != rows[:-1]) | (person[1:] != person[:-1])
    rows, person, some = rows[end], person[end], (held[end] > 0).astype(np.int64)
    change = some.copy()
    change[1:] -= np.where(person[1:] == person[:-1], some[:-1], 0)
    order = np.argsort(rows, kind="stable")
    moved = change[order] != 0
    return rows[order][moved], change[order][moved]


def _by_channel(evidence: Evidence) -> tuple[Ints, Ints, Ints, Ints]:
    """(row, person, channel, 1 given or 0 withdrawn); a withdrawal that names no channel is one from each."""
    people, column = evidence.log.person[0], evidence.field("channel")
    known = evidence.field("person").known
    gave, took = (rows[known[rows]] for rows in (evidence.named(GIVEN), evidence.named(WITHDRAWN)))
    channel = np.where(column.known, column.values, -1)
    general = took[channel[took] < 0]
    took = took[channel[took] >= 0]
    wide = len(column.categories) + 1
    pairs = np.unique(people[gave] * wide + channel[gave] + 1)
    owners = pairs // wide
    first = np.searchsorted(owners, people[general], "left")
    times = np.searchsorted(owners, people[general], "right") - first
    # Each general withdrawal once for every channel its person ever gave a consent for.
    which = np.repeat(first, times) + np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
    rows = np.concatenate([gave, took, np.repeat(general, times)])
    channels = np.concatenate([channel[gave], channel[took], pairs[which] % wide - 1])
    given = np.zeros(len(rows), np.int64)
    given[: len(gave)] = 1
    return rows, people[rows], channels, given
