"""What the terminal shows: one line when green, everything one needs when red, and never a document's own commands."""

from __future__ import annotations

import io
import os
import pty
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

import pytest

from simulator.cli.progress import Progress
from simulator.reporting.entries import Done, Rerun, differences, label, placed
from simulator.reporting.plain import clean, spoken_iso, spoken_margin
from simulator.reporting.screen import Screen
from simulator.reporting.terminal import Terminal, rendered
from tests.unit import samples


def shown(*items: Done, strict: bool = False, width: int = 120, **environment: str) -> str:
    stream = io.StringIO()
    terminal = Terminal(Screen(stream, {"COLUMNS": str(width), **environment}), strict)
    for item in items:
        terminal.done(item)
    return stream.getvalue()


def test_a_green_variant_is_one_line() -> None:
    text = shown(samples.done(samples.entry(samples.check(), samples.check("second"))))
    assert text == ("  leap-day  ✓ as expected: all 2 checks hold · 1 customer · 1,204 events · 456 days in 0.4 s\n")


def test_an_expected_violation_tells_its_story_and_no_more() -> None:
    violated = samples.check(outcome="violated", violations=[samples.violation()])
    text = shown(samples.done(samples.entry(violated, samples.check("second"), outcome="violated")))
    first, second = text.splitlines()
    assert "✓ as expected: 1 violated and 1 satisfied" in first
    assert second == (
        "      ✗ offer-before-opening: Camille's offer came on Sat 15 Nov 2025 08:07, "
        "22 h 7 min after the shop had opened."
    )


def test_at_most_three_violations_of_a_check_are_told() -> None:
    many = [samples.violation(sentence=f"number {number}") for number in range(1204)]
    text = shown(samples.done(samples.entry(samples.check(outcome="violated", violations=many))))
    assert "number 2" in text
    assert "number 3" not in text
    assert "and 1,201 more" in text


def test_what_is_not_as_declared_is_told_in_full_and_ends_with_the_line_to_run_again() -> None:
    text = shown(samples.done(samples.surprised()))
    for part in (
        "✗ NOT as expected",
        "late-birthday › leap-day",
        "scenarios/late-birthday/late-birthday.scenario.yaml:41",
        "offer-before-opening: violated 2 times; the variant declares no violation of it.",
        "offer-before-opening (response): violated · scenarios/late-birthday/birthday.checks.yaml:2",
        "rule: The offer is received before the shop opens on the customer's birthday.",
        "camille · Fri 14 Nov 2025 10:00 (+01:00) · late by 22 h 7 min",
        "true since Fri 14 Nov 2025 00:00 · never known · it stopped at link crm to esp",
        "sabine · case order c-2 · Fri 14 Nov 2025 10:00 (+01:00)",
        "Fri 14 Nov 2025 08:00  Message Sent  message = birthday-offer",
    ):
        assert part in text
    assert "Message Received" not in text, "an event after the onset explains nothing"
    assert text.splitlines()[-1].strip() == (
        "rerun: journeyproof run late-birthday --variant leap-day --seed 42 --customer camille"
    )


def test_a_line_to_run_again_is_never_broken() -> None:
    text = shown(samples.done(samples.surprised()), width=30)
    assert "rerun: journeyproof run late-birthday --variant leap-day --seed 42 --customer camille" in text


def test_other_lines_keep_to_the_width_that_columns_says() -> None:
    lines = shown(samples.done(samples.surprised()), width=60).splitlines()
    assert max(len(line) for line in lines if "rerun:" not in line) <= 60


def test_a_line_to_run_again_can_be_pasted_into_a_shell() -> None:
    rerun = Rerun("my scenarios/a.scenario.yaml", "it's", 7, "mine:Engine", 20)
    assert rerun.line("o'hara; rm") == (
        "journeyproof run 'my scenarios/a.scenario.yaml' --variant 'it'\"'\"'s' --seed 7 "
        "--backend mine:Engine --customers 20 --customer 'o'\"'\"'hara; rm'"
    )


