"""Reading baselines back. One that was damaged is refused with file, line and column, and with what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from simulator.comparing.baseline import FORMAT, VERSION
from simulator.comparing.facts import Broken, Case, Judged, Sent, Story, Unsent, digest_of, instant_of
from simulator.words.clock import parse_duration
from simulator.words.errors import ExpressionError, InvalidDocuments, Place, Problem, did_you_mean

MOST_PROBLEMS = 20
"""Problems of one file that are told."""

_REMEDY = "Run again and accept: 'journeyproof baseline accept'."
_FIELD = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s"]+')
_ESCAPE = re.compile(r"\\(\\|u[0-9a-f]{4})")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class _Bad(Exception):
    """A line that cannot be read: its message, and where in the line."""

    def __init__(self, message: str, column: int = 1) -> None:
        super().__init__(message, column)
        self.message = message
        self.column = column


class _Field(NamedTuple):
    text: str
    column: int
    quoted: bool


@dataclass
class _Row:
    """The fields of one line, taken from the front."""

    fields: list[_Field]
    end: int
    place: int = 0

    def take(self, what: str) -> str:
        return self.take_field(what).text

    def take_field(self, what: str) -> _Field:
        if self.place >= len(self.fields):
            raise _Bad(f"the line ends where {what} should stand. {_REMEDY}", self.end)
        self.place += 1
        return self.fields[self.place - 1]

    def number(self, what: str) -> int:
        found = self.take_field(what)
        if found.quoted or not re.fullmatch(r"-?[0-9]{1,18}", found.text):
            raise _Bad(f"'{found.text}' is not {what}: a whole number. {_REMEDY}", found.column)
        return int(found.text)

    def span(self, what: str) -> int:
        found = self.take_field(what)
        try:
            duration = parse_duration(found.text)
        except ExpressionError as error:
            raise _Bad(f"{what}: {error} {_REMEDY}", found.column) from None
        return duration.ms

    def moment(self, what: str) -> str:
        day, name, time = (self.take_field(what) for _ in range(3))
        iso = f"{day.text}T{time.text}"
        try:
            instant_of(iso)
            weekday = _DAYS[date.fromisoformat(day.text).weekday()]
        except (ExpressionError, ValueError):
            rule = "a day, its name and a time with its offset: '2025-11-14 Fri 08:07:00+01:00'"
            raise _Bad(f"'{day.text} {name.text} {time.text}' is not {what}: {rule}. {_REMEDY}", day.column) from None
        if weekday != name.text:
            raise _Bad(
                f"{day.text} is a {weekday}, not '{name.text}': one of the two was changed. {_REMEDY}", name.column
            )
        return iso

    def options(self, *known: str) -> dict[str, str]:
        """What stands behind the fixed fields: names with values; one of time has three fields."""
        found: dict[str, str] = {}
        while self.place < len(self.fields):
            name = self.take_field("a name")
            if name.text not in known:
                near = did_you_mean(name.text, known)
                raise _Bad(f"'{name.text}' is not known here{near}. {_REMEDY}", name.column)
            if name.text in ("came", "until") and self._next() != "never":
                found[name.text] = self.moment("a moment")
            else:
                found[name.text] = self.take(f"what '{name.text}' is")
        return found

    def done(self) -> None:
        if self.place < len(self.fields):
            extra = self.fields[self.place]
            raise _Bad(f"'{extra.text}' is one field too many. {_REMEDY}", extra.column)

    def _next(self) -> str:
        return self.fields[self.place].text if self.place < len(self.fields) else ""


@dataclass
class _Reader:
    """What was read of one file so far."""

    head: dict[str, str] = field(default_factory=dict)
    names: tuple[str, str, str] = ("", "", "")
    as_declared: bool = True
    checks: dict[str, Judged] = field(default_factory=dict)
    journeys: dict[str, dict[str, int | str]] = field(default_factory=dict)
    people: dict[str, Story] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)

    def read(self, row: _Row, keyword: _Field) -> None:
        readers: Mapping[str, Callable[[_Row], None]] = {
            "variant": self._variant, "title": self._said, "seed": self._counted, "backend": self._said,
            "granularity": self._granularity, "only": self._said, "customers": self._counted,
            "stories": self._stories, "outcome": self._outcome, "unexpected": self._unexpected, "check": self._check,
            "spare": self._spare, "violation": self._violation, "journey": self._journey, "person": self._person,
            "sent": self._sent, "unsent": self._unsent,
        }  # fmt: skip
        reader = readers.get(keyword.text)
        if reader is None:
            near = did_you_mean(keyword.text, [*readers, "text"])
            raise _Bad(f"no line of a baseline begins with '{keyword.text}'{near}. {_REMEDY}", keyword.column)
        reader(row)
        row.done()

    def case(self) -> Case:
        """All of it. Raises _Bad where a line lacks that each baseline has."""
        lacking = [name for name in ("variant", "seed", "customers", "stories", "outcome") if name not in self.head]
        if lacking:
            raise _Bad(f"no line begins with '{lacking[0]}': a part of the file is missing. {_REMEDY}")
        people = (
            replace(story, sent=tuple(self._with_text(sent) for sent in story.sent)) for story in self.people.values()
        )
        head = self.head
        return Case(
            *self.names,
            head.get("title", ""),
            int(head["seed"]),
            head.get("backend", ""),
            int(head.get("granularity", 0)),
            int(head["customers"]),
            only=head.get("only"),
            outcome=head["outcome"],
            as_declared=self.as_declared,
            unexpected=tuple(self.unexpected),
            checks=tuple(self.checks.values()),
            journeys=self.journeys,
            sampled=head["stories"] != "all",
            stories=tuple(sorted(people, key=lambda story: story.customer)),
        )

    def _with_text(self, sent: Sent) -> Sent:
        return replace(sent, text=self.texts.get(sent.text_digest, None if sent.text_digest else ""))

    def _variant(self, row: _Row) -> None:
        self.names = row.take("a family"), row.take("a scenario"), row.take("a variant")
        self.head["variant"] = self.names[2]

    def _said(self, row: _Row) -> None:
        self.head[row.fields[0].text] = row.take("a text")

    def _counted(self, row: _Row) -> None:
        self.head[row.fields[0].text] = str(row.number("a number"))

    def _granularity(self, row: _Row) -> None:
        self.head["granularity"] = str(row.span("a length of time"))

    def _stories(self, row: _Row) -> None:
        found = row.take_field("'all' or a number")
        if found.text != "all" and not found.text.isdecimal():
            raise _Bad(f"'{found.text}' is neither 'all' nor a number. {_REMEDY}", found.column)
        self.head["stories"] = found.text

    def _outcome(self, row: _Row) -> None:
        outcome, declared = row.take("an outcome"), row.take_field("'as-declared' or 'not-as-declared'")
        if declared.text not in ("as-declared", "not-as-declared"):
            raise _Bad(f"'{declared.text}' is neither 'as-declared' nor 'not-as-declared'. {_REMEDY}", declared.column)
        self.head["outcome"], self.as_declared = outcome, declared.text == "as-declared"

    def _unexpected(self, row: _Row) -> None:
        self.unexpected.append(row.take("a sentence"))

    def _check(self, row: _Row) -> None:
        name = row.take("a check's name")
        self.checks[name] = Judged(name, "")
        outcome = row.take("an outcome")
        counts: dict[str, int] = {}
        while row.place < len(row.fields):
            what = row.take_field("a name")
            if what.text not in ("activations", "violations", "timed"):
                raise _Bad(f"'{what.text}' is not known here. {_REMEDY}", what.column)
            counts[what.text] = row.number("a count")
        activations, violations, timed = (counts.get(what, 0) for what in ("activations", "violations", "timed"))
        self.checks[name] = Judged(name, outcome, "", activations, violations, timed)

    def _spare(self, row: _Row) -> None:
        check, quantile = self._of_check(row), row.take("a quantile")
        spare = {**check.spare, quantile: row.span("a time to spare")}
        self.checks[check.name] = replace(check, spare=spare)

    def _violation(self, row: _Row) -> None:
        check = self._of_check(row)
        customer, case = row.take("a customer"), row.take("a case")
        onset, sentence = row.moment("a moment"), row.take("a sentence")
        margin = None
        if row.place < len(row.fields):
            name = row.take_field("'margin'")
            if name.text != "margin":
                raise _Bad(f"'{name.text}' is not known here, only 'margin'. {_REMEDY}", name.column)
            margin = row.span("a margin")
        broken = Broken(case, customer, onset, margin, sentence)
        self.checks[check.name] = replace(check, broken=(*check.broken, broken))

    def _of_check(self, row: _Row) -> Judged:
        found = row.take_field("a check's name")
        if found.text not in self.checks:
            raise _Bad(f"no line above is about the check '{found.text}'. {_REMEDY}", found.column)
        return self.checks[found.text]

    def _journey(self, row: _Row) -> None:
        journey, name, value = row.take("a journey"), row.take("a figure"), row.take_field("its value")
        is_text = value.quoted or not re.fullmatch(r"-?[0-9]{1,18}", value.text)
        self.journeys.setdefault(journey, {})[name] = value.text if is_text else int(value.text)

    def _person(self, row: _Row) -> None:
        customer = row.take("a customer")
        # Known from here on, so that a mistake behind it is told once.
        self.people[customer] = Story(customer, customer, "")
        self.people[customer] = Story(customer, row.take("a name"), row.take("a time zone"))

    def _sent(self, row: _Row) -> None:
        story, at = self._of_person(row), row.moment("a moment")
        channel, journey, message = row.take("a channel"), row.take("a journey"), row.take("a message")
        subject = row.take("a subject")
        found = row.options("text", "html", "lang", "came", "fate")
        came = found.get("came", at)
        sent = Sent(
            at, channel, journey, message, subject, came=None if came == "never" else came, fate=found.get("fate", ""),
            text_digest=found.get("text", ""), html_digest=found.get("html", ""), lang=found.get("lang", ""),
            html=None if "html" in found else "",
        )  # fmt: skip
        self.people[story.customer] = replace(story, sent=(*story.sent, sent))

    def _unsent(self, row: _Row) -> None:
        story, at = self._of_person(row), row.moment("a moment")
        kind, journey, message = row.take("a kind"), row.take("a journey"), row.take("a message")
        channel, reason = row.take("a channel"), row.take("a reason")
        item = Unsent(at, kind, journey, message, channel, reason, row.options("until").get("until"))
        self.people[story.customer] = replace(story, unsent=(*story.unsent, item))

    def _of_person(self, row: _Row) -> Story:
        found = row.take_field("a customer")
        if found.text not in self.people:
            raise _Bad(f"no line above is about the person '{found.text}'. {_REMEDY}", found.column)
        return self.people[found.text]


def parsed(text: str, file: str) -> Case:
    """The case of one baseline. Raises InvalidDocuments with every place that cannot be read."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if lines[0] != f"{FORMAT} {VERSION}":
        found = lines[0][:40]
        message = f"'{found}' is not how a baseline of this version begins: '{FORMAT} {VERSION}'. {_REMEDY}"
        raise InvalidDocuments([Problem(Place(file), message)])
    reader, number = _Reader(), 1
    problems: list[Problem] = []
    while number < len(lines) and len(problems) < MOST_PROBLEMS:
        line, start = lines[number], number + 1
        number += 1
        try:
            if line.startswith("text "):
                block = _block(lines, number)
                number += len(block)
                _read_text(reader, _row(line), block)
            elif line.strip() and not line.startswith("#"):
                row = _row(line)
                row.place = 1
                reader.read(row, row.fields[0])
        except _Bad as error:
            problems.append(Problem(Place(file, start, error.column), error.message))
    if not problems:
        try:
            return reader.case()
        except _Bad as error:
            problems.append(Problem(Place(file, len(lines)), error.message))
    raise InvalidDocuments(problems)


