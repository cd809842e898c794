"""A comparison as one sticky comment in Markdown: for a pull request, and for the summary of a build's step.

It begins with a hidden line by which a workflow finds it again. It is never longer than forges accept; what does not
fit is counted. Every word of a document is made harmless first: it cannot be markup, a link, a mention or a reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from simulator.comparing import Compared, Comparison, Finding
from simulator.comparing.comparison import MARKS
from simulator.comparing.phrases import named
from simulator.reporting.mermaid import timeline
from simulator.reporting.plain import clean, counted, shell_words

MARKER = "<!-- journeyproof:diff -->"
"""The first line, by which a workflow finds the comment that it wrote before."""
LIMIT = 60_000
"""Bytes of UTF-8: GitHub takes 65,536 characters, GitLab a million."""

MOST_ROWS = 40
"""Rows of the table."""
MOST_BYTES_OF_ROWS = 24_000
"""Bytes of the table, so that there is room for what is below it."""
LONGEST_CELL = 400
"""Characters of a sentence in the table."""
LONGEST_LINE = 1_000
"""Characters of a sentence below it."""
_SPARE = 400
"""Bytes that stay for a line which counts what is left out."""
_RESERVE = 2_000
"""Bytes that are kept for the end: the counts of what is left out, and how to accept."""

_SPECIAL = re.compile(r"([\\`*_\[\]|])")
# Mentions, references, bare links, emoji by name, formulas and struck-out text, as forges find them.
_REFERENCE = re.compile(r"[@#!%^](?=\w)|[$~]|(?<=\w)://|(?<=[wW]{3})\.(?=\w)|:(?=[\w+-]+:)|(?<=[gG][hH])-(?=\d)")


@dataclass(frozen=True)
class Footing:
    """What the comment says of the comparison as a whole: names of the two sides, and the words that accept it.

    `accept` begins a command line; `rerun` begins one to which a target, a variant, a seed and a customer are added.
    """

    before: str = "the baseline"
    after: str = "this run"
    accept: Sequence[str] = ("journeyproof", "baseline", "accept")
    rerun: Sequence[str] = ("journeyproof", "run")


def comment(comparison: Comparison, footing: Footing | None = None) -> str:
    """The comment: at most LIMIT bytes of UTF-8, always whole, the gravest first."""
    footing = footing or Footing()
    text = _Room(LIMIT - _RESERVE)
    text.always(MARKER, f"### {headline(comparison)}", "", _setting(comparison, footing), "")
    rows = [row for case in comparison.cases for row in _rows(case)]
    if rows:
        text.always("| scenario | what changed | customers | before | after |", "| --- | --- | ---: | --- | --- |")
        shown = text.fill(rows[:MOST_ROWS], MOST_BYTES_OF_ROWS)
        text.always("", *([f"and {counted(len(rows) - shown, 'more row')}", ""] if shown < len(rows) else []))
    for note in comparison.notes[:5]:
        text.always(f"> {md(note)}", "")
    folded = ["\n".join(_details(case)) for case in comparison.cases if case.findings]
    shown = text.fill(folded, LIMIT)
    if shown < len(folded):
        text.always(f"_The details of {counted(len(folded) - shown, 'more variant')} did not fit._", "")
    end = "\n".join(_end(comparison, footing))
    return f"{text.text()}{end}".rstrip("\n") + "\n"


def headline(comparison: Comparison) -> str:
    """`Journeys: 1 regression, 2 changes, 11 the same`."""
    gone = [case for case in comparison.drifted if case.only == "before"]
    new = [case for case in comparison.drifted if case.only == "after"]
    drifted = len(comparison.drifted) - len(gone) - len(new)
    words = [counted(len(comparison.worse), "regression")] if comparison.worse else []
    words += [f"{counted(drifted, 'variant')} changed"] if drifted else []
    words += [f"{len(new):,} new"] if new else []
    words += [f"{len(gone):,} gone"] if gone else []
    words += [f"{len(comparison.same):,} the same"] if comparison.same else []
    return f"Journeys: {', '.join(words) or 'nothing to compare'}"


def md(text: object, longest: int = LONGEST_LINE) -> str:
    """A text of a document inside Markdown: read as it stands, whatever stands in it."""
    shown = _inert(_SPECIAL.sub(r"\\\1", _short(clean(text), longest)))
    return re.sub(r"^(\d+)([.)])|^([-+#=])", lambda found: f"{found[1] or ''}\\{found[2] or found[3]}", shown)


def _inert(text: str) -> str:
    """A text as HTML. A sign in an element of its own is not the beginning of a mention, a reference or a link."""
    parts, place = [], 0
    for found in _REFERENCE.finditer(text):
        sign = found[0][0]
        parts += [escape(text[place : found.start()], quote=False), f"<span>{sign}</span>"]
        place = found.start() + 1
    return "".join([*parts, escape(text[place:], quote=False)]).replace("&amp;", "<span>&amp;</span>")


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


class _Room:
    """Text that grows as long as there is room."""

    def __init__(self, bytes_left: int) -> None:
        self._lines: list[str] = []
        self._left = bytes_left

    def always(self, *lines: str) -> None:
        """Add short lines that every comment has."""
        for line in lines:
            self._add(line)

    def fill(self, blocks: Sequence[str], most: int) -> int:
        """Add blocks in their order while they fit, `most` bytes of them; return how many did."""
        spare = max(self._left - most, _SPARE)
        for place, block in enumerate(blocks):
            if not self._add(block, spare):
                return place
        return len(blocks)

    def text(self) -> str:
        return "".join(f"{line}\n" for line in self._lines)

    def _add(self, block: str, spare: int = 0) -> bool:
        size = len(block.encode("utf-8", "replace")) + 1
        if size + spare > self._left:
            return False
        self._lines.append(block)
        self._left -= size
        return True


def _setting(comparison: Comparison, footing: Footing) -> str:
    seeds = sorted({case.seed for case in comparison.cases})
    backends = sorted({case.backend for case in comparison.cases if case.backend})
    words = [f"seed {named(list(map(str, seeds)))}"] if seeds else []
    words += [f"backend {named([md(name, 40) for name in backends])}"] if backends else []
    words += [f"{md(footing.before, 120)} → {md(footing.after, 120)}"]
    return " · ".join(words)


def _rows(case: Compared) -> Iterator[str]:
    if case.only:
        words = "new: it was not there before" if case.only == "after" else "gone: it did not run any more"
        yield f"| {md(case.label, 120)} | {words} | | | |"
    seen = 0
    for finding in case.findings:
        # What repeats the same in other words, or concerns nobody's messages, waits below.
        if seen and finding.kind in ("reason", "figures", "people"):
            continue
        seen += 1
        if seen > 6 and not finding.worse:
            break
        what = f"{MARKS[finding.kind]} {md(finding.sentence, LONGEST_CELL)}"
        cells = (what, _whom(finding, case), md(finding.before, 60), md(finding.after, 60))
        yield f"| {md(case.label, 120) if seen == 1 else ''} | {' | '.join(cells)} |"


def _whom(finding: Finding, case: Compared) -> str:
    if not finding.people:
        return ""
    more = "+" if finding.at_least else ""
    return f"{finding.people:,}{more}/{case.customers:,}" if finding.kind != "people" else f"{finding.people:,}"


def _details(case: Compared) -> Iterator[str]:
    """What folds away: every finding, the smallest case with its diagram, how to run it again."""
    yield f"<details><summary>{_summary(case)}</summary>"
    yield ""
    told = 0
    room = 12_000
    for finding in case.findings:
        lines = [f"- {MARKS[finding.kind]} {md(finding.sentence)}"]
        lines += [f"  - {md(detail, 400)}" for detail in finding.details[:5]]
        if len(finding.details) > 5:
            lines.append(f"  - and {len(finding.details) - 5:,} more")
        block = "\n".join(lines)
        if len(block.encode("utf-8", "replace")) > room:
            break
        room -= len(block.encode("utf-8", "replace"))
        told += 1
        yield block
    if told < len(case.findings):
        yield f"- and {len(case.findings) - told:,} more"
    yield ""
    for note in case.notes:
        yield from (f"_{md(note)}_", "")
    if case.smallest is not None:
        yield f"The smallest case is {md(case.smallest.name, 80)} ({md(case.smallest.customer, 80)}):"
        yield ""
        yield from (f"- {md(change.sentence, 400)}" for change in case.smallest.changes[:6])
        if len(case.smallest.changes) > 6:
            yield f"- and {len(case.smallest.changes) - 6:,} more"
        yield from ("", "```mermaid", timeline(case.smallest), "```", "")
    yield "</details>"
    yield ""


def _summary(case: Compared) -> str:
    """A line of HTML, not of Markdown."""
    words = _inert(_short(clean(case.label), 120))
    state = "worse" if case.worse else "changed"
    return f"{words}: {state}, {counted(len(case.findings), 'difference')}"


def _end(comparison: Comparison, footing: Footing) -> Iterator[str]:
    """How to run the gravest again, and how to accept all of it."""
    first = next((case for case in comparison.cases if not case.same and case.only != "before"), None)
    if first is None:
        return
    target = first.family if first.family == first.name else f"{first.family}/{first.name}"
    line = [*footing.rerun, target, "--variant", first.variant, "--seed", str(first.seed)]
    line += ["--customer", first.smallest.customer] if first.smallest else []
    differing = [case for case in comparison.cases if not case.same]
    only = ["--only", f"{first.family}/{first.name}/{first.variant}"] if len(differing) == 1 else []
    again, accept = shell_words(line), shell_words([*footing.accept, *only])
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", again + accept))])
    if len((again + accept).encode("utf-8", "replace")) > _RESERVE - 400:
        return
    yield from ("Run the first again, or accept what changed:", "", f"{fence}sh", again, accept, fence)
