"""Templates with a deadline or an order: response, precedence, succession."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulator.checks.deadlines import FAR, Instants, Moments
from simulator.checks.evidence import ROWS, Evidence
from simulator.checks.findings import Breach, Finding
from simulator.checks.groups import Keys, Occurrences, Part, case_text, correlate, pairs_of
from simulator.checks.masks import match
from simulator.checks.sentences import Telling, span
from simulator.model.conditions import Pattern
from simulator.model.log import Ints, Mask
from simulator.model.moments import Moment
from simulator.model.rules import Precedence, Response, Succession, Timed
from simulator.words.clock import Duration


@dataclass(frozen=True)
class Duties:
    """One duty an activation: its rows, groups, the first row that may answer it, its deadline (FAR: none)."""

    rows: Ints
    groups: Ints
    first: Ints
    deadline: Ints

    @property
    def begin(self) -> Ints:
        """The row from which a duty has to do with events at all: its activation, or where it reaches back to."""
        return np.minimum(self.first, self.rows)

    def only(self, mask: Mask) -> Duties:
        """The duties at which a mask holds."""
        return Duties(self.rows[mask], self.groups[mask], self.first[mask], self.deadline[mask])


def duties_of(evidence: Evidence, rule: Timed, part: Part) -> tuple[Duties, Mask, Ints]:
    """The duties, which of them come too late to be met (their deadline was before), and rows of unknown bounds."""
    rows = part.rows
    deadline, late, unknown = deadlines(evidence, rule.within, rule.by, rows)
    first = rows + 1
    if rule.not_before is not None:
        opens = Moments(evidence).at(rule.not_before, rows)
        unknown |= ~opens.known
        first = np.where(opens.known, first_rows(evidence, opens, rows), first)
    return Duties(rows, part.groups, first, deadline), late, rows[unknown]


def deadlines(evidence: Evidence, within: Duration | None, by: Moment | None, rows: Ints) -> tuple[Ints, Mask, Mask]:
    """The deadline of each activation (FAR: none), whether it was past at once, and whether `by` is unknown."""
    times = evidence.time[rows]
    deadline = np.full(len(rows), FAR) if within is None else evidence.shifted(times, rows, within)
    if by is None:
        return deadline, deadline < times, np.zeros(len(rows), np.bool_)
    moments = Moments(evidence)
    early = np.minimum(deadline, moments.at(by, rows).or_else(FAR))
    following = moments.following(by, rows)
    return np.minimum(deadline, following.or_else(FAR)), early < times, ~following.known


def first_rows(evidence: Evidence, opens: Instants, rows: Ints) -> Ints:
    """The first row that counts: from the moment on where it reaches back, else later than the activation as well."""
    from_moment = evidence.from_time(opens.values)
    return np.where(opens.values < evidence.time[rows], from_moment, np.maximum(from_moment, rows + 1))


@dataclass(frozen=True)
class Answers:
    """Targets of each duty: the row of the n-th (size: none), and how many of them lie before `end`."""

    nth: Ints
    count: Ints


def answers(targets: Occurrences, duties: Duties, end: Ints, number: int) -> Answers:
    """Look for the `number`-th target of each duty; an activation never answers itself."""
    start = targets.position(duties.groups, duties.first)
    own = targets.position(duties.groups, duties.rows)
    itself = (targets.row_at(own, duties.groups) == duties.rows) & (own >= start)
    place = start + number - 1
    nth = targets.row_at(place + (itself & (own <= place)), duties.groups)
    count = targets.count(duties.groups, duties.first, end)
    return Answers(nth, count - (itself & (duties.rows < end)))


def next_begin(duties: Duties, size: int) -> Ints:
    """Where the next duty of the same group begins (size: nowhere): a later answer is taken to be that one's."""
    order = np.lexsort((duties.rows, duties.groups))
    following = np.full(len(order), size)
    same = duties.groups[order][1:] == duties.groups[order][:-1]
    following[order[:-1][same]] = duties.begin[order[1:][same]]
    return following


