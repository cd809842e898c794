"""JUnit XML for build servers: one test case for each check of each variant.

Attributes beyond the old schema follow what the servers read: `file` and a 1-based `line` on the test case, properties
on suite and case. A violation that the variant declares is a passed case whose `system-out` tells it.
"""

# The library is typed but for a few functions, `append` among them.
# mypy: untyped-calls-exclude=junitparser

from __future__ import annotations

from collections.abc import Mapping, Sequence

from junitparser import Attr, Error, Failure, IntAttr, JUnitXml, Properties, Property, Skipped, TestCase, TestSuite

from simulator.reporting.entries import (
    UNCLEAR,
    Done,
    Entry,
    Failed,
    blamed,
    differences,
    placed,
    timeline,
    violations_of,
)
from simulator.reporting.plain import clean, span_between, spoken_iso, spoken_margin

MOST_SENTENCES = 50
"""Violations whose sentences stand in one case: a build server keeps no more text than it must."""


class _Case(TestCase):
    file = Attr("file")
    line = IntAttr("line")
    __test__ = False


def junit(done: Sequence[Done], failed: Sequence[Failed], strict: bool = False, report: str | None = None) -> bytes:
    """The document for everything that was run: UTF-8, with an XML declaration.

    `report` is the path of the HTML report, if one is written: GitLab shows it with each case that failed.
    """
    document = JUnitXml("journeyproof")
    names = _Names()
    for item in done:
        document.add_testsuite(_suite(item, names, strict, report))
    for failure in failed:
        document.add_testsuite(_failed(failure, names))
    return written(document)


def written(document: JUnitXml) -> bytes:
    """A document with its counts, in UTF-8 and with an XML declaration."""
    document.update_statistics()
    # junitparser writes bytes, although it declares text.
    raw: str | bytes = document.tostring()
    text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
    return (text if text.startswith("<?xml") else f'<?xml version="1.0" encoding="utf-8"?>\n{text}').encode()


class _Names:
    """Hands out each pair of class and name once: build servers drop the second of two that are equal."""

    def __init__(self) -> None:
        self._given: set[tuple[str, str]] = set()

    def unique(self, classname: str, name: str) -> str:
        candidate, number = name, 2
        while (classname, candidate) in self._given:
            candidate, number = f"{name} ({number})", number + 1
        self._given.add((classname, candidate))
        return candidate


def _classname(family: str, name: str, variant: str) -> str:
    return ".".join(clean(part) for part in ([family, variant] if family == name else [family, name, variant]))


def _suite(done: Done, names: _Names, strict: bool, report: str | None) -> TestSuite:
    entry = done.entry
    classname = _classname(entry["family"], entry["name"], entry["variant"])
    found = differences(entry, strict)
    span = span_between(entry["virtual_start"], entry["virtual_end"])
    suite = TestSuite(classname)
    for name, value in _properties(done, span, None).items():
        suite.add_property(name, value)
    cases = [_case_of(check, done, found) for check in entry["checks"]]
    if "" in found:
        cases.append(_whole(done, found[""]))
    for case in cases:
        if report is not None and any(isinstance(result, Failure | Error) for result in case.result):
            # What GitLab reads as an attachment of a failed case (its JUnit parser).
            case.system_out = "\n".join(filter(None, [case.system_out, f"[[ATTACHMENT|{clean(report)}]]"]))
        case.classname = classname
        case.name = names.unique(classname, str(case.name))
        case.time = round(done.seconds / len(cases), 3)
        case.append(_as_element(_properties(done, span, blamed(entry, {case.name: ()}))))  # type: ignore[no-untyped-call]  # its stub has none
        suite.add_testcase(case)
    return suite


def _properties(done: Done, span: str, customer: str | None) -> dict[str, str]:
    entry = done.entry
    return {
        "seed": str(done.rerun.seed),
        "virtual_duration": span,
        "virtual_start": entry["virtual_start"],
        "virtual_end": entry["virtual_end"],
        "log_digest": str(entry.get("log_digest") or ""),
        "reproduce": clean(done.rerun.line(customer)),
    }


def _as_element(properties: Mapping[str, str]) -> Properties:
    element = Properties()
    for name, value in properties.items():
        element.add_property(Property(name, value))
    return element


def _case_of(check: Entry, done: Done, found: Mapping[str, Sequence[str]]) -> _Case:
    case = _Case(clean(check["name"]))
    file, line = placed(check.get("place") or f"{done.entry['file']}:{done.entry['line']}")
    case.file, case.line = clean(file), line or 1
    outcome, told = check["outcome"], "\n".join(_told(check))
    if outcome == "error":
        case.result = [_with_text(Error(f"error: {clean(check.get('reason') or '')}", "error"), told)]
    elif check["name"] in found:
        message = f"{outcome}: {clean(check.get('rule') or check['name'])}"
        sentences = "\n".join(map(clean, found[check["name"]]))
        case.result = [_with_text(Failure(message, outcome), f"{sentences}\n{told}")]
        if check["violations"]:
            first = check["violations"][0]
            case.system_out = "\n".join([f"until {spoken_iso(first['onset'])}:", *timeline(done.entry, first)])
    elif outcome in (*UNCLEAR, "pending") and not _declared(check, done.entry):
        case.result = [Skipped(f"{outcome}: {clean(check.get('reason') or 'no activation was decided')}")]
    elif told:
        case.system_out = f"as expected:\n{told}"
    elif outcome == "satisfied" and check.get("reason"):
        case.system_out = clean(check["reason"])
    return case


def _declared(check: Entry, entry: Entry) -> bool:
    """Whether the variant says by name what comes of this check."""
    declared = entry.get("expected", {}).get(check["name"]) or {}
    return bool(declared.get("outcome") == check["outcome"])


def _whole(done: Done, sentences: Sequence[str]) -> _Case:
    """What is not as declared and concerns no single check."""
    case = _Case("the variant as a whole")
    case.file, case.line = clean(done.entry["file"]), done.entry["line"] or 1
    text = "\n".join(map(clean, sentences))
    case.result = [_with_text(Failure(f"{done.entry['outcome']}: not as the variant declares", "unexpected"), text)]
    return case


def _told(check: Entry) -> list[str]:
    """One line for each violation: its sentence, on whom, when, by how much."""
    lines = []
    for violation in check["violations"][:MOST_SENTENCES]:
        facts = [violation["customer"], spoken_iso(violation["onset"]), spoken_margin(violation.get("margin_ms"))]
        lines.append(f"{clean(violation['sentence'])} [{clean(', '.join(filter(None, facts)))}]")
    rest = violations_of(check) - MOST_SENTENCES
    return [*lines, f"and {rest:,} more"] if rest > 0 else lines


def _failed(failure: Failed, names: _Names) -> TestSuite:
    """A variant without a verdict: one case that is an error."""
    classname = _classname(failure.family, failure.name, failure.variant)
    suite = TestSuite(classname)
    suite.add_property("reproduce", clean(failure.rerun.line()))
    case = _Case(names.unique(classname, "the variant as a whole"), classname)
    file, line = placed(failure.file)
    case.file, case.line = clean(file), line or 1
    message = "\n".join(map(clean, failure.message.splitlines()))
    case.result = [_with_text(Error(f"{failure.kind}: {clean(failure.message)}", failure.kind), message)]
    case.append(_as_element({"seed": str(failure.rerun.seed), "reproduce": clean(failure.rerun.line())}))  # type: ignore[no-untyped-call]  # its stub has none
    suite.add_testcase(case)
    return suite


def _with_text(result: Error | Failure, text: str) -> Error | Failure:
    result.text = text
    return result
