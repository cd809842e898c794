"""The event log as a file: one CloudEvent 1.0 a line, in JSON, written and read back exactly.

The first line is an event of type `Log Opened`: it tells the format, the instants that the run covered, and how many
events follow, so that a log judges the same when it is read back, and one that was cut off is noticed; of a backend
that does not keep time to the millisecond also its `granularity_ms` and its name, `backend`. Each further line is one
row: `id` is `person/number`, `type` the event's name, `subject` the human being (left out for the organisation),
`time` RFC 3339 in UTC; the extensions `profile`, `system`, `causeid` and `seq` are the rest of the row. `data` holds
the fields by the types of the dictionary: money as `149 EUR`, instants as RFC 3339, dates as `2025-11-14`.

A log from elsewhere may leave out the first line (it then covers what the scenario covers, and all of its events) and
`seq` (events at one instant are then in the order of the file).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from simulator.model.log import Event, EventLog
from simulator.model.typing import Dictionary
from simulator.model.values import EARLIEST, LATEST, MOST_NUMBER
from simulator.words.clock import DAY, SECOND, from_iso, parse_date
from simulator.words.errors import ExpressionError, InvalidDocuments, LimitReached, Place, Problem, did_you_mean
from simulator.words.quantities import parse_money
from simulator.words.vocabulary import FieldType, Money, Value

FORMAT, VERSION = "journeyproof-log", 1
"""What the first line says of itself."""
OPENED = "Log Opened"
"""The type of the first line. It is no event of the log."""
MOST_PROBLEMS = 20
"""After so many bad lines no more are looked for."""

_LINE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_CANON = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), sort_keys=True)
_EXTENSIONS = ("profile", "system", "causeid")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


# ----------------------------------------------------------------------------------------------------- writing


def write(log: EventLog, source: str, path: Path) -> None:
    """Write a log; `source` is the CloudEvents source of every line, such as `/journeyproof/late-birthday/leap-day`."""
    with path.open("wb") as stream:
        for line in lines(log, source):
            # A lone surrogate is no UTF-8; as the escape that this writes, JSON can carry it.
            stream.write(line.encode("utf-8", "backslashreplace") + b"\n")


def lines(log: EventLog, source: str) -> Iterator[str]:
    """The lines of the file, without line ends."""
    data: dict[str, Any] = {"format": FORMAT, "version": VERSION, "start": rfc3339(log.start), "end": rfc3339(log.end)}
    if log.granularity_ms:
        data |= {"granularity_ms": log.granularity_ms, "backend": log.backend}
    opened = {"specversion": "1.0", "id": "log", "source": source, "type": OPENED, "time": rfc3339(log.start)}
    yield _LINE.encode({**opened, "datacontenttype": "application/json", "data": {**data, "events": len(log)}})
    for event in log:
        line: dict[str, Any] = {"specversion": "1.0", "id": event.id, "source": source, "type": event.name}
        line["time"] = rfc3339(event.time)
        if event.person:
            line["subject"] = event.person
        line["datacontenttype"] = "application/json"
        extensions = zip(_EXTENSIONS, (event.profile, event.system, event.cause), strict=True)
        line.update((name, value) for name, value in extensions if value)
        line["seq"] = event.number
        line["data"] = written(event.data, log.fields)
        yield _LINE.encode(line)


def written(data: Mapping[str, Value], fields: Mapping[str, FieldType]) -> dict[str, Any]:
    """The fields of an event as JSON data, sorted by name: in what order a backend told them is nobody's business."""
    plain: dict[str, Any] = {}
    for name, value in sorted(data.items()):
        kind = fields.get(name)
        if isinstance(value, Money):
            plain[name] = str(value)
        elif kind is not None and kind.kind == "instant" and isinstance(value, int) and EARLIEST <= value <= LATEST:
            plain[name] = rfc3339(value)
        else:
            plain[name] = value
    return plain


def rfc3339(instant: int) -> str:
    """`2025-11-14T07:07:00.000Z`."""
    day, time = divmod(instant, DAY)
    seconds, ms = divmod(time, SECOND)
    return f"{_day(day)}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{ms:03d}Z"


@lru_cache(maxsize=4096)
def _day(day: int) -> str:
    from datetime import date

    return date.fromordinal(day + 719_163).isoformat()


# ------------------------------------------------------------------------------------------------------ digest


def digest(log: EventLog) -> str:
    """`sha256:...` over the values of every row: two logs with one digest tell the same, however they were stored."""
    return combined(digests(log))


def digests(log: EventLog) -> dict[str, str]:
    """The digest (hex) of each person's events, by person; '' is the organisation."""
    numeric = frozenset(name for name, kind in log.fields.items() if kind.kind in ("number", "percent"))
    counts_of: dict[tuple[str, ...], list[str]] = {}
    rows: dict[str, list[Any]] = {}
    for event in log:
        data: dict[str, Any] = event.data
        shape = tuple(data)
        counts = counts_of.get(shape)
        if counts is None:
            counts = counts_of[shape] = [name for name in shape if name in numeric]
        if counts:
            # Whether a count was handed over as 3 or as 3.0 is nobody's business.
            data = {**data, **{name: float(data[name]) for name in counts if isinstance(data[name], int)}}
        row = [event.time, event.number, event.name, event.profile, event.system, event.cause, data]
        rows.setdefault(event.person, []).append(row)
    return {person: sha256(_CANON.encode(rows[person]).encode()).hexdigest() for person in sorted(rows)}