class Answering:
    """A response, and the first half of a succession: duties against targets, in order through any stages."""

    def __init__(self, evidence: Evidence, rule: Response | Succession) -> None:
        self.evidence = evidence
        self.rule = rule
        self.telling = Telling(evidence)
        self.names = [name for name, _ in pairs_of(rule.same)]
        self.stages = list(rule.through) if isinstance(rule, Succession) else []
        self.number = (isinstance(rule, Response) and rule.exactly) or 1

    def find(self) -> Finding:
        """Judge every duty."""
        evidence, rule = self.evidence, self.rule
        before = rule.unless_before if isinstance(rule, Response) else None
        patterns = [rule.target, rule.unless, before, *self.stages]
        activations = match(evidence, rule.activation)
        matches = [None if pattern is None else match(evidence, pattern) for pattern in patterns]
        part, parts = correlate(
            evidence,
            pairs_of(rule.same),
            activations.rows,
            [ROWS if found is None else found.rows for found in matches],
        )
        duties, late, unknown = duties_of(evidence, rule, part)
        if isinstance(rule, Response) and rule.if_late == "skip":
            duties = duties.only(~late)
        finding = self._judge(duties, [part.occurrences(evidence.size) for part in parts])
        finding.unjudged = [
            activations.unknown, part.unkeyed, unknown,
            *(found.unknown for found in matches if found is not None), *(part.unkeyed for part in parts),
        ]  # fmt: skip
        return finding

    def _judge(self, duties: Duties, parts: Sequence[Occurrences]) -> Finding:
        evidence = self.evidence
        targets, releases, chasers, *stages = parts
        allowed = evidence.allowed(duties.deadline)
        last = evidence.past_time(allowed)
        released_at = releases.first(duties.groups, duties.rows + 1)
        chased_at = chasers.first(duties.groups, duties.rows + 1)
        end = np.minimum(np.minimum(last, released_at), chased_at)
        staged, missing = self._through(duties, stages)
        found = answers(targets, staged, end, self.number)
        kept = found.count >= self.number
        released = ~kept & (released_at < last)
        chased = ~kept & ~released & (chased_at < last)
        closed = allowed <= evidence.log.end
        # A chaser settles the matter before the deadline only if no release can still come.
        broken = ~kept & ~released & (closed | (chased & (self.rule.unless is None)))
        onset = np.where(chased, np.minimum(duties.deadline, evidence.time[np.minimum(chased_at, evidence.size - 1)]),
                         duties.deadline)  # fmt: skip
        answered = np.where(found.nth < next_begin(duties, evidence.size), found.nth, evidence.size)
        finding = Finding(len(duties.rows), pending=int((~kept & ~released & ~broken).sum()))
        for place in np.flatnonzero(broken):
            chaser = int(chased_at[place]) if chased[place] else -1
            stage = self.stages[missing[place]] if missing[place] < len(self.stages) else None
            finding.breaches.append(
                self._unanswered(duties, int(place), int(onset[place]), int(answered[place]), chaser, stage)
            )
        if isinstance(self.rule, Response) and self.rule.exactly:
            end = np.minimum(end, evidence.past_time(duties.deadline))
            finding.breaches += self._surplus(duties, targets, answers(targets, staged, end, self.number), end)
        settled = np.where(kept, found.nth, released_at)[kept | released]
        late = evidence.time[settled] - duties.deadline[kept | released]
        finding.excused = late[late > 0]
        timed = (kept | (broken & (answered < evidence.size))) & (duties.deadline < FAR)
        finding.margin_rows = duties.rows[timed]
        finding.margins = duties.deadline[timed] - evidence.time[np.where(kept, found.nth, answered)[timed]]
        return finding

    def _through(self, duties: Duties, stages: Sequence[Occurrences]) -> tuple[Duties, Ints]:
        """The duties with their first row moved behind the stages, and the number of the first stage missing."""
        first = duties.first
        missing = np.full(len(first), len(stages))
        for number, stage in enumerate(stages):
            row = stage.first(duties.groups, first)
            missed = (row >= self.evidence.size) & (missing == len(stages))
            missing[missed] = number
            first = np.minimum(row + 1, self.evidence.size)
        return Duties(duties.rows, duties.groups, first, duties.deadline), missing

    def _unanswered(
        self, duties: Duties, place: int, onset: int, answer: int, chaser: int, stage: Pattern | None
    ) -> Breach:
        evidence, telling = self.evidence, self.telling
        row, deadline = int(duties.rows[place]), int(duties.deadline[place])
        person = evidence.person_at(row)
        there = answer < evidence.size
        margin = deadline - int(evidence.time[answer]) if there and deadline < FAR else None
        by = f" the deadline {telling.when(deadline, person)}" if deadline < FAR else ""
        if there and margin is not None and margin < 0:
            sentence = f"{telling.happened(answer)}, {span(margin)} after{by}"
        elif there and chaser >= 0:
            sentence = f"{telling.happened(answer)}, but only after {telling.happened(chaser)}"
        else:
            sentence = f"{telling.never(stage or self.rule.target, person)};{by or ' nothing could answer it any more'}"
            sentence += " was the latest" if by else ""
        return Breach(
            onset=onset,
            customer=person,
            case=case_text(evidence, self.names, row),
            sentence=sentence,
            activation=row,
            witnesses=tuple(found for found in (answer if there else -1, chaser) if found >= 0),
            deciding=row,
            acting=telling.expected_from(self.rule.target, answer if there else -1, row),
            margin=margin,
        )

    def _surplus(self, duties: Duties, targets: Occurrences, found: Answers, end: Ints) -> Iterator[Breach]:
        evidence, telling = self.evidence, self.telling
        for place in np.flatnonzero(found.count > self.number):
            row, group = int(duties.rows[place]), duties.groups[place : place + 1]
            start, stop = (int(targets.position(group, at)[0]) for at in (found.nth[place] + 1, end[place]))
            for extra in (int(target) for target in targets.rows[start:stop] if target != row):
                yield Breach(
                    onset=int(evidence.time[extra]),
                    customer=evidence.person_at(row),
                    case=case_text(evidence, self.names, row),
                    sentence=f"{telling.happened(extra)}, though {self.number} was enough",
                    activation=row,
                    witnesses=(extra,),
                    deciding=row,
                    acting=telling.acting(extra),
                )


