"""A Python backend in a child process is the same backend: its log, its clock, its customers one after the other."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest

from simulator.backends.child import ChildBackend, end_idle_children
from simulator.backends.child.backend import IDLE
from simulator.backends.child.clocks import Library
from simulator.model.data import data_folder
from simulator.model.jsonl import lines
from simulator.model.loading import discover, load
from simulator.model.log import Event
from simulator.model.scenarios import Scenario
from simulator.running.rehearsal import Rehearsal, rehearse
from simulator.words.clock import parse_instant, zone
from simulator.words.durations import DAY
from simulator.words.errors import Unsupported, UsageError
from tests.contract import engines_for_tests as engines
from tests.contract.engines_for_tests import HERE, alive, called
from tests.unit.little import little_scenario
from tests.unit.small import welcome

REFERENCE = "simulator.backends.reference:ReferenceBackend"
EVERYBODY = "[{at: 2026-03-02 10:00, who: everyone, event: Order Completed, with: {order_id: o-1, item: lamp}}]"
NOON = parse_instant("2026-03-02 12:00", zone("UTC")) + 123


@pytest.fixture(autouse=True)
def nothing_is_kept() -> Iterator[None]:
    yield
    end_idle_children()


def items(rehearsal: Rehearsal) -> list[str]:
    """What stands in the messages sent."""
    assert rehearsal.outcome in ("satisfied", "pending"), rehearsal.verdicts
    return [str(row.data["item"]) for row in rehearsal.log if row.name == "Message Sent"]


def incident(name: str, folder: Path) -> Scenario:
    scenarios = data_folder("scenarios")
    [source] = discover([next(scenarios.rglob(f"{name}.scenario.yaml"))], scenarios, folder)
    return load(source, source.variants[0], seed=7, customers=3)


def test_the_log_is_the_same_to_the_byte_as_without_a_child(tmp_path: Path) -> None:
    for scenario in (incident("late-birthday", tmp_path), incident("delayed-delivery", tmp_path), welcome(tmp_path)):
        here = rehearse(scenario)
        there = rehearse(scenario, backend=partial(ChildBackend, REFERENCE))
        assert list(lines(there.log, "/s")) == list(lines(here.log, "/s"))
        assert [verdict.outcome for verdict in there.verdicts] == [verdict.outcome for verdict in here.verdicts]


def test_a_backend_is_named_by_its_module_and_class(tmp_path: Path) -> None:
    rehearsal = rehearse(little_scenario(tmp_path), backend=called(engines.Echo))
    assert items(rehearsal) == ["lamp"]


@pytest.mark.parametrize("at", ["", "@freezegun", "@time-machine"])
def test_a_class_that_is_named_in_words_lives_in_virtual_time(at: str, tmp_path: Path) -> None:
    rehearsal = rehearse(little_scenario(tmp_path), backend=f"{called(engines.Clerk)}{at}")
    [sent] = [row for row in rehearsal.log if row.name == "Message Sent"]
    assert "stamped" not in sent.data
    assert str(sent.data["item"]).startswith("2026-03-01T23:00:00+00:00 2026-03-02 "), sent.data["item"]


def test_a_class_may_be_left_the_real_clock_and_no_clock_is_made_up(tmp_path: Path) -> None:
    left = rehearse(little_scenario(tmp_path), backend=f"{called(engines.Clerk)}@real")
    assert left.outcome == "error"
    with pytest.raises(UsageError, match=r"no clock is called 'freezegum' \(did you mean 'freezegun'\?\)"):
        rehearse(little_scenario(tmp_path), backend=f"{called(engines.Clerk)}@freezegum")


@pytest.mark.parametrize("clock", ["freezegun", "time-machine"])
def test_the_clock_that_an_engine_reads_is_the_one_of_the_run(clock: Library, tmp_path: Path) -> None:
    backend = ChildBackend(called(engines.Clerk), clock=clock)
    briefing = little_scenario(tmp_path).briefing
    for start in (NOON, NOON - 30 * DAY):
        order = Event(start + DAY, "Order Completed", profile=briefing.profiles[0].id, number=0)
        backend.open(briefing, start)
        assert backend.next_wakeup() == start + DAY
        backend.ingest(order)
        assert backend.next_wakeup() == start + 2 * DAY
        [sent] = backend.advance(start + 2 * DAY, 1)
        assert backend.next_wakeup() == start + 3 * DAY
        backend.close()
        assert sent.time == start + 2 * DAY
        if start == NOON:
            opened = "2026-03-02T12:00:00.123000+00:00"
            assert sent.data["item"] == f"{opened} 2026-03-04 12:00:00.123000 12:00"


def test_time_machine_shows_the_local_time_of_the_zone_that_is_given(tmp_path: Path) -> None:
    backend = ChildBackend(called(engines.Clerk), clock="time-machine", environment={"TZ": "America/New_York"})
    briefing = little_scenario(tmp_path).briefing
    backend.open(briefing, NOON)
    backend.ingest(Event(NOON, "Order Completed", profile=briefing.profiles[0].id, number=0))
    [sent] = backend.advance(NOON, 1)
    assert str(sent.data["item"]).endswith(" 2026-03-02 07:00:00.123000 07:00")
    backend.close()


def test_what_people_write_arrives_as_they_wrote_it(tmp_path: Path) -> None:
    item = '“лампа” 🪔 \\u2028 מנורה \\\\ \\t {\\"answer\\": null}'
    story = f'[{{at: 2026-03-02 10:00, who: ann, event: Order Completed, with: {{order_id: o-1, item: "{item}"}}}}]'
    backend = partial(ChildBackend, called(engines.Echo), arguments={"greeting": "Grüße: "})
    rehearsal = rehearse(little_scenario(tmp_path, story=story), backend=backend)
    assert items(rehearsal) == ['Grüße: “лампа” 🪔 \u2028 מנורה \\ \t {"answer": null}']


def test_five_thousand_events_cross_in_one_step(tmp_path: Path) -> None:
    briefing = little_scenario(tmp_path).briefing
    backend = ChildBackend(called(engines.Echo), environment={"GREETING": "a "})
    backend.open(briefing, NOON)
    for number in range(5_000):
        data = {"order_id": f"o-{number}", "item": f"lamp {number}"}
        backend.ingest(Event(NOON, "Order Completed", profile=briefing.profiles[0].id, data=dict(data), number=number))
    sent = backend.advance(NOON, 1)
    assert [event.data["item"] for event in sent] == [f"a lamp {number}" for number in range(5_000)]
    assert [event.cause for event in sent] == [f"/{number}" for number in range(5_000)]
    assert backend.advance(NOON, 2) == []
    backend.close()


def test_independent_customers_share_one_child_and_others_have_their_own(tmp_path: Path) -> None:
    scenario = little_scenario(tmp_path, story=EVERYBODY)
    independent = partial(ChildBackend, called(engines.Independent))
    first = [item.split() for item in items(rehearse(scenario, backend=independent))]
    second = [item.split() for item in items(rehearse(scenario, backend=independent))]
    assert [count for _, count in first + second] == ["1", "2", "3", "4"]
    [pid] = {pid for pid, _ in first + second}
    assert alive(int(pid))
    end_idle_children()
    assert not alive(int(pid))
    alone = partial(ChildBackend, called(engines.Independent), reuse=False)
    assert [item.split()[1] for item in items(rehearse(scenario, backend=alone))] == ["1", "1"]


def test_only_a_few_children_are_kept(tmp_path: Path) -> None:
    briefing = little_scenario(tmp_path).briefing
    pids = []
    for number in range(IDLE + 1):
        backend = ChildBackend(called(engines.Independent), environment={"NUMBER": str(number)})
        backend.open(briefing, NOON)
        assert backend.process
        pids.append(backend.process.pid)
        backend.close()
    assert [alive(pid) for pid in pids] == [False, *[True] * IDLE]


def test_what_an_engine_has_written_down_survives_the_end_of_its_process(tmp_path: Path) -> None:
    briefing = little_scenario(tmp_path).briefing
    file = tmp_path / "state.txt"
    backend = ChildBackend(called(engines.Durable), arguments={"file": str(file)})
    backend.open(briefing, NOON)
    for number in range(2):
        backend.ingest(Event(NOON, "Order Completed", profile=briefing.profiles[0].id, number=number))
        assert backend.next_wakeup() is None
        backend.restart(NOON)
    assert backend.advance(NOON, 1) == []
    backend.close()
    first, second = (line.rpartition(" ")[2] for line in file.read_text(encoding="utf-8").splitlines())
    assert first != second
    assert not alive(int(first))
    forgetful = ChildBackend(called(engines.Thankful))
    forgetful.open(briefing, NOON)
    with pytest.raises(Unsupported, match="'thankful' cannot be restarted"):
        forgetful.restart(NOON)
    forgetful.close()


MODULE = """
from pathlib import Path