def combined(parts: Mapping[str, str]) -> str:
    """The digest of a log from those of its people."""
    return f"sha256:{sha256(_CANON.encode(sorted(parts.items())).encode()).hexdigest()}"


# ----------------------------------------------------------------------------------------------------- reading


def read(path: Path, shown: str, dictionary: Dictionary, start: int, end: int, most: int = 2_000_000) -> EventLog:
    """Read a log; `shown` is the file's name in messages, `start` and `end` what a log covers that does not say it.

    Every bad line is a problem of the InvalidDocuments that is raised. More than `most` events are LimitReached.
    """
    return _Reader(shown, dictionary, start, end, most).read(path)


class _Bad(ExpressionError):
    """One line cannot be read; the sentence says why."""


class _Reader:
    def __init__(self, shown: str, dictionary: Dictionary, start: int, end: int, most: int) -> None:
        self.shown = shown
        self.dictionary = dictionary
        self.start, self.end, self.most = start, end, most
        self.opened = False
        self.announced: int | None = None
        self.granularity_ms, self.backend = 0, ""
        self.problems: list[Problem] = []
        self.events: list[Event] = []
        self.ids: dict[tuple[str, str], tuple[int, Event]] = {}
        self.numbered = True

    def read(self, path: Path) -> EventLog:
        try:
            with path.open("rb") as stream:
                for number, raw in enumerate(stream, start=1):
                    if raw.strip():
                        self._line(number, raw)
                    if len(self.problems) >= MOST_PROBLEMS:
                        break
        except OSError as error:
            reason = error.strerror or str(error)
            self._note(1, f"the file cannot be read: {reason}. Name a log that was written with --log.")
        if not self.problems and self.announced not in (None, len(self.events)):
            rule = f"the first line announces {self.announced} events and {len(self.events)} follow"
            self._note(1, f"{rule}: the file was cut off or changed. Write the log again.")
        if self.problems:
            raise InvalidDocuments(self.problems)
        return self._log()

    def _note(self, line: int, message: str, column: int = 1) -> None:
        self.problems.append(Problem(Place(self.shown, line, column), message))

    def _line(self, number: int, raw: bytes) -> None:
        column = 1
        try:
            try:
                text = raw.strip().decode("utf-8-sig" if number == 1 else "utf-8")
                parsed = json.loads(text, parse_constant=_no_constant)
            except UnicodeDecodeError as error:
                raise _Bad(f"byte {error.start + 1} is not UTF-8. Save the file as UTF-8.") from None
            except json.JSONDecodeError as error:
                column = error.colno
                raise _Bad(f"not JSON: {error.msg}. Each line is one CloudEvent as a JSON object.") from None
            except RecursionError:
                raise _Bad("nested too deeply. Each line is one CloudEvent as a JSON object.") from None
            if not isinstance(parsed, dict):
                raise _Bad("this is no JSON object. Each line is one CloudEvent as a JSON object.")
            if parsed.get("type") == OPENED:
                self._opened(number, parsed)
            else:
                self._event(number, parsed)
        except ExpressionError as error:
            self._note(number, str(error), column)

    def _opened(self, number: int, line: Mapping[str, Any]) -> None:
        if number != 1:
            raise _Bad(f"'{OPENED}' is the first line of a log, not another one. Give each log a file of its own.")
        data = line.get("data")
        data = data if isinstance(data, dict) else {}
        if (data.get("format"), data.get("version")) != (FORMAT, VERSION):
            found = f"{data.get('format')} {data.get('version')}"
            raise _Bad(f"the format is '{found}'; this program reads '{FORMAT} {VERSION}'. Write the log again.")
        self.start, self.end = _instant("start", data.get("start")), _instant("end", data.get("end"))
        self.opened, events = True, data.get("events")
        self.announced = events if isinstance(events, int) else None
        granularity = data.get("granularity_ms", 0)
        if type(granularity) is not int or granularity < 0:
            raise _Bad(f"granularity_ms is {_shown(granularity)}: it is a whole number of milliseconds, 0 or more.")
        self.granularity_ms, self.backend = granularity, _text(data, "backend")

    def _event(self, number: int, line: Mapping[str, Any]) -> None:
        if line.get("specversion") != "1.0":
            raise _Bad(f"specversion is {_shown(line.get('specversion'))}: CloudEvents are read in version '1.0'.")
        words = {name: _text(line, name, needed=True) for name in ("id", "source", "type")}
        name, known = words["type"], self.dictionary.events
        if name not in known:
            remedy = did_you_mean(name, sorted(known)) or ". Declare it in the organisation, under 'events'"
            raise _Bad(f"unknown event '{name}'{remedy}")
        person = _text(line, "subject")
        profile, system, cause = (_text(line, extension) for extension in _EXTENSIONS)
        if system and system not in self.dictionary.systems:
            hint = did_you_mean(system, sorted(self.dictionary.systems))
            raise _Bad(f"unknown system '{system}'{hint}. Systems are declared in the organisation.")
        data = line.get("data", {})
        if not isinstance(data, dict):
            raise _Bad(f"data is {_shown(data)}: it is an object with the fields of the event.")
        fields = self.dictionary.fields
        values = values_of(data, fields)
        seq = line.get("seq")
        if seq is not None and (not isinstance(seq, int) or isinstance(seq, bool) or seq < 0):
            raise _Bad(f"seq is {_shown(seq)}: it counts a customer's events from 0. Or leave it out.")
        self.numbered = self.numbered and seq is not None
        event = Event(
            _instant("time", line.get("time")), name, person, profile, system, cause, values, -1 if seq is None else seq
        )
        key = (words["source"], words["id"])
        if key in self.ids:
            first = self.ids[key][0]
            raise _Bad(f"the id '{key[1]}' stands on line {first} already. Give each event an id of its own.")
        self.ids[key] = (number, event)
        self.events.append(event)
        if len(self.events) > self.most:
            raise LimitReached(f"{self.shown} has more than {self.most} events: raise 'limits: {{events: ...}}'")

    def _log(self) -> EventLog:
        if not self.opened:
            times = [self.start, self.end, *(event.time for event in self.events)]
            self.start, self.end = min(times), max(times)
        for line, event in self.ids.values():
            if not self.start <= event.time <= self.end:
                self._note(line, f"{rfc3339(event.time)} lies outside the log, which says that it covers "
                                 f"{rfc3339(self.start)} to {rfc3339(self.end)}. Correct one of them.")  # fmt: skip
        if self.problems:
            raise InvalidDocuments(self.problems[:MOST_PROBLEMS])
        places = {(event.person, event.number) for event in self.events}
        numbered = self.numbered and len(places) == len(self.events)
        if not numbered:
            self.events.sort(key=lambda event: event.time)
        log = EventLog(
            self.events, self.dictionary.fields, self.start, self.end,
            numbered=numbered, granularity_ms=self.granularity_ms, backend=self.backend,
        )  # fmt: skip
        renamed = {id: event.id for (_, id), (_, event) in self.ids.items()}
        for event in log:
            event.cause = renamed.get(event.cause, event.cause)
        return log