def response(evidence: Evidence, rule: Response) -> Finding:
    """Each activation is followed by the target in time."""
    return Answering(evidence, rule).find()


def precedence(evidence: Evidence, rule: Precedence) -> Finding:
    """Each activation comes after a target with equal keys."""
    return preceded(evidence, rule, rule.activation, rule.target, pairs_of(rule.same))


def preceded(evidence: Evidence, rule: Timed | None, activation: Pattern, target: Pattern, keys: Keys) -> Finding:
    """Judge that each `activation` comes after a `target`, inside the time of `rule` if there is one."""
    late, earlier = match(evidence, activation), match(evidence, target)
    part, (other,) = correlate(evidence, keys, late.rows, [earlier.rows])
    targets = other.occurrences(evidence.size)
    rows, telling = part.rows, Telling(evidence)
    times = _before(evidence, rule, rows)
    found, kept, excused = times.earlier(evidence, targets, part)
    afterwards = targets.first(part.groups, rows + 1)
    finding = Finding(len(rows), unjudged=[late.unknown, earlier.unknown, part.unkeyed, other.unkeyed, times.unknown])
    finding.excused = excused
    judged = kept | (afterwards < evidence.size)
    finding.margin_rows = rows[judged]
    other_end = np.where(kept, found, afterwards)[judged]
    finding.margins = evidence.time[rows[judged]] - evidence.time[other_end]
    names = [name for name, _ in keys]
    things = [name.removesuffix("_id").replace("_", " ") for name in names if name not in ("person", "cause")]
    alike = f" for the same {' and '.join(things)}" if things else ""
    for place in np.flatnonzero(~kept):
        row, after = int(rows[place]), int(afterwards[place])
        there = after < evidence.size
        person = evidence.person_at(row)
        sentence = f"{telling.happened(row)}, before {telling.thing(target, person)}"
        if there:
            after_time = int(evidence.time[after])
            sentence += f" ({telling.when(after_time, person)}, {span(after_time - int(evidence.time[row]))} later)"
        elif found[place] >= 0:
            earlier_one = telling.happened(int(found[place]))
            sentence = f"{telling.happened(row)}, but {earlier_one}, outside the time in which it counts"
        else:
            sentence += f", which never happened{alike}"
        finding.breaches.append(
            Breach(
                onset=int(evidence.time[row]),
                customer=person,
                case=case_text(evidence, names, row),
                sentence=sentence,
                activation=row,
                witnesses=(after,) if there else (),
                deciding=after if there else -1,
                acting=telling.acting(row),
                margin=int(evidence.time[row] - evidence.time[after]) if there else None,
            )
        )
    return finding


