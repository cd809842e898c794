"""What `run`, `check` and the pytest plugin print: quiet when green, dense when red, the line to run again last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from simulator.reporting.entries import (
    UNCLEAR,
    Done,
    Entry,
    Failed,
    blamed,
    differences,
    is_unsupported,
    label,
    same_for_all,
    tally,
    timeline,
    violations_of,
)
from simulator.reporting.plain import (
    clean,
    counted,
    listed,
    span_between,
    spoken_iso,
    spoken_margin,
)
from simulator.reporting.screen import Screen

MOST_VIOLATIONS = 3
"""Violations that are printed of one check; the rest is counted."""
MOST_FAILURES = 10
"""Variants that the closing lines repeat; the rest is counted."""

GOOD, BAD, SOFT, STRONG = "green", "bold red", "dim", "bold"


class Terminal:
    """Prints one rehearsal after another, in the order in which they end."""

    def __init__(self, screen: Screen, strict: bool = False) -> None:
        self.screen = screen
        self.strict = strict
        self._heading = ""
        self._width = 0

    def header(self, version: str, variants: int, scenarios: int, seed: int, backends: Sequence[str]) -> None:
        """The first line: what is going to happen."""
        words = f"{counted(variants, 'variant')} of {counted(scenarios, 'scenario')}"
        named = f"{'backend' if len(backends) == 1 else 'backends'} {', '.join(map(clean, backends))}"
        self.screen.line(("journeyproof", STRONG), f" {version} · {words} · seed {seed} · {named}")

    def others(self, variants: int, backends: Sequence[str]) -> None:
        """What is not run: variants that are about other backends."""
        verb, whom = ("is", "it") if variants == 1 else ("are", "them")
        about = listed([clean(name) for name in backends]) if backends else "other engines"
        words = f"{counted(variants, 'more variant')} {verb} about {about}: name {whom}, or add --backend NAME"
        self.screen.line((f"{words}; 'journeyproof list' shows {whom}.", SOFT))

    def heading(self, family: str, name: str, title: str, variants: Sequence[str] = ()) -> None:
        """The line above a scenario's variants, once; the verdicts on `variants` stand below each other."""
        self._width = max(map(len, map(clean, variants)), default=0)
        scenario = family if family == name else f"{family} › {name}"
        words = f"{clean(scenario)} · {clean(title)}" if title else clean(scenario)
        if words != self._heading:
            self._heading = words
            self.screen.blank()
            self.screen.line((words, STRONG), hang=2)

    def done(self, done: Done) -> None:
        """One variant that was judged."""
        entry = done.entry
        found = differences(entry, self.strict)
        mark, style = ("✗ NOT as expected", BAD) if found else ("✓ as expected", GOOD)
        if not found and is_unsupported(entry):
            mark, style = "· not judged", STRONG
        figures = f"{_checks(entry)} · {_size(entry)} · {_span(done)}"
        self.screen.line(f"  {self._padded(entry['variant'])}  ", (mark, style), f": {figures}", hang=6)
        self._told(entry, skip=found)
        if (reason := same_for_all(entry)) and not found:
            self.screen.line(f"· {entry['outcome']}: {clean(reason)}", indent=6, hang=2)
        else:
            self._unsupported(entry, skip=found)
        if found:
            self.failure(done, found)

    def failed(self, failed: Failed) -> None:
        """One variant that gave no verdict; the reason is printed by whoever caught it."""
        self.screen.line(f"  {self._padded(failed.variant)}  ", (f"✗ {failed.kind}", BAD), ": no verdict", hang=6)

    def _padded(self, variant: str) -> str:
        return clean(variant).ljust(self._width)

    def _told(self, entry: Entry, skip: Mapping[str, object]) -> None:
        """The story of what went wrong, as it was expected to, in plain words."""
        for check in entry["checks"]:
            if check["outcome"] == "satisfied" and check.get("reason"):
                self.screen.line(f"· {clean(check['name'])}: {clean(check['reason'])}", indent=6, hang=2)
        told = [check for check in entry["checks"] if check["outcome"] == "violated" and check["name"] not in skip]
        if told and entry.get("says"):
            self.screen.line(clean(entry["says"]), indent=6, hang=2)
        for check in told:
            for violation in check["violations"][:MOST_VIOLATIONS]:
                self.screen.line(f"✗ {clean(check['name'])}: {clean(violation['sentence'])}", indent=6, hang=2)
            self._more(check, indent=8)
        if told and entry.get("diagnosis") not in (None, "none"):
            self.screen.line(f"diagnosis: {clean(entry['diagnosis'])}", indent=6, hang=2)

    def _unsupported(self, entry: Entry, skip: Mapping[str, object]) -> None:
        for check in entry["checks"]:
            if check["outcome"] == "unsupported" and check["name"] not in skip:
                self.screen.line(f"· {clean(check['name'])}: unsupported: {clean(_reason(check))}", indent=6, hang=2)

    def _more(self, check: Entry, indent: int) -> None:
        rest = violations_of(check) - MOST_VIOLATIONS
        if rest > 0:
            self.screen.line((f"and {rest:,} more", SOFT), indent=indent)

    def failure(self, done: Done, found: Mapping[str, Sequence[str]]) -> None:
        """All that is known of one variant whose verdicts are not what it declares."""
        entry = done.entry
        place = f"{clean(entry['file'])}:{entry['line']}"
        self.screen.line((f"✗ {clean(label(entry))}", BAD), f" is not as expected · {place}", indent=4, hang=2)
        if reason := same_for_all(entry):
            self.screen.line((f"- every check: {entry['outcome']}: {clean(reason)}", BAD), indent=6, hang=2)
        else:
            self._findings(entry, found)
        self.screen.verbatim(f"rerun: {done.rerun.line(blamed(entry, found))}", indent=4)

    def _findings(self, entry: Entry, found: Mapping[str, Sequence[str]]) -> None:
        told = [item["sentence"] for check in entry["checks"] for item in check["violations"][:1]]
        for sentence in (sentence for sentences in found.values() for sentence in sentences):
            self.screen.line((f"- {clean(_without(sentence, told))}", BAD), indent=6, hang=2)
        for check in entry["checks"]:
            if check["name"] in found:
                self._check(entry, check, found[check["name"]])

    def _check(self, entry: Entry, check: Entry, said: Sequence[str]) -> None:
        name = f"{clean(check['name'])} ({clean(check['template'])})"
        place = f" · {clean(check['place'])}" if check.get("place") else ""
        self.screen.line((f"✗ {name}: {check['outcome']}", BAD), place, indent=6, hang=2)
        self.screen.line(f"rule: {clean(check.get('rule') or '')}", indent=8, hang=2)
        reason = check.get("reason")
        if check["outcome"] != "violated" and reason and not any(reason in sentence for sentence in said):
            self.screen.line(f"why: {clean(reason)}", indent=8, hang=2)
        for violation in check["violations"][:MOST_VIOLATIONS]:
            self._violation(entry, violation)
        self._more(check, indent=8)

    def _violation(self, entry: Entry, violation: Entry) -> None:
        self.screen.line(" · ".join(_who_and_when(violation)), indent=8, hang=2)
        self.screen.line((clean(violation["sentence"]), BAD), indent=10)
        if known := _knowledge(violation):
            self.screen.line(known, indent=10)
        if not violation["customer"]:
            return
        for line in timeline(entry, violation):
            self.screen.line((f"│ {line}", SOFT), indent=10, hang=4)

    def closing(self, done: Sequence[Done], failed: Sequence[Failed], seconds: float, code: int, meaning: str) -> None:
        """The last lines: what to look at and how to run it again, the counts, and what the exit code says."""
        wrong = [(item, found) for item in done if (found := differences(item.entry, self.strict))]
        self.screen.blank()
        lines = list(_closing_lines(wrong, failed))
        for words, rerun in lines[:MOST_FAILURES]:
            self.screen.line((words, BAD), hang=2)
            self.screen.verbatim(rerun, indent=2)
        if len(lines) > MOST_FAILURES:
            self.screen.line((f"and {len(lines) - MOST_FAILURES:,} more", SOFT))
        unsupported = sum(is_unsupported(item.entry) and not differences(item.entry, self.strict) for item in done)
        right = len(done) - len(wrong) - unsupported
        counts = [f"{right:,} of {counted(len(done) + len(failed), 'variant')} as expected"]
        counts += [f"{len(wrong):,} not as expected"] if wrong else []
        counts += [f"{unsupported:,} unsupported"] if unsupported else []
        kinds = sorted({item.kind for item in failed})
        counts += [f"{sum(item.kind == kind for item in failed):,} {kind}" for kind in kinds]
        words = f"{', '.join(counts)} · {seconds:.1f} s · exit {code}: {meaning}"
        self.screen.line((words, GOOD if code == 0 else BAD), hang=2)


