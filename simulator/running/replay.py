"""Running again from a result file alone: the same digest, or the first event that differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from simulator.backends import BACKENDS
from simulator.model.loading import from_document
from simulator.model.resultschema import FORMAT, VERSION
from simulator.running.exhibits import told
from simulator.running.rehearsal import Rehearsal, rehearse
from simulator.running.wording import Wording
from simulator.words.errors import UsageError


@dataclass(frozen=True)
class ReplayOutcome:
    """What came of one scenario when it was run again; `first_difference` is a sentence, None where all is the same."""

    name: str
    same: bool
    first_difference: str | None


def replay(document: Mapping[str, Any], *, workers: int = 1, backend: str | None = None) -> list[ReplayOutcome]:
    """Run every scenario of a result again and compare the logs. Nothing but the document is read.

    `backend` stands in for the one that the document names. A document may come from anywhere, so one that names a
    program of somebody's own, or holds a definition that an engine would carry out, is not followed: whoever trusts it
    says so by naming the backend again.

    Raises UsageError for a document that is no result of this version, and InvalidDocuments for a damaged scenario.
    """
    _refuse_other_documents(document)
    return [_again(entry, workers, backend) for entry in document["scenarios"]]


def _refuse_other_documents(document: Mapping[str, Any]) -> None:
    found = (document.get("format"), document.get("version"))
    if found != (FORMAT, VERSION):
        said = f"{found[0]} {found[1]}" if found[0] else "no format"
        ours = f"{FORMAT} {VERSION}"
        raise UsageError(f"this is no result to replay: it says '{said}', not '{ours}'. Write one with --json.")
    entries = document.get("scenarios")
    needed = ("family", "name", "variant", "scenario", "log_digest")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UsageError("this result holds no list of scenarios: it was damaged. Write it again with --json.")
    for entry in entries:
        lacking = [key for key in needed if key not in entry]
        if lacking:
            raise UsageError(f"a scenario of this result lacks {', '.join(lacking)}. Write it again with --json.")


def _again(entry: Mapping[str, Any], workers: int, chosen: str | None) -> ReplayOutcome:
    parts = [entry["variant"]] if entry["name"] == entry["family"] else [entry["name"], entry["variant"]]
    name = " › ".join([entry["family"], *parts])
    if entry.get("backend") is None:
        return ReplayOutcome(name, False, "the log was judged and not made: there is nothing to run again")
    backend = chosen or str(entry["backend"])
    remedy = f"add '--backend {backend}' if you trust the code behind it"
    if chosen is None and backend not in BACKENDS:
        return ReplayOutcome(name, False, f"it ran on '{backend}', which is no backend of ours: {remedy}")
    if chosen is None and backend in (entry["scenario"].get("native") or {}):
        return ReplayOutcome(name, False, f"what ran on '{backend}' was written in its own language: {remedy}")
    scenario = from_document(entry["scenario"])
    rehearsal = rehearse(scenario, backend=backend, workers=workers, only=entry.get("customer"))
    if rehearsal.result["log_digest"] == entry["log_digest"]:
        return ReplayOutcome(name, True, None)
    return ReplayOutcome(name, False, _first_difference(entry, rehearsal))


def _first_difference(entry: Mapping[str, Any], rehearsal: Rehearsal) -> str:
    """The earliest event that differs, as far as the stored stories tell; else whose digest differs."""
    wording = Wording(rehearsal.scenario)
    stories: dict[str, list[dict[str, Any]]] = {}
    for event in rehearsal.log:
        stories.setdefault(event.person, []).append(told(event, wording))
    found: list[tuple[str, str, str]] = []
    for exhibit in [*entry.get("exhibits", ()), {"customer": "", "events": entry.get("organisation_events", ())}]:
        customer = exhibit["customer"]
        for before, now in zip_longest(exhibit["events"], stories.get(customer, [])):
            if before != now:
                found.append((_instant(before, now), customer, _told(before, now)))
                break
    if found:
        _, customer, sentence = min(found)
        others = f" ({len(found) - 1} others differ too)" if len(found) > 1 else ""
        return f"{customer or 'the organisation'}: {sentence}{others}"
    return _by_digest(entry, rehearsal)


def _instant(before: dict[str, Any] | None, now: dict[str, Any] | None) -> str:
    """Something to sort by: the earlier of two events, in UTC."""
    from simulator.words.clock import from_iso

    return f"{min(from_iso(event['time']) for event in (before, now) if event):020d}"


def _told(before: dict[str, Any] | None, now: dict[str, Any] | None) -> str:
    if before is None and now is not None:
        return f"{now['name']} at {now['time']} is new"
    if now is None and before is not None:
        return f"{before['name']} at {before['time']} is missing"
    assert before is not None
    assert now is not None
    if (before["name"], before["time"]) != (now["name"], now["time"]):
        return f"{before['name']} at {before['time']} became {now['name']} at {now['time']}"
    for key in sorted({*before, *now} - {"data"}):
        if before.get(key) != now.get(key):
            return f"{now['name']} at {now['time']}: {key} was {before.get(key)} and is {now.get(key)}"
    for key in sorted({*before["data"], *now["data"]}):
        was, is_now = before["data"].get(key), now["data"].get(key)
        if was != is_now:
            return f"{now['name']} at {now['time']}: {key} was {was} and is {is_now}"
    return f"{now['name']} at {now['time']} differs"


def _by_digest(entry: Mapping[str, Any], rehearsal: Rehearsal) -> str:
    before, now = entry.get("digests") or {}, rehearsal.result["digests"]
    differing = sorted(person for person in {*before, *now} if before.get(person) != now.get(person))
    if before and differing:
        named = ", ".join(person or "the organisation" for person in differing[:5])
        more = f" and {len(differing) - 5} more" if len(differing) > 5 else ""
        return f"the events of {named}{more} differ; the result holds no story of theirs"
    if rehearsal.result["log_digest"] is None:
        reasons = [check["reason"] for check in rehearsal.result["checks"]]
        return f"this time nothing ran: {reasons[0] if reasons else 'no reason given'}"
    return f"the digest was {entry['log_digest']} and is {rehearsal.result['log_digest']}"
