"""What is wrong in a run, grouped by its cause: what annotations, the step summary and short reports begin with.

One rule that is broken in thirty variants is one thing to look at, and so is one crash. A fault is that thing: the rule
(or the error), the place to open, the variants in which it shows, and one line that runs the first of them again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simulator.reporting.entries import Done, Failed, blamed, differences, label, placed
from simulator.reporting.plain import clean, counted


@dataclass(frozen=True)
class Fault:
    """One cause. `file` and `line` (1-based) are where to look, `sentences` what is said of the first variant."""

    title: str
    file: str
    line: int
    sentences: tuple[str, ...]
    variants: tuple[str, ...]
    reproduce: str

    @property
    def where(self) -> str:
        """In which variants it shows, in a few words."""
        more = len(self.variants) - 1
        return self.variants[0] + (f" and {counted(more, 'more variant')}" if more else "")


def faults(done: Sequence[Done], failed: Sequence[Failed], strict: bool = False) -> list[Fault]:
    """Everything that is not as declared, one fault for each cause: those that hit most variants first."""
    grouped: dict[tuple[str, str], list[Fault]] = {}
    for fault in (*_broken(failed), *_unexpected(done, strict)):
        grouped.setdefault((fault.title, f"{fault.file}:{fault.line}"), []).append(fault)
    merged = [_merged(group) for group in grouped.values()]
    return sorted(merged, key=lambda fault: -len(fault.variants))


def _broken(failed: Sequence[Failed]) -> Iterator[Fault]:
    """Variants without a verdict; the same message from several is one fault."""
    for failure in failed:
        first, *rest = clean_lines(failure.message)
        file, line = placed(failure.file)
        yield Fault(
            f"{clean(failure.kind)}: {first}", file, line or 1, tuple(rest), (failure.label,), failure.rerun.line()
        )


def _unexpected(done: Sequence[Done], strict: bool) -> Iterator[Fault]:
    for item in done:
        entry = item.entry
        found = differences(entry, strict)
        places = {check["name"]: check.get("place") for check in entry["checks"]}
        outcomes = {check["name"]: check["outcome"] for check in entry["checks"]}
        for name, sentences in found.items():
            file, line = placed(places.get(name) or f"{entry['file']}:{entry['line']}")
            title = f"{clean(name)} is {outcomes[name]}" if name in outcomes else "not as the variant declares"
            again = item.rerun.line(blamed(entry, {name: sentences}))
            yield Fault(title, file, line or 1, tuple(map(clean, sentences)), (label(entry),), again)


def _merged(group: Sequence[Fault]) -> Fault:
    first = group[0]
    variants = tuple(dict.fromkeys(name for fault in group for name in fault.variants))
    return Fault(first.title, first.file, first.line, first.sentences, variants, first.reproduce)


def clean_lines(text: str) -> list[str]:
    """A message line by line, each harmless; at least one line."""
    return [line for line in map(clean, text.splitlines()) if line] or ["it does not say why"]