def _block(lines: list[str], start: int) -> list[str]:
    end = start
    while end < len(lines) and lines[end].startswith("|"):
        end += 1
    return lines[start:end]


def _read_text(reader: _Reader, row: _Row, block: list[str]) -> None:
    row.place = 1
    digest = row.take_field("a digest")
    text = "\n".join(_ESCAPE.sub(_unescaped, line[2:]) for line in block)
    text = text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")
    if digest_of(text) != digest.text:
        raise _Bad(
            f"the words below are not those of '{digest.text}': they were changed by hand. {_REMEDY}", digest.column
        )
    reader.texts[digest.text] = text


def _unescaped(found: re.Match[str]) -> str:
    return "\\" if found[1] == "\\" else chr(int(found[1][1:], 16))


def _row(line: str) -> _Row:
    """The fields of a line."""
    fields, place = [], 0
    for found in _FIELD.finditer(line):
        between = line[place : found.start()]
        if between.strip(" ") or (place and not between):
            raise _Bad(
                f"'{line[place : place + 20]}' is neither a word nor a text in quotes. {_REMEDY}", _first(line, place)
            )
        place, text = found.end(), found[0]
        if text.startswith('"'):
            try:
                fields.append(_Field(json.loads(text, strict=False), found.start() + 1, quoted=True))
            except json.JSONDecodeError:
                raise _Bad(f"{text[:40]} is not a text in quotes. {_REMEDY}", found.start() + 1) from None
        else:
            fields.append(_Field(text, found.start() + 1, quoted=False))
    if line[place:].strip(" "):
        raise _Bad(
            f"'{line[place : place + 20]}' is neither a word nor a text in quotes. {_REMEDY}", _first(line, place)
        )
    return _Row(fields, len(line) + 1)


def _first(line: str, place: int) -> int:
    """The column of the first character from a place on that is no space."""
    return len(line) - len(line[place:].lstrip(" ")) + 1
