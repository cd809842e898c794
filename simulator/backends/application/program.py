"""A user's own Python module that an in-process engine runs, in place of journeys that are compiled."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Mapping
from pathlib import PurePath
from types import ModuleType
from typing import Any

from simulator.backends.application.customers import Customers
from simulator.model.briefing import Briefing, Native
from simulator.model.jsonl import written
from simulator.model.log import Event
from simulator.model.wire import event_to_wire
from simulator.words.clock import Instant
from simulator.words.errors import BackendFailed, did_you_mean


class Program:
    """The module of a native definition, and what of it is called when an event comes.

    `tell` in the scenario names a function or task of the module for each event. It is called with the event as a
    CloudEvent, and `customer` beside it: id, zone, addresses and fields of the row that the event speaks of.
    """

    def __init__(
        self,
        native: Native,
        briefing: Briefing,
        start: Instant,
        tell: Mapping[str, Any] | None = None,
        module: ModuleType | None = None,
    ) -> None:
        self.file = native.file
        self.module = module or loaded(native)
        self._fields = briefing.dictionary.fields
        self._customers = Customers(briefing, start)
        named = native.tell if tell is None else tell
        self._told = {event: self.function(event, name) for event, name in named.items()}

    def tell(self, event: Event) -> None:
        """Call what is to be told of an event; nothing where nothing is."""
        if not event.profile:
            return
        self._customers.told(event)
        function = self._told.get(event.name)
        if function is not None:
            function(self._event(event))

    def only(self, kind: type) -> Any:
        """The one object of a kind at the module's top level. Raises BackendFailed where there is none, or several."""
        found = list({id(each): each for each in vars(self.module).values() if isinstance(each, kind)}.values())
        if len(found) != 1:
            count = "no" if not found else f"{len(found)} objects of the class"
            raise BackendFailed(f"{self.file} has {count} {kind.__name__} at its top level: it needs exactly one")
        return found[0]

    def function(self, event: str, name: object) -> Callable[..., Any]:
        """What is called for an event. Raises BackendFailed where the module has nothing of that name."""
        function = getattr(self.module, name, None) if isinstance(name, str) else None
        if not callable(function):
            known = [word for word, value in vars(self.module).items() if callable(value) and word[0] != "_"]
            hint = did_you_mean(str(name), known)
            raise BackendFailed(f"{self.file}: '{event}' is told to '{name}', which is no function or task there{hint}")
        # A task is queued, as the web server of a shop would do; a function is called.
        queued: Callable[..., Any] = getattr(function, "delay", function)
        return queued

    def _event(self, event: Event) -> Mapping[str, Any]:
        row = self._customers.row(event.profile)
        customer = {"id": row.id, "zone": row.zone.name, **row.addresses, **written(row.fields, self._fields)}
        return {**event_to_wire(event, self._fields), "customer": customer}


def loaded(native: Native) -> ModuleType:
    """The module of a definition, run anew; a traceback of it shows its own lines. Raises BackendFailed."""
    module = ModuleType(PurePath(native.file).stem)
    module.__file__ = native.file
    sys.modules[module.__name__] = module
    linecache.cache[native.file] = (len(native.text), None, native.text.splitlines(keepends=True), native.file)
    try:
        exec(compile(native.text, native.file, "exec"), vars(module))  # noqa: S102  the user's own program, in a child
    except Exception as error:
        raise BackendFailed(f"{native.file} cannot be imported: {type(error).__name__}: {error}") from error
    return module
