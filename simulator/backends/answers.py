"""What a Python backend answers, looked at before it is used: whoever wrote it is told what is wrong, in its own words.

Every function raises BackendFailed; whoever calls knows which backend it was, and in which call.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import isawaitable, iscoroutine
from operator import index
from typing import Any, Final

from simulator.backends.protocol import Backend, Capabilities, capabilities_from_wire, capabilities_to_wire
from simulator.model.log import Event
from simulator.model.values import EARLIEST, LATEST, shown
from simulator.words.errors import BackendFailed, ExpressionError

MOST_EVENTS: Final = 100_000
"""The most events that a backend may tell in one step."""
_METHODS: Final = ("open", "ingest", "next_wakeup", "advance", "close")
_TEXTS: Final = ("name", "person", "profile", "system", "cause")
_LONGEST_NAME: Final = 200
_NAMES: Final = frozenset({str})


def methods_of(backend: object) -> None:
    """It has all that the protocol asks for."""
    missing = [name for name in _METHODS if not callable(getattr(backend, name, None))]
    if missing:
        raise BackendFailed(f"it has no method {', '.join(missing)}: a backend has {', '.join(_METHODS)}")


def name_of(backend: Backend) -> str:
    """What it is called; its class's name where it does not say."""
    name: object = getattr(backend, "name", type(backend).__name__)
    if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= _LONGEST_NAME:
        raise BackendFailed(f"its 'name' is {shown(name)}: it is a text of 1 to {_LONGEST_NAME} visible characters")
    return name


def capabilities_of(backend: Backend) -> Capabilities:
    """What it declares of itself, in form."""
    declared: object = getattr(backend, "capabilities", None)
    if not isinstance(declared, Capabilities):
        raise BackendFailed(f"its 'capabilities' are {shown(declared)}: they are a simulator.Capabilities")
    words: object = declared.features
    if not isinstance(words, set | frozenset | list | tuple) or not all(isinstance(word, str) for word in words):
        raise BackendFailed(f"its 'features' are {shown(words)}: they are a set of words, such as 'step.wait'")
    try:
        return capabilities_from_wire(capabilities_to_wire(declared))
    except ExpressionError as error:
        raise BackendFailed(f"it declares nonsense of itself: {error}") from error


def nothing_of(answer: object, call: str) -> None:
    """It has done what it was told, and does not only promise to."""
    if answer is not None and isawaitable(answer):
        if iscoroutine(answer):
            answer.close()
        raise BackendFailed(f"{call}() is async, and nobody waits for it: the methods of a backend are ordinary ones")


def wakeup_of(answer: object) -> int | None:
    """Its earliest timer."""
    if answer is None:
        return None
    nothing_of(answer, "next_wakeup")
    try:
        instant = _instant(answer)
    except TypeError:
        rule = "it returns an instant (int, ms UTC) or None"
        raise BackendFailed(f"next_wakeup() returned {shown(answer)}: {rule}") from None
    if not EARLIEST <= instant <= LATEST:
        rule = "it returns an instant in ms UTC of the years 1 to 9999, or None where it has no timer"
        raise BackendFailed(f"next_wakeup() returned {shown(answer)}: {rule}")
    return instant


def events_of(answer: object, most: int = MOST_EVENTS) -> list[Event]:
    """What it did: a list of at most so many events, each of them in form; what is in `data` is not looked at."""
    if not isinstance(answer, list | tuple):
        nothing_of(answer, "advance")
        raise BackendFailed(f"advance() returned {shown(answer)}: it returns a list of events")
    if len(answer) > most:
        raise BackendFailed(f"advance() returned {len(answer)} events; the limit is {most}")
    for event in answer:
        if not isinstance(event, Event):
            raise BackendFailed(f"advance() returned a list with {shown(event)}: each is a simulator.Event")
        _look_at(event)
    return list(answer)


def _look_at(event: Event) -> None:
    for name in _TEXTS:
        value: object = getattr(event, name)
        if not isinstance(value, str):
            raise BackendFailed(f"it tells an event whose {name} is {shown(value)}: it is a text")
    if not event.name:
        raise BackendFailed("it tells an event that has no name")
    stamp: Any = event.time
    try:
        # A whole number of NumPy's is one too.
        event.time = _instant(stamp)
    except TypeError:
        rule = "a stamp is an instant (int, ms UTC)"
        raise BackendFailed(f"it stamps '{event.name}' {shown(stamp)}: {rule}") from None
    if not EARLIEST <= event.time <= LATEST:
        raise BackendFailed(f"it stamps '{event.name}' {shown(stamp)}: that is no instant (ms UTC) of the calendar")
    data: object = event.data
    if not isinstance(data, dict) or not set(map(type, data)) <= _NAMES:
        raise BackendFailed(f"the data of its '{event.name}' is {shown(data)}: it is a dict of fields by name")


def _instant(value: Any) -> int:
    """A whole number. Raises TypeError for all else, truth values included."""
    if isinstance(value, bool):
        raise TypeError(value)
    return index(value)


def asked(backend: Backend, what: str, *arguments: object) -> Any:
    """Call a backend of this process, and look at what it answers."""
    method: Callable[..., object] = getattr(backend, what)
    return looked_at(what, method(*arguments))


def looked_at(what: str, answer: object) -> Any:
    """The answer to a call of that name, in form."""
    match what:
        case "advance":
            return events_of(answer)
        case "next_wakeup":
            return wakeup_of(answer)
        case _:
            return nothing_of(answer, what)
