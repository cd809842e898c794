"""The comment for a pull request and the text of a baseline, as they are read. `--snapshot-update` accepts others."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from simulator.comparing import Comparison, compare, snapshot_of
from simulator.comparing.baseline import written
from simulator.reporting.comment import LIMIT, MARKER, Footing, comment, md
from simulator.reporting.mermaid import harmless
from simulator.words.clock import DAY, HOUR, MINUTE
from tests.unit.comparables import Entry, check, entry, exhibit, message, moved, result, violation, withheld
from tests.unit.test_comparing_baselines import rich

MONDAY = "2026-03-02T10:00:00+01:00"


def before_and_after() -> Comparison:
    """A regression, a drift, one variant that is new and one that is gone."""
    sunday = "2026-03-28T21:30:00+01:00"
    held = "2026-03-29T08:00:00+02:00"

    def shop(text: str, late: int) -> list[Entry]:
        return [
            exhibit(name, [message(1, moved(MONDAY, late), f"Dear {name},\n{text}")], name=name.capitalize())
            for name in ("ada", "bob", "eve")
        ]

    spread = [
        {"count": 3, **{f"p{share}_ms": share * MINUTE - late for share in (1, 10, 50, 90, 99)}} for late in (0, DAY)
    ]
    broken = check("in-time", "violated", [violation("ada", "Ada's mail came a day late.")], margins=spread[1])
    first = [
        entry(shop("30 % for you", 0), [check("in-time", margins=spread[0])]),
        entry([exhibit("zoe", [message(1, sunday, channel="sms", subject="")])], variant="at-night"),
        entry(variant="gone"),
        entry([], [check()], variant="unchanged"),
    ]
    second = [
        entry(shop("20\u00a0% for you", DAY), [broken]),
        entry(
            [exhibit("zoe", [message(1, held, channel="sms", subject="")],
                     [withheld(2, sunday, "quiet hours", until=held, message_id="id/1")])],
            variant="at-night",
        ),
        entry(variant="new"),
        entry([], [check()], variant="unchanged"),
    ]  # fmt: skip
    return compare(result(*first), result(*second))


def test_the_comment(snapshot: SnapshotAssertion) -> None:
    assert comment(before_and_after(), Footing("main", "this branch")) == snapshot


def test_the_comment_where_nothing_changed(snapshot: SnapshotAssertion) -> None:
    same = result(entry([], [check()]))
    assert comment(compare(same, same)) == snapshot


def test_the_text_of_a_baseline(snapshot: SnapshotAssertion) -> None:
    [case] = snapshot_of(result(rich())).cases
    assert written(case) == snapshot


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a | b", "a \\| b"),
        ("**bold** _and_ `code`", "\\*\\*bold\\*\\* \\_and\\_ \\`code\\`"),
        ("[a](https://a.example)", "\\[a\\](https<span>:</span>//a.example)"),
        ("www.example.com", "www<span>.</span>example.com"),
        ("thanks @octocat, see #12", "thanks <span>@</span>octocat, see <span>#</span>12"),
        ("~~gone~~ $x$", "<span>~</span><span>~</span>gone<span>~</span><span>~</span> <span>$</span>x<span>$</span>"),
        ("a &lt; b", "a <span>&amp;</span>lt; b"),
        ("# title", "\\# title"),
        ("1. first", "1\\. first"),
        ("- item", "\\- item"),
        ("two\nlines\u202e", "two lines\\\\u202e"),
        ("30 % for 14:30", "30 % for 14:30"),
    ],
)
def test_words_of_documents_are_words_in_a_comment(text: str, shown: str) -> None:
    assert md(text) == shown


@pytest.mark.parametrize(
    "text", ["a: b", "a;b", "# c", "%%{init}%%", "</b>", '"x" `y`', "a\nsection b", "&amp; | $ [x]"]
)
def test_words_of_documents_are_words_in_a_diagram(text: str) -> None:
    assert not set(harmless(text)) & set(':;#%<>{}[]"`\\&|$\n')


def test_a_comment_of_thousands_of_differences_fits_and_counts_the_rest() -> None:
    def many(late: int) -> Entry:
        return result(*(
            entry([exhibit(f"person-{number}", [message(1, moved(MONDAY, late * (number + 1)), "ż" * 400)])],
                  [check(f"check-{place}", "violated" if late else "satisfied",
                         [violation("x", "⚠" * 900)] if late else []) for place in range(30)],
                  variant=f"variant-{number}")
            for number in range(100)
        ))  # fmt: skip

    text = comment(compare(many(0), many(HOUR)))
    assert len(text.encode()) <= LIMIT
    assert text.startswith(MARKER)
    assert text.count("<details>") == text.count("</details>") > 0
    assert "more rows" in text
    assert "more variants_" not in text
    assert "did not fit._" in text
    assert text.endswith("journeyproof baseline accept\n```\n")