@pytest.mark.parametrize("outcome", ["vacuous", "unsupported"])
def test_what_says_nothing_for_or_against_fails_only_when_strict(outcome: str) -> None:
    quiet = samples.entry(samples.check(outcome=outcome, reason="no policy.caps"), outcome=outcome)
    assert ("✓ as expected" if outcome == "vacuous" else "· not judged: 1 unsupported") in shown(samples.done(quiet))
    strict = shown(samples.done(quiet), strict=True)
    assert "✗ NOT as expected" in strict
    assert f"{outcome}, which --strict does not accept: no policy.caps" in strict


def test_what_only_the_granularity_kept_from_being_late_is_said() -> None:
    reason = "2 of 40 were late by up to 10 min, within the 15 min to which the backend 'tryton' keeps time."
    text = shown(samples.done(samples.entry(samples.check(reason=reason))), width=200)
    assert text.splitlines()[1] == f"      · offer-before-opening: {reason}"


def test_what_a_backend_cannot_express_is_named_with_the_reason() -> None:
    text = shown(
        samples.done(samples.entry(samples.check(outcome="unsupported", reason="the backend has no policy.caps")))
    )
    assert "offer-before-opening: unsupported: the backend has no policy.caps" in text


def test_a_check_that_could_not_judge_is_never_as_expected() -> None:
    assert differences(samples.entry(samples.check(outcome="error", reason="division by zero")))


def test_each_difference_belongs_to_the_check_that_it_names() -> None:
    entry = samples.entry(
        samples.check("late"),
        samples.check("late-offer"),
        unexpected=["late-offer: one", "late: two", "the diagnosis is 'backlog', not 'single incident'."],
        as_expected=False,
    )
    assert differences(entry) == {
        "late-offer": ["late-offer: one"],
        "late": ["late: two"],
        "": ["the diagnosis is 'backlog', not 'single incident'."],
    }


HOSTILE = "[bold red]x[/] \x1b[31m\x1b]0;owned\x07 \u202edrow\nnext\r\x00 :smile: {a}"


def test_words_of_documents_are_never_commands_to_the_terminal() -> None:
    nasty = samples.surprised()
    nasty["variant"] = nasty["family"] = nasty["name"] = HOSTILE
    nasty["checks"][0]["rule"] = nasty["checks"][0]["violations"][0]["sentence"] = HOSTILE
    nasty["unexpected"] = [HOSTILE]
    nasty["exhibits"][0]["events"][0]["data"] = {HOSTILE: HOSTILE}
    text = shown(Done(nasty, 0.1, Rerun(HOSTILE, HOSTILE, 1)), width=1000)
    assert not set(text) & set("\x1b\x07\x00\r\u202e")
    assert "--variant $'[bold red]x[/] \\x1b[31m\\x1b]0;owned\\x07 \\u202edrow\\x0anext\\x0d\\x00" in text
    assert "[bold red]x[/] \\x1b[31m\\x1b]0;owned\\x07 \\u202edrow next \\x00 :smile: {a}" in text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Élodie Łukasik\u00a0€ 家", "Élodie Łukasik\u00a0€ 家"),
        ("a\nb\t c\r\n", "a b c"),
        ("\x1b[0m\x7f\x9b", "\\x1b[0m\\x7f\\x9b"),
        ("\u2028\ud800\U000e0001\u200b", "\\u2028\\ud800\U000e0001\u200b"),
        ("👩\u200d🔬", "👩\u200d🔬"),
    ],
)
def test_characters_nobody_can_see_are_written_out_and_names_are_left_alone(text: str, plain: str) -> None:
    assert clean(text) == plain


def typed_out(write: Callable[[TextIO], None]) -> str:
    """All that arrives at the other end of a pseudo-terminal. The kernel hands a write over in pieces of its own."""
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w", encoding="utf-8") as stream:
        write(stream)
    pieces = []
    with suppress(OSError):  # with nobody left to write, Linux ends a pseudo-terminal by an input error
        while piece := os.read(leader, 100_000):
            pieces.append(piece)
    os.close(leader)
    return b"".join(pieces).decode()


