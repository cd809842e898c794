"""What the studio can show: the scenarios of the project and those that are shipped, loaded once for each seed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any, Final

from simulator.backends.catalogue import catalogue as listings
from simulator.model.data import data_folder
from simulator.model.loading import Source, load
from simulator.model.loading.assembling import assemble
from simulator.model.loading.bundles import items, mapping
from simulator.model.loading.finding import discover
from simulator.model.reading import Node
from simulator.model.scenarios import Scenario
from simulator.running.cells import cells_of
from simulator.studio.problems import Refused
from simulator.words.errors import InvalidDocuments, did_you_mean

SAVED: Final = "saved"
"""The family that the studio itself writes: nobody begins with it."""
MOST_LOADED: Final = 24
"""Variants that are kept loaded."""
USUAL: Final = "reference"


@dataclass(frozen=True)
class Base:
    """One variant as it is, before any edit. `document` is shared: whoever changes it copies it first."""

    source: Source
    scenario: Scenario

    @property
    def document(self) -> Mapping[str, Any]:
        """The scenario as plain data."""
        return self.scenario.document

    @cached_property
    def cell_of(self) -> dict[str, tuple[str, ...]]:
        """By person, everybody who shares something with them, where a backend knows customers apart."""
        return {person: cell for cell in cells_of(self.scenario, independent=True) for person in cell}


class Catalogue:
    """The scenarios by target (`family/name`), and the backends that may be asked for."""

    def __init__(self, project: Path | None, backends: Sequence[str] = ()) -> None:
        self.project = project
        here = [listing.name for listing in listings() if listing.installed and listing.name != "http"]
        self.backends = tuple(dict.fromkeys([USUAL, *here, *backends]))
        self._loaded: OrderedDict[tuple[str, str, int], Base] = OrderedDict()
        self._lock = Lock()
        self._loading = Lock()

    def sources(self) -> dict[str, Source]:
        """Every scenario by its target: the project's own first, without those whose file cannot be read."""
        shipped = data_folder("scenarios")
        found, _ = self._own()
        found += [source for source in discover((), shipped, None) if source.file not in {own.file for own in found}]
        targets: dict[str, Source] = {}
        for source in found:
            targets.setdefault(f"{source.family}/{source.name}", source)
        return targets

    def _own(self) -> tuple[list[Source], list[InvalidDocuments]]:
        """The project's scenarios, and what is wrong with the files that hold none: one does not hide the others."""
        found: list[Source] = []
        broken: list[InvalidDocuments] = []
        if self.project is None or not (self.project / "scenarios").is_dir():
            return found, broken
        engines = self.project / "scenarios" / "engines"
        for file in sorted((self.project / "scenarios").rglob("*.scenario.yaml")):
            if engines in file.parents:
                continue
            try:
                found += discover([file], data_folder("scenarios"), self.project)
            except InvalidDocuments as error:
                broken.append(error)
        return found, broken

    def source(self, target: str) -> Source:
        """The scenario of a target. Raises Refused for one that is not there."""
        sources = self.sources()
        if target not in sources:
            raise Refused(404, f"there is no scenario '{target[:100]}'{did_you_mean(target, sources)}.")
        return sources[target]

    def base(self, target: str, variant: str, seed: int) -> Base:
        """A variant as it is. Raises Refused, and InvalidDocuments for a scenario that is broken."""
        source = self.source(target)
        if variant not in source.variants:
            hint = did_you_mean(variant, source.variants)
            raise Refused(404, f"'{target}' has no variant '{variant[:100]}'{hint}.")
        key = (f"{source.file}:{source.file.stat().st_mtime_ns}", variant, seed)
        with self._lock:
            if key in self._loaded:
                self._loaded.move_to_end(key)
                return self._loaded[key]
        with self._loading:  # the same variant is not loaded twice at once; names are drawn by a library for one thread
            with self._lock:
                if key in self._loaded:
                    return self._loaded[key]
            base = Base(source, load(source, variant, seed=seed))
            with self._lock:
                self._loaded[key] = base
                while len(self._loaded) > MOST_LOADED:
                    self._loaded.popitem(last=False)
        return base

    def backend(self, word: str) -> str:
        """A backend's word, if it may be asked for: what a page says alone is never run. Raises Refused."""
        if word not in self.backends:
            remedy = "Start the studio with --backend to allow another."
            raise Refused(400, f"the backend '{word[:100]}' is none of {', '.join(self.backends)}. {remedy}")
        return word

    def told(self) -> dict[str, Any]:
        """The catalogue as the page gets it."""
        sources = self.sources()
        _, broken = self._own()
        families = [
            {
                "family": source.family,
                "scenario": source.name,
                "title": source.title,
                "target": target,
                "variants": [self._variant(source, variant) for variant in source.variants],
            }
            for target, source in sources.items()
        ]
        return {
            "families": families,
            "start": self._start(sources),
            "backends": list(self.backends),
            "version": version("journeyproof"),
            "broken": [str(error.problems[0]) for error in broken],
        }

    @staticmethod
    def _variant(source: Source, variant: str) -> dict[str, Any]:
        bundle, _ = assemble(source, variant)
        people = sum(map(_written_people, bundle.people.values()))
        return {"variant": variant, "says": bundle.says or source.title, "people": people}

    def _start(self, sources: Mapping[str, Source]) -> dict[str, Any]:
        """Where the page begins: the project's first scenario that can be played, else a shipped one, on its first
        customer."""
        own = [target for target, source in sources.items() if source.root == self.project and source.family != SAVED]
        shipped = [target for target, source in sources.items() if source.name == "late-birthday"]
        if self.project == data_folder("scenarios").parent:
            own = []
        for target in (*own, *shipped, *sources):
            variant = sources[target].variants[0]
            try:
                people = self.base(target, variant, 42).scenario.people
            except InvalidDocuments:
                continue
            return {"target": target, "variant": variant, "customer": next(iter(people), "")}
        raise Refused(404, "there is no scenario that can be played: neither here nor among the shipped ones.")


def _written_people(entry: Node) -> int:
    """How many an entry asks for: a crowd's count and its edges, or one."""
    count = mapping(entry).get("count")
    crowd = count.value if count is not None and isinstance(count.value, int) else 1
    return crowd + len(items(mapping(entry).get("edges")))
