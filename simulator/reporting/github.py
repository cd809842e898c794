"""What GitHub Actions reads: annotations at the lines of the documents, and the summary of the step.

An annotation is a line on standard output, `::error file=F,line=N,title=T::message` (workflow commands, GitHub Docs).
Of each kind GitHub shows ten in a step and drops the others without a word: there are nine, and one for the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.reporting.entries import Done, Entry, Failed, as_expected, label, tally
from simulator.reporting.faults import Fault, faults
from simulator.reporting.plain import clean, counted, listed

MOST_ANNOTATIONS = 9
"""One less than GitHub shows: the tenth says how many more there are."""
MOST_BYTES = 60_000
"""Of a summary: GitHub takes 1 MiB, and nobody reads that."""
_SENTENCES = 5


def annotated(done: Sequence[Done], failed: Sequence[Failed], strict: bool = False) -> list[str]:
    """The lines to print, most widespread cause first; none where everything is as expected."""
    found = faults(done, failed, strict)
    lines = [_annotation(fault) for fault in found[:MOST_ANNOTATIONS]]
    if rest := found[MOST_ANNOTATIONS:]:
        titles = listed([fault.title for fault in rest[:3]])
        lines.append(_command({"title": f"and {len(rest)} more"}, f"and {len(rest)} more, such as {titles}"))
    return lines


def _annotation(fault: Fault) -> str:
    properties = {"file": clean(fault.file), "line": str(fault.line), "title": fault.title}
    said = [f"{fault.where}:", *fault.sentences[:_SENTENCES], f"again: {fault.reproduce}"]
    return _command(properties, "\n".join(said))


def _command(properties: dict[str, str], message: str) -> str:
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::error {told}::{_data(message)}"


def _data(text: str) -> str:
    """Escaped as the toolkit of GitHub Actions does it (packages/core, command.ts)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def summary(done: Sequence[Done], failed: Sequence[Failed], strict: bool = False) -> str:
    """The run as Markdown for the page of the step: what is wrong, by cause, then a line for each variant."""
    wrong = len(failed) + sum(not as_expected(item.entry, strict) for item in done)
    everything = len(done) + len(failed)
    head = f"{wrong} of {counted(everything, 'variant')} not as expected" if wrong else "every verdict is as expected"
    lines = [f"### Journeys: {head}", ""]
    lines += [line for fault in faults(done, failed, strict) for line in _told(fault)]
    table = ["| variant | came to | checks |", "| --- | --- | --- |"]
    table += [f"| {_cell(failure.label)} | ✗ {_cell(failure.kind)} | |" for failure in failed]
    table += [_row(item.entry, as_expected(item.entry, strict)) for item in done]
    return _bounded(lines, table)


def _told(fault: Fault) -> list[str]:
    file = f"`{_code(fault.file)}:{fault.line}`"
    lines = [f"**✗ {_cell(fault.title)}** in {_cell(fault.where)} ({file})", ""]
    lines += [f"- {_cell(sentence)}" for sentence in fault.sentences[:_SENTENCES]]
    return [*lines, "", f"  `{_code(fault.reproduce)}`", ""]


def _row(entry: Entry, well: bool) -> str:
    counts = ", ".join(f"{number} {outcome}" for outcome, number in tally(entry).items())
    return f"| {_cell(label(entry))} | {'✓ as expected' if well else '✗ not as expected'} | {counts} |"


def _cell(text: str) -> str:
    """Text that commands neither Markdown nor HTML."""
    shown = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#|!~" else sign for sign in shown).replace("@", "@\u2060")


def _code(text: str) -> str:
    return clean(text).replace("`", "'")


def _bounded(lines: Sequence[str], table: Sequence[str]) -> str:
    """All of it, or as many lines as there is room for, and how many are left out. The faults come first."""
    kept: list[str] = []
    room = MOST_BYTES - 100
    everything = [*lines, *table]
    for line in everything:
        room -= len(line.encode("utf-8", "backslashreplace")) + 1
        if room < 0:
            kept += ["", f"and {len(everything) - len(kept):,} more lines, which the terminal has"]
            break
        kept.append(line)
    return "\n".join(kept) + "\n"