@dataclass(frozen=True)
class _Before:
    """When the earlier event of each activation counts (ms UTC; FAR, -FAR: no bound).

    `recent`: not longer ago than `within`; `opens`: from `not_before` on; `closes`: up to `by`. `unknown` are the rows
    of unknown bounds.
    """

    recent: Ints
    opens: Ints
    closes: Ints
    unknown: Ints

    def earlier(self, evidence: Evidence, targets: Occurrences, part: Part) -> tuple[Ints, Mask, Ints]:
        """The target that comes before each activation (-1: none), whether it counts, and by how much (ms) the late
        ones are late that count."""
        found, kept = self._last(evidence, targets, part)
        # An activation that comes late by the granularity has left its target behind by as much.
        delayed = replace(self, recent=-evidence.allowed(-self.recent), closes=evidence.allowed(self.closes))
        later, enough = delayed._last(evidence, targets, part)
        late = np.flatnonzero(enough & ~kept)
        found = np.where(kept, found, later)
        by = evidence.time[found[late]]
        return found, enough | kept, np.maximum(by - self.closes[late], self.recent[late] - by)

    def _last(self, evidence: Evidence, targets: Occurrences, part: Part) -> tuple[Ints, Mask]:
        """The last target before each activation and up to `closes`, and whether it is recent enough."""
        found = targets.last_before(part.groups, np.minimum(part.rows, evidence.past_time(self.closes)))
        return found, found >= evidence.from_time(np.maximum(self.recent, self.opens))


def _before(evidence: Evidence, rule: Timed | None, rows: Ints) -> _Before:
    recent, opens, closes = np.full(len(rows), -FAR), np.full(len(rows), -FAR), np.full(len(rows), FAR)
    unknown = np.zeros(len(rows), np.bool_)
    if rule is None:
        return _Before(recent, opens, closes, ROWS)
    moments = Moments(evidence)
    if rule.within is not None:
        recent = evidence.shifted(evidence.time[rows], rows, rule.within, -1)
    if rule.not_before is not None:
        from_ = moments.at(rule.not_before, rows)
        opens, unknown = from_.or_else(-FAR), unknown | ~from_.known
    if rule.by is not None:
        until = moments.at(rule.by, rows)
        closes, unknown = until.or_else(FAR), unknown | ~until.known
    return _Before(recent, opens, closes, rows[unknown])


def succession(evidence: Evidence, rule: Succession) -> Finding:
    """Response, and each target comes after an activation with equal keys."""
    finding = Answering(evidence, rule).find()
    reversed_keys = tuple((at_target, at_activation) for at_activation, at_target in pairs_of(rule.same))
    other = preceded(evidence, None, rule.target, rule.activation, reversed_keys)
    finding.breaches += other.breaches
    finding.unjudged = [*finding.unjudged, *other.unjudged]
    return finding