from beside import NAME
from tests.contract.engines_for_tests import Thankful


class Engine(Thankful):
    name = NAME

    def open(self, briefing, start):
        super().open(briefing, start)
        self.text = {"item": Path("words.txt").read_text(encoding="utf-8")}
"""


def test_the_modules_and_files_of_a_project_are_found_where_the_parent_finds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "my project"
    (project / "code").mkdir(parents=True)
    (project / "code" / "mine.py").write_text(MODULE, encoding="utf-8")
    (project / "code" / "beside.py").write_text("NAME = 'my own'", encoding="utf-8")
    (project / "words.txt").write_text("from a file", encoding="utf-8")
    scenario = little_scenario(tmp_path)
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "path", ["code", *sys.path])
    rehearsal = rehearse(scenario, backend="mine:Engine")
    assert items(rehearsal) == ["from a file"]


def in_a_worker(folder: str) -> list[str]:
    scenario = little_scenario(Path(folder), story=EVERYBODY)
    return items(rehearse(scenario, backend=partial(ChildBackend, called(engines.Independent))))


# Newer Pythons warn of a fork beside threads, such as the one that reads what a child prints.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "forkserver"])
def test_a_worker_has_children_of_its_own(method: str, tmp_path: Path) -> None:
    here = in_a_worker(str(tmp_path / "here"))
    with ProcessPoolExecutor(1, mp_context=get_context(method)) as pool:
        there = pool.submit(in_a_worker, str(tmp_path / "there")).result()
    again = in_a_worker(str(tmp_path / "again"))
    mine, theirs = here[0].split()[0], there[0].split()[0]
    assert mine != theirs
    assert not alive(int(theirs))
    assert [item.split() for item in here + again] == [[mine, str(number)] for number in (1, 2, 3, 4)]


def test_the_names_of_this_folder_are_what_a_child_is_told() -> None:
    assert called(engines.Echo) == f"{HERE}:Echo"
