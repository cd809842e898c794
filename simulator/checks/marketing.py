"""Templates about values: what an event says against what was true (value), and who knew it in time (agreement)."""

from __future__ import annotations

import numpy as np

from simulator.checks.evidence import Evidence
from simulator.checks.findings import Breach, Finding
from simulator.checks.groups import case_text, pairs_of
from simulator.checks.holdings import Holdings
from simulator.checks.joins import Objects
from simulator.checks.masks import Reading, match
from simulator.checks.sentences import Telling
from simulator.model.conditions import (
    And,
    Comparison,
    Condition,
    Contains,
    Known,
    Membership,
    Name,
    Not,
    Operand,
    Or,
    Test,
    each_test,
    names,
)
from simulator.model.rules import ValueRule


def value(evidence: Evidence, rule: ValueRule) -> Finding:
    """At each activation the condition holds."""
    return _Values(evidence, rule).find()


class _Values:
    def __init__(self, evidence: Evidence, rule: ValueRule) -> None:
        self.evidence = evidence
        self.rule = rule
        self.telling = Telling(evidence)
        self.names = [name for name, _ in pairs_of(rule.same)]
        objects = Objects(evidence)
        kinds = [kind for kind in objects.kinds if not objects.is_planned(kind)]
        self.used = [(n.parts[0], n.parts[1]) for n in names(rule.expect) if len(n.parts) > 1 and n.parts[0] in kinds]

    def find(self) -> Finding:
        found = match(self.evidence, self.rule.activation)
        reading = Reading(self.evidence, found.rows)
        answer = reading.answer(self.rule.expect)
        refused = ~answer.holds & ~answer.unknown
        if self.rule.unknown == "violate":
            refused = ~answer.holds
        counted = answer.unknown if self.rule.unknown == "count" else np.zeros(len(found.rows), np.bool_)
        finding = Finding(int((~counted).sum()), unjudged=[found.unknown, found.rows[counted]])
        places = np.flatnonzero(refused)
        if len(places):
            rows = found.rows[places]
            broken = Reading(self.evidence, rows)
            holdings = Holdings(self.evidence, sorted({kind for kind, _ in self.used}), rows)
            for place, test in enumerate(self._failing(self.rule.expect, broken)):
                finding.breaches.append(self._breach(int(rows[place]), test, place, broken, holdings))
        return finding

    def _failing(self, condition: Condition, reading: Reading) -> list[Test]:
        """For each row the first test that does not hold, if tests are joined by `and`; else the first test."""
        tests = list(each_test(condition))
        chosen = np.zeros(len(reading.rows), np.int64)
        if isinstance(condition, And):
            items = [item for item in condition.items if not isinstance(item, And | Or | Not)]
            for item in reversed(items):
                chosen = np.where(reading.answer(item).holds, chosen, tests.index(item))
        return [tests[place] for place in chosen]

    def _breach(self, row: int, test: Test, place: int, reading: Reading, holdings: Holdings) -> Breach:
        evidence, telling = self.evidence, self.telling
        person, acting = evidence.person_at(row), telling.acting(row)
        found = self._text(test.left, reading, place, person)
        expected = self._expected(test, reading, place, person)
        deciding = holdings.deciding(place, self.used, acting)
        sentence = f"{telling.happened(row)}: {_label(test.left)} is {found} and should be {_relation(test)}{expected}"
        if isinstance(test, Comparison) and isinstance(test.right, Name):
            sentence += f" ({_label(test.right)})"
        if differing := holdings.differences(place, person, acting):
            sentence += f"; {differing}"
        return Breach(
            onset=int(evidence.time[row]),
            customer=person,
            case=case_text(evidence, self.names, row),
            sentence=sentence,
            activation=row,
            witnesses=(deciding,) if deciding >= 0 and deciding != row else (),
            deciding=deciding,
            acting=acting,
            expected=expected,
            found=found,
        )

    def _expected(self, test: Test, reading: Reading, place: int, person: str) -> str:
        match test:
            case Comparison(right=right):
                return self._text(right, reading, place, person)
            case Membership(options=options):
                return ", ".join(str(option) for option in options)
            case Known(known=known):
                return "known" if known else "unknown"
            case Contains(text=text):
                return f'"{text}"'

    def _text(self, operand: Operand, reading: Reading, place: int, person: str) -> str:
        """The value of an operand at one row; where any system may be asked, all that they hold."""
        texts: list[str] = []
        for system in reading.systems(operand):
            column = reading.column(operand, system)
            text = self.telling.value(column.at(place), person, column.type.kind)
            if text not in texts:
                texts.append(text)
        known = [text for text in texts if text != "unknown"]
        return " or ".join(known) or "unknown"


def _label(operand: Operand) -> str:
    return str(operand).replace("_", " ").replace(".", " ")


def _relation(test: Test) -> str:
    match test:
        case Comparison(op=op):
            words = {"=": "", "!=": "other than ", "<": "below ", "<=": "at most ", ">": "above ", ">=": "at least "}
            return words[op]
        case Membership():
            return "one of "
        case Contains():
            return "with "
    return ""
