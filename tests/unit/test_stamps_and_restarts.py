"""What the loop and the world make of an engine's own stamps, restarts, and what it captured for nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.backends.protocol import Capabilities
from simulator.model.log import Event
from simulator.running.rehearsal import rehearse
from simulator.running.run import run
from simulator.words.clock import parse_instant, zone
from simulator.words.durations import DAY
from simulator.words.errors import BackendFailed, Unsupported
from tests.unit.little import little_scenario
from tests.unit.test_cosimulation import ORDER_ARRIVES, Engine

ROME = zone("Europe/Rome")
ABLE = Capabilities(features=frozenset({"trigger.event", "step.send"}))


class Stamping(Engine):
    """Says when it did what it did: a second before the harness got it."""

    def thanks(self, time: int, order: Event) -> Event:
        return super().thanks(time - 1_000, order)


def test_a_row_has_the_harness_s_instant_and_the_engine_s_stamp_beside_it(tmp_path: Path) -> None:
    log = run(little_scenario(tmp_path), Stamping).log
    [sent] = [row for row in log if row.name == "Message Sent"]
    assert (sent.time, sent.data["stamped"]) == (ORDER_ARRIVES, ORDER_ARRIVES - 1_000)
    [received] = [row for row in log if row.name == "Message Received"]
    assert "stamped" not in received.data


def test_an_engine_that_stamps_as_the_harness_does_leaves_no_second_stamp(tmp_path: Path) -> None:
    log = run(little_scenario(tmp_path), Engine).log
    assert all("stamped" not in row.data for row in log)


def test_a_stamp_before_the_previous_step_is_an_error(tmp_path: Path) -> None:
    class Yesterday(Engine):
        def thanks(self, time: int, order: Event) -> Event:
            return super().thanks(time - DAY, order)

    with pytest.raises(BackendFailed, match="outside the step"):
        run(little_scenario(tmp_path), Yesterday)


class Restarting(Engine):
    """Forgets what it has heard when its process is killed."""

    def __init__(self) -> None:
        super().__init__()
        self.restarted: list[int] = []

    def restart(self, instant: int) -> None:
        self.restarted.append(instant)


FAULT = "[{fault: restarted, of: backend, from: 2026-03-04 08:00, until: 2026-03-04 08:10}]"


def test_a_backend_is_restarted_at_the_end_of_the_fault(tmp_path: Path) -> None:
    made: list[Restarting] = []

    def make() -> Restarting:
        made.append(Restarting())
        return made[-1]

    log = run(little_scenario(tmp_path, faults=FAULT), make).log
    ends = parse_instant("2026-03-04 08:10", ROME)
    assert [at for engine in made for at in engine.restarted] == [ends]
    told = [(row.time, row.name, row.data) for row in log if row.name.startswith("Fault")]
    assert told[1] == (ends, "Fault Ended", {"fault": "restarted", "of": "backend"})


def test_a_backend_that_cannot_be_restarted_is_unsupported(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="cannot be restarted"):
        run(little_scenario(tmp_path, faults=FAULT), Engine)
    assert rehearse(little_scenario(tmp_path, faults=FAULT), backend=Engine).outcome == "unsupported"


def test_what_is_captured_for_nobody_is_the_organisation_s(tmp_path: Path) -> None:
    class Captures(Engine):
        capabilities = ABLE

        def thanks(self, time: int, order: Event) -> Event:
            return Event(time, "Message Refused", data={"address": "somebody@gmail.com", "channel": "email"})

    rehearsal = rehearse(little_scenario(tmp_path), backend=Captures)
    [verdict] = [verdict for verdict in rehearsal.verdicts if verdict.name == "nobody-real-is-written-to"]
    assert (verdict.outcome, rehearsal.as_expected) == ("violated", False)
    log = rehearsal.log
    [refused] = [row for row in log if row.name == "Message Refused"]
    assert (refused.person, refused.profile, refused.data["address"]) == ("", "", "somebody@gmail.com")


def test_an_unrecognised_message_is_read_all_the_same(tmp_path: Path) -> None:
    class Unplanned(Engine):
        capabilities = ABLE

        def thanks(self, time: int, order: Event) -> Event:
            data = {"channel": "email", "address": "ann@example.org", "subject": "Buy now"}
            return Event(time, "Message Unrecognised", profile=order.profile, data=dict(data))

    rehearsal = rehearse(little_scenario(tmp_path), backend=Unplanned)
    [verdict] = [verdict for verdict in rehearsal.verdicts if verdict.name == "every-message-is-planned"]
    assert (verdict.outcome, rehearsal.as_expected) == ("violated", False)
    assert [violation.customer for violation in verdict.violations] == ["ann"]
    log = rehearsal.log
    assert [row.person for row in log if row.name == "Message Received"] == ["ann"]


def test_what_the_engine_runs_is_in_the_log(tmp_path: Path) -> None:
    class Compiled(Engine):
        definition = "compiled"

    [published] = [row for row in run(little_scenario(tmp_path), Compiled).log if row.name == "Journeys Published"][:1]
    assert published.data == {"of": "little", "definition": "compiled"}


def test_the_channel_answers_an_engine_at_hand_over(tmp_path: Path) -> None:
    heard: dict[str, int] = {}

    class Asking(Engine):
        def use(self, answer: object) -> None:
            self.answer = answer

        def thanks(self, time: int, order: Event) -> Event:
            for channel, address in (
                ("email", "ann@example.org"),
                ("email", "a@gmail.com"),
                ("fax", "ann@example.org"),
            ):
                heard[f"{channel} {address}"] = self.answer(channel, address)  # type: ignore[operator]
            sent = super().thanks(time, order)
            sent.data["answered"] = 550
            return sent

    log = run(little_scenario(tmp_path), Asking).log
    assert heard == {"email ann@example.org": 250, "email a@gmail.com": 550, "fax ann@example.org": 550}
    [bounced] = [row for row in log if row.name == "Message Bounced"]
    assert bounced.data["reason"] == "refused by the channel"


def test_a_channel_that_is_down_says_later(tmp_path: Path) -> None:
    heard: list[int] = []

    class Asking(Engine):
        def use(self, answer: object) -> None:
            self.answer = answer

        def thanks(self, time: int, order: Event) -> Event:
            heard.append(self.answer("email", "ann@example.org"))  # type: ignore[operator]
            return super().thanks(time, order)

    run(little_scenario(tmp_path, faults="[{fault: down, of: channel email}]"), Asking)
    assert heard == [451]
