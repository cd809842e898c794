"""CTRF, the common test report format: JSON that summaries of build servers read (schema of ctrf.io, 0.0.0 and later).

One test for each check of each variant, like JUnit; what is ours alone stands in `extra`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from simulator.reporting.entries import UNCLEAR, Done, Entry, Failed, blamed, differences, label, placed
from simulator.reporting.plain import clean

SPECIFICATION = "1.0.0"
"""The version of the format that is written."""
_STATUS = {"satisfied": "passed", "pending": "pending", "vacuous": "skipped", "unsupported": "skipped"}


def ctrf(done: Sequence[Done], failed: Sequence[Failed], version: str, strict: bool = False) -> dict[str, Any]:
    """The document. Durations are ms of wall time, shared out evenly over a variant's checks; it tells no dates."""
    tests = [test for item in done for test in _tests(item, strict)]
    tests += [_without_verdict(failure) for failure in failed]
    statuses = ("passed", "failed", "pending", "skipped", "other")
    counts = {status: sum(test["status"] == status for test in tests) for status in statuses}
    total = round(sum(item.seconds for item in done) * 1000)
    return {
        "reportFormat": "CTRF",
        "specVersion": SPECIFICATION,
        "results": {
            "tool": {"name": "journeyproof", "version": version},
            "summary": {"tests": len(tests), **counts, "start": 0, "stop": total},
            "tests": tests,
        },
    }


def _tests(item: Done, strict: bool) -> Iterator[dict[str, Any]]:
    entry = item.entry
    found = differences(entry, strict)
    duration = round(item.seconds * 1000 / max(1, len(entry["checks"])))
    for check in entry["checks"]:
        wrong = found.get(check["name"])
        yield _test(item, check, "failed" if wrong else _status(check, entry), wrong or (), duration)
    if "" in found:
        whole = {"name": "the variant as a whole", "outcome": entry["outcome"], "rule": "", "place": ""}
        yield _test(item, whole, "failed", found[""], 0)


def _status(check: Entry, entry: Entry) -> str:
    """A violation that the variant declares is a pass; what says nothing for or against is none."""
    declared = (entry.get("expected", {}).get(check["name"]) or {}).get("outcome") == check["outcome"]
    if declared and check["outcome"] not in UNCLEAR:
        return "passed"
    return _STATUS.get(check["outcome"], "other")


def _test(item: Done, check: Entry, status: str, sentences: Sequence[str], duration: int) -> dict[str, Any]:
    entry = item.entry
    file, line = placed(check.get("place") or f"{entry['file']}:{entry['line']}")
    test: dict[str, Any] = {
        "name": clean(check["name"]),
        "suite": [clean(part) for part in (entry["family"], entry["name"], entry["variant"])],
        "status": status,
        "rawStatus": check["outcome"],
        "duration": duration,
        "filePath": clean(file),
        "line": line or 1,
        "extra": {
            "rule": clean(check.get("rule", "")),
            "seed": item.rerun.seed,
            "variant": label(entry),
            "reproduce": clean(item.rerun.line(blamed(entry, {check["name"]: ()}))),
        },
    }
    if sentences:
        test["message"] = clean(sentences[0])
        test["trace"] = "\n".join(map(clean, sentences))
    return test


def _without_verdict(failure: Failed) -> dict[str, Any]:
    file, line = placed(failure.file)
    return {
        "name": "the variant as a whole",
        "suite": [clean(part) for part in (failure.family, failure.name, failure.variant)],
        "status": "failed",
        "rawStatus": clean(failure.kind),
        "duration": 0,
        "filePath": clean(file),
        "line": line or 1,
        "message": clean(failure.message),
        "extra": {"seed": failure.rerun.seed, "reproduce": clean(failure.rerun.line())},
    }
