"""The pytest plugin: collects `*.scenario.yaml`, one test for each variant, and gives tests the fixture `simulate`.

pytest imports this module in every project of the environment, so it imports nothing heavier than pytest itself: what
runs a scenario is imported when a scenario is run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from simulator.model.loading import Source
    from simulator.model.log import Event, EventLog
    from simulator.model.results import Verdict, Violation
    from simulator.model.scenarios import Scenario
    from simulator.running import Rehearsal

SEED = 42
_SUFFIX = ".scenario.yaml"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plugin."""
    group = parser.getgroup("journeyproof", "rehearsing scenarios")
    group.addoption(
        "--journeyproof-seed", type=int, default=SEED, metavar="N", help=f"the seed of every scenario (default: {SEED})"
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the scenarios."""
    if file_path.name.endswith(_SUFFIX):
        collected: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
        return collected
    return None


class NotAsExpected(AssertionError):
    """The verdicts of a variant are not what it declares; the argument tells them in full."""


class ScenarioFile(pytest.File):
    """A scenario file: its variants are its tests."""

    def collect(self) -> Iterable[VariantItem]:
        """One item for each variant."""
        from simulator.model.data import data_folder
        from simulator.model.loading import source_of
        from simulator.words.errors import JourneyproofError

        try:
            source = source_of(self.path, data_folder("scenarios"), self.config.rootpath)
        except JourneyproofError as error:
            raise self.CollectError(_told(error)) from None
        lines = _variant_lines(source)
        for variant in source.variants:
            yield VariantItem.from_parent(self, name=variant, source=source, line=lines.get(variant, 1))


class VariantItem(pytest.Item):
    """One variant of a scenario: passes when every verdict is what it declares."""

    def __init__(self, *, source: Source, line: int, **rest: Any) -> None:
        super().__init__(**rest)
        self.source = source
        self.line = line

    def runtest(self) -> None:
        """Rehearse the variant. Raises NotAsExpected, or skips what the backend cannot express."""
        seed = self.config.getoption("--journeyproof-seed")
        simulation = _simulated(self.source, self.name, seed)
        self.user_properties += [("seed", seed), ("reproduce", simulation.rerun)]
        if not simulation.as_expected:
            raise NotAsExpected(simulation.account)
        if simulation.outcome == "unsupported":
            pytest.skip(f"unsupported: {'; '.join(_reasons(simulation))}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Our own words for what can go wrong; pytest's for what cannot."""
        from simulator.words.errors import JourneyproofError

        if isinstance(excinfo.value, NotAsExpected):
            return str(excinfo.value)
        if isinstance(excinfo.value, JourneyproofError):
            return _told(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """File, line counted from 0, and title."""
        return self.path, self.line - 1, f"{self.source.name}: {self.name}"


class Simulation:
    """What `simulate` returns: a rehearsal, with the questions that tests ask of it."""

    def __init__(self, rehearsal: Rehearsal, target: str, seed: int) -> None:
        self.rehearsal = rehearsal
        self._target, self._seed = target, seed

    @property
    def scenario(self) -> Scenario:
        """What was rehearsed."""
        return self.rehearsal.scenario

    @property
    def log(self) -> EventLog:
        """Everything that happened."""
        return self.rehearsal.log

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """What each check says, by its name."""
        return {verdict.name: verdict for verdict in self.rehearsal.verdicts}

    @property
    def outcome(self) -> str:
        """The gravest outcome of all checks."""
        return self.rehearsal.outcome

    @property
    def as_expected(self) -> bool:
        """Whether every verdict is what the variant declares."""
        return self.rehearsal.as_expected

    @property
    def violated(self) -> set[str]:
        """The names of the checks that are violated."""
        return {verdict.name for verdict in self.rehearsal.verdicts if verdict.outcome == "violated"}

    def violations(self, check: str) -> tuple[Violation, ...]:
        """The violations of one check. KeyError for a check that the scenario does not have."""
        return self.verdicts[check].violations

    def messages(self, person: str) -> list[Event]:
        """The messages that a person has received, in order of time. KeyError for somebody who is not there."""
        person = self.scenario.people[person].id
        return [event for event in self.log if event.person == person and event.name == "Message Received"]

    def at(self, event: Event) -> str:
        """When an event happened, on the wall clock of its person: `Tue 3 Mar 2026 08:00`."""
        from simulator.words.clock import spoken, zone

        person = self.scenario.people.get(event.person)
        return spoken(event.time, zone(person.zone if person else self.scenario.zone))

    @property
    def rerun(self) -> str:
        """The line that runs this again in a shell."""
        from simulator.reporting.entries import Rerun

        return Rerun(self._target, self.scenario.variant, self._seed).line()

    @property
    def account(self) -> str:
        """Everything that is not as expected, as text."""
        from simulator.reporting.entries import Done, Rerun
        from simulator.reporting.terminal import rendered

        rerun = Rerun(self._target, self.scenario.variant, self._seed)
        return rendered(Done(self.rehearsal.result, self.rehearsal.seconds, rerun))


@pytest.fixture
def simulate(request: pytest.FixtureRequest) -> Callable[..., Simulation]:
    """Rehearse a scenario: `simulate(path_or_family_or_source, variant=..., seed=..., customers=..., backend=...)`.

    A path is looked for beside the test, then from pytest's root; a family in the project there, then in the shipped
    ones. `variant` may be left out where there is only one. Returns a `Simulation`.
    """
    near = [request.path.parent, request.config.rootpath]
    usual = request.config.getoption("--journeyproof-seed")

    def run(
        scenario: str | Path | Source,
        variant: str | None = None,
        *,
        seed: int | None = None,
        customers: int = 0,
        backend: str | None = None,
        only: str | None = None,
    ) -> Simulation:
        source = _source(scenario, near)
        return _simulated(
            source, _variant(source, variant), usual if seed is None else seed, customers, backend=backend, only=only
        )

    return run


def _source(scenario: str | Path | Source, near: list[Path]) -> Source:
    """The one scenario that is meant."""
    from simulator.model.data import data_folder
    from simulator.model.loading import Source, discover
    from simulator.words.errors import UsageError

    if isinstance(scenario, Source):
        return scenario
    root = near[-1]
    files = (folder / scenario for folder in near)
    word = next((str(file) for file in files if file.exists()), str(scenario))
    found = discover([word], data_folder("scenarios"), root if (root / "scenarios").is_dir() else None)
    if len(found) != 1:
        names = ", ".join(source.shown for source in found)
        raise UsageError(f"'{scenario}' means {len(found)} scenarios: name one file of {names}.")
    return found[0]


def _variant(source: Source, variant: str | None) -> str:
    from simulator.words.errors import UsageError

    if variant is None and len(source.variants) > 1:
        raise UsageError(f"{source.shown} has several variants: name one of {', '.join(source.variants)}.")
    return source.variants[0] if variant is None else variant


def _simulated(source: Source, variant: str, seed: int, customers: int = 0, **options: Any) -> Simulation:
    from simulator.model.loading import load
    from simulator.running import rehearse

    options["backend"] = options.get("backend") or source.usual_backend(variant)
    return Simulation(rehearse(load(source, variant, seed=seed, customers=customers), **options), source.shown, seed)


def _variant_lines(source: Source) -> dict[str, int]:
    """The line on which each variant begins."""
    from simulator.model.loading.documents import documents_in

    scenario = next(written.node for written in documents_in(source.file, source.shown) if written.kind == "scenario")
    variants = scenario.value.get("variants") if isinstance(scenario.value, dict) else None
    if variants is None or not isinstance(variants.value, dict):
        return dict.fromkeys(source.variants, scenario.place.line)
    return {name: place.line for name, place in variants.keys.items()}


def _reasons(simulation: Simulation) -> list[str]:
    return [
        f"{verdict.name}: {verdict.reason}"
        for verdict in simulation.rehearsal.verdicts
        if verdict.outcome == "unsupported"
    ]


def _told(error: Exception) -> str:
    from simulator.reporting.plain import clean

    return "\n".join(map(clean, str(error).splitlines()))
