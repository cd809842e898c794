"""Each broken backend fails the rule that it breaks, in a sentence that tells its author what to mend."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from simulator.backends.protocol import Backend
from simulator.conformance import RULES, check, rendered
from tests.contract.broken_backends import (
    Backdating,
    Clinging,
    Contended,
    Counting,
    Crowded,
    Dawdling,
    Excitable,
    Exclusive,
    Foreseeing,
    Forgetful,
    Gossiping,
    Hasty,
    Haunted,
    Impatient,
    NoMidnight,
    OneTooFew,
    Overworked,
    Prim,
    Remembering,
    Repeating,
    SmallBuffer,
    TellingOnce,
    Touchy,
    TurningBack,
    Twice,
    Unkept,
    Unrestartable,
)
from tests.contract.broken_tellers import (
    Blind,
    Clockless,
    Crashing,
    Fractional,
    Gossip,
    Headed,
    Inventive,
    Jostled,
    Miscounting,
    Misdirected,
    Misspelling,
    Mistyped,
    Mojibake,
    Refusing,
    Silent,
    Speechless,
    Strange,
    Ticking,
    Tidy,
    Uncapped,
    Unplanned,
    Vague,
)


@dataclass(frozen=True)
class Broken:
    """A broken backend, the rule that finds it, what its sentence says, and which other rules it breaks by that."""

    make: Callable[[], Backend]
    rule: str
    says: str
    besides: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return f"{self.rule}-{getattr(self.make, '__name__', '')}"


def _broken(make: Callable[[], Backend], rule: str, says: str, *besides: str) -> Broken:
    return Broken(make, rule, says, frozenset(besides))


# A timer that never goes away hides all others: what hangs on them comes late, or not at all.
_LOST_BY_A_GHOST = ("real-loop", "nothing-lost", "features", "customers-apart")
SIGNED = "2026-03-02T08:02:00.123Z"
DUE = "2026-03-04T08:02:00.123Z"

BROKEN = (
    _broken(Backdating, "time-forward", r"stamped 'Message Sent' of 'kit-alone' 2026-03-03T08:02:00.123Z", "real-loop"),
    _broken(Foreseeing, "time-forward", "which lies in the future", "real-loop"),
    _broken(TurningBack, "time-forward", "asked to advance to 2026-03-02T08:00:00.000Z in a later step, it did"),
    _broken(Hasty, "nothing-early", rf"'kit-alone' signed up at {SIGNED} .*2026-03-04T08:02:00.122Z, 1 ms too early"),
    _broken(Impatient, "nothing-early", r"'how-are-you' was sent at 2026-03-02T11:15:00.123Z, 15 min too early"),
    _broken(NoMidnight, "nothing-lost", r"'kit-midnight' was greeted .* until 2023-10-01T00:00:00.000Z .*in UTC"),
    _broken(
        Exclusive, "nothing-lost", rf"until {DUE}.*was sent at 2026-03-04T08:02:00.124Z, 1 ms late", "simultaneous"
    ),
    _broken(Dawdling, "same-instant", rf"'kit-alone' signed up at {SIGNED} .* 5 min later"),
    _broken(Twice, "same-instant", "was sent 'hello' 2 times"),
    _broken(
        OneTooFew, "simultaneous", r"'kit-three' signed up at 2026-03-02T08:04:00.000Z .*'hello' had not been sent"
    ),
    _broken(Forgetful, "wakeups", rf"next_wakeup returned None, though 'kit-alone' waits until {DUE}"),
    _broken(Haunted, "wakeups", r"next_wakeup names 2026-03-\d\dT.*, in the past", *_LOST_BY_A_GHOST),
    _broken(Touchy, "retried-steps", "ValueError: step 1 has been done"),
    _broken(TellingOnce, "retried-steps", "the same step asked again told nothing"),
    _broken(
        Repeating,
        "retried-steps",
        "a second time",
    ),
    _broken(Remembering, "clean-start", "'Message Sent' of 'kit-before', a row of the session before"),
    _broken(Gossiping, "own-sessions", "'kit-there', a row of another session"),
    _broken(
        Contended, "own-sessions", "while another session was open, the same play came to differ in step 1: .*/0-2'"
    ),
    _broken(Unkept, "waits-survive", r"'how-are-you', due at 2026-03-04T08:01:00.000Z, was sent 0 times"),
    _broken(Unrestartable, "waits-survive", r"has no method `restart\(at\)`"),
    _broken(SmallBuffer, "large-batch", "1000 people signed up .* 744 of them were never sent 'hello'"),
    _broken(Counting, "deterministic", "two runs from the same beginning differ in step 1: .*'message_id': 'mail-"),
    _broken(Crowded, "customers-apart", "'kit-alone' alone and 'kit-alone' among others"),
    _broken(Prim, "harmless", "raised KeyError: 'Arrived'"),
    _broken(Excitable, "harmless", "'kit-crossing' was sent .* after events that nobody had asked for"),
    _broken(Clinging, "close", r"close\(\) after a session a second time raised AttributeError"),
    _broken(Overworked, "real-loop", "NotImplementedError: receipts"),
    _broken(Headed, "unicode", r"failed on rows .* 'two\\nlines', .* may not contain linefeeds"),
    _broken(Tidy, "unicode", r"'e\u0301lodie' \(written with combining characters\) signed up, and 0 messages"),
    _broken(Mojibake, "unicode", "came back as 'zaÅ¼"),
    _broken(Speechless, "nothing-unplanned", "to 'kit-first' does not say its 'channel'", "real-loop"),
    _broken(Unplanned, "nothing-unplanned", r"is 'hallo', which is no message of the briefing \(did you mean 'hello'"),
    _broken(Misdirected, "nothing-unplanned", "went to 'somebody@example.org', an address that nobody has told it"),
    _broken(Strange, "nothing-unplanned", "a message with the subject 'Win a car' to 'kit-first@example.org'"),
    _broken(Miscounting, "captured", "12 messages were captured, 11 recognised and 0 not: 1 are in neither"),
    _broken(Gossip, "known-only", "of 'somebody-else', a row that nobody has told it of", "real-loop"),
    _broken(Inventive, "known-only", r"'Jurney Exited' .* \(did you mean 'Journey Exited'\?\)", "real-loop"),
    _broken(Fractional, "plain-values", "has the stamp 1772438400000.0, a float", "real-loop"),
    _broken(Mistyped, "plain-values", "'unresolved' is number, and 'none' is none", "real-loop"),
    _broken(Clockless, "capabilities", "its `clock` is 'sometimes'"),
    _broken(Ticking, "capabilities", "its `granularity_ms` is 0: it would be ticked every millisecond"),
    _broken(Misspelling, "capabilities", r"'step.wiat', .* \(did you mean 'step.wait'\?\)"),
    _broken(
        Uncapped, "features", "it declares policy.caps; .* 0 of 'second-offer' to 'kit-capped' were due, and 1 came"
    ),
    _broken(
        Jostled, "features", "it declares step.split; in its smallest journey, beside those of other features, 1 of"
    ),
    _broken(Blind, "features", "it declares step.wait_for Message Clicked; .* 0 of 'not-clicked' .* due, and 1 came"),
    _broken(Refusing, "features", r"it declares step.goal, and refuses .*: step-goal.journey.yaml:5: no goals"),
    _broken(Silent, "unsupported", r"does not declare step.goal, and took what uses them \(step-goal.journey.yaml:5\)"),
    _broken(Crashing, "unsupported", "failed on what uses them: open raised KeyError: 'goal'"),
    _broken(Vague, "unsupported", "it refuses 'goals are not for us', and says where as ''"),
)


@pytest.mark.parametrize("broken", BROKEN, ids=[broken.name for broken in BROKEN])
def test_a_broken_backend_fails_the_rule_that_it_breaks(broken: Broken) -> None:
    report = check(broken.make)
    told = rendered(report, 10_000)
    assert set(report.ids("failed")) == {broken.rule} | broken.besides, told
    assert not report.ids("error"), told
    sentences = report.of(broken.rule).sentences
    assert any(re.search(broken.says, sentence, re.DOTALL) for sentence in sentences), sentences


def test_there_is_a_broken_backend_for_every_rule() -> None:
    assert {broken.rule for broken in BROKEN} == {rule.id for rule in RULES}
