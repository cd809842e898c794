"""The conformance kit: what is sound passes, what does not apply says why, and what breaks is told with its cause."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from simulator.backends.child import ChildBackend
from simulator.backends.http.serving import exposed
from simulator.backends.protocol import Capabilities
from simulator.conformance import RULES, check, rendered
from simulator.model.briefing import Briefing
from simulator.model.log import Event
from simulator.words.clock import DAY, HOUR, MINUTE, SECOND
from simulator.words.errors import BackendFailed, Refusal, Unsupported, UsageError
from tests.contract.broken_backends import DECLARED, Backdating, SmallBuffer, Sound
from tests.contract.broken_tellers import Miscounting
from tests.unit.small import welcome

ROOT = Path(__file__).resolve().parents[2]


def test_what_is_sound_passes_every_rule_that_applies() -> None:
    report = check(Sound)
    assert (report.outcome, report.exit_code) == ("passed", 0), rendered(report)
    assert set(report.ids("not applicable")) == {"unsupported", "waits-survive", "captured"}


class Ticked(Sound):
    """Looks at its queue and its timers only when its clock strikes."""

    late: ClassVar[int] = 0

    def open(self, briefing: Briefing, start: int) -> None:
        super().open(briefing, start)
        self.began = start

    def next_wakeup(self) -> int | None:
        wakeup = super().next_wakeup() if self.capabilities.clock == "cooperative" else None
        return None if wakeup is None else self.began - (self.began - max(wakeup, self.now)) // self.late * self.late

    def act(self, to: int, step: int) -> list[Event]:
        strikes = (to - self.began) % self.late == 0 or to < self.now
        return super().act(to, step) if strikes else []


def ticked(clock: Any, late: int) -> type[Ticked]:
    declared = replace(DECLARED, clock=clock, granularity_ms=late, independent_customers=False)
    return type("Ticked", (Ticked,), {"capabilities": declared, "late": late})


@pytest.mark.parametrize("late", [SECOND, 20 * SECOND, 90 * SECOND, 15 * MINUTE, HOUR, DAY])
@pytest.mark.parametrize("clock", ["cooperative", "stepped", "blackbox"])
def test_a_backend_may_be_as_late_as_it_declares(clock: str, late: int) -> None:
    report = check(ticked(clock, late))
    assert report.outcome == "passed", rendered(report)
    assert ("wakeups" in report.ids("not applicable")) == (clock != "cooperative")


def test_one_that_is_later_than_it_declares_is_told_how_much() -> None:
    tardy = ticked("stepped", 15 * MINUTE)
    tardy.capabilities = replace(tardy.capabilities, granularity_ms=5 * MINUTE)
    report = check(tardy, rules=["simultaneous"])
    sentence = report.of("simultaneous").sentences[0]
    assert "'kit-one' signed up at 2026-03-02T08:20:00.000Z" in sentence
    assert "'hello' was sent at 2026-03-02T08:30:00.000Z, 10 min later (its granularity is 5 min)" in sentence


class Mailer(Sound):
    """Sends at once, and can do nothing else; the rest it refuses."""

    capabilities = Capabilities(features=frozenset({"trigger.event", "step.send"}))

    def open(self, briefing: Briefing, start: int) -> None:
        nodes = [node for program in briefing.programs for node in program.nodes]
        refused = [Refusal(node.line, "it only sends") for node in nodes if not hasattr(node.step, "send")]
        refused += [
            Refusal(program.line, "it only hears events")
            for program in briefing.programs
            if not hasattr(program.journey.trigger, "event") or program.journey.coupons or program.journey.holdout
        ]
        policy = {name: value for name, value in briefing.policy.model_dump().items() if name != "policy"}
        if any(value for value in policy.values() if value != "ignored"):
            refused.append(Refusal(briefing.programs[0].line, "it knows no rules"))
        if refused:
            raise Unsupported(refused)
        super().open(briefing, start)


def test_a_backend_that_can_do_little_is_asked_little() -> None:
    report = check(Mailer)
    assert report.outcome == "passed", rendered(report)
    assert {"unsupported", "nothing-lost", "unicode"} <= set(report.ids("passed"))
    assert report.of("waits-survive").outcome == "not applicable"


class OneTrigger(Sound):
    """Can be entered in one way at a time."""

    def open(self, briefing: Briefing, start: int) -> None:
        if len(briefing.programs) > 1 and not briefing.programs[0].campaign:
            raise Unsupported([Refusal(program.line, "several triggers") for program in briefing.programs])
        super().open(briefing, start)


def test_what_is_refused_beside_others_is_tried_alone() -> None:
    report = check(OneTrigger, rules=["features"])
    assert report.outcome == "passed", rendered(report)


class Keeper(Sound):
    """Writes everything down, so that a restart loses nothing."""

    capabilities = replace(DECLARED, restart=True)
    restarted = 0

    def restart(self, at: int) -> None:
        assert self.inner is not None
        Keeper.restarted += 1


def test_waits_that_survive_a_restart_are_seen_to() -> None:
    report = check(Keeper, rules=["waits-survive"])
    assert report.outcome == "passed", rendered(report)
    assert Keeper.restarted == 1


class Counted(Miscounting):
    captured = 11
    recognised = 9
    unrecognised = 2


def test_captured_messages_that_add_up_pass() -> None:
    assert check(Counted, rules=["captured"]).outcome == "passed"


class OwnFlow:
    """Runs a definition of its own: whoever signs up is welcomed half an hour later. Journeys it does not know."""

    name = "own-flow"
    capabilities = Capabilities()

    def open(self, briefing: Briefing, start: int) -> None:
        self.address = {profile.id: profile.addresses["email"] for profile in briefing.profiles}
        if set(self.address) & {"kit-birthday", "kit-consents"}:
            raise Unsupported([Refusal(program.line, "it runs a flow of its own") for program in briefing.programs])
        self.waiting: list[tuple[int, str]] = []
        self.now, self.step, self.told = start, 0, list[Event]()

    def ingest(self, event: Event) -> None:
        if event.name == "Signed Up":
            self.waiting.append((event.time + 30 * MINUTE, event.profile))

    def next_wakeup(self) -> int | None:
        return min((time for time, _ in self.waiting), default=None)

    def advance(self, to: int, step: int) -> list[Event]:
        if step != self.step:
            if to < self.now:
                raise BackendFailed("the clock was turned back")
            due = [(time, row) for time, row in self.waiting if time <= to]
            self.waiting = [wait for wait in self.waiting if wait not in due]
            self.now, self.step = to, step
            self.told = [Event(to, "Message Sent", "", row, data=self.mail(row)) for _, row in due]
        return self.told

    def mail(self, row: str) -> dict[str, Any]:
        return {"message": "welcome", "channel": "email", "address": self.address[row], "purpose": "marketing"}

    def close(self) -> None:
        self.address = {}


def test_an_engine_of_its_own_flow_shows_nothing_without_a_scenario_of_its_own() -> None:
    report = check(OwnFlow)
    assert (report.outcome, report.exit_code) == ("empty", 5), rendered(report)
    assert "does not declare trigger.event and step.send; hand in a scenario of its own" in rendered(report, 1_000)
    assert "Nothing was shown" in rendered(report)


def test_an_engine_of_its_own_flow_is_asked_in_a_scenario_of_its_own(tmp_path: Path) -> None:
    report = check(OwnFlow, scenario=welcome(tmp_path))
    assert (report.outcome, report.exit_code) == ("passed", 0), rendered(report)
    assert {"time-forward", "retried-steps", "deterministic", "nothing-unplanned", "real-loop"} <= set(
        report.ids("passed")
    )


class Forged(OwnFlow):
    def mail(self, row: str) -> dict[str, Any]:
        return {**super().mail(row), "address": "boss@example.org"}


def test_a_wrong_one_is_found_in_a_scenario_of_its_own_too(tmp_path: Path) -> None:
    report = check(Forged, scenario=welcome(tmp_path))
    assert report.ids("failed") == ("nothing-unplanned",), rendered(report)


def test_a_scenario_that_leads_to_no_message_shows_nothing(tmp_path: Path) -> None:
    report = check(OwnFlow, scenario=replace(welcome(tmp_path), story=()), rules=["time-forward", "retried-steps"])
    assert report.outcome == "empty"
    assert "leads to no message" in report.of("time-forward").reason


class Dying(Sound):
    def ingest(self, event: Event) -> None:
        raise RuntimeError("the queue is full")


def test_a_crash_is_an_error_with_its_cause_told_once() -> None:
    report = check(Dying)
    assert (report.outcome, report.exit_code) == ("error", 3)
    told = rendered(report)
    assert told.count("ingest at 2026-03-02T08:00:00.000Z raised RuntimeError: the queue is full") == 1
    assert "The same of time-forward, nothing-early" in told


def test_a_backend_that_cannot_be_made_is_an_error() -> None:
    def made() -> Sound:
        raise OSError("no licence")

    report = check(made)
    assert report.outcome == "error"
    assert "could not be made: OSError: no licence" in rendered(report)


@pytest.mark.parametrize(
    ("engine", "timeout", "cause"),
    [
        (
            "Hanging",
            5.0,
            "no answer within 5 s; its process was still running; the last it printed: waiting for a lock",
        ),
        ("Crashing", 60.0, "SIGSEGV; the last it printed: reading address 0"),
    ],
)
def test_one_that_hangs_or_dies_is_not_asked_again(engine: str, timeout: float, cause: str) -> None:
    opened: list[str] = []

    class Opened(ChildBackend):
        def open(self, briefing: Briefing, start: int) -> None:
            opened.append(engine)
            super().open(briefing, start)

    report = check(lambda: Opened(f"tests.contract.engines_for_tests:{engine}", timeout=timeout))
    assert (report.outcome, report.exit_code) == ("error", 3)
    assert cause in report.of("features").reason
    assert rendered(report, 10_000).count(cause) == 1
    # Once in the ordinary scene, and once with no briefing at all, to see whether it can be closed after that.
    assert len(opened) == 2


def test_a_class_that_is_not_there_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match=r"has no class 'Nobody'\. Write module:Class"):
        check("tests.contract.broken_backends:Nobody")


class Nonsense(Sound):
    def act(self, to: int, step: int) -> list[Event]:
        return [{"type": "Message Sent"}]  # type: ignore[list-item]


def test_an_answer_that_is_no_list_of_events_is_told() -> None:
    report = check(Nonsense, rules=["same-instant"])
    assert "it returns a list of Event" in report.of("same-instant").reason


class Creeping(Sound):
    """Its timer is always one millisecond away."""

    def next_wakeup(self) -> int | None:
        return self.now + 1


def test_a_timer_that_creeps_forward_comes_to_an_end() -> None:
    report = check(Creeping, rules=["wakeups"])
    assert "steps were not enough to come from 2026-03-02T08:00:00.000Z" in report.of("wakeups").reason


def test_the_large_batch_is_as_large_as_is_asked() -> None:
    report = check(SmallBuffer, rules=["large-batch"], large=300)
    assert "300 people signed up" in report.of("large-batch").sentences[0]
    assert check(SmallBuffer, rules=["large-batch"], large=256).outcome == "passed"


def test_rules_are_chosen_by_id_and_a_typo_is_told() -> None:
    seen: list[str] = []
    report = check(
        Sound, rules=["close", RULES[0]], progress=lambda rule, done, of: seen.append(f"{rule.id} {done}/{of}")
    )
    assert [result.rule.id for result in report.results] == ["close", "capabilities"]
    assert seen == ["close 0/2", "capabilities 1/2"]
    with pytest.raises(UsageError, match=r"unknown rule 'clsoe' \(did you mean 'close'\?\)"):
        check(Sound, rules=["clsoe"])


@pytest.mark.parametrize("outcome", ["passed", "error"])
def test_the_same_over_a_pipe_and_over_http(outcome: str) -> None:
    make: Callable[[], Sound] = Sound if outcome == "passed" else Backdating
    rules = ["time-forward", "retried-steps", "own-sessions", "unicode", "clean-start"]
    piped = check(f"tests.contract.broken_backends:{make.__name__}", rules=rules)
    with exposed(make) as url:
        remote = check(url, rules=rules)
    for report in (piped, remote):
        assert report.outcome == outcome, rendered(report)
    if outcome == "error":
        assert "stamps 'Message Sent' 2026-03-03T08:02:00.123Z" in remote.of("time-forward").reason


def test_the_page_lists_the_rules_as_they_are() -> None:
    page = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+?) \| (.+?) \|$", page, re.MULTILINE)
    assert rows == [(rule.id, rule.title, rule.why) for rule in RULES]
