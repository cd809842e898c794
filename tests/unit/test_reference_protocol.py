"""The reference backend as a backend: the registry, the protocol's promises, and what many of them share."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from simulator.backends import BACKENDS, backend_factory
from simulator.backends.reference import ReferenceBackend
from simulator.backends.reference.scripts import compiled
from simulator.model.journeys import STEPS, TRIGGERS
from simulator.model.log import Event
from simulator.words.errors import BackendFailed, UsageError
from tests.laws.journeys_strategies import Case, make_case, play


def test_a_backend_is_found_by_name() -> None:
    assert backend_factory("reference")().name == "reference"
    with pytest.raises(UsageError, match=r"unknown backend 'referense' \(did you mean 'reference'\?\)"):
        backend_factory("referense")
    assert "reference" in BACKENDS


def test_it_can_express_every_word_of_a_briefing() -> None:
    capabilities = ReferenceBackend().capabilities
    words = {f"trigger.{word}" for word in TRIGGERS} | {f"step.{word}" for word in STEPS}
    assert words <= capabilities.features
    assert (capabilities.clock, capabilities.deterministic, capabilities.independent_customers) == (
        "cooperative",
        True,
        True,
    )


def test_briefings_that_share_their_journeys_are_compiled_once() -> None:
    briefing = make_case(Random(1)).briefing
    assert compiled(replace(briefing, profiles=(), seed=7)) is compiled(briefing)
    assert compiled(replace(briefing, messages=dict(briefing.messages))) is not compiled(briefing)


def test_the_clock_is_never_turned_back() -> None:
    case = make_case(Random(1))
    backend = ReferenceBackend()
    backend.open(case.briefing, case.start)
    assert backend.advance(case.start + 10, 1) == []
    with pytest.raises(BackendFailed, match="the clock was turned back"):
        backend.advance(case.start + 9, 2)


def test_whatever_has_been_heard_asks_for_the_next_advance_at_once() -> None:
    case = make_case(Random(1))
    backend = ReferenceBackend()
    backend.open(replace(case.briefing, programs=()), case.start)
    assert backend.next_wakeup() is None
    backend.ingest(Event(case.start + 5, "Order Completed", "", "r1", "crm", "", {"order_id": "o"}, 0))
    assert backend.next_wakeup() == case.start + 5
    backend.advance(case.start + 5, 1)
    assert backend.next_wakeup() is None


def test_an_event_of_no_row_and_its_own_events_brought_back_change_nothing() -> None:
    for seed in range(30):
        case = make_case(Random(seed))
        assert play(_BroughtBack(), case) == play(ReferenceBackend(), case)


class _BroughtBack(ReferenceBackend):
    """Hears all that it tells a second time, as a careless world might bring it."""

    def advance(self, to: int, step: int) -> list[Event]:
        told = super().advance(to, step)
        for event in told:
            self.ingest(event)
        self.ingest(Event(to, "Order Completed", "", "", "crm"))
        return told


def test_people_who_share_nothing_run_alone_as_they_do_together() -> None:
    compared = 0
    for seed in range(300):
        case = make_case(Random(seed))
        rows = [profile.id for profile in case.briefing.profiles]
        linked = case.briefing.linked or any(
            event.name in ("Profiles Linked", "Message Bounced") for event in case.events
        )
        if len(rows) == 1 or linked:
            continue
        compared += 1
        together = play(ReferenceBackend(), case)
        alone = [event for row in rows for event in play(ReferenceBackend(), _only(case, row))]
        assert sorted(map(repr, together)) == sorted(map(repr, alone))
    assert compared > 20


def _only(case: Case, row: str) -> Case:
    profiles = tuple(profile for profile in case.briefing.profiles if profile.id == row)
    known = {profile.id for profile in case.briefing.profiles}
    others = min(known) != row
    events = tuple(
        event for event in case.events if event.profile == row or (event.profile not in known and not others)
    )
    return replace(case, briefing=replace(case.briefing, profiles=profiles), events=events)


def test_what_it_tells_depends_neither_on_hashes_nor_on_the_machines_zone() -> None:
    program = (
        "from random import Random\n"
        "from simulator.backends.reference import ReferenceBackend\n"
        "from tests.laws.journeys_strategies import make_case, play\n"
        "print([play(ReferenceBackend(), make_case(Random(seed))) for seed in range(40)])"
    )
    root = Path(__file__).parents[2]
    told = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root), "PYTHONHASHSEED": seed, "TZ": where},
            capture_output=True,
            check=True,
        ).stdout
        for seed, where in (("1", "Asia/Tokyo"), ("2", "America/Lima"))
    ]
    assert told[0] == told[1]
    assert len(told[0]) > 10_000
