"""Controls: what somebody can turn in a scenario. Each knows its present value, and how a document gets another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from simulator.studio.problems import Refused
from simulator.words.clock import Zone, parse_date, parse_duration, parse_instant, parse_time_of_day
from simulator.words.errors import ExpressionError, did_you_mean

MOST_TEXT: Final = 200
"""Characters of a text that somebody writes."""
MOST_NUMBER: Final = 10**15
"""What every number stays below: up to here decimal digits are exact."""
GROUPS: Final = ("person", "behaviour", "world", "rules", "journey")
"""Where controls stand on the page."""

Write = Callable[[Any], str]
"""Writes a value into the document, and says in a plain sentence what is different now."""


@dataclass(frozen=True)
class Control:
    """One control.

    `kind` is choice, toggle, number, duration, date, instant, time, window, text, percent or act. `optional` ones may
    be set to None: not known, or none. `open` choices take other words than those that are offered. `more` marks what
    is seldom wanted. `events` are those of a control of kind act.
    """

    id: str
    group: str
    label: str
    kind: str
    value: Any
    write: Write
    choices: Sequence[tuple[Any, str]] = ()
    min: float | None = None
    max: float | None = None
    unit: str = ""
    hint: str = ""
    optional: bool = False
    open: bool = False
    more: bool = False
    events: Sequence[Mapping[str, Any]] = ()

    def told(self, value: Any = None, *, edited: bool = False) -> dict[str, Any]:
        """The control as the page gets it, showing the value of an edit where there is one."""
        told: dict[str, Any] = {
            "control": self.id,
            "group": self.group,
            "label": self.label,
            "kind": self.kind,
            "value": value if edited else self.value,
        }
        if self.choices:
            told["choices"] = [{"value": value, "label": label} for value, label in self.choices]
        for key in ("min", "max"):
            if getattr(self, key) is not None:
                told[key] = getattr(self, key)
        told.update({key: getattr(self, key) for key in ("unit", "hint") if getattr(self, key)})
        told.update({key: True for key in ("optional", "open", "more") if getattr(self, key)})
        if self.events:
            told["events"] = [dict(event) for event in self.events]
        return told


def checked(control: Control, value: Any, zone: Zone) -> Any:
    """A value that a page sent, if the control can take it; times of day and instants are read in `zone`.

    Raises Refused with what to write instead.
    """
    try:
        return _checked(control, value, zone)
    except ExpressionError as error:
        raise Refused(200, f"{control.label}: {error.message}") from None


def _checked(control: Control, value: Any, zone: Zone) -> Any:
    if value is None:
        if control.optional:
            return None
        raise Refused(200, f"{control.label}: say a value.")
    match control.kind:
        case "toggle":
            return _of(control, value, bool, "on or off")
        case "number" | "percent":
            return _number(control, value)
        case "choice" if not control.open:
            return _choice(control, value)
        case "window":
            return _window(control, value, zone)
        case "act":
            return value
    text = _text(control, value)
    match control.kind:
        case "duration":
            parse_duration(text)
        case "date":
            return parse_date(text).isoformat()
        case "instant":
            parse_instant(text, zone)
        case "time":
            parse_time_of_day(text)
    return text


def _of(control: Control, value: Any, kind: type, meant: str) -> Any:
    if not isinstance(value, kind):
        raise Refused(200, f"{control.label}: this is {meant}.")
    return value


def _number(control: Control, value: Any) -> float | int:
    low, high = (0, 100) if control.kind == "percent" else (control.min, control.max)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(200, f"{control.label}: this is a number.")
    if not abs(value) < MOST_NUMBER:  # what is no number at all is less than nothing
        raise Refused(200, f"{control.label}: this is a number of at most 15 digits.")
    if (low is not None and value < low) or (high is not None and value > high):
        meant = " ".join([f"from {low:g}"] * (low is not None) + [f"to {high:g}"] * (high is not None))
        raise Refused(200, f"{control.label}: a number {meant}, and {value:g} is none.")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _choice(control: Control, value: Any) -> Any:
    offered = [choice for choice, _ in control.choices]
    if value not in offered or isinstance(value, bool) != isinstance(offered[0], bool):
        hint = did_you_mean(str(value)[:80], [str(choice) for choice in offered])
        shown = ", ".join(str(choice) for choice in offered[:12])
        raise Refused(200, f"{control.label}: '{str(value)[:80]}' is not offered{hint}. It is one of {shown}.")
    return value


def _text(control: Control, value: Any) -> str:
    if not isinstance(value, str):
        raise Refused(200, f"{control.label}: this is a text.")
    text = value.strip()
    if not text or len(text) > MOST_TEXT or not text.isprintable():
        raise Refused(200, f"{control.label}: one line of at most {MOST_TEXT} characters.")
    return text


def _window(control: Control, value: Any, zone: Zone) -> dict[str, str]:
    if not isinstance(value, dict) or set(value) != {"from", "until"}:
        raise Refused(200, f"{control.label}: say from when until when.")
    window = {key: _text(control, value[key]) for key in ("from", "until")}
    begin, end = (parse_instant(text, zone) for text in window.values())
    if end <= begin:
        raise Refused(200, f"{control.label}: it ends before it begins. Write a later end.")
    return window