def _no_constant(word: str) -> None:
    raise _Bad(f"'{word}' is no JSON. Leave out a number that is not known.")


def _shown(value: object) -> str:
    if value is None:
        return "missing"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _text(line: Mapping[str, Any], name: str, *, needed: bool = False) -> str:
    value = line.get(name)
    if value is None and not needed:
        return ""
    if not isinstance(value, str) or (needed and not value):
        raise _Bad(f"{name} is {_shown(value)}: a CloudEvent's {name} is a text. Write one.")
    return value


def _instant(name: str, value: object) -> int:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise _Bad(f"{name} is {_shown(value)}: write RFC 3339 with an offset, such as '2025-11-14T07:07:00.000Z'.")
    return from_iso(value.upper())


def values_of(data: Mapping[str, Any], fields: Mapping[str, FieldType]) -> dict[str, Value]:
    """The fields of an event from JSON data, as `written` wrote them; null is not known. Raises ExpressionError."""
    return {name: _value(name, value, fields.get(name)) for name, value in data.items() if value is not None}


def instant_of(name: str, value: object) -> int:
    """An instant (ms UTC) from RFC 3339; `name` is whose value it is. Raises ExpressionError."""
    return _instant(name, value)


def _value(name: str, value: object, kind: FieldType | None) -> Value:
    """A field's value in memory; one that nobody declared is kept as it stands, for no check can ask for it."""
    match kind.kind if kind is not None else "", value:
        case "", str() | bool() | int() | float():
            return value
        case (("text" | "id" | "choice" | "place"), str()):
            return value
        case (("text" | "id"), int()) if not isinstance(value, bool):
            return str(value)
        case "number", int() | float() if not isinstance(value, bool) and abs(value) <= MOST_NUMBER:
            return value
        case "percent", int() | float() if not isinstance(value, bool) and abs(value) <= MOST_NUMBER:
            return float(value)
        case "flag", bool():
            return value
        case "date", str():
            return parse_date(value).isoformat()
        case "instant", int() if not isinstance(value, bool):
            return value
        case "instant", _:
            return _instant(name, value)
        case "money", str():
            return parse_money(value)
    forms = {"number": "12", "percent": "30.0", "flag": "true", "date": '"2025-11-14"', "money": '"149 EUR"'}
    said = f"'{name}' is of type {kind}" if kind is not None else f"'{name}' is a single value"
    raise _Bad(f"{name} is {_shown(value)}, but {said}. Write it as {forms.get(kind.kind if kind else '', 'a text')}.")