def on_a_terminal(entry: dict[str, Any], **environment: str) -> str:
    """The same, on a pseudo-terminal."""

    def write(stream: TextIO) -> None:
        Terminal(Screen(stream, {"COLUMNS": "200", "TERM": "xterm", **environment})).done(samples.done(entry))

    return typed_out(write)


def test_colours_are_for_real_terminals_and_for_those_who_want_them() -> None:
    assert "\x1b[" in on_a_terminal(samples.surprised())
    assert "\x1b" not in on_a_terminal(samples.surprised(), NO_COLOR="1")
    assert "\x1b" not in on_a_terminal(samples.surprised(), TERM="dumb")
    assert "\x1b" not in shown(samples.done(samples.surprised()), FORCE_COLOR="1")


@pytest.mark.parametrize(
    ("patience", "environment"), [(0.0, {}), (60.0, {}), (0.0, {"CI": "1"}), (0.0, {"NO_COLOR": "1"})]
)
def test_progress_is_told_on_a_terminal_when_the_work_is_long(patience: float, environment: dict[str, str]) -> None:
    def write(stream: TextIO) -> None:
        screen = Screen(stream, {"COLUMNS": "80", "TERM": "xterm", **environment})
        progress = Progress(screen, 3, patience)
        progress.begin("late-birthday › leap-day")
        progress.people(100, 2_000)
        progress.clear()
        screen.line("done")

    text = typed_out(write)
    shown = patience == 0 and not environment
    assert ("… 1 of 3 · late-birthday › leap-day" in text) == shown
    assert ("\x1b[2K" in text) == shown
    assert text.endswith("done\r\n")


def test_every_glyph_stands_beside_a_word_and_has_letters_to_stand_for_it() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    Terminal(Screen(stream, {"COLUMNS": "120"})).done(samples.done(samples.surprised()))
    stream.flush()
    text = raw.getvalue().decode("ascii")
    assert "x NOT as expected" in text
    assert "late-birthday > leap-day" in text


def test_the_closing_lines_count_repeat_the_failures_and_explain_the_exit_code() -> None:
    stream = io.StringIO()
    terminal = Terminal(Screen(stream, {"COLUMNS": "120"}))
    good = samples.done(samples.entry(samples.check()))
    terminal.closing([good, samples.done(samples.surprised())], [samples.failed()], 1.23, 2, "wrong usage")
    assert stream.getvalue().splitlines() == [
        "",
        "✗ late-birthday › leap-day: not as expected: offer-before-opening",
        "  journeyproof run late-birthday --variant leap-day --seed 42 --customer camille",
        "✗ late-birthday › broken: invalid",
        "  journeyproof run late-birthday --variant broken --seed 42",
        "1 of 3 variants as expected, 1 not as expected, 1 invalid · 1.2 s · exit 2: wrong usage",
    ]


def test_pytest_gets_the_same_account_as_plain_text() -> None:
    account = rendered(samples.done(samples.surprised()))
    assert account.strip().startswith("✗ late-birthday › leap-day is not as expected")
    assert account.strip().splitlines()[-1].strip().startswith("rerun: journeyproof run late-birthday")


def test_moments_and_margins_are_spoken() -> None:
    assert spoken_iso("2025-11-15T08:07:30+01:00") == "Sat 15 Nov 2025 08:07:30"
    assert (spoken_margin(-60_000), spoken_margin(7_200_000), spoken_margin(None)) == (
        "late by 1 min",
        "2 h to spare",
        "",
    )


def test_labels_and_places_are_read() -> None:
    assert label({"family": "a", "name": "b", "variant": "c"}) == "a › b › c"
    assert placed("x/a b.yaml:12:3") == ("x/a b.yaml", 12)
    assert placed("nowhere") == ("nowhere", None)