def _closing_lines(
    wrong: Iterable[tuple[Done, Mapping[str, object]]], failed: Iterable[Failed]
) -> Iterator[tuple[str, str]]:
    for item, found in wrong:
        what = listed([clean(name or "the variant as a whole") for name in found])
        yield f"✗ {clean(label(item.entry))}: not as expected: {what}", item.rerun.line(blamed(item.entry, found))
    for failure in failed:
        yield f"✗ {clean(failure.label)}: {failure.kind}", failure.rerun.line()


def _without(sentence: str, told: Sequence[str]) -> str:
    """A difference without the violation at its end, which is told below it in full."""
    ending = next((words for words in told if words and sentence.endswith(words)), "")
    return sentence.removesuffix(ending).rstrip(": ")


def _checks(entry: Entry) -> str:
    """`all 8 checks hold`, or how many came to which outcome."""
    found = tally(entry)
    if set(found) == {"satisfied"}:
        return f"all {found['satisfied']} checks hold" if found["satisfied"] > 1 else "its check holds"
    if not found:
        return "no checks"
    return listed([f"{count} {outcome}" for outcome, count in found.items()])


def _size(entry: Entry) -> str:
    return f"{counted(entry['customers'], 'customer')} · {counted(entry['events'], 'event')}"


def _span(done: Done) -> str:
    wall = f"{done.seconds:.1f} s" if done.seconds >= 0.1 else f"{done.seconds * 1000:.0f} ms"
    return f"{span_between(done.entry['virtual_start'], done.entry['virtual_end'])} in {wall}"


