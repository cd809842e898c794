"""A report as plain text, for a terminal or a build's log."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from typing import Final

from simulator.conformance.report import Report, Result

WIDTH: Final = 120
_MARKS: Final = {"passed": "passed", "failed": "FAILED", "not applicable": "n/a   ", "error": "ERROR "}
_INDENT: Final = " " * 8
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def rendered(report: Report, width: int = WIDTH) -> str:
    """The report as text: a line for each rule, what is wrong below it, and the sum of it all."""
    lines = [f"conformance of {_clean(report.backend)}", ""]
    for result, others in _gathered(report.results):
        lines += _result(result, others, width)
    return "\n".join([*lines, "", *_fold(summary(report), "", width)])


def _gathered(results: Iterable[Result]) -> list[tuple[Result, list[str]]]:
    """Each result, with the ids of later rules of which there is nothing else to say: one crash stops many."""
    gathered: list[tuple[Result, list[str]]] = []
    told: dict[str, list[str]] = {}
    for result in results:
        if not result.findings and result.reason in told:
            told[result.reason].append(result.rule.id)
            continue
        gathered.append((result, []))
        if result.reason:
            told.setdefault(result.reason, gathered[-1][1])
    return gathered


def summary(report: Report) -> str:
    """One sentence: how many rules it keeps."""
    counts = {outcome: len(report.ids(outcome)) for outcome in ("passed", "failed", "error", "not applicable")}
    words = [f"{count} {outcome}" for outcome, count in counts.items() if count]
    asked = len(report.results)
    said = f"{asked} {'rule' if asked == 1 else 'rules'}: {', '.join(words)}."
    if report.outcome == "empty":
        return f"{said} Nothing was shown: no rule that makes a backend act applied. Hand in a scenario of its own."
    return said


def _result(result: Result, others: list[str], width: int) -> list[str]:
    lines = [f"{_MARKS[result.outcome]}  {result.rule.id}: {result.rule.title}"]
    for sentence in result.sentences:
        lines += _fold(sentence, _INDENT, width)
    if others:
        lines += _fold(f"The same of {', '.join(others)}.", _INDENT, width)
    return lines


def _fold(text: str, indent: str, width: int) -> list[str]:
    return textwrap.wrap(
        _clean(text), width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    ) or [indent]


def _clean(text: str) -> str:
    """Without characters that nobody can see, or that turn a line around."""
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text.replace("\n", "; "))
