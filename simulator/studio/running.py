"""Running a wish: the edited document, cut to the customer's cell, is rehearsed like any other scenario."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Final

from simulator.backends.protocol import Capabilities, Factory
from simulator.model.loading import from_document
from simulator.model.scenarios import Scenario
from simulator.running import rehearse
from simulator.running.capabilities import factory_of, let_go, make, said_by
from simulator.running.cells import cells_of
from simulator.running.rehearsal import Rehearsal
from simulator.studio.catalogue import USUAL, Base, Catalogue
from simulator.studio.edits import Edited, edited
from simulator.studio.library import Library
from simulator.studio.watching import Watch
from simulator.studio.wishes import Wish
from simulator.words.clock import iso

TIME_LIMIT: Final = 60.0
"""Seconds that one run may take."""
MOST_WAITING: Final = 128
"""Runs that wait for their turn; whoever comes then is asked to come again."""


@dataclass(frozen=True)
class Ran:
    """What came of a wish. `people` took part in the run; `edits` say in sentences what was different."""

    rehearsal: Rehearsal
    scenario: Scenario
    people: int
    edits: list[str]
    server_ms: float

    @property
    def told(self) -> dict[str, Any]:
        """The answer as the page gets it."""
        return {
            "entry": self.rehearsal.result,
            "people": self.people,
            "server_ms": round(self.server_ms, 1),
            "edits": self.edits,
        }


class Studio:
    """Everything that the page may ask, without the web: what there is, what can be turned, what comes of it."""

    def __init__(self, catalogue: Catalogue, time_limit: float = TIME_LIMIT, most_waiting: int = MOST_WAITING) -> None:
        self.catalogue = catalogue
        self.library = Library()
        self.time_limit = time_limit
        self.most_waiting = most_waiting
        self._capabilities: dict[str, Capabilities] = {}
        self._lock = Lock()

    def base(self, wish: Wish) -> tuple[Base, Wish]:
        """The variant of a wish, and the wish with a customer where it names none. Raises Refused."""
        base = self.catalogue.base(wish.target, wish.variant, wish.seed)
        if wish.customer or not base.scenario.people:
            return base, wish
        return base, replace(wish, customer=next(iter(base.scenario.people)))

    def scenario(self, wish: Wish) -> dict[str, Any]:
        """What can be turned, and who takes part."""
        base, wish = self.base(wish)
        scenario, change = base.scenario, edited(base, wish, self.library)
        local = change.draft.zone
        return {
            "title": scenario.title,
            "says": scenario.says,
            "customer": wish.customer,
            "people": [
                {"customer": id, "name": person.name, "note": f"one of {person.crowd}" if person.crowd else ""}
                for id, person in scenario.people.items()
            ],
            "start": iso(scenario.start, local),
            "end": iso(scenario.end, local),
            "zone": scenario.zone,
            "controls": change.told(),
            "edits": change.sentences,
            "journeys": _titled(change.draft.journeys, "journey", self.library.journeys(base)),
            "policies": [{"id": id, "title": title} for id, title in self.library.policies(base)],
        }

    def people_of(self, wish: Wish) -> Sequence[str]:
        """Whom a run of this wish has to take along. Raises Refused, and BackendFailed where nothing can be asked."""
        base, wish = self.base(wish)
        self.catalogue.backend(wish.backend)
        if wish.customer not in base.scenario.people or self._independent(wish.backend):
            return base.cell_of.get(wish.customer, ())
        return next(cell for cell in cells_of(base.scenario, independent=False) if wish.customer in cell)

    def edited(self, wish: Wish) -> tuple[Base, Wish, Edited]:
        """The edited document of a wish."""
        people = self.people_of(wish)
        base, wish = self.base(wish)
        return base, wish, edited(base, wish, self.library, people)

    def run(self, wish: Wish, watch: Watch | None = None) -> Ran:
        """Run a wish. Raises Refused, and whatever loading and rehearsing raise."""
        begun = time.perf_counter()
        watch = watch or Watch(self.time_limit)
        base, wish, change = self.edited(wish)
        document = change.document
        scenario = from_document(document)
        # What the variant declares is of others too; what is said of this cell is compared with what came of it.
        was = base.scenario
        sources = {**was.sources, **change.draft.sources}
        scenario = replace(scenario, violates=was.violates, diagnosis=was.diagnosis, sources=sources)
        rehearsal = self.rehearse(scenario, wish, watch)
        spent = 1000 * (time.perf_counter() - begun)
        return Ran(rehearsal, scenario, len(scenario.people), change.sentences, spent)

    def rehearse(self, scenario: Scenario, wish: Wish, watch: Watch) -> Rehearsal:
        """Rehearse a scenario on the backend of a wish, for its customer."""
        watch.spans(scenario.start, scenario.end)
        rehearsal = rehearse(scenario, backend=watch.over(self.factory(wish.backend)), only=wish.customer)
        rehearsal.result["backend"] = said_by(wish.backend)
        return rehearsal

    def factory(self, word: str) -> Factory:
        """What makes a backend, if it may be asked for. Raises Refused."""
        return factory_of(self.catalogue.backend(word))

    def _independent(self, word: str) -> bool:
        """Whether a backend takes customers apart. It is made once to be asked."""
        if word == USUAL:
            return True
        with self._lock:
            if word not in self._capabilities:
                backend = make(self.factory(word))
                self._capabilities[word] = backend.capabilities
                let_go(backend)
            return self._capabilities[word].independent_customers


def _titled(journeys: dict[str, dict[str, Any]], kind: str, others: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    running = [{"id": id, "title": str(journey[kind]), "runs": True} for id, journey in journeys.items()]
    return running + [{"id": id, "title": title, "runs": False} for id, title in others if id not in journeys]


def line(data: dict[str, Any]) -> bytes:
    """One line of newline-delimited JSON; characters that no UTF-8 may hold go through as the escapes of JSON."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace") + b"\n"