def _reason(check: Entry) -> str:
    return check.get("reason") or ("nothing activated it" if check["outcome"] in UNCLEAR else "no reason given")


def _who_and_when(violation: Entry) -> Iterator[str]:
    if violation["customer"]:
        yield clean(violation["customer"])
    if violation["case"] and violation["case"] != violation["customer"]:
        yield f"case {clean(violation['case'])}"
    yield f"{spoken_iso(violation['onset'])} ({violation['onset'][-6:]})"
    if margin := spoken_margin(violation.get("margin_ms")):
        yield margin


def _knowledge(violation: Entry) -> str:
    """Since when it was true, since when the acting system knew, and where it stopped."""
    true, known, silo = (violation.get(key) for key in ("true_since", "known_since", "silo"))
    if not true:
        return ""
    words = [f"true since {spoken_iso(true)}", f"known since {spoken_iso(known)}" if known else "never known"]
    words += [f"it stopped at {clean(silo)}"] if silo else []
    return " · ".join(words)


def rendered(done: Done, strict: bool = False, width: int = 100) -> str:
    """The dense account of one variant as plain text, for pytest and for JUnit."""
    import io

    stream = io.StringIO()
    Terminal(Screen(stream, {"COLUMNS": str(width)}), strict).failure(done, differences(done.entry, strict))
    return stream.getvalue()
